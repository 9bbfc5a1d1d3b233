"""How a vendor code orders: silence in its hours, volume or value outside its own season."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import exp, log, prod
from statistics import median
from typing import Final

from oktee.modules.supply.rules.anomalies.facts import Bucket, Finding, Place, spread

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WEEKS: Final = 8
ENOUGH_ORDERS: Final = 20
UNLIKELY: Final = 1e-4
"""So improbable has it to be that nothing came by chance."""
WINDOWS: Final = 12
LEAST_WINDOWS: Final = 8
LEAST_SPREAD: Final = 0.12
SIGMAS: Final = 5.0
HIGH, LOW = 1.6, 0.6
"""Less of a difference is nobody's concern, however regular the weeks are."""
YEAR: Final = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a vendor code ordered, hour by hour. `last_order_at`, and until when everything that came is known."""

    place: Place
    zone: tzinfo
    buckets: Sequence[Bucket]
    last_order_at: datetime
    known_until: datetime


def silence(rhythm: Rhythm) -> Finding | None:
    """No order in the hours of the week in which this vendor code orders."""
    start = rhythm.last_order_at - WEEKS * WEEK
    slots: dict[tuple[int, int], set[int]] = defaultdict(set)
    orders = 0
    for bucket in rhythm.buckets:
        if start <= bucket.hour <= rhythm.last_order_at:
            local = bucket.hour.astimezone(rhythm.zone)
            slots[local.weekday(), local.hour].add((rhythm.last_order_at - bucket.hour) // WEEK)
            orders += bucket.orders
    seen = {week for weeks in slots.values() for week in weeks}
    if orders < ENOUGH_ORDERS or len(seen) < WEEKS // 2:
        return None
    hour = rhythm.last_order_at.replace(minute=0, second=0, microsecond=0) + HOUR
    missed: list[float] = []
    while hour + HOUR <= rhythm.known_until and len(missed) < 24 * 7 * WEEKS:
        local = hour.astimezone(rhythm.zone)
        # Two weeks more than were looked at: no hour is certain.
        missed.append(1 - len(slots.get((local.weekday(), local.hour), ())) / (WEEKS + 2))
        hour += HOUR
    if prod(missed) >= UNLIKELY:
        return None
    return Finding(
        "silence",
        f"silence/{rhythm.place.connection_id}/{rhythm.place.vendor_code}/{rhythm.last_order_at.isoformat()}",
        "supply.anomaly.silence",
        {
            "vendor_code": rhythm.place.vendor_code,
            "since": rhythm.last_order_at,
            "hours": sum(1 for chance in missed if chance < 1),
        },
        rhythm.place,
    )


def season(rhythm: Rhythm) -> Finding | None:
    """The last seven days against the weeks before; with a year of history, as that year went in the same weeks."""
    local = rhythm.known_until.astimezone(rhythm.zone)
    end = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found = [_outside(rhythm, end, metric) for metric in ("units", "value")]
    worst = max((each for each in found if each is not None), key=lambda each: abs(each[0]), default=None)
    if worst is None:
        return None
    _, metric, now, usual = worst
    return Finding(
        "season",
        f"season/{rhythm.place.connection_id}/{rhythm.place.vendor_code}",
        f"supply.anomaly.{metric}_{'high' if now > usual else 'low'}",
        {"vendor_code": rhythm.place.vendor_code, "now": round(now), "usual": round(usual)},
        rhythm.place,
        quiet=timedelta(days=8),
    )


def _outside(rhythm: Rhythm, end: datetime, metric: str) -> tuple[float, str, float, float] | None:
    sums: dict[int, float] = defaultdict(float)
    years: dict[int, float] = defaultdict(float)
    oldest = 0
    for bucket in rhythm.buckets:
        if bucket.hour >= end:
            continue
        amount = float(getattr(bucket, metric))
        place = (end - bucket.hour - timedelta(microseconds=1)) // WEEK
        sums[place] += amount
        oldest = max(oldest, place)
        if bucket.hour < end - YEAR + WEEK:
            years[(end - YEAR - bucket.hour - timedelta(microseconds=1)) // WEEK] += amount
    before = [sums[n] for n in range(1, min(oldest, WINDOWS) + 1) if sums[n] > 0]
    if len(before) < LEAST_WINDOWS or sums[0] <= 0:
        return None
    middle, wide = spread([log(each) for each in before])
    expected = middle + _same_weeks(years)
    z = (log(sums[0]) - expected) / max(wide, LEAST_SPREAD)
    ratio = exp(log(sums[0]) - expected)
    if abs(z) < SIGMAS or LOW < ratio < HIGH:
        return None
    return z, metric, float(sums[0]), exp(expected)


def _same_weeks(years: Mapping[int, float]) -> float:
    """How this week stood above the weeks before it a year ago, as a logarithm; 0 without such a year."""
    before = [years[n] for n in range(1, WINDOWS + 1) if years.get(n, 0) > 0]
    around = [years[n] for n in (-1, 0) if years.get(n, 0) > 0]
    if len(before) < LEAST_WINDOWS or not around:
        return 0.0
    return log(median(around)) - log(median(before))
