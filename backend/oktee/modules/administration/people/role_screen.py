"""Administration / Users & roles, roles: those that ship and those the workspace made itself."""

from typing import Annotated

from fastapi import APIRouter, Path

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.people import roles
from oktee.access.people.tables import OwnRole
from oktee.journal.record import Subject
from oktee.modules.administration.people import wire
from oktee.modules.administration.people.noting import note
from oktee.modules.administration.people.showing import show_people

router = APIRouter(prefix="/roles")
RAISE = [needs("users.manage", fresh=True)]
Key = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]


@router.post("", status_code=201, dependencies=RAISE, responses={409: {}})
async def create_role(session: Session, caller: CallerIn, body: wire.NewRoleIn) -> wire.PeopleList:
    """Copy a shipped role and change what it allows; never more than one holds oneself."""
    made = await roles.make_role(
        session, caller.organization_id, name=body.name, base=body.base, permissions=body.permissions,
        held=caller.permissions, by=caller.user_id,
    )  # fmt: skip
    payload = {"before": {}, "after": _shown(made), "base": made.base}
    await note(session, caller, "role.created", subject=_subject(made), payload=payload)
    return await show_people(session, caller)


@router.put("/{key}", dependencies=RAISE, responses={409: {}})
async def put_role(session: Session, caller: CallerIn, key: Key, body: wire.RoleIn) -> wire.PeopleList:
    """Change a role of the workspace's own. Where it shrinks, the sessions of those who have it end."""
    name = (await roles.get_role(session, caller.organization_id, key)).name
    role, before, ended = await roles.change_role(
        session, caller.organization_id, key, name=body.name, permissions=body.permissions, held=caller.permissions
    )
    payload = {"before": {"name": name, "permissions": before}, "after": _shown(role), "ended_sessions": ended}
    await note(session, caller, "role.changed", subject=_subject(role), payload=payload)
    return await show_people(session, caller)


@router.delete("/{key}", dependencies=RAISE, responses={409: {}})
async def delete_role(session: Session, caller: CallerIn, key: Key) -> wire.PeopleList:
    """Only one that nobody has."""
    gone = await roles.delete_role(session, caller.organization_id, key, held=caller.permissions)
    await note(session, caller, "role.deleted", subject=_subject(gone), payload={"before": _shown(gone), "after": {}})
    return await show_people(session, caller)


def _shown(role: OwnRole) -> dict[str, object]:
    return {"name": role.name, "permissions": sorted(role.permissions)}


def _subject(role: OwnRole) -> Subject:
    return Subject("role", role.key, role.name)
