"""The newest line of each SKU of a vendor code, where its cost or its successor is to be settled with Amazon."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.modules.supply.rules.anomalies.facts import OrderFact, Place
from oktee.modules.supply.rules.anomalies.settling import Newest
from oktee.modules.supply.rules.trace import told_steps

_NEWEST: Final = text(
    """with newest as (
        select distinct on (o.connection_id, o.vendor_code, o.marketplace_id, l.sku) o.id, o.po_number, o.connection_id,
            o.vendor_code, o.marketplace_id, o.ordered_at, o.ship_to, o.window_end, o.brands, l.id as line_id, l.sequence,
            l.sku, l.brand, l.item_id, l.catalog_cost * l.link_quantity as agreed, p.net_cost
        from purchase_orders o join order_states s on s.purchase_order_id = o.id
        join decision_lines l on l.decision_id = s.decision_id
        join purchase_order_lines p on p.purchase_order_id = o.id and p.sequence = l.sequence
        where o.ordered_at > cast(:now as timestamptz) - interval '28 days' and o.ordered_at <= :now
            and s.answered_by is distinct from 'history' and s.status <> 'cancelled' and l.sku is not null and l.asked > 0
        order by o.connection_id, o.vendor_code, o.marketplace_id, l.sku, o.ordered_at desc, o.id, l.sequence)
    select n.*, t.trace, i.replacement_mode in ('suggest', 'auto') and i.replaced_by_sku is not null as proposes
    from newest n join decision_lines t on t.id = n.line_id left join items i on i.id = n.item_id
    where case when n.net_cost ~ '^[0-9]+([.][0-9]+)?$' then cast(n.net_cost as numeric) < n.agreed end
        or (i.replacement_mode in ('suggest', 'auto') and i.replaced_by_sku is not null)"""
)
"""Traces are long: only those of lines that may say something are read."""


async def read_newest(session: AsyncSession, now: datetime) -> list[Newest]:
    """Lines whose cost lies below the agreed one, or whose product has a successor that is to be proposed."""
    return [_newest(row) for row in (await session.execute(_NEWEST, {"now": now})).all()]


def _newest(row: Any) -> Newest:
    place = Place(row.connection_id, row.vendor_code, row.marketplace_id)
    order = OrderFact(row.id, row.po_number, place, row.ordered_at, row.ship_to, row.window_end, tuple(row.brands))
    trace = tuple((step["message"], step["values"]) for step in told_steps(row.trace))
    return Newest(order, row.sequence, row.sku, row.brand, trace, bool(row.proposes))
