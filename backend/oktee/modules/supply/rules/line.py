"""The worksheet of one line while the rules pass over it, and what a rule answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.decision import Source
from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, LineInput, OrderInput
from oktee.modules.supply.rules.ledger import Assembly, Balance, Ledger, Portion
from oktee.modules.supply.rules.origin import Origin
from oktee.modules.supply.rules.pools.rooms import Pooled
from oktee.modules.supply.rules.settings import Settings
from oktee.modules.supply.rules.trace import Verdict

if TYPE_CHECKING:
    from oktee.modules.supply.rules.pools.serving import Place

TEMPORARILY_UNAVAILABLE = "TemporarilyUnavailable"
OBSOLETE_PRODUCT = "ObsoleteProduct"


DateKey = tuple[int, int, date | None, bool, int]
"""(handling days, days to Amazon, embargo, backorder allowed, limit of a backorder): lines of one order that agree in these share their dates."""


class Dates(NamedTuple):
    """What the window rule finds for a line."""

    verdict: Verdict
    travel_days: int
    due_day: date
    start_day: date | None
    end_day: date | None
    scheduled_at: datetime | None
    late: bool
    leaves_on: date | None = None
    full_day: date | None = None


class Share(NamedTuple):
    """What a line may have of stock that does not suffice for all who ask, in eaches, and what is said of it."""

    units: int
    message: str
    raw: tuple[object, ...]


class LineState:
    """What the rules have found so far for one line. Quantities are eaches of the ASIN as Amazon counts them.

    A rule reads it, writes only its own findings to it and never touches the balances: the engine draws on those once,
    after the last rule.
    """

    __slots__ = (
        "accepted",
        "asked",
        "available",
        "backorder_at",
        "backorder_eta",
        "backordered",
        "balance",
        "book",
        "calendar",
        "dates",
        "due_day",
        "end_day",
        "free",
        "full_day",
        "in_cases",
        "inbound",
        "item",
        "known_balance",
        "known_item",
        "late",
        "leaves_on",
        "ledger",
        "line",
        "loose",
        "multiple",
        "order",
        "origin",
        "pack",
        "pack_rest",
        "places",
        "proposed_reason",
        "refused",
        "rejected",
        "rejection_reason",
        "rule",
        "run_out",
        "scheduled_at",
        "settings",
        "share",
        "sources",
        "start_day",
        "stopped",
        "travel_days",
        "unit_known",
    )

    places: "tuple[Place, ...]"
    """Of a pool: the warehouses from which the goods are in time."""
    sources: tuple[Source, ...]

    def __init__(
        self,
        line: LineInput,
        order: OrderInput,
        *,
        eaches: int | None,
        origin: Origin,
        ledger: Ledger,
        book: RuleBook,
        dates: dict[DateKey, Dates],
    ) -> None:
        self.line = line
        self.order = order
        self.origin = origin
        self.calendar = origin.calendar
        self.ledger = ledger
        self.dates = dates
        self.book = book
        self.rule: BookRule = book.standard
        """The first rule of the book that the line meets, once its item is known."""
        self.settings: Settings = book.standard.settings
        self.item: ItemSnapshot | None = None
        self.known_item: ItemSnapshot
        """The same, for all rules after the match, which stops the line when there is none."""
        self.unit_known = eaches is not None
        self.in_cases = line.unit_of_measure != "Eaches" and line.unit_of_measure.casefold() == "cases"
        self.asked = line.ordered if eaches is None else eaches
        self.pack = 1
        """Eaches of the ASIN in one case."""
        self.multiple = 1
        """What is taken is a multiple of this, unless cases may be broken."""
        self.run_out = False
        """Sell what is left, promise nothing more."""
        self.refused = False
        """Below the minimum, and the rule set refuses such lines."""
        self.late = False
        """Nothing can leave inside the window: whatever is taken is a backorder."""
        self.due_day: date | None = None
        self.start_day: date | None = None
        self.end_day: date | None = None
        self.travel_days = 0
        """Working days from arrival in our warehouse to the promised event."""
        self.scheduled_at: datetime | None = None
        self.leaves_on: date | None = None
        """The day on which it leaves the warehouse."""
        self.full_day: date | None = None
        """The day on which it could have left, were that not full."""
        self.balance: Balance | Portion | Assembly | Pooled | None = None
        self.known_balance: Balance | Portion | Assembly | Pooled
        """The same, for all rules after the stock, which stops the line when there is none."""
        self.free = 0
        """On hand and free."""
        self.loose = 0
        """Of a pool: on hand, were it not for whole cases in one warehouse; 0 where those change nothing."""
        self.stopped = False
        self.share: Share | None = None
        """Set when others came before it, or share with it."""
        self.available = 0
        """Free, and arriving in time to leave inside the window."""
        self.accepted = 0
        self.backordered = 0
        self.backorder_at: datetime | None = None
        self.backorder_eta: date | None = None
        self.inbound = 0
        self.pack_rest = False
        """The rest is there, but it does not fill a case."""
        self.rejected = 0
        self.rejection_reason: str | None = None
        self.proposed_reason: str | None = None

    def find_rule(self) -> None:
        """The rule this line falls under: the first that it meets."""
        item, order = self.item, self.order
        brand, sku = (None, None) if item is None else (item.brand, item.sku)
        self.rule = self.book.find(order.marketplace_id, order.vendor_code, order.order_type, brand, sku)
        self.settings = self.rule.settings

    @property
    def asks_for_stock(self) -> bool:
        """More stock might give more of it: it was asked for, or the line was stopped because nothing was left."""
        if self.stopped:
            return self.proposed_reason == OBSOLETE_PRODUCT
        return self.balance is not None


Apply = Callable[[LineState, Context], Verdict | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the pipeline: `apply` returns None when it has nothing to say about the line.

    `speaks`: False for settings under which it never has anything to say, so that no line is shown to it.
    """

    id: str
    version: int
    apply: Apply
    speaks: Callable[[Settings], bool] = lambda settings: True
