"""Who calls: the dependencies of every route. A route without `needs(...)` does not start."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.roles import PERMISSIONS
from oktee.access.scope import Scope
from oktee.access.sessions import COOKIE, SignedInUser, csrf_matches, find_session
from oktee.access.sso.people import belongs_elsewhere
from oktee.access.sso.policy import SsoRequired
from oktee.access.workspaces import Shown, Workspace, find_workspace
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from oktee.kit.settings import settings

PERSON = "X-OKTee-Person"
"""Whom the page was loaded for: what an old tab sends must not take effect in the name of somebody else."""
BACKGROUND = "X-OKTee-Background"
"""With 1: nobody touched the page, it refreshes itself."""
SAFE = {"GET", "HEAD", "OPTIONS"}
FRESH = timedelta(minutes=10)
LONGEST_SLUG = 60
CONFIRM = "Confirm that it is you: this act asks for your second factor again."


class NotSignedIn(Unauthenticated):
    """There is no valid session with this request."""


class CrossSiteRequest(Forbidden):
    """An unsafe request must come from our own pages, with the session's token."""


class MfaRequired(Forbidden):
    """This session has to pass a second factor first."""


class PasswordExpired(Forbidden):
    """The password is older than the policy allows: it has to be changed first."""


class FreshFactorRequired(Forbidden):
    """A dangerous act asks for a factor proved in the last ten minutes."""


class StaleTab(Conflict):
    """The page was loaded for another person than the one who is signed in now."""


class PreviewReadOnly(Forbidden):
    """Whoever looks at a workspace as somebody else changes nothing there."""


class ModuleOff(Forbidden):
    """The workspace has not switched on the module that this belongs to."""


class PermissionMissing(Forbidden):
    """The role of this person does not include the permission."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A person in one workspace: what every screen knows about who asks."""

    organization_id: UUID
    slug: str
    user_id: UUID
    name: str
    email: str
    role: str
    permissions: frozenset[str]
    modules: tuple[str, ...]
    session_id: UUID
    locale: str
    time_zone: str
    currency: str
    address: str
    scope: Scope | None = None
    """What part of the workspace this person sees; None = all of it. The permissions are those within the scope."""

    second_factor: bool = False
    fresh_at: datetime | None = None
    """When the person last proved a factor in this session."""

    role_name: str | None = None
    """The name of a role of the organization's own."""

    preview: Shown | None = None
    """Whose view this is, while the person looks at the workspace as somebody else; they are still who acts."""

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def address_of(request: Request) -> str:
    """The peer's address; proxy headers count only when uvicorn was told to trust that proxy."""
    return request.client.host if request.client else "unknown"


def refuse_cross_site(request: Request) -> None:
    """Origin equal to ours, or Sec-Fetch-Site: same-origin."""
    origin = request.headers.get("origin")
    if origin is not None:
        parts = urlsplit(origin)
        if f"{parts.scheme}://{parts.netloc}" == settings().public_url:
            return
    elif request.headers.get("sec-fetch-site") == "same-origin":
        return
    raise CrossSiteRequest("This request does not come from OKTee's own pages.")


def asks_by_itself(request: Request) -> bool:
    """The page asks without its person (the stream, a refresh): that must not keep an idle session alive."""
    return request.headers.get("accept") == "text/event-stream" or request.headers.get(BACKGROUND) == "1"


async def arriving(request: Request) -> SignedInUser:
    """The person of the session cookie, perhaps half signed in: only for sign-in, factors and signing out.

    Unsafe methods also need the CSRF token.
    """
    token = request.cookies.get(COOKIE)
    found = await find_session(token, touch=not asks_by_itself(request)) if token else None
    if found is None:
        raise NotSignedIn("Sign in to go on.")
    if request.method not in SAFE:
        refuse_cross_site(request)
        loaded_for = request.headers.get(PERSON)
        if loaded_for is not None and loaded_for != str(found.user_id):
            raise StaleTab("Somebody else has signed in in this browser since this page was loaded. Load it again.")
        if not csrf_matches(found.session_id, request.headers.get("x-csrf-token", "")):
            raise CrossSiteRequest("The request lacks the session's token. Reload the page and try again.")
    return found


Arriving = Annotated[SignedInUser, Depends(arriving)]


async def signed_in(user: Arriving) -> SignedInUser:
    """The person of the session cookie, who owes nothing any more."""
    if user.owes == "factor":
        raise MfaRequired("Confirm your sign-in with your second factor first.")
    if user.owes == "password":
        raise PasswordExpired("Your password has expired. Change it to go on.")
    return user


SignedIn = Annotated[SignedInUser, Depends(signed_in)]


def is_fresh(fresh_at: datetime | None) -> bool:
    """Whether a factor was proved recently enough for a dangerous act."""
    return fresh_at is not None and now() - fresh_at < FRESH


