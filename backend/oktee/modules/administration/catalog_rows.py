"""Items as the catalogue screen shows them: their names, agreed costs, components and stock, in four statements a page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oktee.catalog import stock
from oktee.catalog.places import places
from oktee.catalog.tables import Item, ItemComponent, ItemCost, ItemLink
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.administration.catalog_wire import (
    ItemComponentOut,
    ItemCostOut,
    ItemLinkOut,
    ItemList,
    ItemOut,
    ItemStock,
)


async def find_items(
    session: AsyncSession,
    *,
    q: str | None = None,
    status: str | None = None,
    brand: str | None = None,
    limit: int = 50,
    after: str | None = None,
    finance: bool = False,
) -> ItemList:
    """A page of items by SKU, found by SKU, EAN, ASIN or words of the title. `finance`: see list_rows."""
    filters = {"q": q, "status": status, "brand": brand}
    conditions = []
    if q and q.strip():
        word = q.strip()
        linked = select(ItemLink.item_id).where(ItemLink.asin == word.upper())
        conditions.append(
            or_(
                Item.sku.istartswith(word, autoescape=True),
                Item.title.icontains(word, autoescape=True),
                Item.gtin == word.zfill(14),
                Item.id.in_(linked),
            )
        )
    if status:
        conditions.append(Item.status == status)
    if brand:
        conditions.append(Item.brand == brand)
    count = await session.scalar(select(func.count()).select_from(Item).where(*conditions))
    statement = select(Item).where(*conditions).order_by(Item.sku, Item.id).limit(limit + 1)
    if after is not None:
        sku, item_id = open_cursor(after, filters=filters)
        statement = statement.where(tuple_(Item.sku, Item.id) > tuple_(sku, UUID(item_id)))
    found = (await session.execute(statement)).scalars().all()
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = seal_cursor([found[-1].sku, str(found[-1].id)], filters=filters)
    shown = await list_rows(session, found, finance=finance)
    return ItemList(rows=shown, next=following, count=count or 0)


async def list_rows(session: AsyncSession, found: Sequence[Item], *, finance: bool) -> list[ItemOut]:
    """`finance`: whether the reader may see what a piece costs the customer."""
    ids = [item.id for item in found]
    links, costs = await _links(session, ids), await _costs(session, ids)
    parts = await _components(session, [item.id for item in found if item.assembled])
    balances = await stock.snapshot(session, sorted({*ids, *(part.id for each in parts.values() for part, _ in each)}))
    return [
        ItemOut(
            id=item.id, sku=item.sku, gtin=item.gtin, title=item.title, brand=item.brand, status=item.status,
            case_pack=item.case_pack, safety_stock=item.safety_stock, image_url=item.image_url,
            details=_details(item), links=links[item.id], costs=costs[item.id],
            components=[ItemComponentOut(sku=part.sku, quantity=quantity) for part, quantity in parts[item.id]],
            landed_cost=item.landed_cost if finance else None,
            landed_cost_currency=item.landed_cost_currency if finance else None,
            stock=_stock(item, parts[item.id], balances), updated_at=item.updated_at,
        )
        for item in found
    ]  # fmt: skip


DETAILS: Final = (
    "base_uom", "gtin_case", "gtin_pallet", "model_number", "manufacturer_code", "cases_per_layer", "layers_per_pallet",
    "vat_class", "replaced_by_sku", "replacement_mode", "country_of_origin", "hs_code", "dangerous_goods",
    "expiry_managed", "shelf_life_days",
)  # fmt: skip


def _details(item: Item) -> dict[str, str]:
    said: dict[str, Any] = {name: getattr(item, name) for name in DETAILS}
    if item.list_price is not None:
        said["list_price"] = f"{item.list_price.normalize():f} {item.list_price_currency or ''}".strip()
    for name, sides in (
        ("size", (item.length_mm, item.width_mm, item.height_mm)),
        ("case_size", (item.case_length_mm, item.case_width_mm, item.case_height_mm)),
    ):
        if None not in sides:
            said[name] = " × ".join(f"{side.normalize():f}" for side in sides if side is not None) + " mm"
    for name, grams in (("weight", item.weight_g), ("case_weight", item.case_weight_g)):
        said[name] = None if grams is None else f"{grams.normalize():f} g"
    return {name: _said(value) for name, value in said.items() if value not in (None, "")}


def _said(value: object) -> str:
    """Yes and no are words that the page has in its language."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


async def _links(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[ItemLinkOut]]:
    statement = (
        select(ItemLink).where(ItemLink.item_id.in_(ids)).order_by(ItemLink.marketplace_id, ItemLink.vendor_code)
    )
    links: dict[UUID, list[ItemLinkOut]] = defaultdict(list)
    for link in (await session.execute(statement)).scalars():
        links[link.item_id].append(
            ItemLinkOut(
                id=link.id, marketplace_id=link.marketplace_id, country=places.country_of(link.marketplace_id),
                vendor_code=link.vendor_code, asin=link.asin, vendor_sku=link.vendor_sku, quantity=link.quantity,
                cost_price=link.cost_price, currency=link.currency,
            )
        )  # fmt: skip
    return links


async def _costs(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[ItemCostOut]]:
    statement = (
        select(ItemCost)
        .where(ItemCost.item_id.in_(ids))
        .order_by(ItemCost.marketplace_id, ItemCost.vendor_code, ItemCost.valid_from.desc())
    )
    costs: dict[UUID, list[ItemCostOut]] = defaultdict(list)
    for one in (await session.execute(statement)).scalars():
        costs[one.item_id].append(
            ItemCostOut(
                marketplace_id=one.marketplace_id, country=places.country_of(one.marketplace_id),
                vendor_code=one.vendor_code, valid_from=one.valid_from, valid_to=one.valid_to, cost=one.cost,
                currency=one.currency, uom="case" if one.uom == "case" else "each", tolerance=one.tolerance,
            )
        )  # fmt: skip
    return costs


async def _components(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[tuple[Item, int]]]:
    part = aliased(Item)
    statement = (
        select(ItemComponent.item_id, part, ItemComponent.quantity)
        .join(part, part.id == ItemComponent.component_id)
        .where(ItemComponent.item_id.in_(ids))
        .order_by(ItemComponent.item_id, part.sku)
    )
    parts: dict[UUID, list[tuple[Item, int]]] = defaultdict(list)
    if ids:
        for item_id, found, quantity in (await session.execute(statement)).all():
            parts[item_id].append((found, quantity))
    return parts


def _stock(item: Item, parts: list[tuple[Item, int]], balances: dict[UUID, stock.Stock]) -> ItemStock | None:
    """Of a bundle what its components give together; not known while that of one of them is not."""
    known: list[tuple[stock.Stock, int, Any]] = []
    for one, quantity in parts or [(item, 1)]:
        balance = balances.get(one.id)
        if balance is None:
            return None
        known.append((balance, quantity, one))
    return ItemStock(
        on_hand=min(balance.on_hand // quantity for balance, quantity, _ in known),
        free=min(balance.free(safety_stock=one.safety_stock) // quantity for balance, quantity, one in known),
        committed=0 if parts else known[0][0].committed,
        as_of=min(balance.as_of for balance, _, _ in known),
        warehouses=max(balance.warehouses for balance, _, _ in known),
    )
