"""Lines of an order on the wire: what was asked, what is answered, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from oktee.modules.supply.cost_wire import Money
from oktee.modules.supply.wire.words import Actor, Message


class TraceStep(BaseModel):
    """What one rule found, with the values as they were."""

    rule: str
    version: int
    outcome: str
    message: str
    values: dict[str, dict[str, Any]]


class LineLock(BaseModel):
    """Whether the quantity of a line can still be changed, and why not."""

    quantity: bool
    reason: Message | None


class Book(BaseModel):
    """What the answer says of a book: its list price and the factor that leads to its cost; the order's unless a person said
    otherwise. Empty: they cannot be told, so somebody has to."""

    list_price: str | None
    discount_multiplier: str | None


class Pick(BaseModel):
    """What is taken from one shelf for a line: pieces of a SKU, and how many of them a case holds. `warehouse`: where; null =
    nobody said."""

    warehouse: str | None
    sku: str
    title: str | None
    units: int
    case_pack: int | None


class Line(BaseModel):
    """A line: what Amazon asked, what we answer, and why."""

    sequence: str
    asin: str | None
    vendor_product_identifier: str | None
    sku: str | None
    title: str | None
    brand: str | None
    image_url: str | None
    asked: int
    amount: int
    unit_of_measure: str
    unit_size: int
    net_cost: str | None
    currency: str | None
    catalog_cost: Money | None
    case_pack: int | None
    free_stock: int | None
    backorder_allowed: bool
    cancelled: bool
    taken: int | None
    backordered: int | None
    cut: int | None
    rejection_reason: str | None
    ship_at: datetime | None
    backorder_at: datetime | None
    decided_by: Actor | None
    rule_id: UUID | None = Field(description="The rule that the line fell under, and the version of it")
    rule_version: int | None
    summary: Message | None
    trace: list[TraceStep]
    hold: list[TraceStep]
    needs_person: bool
    locked: LineLock
    book: Book | None
    picks: list[Pick]


class WhatIfChange(Message):
    """One input and the smallest change of it that would have given the quantity. `input`: stock, safety, window ..."""

    input: str


class SharedLine(BaseModel):
    """What the line would get with this strategy first (null: as the settings have it), in eaches. `together`: what all
    lines that ask for the same stock would get; null for who does not see all orders."""

    strategy: str | None
    accepted: int
    backordered: int
    together: int | None


class LineSharing(BaseModel):
    """How the stock of a line would be shared now between the orders that wait for it. `orders`: how many those are, its
    own among them, null for who does not see all orders; `shares` is empty where there is no other."""

    sequence: str
    asked: int
    orders: int | None
    shares: list[SharedLine]


class WhatIf(BaseModel):
    """What a line would be given now, in eaches, and what alone would have given `quantity` of it; none where more than
    one thing is in the way, or nothing is."""

    sequence: str
    quantity: int
    accepted: int
    backordered: int
    held: bool
    changes: list[WhatIfChange]
