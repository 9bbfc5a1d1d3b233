"""My workspaces: those of a person side by side, making one, leaving one, ending a preview. Outside every workspace."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, field_validator

from oktee.access.caller import CONFIRM, FreshFactorRequired, SignedIn, address_of
from oktee.access.people import members
from oktee.access.people.founding import Wanted, found_workspace, may_found
from oktee.access.people.tables import Preview
from oktee.access.sessions import SignedInUser
from oktee.access.workspaces import Workspace, find_workspace, list_workspaces
from oktee.amazon.connection.marketplaces import MARKETPLACES
from oktee.journal.record import Actor, Subject
from oktee.kit.database import global_session, new_id, tenant_session
from oktee.kit.errors import NotFound
from oktee.kit.module import Glance, installed
from oktee.modules.administration.people.noting import note, note_change, of_user
from oktee.modules.administration.people.wire import In

router = APIRouter(prefix="/workspaces", tags=["administration"])
READS = "orders.read"
Slug = Annotated[str, Path(max_length=60)]
CURRENCIES = tuple(sorted({each.currency for each in MARKETPLACES.values()} | {"CHF", "DKK", "NOK"}))
COUNTRY = r"^[A-Z]{2}$"


class WorkspaceIn(In):
    """Company, country, time zone, currency, language: what a workspace begins with."""

    company: str = Field(min_length=1, max_length=120, pattern=r"\w", examples=["Lumea Cosmetics"])
    country: str = Field(pattern=COUNTRY, examples=["FR"])
    time_zone: str = Field(max_length=60, examples=["Europe/Paris"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])
    language: Literal["en", "fr"] = "en"

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no IANA time zone, such as Europe/Paris")
        return value


class WorkspaceMade(BaseModel):
    """The new workspace."""

    slug: str
    name: str


class MyWorkspace(BaseModel):
    """A workspace of mine. `waiting`, `next_at`, `exceptions`: orders that wait for an answer, the next deadline and
    orders a person has to look at; none where I may not read orders or Supply is off. `locked`: it asks for the company's
    sign-in or a second factor, which this session has not passed."""

    slug: str
    name: str
    role: str
    role_name: str | None
    time_zone: str
    waiting: int | None
    next_at: datetime | None
    exceptions: int | None
    locked: bool
    unfinished: bool = Field(description="Its owner has not chosen modules yet: the first run goes on")


class MyWorkspaces(BaseModel):
    """Side by side, never summed or compared."""

    rows: list[MyWorkspace]
    may_create: bool
    currencies: list[str]


@router.get("", responses={401: {}, 403: {}})
async def list_my_workspaces(user: SignedIn) -> MyWorkspaces:
    """Where I may work, and what waits there."""
    found = await list_workspaces(user.user_id)
    async with global_session() as session:
        may_create = await may_found(session, user.user_id)
    return MyWorkspaces(
        rows=[await _row(each, user) for each in found], may_create=may_create, currencies=list(CURRENCIES)
    )


@router.post("", status_code=201, responses={401: {}, 403: {}, 429: {}})
async def create_workspace(body: WorkspaceIn, user: SignedIn, request: Request) -> WorkspaceMade:
    """Make a workspace and own it. Who has no second factor sets one up next, since an owner needs one."""
    organization_id = new_id()
    wanted = Wanted(body.company, body.country, body.time_zone, body.currency, body.language)
    async with tenant_session(organization_id) as session:
        made = await found_workspace(session, organization_id, user.user_id, wanted)
        await note(
            session, _actor(user, request), "workspace.created",
            subject=Subject("organization", str(made.id), made.name),
            payload={"country": made.country, "time_zone": made.time_zone, "currency": made.currency},
        )  # fmt: skip
    return WorkspaceMade(slug=made.slug, name=made.name)


@router.delete("/{slug}/membership", status_code=204, responses={401: {}, 403: {}, 404: {}, 409: {}})
async def leave_workspace(slug: Slug, user: SignedIn, request: Request) -> None:
    """Leave. The last owner cannot. All my sessions end: I sign in again for the others."""
    found = await _mine(user, slug)
    async with tenant_session(found.organization_id) as session:
        change = await members.remove(session, found.organization_id, user.user_id, held=None, by=user.user_id)
        await note_change(session, _actor(user, request), "people.left", change)


@router.delete("/{slug}/preview", status_code=204, responses={401: {}, 403: {}, 404: {}})
async def end_preview(slug: Slug, user: SignedIn, request: Request) -> None:
    """See the workspace with my own eyes again."""
    found = await _mine(user, slug)
    async with tenant_session(found.organization_id) as session:
        preview = await session.get(Preview, (user.session_id, found.organization_id))
        if preview is None:
            return
        shown = found.preview.name if found.preview else ""
        await session.delete(preview)
        subject = of_user(preview.user_id, shown)
        await note(session, _actor(user, request), "preview.ended", subject=subject)


async def _mine(user: SignedInUser, slug: str) -> Workspace:
    found = await find_workspace(user.user_id, slug, session_id=user.session_id)
    if found is None:
        raise NotFound("There is no such workspace.")
    if not user.opens(found.organization_id):
        raise FreshFactorRequired(CONFIRM)
    return found


async def _row(found: Workspace, user: SignedInUser) -> MyWorkspace:
    elsewhere = found.sso_required_by is not None and found.sso_required_by != user.sso_provider_id
    locked = (
        elsewhere
        or not user.opens(found.organization_id)
        or (found.demands_factor and not user.passed_factor(found.organization_id))
    )
    glance = None if locked or READS not in found.permissions else await _glance(found)
    return MyWorkspace(
        slug=found.slug, name=found.name, role=found.role, role_name=found.role_name, time_zone=found.time_zone,
        waiting=glance.waiting if glance else None, next_at=glance.next_at if glance else None,
        exceptions=glance.exceptions if glance else None, locked=locked,
        unfinished=found.modules == ("administration",) and "settings.manage" in found.permissions,
    )  # fmt: skip


async def _glance(found: Workspace) -> Glance | None:
    """Of the one module that has something to say; each workspace in a session of its own, within the person's scope."""
    for module in installed().enabled(found.modules):
        if module.glance is not None:
            async with tenant_session(found.organization_id, found.scope) as session:
                return await module.glance(session)
    return None


def _actor(user: SignedInUser, request: Request) -> Actor:
    return Actor("person", user.name, str(user.user_id), user.session_id, address_of(request))
