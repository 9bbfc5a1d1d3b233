"""What somebody with a scope sees of an order: the sums of their own lines, how many are hidden, and what they may do.

Row policies hide whole orders and single lines. What is left is a number that an order's row holds about all its lines:
here it is counted anew from the lines that are seen, so that no list, sum, sort or page mark tells of the others.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, SQLColumnExpression, and_, case, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.errors import Forbidden, NotFound
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.modules.supply.wire.words import ScopeInfo


class OrderPartlyHidden(Forbidden):
    """Some lines of the order are of brands outside the person's scope: only somebody who sees all of it may do this."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of an order as SQL: of all its lines, or of those that the session sees. Quantities are eaches."""

    units: SQLColumnExpression[int]
    value: SQLColumnExpression[Decimal]
    line_count: SQLColumnExpression[int]
    taken: SQLColumnExpression[int | None]
    backordered: SQLColumnExpression[int | None]
    cut: SQLColumnExpression[int | None]
    cut_value: SQLColumnExpression[Decimal | None]
    undecided_lines: SQLColumnExpression[int]
    hidden_lines: SQLColumnExpression[int]
    received: SQLColumnExpression[int | None]

    def columns(self) -> list[ColumnElement[Any]]:
        return [getattr(self, name).label(f"seen_{name}") for name in self.__slots__]


@dataclass(frozen=True, slots=True)
class Seen:
    """The same numbers of one order, read."""

    units: int
    value: Decimal
    line_count: int
    taken: int | None
    backordered: int | None
    cut: int | None
    cut_value: Decimal | None
    undecided_lines: int
    hidden_lines: int
    received: int | None


def scope_of(session: AsyncSession) -> Scope | None:
    found = session.info["scope"]
    assert found is None or isinstance(found, Scope)
    return found


def divides(scope: Scope | None) -> bool:
    """Whether somebody with this scope may see some lines of an order and not others: only brands divide an order."""
    return scope is not None and scope.brands is not None


def sees_parts(session: AsyncSession) -> bool:
    return divides(scope_of(session))


def figures(session: AsyncSession) -> Figures:
    """The columns that the writers keep; sums over the visible lines where an order may be seen in part."""
    return figures_within(scope_of(session))


def figures_within(scope: Scope | None) -> Figures:
    if not divides(scope):
        return Figures(
            PurchaseOrder.units, PurchaseOrder.value, PurchaseOrder.line_count, OrderState.taken,
            OrderState.backordered, OrderState.cut, OrderState.cut_value, OrderState.undecided_lines, literal(0),
            PurchaseOrder.received_units,
        )  # fmt: skip
    line, decided, shown = PurchaseOrderLine, DecisionLine, PurchaseOrderLineStatus
    cost = func.coalesce(cast(line.net_cost, Numeric), 0)

    def of_lines(sum_: Any) -> Any:
        return select(sum_).where(line.purchase_order_id == PurchaseOrder.id).correlate(PurchaseOrder).scalar_subquery()

    def of_decision(sum_: Any, *where: Any) -> Any:
        statement = select(sum_).where(decided.decision_id == OrderState.decision_id, *where)
        return statement.correlate(OrderState).scalar_subquery()

    def of_status(sum_: Any) -> Any:
        statement = select(sum_).where(shown.purchase_order_id == PurchaseOrder.id)
        return statement.correlate(PurchaseOrder).scalar_subquery()

    def answered(by_us: Any, by_amazon: Any) -> Any:
        return case((OrderState.decision_id.is_(None), by_amazon), else_=by_us)

    count = of_lines(func.count())
    of_ours = (
        select(func.sum(decided.cut * cost))
        .join(line, and_(line.sequence == decided.sequence, line.purchase_order_id == OrderState.purchase_order_id))
        .where(decided.decision_id == OrderState.decision_id)
        .correlate(OrderState)
        .scalar_subquery()
    )
    of_theirs = (
        select(func.sum(shown.rejected_units * cost))
        .join(line, and_(line.sequence == shown.sequence, line.purchase_order_id == shown.purchase_order_id))
        .where(shown.purchase_order_id == PurchaseOrder.id, shown.rejected_units > 0)
        .correlate(PurchaseOrder)
        .scalar_subquery()
    )
    cut_value = answered(of_ours, of_theirs)
    return Figures(
        units=of_lines(func.coalesce(func.sum(line.units), 0)),
        value=of_lines(func.coalesce(func.sum(line.units * cost), 0)),
        line_count=count,
        taken=answered(of_decision(func.sum(decided.taken)), of_status(func.sum(shown.accepted_units))),
        backordered=answered(of_decision(func.sum(decided.backordered)), OrderState.backordered),
        cut=answered(of_decision(func.sum(decided.cut)), of_status(func.sum(shown.rejected_units))),
        cut_value=cut_value,
        undecided_lines=of_decision(func.count(), decided.asked > 0, decided.taken.is_(None)),
        hidden_lines=PurchaseOrder.line_count - count,
        received=of_status(func.sum(shown.received_units)),
    )


