"""What a finished code exchange becomes: a claimed account with a new connection, or new tokens for the one there is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import Select, func, literal, null, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError
from oktee.amazon.client.lwa import Tokens
from oktee.amazon.connection import applications, lifecycle, notices, vault, verification
from oktee.amazon.connection.clients import client_of_token
from oktee.amazon.connection.lifecycle import OWNER, REFRESH_TOKEN, subject
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import AmazonAccount, AmazonConnection, Application, ConnectionToken
from oktee.amazon.connection.tokens import ACCESS_TOKEN
from oktee.amazon.connection.verification import Identity
from oktee.journal.record import OUTSIDE, Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import Instant, new_id, tenant_session
from oktee.notify.outbox import publish

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent that was given: by whom, to which application, for which account (the id as the browser brought it).

    `renews`: the connection it was asked for. `client_secret` is given for a customer's private application only, whose
    row is made here; `authorized_at`: when its owner says that it was authorised (none: now).
    """

    organization_id: UUID
    application: Application
    selling_partner_id: str
    marketplace_id: str
    refresh_token: SecretStr
    tokens: Tokens
    actor: Actor
    user_id: UUID
    renews: UUID | None = None
    client_secret: SecretStr | None = None
    authorized_at: datetime | None = None

    @property
    def private(self) -> bool:
        return self.client_secret is not None


class Outcome(Enum):
    CONNECTED = "connected"
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    NOT_PROVED = "not_proved"


async def store(grant: Grant) -> tuple[Outcome, UUID | None]:
    """Outside a session. The connection's id when it is ours.

    A token for an account that is connected already is tried first; until it has passed, the old one stays. A different
    selling partner id is another account: another connection, never an overwritten one.
    """
    connection_id = await _live_connection(grant)
    await vault.ready(grant.organization_id)
    if connection_id is None:
        created = await _connect(grant)
        if created is None:
            await _refuse(grant)
            return Outcome.CLAIMED_ELSEWHERE, None
        await _introduce(grant, created)
        return Outcome.CONNECTED, created
    return (await _renew(grant, connection_id)), connection_id


async def _live_connection(grant: Grant) -> UUID | None:
    """Our connection that holds the account now."""
    async with tenant_session(grant.organization_id) as session:
        claim = await session.get(AmazonAccount, (grant.application.region, grant.selling_partner_id))
    return claim.connection_id if claim and claim.organization_id == grant.organization_id else None


async def _connect(grant: Grant) -> UUID | None:
    """Claim the account and store the tokens in one transaction; None when another organization holds the claim.

    An account that this organization had connected before gets its connection back, with the data that belongs to it.
    """
    async with tenant_session(grant.organization_id) as session:
        known = await session.scalar(_ended(grant).with_only_columns(AmazonConnection.id))
        connection_id = known or (grant.application.id if grant.private else new_id())
        claim = (
            insert(AmazonAccount)
            .values(
                region=grant.application.region,
                selling_partner_id=grant.selling_partner_id,
                organization_id=grant.organization_id,
                connection_id=connection_id,
            )
            .on_conflict_do_nothing()
            .returning(AmazonAccount.connection_id)
        )
        if (await session.scalar(claim)) is None:
            return None
        # Work before data, as whoever looks after a connection locks them: only then the row, and what it points to.
        await lifecycle.mind(session, connection_id, due_at=now() + lifecycle.UNVERIFIED_FOR)
        before = (await session.scalars(_ended(grant).where(AmazonConnection.id == known).with_for_update())).first()
        connection = before or _new_connection(grant, connection_id)
        connection.status, connection.status_reason = lifecycle.PENDING, None
        connection.verified_at = connection.ended_at = None
        connection.identity = null()
        connection.replaces_id = await _replaced(session, grant, connection_id)
        await _authorize(session, connection, grant)
        session.add(connection)  # not before it is whole: a query flushes what was added
        await session.flush()
        await lifecycle.add_marketplaces(session, connection_id, [grant.marketplace_id])
        await _put_tokens(session, connection_id, grant)
        await _journal(session, connection, "connection.authorized", grant)
    return connection_id


async def _replaced(session: AsyncSession, grant: Grant, connection_id: UUID) -> UUID | None:
    """The live connection whose renewal brought another account: a person says whether it is replaced or joined."""
    if grant.renews is None or grant.renews == connection_id:
        return None
    found = (
        await session.scalars(select(AmazonConnection).where(AmazonConnection.id == grant.renews).with_for_update())
    ).first()
    return found.id if found is not None and found.status not in lifecycle.ENDED else None


def _ended(grant: Grant) -> Select[AmazonConnection]:
    """The connection that this organization had to the account before: the last one."""
    return (
        select(AmazonConnection)
        .where(
            AmazonConnection.region == grant.application.region,
            AmazonConnection.selling_partner_id == grant.selling_partner_id,
            AmazonConnection.status.in_(lifecycle.ENDED),
        )
        .order_by(AmazonConnection.created_at.desc())
        .limit(1)
    )


def _new_connection(grant: Grant, connection_id: UUID) -> AmazonConnection:
    marketplace = find_marketplace(grant.marketplace_id)
    return AmazonConnection(
        id=connection_id,
        region=grant.application.region,
        selling_partner_id=grant.selling_partner_id,
        name=f"Vendor Central {marketplace.country if marketplace else grant.application.region}",
        home_marketplace_id=grant.marketplace_id,
    )


