"""Who asks for scarce stock, what there is, and by what is decided between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

DemandKey = tuple[str, str]
"""(purchase order number, item sequence number)."""


class Strategy(StrEnum):
    """What decides between two lines that ask for the same stock."""

    PRIORITY = "PRIORITY"
    """Rush orders and new products, then the list of marketplaces, vendor codes, order types and destinations."""
    EARLIEST_WINDOW_END = "EARLIEST_WINDOW_END"
    MARGIN = "MARGIN"
    """What earns more on each piece of stock it takes."""
    FEE_AVOIDANCE = "FEE_AVOIDANCE"
    """Lines are brought to 80 % confirmed, where no rejected unit is charged; then the rest."""
    FILL_AVOIDANCE = "FILL_AVOIDANCE"
    """The vendor code whose fill of twelve weeks lies nearest below 95 %."""
    FAIR_SHARE = "FAIR_SHARE"
    """In proportion to what was asked, in whole cases, by largest remainder."""
    FIFO = "FIFO"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The tiers in their order, and who is named first. Among equals the order placed first is served first."""

    tiers: tuple[Strategy, ...] = (Strategy.PRIORITY, Strategy.EARLIEST_WINDOW_END, Strategy.FIFO)
    priority: tuple[str, ...] = ()
    """Marketplaces, vendor codes, order types and destinations, as Amazon names them."""


DEFAULT_ALLOCATION = Allocation()
FREE_SHARE = Decimal("0.2")
"""The part of a line that may be rejected without a charge where no fee rule says another (ORDER-RULES 5)."""


class Level(NamedTuple):
    """What has arrived by a day, all before it included; the day of what is on hand is None."""

    day: date | None
    pieces: int


@dataclass(frozen=True, slots=True)
class Demand:
    """One line that asks for scarce stock."""

    key: DemandKey
    pieces: Mapping[UUID, int]
    """Pieces of each SKU in one each of the ASIN."""
    asked: int
    placed_at: datetime
    multiple: int = 1
    """Eaches are given in multiples of this; 1 when cases may be broken."""
    lot: int = 1
    """The least that is of use: less goes to the next in order."""
    keep: Mapping[UUID, int] = field(default_factory=dict)
    """Pieces that this line must leave on hand."""
    until: date | None = None
    """The last day on which something may arrive for it; None when only what is on hand is of use."""
    marketplace: str = ""
    vendor_code: str = ""
    order_type: str | None = None
    destination: str | None = None
    window_end: datetime | None = None
    margin: Decimal | None = None
    """Of one each."""
    charge: Decimal | None = None
    """What Amazon charges for each one rejected beyond the share `free_share` of what is asked; None: not known."""
    free_share: Decimal = FREE_SHARE
    fill: Decimal | None = None
    """Of the vendor code in the last twelve weeks."""


Supply = Mapping[UUID, Sequence[Level]]
Weights = Mapping[Strategy, Mapping[UUID, Fraction]]


@dataclass(frozen=True, slots=True)
class Allotted:
    """Eaches for each demand, and the demands in the order in which they were first served."""

    units: dict[DemandKey, int]
    served: tuple[DemandKey, ...]
    passed: frozenset[DemandKey] = frozenset()
    """Those for whom less than a useful lot was left, which went to others."""
    weights: Weights = field(default_factory=dict, compare=False)
    """How dear a piece of each SKU was to the strategies that weigh."""
