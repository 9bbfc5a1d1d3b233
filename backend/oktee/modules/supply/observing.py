"""The observe job: what Amazon shows now, against what we know; answers that are not ours are recognised here."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import stock
from oktee.journal.record import OUTSIDE, SYSTEM, Subject, record
from oktee.journal.tables import JournalEntry
from oktee.kit import work
from oktee.kit.database import new_id, tenant_session
from oktee.modules.supply import answering
from oktee.modules.supply.answers.protocol import reads_otherwise
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.line_answers import pieces_of, places_for
from oktee.modules.supply.tables import Acknowledgement, AutomationPause, DecisionLine, OrderState
from oktee.notify.outbox import publish

BATCH = 200
AGAIN_WITHIN = timedelta(days=7)
UNANSWERED = (*answering.WAITING, "send_failed")
"""What still waits for an answer, or for another one: whoever answers it meanwhile is recognised."""
CONFIRMED = {"ACCEPTED": "confirmed", "PARTIALLY_ACCEPTED": "partly_confirmed", "REJECTED": "rejected"}


def answered_status(order: PurchaseOrder) -> str:
    """The shown status of an order that has its answer (web/PRODUCT 0.5)."""
    if order.received_units and order.accepted_units:
        return "received" if order.received_units >= order.accepted_units else "receiving"
    if order.state == "Closed" or order.status == "CLOSED":
        return "rejected" if order.confirmation == "REJECTED" else "closed"
    return CONFIRMED.get(order.confirmation or "", "confirmed")


async def observe(item: work.Item) -> None:
    """Orders of one connection whose read-back is newer than what their state says."""
    connection_id = UUID(item.key)
    after: UUID | None = None
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            batch = await _newer(session, connection_id, after)
            for order, state in batch:
                await _look_at(session, order, state)
            await reflect(session, [order.id for order, _ in batch])
            after = batch[-1][0].id if batch else None
        if len(batch) < BATCH:
            return


async def _newer(
    session: AsyncSession, connection_id: UUID, after: UUID | None
) -> Sequence[tuple[PurchaseOrder, OrderState]]:
    statement = (
        select(PurchaseOrder, OrderState)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(
            PurchaseOrder.connection_id == connection_id,
            PurchaseOrder.status_fetched_at.is_not(None),
            or_(
                PurchaseOrder.status_fetched_at >= OrderState.updated_at,
                # Whatever was written in between: an answer that is shown must not stay unnoticed.
                and_(
                    OrderState.status.in_(UNANSWERED),
                    PurchaseOrder.confirmation.is_not(None),
                    PurchaseOrder.confirmation != "UNCONFIRMED",
                ),
            ),
            PurchaseOrder.id > after if after else PurchaseOrder.id.is_not(None),
        )
        .order_by(PurchaseOrder.id)
        .limit(BATCH)
        .with_for_update(of=(PurchaseOrder, OrderState))
    )
    return [(order, state) for order, state in (await session.execute(statement)).all()]


async def _look_at(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> None:
    shown = order.confirmation not in (None, "UNCONFIRMED")
    ours = await answering.in_effect(session, order.id) if state.answered_by not in ("outside", "history") else None
    if (state.status in UNANSWERED and shown and ours is None) or (
        ours is not None and await _overridden(session, order, ours)
    ):
        await mark_outside(session, order, state)
    elif state.status in UNANSWERED and ours is None and "CLOSED" in (order.state.upper(), order.status):
        await answering.supersede_planned(session, order.id, cause="closed")
        await answering.release_all(session, order.id)
        state.status, state.hold, state.send_at, state.answered_by = "closed", [], None, None
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    elif state.answered_by in ("outside", "history"):
        await refresh_outside(session, order, state)
    elif state.answered_by == "oktee" and state.status in (*CONFIRMED.values(), "receiving", "received", "closed"):
        state.status = answered_status(order)
    state.updated_at = func.now()


async def _overridden(session: AsyncSession, order: PurchaseOrder, answer: Acknowledgement) -> bool:
    """What Amazon showed as ours once, it shows otherwise now, and it did not change the order: somebody answered over it."""
    if answer.state != "seen" or answer.revision != order.revision or order.accepted_units is None:
        return False
    ours = {line["sequence"]: line["accepted"] + line["backordered"] for line in answer.lines}
    if order.accepted_units != sum(ours.values()):
        return True
    return len(ours) > 1 and reads_otherwise(ours, await _accepted(session, order))


async def mark_outside(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> None:
    """Somebody else answered: our send stops, the reservation becomes what was accepted, and it is shown as such."""
    before = state.status
    await answering.supersede_planned(session, order.id, cause="answered_outside", actor=OUTSIDE)
    await _reserve_accepted(session, order, state)
    state.status = answered_status(order)
    state.answered_by = "outside"
    state.answered_at = order.first_acknowledged_at
    state.decided_by_type, state.decided_by_name = "outside", "outside OKTee"
    state.taken, state.backordered, state.cut = order.accepted_units, 0, order.rejected_units
    state.cut_value = (await rejected_values(session, [order.id])).get(order.id)
    state.undecided_lines, state.hold, state.send_at, state.proposed = 0, [], None, False
    await note_outside(session, order, before=before)


async def refresh_outside(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> None:
    """An order that others answered, as Amazon shows it now: their numbers may change, and come after their answer."""
    if state.answered_by == "outside" and state.decision_id is not None and state.taken != order.accepted_units:
        await _reserve_accepted(session, order, state)
    state.status = answered_status(order)
    if state.cut != order.rejected_units or (state.cut_value is None and order.rejected_units):
        state.cut_value = (await rejected_values(session, [order.id])).get(order.id)
    state.taken, state.cut = order.accepted_units, order.rejected_units
    state.answered_at = order.first_acknowledged_at or state.answered_at


async def _reserve_accepted(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> None:
    if state.decision_id is None:
        await answering.release_all(session, order.id)
        return
    accepted = await _accepted(session, order)
    statement = select(DecisionLine).where(DecisionLine.decision_id == state.decision_id)
    decided = (await session.execute(statement)).scalars().all()
    lines = {line.sequence: pieces_of(line, accepted.get(line.sequence, 0)) for line in decided}
    placed = {
        line.sequence: places
        for line in decided
        if (places := places_for(line, accepted.get(line.sequence, 0))) is not None
    }
    await stock.set_reservation(
        session, purchase_order_id=order.id, source_type="order", source_id=str(new_id()), lines=lines, placed=placed
    )


async def rejected_values(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What these orders were worth where Amazon shows a rejection, in the currency of the order."""
    line, shown = PurchaseOrderLine, PurchaseOrderLineStatus
    same = and_(line.purchase_order_id == shown.purchase_order_id, line.sequence == shown.sequence)
    statement = (
        select(shown.purchase_order_id, func.sum(shown.rejected_units * cast(line.net_cost, Numeric)))
        .join(line, same)
        .where(shown.purchase_order_id.in_(ids), shown.rejected_units > 0, line.net_cost.is_not(None))
        .group_by(shown.purchase_order_id)
    )
    found: dict[UUID, Any] = dict((await session.execute(statement)).all())
    return found


