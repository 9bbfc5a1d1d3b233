"""Whether an order's window can be kept, read from what the rules found for its lines when they decided."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from oktee.modules.supply.rules.trace import told_steps
from oktee.modules.supply.tables import DecisionLine
from oktee.modules.supply.wire.detail import Feasibility

IN_TIME = ("supply.window.fits", "supply.window.none")
TOO_LATE = ("supply.window.late_backorder", "supply.window.too_late")
WAYS = "supply.logistics.way"
POOL_WAYS = "supply.pool.ways"


def feasibility_of(lines: Sequence[DecisionLine]) -> Feasibility | None:
    """None where no line got as far as its dates."""
    told = [(line, step) for line in lines for step in told_steps(line.trace)]
    dated = [(line, step) for line, step in told if step["message"] in (*IN_TIME, *TOO_LATE)]
    if not dated:
        return None
    steps = [step for _, step in told]
    ways = [step for step in steps if step["message"].startswith(WAYS)]
    handling = [_of(step, "handling") for step in (*ways, *(one for one in steps if one["message"] == POOL_WAYS))]
    transit = [_of(step, "transit") for step in ways]
    earliest = [found for _, step in dated if (found := _of(step, "earliest"))]
    named = {code for line, _ in dated for code in _leaves_from(line)}
    return Feasibility(
        warehouses=sorted(named),
        handling_days=_most(handling),
        transit_days=_most(transit),
        earliest=date.fromisoformat(max(earliest)) if earliest else None,
        lines=len(dated),
        too_late=sum(step["message"] in TOO_LATE for _, step in dated),
    )


def _leaves_from(line: DecisionLine) -> list[str]:
    """Every warehouse that gives some of it; where nobody says how much, the one of the line."""
    giving = [source["warehouse"] for source in line.sources or () if source["accepted"] and source["warehouse"]]
    return giving or ([line.warehouse] if line.warehouse else [])


def _of(step: dict[str, Any], name: str) -> Any:
    return (step["values"].get(name) or {}).get("value")


def _most(days: list[Any]) -> int | None:
    """The slowest line keeps the others waiting."""
    return max((int(each) for each in days if each is not None), default=None)
