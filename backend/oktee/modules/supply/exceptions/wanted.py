"""What a list of exceptions is narrowed to, as an address says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_

from oktee.amazon.connection.marketplaces import marketplaces_named
from oktee.kit.errors import field_error
from oktee.kit.quick import constant
from oktee.modules.supply.exceptions.causes import CAUSES
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.filters import CLOCKS
from oktee.modules.supply.hands import Mine, NamesNobody, exceptions_held_by

STATES: Final = ("open", "snoozed", "resolved")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to."""

    state: str = "open"
    cause: str | None = None
    severity: str | None = None
    mp: tuple[str, ...] = ()
    vc: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    mine: Mine = frozenset()
    """Who `me` is: the reader, and those they stand in for."""
    clock: tuple[str, ...] = ()
    """How much is left until somebody has to act."""
    since: datetime | None = None
    """Of what is resolved: from when on."""

    def fingerprint(self) -> dict[str, Any]:
        """What a page mark is bound to."""
        return {
            "s": self.state, "c": self.cause, "y": self.severity, "m": self.mp, "v": self.vc, "b": self.brand,
            "a": self.assignee, "k": self.clock, "f": self.since.isoformat() if self.since else None,
        }  # fmt: skip

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [in_state(self.state)]
        if self.cause:
            found.append(OrderException.cause == self.cause)
        if self.severity:
            found.append(OrderException.severity == self.severity)
        if self.mp:
            found.append(OrderException.marketplace_id.in_(self.mp))
        if self.vc:
            found.append(OrderException.vendor_code.in_(self.vc))
        if self.brand:
            found.append(OrderException.brands.overlap(list(self.brand)))
        if self.assignee:
            found.append(held(self.assignee, self.mine))
        if self.clock:
            found.append(or_(*(_left(word) for word in self.clock)))
        if self.since is not None:
            found.append(OrderException.resolved_at >= self.since)
        return found


def _left(word: str) -> ColumnElement[bool]:
    """So much is left of the clock; what has no clock has no time left to speak of."""
    low, high = CLOCKS[word]
    ends: list[ColumnElement[bool]] = [OrderException.due_at.is_not(None)]
    if low is not None:
        ends.append(OrderException.due_at >= func.now() + low)
    if high is not None:
        ends.append(OrderException.due_at < func.now() + high)
    return and_(*ends)


def held(words: Iterable[str], mine: Mine) -> ColumnElement[bool]:
    """Exceptions that one of these has, themselves or with their order. Raises NamesNobody."""
    return exceptions_held_by(
        words, mine, number=OrderException.id, order_number=OrderException.purchase_order_id
    )  # fmt: skip


def in_state(state: str) -> ColumnElement[bool]:
    """A snooze that is over is open again, without anybody having to wake it."""
    if state == "resolved":
        return _constant(OrderException.state == "resolved")
    over = and_(OrderException.state == "snoozed", OrderException.snoozed_until <= func.now())
    later = or_(OrderException.snoozed_until.is_(None), OrderException.snoozed_until > func.now())
    within = {
        "open": or_(OrderException.state == "open", over),
        "snoozed": and_(OrderException.state == "snoozed", later),
    }
    return _constant(and_(OrderException.state != "resolved", within[state]))


def _constant(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """In the text of its statement: only then does a plan see that the index of what is not resolved will do."""
    found: ColumnElement[bool] = constant(condition)
    return found


def read_wanted(
    *, state: str, cause: str | None, severity: str | None, mp: str | None, vc: str | None, brand: str | None,
    assignee: str | None = None, mine: Mine = frozenset(), clock: str | None = None, since: datetime | None = None,
) -> Wanted:  # fmt: skip
    """The filter of an address. `mine`: who `me` is in `assignee`. Raises Invalid."""
    if state not in STATES:
        raise field_error("/state", "unknown_state", f"There is no state {state}.")
    if cause is not None and cause not in CAUSES:
        raise field_error("/cause", "unknown_cause", f"There is no cause {cause}.")

    def words(value: str | None) -> tuple[str, ...]:
        return tuple(sorted({part.strip() for part in (value or "").split(",") if part.strip()}))

    holders = words(assignee)
    if holders:
        try:
            held(holders, mine)
        except NamesNobody as wrong:
            raise field_error("/assignee", "unknown_value", str(wrong)) from None
    clocks = words(clock)
    if set(clocks) - set(CLOCKS):
        raise field_error("/clock", "unknown_value", f"Use one of {', '.join(CLOCKS)}.")
    if since is not None and since.tzinfo is None:
        raise field_error("/since", "no_zone", "Give the instant with its offset.")
    since = since if state == "resolved" else None
    marketplaces, unknown = marketplaces_named(words(mp))
    if unknown is not None:
        raise field_error("/mp", "unknown_marketplace", f"There is no marketplace {unknown}.")
    return Wanted(state, cause, severity, marketplaces, words(vc), words(brand), holders, mine, clocks, since)
