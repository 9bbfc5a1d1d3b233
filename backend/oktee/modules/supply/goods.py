"""What left of an order and what Amazon received of it, and when; of the lines that the session sees."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentItem
from oktee.modules.supply.departed import departed


@dataclass(frozen=True, slots=True)
class Goods:
    """Eaches, and the first moment of each."""

    shipped: int = 0
    shipped_at: datetime | None = None
    arrived: int = 0
    arrived_at: datetime | None = None


async def read_goods(session: AsyncSession, order_id: UUID) -> Goods:
    """As Amazon shows it once the goods left; until then as we confirmed it."""
    units = departed()
    left_at = func.coalesce(Shipment.amazon_confirmed_at, Shipment.first_confirmed_at, Shipment.ship_at)
    left = (
        select(func.coalesce(func.sum(units), 0), func.min(left_at))
        .select_from(ShipmentItem)
        .outerjoin(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(ShipmentItem.purchase_order_id == order_id, units > 0)
    )
    line = PurchaseOrderLineStatus
    came = select(func.coalesce(func.sum(line.received_units), 0), func.min(line.last_received_at)).where(
        line.purchase_order_id == order_id, line.received_units > 0
    )
    shipped, shipped_at = (await session.execute(left)).one()
    arrived, arrived_at = (await session.execute(came)).one()
    return Goods(int(shipped or 0), shipped_at, int(arrived or 0), arrived_at)
