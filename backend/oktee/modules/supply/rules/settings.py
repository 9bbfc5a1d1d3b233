"""The knobs of the rules, with their defaults; a rule set is one frozen value of this class and its version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum

from oktee.modules.supply.rules.allocation.demand import DEFAULT_ALLOCATION, Allocation


class CasePackMode(StrEnum):
    """How a quantity meets the case pack. Nothing rounds up: Amazon does not take more than it ordered."""

    FLOOR = "FLOOR"
    """Whole cases that are there and asked for."""
    LOOSE_OK = "LOOSE_OK"
    """Any number of eaches; lines ordered in cases still get whole cases."""
    NEAREST = "NEAREST"
    """The ordered quantity rounded to the nearest multiple; above is impossible, so it equals FLOOR."""
    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    """The whole ordered quantity in whole cases, or none of it."""


class BelowMinimum(StrEnum):
    """What happens to a line that orders less than the item's minimum order quantity."""

    ACCEPT_ANYWAY = "ACCEPT_ANYWAY"
    HOLD = "HOLD"
    REJECT = "REJECT"


class FarBelow(StrEnum):
    """What happens to a line that costs us more than the rule set lets a price lose."""

    HOLD = "HOLD"
    ACCEPT = "ACCEPT"
    """At the order's cost, at a loss."""
    REJECT = "REJECT"
    """As temporarily unavailable; only where the rule set may reject whole lines, else a person decides."""


@dataclass(frozen=True, slots=True)
class SendHours:
    """Answers leave only between these hours of a day in this zone (IANA name)."""

    opens: time
    closes: time
    zone: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one rule set. Shares are fractions (0.02 is 2 %); value limits are in the order's own currency."""

    version: str = "1"

    # Price: how far the order's cost may lie below the agreed one.
    price_tolerance: Decimal = Decimal(0)
    price_max_loss: Decimal = Decimal("0.02")
    """Down to here a lower cost is a case for a cost update; further down it is a loss."""
    far_below: FarBelow = FarBelow.HOLD
    cost_max_age_days: int = 90
    margin_floor: Decimal | None = None
    """The least that must be left of the order's cost after landed cost and expected fees, as a share of it."""
    hold_books: bool = True
    """A book's list price and discount are said with the answer: a person looks at them first."""

    # Stock: how old it may be in the hours in which the warehouse works, and in the others.
    stock_max_age: timedelta = timedelta(hours=4)
    stock_max_age_closed: timedelta = timedelta(hours=24)
    receipt_margin_days: int = 0
    """Announced receipts count so many days after the day they are announced for: suppliers are late. Of the workspace."""
    safety_units: int = 0
    """Kept back on hand; the item's own safety stock where that is more, as with the two below."""
    safety_share: Decimal | None = None
    """Kept back, as a share of what is on hand."""
    safety_days: int | None = None
    """Kept back, as days of what Amazon ordered in the last eight weeks."""
    amazon_share: Decimal | None = None
    """The part of what is on hand that Amazon may have."""

    # Quantity.
    take_nothing: bool = False
    """Nothing of these lines is for Amazon."""
    case_pack_mode: CasePackMode = CasePackMode.FLOOR
    break_case_percent: int = 100
    """A case is broken when the loose rest is at least this part of it; 100 never breaks one."""
    cut_tolerance: Decimal = Decimal("0.05")
    """The part of a line that may be cut without asking only because it does not fill a case."""
    round_to_layers: bool = False
    """Round down to whole layers of a pallet where little is lost by it."""
    below_minimum: BelowMinimum = BelowMinimum.HOLD
    minimum_order_value: Decimal | None = None
    """Of all orders to one place with windows that overlap, in the order's own currency."""
    spike_factor: Decimal = Decimal(3)
    spike_value: Decimal | None = None
    """A line above this, for so many times what is usually ordered, is looked at first; None looks at none."""
    backorder_limit_days: int = 14
    may_reject_lines: bool = False
    """Lets the rules reject a whole line, which Amazon never lets us take back; an Owner's typed choice."""

    # Dates: working days are those of the warehouse, Monday to Friday where nobody says more.
    handling_days: int = 1
    transit_days: int = 2
    cut_off: time = time(12)
    """Orders decided after this hour start on the next working day."""

    # Stock that does not suffice for all orders decided together.
    allocation: Allocation = DEFAULT_ALLOCATION

    # Hold for a person.
    hold_order_value: Decimal | None = None
    hold_line_value: Decimal | None = None
    hold_confirmed_share: Decimal | None = Decimal("0.60")
    hold_cut_value: Decimal | None = None
    hold_line_cut: Decimal | None = None
    """The part of a line that may be cut without a person."""
    hold_consigned: bool = True
    hold_import: bool = True
    hold_incomplete_launch: bool = True
    """A NewProductIntroduction of an item without title, case pack or cost."""
    hold_unknown_places: bool = False
    """A vendor code or a destination that no earlier order had."""
    known_deals: frozenset[str] | None = None
    """The only deal codes that pass; None lets every one pass."""
    training_orders: int = 0
    """The first so many orders of a new account are looked at."""
    hold_unproved: bool = True
    """A rule enabled without a simulation is looked at for its first day."""

    # When an answer leaves that no person sends; it only ever makes it later.
    send_delay: timedelta = timedelta(0)
    send_hours: SendHours | None = None

    @property
    def rations(self) -> bool:
        """Whether a line under this rule may have less than all that is there beyond the items' own safety stock."""
        return self.keeps_back or self.amazon_share is not None

    @property
    def keeps_back(self) -> bool:
        """Whether a rule keeps back more than the items' own safety stock."""
        return self.safety_units > 0 or self.safety_share is not None or self.safety_days is not None


def strictest(several: Sequence[Settings]) -> Settings:
    """The settings that hold an order of lines under different rules: each gate as tight as the tightest of them."""

    def least(of: Callable[[Settings], Decimal | None]) -> Decimal | None:
        return min((value for each in several if (value := of(each)) is not None), default=None)

    shares = [each.hold_confirmed_share for each in several if each.hold_confirmed_share is not None]
    minimums = [each.minimum_order_value for each in several if each.minimum_order_value is not None]
    deals = [each.known_deals for each in several if each.known_deals is not None]
    return replace(
        several[0],
        hold_order_value=least(lambda each: each.hold_order_value),
        hold_cut_value=least(lambda each: each.hold_cut_value),
        hold_confirmed_share=max(shares, default=None),
        minimum_order_value=max(minimums, default=None),
        hold_consigned=any(each.hold_consigned for each in several),
        hold_import=any(each.hold_import for each in several),
        hold_unknown_places=any(each.hold_unknown_places for each in several),
        known_deals=frozenset.intersection(*deals) if deals else None,
        training_orders=max(each.training_orders for each in several),
        hold_unproved=any(each.hold_unproved for each in several),
        send_delay=max(each.send_delay for each in several),
    )
