"""The journal: append-only, partitioned by month, in two streams (`event`, `audit`); audit entries form a hash chain."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, new_id


class JournalEntry(OfOrganization, Base):
    """One act: who (actor), what (kind), on what (object), why (cause), with what result (outcome).

    Names, labels and addresses of an audit entry stand in the chain by `personal_digest` alone, which is salted: once the
    salt and the name are gone (a person was erased), nothing leads back to them and the chain still holds. `sent_hash`:
    SHA-256 of what was sent to Amazon; `operation` and `transaction_id` name that call.
    """

    __tablename__ = "journal_entries"
    __table_args__ = (
        Index("ix_journal_entries_at", "organization_id", "at", "id"),
        Index("ix_journal_entries_object", "organization_id", "object_type", "object_id", "at"),
        Index("ix_journal_entries_correlation", "organization_id", "correlation_id"),
        Index(
            "ix_journal_entries_sequence", "organization_id", "sequence", postgresql_where=text("sequence is not null")
        ),
        Index(
            "ix_journal_entries_label",
            "organization_id",
            "object_label",
            postgresql_ops={"object_label": "text_pattern_ops"},
        ),
        Index("ix_journal_entries_audit", "organization_id", "at", "id", postgresql_where=text("log = 'audit'")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    log: Mapped[str]
    kind: Mapped[str]
    outcome: Mapped[str]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    object_label: Mapped[str]
    cause: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
    correlation_id: Mapped[str | None]
    session_id: Mapped[UUID | None]
    address: Mapped[str | None]
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brand: Mapped[str | None]
    sequence: Mapped[int | None]
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    on_behalf_of: Mapped[str | None]
    operation: Mapped[str | None]
    sent_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    transaction_id: Mapped[str | None]
    payload_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    personal_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    personal_salt: Mapped[bytes | None] = mapped_column(LargeBinary)


class JournalHead(OfOrganization, Base):
    """The last audit entry of an organization: its sequence and hash. Locked as the last act of a transaction."""

    __tablename__ = "journal_heads"

    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class AuditHead(OfOrganization, Base):
    """The end of the chain as it was on a day, signed with Ed25519 (journal/signatures.py)."""

    __tablename__ = "audit_heads"

    signed_on: Mapped[date] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime] = mapped_column(Instant)
    key_id: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheck(OfOrganization, Base):
    """How far the chain was verified, and the first bad entry if there is one. A witness beside the chain's head."""

    __tablename__ = "audit_checks"

    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime | None] = mapped_column(Instant)
    verified_at: Mapped[datetime] = mapped_column(Instant)
    whole_at: Mapped[datetime | None] = mapped_column(Instant)
    broken_sequence: Mapped[int | None]
    broken_reason: Mapped[str | None]