async def _authorize(session: AsyncSession, connection: AmazonConnection, grant: Grant) -> None:
    """One application at a time: what the connection was consented to before is not used any more."""
    if grant.client_secret is not None:
        await applications.keep_private(session, grant.application, connection_id=connection.id)
        await vault.keep(
            session, grant.client_secret, kind=applications.CLIENT_SECRET, owner_type=OWNER, owner_id=connection.id
        )
    elif connection.auth_mode == "private_app":
        await vault.destroy(session, connection.id)  # the tokens of the new consent are put in their place
    connection.application_id = connection.id if grant.private else grant.application.id
    connection.auth_mode = "private_app" if grant.private else "oauth"
    connection.granted_roles = list(grant.application.roles)
    connection.authorized_by = grant.user_id
    connection.authorized_at = grant.authorized_at or func.now()
    since = func.now() if grant.authorized_at is None else literal(grant.authorized_at, Instant)
    connection.expires_at = since + lifecycle.AUTHORIZED_FOR
    connection.reminded_days = None


async def _introduce(grant: Grant, connection_id: UUID) -> None:
    """Read the vendor codes that a person will confirm. Without an answer now, the verification asks again."""
    try:
        await verification.identify(grant.organization_id, connection_id, actor=grant.actor)
    except (verification.AmazonAway, lifecycle.ConnectionEnded) as error:
        log.info("probe_failed", connection_id=str(connection_id), error=repr(error)[:200])


async def _renew(grant: Grant, connection_id: UUID) -> Outcome:
    """Prove the new token, then swap it for the old in one transaction. A crash before leaves the old one working."""
    identity: Identity | None = None
    reason = ""
    client = await client_of_token(
        grant.organization_id, grant.application, grant.selling_partner_id, grant.tokens.access_token
    )
    try:
        identity = await verification.probe(
            client, region=grant.application.region, home_marketplace_id=grant.marketplace_id
        )
    except AmazonError as error:
        reason = type(error).__name__
    async with tenant_session(grant.organization_id) as session:
        if identity is not None:  # work before data; one look too many ends by itself
            await lifecycle.mind(session, connection_id)
        connection = await lifecycle.get_connection(session, connection_id, lock=True)
        if identity is not None and connection.status in lifecycle.ENDED:
            identity, reason = None, "ended"  # disconnected while the person was at Amazon's page
        elif identity is not None and verification.contradicts(connection, identity):
            identity, reason = None, verification.OTHER_ACCOUNT
        if identity is None:
            await record(
                session, "connection.renewal_failed", actor=grant.actor, subject=subject(connection), outcome="failed",
                audit=True, payload={"reason": reason}, marketplace_id=connection.home_marketplace_id,
            )  # fmt: skip
            return Outcome.NOT_PROVED
        await _authorize(session, connection, grant)
        connection.identity, connection.status_reason = identity.stored(), None
        if connection.status == lifecycle.REQUIRED:
            connection.status, connection.ended_at = lifecycle.ACTIVE, None
        await session.flush()
        await _put_tokens(session, connection_id, grant)
        await _journal(session, connection, "connection.renewed", grant)
    return Outcome.CONNECTED


async def _put_tokens(session: AsyncSession, connection_id: UUID, grant: Grant) -> None:
    """Both tokens, in place of what was there. The new version fences a refresh of the old token that is under way."""
    version = (await session.scalar(_NEXT, {"org": grant.organization_id, "id": connection_id})) or 1
    _, access = await vault.seal(
        session, grant.tokens.access_token, kind=ACCESS_TOKEN, owner_id=connection_id, version=version
    )
    values = {
        "access_blob": access,
        "expires_at": func.now() + timedelta(seconds=grant.tokens.expires_in),
        "refreshed_at": func.now(),
        "version": version,
        "lease_owner": None,
        "lease_until": None,
        "failures": 0,
        "not_before": None,
    }
    await session.execute(
        insert(ConnectionToken)
        .values(connection_id=connection_id, **values)
        .on_conflict_do_update(constraint="pk_connection_tokens", set_=values)
    )
    await vault.keep(session, grant.refresh_token, kind=REFRESH_TOKEN, owner_type=OWNER, owner_id=connection_id)


_NEXT = text(
    "select version + 1 from connection_tokens where organization_id = :org and connection_id = :id for update"
)


async def _journal(session: AsyncSession, connection: AmazonConnection, kind: str, grant: Grant) -> None:
    await record(
        session, kind, actor=grant.actor, subject=subject(connection), audit=True,
        payload={
            "region": connection.region,
            "selling_partner_id": connection.selling_partner_id,
            "application": grant.application.name,
        },
        marketplace_id=connection.home_marketplace_id,
    )  # fmt: skip
    await publish(session, "connection.changed", connection_id=str(connection.id))


async def _refuse(grant: Grant) -> None:
    """Another organization holds the account: both are told that it was tried, neither learns of the other."""
    account = Subject("amazon_account", grant.selling_partner_id, grant.selling_partner_id)
    payload = {"region": grant.application.region, "selling_partner_id": grant.selling_partner_id}
    told = {"account": grant.selling_partner_id, "region": grant.application.region}
    async with tenant_session(grant.organization_id) as session:
        await record(
            session, "connection.claim_refused", actor=grant.actor, subject=account, outcome="failed", audit=True,
            payload=payload, marketplace_id=grant.marketplace_id,
        )  # fmt: skip
        await notices.tell(session, "connection_claim_refused", told)
        claim = await session.get(AmazonAccount, (grant.application.region, grant.selling_partner_id))
    if claim is None or claim.organization_id == grant.organization_id:
        return
    async with tenant_session(claim.organization_id) as session:
        await record(
            session, "connection.claim_attempted", actor=OUTSIDE, subject=account, outcome="failed", audit=True,
            payload=payload,
        )  # fmt: skip
        await notices.tell(session, "connection_claim_attempted", told)
