"""What privacy keeps: the accepted agreement, exports, deletions, holds, shorter limits; and what outlives a customer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, new_id


class DpaAcceptance(Tenanted, Base):
    """The data processing agreement as it was accepted: which text, by whom, when, from where."""

    __tablename__ = "dpa_acceptances"

    version: Mapped[str]
    text_hash: Mapped[bytes] = mapped_column(LargeBinary)
    accepted_by: Mapped[UUID | None]
    accepted_as: Mapped[str]
    accepted_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    address: Mapped[str | None]


class Export(Tenanted, Base):
    """A bundle of everything, or of the `categories` of the data map that were chosen. formats: ndjson, csv.
    state: queued, running, ready, failed, cancelled, expired."""

    __tablename__ = "exports"
    __table_args__ = (UniqueConstraint("organization_id", "number", name="uq_exports_number"),)

    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="queued")
    subject: Mapped[str | None]
    categories: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    formats: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=lambda: ["csv", "ndjson"])
    operation_id: Mapped[UUID]
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    object_key: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    files: Mapped[int | None]
    downloads: Mapped[int] = mapped_column(default=0)


class ExportPart(OfOrganization, Base):
    """One finished file of a bundle; a worker that takes over does not make it again."""

    __tablename__ = "export_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "export_id"], ["exports.organization_id", "exports.id"], ondelete="CASCADE"
        ),
    )

    export_id: Mapped[UUID] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    object_key: Mapped[str]
    rows: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]


class Deletion(Tenanted, Base):
    """The deletion of everything. state: waiting (it can be cancelled), cancelled, purging. Done is a tombstone."""

    __tablename__ = "deletions"
    __table_args__ = (
        UniqueConstraint("organization_id", "number", name="uq_deletions_number"),
        Index(
            "uq_deletions_open",
            "organization_id",
            unique=True,
            postgresql_where=text("state in ('waiting', 'purging')"),
        ),
    )

    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    purge_at: Mapped[datetime] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_by: Mapped[UUID | None]
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    owners: Mapped[list[Any]] = mapped_column(default=list)


class LegalHold(Tenanted, Base):
    """An order that must not be deleted while a case needs it; after a case closed it holds for another 90 days."""

    __tablename__ = "legal_holds"
    __table_args__ = (Index("ix_legal_holds_order", "organization_id", "purchase_order_id"),)

    purchase_order_id: Mapped[UUID]
    po_number: Mapped[str]
    case_reference: Mapped[str | None]
    reason: Mapped[str]
    placed_by: Mapped[UUID | None]
    placed_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class RetentionLimit(OfOrganization, Base):
    """A shorter limit than the one that ships, for one retention class."""

    __tablename__ = "retention_limits"

    retention: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class Tombstone(Base):
    """An organization that was deleted: a keyed hash of its id, when, how much, and the hash of the certificate."""

    __tablename__ = "tombstones"

    organization_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    requested_at: Mapped[datetime | None] = mapped_column(Instant)
    purged_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    backups_until: Mapped[datetime] = mapped_column(Instant)
    counts: Mapped[dict[str, Any]]
    certificate_hash: Mapped[bytes] = mapped_column(LargeBinary)
    certificate_key: Mapped[str | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    certificate_until: Mapped[datetime] = mapped_column(Instant)


class AuditSkeleton(Base):
    """What stays of a deleted organization's audit chain: sequence and hashes, under a keyed hash of its id."""

    __tablename__ = "audit_skeletons"

    organization_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class SubProcessorNotice(Base):
    """A change of docs/subprocessors.yaml, as it was told to the owners of every organization."""

    __tablename__ = "sub_processor_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    content: Mapped[list[Any]]
    changes: Mapped[list[Any]]
    announced_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    effective_at: Mapped[datetime] = mapped_column(Instant)
