"""`make bench BENCH=decide`: lines decided a second of one core by the pure rules, with their traces.

Time is that of the process, so that other work on the machine does not count; garbage is collected as the worker does.
"""

import random
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from oktee.catalog.matching import Candidates
from oktee.kit.process import collect_seldom
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.inputs import (
    Context,
    Inbound,
    ItemSnapshot,
    LineInput,
    LineKey,
    OrderInput,
    StockSnapshot,
    Window,
)
from oktee.modules.supply.rules.logistics import Logistics, Warehouse

from bench.report import Report

ORDERS, LINES, ITEMS, ROUNDS = 500, 20, 2000, 7
GOAL: Final = 50_000
NOW: Final = datetime(2026, 11, 23, 9, 55, tzinfo=UTC)


def main() -> int:
    report = Report()
    collect_seldom()
    for name, pieces in (("plenty", 1_000_000), ("scarce", 40), ("warehouses", 1_000_000)):
        orders, ctx = _world(pieces)
        if name == "warehouses":
            ctx = replace(ctx, logistics=_logistics())
        decide_all(orders, ctx)
        speeds = []
        for _ in range(ROUNDS):
            start = time.process_time()
            decide_all(orders, ctx)
            speeds.append(ORDERS * LINES / (time.process_time() - start))
        speed = median(speeds)
        report.line(f"decide.{name}", speed, unit="lines/s", reference="goal", ratio=speed / GOAL)
        if name == "plenty":
            report.goal(f"at least {GOAL:,} lines a second on one core", met=speed >= GOAL)
    return report.exit_code


def _logistics() -> Logistics:
    """A warehouse with a calendar, a capacity that is never reached, and a way to the country."""
    warehouse = Warehouse("LYON", ZoneInfo("Europe/Paris"), capacity=1_000_000, capacity_unit="lines")
    return Logistics(
        warehouses={"LYON": warehouse},
        transit={("LYON", "country", "DE", ""): 2},
        countries={"A1PA6795UKMFR9": "DE"},
    )


def _world(pieces: int) -> tuple[list[OrderInput], Context]:
    """Orders of 20 lines over 2,000 items; scarce: each item is asked about five times for more than there is."""
    chance = random.Random(7)
    items = [
        ItemSnapshot(
            item_id=UUID(int=n),
            sku=f"{4000 + n}",
            case_pack=chance.choice((6, 12)),
            cost_price=Decimal("6.20"),
            currency="EUR",
            as_of=NOW - timedelta(days=1),
        )
        for n in range(ITEMS)
    ]
    stock = {
        item.item_id: StockSnapshot(
            on_hand=pieces,
            as_of=NOW - timedelta(minutes=64),
            source="ERP",
            inbound=(Inbound(60, (NOW + timedelta(days=12)).date()),),
        )
        for item in items
    }
    orders, candidates = [], dict[LineKey, Candidates[ItemSnapshot]]()
    for number in range(ORDERS):
        name, lines = f"P{number:06d}", []
        for sequence in range(1, LINES + 1):
            item = chance.choice(items)
            candidates[name, str(sequence)] = Candidates(by_vendor_sku=(item,))
            lines.append(
                LineInput(
                    sequence=str(sequence),
                    asin=f"B0{sequence:08d}",
                    vendor_product_identifier=item.sku,
                    ordered=12 * chance.randint(1, 6),
                    unit_of_measure="Eaches",
                    unit_size=1,
                    net_cost=Decimal("6.20"),
                    currency="EUR",
                    backorder_allowed=chance.random() < 0.5,
                )
            )
        opens = NOW + timedelta(days=chance.randint(3, 5))
        orders.append(
            OrderInput(
                number=name,
                marketplace_id="A1PA6795UKMFR9",
                vendor_code="ABC12",
                order_type="RegularOrder",
                placed_at=NOW - timedelta(minutes=number % 60),
                revision=1,
                freight="prepaid",
                window=Window(opens, opens + timedelta(days=5)),
                import_order=False,
                lines=tuple(lines),
            )
        )
    return orders, Context(now=NOW, zone=ZoneInfo("Europe/Berlin"), candidates=candidates, stock=stock)


if __name__ == "__main__":
    sys.exit(main())
