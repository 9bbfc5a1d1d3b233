"""API keys: a GLOBAL table, since a request brings a key before anybody knows whose it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant


class ApiKey(Base):
    """GLOBAL. A key of a customer's system; of its secret only an HMAC. Read through oktee.access.keys, which takes the
    organization.

    `scopes`: permissions (access/roles.py); `scope`: which rows (access/scope.py; null = all). `owner_id`: the person who
    answers for it; it never does more than they may. `replaces_id`: the key it came after; that one ends at its
    `replaced_at`.
    """

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_organization_id", "organization_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    mode: Mapped[str]
    name: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    last4: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    allowed_cidrs: Mapped[list[Any]] = mapped_column(ARRAY(CIDR))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_address: Mapped[str | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id", ondelete="SET NULL"))
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    leaked_at: Mapped[datetime | None] = mapped_column(Instant)
