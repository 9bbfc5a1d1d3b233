"""Orders whose clock runs, added up by the time that is left; asked in two questions however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, or_, select

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.filters import CLOCK_RUNS
from oktee.modules.supply.rows import Filter
from oktee.modules.supply.sight import Figures
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState

LANES: Final = (
    ("overdue", timedelta(0)), ("under_2h", timedelta(hours=2)), ("2_8h", timedelta(hours=8)), ("8_24h", None)
)  # fmt: skip
"""By the time that is left at most; the last has all others."""
TICKS: Final = 80
"""Of a lane are drawn."""


@dataclass(frozen=True, slots=True)
class Running:
    """Those without an answer, and those that Amazon changed after it. `sums`: by lane and currency; `ticks`: the dearest
    of each lane by `place`, and the one whose clock ends first (`turn` 1)."""

    sums: Sequence[Any]
    ticks: Sequence[Any]

    @property
    def first(self) -> Any | None:
        """The one whose clock ends first."""
        return next((row for row in self.ticks if row.turn == 1), None)

    def of(self, lane: str) -> tuple[list[Any], list[Any]]:
        """Sums and ticks of one lane."""
        return (
            [row for row in self.sums if row.lane == lane],
            [row for row in self.ticks if row.lane == lane and row.place <= TICKS],
        )


def running(where: Filter, shown: Figures, at: Any) -> tuple[Select[Any], Select[Any]]:
    """The questions that give `sums` and `ticks`; `at`: the moment, in SQL."""
    left = [(OrderState.deadline_at < at + until, name) for name, until in LANES if until is not None]
    ready = and_(OrderState.status == "to_confirm", shown.undecided_lines == 0, shown.hidden_lines == 0)
    rows = joined(
        PurchaseOrder.id,
        PurchaseOrder.po_number,
        PurchaseOrder.marketplace_id,
        shown.units.label("units"),
        shown.value.label("value"),
        PurchaseOrder.currency,
        OrderState.deadline_at,
        ready.label("ready"),
        shown.hidden_lines.label("hidden"),
        case(*left, else_=LANES[-1][0]).label("lane"),
    )
    one = rows.where(*where.conditions(), OrderState.status.in_(CLOCK_RUNS)).cte("running").c
    sums = select(
        one.lane,
        one.currency,
        func.count().label("orders"),
        func.count().filter(one.ready).label("ready"),
        func.sum(one.units).label("units"),
        func.sum(one.value).label("value"),
        func.sum(one.hidden).label("hidden"),
    ).group_by(one.lane, one.currency)
    by_clock, by_value = (one.deadline_at, one.value.desc(), one.id), (one.value.desc(), one.deadline_at, one.id)
    ranked = select(
        *one,
        func.row_number().over(order_by=by_clock).label("turn"),
        func.row_number().over(partition_by=one.lane, order_by=by_value).label("place"),
    ).subquery("ranked")
    ticks = select(ranked).where(or_(ranked.c.place <= TICKS, ranked.c.turn == 1)).order_by(ranked.c.place)
    return sums, ticks
