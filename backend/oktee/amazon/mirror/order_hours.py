"""How often to ask Amazon: every minute in the hours this account orders, else every five. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Final

OrderTimes = Iterable[tuple[tzinfo, datetime]]
"""When orders were placed (aware), each with the zone of its marketplace."""

Every = Callable[[OrderTimes, datetime], timedelta]
"""The time until the next poll, from when this account's orders were placed and the present moment."""

HISTORY: Final = timedelta(days=28)
"""How far back the order times reach that decide the hours."""


def order_hours(*, seconds: int, otherwise: int) -> Every:
    """`seconds` in every local hour of the day in which an order was placed, `otherwise` outside, and never longer than
    until the next such hour begins. An account without orders is asked at the quick pace: its hours are not known."""
    quick, slow = timedelta(seconds=seconds), timedelta(seconds=otherwise)

    def every(times: OrderTimes, now: datetime) -> timedelta:
        hours = ordering_hours(times)
        if not any(hours.values()):
            return quick
        if any(now.astimezone(zone).hour in found for zone, found in hours.items()):
            return quick
        waits = [_until_next_hour(now, zone) for zone, found in hours.items() if _next_hour(now, zone) in found]
        return max(quick, min([slow, *waits]))

    return every


def ordering_hours(times: OrderTimes) -> dict[tzinfo, frozenset[int]]:
    """The local hours (0-23) in which orders were placed, by zone."""
    found: dict[tzinfo, set[int]] = {}
    for zone, placed_at in times:
        found.setdefault(zone, set()).add(placed_at.astimezone(zone).hour)
    return {zone: frozenset(hours) for zone, hours in found.items()}


def _next_hour(now: datetime, zone: tzinfo) -> int:
    return (now + _until_next_hour(now, zone)).astimezone(zone).hour


def _until_next_hour(now: datetime, zone: tzinfo) -> timedelta:
    local = now.astimezone(zone)
    return timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
