"""The operations of the public API: the key itself, purchase orders, items. Each reads through the scope of its key."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from oktee.modules.administration.catalog_rows import find_items as list_catalog
from oktee.modules.administration.catalog_wire import ItemOut
from oktee.modules.supply.detail import read_detail
from oktee.modules.supply.rows import list_rows, read_filter
from oktee.modules.supply.wire.lists import OrderRow
from oktee.public import wire
from oktee.public.door import KeyCallerIn, PublicSession, holds

router = APIRouter()
Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before")]
Word = Annotated[str | None, Query(max_length=400)]


@router.get("/me", dependencies=[holds(None)], tags=["key"])
async def get_me(who: KeyCallerIn) -> wire.Me:
    """The key that asks."""
    scope = None
    if who.scope is not None:
        parts = (who.scope.marketplaces, who.scope.vendor_codes, who.scope.brands)
        marketplaces, vendor_codes, brands = (None if names is None else list(names) for names in parts)
        scope = wire.KeyScope(marketplaces=marketplaces, vendor_codes=vendor_codes, brands=brands)
    return wire.Me(
        id=who.key_id, name=who.name, last4=who.last4, mode=who.mode, scopes=sorted(who.scopes), scope=scope,
        organization=wire.KeyOrganization(slug=who.slug, name=who.organization), expires_at=who.expires_at,
    )  # fmt: skip


@router.get("/purchase-orders", dependencies=[holds("orders.read")], tags=["purchase orders"])
async def list_purchase_orders(
    session: PublicSession,
    status: Annotated[Word, Query(description="one or more statuses, separated by commas")] = None,
    marketplace_id: Annotated[Word, Query(description="one or more, separated by commas")] = None,
    vendor_code: Annotated[Word, Query(description="one or more, separated by commas")] = None,
    po_number: Annotated[Word, Query(description="one or more, separated by commas")] = None,
    limit: Limit = 50,
    after: After = None,
) -> wire.PurchaseOrderPage:
    """Purchase orders, newest first."""
    where = read_filter(view="all", mp=marketplace_id, vc=vendor_code, brand=None, status=status, q=po_number)
    found = await list_rows(session, where, sort="-ordered_at", limit=limit, after=after)
    return wire.PurchaseOrderPage(
        data=[_order(row) for row in found.rows], has_more=found.next is not None, next_cursor=found.next
    )


@router.get("/purchase-orders/{order_id}", dependencies=[holds("orders.read")], tags=["purchase orders"])
async def get_purchase_order(session: PublicSession, order_id: UUID) -> wire.PurchaseOrderDetail:
    """One purchase order with its lines."""
    found = await read_detail(session, order_id)
    lines = [wire.PurchaseOrderLine.model_validate(line, from_attributes=True) for line in found.lines]
    return wire.PurchaseOrderDetail(**_order(found).model_dump(), lines=lines)


def _order(row: OrderRow) -> wire.PurchaseOrder:
    return wire.PurchaseOrder(
        id=row.id, po_number=row.po_number, marketplace_id=row.marketplace_id, vendor_code=row.vendor_code,
        status=row.status, revision=row.revision, ordered_at=row.ordered_at, answer_due_at=row.deadline_at,
        window=wire.Window.model_validate(row.window, from_attributes=True) if row.window else None,
        ship_to=row.ship_to, brand=row.brand, asked=row.asked, taken=row.taken, backordered=row.backordered, cut=row.cut,
        value=row.value, currency=row.currency, line_count=row.line_count, hidden_lines=row.hidden_lines,
        seen_on_amazon=not row.proposed,
    )  # fmt: skip


@router.get("/items", dependencies=[holds("catalog.read")], tags=["items"])
async def list_items(
    session: PublicSession,
    q: Annotated[str | None, Query(max_length=120, description="SKU, EAN, ASIN or words of the title")] = None,
    status: Word = None,
    brand: Word = None,
    limit: Limit = 50,
    after: After = None,
) -> wire.ItemPage:
    """Items of the catalogue, by SKU."""
    found = await list_catalog(session, q=q, status=status, brand=brand, limit=limit, after=after)
    return wire.ItemPage(
        data=[_item(row) for row in found.rows], has_more=found.next is not None, next_cursor=found.next
    )


def _item(row: ItemOut) -> wire.Item:
    return wire.Item(
        id=row.id, sku=row.sku, gtin=row.gtin, title=row.title, brand=row.brand, status=row.status,
        case_pack=row.case_pack, free_stock=row.stock.free if row.stock else None,
        stock_as_of=row.stock.as_of if row.stock else None, updated_at=row.updated_at,
        links=[wire.ItemLink.model_validate(link, from_attributes=True) for link in row.links],
    )  # fmt: skip
