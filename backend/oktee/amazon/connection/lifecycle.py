"""What happens to a connection: verified, revoked, disconnected; each with its journal entry, claim and tokens at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection import notices, vault
from oktee.amazon.connection.tables import AmazonConnection, ConnectionMarketplace
from oktee.journal.record import AMAZON, SYSTEM, Actor, Subject, record
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.keyring.tables import Secret
from oktee.kit.module import installed
from oktee.kit.work import schedule
from oktee.notify.outbox import publish

PENDING: Final = "pending_verification"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"
DISCONNECTED: Final = "disconnected"
ENDED: Final = frozenset({REVOKED, DISCONNECTED})
"""The account is free for another workspace, and its tokens are gone."""

REQUIRED: Final = "reauthorization_required"
"""The year of consent is over and Amazon says so: the tokens are gone, the account stays ours until it is renewed."""

SPENT: Final = ENDED | {REQUIRED}
"""There is no token any more."""

UNVERIFIED_FOR: Final = timedelta(hours=24)
"""A claim nobody confirmed is given back after this, or a stranger could keep an account from its owner for ever."""

AUTHORIZED_FOR: Final = timedelta(days=365)
DUE_BEFORE: Final = timedelta(days=30)
"""An authorisation lapses after 365 days (Amazon, "Renew Authorizations"); from day 335 on we ask for the renewal."""

CARE: Final = "connection_care"
"""The kind of work that looks after a connection; its key is the connection's id."""

REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the kind of a secret
OWNER: Final = "connection"
NOT_CONFIRMED: Final = "not_confirmed_in_time"


class ConnectionEnded(Conflict):
    """The connection was revoked or disconnected; it takes a new consent."""


def read_status(
    connection: AmazonConnection, *, rejected_at: datetime | None, at: datetime, roles: Iterable[str] = ()
) -> str:
    """The status a person sees. While Amazon rejects our application a live connection reads as suspended, and no row
    changes; the end of the year of consent shows by itself. `roles`: those the application holds now: a role that it
    gained since the consent takes a new one (Amazon, "Renew Authorizations")."""
    if connection.status in SPENT:
        return connection.status
    if rejected_at is not None:
        return "suspended"
    if connection.status != ACTIVE:
        return connection.status
    if connection.expires_at <= at:
        return REQUIRED
    gained = set(roles) - set(connection.granted_roles or ())
    return "reauthorization_due" if gained or connection.expires_at - DUE_BEFORE <= at else ACTIVE


async def mind(session: AsyncSession, connection_id: UUID, *, due_at: datetime | None = None) -> None:
    """Have somebody look after this connection (amazon/mirror/care.py), now or then: claims that nobody confirmed,
    reminders, the proof that Amazon still allows it, streams that a new consent opened. Called before the connection is
    locked: work rows are locked before data rows."""
    kind = next((each for each in installed().kinds() if each.name == CARE), None)
    if kind is not None:
        await schedule(session, kind, str(connection_id), due_at=due_at)


def subject(connection: AmazonConnection) -> Subject:
    return Subject("connection", str(connection.id), connection.name)


async def get_connection(session: AsyncSession, connection_id: UUID, *, lock: bool = False) -> AmazonConnection:
    """Raises NotFound for a missing one and for another organization's alike."""
    query = select(AmazonConnection).where(AmazonConnection.id == connection_id)
    found = (await session.scalars(query.with_for_update() if lock else query)).first()
    if found is None:
        raise NotFound("There is no such connection.")
    return found


async def activate(
    session: AsyncSession, connection_id: UUID, *, actor: Actor, marketplace_ids: Iterable[str] = ()
) -> bool:
    """A person has confirmed the vendor identity. False when it was active before; the caller starts the streams in this
    transaction. Raises ConnectionEnded, NotFound."""
    await mind(session, connection_id)
    connection = await get_connection(session, connection_id, lock=True)
    if connection.status in ENDED:
        raise ConnectionEnded("This connection has ended: connect the account again.")
    if connection.status == ACTIVE:
        return False
    if connection.status == REQUIRED:
        raise ConnectionEnded("The year of consent is over: renew it at Amazon.")
    connection.status, connection.status_reason = ACTIVE, None
    connection.verified_at = func.now()
    await add_marketplaces(session, connection_id, marketplace_ids)
    await record(
        session, "connection.verified", actor=actor, subject=subject(connection), audit=True,
        payload={"region": connection.region, "selling_partner_id": connection.selling_partner_id},
        marketplace_id=connection.home_marketplace_id,
    )  # fmt: skip
    await publish(session, "connection.changed", connection_id=str(connection_id))
    return True


