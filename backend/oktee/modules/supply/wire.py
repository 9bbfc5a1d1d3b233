"""What the Supply screens say on the wire: rows, lines, answers, events."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.cost_wire import CurrencyValue as CurrencyValue
from oktee.modules.supply.cost_wire import Money as Money
from oktee.modules.supply.cost_wire import OrderCosts
from oktee.notify.matters.tagging import Colour


class Message(BaseModel):
    """A message id and typed values; the reader's language is the browser's business."""

    message: str
    values: dict[str, dict[str, Any]] = {}


class Actor(BaseModel):
    """Who: rule, person, amazon, system or outside."""

    type: str
    name: str


class Window(BaseModel):
    """The ship window (Amazon-paid freight) or delivery window (vendor-paid) of an order."""

    kind: Literal["ship", "delivery"]
    start: datetime
    end: datetime


class ScopeInfo(BaseModel):
    """Whether the reader sees a part of the workspace only: then every total is of what they may see. `hidden_lines`: of
    the orders named here."""

    limited: bool
    hidden_lines: int


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


class Holder(BaseModel):
    """A person or a team that has something."""

    type: Literal["person", "team"]
    id: UUID
    name: str


class TagOut(BaseModel):
    """A word of the workspace's list, with a colour of the visual language."""

    id: UUID
    name: str
    colour: Colour


class Hands(BaseModel):
    """Who has an order, and its tags."""

    assignee: Holder | None
    tags: list[TagOut]


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


class WhatIfChange(Message):
    """One input and the smallest change of it that would have given the quantity. `input`: stock, safety, window ..."""

    input: str


class WhatIf(BaseModel):
    """What a line would be given now, in eaches, and what alone would have given `quantity` of it; none where more than
    one thing is in the way, or nothing is."""

    sequence: str
    quantity: int
    accepted: int
    backordered: int
    held: bool
    changes: list[WhatIfChange]


class AnswerLine(BaseModel):
    """One line of an answer, in eaches."""

    sequence: str
    accepted: int
    backordered: int
    rejected: int
    reason: str | None
    ship_at: datetime | None
    backorder_at: datetime | None


class SeenLine(BaseModel):
    """One line as Amazon showed it."""

    sequence: str
    accepted: int | None
    rejected: int | None


class AnswerError(BaseModel):
    """What went wrong: our words (message) and Amazon's own, verbatim (raw)."""

    message: str
    values: dict[str, dict[str, Any]] = {}
    raw: str


class Answer(BaseModel):
    """Our n-th answer to an order and its way to the proof."""

    answer: int
    state: str
    planned_by: Actor
    planned_at: datetime
    send_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    transaction_id: str | None
    transaction_status: str | None
    error: AnswerError | None
    lines: list[AnswerLine]
    seen: list[SeenLine] | None
    resends: int


class DecisionInfo(BaseModel):
    """The decision that the page shows."""

    id: UUID
    number: int
    revision: int
    decided_by: Actor
    decided_at: datetime
    rule_set_version: int
    hold: list[Message]


class Totals(BaseModel):
    """Units and value of an order by what happens to them."""

    asked: int
    taken: int
    backordered: int
    cut: int
    undecided: int
    asked_value: Money
    taken_value: Money
    backordered_value: Money
    cut_value: Money
    undecided_value: Money


class ReadBack(BaseModel):
    """What Amazon shows of one line."""

    sequence: str
    confirmation_status: str | None
    ordered: int
    accepted: int
    rejected: int
    received: int | None
    acknowledgements: list[dict[str, Any]]


class Stage(BaseModel):
    """One step of the order's way: done, current, todo or failed."""

    name: str
    state: str
    at: datetime | None
    actor: Actor | None


class Change(BaseModel):
    """One field that Amazon changed."""

    field: str
    sequence: str | None
    was: Any
    now: Any


class Revision(BaseModel):
    """What a revision of the order changed."""

    revision: int
    received_at: datetime
    changes: list[Change]