async def fresh_person(user: Arriving) -> SignedInUser:
    """For acts on one's own password, e-mail and factors, outside every workspace: what is owed is a factor proved now."""
    if user.owes == "factor":
        raise MfaRequired("Confirm your sign-in with your second factor first.")
    if not is_fresh(user.fresh_at) and not await _is_vouched_for_wholly(user):
        raise FreshFactorRequired(CONFIRM)
    return user


async def _is_vouched_for_wholly(user: SignedInUser) -> bool:
    """A company's provider may speak for the account itself only where the person has no factor of their own and works for
    that company alone: else whoever runs it could set up a factor and walk into the other companies."""
    if user.has_factor or user.sso_organization_id is None or not is_fresh(user.vouched_at):
        return False
    async with global_session() as session:
        return not await belongs_elsewhere(session, user.user_id, user.sso_organization_id)


FreshPerson = Annotated[SignedInUser, Depends(fresh_person)]


def demands_factor(workspace: Workspace) -> bool:
    """Whether this person needs a second factor for this workspace (SEC-06)."""
    return workspace.demands_factor


async def caller(
    request: Request,
    user: SignedIn,
    workspace: Annotated[str, Path(description="The slug of the workspace", max_length=LONGEST_SLUG)],
) -> Caller:
    """The person in the workspace of the address; somebody else's workspace and a missing one look alike."""
    found = await find_workspace(user.user_id, workspace, session_id=user.session_id, touch=not asks_by_itself(request))
    if found is None:
        raise NotFound("There is no such workspace.")
    who = caller_of(user, found, address=address_of(request), changes=request.method not in SAFE)
    request.state.caller = who  # a refusal is counted by who was refused
    return who


CallerIn = Annotated[Caller, Depends(caller)]


def caller_of(user: SignedInUser, found: Workspace, *, address: str, changes: bool) -> Caller:
    """This person in this workspace, once they may be there. `changes`: what they ask for is not only reading."""
    if found.sso_required_by is not None and found.sso_required_by != user.sso_provider_id:
        raise SsoRequired("This workspace asks you to sign in with your company's own account.")
    if not user.opens(found.organization_id):
        raise FreshFactorRequired("Another company's sign-in does not open this workspace. Confirm that it is you.")
    if found.preview is not None and changes:
        raise PreviewReadOnly(
            f"You look at this workspace as {found.preview.name}. End the preview to change anything."
        )
    if not user.passed_factor(found.organization_id) and demands_factor(found):
        raise MfaRequired("Your role asks for a second factor. Set one up in your profile.")
    return Caller(
        found.organization_id,
        found.slug,
        user.user_id,
        user.name,
        user.email,
        found.role,
        found.permissions,
        found.modules,
        user.session_id,
        user.locale,
        found.time_zone,
        found.currency,
        address,
        found.scope,
        second_factor=user.passed_factor(found.organization_id),
        fresh_at=user.fresh_in(found.organization_id),
        role_name=found.role_name,
        preview=found.preview,
    )


async def get_session(who: CallerIn) -> AsyncIterator[AsyncSession]:
    """The tenant's session within the caller's scope: it commits before the answer leaves."""
    async with tenant_session(who.organization_id, who.scope) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


class _Needs:
    """The declared permission of a route."""

    def __init__(self, permission: str, *, fresh: bool) -> None:
        if permission not in PERMISSIONS:
            raise ValueError(f"{permission} is not in access/roles.py")
        self.permission = permission
        self.fresh = fresh

    async def __call__(self, who: CallerIn) -> Caller:
        if not who.may(self.permission):
            raise PermissionMissing(
                f"Your role {who.role_name or who.role.replace('_', ' ')} does not include {self.permission}. Ask an owner of the workspace."
            )
        if self.fresh and not is_fresh(who.fresh_at):
            raise FreshFactorRequired(CONFIRM)
        return who


def needs(permission: str, *, fresh: bool = False) -> Any:
    """Declare a route's permission: `dependencies=[needs("orders.read")]`. `fresh`: a dangerous act, which asks for a
    factor proved in the last ten minutes."""
    return Depends(_Needs(permission, fresh=fresh))


def part_of(module: str) -> Any:
    """The routes of a module family answer only where it is switched on; what it has stored stays."""

    async def check(who: CallerIn) -> None:
        if module != "administration" and module not in who.modules:
            raise ModuleOff(
                f"The module {module} is switched off in this workspace. An owner or admin can switch it on."
            )

    return Depends(check)


def declared_permission(dependencies: list[Any]) -> str | None:
    """What a route declared, for the start-up check and the matrix test."""
    found = [d.dependency.permission for d in dependencies if isinstance(getattr(d, "dependency", None), _Needs)]
    return found[0] if found else None
