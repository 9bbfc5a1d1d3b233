"""`make bench BENCH=policy`: OKTee's default rules against three simpler policies over 100 seeded quarters of 2,000 orders.

The world is in world.py, what is measured in referee.py, the policies in policies.py. Seeds that were played with the code as it
is now are read from `bench/policy.jsonl`; the others are played, two at a time. `SEEDS=20` plays only so many and stops.

A seed is won against a policy when OKTee has lower charges, fewer units that could not be shipped as promised, and at least
the same value kept: of what was confirmed, the part that left in time for its promise. What was merely confirmed is shown
too, but it cannot be the measure: whoever confirms everything has the most of it whatever is in stock.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Any, Final

from bench.policy.policies import AcceptAll, FirstCome, MinimumCostAndStock, Oktee
from bench.policy.referee import Verdict, judge
from bench.policy.world import make
from bench.record import Record
from bench.report import Report, progress

SEEDS: Final = 100
ENOUGH: Final = 95
OURS: Final = "oktee"
OTHERS: Final = ("accept_all", "first_come", "minimum_cost_and_stock")
MEASURES: Final = ("charges", "not_shippable", "value_kept", "value_confirmed", "value_shipped", "late_answers")
RECORD: Final = Record(
    "policy",
    (
        "backend/oktee/modules/supply/rules",
        "backend/oktee/modules/supply/settings.py",
        "backend/oktee/catalog/fee_facts.py",
        "backend/oktee/catalog/matching.py",
        "bench/policy",
    ),
)
Played = dict[str, dict[str, float]]


def play(seed: int) -> Played:
    """What each policy did in the quarter of this seed; money in whole units."""
    world = make(seed)
    policies = (Oktee(world), AcceptAll(), FirstCome(world), MinimumCostAndStock(world))
    return {name: _plain(judge(world, policy)) for name, policy in zip((OURS, *OTHERS), policies, strict=True)}


def main() -> int:
    known = _known()
    asked = [seed for seed in range(SEEDS) if seed not in known][: int(os.environ.get("SEEDS", SEEDS))]
    if asked:
        progress(f"playing {len(asked)} quarters from seed {asked[0]}")
        begun = time.monotonic()
        with ProcessPoolExecutor(2) as pool:
            played = dict(zip(asked, pool.map(play, asked), strict=True))
        won = sum(_won(one, other) for one in played.values() for other in OTHERS)
        RECORD.append(
            first=asked[0],
            seeds=len(asked),
            seconds=time.monotonic() - begun,
            verdict=f"{won} of {len(asked) * len(OTHERS)} comparisons won",
            played={str(seed): one for seed, one in played.items()},
        )
        known |= played
    return _report([known[seed] for seed in sorted(known)])


def _known() -> dict[int, Played]:
    return {int(seed): one for run in RECORD.counted() for seed, one in run["played"].items()}


def _plain(found: Verdict) -> dict[str, float]:
    return {
        "charges": round(found.charged / 100),
        "not_shippable": found.not_shippable,
        "value_kept": found.value_kept // 100,
        "value_confirmed": found.value_confirmed // 100,
        "value_shipped": found.value_shipped // 100,
        "late_answers": found.late_answers,
    }


def _better(one: Played, other: str) -> dict[str, bool]:
    ours, theirs = one[OURS], one[other]
    return {
        "charges": ours["charges"] < theirs["charges"],
        "not_shippable": ours["not_shippable"] < theirs["not_shippable"],
        "value_kept": ours["value_kept"] >= theirs["value_kept"],
    }


def _won(one: Played, other: str) -> bool:
    return all(_better(one, other).values())


def _report(played: list[Played]) -> int:
    report, count = Report(), len(played)
    for measure in MEASURES:
        ours = median(one[OURS][measure] for one in played)
        report.line(f"policy.{measure}.{OURS}", ours, unit="median", reference=f"{count} quarters", ratio=None)
        for other in OTHERS:
            value = median(one[other][measure] for one in played)
            ratio = ours / value if value else None
            report.line(f"policy.{measure}.{other}", value, unit="median", reference="oktee / this", ratio=ratio)
    for other in OTHERS:
        found: dict[str, Any] = {"all": sum(_won(one, other) for one in played)}
        for measure in ("charges", "not_shippable", "value_kept"):
            found[measure] = sum(_better(one, other)[measure] for one in played)
        for name, wins in found.items():
            report.line(f"policy.won.{other}.{name}", wins, unit="quarters", reference=f"{count}", ratio=wins / count)
        enough = count >= SEEDS and found["all"] >= ENOUGH
        report.goal(f"better than {other} in {ENOUGH} of {SEEDS} quarters (in {found['all']} of {count})", met=enough)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
