"""Who of OKTee's people calls, and the one way into an organization: a live grant, asked of the staff role's row policies.

Whatever a route of an organization answers is noted as a row of the customer's before it leaves: the note is written by
the dependency, so that no route can forget it.
"""

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import SAFE, CrossSiteRequest, NotSignedIn, address_of, refuse_cross_site
from oktee.access.support.areas import Area
from oktee.access.support.people import COOKIE, StaffPerson, csrf_of, find_staff_session
from oktee.access.support.tables import SupportGrant, SupportRead
from oktee.access.tables import Organization
from oktee.kit.clock import now
from oktee.kit.database import sqlstate, staff_database, staff_session, tenant_session
from oktee.kit.errors import Forbidden, NotFound

NOT_PERMITTED = "42501"
"""PostgreSQL, appendix A: insufficient_privilege; also what a row policy answers to a write."""
BACKGROUND = "x-oktee-background"


class GrantReadOnly(Forbidden):
    """The grant lets its person look, and change nothing."""


@dataclass(slots=True)
class Visit:
    """One request of a staff person into one organization, under one grant. `session` is of the role oktee_staff.

    `object_label`: the name of what was looked at, known once it was read.
    """

    staff: StaffPerson
    organization_id: UUID
    slug: str
    grant_id: UUID
    address: str
    session: AsyncSession
    object_label: str | None = field(default=None)


async def console_on() -> None:
    """Where there is no staff database the console does not exist."""
    if not staff_database.is_open:
        raise NotFound("There is nothing at this address.")


async def staff_signed_in(request: Request, on: Annotated[None, Depends(console_on)]) -> StaffPerson:
    """The staff person of the console's own cookie; unsafe methods also need its CSRF token."""
    token = request.cookies.get(COOKIE)
    stream = request.headers.get("accept") == "text/event-stream"
    quiet = stream or request.headers.get(BACKGROUND) == "1"
    found = await find_staff_session(token, touch=not quiet) if token else None
    if found is None:
        raise NotSignedIn("Sign in to go on.")
    if request.method not in SAFE:
        refuse_cross_site(request)
        if not _same(csrf_of(found.session_id), request.headers.get("x-csrf-token", "")):
            raise CrossSiteRequest("The request lacks the session's token. Reload the page and try again.")
    return found


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode())


Staff = Annotated[StaffPerson, Depends(staff_signed_in)]
Slug = Annotated[str, Path(description="The slug of the organization", max_length=60)]


def visits(area: Area, *, writing: bool = False) -> Any:
    """The dependency of every route into an organization: 404 without a live grant for this area, 403 for a write under
    one that is read-only."""

    async def enter(request: Request, staff: Staff, slug: Slug) -> AsyncIterator[Visit]:
        organization_id = await organization_of(staff, slug)
        address = address_of(request)
        try:
            async with staff_session(organization_id, staff.id) as session:
                grant = await live_grant(session, staff, area, writing=writing)
                visit = Visit(staff, organization_id, slug, grant.id, address, session)
                yield visit
                await note(visit, area, request)
        except DBAPIError as error:
            if sqlstate(error) == NOT_PERMITTED:
                raise GrantReadOnly("The database refused this under your grant.") from None
            raise

    enter.__name__ = f"visits_{area}{'_writing' if writing else ''}"
    return Depends(_declared(enter), scope="function")


def _declared(enter: Callable[..., AsyncIterator[Visit]]) -> Callable[..., AsyncIterator[Visit]]:
    """Marked, so that a test finds every route into an organization guarded."""
    enter.opens_an_organization = True  # type: ignore[attr-defined]  # a function takes attributes
    return enter


async def organization_of(staff: StaffPerson, slug: str) -> UUID:
    """Raises NotFound: the same for a missing organization as for one without a grant."""
    async with staff_session(None, staff.id) as session:
        found = await session.scalar(select(Organization.id).where(Organization.slug == slug))
    if found is None:
        raise NotFound("There is no live grant of yours for this organization and area.")
    return found


async def live_grant(session: AsyncSession, staff: StaffPerson, area: Area | None, *, writing: bool) -> SupportGrant:
    """The grant this request goes under. Whether there is one says `staff_may`, as the row policies do. Raises NotFound,
    GrantReadOnly."""
    areas = [area] if area else None
    may = text("select staff_may(cast(:areas as text[]), :writing)")
    if not await session.scalar(may, {"areas": areas, "writing": False}):
        raise NotFound("There is no live grant of yours for this organization and area.")
    if writing and not await session.scalar(may, {"areas": areas, "writing": True}):
        raise GrantReadOnly("Your grant is read-only: nothing is changed under it.")
    at = now()
    wanted = select(SupportGrant).where(
        SupportGrant.organization_id == session.info["organization_id"],
        SupportGrant.staff_id == staff.id,
        SupportGrant.state == "granted",
        SupportGrant.ended_at.is_(None),
        SupportGrant.expires_at > at,
    )
    if area:
        wanted = wanted.where(SupportGrant.scope.contains([area]))
    if writing:
        wanted = wanted.where(SupportGrant.read_only.is_(False))
    grant = (await session.scalars(wanted.order_by(SupportGrant.expires_at.desc()))).first()
    if grant is None:
        raise NotFound("There is no live grant of yours for this organization and area.")
    return grant


async def note(visit: Visit, area: Area, request: Request) -> None:
    """The customer's row about this answer, as the runtime role, committed before the answer leaves."""
    route = request.scope.get("route")
    named = {name: value for name, value in request.path_params.items() if name != "slug"}
    kind, value = next(iter(named.items()), (None, None))
    async with tenant_session(visit.organization_id) as session:
        session.add(
            SupportRead(
                grant_id=visit.grant_id,
                at=now(),
                area=area,
                operation=getattr(route, "name", request.url.path),
                object_type=kind.removesuffix("_id") if kind else None,
                object_id=str(value) if value is not None else None,
                object_label=visit.object_label,
                query=request.url.query[:1000],
                address=visit.address,
            )
        )
