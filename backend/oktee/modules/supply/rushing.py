"""Rush orders that wait for a person: two hours after the order whoever may answer it is told, long before the deadline."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import SYSTEM
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.told import CONFIRM
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.recipients import Place

WAITS: Final = ("to_confirm", "held", "send_failed", "changed")
BATCH: Final = 500


def _untold() -> list[ColumnElement[bool]]:
    return [
        OrderState.hold_due_at.is_not(None),
        OrderState.hold_told_at.is_(None),
        OrderState.answered_at.is_(None),
        OrderState.deadline_at > func.now(),
    ]


async def next_rush(session: AsyncSession) -> datetime | None:
    """When the next of these moments comes, or came. One under way to Amazon counts as well: it may come back unanswered."""
    live = OrderState.status.not_in(("cancelled", "closed"))
    found: datetime | None = await session.scalar(select(func.min(OrderState.hold_due_at)).where(*_untold(), live))
    return found


async def tell_rush(session: AsyncSession) -> None:
    """Each once; locked by id, as everywhere. One that is under way at its moment is told when it waits again."""
    come = [*_untold(), OrderState.hold_due_at <= func.now(), OrderState.status.in_(WAITS)]
    rows = (
        await session.execute(
            select(PurchaseOrder, OrderState.hold_due_at, OrderState.deadline_at)
            .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
            .where(*come)
            .order_by(PurchaseOrder.id)
            .limit(BATCH)
            .with_for_update(of=(PurchaseOrder, OrderState))
        )
    ).all()
    if not rows:
        return
    await session.execute(
        update(OrderState)
        .where(OrderState.purchase_order_id.in_([order.id for order, *_ in rows]))
        .values(hold_told_at=func.now())
        .execution_options(synchronize_session=False)
    )
    waiting = [(order, due_at, last) for order, due_at, last in rows if due_at is not None]
    await tell(session, *(_alert(order, due_at, last) for order, due_at, last in waiting))
    for order, due_at, _ in waiting:
        await record_order(
            session, order, "order.rush_due", actor=SYSTEM, outcome="held", payload={"due_at": due_at.isoformat()}
        )


def _alert(order: PurchaseOrder, due_at: datetime, deadline_at: datetime) -> Alert:
    """`due_at` is our own limit; Amazon's deadline is told beside it."""
    facts = {"state": "rush", "deadline": deadline_at.isoformat()}
    return Alert(
        Notice.ORDER_DUE_SOON, "order", str(order.id), order.po_number, facts=facts, version="rush",
        action="fix", due_at=due_at, place=Place(order.marketplace_id, order.vendor_code, tuple(order.brands)),
        permission=CONFIRM,
    )  # fmt: skip
