"""Counts and sums over orders: of a list, of every view under the same filter, of the groups of a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import field_error
from oktee.modules.supply.cost_wire import CurrencyValue
from oktee.modules.supply.sight import figures
from oktee.modules.supply.sorting import GROUPS
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire.lists import OrderGroup, OrderGroups, OrdersSummary, ViewCounts, ViewSums

Conditions = Sequence[ColumnElement[bool]]
VIEWS: dict[str, tuple[str, ...]] = {
    "to_decide": ("to_confirm",),
    "scheduled": ("scheduled",),
    "held": ("held", "send_failed"),
    "waiting": ("to_confirm", "scheduled", "held", "send_failed", "changed"),
    "in_flight": ("sending", "processing", "mismatch"),
    "changed": ("changed",),
    "answered": ("confirmed", "partly_confirmed", "rejected", "receiving", "received"),
    "closed": ("closed", "cancelled"),
}
"""Which statuses each view holds. An answer that Amazon refused waits like a held one: its clock still runs. What Amazon
changed after its answer waits too, for another answer."""
MOST_GROUPS = 200


def joined(*columns: Any) -> Select[Any]:
    """Orders with their states."""
    return (
        select(*columns).select_from(PurchaseOrder).join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
    )


@dataclass(slots=True)
class Sums:
    """Orders, eaches and money by currency, added up as rows come."""

    orders: int = 0
    asked: int = 0
    taken: int = 0
    hidden_lines: int = 0
    value: dict[str, Decimal] = field(default_factory=dict)
    cut: dict[str, Decimal] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        self.orders += row.orders
        self.asked += int(row.asked or 0)
        self.taken += int(row.taken or 0)
        self.hidden_lines += int(row.hidden or 0)
        if row.currency:
            self.value[row.currency] = self.value.get(row.currency, Decimal(0)) + (row.value or 0)
            self.cut[row.currency] = self.cut.get(row.currency, Decimal(0)) + (row.cut or 0)

    @property
    def value_by_currency(self) -> list[CurrencyValue]:
        return _amounts(self.value)

    def view(self) -> ViewSums:
        cut = {currency: value for currency, value in self.cut.items() if value}
        return ViewSums(
            orders=self.orders, asked=self.asked, taken=self.taken, value_by_currency=self.value_by_currency,
            cut_by_currency=_amounts(cut),
        )  # fmt: skip


def _amounts(found: dict[str, Decimal]) -> list[CurrencyValue]:
    return [CurrencyValue(currency=currency, value=value) for currency, value in sorted(found.items())]


def _added(rows: Iterable[Any]) -> Sums:
    sums = Sums()
    for row in rows:
        sums.add(row)
    return sums


def _aggregate(session: AsyncSession, conditions: Conditions, *by: Any) -> Select[Any]:
    shown = figures(session)
    columns = (
        PurchaseOrder.currency.label("currency"),
        func.count().label("orders"),
        func.sum(shown.units).label("asked"),
        func.sum(shown.taken).label("taken"),
        func.sum(shown.value).label("value"),
        func.sum(shown.cut_value).label("cut"),
        func.sum(shown.hidden_lines).label("hidden"),
    )
    return joined(*by, *columns).where(*conditions).group_by(*by, PurchaseOrder.currency)


async def sum_orders(session: AsyncSession, conditions: Conditions) -> Sums:
    """Over everything that matches."""
    return _added((await session.execute(_aggregate(session, conditions))).all())


def statuses(conditions: Conditions, *, whole: bool) -> Select[Any]:
    """Orders by status. `whole`: for somebody who sees the whole workspace; what no condition asks of the orders is then
    read from their states alone."""
    columns: tuple[Any, ...] = (OrderState.status, func.count().label("orders"))
    found: Select[Any] = select(*columns) if whole and not conditions else joined(*columns).where(*conditions)
    return found.group_by(OrderState.status)


def views_of(rows: Iterable[Any]) -> ViewCounts:
    """Of the rows of `statuses`."""
    by_status = {row.status: row.orders for row in rows}
    counts = {view: sum(by_status.get(status, 0) for status in held) for view, held in VIEWS.items()}
    return ViewCounts(all=sum(by_status.values()), **counts)


async def summarize(session: AsyncSession, conditions: Conditions) -> OrdersSummary:
    """Counts and sums of every view: one aggregate by status and currency, added up per view."""
    statement = _aggregate(session, conditions, OrderState.status.label("status"))
    rows = (await session.execute(statement)).all()
    sums = {"all": _added(rows)} | {
        view: _added(row for row in rows if row.status in held) for view, held in VIEWS.items()
    }
    counts = ViewCounts(**{view: found.orders for view, found in sums.items()})
    return OrdersSummary(views=counts, sums={view: found.view() for view, found in sums.items()})


async def group_orders(session: AsyncSession, conditions: Conditions, *, by: str) -> OrderGroups:
    """Counts and sums of each group of a list, in the order of their names."""
    if by not in GROUPS:
        raise field_error("/by", "unknown_group", f"Group by one of {', '.join(GROUPS)}.")
    key = GROUPS[by].label("key")
    found: dict[str, Sums] = {}
    for row in (await session.execute(_aggregate(session, conditions, key))).all():
        found.setdefault(row.key, Sums()).add(row)
    groups = [OrderGroup(key=name, **found[name].view().model_dump()) for name in sorted(found)[:MOST_GROUPS]]
    return OrderGroups(by=by, groups=groups)
