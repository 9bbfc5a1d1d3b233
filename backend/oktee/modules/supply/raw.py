"""What came from Amazon and what was sent to it about one order, as it was: for whoever may read raw data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderRevision
from oktee.journal.record import person
from oktee.journal.tables import JournalEntry
from oktee.kit.errors import NotFound
from oktee.modules.supply.decided import answers_of
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.sight import must_see_all


class RawRevision(BaseModel):
    """A revision of the order, as it was read: the fields that OKTee keeps of what Amazon sent."""

    revision: int
    received_at: datetime
    sha256: str
    content: dict[str, Any]


class RawAnswer(BaseModel):
    """The body of one answer, byte for byte as it was sent, or as it will be."""

    answer: int
    state: str
    sent_at: datetime | None
    transaction_id: str | None
    sha256: str
    body: str


class RawOrder(BaseModel):
    """`source`: the operation and the moment it was read from."""

    po_number: str
    source: str
    revisions: list[RawRevision]
    answers: list[RawAnswer]


class OrderExpiry(BaseModel):
    """When an order was deleted with all that was kept of it, and by which limit: `retention` as the data map names it,
    `days` after the close of the order."""

    expired_at: datetime
    retention: str
    days: int


async def read_expiry(session: AsyncSession, order_id: UUID) -> OrderExpiry:
    """Raises NotFound for an order that is there, that never was, or whose end is longer ago than the log goes."""
    statement = select(JournalEntry.at, JournalEntry.payload).where(
        JournalEntry.object_type == "order",
        JournalEntry.object_id == str(order_id),
        JournalEntry.kind == "order.expired",
    )
    found = (await session.execute(statement.order_by(JournalEntry.at.desc()).limit(1))).first()
    if found is None:
        raise NotFound("No order of that id was deleted by a limit of retention.")
    at, payload = found
    return OrderExpiry(expired_at=at, retention=payload["retention"], days=payload["days"])


async def read_raw(session: AsyncSession, caller: Caller, order_id: UUID) -> RawOrder:
    """Reading it is an act of its own in the audit log. Raises NotFound, OrderPartlyHidden."""
    await must_see_all(session, order_id)
    order = await session.get(PurchaseOrder, order_id)
    if order is None:
        raise NotFound("There is no such order.")
    revisions = await session.execute(
        select(PurchaseOrderRevision)
        .where(PurchaseOrderRevision.purchase_order_id == order_id)
        .order_by(PurchaseOrderRevision.revision.desc())
    )
    raw = RawOrder(
        po_number=order.po_number,
        source=order.source_ref,
        revisions=[
            RawRevision(
                revision=one.revision, received_at=one.received_at, sha256=one.content_hash.hex(), content=one.content
            )
            for one in revisions.scalars()
        ],
        answers=[
            RawAnswer(
                answer=one.answer,
                state=one.state,
                sent_at=one.sent_at,
                transaction_id=one.transaction_id,
                sha256=one.payload_hash.hex(),
                body=one.payload.decode(),
            )
            for one in reversed(await answers_of(session, order_id))
        ],
    )
    await record_order(
        session,
        order,
        "order.raw_read",
        actor=person(caller),
        payload={"revisions": len(raw.revisions), "answers": len(raw.answers)},
        audit=True,
    )
    return raw
