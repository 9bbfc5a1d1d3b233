"""Proving a sent answer: step 5 of the answer protocol. Only Amazon's own status makes it `seen` or a `mismatch`."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import Refused, Unreachable
from oktee.amazon.client.models.vendor_orders import OrderStatus
from oktee.amazon.client.vendor_transactions import get_transaction
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.mirror.purchase_order_status import Reading, read_back
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import AMAZON, SYSTEM, Actor
from oktee.kit import work
from oktee.kit.chaos import point
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.kit.errors import OKTeeError
from oktee.modules.supply import answering
from oktee.modules.supply.answers.read_back import Mismatch, NotYet, ReadBackLine, Seen, compare
from oktee.modules.supply.deciding import answer_key
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.jobs.held import Held, fail, find_held, keep, note, read_held, take_up_change
from oktee.modules.supply.notices import notice
from oktee.modules.supply.observing import CONFIRMED
from oktee.modules.supply.rows import EDIT_WITHIN
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.tables import Acknowledgement, OrderState
from oktee.notify.outbox import publish

UNKNOWN_READS, UNKNOWN_APART = 3, timedelta(minutes=14)
CHECKS = tuple(timedelta(seconds=s) for s in (3, 6, 12, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1350, 1800))
"""After sending: quickly at first, since most answers show within a minute; Amazon asks to allow 30 (PRODUCT F4)."""
ONE_SECOND, HALF_HOUR = timedelta(seconds=1), timedelta(minutes=30)
REPAIR = Actor("rule", "Repair of a mismatch")
LATER, NEVER, CLOSED = timedelta(hours=1), timedelta(hours=48), timedelta(hours=6)


async def verify(item: work.Item) -> None:
    """Read back until Amazon shows the answer, shows another one, or refuses it."""
    held = await read_held(item.organization_id, item.key)
    if held is None or held.answer.state not in ("sent", "unknown"):
        return
    try:
        client = await client_for(item.organization_id, held.answer.connection_id)
    except (ConnectionEnded, NotVerified):  # nothing is read any more; a new consent lets the proof go on
        async with item.record(next_at=present() + CLOSED):
            return
    transaction = None
    if held.answer.transaction_id is not None:
        with suppress(Refused, Unreachable):  # the read-back is the proof; it does not wait for this
            transaction = await get_transaction(client, held.answer.transaction_id)
    point("ack.polled")
    reading = await read_back(client, held.answer.po_number)
    point("ack.read_back")
    lines = _read_back(reading.status if reading else None)
    verdict = compare(json.loads(held.answer.payload), lines)
    said = transaction.status if transaction else None
    if not isinstance(verdict, NotYet) and not await _about_ours(item, held, verdict, reading, said):
        verdict = NotYet(())
    if transaction is not None and transaction.status == "Failure":
        first = transaction.errors[0] if transaction.errors else None
        code, text = (first.code, first.message) if first else ("Failure", "")
        await fail(item, notice("supply.answer.transaction_failed", code=code, text=text), raw=text, status="Failure")
    elif isinstance(verdict, Seen):
        await _seen(item, reading, lines, said)
    elif isinstance(verdict, Mismatch):
        await _mismatch(item, verdict, reading, lines)
    else:
        await _not_yet(item, verdict, said)


async def _about_ours(
    item: work.Item, held: Held, verdict: Seen | Mismatch, reading: Reading | None, said: str | None
) -> bool:
    """Whether what Amazon shows speaks of this answer already, and not still of the one before it.

    It does when an acknowledgement dated since we planned it is shown, when the transaction has succeeded, or after the
    half hour that Amazon asks for. A first answer that reads as sent needs no more proof. Amazon's dates are whole
    seconds: one from the second in which the answer before was seen may belong to either, and proves nothing.
    """
    if said == "Success" or present() - (held.answer.sent_at or held.answer.planned_at) > HALF_HOUR:
        return True
    async with tenant_session(item.organization_id) as session:
        earlier = [one for one in await answering.answers_of(session, held.order.id) if one.answer < held.answer.answer]
    first = not any(one.state in answering.EFFECTIVE for one in earlier)
    if first and (isinstance(verdict, Seen) or held.answer.state == "unknown"):
        return True
    since = held.answer.planned_at.replace(microsecond=0)
    for one in earlier:
        if one.state in answering.EFFECTIVE and one.finished_at is not None:
            since = max(since, one.finished_at.replace(microsecond=0) + ONE_SECOND)
    for line in reading.status.item_status if reading else ():
        status = line.acknowledgement_status
        for detail in status.acknowledgement_status_details if status else ():
            if detail.acknowledgement_date is not None and detail.acknowledgement_date >= since:
                return True
    return False


def _read_back(shown: OrderStatus | None) -> list[ReadBackLine]:
    found = []
    for line in shown.item_status if shown else ():
        status = line.acknowledgement_status
        accepted = status.accepted_quantity.eaches if status and status.accepted_quantity else None
        rejected = status.rejected_quantity.eaches if status and status.rejected_quantity else None
        found.append(
            ReadBackLine(line.item_sequence_number, status.confirmation_status if status else None, accepted, rejected)
        )
    return found


async def _seen(item: work.Item, reading: Reading | None, lines: list[ReadBackLine], said: str | None) -> None:
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state not in ("sent", "unknown"):
            return
        answer, order = held.answer, held.order
        await keep(session, order.id, reading)
        answer.state, answer.finished_at, answer.checked_at = "seen", present(), present()
        answer.seen = _seen_json(lines)
        answer.transaction_status = said
        state = await answering.lock_state(session, order.id)
        state.status, state.proposed = _confirmed(state), False
        state.answered_at = (
            state.answered_at or answer.sent_at or answer.sending_at
        )  # the first answer stopped the clock
        take_up_change(session, state, answer, order)
        await note(session, order, answer, "answer.seen", actor=AMAZON, payload={"seen": answer.seen})
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        await reflect(session, [order.id])


def _confirmed(state: OrderState) -> str:
    taken = (state.taken or 0) + (state.backordered or 0)
    if taken == 0:
        return CONFIRMED["REJECTED"]
    return CONFIRMED["PARTIALLY_ACCEPTED"] if state.cut or state.backordered else CONFIRMED["ACCEPTED"]


async def _mismatch(item: work.Item, verdict: Mismatch, reading: Reading | None, lines: list[ReadBackLine]) -> None:
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state not in ("sent", "unknown"):
            return
        answer, order = held.answer, held.order
        await keep(session, order.id, reading)
        answer.state, answer.finished_at, answer.seen = "mismatch", present(), _seen_json(lines)
        state = await answering.lock_state(session, order.id)
        state.status = "mismatch"
        take_up_change(session, state, answer, order)
        differences = [
            {
                "sequence": one.sequence,
                "sent_accepted": one.sent_accepted,
                "seen_accepted": one.seen_accepted,
                "sent_rejected": one.sent_rejected,
                "seen_rejected": one.seen_rejected,
            }
            for one in verdict.differences
        ]
        payload: dict[str, Any] = {"differences": differences}
        await note(session, order, answer, "answer.mismatch", actor=AMAZON, outcome="failed", payload=payload)
        await _repair_once(session, order, state, answer)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        await reflect(session, [order.id])


async def _repair_once(session: AsyncSession, order: PurchaseOrder, state: OrderState, answer: Acknowledgement) -> None:
    """The same decision once more, as a new answer; what is shown otherwise a second time is a person's.

    Not in Suggest only, which sends nothing; not where the outcome was unknown, since then somebody else may have answered;
    not after the 48 hours, when Amazon takes only dates, nor when it changed the order meanwhile.
    """
    settings, _ = await read_settings(session)
    if settings.mode == "suggest" or answer.unknown_at is not None or answer.transaction_id is None:
        return
    if order.revision != answer.revision or present() >= order.ordered_at + EDIT_WITHIN:
        return
    if any(
        one.state == "mismatch" and one.answer != answer.answer for one in await answering.answers_of(session, order.id)
    ):
        return
    try:
        async with session.begin_nested():
            repair = await answering.plan(session, order, state, actor=REPAIR, send_at=present(), reason="repair")
    except OKTeeError:  # it cannot be sent as it is: a person looks at it
        return
    await work.schedule(session, kinds.SUBMIT, answer_key(repair))


async def _not_yet(item: work.Item, verdict: NotYet, transaction_status: str | None) -> None:
    """Nothing shown so far: look again later, send an unknown one again once, or hand it to a person."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state not in ("sent", "unknown"):
            return
        answer = held.answer
        answer.reads += 1
        answer.checked_at, answer.transaction_status = present(), transaction_status
        state, reads, resends = answer.state, answer.reads, answer.resends
        since = answer.unknown_at if state == "unknown" else answer.sent_at
    assert since is not None
    if state == "sent":
        age = present() - since
        if age > NEVER:
            await fail(item, notice("supply.answer.never_seen", hours=48), raw="unchanged for 48 hours")
            return
        next_check = next((since + check for check in CHECKS if check > age), present() + LATER)
    elif reads < UNKNOWN_READS:
        next_check = present() + UNKNOWN_APART
    elif resends:
        await fail(item, notice("supply.answer.unknown_outcome", resends=resends), raw="the outcome stayed unknown")
        return
    else:
        await _send_again(item)
        return
    async with item.record(next_at=next_check):
        pass


async def _send_again(item: work.Item) -> None:
    """Three reads over half an hour show nothing: the same answer leaves once more, byte for byte, and is counted."""
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.answer.state != "unknown":
            return
        answer, order = held.answer, held.order
        answer.state, answer.resends, answer.send_at = "planned", answer.resends + 1, present()
        await note(session, order, answer, "answer.sent_again", actor=SYSTEM, payload={"resends": answer.resends})
        await work.schedule(session, kinds.SUBMIT, answer_key(answer))


def _seen_json(lines: list[ReadBackLine]) -> list[dict[str, Any]]:
    return [{"sequence": line.sequence, "accepted": line.accepted, "rejected": line.rejected} for line in lines]
