"""Proving a submission: only what Amazon shows of the shipment proves it; a transaction can only refuse it.

The same waits as for answers to orders: quickly at first, then for the half hour Amazon asks for, and never for ever.
"""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from oktee.amazon.client.errors import Refused, Unreachable
from oktee.amazon.client.models.vendor_shipments.transport import Shipment as ShownShipment
from oktee.amazon.client.vendor_shipments import get_shipment
from oktee.amazon.client.vendor_transactions import get_transaction
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.mirror.shipment_store import shown_units, store_shipment
from oktee.amazon.mirror.shipment_tables import ShipmentItem
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON, SYSTEM
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply.answers.protocol import CHECKS as CHECKS
from oktee.modules.supply.shipments.acts import settle_trouble
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.jobs.held import Held, fail, find_held, note, read_held, set_state
from oktee.modules.supply.shipments.sending import submission_key
from oktee.modules.supply.shipments.writing import free_identifier

UNKNOWN_READS, UNKNOWN_APART = 3, timedelta(minutes=14)
HALF_HOUR, LATER, NEVER, CLOSED = timedelta(minutes=30), timedelta(hours=1), timedelta(hours=48), timedelta(hours=6)
ASKED = ("New", "Cancel")


async def verify(item: work.Item) -> None:
    """Read back until Amazon shows it, shows something else, or refuses it."""
    held = await read_held(item.organization_id, item.key)
    if held is None or held.submission.state not in ("sent", "unknown"):
        return
    try:
        client = await client_for(item.organization_id, held.shipment.connection_id)
    except (ConnectionEnded, NotVerified):
        async with item.record(next_at=present() + CLOSED):
            return
    transaction = None
    if held.submission.transaction_id is not None:
        with suppress(Refused, Unreachable):
            transaction = await get_transaction(client, held.submission.transaction_id)
    shown = await get_shipment(client, held.shipment.identifier)
    read_at = present()
    said = transaction.status if transaction else None
    if transaction is not None and transaction.status == "Failure":
        first = transaction.errors[0] if transaction.errors else None
        code, text = (first.code, first.message) if first else ("Failure", "")
        raw = "; ".join(f"{one.code}: {one.message}" for one in transaction.errors) or "Failure"
        await fail(item, "transaction_failed", raw=raw, values={"code": code, "text": text}, status="Failure")
        return
    verdict = await _verdict(item, held, shown, said)
    if verdict == "seen":
        source = Source(read_at, "GetShipmentDetails")
        await _seen(item, shown, source, said, cancelled=held.submission.action == "Cancel")
    elif verdict == "differs":
        await fail(item, "shown_differently", raw="Amazon shows other quantities than were sent", status=said)
    else:
        await _not_yet(item, said)


async def _verdict(item: work.Item, held: Held, shown: ShownShipment | None, said: str | None) -> str:
    """seen, differs, or not_yet."""
    submission = held.submission
    settled = said == "Success" or present() - (submission.sent_at or submission.planned_at) > HALF_HOUR
    if submission.action == "Cancel":
        return "seen" if shown is None and settled else "not_yet"
    if shown is None or (submission.kind == "confirmation" and not _confirmed(shown)):
        return "not_yet"
    ours = shown.transaction_date is not None and shown.transaction_date == submission.planned_at
    async with tenant_session(item.organization_id) as session:
        units = await shown_units(session, held.orders, shown)
    sent = {key: count for key, count in _sent(held).items() if count}
    if units == sent:
        # A first message that reads as sent needs no more proof; a replacement may still show the one before.
        return "seen" if ours or settled or submission.action in ("New", "Original") else "not_yet"
    return "differs" if ours or settled else "not_yet"


def _sent(held: Held) -> dict[tuple[str, str], int]:
    """Units by line (number of the order, sequence) that the message says."""
    first = held.order.po_number
    return {
        (str(one.get("po_number") or first), str(one["sequence"])): int(one["units"]) for one in held.submission.items
    }


def _confirmed(shown: ShownShipment) -> bool:
    return shown.shipment_confirm_date is not None or shown.current_shipment_status == "Shipped"


async def _seen(
    item: work.Item, shown: ShownShipment | None, source: Source, said: str | None, *, cancelled: bool
) -> None:
    async with item.record() as session:
        if not cancelled:
            # Before the shipment is locked: the job that follows it holds its own work first, and locks it then.
            await work.schedule(session, kinds.FOLLOW, item.key.partition("/")[0])
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state not in ("sent", "unknown"):
            return
        submission, shipment = held.submission, held.shipment
        set_state(held, "seen")
        await settle_trouble(session, shipment)
        submission.finished_at = submission.checked_at = present()
        submission.transaction_status = said
        if submission.kind == "confirmation":
            shipment.first_confirmed_at = shipment.first_confirmed_at or submission.sent_at or submission.sending_at
            sent = _sent(held)
            for one in await session.scalars(select(ShipmentItem).where(ShipmentItem.shipment_id == shipment.id)):
                one.confirmed_units = sent.get((one.po_number, one.sequence), 0)
        elif submission.action == "Cancel":
            shipment.transport = "cancelled"
        if shown is not None:
            await store_shipment(session, shipment.connection_id, shown, source, quiet=True)
        await note(session, held, "shipment.seen", actor=AMAZON, payload={"status": shipment.amazon_status})
        if submission.action == "Cancel":
            # Amazon takes an identifier once in 365 days, also one that was cancelled.
            shipment.identifier = await free_identifier(session, held.order)
            shipment.amazon_reference = shipment.amazon_status = shipment.amazon_status_at = None
            shipment.pickup_scheduled_at = shipment.labelled_at = shipment.content_hash = None


async def _not_yet(item: work.Item, said: str | None) -> None:
    """Nothing shown so far: look again later, send an unknown one again once, or hand it to a person."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state not in ("sent", "unknown"):
            return
        submission = held.submission
        submission.reads += 1
        submission.checked_at, submission.transaction_status = present(), said
        state, reads, resends = submission.state, submission.reads, submission.resends
        since = submission.unknown_at if state == "unknown" else submission.sent_at
    assert since is not None
    if state == "sent":
        age = present() - since
        if age > NEVER:
            await fail(item, "never_seen", raw="unchanged for 48 hours", values={"hours": 48})
            return
        next_check = next((since + check for check in CHECKS if check > age), present() + LATER)
    elif reads < UNKNOWN_READS:
        next_check = present() + UNKNOWN_APART
    elif resends:
        await fail(item, "unknown_outcome", raw="the outcome stayed unknown", values={"resends": resends})
        return
    else:
        await _send_again(item)
        return
    async with item.record(next_at=next_check):
        pass


async def _send_again(item: work.Item) -> None:
    """Three reads over half an hour show nothing: the same bytes leave once more, and are counted."""
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state != "unknown":
            return
        set_state(held, "planned")
        held.submission.resends += 1
        payload = {"resends": held.submission.resends}
        await note(session, held, "shipment.sent_again", actor=SYSTEM, payload=payload)
        key = submission_key(held.submission.shipment_id, held.submission.number)
        await work.schedule(session, kinds.SUBMIT, key)
