"""Exceptions over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.wire import BulkOrder, CurrencyValue, Holder, Message, Money, TagOut

State = Literal["open", "snoozed", "resolved"]
Fix = Literal[
    "match_sku", "use_stock", "take", "backorder", "accept_cost", "accept_pack", "accept_minimum", "accept_item",
    "accept_order", "accept_change", "confirm", "send_again", "decide_again", "acknowledge", "note",
    "hold", "ask_amazon", "pause_code", "pause_rule", "ship", "redate",
]  # fmt: skip


class ExceptionRow(BaseModel):
    """One exception. Quantities are eaches; those of a line where it is about one. `fixes`: what this one takes.
    `rule_id`: of an anomaly of a rule; `rule_change`: what people changed alike (more, less, later) of `sku`.
    `decided_rule_id`: the rule under which the line fell, or all lines of the order; its limits are the ones that held.
    `value`: of the lines it is about; `order_value`: of all of the order. `assignee`: who has it; `assigned_with_order`: because they have its order. `notes`, `files`: how many there are.
    `revision` and `decision_id`: of its order, as it stands; null before the first decision."""

    id: UUID
    cause: str
    severity: str
    owner_role: str
    state: State
    message: Message | None
    fixes: list[str]
    order_id: UUID | None
    po_number: str | None
    country: str | None
    marketplace_id: str | None
    vendor_code: str | None
    sequence: str | None
    sku: str | None
    asin: str | None
    title: str | None
    asked: int | None
    free_stock: int | None
    suggested: int | None
    backorder_allowed: bool
    lines: int
    value: Money | None
    order_value: Money | None
    currency: str | None
    rule_id: UUID | None
    rule_change: str | None
    decided_rule_id: UUID | None
    revision: int | None
    decision_id: UUID | None
    due_at: datetime | None
    opened_at: datetime
    snoozed_until: datetime | None
    until_change: bool
    resolution: str | None
    note: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    assignee: Holder | None
    assigned_with_order: bool
    tags: list[TagOut]
    notes: int
    files: int


class CauseGroup(BaseModel):
    """All exceptions of one cause: orders, lines, what they are worth, and the clock that runs out first."""

    cause: str
    severity: str
    owner_role: str
    exceptions: int
    orders: int
    lines: int
    value_by_currency: list[CurrencyValue]
    first_due_at: datetime | None
    fixes: list[str]


class ExceptionCounts(BaseModel):
    """Orders with something open, and exceptions by state. `handled_today`: orders that automation answered today. `mine`,
    `my_teams`: open orders (and what is about no order) that the reader or those they stand in for, or their teams, have."""

    open_orders: int
    open: int
    snoozed: int
    resolved_today: int
    resolved_by_itself_today: int
    handled_today: int
    ever: int
    mine: int
    my_teams: int


class ExceptionList(BaseModel):
    """Groups (`group_by=cause`) or rows, by the clock that runs out first."""

    counts: ExceptionCounts
    groups: list[CauseGroup]
    rows: list[ExceptionRow]
    next: str | None
    as_of: datetime


class ActionIn(BaseModel):
    """A fix for one or many exceptions of one cause. `quantities`: eaches by exception (take). `sku`: for match_sku.
    `at`: the date of a backorder. `note`: for note. `shown`: of the fixes that answer or change an answer, the revision
    and the decision of each order as the caller saw them; with others nothing is sent."""

    model_config = ConfigDict(extra="forbid")

    fix: Fix
    ids: list[UUID] = Field(min_length=1, max_length=500)
    quantities: dict[UUID, Annotated[int, Field(ge=1, le=10_000_000)]] = Field(default_factory=dict, max_length=500)
    sku: str | None = Field(None, min_length=1, max_length=80)
    at: datetime | None = None
    note: str | None = Field(None, min_length=1, max_length=1000)
    shown: list[BulkOrder] = Field(default_factory=list, max_length=500)


class ActionResult(BaseModel):
    """What became of one exception."""

    id: UUID
    ok: bool
    code: str | None
    detail: str | None


class ActionResults(BaseModel):
    """One result for each exception; one order's fault stops no other."""

    results: list[ActionResult]


class ExceptionSnoozeIn(BaseModel):
    """Out of sight until a moment, or until what it rests on changes."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=500)
    until: datetime | None = None
    until_change: bool = False


class ExceptionsSnoozed(BaseModel):
    """How many were put out of sight."""

    snoozed: int
