"""Orders as rows of a list: one statement with keyset paging, filters and sums."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now as present
from oktee.kit.errors import field_error
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.sight import Seen, extra_columns, figures, scope_info, seen_of
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire import (
    Actor,
    CurrencyValue,
    Message,
    OrderList,
    OrderRow,
    OrderSums,
    ViewCounts,
    Window,
)

EDIT_WITHIN = timedelta(hours=48)
VIEWS: dict[str, tuple[str, ...]] = {
    "to_decide": ("to_confirm",),
    "scheduled": ("scheduled",),
    "held": ("held", "send_failed"),
    "waiting": ("to_confirm", "scheduled", "held", "send_failed"),
    "in_flight": ("sending", "processing", "mismatch"),
    "changed": ("changed",),
    "answered": ("confirmed", "partly_confirmed", "rejected", "receiving", "received"),
    "closed": ("closed", "cancelled"),
}
"""Which statuses each view holds. An answer that Amazon refused waits like a held one: its clock still runs."""
NEEDS_PERSON = ("to_confirm", "held", "send_failed", "mismatch", "changed")
SORTS = ("clock", "-ordered_at", "-value", "po_number")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; the same words in the address, the summary and the list."""

    view: str = "all"
    mp: tuple[str, ...] = ()
    vc: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    q: str | None = None

    def conditions(self, *, with_view: bool = True) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if with_view and self.view != "all":
            found.append(OrderState.status.in_(VIEWS[self.view]))
        if self.mp:
            found.append(PurchaseOrder.marketplace_id.in_(self.mp))
        if self.vc:
            found.append(PurchaseOrder.vendor_code.in_(self.vc))
        if self.brand:
            found.append(PurchaseOrder.brands.overlap(list(self.brand)))
        if self.status:
            found.append(OrderState.status.in_(self.status))
        if self.q:
            found.append(_numbered(self.q.replace(",", " ").upper().split()[:200]))
        return found


def read_filter(
    *, view: str, mp: str | None, vc: str | None, brand: str | None, status: str | None, q: str | None
) -> Filter:
    """The filter of an address. Raises Invalid for an unknown view or marketplace."""
    if view != "all" and view not in VIEWS:
        raise field_error("/view", "unknown_view", f"There is no view {view}.")
    marketplaces = _words(mp)
    for marketplace in marketplaces:
        if find_marketplace(marketplace) is None:
            raise field_error("/mp", "unknown_marketplace", f"There is no marketplace {marketplace}.")
    return Filter(view, marketplaces, _words(vc), _words(brand), _words(status), q.strip() if q and q.strip() else None)


def _numbered(numbers: list[str]) -> ColumnElement[bool]:
    """A single one may be the beginning of a number, as somebody types it; several are whole, as they were pasted."""
    if len(numbers) == 1:
        return PurchaseOrder.po_number.startswith(numbers[0], autoescape=True)
    return PurchaseOrder.po_number.in_(numbers)


def _words(value: str | None) -> tuple[str, ...]:
    return tuple(sorted({part.strip() for part in (value or "").split(",") if part.strip()}))


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns).select_from(PurchaseOrder).join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
    )


def _order_by(sort: str, value: SQLColumnExpression[Decimal]) -> list[Any]:
    """Time left first, then money at stake; a waiting order before an answered one."""
    waits = case((OrderState.status.in_((*VIEWS["waiting"], "changed", "mismatch")), 0), else_=1)
    if sort == "clock":
        seconds = func.extract("epoch", OrderState.deadline_at)
        return [waits, case((waits == 0, seconds), else_=-seconds), -value, PurchaseOrder.po_number]
    if sort == "-ordered_at":
        return [-func.extract("epoch", PurchaseOrder.ordered_at), PurchaseOrder.po_number]
    if sort == "-value":
        return [-value, PurchaseOrder.po_number]
    return [PurchaseOrder.po_number]


