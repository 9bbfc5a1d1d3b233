"""What becomes of a support grant: asked for, granted by the customer or by two other staff people, refused, ended.

These change rows only; journal, mail and live events are their caller's (modules/administration/support). All of them
run in a session of the organization as the runtime role: the staff role may read grants and write none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.support.areas import MOST_HOURS, Area
from oktee.access.support.people import StaffPerson
from oktee.access.support.tables import StaffUser, SupportGrant
from oktee.access.tables import Membership, User
from oktee.kit.clock import now
from oktee.kit.errors import Conflict, Forbidden, NotFound

MOST_OPEN: Final = 5
LAPSES: Final = timedelta(days=3)
"""A request nobody decided is not granted later by mistake."""
WORKDAY: Final = range(7, 20)


class GrantOver(Conflict):
    """The request was decided, withdrawn or has lapsed, or the grant has ended."""


class NotYourOwn(Forbidden):
    """Nobody grants what they asked for themselves."""


class TooManyRequests(Conflict):
    """This person has several undecided requests in this organization already."""


async def request_grant(
    session: AsyncSession,
    staff: StaffPerson,
    *,
    reason: str,
    ticket: str,
    scope: Sequence[Area],
    hours: int,
    read_only: bool,
    emergency: bool,
) -> SupportGrant:
    """Ask to look into the organization of this session. Raises TooManyRequests."""
    undecided = select(func.count()).where(
        SupportGrant.staff_id == staff.id, SupportGrant.state == "requested", SupportGrant.requested_at > now() - LAPSES
    )
    if (await session.scalar(undecided) or 0) >= MOST_OPEN:
        raise TooManyRequests("Withdraw a request of yours first.")
    grant = SupportGrant(
        staff_id=staff.id,
        staff_name=staff.name,
        reason=reason.strip(),
        ticket=ticket.strip(),
        scope=sorted(set(scope)),
        read_only=read_only,
        hours=hours,
        emergency=emergency,
        requested_at=now(),
    )
    session.add(grant)
    await session.flush()
    return grant


async def get_grant(session: AsyncSession, grant_id: UUID, *, lock: bool = False) -> SupportGrant:
    """Raises NotFound for a missing one and for another organization's alike."""
    wanted = select(SupportGrant).where(SupportGrant.id == grant_id)
    found = (await session.scalars(wanted.with_for_update() if lock else wanted)).one_or_none()
    if found is None:
        raise NotFound("There is no such request.")
    return found


async def list_grants(session: AsyncSession, *, limit: int = 100) -> list[SupportGrant]:
    """The newest first."""
    wanted = select(SupportGrant).order_by(SupportGrant.requested_at.desc(), SupportGrant.id.desc()).limit(limit)
    return list(await session.scalars(wanted))


async def live_grants(session: AsyncSession) -> list[SupportGrant]:
    """Those that open something at this moment, the one that ends first before the others."""
    at = now()
    wanted = select(SupportGrant).where(
        SupportGrant.state == "granted",
        SupportGrant.ended_at.is_(None),
        SupportGrant.starts_at <= at,
        SupportGrant.expires_at > at,
    )
    return list(await session.scalars(wanted.order_by(SupportGrant.expires_at)))


async def approve(
    session: AsyncSession, grant_id: UUID, *, user_id: UUID, name: str, email: str, hours: int, zone: str
) -> SupportGrant:
    """A person of the customer lets the staff person in from now on, for as long as they say and at most as long as was
    asked. Raises NotFound, GrantOver, NotYourOwn."""
    grant = await _undecided(session, grant_id)
    if await _is_same_person(session, grant, email):
        raise NotYourOwn("You asked for this yourself: somebody else of the workspace has to decide.")
    grant.approved_by, grant.approved_by_name = user_id, name
    _begin(grant, min(hours, grant.hours), zone)
    return grant


async def refuse(session: AsyncSession, grant_id: UUID, *, user_id: UUID, name: str) -> SupportGrant:
    """A person of the customer says no. Raises NotFound, GrantOver."""
    grant = await _undecided(session, grant_id)
    grant.state, grant.approved_by, grant.approved_by_name = "refused", user_id, name
    return grant


async def withdraw(session: AsyncSession, grant_id: UUID, staff: StaffPerson) -> SupportGrant:
    """Whoever asked does not need it any more. Raises NotFound, GrantOver."""
    grant = await _undecided(session, grant_id)
    if grant.staff_id != staff.id:
        raise NotFound("There is no such request of yours.")
    grant.state = "withdrawn"
    return grant


async def agree(session: AsyncSession, grant_id: UUID, staff: StaffPerson, *, zone: str) -> SupportGrant:
    """Another staff person agrees to an emergency; with the second one it begins. Raises NotFound, GrantOver, NotYourOwn."""
    grant = await _undecided(session, grant_id)
    if not grant.emergency:
        raise NotFound("There is no such emergency.")
    if staff.id in (grant.staff_id, grant.first_staff_id):
        raise NotYourOwn("Two other people have to agree, neither of them the one who asked.")
    if grant.first_staff_id is None:
        grant.first_staff_id, grant.first_staff_name = staff.id, staff.name
        return grant
    grant.second_staff_id, grant.second_staff_name = staff.id, staff.name
    _begin(grant, grant.hours, zone)
    return grant


async def end(session: AsyncSession, grant_id: UUID, *, name: str) -> SupportGrant:
    """Nothing opens any more from this moment. Raises NotFound, GrantOver."""
    grant = await get_grant(session, grant_id, lock=True)
    if grant.state != "granted" or grant.ended_at is not None:
        raise GrantOver("This grant has ended already.")
    grant.state, grant.ended_at, grant.ended_by_name = "ended", now(), name
    return grant


def is_live(grant: SupportGrant, at: datetime) -> bool:
    """Whether it opens something then, as the row policies say."""
    return (
        grant.state == "granted"
        and grant.ended_at is None
        and grant.starts_at is not None
        and grant.expires_at is not None
        and grant.starts_at <= at < grant.expires_at
    )


def lapsed(grant: SupportGrant, at: datetime) -> bool:
    """Whether nobody decided it in time."""
    return grant.state == "requested" and grant.requested_at + LAPSES <= at


def is_off_hours(at: datetime, zone: str) -> bool:
    """Outside 07:00 to 20:00 from Monday to Friday where the organization works."""
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() > 4 or local.hour not in WORKDAY


async def owners_of(session: AsyncSession, organization_id: UUID) -> list[tuple[str, str]]:
    """Who is told: (e-mail, language) of every owner who can sign in."""
    wanted = (
        select(User.email, User.locale)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role == "owner",
            Membership.state == "active",
            User.disabled_at.is_(None),
        )
        .order_by(User.email)
    )
    return [(email, locale) for email, locale in await session.execute(wanted)]


def _begin(grant: SupportGrant, hours: int, zone: str) -> None:
    at = now()
    grant.state, grant.starts_at = "granted", at
    grant.expires_at = at + timedelta(hours=min(hours, MOST_HOURS))
    grant.off_hours = is_off_hours(at, zone)


async def _undecided(session: AsyncSession, grant_id: UUID) -> SupportGrant:
    grant = await get_grant(session, grant_id, lock=True)
    if grant.state != "requested" or lapsed(grant, now()):
        raise GrantOver("This request was decided already, or has lapsed.")
    return grant


async def _is_same_person(session: AsyncSession, grant: SupportGrant, email: str) -> bool:
    theirs = await session.scalar(select(StaffUser.email).where(StaffUser.id == grant.staff_id))
    return theirs is not None and theirs.lower() == email.lower()
