"""Two people at one shipment: whose change is the newest, and how what one wrote differs from what is there now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import waiting_entries
from oktee.journal.tables import JournalEntry
from oktee.kit.errors import FieldError
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import Parts

MAKE_A_VERSION = ("shipment.created", "shipment.changed", "shipment.timed")
"""The acts after which a shipment is another version."""

PLAIN = (
    "identifier", "warehouse", "shipment_type", "transportation_mode", "carrier_scac", "carrier_reference",
    "bill_of_lading", "ship_at", "deliver_at", "pickup_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hand:
    """Who wrote a shipment, and when."""

    name: str
    at: datetime


async def last_hands(session: AsyncSession, order_id: UUID) -> dict[str, Hand]:
    """Who wrote each shipment of an order last, by its identifier."""
    shipment = JournalEntry.payload["shipment"].astext
    statement = (
        select(shipment, JournalEntry.actor_name, JournalEntry.at)
        .where(
            JournalEntry.object_type == "order",
            JournalEntry.object_id == str(order_id),
            JournalEntry.kind.in_(MAKE_A_VERSION),
        )
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    found = {identifier: Hand(name, at) for identifier, name, at in await session.execute(statement)}
    for entry in waiting_entries(session):
        if entry.object_id == str(order_id) and entry.kind in MAKE_A_VERSION:
            found[entry.payload["shipment"]] = Hand(entry.actor_name, entry.at)
    return found


def differences(shipment: Shipment, parts: Parts, body: wire.ShipmentIn, *, first: str) -> tuple[FieldError, ...]:
    """Where what was sent is not what the shipment holds now; `first`: the order of lines that name none."""
    return tuple(
        FieldError(pointer, "changed_meanwhile", f"It is {_said(now)} now.")
        for pointer, sent, now in _pairs(shipment, parts, body, first)
        if sent != now
    )


def _pairs(shipment: Shipment, parts: Parts, body: wire.ShipmentIn, first: str) -> Iterator[tuple[str, object, object]]:
    for name in PLAIN:
        yield f"/{name}", _plain(getattr(body, name)), _plain(getattr(shipment, name))
    for name, proposed in (("weight_kg", "weight_proposed"), ("volume_m3", "volume_proposed")):
        if not (getattr(body, proposed) and getattr(shipment, proposed)):  # what OKTee reckons anew is nobody's word
            yield f"/{name}", getattr(body, name), getattr(shipment, name)
    from_where: Mapping[str, Any] = shipment.ship_from or {}
    for name, sent in body.ship_from.model_dump().items():
        yield f"/ship_from/{name}", sent, from_where.get(name) or ""
    held = {(one.po_number, one.sequence): one for one in parts.items}
    for place, item in enumerate(body.items):
        there = held.pop((item.po_number or first, item.sequence), None)
        yield f"/items/{place}/units", item.units, there.units if there else 0
        for name in ("lot_number", "expires_on"):
            yield f"/items/{place}/{name}", _plain(getattr(item, name)), _plain(getattr(there, name, None))
    more = [f"{one.po_number} {one.sequence}: {one.units}" for one in held.values() if one.units]
    yield "/items", [], more


def _plain(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "empty" if value in (None, "") else str(value)
