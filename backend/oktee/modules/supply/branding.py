"""Which brands an order is of: the catalogue's word, carried by each line, its order and whatever speaks of the order.

Row policies read it (migrations/tenancy.py), so it is written in the transaction that decides the order.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from oktee.amazon.mirror.purchase_orders import PurchaseOrder

_LINES_DECIDED = text(
    """update purchase_order_lines l set brand = d.brand
    from decision_lines d join decisions c on c.id = d.decision_id
    where d.decision_id = any(cast(:decisions as uuid[])) and l.purchase_order_id = c.purchase_order_id
      and l.sequence = d.sequence and l.brand is distinct from d.brand"""
)
# An order that had its answer when we first saw it is never decided: its lines are looked up by ASIN and by our own number.
_LINES_KNOWN = text(
    """update purchase_order_lines l set brand = found.brand from (
        select hit.id, min(i.brand) as brand from (
            select l.id, k.item_id from purchase_order_lines l
            join item_links k on k.marketplace_id = l.marketplace_id and k.asin = l.asin
            where l.purchase_order_id = any(cast(:orders as uuid[])) and l.brand is null
              and k.vendor_code in ('', l.vendor_code)
            union
            select l.id, k.item_id from purchase_order_lines l
            join item_links k on k.vendor_sku = l.vendor_product_identifier and k.marketplace_id = l.marketplace_id
            where l.purchase_order_id = any(cast(:orders as uuid[])) and l.brand is null
              and k.vendor_code in ('', l.vendor_code)) hit
        join items i on i.id = hit.item_id
        group by hit.id having count(distinct i.brand) = 1 and count(*) = count(i.brand)) found
    where l.id = found.id"""
)
_ORDERS = text(
    """update purchase_orders o set brands = b.brands, brand = b.one from (
        select purchase_order_id, array_agg(distinct coalesce(brand, '')::text) as brands,
               case when count(distinct coalesce(brand, '')) = 1 then nullif(min(coalesce(brand, '')), '') end as one
        from purchase_order_lines where purchase_order_id = any(cast(:orders as uuid[])) group by 1) b
    where o.id = b.purchase_order_id and (o.brands, o.brand) is distinct from (b.brands, b.one)
    returning o.id, o.brand, o.brands"""
)
_DECISIONS = text(
    """update decisions d set brand = o.brand, brands = o.brands from purchase_orders o
    where d.id = any(cast(:decisions as uuid[])) and o.id = d.purchase_order_id
      and (d.brands, d.brand) is distinct from (o.brands, o.brand)"""
)


async def carry_brands(session: AsyncSession, orders: Sequence[PurchaseOrder], made: Mapping[UUID, UUID]) -> None:
    """After these orders got these decisions (by order id): their lines, the orders and the decisions say the brands."""
    decisions = sorted(made.values())
    await session.execute(_LINES_DECIDED, {"decisions": decisions})
    await _carry(session, orders)
    await session.execute(_DECISIONS, {"decisions": decisions})


async def look_up_brands(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> None:
    """For orders without a decision: what the catalogue knows by now; a line with two answers stays without."""
    if orders:
        await session.execute(_LINES_KNOWN, {"orders": sorted(order.id for order in orders)})
        await _carry(session, orders)


async def _carry(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> None:
    loaded = {order.id: order for order in orders}
    for order_id, brand, brands in (await session.execute(_ORDERS, {"orders": sorted(loaded)})).all():
        order = loaded[UUID(str(order_id))]
        set_committed_value(order, "brand", brand)
        set_committed_value(order, "brands", list(brands))
