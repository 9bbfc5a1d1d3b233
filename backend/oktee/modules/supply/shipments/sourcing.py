"""Where the goods of an order leave: the warehouses that were decided, what Amazon calls them, and their open units."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentItem
from oktee.catalog.logistics.tables import Warehouse
from oktee.modules.supply.rules.logistics import Terms
from oktee.modules.supply.settings import SupplySettings, read_settings
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import LineKey, OrderFacts
from oktee.modules.supply.shipments.rules.sourcing import Code, by_warehouse

TYPES: Final[Mapping[str | None, wire.ShipmentType]] = {
    "parcel": "SmallParcel", "ltl": "LessThanTruckLoad", "ftl": "TruckLoad",
}  # fmt: skip
MODES: Final[Mapping[str | None, wire.TransportationMode]] = {"road": "Road", "air": "Air", "ocean": "Ocean"}


async def split(
    session: AsyncSession, orders: Collection[OrderFacts], left: Mapping[LineKey, int]
) -> dict[LineKey, dict[Code, int]]:
    """Where the open units of each line leave."""
    placed = await _placed(session, [each.order.id for each in orders])
    return {
        key: by_warehouse(
            left[key], each.sources(line.sequence), placed.get(key, {}),
            multiple=line.unit_size if line.unit_of_measure.casefold() == "cases" and line.unit_size > 0 else 1,
        )
        for each in orders
        for line in each.lines
        if (key := (each.order.id, line.sequence)) in left
    }  # fmt: skip


async def _placed(session: AsyncSession, order_ids: Collection[UUID]) -> dict[LineKey, dict[Code, int]]:
    """Units of each line that drafts hold or that left, by the warehouse of the shipment."""
    state = func.coalesce(Shipment.confirmation, "failed")
    draft = (Shipment.origin == "oktee") & Shipment.first_confirmed_at.is_(None) & (state == "failed")
    written = draft | Shipment.confirmation.in_(("planned", "sending", "unknown", "sent"))
    units = func.sum(case((written, ShipmentItem.units), else_=func.coalesce(ShipmentItem.confirmed_units, 0)))
    statement = (
        select(ShipmentItem.purchase_order_id, ShipmentItem.sequence, Shipment.warehouse, units)
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(ShipmentItem.purchase_order_id.in_(sorted(order_ids)))
        .group_by(ShipmentItem.purchase_order_id, ShipmentItem.sequence, Shipment.warehouse)
    )
    found: dict[LineKey, dict[Code, int]] = {}
    for order_id, sequence, code, total in await session.execute(statement):
        found.setdefault((order_id, sequence), {})[code] = int(total or 0)
    return found


async def own_warehouses(session: AsyncSession, settings: SupplySettings) -> dict[str, wire.ShipmentWarehouse]:
    """The warehouses of the logistics rules as shipments name them, by code."""
    rows = await session.scalars(select(Warehouse).order_by(Warehouse.code))
    return {row.code: _named(row, settings) for row in rows}


def _named(row: Warehouse, settings: SupplySettings) -> wire.ShipmentWarehouse:
    """One of which neither id nor address is said leaves from the address of the workspace; `unsaid` tells of it."""
    if not row.party_id and not row.address:
        return workspace_warehouse(settings)
    return wire.ShipmentWarehouse(
        party_id=row.party_id or "",
        name=row.name or settings.ship_from_name or row.code,
        line1=row.address or "",
        city=row.city or "",
        postal_code=row.postal_code or "",
        country_code=row.country or "",
    )


async def unsaid(session: AsyncSession, code: str | None, ship_from: wire.ShipmentWarehouse) -> str | None:
    """The code of the warehouse where Amazon would be told the workspace's address for it, since nobody says its own."""
    if code is None:
        return None
    settings, _ = await read_settings(session)
    if ship_from != workspace_warehouse(settings):
        return None  # its own, or what somebody wrote into the shipment
    row = await session.scalar(select(Warehouse).where(Warehouse.code == code))
    return code if row is None or not (row.party_id or row.address) else None


def workspace_warehouse(settings: SupplySettings) -> wire.ShipmentWarehouse:
    """The one of the settings of Supply."""
    return wire.ShipmentWarehouse(
        party_id=settings.ship_from_id,
        name=settings.ship_from_name,
        line1=settings.ship_from_line1,
        city=settings.ship_from_city,
        postal_code=settings.ship_from_postal_code,
        country_code=settings.ship_from_country,
    )


def kind_of(terms: Terms | None) -> wire.ShipmentType:
    """Parcel, part of a truck or a full one, as the terms of the vendor code say."""
    return TYPES.get(terms.mode if terms else None, "LessThanTruckLoad")


def mode_of(terms: Terms | None) -> wire.TransportationMode:
    """By road where nobody says otherwise."""
    return MODES.get(terms.transport if terms else None, "Road")
