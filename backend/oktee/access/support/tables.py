"""Staff people and their sessions (GLOBAL), support grants and what was read under them, stops of writing (GLOBAL).

Who may read what under a grant is decided by row policies for the role oktee_staff (migrations/versions/0006).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, new_id, refers


class StaffUser(Base):
    """GLOBAL. A person of OKTee. Made by the command line only; without a password and a confirmed authenticator the
    account opens nothing."""

    __tablename__ = "staff_users"
    __table_args__ = (Index("uq_staff_users_email", text("lower(email)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    totp_blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    setup_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    setup_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffSession(Base):
    """GLOBAL. A signed-in browser of a staff person; the cookie's token is kept only as its SHA-256."""

    __tablename__ = "staff_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    user_agent: Mapped[str]
    address: Mapped[str]


class SupportGrant(Tenanted, Base):
    """One staff person's request to look into an organization, and what became of it.

    state: requested, granted, refused, withdrawn, ended; a granted one past `expires_at` opens nothing, whatever its
    state says. `scope`: areas (access/support/areas.py). Granted either by a person of the customer or, in an emergency,
    by two other staff people. The table's own checks hold these rules, whoever writes.
    """

    __tablename__ = "support_grants"
    __table_args__ = (
        CheckConstraint("state in ('requested', 'granted', 'refused', 'withdrawn', 'ended')", name="state"),
        CheckConstraint("hours between 1 and 4 and cardinality(scope) > 0", name="bounds"),
        CheckConstraint("expires_at <= starts_at + interval '4 hours'", name="at_most_four_hours"),
        CheckConstraint(
            "starts_at is null or (expires_at is not null and (approved_by is not null or "
            "(emergency and first_staff_id is not null and second_staff_id is not null)))",
            name="approved",
        ),
        CheckConstraint("state <> 'granted' or starts_at is not null", name="granted"),
        CheckConstraint(
            "first_staff_id <> staff_id and second_staff_id <> staff_id and first_staff_id <> second_staff_id",
            name="other_people",
        ),
        Index("ix_support_grants_live", "organization_id", "staff_id", "expires_at"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_users.id"))
    staff_name: Mapped[str]
    reason: Mapped[str]
    ticket: Mapped[str]
    scope: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    read_only: Mapped[bool] = mapped_column(default=True, server_default="true")
    hours: Mapped[int]
    emergency: Mapped[bool] = mapped_column(default=False, server_default="false")
    state: Mapped[str] = mapped_column(default="requested", server_default="requested")
    requested_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    approved_by: Mapped[UUID | None]
    approved_by_name: Mapped[str | None]
    first_staff_id: Mapped[UUID | None]
    first_staff_name: Mapped[str | None]
    second_staff_id: Mapped[UUID | None]
    second_staff_name: Mapped[str | None]
    off_hours: Mapped[bool] = mapped_column(default=False, server_default="false")
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str | None]


class SupportRead(Tenanted, Base):
    """One answer that left for a staff person; written before it leaves. `entry_id`: the journal entry that tells it."""

    __tablename__ = "support_reads"
    __table_args__ = (
        refers("grant_id", "support_grants", ondelete="CASCADE"),
        Index("ix_support_reads_grant", "organization_id", "grant_id", "at"),
    )

    grant_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    area: Mapped[str]
    operation: Mapped[str]
    object_type: Mapped[str | None]
    object_id: Mapped[str | None]
    object_label: Mapped[str | None]
    query: Mapped[str]
    address: Mapped[str]
    entry_id: Mapped[UUID | None]


class WriteStop(Base):
    """GLOBAL, since one of them may stop every organization: while it is not lifted, nothing is written to Amazon for this
    connection (none = for any). Asked before each write leaves (amazon/connection/write_stops.py)."""

    __tablename__ = "write_stops"
    __table_args__ = (
        Index(
            "uq_write_stops_open",
            "organization_id",
            "connection_id",
            unique=True,
            postgresql_where=text("lifted_at is null"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(organization_id is null) = (connection_id is null)", name="one_or_all"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    connection_id: Mapped[UUID | None]
    reason: Mapped[str]
    stopped_by_type: Mapped[str]
    stopped_by_name: Mapped[str]
    stopped_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    lifted_by_type: Mapped[str | None]
    lifted_by_name: Mapped[str | None]
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
