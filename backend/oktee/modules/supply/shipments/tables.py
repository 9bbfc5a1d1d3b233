"""What we sent about a shipment and how it was proved, the labels Amazon made for it, and the numbers of containers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class ShipmentSubmission(OfOrganization, Base):
    """Our n-th message about a shipment, with the protocol of answers (trust/RELIABILITY 3): planned, sending, unknown,
    sent, seen, failed. `kind`: transport (SubmitShipments) or confirmation; `action`: New, Cancel, Original, Replace.
    `payload` is what is sent, byte for byte, also when it is sent again."""

    __tablename__ = "shipment_submissions"
    __table_args__ = (
        refers("shipment_id", "shipments", ondelete="CASCADE"),
        Index(
            "uq_shipment_submissions_open",
            "organization_id",
            "shipment_id",
            unique=True,
            postgresql_where=text("state in ('planned', 'sending', 'unknown', 'sent')"),
        ),
    )

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    action: Mapped[str]
    state: Mapped[str]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    payload_hash: Mapped[bytes] = mapped_column(LargeBinary)
    items: Mapped[list[dict[str, Any]]]
    planned_by_id: Mapped[UUID | None]
    planned_by_name: Mapped[str]
    planned_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    sending_at: Mapped[datetime | None] = mapped_column(Instant)
    unknown_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    transaction_id: Mapped[str | None]
    transaction_status: Mapped[str | None]
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    reads: Mapped[int] = mapped_column(default=0)
    resends: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[dict[str, Any] | None]


class ShipmentLabel(Tenanted, Base):
    """A transport label that Amazon made; the document itself is in the object store."""

    __tablename__ = "shipment_labels"
    __table_args__ = (
        UniqueConstraint("organization_id", "shipment_id", "number", name="uq_shipment_labels_number"),
        refers("shipment_id", "shipments", ondelete="CASCADE"),
    )

    shipment_id: Mapped[UUID]
    number: Mapped[int]
    tracking_id: Mapped[str | None]
    carrier_code: Mapped[str | None]
    object_key: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    labelled_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class SsccSerial(OfOrganization, Base):
    """The next serial number under a GS1 company prefix: a number of a container is never given out twice."""

    __tablename__ = "sscc_serials"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    next_serial: Mapped[int] = mapped_column(BigInteger)
