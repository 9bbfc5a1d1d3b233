"""`make bench BENCH=simulate`: 60 days of past orders decided again in parts by the pure rules.

What the job of the worker does once the rows of a part are read: it is decided and its sums are merged, the later parts in
a second process ahead of their turn (simulations/ahead.py). Making the orders up is no part of the measure.
"""

import multiprocessing
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.book import standing
from oktee.modules.supply.rules.expected_cost import Book, Policy
from oktee.modules.supply.rules.inputs import ItemSnapshot, LineInput, OrderInput, StockSnapshot, Window
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.simulation.facts import Carried, LaterStock, Moment, Outcome, PastOrder, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.seams import digest
from oktee.modules.supply.rules.simulation.sums import Partial
from oktee.modules.supply.simulations.ahead import AHEAD, Teller

from bench.report import Report

ORDERS, LINES, ITEMS, DAYS = 20_000, 20, 2000, 60
FIRST, SIZE = 100, 500
PARTIAL, WHOLE = 2.0, 12.0
UNTIL: Final = datetime(2026, 11, 23, 9, 55, tzinfo=UTC)
STEP: Final = timedelta(days=DAYS) / ORDERS
OVER: Final = timedelta(hours=30)
"""What was promised so long ago is in every stock figure that still counts."""
PARTS: Final = [(0, FIRST), *((start, min(SIZE, ORDERS - start)) for start in range(FIRST, ORDERS, SIZE))]
"""Where each part begins, and how many orders it has."""


def main() -> int:
    report = Report()
    for name, compared in (("happened", False), ("running", True)):
        first, whole, again, found = _run(compared=compared)
        report.line(f"simulate.{name}.first", first, unit="s", reference="goal", ratio=first / PARTIAL)
        report.line(f"simulate.{name}.whole", whole, unit="s", reference="goal", ratio=whole / WHOLE)
        report.line(f"simulate.{name}.decided_twice", again, unit="parts", reference="all", ratio=again / len(PARTS))
        if found.lines != ORDERS * LINES:
            raise AssertionError(f"{found.lines} lines were simulated")
        if name == "happened":
            report.goal(f"the first figures within {PARTIAL:g} s", met=first <= PARTIAL)
            report.goal(f"the whole within {WHOLE:g} s", met=whole <= WHOLE)
    return report.exit_code


def _question(*, compared: bool) -> Question:
    settings = Settings(case_pack_mode=CasePackMode.LOOSE_OK)
    before = standing(Settings()) if compared else None
    return Question(ZoneInfo("Europe/Berlin"), settings, standing(settings), before, timedelta(hours=6))


def _run(*, compared: bool) -> tuple[float, float, int, Partial]:
    """Seconds until the first figures and the whole, parts that were decided twice, and what was found."""
    begun, making, first = time.monotonic(), 0.0, 0.0
    asked = _question(compared=compared)
    middle = len(PARTS) - int(len(PARTS) * AHEAD)
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe(duplex=False)
    second = context.Process(target=_ahead, args=(theirs, middle, compared), daemon=True)
    second.start()
    theirs.close()
    whole, carried = Partial(), Carried()
    for number in range(middle):
        moments, took = _part(number)
        making += took
        whole.merge(simulate(moments, asked, carried))
        first = first or time.monotonic() - begun - making
    ended = time.monotonic() - begun - making
    again, taken, spent = 0, False, 0.0
    for number in range(middle, len(PARTS)):
        before, sums = pipe.recv()
        if not taken:
            moments, _ = _part(number)
            start = time.monotonic()
            taken = before == digest(carried, moments[0].at, asked)
            if not taken:
                again += 1
                sums = simulate(moments, asked, carried)
            spent += time.monotonic() - start
        whole.merge(sums)
    told_at, its_making = pipe.recv()
    second.join()
    # What the second process had to wait for is in its own time; what had to be decided twice comes after both.
    return first, max(ended, told_at - begun - its_making) + spent, again, whole


def _ahead(pipe: Connection, first: int, compared: bool) -> None:
    """The second process: the later parts, after those whose promises may still count when they begin."""
    asked, carried, making = _question(compared=compared), Carried(), 0.0
    begins = UNTIL - timedelta(days=DAYS) + STEP * PARTS[first][0]
    warm = sum(
        1 for start, size in PARTS[:first] if UNTIL - timedelta(days=DAYS) + STEP * (start + size) > begins - OVER
    )
    told = Teller(pipe)
    for number in range(first - warm, len(PARTS)):
        moments, took = _part(number)
        making += took
        before = digest(carried, moments[0].at, asked)
        sums = simulate(moments, asked, carried)
        if number >= first:
            told.put((before, sums))
    told.put((time.monotonic(), making))
    told.close()


def _part(number: int) -> tuple[list[Moment], float]:
    """The orders of a part, the same in every process, and the seconds it took to make them up: no part of the measure."""
    begun = time.monotonic()
    start, size = PARTS[number]
    moments = list(_moments(random.Random(f"7:{number}"), size, UNTIL - timedelta(days=DAYS) + STEP * start))
    return moments, time.monotonic() - begun


def _moments(chance: random.Random, orders: int, at: datetime) -> Iterator[Moment]:
    for number in range(orders):
        at += STEP
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
