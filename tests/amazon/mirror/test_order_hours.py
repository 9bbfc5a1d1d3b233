"""The pace of polling follows the hours in which an account orders, in its marketplace's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.mirror.order_hours import order_hours, ordering_hours

BERLIN, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago")
EVERY = order_hours(seconds=60, otherwise=300)
MOMENTS = st.integers(0, 365 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
HISTORY = st.lists(st.tuples(st.sampled_from([BERLIN, CHICAGO]), MOMENTS), max_size=20)


def local(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 7, 14, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (local(9, 0), 60),
        (local(9, 59), 60),
        (local(10, 0), 300),
        (local(3, 30), 300),
        (local(8, 50), 300),
        (local(8, 57), 180),
        (local(8, 59), 60),
    ],
)
def test_every_minute_in_an_hour_with_orders_and_ready_when_one_begins(now: datetime, seconds: int) -> None:
    history = [(BERLIN, local(9, 20) - timedelta(days=day)) for day in range(3)]
    assert EVERY(history, now) == timedelta(seconds=seconds)


def test_an_account_without_orders_is_asked_every_minute() -> None:
    assert EVERY([], local(3)) == timedelta(seconds=60)


def test_hours_are_local_also_when_summer_time_ends() -> None:
    summer, winter = datetime(2026, 7, 14, 7, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert ordering_hours([(BERLIN, summer)])[BERLIN] == ordering_hours([(BERLIN, winter)])[BERLIN] == {9}
    assert EVERY([(BERLIN, summer)], winter) == timedelta(seconds=60)


def test_each_marketplace_of_a_merged_account_has_its_own_hours() -> None:
    history = [(BERLIN, local(9)), (CHICAGO, datetime(2026, 7, 14, 14, tzinfo=UTC))]
    assert EVERY(history, datetime(2026, 7, 15, 14, 30, tzinfo=UTC)) == timedelta(seconds=60)
    assert EVERY(history, datetime(2026, 7, 15, 9, 30, tzinfo=UTC)) == timedelta(seconds=300)


@given(history=HISTORY, now=MOMENTS)
@settings(max_examples=60)
def test_the_interval_is_bounded_and_always_the_same_for_the_same_history(
    history: list[tuple[ZoneInfo, datetime]], now: datetime
) -> None:
    interval = EVERY(history, now)
    assert timedelta(seconds=60) <= interval <= timedelta(seconds=300)
    assert EVERY(list(reversed(history)), now) == interval
    if interval > timedelta(seconds=60):
        after = now + interval - timedelta(seconds=1)
        assert all(after.astimezone(zone).hour not in hours for zone, hours in ordering_hours(history).items())
