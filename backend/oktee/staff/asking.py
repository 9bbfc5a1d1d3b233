"""Organizations by name, and asking for a grant: what a staff person can do before anything is opened to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select

from oktee.access.caller import address_of
from oktee.access.support.areas import MOST_HOURS, Area
from oktee.access.support.grants import is_live
from oktee.access.support.people import StaffPerson
from oktee.access.support.tables import SupportGrant
from oktee.access.tables import Organization
from oktee.kit.clock import now
from oktee.kit.database import staff_session, tenant_session
from oktee.kit.errors import NotFound
from oktee.modules.administration.support import acts
from oktee.modules.administration.support.wire import SupportAccess
from oktee.staff.visiting import Slug, Staff, organization_of

router = APIRouter()


class StaffOrganization(BaseModel):
    """A customer by name: nothing of its data. state: active or closed."""

    slug: str
    name: str
    state: str
    open_until: datetime | None = Field(description="until when a live grant of mine opens something there")


class StaffOrganizationList(BaseModel):
    rows: list[StaffOrganization]
    more: bool


class StaffGrant(SupportAccess):
    """A grant as staff see it. role: mine, or emergency (of a colleague, to agree to)."""

    organization: str
    slug: str
    role: str
    agreed: bool = Field(description="I have agreed to it already")


class StaffGrantList(BaseModel):
    rows: list[StaffGrant]


class GrantIn(BaseModel):
    """Why, for which ticket, which areas, for how long, and whether something has to be changed."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=10, max_length=500)]
    ticket: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w./#-]+$")]
    scope: Annotated[list[Area], Field(min_length=1, max_length=10)]
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 1
    read_only: bool = True
    emergency: bool = False


@router.get("/organizations")
async def list_staff_organizations(
    staff: Staff, q: Annotated[str | None, Query(max_length=80)] = None
) -> StaffOrganizationList:
    """Customers by name or slug; the first fifty."""
    wanted = select(Organization.id, Organization.slug, Organization.name, Organization.closed_at)
    if q and q.strip():
        word = q.strip()
        wanted = wanted.where(
            or_(Organization.name.icontains(word, autoescape=True), Organization.slug.icontains(word, autoescape=True))
        )
    async with staff_session(None, staff.id) as session:
        found = (await session.execute(wanted.order_by(Organization.name, Organization.id).limit(51))).all()
        open_until: dict[UUID, datetime] = {}
        for grant in await session.scalars(select(SupportGrant).where(SupportGrant.staff_id == staff.id)):
            if is_live(grant, now()) and grant.expires_at is not None:
                before = open_until.get(grant.organization_id, grant.expires_at)
                open_until[grant.organization_id] = max(before, grant.expires_at)
    rows = [
        StaffOrganization(
            slug=row.slug,
            name=row.name,
            state="closed" if row.closed_at else "active",
            open_until=open_until.get(row.id),
        )
        for row in found[:50]
    ]
    return StaffOrganizationList(rows=rows, more=len(found) > 50)


@router.get("/grants")
async def list_staff_grants(staff: Staff) -> StaffGrantList:
    """My requests and grants, and the emergencies of colleagues that wait for two others to agree."""
    async with staff_session(None, staff.id) as session:
        wanted = (
            select(SupportGrant, Organization.name, Organization.slug)
            .join(Organization, Organization.id == SupportGrant.organization_id)
            .where(
                or_(
                    SupportGrant.staff_id == staff.id,
                    SupportGrant.emergency.is_(True) & (SupportGrant.state == "requested"),
                )
            )
            .order_by(SupportGrant.requested_at.desc(), SupportGrant.id.desc())
            .limit(100)
        )
        found = (await session.execute(wanted)).all()
    return StaffGrantList(rows=[_grant(staff, *row) for row in found])


@router.post("/organizations/{slug}/grants", status_code=201, responses={409: {}})
async def ask_for_grant(body: GrantIn, staff: Staff, slug: Slug, request: Request) -> StaffGrant:
    """Ask the customer to be let in. Its owners get a mail."""
    organization_id, name = await _organization(staff, slug)
    async with tenant_session(organization_id) as session:
        grant = await acts.request(
            session,
            staff,
            address_of(request),
            reason=body.reason,
            ticket=body.ticket,
            scope=body.scope,
            hours=body.hours,
            read_only=body.read_only,
            emergency=body.emergency,
        )
    return _grant(staff, grant, name, slug)


@router.post("/grants/{grant_id}/agreement", responses={403: {}, 404: {}, 409: {}})
async def agree_to_emergency(grant_id: UUID, staff: Staff, request: Request) -> StaffGrant:
    """Agree to a colleague's emergency. Two people other than the one who asked begin it."""
    organization_id, name, slug = await _of_grant(staff, grant_id)
    async with tenant_session(organization_id) as session:
        grant = await acts.agree(session, staff, address_of(request), grant_id)
    return _grant(staff, grant, name, slug)


@router.delete("/grants/{grant_id}", responses={404: {}, 409: {}})
async def give_grant_back(grant_id: UUID, staff: Staff, request: Request) -> StaffGrant:
    """Withdraw my request, or end my grant."""
    organization_id, name, slug = await _of_grant(staff, grant_id, mine=True)
    address = address_of(request)
    async with tenant_session(organization_id) as session:
        found = await session.get(SupportGrant, grant_id)
        if found is not None and found.state == "granted":
            grant = await acts.end(session, grant_id, actor=acts.staff_actor(staff, address))
        else:
            grant = await acts.withdraw(session, staff, address, grant_id)
    return _grant(staff, grant, name, slug)


async def _organization(staff: StaffPerson, slug: str) -> tuple[UUID, str]:
    organization_id = await organization_of(staff, slug)
    async with staff_session(None, staff.id) as session:
        wanted = select(Organization.name, Organization.closed_at).where(Organization.id == organization_id)
        name, closed_at = (await session.execute(wanted)).one()
    if closed_at is not None:
        raise NotFound("This organization is closed.")
    return organization_id, str(name)


async def _of_grant(staff: StaffPerson, grant_id: UUID, *, mine: bool = False) -> tuple[UUID, str, str]:
    wanted = (
        select(SupportGrant.organization_id, Organization.name, Organization.slug)
        .join(Organization, Organization.id == SupportGrant.organization_id)
        .where(SupportGrant.id == grant_id)
    )
    if mine:
        wanted = wanted.where(SupportGrant.staff_id == staff.id)
    async with staff_session(None, staff.id) as session:
        found = (await session.execute(wanted)).one_or_none()
    if found is None:
        raise NotFound("There is no such request.")
    return found[0], found[1], found[2]


def _grant(staff: StaffPerson, grant: SupportGrant, organization: str, slug: str) -> StaffGrant:
    return StaffGrant(
        **SupportAccess.of(grant).model_dump(),
        organization=organization,
        slug=slug,
        role="mine" if grant.staff_id == staff.id else "emergency",
        agreed=staff.id in (grant.first_staff_id, grant.second_staff_id),
    )