async def add_marketplaces(session: AsyncSession, connection_id: UUID, marketplace_ids: Iterable[str]) -> None:
    """Note the marketplaces that this connection serves; those known stay."""
    for marketplace_id in sorted(set(marketplace_ids)):
        await session.execute(
            insert(ConnectionMarketplace)
            .values(connection_id=connection_id, marketplace_id=marketplace_id)
            .on_conflict_do_nothing()
        )


async def hold_back(session: AsyncSession, connection_id: UUID, reason: str, *, actor: Actor) -> None:
    """The probe did not show what it should: the connection stays unverified and says why. Nothing is fetched."""
    connection = await get_connection(session, connection_id, lock=True)
    if connection.status != PENDING:
        return
    connection.status_reason = reason
    await record(
        session, "connection.verification_failed", actor=actor, subject=subject(connection), outcome="failed", audit=True,
        payload={"reason": reason}, marketplace_id=connection.home_marketplace_id,
    )  # fmt: skip
    await publish(session, "connection.changed", connection_id=str(connection_id))


async def revoked(
    organization_id: UUID, connection_id: UUID, *, refresh_version: int | None = None, reason: str = "invalid_grant"
) -> bool:
    """Amazon says that the grant is gone. In one transaction: status, journal, claim released, tokens destroyed.

    `refresh_version`: the token that was refused; when another has taken its place since (a renewal), nothing is done and
    the answer is False. Opens its own session. Also False when the connection had ended before.
    """
    async with tenant_session(organization_id) as session:
        connection = await get_connection(session, connection_id, lock=True)
        if connection.status in SPENT:
            return False
        if refresh_version is not None:
            current = await session.scalar(
                select(Secret.version).where(Secret.owner_id == connection_id, Secret.kind == REFRESH_TOKEN)
            )
            if current is not None and current != refresh_version:
                return False
        lapsed = connection.expires_at <= (await session.execute(select(func.now()))).scalar_one()
        await _end(session, connection, status=REQUIRED if lapsed else REVOKED, reason=reason, actor=AMAZON)
        told = {"account": connection.name, "region": connection.region}
        await notices.tell(session, "connection_lapsed" if lapsed else "connection_revoked", told)
    return True


async def give_back(session: AsyncSession, connection_id: UUID) -> bool:
    """End a claim that nobody confirmed for a day; False when there is none to end."""
    connection = await get_connection(session, connection_id, lock=True)
    at: datetime = (await session.execute(select(func.now()))).scalar_one()
    overdue = connection.status == PENDING and connection.authorized_at + UNVERIFIED_FOR <= at
    if overdue:
        await _end(session, connection, status=DISCONNECTED, reason=NOT_CONFIRMED, actor=SYSTEM)
    return overdue


async def disconnect(session: AsyncSession, connection_id: UUID, *, actor: Actor) -> AmazonConnection:
    """A person ends it: no call is made with its tokens any more, since they are gone. Ended ones stay as they are."""
    connection = await get_connection(session, connection_id, lock=True)
    if connection.status not in ENDED:
        await _end(session, connection, status=DISCONNECTED, reason=None, actor=actor)
    return connection


async def _end(
    session: AsyncSession, connection: AmazonConnection, *, status: str, reason: str | None, actor: Actor
) -> None:
    connection.status, connection.status_reason = status, reason
    connection.ended_at = func.now()
    await session.flush()
    values = {"id": connection.id, "org": organization_of(session)}
    await session.execute(_FORGET_ACCESS, values)
    await vault.destroy(session, connection.id)
    if status != REQUIRED:
        await session.execute(_RELEASE, values)
    await record(
        session, f"connection.{'lapsed' if status == REQUIRED else status}", actor=actor, subject=subject(connection), audit=True, cause=reason,
        payload={"region": connection.region, "selling_partner_id": connection.selling_partner_id, "reason": reason},
        marketplace_id=connection.home_marketplace_id,
    )  # fmt: skip
    await publish(session, "connection.changed", connection_id=str(connection.id))
    await session.refresh(connection)


_FORGET_ACCESS = text(
    """update connection_tokens set access_blob = null, expires_at = null, version = version + 1,
        lease_owner = null, lease_until = null, failures = 0, not_before = null
    where connection_id = :id and organization_id = :org"""
)
_RELEASE = text("delete from amazon_accounts where organization_id = :org and connection_id = :id")
