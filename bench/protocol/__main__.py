"""`make bench BENCH=protocol`: the answer protocol through crashes and faults, a world for each seed.

SEEDS=n worlds from the first seed that no counted run has (10,000); SEED=n replays one, step by step.
"""

import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from bench.protocol.recorded import RECORD
from bench.protocol.world import World, run
from bench.report import Report, progress

PART = 250
NIGHT = 100_000


def main() -> int:
    if (one := os.environ.get("SEED")) is not None:
        return _replay(int(one))
    return _run(int(os.environ.get("SEEDS") or 10_000))


def _replay(seed: int) -> int:
    world = World(seed, tell=progress)
    progress(str(world.plan))
    try:
        world.run()
    except Exception:
        progress(traceback.format_exc())
        return 1
    progress(str(world.tally))
    return 0


def _run(seeds: int) -> int:
    report, first = Report(), RECORD.next_seed()
    begun = time.monotonic()
    broken: dict[int, str] = {}
    seen: Counter[str] = Counter()
    parts = [range(at, min(at + PART, first + seeds)) for at in range(first, first + seeds, PART)]
    with ProcessPoolExecutor(int(os.environ.get("PROCESSES") or 2)) as pool:
        for n, (found, counts) in enumerate(pool.map(_part, parts), 1):
            broken |= found
            seen.update(counts)
            if n % 20 == 0 or n == len(parts):
                progress(f"{min(n * PART, seeds)} of {seeds} worlds, {len(broken)} broken")
    seconds = time.monotonic() - begun
    for seed, words in sorted(broken.items())[:20]:
        progress(f"SEED={seed}: {words}")
    verdict = "broken" if broken else "kept"
    RECORD.append(
        first=first, seeds=seeds, seconds=seconds, verdict=verdict, violations=len(broken),
        broken=sorted(broken)[:20], seen=dict(sorted(seen.items())),
    )  # fmt: skip
    report.line("protocol.worlds", seeds, unit="worlds", reference="a night", ratio=seeds / NIGHT)
    report.line("protocol.rate", seeds / seconds * 60, unit="worlds a minute", reference="", ratio=None)
    report.line("protocol.broken", len(broken), unit="worlds", reference="goal", ratio=None)
    gathered = sum(run["seeds"] for run in RECORD.counted() if run["verdict"] == "kept")
    report.line("protocol.gathered", gathered, unit="worlds", reference="a night", ratio=gathered / NIGHT)
    report.goal("no world breaks an invariant", met=not broken)
    return report.exit_code


def _part(seeds: range) -> tuple[dict[int, str], Counter[str]]:
    broken: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for seed in seeds:
        try:
            tally = run(seed)
        except Exception as error:
            broken[seed] = f"{type(error).__name__}: {error}"
            continue
        seen.update({"steps": tally.steps, "deaths": tally.deaths, "freezes": tally.freezes, "resends": tally.resends})
        seen.update({f"answers {state}": count for state, count in tally.ends.items()})
    return broken, seen


if __name__ == "__main__":
    sys.exit(main())
