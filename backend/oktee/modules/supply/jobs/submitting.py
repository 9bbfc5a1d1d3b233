"""Sending one planned answer: steps 2 to 4 of the answer protocol (trust/RELIABILITY 3).

A crash at any point sends nothing twice with effect: what is `sending` when a worker looks again has an unknown outcome,
and only Amazon's own status settles that.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, Refused, Revoked, WritesStopped
from oktee.amazon.client.models.vendor_orders import Order, OrderStatus
from oktee.amazon.client.operations import GET_PURCHASE_ORDERS_STATUS
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    get_purchase_order_status,
    submit_acknowledgement,
)
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.write_stops import is_stopped
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.order_content import Unstorable, read_order
from oktee.amazon.mirror.purchase_order_status import Reading
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON, SYSTEM, Actor
from oktee.kit import work
from oktee.kit.chaos import point
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply import answering
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.jobs.held import fail, find_held, keep, note, read_held, set_status
from oktee.modules.supply.jobs.verifying import CHECKS
from oktee.modules.supply.notices import notice
from oktee.modules.supply.observing import mark_outside
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.tables import Acknowledgement, AutomationPause
from oktee.notify.outbox import publish

UNKNOWN_FIRST = timedelta(minutes=2)
STOPPED = timedelta(seconds=10)
"""How often an answer that the kill switch holds back looks whether it may leave."""
GIVES_WAY = timedelta(minutes=10)
REFUSALS = 5


async def submit(item: work.Item) -> None:
    """Send one planned answer: look once more at Amazon, mark it `sending`, send, note the transaction."""
    held = await read_held(item.organization_id, item.key)
    if held is None or held.answer.state not in ("planned", "sending"):
        return
    if held.answer.state == "sending":  # a worker died after it marked the answer and before it noted the outcome
        await _unknown(item, "the process ended while the answer was on its way")
        return
    if held.answer.send_at > present():
        async with item.record(next_at=held.answer.send_at):
            return
    if await is_stopped(item.organization_id, held.answer.connection_id):
        async with item.record(next_at=present() + STOPPED):
            return
    point("ack.planned")
    connection_id, number = held.answer.connection_id, held.answer.po_number
    try:
        client = await client_for(item.organization_id, connection_id)
        shown = await get_purchase_order_status(client, number)
        current = await get_purchase_order(client, number)
    except (Revoked, ConnectionEnded, NotVerified):
        await _stand_down(item, "held", notice("supply.answer.connection_lost"))
        return
    except Refused as error:
        if not _lasting(item, error):
            raise
        await fail(item, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
        return
    payload = await _mark_sending(item, shown, current)
    if payload is None:
        return
    point("ack.sending")
    try:
        transaction_id = await submit_acknowledgement(client, payload)
    except AmazonError as error:
        await _not_sent(item, error)
        return
    point("ack.after_http")
    async with item.record() as session:
        found = await find_held(session, item.key, lock=True)
        assert found is not None
        answer, order = found.answer, found.order
        answer.state, answer.transaction_id, answer.sent_at = "sent", transaction_id, present()
        await set_status(session, order.id, "processing")
        await note(
            session, order, answer, "answer.sent", actor=_planner(answer), payload={"transaction_id": transaction_id}
        )
        looks_at = present() + CHECKS[0] + await _others_first(session, connection_id)
        await work.schedule(session, kinds.VERIFY, item.key, due_at=looks_at)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        await reflect(session, [order.id])
    point("ack.sent")


async def _others_first(session: AsyncSession, connection_id: UUID) -> timedelta:
    """How long the proof of an answer gives way to answers that have not left. Both ask for the same status, of which Amazon
    gives so many a second: looked at as they leave, a thousand orders would take twice as long to be answered."""
    waiting = select(func.count()).where(
        Acknowledgement.connection_id == connection_id,
        Acknowledgement.state == "planned",
        Acknowledgement.send_at <= func.now(),
    )
    count = (await session.execute(waiting)).scalar_one()
    return min(timedelta(seconds=count / GET_PURCHASE_ORDERS_STATUS.rate), GIVES_WAY)


async def _mark_sending(item: work.Item, shown: OrderStatus | None, current: Order) -> bytes | None:
    """Step 2. None when the answer must not leave: the order moved, or somebody else answered it."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return None
        answer, order = held.answer, held.order
        moved = _hash(current) != order.content_hash or answer.revision != order.revision
        answered = shown is not None and _answered(shown) and await answering.in_effect(session, order.id) is None
        outside = answered and answer.resends == 0
        stopped = await _switched_off(session, answer, order)
        if not moved and not answered and not stopped:
            answer.state, answer.sending_at = "sending", present()
            await set_status(session, order.id, "sending")
            return answer.payload
    if outside:
        assert shown is not None
        await _give_way(item, shown)
    elif answered:
        await _look_instead(item)
    elif stopped and held.answer.resends:
        await fail(item, notice("supply.answer.unknown_outcome", resends=0), raw="the outcome stayed unknown")
    elif stopped and not moved:
        await _stand_down(item, "to_confirm", notice("supply.answer.automation_off"))
    else:
        await _stand_down(
            item, "to_confirm", notice("supply.answer.order_changed_before_send", revision=held.order.revision)
        )
    return None


