"""Purchase orders as Amazon keeps them: lines, quantities as they changed, answers, receipts."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

REJECTED = "REJECTED"
UNCONFIRMED = "UNCONFIRMED"
ACCEPTED = "ACCEPTED"
PARTIALLY_ACCEPTED = "PARTIALLY_ACCEPTED"


@dataclass(slots=True)
class QuantityChange:
    """What Amazon added to (or, negative, cancelled from) a line, in the line's unit."""

    at: datetime
    delta: int


@dataclass(slots=True)
class Answer:
    """One dated entry of a line's acknowledgement history, in the line's unit; accepted includes backordered."""

    at: datetime
    accepted: int
    rejected: int


@dataclass(slots=True, kw_only=True)
class Line:
    sequence: str
    asin: str
    identifier: str | None
    quantity: int
    unit: str
    unit_size: int
    backorder_allowed: bool
    net_cost: Decimal
    list_price: Decimal | None
    quantities: list[QuantityChange]
    answers: list[Answer] = field(default_factory=list)
    accepted: int = 0
    """Accepted and backordered together: the status answer has no backordered quantity."""
    backordered: int = 0
    rejected: int = 0
    first_code_rejected: bool = False
    rejection_hidden: bool = False
    """The status shows what was rejected as ACCEPTED with a quantity of 0, as Amazon is known to do."""
    confirmed_cost: Decimal | None = None
    cost_changed_at: datetime | None = None
    scheduled: list[str] = field(default_factory=list)
    received: int = 0
    received_at: datetime | None = None

    @property
    def confirmation(self) -> str:
        if not self.answers:
            return UNCONFIRMED
        if self.quantity == 0:
            # Cancelled by Amazon after the answer: what was said stays said, of nothing.
            return ACCEPTED if self.answers[-1].accepted else REJECTED
        if self.rejection_hidden:
            return ACCEPTED
        if self.accepted == 0:
            return REJECTED
        return ACCEPTED if self.accepted >= self.quantity else PARTIALLY_ACCEPTED

    @property
    def receive_status(self) -> str:
        if self.received == 0:
            return "NOT_RECEIVED"
        return "RECEIVED" if self.received >= self.accepted else "PARTIALLY_RECEIVED"


@dataclass(slots=True)
class AnsweredBy:
    """Who answered an order: api (a transaction), edi, or a person in Vendor Central."""

    at: datetime
    by: str
    transaction_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Order:
    number: str
    selling_partner_id: str
    customer: str
    vendor_code: str
    country: str
    currency: str
    fulfilment_center: str
    freight: str
    """prepaid (the order has a deliveryWindow) or collect (it has a shipWindow)."""
    window_start: datetime
    window_end: datetime
    placed_at: datetime
    available_at: datetime
    state_changed_at: datetime
    updated_at: datetime
    lines: list[Line]
    state: str = "New"
    order_type: str = "RegularOrder"
    payment_method: str = "Invoice"
    changed_at: datetime | None = None
    cancelled: bool = False
    answered: list[AnsweredBy] = field(default_factory=list)
    shared: bool = False
    """The lines belong to several orders of a bulk world and are copied before the first change."""

    def set_state(self, state: str, *, at: datetime) -> None:
        if state != self.state:
            self.state = state
            self.state_changed_at = at

    def find_line(self, sequence: str) -> Line | None:
        return next((line for line in self.lines if line.sequence == sequence), None)

    def settle(self, *, at: datetime) -> None:
        """Set the state that the lines call for: Closed when rejected, cancelled or fully received (amazon/FACTS e)."""
        live = [line for line in self.lines if line.quantity > 0]
        answered = bool(live) and all(line.answers for line in live)
        received = answered and all(line.received >= line.accepted for line in live)
        if self.cancelled or not live or received:
            self.set_state("Closed", at=at)
        elif self.answered:
            self.set_state("Acknowledged", at=at)
        else:
            self.set_state("New", at=at)


def dump_order(order: Order) -> bytes:
    """The order as the JSON document of the state file."""
    return orjson.dumps(order, default=str)


def load_order(document: bytes) -> Order:
    """The order of a document that dump_order wrote."""
    data: dict[str, Any] = orjson.loads(document)
    data["lines"] = [_load_line(line) for line in data["lines"]]
    data["answered"] = [AnsweredBy(_instant(row["at"]), row["by"], row["transaction_id"]) for row in data["answered"]]
    for name in ("window_start", "window_end", "placed_at", "available_at", "state_changed_at", "updated_at"):
        data[name] = _instant(data[name])
    data["changed_at"] = _instant(data["changed_at"]) if data["changed_at"] else None
    return Order(**data)


def _load_line(data: dict[str, Any]) -> Line:
    data["net_cost"] = Decimal(data["net_cost"])
    for name in ("list_price", "confirmed_cost"):
        data[name] = None if data[name] is None else Decimal(data[name])
    data["quantities"] = [QuantityChange(_instant(row["at"]), row["delta"]) for row in data["quantities"]]
    data["answers"] = [Answer(_instant(row["at"]), row["accepted"], row["rejected"]) for row in data["answers"]]
    for name in ("received_at", "cost_changed_at"):
        data[name] = _instant(data[name]) if data.get(name) else None
    return Line(**data)


_instant = datetime.fromisoformat
