"""Lists of orders on the wire: rows, sums, views and groups."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from oktee.modules.supply.cost_wire import CurrencyValue, Money
from oktee.modules.supply.wire.words import Actor, Hands, Mark, Message, ScopeInfo, Window


class OrderRow(BaseModel):
    """One order in a list. Quantities are eaches; `proposed` means not seen on Amazon yet. All numbers are of the lines
    that the reader sees; `hidden_lines` are the others."""

    id: UUID
    po_number: str
    marketplace_id: str
    country: str
    vendor_code: str
    ship_to: str | None
    order_type: str | None
    status: str
    status_detail: Message | None
    ordered_at: datetime
    deadline_at: datetime
    hold_due_at: datetime | None = Field(
        default=None, description="Our own limit for a rush order that waits for a person; `deadline_at` is Amazon's"
    )
    mark: Mark | None = Field(
        default=None,
        description="Beside its status: late, its 24 hours went by; short, less arrived than left for Amazon",
    )
    edit_until: datetime | None
    window: Window | None
    time_zone: str
    asked: int
    taken: int | None
    backordered: int | None
    cut: int | None
    undecided_lines: int
    line_count: int
    proposed: bool
    value: Money
    currency: str | None
    cut_value: Money | None
    decided_by: Actor | None
    send_at: datetime | None
    brand: str | None
    revision: int
    first_seen_at: datetime
    answered_by: str | None
    needs_person: bool
    decision_id: UUID | None
    hidden_lines: int
    received: int | None
    payment_method: str | None
    deal_code: str | None
    import_order: bool
    changed_at: datetime | None
    backorder_allowed: bool | None = None
    last_received_at: datetime | None = None


class OrderSums(BaseModel):
    """Sums over everything that matches, not over the page."""

    asked: int
    value_by_currency: list[CurrencyValue]


class OrderList(BaseModel):
    """A page of orders, the position of the next, and sums over all that match (unless `totals` was no). With `fields` a row
    holds its id and those fields only."""

    rows: list[OrderRow]
    next: str | None
    count: int | None
    sums: OrderSums | None
    scope: ScopeInfo
    as_of: datetime
    hands: dict[UUID, Hands] = Field(default={}, description="By order: who has it, and its tags")


class ViewCounts(BaseModel):
    """How many orders each view holds. waiting = to_decide + scheduled + held + changed."""

    all: int
    waiting: int
    to_decide: int
    scheduled: int
    held: int
    in_flight: int
    changed: int
    answered: int
    closed: int


class ViewSums(BaseModel):
    """What one view, or one group of it, adds up to. Quantities are eaches; currencies are never added."""

    orders: int
    asked: int
    taken: int
    value_by_currency: list[CurrencyValue]
    cut_by_currency: list[CurrencyValue]


class OrdersSummary(BaseModel):
    """Counts and sums of the views under the same filter; the keys of `sums` are those of `views`."""

    views: ViewCounts
    sums: dict[str, ViewSums]


class OrderGroup(ViewSums):
    """One group of a list. `key`: the value its orders share; empty where they have none."""

    key: str


class OrderGroups(BaseModel):
    """The groups of a list, at most 200 of them."""

    by: str
    groups: list[OrderGroup]


class DayWindow(BaseModel):
    """Units whose window opens on a day, and how many of them stock does not cover."""

    on: date
    units: int
    uncovered_units: int
