"""A shipment that is confirmed to Amazon when it departs: checked at that very moment as if a person pressed the button."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.write_stops import is_stopped
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import SYSTEM, Actor
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply.shipments.acts import note, settle_trouble
from oktee.modules.supply.shipments.facts import Cargo, cargo_of, parts_of, read_orders
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.jobs.held import tell_not_sent
from oktee.modules.supply.shipments.reading import lock_of
from oktee.modules.supply.shipments.rules.checks import blocking, check_confirmation
from oktee.modules.supply.shipments.sending import Planner, store_plan, submission_key
from oktee.modules.supply.shipments.written import input_of

STOPPED: Final = timedelta(seconds=10)
WAITS: Final = frozenset({"held", "changed", "mismatch"})
"""Orders of which a person has to look first."""


async def depart(item: work.Item) -> None:
    """Plan the confirmation at its departure, or say to people why it did not leave."""
    async with tenant_session(item.organization_id) as session:
        shipment = await session.get(Shipment, UUID(item.key))
    if shipment is None or shipment.send_at is None:
        return
    if shipment.send_at > present():
        async with item.record(next_at=shipment.send_at):
            return
    if await is_stopped(item.organization_id, shipment.connection_id):
        async with item.record(next_at=present() + STOPPED) as session:
            found = await _lock(session, shipment)
            if found is not None and found[1].send_trouble is None:
                await _trouble(session, *found, {"code": "writes_stopped", "values": {}, "raw": ""})
        return
    async with item.record() as session:
        found = await _lock(session, shipment)
        if found is None:
            return
        await _leave(session, *found)


async def _lock(session: AsyncSession, seen: Shipment) -> tuple[Cargo, Shipment] | None:
    """Its orders by id, then the shipment, as everywhere; None when there is nothing to send any more."""
    named = await session.scalar(select(Shipment.order_ids).where(Shipment.id == seen.id))
    orders = await read_orders(session, named or [], lock=True)
    shipment = await session.scalar(select(Shipment).where(Shipment.id == seen.id).with_for_update())
    if shipment is None or shipment.send_at is None or shipment.purchase_order_id not in orders:
        return None
    if set(shipment.order_ids) - set(orders):
        return None
    return cargo_of(shipment, orders), shipment


async def _leave(session: AsyncSession, cargo: Cargo, shipment: Shipment) -> None:
    now = present()
    if shipment.send_at is None:
        return
    if shipment.send_at > now:  # somebody moved the departure a moment ago
        await work.schedule(session, kinds.DEPART, str(shipment.id), due_at=shipment.send_at)
        return
    now = now.replace(microsecond=0)
    shipment.send_at = None
    if lock_of(shipment) is not None:
        return
    waiting = [each for each in cargo.orders if each.state is not None and each.state.status in WAITS]
    if waiting:
        values = {"order": waiting[0].order.po_number}
        await _trouble(session, cargo, shipment, {"code": "order_waits", "values": values, "raw": ""})
        return
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    written = await input_of(session, cargo, shipment, parts)
    broken = blocking(check_confirmation(written, now=now))
    if broken:
        raw = ", ".join(dict.fromkeys(one.code for one in broken))
        await _trouble(session, cargo, shipment, {"code": "not_ready", "values": {"count": len(broken)}, "raw": raw})
        return
    await settle_trouble(session, shipment)
    by = Planner(shipment.send_by_id, shipment.send_by_name or "", _asked_by(shipment))
    submission = await store_plan(session, cargo, shipment, written, "confirmation", by, at=now)
    await work.schedule(session, kinds.SUBMIT, submission_key(shipment.id, submission.number))


async def _trouble(session: AsyncSession, cargo: Cargo, shipment: Shipment, trouble: dict[str, Any]) -> None:
    """It did not leave, and somebody has to know before the half hour is over."""
    shipment.send_trouble = trouble
    await note(
        session, cargo, shipment, "shipment.not_sent", actor=SYSTEM,
        payload={"code": trouble["code"], "why": trouble["raw"]},
    )  # fmt: skip
    await tell_not_sent(session, shipment, cargo.first, str(trouble["code"]))


def _asked_by(shipment: Shipment) -> Actor:
    return Actor("person", shipment.send_by_name or "", str(shipment.send_by_id) if shipment.send_by_id else None)
