"""Windows: what is counted as fetched was fetched, whatever order the windows end in and whatever is interrupted."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.mirror.windows import HORIZON, LAG, Covered, Span, covers, first_load_spans, gap_free, next_spans

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
OVERLAP = timedelta(minutes=10)
MINUTES = st.integers(0, 60 * 24 * 40).map(lambda minutes: timedelta(minutes=minutes))


@given(
    days=st.integers(1, 400), window=st.sampled_from([timedelta(hours=6), timedelta(days=1), timedelta(days=3), WEEK])
)
@settings(max_examples=60)
def test_a_first_load_is_gapless_newest_first_and_never_beyond_amazons_memory(days: int, window: timedelta) -> None:
    spans = first_load_spans(NOW, reference=timedelta(days=days), window=window)
    assert spans[0].until == NOW
    assert spans[-1].since == NOW - min(timedelta(days=days), HORIZON)
    assert all(newer.since == older.until for newer, older in pairwise(spans))
    assert all(timedelta(0) < span.until - span.since <= window and span.first_load for span in spans)


def test_the_newest_week_is_read_day_by_day() -> None:
    spans = first_load_spans(NOW, reference=timedelta(days=90), window=WEEK)
    assert [span.until - span.since for span in spans[:7]] == [timedelta(days=1)] * 7
    assert len(spans) == 19


@given(frontier=MINUTES, behind=st.none() | MINUTES, window=st.sampled_from([timedelta(days=1), WEEK]))
@settings(max_examples=60)
def test_a_poll_begins_ten_minutes_before_what_is_fetched(
    frontier: timedelta, behind: timedelta | None, window: timedelta
) -> None:
    high_water = None if behind is None else NOW - frontier - behind
    spans = next_spans(NOW, frontier=NOW - frontier, high_water=high_water, overlap=OVERLAP, window=window)
    start = NOW - frontier if high_water is None else high_water
    assert spans[0].until == NOW
    assert spans[-1].since <= start - OVERLAP
    assert all(newer.since == older.until for newer, older in pairwise(spans))
    assert all(span.until - span.since <= window for span in spans)


def test_a_clock_that_went_back_asks_for_nothing() -> None:
    ahead = NOW + timedelta(hours=2)
    assert next_spans(NOW, frontier=ahead, high_water=ahead, overlap=OVERLAP, window=WEEK) == []


COVERED = st.tuples(MINUTES, MINUTES, st.none() | MINUTES).map(
    lambda parts: Covered(
        NOW - HORIZON + parts[0],
        NOW - HORIZON + parts[0] + parts[1],
        None if parts[2] is None else NOW - HORIZON + parts[0] + parts[2],
    )
)


@given(fetched=st.lists(COVERED, max_size=12), start=MINUTES, probes=st.lists(st.floats(0, 1), min_size=5, max_size=5))
@settings(max_examples=60)
def test_every_moment_below_the_high_water_lies_in_a_fetched_window(
    fetched: list[Covered], start: timedelta, probes: list[float]
) -> None:
    begin = NOW - HORIZON + start
    high_water = gap_free(begin, fetched)
    assert high_water >= begin
    for share in probes:
        moment = begin + (high_water - begin) * share
        assert moment == begin or any(span.since <= moment <= span.reach for span in fetched)


@given(st.data())
@settings(max_examples=60)
def test_polls_that_end_or_break_off_never_let_the_high_water_skip(data: st.DataObject) -> None:
    """A model of a stream's life: windows are added as planning.py does, end in any order, and some stay open for long."""
    now = NOW
    first = first_load_spans(now, reference=timedelta(days=5), window=timedelta(days=1))
    start, open_spans, done = first[-1].since, list(first), list[Covered]()
    high_water: datetime | None = None
    for _ in range(data.draw(st.integers(1, 12))):
        now += timedelta(minutes=data.draw(st.integers(1, 60 * 24 * 10)))
        frontier = max(span.until for span in [*open_spans, *done])
        known = None if open_spans else high_water
        open_spans += next_spans(now, frontier=frontier, high_water=known, overlap=OVERLAP, window=WEEK)
        for span in data.draw(st.permutations(open_spans)):
            if data.draw(st.booleans()):
                open_spans.remove(span)
                limit = data.draw(st.none() | st.just(span.until - timedelta(minutes=3)))
                done.append(Covered(span.since, span.until, limit))
        reached = gap_free(high_water or start, done)
        assert high_water is None or reached >= high_water
        high_water = reached
        assert covers(Span(start, high_water), done)
    assert high_water is not None
    assert high_water <= max([span.reach for span in done], default=start) - LAG or high_water == start


def test_a_window_counts_only_as_far_as_the_followed_stream_had_come() -> None:
    known = NOW - timedelta(minutes=30)
    fetched = [Covered(NOW - timedelta(hours=2), NOW, known)]
    assert gap_free(NOW - timedelta(hours=1), fetched) == known - LAG


def test_a_window_that_waits_is_covered_only_as_a_whole() -> None:
    span = Span(NOW - timedelta(days=1), NOW, first_load=True)
    halves = [Covered(NOW - timedelta(days=2), NOW - timedelta(hours=9)), Covered(NOW - timedelta(hours=9), NOW)]
    assert covers(span, halves)
    assert not covers(span, halves[:1])
    assert not covers(span, halves[1:])
