"""The consent at Amazon: a one-use state bound to session, user and organization, and what comes back (trust/OAUTH 2)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.sessions import SignedInUser
from oktee.access.workspaces import Workspace, list_workspaces
from oktee.amazon.client import lwa
from oktee.amazon.client.errors import AmazonError, ApplicationRejected
from oktee.amazon.connection import applications, grants, lifecycle
from oktee.amazon.connection.grants import Grant, Outcome
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.outbound import outbound
from oktee.amazon.connection.tables import Application, OAuthRequest
from oktee.journal.record import Actor, Subject, record
from oktee.kit.crypto import digest
from oktee.kit.database import global_session, organization_of, tenant_session
from oktee.kit.errors import Conflict, field_error
from oktee.kit.module import installed

LIVES: Final = timedelta(minutes=10)
"""The code of the answer lives 5 minutes; the person may read Amazon's page first. Counted on the database's clock."""

MANAGE: Final = "connection.manage"
PARTNER_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
CODE: Final = re.compile(r"[\x21-\x7e]{1,512}")

Result = Literal["connected", "declined", "state_mismatch", "expired", "already_connected", "failed"]

log = structlog.get_logger(__name__)


class NoApplication(Conflict):
    """OKTee has no application at Amazon for that region whose roles cover what is switched on."""


class ModulesChanged(Conflict):
    """What the person was shown is not what would be asked for now."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, until when it may come back, and what Amazon's page will say."""

    url: str
    expires_at: datetime
    application: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought to the callback; nothing of it is trusted yet."""

    region: str
    state: str | None
    code: str | None
    selling_partner_id: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the person is sent next: the workspace (None: they have none), what happened, the connection if there is one."""

    slug: str | None
    result: Result
    connection_id: UUID | None = None


async def begin(
    session: AsyncSession,
    marketplace_id: str,
    *,
    user_id: UUID,
    session_id: UUID,
    enabled: Sequence[str],
    shown: Sequence[str] = (),
    connection_id: UUID | None = None,
) -> Begun:
    """Start a consent for the organization of this session, at the application with the fewest roles that cover the
    `enabled` modules. `shown`: the modules the person was shown, when the page says; `connection_id`: the connection that
    is renewed. Raises Invalid for an unknown marketplace or module, ModulesChanged, NoApplication, NotFound."""
    marketplace = find_marketplace(marketplace_id)
    if marketplace is None:
        raise field_error("/marketplace_id", "unknown_marketplace", "There is no such Amazon marketplace.")
    unknown = set(shown) - {module.name for module in installed().modules}
    if unknown:
        raise field_error("/modules", "unknown_module", f"There is no module {min(unknown)}.")
    if shown and set(shown) != set(enabled):
        raise ModulesChanged("The modules have been changed meanwhile: look again at what will be asked for.")
    if connection_id is not None:
        renewed = await lifecycle.get_connection(session, connection_id)
        if renewed.region != marketplace.region:
            raise field_error("/marketplace_id", "other_region", "This connection belongs to another region of Amazon.")
    application = await applications.find_application(session, marketplace.region, installed().operations(enabled))
    page = applications.consent_page(application, marketplace) if application else None
    if application is None or page is None:
        raise NoApplication(f"OKTee cannot connect accounts in {marketplace.name} yet: ask its operator.")
    wanted = Wanted("website", application, marketplace.id, user_id, session_id, tuple(enabled), connection_id)
    state, expires_at = await remember(session, wanted)
    url = applications.consent_url(
        page, application, state=state, redirect_uri=applications.redirect_uri(marketplace.region)
    )
    return Begun(url, expires_at, application.name, tuple(application.roles))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A consent about to be asked for: which application, where, by whom, for which modules, renewing which connection."""

    flow: Literal["website", "amazon"]
    application: Application
    marketplace_id: str
    user_id: UUID
    session_id: UUID
    modules: tuple[str, ...]
    connection_id: UUID | None = None


async def remember(session: AsyncSession, wanted: Wanted) -> tuple[str, datetime]:
    """A fresh state (of which only the SHA-256 is kept) and until when it may come back."""
    organization_id = organization_of(session)
    await session.execute(
        delete(OAuthRequest).where(
            OAuthRequest.organization_id == organization_id, OAuthRequest.expires_at < func.now() - timedelta(days=1)
        )
    )
    state = secrets.token_urlsafe(32)
    expires_at = await session.scalar(
        insert(OAuthRequest)
        .values(
            state_hash=digest(state),
            organization_id=organization_id,
            user_id=wanted.user_id,
            session_id=wanted.session_id,
            application_id=wanted.application.id,
            flow=wanted.flow,
            region=wanted.application.region,
            marketplace_id=wanted.marketplace_id,
            redirect_uri=applications.redirect_uri(wanted.application.region),
            modules=list(wanted.modules),
            connection_id=wanted.connection_id,
            expires_at=func.now() + LIVES,
        )
        .returning(OAuthRequest.expires_at)
    )
    assert expires_at is not None
    return state, expires_at


async def complete(returned: Returned, *, user: SignedInUser, address: str) -> Landing:
    """What the callback does, whatever came: consume the state, check who is here, exchange the code once, store.

    Outside a session. Never raises for what the browser brought.
    """
    actor = Actor("person", user.name, str(user.user_id), user.session_id, address)
    workspaces = await list_workspaces(user.user_id)
    request, refused = await _consume(returned, user)
    if request is None:
        slug = next(iter(workspaces)).slug if workspaces else None
        if refused == "state_mismatch" and workspaces:
            await _note(workspaces[0].organization_id, "oauth.state_mismatch", actor, returned.region)
        return Landing(slug, refused)
    workspace = next((each for each in workspaces if each.organization_id == request.organization_id), None)
    landing = Landing(workspace.slug if workspace else None, "failed")
    if request.region != returned.region:
        await _note(request.organization_id, "oauth.state_mismatch", actor, returned.region)
        return replace(landing, result="state_mismatch")
    if not _may_connect(workspace):
        await _fail(request, actor, "not_permitted")
        return landing
    if returned.error is not None or returned.code is None:
        await _note(request.organization_id, "connection.declined", actor, request.region, request.marketplace_id)
        return replace(landing, result="declined")
    partner_id = returned.selling_partner_id or ""
    if not PARTNER_ID.fullmatch(partner_id) or not CODE.fullmatch(returned.code):
        await _fail(request, actor, "incomplete_answer")
        return landing
    grant = await _exchange(request, returned.code, partner_id, actor)
    if grant is None:
        return landing
    outcome, connection_id = await grants.store(grant)
    if outcome is Outcome.CLAIMED_ELSEWHERE:
        return replace(landing, result="already_connected")
    return replace(
        landing, result="connected" if outcome is Outcome.CONNECTED else "failed", connection_id=connection_id
    )


def _may_connect(workspace: Workspace | None) -> bool:
    """Still a member, in a role that may: it may have changed while the person was at Amazon's page."""
    return workspace is not None and MANAGE in workspace.permissions


