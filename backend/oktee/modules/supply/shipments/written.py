"""A shipment as it is stored, or as somebody is about to write it, in the form that the pure checks take."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import Cargo, OrderFacts, Parts
from oktee.modules.supply.shipments.rules.inputs import (
    Container,
    Goods,
    Held,
    Key,
    Line,
    Lot,
    OrderInput,
    ShipmentInput,
    Warehouse,
)
from oktee.modules.supply.shipments.rules.measures import reckon
from oktee.modules.supply.shipments.sourcing import unsaid

A_TRUCK: Final = timedelta(days=2)
"""Departures further apart than this are not of one truck, whatever number they share."""


async def input_of(session: AsyncSession, cargo: Cargo, shipment: Shipment, parts: Parts) -> ShipmentInput:
    """The shipment as it is stored, for the checks."""
    first = cargo.first.po_number
    return await _input(
        session,
        cargo,
        shipment,
        code=shipment.warehouse,
        sscc_elsewhere=await _used_elsewhere(session, shipment, [one.sscc for one in parts.containers if one.sscc]),
        items=tuple(Held(item.po_number, item.sequence, item.units) for item in parts.items if item.units),
        containers=tuple(container_of(one, first) for one in parts.containers),
        before=_before(parts),
        lots={(item.po_number, item.sequence): Lot(item.lot_number, item.expires_on) for item in parts.items},
    )


async def input_of_body(
    session: AsyncSession, cargo: Cargo, shipment: Shipment, parts: Parts, body: wire.ShipmentIn
) -> ShipmentInput:
    """The shipment as somebody is about to write it."""
    first = cargo.first.po_number

    def held(one: wire.HeldUnits) -> Held:
        return Held(one.po_number or first, one.sequence, one.units)

    written = await _input(
        session,
        cargo,
        shipment,
        code=body.warehouse,
        sscc_elsewhere=await _used_elsewhere(session, shipment, [one.sscc for one in body.containers if one.sscc]),
        items=tuple(held(item) for item in body.items if item.units),
        containers=tuple(
            Container(
                one.kind, one.number, one.sscc or None, one.pallet, one.tracking or None, one.weight_kg,
                tuple(held(each) for each in one.contents),
            )
            for one in body.containers
        ),
        before=_before(parts),
        lots={held(item).key: Lot((item.lot_number or "").strip() or None, item.expires_on) for item in body.items},
        identifier=body.identifier,
        ship_from=Warehouse(**body.ship_from.model_dump()),
        shipment_type=body.shipment_type,
        transportation_mode=body.transportation_mode,
        carrier_scac=body.carrier_scac or None,
        carrier_reference=body.carrier_reference or None,
        bill_of_lading=body.bill_of_lading or None,
        ship_at=body.ship_at,
        deliver_at=body.deliver_at,
        pickup_at=body.pickup_at,
        weight_kg=body.weight_kg,
        volume_m3=body.volume_m3,
    )  # fmt: skip
    return _with_proposals(written, body)


def _with_proposals(written: ShipmentInput, body: wire.ShipmentIn) -> ShipmentInput:
    """With the weights and the room that it will have once it is kept."""
    typed = [
        replace(one, weight_kg=None if said.weight_proposed else one.weight_kg)
        for one, said in zip(written.containers, body.containers, strict=True)
    ]
    found = reckon(typed, written.items, written.goods)
    own_weight, own_volume = not body.weight_proposed, not body.volume_proposed
    return replace(
        written,
        containers=tuple(replace(one, weight_kg=found.weights[one.kind, one.number]) for one in typed),
        weight_kg=written.weight_kg if own_weight and written.weight_kg is not None else found.weight_kg,
        volume_m3=written.volume_m3 if own_volume and written.volume_m3 is not None else found.volume_m3,
    )


async def _used_elsewhere(session: AsyncSession, shipment: Shipment, numbers: Sequence[str]) -> frozenset[str]:
    elsewhere = select(ShipmentContainer.sscc).where(
        ShipmentContainer.sscc.in_(numbers), ShipmentContainer.shipment_id != shipment.id
    )
    return frozenset(one for one in await session.scalars(elsewhere) if one)


def _before(parts: Parts) -> dict[tuple[str, str], int]:
    return {(item.po_number, item.sequence): item.confirmed_units for item in parts.items if item.confirmed_units}


async def _input(
    session: AsyncSession, cargo: Cargo, shipment: Shipment, *, code: str | None, **over: Any
) -> ShipmentInput:
    order = cargo.first
    elsewhere = await shipped_units(session, [each.order.id for each in cargo.orders], but=shipment.id)
    lines = [
        Line(
            each.order.po_number, line.sequence, line.asin, line.vendor_product_identifier, line.unit_of_measure,
            line.unit_size, each.confirmed(line.sequence), elsewhere.get((each.order.id, line.sequence), 0),
        )
        for each in cargo.orders
        for line in each.lines
    ]  # fmt: skip
    marketplace = find_marketplace(order.marketplace_id)
    values: dict[str, Any] = {
        "identifier": shipment.identifier,
        "orders": tuple(_order(each) for each in cargo.orders),
        "vendor_code": order.vendor_code,
        "country": marketplace.country if marketplace else "",
        "freight": freight_now(cargo, shipment),
        "ship_to": shipment.ship_to,
        "ship_from": Warehouse(**(shipment.ship_from or {})),
        "shipment_type": shipment.shipment_type,
        "transportation_mode": shipment.transportation_mode,
        "carrier_scac": shipment.carrier_scac,
        "carrier_reference": shipment.carrier_reference,
        "bill_of_lading": shipment.bill_of_lading,
        "amazon_reference": shipment.amazon_reference,
        "ship_at": shipment.ship_at,
        "deliver_at": shipment.deliver_at,
        "pickup_at": shipment.pickup_at,
        "weight_kg": shipment.weight_kg,
        "volume_m3": shipment.volume_m3,
        "lines": {line.key: line for line in lines},
        "goods": goods_of(cargo),
        "first_confirmed_at": shipment.first_confirmed_at,
        "delivered_at": shipment.delivered_at,
    }
    written = ShipmentInput(**{**values, **over})
    told = wire.ShipmentWarehouse(**asdict(written.ship_from))
    return replace(
        written,
        same_truck=await _on_the_truck(session, shipment, written),
        warehouse_unsaid=await unsaid(session, code, told),
    )


def freight_now(cargo: Cargo, shipment: Shipment) -> str | None:
    """Who pays: until Amazon has the shipment, whoever the order or the terms of its vendor code say today."""
    if shipment.transport == "seen" or shipment.first_confirmed_at is not None:
        return shipment.freight
    return cargo.orders[0].freight or shipment.freight


def goods_of(cargo: Cargo) -> dict[Key, Goods]:
    """What the catalogue says of its lines."""
    return {(each.order.po_number, sequence): goods for each in cargo.orders for sequence, goods in each.goods.items()}


async def _on_the_truck(session: AsyncSession, shipment: Shipment, written: ShipmentInput) -> int:
    """Other shipments that are confirmed, or about to be, for the same full truck: by Amazon's reference, else by the bill of
    lading."""
    if written.shipment_type != "TruckLoad":
        return 0
    if written.amazon_reference:
        same = Shipment.amazon_reference == written.amazon_reference
    elif written.bill_of_lading:
        same = Shipment.bill_of_lading == written.bill_of_lading
    else:
        return 0
    conditions = [
        same,
        Shipment.connection_id == shipment.connection_id,
        Shipment.id != shipment.id,
        Shipment.ship_to == written.ship_to,
        or_(
            Shipment.first_confirmed_at.is_not(None),
            Shipment.confirmation.in_(("planned", "sending", "unknown", "sent")),
        ),
    ]
    if written.ship_at is not None:
        conditions.append(Shipment.ship_at.between(written.ship_at - A_TRUCK, written.ship_at + A_TRUCK))
    return await session.scalar(select(func.count()).select_from(Shipment).where(*conditions)) or 0


def _order(facts: OrderFacts) -> OrderInput:
    order = facts.order
    return OrderInput(
        po_number=order.po_number,
        vendor_code=order.vendor_code,
        freight=facts.freight,
        ship_to=order.ship_to,
        window=(order.window_start, order.window_end) if order.window_start and order.window_end else None,
        open=facts.open,
    )


def container_of(one: ShipmentContainer, first: str) -> Container:
    """`first`: the number of the shipment's first order, for what names none."""
    contents = tuple(
        Held(str(each.get("po_number") or first), str(each["sequence"]), int(each["units"]))
        for each in one.contents
        if each.get("units")
    )
    return Container(one.kind, one.number, one.sscc, one.pallet_number, one.tracking_number, one.weight_kg, contents)
