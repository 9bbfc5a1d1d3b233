"""Gives out scarce stock tier by tier (ORDER-RULES 5)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from math import gcd
from typing import Any
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import (
    Allocation,
    Allotted,
    Demand,
    DemandKey,
    Level,
    Strategy,
    Supply,
)
from oktee.modules.supply.rules.allocation.ranking import VALUE, first_come, key_of, uncharged, weigh

Plan = list[tuple[Demand, int]]
"""Whom to serve, one after the other, up to how much in all."""
ROUNDS = 6
"""How often a plan is changed at most in search of a better one."""


def allocate(demands: Iterable[Demand], supply: Supply, rules: Allocation) -> Allotted:
    """The same for the same demands, in whatever order they come.

    Of one SKU no demand gets more than it asks, all together never more than there is by any day, and more supply never
    gives less in all.
    """
    ranked = sorted(demands, key=first_come)
    found = _once(ranked, supply, rules)
    if not _may_lose(ranked, rules):
        return found
    # Cases of several sizes: a share or a threshold may fit a little less of a little more. What less supply gave, more can.
    # Nothing that could still be given is left over, so only levels within one step can give more.
    component = next(iter(ranked[0].pieces))
    best = _pieces(found, ranked, component)
    step = max(max(each.multiple, each.lot) * each.pieces[component] for each in ranked)
    for less in range(1, min(step, supply[component][-1].pieces - best)):
        smaller = [Level(level.day, max(0, level.pieces - less)) for level in supply[component]]
        other = _once(ranked, {component: smaller}, rules)
        if (pieces := _pieces(other, ranked, component)) > best:
            found, best = other, pieces
    return found


def _may_lose(demands: list[Demand], rules: Allocation) -> bool:
    weighing = {Strategy.FAIR_SHARE, Strategy.FEE_AVOIDANCE, Strategy.MARGIN}
    single = len({component for each in demands for component in each.pieces}) == 1
    return single and not _alike(demands) and bool(weighing.intersection(rules.tiers))


def _pieces(found: Allotted, demands: Iterable[Demand], component: UUID) -> int:
    return sum(found.units[each.key] * each.pieces[component] for each in demands)


def _once(ranked: Sequence[Demand], supply: Supply, rules: Allocation) -> Allotted:
    run = _Run(ranked, supply, rules)
    run.serve(list(ranked), rules.tiers)
    for demand in ranked:
        run.give(demand)  # nothing that somebody can use stays
    passed = frozenset(key for key in run.passed if not run.given[key])
    return Allotted(run.given, tuple(run.served), passed, run.weights)


class _Run:
    """What is left while the demands are served."""

    def __init__(self, demands: Sequence[Demand], supply: Supply, rules: Allocation) -> None:
        self.rules = rules
        self.left = {component: [level.pieces for level in levels] for component, levels in supply.items()}
        self.given = {demand.key: 0 for demand in demands}
        self.served: list[DemandKey] = []
        self.passed: set[DemandKey] = set()
        self.weights = {tier: weigh(demands, supply, tier) for tier in rules.tiers if tier in VALUE}
        self._takes = {
            demand.key: [self._take(demand, component, supply) for component in demand.pieces] for demand in demands
        }

    def _take(self, demand: Demand, component: UUID, supply: Supply) -> tuple[list[int], int, int, int]:
        last = 0
        for place, level in enumerate(supply[component]):
            if level.day is not None and demand.until is not None and level.day <= demand.until:
                last = place
        return self.left[component], last, demand.pieces[component], demand.keep.get(component, 0)

    def serve(self, group: list[Demand], tiers: tuple[Strategy, ...]) -> None:
        """Serve these by the tiers that are left; they came in the order in which equals are served."""
        if len(group) == 1 or not tiers:
            for demand in group:
                self.give(demand)
            return
        tier, rest = tiers[0], tiers[1:]
        if tier is Strategy.FAIR_SHARE:
            self._share(group, rest)
        elif tier is Strategy.FEE_AVOIDANCE:
            self._best(group, self._sparing(group), VALUE[tier])
            self.serve(group, rest)
        elif tier is Strategy.MARGIN and not _alike(group):
            self._best(group, [(each, each.asked) for each in self._in_order(group, (tier, *rest))], VALUE[tier])
        else:

            def key(demand: Demand) -> Any:
                return key_of(tier, demand, self.rules, self.weights)

            for _, equals in groupby(sorted(group, key=key), key=key):  # sorted keeps the order of equals
                self.serve(list(equals), rest)

    def give(self, demand: Demand, most: int | None = None) -> None:
        """As much as there is and is of use, up to `most` in all."""
        have = self.given[demand.key]
        wanted = demand.asked if most is None else min(most, demand.asked)
        if wanted <= have:
            return
        units = min(wanted, have + self.room(demand))
        offered = units
        units -= units % demand.multiple
        if units <= have or units < min(demand.lot, demand.asked - demand.asked % demand.multiple):
            if offered:
                self.passed.add(demand.key)
            return
        for left, last, pieces, _ in self._takes[demand.key]:
            for level in range(last, len(left)):
                left[level] -= (units - have) * pieces
        if not have:
            self.served.append(demand.key)
        self.given[demand.key] = units

    def room(self, demand: Demand) -> int:
        """Eaches that could still be given: no level by which something must be there may be overdrawn."""
        return max(0, min((min(left[last:]) - keep) // n for left, last, n, keep in self._takes[demand.key]))

    def _share(self, group: list[Demand], rest: tuple[Strategy, ...]) -> None:
        """Whole cases in proportion; what that leaves goes to the largest remainder, then in the order of the other tiers."""
        wanted = {each.key: each.asked - each.asked % each.multiple for each in group}
        level: dict[UUID, Fraction] = {}
        for component in {component for each in group for component in each.pieces}:
            asking = [each for each in group if component in each.pieces]
            need = sum(wanted[each.key] * each.pieces[component] for each in asking)
            step = gcd(*(each.multiple * each.pieces[component] for each in asking))
            most = max(self._reach(each, component) for each in asking)
            level[component] = Fraction(min(need, most - most % step), need) if need else Fraction(1)
        quotas = {each.key: wanted[each.key] * min(level[component] for component in each.pieces) for each in group}
        for each in group:
            self.give(each, int(quotas[each.key]))

        def rest_of(each: Demand) -> Fraction:
            return quotas[each.key] / each.multiple % 1

        for _, equals in groupby(sorted(group, key=rest_of, reverse=True), key=rest_of):
            for each in self._in_order(list(equals), rest):
                if rest_of(each):
                    self.give(each, self.given[each.key] + each.multiple)
        self.serve(group, rest)

    def _reach(self, demand: Demand, component: UUID) -> int:
        left, last, _, keep = self._takes[demand.key][list(demand.pieces).index(component)]
        return max(0, min(left[last:]) - keep)

    def _in_order(self, group: list[Demand], tiers: tuple[Strategy, ...]) -> list[Demand]:
        found = list(group)
        for tier in reversed(tiers):
            if tier is not Strategy.FAIR_SHARE:
                found.sort(key=lambda each: key_of(tier, each, self.rules, self.weights))
        return found

    def _sparing(self, group: list[Demand]) -> Plan:
        """The cases that spare the most charges first, of equals the line that lacks the least."""
        cases = []
        for place, each in enumerate(group):
            density, missing = key_of(Strategy.FEE_AVOIDANCE, each, self.rules, self.weights)
            free = uncharged(each)
            whole = int(free) - int(free) % each.multiple
            cases.append((density, missing, place, whole))
            if free > whole:
                cases.append((density * (free - whole) / each.multiple, missing, place, whole + each.multiple))
        return [(group[place], most) for _, _, place, most in sorted(cases)]

    def _best(self, group: list[Demand], plan: Plan, value: Callable[[Demand, int], float]) -> None:
        """Carry the plan out; where cases differ in size, change it by one line as long as that is worth more."""
        before = self._mark()

        def worth(tried: Plan) -> float:
            self._back(before)
            for demand, most in tried:
                self.give(demand, most)
            return sum(value(each, self.given[each.key]) for each in group)

        best = worth(plan)
        for _ in range(0 if _alike(group) else ROUNDS):
            better = plan
            for tried in list(self._changed(group, plan)):
                if (worth_of := worth(tried)) > best:
                    best, better = worth_of, tried
            if better is plan:
                break
            plan = better
            worth(plan)
        worth(plan)

    def _changed(self, group: list[Demand], plan: Plan) -> Iterator[Plan]:
        """The plan with one line served first, or with one line given less: a case, two, or nothing."""
        for each in group:
            have = self.given[each.key]
            for more in (1, 2, 3):
                if have + more * each.multiple <= each.asked:
                    yield [(each, have + more * each.multiple), *plan]
            for less in sorted({have - each.multiple, have - 2 * each.multiple, 0}):
                if 0 <= less < have:
                    yield [(demand, min(most, less) if demand is each else most) for demand, most in plan]

    def _mark(self) -> tuple[dict[UUID, list[int]], dict[DemandKey, int], list[DemandKey]]:
        return {component: list(left) for component, left in self.left.items()}, dict(self.given), list(self.served)

    def _back(self, mark: tuple[dict[UUID, list[int]], dict[DemandKey, int], list[DemandKey]]) -> None:
        for component, left in mark[0].items():
            self.left[component][:] = left
        self.given, self.served = dict(mark[1]), list(mark[2])


def _alike(group: Sequence[Demand]) -> bool:
    """Every case takes the same of one SKU: then the first in order first is worth the most there is."""
    steps = {(component, pieces * each.multiple) for each in group for component, pieces in each.pieces.items()}
    return len(steps) == 1 and all(each.lot <= each.multiple for each in group)
