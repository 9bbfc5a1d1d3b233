"""Scarce batches by seed: a few SKUs, single lines, packs and bundles of them, cases of several sizes, less than is asked."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import Demand, Level, Supply

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
CASES = (1, 4, 6, 8, 10, 12, 24)


def batch(seed: int) -> tuple[list[Demand], Supply]:
    """The lines of one burst and what there is: 25 to 95 % of what is asked of each SKU."""
    chance = random.Random(seed)
    skus = [UUID(int=n + 1) for n in range(chance.choice((1, 1, 1, 2, 3)))]
    case = {sku: chance.choice(CASES) for sku in skus}
    price = {sku: Decimal(chance.randint(200, 4000)) / 100 for sku in skus}
    demands = []
    for number in range(chance.randint(3, 30)):
        sku = chance.choice(skus)
        kind = chance.random()
        if kind < 0.12:
            pieces = {sku: chance.choice((2, 3, 6))}
            multiple = max(1, case[sku] // pieces[sku])
        elif kind < 0.22 and len(skus) > 1:
            pieces = {each: chance.choice((1, 1, 2)) for each in chance.sample(skus, 2)}
            multiple = chance.choice((1, 1, 4))
        else:
            pieces = {sku: 1}
            multiple = case[sku]
        cost = sum((price[each] * n for each, n in pieces.items()), Decimal(0))
        cost = (cost * Decimal(chance.randint(92, 108)) / 100).quantize(Decimal("0.01"))
        demands.append(
            Demand(
                key=(f"P{number:03d}", "1"),
                pieces=pieces,
                asked=multiple * chance.randint(2, 30),
                placed_at=NOON + timedelta(minutes=chance.randint(0, 15)),
                multiple=multiple,
                charge=cost,  # a rate is the same for all of them: it changes no comparison
                margin=(cost * Decimal(chance.randint(3, 40)) / 100).quantize(Decimal("0.0001")),
            )
        )
    need = {sku: sum(each.asked * each.pieces.get(sku, 0) for each in demands) for sku in skus}
    supply = {sku: (Level(None, int(need[sku] * chance.uniform(0.25, 0.95))),) for sku in skus}
    return demands, supply
