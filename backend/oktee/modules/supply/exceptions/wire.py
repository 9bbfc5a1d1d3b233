"""Exceptions over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from oktee.modules.supply.cost_wire import CurrencyValue, Money
from oktee.modules.supply.wire.asked import BulkOrder
from oktee.modules.supply.wire.words import Holder, Message, TagOut

State = Literal["open", "snoozed", "resolved"]
Fix = Literal[
    "match_sku", "use_stock", "take", "backorder", "accept_cost", "accept_pack", "accept_minimum", "accept_item",
    "accept_order", "accept_change", "confirm", "send_again", "decide_again", "acknowledge", "told", "note",
    "hold", "ask_amazon", "pause_code", "pause_rule", "ship", "redate",
]  # fmt: skip


class ExceptionRow(BaseModel):
    """One exception. Quantities are eaches; those of a line where it is about one. `fixes`: what this one takes.
    `rule_id`: of an anomaly of a rule; `rule_change`: what people changed alike (more, less, later) of `sku`.
    `decided_rule_id`: the rule under which the line fell, or all lines of the order; its limits are the ones that held.
    `value`: of the lines it is about; `order_value`: of all of the order. `assignee`: who has it; `assigned_with_order`: because they have its order. `notes`, `files`: how many there are.
    `due_at`: of what holds an order Amazon's deadline, as on every page; `hold_due_at`: the own limit of a rush order before it.
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
    hold_due_at: datetime | None
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
    """Orders with something open, and exceptions by state. `handled_today`: orders that automation answered today. `ever`:
    0 where there never was an exception, else 1. `mine`, `my_teams`: open orders (and what is about no order) that the reader or those they stand in for, or their teams, have."""

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


MOST = 10_000
"""Exceptions of one act: named by their ids alone they fit into one request."""
MOST_SHOWN = 4_000
"""Quantities, or orders as they were seen, of one act: with their ids they fit into one request."""


class ExceptionFilterIn(BaseModel):
    """A filter of the list of exceptions as its address says it."""

    model_config = ConfigDict(extra="forbid")

    state: State = "open"
    cause: str | None = Field(None, max_length=80)
    severity: str | None = Field(None, max_length=20)
    mp: str | None = Field(None, max_length=400)
    vc: str | None = Field(None, max_length=400)
    brand: str | None = Field(None, max_length=2000)
    assignee: str | None = Field(None, max_length=400)
    clock: str | None = Field(None, max_length=80)
    since: str | None = Field(None, max_length=40)


class ExceptionsChosenIn(BaseModel):
    """Which exceptions: `ids`, or a `filter` with how many matched when it was looked at, and when that was: `as_of` of the
    list. What was opened or changed since is not among them; with `ids` a fix that approves refuses what changed since."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] | None = Field(None, min_length=1, max_length=MOST)
    filter: ExceptionFilterIn | None = None
    expected_count: int | None = Field(None, ge=1)
    as_of: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ExceptionsChosenIn":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("Give ids or a filter, one of them.")
        if self.filter is not None and self.expected_count is None:
            raise ValueError("With a filter say how many exceptions it matched: expected_count.")
        if self.filter is not None and self.as_of is None:
            raise ValueError("With a filter say of when the list is: as_of.")
        return self


class ActionIn(ExceptionsChosenIn):
    """A fix for one or many exceptions of one cause. `quantities`: eaches by exception (take). `sku`: for match_sku.
    `at`: the date of a backorder. `note`: for note. `shown`: of the fixes that answer or change an answer, the revision
    and the decision of each order as the caller saw them; with others nothing is sent."""

    fix: Fix
    quantities: dict[UUID, Annotated[int, Field(ge=1, le=10_000_000)]] = Field(
        default_factory=dict, max_length=MOST_SHOWN
    )
    sku: str | None = Field(None, min_length=1, max_length=80)
    at: datetime | None = None
    note: str | None = Field(None, min_length=1, max_length=1000)
    shown: list[BulkOrder] = Field(default_factory=list, max_length=MOST_SHOWN)

    @model_validator(mode="after")
    def _of_one_cause(self) -> "ActionIn":
        if self.filter is not None and self.filter.cause is None:
            raise ValueError("A fix is for one cause: name it in the filter.")
        return self


class ActionResult(BaseModel):
    """What became of one exception."""

    id: UUID
    ok: bool
    code: str | None
    detail: str | None


class ActionResults(BaseModel):
    """One result for each exception; one order's fault stops no other. `operation_id`: they are many, and a worker goes
    through them; then the results are with its progress."""

    results: list[ActionResult]
    operation_id: UUID | None = None


class ExceptionSnoozeIn(ExceptionsChosenIn):
    """Out of sight until a moment, or until what it rests on changes."""

    until: datetime | None = None
    until_change: bool = False


class ExceptionsSnoozed(BaseModel):
    """How many were put out of sight."""

    snoozed: int


class ExceptionsWoken(BaseModel):
    """How many are in sight again."""

    woken: int


class ExceptionsExportIn(BaseModel):
    """What to write of the exceptions. `style`: as the screen shows it, or raw (ISO instants, dots before decimals).
    `words`: the filter as the screen says it."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "xlsx"] = "csv"
    style: Literal["shown", "raw"] = "shown"
    filter: ExceptionFilterIn = ExceptionFilterIn()
    words: str = Field(default="", max_length=1000)
