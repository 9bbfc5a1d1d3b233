"""How old stock may be, hour by hour, and from when on somebody is told."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from oktee.modules.supply.rules.freshness import judge, limit_at
from oktee.modules.supply.rules.logistics import Warehouse
from oktee.modules.supply.rules.settings import Settings

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
FOUR = timedelta(hours=4)


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (datetime(2026, 11, 24, 9, tzinfo=PARIS), 4),
        (datetime(2026, 11, 24, 7, 59, tzinfo=PARIS), 24),
        (datetime(2026, 11, 24, 18, tzinfo=PARIS), 24),
        (datetime(2026, 11, 28, 11, tzinfo=PARIS), 24),
    ],
    ids=["at work", "before", "after", "Saturday"],
)
def test_the_limit_is_that_of_the_hour(at: datetime, hours: int) -> None:
    assert limit_at(at, zone=PARIS, settings=Settings()) == timedelta(hours=hours)


def test_a_warehouse_that_says_its_hours_and_days_has_its_own() -> None:
    night = Warehouse("LYON", ZoneInfo("Europe/London"), opens=time(4), closes=time(12), closed=(date(2026, 11, 25),))
    hours = [
        limit_at(datetime(2026, 11, day, hour, tzinfo=PARIS), zone=PARIS, settings=Settings(), warehouse=night)
        for day, hour in ((24, 5), (24, 4), (24, 13), (25, 8))
    ]
    assert [one / timedelta(hours=1) for one in hours] == [4, 24, 24, 24]


@pytest.mark.parametrize(
    ("age", "worth"),
    [
        (timedelta(0), "synced"),
        (timedelta(hours=2, minutes=59), "synced"),
        (timedelta(hours=3), "ageing"),
        (FOUR, "ageing"),
        (timedelta(hours=4, seconds=1), "stale"),
        (-timedelta(hours=1), "synced"),
    ],
)
def test_it_is_told_at_three_quarters_of_the_limit(age: timedelta, worth: str) -> None:
    assert judge(NOW - age, NOW, FOUR) == worth