def seen_of(order: PurchaseOrder, state: OrderState, extra: Any) -> Seen:
    """`extra`: what `figures(...).columns()` brought beside the order, or nothing where all of it is seen."""
    if extra:
        return Seen(*extra)
    return Seen(
        order.units, order.value, order.line_count, state.taken, state.backordered, state.cut, state.cut_value,
        state.undecided_lines, 0, order.received_units,
    )  # fmt: skip


def extra_columns(session: AsyncSession) -> list[ColumnElement[Any]]:
    """What a list selects beside the order and its state: nothing, unless the session sees orders in part."""
    return figures(session).columns() if sees_parts(session) else []


def scope_info(session: AsyncSession, hidden_lines: int) -> ScopeInfo:
    """What a page says about its totals."""
    return ScopeInfo(limited=scope_of(session) is not None, hidden_lines=hidden_lines)


async def seen_lines(session: AsyncSession, order_id: UUID) -> frozenset[str] | None:
    """The sequences of an order's lines that this session sees; None = all of them. Raises NotFound.

    Ask before an act that runs widened: an order outside the scope is missing, as for everybody else.
    """
    if scope_of(session) is None:
        return None
    found = await session.scalar(select(PurchaseOrder.line_count).where(PurchaseOrder.id == order_id))
    if found is None:
        raise NotFound("There is no such order.")
    statement = select(PurchaseOrderLine.sequence).where(PurchaseOrderLine.purchase_order_id == order_id)
    seen = frozenset((await session.execute(statement)).scalars())
    return None if len(seen) >= found else seen


async def must_see_all(session: AsyncSession, order_id: UUID) -> None:
    """Before an act on the whole order. Raises NotFound, OrderPartlyHidden."""
    seen = await seen_lines(session, order_id)
    if seen is not None:
        raise OrderPartlyHidden(
            "Some lines of this order are outside your scope. You decide your own lines; "
            "somebody who sees the whole order sends, holds or releases it."
        )


def seen_whole(session: AsyncSession) -> list[ColumnElement[bool]]:
    """A condition that leaves orders out of which the session sees some lines only; none where it sees all anyway."""
    return whole_within(scope_of(session))


def whole_within(scope: Scope | None) -> list[ColumnElement[bool]]:
    """The same for somebody with this scope."""
    if scope is None or scope.brands is None:
        return []
    return [PurchaseOrder.brands.contained_by(list(scope.brands))]


def only_seen(rows: list[dict[str, Any]] | None, sequences: Collection[str]) -> list[dict[str, Any]] | None:
    """Of the lines of a kept document (an answer, what Amazon showed) those that are seen."""
    return None if rows is None else [row for row in rows if row.get("sequence") in sequences]