async def _consume(returned: Returned, user: SignedInUser) -> tuple[OAuthRequest | None, Result]:
    """Take the request of this state, once. Otherwise why not: `expired` (too old, or used before) only for the person
    and session that began it; everything else is a mismatch."""
    if not returned.state:
        return None, "state_mismatch"
    hashed = digest(returned.state)
    async with global_session() as session:
        taken = await session.scalars(
            update(OAuthRequest)
            .where(
                OAuthRequest.state_hash == hashed,
                OAuthRequest.consumed_at.is_(None),
                OAuthRequest.expires_at > func.now(),
                OAuthRequest.session_id == user.session_id,
                OAuthRequest.user_id == user.user_id,
            )
            .values(consumed_at=func.now())
            .returning(OAuthRequest)
        )
        request = taken.first()
        if request is not None:
            return request, "failed"
        known = (await session.scalars(select(OAuthRequest).where(OAuthRequest.state_hash == hashed))).first()
    own = known is not None and known.session_id == user.session_id and known.region == returned.region
    return None, "expired" if own else "state_mismatch"


async def _exchange(request: OAuthRequest, code: str, selling_partner_id: str, actor: Actor) -> Grant | None:
    """Trade the code for tokens at the endpoint of the application the request was made for. A code works once: a failure
    is never repeated, the person starts again."""
    application = await _application(request.application_id)
    credentials = await applications.get_credentials(application.id)
    try:
        tokens = await lwa.exchange_code(
            outbound.lwa,
            token_url=credentials.token_url,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            code=code,
            redirect_uri=request.redirect_uri,
        )
    except AmazonError as error:
        if isinstance(error, ApplicationRejected):
            await applications.reject(application.id, error.reason)
        await _fail(request, actor, type(error).__name__)
        return None
    await applications.accept(application.id)
    if tokens.refresh_token is None:
        await _fail(request, actor, "no_refresh_token")
        return None
    return Grant(
        organization_id=request.organization_id,
        application=application,
        selling_partner_id=selling_partner_id,
        marketplace_id=request.marketplace_id,
        refresh_token=tokens.refresh_token,
        tokens=tokens,
        actor=actor,
        user_id=request.user_id,
        renews=request.connection_id,
    )


async def _application(application_id: UUID) -> Application:
    async with global_session() as session:
        return await session.get_one(Application, application_id)


async def _fail(request: OAuthRequest, actor: Actor, reason: str) -> None:
    log.warning("authorization_failed", reason=reason, region=request.region)
    await _note(
        request.organization_id,
        "connection.authorization_failed",
        actor,
        request.region,
        request.marketplace_id,
        reason=reason,
    )


async def _note(
    organization_id: UUID,
    kind: str,
    actor: Actor,
    region: str,
    marketplace_id: str | None = None,
    *,
    reason: str | None = None,
) -> None:
    payload = {"region": region} | ({"reason": reason} if reason else {})
    async with tenant_session(organization_id) as session:
        await record(
            session,
            kind,
            actor=actor,
            subject=Subject("authorization", region, region),
            outcome="failed",
            audit=True,
            payload=payload,
            marketplace_id=marketplace_id,
        )
