"""What the page Users & roles shows: members, invitations and roles, as whoever asks may touch them."""

from collections import Counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.people import invitations
from oktee.access.people.ladder import OWNER, own_roles
from oktee.access.people.members import ACTIVE, Member, list_members
from oktee.access.people.tables import Invitation, OwnRole
from oktee.access.roles import PERMISSIONS, ROLES, SECOND_FACTOR
from oktee.access.scope import Scope
from oktee.access.tables import Organization
from oktee.access.workspaces import names_of
from oktee.kit.clock import now
from oktee.modules.administration.people import wire
from oktee.modules.administration.people.reviewing import is_overdue
from oktee.modules.administration.scope_choices import read_choices
from oktee.modules.administration.scope_wire import scope_out

ORDER = (
    "orders.read", "orders.confirm", "orders.hold", "orders.reject_hard", "orders.raw", "exceptions.resolve",
    "rules.read", "rules.write", "events.read", "procurement.read", "logistics.read", "finance.read", "finance.write",
    "finance.close", "dashboards.read", "dashboards.write", "analytics.read", "targets.write", "marketing.read",
    "content.write", "content.approve", "content.publish", "catalog.read", "catalog.write", "connection.read",
    "connection.manage", "sync.run", "integrations.manage", "users.manage", "settings.manage", "audit.read",
    "privacy.manage",
)  # fmt: skip
"""Permissions in the order of the pages they open."""


async def show_people(session: AsyncSession, caller: Caller) -> wire.PeopleList:
    """Everything of the page but the review."""
    found = await list_members(session, caller.organization_id)
    waiting = await invitations.list_open(session, caller.organization_id)
    own = await own_roles(session, caller.organization_id)
    names = await names_of([*(each.invited_by for each in found), *(each.invited_by for each in waiting)])
    owners = [each for each in found if each.role == OWNER and each.state == ACTIVE and not each.disabled]
    last = owners[0].user_id if len(owners) == 1 else None
    organization = await session.get_one(Organization, caller.organization_id)
    return wire.PeopleList(
        members=[_member(each, caller, own, names, last) for each in found],
        invitations=[_invitation(each, caller, own, names) for each in waiting],
        roles=role_columns(caller, own, Counter(each.role for each in found)),
        permissions=sorted(PERMISSIONS, key=_place),
        demanding=sorted(SECOND_FACTOR),
        choices=await read_choices(session),
        require_second_factor=organization.require_second_factor,
        review_overdue=await is_overdue(session),
    )


def _place(permission: str) -> tuple[int, str]:
    return (ORDER.index(permission) if permission in ORDER else len(ORDER), permission)


def role_columns(caller: Caller, own: dict[str, OwnRole], members: Counter[str]) -> list[wire.RoleColumn]:
    """Shipped roles, then own ones by name."""
    shipped = [
        wire.RoleColumn(
            key=key, name=None, base=None, shipped=True, permissions=sorted(permissions), members=members[key],
            can_give=permissions <= caller.permissions,
        )
        for key, permissions in ROLES.items()
    ]  # fmt: skip
    made = [
        wire.RoleColumn(
            key=role.key, name=role.name, base=role.base, shipped=False, permissions=sorted(role.permissions),
            members=members[role.key], can_give=set(role.permissions) <= caller.permissions,
        )
        for role in own.values()
    ]  # fmt: skip
    return [*shipped, *made]


def _held(role: str, own: dict[str, OwnRole]) -> frozenset[str]:
    return frozenset(own[role].permissions) if role in own else ROLES.get(role, frozenset())


def _name(role: str, own: dict[str, OwnRole]) -> str | None:
    return own[role].name if role in own else None


def _member(
    found: Member, caller: Caller, own: dict[str, OwnRole], names: dict[UUID, str], last: UUID | None
) -> wire.MemberRow:
    return wire.MemberRow.model_validate(
        {
            "id": found.user_id, "name": found.name, "email": found.email, "role": found.role,
            "role_name": _name(found.role, own), "scope": scope_out(found.scope), "state": found.state,
            "factors": found.factors, "sessions": found.sessions, "last_seen_at": found.last_seen_at,
            "joined_at": found.joined_at, "invited_by": names.get(found.invited_by) if found.invited_by else None,
            "me": found.user_id == caller.user_id, "can_touch": _held(found.role, own) <= caller.permissions,
            "last_owner": found.user_id == last,
        }
    )  # fmt: skip


def _invitation(
    found: Invitation, caller: Caller, own: dict[str, OwnRole], names: dict[UUID, str]
) -> wire.InvitationRow:
    return wire.InvitationRow.model_validate(
        {
            "id": found.id, "email": found.email, "role": found.role, "role_name": _name(found.role, own),
            "scope": scope_out(Scope.read(found.scope)), "state": invitations.state_of(found, now()),
            "invited_by": names.get(found.invited_by) if found.invited_by else None, "sent_at": found.sent_at,
            "expires_at": found.expires_at, "can_touch": _held(found.role, own) <= caller.permissions,
        }
    )  # fmt: skip
