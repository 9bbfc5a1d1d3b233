"""Sending and proving: steps 2 to 5 of the answer protocol (trust/RELIABILITY 3), and every job of Supply.

A crash at any point sends nothing twice with effect: what is `sending` when a worker looks again has an unknown outcome,
and only Amazon's own status settles that.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, Refused, Revoked, Unreachable, WritesStopped
from oktee.amazon.client.models.vendor_orders import Order, OrderStatus
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    get_purchase_order_status,
    submit_acknowledgement,
)
from oktee.amazon.client.vendor_transactions import get_transaction
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.write_stops import is_stopped
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.order_content import Unstorable, read_order
from oktee.amazon.mirror.purchase_order_status import Reading, read_back, store_one
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON, SYSTEM, Actor, Subject, record
from oktee.kit import work
from oktee.kit.chaos import point
from oktee.kit.clock import now as present
from oktee.kit.database import after_commit, organization_of, tenant_session
from oktee.modules.supply import answering
from oktee.modules.supply.answers.read_back import Mismatch, NotYet, ReadBackLine, Seen, compare
from oktee.modules.supply.deciding import answer_key, decide_kind
from oktee.modules.supply.notices import notice
from oktee.modules.supply.observing import CONFIRMED, mark_outside, observe
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.tables import Acknowledgement, AutomationPause, OrderState
from oktee.notify.outbox import publish

UNKNOWN_FIRST = timedelta(minutes=2)
UNKNOWN_READS, UNKNOWN_APART = 3, timedelta(minutes=14)
CHECKS = tuple(timedelta(seconds=s) for s in (3, 6, 12, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1350, 1800))
"""After sending: quickly at first, since most answers show within a minute; Amazon asks to allow 30 (PRODUCT F4)."""
STOPPED = timedelta(seconds=10)
"""How often an answer that the kill switch holds back looks whether it may leave."""
ONE_SECOND, HALF_HOUR, REFUSALS = timedelta(seconds=1), timedelta(minutes=30), 5
LATER, NEVER, CLOSED = timedelta(hours=1), timedelta(hours=48), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Held:
    """An answer and its order as one transaction read them."""

    answer: Acknowledgement
    order: PurchaseOrder


async def _read(organization_id: UUID, key: str) -> _Held | None:
    async with tenant_session(organization_id) as session:
        return await _find(session, key)


async def _find(session: AsyncSession, key: str, *, lock: bool = False) -> _Held | None:
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
    return None if answer is None else _Held(answer, order)


async def submit(item: work.Item) -> None:
    """Send one planned answer: look once more at Amazon, mark it `sending`, send, note the transaction."""
    held = await _read(item.organization_id, item.key)
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
        await _fail(item, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
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
        found = await _find(session, item.key, lock=True)
        assert found is not None
        answer, order = found.answer, found.order
        answer.state, answer.transaction_id, answer.sent_at = "sent", transaction_id, present()
        await _set_status(session, order.id, "processing")
        await _note(
            session, order, answer, "answer.sent", actor=_planner(answer), payload={"transaction_id": transaction_id}
        )
        await work.schedule(session, VERIFY, item.key, due_at=present() + CHECKS[0])
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    point("ack.sent")


async def _mark_sending(item: work.Item, shown: OrderStatus | None, current: Order) -> bytes | None:
    """Step 2. None when the answer must not leave: the order moved, or somebody else answered it."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return None
        answer, order = held.answer, held.order
        moved = _hash(current) != order.content_hash or answer.revision != order.revision
        answered = shown is not None and _answered(shown) and await answering.in_effect(session, order.id) is None
        outside = answered and answer.resends == 0
        stopped = await _switched_off(session, answer, order)
        if not moved and not answered and not stopped:
            answer.state, answer.sending_at = "sending", present()
            await _set_status(session, order.id, "sending")
            return answer.payload
    if outside:
        assert shown is not None
        await _give_way(item, shown)
    elif answered:
        await _look_instead(item)
    elif stopped and held.answer.resends:
        await _fail(item, notice("supply.answer.unknown_outcome", resends=0), raw="the outcome stayed unknown")
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
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        answer, order = held.answer, held.order
        answer.state, answer.finished_at = "superseded", present()
        reason = notice("supply.answer.answered_elsewhere")
        await _note(session, order, answer, "answer.superseded", actor=SYSTEM, outcome="held", payload=reason)
        await _keep(session, order.id, Reading(shown, Source(present(), "getPurchaseOrdersStatus")))
        await session.refresh(order)
        await mark_outside(session, order, await answering.lock_state(session, order.id))


