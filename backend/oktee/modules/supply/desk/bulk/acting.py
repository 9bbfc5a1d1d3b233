"""Many orders are held, released, decided again, given or marked: each by itself, so that one's fault stops no other."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import Forbidden, OKTeeError
from oktee.modules.supply.desk.bulk.choosing import choose
from oktee.modules.supply.desk.bulk.runs import Going, begin_run
from oktee.modules.supply.desk.bulk.wire import Act, BulkIn, BulkOutcome, Refusal
from oktee.modules.supply.desk.handing import HANDING, check_hands, hand
from oktee.modules.supply.drafting import hold, release_hold, undo_hold
from oktee.modules.supply.sight import must_see_all

AT_ONCE: Final = 25
"""So many orders are done while the person waits; more are handed to a worker."""
HOLDS: Final = "orders.hold"
"""What whoever asks for it may do, for as long as it goes on in their name."""


async def begin(caller: Caller, body: BulkIn) -> BulkOutcome:
    """Do it, or hand it to a worker. Each order has a transaction of its own: one's fault stops no other."""
    async with tenant_session(caller.organization_id, caller.scope) as session:
        ids = await choose(session, caller, body)
        await check_hands(session, person_id=body.person_id, team_id=body.team_id, tags=body.tags or ())
        if len(ids) > AT_ONCE:
            operation_id = await begin_run(
                session, caller, BULK, unit="orders", action=body.action, reason=body.reason, ids=ids,
                details=body.what().details(),
                said={"action": body.action, "orders": len(ids), "reason": body.reason},
            )  # fmt: skip
            return BulkOutcome(
                action=body.action, orders=len(ids), done=0, ids=[], refused=[], operation_id=operation_id
            )
    outcome = BulkOutcome(action=body.action, orders=len(ids), done=0, ids=[], refused=[], operation_id=None)
    for order_id in ids:
        refusal = await act(caller, order_id, body.what())
        if refusal is None:
            outcome.done += 1
            outcome.ids.append(order_id)
        else:
            outcome.refused.append(refusal)
    return outcome


async def act(caller: Caller, order_id: UUID, wish: Act) -> Refusal | None:
    """One order, in its own transaction and within the scope of who acts; what it refused."""
    try:
        async with tenant_session(caller.organization_id, caller.scope) as session:
            if wish.action in HANDING:
                await hand(session, caller, order_id, wish)
                return None
            await must_see_all(session, order_id)
            async with widened(session):
                await _do(session, caller, order_id, action=wish.action, reason=wish.reason)
        return None
    except OKTeeError as error:
        async with tenant_session(caller.organization_id, caller.scope) as session:
            number = await session.scalar(select(PurchaseOrder.po_number).where(PurchaseOrder.id == order_id))
        return Refusal(id=order_id, po_number=number or "", code=error.code, detail=error.detail)


async def _do(session: AsyncSession, caller: Caller, order_id: UUID, *, action: str, reason: str | None) -> None:
    if action in ("release", "decide"):
        await release_hold(session, caller, order_id)
        return
    if action == "undo_hold":
        await undo_hold(session, caller, order_id)
        return
    await hold(session, caller, order_id, reason or "")
    if action == "answered_outside":
        # Nobody's word is proof: the order is held, its clock runs on, and Amazon's own status ends it (observing.py).
        order = await session.get_one(PurchaseOrder, order_id)
        await record(
            session, "order.said_answered", actor=person(caller),
            subject=Subject("order", str(order_id), order.po_number), payload={"reason": reason}, audit=True,
            marketplace_id=order.marketplace_id, vendor_code=order.vendor_code, brand=order.brand,
        )  # fmt: skip


async def run_bulk(item: work.Item) -> None:
    """Order by order; a worker that takes over goes on behind the last one that was noted. Stops at a wish to cancel, and
    where the person in whose name it goes on may no longer do it."""
    async with tenant_session(item.organization_id) as session:
        taken = await Going.taken_up(session, item)
        if taken is None:
            return
        going, wish = taken[0], Act.of(taken[1])
    cancelled, gone = False, None
    while going.done < len(going.ids) and not cancelled:
        try:
            caller = await going.asked_by.as_they_are(item.organization_id, HOLDS)
        except Forbidden as refused_now:
            gone = refused_now
            break
        refusal = await act(caller, going.ids[going.done], wish)
        going.done += 1
        going.refuse([] if refusal is None else [refusal])
        cancelled = await going.note(told=going.done % 20 == 0)
    result = {"action": wish.action, "orders": len(going.ids), "done": going.done - going.refused_count}
    await going.end(gone, cancelled=cancelled, result=result)


BULK: Final = work.Kind("bulk_orders", run=run_bulk, queue="bulk", timeout=3600.0, attempts=20)
"""Key: the run's id."""
