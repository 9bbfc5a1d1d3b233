"""Plays one quarter under one policy: shows the policy what the ERP shows, ships what is really there, and charges.

The referee knows the truth and no policy by name. Each policy answers with units accepted and backordered by line (the rest is
rejected) and the hour of the answer; then all are treated alike:

- Goods leave at 17:00 of a working day, from the day they are ready (cut-off 12:00, one working day to prepare) and never so
  early that they would arrive before the window. What has the earliest last day goes first. Other customers come before, at noon.
- A unit is kept when it leaves by the last day on which it can be there by the end of the window (of a backorder: by the day
  promised). What stays short of that is not shippable as promised; it is still sent when the stock comes within 14 days,
  and then the promise is cancelled.
- Charges are those of catalog/fee_facts.py for the country on the day: not filled (confirmed and never delivered; waived by
  the trailing fill of the vendor code), not on time (delivered after the promise, the carrier's delays included; waived by
  the trailing four weeks), rejected beyond the free share of a line (waived by the share rejected of the product over the
  quarter). A measure without history waives nothing. A backorder is measured by its own date.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from oktee.catalog.fee_facts import FACTS, FeeRule, rule_of

from bench.policy.world import DAYS, TAIL, Ordered, Receipt, World, day_date

PATIENCE: Final = 14
"""Days after its last day for which a promise is still served."""
FIRST_FIGURE, LAST_FIGURE, STEP = 6, 20, 2
"""Hours at which the ERP writes its figures."""
READY, PICK, ARRIVE, SELL = 12.0, 17.0, 7.0, 12.0


class Figure(NamedTuple):
    """What the ERP says of a product as of an hour."""

    on_hand: int
    reserved: int
    as_of: float


class Answered(NamedTuple):
    """The answer to a line: units, and the last day promised for those backordered."""

    accepted: int
    backordered: int = 0
    by_day: int = 0


class Policy(Protocol):
    """Answers orders. `hours`: at which it wants to look again, besides when orders arrive."""

    def hours(self) -> Sequence[float]: ...

    def answer(self, hour: float, orders: Sequence[Ordered], erp: "Erp") -> Iterator[tuple[Ordered, list[Answered]]]:
        """Orders answered now; those left out are answered another time."""


@dataclass(slots=True)
class _Promise:
    code: str
    units: int
    cents: int
    ready: int
    last: int
    closes: int
    on_the_road: int


@dataclass(slots=True)
class Verdict:
    """What a policy did in a quarter. Money in cents."""

    asked: int = 0
    confirmed: int = 0
    value_confirmed: int = 0
    value_kept: int = 0
    value_shipped: int = 0
    not_shippable: int = 0
    never_shipped: int = 0
    late_answers: int = 0
    charges: dict[str, float] = field(default_factory=lambda: {"not_filled": 0.0, "not_on_time": 0.0, "rejected": 0.0})

    @property
    def charged(self) -> float:
        return sum(self.charges.values())


class Erp:
    """The figures a policy may look at: the last that were written, and what is announced."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.as_of = -4.0
        self.on_hand = [units + more for units, more in zip(world.opening, world.overstated, strict=True)]
        self.reserved = [0] * len(world.items)

    def figure(self, sku: int) -> Figure:
        return Figure(self.on_hand[sku], self.reserved[sku], self.as_of)

    def inbound(self, sku: int, day: int) -> list[Receipt]:
        """Announced and not arrived, by what the figures know; a day that passed in silence is announced no more."""
        return [
            each
            for each in self.world.receipts[sku]
            if each.announced <= day and each.eta >= day and (each.day is None or each.day * 24 + ARRIVE > self.as_of)
        ]


