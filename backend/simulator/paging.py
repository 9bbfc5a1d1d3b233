"""Reading the order book by window, filter and page token, as getPurchaseOrders and getPurchaseOrdersStatus do."""

import base64
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from simulator.book import OrderBook, Position
from simulator.instants import parse_instant
from simulator.orders import Order

LONGEST_WINDOW = timedelta(days=7)
HORIZON = timedelta(days=184)
"""Six months at their longest: the data the model's text promises."""
LARGEST_PAGE = 100


class BadRequest(ValueError):
    """A parameter that Amazon refuses with 400 InvalidInput; `message` and `details` are the error's."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class Window:
    since: datetime
    until: datetime


def read_limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(LARGEST_PAGE))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise BadRequest("Invalid limit.", f"limit must be between 1 and {LARGEST_PAGE}")
    return int(text)


def read_choice(query: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in allowed:
        raise BadRequest(f"Invalid {name}.", f"{name} must be one of {', '.join(allowed)}")
    return value


def read_flag(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = query.get(name)
    if value is None:
        return default
    if value.lower() not in ("true", "false"):
        raise BadRequest(f"Invalid {name}.", f"{name} must be true or false")
    return value.lower() == "true"


def read_window(query: Mapping[str, str], prefix: str, *, now: datetime) -> Window | None:
    """The window of <prefix>After and <prefix>Before; None when neither is given. At most 7 days, within the last six months.

    Where only one end is given the other is now, or 7 days before it.
    """
    after, before = _read_instant(query, f"{prefix}After"), _read_instant(query, f"{prefix}Before")
    if after is None and before is None:
        return None
    until = before if before is not None else just_after(now)
    since = after if after is not None else until - LONGEST_WINDOW
    if since > until:
        raise BadRequest("Invalid date range.", f"{prefix}After must be before {prefix}Before")
    if until - since > LONGEST_WINDOW + timedelta(milliseconds=1):
        raise BadRequest("Invalid date range.", "The date range must not exceed 7 days")
    if since < now - HORIZON:
        raise BadRequest("Invalid date range.", "Data is available for the past 6 months")
    return Window(since, until)


def latest_week(now: datetime) -> Window:
    """The window of a request that names none."""
    return Window(now - LONGEST_WINDOW, just_after(now))


def just_after(now: datetime) -> datetime:
    """The end of a window that includes this very moment."""
    return now + timedelta(milliseconds=1)


def _read_instant(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise BadRequest("The request is invalid.", f"{name} must be in ISO-8601 date/time format") from None


class PageTokens:
    """Opaque tokens: where the page ended, and a mark of the filters, which have to be sent again with the token."""

    def __init__(self, query: Mapping[str, str]) -> None:
        filters = sorted((name, value) for name, value in query.items() if name not in ("nextToken", "limit"))
        self._mark = hashlib.sha256(orjson.dumps(filters)).hexdigest()[:8]
        self._text = query.get("nextToken")

    def read(self) -> Position | None:
        if self._text is None:
            return None
        try:
            instant, number, mark = orjson.loads(base64.b64decode(self._text, validate=True))
            position = datetime.fromisoformat(instant), str(number)
        except (ValueError, TypeError):
            raise BadRequest("Invalid nextToken.") from None
        if mark != self._mark:
            raise BadRequest("Invalid nextToken.", "The request parameters differ from those of the previous page")
        return position

    def write(self, position: Position) -> str:
        return base64.b64encode(orjson.dumps([position[0].isoformat(), position[1], self._mark])).decode()


def read_page(
    book: OrderBook,
    index: list[Position],
    window: Window,
    *,
    after: Position | None,
    limit: int,
    wanted: Callable[[Order], bool],
    descending: bool,
) -> tuple[list[Order], Position | None]:
    """One page of the index from window.since (included) to window.until (not), and where it ended if there is more.

    A page ends at a position, not at a count: orders that arrive meanwhile shift nothing.
    """
    low = bisect_left(index, (window.since, ""))
    high = bisect_left(index, (window.until, ""))
    if after is not None and descending:
        high = min(high, bisect_left(index, after))
    elif after is not None:
        low = max(low, bisect_right(index, after))
    found: list[Order] = []
    last: Position | None = None
    for place in range(high - 1, low - 1, -1) if descending else range(low, high):
        position = index[place]
        order = book.find(position[1])
        if order is None or not wanted(order):
            continue
        if len(found) == limit:
            return found, last
        found.append(order)
        last = position
    return found, None
