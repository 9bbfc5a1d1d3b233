"""The limit: bare ASGI, asyncpg, JSON built by PostgreSQL; no framework, no sign-in, no policy. Serves the same lists."""

import os
from typing import Any

import asyncpg
import uvicorn

LIST = """select json_build_object('rows', coalesce(json_agg(to_json(r)), '[]'), 'as_of', now())::text from (
    select o.id, o.po_number, o.marketplace_id, o.vendor_code, o.ship_to, o.order_type, s.status, o.ordered_at,
      s.deadline_at, o.window_start, o.window_end, o.units as asked, s.taken, s.backordered, s.cut, s.undecided_lines,
      o.line_count, s.proposed, o.value::text as value, o.currency, s.cut_value::text as cut_value, s.decided_by_type,
      s.decided_by_name, s.send_at, o.brand, o.revision, o.first_seen_at, s.answered_by, s.decision_id,
      o.received_units as received, o.payment_method, o.deal_code, o.import_order, o.changed_at,
      (select bool_or(l.backorder_allowed) from purchase_order_lines l
        where l.organization_id = o.organization_id and l.purchase_order_id = o.id) as backorder_allowed,
      (select max(t.last_received_at) from purchase_order_line_status t
        where t.organization_id = o.organization_id and t.purchase_order_id = o.id) as last_received_at
    from order_states s
    join purchase_orders o on o.organization_id = s.organization_id and o.id = s.purchase_order_id
    where s.organization_id = $1
    order by s.clock_key, -o.value, o.po_number, o.id limit 50) r"""
EXCEPTIONS = """with page as (select * from exceptions where organization_id = $1 and state <> 'resolved'
      and (state = 'open' or state = 'snoozed' and snoozed_until <= now())
      order by coalesce(due_at, '9999-12-31'), id limit 100)
    select json_build_object(
      'counts', (select row_to_json(c) from (select count(distinct purchase_order_id) as open_orders,
          count(*) filter (where state = 'open') as open, count(*) filter (where state = 'snoozed') as snoozed,
          (select count(*) from exceptions where organization_id = $1 and state = 'resolved'
            and resolved_at >= date_trunc('day', now())) as resolved_today,
          (select count(*) from exceptions where organization_id = $1 and state = 'resolved'
            and resolved_at >= date_trunc('day', now()) and resolution = 'by_itself') as resolved_by_itself_today,
          (select count(*) from order_states where organization_id = $1 and answered_by = 'oktee'
            and decided_by_type = 'rule' and answered_at >= date_trunc('day', now())) as handled_today
        from exceptions where organization_id = $1 and state <> 'resolved') c),
      'rows', (select coalesce(json_agg(to_json(r)), '[]') from (
        select p.id, p.cause, p.severity, p.owner_role, p.state, p.evidence, o.id as order_id, o.po_number,
          p.marketplace_id, p.vendor_code, p.sequence, d.sku, l.asin, d.title, l.units as asked, d.free_stock,
          d.taken as suggested, l.backorder_allowed, (l.units * coalesce(l.net_cost::numeric, 0))::text as value,
          o.value::text as order_value, o.currency, d.rule_set_id, s.revision, s.decision_id, p.due_at, p.opened_at,
          p.snoozed_until, p.until_change, p.resolution, p.note, p.resolved_by_name, p.resolved_at,
          coalesce(m.assigned_user_id, i.assigned_user_id) as assignee,
          (select count(*) from notes n where n.organization_id = $1 and n.matter_id = m.id) as notes,
          (select count(*) from attachments a where a.organization_id = $1 and a.matter_id = m.id) as files
        from page p
        left join purchase_orders o on o.organization_id = $1 and o.id = p.purchase_order_id
        left join order_states s on s.organization_id = $1 and s.purchase_order_id = o.id
        left join purchase_order_lines l on l.organization_id = $1 and l.purchase_order_id = p.purchase_order_id
          and l.sequence = p.sequence
        left join decision_lines d on d.organization_id = $1 and d.decision_id = s.decision_id and d.sequence = p.sequence
        left join matters m on m.organization_id = $1 and m.kind = 'exception' and m.object_id = p.id::text
        left join matters i on i.organization_id = $1 and i.kind = 'order' and i.object_id = p.purchase_order_id::text
        order by coalesce(p.due_at, '9999-12-31'), p.id) r), 'as_of', now())::text"""
