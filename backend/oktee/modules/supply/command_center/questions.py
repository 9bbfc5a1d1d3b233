"""What the Command Center asks, by name: each a question of its own, all of them parts of one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)  # fmt: skip

from oktee.access.scope import Scope
from oktee.access.workspaces import zone_here
from oktee.amazon.connection.circuits import with_circuits
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.tables import Stream
from oktee.journal.naming import names_in
from oktee.journal.tables import JournalEntry
from oktee.kit.packing import Packed, packed
from oktee.kit.quick import ZONE, Written, written
from oktee.modules.supply.automation import list_pauses, ready_before
from oktee.modules.supply.filters import steps, who_answered
from oktee.modules.supply.lanes import running
from oktee.modules.supply.needing import in_sight, needs_of
from oktee.modules.supply.orders_json import columns_of, hands_by
from oktee.modules.supply.rows import NEEDS_PERSON, Filter
from oktee.modules.supply.rule_sets.reading import standard_running
from oktee.modules.supply.settings import kept_settings
from oktee.modules.supply.sight import Figures, figures_within
from oktee.modules.supply.sorting import order_of
from oktee.modules.supply.stock_watch import count_sources
from oktee.modules.supply.summing import joined, statuses
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire.lists import OrderRow

DAYS: Final = 28
WEEK: Final = timedelta(days=7)
AHEAD: Final = 14
"""Days of windows."""
NEEDY: Final = 8
HAPPENED: Final = 20
OF_AN_ORDER: Final = ("order", "purchase_order")
OF_LISTS: Final = ("backorder_allowed", "last_received_at")
"""What only the list of orders says of one."""
AT: Final = "at"
"""The name of the moment for which it is asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement, and how each part of it is read. `needing` and `hands` are JSON as it stands on the wire."""

    statement: Written
    parts: dict[str, Packed]


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment, and the days around it where the reader is."""

    at: Any
    day: Any

    @classmethod
    def of(cls, at: datetime) -> "Clock":
        moment = bindparam(AT, at, DateTime(timezone=True))
        return cls(moment, func.date_trunc(literal_column("'day'"), func.timezone(ZONE, moment)))

    def midnight(self, days: int = 0) -> Any:
        """With which a day begins, so many from today: whole days, however many hours each has. A question of its own, so
        that it is worked out once and not for every row."""
        begins = func.timezone(ZONE, self.day + timedelta(days=days), type_=DateTime(timezone=True))
        return select(begins).scalar_subquery()


def ask(where: Filter, scope: Scope | None, at: datetime) -> Asked:
    """`me` in the filter is whoever is READER."""
    shown, clock = figures_within(scope), Clock.of(at)
    sums, ticks = running(where, shown, clock.at)
    needing = _needing(where, scope, shown)
    happened = select(JournalEntry).where(*_of_these(where)).order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    told = happened.limit(literal_column(str(HAPPENED))).cte("told")
    parts = packed(
        {
            "statuses": statuses(where.conditions(), whole=scope is None),
            "sums": sums,
            "ticks": ticks,
            "needs": needs_of(select(needing.c.id)),
            "today": _today(where, clock, shown),
            "who": _who_answered(where, clock, shown),
            "told": select(told),
            "people": names_in(select(told.c.payload)),
            "windows": _windows(where, clock, shown),
            "streams": _streams(),
            "circuits": with_circuits(),
            "sources": count_sources(),
            "settings": kept_settings(),
            "standard": standard_running(clock.at),
            "zone": zone_here(),
            "pauses": list_pauses(),
            "ready": _ready(scope),
            "answered": _answered_today(where, clock),
        }
    )
    row = select(*(needing.c[name] for name in OrderRow.model_fields if name not in OF_LISTS)).subquery("r")
    texts = {name: part.text for name, part in parts.items()}
    texts["needing"] = cast(select(func.json_agg(literal_column("r"))).select_from(row).scalar_subquery(), Text)
    texts["hands"] = cast(hands_by(select(cast(needing.c.id, Text)).scalar_subquery()), Text)
    texts[AT] = cast(clock.at, Text)
    statement: Any = select(*(text.label(f"list_{name}") for name, text in texts.items()))
    return Asked(written(statement), parts)


def _needing(where: Filter, scope: Scope | None, shown: Figures) -> Any:
    """The most urgent orders that need a person, by the clock that every page shows: Amazon's."""
    columns = [column.label(name) for name, column in columns_of(scope).items() if name not in OF_LISTS]
    found = joined(*columns).where(*where.conditions(), OrderState.status.in_(NEEDS_PERSON), in_sight())
    return found.order_by(*order_of("clock", shown).by()).limit(literal_column(str(NEEDY))).cte("needing")


