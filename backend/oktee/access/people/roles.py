"""Roles of an organization's own: made from a shipped one, never more than their maker holds."""

import secrets
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import check_held, lock_people, own_roles
from oktee.access.people.tables import Invitation, OwnRole
from oktee.access.roles import PERMISSIONS, ROLES
from oktee.access.sessions import end_sessions_of
from oktee.access.tables import Membership
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound

MOST_ROLES = 30


class RoleNameTaken(Conflict):
    """Another role of this organization has this name."""


class RoleInUse(Conflict):
    """Somebody has this role, or was invited to it."""


class TooManyRoles(Conflict):
    """The organization has as many roles of its own as it may."""


class ShippedRole(Conflict):
    """A role that ships cannot be changed; copy it."""


async def make_role(
    session: AsyncSession, organization_id: UUID, *, name: str, base: str, permissions: list[str],
    held: frozenset[str], by: UUID,
) -> OwnRole:  # fmt: skip
    """Raises Invalid, MoreThanYours, RoleNameTaken, TooManyRoles."""
    await lock_people(session, organization_id)
    if base not in ROLES:
        raise Invalid(
            "A role is copied from one that ships.",
            errors=(FieldError("/base", "unknown_role", f"There is no shipped role {base[:40]}."),),
        )
    wanted = _checked(permissions, held)
    if len(await own_roles(session, organization_id)) >= MOST_ROLES:
        raise TooManyRoles(f"There are {MOST_ROLES} roles of your own already.")
    await _check_name(session, organization_id, name, None)
    made = OwnRole(
        organization_id=organization_id, key=f"own_{secrets.token_hex(4)}", name=name.strip(), base=base,
        permissions=wanted, created_by=by,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made


async def change_role(
    session: AsyncSession, organization_id: UUID, key: str, *, name: str, permissions: list[str], held: frozenset[str]
) -> tuple[OwnRole, list[str], int]:
    """The role, its permissions before, and how many sessions ended because what they may do shrank."""
    await lock_people(session, organization_id)
    role = await get_role(session, organization_id, key)
    before = sorted(role.permissions)
    check_held(before, held)
    wanted = _checked(permissions, held)
    await _check_name(session, organization_id, name, key)
    role.name, role.permissions = name.strip(), wanted
    await session.flush()
    ended = 0
    if set(before) - set(wanted):
        holders = await session.scalars(
            select(Membership.user_id).where(Membership.organization_id == organization_id, Membership.role == key)
        )
        for holder in sorted(holders):
            ended += await end_sessions_of(holder, organization_id, session=session)
    return role, before, ended


async def delete_role(session: AsyncSession, organization_id: UUID, key: str, *, held: frozenset[str]) -> OwnRole:
    """Raises NotFound, MoreThanYours, RoleInUse."""
    await lock_people(session, organization_id)
    role = await get_role(session, organization_id, key)
    check_held(role.permissions, held)
    members = select(func.count()).where(Membership.organization_id == organization_id, Membership.role == key)
    invited = select(func.count()).where(
        Invitation.organization_id == organization_id,
        Invitation.role == key,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    if await session.scalar(members) or await session.scalar(invited):
        raise RoleInUse("Somebody has this role or is invited to it. Give them another one first.")
    await session.delete(role)
    await session.flush()
    return role


async def get_role(session: AsyncSession, organization_id: UUID, key: str) -> OwnRole:
    """Raises NotFound (also for a role of another organization), ShippedRole."""
    if key in ROLES:
        raise ShippedRole("A role that ships cannot be changed. Copy it to one of your own.")
    found = await session.scalar(select(OwnRole).where(OwnRole.organization_id == organization_id, OwnRole.key == key))
    if found is None:
        raise NotFound("There is no such role.")
    return found


def _checked(permissions: list[str], held: frozenset[str]) -> list[str]:
    faults = tuple(
        FieldError(f"/permissions/{n}", "unknown_permission", f"There is no permission {permission[:60]}.")
        for n, permission in enumerate(permissions)
        if permission not in PERMISSIONS
    )
    if faults:
        raise Invalid("This role names permissions that do not exist.", errors=faults)
    check_held(permissions, held)
    return sorted(set(permissions))


async def _check_name(session: AsyncSession, organization_id: UUID, name: str, key: str | None) -> None:
    others = (await own_roles(session, organization_id)).values()
    taken = {role.name.lower() for role in others if role.key != key} | {each.replace("_", " ") for each in ROLES}
    if name.strip().lower() in taken:
        raise RoleNameTaken("There is a role of this name already.")