CENTER = """with live as materialized (select o.id, o.po_number, o.marketplace_id, o.units, o.value, o.currency, s.deadline_at,
        s.status = 'to_confirm' and s.undecided_lines = 0 as ready, case when s.deadline_at < now() then 'overdue'
          when s.deadline_at < now() + interval '2 hours' then 'under_2h'
          when s.deadline_at < now() + interval '8 hours' then '2_8h' else '8_24h' end as lane
      from order_states s join purchase_orders o on o.organization_id = $1 and o.id = s.purchase_order_id
      where s.organization_id = $1 and s.status in ('to_confirm', 'scheduled', 'held', 'send_failed', 'changed')),
    needing as materialized (select o.*, s.status, s.deadline_at, s.hold_due_at, s.taken, s.backordered, s.cut,
        s.undecided_lines, s.proposed, s.cut_value::text as cut_text, s.decided_by_type, s.decided_by_name, s.send_at,
        s.answered_by, s.decision_id
      from order_states s join purchase_orders o on o.organization_id = $1 and o.id = s.purchase_order_id
      where s.organization_id = $1 and s.status in ('to_confirm', 'held', 'send_failed', 'mismatch', 'changed')
        and not (exists (select from exceptions e where e.organization_id = $1 and e.purchase_order_id = o.id
            and e.state = 'snoozed' and e.snoozed_until > now())
          and not exists (select from exceptions e where e.organization_id = $1 and e.purchase_order_id = o.id
            and e.state = 'open'))
      order by s.clock_key, -o.value, o.po_number, o.id limit 8)
    select json_build_object(
      'statuses', (select json_agg(r) from (select status, count(*) from order_states where organization_id = $1
        group by status) r),
      'sums', (select json_agg(r) from (select lane, currency, count(*), count(*) filter (where ready) as ready,
        sum(units) as units, sum(value)::text as value from live group by lane, currency) r),
      'ticks', (select json_agg(r) from (select * from (select live.*, row_number() over (order by deadline_at, value desc,
          id) as turn, row_number() over (partition by lane order by value desc, deadline_at, id) as place from live) ranked
        where place <= 80 or turn = 1) r),
      'needing', (select json_agg(r) from needing r),
      'needs', (select json_agg(r) from (select e.id, e.purchase_order_id, e.cause, e.severity, e.evidence, e.sequence,
        e.due_at from exceptions e where e.organization_id = $1 and e.state = 'open'
          and e.purchase_order_id in (select id from needing)) r),
      'hands', (select json_agg(r) from (select object_id, assigned_user_id, assigned_team_id from matters
        where organization_id = $1 and kind = 'order' and object_id in (select id::text from needing)) r),
      'today', (select json_agg(r) from (select o.currency, count(*), sum(o.units) as units, sum(o.value)::text as value,
          count(*) filter (where s.status not in ('to_confirm', 'held', 'send_failed', 'changed')) as decided,
          sum(s.cut) as cut, sum(s.cut_value)::text as cut_value
        from purchase_orders o join order_states s on s.organization_id = $1 and s.purchase_order_id = o.id
        where o.organization_id = $1 and o.ordered_at >= date_trunc('day', now()) and s.status <> 'cancelled'
        group by o.currency) r),
      'who', (select json_agg(r) from (select s.answered_by, s.decided_by_type,
          floor(extract(epoch from o.ordered_at - date_trunc('day', now()) + interval '27 days') / 604800) as week,
          sum(o.line_count) as lines
        from purchase_orders o join order_states s on s.organization_id = $1 and s.purchase_order_id = o.id
        where o.organization_id = $1 and o.ordered_at >= date_trunc('day', now()) - interval '27 days'
        group by 1, 2, 3) r),
      'told', (select json_agg(r) from (select * from journal_entries where organization_id = $1
        order by at desc, id desc limit 20) r),
      'windows', (select json_agg(r) from (select o.window_start::date as day, sum(o.units) as units,
          sum(greatest(o.units - coalesce(s.taken, 0), 0)) as uncovered
        from purchase_orders o join order_states s on s.organization_id = $1 and s.purchase_order_id = o.id
        where o.organization_id = $1 and s.status not in ('cancelled', 'closed', 'received', 'rejected')
          and o.window_start::date between current_date and current_date + 13 group by 1) r),
      'streams', (select json_agg(r) from (select name, state, last_success_at, next_due_at from streams
        where organization_id = $1) r),
      'sources', (select json_agg(r) from (select warehouse, max(as_of), count(*) filter (where on_hand < 0)
        from stock_balances where organization_id = $1 group by warehouse) r),
      'settings', (select value from module_settings where organization_id = $1 and module = 'supply'),
      'answered', (select json_agg(r) from (select count(*), percentile_cont(0.5) within group (order by
          extract(epoch from s.answered_at - o.first_seen_at)) as median
        from purchase_orders o join order_states s on s.organization_id = $1 and s.purchase_order_id = o.id
        where s.organization_id = $1 and s.answered_by = 'oktee' and s.answered_at >= date_trunc('day', now())) r),
      'as_of', now())::text"""
LISTS = {"/": LIST, "/exceptions": EXCEPTIONS, "/center": CENTER}
HEAD = [(b"content-type", b"application/json")]


class Bare:
    """A statement by path, whatever else is asked."""

    def __init__(self, dsn: str, organization: str) -> None:
        self._dsn, self._organization = dsn, organization
        self._pool: asyncpg.Pool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                event = (await receive())["type"]
                if event == "lifespan.startup":
                    self._pool = await asyncpg.create_pool(self._dsn, min_size=10, max_size=10)
                await send({"type": f"{event}.complete"})
                if event == "lifespan.shutdown":
                    return
        assert self._pool is not None
        body = await self._pool.fetchval(LISTS[scope["path"]], self._organization)
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        await send({"type": "http.response.body", "body": body.encode()})


if __name__ == "__main__":
    made = Bare(os.environ["BARE_DSN"], os.environ["BARE_ORGANIZATION"])
    uvicorn.run(made, port=int(os.environ["BARE_PORT"]), access_log=False, log_level="warning")
