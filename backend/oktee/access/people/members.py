"""The members of an organization: listing them, changing role and scope, suspending, reactivating, removing.

Every function runs in a session of the caller and locks the organization's people first. A change ends the person's
sessions at once (with them their live streams, within five seconds). The API keys they answer for end when they are
suspended or removed; after another role or scope the keys stay, and from the next request on hold no more than it allows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import Factor
from oktee.access.keys.keeping import revoke_keys_of
from oktee.access.people.ladder import OWNER, check_held, check_role, keep_an_owner, lock_people, permissions_by_role
from oktee.access.people.tables import Preview
from oktee.access.scope import Scope
from oktee.access.sessions import end_sessions_of
from oktee.access.tables import Membership, User, UserSession
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.settings import settings

ACTIVE, SUSPENDED = "active", "suspended"


class AlreadySo(Conflict):
    """The person is suspended, or active, already."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of this organization. `factors`: kinds of second factors; `sessions`: browsers signed in now, anywhere."""

    user_id: UUID
    name: str
    email: str
    role: str
    scope: Scope | None
    state: str
    factors: tuple[str, ...]
    sessions: int
    last_seen_at: datetime | None
    joined_at: datetime
    invited_by: UUID | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Who was changed, and how it was before and is after: what the audit log tells."""

    user_id: UUID
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    ended_sessions: int = 0
    ended_keys: int = 0


async def list_members(session: AsyncSession, organization_id: UUID) -> list[Member]:
    """Everybody, by name."""
    idle = timedelta(minutes=settings().session_idle_minutes)
    live = (
        select(func.count())
        .where(
            UserSession.user_id == User.id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > func.now(),
            UserSession.last_seen_at > func.now() - idle,
        )
        .correlate(User)
        .scalar_subquery()
    )
    factors = (
        select(func.array_agg(Factor.kind.distinct()))
        .where(Factor.user_id == User.id, Factor.confirmed_at.is_not(None))
        .correlate(User)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Membership, User, live, factors)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
        .order_by(func.lower(User.name), User.id)
    )
    return [
        Member(
            user.id, user.name, user.email, member.role, Scope.read(member.scope), member.state,
            tuple(sorted(kinds or ())), sessions, member.last_seen_at, member.joined_at, member.invited_by,
            user.disabled_at is not None,
        )
        for member, user, sessions, kinds in rows
    ]  # fmt: skip


async def get_member(session: AsyncSession, organization_id: UUID, user_id: UUID) -> tuple[Membership, User]:
    """Raises NotFound, also for somebody of another organization."""
    row = (
        await session.execute(
            select(Membership, User)
            .join(User, User.id == Membership.user_id)
            .where(Membership.organization_id == organization_id, Membership.user_id == user_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such person in this workspace.")
    return row[0], row[1]


async def _for_change(
    session: AsyncSession, organization_id: UUID, user_id: UUID, held: frozenset[str]
) -> tuple[Membership, User]:
    """Under the lock, and within the rights of the one who acts."""
    await lock_people(session, organization_id)
    member, user = await get_member(session, organization_id, user_id)
    known = await permissions_by_role(session, organization_id)
    check_held(known.get(member.role, frozenset()), held)
    return member, user


async def change_access(
    session: AsyncSession, organization_id: UUID, user_id: UUID, *, role: str, scope: Scope | None, held: frozenset[str]
) -> Change:
    """Another role, another scope. Raises NotFound, MoreThanYours, LastOwner, Invalid. Sessions of the person end: a new
    role is a new session."""
    member, user = await _for_change(session, organization_id, user_id, held)
    await check_role(session, organization_id, role, held)
    before = _shown(member)
    whole = member.role == OWNER and member.scope is None and member.state == ACTIVE
    if whole and (role != OWNER or scope is not None):
        await keep_an_owner(session, organization_id, user_id)
    member.role, member.scope = role, scope.store() if scope else None
    await session.flush()
    after = _shown(member)
    ended = await end_sessions_of(user_id, organization_id, session=session) if before != after else 0
    return Change(user_id, user.name, before, after, ended)


async def suspend(
    session: AsyncSession, organization_id: UUID, user_id: UUID, *, held: frozenset[str], by: UUID
) -> Change:
    """Out at once, to come back one day. Raises NotFound, MoreThanYours, LastOwner, AlreadySo."""
    member, user = await _for_change(session, organization_id, user_id, held)
    if member.state == SUSPENDED:
        raise AlreadySo("This person is suspended already.")
    if member.role == OWNER and member.scope is None:
        await keep_an_owner(session, organization_id, user_id)
    before = _shown(member)
    member.state = SUSPENDED
    await session.flush()
    sessions, keys = await _put_out(session, organization_id, user_id, by)
    return Change(user_id, user.name, before, _shown(member), sessions, keys)


async def reactivate(session: AsyncSession, organization_id: UUID, user_id: UUID, *, held: frozenset[str]) -> Change:
    """In again, with the role and scope they had; their keys stay ended. Raises NotFound, MoreThanYours, AlreadySo."""
    member, user = await _for_change(session, organization_id, user_id, held)
    if member.state == ACTIVE:
        raise AlreadySo("This person is active.")
    before = _shown(member)
    member.state = ACTIVE
    await session.flush()
    return Change(user_id, user.name, before, _shown(member))


async def remove(
    session: AsyncSession, organization_id: UUID, user_id: UUID, *, held: frozenset[str] | None, by: UUID
) -> Change:
    """Out for good; the account stays theirs. `held` None: the person leaves by themselves. Raises NotFound,
    MoreThanYours, LastOwner."""
    if held is None:
        await lock_people(session, organization_id)
        member, user = await get_member(session, organization_id, user_id)
    else:
        member, user = await _for_change(session, organization_id, user_id, held)
    if member.role == OWNER and member.scope is None and member.state == ACTIVE:
        await keep_an_owner(session, organization_id, user_id)
    before = _shown(member)
    await session.delete(member)
    await session.flush()
    sessions, keys = await _put_out(session, organization_id, user_id, by)
    return Change(user_id, user.name, before, {}, sessions, keys)


async def _put_out(session: AsyncSession, organization_id: UUID, user_id: UUID, by: UUID) -> tuple[int, int]:
    """End what a person holds here: sessions (of all workspaces: a session belongs to a person), keys, previews."""
    await session.execute(delete(Preview).where(Preview.organization_id == organization_id, Preview.user_id == user_id))
    ended = await end_sessions_of(user_id, organization_id, session=session)
    keys = await revoke_keys_of(session, user_id, organization_id=organization_id, by=by)
    return ended, len(keys)


def _shown(member: Membership) -> dict[str, Any]:
    return {"role": member.role, "scope": member.scope, "state": member.state}
