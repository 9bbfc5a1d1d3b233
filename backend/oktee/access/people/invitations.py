"""Invitations: bound to organization, e-mail, role and scope; a token good once, for 72 hours."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import check_role, permissions_by_role
from oktee.access.people.tables import Invitation
from oktee.access.scope import Scope, permissions_within
from oktee.access.tables import Membership, Organization, User
from oktee.access.tokens_once import EXPIRED, LinkExpired
from oktee.kit.clock import now
from oktee.kit.crypto import digest
from oktee.kit.errors import Conflict, Forbidden, NotFound

GOOD_FOR = timedelta(hours=72)
MOST_OPEN = 200
INVITE = "users.manage"


class AlreadyMember(Conflict):
    """This address belongs to somebody of this workspace."""


class AlreadyInvited(Conflict):
    """This address has an open invitation: send it again, or take it back first."""


class TooManyInvitations(Conflict):
    """So many invitations are open that no more are sent."""


class InvitationForAnother(Forbidden):
    """The invitation was sent to another address than that of the account that is signed in."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation leads to."""

    id: UUID
    organization_id: UUID
    slug: str
    workspace: str
    email: str
    role: str
    scope: Scope | None
    locale: str
    invited_by: UUID
    expires_at: datetime


def state_of(invitation: Invitation, at: datetime) -> str:
    """open, expired, accepted or revoked."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "open" if invitation.expires_at > at else "expired"


async def list_open(session: AsyncSession, organization_id: UUID) -> list[Invitation]:
    """Those that were neither accepted nor taken back, newest first; lapsed ones too, since they can be sent again."""
    found = await session.scalars(
        select(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
    )
    return list(found)


async def invite(
    session: AsyncSession, organization_id: UUID, *, email: str, role: str, scope: Scope | None, locale: str,
    held: frozenset[str], by: UUID,
) -> tuple[Invitation, str]:  # fmt: skip
    """The invitation and its token (for the mail, nowhere else). Under lock_people. Raises MoreThanYours, AlreadyMember,
    AlreadyInvited, TooManyInvitations, Invalid. Whether the address has an account elsewhere changes nothing here."""
    await check_role(session, organization_id, role, held)
    email = email.strip()
    same = func.lower(User.email) == email.lower()
    member = select(Membership.user_id).join(User, User.id == Membership.user_id)
    if await session.scalar(member.where(Membership.organization_id == organization_id, same)) is not None:
        raise AlreadyMember("This person is a member already.")
    waiting = await list_open(session, organization_id)
    if any(each.email.lower() == email.lower() for each in waiting):
        raise AlreadyInvited("This address is invited already. Send the invitation again, or take it back first.")
    if len(waiting) >= MOST_OPEN:
        raise TooManyInvitations(f"{MOST_OPEN} invitations are open already.")
    token = secrets.token_urlsafe(32)
    made = Invitation(
        organization_id=organization_id, email=email, role=role, scope=scope.store() if scope else None, locale=locale,
        token_hash=digest(token), invited_by=by, expires_at=now() + GOOD_FOR,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made, token


async def get_open(session: AsyncSession, organization_id: UUID, invitation_id: UUID) -> Invitation:
    """Locked. Raises NotFound, also for one of another organization."""
    found = await session.scalar(
        select(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.id == invitation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


async def renew(
    session: AsyncSession, organization_id: UUID, invitation_id: UUID, *, held: frozenset[str], by: UUID
) -> tuple[Invitation, str]:
    """A new token for another 72 hours; the link sent before is void. Whoever sends it vouches for it now."""
    found = await get_open(session, organization_id, invitation_id)
    await check_role(session, organization_id, found.role, held)
    token = secrets.token_urlsafe(32)
    found.token_hash, found.sent_at, found.expires_at, found.invited_by = digest(token), now(), now() + GOOD_FOR, by
    await session.flush()
    return found, token


async def revoke(
    session: AsyncSession, organization_id: UUID, invitation_id: UUID, *, held: frozenset[str]
) -> Invitation:
    """Take it back: its link opens nothing any more."""
    found = await get_open(session, organization_id, invitation_id)
    await check_role(session, organization_id, found.role, held)
    found.revoked_at = now()
    await session.flush()
    return found


async def look(session: AsyncSession, token: str) -> Invited:
    """What a token leads to, without using it. Raises LinkExpired, also when whoever invited may not do so any more."""
    row = (
        await session.execute(
            select(Invitation, Organization)
            .join(Organization, Organization.id == Invitation.organization_id)
            .where(
                Invitation.token_hash == digest(token),
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > func.now(),
                Organization.closed_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        raise LinkExpired(EXPIRED)
    invitation, organization = row
    if invitation.invited_by is None or not await _still_may(session, invitation):
        raise LinkExpired(EXPIRED)
    return Invited(
        invitation.id, organization.id, organization.slug, organization.name, invitation.email, invitation.role,
        Scope.read(invitation.scope), invitation.locale, invitation.invited_by, invitation.expires_at,
    )  # fmt: skip


async def _still_may(session: AsyncSession, invitation: Invitation) -> bool:
    """Nobody lets in with the rights of somebody who has lost them."""
    inviter = (
        await session.execute(
            select(Membership.role, Membership.scope)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.organization_id == invitation.organization_id,
                Membership.user_id == invitation.invited_by,
                Membership.state == "active",
                User.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    known = await permissions_by_role(session, invitation.organization_id)
    if inviter is None or invitation.role not in known:
        return False
    held = permissions_within(known.get(inviter.role, frozenset()), Scope.read(inviter.scope))
    return INVITE in held and known[invitation.role] <= held


async def accept(session: AsyncSession, token: str, user: User) -> Invited:
    """Make this account a member: of many at once exactly one gets in. Its e-mail was proved by whoever made the account.
    Raises LinkExpired, InvitationForAnother."""
    invited = await look(session, token)
    if user.email.lower() != invited.email.lower():
        raise InvitationForAnother("This invitation was sent to another address. Sign in with that account.")
    taken = await session.scalar(
        update(Invitation)
        .where(
            Invitation.id == invited.id,
            Invitation.token_hash == digest(token),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > func.now(),
        )
        .values(accepted_at=func.now(), accepted_by=user.id)
        .returning(Invitation.id)
    )
    if taken is None:
        raise LinkExpired(EXPIRED)
    if await session.get(Membership, (invited.organization_id, user.id)) is None:
        session.add(
            Membership(
                organization_id=invited.organization_id, user_id=user.id, role=invited.role,
                scope=invited.scope.store() if invited.scope else None, invited_by=invited.invited_by,
            )
        )  # fmt: skip
        await session.flush()
    return invited
