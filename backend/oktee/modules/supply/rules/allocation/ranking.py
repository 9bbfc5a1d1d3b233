"""Which of two demands comes first by each strategy, and how dear a piece of each SKU is to those that weigh."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import Allocation, Demand, Strategy, Supply, Weights

IN_FULL = Decimal("0.95")
"""The trailing fill above which units that were confirmed and not shipped are not charged."""
FIRST_TYPES = frozenset({"RushOrder", "NewProductIntroduction"})
PRICE_ROUNDS, PRICE_STEPS = 4, 16


def precedes(first: Demand, second: Demand, rules: Allocation, weights: Weights | None = None) -> Strategy:
    """The strategy by which the first is served before the second; FAIR_SHARE when they share."""
    for tier in rules.tiers:
        if tier is Strategy.FAIR_SHARE:
            return tier
        if key_of(tier, first, rules, weights or {}) != key_of(tier, second, rules, weights or {}):
            return tier
    return Strategy.FIFO


def first_come(demand: Demand) -> tuple[datetime, str, tuple[int, int, str]]:
    number, sequence = demand.key
    place = (0, int(sequence), sequence) if sequence.isascii() and sequence.isdigit() else (1, 0, sequence)
    return (demand.placed_at, number, place)


def key_of(tier: Strategy, demand: Demand, rules: Allocation, weights: Weights) -> Any:
    """Less is served first."""
    match tier:
        case Strategy.PRIORITY:
            return _rank(demand, rules.priority)
        case Strategy.EARLIEST_WINDOW_END:
            end = demand.window_end
            return (True, 0.0) if end is None else (False, end.timestamp())
        case Strategy.MARGIN:
            margin = demand.margin
            return (
                (True, Fraction(0))
                if margin is None
                else (False, -Fraction(margin) / _weight(demand, weights.get(tier, {})))
            )
        case Strategy.FEE_AVOIDANCE:
            charge = Fraction(demand.charge or 0)
            return (-charge / _weight(demand, weights.get(tier, {})), uncharged(demand))
        case Strategy.FILL_AVOIDANCE:
            fill = demand.fill
            if fill is None:
                return (2, Decimal(0))
            return (0, IN_FULL - fill) if fill < IN_FULL else (1, fill - IN_FULL)
        case _:
            return (demand.placed_at.timestamp(),)


def _rank(demand: Demand, priority: tuple[str, ...]) -> tuple[bool, int]:
    names = (demand.marketplace, demand.vendor_code, demand.order_type, demand.destination)
    listed = min((priority.index(name) for name in names if name in priority), default=len(priority))
    return (demand.order_type not in FIRST_TYPES, listed)


def _weight(demand: Demand, weights: Mapping[UUID, Fraction]) -> Fraction:
    """The scarce pieces that one each takes."""
    scarce = sum((weights.get(component, Fraction(1)) * n for component, n in demand.pieces.items()), Fraction(0))
    return scarce or Fraction(sum(demand.pieces.values()))


def earned(demand: Demand, units: int) -> float:
    return float(demand.margin or 0) * units


def uncharged(demand: Demand) -> Fraction:
    """So many units must be given for nothing to be charged for the rest."""
    return demand.asked * (1 - Fraction(demand.free_share))


def spared(demand: Demand, units: int) -> float:
    return float(demand.charge or 0) * min(units, float(uncharged(demand)))


VALUE = {Strategy.MARGIN: earned, Strategy.FEE_AVOIDANCE: spared}


def weigh(demands: Sequence[Demand], supply: Supply, tier: Strategy) -> dict[UUID, Fraction]:
    """How dear a piece of each SKU is: the price at which just as much is worth taking as there is; 0 when there is enough.

    Of one SKU alone any price gives the same order, so none is sought.
    """
    components = sorted({component for each in demands for component in each.pieces})
    if len(components) == 1:
        return {}
    value = VALUE[tier]
    offers = [
        (value(each, 1), [(components.index(c), n) for c, n in each.pieces.items()], each.asked) for each in demands
    ]
    there = [supply[component][-1].pieces for component in components]
    prices = [0.0] * len(components)
    dearest = max((worth for worth, _, _ in offers), default=0.0)
    for _ in range(PRICE_ROUNDS):
        for place, most in enumerate(there):
            low, high = 0.0, dearest
            for _ in range(PRICE_STEPS):
                prices[place] = (low + high) / 2
                asked = 0
                for worth, pieces, units in offers:
                    if worth > sum(prices[c] * n for c, n in pieces):
                        asked += units * sum(n for c, n in pieces if c == place)
                low, high = (prices[place], high) if asked > most else (low, prices[place])
            prices[place] = high
    scale = max(prices) or 1.0
    return {
        component: Fraction(round(price / scale * 10**6), 10**6)
        for component, price in zip(components, prices, strict=True)
    }
