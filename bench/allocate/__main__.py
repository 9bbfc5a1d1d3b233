"""`make bench BENCH=allocate`: value of 1,000 scarce batches under MARGIN and FEE_AVOIDANCE, over the exact optimum."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

from oktee.modules.supply.rules.allocation.demand import Allocation, Allotted, Demand, Strategy, Supply
from oktee.modules.supply.rules.allocation.serving import allocate

from bench.allocate.batches import batch
from bench.environments import NotInstalled, environment
from bench.report import Report, progress

HERE: Final = Path(__file__).resolve().parent
BATCHES: Final = 1000
WORST, MEDIAN = 0.98, 0.995
LINE_OF_CHARGE: Final = Decimal("0.8")


def main() -> int:
    report = Report()
    try:
        python = environment(HERE / "highs.txt")
    except NotInstalled as error:
        progress(str(error))
        return 2
    made = [batch(seed) for seed in range(BATCHES)]
    progress(f"exact optima of {BATCHES} batches")
    asked = json.dumps([_plain(*each) for each in made])
    done = subprocess.run(
        [str(python), str(HERE / "optimum.py")], input=asked, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        progress(done.stderr)
        return 1
    optima = json.loads(done.stdout)
    for tier, name, value in (
        (Strategy.MARGIN, "margin", _margin),
        (Strategy.FEE_AVOIDANCE, "charges", _charges),
    ):
        _compare(report, tier, made, [each[name] for each in optima], value)
    return report.exit_code


def _compare(
    report: Report,
    tier: Strategy,
    made: list[tuple[list[Demand], Supply]],
    optima: list[float],
    value: Callable[[list[Demand], Allotted], Decimal],
) -> None:
    rules = Allocation((tier, Strategy.FIFO))
    start = time.process_time()
    found = [allocate(demands, supply, rules) for demands, supply in made]
    spent = time.process_time() - start
    shares = [
        float(value(demands, one)) / best if best else 1.0
        for (demands, _), one, best in zip(made, found, optima, strict=True)
    ]
    name, optimum = f"allocate.{tier.lower()}", "exact optimum (HiGHS)"
    report.line(f"{name}.worst", min(shares), unit="share", reference=optimum, ratio=min(shares))
    report.line(f"{name}.median", median(shares), unit="share", reference=optimum, ratio=median(shares))
    report.line(f"{name}.mean", sum(shares) / len(shares), unit="share", reference=optimum, ratio=None)
    below = sum(share < WORST for share in shares)
    report.line(f"{name}.below", below, unit="batches below", reference=f"{len(shares)} batches", ratio=None)
    report.line(f"{name}.cpu", spent / len(made) * 1000, unit="ms a batch", reference="one core", ratio=None)
    report.goal(f"{tier}: at least {WORST:.0%} of the optimum in every batch", met=min(shares) >= WORST)
    report.goal(f"{tier}: {MEDIAN:.1%} in the median", met=median(shares) >= MEDIAN)


def _plain(demands: list[Demand], supply: Supply) -> dict[str, Any]:
    return {
        "supply": {str(sku): levels[-1].pieces for sku, levels in supply.items()},
        "lines": [
            {
                "pieces": {str(sku): pieces for sku, pieces in each.pieces.items()},
                "asked": each.asked,
                "multiple": each.multiple,
                "margin": float(each.margin or 0),
                "cost": float(each.charge or 0),
            }
            for each in demands
        ],
    }


def _margin(demands: list[Demand], found: Allotted) -> Decimal:
    return sum(((each.margin or Decimal(0)) * found.units[each.key] for each in demands), Decimal(0))


def _charges(demands: list[Demand], found: Allotted) -> Decimal:
    spared = (
        (each.charge or Decimal(0)) * min(Decimal(found.units[each.key]), LINE_OF_CHARGE * each.asked)
        for each in demands
    )
    return sum(spared, Decimal(0))


if __name__ == "__main__":
    sys.exit(main())
