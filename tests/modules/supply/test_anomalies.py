"""Anomalies: a seeded world in which every injected one is found once, and almost nothing else."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from oktee.modules.supply.exceptions.causes import CAUSES
from oktee.modules.supply.notices import NOTICES
from oktee.modules.supply.rules.anomalies import arriving, book, following
from oktee.modules.supply.rules.anomalies.facts import (
    Bucket,
    Delivery,
    Finding,
    LineFact,
    OrderFact,
    Place,
    RuleDay,
    RuleLine,
    Waiting,
)
from oktee.modules.supply.rules.anomalies.rhythm import Rhythm, season, silence

START, NOW = datetime(2026, 9, 7, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)
WEEK = NOW - timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")
CODES, CENTRES = 5, 8
SEEDS = range(3)


@dataclass
class Story:
    """A vendor's weeks with 1,000 orders each, and what was put wrong in the last of them: cause -> keys."""

    orders: list[OrderFact] = field(default_factory=list)
    lines: list[LineFact] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    days: list[RuleDay] = field(default_factory=list)
    overridden: list[RuleLine] = field(default_factory=list)
    injected: set[tuple[str, str]] = field(default_factory=set)


@cache
def story(seed: int) -> Story:
    """Orders of five vendor codes, Monday to Saturday by day; costs drift, a few products are asked twice as a habit."""
    chance = random.Random(seed)
    told = Story()
    places = [Place(UUID(int=1), f"CODE{n}", "A1PA6795UKMFR9") for n in range(CODES)]
    asked: dict[tuple[str, str, str], datetime] = {}
    number = 0
    hour = START
    while hour < NOW:
        local = hour.astimezone(BERLIN)
        rate = 0.0 if local.weekday() == 6 or not 6 <= local.hour < 18 else 3.2
        for place in places:
            for _ in range(_poisson(chance, rate)):
                number += 1
                at = hour + timedelta(seconds=chance.randrange(3600))
                centre = f"FC{chance.randrange(CENTRES)}" if place.vendor_code != "CODE0" else "FC0"
                window = at + timedelta(days=chance.uniform(7, 14))
                order = OrderFact(UUID(int=1000 + number), f"PO{number}", place, at, centre, window, ("Lumea",))
                told.orders.append(order)
                for sequence in range(1, 3):
                    asin = f"B{chance.randrange(4 if chance.random() < 0.2 else 160):03d}"
                    key = (place.vendor_code, centre, asin)
                    habit = asin < "B004"
                    if not habit and asked.get(key, START - timedelta(days=9)) > at - timedelta(hours=30):
                        continue
                    asked[key] = at
                    pack = 6 if int(asin[1:]) % 2 else 12
                    cost = Decimal(5 + int(asin[1:]) % 7) * Decimal(str(round(chance.uniform(0.985, 1.015), 3)))
                    units = pack * chance.randint(1, 12)
                    told.lines.append(LineFact(order, str(sequence), asin, units, pack, cost, "EUR", "Lumea"))
        hour += timedelta(hours=1)
    _ship(told, chance)
    _rules(told, chance)
    return told


def _poisson(chance: random.Random, rate: float) -> int:
    count, left = 0, chance.expovariate(1)
    while left < rate:
        count, left = count + 1, left + chance.expovariate(1)
    return count


def _ship(told: Story, chance: random.Random) -> None:
    for order in told.orders:
        assert order.window_end is not None
        shipped_at = order.window_end - timedelta(days=chance.uniform(0.5, 4))
        if shipped_at > NOW:
            continue
        received_at = shipped_at + timedelta(days=5 * chance.lognormvariate(0, 0.3))
        arrived = received_at <= NOW
        told.deliveries.append(
            Delivery(order, 100, 100, 100 if arrived else 0, shipped_at, received_at if arrived else None)
        )
    told.waiting = [
        Waiting(f"PO{n}/1", f"PO{n}", order, NOW - timedelta(seconds=chance.randrange(1800)))
        for n, order in enumerate(told.orders[-40:])
    ]


def _rules(told: Story, chance: random.Random) -> None:
    day = NOW - timedelta(days=35)
    while day < NOW:
        shares = [0.6, 0.3, 0.1]
        lines = 120 + chance.randrange(240)
        drawn = Counter(chance.choices(range(3), shares, k=lines))
        for n in range(3):
            hits = drawn[n]
            overrides = sum(chance.random() < 0.03 for _ in range(hits))
            told.days.append(RuleDay(UUID(int=n + 1), f"Rule {n}", day, hits, overrides, lines))
        day += timedelta(days=1)
    for n, line in enumerate(told.lines[-3000:]):
        change = chance.choice(["more", "less", "later"]) if chance.random() < 0.03 else None
        rule = UUID(int=n % 3 + 1)
        told.overridden.append(RuleLine(rule, "Rule", f"SKU{line.asin}", line.order.at, line.order.id, change))


