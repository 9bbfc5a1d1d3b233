"""Instants: aware UTC datetimes cut to milliseconds inside, ISO 8601 with Z on the wire."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def cut(instant: datetime) -> datetime:
    """The instant in UTC without what is below a millisecond, so that what was stored equals what was sent."""
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def utc_now() -> datetime:
    return cut(datetime.now(UTC))


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date-time; one without a zone is UTC (Amazon's own sandbox requests have none). ValueError otherwise."""
    if "T" not in text:
        raise ValueError(f"{text!r} is not an ISO 8601 date-time")
    instant = datetime.fromisoformat(text)
    return cut(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def wire(instant: datetime) -> str:
    """The form Amazon prints: seconds, and milliseconds only where there are any."""
    spec = "milliseconds" if instant.microsecond else "seconds"
    return instant.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def interval(start: datetime, end: datetime) -> str:
    """A DateTimeInterval of the vendorOrders model: start and end joined by a double hyphen."""
    return f"{wire(start)}--{wire(end)}"
