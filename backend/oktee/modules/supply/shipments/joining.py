"""Several orders in one shipment: which may join, joining, and leaving again."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_store import put_brands
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentItem
from oktee.journal.record import person
from oktee.kit.clock import now as present
from oktee.kit.errors import FieldError, Invalid
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.acts import (
    ShipmentLocked,
    changed,
    check_open,
    lock_shipment,
    note,
    read_cargo,
    settle_alarm,
    unsent,
)
from oktee.modules.supply.shipments.boxes import add_boxes, drop_from_boxes, full_case
from oktee.modules.supply.shipments.facts import (
    Cargo,
    LineKey,
    OrderFacts,
    cargo_of,
    open_units,
    read_orders,
    window_of,
)
from oktee.modules.supply.shipments.rules.packing import Packable, TooManyCartons
from oktee.modules.supply.shipments.sourcing import split
from oktee.modules.supply.shipments.written import freight_now
from oktee.modules.supply.sight import seen_whole

PAST: Final = timedelta(days=30)
"""An order whose window closed longer ago is not offered."""
LISTED: Final = 100


class CannotTravelTogether(Invalid):
    """One shipment is one truck from one vendor code to one fulfilment centre under one freight term; each field says what
    differs."""


async def joinable(session: AsyncSession, order_id: UUID, shipment_id: UUID) -> wire.JoinableOrders:
    """Confirmed orders with open units that may travel in it too: those that can be in time with it first, then by window. Raises NotFound."""
    cargo, shipment = await read_cargo(session, order_id, shipment_id)
    first, freight = cargo.first, freight_now(cargo, shipment)
    statement = (
        select(PurchaseOrder.id)
        .where(
            PurchaseOrder.connection_id == first.connection_id,
            PurchaseOrder.marketplace_id == first.marketplace_id,
            PurchaseOrder.vendor_code == first.vendor_code,
            PurchaseOrder.ship_to == shipment.ship_to,
            or_(PurchaseOrder.freight.is_(None), PurchaseOrder.freight.is_not_distinct_from(freight)),
            PurchaseOrder.accepted_units > func.coalesce(PurchaseOrder.received_units, 0),
            PurchaseOrder.window_end > present() - PAST,
            PurchaseOrder.id.not_in(shipment.order_ids),
            *seen_whole(session),
        )
        .order_by(PurchaseOrder.window_end, PurchaseOrder.id)
    )
    ids = list(await session.scalars(statement))
    orders = await read_orders(session, ids[:LISTED])
    left = await _open_here(session, shipment, list(orders.values()))
    found = []
    for each in (orders[one] for one in ids[:LISTED] if one in orders and orders[one].freight == freight):
        units = [left[key] for line in each.lines if (key := (each.order.id, line.sequence)) in left]
        if units:
            found.append(
                wire.JoinableOrder(
                    order_id=each.order.id, po_number=each.order.po_number, window=window_of(each),
                    units=sum(units), lines=len(units), fits=_share_a_moment([*cargo.purchase_orders, each.order]),
                )
            )  # fmt: skip
    found.sort(key=lambda one: not one.fits)
    return wire.JoinableOrders(ship_to=shipment.ship_to, orders=found, more=max(0, len(ids) - LISTED))


async def join(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, body: wire.ShipmentOrdersIn
) -> Shipment:
    """Everything that is open of these orders travels in it too, in cartons of its own. Raises NotFound, ShipmentChanged,
    ShipmentLocked, CannotTravelTogether."""
    wanted = list(dict.fromkeys(body.order_ids))
    cargo, shipment, orders = await lock_shipment(session, order_id, shipment_id, also=wanted)
    check_open(shipment, version=body.version)
    _must_be_unsent(shipment)
    added = [orders.get(each) for each in wanted]
    left = await _open_here(session, shipment, [each for each in added if each is not None])
    faults = [
        FieldError(f"/order_ids/{place}", code, words)
        for place, each in enumerate(added)
        for code, words in _against(shipment, cargo, each, left)
    ]
    if len(shipment.order_ids) + len(wanted) > wire.MOST_ORDERS:
        faults.append(FieldError("/order_ids", "too_many_orders", f"At most {wire.MOST_ORDERS} orders."))
    if faults:
        raise CannotTravelTogether("These orders cannot travel in one shipment.", errors=tuple(faults))
    packables = []
    for each in (one for one in added if one is not None):
        for line in each.lines:
            units = left.get((each.order.id, line.sequence), 0)
            if units:
                session.add(
                    ShipmentItem(
                        shipment_id=shipment.id, purchase_order_id=each.order.id, po_number=each.order.po_number,
                        sequence=line.sequence, units=units,
                    )
                )  # fmt: skip
                key = (each.order.po_number, line.sequence)
                packables.append(Packable(key, units, full_case(each, line, units)))
    await session.flush()
    try:
        await add_boxes(session, shipment, packables)
    except TooManyCartons as error:
        raise Invalid(
            "That makes more cartons than one shipment may hold. Split the shipment, or set the case pack.",
            errors=(FieldError("/order_ids", "too_many_cartons", str(error)),),
        ) from error
    shipment.order_ids = sorted({*shipment.order_ids, *wanted})
    together = cargo_of(shipment, orders)
    put_brands(shipment, together.purchase_orders)
    await note(
        session, together, shipment, "shipment.joined", actor=person(caller),
        payload={"orders": _numbers(one for one in added if one is not None), "units": sum(left.values())},
    )  # fmt: skip
    await changed(session, caller, together, shipment)
    return shipment


async def leave(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, leaving: UUID, *, version: int
) -> Shipment:
    """What it holds of one order is taken out. The last order cannot leave: then the draft is discarded. Raises NotFound,
    ShipmentChanged, ShipmentLocked, CannotTravelTogether."""
    cargo, shipment, orders = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=version)
    _must_be_unsent(shipment)
    if leaving not in shipment.order_ids or len(shipment.order_ids) == 1:
        raise CannotTravelTogether("Only one of several orders can leave a shipment.")
    gone = orders[leaving].order
    await session.execute(
        delete(ShipmentItem).where(ShipmentItem.shipment_id == shipment.id, ShipmentItem.purchase_order_id == leaving)
    )
    await drop_from_boxes(session, shipment, gone.po_number)
    stay = [each.order.id for each in cargo.orders if each.order.id != leaving]
    if leaving == shipment.purchase_order_id:
        await settle_alarm(session, shipment)  # what is told of it stands under its first order, which leaves
    shipment.purchase_order_id, shipment.order_ids = stay[0], sorted(stay)
    rest = cargo_of(shipment, orders)
    put_brands(shipment, rest.purchase_orders)
    await note(session, cargo, shipment, "shipment.parted", actor=person(caller), payload={"orders": [gone.po_number]})
    await changed(session, caller, rest, shipment)
    return shipment


async def _open_here(session: AsyncSession, shipment: Shipment, orders: Sequence[OrderFacts]) -> dict[LineKey, int]:
    """Open units of these orders that leave from the warehouse of the shipment; of one without a warehouse, all."""
    left = await open_units(session, orders)
    if shipment.warehouse is None:
        return left
    found = await split(session, orders, left)
    here = {key: one.get(shipment.warehouse, 0) + one.get(None, 0) for key, one in found.items()}
    return {key: units for key, units in here.items() if units}


def _must_be_unsent(shipment: Shipment) -> None:
    if not unsent(shipment):
        raise ShipmentLocked("Amazon has it already with its orders. What else leaves is another shipment.")


def _against(
    shipment: Shipment, cargo: Cargo, each: OrderFacts | None, left: dict[tuple[UUID, str], int]
) -> Iterable[tuple[str, str]]:
    if each is None:
        yield "order_unknown", "There is no such order."
        return
    order, first = each.order, cargo.first
    if order.id in shipment.order_ids:
        yield "order_twice", "It is in the shipment already."
    if (order.connection_id, order.marketplace_id) != (first.connection_id, first.marketplace_id):
        yield "marketplace_differs", "It is of another marketplace."
    if order.vendor_code != first.vendor_code:
        yield "vendor_code_differs", "It is of another vendor code."
    if order.ship_to != shipment.ship_to:
        yield "destination_differs", "It goes to another fulfilment centre."
    if each.freight != freight_now(cargo, shipment):
        yield "freight_differs", "Somebody else pays its freight."
    if not any(order_id == order.id for order_id, _ in left):
        yield "nothing_open", "Nothing of it leaves from here that is in no shipment yet."


def _share_a_moment(orders: Sequence[PurchaseOrder]) -> bool:
    starts = [order.window_start for order in orders if order.window_start]
    ends = [order.window_end for order in orders if order.window_end]
    return not starts or not ends or max(starts) <= min(ends)


def _numbers(orders: Iterable[OrderFacts]) -> list[str]:
    return [each.order.po_number for each in orders]
