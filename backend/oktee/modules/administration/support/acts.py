"""Each act on a support grant with all it brings: the row, the audit entry, the mail to the owners, the live event.

Used by the customer's screen and by the staff console, in a session of the organization as the runtime role.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.support import grants
from oktee.access.support.areas import Area
from oktee.access.support.people import StaffPerson
from oktee.access.support.tables import SupportGrant
from oktee.journal.record import SYSTEM, Actor, person, record
from oktee.kit.clock import now
from oktee.kit.work import schedule
from oktee.modules.administration.support.telling import facts, organization, subject_of, tell_owners
from oktee.modules.administration.support.watch import WATCH
from oktee.notify.outbox import publish

FIRST_LOOK: Final = timedelta(seconds=30)


def staff_actor(staff: StaffPerson, address: str, *, grant_id: UUID | None = None) -> Actor:
    """How the journal names a staff person; with the grant they act under."""
    behalf = str(grant_id) if grant_id else None
    return Actor("staff", staff.name, str(staff.id), staff.session_id, address, behalf)


async def request(
    session: AsyncSession,
    staff: StaffPerson,
    address: str,
    *,
    reason: str,
    ticket: str,
    scope: Sequence[Area],
    hours: int,
    read_only: bool,
    emergency: bool,
) -> SupportGrant:
    """A staff person asks. Raises TooManyRequests."""
    grant = await grants.request_grant(
        session, staff, reason=reason, ticket=ticket, scope=scope, hours=hours, read_only=read_only, emergency=emergency
    )
    await _note(session, "support.requested", grant, staff_actor(staff, address))
    await tell_owners(session, grant, "requested")
    return grant


async def approve(session: AsyncSession, caller: Caller, grant_id: UUID, hours: int) -> SupportGrant:
    """The customer lets them in. Raises NotFound, GrantOver, NotYourOwn."""
    await _watch(session, grant_id)
    grant = await grants.approve(
        session, grant_id, user_id=caller.user_id, name=caller.name, email=caller.email, hours=hours,
        zone=caller.time_zone,
    )  # fmt: skip
    await _begun(session, grant, person(caller))
    return grant


async def refuse(session: AsyncSession, caller: Caller, grant_id: UUID) -> SupportGrant:
    """The customer says no. Raises NotFound, GrantOver."""
    grant = await grants.refuse(session, grant_id, user_id=caller.user_id, name=caller.name)
    await _note(session, "support.refused", grant, person(caller))
    return grant


async def withdraw(session: AsyncSession, staff: StaffPerson, address: str, grant_id: UUID) -> SupportGrant:
    """Whoever asked takes it back. Raises NotFound, GrantOver."""
    grant = await grants.withdraw(session, grant_id, staff)
    await _note(session, "support.withdrawn", grant, staff_actor(staff, address))
    return grant


async def agree(session: AsyncSession, staff: StaffPerson, address: str, grant_id: UUID) -> SupportGrant:
    """Another staff person agrees to an emergency; the second one begins it. Raises NotFound, GrantOver, NotYourOwn."""
    await _watch(session, grant_id)  # with the first of the two it is one look at a grant that opens nothing
    grant = await grants.agree(session, grant_id, staff, zone=(await organization(session)).time_zone)
    actor = staff_actor(staff, address)
    if grant.state == "granted":
        await _begun(session, grant, actor)
    else:
        await _note(session, "support.agreed", grant, actor)
    return grant


async def end(session: AsyncSession, grant_id: UUID, *, actor: Actor) -> SupportGrant:
    """Either side ends it now. Raises NotFound, GrantOver."""
    await schedule(session, WATCH, str(grant_id))  # what was read last reaches the journal at once
    grant = await grants.end(session, grant_id, name=actor.name)
    await _note(session, "support.ended", grant, actor)
    await tell_owners(session, grant, "ended")
    return grant


async def _watch(session: AsyncSession, grant_id: UUID) -> None:
    """Before the grant is locked: the look at it locks its work row first, then the grant."""
    await schedule(session, WATCH, str(grant_id), due_at=now() + FIRST_LOOK)


async def _begun(session: AsyncSession, grant: SupportGrant, actor: Actor) -> None:
    await session.flush()
    await _note(session, "support.granted", grant, actor)
    if grant.off_hours:  # a detector listens to this kind (SEC-17)
        await _note(session, "support.grant_off_hours", grant, SYSTEM)
    await tell_owners(session, grant, "granted")


async def _note(session: AsyncSession, kind: str, grant: SupportGrant, actor: Actor) -> None:
    await record(
        session, kind, actor=actor, subject=subject_of(grant), audit=True, cause=grant.reason, payload=facts(grant)
    )
    await publish(session, "support.changed", grant_id=str(grant.id))
