"""The filter grammar of the Orders list: `filter[field]=...`, the same words in the address, the summary, exports and bulk.

A set of words is `a,b` (is one of) or `not:a,b` (is none of); a comma inside a word is written %2C. A range is `low..high`,
each end may be left out; dates also take `next:14` and `last:7` (days from today, in the reader's zone). A flag is yes or no.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, not_, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.errors import FieldError, Invalid
from oktee.modules.supply.hands import Mine, NamesNobody, held_by, tagged_with
from oktee.modules.supply.marking import MARKS
from oktee.modules.supply.sight import Figures
from oktee.modules.supply.tables import Decision, DecisionLine, OrderState

STATUSES: Final = (
    "to_confirm", "scheduled", "held", "sending", "processing", "confirmed", "partly_confirmed", "rejected",
    "send_failed", "mismatch", "changed", "receiving", "received", "cancelled", "closed",
)  # fmt: skip
CLOCK_RUNS: Final = ("to_confirm", "scheduled", "held", "send_failed", "changed")
"""An order without an answer: its 24 hours run."""
CLOCKS: Final[dict[str, tuple[timedelta | None, timedelta | None]]] = {
    "overdue": (None, timedelta(0)),
    "under_2h": (timedelta(0), timedelta(hours=2)),
    "2_8h": (timedelta(hours=2), timedelta(hours=8)),
    "8_24h": (timedelta(hours=8), None),
}
ANSWERERS: Final = ("rules", "people", "outside", "lapsed")
OPEN: Final = ("to_confirm", "held", "send_failed", "changed")
"""Nothing is decided, or not any more: what waits, but for what is scheduled."""
MOST_WORDS: Final = 200
MOST_DAYS: Final = 3660
STEPPED_IN: Final = ("limits", "later", "holds", "stops")
"""Outcomes of a rule that changed what is proposed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a condition may stand on: the figures that this reader sees, their zone, and now."""

    shown: Figures
    zone: ZoneInfo
    now: datetime
    mine: Mine = frozenset()
    """Whose orders are this reader's: their own, and those of people they stand in for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Conditions read from an address, and the words they were read from."""

    words: tuple[tuple[str, str], ...] = ()
    conditions: tuple[ColumnElement[bool], ...] = field(default=(), compare=False)


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Read = Callable[[str, Ground], ColumnElement[bool]]


def _set(value: str) -> tuple[bool, list[str]]:
    """(negated, words)."""
    negated = value.startswith("not:")
    words = [unquote(word).strip() for word in value.removeprefix("not:").split(",")]
    words = sorted({word for word in words if word})
    if not words:
        raise _Wrong("empty", "Name at least one value.")
    if len(words) > MOST_WORDS:
        raise _Wrong("too_many", f"Name at most {MOST_WORDS} values.")
    return negated, words


def _of(column: Any, known: tuple[str, ...] | None = None) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        negated, words = _set(value)
        for word in words:
            if known is not None and word not in known:
                raise _Wrong("unknown_value", f"There is no value {word[:40]!r}.")
        found: ColumnElement[bool] = func.coalesce(column, "").in_(words)
        return not_(found) if negated else found

    return read


def _status(value: str, ground: Ground) -> ColumnElement[bool]:
    """A status that is kept, or one of the marks that stand beside it."""
    negated, words = _set(value)
    for word in words:
        if word not in STATUSES and word not in MARKS:
            raise _Wrong("unknown_value", f"There is no value {word[:40]!r}.")
    kept = [word for word in words if word in STATUSES]
    marks = [MARKS[word](ground.shown.received) for word in words if word in MARKS]
    found = or_(*([OrderState.status.in_(kept)] if kept else []), *marks)
    return not_(found) if negated else found


def _marketplace(value: str, ground: Ground) -> ColumnElement[bool]:
    negated, words = _set(value)
    for word in words:
        if find_marketplace(word) is None:
            raise _Wrong("unknown_value", f"There is no marketplace {word[:40]!r}.")
    found = PurchaseOrder.marketplace_id.in_(words)
    return not_(found) if negated else found


def _brand(value: str, ground: Ground) -> ColumnElement[bool]:
    negated, words = _set(value)
    found: ColumnElement[bool] = PurchaseOrder.brands.overlap(words)
    return not_(found) if negated else found


def _clock(value: str, ground: Ground) -> ColumnElement[bool]:
    negated, words = _set(value)
    parts: list[ColumnElement[bool]] = []
    for word in words:
        if word not in CLOCKS:
            raise _Wrong("unknown_value", f"Use one of {', '.join(CLOCKS)}.")
        low, high = CLOCKS[word]
        ends = [OrderState.deadline_at >= ground.now + low] if low is not None else []
        ends += [OrderState.deadline_at < ground.now + high] if high is not None else []
        parts.append(and_(*ends))
    found = and_(OrderState.status.in_(CLOCK_RUNS), or_(*parts))
    return not_(found) if negated else found


