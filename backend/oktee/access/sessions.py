"""Sessions: opaque tokens in a `__Host-` cookie, kept here only as SHA-256; limits; ending them."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import Factor
from oktee.access.tables import User, UserSession
from oktee.kit.crypto import digest, sign
from oktee.kit.database import database, global_session
from oktee.kit.settings import settings

COOKIE = "__Host-oktee_session"
MOST_SESSIONS = 10


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Who this browser is signed in as."""

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    locale: str
    second_factor: bool = False
    """This session passed one."""
    fresh_at: datetime | None = None
    """When the person last proved a factor in it."""
    has_factor: bool = False
    """The person has one, so that a session without a proof of it is only half signed in."""
    password_expired: bool = False
    sso_provider_id: UUID | None = None
    """The company's identity provider that vouched for this session."""
    sso_organization_id: UUID | None = None
    """Whose provider that is: outside this organization its word counts for nothing."""
    vouched_factor: bool = False
    """The provider says that the person passed a second factor there."""
    vouched_at: datetime | None = None
    """When the provider said that it had asked the person just now."""

    @property
    def owes(self) -> str | None:
        """What has to happen before this session is good for anything else: factor, password or None."""
        if self.has_factor and not (self.second_factor or self.vouched_factor):
            return "factor"
        return "password" if self.password_expired else None

    def is_vouched_for(self, organization_id: UUID) -> bool:
        """Whether the company's provider speaks for this session there: one company never speaks for another."""
        return self.sso_organization_id is not None and self.sso_organization_id == organization_id

    def opens(self, organization_id: UUID) -> bool:
        """Whether this session is good there: by the word of that company's provider, or by a proof of the person's own
        (of their factor; of their password, as long as they have none)."""
        if self.sso_provider_id is None or self.second_factor or self.is_vouched_for(organization_id):
            return True
        return not self.has_factor and self.fresh_at is not None

    def passed_factor(self, organization_id: UUID) -> bool:
        """Whether a second factor counts there."""
        return self.second_factor or (self.vouched_factor and self.is_vouched_for(organization_id))

    def fresh_in(self, organization_id: UUID) -> datetime | None:
        """When the person was last asked, as far as it counts there."""
        vouched = self.vouched_at if self.is_vouched_for(organization_id) else None
        return max((at for at in (self.fresh_at, vouched) if at is not None), default=None)


def csrf_token(session_id: UUID) -> str:
    """Bound to the session, so that it needs no storage."""
    return sign("csrf", session_id.bytes)


def csrf_matches(session_id: UUID, given: str) -> bool:
    return hmac.compare_digest(csrf_token(session_id).encode(), given.encode())


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a company's identity provider said of the person. `fresh`: it asked them just now."""

    provider_id: UUID
    second_factor: bool
    fresh: bool


async def start_session(
    session: AsyncSession,
    user_id: UUID,
    *,
    user_agent: str,
    address: str,
    second_factor: bool,
    fresh: bool = False,
    vouched: Vouched | None = None,
) -> str:
    """A new session of this person: the token for its cookie, kept nowhere else. Over the limit the oldest ends.

    `second_factor`: it passed one. A session of a person without any is as fresh as their password. `vouched`: nothing
    was proved here; what a provider says is kept apart, since it counts with its own company only.
    """
    token = secrets.token_urlsafe(32)
    bare = not await has_factor(session, user_id)
    recent = vouched is not None and vouched.fresh and (vouched.second_factor or bare)
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user_id,
            user_agent=user_agent[:300],
            address=address,
            expires_at=func.now() + timedelta(hours=settings().session_hours),
            second_factor_at=func.now() if second_factor else None,
            fresh_at=func.now() if second_factor or fresh or (bare and vouched is None) else None,
            sso_provider_id=vouched.provider_id if vouched else None,
            vouched_factor_at=func.now() if vouched and vouched.second_factor else None,
            vouched_fresh_at=func.now() if recent else None,
        )
    )
    await session.flush()
    await _end_oldest(session, user_id)
    return token


