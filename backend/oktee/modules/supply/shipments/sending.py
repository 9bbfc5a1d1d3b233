"""Planning what is sent about a shipment: checked, its bytes stored, the audit entry with it; a job sends it."""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.shipment_store import SHIPPED
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import person
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import input_of, parts_of, read_order
from oktee.modules.supply.shipments.rules import body as bodies
from oktee.modules.supply.shipments.rules.checks import Finding, blocking, check_confirmation, check_transport
from oktee.modules.supply.shipments.tables import ShipmentSubmission
from oktee.modules.supply.shipments.writing import check_open, lock_shipment, note


class ShipmentNotReady(Invalid):
    """Something stands against sending it; each field names what."""


class NothingToCancel(Conflict):
    """Amazon was not asked to fetch this shipment, or it has left."""


async def plan(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, asked: wire.ShipmentSubmissionIn
) -> ShipmentSubmission:
    """Plan a confirmation or a transport request with the very bytes to send.

    Raises NotFound, ShipmentLocked, ShipmentChanged, ShipmentNotReady, NothingToCancel.
    """
    facts = await read_order(session, order_id, lock=True)
    shipment = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=asked.version)
    parts = (await parts_of(session, [shipment.id], order_id))[shipment.id]
    now = present().replace(microsecond=0)
    written = await input_of(session, facts, shipment, parts)
    if asked.cancel:
        _must_be_cancellable(shipment, asked.kind)
        action, made = "Cancel", bodies.transport(written, at=now, cancel=True)
    elif asked.kind == "transport":
        if shipment.transport == "seen":
            raise NothingToCancel("Amazon was asked to fetch it already. Cancel that first.")
        _must_be_ready(check_transport(written, now=now))
        action, made = "New", bodies.transport(written, at=now)
    else:
        _must_be_ready(check_confirmation(written, now=now))
        action, made = "Replace" if written.replaces else "Original", bodies.confirmation(written, at=now)
    payload = bodies.encode(made)
    submission = ShipmentSubmission(
        shipment_id=shipment.id,
        number=await _next_number(session, shipment.id),
        kind=asked.kind,
        action=action,
        state="planned",
        payload=payload,
        payload_hash=hashlib.sha256(payload).digest(),
        items=[{"sequence": item.sequence, "units": item.units} for item in written.items],
        planned_by_id=caller.user_id,
        planned_by_name=caller.name,
        planned_at=now,
    )
    session.add(submission)
    if asked.kind == "transport":
        shipment.transport = "planned"
    else:
        shipment.confirmation = "planned"
    await session.flush()
    await note(
        session, facts.order, shipment, "shipment.planned", actor=person(caller),
        payload={
            "number": submission.number, "kind": submission.kind, "action": action,
            "payload_hash": submission.payload_hash.hex(), "units": sum(item.units for item in written.items),
        },
    )  # fmt: skip
    return submission


def submission_key(shipment_id: UUID, number: int) -> str:
    """The key of the work that sends and proves one submission."""
    return f"{shipment_id}/{number}"


def _must_be_ready(found: list[Finding]) -> None:
    broken = blocking(found)
    if broken:
        raise ShipmentNotReady(
            "The shipment is not ready to be sent.",
            errors=tuple(FieldError(one.field, one.code, one.code.replace("_", " ")) for one in broken),
        )


def _must_be_cancellable(shipment: Shipment, kind: str) -> None:
    gone = shipment.amazon_status == SHIPPED or shipment.first_confirmed_at is not None
    if kind != "transport" or shipment.transport != "seen" or gone:
        raise NothingToCancel("There is no transport request to cancel, or the shipment has left.")


async def _next_number(session: AsyncSession, shipment_id: UUID) -> int:
    statement = (
        select(ShipmentSubmission.number)
        .where(ShipmentSubmission.shipment_id == shipment_id)
        .order_by(ShipmentSubmission.number.desc())
        .limit(1)
    )
    last = (await session.execute(statement)).scalar_one_or_none()
    return (last or 0) + 1