def inject(told: Story, seed: int) -> Story:
    """One of each kind, in the last week."""
    chance = random.Random(seed + 1000)
    last = [order for order in told.orders if WEEK + timedelta(days=1) < order.at < NOW - timedelta(days=1)]
    orders, lines, wrong = list(told.orders), list(told.lines), set()
    # Silence: CODE4 orders nothing any more from Wednesday on. Volume: CODE3 asks five times as much.
    quiet_from = WEEK + timedelta(days=2, hours=10)
    orders = [one for one in orders if one.place.vendor_code != "CODE4" or one.at < quiet_from]
    lines = [one for one in lines if one.order.place.vendor_code != "CODE4" or one.order.at < quiet_from]
    lines = [
        replace(one, units=one.units * 5) if one.order.place.vendor_code == "CODE3" and one.order.at >= WEEK else one
        for one in lines
    ]
    wrong |= {("silence", "CODE4"), ("season", "CODE3")}
    recent = {order.id for order in last}
    at_hand = [line for line in lines if line.order.id in recent and line.order.place.vendor_code in ("CODE1", "CODE2")]
    picked = chance.sample([line for line in at_hand if line.asin >= "B004"], 3)
    for aspect, line in zip(("cost", "pack", "twice"), picked, strict=True):
        n = lines.index(line)
        if aspect == "cost":
            lines[n] = replace(line, cost=(line.cost or Decimal(0)) * Decimal("0.8"))
        elif aspect == "pack":
            lines[n] = replace(line, pack=line.pack * 2)
        else:
            again = replace(line.order, id=UUID(int=5), number="AGAIN", at=line.order.at + timedelta(hours=3))
            orders.append(again)
            lines.append(replace(line, order=again))
            wrong.add(("asked_twice", "AGAIN"))
        wrong |= {("unlike", f"{aspect}/{line.order.number}")} if aspect != "twice" else set()
    early, moved = chance.sample([one for one in last if one.place.vendor_code == "CODE0"], 2)
    far = replace(early, window_end=early.at + timedelta(days=40))
    elsewhere = replace(moved, ship_to="FC99")
    swapped = {early.id: far, moved.id: elsewhere}
    orders = [swapped.get(one.id, one) for one in orders]
    lines = [replace(one, order=swapped.get(one.order.id, one.order)) for one in lines]
    wrong |= {("unlike", f"window/{early.number}"), ("unlike", f"centre/{moved.number}")}
    deliveries = list(told.deliveries)
    closed = [n for n, one in enumerate(deliveries) if one.order.window_end and one.order.window_end < WEEK]
    unsent, lost = chance.sample(closed, 2)
    deliveries[unsent] = replace(deliveries[unsent], shipped=0, received=0, shipped_at=None, received_at=None)
    deliveries[lost] = replace(deliveries[lost], received=0, received_at=None, shipped_at=NOW - timedelta(days=40))
    wrong |= {("not_shipped", deliveries[unsent].order.number), ("not_received", deliveries[lost].order.number)}
    waiting = [*told.waiting[1:], replace(told.waiting[0], since=NOW - timedelta(hours=5))]
    wrong.add(("stuck", told.waiting[0].number))
    days = [
        replace(one, overrides=one.hits // 2) if one.rule_id.int == 2 and one.day == NOW - timedelta(days=2) else one
        for one in told.days
    ]
    wrong.add(("rule_moved", "Rule 1"))
    overridden = [
        *told.overridden,
        *(
            RuleLine(UUID(int=3), "Rule", "SKU-NEW", NOW - timedelta(hours=9 - n), UUID(int=70 + n), "more")
            for n in range(3)
        ),
    ]
    wrong.add(("same_override", "SKU-NEW"))
    return Story(orders, lines, deliveries, waiting, days, overridden, wrong)


def look(told: Story) -> dict[tuple[str, str], Finding]:
    """What the recurring job would have told in the last week, each by its cause and key."""
    found: dict[tuple[str, str], Finding] = {}

    def keep(*findings: Finding | None) -> None:
        for one in findings:
            if one is not None:
                found.setdefault((one.cause, one.key), one)

    fresh = {order.id for order in told.orders if order.at >= WEEK}
    keep(*arriving.asked_twice(told.lines, fresh), *arriving.unlike_lines(told.lines, fresh))
    first_for: dict[tuple[Place, str], datetime] = {}
    for order in told.orders:
        if order.ship_to:
            first_for[order.place, order.ship_to] = min(first_for.get((order.place, order.ship_to), NOW), order.at)
    keep(*arriving.unlike_orders(told.orders, fresh, first_for))
    keep(*following.not_shipped(told.deliveries, NOW), *following.not_received(told.deliveries, NOW))
    keep(*following.stuck(told.waiting, NOW), *book.same_override(told.overridden))
    for n in range(7):
        keep(*book.moved([one for one in told.days if one.day < WEEK + timedelta(days=n)]))
    units: dict[UUID, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for line in told.lines:
        so_far = units[line.order.id]
        units[line.order.id] = (so_far[0] + line.units, so_far[1] + line.units * (line.cost or 0))
    hours: dict[Place, dict[datetime, list[OrderFact]]] = defaultdict(lambda: defaultdict(list))
    for order in told.orders:
        hours[order.place][order.at.replace(minute=0, second=0, microsecond=0)].append(order)
    for place, of_place in hours.items():
        buckets = [
            Bucket(hour, len(some), sum(units[o.id][0] for o in some), sum((units[o.id][1] for o in some), Decimal(0)))
            for hour, some in sorted(of_place.items())
        ]
        for n in range(0, 7 * 24, 8):
            until = WEEK + timedelta(hours=n + 1)
            known = [bucket for bucket in buckets if bucket.hour < until]
            last = max(order.at for order in of_place[known[-1].hour])
            rhythm = Rhythm(place, BERLIN, known, last, until)
            still = silence(rhythm)
            keep(still)
            if still is None and n % 24 == 0:
                keep(season(rhythm))
    return found


def named(one: Finding, told: Story) -> tuple[str, str]:
    numbers = {order.id: order.number for order in told.orders}
    aspect = one.message.rpartition("unlike_")[2]
    if one.cause in ("silence", "season"):
        return one.cause, str(one.values["vendor_code"])
    if one.cause == "rule_moved":
        return one.cause, str(one.values["rule"])
    if one.cause == "same_override":
        return one.cause, str(one.values["sku"])
    if one.cause == "stuck":
        return one.cause, str(one.values["number"])
    number = numbers[one.order_id] if one.order_id else ""
    return one.cause, f"{aspect}/{number}" if one.cause == "unlike" else number


def test_every_injected_anomaly_is_found_once_and_at_most_one_false_a_week_per_thousand_orders() -> None:
    false = orders = 0
    for seed in SEEDS:
        told = inject(story(seed), seed)
        names = Counter(named(one, told) for one in look(told).values())
        assert {name for name in told.injected if names[name] != 1} == set(), seed
        false += sum(count for name, count in names.items() if name not in told.injected)
        orders += sum(order.at >= WEEK for order in told.orders)
    assert orders / len(SEEDS) > 900, "a thousand orders a week"
    assert false * 1000 <= orders, (false, orders)


def test_an_order_that_asks_again_is_worth_the_lines_that_do() -> None:
    told = inject(story(1), 1)
    [again] = [one for one in look(told).values() if named(one, told) == ("asked_twice", "AGAIN")]
    its = [line.sequence for line in told.lines if line.order.number == "AGAIN"]
    assert (again.subject, again.values["lines"]) == ({"lines": its}, 1)


def test_an_ordinary_week_tells_next_to_nothing() -> None:
    assert len(look(story(1))) <= 1


def test_every_finding_has_a_declared_message_a_cause_and_a_fix_that_is_an_act() -> None:
    told = inject(story(0), 0)
    for one in look(told).values():
        assert set(one.values) == set(NOTICES[one.message]), one.message
        assert CAUSES[one.cause].anomaly
    for name, cause in CAUSES.items():
        if cause.anomaly:
            assert set(cause.fixes) - {"acknowledge"}, name


def test_what_is_not_known_is_not_told() -> None:
    place = Place(UUID(int=1), "CODE0", "A1PA6795UKMFR9")
    order = OrderFact(UUID(int=1), "PO1", place, NOW, "FC1", NOW - timedelta(days=9))
    few = [Bucket(NOW - timedelta(days=n), 1, 1, Decimal(1)) for n in range(30, 25, -1)]
    rhythm = Rhythm(place, BERLIN, few, NOW - timedelta(days=26), NOW)
    assert (silence(rhythm), season(rhythm)) == (None, None)
    assert following.not_shipped([Delivery(order, 10, 0, 0)], NOW) == [], "no shipment of this code was ever seen"
    sent = Delivery(order, 10, 10, 0, NOW - timedelta(days=60))
    assert following.not_received([sent], NOW) == [], "nobody knows how long this centre takes"
    assert arriving.unlike_lines([LineFact(order, "1", "B1", 1, 1, Decimal(9), "EUR")], {order.id}) == []


def test_the_season_of_last_year_counts() -> None:
    place = Place(UUID(int=1), "CODE0", "A1PA6795UKMFR9")
    usual = dict.fromkeys(range(70), 100)
    for peak in (0, 52):
        usual[peak] = 300
    weeks = [Bucket(NOW - timedelta(days=7 * n + 3), 5, units, Decimal(units)) for n, units in usual.items()]
    known = Rhythm(place, BERLIN, weeks, NOW, NOW)
    assert season(known) is None, "the same peak as a year ago"
    first = season(replace(known, buckets=[each for each in weeks if each.hour > NOW - timedelta(days=150)]))
    assert first is not None
    assert (first.message, first.values["now"], first.values["usual"]) == ("supply.anomaly.units_high", 300, 100)
