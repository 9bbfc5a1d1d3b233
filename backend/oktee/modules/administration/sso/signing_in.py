"""The way through the company's identity provider: where the browser goes, and the address it comes back to."""

from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import func, update

from oktee.access.caller import address_of, refuse_cross_site
from oktee.access.signing_in import session_of
from oktee.access.sso import discovery, flow
from oktee.access.sso.flow import SignInRefused
from oktee.access.sso.people import admit, find_provider, is_member
from oktee.access.sso.tables import SsoProvider
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.journal.sealed import read
from oktee.kit import safe_http
from oktee.kit.crypto import Unsealable
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import NotFound, Unavailable, field_error
from oktee.modules.administration.identity.me import agent_of, set_cookie
from oktee.modules.administration.identity.notes import note
from oktee.modules.administration.sso.secret import CLIENT_SECRET

BROWSER: Final = "__Host-oktee_sso"
"""Binds a sign-in under way to this browser."""
HEADERS: Final = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}

log = structlog.get_logger(__name__)
router = APIRouter(tags=["administration"])
callback_router = APIRouter(include_in_schema=False)


class SsoStartIn(BaseModel):
    """Whose company: by the person's e-mail, or by the workspace of a link."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr | None = None
    workspace: Annotated[str | None, Field(max_length=60)] = None


class SsoStart(BaseModel):
    """Where the browser goes now."""

    url: str
    name: str


class NoCompanySignIn(NotFound):
    """No company sign-in is set up for this address or workspace."""


class ProviderAway(Unavailable):
    """The company's identity provider does not answer as it should."""


@router.post("/session/sso", responses={403: {}, 404: {}})
async def start_sso(body: SsoStartIn, request: Request, response: Response) -> SsoStart:
    """Begin to sign in at the company's identity provider. Domains are looked up, never people."""
    refuse_cross_site(request)
    if (body.email is None) == (body.workspace is None):
        raise field_error("/email", "one_of", "Name an e-mail address or a workspace.")
    provider = await find_provider(email=body.email, workspace=body.workspace)
    if provider is None:
        raise NoCompanySignIn("No company sign-in is set up for this address.")
    try:
        metadata = await discovery.discover(provider.issuer)
    except safe_http.Refused as refused:
        log.warning("sso_provider_away", provider=str(provider.id), reason=refused.reason)
        raise ProviderAway("Your company's sign-in does not answer at the moment. Try again.") from None
    browser = request.cookies.get(BROWSER, "")
    if len(browser) != 43:  # another tab may be under way with the one there is
        browser = flow.new_browser()
    async with global_session() as session:
        url = await flow.start(session, provider, metadata, browser=browser, hint=body.email or "")
    response.set_cookie(BROWSER, browser, max_age=600, path="/", secure=True, httponly=True, samesite="lax")
    return SsoStart(url=url, name=provider.name)


@callback_router.get("/oauth/sso/{provider_id}/callback", status_code=303, response_class=RedirectResponse)
async def finish_sso(
    request: Request,
    provider_id: UUID,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
    error: Annotated[str | None, Query(max_length=200)] = None,
) -> RedirectResponse:
    """Where the identity provider sends the browser back: 303 to a clean address, loading nothing."""
    async with global_session() as session:
        provider = await session.get(SsoProvider, provider_id)
    if provider is None:
        return _refused("state")
    try:
        token, user_id, new = await _admit(request, provider, state=state, code=code, issuer=iss, error=error)
    except SignInRefused as refused:
        await _tell(provider, refused.reason, address_of(request))
        return _refused(refused.reason)
    user = await session_of(token)
    if user.owes != "factor":
        await note(user, "session.started", request, factor="sso")
    if new or not await is_member(provider.organization_id, user_id):
        async with tenant_session(provider.organization_id) as session:
            actor = Actor("person", user.name, str(user_id), user.session_id, address_of(request))
            await record(
                session, "sso.arrived", actor=actor, subject=Subject("user", str(user_id), user.name), audit=True
            )  # fmt: skip
    answer = RedirectResponse("/", 303, HEADERS)
    set_cookie(answer, token)
    answer.delete_cookie(BROWSER, path="/", secure=True, httponly=True, samesite="lax")
    return answer


async def _admit(
    request: Request, provider: SsoProvider, *, state: str, code: str, issuer: str | None, error: str | None
) -> tuple[str, UUID, bool]:
    async with global_session() as session:
        good = await flow.consume(session, provider.id, state=state, browser=request.cookies.get(BROWSER, ""))
    if not good:
        raise SignInRefused("state")
    if not provider.enabled:
        raise SignInRefused("provider")
    if error is not None or not code:
        raise SignInRefused("declined")
    try:
        secret = await read(provider.organization_id, kind=CLIENT_SECRET, owner_id=provider.id)
    except Unsealable:
        secret = None
    if secret is None:
        raise SignInRefused("provider")
    identity = await flow.finish(provider, secret[0], code=code, state=state, issuer=issuer)
    admitted = await admit(provider, identity, user_agent=agent_of(request), address=address_of(request))
    if provider.tested_at is None:
        async with global_session() as session:
            await session.execute(update(SsoProvider).where(SsoProvider.id == provider.id).values(tested_at=func.now()))
    return admitted


async def _tell(provider: SsoProvider, reason: str, address: str) -> None:
    """The company's journal names every sign-in that was refused, and never what the provider said."""
    log.info("sso_refused", provider=str(provider.id), reason=reason)
    async with tenant_session(provider.organization_id) as session:
        actor = Actor(SYSTEM.type, SYSTEM.name, address=address)
        await record(
            session, "sso.refused", actor=actor, subject=Subject("sso_provider", str(provider.id), provider.name),
            outcome="failed", audit=True, payload={"reason": reason},
        )  # fmt: skip


def _refused(reason: str) -> RedirectResponse:
    return RedirectResponse(f"/sign-in?sso={reason}", 303, HEADERS)
