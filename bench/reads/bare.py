"""The limit: bare ASGI, asyncpg, JSON built by PostgreSQL; no framework, no sign-in, no policy. Serves the same list."""

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
HEAD = [(b"content-type", b"application/json")]


class Bare:
    """One route, whatever is asked."""

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
        body = await self._pool.fetchval(LIST, self._organization)
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        await send({"type": "http.response.body", "body": body.encode()})


if __name__ == "__main__":
    made = Bare(os.environ["BARE_DSN"], os.environ["BARE_ORGANIZATION"])
    uvicorn.run(made, port=int(os.environ["BARE_PORT"]), access_log=False, log_level="warning")
