"""What Supply does in the moment it is switched off or on again: nothing planned leaves, what was sent is still proved."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import work
from oktee.modules.supply import answering
from oktee.modules.supply.deciding.keys import CLOCKS, WHOLE, answer_key
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.reserving import release
from oktee.modules.supply.shipments import switching as shipments
from oktee.modules.supply.tables import Acknowledgement
from oktee.notify.outbox import publish

UNDER_WAY = ("sending", "unknown", "sent")


async def rest(session: AsyncSession) -> None:
    """Every answer that has not left is taken back and its order waits for a person, so that switching on again sends
    nothing by itself."""
    planned = select(Acknowledgement.purchase_order_id).where(Acknowledgement.state == "planned")
    for order_id in sorted((await session.scalars(planned)).all()):
        state = await answering.lock_state(session, order_id)
        if await answering.supersede_planned(session, order_id, cause="module_off"):
            order = await answering.get_order(session, order_id)
            await release(session, order_id)
            state.status, state.answered_by, state.send_at = "to_confirm", None, None
            await publish(session, "order.changed", order_id=str(order_id), po_number=order.po_number)
    await shipments.rest(session)


async def wake(session: AsyncSession) -> None:
    """Answers that were under way when it was switched off are read back until they are proved."""
    answers = (await session.scalars(select(Acknowledgement).where(Acknowledgement.state.in_(UNDER_WAY)))).all()
    for key in sorted(answer_key(answer) for answer in answers):
        await work.schedule(session, kinds.VERIFY, key)
    await work.schedule(session, kinds.LOOK, WHOLE)
    await work.schedule(session, kinds.WATCH, CLOCKS)
    await shipments.wake(session)