async def _look_instead(item: work.Item) -> None:
    """It was to leave again because nothing was shown, and now something is: that is judged, nothing is sent over it."""
    async with item.record() as session:
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        held.answer.state, held.answer.unknown_at, held.answer.reads = "unknown", present(), 0
        await work.schedule(session, VERIFY, item.key)


async def _stand_down(item: work.Item, status: str, reason: dict[str, Any]) -> None:
    """The planned answer is superseded and nothing leaves; the mirror is read again, and decides anew."""
    async with item.record() as session:
        connection_id = UUID(item.key.split("/")[0])
        with suppress(runner.NotCollecting):  # a lost connection collects nothing. Work rows before data rows.
            for stream in ("purchase_orders", "purchase_order_status"):
                await runner.fetch_now(session, connection_id, stream, "notification")
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "planned":
            return
        answer, order = held.answer, held.order
        answer.state, answer.finished_at = "superseded", present()
        state = await answering.lock_state(session, order.id)
        state.status, state.answered_by, state.send_at = status, None, None
        state.hold = [reason] if status == "held" else []
        await answering.release(session, order.id)
        await _note(session, order, answer, "answer.superseded", actor=SYSTEM, outcome="held", payload=reason)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def _not_sent(item: work.Item, error: AmazonError) -> None:
    """Refused for good, to be tried again, or nobody knows: the three outcomes of a failed call."""
    if error.delivered is not False:
        await _unknown(item, error.reason)
        return
    if isinstance(error, Refused) and _lasting(item, error):
        await _fail(item, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
        return
    if isinstance(
        error, WritesStopped
    ):  # stopped between the look above and the request: it waits, and nobody refused it
        async with item.record(next_at=present() + STOPPED) as session:
            held = await _find(session, item.key, lock=True)
            if held is not None and held.answer.state == "sending":
                held.answer.state = "planned"
        return
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await _find(session, item.key, lock=True)
        if held is not None and held.answer.state == "sending":
            held.answer.state = "planned"  # it certainly did not arrive: the same bytes may leave again
            held.answer.refused += 1
            payload = {"refused": held.answer.refused, "why": error.reason}
            await _note(
                session, held.order, held.answer, "answer.refused", actor=AMAZON, outcome="failed", payload=payload
            )
    raise error


async def _unknown(item: work.Item, why: str) -> None:
    async with item.record() as session:
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "sending":
            return
        held.answer.state, held.answer.unknown_at, held.answer.reads = "unknown", present(), 0
        await _set_status(session, held.order.id, "processing")
        await _note(
            session, held.order, held.answer, "answer.unknown", actor=SYSTEM, outcome="failed", payload={"why": why}
        )
        await work.schedule(session, VERIFY, item.key, due_at=present() + UNKNOWN_FIRST)
        await publish(session, "order.changed", order_id=str(held.order.id), po_number=held.order.po_number)


async def verify(item: work.Item) -> None:
    """Read back until Amazon shows the answer, shows another one, or refuses it."""
    held = await _read(item.organization_id, item.key)
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
        await _fail(item, notice("supply.answer.transaction_failed", code=code, text=text), raw=text, status="Failure")
    elif isinstance(verdict, Seen):
        await _seen(item, reading, lines, said)
    elif isinstance(verdict, Mismatch):
        await _mismatch(item, verdict, reading, lines)
    else:
        await _not_yet(item, verdict, said)


async def _about_ours(
    item: work.Item, held: _Held, verdict: Seen | Mismatch, reading: Reading | None, said: str | None
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


async def _keep(session: AsyncSession, order_id: UUID, reading: Reading | None) -> None:
    """What was read back joins the mirror; a status that cannot be kept there is proof all the same."""
    if reading is not None:
        with suppress(Unstorable):
            await store_one(session, order_id, reading)


def _take_up_change(session: AsyncSession, state: OrderState, answer: Acknowledgement, order: PurchaseOrder) -> None:
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
            await work.schedule(own, DECIDE, connection)

    after_commit(session, decide)


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
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state not in ("sent", "unknown"):
            return
        answer, order = held.answer, held.order
        await _keep(session, order.id, reading)
        answer.state, answer.finished_at, answer.checked_at = "seen", present(), present()
        answer.seen = _seen_json(lines)
        answer.transaction_status = said
        state = await answering.lock_state(session, order.id)
        state.status, state.proposed = _confirmed(state), False
        state.answered_at = (
            state.answered_at or answer.sent_at or answer.sending_at
        )  # the first answer stopped the clock
        _take_up_change(session, state, answer, order)
        await _note(session, order, answer, "answer.seen", actor=AMAZON, payload={"seen": answer.seen})
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


def _confirmed(state: OrderState) -> str:
    taken = (state.taken or 0) + (state.backordered or 0)
    if taken == 0:
        return CONFIRMED["REJECTED"]
    return CONFIRMED["PARTIALLY_ACCEPTED"] if state.cut or state.backordered else CONFIRMED["ACCEPTED"]


async def _mismatch(item: work.Item, verdict: Mismatch, reading: Reading | None, lines: list[ReadBackLine]) -> None:
    async with item.record() as session:
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state not in ("sent", "unknown"):
            return
        answer, order = held.answer, held.order
        await _keep(session, order.id, reading)
        answer.state, answer.finished_at, answer.seen = "mismatch", present(), _seen_json(lines)
        state = await answering.lock_state(session, order.id)
        state.status = "mismatch"
        _take_up_change(session, state, answer, order)
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
        payload = {"differences": differences}
        await _note(session, order, answer, "answer.mismatch", actor=AMAZON, outcome="failed", payload=payload)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def _not_yet(item: work.Item, verdict: NotYet, transaction_status: str | None) -> None:
    """Nothing shown so far: look again later, send an unknown one again once, or hand it to a person."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await _find(session, item.key, lock=True)
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
            await _fail(item, notice("supply.answer.never_seen", hours=48), raw="unchanged for 48 hours")
            return
        next_check = next((since + check for check in CHECKS if check > age), present() + LATER)
    elif reads < UNKNOWN_READS:
        next_check = present() + UNKNOWN_APART
    elif resends:
        await _fail(item, notice("supply.answer.unknown_outcome", resends=resends), raw="the outcome stayed unknown")
        return
    else:
        await _send_again(item)
        return
    async with item.record(next_at=next_check):
        pass


async def _send_again(item: work.Item) -> None:
    """Three reads over half an hour show nothing: the same answer leaves once more, byte for byte, and is counted."""
    async with item.record() as session:
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state != "unknown":
            return
        answer, order = held.answer, held.order
        answer.state, answer.resends, answer.send_at = "planned", answer.resends + 1, present()
        await _note(session, order, answer, "answer.sent_again", actor=SYSTEM, payload={"resends": answer.resends})
        await work.schedule(session, SUBMIT, answer_key(answer))


async def _fail(item: work.Item, reason: dict[str, Any], *, raw: str, status: str | None = None) -> None:
    """Amazon refused it: the clock still runs, so a person is asked; what was held in stock is free again."""
    async with item.record() as session:
        held = await _find(session, item.key, lock=True)
        if held is None or held.answer.state not in ("planned", "sending", "unknown", "sent"):
            return
        answer, order = held.answer, held.order
        answer.state, answer.finished_at, answer.error = "failed", present(), reason | {"raw": raw}
        answer.transaction_status = status or answer.transaction_status
        await answering.release(session, order.id)
        state = await answering.lock_state(session, order.id)
        state.status, state.send_at = "send_failed", None
        _take_up_change(session, state, answer, order)
        await _note(
            session, order, answer, "answer.failed", actor=AMAZON, outcome="failed", payload=reason | {"raw": raw}
        )
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def _set_status(session: AsyncSession, order_id: UUID, status: str) -> None:
    state = await answering.lock_state(session, order_id)
    state.status = status


def _seen_json(lines: list[ReadBackLine]) -> list[dict[str, Any]]:
    return [{"sequence": line.sequence, "accepted": line.accepted, "rejected": line.rejected} for line in lines]


def _planner(answer: Acknowledgement) -> Actor:
    return Actor(
        answer.planned_by_type, answer.planned_by_name, str(answer.planned_by_id) if answer.planned_by_id else None
    )


async def _note(
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
    await record(
        session,
        kind,
        actor=actor,
        subject=Subject("order", str(order.id), order.po_number),
        outcome=outcome,
        payload=base | payload,
        audit=True,
        correlation_id=answering.correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        operation="submitAcknowledgement",
        sent_hash=answer.payload_hash,
        transaction_id=answer.transaction_id,
    )


SUBMIT = work.Kind("submit_answer", submit, queue="interactive", attempts=1_000_000, cap=60.0)
VERIFY = work.Kind("verify_answer", verify, queue="interactive", attempts=1_000_000, cap=300.0)
DECIDE = work.Kind(
    "decide_orders", decide_kind(SUBMIT), queue="interactive", timeout=900.0, attempts=1_000_000, cap=60.0
)
OBSERVE = work.Kind("observe_orders", observe, queue="sync", attempts=1_000_000, cap=60.0)
KINDS = (DECIDE, OBSERVE, SUBMIT, VERIFY)
