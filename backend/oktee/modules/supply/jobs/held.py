"""One answer and its order, read and locked together, and what every step of its journey does with them."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.order_content import Unstorable
from oktee.amazon.mirror.purchase_order_status import Reading, store_one
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor
from oktee.kit import work
from oktee.kit.database import after_commit, organization_of, tenant_session
from oktee.modules.supply import answering
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.tables import Acknowledgement, OrderState


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer and its order as one transaction read them."""

    answer: Acknowledgement
    order: PurchaseOrder


async def find_rows(session: AsyncSession, key: str, *, lock: bool = False) -> Rows | None:
    """Locked in the house's order: the order, its state, its answer. Whoever locks otherwise could deadlock."""
    connection, number, count = key.split("/")
    mirrored = select(PurchaseOrder).where(
        PurchaseOrder.connection_id == UUID(connection), PurchaseOrder.po_number == number
    )
    answers = select(Acknowledgement).where(
        Acknowledgement.connection_id == UUID(connection),
        Acknowledgement.po_number == number,
        Acknowledgement.answer == int(count),
    )
    if lock:
        mirrored, answers = mirrored.with_for_update(), answers.with_for_update()
    order = (await session.execute(mirrored)).scalar_one_or_none()
    if order is None:
        return None
    if lock:
        await answering.lock_state(session, order.id)
    answer = (await session.execute(answers)).scalar_one_or_none()
    return None if answer is None else Rows(answer, order)


async def keep(session: AsyncSession, order_id: UUID, reading: Reading | None) -> None:
    """What was read back joins the mirror; a status that cannot be kept there is proof all the same."""
    if reading is not None:
        with suppress(Unstorable):
            await store_one(session, order_id, reading)


def take_up_change(session: AsyncSession, state: OrderState, answer: Acknowledgement, order: PurchaseOrder) -> None:
    """Amazon changed the order while the answer was on its way: with the proof in, the decide job takes it up.

    Scheduled after the commit, since work rows are locked before data rows; a crash in between costs no more than the
    time to the next run, which finds the order by its revision.
    """
    if order.revision == answer.revision:
        return
    state.revision = answer.revision
    organization, connection = organization_of(session), str(order.connection_id)

    async def decide() -> None:
        async with tenant_session(organization) as own:
            await work.schedule(own, kinds.DECIDE, connection)

    after_commit(session, decide)


async def note(
    session: AsyncSession,
    order: PurchaseOrder,
    answer: Acknowledgement,
    kind: str,
    *,
    actor: Actor,
    payload: dict[str, Any],
    outcome: str = "ok",
) -> None:
    base = {"answer": answer.answer, "revision": answer.revision, "payload_hash": answer.payload_hash.hex()}
    await record_order(
        session,
        order,
        kind,
        actor=actor,
        outcome=outcome,
        payload=base | payload,
        audit=True,
        operation="submitAcknowledgement",
        sent_hash=answer.payload_hash,
        transaction_id=answer.transaction_id,
    )
