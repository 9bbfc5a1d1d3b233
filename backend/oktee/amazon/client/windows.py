"""Time windows of a listing: Amazon takes at most 7 days at once, and parallel cursors need the window split."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from oktee.amazon.client.page import Page

MAX_SPAN: Final = timedelta(days=7)
"""The longest date range of getPurchaseOrders and getPurchaseOrdersStatus."""

Window = tuple[datetime, datetime]
Model = TypeVar("Model")


def windows(since: datetime, until: datetime, span: timedelta = MAX_SPAN) -> list[Window]:
    """`since`..`until` cut into windows of at most `span`, oldest first, each starting where the one before ends.

    Raises ValueError for naive moments, a span that is not positive, or an end before the start.
    """
    _ordered(since, until)
    if span <= timedelta(0):
        raise ValueError("the span of a window must be positive")
    cuts = [since]
    while cuts[-1] + span < until:
        cuts.append(cuts[-1] + span)
    return list(pairwise([*cuts, until]))


def split(since: datetime, until: datetime, n: int) -> list[Window]:
    """`since`..`until` in `n` equal windows, more when 7 days a window demand it; oldest first.

    A cursor follows its page tokens, so it makes at most one call per round trip: n windows make n calls at a time.
    """
    _ordered(since, until)
    if n < 1:
        raise ValueError("a range is split into at least one window")
    parts = max(n, -((since - until) // MAX_SPAN))
    step = (until - since) / parts
    cuts = [since + step * part for part in range(parts)]
    return list(pairwise([*cuts, until]))


def wire_time(moment: datetime) -> str:
    """An aware moment as Amazon reads it: UTC with `Z`, whole milliseconds (cut, so that ranges never grow)."""
    if moment.tzinfo is None:
        raise ValueError("a moment sent to Amazon needs its offset")
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond >= 1000 else "seconds") + "Z"


async def list_parallel(
    ranges: Sequence[Window],
    listing: Callable[[datetime, datetime], AsyncIterator[Page[Model]]],
    *,
    cursors: int = 4,
) -> AsyncIterator[Page[Model]]:
    """The pages of all `ranges`, as they come, read by `cursors` at a time in the order given.

    `listing(since, until)` lists one range, e.g. `lambda since, until: list_purchase_orders(client, since, until)`, over
    ranges from `split` or `windows`. The first error stops all cursors and is raised after the pages that came before it.
    At most one page a cursor waits to be taken.
    """
    waiting = iter(ranges)
    pages: asyncio.Queue[Page[Model] | BaseException | None] = asyncio.Queue(maxsize=cursors)

    async def cursor() -> None:
        try:
            for since, until in waiting:
                source = listing(since, until)
                async for page in source:
                    await pages.put(page)
        except Exception as error:
            await pages.put(error)
        else:
            await pages.put(None)

    tasks = [asyncio.create_task(cursor()) for _ in range(max(1, min(cursors, len(ranges))))]
    running = len(tasks)
    try:
        while running:
            page = await pages.get()
            if isinstance(page, BaseException):
                raise page
            if page is None:
                running -= 1
            else:
                yield page
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ordered(since: datetime, until: datetime) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("the moments of a window need their offset")
    if until < since:
        raise ValueError("a window ends after it starts")