async def list_rows(session: AsyncSession, where: Filter, *, sort: str, limit: int, after: str | None) -> OrderList:
    """One page, and count and sums over all that match."""
    if sort not in SORTS:
        raise field_error("/sort", "unknown_sort", f"Sort by one of {', '.join(SORTS)}.")
    shown = figures(session)
    keys = [*_order_by(sort, shown.value), PurchaseOrder.id]
    filters = {
        "view": where.view,
        "mp": where.mp,
        "vc": where.vc,
        "b": where.brand,
        "s": where.status,
        "q": where.q,
        "o": sort,
    }
    position_of = [key.label(f"key_{n}") for n, key in enumerate(keys[:-1])]  # a name of their own beside the columns
    extra = extra_columns(session)
    statement = (
        _joined(PurchaseOrder, OrderState, *extra, *position_of)
        .where(*where.conditions())
        .order_by(*keys)
        .limit(limit + 1)
    )
    if after is not None:
        position = open_cursor(after, filters=filters)
        values = [
            Decimal(value) if isinstance(value, str) and n < len(keys) - 2 else value
            for n, value in enumerate(position)
        ]
        values[-1] = UUID(position[-1])
        statement = statement.where(tuple_(*keys) > tuple_(*[literal(value) for value in values]))
    found = (await session.execute(statement)).all()
    count, asked, sums, hidden = await _sums(session, where)
    more = len(found) > limit
    found = found[:limit]
    following = None
    if more:
        last = found[-1]
        sorted_by = [str(value) if isinstance(value, Decimal | float) else value for value in last[2 + len(extra) :]]
        following = seal_cursor([*sorted_by, str(last[0].id)], filters=filters)
    return OrderList(
        rows=[row_of(row[0], row[1], seen_of(row[0], row[1], row[2 : 2 + len(extra)])) for row in found],
        next=following,
        count=count,
        sums=OrderSums(asked=asked, value_by_currency=sums),
        scope=scope_info(session, hidden),
        as_of=present(),
    )


async def _sums(session: AsyncSession, where: Filter) -> tuple[int, int, list[CurrencyValue], int]:
    """Orders, eaches, value by currency, and lines that the reader does not see."""
    shown = figures(session)
    statement = (
        _joined(
            PurchaseOrder.currency,
            func.count(),
            func.sum(shown.units),
            func.sum(shown.value),
            func.sum(shown.hidden_lines),
        )
        .where(*where.conditions())
        .group_by(PurchaseOrder.currency)
        .order_by(PurchaseOrder.currency)
    )
    rows = (await session.execute(statement)).all()
    sums = [CurrencyValue(currency=row[0], value=row[3]) for row in rows if row[0]]
    return (
        sum(row[1] for row in rows),
        int(sum(row[2] or 0 for row in rows)),
        sums,
        int(sum(row[4] or 0 for row in rows)),
    )


async def count_views(session: AsyncSession, where: Filter) -> ViewCounts:
    """How many orders each view holds under the rest of the filter."""
    statement = (
        _joined(OrderState.status, func.count()).where(*where.conditions(with_view=False)).group_by(OrderState.status)
    )
    by_status = dict((await session.execute(statement)).all())
    counts = {view: sum(by_status.get(status, 0) for status in statuses) for view, statuses in VIEWS.items()}
    return ViewCounts(all=sum(by_status.values()), **counts)


async def rows_where(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> list[OrderRow]:
    """The most urgent orders under these conditions."""
    by = _order_by("clock", figures(session).value)
    statement = _joined(PurchaseOrder, OrderState, *extra_columns(session)).where(and_(*conditions)).order_by(*by)
    found = (await session.execute(statement.limit(limit))).all()
    return [row_of(order, state, seen_of(order, state, extra)) for order, state, *extra in found]


def row_of(order: PurchaseOrder, state: OrderState, seen: Seen) -> OrderRow:
    """An order and its state as one row, with the numbers that the reader sees of it."""
    marketplace = find_marketplace(order.marketplace_id)
    window = None
    if order.window_start and order.window_end:
        kind = "ship" if order.freight == "collect" else "delivery"
        window = Window(kind=kind, start=order.window_start, end=order.window_end)
    first_hold = state.hold[0] if state.hold and not seen.hidden_lines else None  # it may be about a hidden line
    detail = Message(message=first_hold["message"], values=first_hold["values"]) if first_hold else None
    decided = Actor(type=state.decided_by_type, name=state.decided_by_name or "") if state.decided_by_type else None
    return OrderRow(
        id=order.id,
        po_number=order.po_number,
        marketplace_id=order.marketplace_id,
        country=marketplace.country if marketplace else "",
        vendor_code=order.vendor_code,
        ship_to=order.ship_to,
        order_type=order.order_type,
        status=state.status,
        status_detail=detail,
        ordered_at=order.ordered_at,
        deadline_at=state.deadline_at,
        edit_until=order.ordered_at + EDIT_WITHIN if state.answered_by else None,
        window=window,
        time_zone=marketplace.time_zone if marketplace else "UTC",
        asked=seen.units,
        taken=seen.taken,
        backordered=seen.backordered,
        cut=seen.cut,
        undecided_lines=seen.undecided_lines,
        line_count=seen.line_count,
        proposed=state.proposed,
        value=seen.value,
        currency=order.currency,
        cut_value=seen.cut_value,
        decided_by=decided,
        send_at=state.send_at,
        brand=order.brand,
        revision=order.revision,
        first_seen_at=order.first_seen_at,
        answered_by=state.answered_by,
        needs_person=state.status in NEEDS_PERSON,
        decision_id=state.decision_id,
        hidden_lines=seen.hidden_lines,
    )
