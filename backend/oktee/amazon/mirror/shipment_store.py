"""Storing shipments as Amazon shows them: ours get what Amazon adds, those made elsewhere are kept whole."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.models.vendor_shipments.transport import Container, PackedItem, ShippedOrderItem, orders_of
from oktee.amazon.client.models.vendor_shipments.transport import Shipment as WireShipment
from oktee.amazon.mirror.poller import Batch, Stored
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON, OUTSIDE, Subject, record
from oktee.kit.database import new_id
from oktee.notify.outbox import publish

STREAM: Final = "shipments"
SHIPPED: Final = "Shipped"
IN_KG: Final = {"g": Decimal("0.001"), "kg": Decimal(1), "oz": Decimal("0.028349523125"), "lb": Decimal("0.45359237")}


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a line of an order that is known here."""

    order: PurchaseOrder
    sequence: str
    units: int


async def store(session: AsyncSession, batch: Batch) -> Stored:
    """Write what is new or changed of a page; the same page again writes nothing. Shipments of orders that are not kept
    here (older than the reference period) are left out."""
    stored = Stored()
    models: dict[str, WireShipment] = {model.vendor_shipment_identifier: model for model in batch.models}
    orders = await _orders(session, batch.connection.id, orders_of(list(models.values())))
    known = await _known(session, batch.connection.id, list(models))
    changed = [
        model
        for identifier, model in models.items()
        if (identifier in known or any(o.purchase_order_number in orders for o in model.purchase_orders))
        and (identifier not in known or known[identifier].content_hash != _hash(model))
    ]
    if not changed:
        return stored
    await batch.before_write()
    source = Source(batch.received_at, batch.source_ref, batch.run_id)
    for model in sorted(changed, key=lambda each: each.vendor_shipment_identifier):
        if await store_shipment(session, batch.connection.id, model, source, quiet=batch.first_load):
            stored.created += 1
        else:
            stored.changed += 1
    if batch.swept_until is not None:
        stored.drift = sum((at := _moved(model)) is None or at <= batch.swept_until for model in changed)
    return stored


def _moved(model: WireShipment) -> datetime | None:
    """The latest day that Amazon names of it; None where it names none."""
    dates = (
        model.transaction_date, model.currentshipment_status_date, model.shipment_create_date,
        model.shipment_confirm_date, model.package_label_create_date,
    )  # fmt: skip
    return max((date for date in dates if date is not None), default=None)


async def store_shipment(
    session: AsyncSession, connection_id: UUID, model: WireShipment, source: Source, *, quiet: bool = False
) -> bool:
    """Keep one shipment as Amazon shows it; answers whether it is new here. `quiet`: a first load tells the journal of
    none. The order's row is locked before the shipment's, as everywhere."""

    orders = await _orders(session, connection_id, orders_of([model]))
    ids = sorted(order.id for order in orders.values())
    await session.execute(
        select(PurchaseOrder.id).where(PurchaseOrder.id.in_(ids)).order_by(PurchaseOrder.id).with_for_update()
    )
    statement = (
        select(Shipment)
        .where(Shipment.connection_id == connection_id, Shipment.identifier == model.vendor_shipment_identifier)
        .with_for_update()
    )
    shipment = (await session.execute(statement)).scalar_one_or_none()
    if shipment is not None and shipment.fetched_at is not None and source.received_at < shipment.fetched_at:
        return False  # overtaken by a later answer
    parts = await _parts(session, orders, model)
    new = shipment is None
    if shipment is None:
        if not parts:
            return False
        shipment = _made_elsewhere(connection_id, model, parts)
        session.add(shipment)
        await session.flush()
    before = shipment.amazon_status
    _take_over(shipment, model, source)
    if shipment.origin == "outside":
        _name_orders(shipment, parts)
        await _keep_whole(session, shipment, model, parts)
    else:
        await _note_shown(session, shipment, parts)
    await session.flush()
    for order in {part.order.id: part.order for part in parts}.values():
        if not quiet and (new or before != shipment.amazon_status):
            await _tell(session, order, shipment, new=new, before=before)
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    return new


async def shown_units(
    session: AsyncSession, orders: Sequence[PurchaseOrder], model: WireShipment
) -> dict[tuple[str, str], int]:
    """Eaches of each line of these orders (number, sequence) that Amazon shows in a shipment."""
    parts = await _parts(session, {order.po_number: order for order in orders}, model)
    return {(part.order.po_number, part.sequence): part.units for part in parts}


async def _orders(session: AsyncSession, connection_id: UUID, numbers: set[str]) -> dict[str, PurchaseOrder]:

    if not numbers:
        return {}
    statement = select(PurchaseOrder).where(
        PurchaseOrder.connection_id == connection_id, PurchaseOrder.po_number.in_(sorted(numbers))
    )
    return {order.po_number: order for order in (await session.execute(statement)).scalars()}


