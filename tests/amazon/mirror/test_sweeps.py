"""Sweeps: what the polls missed is found at night, and counted; what they have is read without a write."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from amazon.mirror.mirrored import Mirror, place
from contract.simulated import Simulated
from hypothesis import given
from hypothesis import strategies as st
from oktee.amazon.mirror.sweeps import NIGHTLY, WEEKLY, next_sweep, reach, sweep_spans

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)
moments = st.integers(0, 730 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(moments, st.uuids())
def test_a_sweep_is_at_night_once_a_day_and_each_connection_has_its_own_minute(
    after: datetime, connection: UUID
) -> None:
    first = next_sweep(after, BERLIN, connection)
    second = next_sweep(first, BERLIN, connection)
    assert after < first <= after + timedelta(hours=49)
    assert timedelta(hours=22) <= second - first <= timedelta(hours=26)
    assert first.astimezone(BERLIN).hour in (1, 2, 3, 4)


def test_the_night_to_monday_is_no_sunday_but_the_morning_of_sunday_is() -> None:
    sunday, monday = datetime(2026, 11, 29, 2, tzinfo=BERLIN), datetime(2026, 11, 30, 2, tzinfo=BERLIN)
    assert (reach(sunday, BERLIN), reach(monday, BERLIN)) == (WEEKLY, NIGHTLY)


@given(moments, st.sampled_from([NIGHTLY, WEEKLY]), st.integers(1, 60))
def test_the_windows_of_a_sweep_hold_all_of_it_and_none_is_longer_than_amazon_takes(
    until: datetime, back: timedelta, loaded: int
) -> None:
    since = until - timedelta(days=loaded)
    spans = sweep_spans(until, back, window=WEEK, since=since)
    assert spans[0].until == until
    assert spans[-1].since == max(since, until - back)
    assert all(later.since == earlier.until for later, earlier in itertools.pairwise(spans))
    assert all(span.sweep and not span.first_load and span.until - span.since <= WEEK for span in spans)


@pytest.fixture
async def loaded(mirror: Mirror, amazon: Simulated) -> Mirror:
    await place(amazon, count=4)
    await mirror.start()
    await mirror.turn()
    return mirror


async def sweep(mirror: Mirror) -> None:
    """The night comes: the streams stand past what Amazon showed so far, so that no poll brings it again."""
    await mirror.rows("delete from sync_windows where connection_id = :connection returning 1")
    await mirror.rows(
        """update streams set sweep_due_at = now() - interval '1 minute', high_water = now() + interval '20 minutes'
        where connection_id = :connection returning 1"""
    )
    await mirror.poll()


async def test_a_sweep_that_finds_nothing_says_so_and_writes_no_order(loaded: Mirror) -> None:
    before = await loaded.rows("select xmin::text from purchase_orders order by id")
    assert (await loaded.stream()).swept_at is None
    await sweep(loaded)
    for name in ("purchase_orders", "purchase_order_status"):
        stream = await loaded.stream(name)
        assert (stream.drift, stream.swept_at is not None) == (0, True), name
        assert stream.sweep_due_at > datetime.now(UTC)
    assert await loaded.rows("select xmin::text from purchase_orders order by id") == before
    assert await loaded.rows("select 1 from sync_windows where sweep") == []
    assert (await loaded.kinds()).count("sync.swept") == 2


async def test_an_order_that_the_polls_missed_is_found_and_counted(loaded: Mirror) -> None:
    lost, *_ = await loaded.rows("select po_number from purchase_orders order by po_number")
    await loaded.rows("delete from purchase_orders where po_number = :number returning 1", number=lost.po_number)
    await sweep(loaded)
    assert (await loaded.order(lost.po_number)).line_count > 0
    assert (await loaded.stream()).drift == 1
    assert await loaded.scheduled("test_decide") == [str(loaded.connection_id)], "it is decided like any other"
