"""What our catalogue says of the products of orders' lines: full cases, weights, sizes, expiry, and what a pack is made of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import lookup
from oktee.catalog.matching import Matched, match
from oktee.catalog.tables import Item
from oktee.modules.supply.shipments.rules.inputs import Goods, Size
from oktee.modules.supply.tables import DecisionLine

LineKey = tuple[UUID, str]
"""An order and the number of its line."""
Parts = tuple[tuple[UUID, int], ...]
"""Items and how many pieces of each."""


@dataclass(frozen=True, slots=True)
class _Made:
    """The item of a line: `pieces` of it in one each of the ASIN; of a bundle, what one each of the ASIN is made of."""

    item_id: UUID
    pieces: int
    components: Parts | None


async def read_goods(
    session: AsyncSession,
    orders: Mapping[UUID, PurchaseOrder],
    lines: Mapping[UUID, Sequence[PurchaseOrderLine]],
    decided: Mapping[UUID, Mapping[str, DecisionLine]],
) -> dict[LineKey, Goods]:
    """By order and line: the item that was decided on, else the one that the catalogue has for it today."""
    made: dict[LineKey, _Made] = {}
    unknown: list[PurchaseOrderLine] = []
    for order_id, each in lines.items():
        for line in each:
            found = decided.get(order_id, {}).get(line.sequence)
            if found is not None and found.item_id is not None:
                parts = tuple((UUID(part["item_id"]), int(part["quantity"])) for part in found.components or ()) or None
                made[order_id, line.sequence] = _Made(found.item_id, found.link_quantity, parts)
            elif order_id in orders:
                unknown.append(line)
    made |= await _looked_up(session, unknown, orders)
    wanted = {one.item_id for one in made.values()} | {
        item_id for one in made.values() for item_id, _ in one.components or ()
    }
    items = await _items(session, wanted)
    return {
        key: _goods(items[one.item_id], one, one.components or (), items)
        for key, one in made.items()
        if one.item_id in items
    }


async def _looked_up(
    session: AsyncSession, lines: Sequence[PurchaseOrderLine], orders: Mapping[UUID, PurchaseOrder]
) -> dict[LineKey, _Made]:
    keys = [
        lookup.LineKey(line.marketplace_id, line.vendor_code, line.vendor_product_identifier, line.asin)
        for line in lines
    ]
    days = [orders[line.purchase_order_id].ordered_at.date() for line in lines]
    found: dict[LineKey, _Made] = {}
    for line, hits in zip(lines, await lookup.find_candidates(session, keys, days=days), strict=True):
        meant = match(hits)
        if isinstance(meant, Matched):
            pieces = meant.item.quantity
            parts = tuple((part.item_id, part.quantity * pieces) for part in meant.item.components) or None
            found[line.purchase_order_id, line.sequence] = _Made(meant.item.item_id, pieces, parts)
    return found


async def _items(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Item]:
    if not ids:
        return {}
    return {item.id: item for item in await session.scalars(select(Item).where(Item.id.in_(sorted(ids))))}


def _goods(item: Item, made: _Made, parts: Parts, items: Mapping[UUID, Item]) -> Goods:
    inside = [(items.get(part), count) for part, count in parts]
    whole: list[tuple[Item | None, int]] = [(item, made.pieces)]
    cases, loose = divmod(item.case_pack, made.pieces)
    full = cases if cases >= 1 and not loose else None
    perishable = [one for one, _ in (*whole, *inside) if one is not None and one.expiry_managed]
    return Goods(
        case_units=full,
        weight_g=_either(_total(whole, _weight), _total(inside, _weight)),
        volume_mm3=_either(_total(whole, _volume), _total(inside, _volume)),
        case_weight_g=item.case_weight_g if full else None,
        case_size_mm=_size(item.case_length_mm, item.case_width_mm, item.case_height_mm) if full else None,
        expiry_managed=bool(perishable),
        shelf_life_days=min((one.shelf_life_days for one in perishable if one.shelf_life_days), default=None),
    )


def _either(given: Decimal | None, follows: Decimal | None) -> Decimal | None:
    """What was given of a bundle itself, else what follows from its components."""
    return follows if given is None else given


def _total(parts: Sequence[tuple[Item | None, int]], figure: Callable[[Item], Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for item, count in parts:
        one = None if item is None else figure(item)
        if one is None:
            return None
        total += one * count
    return total if parts else None


def _weight(item: Item) -> Decimal | None:
    return item.weight_g


def _volume(item: Item) -> Decimal | None:
    size = _size(item.length_mm, item.width_mm, item.height_mm)
    return None if size is None else size[0] * size[1] * size[2]


def _size(*sides: Decimal | None) -> Size | None:
    length, width, height = sides
    return None if length is None or width is None or height is None else (length, width, height)