async def _known(session: AsyncSession, connection_id: UUID, identifiers: list[str]) -> dict[str, Shipment]:

    statement = select(Shipment).where(Shipment.connection_id == connection_id, Shipment.identifier.in_(identifiers))
    return {row.identifier: row for row in (await session.execute(statement)).scalars()}


async def _parts(session: AsyncSession, orders: dict[str, PurchaseOrder], model: WireShipment) -> list[Part]:

    lines = await _lines(session, orders.values())
    found: dict[tuple[UUID, str], Part] = {}
    for named in model.purchase_orders:
        order = orders.get(named.purchase_order_number or "")
        for item in named.items if order is not None else ():
            assert order is not None
            line = match_line(lines.get(order.id, []), item)
            units = None if line is None else _units(item, line)
            if line is None or units is None:
                continue
            key = (order.id, line.sequence)
            before = found[key].units if key in found else 0
            found[key] = Part(order, line.sequence, before + units)
    return list(found.values())


async def _lines(session: AsyncSession, orders: Iterable[PurchaseOrder]) -> dict[UUID, list[PurchaseOrderLine]]:

    ids = [order.id for order in orders]
    statement = select(PurchaseOrderLine).where(PurchaseOrderLine.purchase_order_id.in_(ids))
    lines: dict[UUID, list[PurchaseOrderLine]] = {}
    for one in (await session.execute(statement)).scalars() if ids else ():
        lines.setdefault(one.purchase_order_id, []).append(one)
    return lines


def match_line(lines: Sequence[PurchaseOrderLine], item: ShippedOrderItem | PackedItem) -> PurchaseOrderLine | None:
    """The line that an item of a shipment is about: by product, since a shipment may count its items by itself; the
    sequence decides between lines of one product, and alone where no product is named."""
    asin, identifier = item.buyer_product_identifier, item.vendor_product_identifier
    fitting = [
        line
        for line in lines
        if (asin is not None and line.asin == asin)
        or (identifier is not None and line.vendor_product_identifier == identifier)
    ]
    candidates = fitting or ([] if asin or identifier else list(lines))
    exact = [line for line in candidates if _number(line.sequence) == _number(item.item_sequence_number or "")]
    if exact:
        return exact[0]
    return fitting[0] if len(fitting) == 1 else None


def _number(sequence: str) -> str:
    return sequence.lstrip("0") or "0"


def _units(item: ShippedOrderItem, line: PurchaseOrderLine) -> int | None:
    quantity = item.shipped_quantity
    if quantity.eaches is not None or quantity.amount is None:
        return quantity.eaches
    return quantity.amount * line.unit_size if (quantity.unit_of_measure or "").casefold() == "cases" else None


def _made_elsewhere(connection_id: UUID, model: WireShipment, parts: Sequence[Part]) -> Shipment:

    order = parts[0].order
    return Shipment(
        id=new_id(),
        connection_id=connection_id,
        identifier=model.vendor_shipment_identifier,
        purchase_order_id=order.id,
        origin="outside",
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        brands=order.brands,
        version=1,
    )


def _name_orders(shipment: Shipment, parts: Sequence[Part]) -> None:
    """Whose goods it holds, and so who may see it."""
    orders = {part.order.id: part.order for part in parts}
    shipment.order_ids = sorted({shipment.purchase_order_id, *orders})
    if orders:
        put_brands(shipment, orders.values())


def put_brands(shipment: Shipment, orders: Iterable[PurchaseOrder]) -> None:
    """Every brand of these orders: who sees all of them sees all of what travels together."""
    found = sorted({brand for order in orders for brand in order.brands})
    shipment.brands, shipment.brand = found, (found[0] or None) if len(found) == 1 else None


def _take_over(shipment: Shipment, model: WireShipment, source: Source) -> None:
    """What Amazon says of it; of a shipment made elsewhere also what its maker said."""
    pickup, transport = model.collect_freight_pickup_details, model.transportation_details
    shipment.amazon_reference = model.buyer_reference_number or shipment.amazon_reference
    shipment.amazon_status = model.current_shipment_status
    shipment.amazon_status_at = model.currentshipment_status_date
    shipment.amazon_created_at = model.shipment_create_date
    shipment.amazon_confirmed_at = model.shipment_confirm_date
    shipment.labelled_at = model.package_label_create_date
    shipment.pickup_scheduled_at = pickup.scheduled_pick_up if pickup else None
    carrier = transport.carrier_details if transport else None
    shipment.carrier_name = (carrier.name or carrier.code) if carrier else None
    shipment.delivered_at = transport.shipment_delivery_date if transport else None
    shipment.content_hash = _hash(model)
    shipment.fetched_at, shipment.source_ref, shipment.sync_run_id = source.received_at, source.ref, source.run_id
    if shipment.origin != "outside":
        return
    shipment.freight = (model.shipment_freight_term or "").casefold() or None
    shipment.ship_to = model.ship_to_party.party_id
    shipment.ship_from = {"party_id": model.ship_from_party.party_id}
    shipment.shipment_type = transport.ship_mode if transport else None
    shipment.carrier_scac = carrier.code if carrier else None
    shipment.carrier_reference = carrier.shipment_reference_number if carrier else None
    shipment.bill_of_lading = transport.bill_of_lading_number if transport else None
    shipment.ship_at = transport.shipped_date if transport else None
    shipment.deliver_at = transport.estimated_delivery_date if transport else None
    shipment.pickup_at = pickup.requested_pick_up if pickup else None
    measures = model.shipment_measurements
    weight = measures.shipment_weight if measures else None
    shipment.weight_kg = _kg(weight.value, weight.unit_of_measure) if weight else None


