"""The knobs of the rules, with their defaults; a rule set is one frozen value of this class and its version."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one rule set. Shares are fractions (0.02 is 2 %); value limits are in the order's own currency."""

    version: str = "1"

    # Price: how far the order's cost may lie below the agreed one.
    price_tolerance: Decimal = Decimal(0)
    price_rounding: Decimal = Decimal("0.005")
    """An absolute difference that is rounding, not a price."""
    price_max_loss: Decimal = Decimal("0.02")
    """Down to here a lower cost is a case for a cost update; further down it is a loss."""
    cost_max_age_days: int = 90

    # Stock: how old it may be in the hours in which the warehouse works, and in the others.
    stock_max_age: timedelta = timedelta(hours=4)
    stock_max_age_closed: timedelta = timedelta(hours=24)
    opens: time = time(8)
    closes: time = time(18)

    # Quantity.
    case_pack_mode: CasePackMode = CasePackMode.FLOOR
    break_case_percent: int = 100
    """A case is broken when the loose rest is at least this part of it; 100 never breaks one."""
    cut_tolerance: Decimal = Decimal("0.05")
    """The part of a line that may be cut without asking only because it does not fill a case."""
    below_minimum: BelowMinimum = BelowMinimum.HOLD
    backorder_limit_days: int = 14
    may_reject_lines: bool = False
    """Lets the rules reject a whole line, which Amazon never lets us take back; an Owner's typed choice."""

    # Dates: working days are Monday to Friday without `closed_on`.
    handling_days: int = 1
    transit_days: int = 2
    cut_off: time = time(12)
    """Orders decided after this hour start on the next working day."""
    ship_at: time = time(17)
    """The hour of a day at which a promised shipment or delivery is dated."""
    closed_on: frozenset[date] = frozenset()

    # Hold for a person.
    hold_order_value: Decimal | None = None
    hold_line_value: Decimal | None = None
    hold_confirmed_share: Decimal | None = Decimal("0.60")
    hold_consigned: bool = True
    hold_import: bool = True
    hold_changed_after_answer: bool = True
