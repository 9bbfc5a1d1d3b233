"""The observe job: what Amazon shows now, against what we know; answers that are not ours are recognised here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit import work
from oktee.kit.database import tenant_session
from oktee.modules.supply import answering
from oktee.modules.supply.answers.protocol import reads_otherwise
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.outside import CONFIRMED, Known, answered_status, mark_outside, read_known, refresh_outside
from oktee.modules.supply.reserving import all_in_effect, release_all
from oktee.modules.supply.tables import Acknowledgement, OrderState
from oktee.notify.outbox import publish

BATCH = 200
OTHERS = ("outside", "history")
UNANSWERED = (*answering.WAITING, "send_failed")
"""What still waits for an answer, or for another one: whoever answers it meanwhile is recognised."""


async def observe(item: work.Item) -> None:
    """Orders of one connection whose read-back is newer than what their state says."""
    connection_id = UUID(item.key)
    after: UUID | None = None
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            batch = await _newer(session, connection_id, after)
            facts = await _read_facts(session, batch)
            for order, state in batch:
                await _look_at(session, order, state, facts)
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


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a batch: our answers that are in effect, and what is known for those that somebody else answered."""

    ours: Mapping[UUID, Acknowledgement]
    known: Known


async def _read_facts(session: AsyncSession, batch: Sequence[tuple[PurchaseOrder, OrderState]]) -> Facts:
    """Read whole, not order by order: hundreds come at once after a quiet night."""
    ours = await all_in_effect(session, [order.id for order, state in batch if state.answered_by not in OTHERS])
    known = await read_known(session, [order for order, _ in batch], [state for _, state in batch])
    return Facts(ours, known)


async def _look_at(session: AsyncSession, order: PurchaseOrder, state: OrderState, facts: Facts) -> None:
    shown = order.confirmation not in (None, "UNCONFIRMED")
    ours = facts.ours.get(order.id)
    if (state.status in UNANSWERED and shown and ours is None) or (
        ours is not None and _overridden(order, ours, facts.known.accepted.get(order.id, {}))
    ):
        await mark_outside(session, order, state, facts.known)
    elif state.status in UNANSWERED and ours is None and "CLOSED" in (order.state.upper(), order.status):
        await answering.supersede_planned(session, order.id, cause="closed")
        await release_all(session, order.id)
        state.status, state.hold, state.send_at, state.answered_by = "closed", [], None, None
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    elif state.answered_by in OTHERS:
        await refresh_outside(session, order, state, facts.known)
    elif state.answered_by == "oktee" and state.status in (*CONFIRMED.values(), "receiving", "received", "closed"):
        state.status = answered_status(order)
    state.updated_at = func.now()


def _overridden(order: PurchaseOrder, answer: Acknowledgement, accepted: Mapping[str, int]) -> bool:
    """What Amazon showed as ours once, it shows otherwise now, and it did not change the order: somebody answered over it."""
    if answer.state != "seen" or answer.revision != order.revision or order.accepted_units is None:
        return False
    ours = {line["sequence"]: line["accepted"] + line["backordered"] for line in answer.lines}
    if order.accepted_units != sum(ours.values()):
        return True
    return len(ours) > 1 and reads_otherwise(ours, accepted)
