"""Confirming one order as its page showed it: the answer is planned and handed to the worker."""

from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import person
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.modules.supply import answering
from oktee.modules.supply.deciding import answer_key
from oktee.modules.supply.exceptions.keeping import By, reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.tables import Acknowledgement


class Shown(Protocol):
    """The revision and the decision that somebody saw."""

    revision: int
    decision_id: UUID


async def confirm_as_shown(
    session: AsyncSession, caller: Caller, order_id: UUID, shown: Shown, *, fix: str = "confirm"
) -> Acknowledgement:
    """Plan the answer. Raises NotFound, OrderPartlyHidden, and what `answering.plan` raises."""
    await must_see_all(session, order_id)
    async with widened(session):
        state = await answering.lock_state(session, order_id)
        order = await answering.get_order(session, order_id)
        answering.check_same(state, order, revision=shown.revision, decision_id=shown.decision_id)
        if (
            state.status == "scheduled"
        ):  # what waits for its minute leaves now; what leaves already is somebody's answer
            await answering.supersede_planned(session, order_id, cause="confirmed", actor=person(caller))
        answer = await answering.plan(
            session, order, state, actor=person(caller), send_at=present(), reason="confirmed"
        )
        state.decided_by_type, state.decided_by_name = "person", caller.name
        await work.schedule(session, kinds.SUBMIT, answer_key(answer))
        await reflect(session, [order.id], by=By(person(caller), fix))
    return answer
