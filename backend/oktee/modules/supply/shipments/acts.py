"""What every act on a shipment begins and ends with: its orders and itself locked, whether it may change, the audit entry."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import Actor, person
from oktee.kit.errors import Conflict, NotFound
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.shipments.facts import Cargo, OrderFacts, cargo_of, read_orders
from oktee.modules.supply.shipments.measuring import propose
from oktee.modules.supply.shipments.reading import lock_of
from oktee.modules.supply.sight import must_see_all
from oktee.notify.alerts.telling import settle
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

OVERTAKEN = "Somebody else changed this shipment after you opened it. Reload to see theirs."


class ShipmentChanged(Conflict):
    """Somebody changed the shipment after this page was read."""


class ShipmentLocked(Conflict):
    """The shipment cannot be changed now: it is on its way to Amazon, made elsewhere, delivered, or older than a week."""


async def must_see(session: AsyncSession, order_id: UUID, shipment_id: UUID) -> None:
    """Before an act on a shipment: every line of each of its orders. Raises NotFound, OrderPartlyHidden."""
    await must_see_all(session, order_id)
    for each in await _orders_of(session, order_id, shipment_id):
        await must_see_all(session, each)


async def lock_shipment(
    session: AsyncSession, order_id: UUID, shipment_id: UUID, *, also: Collection[UUID] = ()
) -> tuple[Cargo, Shipment, dict[UUID, OrderFacts]]:
    """The shipment with its orders, and `also` these orders: the orders locked by id, then the shipment. Raises NotFound,
    ShipmentChanged."""
    ids = await _orders_of(session, order_id, shipment_id)
    orders = await read_orders(session, {*ids, *also}, lock=True)
    statement = select(Shipment).where(Shipment.id == shipment_id).with_for_update()
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such shipment.")
    if set(found.order_ids) != set(ids) or found.purchase_order_id not in orders:
        raise ShipmentChanged(OVERTAKEN)
    return cargo_of(found, orders), found, orders


async def read_cargo(session: AsyncSession, order_id: UUID, shipment_id: UUID) -> tuple[Cargo, Shipment]:
    """The same without a lock. Raises NotFound."""
    ids = await _orders_of(session, order_id, shipment_id)
    shipment, orders = await session.get_one(Shipment, shipment_id), await read_orders(session, ids)
    return cargo_of(shipment, orders), shipment


def check_open(shipment: Shipment, *, version: int | None) -> None:
    """`version`: the one the caller saw; None: not asked here. Raises ShipmentLocked, ShipmentChanged."""
    locked = lock_of(shipment)
    if locked is not None:
        raise ShipmentLocked(
            {
                "in_flight": "It is on its way to Amazon. Wait until it is seen there.",
                "outside": "It was made outside OKTee, so it cannot be changed here.",
                "delivered": "It has arrived, so it cannot be changed any more.",
                "week_over": "It was confirmed more than a week ago; Amazon takes no replacement any more.",
            }[locked]
        )
    if version is not None and shipment.version != version:
        raise ShipmentChanged(OVERTAKEN)


def unsent(shipment: Shipment) -> bool:
    """Amazon has nothing of it: its boxes are still ours to name."""
    return shipment.first_confirmed_at is None and shipment.transport != "seen"


async def note(
    session: AsyncSession,
    cargo: Cargo,
    shipment: Shipment,
    kind: str,
    *,
    actor: Actor,
    payload: dict[str, object],
) -> None:
    """The audit entry of a person's act, under each of its orders, and the live event."""
    for order in cargo.purchase_orders:
        await record_order(
            session, order, kind, actor=actor, payload={"shipment": shipment.identifier} | payload, audit=True
        )
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def changed(session: AsyncSession, caller: Caller, cargo: Cargo, shipment: Shipment) -> None:
    """It is another version now, and what follows from its contents is reckoned again."""
    shipment.version += 1
    await propose(session, cargo, shipment)
    payload: dict[str, object] = {"version": shipment.version}
    await note(session, cargo, shipment, "shipment.changed", actor=person(caller), payload=payload)


async def settle_trouble(session: AsyncSession, shipment: Shipment) -> None:
    """Nobody has to look at why it was not sent any more."""
    shipment.send_trouble = None
    await settle_alarm(session, shipment)


async def settle_alarm(session: AsyncSession, shipment: Shipment) -> None:
    """The alarm stands under the shipment's first order; another shipment of that order may still need it."""
    others = select(Shipment.id).where(
        Shipment.purchase_order_id == shipment.purchase_order_id,
        Shipment.id != shipment.id,
        or_(Shipment.send_trouble.is_not(None), Shipment.confirmation == "failed"),
    )
    if (await session.execute(others.limit(1))).first() is None:
        await settle(session, "order", [shipment.purchase_order_id], [Notice.SHIPMENT_NOT_SENT])


async def _orders_of(session: AsyncSession, order_id: UUID, shipment_id: UUID) -> list[UUID]:
    statement = select(Shipment.order_ids).where(
        Shipment.id == shipment_id, literal(order_id) == any_(Shipment.order_ids)
    )
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such shipment.")
    return list(found)
