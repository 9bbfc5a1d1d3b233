"""What a simulation is made from: past orders, the moment each was decided, the stock as it was recorded then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.expected_cost import Book
from oktee.modules.supply.rules.inputs import ItemSnapshot, LineKey, OrderInput, StockSnapshot
from oktee.modules.supply.rules.logistics import Logistics
from oktee.modules.supply.rules.settings import Settings

FRESH = timedelta(hours=24)
"""A line whose stock was recorded longer ago than this before its decision is not simulated."""
LATER = timedelta(hours=24)
"""After so long the stock is looked at again: what is left of it then shows whether more could have been promised."""


Promised = UUID | tuple[UUID, str]
"""A SKU; where stock is told apart by warehouse, in one of them."""


class Outcome(NamedTuple):
    """What a line got, in eaches; `held`: a person had to look at it. What is left of the ordered units is not decided."""

    accepted: int
    backordered: int
    rejected: int
    held: bool

    @property
    def confirmed(self) -> int:
        return self.accepted + self.backordered


class LaterStock(NamedTuple):
    """What a later figure left to sell of a SKU."""

    as_of: datetime
    sellable: int


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as it was ordered, and what became of it: `happened` has one outcome for each of its lines, None where
    nobody knows. `held`: it waited for a person as a whole, whatever its lines did."""

    order_id: UUID
    order: OrderInput
    happened: tuple[Outcome | None, ...]
    held: bool
    costs: Book


@dataclass(frozen=True, slots=True)
class Moment:
    """Orders that were decided together, and what was known then. Stock older than FRESH may be in it; it does not count."""

    at: datetime
    orders: tuple[PastOrder, ...]
    candidates: Mapping[LineKey, Candidates[ItemSnapshot]]
    stock: Mapping[UUID, StockSnapshot]
    later: Mapping[UUID, LaterStock]
    logistics: Logistics | None = None
    """As they are today; what their days held then is not known any more."""
    placed: Mapping[UUID, Mapping[str, StockSnapshot]] | None = None
    """The stock by warehouse, where the customer says today which of them serve which orders."""


@dataclass(frozen=True, slots=True)
class Question:
    """The draft's book (`after`), and the running one (`before`) unless it is compared with what happened."""

    zone: tzinfo
    settings: Settings
    after: RuleBook
    before: RuleBook | None
    absorb_after: timedelta
    """A stock figure that is so much later than a promise knows of it."""


@dataclass(slots=True)
class Carried:
    """What simulated decisions promised and no recorded figure knows of yet: by version and SKU (in a warehouse),
    (when, pieces).

    `extra`: what the draft promised beyond the other version against one later figure: (as of, pieces).
    """

    promised: dict[str, dict[Promised, list[tuple[datetime, int]]]] = field(default_factory=dict)
    extra: dict[UUID, tuple[datetime, int]] = field(default_factory=dict)

    def promise(self, version: str, item: Promised, at: datetime, units: int) -> None:
        """A decision of this version gives so many pieces of it."""
        if units:
            self.promised.setdefault(version, {}).setdefault(item, []).append((at, units))

    def go_beyond(self, item_id: UUID, as_of: datetime, pieces: int) -> int:
        """So many more are promised against the figure of then. Answers how many that makes in all."""
        known, before = self.extra.get(item_id, (as_of, 0))
        extra = pieces + (before if known == as_of else 0)
        self.extra[item_id] = (as_of, extra)
        return extra
