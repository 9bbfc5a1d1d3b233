"""Applications, consents, connections, the vault and the inbox. GLOBAL tables are marked in migrations/tenancy.py."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, new_id, refers


class Application(Base):
    """GLOBAL. An application registered at Amazon; the simulator is one row of it. Nothing reads a global client id.

    `consent_url` holds `{vendor_central}` (a marketplace's address) or, for a sandbox, a whole address with `{country}`.
    `organization_id`: whose it is; none = OKTee's own. A customer's private application (kind private) has the id of the
    one connection that uses it, and its secret lies in the customer's vault, not in `secret_blob`.
    """

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint(
            "region",
            "client_id",
            "organization_id",
            name="uq_applications_region_client_id",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str]
    region: Mapped[str]
    application_id: Mapped[str]
    client_id: Mapped[str]
    secret_blob: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    token_url: Mapped[str]
    endpoint: Mapped[str]
    consent_url: Mapped[str]
    draft: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    rejected_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    secret_set_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class OAuthRequest(Base):
    """GLOBAL. One consent under way: the state (as SHA-256) bound to session, user and organization; used once."""

    __tablename__ = "oauth_requests"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    flow: Mapped[str]
    region: Mapped[str]
    marketplace_id: Mapped[str]
    redirect_uri: Mapped[str]
    modules: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    connection_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class AmazonArrival(Base):
    """GLOBAL. Somebody Amazon sent to our login address: where they go back to, until they have signed in and chosen a
    workspace. The browser holds the token; Amazon's own state is sealed under the KEK."""

    __tablename__ = "amazon_arrivals"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    region: Mapped[str]
    selling_partner_id: Mapped[str]
    callback_uri: Mapped[str]
    state_blob: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class AmazonAccount(Base):
    """GLOBAL. The claim: which organization holds this vendor group in this region, while it is connected."""

    __tablename__ = "amazon_accounts"

    region: Mapped[str] = mapped_column(primary_key=True)
    selling_partner_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    connection_id: Mapped[UUID]
    claimed_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class HookEndpoint(Base):
    """GLOBAL. An address EventBridge calls: which application and region it serves, and the keys it accepts (hashes)."""

    __tablename__ = "hook_endpoints"

    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    key_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    account: Mapped[str]
    region: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class InboxMessage(Base):
    """GLOBAL. A notification as it came, kept before anything reads it. status: new, done, ignored, quarantined."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "dedupe_key"),
        Index("ix_inbox_status_received_at", "status", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    dedupe_key: Mapped[str]
    endpoint_id: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    raw_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(default="new")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    handled_at: Mapped[datetime | None] = mapped_column(Instant)


class QuarantinedMessage(Base):
    """GLOBAL. What came to a hook and could not be taken for a notification, with the reason."""

    __tablename__ = "inbox_quarantine"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    endpoint_id: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class Subscription(Base):
    """GLOBAL, since a notification names only its subscription: which connection it belongs to."""

    __tablename__ = "subscriptions"

    subscription_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    connection_id: Mapped[UUID]
    notification_type: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


Kept = dict[str, Any]
"""By API: `since` and `failed_at` (circuits.py)."""


class AmazonConnection(Tenanted, Base):
    """One authorisation: one vendor group in one region, with 1..n marketplaces.

    status: pending_verification, active, reauthorization_due, reauthorization_required, revoked, suspended, disconnected.
    Stored are pending_verification, active, revoked, disconnected and, once Amazon has refused the grant after its year,
    reauthorization_required; the others follow from `expires_at` and from the
    application (lifecycle.read_status). `identity`: what the last probe read, shown to the person who verifies.
    `granted_roles`: what Amazon's page listed when the consent was given. `reminded_days`: the last reminder of this
    year of consent, by its days. `circuits`: the APIs not called for now, each since when and when it failed last. `replaces_id`: the connection whose renewal brought this other account.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index("ix_connections_selling_partner", "organization_id", "region", "selling_partner_id"),
        refers("replaces_id", "connections", ondelete="SET NULL (replaces_id)"),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    region: Mapped[str]
    selling_partner_id: Mapped[str]
    name: Mapped[str]
    auth_mode: Mapped[str] = mapped_column(default="oauth")
    status: Mapped[str] = mapped_column(default="pending_verification")
    status_reason: Mapped[str | None]
    home_marketplace_id: Mapped[str]
    identity: Mapped[dict[str, Any] | None]
    granted_roles: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    reminded_days: Mapped[int | None]
    circuits: Mapped[Kept] = mapped_column(JSONB, server_default=text("'{}'::jsonb"), default=dict)
    replaces_id: Mapped[UUID | None]
    authorized_by: Mapped[UUID | None]
    authorized_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class ConnectionMarketplace(OfOrganization, Base):
    """A marketplace that this connection serves: the one it was authorised on, and those its orders show."""

    __tablename__ = "connection_marketplaces"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    marketplace_id: Mapped[str] = mapped_column(primary_key=True)


class ConnectionToken(OfOrganization, Base):
    """The access token (sealed) and who is refreshing it now (trust/OAUTH 4)."""

    __tablename__ = "connection_tokens"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    access_blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    refreshed_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    lease_owner: Mapped[UUID | None]
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
