"""The throttle: the port through which a call waits for its turn, the GCRA arithmetic, and a bucket for one process.

Amazon keeps a token bucket per operation and (application, selling partner). GCRA keeps the same bucket as one number,
the theoretical arrival time (`tat`), so it fits one key and one round trip when the bucket is shared.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from oktee.amazon.client.operations import OPERATIONS as OPERATIONS
from oktee.amazon.client.operations import Operation as Operation

PUSH_AFTER_429: Final = 0.5
"""Seconds a 429 moves the clock: at exactly Amazon's rate, a bucket drained once never recovers without it (measured)."""


class Throttle(Protocol):
    """What the client asks of a bucket. One throttle belongs to one (application, region, selling partner)."""

    async def acquire(self, operation: Operation) -> None:
        """Return when the call may be sent; waits as long as it takes and never sends a caller away."""

    async def learn(self, operation: Operation, rate: float | None) -> None:
        """Take the rate (calls a second) that an answer named, None when it named none. Called with every answer that
        carries the header, so it must be cheap when nothing changed."""

    async def punished(self, operation: Operation, retry_after: float | None) -> None:
        """Amazon answered 429, with this Retry-After in seconds or none: hold everybody's next call back."""


def spendable_burst(burst: int) -> int:
    """How much of Amazon's burst we spend: half, rounded up, since reserved calls arrive late and bunched (with 9 of 10,
    two processes got 260 refusals in one run)."""
    return max(1, (burst + 1) // 2)


def tolerance(rate: float, burst: int) -> float:
    """Seconds by which calls may run ahead of the steady rate."""
    return (spendable_burst(burst) - 1) / rate


def opening(now: float, *, rate: float, burst: int) -> float:
    """The `tat` of a bucket nobody knows: empty below one call a second, one token above. Someone may just have spent it."""
    return now + tolerance(rate, burst) + (1 / rate if rate < 1 else 0.0)


def reserve(tat: float, now: float, *, rate: float, burst: int) -> tuple[float, float]:
    """Take the next slot: (the new `tat`, seconds to wait before sending). Times in seconds on one clock."""
    wait = max(0.0, tat - tolerance(rate, burst) - now)
    return max(tat, now) + 1 / rate, wait


def push(tat: float, now: float, *, rate: float, burst: int, retry_after: float | None) -> float:
    """The `tat` after a 429: half a second later, and no slot before `retry_after` is over."""
    pushed = max(tat, now) + PUSH_AFTER_429
    if retry_after is not None:
        pushed = max(pushed, now + retry_after + tolerance(rate, burst))
    return pushed


class LocalThrottle:
    """Buckets of one process, for tools and tests; processes that share an account need the shared one."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._tats: dict[str, float] = {}
        self._rates: dict[str, float] = {}

    def rate(self, operation: Operation) -> float:
        """Calls per second in effect: what Amazon named last, else its published plan."""
        return self._rates.get(operation.name, operation.rate)

    async def acquire(self, operation: Operation) -> None:
        now, rate = self._clock(), self.rate(operation)
        tat = self._tats.get(operation.name)
        if tat is None:
            tat = opening(now, rate=rate, burst=operation.burst)
        self._tats[operation.name], wait = reserve(tat, now, rate=rate, burst=operation.burst)
        if wait > 0:
            await self._sleep(wait)

    async def learn(self, operation: Operation, rate: float | None) -> None:
        if rate is not None and rate > 0:
            self._rates[operation.name] = rate

    async def punished(self, operation: Operation, retry_after: float | None) -> None:
        now, rate = self._clock(), self.rate(operation)
        tat = self._tats.get(operation.name, now)
        self._tats[operation.name] = push(tat, now, rate=rate, burst=operation.burst, retry_after=retry_after)
