"""The circuit breaker of one API of one account: when Amazon fails again and again, calling on only makes it worse.

    closed  -> open    five calls failed within a minute, none succeeding in between
    open    -> closed  a call succeeded
    While it is open each operation may try once in thirty seconds (half-open); everything else is kept here.

A failure is no readable answer (5xx, timeout, cut body). A refusal or a 429 is an answer: the API is there. Each operation
tries for itself, so that one that stays broken does not keep the others of its API from finding out that they work.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """It opens after `failures` within `within` seconds, and lets one call of each operation through every `probe` seconds."""

    failures: int = 5
    within: float = 60.0
    probe: float = 30.0


POLICY: Final = BreakerPolicy()


class Breaker:
    """Of one API family, in one process; what another process found is taken over by `adopt`."""

    def __init__(self, policy: BreakerPolicy = POLICY, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._failed: deque[float] = deque(maxlen=policy.failures)
        self._opened: float | None = None
        self._tried: dict[str, float] = {}
        self._succeeded: float | None = None
        self._told: float | None = None
        """When others were told last that it is open; None while nobody is known to believe it."""

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def admit(self, operation: str) -> float | None:
        """None: it may be sent, and counts as this operation's try while the breaker is open. Else the seconds to wait."""
        if self._opened is None:
            return None
        now = self._clock()
        wait = self._tried.get(operation, self._opened) + self._policy.probe - now
        if wait > 0:
            return wait
        self._tried[operation] = now
        return None

    def failed(self) -> bool:
        """A call had no readable answer. Whether others have to be told: it opened, or it is open still and they heard so half
        a minute ago."""
        now = self._clock()
        self._failed.append(now)
        if self._opened is not None:
            due = self._told is None or now - self._told >= self._policy.probe
            self._told = now if due else self._told
            return due
        if len(self._failed) < self._policy.failures or now - self._failed[0] > self._policy.within:
            return False
        self._open(now)
        self._told = now
        return True

    def succeeded(self) -> bool:
        """Amazon answered. Whether others have to be told: it was open here, or another process said that it is."""
        self._failed.clear()
        self._succeeded = self._clock()
        believed = self._opened is not None or self._told is not None
        self._opened = self._told = None
        return believed

    def adopt(self, *, lately: bool = True) -> None:
        """Another process found the API failing; unless a call of ours has just succeeded, that counts here too, if it was
        `lately`. However long ago it was, whoever succeeds says so."""
        now = self._clock()
        if self._told is None:
            self._told = now
        if lately and self._opened is None and (self._succeeded is None or now - self._succeeded > self._policy.probe):
            self._open(now)

    def _open(self, now: float) -> None:
        self._opened = now
        self._tried.clear()


class Breakers:
    """The breakers of one account, by API family."""

    def __init__(self, policy: BreakerPolicy = POLICY, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._held: dict[str, Breaker] = {}

    def of(self, family: str) -> Breaker:
        if family not in self._held:
            self._held[family] = Breaker(self._policy, clock=self._clock)
        return self._held[family]
