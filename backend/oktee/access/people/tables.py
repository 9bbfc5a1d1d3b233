"""Tables about who may get in: roles of an organization's own, invitations, previews (GLOBAL), and access reviews."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, new_id, refers


class OwnRole(Base):
    """GLOBAL. A role an organization made itself. `memberships.role` holds its key (`own_...`), as it holds the name of a
    role that ships; what a member may do is read in one statement before any tenant is known. `base`: the shipped role
    it was copied from and is shown against."""

    __tablename__ = "roles"
    __table_args__ = (Index("uq_roles_organization_id_name", "organization_id", text("lower(name)"), unique=True),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    base: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class Invitation(Base):
    """GLOBAL: whoever brings its token is in no organization yet. Of the token only the SHA-256."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_organization_id", "organization_id", "created_at"),
        Index(
            "uq_invitations_organization_id_email",
            "organization_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    email: Mapped[str]
    role: Mapped[str]
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    locale: Mapped[str] = mapped_column(default="en", server_default="en")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    sent_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Preview(Base):
    """GLOBAL. "View as": in this session this workspace is seen, and only seen, as another of its people sees it."""

    __tablename__ = "previews"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    ends_at: Mapped[datetime] = mapped_column(Instant)


class AccessReview(Tenanted, Base):
    """One look at who and what has access. At most one is open; when it is finished it is a record (SEC-07)."""

    __tablename__ = "access_reviews"
    __table_args__ = (
        Index("uq_access_reviews_open", "organization_id", unique=True, postgresql_where=text("finished_at is null")),
    )

    started_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    started_by: Mapped[UUID | None]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_by: Mapped[UUID | None]


class AccessReviewRow(Tenanted, Base):
    """One person, key or service of a review, as it was when the review began, and what was decided about it."""

    __tablename__ = "access_review_rows"
    __table_args__ = (
        refers("review_id", "access_reviews", ondelete="CASCADE"),
        Index("ix_access_review_rows_review_id", "organization_id", "review_id"),
    )

    review_id: Mapped[UUID]
    kind: Mapped[str]
    object_id: Mapped[str]
    label: Mapped[str]
    detail: Mapped[str]
    access: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