async def has_factor(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the person has a second factor that counts."""
    found = select(Factor.id).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None)).limit(1)
    return await session.scalar(found) is not None


async def refresh(session: AsyncSession, session_id: UUID, *, factor: bool) -> None:
    """The person proved themselves again in this session just now: by a `factor`, or by their password without one."""
    values: dict[Any, Any] = {UserSession.fresh_at: func.now()}
    if factor:  # the first proof of their own, where a company's provider vouched for the rest
        values[UserSession.second_factor_at] = func.coalesce(UserSession.second_factor_at, func.now())
    await session.execute(update(UserSession).where(UserSession.id == session_id).values(values))


async def end_session(session: AsyncSession, session_id: UUID) -> None:
    await session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=func.now())
    )


async def find_user(session: AsyncSession, email: str) -> User | None:
    found = await session.execute(select(User).where(func.lower(User.email) == email.strip().lower()))
    return found.scalar_one_or_none()


async def _end_oldest(session: AsyncSession, user_id: UUID) -> None:
    newest = (
        select(UserSession.id)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .order_by(UserSession.created_at.desc(), UserSession.id.desc())
        .limit(MOST_SESSIONS)
    )
    await session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.id.not_in(newest))
        .values(ended_at=func.now())
    )


FIND_SESSION: Final = """select s.id, u.id, u.email, u.name, u.locale, s.last_seen_at < now() - interval '1 minute',
      s.second_factor_at is not null, s.fresh_at,
      exists (select 1 from factors f where f.user_id = u.id and f.confirmed_at is not null),
      u.changed_password_at < now() - make_interval(days => :password_days) and s.sso_provider_id is null,
      s.sso_provider_id, p.organization_id, s.vouched_factor_at is not null, s.vouched_fresh_at
    from sessions s join users u on u.id = s.user_id left join sso_providers p on p.id = s.sso_provider_id
    where s.token_hash = :hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - make_interval(mins => :idle) and u.disabled_at is null"""
"""Of one token: what `signed_in_user` reads, in its order; the sixth says that it is time to note the visit."""
_FIND = text(FIND_SESSION)
_TOUCH = text("update sessions set last_seen_at = now() where id = :id")


async def find_session(token: str, *, touch: bool = True) -> SignedInUser | None:
    """Whose session this is, or None when it ended, lapsed or never was. One statement; touched at most once a minute."""
    async with database.autocommit() as connection:
        row = (await connection.execute(_FIND, {"hash": digest(token)} | session_limits())).first()
        if row is None:
            return None
        if touch and row[5]:
            await connection.execute(_TOUCH, {"id": row[0]})
    return signed_in_user(row)


def session_limits() -> dict[str, int]:
    """What FIND_SESSION asks beside the token."""
    return {"idle": settings().session_idle_minutes, "password_days": settings().password_days}


def signed_in_user(row: Sequence[Any]) -> SignedInUser:
    """Of a row of FIND_SESSION."""
    return SignedInUser(*row[:5], *row[6:])


async def list_sessions(session: AsyncSession, user_id: UUID) -> list[UserSession]:
    """The sessions of a person that are good now, the latest used first."""
    found = await session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > func.now(),
            UserSession.last_seen_at > func.now() - timedelta(minutes=settings().session_idle_minutes),
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return list(found.all())


async def sign_out(session_id: UUID) -> None:
    """End it at once, on every process."""
    async with global_session() as session:
        await end_session(session, session_id)


async def end_sessions_of(
    user_id: UUID,
    organization_id: UUID | None = None,
    *,
    session: AsyncSession | None = None,
    but: UUID | None = None,
) -> int:
    """End every session of a person at once (but one): how many. Their live streams end within 5 seconds.

    A session belongs to the person, not to a workspace: `organization_id` says where the reason lies and narrows
    nothing, so that rights which shrank in one workspace mean a new session everywhere. With `session` the end commits
    together with that reason.
    """
    ended = (
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=func.now())
        .returning(UserSession.id)
    )
    if but is not None:
        ended = ended.where(UserSession.id != but)
    if session is not None:
        return len((await session.execute(ended)).all())
    async with global_session() as own:
        return len((await own.execute(ended)).all())
