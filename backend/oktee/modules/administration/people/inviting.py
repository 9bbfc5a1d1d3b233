"""Administration / Users & roles, invited: asking people in by list, sending again, taking back."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.people import invitations
from oktee.access.people.ladder import check_role, lock_people
from oktee.access.people.tables import Invitation
from oktee.access.tables import Organization
from oktee.journal.record import Subject
from oktee.kit.errors import OKTeeError
from oktee.kit.settings import settings
from oktee.modules.administration.people import wire
from oktee.modules.administration.people.noting import note
from oktee.modules.administration.people.showing import show_people
from oktee.modules.administration.scope_wire import scope_in
from oktee.notify.mail import send_mail

router = APIRouter(prefix="/invitations")
MANAGE = [needs("users.manage")]
RAISE = [needs("users.manage", fresh=True)]


@router.post("", status_code=201, dependencies=RAISE)
async def invite_people(session: Session, caller: CallerIn, body: wire.InvitationsIn) -> wire.Results:
    """Ask several people in, alike. Each gets a link by mail that is good once, for 72 hours."""
    scope = scope_in(body.scope)
    await lock_people(session, caller.organization_id)
    await check_role(session, caller.organization_id, body.role, caller.permissions)
    results = []
    for email in sorted({each.lower() for each in body.emails}):
        try:
            made, token = await invitations.invite(
                session, caller.organization_id, email=email, role=body.role, scope=scope, locale=body.locale,
                held=caller.permissions, by=caller.user_id,
            )  # fmt: skip
        except OKTeeError as error:
            results.append(wire.Result(id=email, ok=False, code=error.code, detail=error.detail))
            continue
        await _send(session, caller, made, token)
        await _note(session, caller, made, "people.invited")
        results.append(wire.Result(id=email, ok=True))
    return wire.Results(results=results)


@router.post("/sendings", dependencies=RAISE)
async def resend_invitations(session: Session, caller: CallerIn, body: wire.ManyIn) -> wire.Results:
    """Send several again, each with a new link; the one before is void."""
    results = []
    for each in sorted(set(body.ids)):
        try:
            made, token = await invitations.renew(
                session, caller.organization_id, each, held=caller.permissions, by=caller.user_id
            )
            await _send(session, caller, made, token)
            await _note(session, caller, made, "people.invitation_resent")
            results.append(wire.Result(id=str(each), ok=True))
        except OKTeeError as error:
            results.append(wire.Result(id=str(each), ok=False, code=error.code, detail=error.detail))
    return wire.Results(results=results)


@router.delete("/{invitation_id}", dependencies=MANAGE)
async def revoke_invitation(session: Session, caller: CallerIn, invitation_id: UUID) -> wire.PeopleList:
    """Take it back: its link opens nothing any more."""
    found = await invitations.revoke(session, caller.organization_id, invitation_id, held=caller.permissions)
    await _note(session, caller, found, "people.invitation_revoked")
    return await show_people(session, caller)


async def _send(session: AsyncSession, caller: Caller, made: Invitation, token: str) -> None:
    organization = await session.get_one(Organization, caller.organization_id)
    await send_mail(
        session,
        to=made.email,
        template="invitation",
        locale=made.locale,
        values={
            "by": caller.name,
            "workspace": organization.name,
            "link": f"{settings().public_url}/invitation#{token}",
            "until": f"{made.expires_at:%Y-%m-%d %H:%M} UTC",
        },
        organization_id=caller.organization_id,
    )


async def _note(session: AsyncSession, caller: Caller, made: Invitation, kind: str) -> None:
    await note(
        session, caller, kind, subject=Subject("invitation", str(made.id), made.email),
        payload={"role": made.role, "scope": made.scope, "expires_at": made.expires_at.isoformat()},
    )  # fmt: skip
