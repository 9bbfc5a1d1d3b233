"""The bucket arithmetic against Amazon's own token bucket, and the in-process bucket on a clock that tests turn."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.throttle import OPERATIONS, LocalThrottle, opening, push, reserve, spendable_burst, tolerance

ORDERS = OPERATIONS["getPurchaseOrders"]


@dataclass
class Clock:
    """A clock that sleeping moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Amazon:
    """A token bucket as the usage plans describe it: `burst` tokens, refilled at `rate` a second."""

    def __init__(self, *, rate: float, burst: int, at: float, tokens: float) -> None:
        self.rate, self.burst, self.at, self.tokens = rate, burst, at, tokens

    def take(self, now: float) -> bool:
        self.tokens = min(float(self.burst), self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1 - 1e-6:
            return False
        self.tokens -= 1
        return True


@given(
    rate=st.floats(0.01, 50),
    burst=st.integers(1, 30),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
@settings(max_examples=60, deadline=None)
def test_reserved_calls_never_overdraw_amazons_bucket(rate: float, burst: int, gaps: list[float]) -> None:
    now, sent = 1000.0, []
    tat = opening(now, rate=rate, burst=burst)
    for gap in gaps:
        now += gap
        tat, wait = reserve(tat, now, rate=rate, burst=burst)
        sent.append(now + wait)
    # One token is what `opening` assumes somebody left; below one call a second, none.
    amazon = Amazon(rate=rate, burst=burst, at=1000.0, tokens=0.0 if rate < 1 else 1.0)
    assert all(amazon.take(moment) for moment in sorted(sent))


def test_half_of_the_burst_is_held_back() -> None:
    assert [spendable_burst(burst) for burst in (1, 2, 5, 10, 20)] == [1, 1, 3, 5, 10]


async def test_a_busy_bucket_runs_at_the_full_rate() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    for _ in range(101):
        await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1010.0)


async def test_a_rested_bucket_gives_a_burst() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    await throttle.acquire(ORDERS)
    clock.now += 60
    for _ in range(spendable_burst(ORDERS.burst)):
        await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1060.0)
    await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1060.1)


async def test_a_taught_rate_takes_effect_and_none_or_nonsense_changes_nothing() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    for rate in (0.5, None, 0.0, -1.0):
        await throttle.learn(ORDERS, rate)
    assert throttle.rate(ORDERS) == 0.5
    await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1002.0)  # a slow bucket opens empty
    await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1004.0)


async def test_each_operation_has_its_own_bucket() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    await throttle.learn(ORDERS, 0.1)
    await throttle.acquire(replace(ORDERS, name="getPurchaseOrder"))
    assert clock.now == 1000.0


async def test_a_refusal_holds_everybody_back_for_half_a_second() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    await throttle.acquire(ORDERS)
    tat = opening(1000.0, rate=10, burst=10) + 0.1
    assert push(tat, 1000.0, rate=10, burst=10, retry_after=None) == pytest.approx(tat + 0.5)
    await throttle.punished(ORDERS, None)
    await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(1000.6)


async def test_after_a_refusal_nothing_is_sent_before_retry_after_is_over() -> None:
    clock = Clock()
    throttle = LocalThrottle(clock=clock, sleep=clock.sleep)
    clock.now += 3600
    await throttle.punished(ORDERS, 7.0)
    await throttle.acquire(ORDERS)
    assert clock.now == pytest.approx(4607.0)
    assert tolerance(10, 10) == pytest.approx(0.4)
