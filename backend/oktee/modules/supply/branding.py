"""Which brands an order is of: the catalogue's word, carried by each line, its order and whatever speaks of the order.

Row policies read it (migrations/tenancy.py), so it is written in the transaction that decides the order.
"""

from collections.abc import Mapping, Sequence, Set
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.database import to_json

_LINES = text(
    """update purchase_order_lines l set brand = d.brand
    from unnest(cast(:ids as uuid[]), cast(:brands as text[])) as d(id, brand) where l.id = d.id"""
)
_ORDERS = text(
    """update purchase_orders o set brands = b.brands, brand = b.brand
    from jsonb_to_recordset(cast(:rows as jsonb)) as b(id uuid, brand text, brands text[]) where o.id = b.id"""
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
_OF_LINES = text(
    """select purchase_order_id, array_agg(distinct coalesce(brand, '')::text) as brands
    from purchase_order_lines where purchase_order_id = any(cast(:orders as uuid[])) group by 1"""
)


async def carry_brands(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    lines: Mapping[UUID, Sequence[PurchaseOrderLine]],
    brands: Mapping[tuple[str, str], str | None],
) -> None:
    """Before the decisions on these orders are stored: the orders and their lines say the brands (by order number and
    sequence) that were found for their lines. Only what is new is written."""
    moved: list[tuple[UUID, str | None]] = []
    found: dict[UUID, set[str]] = {}
    for order in orders:
        number, said = order.po_number, found.setdefault(order.id, set())
        for line in lines.get(order.id, ()):
            brand = brands[number, line.sequence]
            said.add(brand or "")
            if line.brand != brand:
                moved.append((line.id, brand))
    if moved:
        await session.execute(_LINES, {"ids": [one for one, _ in moved], "brands": [brand for _, brand in moved]})
    await _carry(session, orders, found)


async def look_up_brands(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> None:
    """For orders without a decision: what the catalogue knows by now; a line with two answers stays without."""
    if orders:
        ids = {"orders": sorted(order.id for order in orders)}
        await session.execute(_LINES_KNOWN, ids)
        found = (await session.execute(_OF_LINES, ids)).all()
        await _carry(session, orders, {UUID(str(order_id)): set(brands) for order_id, brands in found})


async def _carry(session: AsyncSession, orders: Sequence[PurchaseOrder], found: Mapping[UUID, Set[str]]) -> None:
    """`found`: the brands of each order's lines, '' for one whose brand nobody knows; an order without lines says nothing."""
    rows = []
    for order in sorted(orders, key=lambda each: each.id):
        brands = sorted(found.get(order.id, ()))
        brand = (brands[0] or None) if len(brands) == 1 else None
        if brands and (order.brand != brand or set(order.brands) != set(brands)):
            rows.append({"id": str(order.id), "brand": brand, "brands": brands})
            set_committed_value(order, "brand", brand)
            set_committed_value(order, "brands", brands)
    if rows:
        await session.execute(_ORDERS, {"rows": to_json(rows)})
