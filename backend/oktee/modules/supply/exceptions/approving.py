"""What a person approved of an order, kept with the values they saw, and read when it is decided again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor
from oktee.modules.supply.exceptions.tables import OrderApproval
from oktee.modules.supply.rules.approvals import binding


async def read_approvals(
    session: AsyncSession, orders: Sequence[PurchaseOrder]
) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """By order number and line ('' = the order): message -> values it was approved with."""
    numbers = {order.id: order.po_number for order in orders}
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    statement = select(OrderApproval).where(OrderApproval.purchase_order_id.in_(numbers))
    for one in (await session.execute(statement)).scalars():
        found.setdefault((numbers[one.purchase_order_id], one.sequence), {})[one.message] = one.values
    return found


async def approve(
    session: AsyncSession,
    order: PurchaseOrder,
    evidence: dict[str, Any],
    *,
    sequence: str | None,
    brands: list[str],
    actor: Actor,
) -> None:
    """From now on this hold, with these values, holds this line (or this order) no more."""
    values = {
        "values": binding(evidence["values"]),
        "approved_by_id": UUID(actor.id) if actor.id else None,
        "approved_by_name": actor.name,
        "approved_at": func.now(),
    }
    place = {"marketplace_id": order.marketplace_id, "vendor_code": order.vendor_code, "brands": brands}
    await session.execute(
        insert(OrderApproval)
        .values(purchase_order_id=order.id, sequence=sequence or "", message=evidence["message"], **values, **place)
        .on_conflict_do_update(constraint="pk_order_approvals", set_=values)
    )
