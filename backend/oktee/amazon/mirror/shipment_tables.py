"""The tables of shipments: ours and those made elsewhere, as they are written here and as Amazon shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Numeric, UniqueConstraint, Uuid, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, refers


class Shipment(Tenanted, Base):
    """One truck or parcel from one warehouse to one fulfilment centre, of one vendor code.

    `purchase_order_id`: the order it was made from; `order_ids`: every order that it holds goods of, that one too.
    `send_at`: when OKTee confirms it by itself, as who `send_by_*` names asked; `send_trouble`: why it did not.
    `origin`: oktee, or outside (EDI, a person in Vendor Central). `transport` and `confirmation` are the states of our
    newest submission of that kind; null = none. What Amazon shows: `amazon_status` (it ends at Shipped) and what follows.
    `warehouse`: the code of the customer's warehouse whose goods these are; `ship_from` what Amazon is told of it.
    `*_proposed`: OKTee reckoned the figure, nobody typed it.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("organization_id", "connection_id", "identifier", name="uq_shipments_identifier"),
        refers("connection_id", "connections", ondelete="CASCADE"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_shipments_order", "organization_id", "purchase_order_id"),
    )

    connection_id: Mapped[UUID]
    identifier: Mapped[str]
    purchase_order_id: Mapped[UUID]
    order_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list, server_default=text("'{}'::uuid[]"))
    origin: Mapped[str]
    freight: Mapped[str | None]
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    ship_to: Mapped[str | None]
    warehouse: Mapped[str | None]
    ship_from: Mapped[dict[str, Any] | None]
    shipment_type: Mapped[str | None]
    transportation_mode: Mapped[str | None]
    carrier_scac: Mapped[str | None]
    carrier_reference: Mapped[str | None]
    bill_of_lading: Mapped[str | None]
    ship_at: Mapped[datetime | None] = mapped_column(Instant)
    deliver_at: Mapped[datetime | None] = mapped_column(Instant)
    pickup_at: Mapped[datetime | None] = mapped_column(Instant)
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    volume_m3: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    weight_proposed: Mapped[bool] = mapped_column(default=False, server_default=false())
    volume_proposed: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)
    transport: Mapped[str | None]
    confirmation: Mapped[str | None]
    first_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    amazon_reference: Mapped[str | None]
    amazon_status: Mapped[str | None]
    amazon_status_at: Mapped[datetime | None] = mapped_column(Instant)
    amazon_created_at: Mapped[datetime | None] = mapped_column(Instant)
    amazon_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    pickup_scheduled_at: Mapped[datetime | None] = mapped_column(Instant)
    carrier_name: Mapped[str | None]
    labelled_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    source_ref: Mapped[str | None]
    sync_run_id: Mapped[UUID | None]
    send_at: Mapped[datetime | None] = mapped_column(Instant)
    send_by_id: Mapped[UUID | None]
    send_by_name: Mapped[str | None]
    send_trouble: Mapped[dict[str, Any] | None]
    created_by_id: Mapped[UUID | None]
    created_by_name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class ShipmentItem(Tenanted, Base):
    """So much of one line of an order in one shipment. Eaches.

    `units`: what the shipment holds as it is written now; `confirmed_units`: what the confirmation in effect says;
    `shown_units`: what Amazon shows. `expires_on`: the earliest day of expiry among them.
    """

    __tablename__ = "shipment_items"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "shipment_id", "purchase_order_id", "sequence", name="uq_shipment_items_line"
        ),
        refers("shipment_id", "shipments", ondelete="CASCADE"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_shipment_items_order", "organization_id", "purchase_order_id", "sequence"),
    )

    shipment_id: Mapped[UUID]
    purchase_order_id: Mapped[UUID]
    po_number: Mapped[str]
    sequence: Mapped[str]
    units: Mapped[int]
    confirmed_units: Mapped[int | None]
    shown_units: Mapped[int | None]
    lot_number: Mapped[str | None]
    expires_on: Mapped[date | None]


class ShipmentContainer(Tenanted, Base):
    """A carton or a pallet. `contents`: [{po_number, sequence, units}] in eaches; a carton may stand on a pallet."""

    __tablename__ = "shipment_containers"
    __table_args__ = (
        UniqueConstraint("organization_id", "shipment_id", "kind", "number", name="uq_shipment_containers_number"),
        refers("shipment_id", "shipments", ondelete="CASCADE"),
        Index("ix_shipment_containers_sscc", "organization_id", "sscc"),
    )

    shipment_id: Mapped[UUID]
    kind: Mapped[str]
    number: Mapped[int]
    sscc: Mapped[str | None]
    pallet_number: Mapped[int | None]
    tracking_number: Mapped[str | None]
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    weight_proposed: Mapped[bool] = mapped_column(default=False, server_default=false())
    contents: Mapped[list[dict[str, Any]]]