def _product(value: str, ground: Ground) -> ColumnElement[bool]:
    """Amazon's names of an item on a line of the order, or the SKU that the decision found for it."""
    negated, words = _set(value)
    upper = [word.upper() for word in words]
    line, decided = PurchaseOrderLine, DecisionLine
    names = [*words, *upper]
    by_asin = select(line.purchase_order_id).where(line.asin.in_(upper))
    by_number = select(line.purchase_order_id).where(line.vendor_product_identifier.in_(names))
    by_sku = (
        select(Decision.purchase_order_id)
        .join(decided, decided.decision_id == Decision.id)
        .where(decided.sku.in_(names))
    )
    found: ColumnElement[bool] = PurchaseOrder.id.in_(union(by_asin, by_number, by_sku))
    return not_(found) if negated else found


def _of_decision(condition: Callable[[list[str]], ColumnElement[bool]]) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        negated, words = _set(value)
        found: ColumnElement[bool] = exists().where(
            DecisionLine.decision_id == OrderState.decision_id, condition(words)
        )
        return not_(found) if negated else found

    return read


def _reasons(words: list[str]) -> ColumnElement[bool]:
    """What was cut, and which message says why (`supply.stock.short` by its topic `stock`, or Amazon's own code)."""
    topics = [func.split_part(DecisionLine.summary["message"].astext, ".", 2) == word for word in words]
    return and_(DecisionLine.cut > 0, or_(DecisionLine.rejection_reason.in_(words), *topics))


def _rules(words: list[str]) -> ColumnElement[bool]:
    """A rule that stepped in on a line: it took less, later, held or stopped."""
    steps = [
        DecisionLine.trace.op("@>")(literal([{"rule": word, "outcome": outcome}], JSONB))
        for word in words
        for outcome in STEPPED_IN
    ]
    return or_(*steps)


def _decider(value: str, ground: Ground) -> ColumnElement[bool]:
    """By kind (rule, person, outside, amazon) or by name."""
    negated, words = _set(value)
    found = or_(
        func.coalesce(OrderState.decided_by_type, "").in_(words),
        func.coalesce(OrderState.decided_by_name, "").in_(words),
    )
    return not_(found) if negated else found


def who_answered() -> ColumnElement[str]:
    """Rules, people, somebody outside OKTee, nobody in time (lapsed), or still waiting."""
    late = and_(
        OrderState.deadline_at < func.now(),
        or_(OrderState.answered_at.is_(None), OrderState.answered_at > OrderState.deadline_at),
        OrderState.status != "cancelled",
    )
    return case(
        (late, "lapsed"),
        (OrderState.answered_by.in_(("outside", "history")), "outside"),
        (OrderState.answered_at.is_(None), "waiting"),
        (and_(OrderState.answered_by == "oktee", OrderState.decided_by_type == "person"), "people"),
        (OrderState.answered_by == "oktee", "rules"),
        else_="waiting",
    )


def _answered_by(value: str, ground: Ground) -> ColumnElement[bool]:
    negated, words = _set(value)
    if set(words) - set(ANSWERERS):
        raise _Wrong("unknown_value", f"Use one of {', '.join(ANSWERERS)}.")
    found = who_answered().in_(words)
    return not_(found) if negated else found


def steps(shown: Figures) -> dict[str, ColumnElement[bool]]:
    """How far an order that was not withdrawn got: decided and open are all of them; seen and cut are parts of decided."""
    decided = OrderState.status.not_in(OPEN)
    conditions: dict[str, ColumnElement[bool]] = {
        "decided": decided,
        "open": OrderState.status.in_(OPEN),
        "seen": and_(decided, OrderState.proposed.is_(False)),
        "cut": and_(decided, func.coalesce(shown.cut, 0) > 0),
    }
    return {name: and_(OrderState.status != "cancelled", condition) for name, condition in conditions.items()}


def _step(value: str, ground: Ground) -> ColumnElement[bool]:
    negated, words = _set(value)
    known = steps(ground.shown)
    if set(words) - known.keys():
        raise _Wrong("unknown_value", f"Use one of {', '.join(known)}.")
    found = or_(*(known[word] for word in words))
    return not_(found) if negated else found


def _flag(condition: Callable[[], ColumnElement[bool]]) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        if value not in ("yes", "no"):
            raise _Wrong("unknown_value", "Say yes or no.")
        return condition() if value == "yes" else not_(condition())

    return read


def _changed() -> ColumnElement[bool]:
    """Amazon changed the order after something was decided about it. Asked order by order as a list comes to them, since most
    orders are never changed: all that were, gathered first, took longer than the list."""
    before = exists().where(Decision.purchase_order_id == PurchaseOrder.id, Decision.revision < PurchaseOrder.revision)
    return or_(OrderState.status == "changed", and_(PurchaseOrder.revision > 1, before))


def _ends(value: str) -> tuple[str, str]:
    low, dots, high = value.partition("..")
    if not dots or not (low.strip() or high.strip()):
        raise _Wrong("bad_range", "Write a range as low..high; one end may be left out.")
    return low.strip(), high.strip()


