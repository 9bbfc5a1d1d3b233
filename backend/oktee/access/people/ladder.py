"""Who may touch whom: nobody grants, changes or ends a right they do not hold, and one active owner always stays."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.tables import OwnRole
from oktee.access.roles import PERMISSIONS, ROLES
from oktee.access.tables import Membership, Organization, User
from oktee.kit.errors import Conflict, Forbidden, field_error

OWNER = "owner"


class MoreThanYours(Forbidden):
    """The act would give, change or end rights that the one who acts does not hold."""


class LastOwner(Conflict):
    """An organization keeps one active owner at least."""


async def lock_people(session: AsyncSession, organization_id: UUID) -> None:
    """One change of people at a time in one organization: of two owners who demote each other one stays."""
    await session.execute(
        select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
    )


async def own_roles(session: AsyncSession, organization_id: UUID) -> dict[str, OwnRole]:
    """The roles an organization made itself, by key."""
    found = await session.scalars(
        select(OwnRole).where(OwnRole.organization_id == organization_id).order_by(func.lower(OwnRole.name))
    )
    return {role.key: role for role in found}


async def permissions_by_role(session: AsyncSession, organization_id: UUID) -> dict[str, frozenset[str]]:
    """What each role of this organization allows, shipped ones first."""
    own = await own_roles(session, organization_id)
    return dict(ROLES) | {key: frozenset(role.permissions) & PERMISSIONS for key, role in own.items()}


async def check_role(session: AsyncSession, organization_id: UUID, role: str, held: frozenset[str]) -> None:
    """Whether somebody who holds `held` may give this role. Raises Invalid for one that is not there, MoreThanYours."""
    known = await permissions_by_role(session, organization_id)
    if role not in known:
        raise field_error("/role", "unknown_role", f"There is no role {role}.")
    check_held(known[role], held)


def check_held(touched: Iterable[str], held: frozenset[str]) -> None:
    """Raises MoreThanYours naming what is missing."""
    missing = sorted(set(touched) - held)
    if missing:
        raise MoreThanYours(f"This is about rights you do not hold yourself: {', '.join(missing[:5])}.")


async def keep_an_owner(session: AsyncSession, organization_id: UUID, leaving: UUID) -> None:
    """Under lock_people. Raises LastOwner when nobody else is an active owner of the whole workspace who can sign in."""
    others = await session.scalar(
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role == OWNER,
            Membership.scope.is_(None),
            Membership.state == "active",
            Membership.user_id != leaving,
            User.disabled_at.is_(None),
        )
    )
    if not others:
        raise LastOwner("This person is the last active owner. Make somebody else an owner first.")
