"""Who is signed in, as every page reads it: the person, what this session still owes, and their workspaces."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import func, select

from oktee.access.caller import demands_factor
from oktee.access.factors.tables import Factor, RecoveryCode
from oktee.access.sessions import COOKIE, SignedInUser, csrf_token
from oktee.access.tables import User
from oktee.access.workspaces import Workspace, list_workspaces
from oktee.kit.database import global_session
from oktee.kit.settings import settings
from oktee.modules.administration.identity.preferences import Preferences, preferences_of
from oktee.modules.administration.scope_wire import ScopeOut, scope_out


class MeUser(BaseModel):
    """The person."""

    id: UUID
    email: str
    name: str
    locale: str
    preferences: Preferences


class MePreview(BaseModel):
    """Whose view of the workspace this session is shown, and until when; nothing can be changed meanwhile."""

    user_id: UUID
    name: str
    ends_at: datetime


class MeWorkspace(BaseModel):
    """A workspace this person belongs to, and what they may do there."""

    slug: str
    name: str
    role: str
    role_name: str | None = None
    permissions: list[str]
    scope: ScopeOut | None
    modules: list[str]
    currency: str
    time_zone: str
    locale: str
    country: str
    preview: MePreview | None = None


class MeFactors(BaseModel):
    """Which second factors this person can prove."""

    totp: bool
    passkey: bool
    recovery_codes_left: int


class Me(BaseModel):
    """Who is signed in, the token unsafe requests must carry, and their workspaces.

    `next`: what has to happen before anything else (prove the second factor, change an expired password, set a second
    factor up). Before the factor is proved no workspace is told.
    """

    user: MeUser
    csrf_token: str
    next: Literal["factor", "password", "enrol"] | None
    factors: MeFactors
    second_factor: bool
    fresh_at: datetime | None
    workspaces: list[MeWorkspace]


async def me_of(user: SignedInUser) -> Me:
    """What the pages need to know of this session."""
    workspaces = [] if user.owes == "factor" else await list_workspaces(user.user_id, session_id=user.session_id)
    demanded = any(
        user.opens(each.organization_id) and not user.passed_factor(each.organization_id) and demands_factor(each)
        for each in workspaces
    )
    factors, preferences = await _of(user.user_id)
    return Me(
        user=MeUser(id=user.user_id, email=user.email, name=user.name, locale=user.locale, preferences=preferences),
        csrf_token=csrf_token(user.session_id),
        next=user.owes or ("enrol" if demanded else None),
        factors=factors,
        second_factor=user.second_factor or user.vouched_factor,
        fresh_at=user.fresh_at,
        workspaces=[_workspace(each) for each in workspaces],
    )


async def _of(user_id: UUID) -> tuple[MeFactors, Preferences]:
    kinds = select(Factor.kind).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None)).distinct()
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    async with global_session() as session:
        found = set((await session.scalars(kinds)).all())
        factors = MeFactors(
            totp="totp" in found, passkey="passkey" in found, recovery_codes_left=await session.scalar(left) or 0
        )
        stored = await session.scalar(select(User.preferences).where(User.id == user_id))
    return factors, preferences_of(stored or {})


def _workspace(found: Workspace) -> MeWorkspace:
    return MeWorkspace(
        slug=found.slug,
        name=found.name,
        role=found.role,
        role_name=found.role_name,
        permissions=sorted(found.permissions),
        scope=scope_out(found.scope),
        modules=list(found.modules),
        currency=found.currency,
        time_zone=found.time_zone,
        locale=found.locale,
        country=found.country,
        preview=MePreview(user_id=found.preview.user_id, name=found.preview.name, ends_at=found.preview.ends_at)
        if found.preview
        else None,
    )


def set_cookie(response: Response, token: str) -> None:
    """Out of reach of scripts, only over TLS, only to us."""
    response.set_cookie(
        COOKIE, token, max_age=settings().session_hours * 3600, path="/", secure=True, httponly=True, samesite="lax"
    )


def agent_of(request: Request) -> str:
    return request.headers.get("user-agent", "")
