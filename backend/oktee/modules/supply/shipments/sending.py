"""Planning what is sent about a shipment: checked, its bytes stored, the audit entry with it; a job sends it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.shipment_store import SHIPPED
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import Actor, person
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.acts import check_open, lock_shipment, note, settle_trouble
from oktee.modules.supply.shipments.facts import Cargo, parts_of
from oktee.modules.supply.shipments.rules import body as bodies
from oktee.modules.supply.shipments.rules.checks import blocking, check_confirmation, check_transport
from oktee.modules.supply.shipments.rules.findings import Finding
from oktee.modules.supply.shipments.rules.inputs import ShipmentInput
from oktee.modules.supply.shipments.tables import ShipmentSubmission
from oktee.modules.supply.shipments.written import input_of


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
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=asked.version)
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    now = present().replace(microsecond=0)
    written = await input_of(session, cargo, shipment, parts)
    if asked.cancel:
        _must_be_cancellable(shipment, asked.kind)
    elif asked.kind == "transport":
        if shipment.transport == "seen":
            raise NothingToCancel("Amazon was asked to fetch it already. Cancel that first.")
        must_be_ready(check_transport(written, now=now))
        shipment.freight = written.freight
    else:
        must_be_ready(check_confirmation(written, now=now))
    shipment.send_at = None  # whoever acts now has the timer's work in hand
    await settle_trouble(session, shipment)
    by = Planner(caller.user_id, caller.name, person(caller))
    return await store_plan(session, cargo, shipment, written, asked.kind, by, at=now, cancel=asked.cancel)


@dataclass(frozen=True, slots=True)
class Planner:
    """In whose name it is sent."""

    user_id: UUID | None
    name: str
    actor: Actor


async def store_plan(
    session: AsyncSession,
    cargo: Cargo,
    shipment: Shipment,
    written: ShipmentInput,
    kind: wire.Kind,
    by: Planner,
    *,
    at: datetime,
    cancel: bool = False,
) -> ShipmentSubmission:
    """The bytes as they will leave, with the audit entry. Everything is checked and locked already."""
    if kind == "transport":
        action, made = "Cancel" if cancel else "New", bodies.transport(written, at=at, cancel=cancel)
    else:
        action, made = "Replace" if written.replaces else "Original", bodies.confirmation(written, at=at)
    payload = bodies.encode(made)
    submission = ShipmentSubmission(
        shipment_id=shipment.id,
        number=await _next_number(session, shipment.id),
        kind=kind,
        action=action,
        state="planned",
        payload=payload,
        payload_hash=hashlib.sha256(payload).digest(),
        items=[{"po_number": item.po_number, "sequence": item.sequence, "units": item.units} for item in written.items],
        planned_by_id=by.user_id,
        planned_by_name=by.name,
        planned_at=at,
    )
    session.add(submission)
    setattr(shipment, kind, "planned")
    await session.flush()
    await note(
        session, cargo, shipment, "shipment.planned", actor=by.actor,
        payload={
            "number": submission.number, "kind": submission.kind, "action": action,
            "payload_hash": submission.payload_hash.hex(), "units": sum(item.units for item in written.items),
        },
    )  # fmt: skip
    return submission


def submission_key(shipment_id: UUID, number: int) -> str:
    """The key of the work that sends and proves one submission."""
    return f"{shipment_id}/{number}"


def must_be_ready(found: list[Finding]) -> None:
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
