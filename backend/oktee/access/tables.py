"""Organizations, people, memberships, sessions: GLOBAL tables, read only through functions of this package."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, new_id


class Organization(Base):
    """A customer: one workspace, one slug in every address."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    modules: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    require_second_factor: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Of everybody, whatever their role."""
    dpa_version: Mapped[str | None]
    dpa_accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class User(Base):
    """A person. One account, a role in each organization."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    changed_password_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class Membership(Base):
    """Who is in which organization, in which role (access/roles.py) and scope (access/scope.py; null = all)."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str]
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    """active or suspended: a suspended member is one who cannot get in."""
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    joined_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class UserSession(Base):
    """A signed-in browser. The cookie's token is kept only as its SHA-256."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    user_agent: Mapped[str]
    address: Mapped[str]
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    fresh_at: Mapped[datetime | None] = mapped_column(Instant)
    sso_provider_id: Mapped[UUID | None]
    """The company's identity provider that vouched for it; null = a password or passkey did."""
    vouched_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    vouched_fresh_at: Mapped[datetime | None] = mapped_column(Instant)
    """What that provider said; the other two are what the person proved here themselves."""


class SignInEvent(Base):
    """Every attempt to sign in; what the lock-out counts."""

    __tablename__ = "sign_in_events"
    __table_args__ = (
        Index("ix_sign_in_events_email_hash_at", "email_hash", "at"),
        Index("ix_sign_in_events_address_at", "address", "at"),
        Index("ix_sign_in_events_network_at", "network", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None]
    email_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str]
    outcome: Mapped[str]
    kind: Mapped[str] = mapped_column(default="password", server_default="password")
    network: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class ModuleSettings(OfOrganization, Base):
    """The settings of one module of one organization, validated by the module's own model."""

    __tablename__ = "module_settings"

    module: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class IdempotencyKey(OfOrganization, Base):
    """The first answer to a POST with that Idempotency-Key, replayed for 24 h."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    response: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
