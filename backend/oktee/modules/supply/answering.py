"""Answers: planned in one transaction with their reservation and journal entry (trust/RELIABILITY 3, step 1)."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import SYSTEM, Actor
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, NotFound
from oktee.modules.supply import second_person
from oktee.modules.supply.answer_bodies import (
    LinesUndecided,
    build_body,
    check_body,
    line_json,
    same_lines,
)
from oktee.modules.supply.answers.body import encode
from oktee.modules.supply.answers.protocol import EFFECTIVE, follows
from oktee.modules.supply.clocks import read_clock
from oktee.modules.supply.decided import answers_of, lines_of
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.proposing.inputs import order_input
from oktee.modules.supply.reserving import reserve_both
from oktee.modules.supply.tables import Acknowledgement, Decision, OrderState
from oktee.notify.outbox import publish

ALSO_THESE = "also_these"
"""Why an answer is planned that a person handed to automation: with it switched off, it does not leave either."""
WAITING = ("to_confirm", "scheduled", "held", "changed")


class OrderChanged(Conflict):
    """Amazon changed the order after this page was read."""


class DecisionChanged(Conflict):
    """Somebody else, or a rule, decided again after this page was read."""


class AlreadyAnswered(Conflict):
    """The order has its answer already."""


class AnswerInFlight(Conflict):
    """An answer of this order is on its way; the next one waits for its proof."""


async def get_order(session: AsyncSession, order_id: UUID) -> PurchaseOrder:
    found = await session.get(PurchaseOrder, order_id)
    if found is None:
        raise NotFound("There is no such order.")
    return found


async def lock_state(session: AsyncSession, order_id: UUID) -> OrderState:
    """The order's state, locked: whoever decides about one order does so alone. Raises NotFound.

    The order's row comes first, as everywhere: a row that points to it would ask for it later, and two could deadlock.
    """
    await session.execute(select(PurchaseOrder.id).where(PurchaseOrder.id == order_id).with_for_update())
    statement = select(OrderState).where(OrderState.purchase_order_id == order_id).with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such order, or it has not been looked at yet.")
    return found


def check_same(state: OrderState, order: PurchaseOrder, *, revision: int, decision_id: UUID) -> None:
    """The page and the store speak of the same revision and decision. Raises OrderChanged, DecisionChanged."""
    if order.revision != revision or state.revision != revision:
        raise OrderChanged("Amazon changed this order after you opened it. Look at what changed, then decide again.")
    if state.decision_id != decision_id:
        raise DecisionChanged("Somebody else decided about this order after you opened it. Reload to see their answer.")


async def plan(
    session: AsyncSession,
    order: PurchaseOrder,
    state: OrderState,
    *,
    by: second_person.Confirming,
    send_at: datetime,
    reason: str,
    now: datetime | None = None,
) -> Acknowledgement:
    """Plan the answer that the state's decision holds. The caller has locked `state` and checked the revision.

    Reserves stock, writes the answer with the very bytes to send, the state and the audit entry: all or nothing.
    Raises AlreadyAnswered, AnswerInFlight, LinesUndecided, AnswerInvalid, and what `second_person.check` raises.
    """
    now, actor = now or present(), by.actor
    if state.answered_by in ("outside", "history") or state.status in ("cancelled", "closed"):
        raise AlreadyAnswered("This order was answered outside OKTee; nothing is sent from here.")
    earlier = await answers_of(session, order.id)
    place = follows([(answer.answer, answer.state) for answer in earlier])
    if place is None:
        raise AnswerInFlight("An answer to this order is on its way. Wait until it is seen on Amazon.")
    if state.decision_id is None:
        raise LinesUndecided("This order has no decision yet.")
    decision = await session.get(Decision, state.decision_id)
    if decision is None or decision.revision != order.revision:
        raise OrderChanged("Amazon changed this order after it was decided. It is being decided again.")
    lines = await lines_of(session, state.decision_id)
    await second_person.check(session, decision, lines, earlier, by)
    asked = await order_input(session, order)
    body = build_body(asked, lines, now)
    sent = [json.loads(answer.payload) for answer in earlier if answer.state in EFFECTIVE]
    since = (await read_clock(session, order)).since if sent else {}
    check_body(asked, body, lines, now=now, earlier=sent, since=since)
    payload = encode(body)
    hashed = hashlib.sha256(payload).digest()
    if earlier and earlier[-1].state == "seen" and same_lines(json.loads(earlier[-1].payload), body):
        raise AlreadyAnswered("Amazon shows exactly this answer already.")
    number, supersedes = place
    answer = Acknowledgement(
        connection_id=order.connection_id,
        po_number=order.po_number,
        answer=number,
        purchase_order_id=order.id,
        revision=order.revision,
        decision_id=state.decision_id,
        state="planned",
        supersedes=supersedes,
        payload=payload,
        payload_hash=hashed,
        lines=[line_json(line) for line in lines if line.asked > 0],
        planned_by_type=actor.type,
        planned_by_id=UUID(actor.id) if actor.id else None,
        planned_by_name=actor.name,
        planned_at=now,
        send_at=send_at,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        brands=order.brands,
    )
    session.add(answer)
    await reserve_both(session, order.id, lines)
    state.status = "scheduled" if send_at > now else "sending"
    state.send_at = send_at
    state.send_reason = reason
    state.answered_by = "oktee"
    state.hold = []
    state.proposed = True
    await record_order(
        session,
        order,
        "answer.planned",
        actor=actor,
        payload={
            "answer": number,
            "revision": order.revision,
            "decision_id": str(state.decision_id),
            "payload_hash": hashed.hex(),
            "send_at": send_at.isoformat(),
            "asked": order.units,
            "taken": state.taken,
            "backordered": state.backordered,
            "cut": state.cut,
        },
        cause=reason,
        audit=True,
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await session.flush()
    return answer


def answered_as(state: OrderState) -> str:
    """The status of an order whose answer Amazon shows, by what was taken of it."""
    if (state.taken or 0) + (state.backordered or 0) == 0:
        return "rejected"
    return "partly_confirmed" if state.cut or state.backordered else "confirmed"


async def supersede_planned(session: AsyncSession, order_id: UUID, *, cause: str, actor: Actor = SYSTEM) -> bool:
    """A planned answer that has not left is taken back, and the journal says why. Answers whether there was one."""
    statement = (
        update(Acknowledgement)
        .where(Acknowledgement.purchase_order_id == order_id, Acknowledgement.state == "planned")
        .values(state="superseded", finished_at=func.now())
        .returning(Acknowledgement.answer)
    )
    numbers = (await session.execute(statement)).scalars().all()
    if not numbers:
        return False
    order = await get_order(session, order_id)
    await record_order(
        session,
        order,
        "answer.superseded",
        actor=actor,
        payload={"answer": numbers[0], "revision": order.revision},
        cause=cause,
        audit=True,
    )
    return True
