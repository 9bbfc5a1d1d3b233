"""What a failed call means for its stream: how it is shown, and when it is tried again. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from oktee.amazon.client.errors import AmazonError, ApplicationRejected, CircuitOpen, Refused, Throttled

RATE_LIMITED: Final = "rate_limited"
FAILED: Final = "failed"
LONGEST_WAIT: Final = 300.0
"""Seconds; the goal is that throughput is back two minutes after a storm, and an order visible within fifteen."""


@dataclass(frozen=True, slots=True)
class Setback:
    """`state` of the stream and outcome of the run, a stable `code`, words for people, and the wait before the next try."""

    state: str
    code: str
    detail: str
    wait: timedelta


def setback(error: AmazonError, *, failures: int, draw: Callable[[], float] = random.random) -> Setback:
    """`failures`: how often in a row it failed before. Full jitter over 5 s, 10 s, 20 s ... 5 min; never less than Amazon's
    Retry-After. A refusal or a rejected application is asked again at the slow pace: only time or a person cures it."""
    seconds = draw() * min(LONGEST_WAIT, 5.0 * 2.0 ** min(failures, 10))
    match error:
        case Throttled():
            floor = error.retry_after if error.retry_after is not None else 2.0
            return Setback(RATE_LIMITED, "throttled", str(error)[:300], timedelta(seconds=floor + seconds))
        case ApplicationRejected():
            return Setback(FAILED, "application_rejected", str(error)[:300], timedelta(seconds=LONGEST_WAIT))
        case Refused():
            return Setback(FAILED, "refused", str(error)[:300], timedelta(seconds=LONGEST_WAIT))
        case CircuitOpen():
            wait = timedelta(seconds=error.retry_in + min(seconds, 5.0))
            return Setback(FAILED, "circuit_open", str(error)[:300], wait)
        case _:
            return Setback(FAILED, "unreachable", str(error)[:300], timedelta(seconds=1.0 + seconds))
