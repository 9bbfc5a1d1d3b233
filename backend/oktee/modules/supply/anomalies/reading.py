"""What the detectors are given, read in a handful of statements over whole tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.modules.supply.departed import DEPARTED
from oktee.modules.supply.rules.anomalies.facts import (
    Bucket,
    Delivery,
    LineFact,
    OrderFact,
    Place,
    RuleDay,
    RuleLine,
    Unread,
    Waiting,
)
from oktee.modules.supply.rules.anomalies.rhythm import Rhythm

FRESH: Final = timedelta(hours=26)
"""Orders that came since then are compared with those before them, and those that still wait for an answer."""
MOST: Final = 2000
"""So many of them at most, the newest first: after a first load nobody wants to hear of history."""
UTC_ZONE: Final = ZoneInfo("UTC")

_PLACE: Final = "o.connection_id, o.vendor_code, o.marketplace_id"
_HEAD: Final = f"o.id, o.po_number, {_PLACE}, o.ordered_at, o.ship_to, o.window_end, o.brands"
_HOURS: Final = text(
    f"""select {_PLACE}, date_trunc('hour', o.ordered_at) as hour, count(*) as orders, sum(o.units) as units,
        sum(o.value) as value, max(o.ordered_at) as last
    from purchase_orders o where o.ordered_at > cast(:now as timestamptz) - interval '460 days' and o.ordered_at <= :now
    group by 1, 2, 3, 4 order by 1, 2, 3, 4"""  # noqa: S608 - constants only
)
_KNOWN: Final = text(
    """select connection_id, high_water from streams
    where name = 'purchase_orders' and first_load_done_at is not null and high_water is not null"""
)
_FRESH: Final = text(
    f"""select {_HEAD} from purchase_orders o join order_states s on s.purchase_order_id = o.id
    where o.ordered_at > cast(:now as timestamptz) - interval '60 days' and s.answered_by is distinct from 'history'
        and (o.ordered_at > cast(:now as timestamptz) - cast(:fresh as interval)
            or s.status in ('to_confirm', 'held', 'scheduled', 'send_failed', 'changed'))
    order by o.ordered_at desc limit {MOST}"""  # noqa: S608 - constants only
)
_RECENT: Final = text(
    f"""select * from (select {_HEAD},
            row_number() over (partition by {_PLACE} order by o.ordered_at desc, o.id) as place
        from purchase_orders o where o.ordered_at > cast(:now as timestamptz) - interval '60 days'
            and o.vendor_code = any(cast(:codes as text[]))) o where o.place <= {MOST} + 10"""  # noqa: S608 - constants only
)
_FIRST: Final = text(
    f"""select {_PLACE}, o.ship_to, min(o.ordered_at) as first from purchase_orders o
    where o.ship_to is not null and o.vendor_code = any(cast(:codes as text[])) group by 1, 2, 3, 4"""  # noqa: S608 - constants only
)
_LINES: Final = text(
    f"""with wanted as (select distinct l.asin from purchase_order_lines l
        where l.purchase_order_id = any(cast(:ids as uuid[])) and l.asin is not null)
    select * from (select {_HEAD}, l.sequence, l.asin, l.units, l.unit_size, l.net_cost, l.cost_unit, l.currency, l.brand,
            o.id = any(cast(:ids as uuid[])) as fresh,
            row_number() over (partition by {_PLACE}, l.asin, o.id = any(cast(:ids as uuid[]))
                order by o.ordered_at desc) as place
        from wanted w join purchase_order_lines l on l.asin = w.asin
        join purchase_orders o on o.id = l.purchase_order_id
        where o.ordered_at > cast(:now as timestamptz) - interval '60 days' and l.units > 0) o
    where o.fresh or o.place <= 20"""  # noqa: S608 - constants only
)
_DELIVERIES: Final = text(
    f"""with left_ as (
        select i.purchase_order_id, sum({DEPARTED}) as shipped,
            min(coalesce(s.amazon_confirmed_at, s.first_confirmed_at, s.ship_at)) as shipped_at
        from shipment_items i join shipments s on s.id = i.shipment_id
        where {DEPARTED} > 0 group by 1),
    came as (
        select purchase_order_id, min(last_received_at) as received_at from purchase_order_line_status
        where coalesce(received_units, 0) > 0 group by 1)
    select {_HEAD}, o.accepted_units, coalesce(l.shipped, 0) as shipped, coalesce(o.received_units, 0) as received,
        l.shipped_at, c.received_at
    from purchase_orders o join order_states s on s.purchase_order_id = o.id
    left join left_ l on l.purchase_order_id = o.id left join came c on c.purchase_order_id = o.id
    where o.accepted_units > 0 and o.window_end > cast(:now as timestamptz) - interval '90 days'
        and o.ordered_at <= :now and s.status <> 'cancelled'"""  # noqa: S608 - constants only
)
_WAITING: Final = text(
    f"""select a.connection_id || '/' || a.po_number || '/' || a.answer as key, a.po_number as number, {_HEAD},
        coalesce(a.sent_at, a.unknown_at, a.sending_at) as since
    from acknowledgements a join purchase_orders o on o.id = a.purchase_order_id
    where a.state in ('sending', 'unknown', 'sent')
    union all
    select m.shipment_id || '/' || m.number, s.identifier, {_HEAD}, coalesce(m.sent_at, m.unknown_at, m.sending_at)
    from shipment_submissions m join shipments s on s.id = m.shipment_id
    join purchase_orders o on o.id = s.purchase_order_id where m.state in ('sending', 'unknown', 'sent')"""  # noqa: S608 - constants only
)
_RULE_DAYS: Final = text(
    """with days as (
        select l.rule_set_id, date_trunc('day', s.became_available_at) as day, count(*) as hits,
            count(*) filter (where l.decided_by_type = 'person') as overrides
        from order_states s join decision_lines l on l.decision_id = s.decision_id
        where s.became_available_at > cast(:now as timestamptz) - interval '36 days'
            and s.became_available_at < date_trunc('day', cast(:now as timestamptz)) and l.asked > 0
        group by 1, 2)
    select d.rule_set_id, coalesce(r.name, 'Standard') as name, d.day, d.hits, d.overrides,
        sum(d.hits) over (partition by d.day) as lines
    from days d left join rule_sets r on r.id = d.rule_set_id where d.rule_set_id is not null"""
)
_OVERRIDES: Final = text(
    """with lines as (
        select l.rule_set_id, l.sku, l.sequence, l.taken, l.backordered, l.decided_by_type, d.purchase_order_id, d.number,
            s.became_available_at as at
        from order_states s join decisions d on d.id = s.decision_id join decision_lines l on l.decision_id = d.id
        where s.became_available_at > cast(:now as timestamptz) - interval '28 days' and l.rule_set_id is not null
            and l.sku is not null and l.asked > 0),
    often as (select rule_set_id, sku from lines where decided_by_type = 'person' group by 1, 2
        having count(distinct purchase_order_id) >= 3)
    select n.rule_set_id, coalesce(r.name, 'Standard') as name, n.sku, n.at, n.purchase_order_id, n.decided_by_type,
        n.taken, n.backordered, w.taken as was_taken, w.backordered as was_backordered
    from lines n join often using (rule_set_id, sku) left join rule_sets r on r.id = n.rule_set_id
    left join lateral (select p.taken, p.backordered from decisions e join decision_lines p on p.decision_id = e.id
        where n.decided_by_type = 'person' and e.purchase_order_id = n.purchase_order_id and e.number < n.number
            and p.sequence = n.sequence and p.decided_by_type = 'rule' order by e.number desc limit 1) w on true"""
)

_UNREAD: Final = text(
    """select r.connection_id, r.subject, min(encode(r.payload_hash, 'hex')) as key, min(r.created_at) as first,
        max(r.created_at) as last, (array_agg(r.reason order by r.created_at desc))[1] as reason
    from ingest_rejects r
    where r.stream = 'purchase_orders' and r.created_at > cast(:now as timestamptz) - interval '60 days'
        and not exists (select 1 from purchase_orders o where o.connection_id = r.connection_id
            and o.po_number = r.subject and o.fetched_at >= r.created_at)
    group by r.connection_id, r.subject, case when r.subject is null then r.payload_hash end
    order by first, key"""
)


@dataclass(slots=True)
class World:
    """Everything that is looked at."""

    rhythms: list[Rhythm] = field(default_factory=list)
    fresh: set[UUID] = field(default_factory=set)
    orders: list[OrderFact] = field(default_factory=list)
    first_for: dict[tuple[Place, str], datetime] = field(default_factory=dict)
    lines: list[LineFact] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    days: list[RuleDay] = field(default_factory=list)
    overridden: list[RuleLine] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


async def read_world(session: AsyncSession, now: datetime) -> World:
    """Each statement reads its table once; none asks by order."""
    world = World(rhythms=await _rhythms(session, now))
    moment = {"now": now}
    fresh = (await session.execute(_FRESH, moment | {"fresh": FRESH})).all()
    world.fresh = {row.id for row in fresh}
    if fresh:
        codes = {"codes": sorted({row.vendor_code for row in fresh})}
        world.orders = [_order(row) for row in (await session.execute(_RECENT, moment | codes)).all()]
        for row in (await session.execute(_FIRST, codes)).all():
            world.first_for[_place(row), row.ship_to] = row.first
        lines = (await session.execute(_LINES, moment | {"ids": sorted(world.fresh)})).all()
        world.lines = [_line(row) for row in lines]
    for row in (await session.execute(_DELIVERIES, moment)).all():
        sums = (row.accepted_units, int(row.shipped), row.received)
        world.deliveries.append(Delivery(_order(row), *sums, row.shipped_at, row.received_at))
    for row in (await session.execute(_WAITING)).all():
        if row.since is not None:
            world.waiting.append(Waiting(row.key, row.number, _order(row), row.since))
    for row in (await session.execute(_RULE_DAYS, moment)).all():
        world.days.append(RuleDay(row.rule_set_id, row.name, row.day, row.hits, row.overrides, int(row.lines)))
    for row in (await session.execute(_OVERRIDES, moment)).all():
        world.overridden.append(
            RuleLine(row.rule_set_id, row.name, row.sku, row.at, row.purchase_order_id, _change(row))
        )
    for row in (await session.execute(_UNREAD, moment)).all():
        world.unread.append(Unread(row.connection_id, row.subject, row.key, row.reason, row.first, row.last))
    return world


async def _rhythms(session: AsyncSession, now: datetime) -> list[Rhythm]:
    """Of connections whose orders are known up to a moment: what was not fetched is not silent."""
    known = {row.connection_id: min(row.high_water, now) for row in (await session.execute(_KNOWN)).all()}
    buckets: dict[Place, list[Any]] = defaultdict(list)
    for row in (await session.execute(_HOURS, {"now": now})).all():
        if row.connection_id in known:
            buckets[_place(row)].append(row)
    return [_rhythm(place, rows, known[place.connection_id]) for place, rows in buckets.items()]


def _rhythm(place: Place, rows: Sequence[Any], until: datetime) -> Rhythm:
    found = find_marketplace(place.marketplace_id)
    zone = ZoneInfo(found.time_zone) if found is not None else UTC_ZONE
    hours = [Bucket(row.hour.astimezone(UTC), row.orders, int(row.units), row.value) for row in rows]
    return Rhythm(place, zone, hours, max(row.last for row in rows).astimezone(UTC), until.astimezone(UTC))


def _place(row: Any) -> Place:
    return Place(row.connection_id, row.vendor_code, row.marketplace_id)


def _order(row: Any) -> OrderFact:
    return OrderFact(row.id, row.po_number, _place(row), row.ordered_at, row.ship_to, row.window_end, tuple(row.brands))


def _line(row: Any) -> LineFact:
    cost = Decimal(row.net_cost) if row.net_cost is not None and row.cost_unit is None else None
    return LineFact(_order(row), row.sequence, row.asin, row.units, row.unit_size, cost, row.currency, row.brand)


def _change(row: Any) -> str | None:
    if row.decided_by_type != "person" or row.was_taken is None or row.taken is None:
        return None
    if row.taken != row.was_taken:
        return "more" if row.taken > row.was_taken else "less"
    return "later" if (row.backordered or 0) > (row.was_backordered or 0) else None