def _number(word: str) -> Decimal | None:
    if not word:
        return None
    try:
        found = Decimal(word)
    except InvalidOperation:
        raise _Wrong("not_a_number", f"{word[:40]!r} is no number.") from None
    if not found.is_finite() or abs(found) > Decimal(10) ** 12:
        raise _Wrong("not_a_number", f"{word[:40]!r} is no number we can compare with.")
    return found


def _numbers(figure: Callable[[Ground], Any]) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        low, high = (_number(word) for word in _ends(value))
        column = figure(ground)
        ends = [column >= low] if low is not None else []
        ends += [column <= high] if high is not None else []
        return and_(*ends)

    return read


def _received(ground: Ground) -> Any:
    """Received of what was taken (or asked, where nobody says what was taken), in percent."""
    base = func.coalesce(ground.shown.taken, ground.shown.units)
    return func.coalesce(ground.shown.received, 0) * literal(100) / func.nullif(base, 0)


def _day(word: str) -> date | None:
    if not word:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise _Wrong("not_a_date", f"{word[:40]!r} is no date (YYYY-MM-DD).") from None


def days_of(value: str, ground: Ground) -> tuple[datetime | None, datetime | None]:
    """The instants between which a span of days lies in the reader's zone; the end is not part of it."""
    today = ground.now.astimezone(ground.zone).date()
    word, colon, count = value.partition(":")
    low: date | None
    high: date | None
    if colon and word in ("next", "last"):
        if not count.isascii() or not count.isdigit() or not 1 <= int(count[:6]) <= MOST_DAYS:
            raise _Wrong("bad_range", f"Name 1 to {MOST_DAYS} days.")
        days = timedelta(days=int(count) - 1)
        low, high = (today, today + days) if word == "next" else (today - days, today)
    else:
        low, high = (_day(part) for part in _ends(value))
    start = datetime.combine(low, time(), ground.zone).astimezone(UTC) if low and low.year > 1 else None
    end = (
        datetime.combine(high + timedelta(days=1), time(), ground.zone).astimezone(UTC)
        if high and high.year < 9999
        else None
    )
    return start, end


def _days(column: Any) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        start, end = days_of(value, ground)
        ends = [column >= start] if start is not None else []
        ends += [column < end] if end is not None else []
        return and_(column.is_not(None), *ends)

    return read


def _by_name(condition: Callable[[list[str], Ground], ColumnElement[bool]]) -> Read:
    def read(value: str, ground: Ground) -> ColumnElement[bool]:
        negated, words = _set(value)
        try:
            found = condition(words, ground)
        except NamesNobody as nobody:
            raise _Wrong("unknown_value", str(nobody)) from None
        return not_(found) if negated else found

    return read


FIELDS: Final[dict[str, Read]] = {
    "status": _status,
    "clock": _clock,
    "window": _days(PurchaseOrder.window_start),
    "ordered": _days(PurchaseOrder.ordered_at),
    "marketplace": _marketplace,
    "vendor_code": _of(PurchaseOrder.vendor_code),
    "fc": _of(PurchaseOrder.ship_to),
    "type": _of(PurchaseOrder.order_type),
    "brand": _brand,
    "product": _product,
    "cut_reason": _of_decision(_reasons),
    "rule": _of_decision(_rules),
    "decided_by": _decider,
    "answered_by": _answered_by,
    "step": _step,
    "assignee": _by_name(lambda words, ground: held_by(words, ground.mine)),
    "tag": _by_name(lambda words, ground: tagged_with(words)),
    "changed": _flag(_changed),
    "hold": _flag(lambda: func.jsonb_array_length(OrderState.hold) > 0),
    "received": _numbers(_received),
    "value": _numbers(lambda ground: ground.shown.value),
    "cut_value": _numbers(lambda ground: func.coalesce(ground.shown.cut_value, 0)),
    "units": _numbers(lambda ground: ground.shown.units),
}
"""Every field that can be filtered by. An amount is compared in the order's own currency."""


def read_terms(given: Mapping[str, str], ground: Ground) -> Terms:
    """The conditions of `filter[...]`. Raises Invalid with a pointer to each field that is unknown or wrong."""
    faults: list[FieldError] = []
    words: list[tuple[str, str]] = []
    conditions: list[ColumnElement[bool]] = []
    for name, value in sorted(given.items()):
        reader = FIELDS.get(name)
        if reader is None:
            faults.append(FieldError(f"/filter/{name[:60]}", "unknown_field", f"There is no field {name[:60]!r}."))
            continue
        try:
            if len(value) > 4000 or "\x00" in value:
                raise _Wrong("too_long", "This value cannot be read.")
            conditions.append(reader(value, ground))
        except _Wrong as wrong:
            faults.append(FieldError(f"/filter/{name}", wrong.code, wrong.message))
        else:
            words.append((name, value))
    if faults:
        raise Invalid("Some filters cannot be read.", errors=tuple(faults))
    return Terms(tuple(words), tuple(conditions))


def bracketed(query: Mapping[str, str]) -> dict[str, str]:
    """`filter[name]` of a query, by name."""
    return {
        key[7:-1]: value
        for key, value in query.items()
        if key.startswith("filter[") and key.endswith("]") and len(key) > 8
    }
