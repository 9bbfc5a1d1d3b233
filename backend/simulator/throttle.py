"""Amazon's token buckets: one for each application, selling partner and operation (amazon/FACTS d)."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from simulator.settings import Quota


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Throttle:
    def __init__(self, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(self, key: tuple[str, str, str], quota: Quota) -> bool:
        """Take one token of (client id, selling partner id, operation); False when the bucket is empty."""
        now = self._ticks()
        bucket = self._buckets.setdefault(key, _Bucket(quota.burst, now))
        bucket.tokens = min(quota.burst, bucket.tokens + (now - bucket.at) * quota.rate)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def clear(self) -> None:
        self._buckets.clear()
