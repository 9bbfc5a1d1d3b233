"""Sending one planned submission (trust/RELIABILITY 3, steps 2 to 4): a crash at any point sends nothing twice with effect."""

from datetime import timedelta

from oktee.amazon.client.errors import AmazonError, CircuitOpen, Refused, Revoked, WritesStopped
from oktee.amazon.client.vendor_shipments import submit_shipment_confirmations, submit_shipments
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.write_stops import is_stopped
from oktee.journal.record import AMAZON, SYSTEM
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply.shipments.facts import cargo_of, parts_of, read_orders
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.jobs.held import fail, find_held, note, planner, read_held, set_state
from oktee.modules.supply.shipments.jobs.verifying import CHECKS
from oktee.modules.supply.shipments.rules.checks import blocking, check_confirmation, check_transport
from oktee.modules.supply.shipments.written import input_of

UNKNOWN_FIRST = timedelta(minutes=2)
STOPPED = timedelta(seconds=10)
REFUSALS = 5


async def submit(item: work.Item) -> None:
    """Mark it `sending`, send, note the transaction."""
    held = await read_held(item.organization_id, item.key)
    if held is None or held.submission.state not in ("planned", "sending"):
        return
    if held.submission.state == "sending":  # a worker died in between: nobody knows
        await _unknown(item, "the process ended while it was on its way")
        return
    if await is_stopped(item.organization_id, held.shipment.connection_id):
        async with item.record(next_at=present() + STOPPED):
            return
    try:
        client = await client_for(item.organization_id, held.shipment.connection_id)
    except (Revoked, ConnectionEnded, NotVerified) as error:
        await fail(item, "connection_lost", raw=str(error))
        return
    payload = await _mark_sending(item)
    if payload is None:
        return
    send = submit_shipments if held.submission.kind == "transport" else submit_shipment_confirmations
    try:
        transaction_id = await send(client, payload)
    except AmazonError as error:
        await _not_sent(item, error)
        return
    async with item.record() as session:
        found = await find_held(session, item.key, lock=True)
        assert found is not None
        set_state(found, "sent")
        found.submission.transaction_id, found.submission.sent_at = transaction_id, present()
        await note(
            session, found, "shipment.sent", actor=planner(found.submission),
            payload={"transaction_id": transaction_id},
        )  # fmt: skip
        await work.schedule(session, kinds.VERIFY, item.key, due_at=present() + CHECKS[0])


async def _mark_sending(item: work.Item) -> bytes | None:
    """Step 2. None when it must not leave: Amazon changed one of its orders since it was planned."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state != "planned":
            return None
        submission, shipment = held.submission, held.shipment
        broken = []
        if submission.action != "Cancel" and submission.resends == 0:
            cargo = cargo_of(shipment, await read_orders(session, [order.id for order in held.orders]))
            parts = (await parts_of(session, [shipment.id]))[shipment.id]
            written = await input_of(session, cargo, shipment, parts)
            check = check_transport if submission.kind == "transport" else check_confirmation
            broken = blocking(check(written, now=submission.planned_at))
        if not broken:
            set_state(held, "sending")
            submission.sending_at = present()
            return submission.payload
    await fail(item, "order_changed", raw=", ".join(one.code for one in broken))
    return None


async def _not_sent(item: work.Item, error: AmazonError) -> None:
    """Refused for good, to be tried again, or nobody knows."""
    if error.delivered is not False:
        await _unknown(item, error.reason)
        return
    lasting = isinstance(error, Refused) and (error.status in (400, 413, 415) or item.attempts >= REFUSALS)
    if isinstance(error, Refused) and lasting:
        await fail(item, "refused", raw=error.reason, values={"code": error.code, "text": error.message})
        return
    if isinstance(error, WritesStopped | CircuitOpen):  # kept here: nobody refused it, and no try is used up
        wait = timedelta(seconds=error.retry_in) if isinstance(error, CircuitOpen) else STOPPED
        async with item.record(next_at=present() + wait) as session:
            held = await find_held(session, item.key, lock=True)
            if held is not None and held.submission.state == "sending":
                set_state(held, "planned")
        return
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        held = await find_held(session, item.key, lock=True)
        if held is not None and held.submission.state == "sending":
            set_state(held, "planned")  # it certainly did not arrive: the same bytes may leave again
            held.submission.refused += 1
            payload = {"refused": held.submission.refused, "why": error.reason}
            await note(session, held, "shipment.refused", actor=AMAZON, outcome="failed", payload=payload)
    raise error


async def _unknown(item: work.Item, why: str) -> None:
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state != "sending":
            return
        set_state(held, "unknown")
        held.submission.unknown_at, held.submission.reads = present(), 0
        await note(session, held, "shipment.unknown", actor=SYSTEM, outcome="failed", payload={"why": why})
        await work.schedule(session, kinds.VERIFY, item.key, due_at=present() + UNKNOWN_FIRST)
