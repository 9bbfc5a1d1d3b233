"""How much of what a vendor code was asked lately is confirmed, beside one order of it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound
from oktee.modules.supply.sight import figures
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState

DAYS: Final = 28


class ConfirmationRate(BaseModel):
    """Eaches of the other orders of its vendor code and marketplace that were placed in the last `days` days and have their
    answer: what was asked, and what was taken or backordered. Of the lines that the reader sees."""

    days: int
    orders: int
    asked: int
    confirmed: int


async def read_rate(session: AsyncSession, order_id: UUID) -> ConfirmationRate:
    """Raises NotFound."""
    place = await session.execute(
        select(PurchaseOrder.vendor_code, PurchaseOrder.marketplace_id).where(PurchaseOrder.id == order_id)
    )
    found = place.one_or_none()
    if found is None:
        raise NotFound("There is no such order.")
    shown = figures(session)
    confirmed = func.coalesce(shown.taken, 0) + func.coalesce(shown.backordered, 0)
    statement = joined(func.count(), func.sum(shown.units), func.sum(confirmed)).where(
        PurchaseOrder.ordered_at > present() - timedelta(days=DAYS),
        PurchaseOrder.vendor_code == found.vendor_code,
        PurchaseOrder.marketplace_id == found.marketplace_id,
        PurchaseOrder.id != order_id,
        OrderState.answered_by.is_not(None),
        OrderState.status != "cancelled",
    )
    orders, asked, kept = (await session.execute(statement)).one()
    return ConfirmationRate(days=DAYS, orders=orders, asked=int(asked or 0), confirmed=int(kept or 0))
