"""What Amazon shows per line: confirmed, rejected, received. The only proof that an answer took effect."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from oktee.amazon.client.models.vendor_orders import OrderStatus
from oktee.amazon.client.page import Page
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_orders import get_purchase_order_status, list_purchase_order_status
from oktee.amazon.mirror import order_store
from oktee.amazon.mirror.order_hours import order_hours
from oktee.amazon.mirror.poller import Poller
from oktee.amazon.mirror.status_store import Source, store, store_reading
from oktee.amazon.mirror.windows import Span
from oktee.kit.clock import now
from oktee.kit.database import Base, Instant, Tenanted, refers


class PurchaseOrderLineStatus(Tenanted, Base):
    """Units are eaches. `acknowledgements`: [{at, accepted, rejected}] as Amazon dates them."""

    __tablename__ = "purchase_order_line_status"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "purchase_order_id", "sequence", name="uq_purchase_order_line_status_sequence"
        ),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
    )

    purchase_order_id: Mapped[UUID]
    sequence: Mapped[str]
    confirmation_status: Mapped[str | None]
    ordered_units: Mapped[int]
    cancelled_units: Mapped[int]
    accepted_units: Mapped[int]
    rejected_units: Mapped[int]
    receive_status: Mapped[str | None]
    received_units: Mapped[int | None]
    last_received_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledgements: Mapped[list[dict[str, Any]]]
    fetched_at: Mapped[datetime] = mapped_column(Instant)
    source_ref: Mapped[str]
    sync_run_id: Mapped[UUID | None]


async def fetch(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[OrderStatus]]:
    """The status of orders that were created (first load) or updated in the window.

    By creation, a window of the first load is about exactly the orders that the same window of the orders brought.
    """
    by: Final = "created" if span.first_load else "updated"
    async for page in list_purchase_order_status(client, span.since, span.until, token, by=by):
        yield page


POLLER: Final = Poller(
    name="purchase_order_status",
    operation="getPurchaseOrdersStatus",
    every=order_hours(seconds=60, otherwise=300),
    window=timedelta(days=7),
    overlap=timedelta(minutes=10),
    fetch=fetch,
    store=store,
    follows=order_store.STREAM,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One order's status as Amazon gave it on purpose, and when."""

    status: OrderStatus
    source: Source


async def read_back(client: AmazonClient, po_number: str) -> Reading | None:
    """Ask Amazon for one order's status now; None when Amazon knows no such order. HTTP: call it outside a session.

    Raises as AmazonClient.request.
    """
    status = await get_purchase_order_status(client, po_number)
    return None if status is None else Reading(status, Source(now(), "getPurchaseOrdersStatus"))


async def store_one(session: AsyncSession, purchase_order_id: UUID, reading: Reading) -> bool:
    """Keep a reading, in the caller's transaction; whether it differed from what was stored. Lock the order's row before
    if other rows of it are locked too. Raises order_content.Unstorable for a status that cannot be kept."""
    return await store_reading(session, purchase_order_id, reading.status, reading.source)
