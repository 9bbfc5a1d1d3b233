"""Let a shipment be confirmed to Amazon when it departs, and stop that again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import person
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict
from oktee.modules.supply.shipments.acts import check_open, lock_shipment, note, settle_trouble
from oktee.modules.supply.shipments.facts import parts_of
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.rules.checks import check_confirmation
from oktee.modules.supply.shipments.sending import must_be_ready
from oktee.modules.supply.shipments.written import input_of


class NoDeparture(Conflict):
    """There is no departure ahead of it: it can be confirmed now."""


async def set_timer(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, *, version: int
) -> Shipment:
    """Confirm it by itself at the departure that it names, after the same checks then. Raises NotFound, ShipmentLocked,
    ShipmentChanged, NoDeparture, ShipmentNotReady."""
    await rouse(session, shipment_id, await _departure(session, shipment_id))
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=version)
    if shipment.ship_at is None or shipment.ship_at <= present() or shipment.first_confirmed_at is not None:
        raise NoDeparture("No departure lies ahead of it. Save the departure first, or confirm it now.")
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    written = await input_of(session, cargo, shipment, parts)
    must_be_ready(check_confirmation(written, now=shipment.ship_at))
    shipment.send_at, shipment.send_by_id, shipment.send_by_name = shipment.ship_at, caller.user_id, caller.name
    shipment.version += 1  # who writes it as they saw it untimed would move the time, and wake nobody for it
    await settle_trouble(session, shipment)
    payload: dict[str, object] = {"at": shipment.send_at.isoformat()}
    await note(session, cargo, shipment, "shipment.timed", actor=person(caller), payload=payload)
    return shipment


async def stop_timer(session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID) -> Shipment:
    """It is not confirmed by itself any more; whoever saw whichever version may stop it. Raises NotFound."""
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    if shipment.send_at is not None:
        shipment.send_at = None
        await settle_trouble(session, shipment)
        await note(session, cargo, shipment, "shipment.timer_stopped", actor=person(caller), payload={})
    return shipment


async def rouse(session: AsyncSession, shipment_id: UUID, at: datetime | None) -> None:
    """Its work is due then. Asked before the shipment is locked: the job holds its own work first, and locks it then."""
    if at is not None:
        await work.schedule(session, kinds.DEPART, str(shipment_id), due_at=at)


async def is_timed(session: AsyncSession, shipment_id: UUID) -> bool:
    return await session.scalar(select(Shipment.send_at).where(Shipment.id == shipment_id)) is not None


async def _departure(session: AsyncSession, shipment_id: UUID) -> datetime | None:
    return await session.scalar(select(Shipment.ship_at).where(Shipment.id == shipment_id))