class _Quarter:
    def __init__(self, world: World, policy: Policy) -> None:
        self.world, self.policy = world, policy
        self.erp = Erp(world)
        self.shelf = list(world.opening)
        self.imported = [0] * len(world.items)
        self.imports: deque[tuple[float, int, int]] = deque()
        self.open: list[list[_Promise]] = [[] for _ in world.items]
        self.arrivals: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for sku, receipts in enumerate(world.receipts):
            for each in receipts:
                if each.day is not None and each.arrives:
                    self.arrivals[each.day].append((sku, each.arrives))
        self.found = Verdict()
        self.rules: dict[tuple[str, int], FeeRule | None] = {}
        # By vendor code and week: units confirmed, delivered, in time; and what would be charged there.
        self.filled: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        self.timed: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        self.missing: dict[tuple[str, int], float] = defaultdict(float)
        self.late: dict[tuple[str, int], float] = defaultdict(float)
        self.turned_down: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        self.rejected: list[tuple[str, int, int, float]] = []

    def play(self) -> Verdict:
        events: list[tuple[float, int, object]] = []
        for day in range(DAYS + TAIL):
            events.append((day * 24 + ARRIVE, 0, day))
            events.append((day * 24 + SELL, 1, day))
            if self.world.works(day):
                events.append((day * 24 + PICK, 2, day))
            if day not in self.world.silent:
                events += [(day * 24 + hour, 3, day) for hour in range(FIRST_FIGURE, LAST_FIGURE + 1, STEP)]
        events += [(hour, 4, orders) for hour, orders in self.world.bursts]
        events += [(hour, 5, ()) for hour in self.policy.hours()]
        acts = (self._arrive, self._sell, self._ship, self._write)
        for hour, kind, what in sorted(events, key=lambda each: each[:2]):
            if kind < 4:
                assert isinstance(what, int)
                acts[kind](what, hour)
            else:
                assert isinstance(what, tuple)
                for ordered, answers in self.policy.answer(hour, what, self.erp):
                    self._take(hour, ordered, answers)
        self._charge()
        return self.found

    def _arrive(self, day: int, hour: float) -> None:
        for sku, units in self.arrivals.get(day, ()):
            self.shelf[sku] += units

    def _sell(self, day: int, hour: float) -> None:
        shelf = self.shelf
        for sku, sold in enumerate(self.world.elsewhere):
            shelf[sku] = max(0, shelf[sku] - sold[day])

    def _write(self, day: int, hour: float) -> None:
        while self.imports and self.imports[0][0] <= hour:
            _, sku, units = self.imports.popleft()
            self.imported[sku] += units
        self.erp.on_hand = [units + more for units, more in zip(self.shelf, self.world.overstated, strict=True)]
        self.erp.reserved = [max(0, units) for units in self.imported]
        self.erp.as_of = hour

    def _take(self, hour: float, ordered: Ordered, answers: list[Answered]) -> None:
        world, found, order = self.world, self.found, ordered.order
        found.late_answers += hour > ordered.hour - 0.25 + 24
        day = int(hour // 24)
        begins = day if hour % 24 < READY else day + 1
        ready = max(world.after(begins, 1), world.before(ordered.opens, ordered.transit))
        for sku, cents, line, answer in zip(ordered.skus, ordered.cents, order.lines, answers, strict=True):
            accepted, backordered, by_day = answer
            taken = accepted + backordered
            assert 0 <= taken <= line.ordered
            found.asked += line.ordered
            found.confirmed += taken
            found.value_confirmed += taken * cents
            for units, closes in ((accepted, ordered.closes), (backordered, by_day)):
                if units:
                    last = world.before(closes, ordered.transit)
                    promise = _Promise(order.vendor_code, units, cents, ready, last, closes, ordered.on_the_road)
                    self.open[sku].append(promise)
                    self.filled[order.vendor_code][closes // 7][0] += units
            if taken:
                self.imports.append((hour + world.lag, sku, taken))
            share = self.turned_down[order.vendor_code, sku]
            share[0] += line.ordered - taken
            share[1] += line.ordered
            rule = self._rule("rejected", ordered.opens)
            if rule is not None and rule.rate is not None and taken < line.ordered:
                beyond = line.ordered - taken - float(rule.threshold or 0) * line.ordered
                if beyond > 0:
                    self.rejected.append((order.vendor_code, sku, ordered.opens, beyond * cents * float(rule.rate)))

    def _ship(self, day: int, hour: float) -> None:
        found = self.found
        for sku, promises in enumerate(self.open):
            if not promises:
                continue
            promises.sort(key=lambda each: each.last)
            kept = []
            for each in promises:
                if each.ready <= day and self.shelf[sku]:
                    units = min(each.units, self.shelf[sku])
                    self.shelf[sku] -= units
                    self.imported[sku] -= units
                    each.units -= units
                    self._deliver(each, units, day)
                if each.units and day >= each.last + PATIENCE:
                    found.never_shipped += each.units
                    found.not_shippable += each.units
                    self.imported[sku] -= each.units
                    self._miss(each)
                elif each.units:
                    kept.append(each)
            self.open[sku] = kept

    def _deliver(self, promise: _Promise, units: int, day: int) -> None:
        found, week = self.found, promise.closes // 7
        value = units * promise.cents
        found.value_shipped += value
        if day <= promise.last:
            found.value_kept += value
        else:
            found.not_shippable += units
        in_time = self.world.after(day, promise.on_the_road) <= max(promise.closes, promise.last)
        self.filled[promise.code][week][1] += units
        timed = self.timed[promise.code][week]
        timed[0] += units * in_time
        timed[1] += units
        rule = self._rule("not_on_time", promise.closes)
        if not in_time and rule is not None and rule.rate is not None:
            self.late[promise.code, week] += value * float(rule.rate)

    def _miss(self, promise: _Promise) -> None:
        rule = self._rule("not_filled", promise.closes)
        if rule is not None and rule.rate is not None:
            self.missing[promise.code, promise.closes // 7] += promise.units * promise.cents * float(rule.rate)

    def _charge(self) -> None:
        """What was not waived. Promises that are still open have not been missed yet: the tail is long enough for all."""
        assert not any(self.open)
        charges = self.found.charges
        for (code, week), amount in self.missing.items():
            if not self._waived("not_filled", week, self.filled[code], part=1, whole=0):
                charges["not_filled"] += amount
        for (code, week), amount in self.late.items():
            if not self._waived("not_on_time", week, self.timed[code], part=0, whole=1):
                charges["not_on_time"] += amount
        for code, sku, day, amount in self.rejected:
            rule = self._rule("rejected", day)
            turned_down, asked = self.turned_down[code, sku]
            assert rule is not None
            if rule.waiver_rate is None or turned_down >= float(rule.waiver_rate) * asked:
                charges["rejected"] += amount

    def _waived(self, kind: str, week: int, sums: dict[int, list[int]], *, part: int, whole: int) -> bool:
        rule = self._rule(kind, week * 7)
        if rule is None or rule.waiver_rate is None or rule.waiver_weeks is None:
            return False
        weeks = [sums[each] for each in range(week - rule.waiver_weeks + 1, week + 1) if each in sums]
        total = sum(each[whole] for each in weeks)
        return total > 0 and sum(each[part] for each in weeks) > float(rule.waiver_rate) * total

    def _rule(self, kind: str, day: int) -> FeeRule | None:
        key = (kind, day)
        if key not in self.rules:
            self.rules[key] = rule_of(FACTS, kind, country=self.world.country, on=day_date(day))
        return self.rules[key]


def judge(world: World, policy: Policy) -> Verdict:
    """The quarter of this world under this policy."""
    return _Quarter(world, policy).play()
