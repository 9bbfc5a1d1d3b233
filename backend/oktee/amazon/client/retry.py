"""When and how long to wait before calling again: full jitter inside a budget of retries (trust/RELIABILITY 3)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter: before retry n the wait is drawn from 0..min(cap, base * 2^n) seconds.

    `patience` bounds the seconds one call spends waiting; what would take longer is raised, so that the caller can date
    its work anew instead of holding a worker.
    """

    attempts: int = 5
    base: float = 1.0
    cap: float = 300.0
    patience: float = 60.0
    draw: Callable[[], float] = field(default=random.random, repr=False)

    def delay(self, retry: int, *, retry_after: float | None = None) -> float:
        """Seconds before retry number `retry` (0 = the first), never less than Amazon's Retry-After."""
        jitter = self.draw() * min(self.cap, self.base * float(2**retry))
        return jitter if retry_after is None else retry_after + self.draw() * self.base


class RetryBudget:
    """Retries are at most a share of all calls, so that an outage is not answered by a storm.

    Each call earns `share` of a retry, up to `reserve`, with which the budget starts: a connection's first calls may be
    retried too. One budget belongs to one connection.
    """

    def __init__(self, *, share: float = 0.1, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._left = reserve

    def call(self) -> None:
        """A new call (not a retry) was made."""
        self._left = min(self._reserve, self._left + self._share)

    def spend(self) -> bool:
        """Take one retry; False when there is none left."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
