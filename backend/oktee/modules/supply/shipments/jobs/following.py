"""A shipment at Amazon after it was proved: its carrier, its departure, its arrival; and its labels."""

import base64
import binascii
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from oktee.amazon.client.models.vendor_shipments.transport import TransportLabel
from oktee.amazon.client.vendor_shipments import get_shipment, get_shipment_labels
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_store import store_shipment
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON
from oktee.kit import objects, work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.kit.objects import StoredObject
from oktee.kit.storage.content import PDF, WrongContent
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.tables import ShipmentLabel
from oktee.notify.outbox import publish

EVERY = ((timedelta(hours=1), timedelta(minutes=1)), (timedelta(days=1), timedelta(minutes=15)))
"""How often one is looked at again, by how long ago it was made; later once an hour."""
SELDOM = timedelta(hours=1)
GIVEN_UP = timedelta(days=30)
CLOSED = timedelta(hours=6)
LARGEST_LABEL = 5 * 1024 * 1024
KEPT = timedelta(days=548)
"""A label goes with its order at the latest."""
PURPOSE = "shipment_label"


async def follow(item: work.Item) -> None:
    """Read the shipment again until it has arrived or a month has passed."""
    async with tenant_session(item.organization_id) as session:
        shipment = await session.get(Shipment, UUID(item.key))
    if shipment is None or shipment.transport == "cancelled" or shipment.delivered_at is not None:
        return
    try:
        client = await client_for(item.organization_id, shipment.connection_id)
    except (ConnectionEnded, NotVerified):
        async with item.record(next_at=present() + CLOSED):
            return
    shown = await get_shipment(client, shipment.identifier)
    read_at = present()
    age = read_at - shipment.created_at
    transport = shown.transportation_details if shown is not None else None
    arrived = transport is not None and transport.shipment_delivery_date is not None
    pause = next((wait for until, wait in EVERY if age < until), SELDOM)
    labelled = shown is not None and shown.package_label_create_date not in (None, shipment.labelled_at)
    async with item.record(next_at=None if arrived or age > GIVEN_UP else read_at + pause) as session:
        if labelled:
            await work.schedule(session, kinds.LABELS, item.key)
        if shown is not None:
            await store_shipment(session, shipment.connection_id, shown, Source(read_at, "GetShipmentDetails"))


async def fetch_labels(item: work.Item) -> None:
    """Fetch the labels of a shipment and keep the documents; what was kept before is replaced."""
    async with tenant_session(item.organization_id) as session:
        shipment = await session.get(Shipment, UUID(item.key))
    if shipment is None:
        return
    client = await client_for(item.organization_id, shipment.connection_id)
    found = await get_shipment_labels(client, shipment.identifier)
    kept = [one async for one in _keep(item.organization_id, shipment.id, found)]
    async with item.record() as session:
        order = (
            await session.execute(
                select(PurchaseOrder).where(PurchaseOrder.id == shipment.purchase_order_id).with_for_update()
            )
        ).scalar_one()
        before = list(
            await session.scalars(select(ShipmentLabel.object_key).where(ShipmentLabel.shipment_id == shipment.id))
        )
        await session.execute(delete(ShipmentLabel).where(ShipmentLabel.shipment_id == shipment.id))
        session.add_all(kept)
        await record_order(
            session,
            order,
            "shipment.labels",
            actor=AMAZON,
            payload={"shipment": shipment.identifier, "labels": len(kept)},
            operation="GetShipmentLabels",
        )
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    for key in before:
        await objects.delete(key)


async def _keep(organization_id: UUID, shipment_id: UUID, found: list[TransportLabel]) -> AsyncIterator[ShipmentLabel]:
    number = 0
    for label in found:
        for data in label.label_data:
            stored = await _store(organization_id, data.label)
            if stored is None:
                continue
            number += 1
            yield ShipmentLabel(
                shipment_id=shipment_id,
                number=number,
                tracking_id=data.tracking_id,
                carrier_code=data.carrier_code,
                object_key=stored.key,
                size=stored.size,
                sha256=stored.sha256,
                labelled_at=label.label_create_date_time,
            )


async def _store(organization_id: UUID, text: str | None) -> StoredObject | None:
    """None for what is no document: a label that cannot be read does not keep the others away."""
    try:
        content = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content or len(content) > LARGEST_LABEL:
        return None

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    try:
        return await objects.put(
            organization_id, pieces(), max_bytes=LARGEST_LABEL, content_type=PDF, purpose=PURPOSE,
            expires_at=present() + KEPT,
        )  # fmt: skip
    except WrongContent:
        return None