async def _accepted(session: AsyncSession, order: PurchaseOrder) -> dict[str, int]:
    """Eaches that Amazon shows as accepted, by line."""
    shown = select(PurchaseOrderLineStatus.sequence, PurchaseOrderLineStatus.accepted_units).where(
        PurchaseOrderLineStatus.purchase_order_id == order.id
    )
    return dict((await session.execute(shown)).all())


async def note_outside(session: AsyncSession, order: PurchaseOrder, *, before: str | None) -> None:
    """Journal it; the second time within a week automation pauses for that vendor code and says why."""
    subject = Subject("order", str(order.id), order.po_number)
    place: dict[str, Any] = {
        "marketplace_id": order.marketplace_id,
        "vendor_code": order.vendor_code,
        "brand": order.brand,
    }
    earlier = await session.scalar(
        select(func.count())
        .select_from(JournalEntry)
        .where(
            JournalEntry.kind == "order.answered_outside",
            JournalEntry.vendor_code == order.vendor_code,
            JournalEntry.at > func.now() - AGAIN_WITHIN,
        )
    )
    # Audit entries are written as the last act of a transaction: those of this one are not in the table yet.
    pending: list[JournalEntry] = session.info.get("audit", [])
    earlier = (earlier or 0) + sum(
        entry.kind == "order.answered_outside" and entry.vendor_code == order.vendor_code for entry in pending
    )
    await record(
        session,
        "order.answered_outside",
        actor=OUTSIDE,
        subject=subject,
        audit=True,
        payload={
            "accepted": order.accepted_units,
            "rejected": order.rejected_units,
            "confirmation": order.confirmation,
            "status_before": before,
        },
        correlation_id=answering.correlation(order),
        **place,
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    if not earlier:
        return
    reason = {
        "message": "supply.automation.paused_outside",
        "values": {
            "vendor_code": {"type": "text", "value": order.vendor_code},
            "orders": {"type": "quantity", "value": earlier + 1},
            "po_number": {"type": "text", "value": order.po_number},
        },
    }
    made = await session.execute(
        insert(AutomationPause)
        .values(connection_id=order.connection_id, vendor_code=order.vendor_code, reason=reason)
        .on_conflict_do_nothing()
        .returning(AutomationPause.vendor_code)
    )
    if made.first() is not None:
        await record(
            session,
            "automation.paused",
            actor=SYSTEM,
            subject=Subject("vendor_code", order.vendor_code, order.vendor_code),
            payload=reason,
            audit=True,
            correlation_id=answering.correlation(order),
            **place,
        )
        await publish(session, "automation.changed")
