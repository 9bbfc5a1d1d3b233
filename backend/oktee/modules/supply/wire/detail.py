"""Everything about one order on the wire."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from oktee.modules.supply.cost_wire import Money, OrderCosts
from oktee.modules.supply.wire.answers import Answer
from oktee.modules.supply.wire.events import Event
from oktee.modules.supply.wire.lines import Line
from oktee.modules.supply.wire.lists import OrderRow
from oktee.modules.supply.wire.words import Actor, Message, ScopeInfo


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


class SecondPerson(BaseModel):
    """The order waits for a second person. `chose`: who chose to tell Amazon not to order a product again, so is not them.
    `may`: the names of those who can be them; those who are away only where nobody else can."""

    chose: list[UUID]
    may: list[str]


class SecondOf(SecondPerson):
    id: UUID


class SecondPeople(BaseModel):
    """One row per order whose answer, as it is proposed, waits for a second person."""

    orders: list[SecondOf]


class Feasibility(BaseModel):
    """Whether the window can be kept, as the decision found it: of the lines that the rules dated. `days` are working days."""

    warehouses: list[str]
    handling_days: int | None
    transit_days: int | None
    earliest: date | None
    lines: int
    too_late: int


class OrderDetail(OrderRow):
    """Everything about one order. `portal_url`: Vendor Central of its marketplace, where a person does what Amazon takes
    from no program any more. `two_people`: a reason that ends a product is chosen by one person and confirmed by another."""

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
    two_people: bool
    scope: ScopeInfo
    feasibility: Feasibility | None
