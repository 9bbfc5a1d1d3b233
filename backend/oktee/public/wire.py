"""What the public API says: names that stay, whatever the screens call things."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer

Money = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]
"""A decimal string; its currency stands beside it."""


class KeyScope(BaseModel):
    """What part of the workspace the key sees; null = all."""

    marketplaces: list[str] | None
    vendor_codes: list[str] | None
    brands: list[str] | None


class KeyOrganization(BaseModel):
    """The workspace the key belongs to."""

    slug: str
    name: str


class Me(BaseModel):
    """The key that asks: what it is called, what it may do, and until when."""

    id: str = Field(examples=["4k8qx2pd0a"])
    name: str
    last4: str
    mode: str = Field(examples=["live"])
    organization: KeyOrganization
    scopes: list[str]
    scope: KeyScope | None
    expires_at: datetime


class Window(BaseModel):
    """The ship window (freight paid by Amazon) or delivery window (paid by the vendor)."""

    kind: str
    start: datetime
    end: datetime


class PurchaseOrder(BaseModel):
    """A purchase order. Quantities are eaches and, as the value, of the lines that the key sees; `hidden_lines`: others."""

    id: UUID
    po_number: str
    marketplace_id: str
    vendor_code: str
    status: str
    revision: int
    ordered_at: datetime
    answer_due_at: datetime
    window: Window | None
    ship_to: str | None
    brand: str | None
    asked: int
    taken: int | None
    backordered: int | None
    cut: int | None
    value: Money
    currency: str | None
    line_count: int
    hidden_lines: int
    seen_on_amazon: bool


class PurchaseOrderLine(BaseModel):
    """A line: what Amazon asked and what is answered; null = not decided yet. Quantities are eaches."""

    sequence: str
    asin: str | None
    vendor_product_identifier: str | None
    sku: str | None
    title: str | None
    brand: str | None
    asked: int
    taken: int | None
    backordered: int | None
    cut: int | None
    net_cost: str | None
    currency: str | None
    ship_at: datetime | None
    backorder_at: datetime | None


class PurchaseOrderDetail(PurchaseOrder):
    """An order with its lines."""

    lines: list[PurchaseOrderLine]


class PurchaseOrderPage(BaseModel):
    """A page of orders; `next_cursor` goes into `after`."""

    data: list[PurchaseOrder]
    has_more: bool
    next_cursor: str | None


class ItemLink(BaseModel):
    """What an item is called and costs on one marketplace."""

    marketplace_id: str
    vendor_code: str
    asin: str
    vendor_sku: str | None
    cost_price: Money | None
    currency: str | None


class Item(BaseModel):
    """One SKU of the catalogue. `free_stock`: what can still be promised, in eaches; null = no stock known."""

    id: UUID
    sku: str
    gtin: str | None
    title: str
    brand: str | None
    status: str
    case_pack: int
    free_stock: int | None
    stock_as_of: datetime | None
    links: list[ItemLink]
    updated_at: datetime


class ItemPage(BaseModel):
    """A page of items by SKU; `next_cursor` goes into `after`."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None
