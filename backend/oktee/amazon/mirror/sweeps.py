"""Sweeps: each night the last week is read once more, and on Sunday the last month. What that finds, the polls missed. Pure.

A sweep ends where the polls have come to, so whatever it creates or changes is drift; it should always be 0.
"""

from datetime import datetime, time, timedelta, tzinfo
from typing import Final
from uuid import UUID

from oktee.amazon.mirror.windows import Span

NIGHTLY: Final = timedelta(days=7)
WEEKLY: Final = timedelta(days=30)
FROM, SPREAD = time(1), timedelta(hours=3)
"""The hours of the night, by the account's home marketplace; each connection has its own minute of them."""
SUNDAY: Final = 6


def next_sweep(after: datetime, zone: tzinfo, connection_id: UUID) -> datetime:
    """The next moment of a sweep, later than `after`."""
    minute = timedelta(seconds=connection_id.int % int(SPREAD.total_seconds()))
    day = after.astimezone(zone).date()
    while True:
        # In absolute time from one in the morning: an hour that the clock leaves out or has twice harms nobody.
        found = datetime.combine(day, FROM, zone).astimezone(after.tzinfo) + minute
        if found > after:
            return found
        day += timedelta(days=1)


def reach(due: datetime, zone: tzinfo) -> timedelta:
    """How far back the sweep of this moment reads."""
    return WEEKLY if due.astimezone(zone).weekday() == SUNDAY else NIGHTLY


def sweep_spans(until: datetime, back: timedelta, *, window: timedelta, since: datetime | None) -> list[Span]:
    """`back` from `until`, newest first, in windows Amazon accepts; never before `since`, where the first load began."""
    start = until - back if since is None else max(since, until - back)
    spans: list[Span] = []
    end = until
    while end > start:
        begin = max(start, end - window)
        spans.append(Span(begin, end, sweep=True))
        end = begin
    return spans
