"""What the journal says about an order: every entry is tied to it, and is of its place, so that a scope shows or hides it."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor, Subject, record


def correlation(order: PurchaseOrder) -> str:
    """What ties all entries about one order together."""
    return f"order:{order.id}"


async def record_order(
    session: AsyncSession,
    order: PurchaseOrder,
    kind: str,
    *,
    actor: Actor,
    outcome: str = "ok",
    payload: dict[str, Any] | None = None,
    audit: bool = False,
    cause: str | None = None,
    operation: str | None = None,
    sent_hash: bytes | None = None,
    transaction_id: str | None = None,
) -> UUID:
    """As journal/record.py, about this order."""
    return await record(
        session,
        kind,
        actor=actor,
        subject=Subject("order", str(order.id), order.po_number),
        outcome=outcome,
        payload=payload,
        audit=audit,
        cause=cause,
        correlation_id=correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        operation=operation,
        sent_hash=sent_hash,
        transaction_id=transaction_id,
    )
