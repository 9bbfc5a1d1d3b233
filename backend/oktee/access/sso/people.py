"""Who signs in: the person linked to (issuer, subject), or one of the company's own domain who is linked now."""

import secrets
import time
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.passwords import hash_password
from oktee.access.sessions import Vouched, find_user, start_session
from oktee.access.sso.domains import domain_of, owns
from oktee.access.sso.flow import Identity, SignInRefused
from oktee.access.sso.tables import SsoDomain, SsoIdentity, SsoProvider
from oktee.access.tables import Membership, Organization, User
from oktee.kit.database import global_session

FRESH_SECONDS = 600


async def find_provider(*, email: str | None = None, workspace: str | None = None) -> SsoProvider | None:
    """The enabled provider of the organization that proved the address's domain, or of a workspace."""
    statement = select(SsoProvider).join(Organization, Organization.id == SsoProvider.organization_id)
    statement = statement.where(SsoProvider.enabled, Organization.closed_at.is_(None))
    if email is not None:
        statement = statement.join(SsoDomain, SsoDomain.organization_id == SsoProvider.organization_id).where(
            SsoDomain.domain == domain_of(email), SsoDomain.verified_at.is_not(None)
        )
    else:
        statement = statement.where(Organization.slug == workspace)
    async with global_session() as session:
        return (await session.scalars(statement)).first()


async def admit(provider: SsoProvider, identity: Identity, *, user_agent: str, address: str) -> tuple[str, UUID, bool]:
    """(token of a new session, the person's id, whether the account is new). Raises SignInRefused.

    An identity seen before is the person it was linked to, whatever e-mail it carries now. A new one is linked by its
    e-mail only inside a domain that this organization has proved, and an account that exists only where it belongs to
    this organization already; a new person gets no role. The session opens this organization's workspaces and no other.
    """
    unusable = await hash_password(secrets.token_urlsafe(32))
    async with global_session() as session:
        if not await owns(session, provider.organization_id, identity.email):
            raise SignInRefused("domain")
        linked = await session.get(SsoIdentity, (identity.issuer, identity.subject))
        new = False
        if linked is not None:
            user = await session.get_one(User, linked.user_id)
            await session.execute(
                update(SsoIdentity)
                .where(SsoIdentity.issuer == identity.issuer, SsoIdentity.subject == identity.subject)
                .values(last_used_at=func.now())
            )
        else:
            user, new = await _link(session, provider, identity, unusable)
        if user.disabled_at is not None:
            raise SignInRefused("disabled")
        token = await start_session(
            session,
            user.id,
            user_agent=user_agent,
            address=address,
            second_factor=False,
            vouched=Vouched(provider.id, identity.second_factor, fresh=_was_asked_now(identity)),
        )
        return token, user.id, new


async def _link(session: AsyncSession, provider: SsoProvider, identity: Identity, unusable: str) -> tuple[User, bool]:
    found = await find_user(session, identity.email)
    new = found is None
    if found is None:
        found = User(email=identity.email, name=identity.name, password_hash=unusable)
        session.add(found)
        await session.flush()
    elif await session.scalar(
        select(SsoIdentity.subject).where(SsoIdentity.user_id == found.id, SsoIdentity.issuer == identity.issuer)
    ):
        # The address was given to somebody else at the company: the account stays its first owner's.
        raise SignInRefused("linked")
    elif not await _is_member(session, provider.organization_id, found.id, active=True):
        # An address in a company's domain does not give the company an account that works for others.
        raise SignInRefused("member")
    made = insert(SsoIdentity).values(
        issuer=identity.issuer, subject=identity.subject, user_id=found.id, organization_id=provider.organization_id
    )
    await session.execute(made)
    return found, new


def _was_asked_now(identity: Identity) -> bool:
    """Fresh is only a session whose person the provider asked just now: it may remember people for weeks."""
    return identity.authenticated_at is not None and time.time() - identity.authenticated_at < FRESH_SECONDS


async def is_member(organization_id: UUID, user_id: UUID) -> bool:
    """Whether the person has a role there already."""
    async with global_session() as session:
        return await _is_member(session, organization_id, user_id)


async def _is_member(session: AsyncSession, organization_id: UUID, user_id: UUID, *, active: bool = False) -> bool:
    found = select(Membership.role).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    if active:
        found = found.where(Membership.state == "active")
    return await session.scalar(found) is not None


async def belongs_elsewhere(session: AsyncSession, user_id: UUID, organization_id: UUID | None) -> bool:
    """Whether the person works for another company than this one too (None: for any)."""
    found = (
        select(Membership.role)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.user_id == user_id,
            Membership.organization_id.is_distinct_from(organization_id),
            Organization.closed_at.is_(None),
        )
        .limit(1)
    )
    return await session.scalar(found) is not None
