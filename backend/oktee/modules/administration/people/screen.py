"""Administration / Users & roles: the people of the workspace, what each may do, and ending it at once."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.people import members
from oktee.access.people.members import Change
from oktee.access.tables import Membership, Organization, User
from oktee.journal.record import Subject
from oktee.kit.errors import NotFound, OKTeeError
from oktee.modules.administration.people import wire
from oktee.modules.administration.people.noting import note, note_change
from oktee.modules.administration.people.showing import show_people
from oktee.modules.administration.scope_wire import scope_in

router = APIRouter(prefix="/people")
MANAGE = [needs("users.manage")]
RAISE = [needs("users.manage", fresh=True)]


@router.get("", dependencies=MANAGE)
async def list_people(session: Session, caller: CallerIn) -> wire.PeopleList:
    """Members, invitations and roles."""
    return await show_people(session, caller)


@router.put("/{user_id}/access", dependencies=RAISE, responses={409: {}})
async def put_access(session: Session, caller: CallerIn, user_id: UUID, body: wire.AccessIn) -> wire.PeopleList:
    """Give a person another role or scope. Their sessions end: a new role is a new session."""
    await _change_access(session, caller, user_id, body)
    return await show_people(session, caller)


@router.put("/{user_id}/suspension", dependencies=MANAGE, responses={409: {}})
async def suspend_person(session: Session, caller: CallerIn, user_id: UUID) -> wire.PeopleList:
    """Out at once, on every process: sessions, live streams, keys."""
    await _suspend(session, caller, user_id)
    return await show_people(session, caller)


@router.delete("/{user_id}/suspension", dependencies=RAISE, responses={409: {}})
async def reactivate_person(session: Session, caller: CallerIn, user_id: UUID) -> wire.PeopleList:
    """In again, as before. Ended keys stay ended."""
    change = await members.reactivate(session, caller.organization_id, user_id, held=caller.permissions)
    await note_change(session, caller, "people.reactivated", change)
    return await show_people(session, caller)


@router.delete("/{user_id}", dependencies=MANAGE, responses={409: {}})
async def remove_person(session: Session, caller: CallerIn, user_id: UUID) -> wire.PeopleList:
    """Out for good. Their account, and what they did here, stay."""
    await _remove(session, caller, user_id)
    return await show_people(session, caller)


@router.post("/access-changes", dependencies=RAISE)
async def change_access_of_many(session: Session, caller: CallerIn, body: wire.AccessChangesIn) -> wire.Results:
    """The same role and scope for several people."""
    access = wire.AccessIn(role=body.role, scope=body.scope)
    return await _each(body.ids, lambda user_id: _change_access(session, caller, user_id, access))


@router.post("/suspensions", dependencies=MANAGE)
async def suspend_many(session: Session, caller: CallerIn, body: wire.ManyIn) -> wire.Results:
    """Several people out at once."""
    return await _each(body.ids, lambda user_id: _suspend(session, caller, user_id))


@router.post("/deprovisions", dependencies=MANAGE)
async def deprovision_people(session: Session, caller: CallerIn, body: wire.DeprovisionIn) -> wire.Results:
    """People who have left the company, by address: each is removed with everything they hold here (SEC-07). An address
    that belongs to nobody of this workspace is told as not found, whether it has an account elsewhere or not."""
    results = []
    for email in sorted({each.lower() for each in body.emails}):
        found = await session.scalar(
            select(Membership.user_id)
            .join(User, User.id == Membership.user_id)
            .where(Membership.organization_id == caller.organization_id, func.lower(User.email) == email)
        )
        try:
            if found is None:
                raise NotFound("Nobody of this workspace has this address.")
            await _remove(session, caller, found)
            results.append(wire.Result(id=email, ok=True))
        except OKTeeError as error:
            results.append(wire.Result(id=email, ok=False, code=error.code, detail=error.detail))
    return wire.Results(results=results)


@router.put("/second-factor", dependencies=RAISE)
async def put_second_factor(session: Session, caller: CallerIn, body: wire.SecondFactorIn) -> wire.PeopleList:
    """Ask everybody of this workspace for a second factor, or only those whose rights demand it in any case."""
    found = await session.get_one(Organization, caller.organization_id, with_for_update={"key_share": True})
    before, found.require_second_factor = found.require_second_factor, body.required
    await session.flush()
    if before != body.required:
        await note(
            session, caller, "people.second_factor", subject=Subject("organization", str(found.id), found.name),
            payload={"before": {"required": before}, "after": {"required": body.required}},
        )  # fmt: skip
    return await show_people(session, caller)


async def _change_access(session: AsyncSession, caller: Caller, user_id: UUID, body: wire.AccessIn) -> Change:
    change = await members.change_access(
        session, caller.organization_id, user_id, role=body.role, scope=scope_in(body.scope), held=caller.permissions
    )
    if change.before != change.after:
        await note_change(session, caller, "people.access_changed", change)
    return change


async def _suspend(session: AsyncSession, caller: Caller, user_id: UUID) -> Change:
    change = await members.suspend(session, caller.organization_id, user_id, held=caller.permissions, by=caller.user_id)
    await note_change(session, caller, "people.suspended", change)
    return change


async def _remove(session: AsyncSession, caller: Caller, user_id: UUID) -> Change:
    change = await members.remove(session, caller.organization_id, user_id, held=caller.permissions, by=caller.user_id)
    await note_change(session, caller, "people.removed", change)
    return change


async def _each(ids: list[UUID], act: Callable[[UUID], Awaitable[object]]) -> wire.Results:
    """A refusal comes before anything is written, so that the fault of one leaves the others as they are."""
    results = []
    for each in sorted(set(ids)):
        try:
            await act(each)
            results.append(wire.Result(id=str(each), ok=True))
        except OKTeeError as error:
            results.append(wire.Result(id=str(each), ok=False, code=error.code, detail=error.detail))
    return wire.Results(results=results)