def _today(where: Filter, clock: Clock, shown: Figures) -> Select[Any]:
    """Orders, units and value of each step, by currency."""
    parts = steps(shown)
    sums: dict[str, tuple[Any, Any, Any]] = {
        "received": (true(), shown.units, shown.value),
        **{name: (parts[name], shown.units, shown.value) for name in ("decided", "open", "seen")},
        "cut": (parts["cut"], shown.cut, shown.cut_value),
    }
    columns = [
        column
        for name, (of, units, value) in sums.items()
        for column in (
            func.count().filter(of).label(f"{name}_orders"),
            func.sum(units).filter(of).label(f"{name}_units"),
            func.sum(value).filter(of).label(f"{name}_value"),
        )
    ]
    found = joined(PurchaseOrder.currency, *columns).where(
        *where.conditions(), PurchaseOrder.ordered_at >= clock.midnight(), OrderState.status != "cancelled"
    )
    return found.group_by(PurchaseOrder.currency)


def _of_these(where: Filter) -> list[ColumnElement[bool]]:
    """Entries about the orders of the filter; without one, all."""
    found: list[ColumnElement[bool]] = []
    if where.mp:
        found.append(JournalEntry.marketplace_id.in_(where.mp))
    if where.vc:
        found.append(JournalEntry.vendor_code.in_(where.vc))
    if where.brand or where.terms.conditions:
        orders: Any = joined(cast(PurchaseOrder.id, String)).where(*where.conditions())
        found += [JournalEntry.object_type.in_(OF_AN_ORDER), JournalEntry.object_id.in_(orders)]
    return found


def _who_answered(where: Filter, clock: Clock, shown: Figures) -> Select[Any]:
    """Lines by who answered them and the week in which they were ordered. Whole days of the reader, as the list of orders
    counts them: a number leads to the orders that it is of."""
    began = clock.midnight(1 - DAYS)
    since = func.date_part(literal_column("'epoch'"), PurchaseOrder.ordered_at - began)
    week = func.floor(since / WEEK.total_seconds()).label("week")
    found = joined(who_answered().label("who"), week, func.sum(shown.line_count).label("lines"))
    return found.where(*where.conditions(), PurchaseOrder.ordered_at >= began).group_by("who", "week")


def _windows(where: Filter, clock: Clock, shown: Figures) -> Select[Any]:
    """Units by the day their window opens; uncovered = what the current decision cuts, backorders or leaves open."""
    day = cast(func.timezone(ZONE, PurchaseOrder.window_start), Date)
    live = OrderState.status.not_in(("cancelled", "closed", "received", "rejected"))
    missing = func.greatest(shown.units - func.coalesce(shown.taken, 0), 0)
    uncovered = case((OrderState.answered_by.in_(("outside", "history")), 0), else_=missing)
    found = joined(day.label("day"), func.sum(shown.units).label("units"), func.sum(uncovered).label("uncovered"))
    opens = PurchaseOrder.window_start
    coming = and_(opens >= clock.midnight(), opens < clock.midnight(AHEAD))
    return found.where(*where.conditions(), live, coming).group_by("day")


def _streams() -> Select[str, str, datetime | None, datetime | None]:
    return (
        select(Stream.name, Stream.state, Stream.last_success_at, Stream.next_due_at)
        .join(AmazonConnection, AmazonConnection.id == Stream.connection_id)
        .where(AmazonConnection.ended_at.is_(None))
        .order_by(Stream.name, Stream.connection_id)
    )


def _ready(scope: Scope | None) -> Select[Any]:
    """How many orders wait that automation will not touch by itself: none while it sends nothing."""
    kept = kept_settings().subquery("kept")
    sends = func.coalesce(select(kept.c.value["mode"].astext != "suggest").scalar_subquery(), False)
    return select(func.count().label("orders")).select_from(ready_before(scope).subquery("ready")).where(sends)


def _answered_today(where: Filter, clock: Clock) -> Select[Any]:
    began = func.greatest(PurchaseOrder.first_seen_at, OrderState.changed_at)
    waited = func.extract("epoch", OrderState.answered_at - began) / 60
    median = func.percentile_cont(0.5).within_group(waited)
    found = joined(func.count().label("orders"), median.label("median"))
    return found.where(
        *where.conditions(), OrderState.answered_by == "oktee", OrderState.answered_at >= clock.midnight()
    )
