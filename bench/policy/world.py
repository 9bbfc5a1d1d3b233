"""A vendor's quarter by seed: its products, what arrives and what does not, what others buy, and what Amazon orders.

All of it is drawn before anybody answers, from the seed alone: it is the same for every policy, and no policy changes what
Amazon orders later.

- 300 products of one vendor, asked for by a Zipf law; cases of 4 to 24; a safety stock of what other customers buy in a day.
- 2,000 orders of 3 to 9 lines in three bursts a working day and one on Saturday: more on Mondays, a season that bends the
  quarter up or down by up to 40 %; 3 vendor codes (prepaid and collect), 8 fulfilment centres 1 to 4 days away; rush orders;
  6 % of the lines are no whole cases; 4 % have another cost than agreed; 40 % may be backordered.
- Receipts every one or two weeks of about what is needed; each is announced three weeks ahead. 25 % come 1 to 10 days late,
  15 % are short, 3 % never come. Nobody is told before the day.
- Other customers buy a quarter of what Amazon does, from the same shelf, without asking.
- The ERP's figures are written every two hours from 6 to 20; on 3 % of the days not at all. They know of what was confirmed
  to Amazon one to eight hours after. Of 4 % of the products they say a little more than is on the shelf.
- The warehouse works Monday to Friday but for two holidays. The carrier takes a day more than it should in 12 %, three in 3 %.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.inputs import ItemSnapshot, LineInput, LineKey, OrderInput, Window
from oktee.modules.supply.rules.logistics import Centre, Logistics, Terms, Warehouse

DAYS: Final = 91
TAIL: Final = 50
"""Days after the quarter in which its last orders are shipped or not."""
ORDERS, SKUS = 2000, 300
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""
BURSTS: Final = (3.5, 9.75, 14.25)
"""Hours of a working day at which orders arrive."""
SATURDAY: Final = 10.5
WAREHOUSE: Final = "W1"
CENTRES: Final = {"C1": 1, "C2": 1, "C3": 2, "C4": 2, "C5": 2, "C6": 3, "C7": 3, "C8": 4}
CODES: Final = {"AAA01": "prepaid", "BBB02": "prepaid", "CCC03": "collect"}
MARKETS: Final = {"US": ("ATVPDKIKX0DER", "USD"), "DE": ("A1PA6795UKMFR9", "EUR")}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery of a supplier: as announced, and what becomes of it (day None: it never comes)."""

    announced: int
    eta: int
    quantity: int
    day: int | None
    arrives: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it arrives at an hour, with what only the referee knows: how long the carrier really takes."""

    hour: float
    order: OrderInput
    skus: tuple[int, ...]
    cents: tuple[int, ...]
    transit: int
    on_the_road: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class World:
    """A quarter. Lists by product are in the order of `items`."""

    country: str
    items: tuple[ItemSnapshot, ...]
    opening: tuple[int, ...]
    overstated: tuple[int, ...]
    receipts: tuple[tuple[Receipt, ...], ...]
    elsewhere: tuple[tuple[int, ...], ...]
    bursts: tuple[tuple[float, tuple[Ordered, ...]], ...]
    silent: frozenset[int]
    lag: float
    closed: frozenset[int]
    candidates: dict[LineKey, Candidates[ItemSnapshot]]
    logistics: Logistics

    def works(self, day: int) -> bool:
        return day % 7 < 5 and day not in self.closed

    def after(self, day: int, days: int) -> int:
        """`days` working days after the first working day on or after `day`."""
        while not self.works(day):
            day += 1
        for _ in range(days):
            day += 1
            while not self.works(day):
                day += 1
        return day

    def before(self, day: int, days: int) -> int:
        """`days` working days before the last working day on or before `day`."""
        while not self.works(day):
            day -= 1
        for _ in range(days):
            day -= 1
            while not self.works(day):
                day -= 1
        return day


def instant(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def day_date(day: int) -> date:
    return (START + timedelta(days=day)).date()


def day_of(at: datetime) -> int:
    return (at - START).days


def make(seed: int) -> World:
    """The quarter of a seed."""
    chance = random.Random(f"quarter {seed}")
    country = chance.choice(tuple(MARKETS))
    marketplace, currency = MARKETS[country]
    closed = frozenset(chance.sample([day for day in range(5, DAYS) if day % 7 < 5], 2))
    items = tuple(_item(chance, n, currency) for n in range(SKUS))
    popular = [1 / (n + 1) ** 0.9 for n in range(SKUS)]
    chance.shuffle(popular)
    bursts = _bursts(chance, items, popular, marketplace, currency, closed)
    asked = [0] * SKUS
    for _, orders in bursts:
        for each in orders:
            for sku, line in zip(each.skus, each.order.lines, strict=True):
                asked[sku] += line.ordered
    opening, receipts, elsewhere, known = [], [], [], []
    for n, item in enumerate(items):
        a_day = asked[n] / DAYS
        daily = a_day * 0.25
        elsewhere.append(tuple(_poisson(chance, daily) for _ in range(DAYS + TAIL)))
        safety = round(daily)
        known.append(_with_safety(item, safety))
        opening.append(round((a_day + daily) * chance.uniform(5, 15)))
        receipts.append(_receipts(chance, (a_day + daily) * chance.uniform(0.85, 1.1), item.case_pack or 1))
    items = tuple(known)
    candidates: dict[LineKey, Candidates[ItemSnapshot]] = {}
    hits = [Candidates(by_vendor_sku=(item,)) for item in items]
    for _, orders in bursts:
        for each in orders:
            for sku, line in zip(each.skus, each.order.lines, strict=True):
                candidates[each.order.number, line.sequence] = hits[sku]
    return World(
        country=country,
        items=items,
        opening=tuple(opening),
        overstated=tuple(chance.randint(2, 8) if chance.random() < 0.04 else 0 for _ in range(SKUS)),
        receipts=tuple(receipts),
        elsewhere=tuple(elsewhere),
        bursts=bursts,
        silent=frozenset(day for day in range(1, DAYS) if chance.random() < 0.03),
        lag=chance.uniform(1, 8),
        closed=closed,
        candidates=candidates,
        logistics=Logistics(
            warehouses={WAREHOUSE: Warehouse(WAREHOUSE, UTC, closed=tuple(sorted(day_date(day) for day in closed)))},
            terms={code: Terms(freight=freight, warehouse=WAREHOUSE) for code, freight in CODES.items()},
            centres={name: Centre(country=country) for name in CENTRES},
            transit={(WAREHOUSE, "centre", name, ""): days for name, days in CENTRES.items()},
            countries={marketplace: country},
        ),
    )


def _item(chance: random.Random, n: int, currency: str) -> ItemSnapshot:
    return ItemSnapshot(
        item_id=UUID(int=n + 1),
        sku=f"{4000 + n}",
        title="A product",
        case_pack=chance.choice((4, 6, 8, 12, 24)),
        cost_price=Decimal(chance.randint(300, 4000)) / 100,
        currency=currency,
        as_of=START,
    )


def _with_safety(item: ItemSnapshot, safety: int) -> ItemSnapshot:
    return ItemSnapshot(
        item_id=item.item_id, sku=item.sku, title=item.title, case_pack=item.case_pack, cost_price=item.cost_price,
        currency=item.currency, as_of=item.as_of, safety_stock=safety,
    )  # fmt: skip


def _bursts(
    chance: random.Random,
    items: tuple[ItemSnapshot, ...],
    popular: list[float],
    marketplace: str,
    currency: str,
    closed: frozenset[int],
) -> tuple[tuple[float, tuple[Ordered, ...]], ...]:
    slope, bend = chance.uniform(-0.4, 0.4), chance.uniform(-0.2, 0.2)
    moments, weights = [], []
    for day in range(DAYS):
        week = day / DAYS
        season = 1 + slope * (2 * week - 1) + bend * (1 - (2 * week - 1) ** 2)
        if day % 7 < 5:
            for hour in BURSTS:
                moments.append(day * 24 + hour)
                weights.append(season * (2 if day % 7 == 0 else 1))
        elif day % 7 == 5:
            moments.append(day * 24 + SATURDAY)
            weights.append(season * 0.5)
    hours = sorted(chance.choices(moments, weights, k=ORDERS))
    found: dict[float, list[Ordered]] = {}
    for number, hour in enumerate(hours):
        found.setdefault(hour, []).append(_order(chance, number, hour, items, popular, marketplace, currency))
    return tuple((hour, tuple(orders)) for hour, orders in found.items())


def _order(
    chance: random.Random,
    number: int,
    hour: float,
    items: tuple[ItemSnapshot, ...],
    popular: list[float],
    marketplace: str,
    currency: str,
) -> Ordered:
    code = chance.choice(tuple(CODES))
    centre = chance.choice(tuple(CENTRES))
    rush = chance.random() < 0.03
    opens = int(hour // 24) + (chance.randint(1, 2) if rush else chance.randint(3, 8))
    closes = opens + (chance.randint(2, 3) if rush else chance.randint(4, 9))
    skus = sorted(set(chance.choices(range(SKUS), popular, k=chance.randint(3, 9))))
    chance.shuffle(skus)
    lines, cents = [], []
    for sequence, sku in enumerate(skus, 1):
        item = items[sku]
        case = item.case_pack or 1
        units = case * chance.choice((1, 1, 2, 2, 3, 4, 6))
        if chance.random() < 0.06:
            units += chance.randint(1, case - 1)
        cost = item.cost_price or Decimal(0)
        if chance.random() < 0.04:
            cost = (cost * Decimal(chance.choice((97, 99, 99, 101))) / 100).quantize(Decimal("0.01"))
        cents.append(int(cost * 100))
        lines.append(
            LineInput(
                sequence=str(sequence),
                asin=f"B0{sku:08d}",
                vendor_product_identifier=item.sku,
                ordered=units,
                unit_of_measure="Eaches",
                unit_size=1,
                net_cost=cost,
                currency=currency,
                backorder_allowed=chance.random() < 0.4,
            )
        )
    collect = CODES[code] == "collect"
    road = 0 if collect else CENTRES[centre]
    luck = chance.random()
    order = OrderInput(
        number=f"P{number:07d}",
        marketplace_id=marketplace,
        vendor_code=code,
        order_type="RushOrder" if rush else "RegularOrder",
        placed_at=instant(hour - 0.25),
        revision=1,
        freight="collect" if collect else "prepaid",
        window=Window(instant(opens * 24), instant(closes * 24 + 23.9)),
        import_order=False,
        lines=tuple(lines),
        destination=centre,
    )
    late = 0 if collect or luck < 0.85 else 1 if luck < 0.97 else 3
    return Ordered(hour, order, tuple(skus), tuple(cents), road, road + late, opens, closes)


def _receipts(chance: random.Random, a_day: float, case: int) -> tuple[Receipt, ...]:
    every = chance.choice((7, 14))
    found, eta = [], chance.randint(1, every)
    while eta < DAYS + 14:
        quantity = max(case, round(a_day * every * chance.lognormvariate(0, 0.2) / case) * case)
        day: int | None = eta
        arrives, luck = quantity, chance.random()
        if luck < 0.03:
            day, arrives = None, 0
        elif luck < 0.28:
            day = eta + chance.randint(1, 10)
        if chance.random() < 0.15:
            arrives = round(arrives * chance.uniform(0.5, 0.95))
        found.append(Receipt(eta - 21, eta, quantity, day, arrives))
        eta += every
    return tuple(found)


def _poisson(chance: random.Random, mean: float) -> int:
    """Of a small mean exactly, of a large one by the normal law."""
    if mean > 30:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    limit, product, found = 2.718281828459045**-mean, 1.0, 0
    while True:
        product *= chance.random()
        if product <= limit:
            return found
        found += 1