async def _switched_off(session: AsyncSession, answer: Acknowledgement, order: PurchaseOrder) -> bool:
    """Suggest only sends nothing, ever, and a paused vendor code nothing by a rule: asked under the order's lock, so
    that what was planned a moment before the switch does not leave after it."""
    state = await answering.lock_state(session, order.id)
    if answer.planned_by_type != "rule" and state.send_reason != answering.ALSO_THESE:
        return False
    settings, _ = await read_settings(session)
    if settings.mode == "suggest":
        return True
    paused = select(AutomationPause.vendor_code).where(
        AutomationPause.connection_id == order.connection_id, AutomationPause.vendor_code == order.vendor_code
    )
    return (await session.execute(paused)).first() is not None


def _hash(current: Order) -> bytes | None:
    try:
        return read_order(current).hash
    except Unstorable:  # what cannot be kept is not what was decided
        return None


def _lasting(item: work.Item, error: Refused) -> bool:
    """Whether Amazon's no is final: a faulty request at once, a missing role or order after a few tries."""
    return error.status in (400, 413, 415) or item.attempts >= REFUSALS


def _answered(shown: OrderStatus) -> bool:
    for line in shown.item_status:
        status = line.acknowledgement_status
        if status is None:
            continue
        if status.acknowledgement_status_details or status.confirmation_status not in (None, "UNCONFIRMED"):
            return True
    return False


async def _give_way(item: work.Item, shown: OrderStatus) -> None:
    """Somebody else answered before us: our answer does not leave, and theirs is what counts."""
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        answer, order = held.answer, held.order
        answer.state, answer.finished_at = "superseded", present()
        reason = notice("supply.answer.answered_elsewhere")
        await note(session, order, answer, "answer.superseded", actor=SYSTEM, outcome="held", payload=reason)
        await keep(session, order.id, Reading(shown, Source(present(), "getPurchaseOrdersStatus")))
        await session.refresh(order)
        await mark_outside(session, order, await answering.lock_state(session, order.id))
        await reflect(session, [order.id])


async def _look_instead(item: work.Item) -> None:
    """It was to leave again because nothing was shown, and now something is: that is judged, nothing is sent over it."""
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        held.answer.state, held.answer.unknown_at, held.answer.reads = "unknown", present(), 0
        await work.schedule(session, kinds.VERIFY, item.key)


async def _stand_down(item: work.Item, status: str, reason: dict[str, Any]) -> None:
    """The planned answer is superseded and nothing leaves; the mirror is read again, and decides anew."""
    async with item.record() as session:
        connection_id = UUID(item.key.split("/")[0])
        with suppress(runner.NotCollecting):  # a lost connection collects nothing. Work rows before data rows.
            for stream in ("purchase_orders", "purchase_order_status"):
                await runner.fetch_now(session, connection_id, stream, "notification")
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        answer, order = held.answer, held.order
        answer.state, answer.finished_at = "superseded", present()
        state = await answering.lock_state(session, order.id)
        state.status, state.answered_by, state.send_at = status, None, None
        state.hold = [reason] if status == "held" else []
        await answering.release(session, order.id)
        await note(session, order, answer, "answer.superseded", actor=SYSTEM, outcome="held", payload=reason)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        await reflect(session, [order.id])


async def _not_sent(item: work.Item, error: AmazonError) -> None:
    """Refused for good, to be tried again, or nobody knows: the three outcomes of a failed call."""
    if error.delivered is not False:
        await _unknown(item, error.reason)
        return
    if isinstance(error, Refused) and _lasting(item, error):
        await fail(item, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
        return
    if isinstance(
        error, WritesStopped
    ):  # stopped between the look above and the request: it waits, and nobody refused it
        async with item.record(next_at=present() + STOPPED) as session:
            held = await find_held(session, item.key, lock=True)
            if held is not None and held.answer.state == "sending":
                held.answer.state = "planned"
        return
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is not None and held.answer.state == "sending":
            held.answer.state = "planned"  # it certainly did not arrive: the same bytes may leave again
            held.answer.refused += 1
            payload = {"refused": held.answer.refused, "why": error.reason}
            await note(
                session, held.order, held.answer, "answer.refused", actor=AMAZON, outcome="failed", payload=payload
            )
    raise error


async def _unknown(item: work.Item, why: str) -> None:
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "sending":
            return
        held.answer.state, held.answer.unknown_at, held.answer.reads = "unknown", present(), 0
        await set_status(session, held.order.id, "processing")
        await note(
            session, held.order, held.answer, "answer.unknown", actor=SYSTEM, outcome="failed", payload={"why": why}
        )
        await work.schedule(session, kinds.VERIFY, item.key, due_at=present() + UNKNOWN_FIRST)
        await publish(session, "order.changed", order_id=str(held.order.id), po_number=held.order.po_number)


def _planner(answer: Acknowledgement) -> Actor:
    return Actor(
        answer.planned_by_type, answer.planned_by_name, str(answer.planned_by_id) if answer.planned_by_id else None
    )
