"""How a support grant is told: as facts of a journal entry, and as a mail to the owners in their language and time."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.support.grants import owners_of
from oktee.access.support.tables import SupportGrant
from oktee.access.tables import Organization
from oktee.journal.record import Subject
from oktee.kit.database import organization_of
from oktee.kit.settings import settings
from oktee.notify.mail import send_mail


def subject_of(grant: SupportGrant) -> Subject:
    return Subject("support_grant", str(grant.id), grant.ticket)


def facts(grant: SupportGrant) -> dict[str, Any]:
    """What an entry of the journal says of a grant, whichever act it tells; people by id, as in every audit entry."""
    return {
        "grant_id": str(grant.id),
        "staff_id": str(grant.staff_id),
        "ticket": grant.ticket,
        "scope": list(grant.scope),
        "read_only": grant.read_only,
        "hours": grant.hours,
        "emergency": grant.emergency,
        "approved_by": [str(who) for who in (grant.approved_by, grant.first_staff_id, grant.second_staff_id) if who],
        "starts_at": _iso(grant.starts_at),
        "expires_at": _iso(grant.expires_at),
    }


async def tell_owners(session: AsyncSession, grant: SupportGrant, what: str) -> None:
    """Mail to every owner, in their language, in the organization's time."""
    of = await organization(session)
    zone = ZoneInfo(of.time_zone)
    values = {
        "what": what,
        "staff": grant.staff_name,
        "ticket": grant.ticket,
        "reason": grant.reason,
        "areas": list(grant.scope),
        "read_only": grant.read_only,
        "emergency": grant.emergency,
        "hours": grant.hours,
        "by": grant.ended_by_name
        if what == "ended"
        else grant.approved_by_name or " + ".join(filter(None, (grant.first_staff_name, grant.second_staff_name))),
        "until": f"{grant.expires_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})" if grant.expires_at else "",
        "page": f"{settings().public_url}/{of.slug}/administration/support",
    }
    for email, locale in await owners_of(session, of.id):
        await send_mail(
            session, to=email, template="support_access", locale=locale, values=values, organization_id=of.id
        )


async def organization(session: AsyncSession) -> Organization:
    """The organization of this session."""
    wanted = select(Organization).where(Organization.id == organization_of(session))
    return (await session.scalars(wanted)).one()


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
