"""Late and Short (web/PRODUCT 0.5): told beside the status of an order, from its clock and its goods, when it is shown or
filtered. Neither is kept: a clock that runs out writes nothing."""

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentItem
from oktee.modules.supply.departed import departed
from oktee.modules.supply.sight import figures
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire.words import Mark

UNANSWERED: Final = ("to_confirm", "scheduled", "held", "send_failed", "changed")


def late() -> ColumnElement[bool]:
    """The 24 hours went by and the order has no answer, or none to what Amazon changed."""
    return and_(OrderState.status.in_(UNANSWERED), OrderState.deadline_at < func.now())


def shipped_units() -> Any:
    """What left of an order, as Amazon or we confirmed it; of the lines that the session sees."""
    item = ShipmentItem
    return (
        select(func.sum(departed()))
        .select_from(item)
        .outerjoin(Shipment, (Shipment.organization_id == item.organization_id) & (Shipment.id == item.shipment_id))
        .where(item.organization_id == PurchaseOrder.organization_id, item.purchase_order_id == PurchaseOrder.id)
        .correlate(PurchaseOrder)
        .scalar_subquery()
    )


def _over() -> ColumnElement[bool]:
    """Closed, or past its window, after an answer: what has not arrived by now is missing."""
    closed = or_(PurchaseOrder.state == "Closed", PurchaseOrder.status == "CLOSED")
    gone = OrderState.status.in_((*UNANSWERED, "cancelled", "rejected"))
    return and_(or_(closed, PurchaseOrder.window_end < func.now()), not_(gone))


def short(received: Any) -> ColumnElement[bool]:
    """`received`: eaches of the lines that the session sees."""
    return and_(_over(), func.coalesce(received, 0) < func.coalesce(shipped_units(), 0))


def mark_column(received: Any) -> Any:
    """late, short or null; what left is looked up only for orders that are over."""
    missing = func.coalesce(received, 0) < func.coalesce(shipped_units(), 0)
    return case((late(), "late"), (_over(), case((missing, "short"))))


MARKS: Final[dict[str, Callable[[Any], ColumnElement[bool]]]] = {"late": lambda _: late(), "short": short}
"""Words of the filter by status that are no status of their own; by what was received."""


async def marks_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Mark]:
    """Of the orders that have a mark."""
    mark = mark_column(figures(session).received).label("mark")
    statement = joined(PurchaseOrder.id, mark).where(PurchaseOrder.id.in_(sorted(ids)))
    return {order_id: found for order_id, found in (await session.execute(statement)).all() if found}
