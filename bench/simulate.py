"""`make bench BENCH=simulate`: 60 days of past orders decided again in parts by the pure rules.

What the job of the worker does once the rows of a part are read: it is decided and its sums are merged.
"""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.book import RuleBook, standing
from oktee.modules.supply.rules.expected_cost import Book, Policy
from oktee.modules.supply.rules.inputs import ItemSnapshot, LineInput, OrderInput, StockSnapshot, Window
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.simulation.facts import Carried, LaterStock, Moment, Outcome, PastOrder, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.sums import Partial

from bench.report import Report

ORDERS, LINES, ITEMS, DAYS = 20_000, 20, 2000, 60
FIRST, SIZE = 100, 500
PARTIAL, WHOLE = 2.0, 12.0
UNTIL: Final = datetime(2026, 11, 23, 9, 55, tzinfo=UTC)


def main() -> int:
    report = Report()
    for name, before in (("happened", None), ("running", standing(Settings()))):
        first, whole, found = _run(before)
        report.line(f"simulate.{name}.first", first, unit="s", reference="goal", ratio=first / PARTIAL)
        report.line(f"simulate.{name}.whole", whole, unit="s", reference="goal", ratio=whole / WHOLE)
        if found.lines != ORDERS * LINES:
            raise AssertionError(f"{found.lines} lines were simulated")
        if name == "happened":
            report.goal(f"the first figures within {PARTIAL:g} s", met=first <= PARTIAL)
            report.goal(f"the whole within {WHOLE:g} s", met=whole <= WHOLE)
    return report.exit_code


def _run(before: RuleBook | None) -> tuple[float, float, Partial]:
    settings = Settings(case_pack_mode=CasePackMode.LOOSE_OK)
    question = Question(ZoneInfo("Europe/Berlin"), settings, standing(settings), before, timedelta(hours=6))
    chance, waited, first = random.Random(7), 0.0, 0.0
    whole, carried = Partial(), Carried()
    moments = list(_moments(chance, FIRST, UNTIL - timedelta(days=DAYS)))
    left, at = ORDERS, UNTIL - timedelta(days=DAYS)
    begun = time.perf_counter()
    while moments:
        whole.merge(simulate(moments, question, carried))
        first = first or time.perf_counter() - begun
        left, at = left - len(moments), moments[-1].at
        making = time.perf_counter()
        moments = list(_moments(chance, min(SIZE, left), at))
        waited += time.perf_counter() - making  # making the orders up is no part of it
    return first, time.perf_counter() - begun - waited, whole


def _moments(chance: random.Random, orders: int, at: datetime) -> Iterator[Moment]:
    for number in range(orders):
        at += timedelta(days=DAYS) / ORDERS
        items = [_item(chance.randrange(ITEMS)) for _ in range(LINES)]
        lines = tuple(
            LineInput(
                sequence=str(n),
                asin=f"B0{item.sku:0>8}",
                vendor_product_identifier=item.sku,
                ordered=12 * chance.randint(1, 6),
                unit_of_measure="Eaches",
                unit_size=1,
                net_cost=Decimal("6.20"),
                currency="EUR",
                backorder_allowed=False,
            )
            for n, item in enumerate(items, 1)
        )
        opens = at + timedelta(days=4)
        name = f"P{at.timestamp():.0f}{number}"
        order = OrderInput(
            number=name, marketplace_id="A1PA6795UKMFR9", vendor_code="ABC12", order_type="RegularOrder", placed_at=at,
            revision=1, freight="prepaid", window=Window(opens, opens + timedelta(days=5)), import_order=False, lines=lines,
        )  # fmt: skip
        stock = {
            item.item_id: StockSnapshot(40 if chance.random() < 0.1 else 4000, at - timedelta(hours=2), "ERP")
            for item in items
        }
        later = {item.item_id: LaterStock(at + timedelta(hours=22), 40) for item in items}
        yield Moment(
            at,
            (
                PastOrder(
                    UUID(int=number),
                    order,
                    tuple(Outcome(line.ordered, 0, 0, False) for line in lines),
                    False,
                    Book(Policy()),
                ),
            ),
            {(name, str(n)): Candidates(by_vendor_sku=(item,)) for n, item in enumerate(items, 1)},
            stock,
            later,
        )


def _item(n: int) -> ItemSnapshot:
    cost = Decimal("6.20")
    return ItemSnapshot(UUID(int=n), f"{4000 + n}", case_pack=12, cost_price=cost, currency="EUR", as_of=UNTIL)


if __name__ == "__main__":
    sys.exit(main())
