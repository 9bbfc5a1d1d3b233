"""Confirming one order as its page showed it: the answer is planned and handed to the worker."""

from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import person
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.kit.errors import Conflict
from oktee.modules.supply import answering
from oktee.modules.supply.answers.protocol import EFFECTIVE
from oktee.modules.supply.decided import answers_of, lines_of
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.exceptions.keeping import By, reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.second_person import REJECT_HARD, Confirming
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.tables import Acknowledgement, OrderState
from oktee.notify.outbox import publish


class RejectsWholeLine(Conflict):
    """A line would be rejected whole, which Amazon never lets us take back."""


def confirming(caller: Caller) -> Confirming:
    """This person, as somebody who sends an answer."""
    return Confirming(person(caller), may_reject_hard=caller.may(REJECT_HARD))


class Shown(Protocol):
    """The revision and the decision that somebody saw."""

    revision: int
    decision_id: UUID


async def confirm_as_shown(
    session: AsyncSession, caller: Caller, order_id: UUID, shown: Shown, *, fix: str = "confirm", many: bool = False
) -> Acknowledgement:
    """Plan the answer. `many`: as one of several, which nobody looks at line by line. Where Amazon changed the order and
    shows exactly this answer already, that one stands and nothing is sent.

    Raises NotFound, OrderPartlyHidden, RejectsWholeLine (of several only), and what `answering.plan` raises.
    """
    await must_see_all(session, order_id)
    async with widened(session):
        state = await answering.lock_state(session, order_id)
        order = await answering.get_order(session, order_id)
        answering.check_same(state, order, revision=shown.revision, decision_id=shown.decision_id)
        if many:
            await check_whole_lines(session, order_id, shown.decision_id)
        if (
            state.status == "scheduled"
        ):  # what waits for its minute leaves now; what leaves already is somebody's answer
            await answering.supersede_planned(session, order_id, cause="confirmed", actor=person(caller))
        try:
            answer = await answering.plan(
                session, order, state, by=confirming(caller), send_at=present(), reason="confirmed"
            )
        except answering.AlreadyAnswered:
            shown_already = await _shown_already(session, order, state)
            if shown_already is None:
                raise
            await _take_as_it_is(session, caller, order, state)
            await reflect(session, [order.id], by=By(person(caller), fix))
            return shown_already
        state.decided_by_type, state.decided_by_name = "person", caller.name
        await work.schedule(session, kinds.SUBMIT, answer_key(answer))
        await reflect(session, [order.id], by=By(person(caller), fix))
    return answer


async def check_whole_lines(session: AsyncSession, order_id: UUID, decision_id: UUID) -> None:
    """What cannot be taken back is never part of an act on many. A line that an earlier answer rejected is lost already."""
    lines = await lines_of(session, decision_id)
    nothing = {line.sequence for line in lines if line.asked and line.taken == 0 and not line.backordered}
    if not nothing:
        return
    answers = await answers_of(session, order_id)
    lost = {sequence for answer in answers if answer.state in EFFECTIVE for sequence in _rejected(answer)}
    if nothing - lost:
        raise RejectsWholeLine(
            "A line of this order would be rejected whole. Open the order: that is decided line by line."
        )


def _rejected(answer: Acknowledgement) -> set[str]:
    """The lines of which this answer took nothing."""
    return {line["sequence"] for line in answer.lines if not line["accepted"] and not line["backordered"]}


async def _shown_already(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> Acknowledgement | None:
    """The answer that Amazon shows, where the order was changed and that answer fits it as it is now."""
    last = next(iter((await answers_of(session, order.id))[::-1]), None)
    return last if last is not None and state.status == "changed" and last.state == "seen" else None


async def _take_as_it_is(session: AsyncSession, caller: Caller, order: PurchaseOrder, state: OrderState) -> None:
    """The change asks for no other answer: nothing is sent, and the order needs nobody any more."""
    state.status, state.proposed, state.hold, state.send_at = answering.answered_as(state), False, [], None
    state.answered_at = present()
    state.decided_by_type, state.decided_by_name = "person", caller.name
    await record_order(
        session, order, "order.change_taken", actor=person(caller), payload={"revision": order.revision}, audit=True
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
