"""Weights and room that OKTee proposes are kept beside a shipment, and reckoned again whenever it changes."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.modules.supply.shipments.facts import Cargo, parts_of
from oktee.modules.supply.shipments.rules.inputs import Held
from oktee.modules.supply.shipments.rules.measures import reckon
from oktee.modules.supply.shipments.written import container_of, goods_of


async def propose(session: AsyncSession, cargo: Cargo, shipment: Shipment) -> None:
    """What nobody typed follows from the catalogue, or stays empty where it does not say enough."""
    await session.flush()
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    first = cargo.first.po_number
    made = [
        replace(container_of(one, first), weight_kg=None if one.weight_proposed else one.weight_kg)
        for one in parts.containers
    ]
    items = [Held(item.po_number, item.sequence, item.units) for item in parts.items if item.units]
    found = reckon(made, items, goods_of(cargo))
    for row, one in zip(parts.containers, made, strict=True):
        if one.weight_kg is None:
            row.weight_kg = found.weights[one.kind, one.number]
            row.weight_proposed = row.weight_kg is not None
    if shipment.weight_kg is None or shipment.weight_proposed:
        shipment.weight_kg, shipment.weight_proposed = found.weight_kg, found.weight_kg is not None
    if shipment.volume_m3 is None or shipment.volume_proposed:
        shipment.volume_m3, shipment.volume_proposed = found.volume_m3, found.volume_m3 is not None
    await session.flush()