class Changed(BaseModel):
    """What Amazon changed since our answer to revision `since` (or since the order arrived), each thing once."""

    since: int
    revision: int
    received_at: datetime
    answer: int | None
    """The number of the answer that it came after; none while there is none."""

    lines: int
    changes: list[Change]


class EventObject(BaseModel):
    """What an event is about."""

    type: str
    id: str
    label: str


class Event(BaseModel):
    """One entry of the event log. `people`: the names behind the ids of people in `payload`, of those who are here."""

    id: UUID
    at: datetime
    kind: str
    outcome: str
    actor: Actor
    object: EventObject
    cause: str | None
    payload: dict[str, Any]
    people: dict[str, str]
    correlation_id: str | None
    log: str
    marketplace_id: str | None
    country: str | None


class SecondPerson(BaseModel):
    """The order waits for a second person. `chose`: who chose to tell Amazon not to order a product again, so is not them."""

    chose: list[UUID]


class OrderDetail(OrderRow):
    """Everything about one order. `portal_url`: Vendor Central of its marketplace, where a person does what Amazon takes
    from no program any more."""

    lines: list[Line]
    decision: DecisionInfo | None
    totals: Totals
    costs: OrderCosts | None
    answers: list[Answer]
    read_back: list[ReadBack]
    status_fetched_at: datetime | None
    stages: list[Stage]
    revisions: list[Revision]
    changed: Changed | None
    timeline: list[Event]
    freight: str | None
    mode: str
    window_status: Literal["FREE", "DATES_ONLY"]
    portal_url: str | None
    outside: Message | None
    second_person: SecondPerson | None
    scope: ScopeInfo


class DraftLine(BaseModel):
    """A person's answer to one line, in eaches. Taking nothing is a one-way door: `confirm_sku` repeats the SKU."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(max_length=40)
    taken: int = Field(ge=0, le=10_000_000)
    backordered: int = Field(0, ge=0, le=10_000_000)
    rejection_reason: Literal["TemporarilyUnavailable", "InvalidProductIdentifier", "ObsoleteProduct"] | None = None
    ship_at: datetime | None = None
    backorder_at: datetime | None = None
    confirm_sku: str | None = Field(None, max_length=80)
    list_price: str | None = Field(
        None, pattern=r"^\d{1,9}(\.\d{1,4})?$", description="Of a book: what its readers pay"
    )
    discount_multiplier: str | None = Field(
        None, pattern=r"^(0(\.\d{1,4})?|1(\.0{1,4})?)$", description="Of a book: 0.9 is 10 % off"
    )


class DraftIn(BaseModel):
    """The lines a person changed, on the revision and decision they saw."""

    model_config = ConfigDict(extra="forbid")

    revision: int
    decision_id: UUID
    lines: list[DraftLine] = Field(min_length=1, max_length=5000)


class ConfirmationIn(BaseModel):
    """Confirm what the page showed."""

    model_config = ConfigDict(extra="forbid")

    revision: int
    decision_id: UUID


class BulkOrder(ConfirmationIn):
    """One order of a review sheet."""

    id: UUID


class BulkConfirmationIn(BaseModel):
    """A review sheet: the orders, each as it was shown."""

    model_config = ConfigDict(extra="forbid")

    orders: list[BulkOrder] = Field(min_length=1, max_length=500)


class BulkProblem(BaseModel):
    """Why one order of the sheet was not confirmed."""

    code: str
    detail: str


class BulkResult(BaseModel):
    """What became of one order of the sheet."""

    id: UUID
    ok: bool
    answer: Answer | None
    problem: BulkProblem | None


class BulkResults(BaseModel):
    """One result per order; one order's fault stops no other."""

    results: list[BulkResult]


class AssignmentResult(BaseModel):
    """What became of one order."""

    id: UUID
    ok: bool
    problem: BulkProblem | None


class AssignmentResults(BaseModel):
    """One result each."""

    results: list[AssignmentResult]


class HoldIn(BaseModel):
    """Why a person holds an order."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class DayWindow(BaseModel):
    """Units whose window opens on a day, and how many of them stock does not cover."""

    on: date
    units: int
    uncovered_units: int
