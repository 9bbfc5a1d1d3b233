"""Spans of time that a stream has to fetch, and how far it has come without a gap. Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LAG: Final = timedelta(minutes=2)
"""What was fetched counts up to two minutes before its end: Amazon may list an order a little late (RELIABILITY 3)."""

HORIZON: Final = timedelta(days=180)
"""Amazon keeps six months of orders and refuses an older start."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """One window to fetch: `since` included, `until` not. A first load asks by creation, later polls by change; a sweep
    reads once more what polls have read."""

    since: datetime
    until: datetime
    first_load: bool = False
    sweep: bool = False


@dataclass(frozen=True, slots=True)
class Covered:
    """A window that was fetched to its end.

    `known_until`: how far the followed stream had come when the reading began; what is later may have been about
    orders that were not stored yet, so it does not count as fetched.
    """

    since: datetime
    until: datetime
    known_until: datetime | None = None

    @property
    def reach(self) -> datetime:
        return self.until if self.known_until is None else min(self.until, self.known_until)


def first_load_spans(now: datetime, *, reference: timedelta, window: timedelta) -> list[Span]:
    """`reference` back from `now`, newest first: seven single days, so that today is there at once, then whole windows."""
    start, end = now - min(reference, HORIZON), now
    spans: list[Span] = []
    while end > start:
        step = min(DAY, window) if now - end < 7 * DAY else window
        since = max(start, end - step)
        spans.append(Span(since, end, first_load=True))
        end = since
    return spans


def next_spans(
    now: datetime,
    *,
    frontier: datetime,
    high_water: datetime | None,
    overlap: timedelta,
    window: timedelta,
) -> list[Span]:
    """What a poll at `now` asks for, newest first: from the high water, less the overlap, in windows Amazon accepts.

    `frontier` is the latest moment any window ends at. Give no `high_water` while older windows are still open: these
    are fetched from their own rows, so the new window only has to meet the frontier. A long absence gives several.
    """
    start = frontier - LAG if high_water is None else min(high_water, frontier - LAG)
    since = max(start - overlap, now - HORIZON)
    spans: list[Span] = []
    end = now
    while end > since:
        begin = max(since, end - window)
        spans.append(Span(begin, end))
        end = begin
    return spans


def gap_free(start: datetime, fetched: Iterable[Covered]) -> datetime:
    """The end of the run of fetched windows that begins at `start` and has no hole, less the lag; never before `start`."""
    end = start
    for span in sorted(fetched, key=lambda each: each.since):
        if span.since > end:
            break
        end = max(end, span.reach)
    return max(start, end - LAG)


def covers(span: Span, fetched: Iterable[Covered]) -> bool:
    """Whether the fetched windows together hold the whole of `span`."""
    end = span.since
    for each in sorted(fetched, key=lambda each: each.since):
        if each.since > end:
            break
        end = max(end, each.reach)
    return end >= span.until
