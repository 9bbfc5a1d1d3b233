"""The four policies. All see the same: the ERP's last figures and what is announced; none sees the shelf or the future.

- **OKTee**: `decide_all` with the settings of a new workspace, on each burst together. Its promises count until the ERP's figures name
  them or are six hours younger. What it holds waits for a person, who looks at 9:00 and 16:00 of a working day and at 10:00
  on Saturday and Sunday (somebody must within 24 hours), decides again and takes what is suggested: no better, no worse; a
  line without a suggestion is rejected.
- **accept all**: every line in full, at once.
- **first come**: min(asked, what is there), at once, order by order: the figures less what they say is reserved and what
  this policy confirmed after they were written. No safety stock, no cases, no inbound.
- **minimum cost and stock** (the peers' rule, ORDER-RULES 3): all or nothing by line, at once: in full when the order's cost
  is at least 98 % of the agreed one and the stock left is at least the product's safety stock, else rejected. Stock is counted
  as by first come.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal

from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.inputs import Context, Inbound, StockSnapshot
from oktee.modules.supply.rules.settings import Settings
from oktee.modules.supply.settings import SupplySettings

from bench.policy.referee import Answered, Erp
from bench.policy.world import DAYS, Ordered, World, day_date, day_of, instant

ABSORB_AFTER = 6.0
LEAST_COST = Decimal("0.98")
LOOKS, WEEKEND_LOOK = (9.0, 16.0), 10.0


class AcceptAll:
    """Promises everything."""

    def hours(self) -> Sequence[float]:
        return ()

    def answer(self, hour: float, orders: Sequence[Ordered], erp: Erp) -> Iterator[tuple[Ordered, list[Answered]]]:
        for each in orders:
            yield each, [Answered(line.ordered) for line in each.order.lines]


class _Counting(ABC):
    """Counts what was confirmed after the figures were written."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.since: list[tuple[float, int, int]] = []
        self.taken = [0] * len(world.items)

    def hours(self) -> Sequence[float]:
        return ()

    def answer(self, hour: float, orders: Sequence[Ordered], erp: Erp) -> Iterator[tuple[Ordered, list[Answered]]]:
        self.since = [each for each in self.since if each[0] > erp.as_of]
        self.taken = [0] * len(self.taken)
        for _, sku, units in self.since:
            self.taken[sku] += units
        for each in sorted(orders, key=lambda one: (one.order.placed_at, one.order.number)):
            answers = []
            for sku, line in zip(each.skus, each.order.lines, strict=True):
                figure = erp.figure(sku)
                there = max(0, figure.on_hand - figure.reserved - self.taken[sku])
                units = self.units(sku, line.ordered, line.net_cost or Decimal(0), there)
                answers.append(Answered(units))
                if units:
                    self.taken[sku] += units
                    self.since.append((hour, sku, units))
            yield each, answers

    @abstractmethod
    def units(self, sku: int, asked: int, cost: Decimal, there: int) -> int:
        """What is promised of a line, of what is there."""


class FirstCome(_Counting):
    def units(self, sku: int, asked: int, cost: Decimal, there: int) -> int:
        return min(asked, there)


class MinimumCostAndStock(_Counting):
    def units(self, sku: int, asked: int, cost: Decimal, there: int) -> int:
        item = self.world.items[sku]
        enough = there - asked >= item.safety_stock
        return asked if enough and cost >= LEAST_COST * (item.cost_price or Decimal(0)) else 0


class Oktee:
    """The real rules."""

    def __init__(self, world: World, settings: Settings | None = None) -> None:
        self.world = world
        self.settings = settings or SupplySettings().base()
        self.promised: list[list[tuple[float, int, str]]] = [[] for _ in world.items]
        self.waiting: list[Ordered] = []
        self.places = {item.item_id: n for n, item in enumerate(world.items)}

    def hours(self) -> Sequence[float]:
        found = []
        for day in range(DAYS + 3):
            found += [day * 24 + hour for hour in (LOOKS if day % 7 < 5 else (WEEKEND_LOOK,))]
        return found

    def answer(self, hour: float, orders: Sequence[Ordered], erp: Erp) -> Iterator[tuple[Ordered, list[Answered]]]:
        look = not orders
        if look:
            orders, self.waiting = self.waiting, []
            again = {each.order.number for each in orders}
            for promises in self.promised:
                promises[:] = [each for each in promises if each[2] not in again]
        if not orders:
            return
        by_number = {each.order.number: each for each in orders}
        for decision in decide_all([each.order for each in orders], self._context(hour, orders, erp)):
            ordered = by_number[decision.number]
            for line in decision.lines:
                if line.item_id is not None and (units := line.reserve_on_hand + line.reserve_inbound):
                    self.promised[self.places[line.item_id]].append((hour, units, decision.number))
            if decision.held and not look:
                self.waiting.append(ordered)
                continue
            yield (
                ordered,
                [
                    Answered(
                        line.accepted,
                        line.backordered,
                        day_of(line.backorder_at) if line.backorder_at is not None else 0,
                    )
                    for line in decision.lines
                ],
            )

    def _context(self, hour: float, orders: Sequence[Ordered], erp: Erp) -> Context:
        stock, day = {}, int(hour // 24)
        as_of = instant(erp.as_of)
        for sku in {sku for each in orders for sku in each.skus}:
            figure = erp.figure(sku)
            promises = self.promised[sku]
            promises[:] = [each for each in promises if not self._known(each[0], figure.as_of)]
            stock[self.world.items[sku].item_id] = StockSnapshot(
                on_hand=figure.on_hand,
                as_of=as_of,
                source="ERP",
                reserved=figure.reserved,
                inbound=tuple(Inbound(each.quantity, day_date(each.eta)) for each in erp.inbound(sku, day)),
                reserved_by_us=sum(units for _, units, _ in promises),
            )
        return Context(
            now=instant(hour),
            zone=UTC,
            candidates=self.world.candidates,
            stock=stock,
            settings=self.settings,
            logistics=self.world.logistics,
        )

    def _known(self, promised_at: float, as_of: float) -> bool:
        """Whether the ERP's figures name it, or are so young that they must know it."""
        return promised_at + self.world.lag <= as_of or promised_at + ABSORB_AFTER < as_of