async def _keep_whole(session: AsyncSession, shipment: Shipment, model: WireShipment, parts: Sequence[Part]) -> None:

    left = model.shipment_confirm_date is not None or model.current_shipment_status == SHIPPED
    await session.execute(delete(ShipmentItem).where(ShipmentItem.shipment_id == shipment.id))
    await session.execute(delete(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id))
    orders = {part.order.po_number: part.order for part in parts}
    lines = await _lines(session, orders.values())
    for part in parts:
        session.add(
            ShipmentItem(
                shipment_id=shipment.id, purchase_order_id=part.order.id, po_number=part.order.po_number,
                sequence=part.sequence, units=part.units, confirmed_units=part.units if left else None,
                shown_units=part.units,
            )
        )  # fmt: skip
    counted = {"carton": 0, "pallet": 0}
    for container in model.containers:
        kind = container.container_type.casefold()
        if kind not in counted:
            continue
        counted[kind] += 1
        contents = [_packed(item, orders, lines) for item in container.packed_items]
        session.add(_container(shipment.id, kind, counted[kind], container, contents))


def _packed(
    item: PackedItem, orders: Mapping[str, PurchaseOrder], lines: Mapping[UUID, Sequence[PurchaseOrderLine]]
) -> dict[str, Any]:
    """What a container holds of an item, with the line it is of where that is known."""
    number = item.item_details.purchase_order_number if item.item_details else None
    order = orders.get(number or "")
    line = match_line(lines.get(order.id, ()), item) if order is not None else None
    return {
        "po_number": number,
        "sequence": line.sequence if line is not None else item.item_sequence_number,
        "units": item.packed_quantity.eaches if item.packed_quantity else None,
    }


def _container(
    shipment_id: UUID, kind: str, number: int, container: Container, contents: list[dict[str, Any]]
) -> ShipmentContainer:

    names = {name.container_identification_type: name for name in container.container_identifiers}
    sscc = names.get("SSCC")
    weight = container.weight
    return ShipmentContainer(
        shipment_id=shipment_id, kind=kind, number=number, contents=contents,
        sscc=sscc.container_identification_number if sscc else None, pallet_number=None,
        tracking_number=container.tracking_number,
        weight_kg=_kg(weight.value, weight.unit_of_measure) if weight else None,
    )  # fmt: skip


async def _note_shown(session: AsyncSession, shipment: Shipment, parts: Sequence[Part]) -> None:

    shown = {(part.order.id, part.sequence): part.units for part in parts}
    statement = select(ShipmentItem).where(ShipmentItem.shipment_id == shipment.id)
    for item in (await session.execute(statement)).scalars():
        item.shown_units = shown.get((item.purchase_order_id, item.sequence))


async def _tell(
    session: AsyncSession, order: PurchaseOrder, shipment: Shipment, *, new: bool, before: str | None
) -> None:
    await record(
        session,
        "shipment.found" if new else "shipment.moved",
        actor=OUTSIDE if new else AMAZON,
        subject=Subject("order", str(order.id), order.po_number),
        payload={"shipment": shipment.identifier, "status": shipment.amazon_status, "before": before},
        correlation_id=f"order:{order.id}",
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
    )


def _hash(model: WireShipment) -> bytes:
    return hashlib.sha256(msgspec.json.encode(model)).digest()


def _kg(value: str | None, unit: str | None) -> Decimal | None:
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    factor = IN_KG.get((unit or "").casefold())
    return (number * factor).quantize(Decimal("0.001")) if number.is_finite() and factor is not None else None


async def shipped_units(
    session: AsyncSession, order_ids: Collection[UUID], *, but: UUID | None = None
) -> dict[tuple[UUID, str], int]:
    """Units of each line of these orders (order, sequence) that confirmations say have left: those in effect, and those on
    their way to Amazon."""

    under_way = Shipment.confirmation.in_(("planned", "sending", "unknown", "sent"))
    units = func.sum(case((under_way, ShipmentItem.units), else_=func.coalesce(ShipmentItem.confirmed_units, 0)))
    statement = (
        select(ShipmentItem.purchase_order_id, ShipmentItem.sequence, units)
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(ShipmentItem.purchase_order_id.in_(sorted(order_ids)))
        .group_by(ShipmentItem.purchase_order_id, ShipmentItem.sequence)
    )
    if but is not None:
        statement = statement.where(ShipmentItem.shipment_id != but)
    return {(order_id, sequence): int(total or 0) for order_id, sequence, total in await session.execute(statement)}
