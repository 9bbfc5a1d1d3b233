"""Identity providers of organizations, their domains, sign-ins under way, and who is who there. GLOBAL: signing in has
no tenant yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, new_id


class SsoProvider(Base):
    """GLOBAL. The one identity provider of an organization. Its client secret is sealed under the organization's data key
    (owner: this row). `required`: passwords do not open this workspace, but for the break-glass owner."""

    __tablename__ = "sso_providers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=False)
    required: Mapped[bool] = mapped_column(default=False)
    trusts_mfa: Mapped[bool] = mapped_column(default=False)
    mfa_values: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    acr_values: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    max_age_seconds: Mapped[int | None]
    break_glass_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    tested_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class SsoDomain(Base):
    """GLOBAL. A mail domain an organization says it owns; it counts once its name servers say so too (TXT), and then it is
    nobody else's."""

    __tablename__ = "sso_domains"
    __table_args__ = (
        Index("uq_sso_domains_verified", "domain", unique=True, postgresql_where=text("verified_at is not null")),
        Index("uq_sso_domains_organization_id_domain", "organization_id", "domain", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    domain: Mapped[str]
    proof: Mapped[str]
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class SsoRequest(Base):
    """GLOBAL. A sign-in under way: single use, bound to the browser that began it. Nonce and PKCE verifier derive from the
    state, which is stored only as SHA-256."""

    __tablename__ = "sso_requests"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("sso_providers.id", ondelete="CASCADE"))
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class SsoIdentity(Base):
    """GLOBAL. Who a subject of an issuer is here. The key is (issuer, subject), never an e-mail."""

    __tablename__ = "sso_identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
