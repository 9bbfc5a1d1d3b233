"""What the detectors are given, what they find, and the plain statistics they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final
from uuid import UUID

ROBUST: Final = 1.4826
"""Median absolute deviation of normal values x this = their standard deviation."""


@dataclass(frozen=True, slots=True)
class Place:
    """A vendor code of a connection, and the marketplace it sells to."""

    connection_id: UUID
    vendor_code: str
    marketplace_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One anomaly. `key`: what it is about, the same as long as it lasts. `order_id` and `sequence`: where it is about one.
    `brands`: those of it; None for everything of a vendor code or of the workspace. `quiet`: after a person dealt with it,
    the same is not told again for so long. `connection_id`: where no place is known. `due_at`: when it is too late.
    `label`: what it is about, as people call it. `subject`: what its fixes act on; `lines`: the sequences that it is about."""

    cause: str
    key: str
    message: str
    values: Mapping[str, Any]
    place: Place | None = None
    order_id: UUID | None = None
    sequence: str | None = None
    brands: tuple[str, ...] | None = None
    subject: Mapping[str, Any] = field(default_factory=dict)
    quiet: timedelta = timedelta(days=90)
    connection_id: UUID | None = None
    label: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """An order of a connection that could not be read. `number`: where that much could be; `first`, `last`: when it came."""

    connection_id: UUID
    number: str | None
    key: str
    reason: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a vendor code ordered in one hour."""

    hour: datetime
    orders: int
    units: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order as a whole."""

    id: UUID
    number: str
    place: Place
    at: datetime
    ship_to: str | None
    window_end: datetime | None
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of an order. `pack`: eaches in one ordered unit."""

    order: OrderFact
    sequence: str
    asin: str
    units: int
    pack: int
    cost: Decimal | None
    currency: str | None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An accepted order: what was shipped and received of it."""

    order: OrderFact
    accepted: int
    shipped: int
    received: int
    shipped_at: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to Amazon that has no proof yet. `number` of an order or of a shipment."""

    key: str
    number: str
    order: OrderFact
    since: datetime


@dataclass(frozen=True, slots=True)
class RuleDay:
    """Lines that one rule decided on a day, those a person changed, and the lines of all rules."""

    rule_id: UUID
    name: str
    day: datetime
    hits: int
    overrides: int
    lines: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line that a rule decided. `change`: what a person made of it (more, less, later), or None."""

    rule_id: UUID
    rule: str
    sku: str
    at: datetime
    order_id: UUID
    change: str | None


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median, and the robust standard deviation around it."""
    middle = median(values)
    return middle, ROBUST * median([abs(value - middle) for value in values])
