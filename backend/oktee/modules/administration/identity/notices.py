"""Mails about an account: to its owner, in their language, about what was done to it and from where."""

from typing import Any, Final
from uuid import UUID

from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import address_of
from oktee.access.lockout import email_hash
from oktee.access.tables import User
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.kit.settings import settings
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.modules.administration.identity.me import agent_of
from oktee.notify.mail import send_mail


async def tell(session: AsyncSession, user_id: UUID, what: str, request: Request, *, to: str | None = None) -> None:
    """Tell a person by mail what happened to their account; with the act or not at all. `to`: another address than theirs."""
    user = await session.get_one(User, user_id)
    await _notice(session, user, what, to=to, address=address_of(request), device=agent_of(request)[:120])


async def _notice(session: AsyncSession, user: User, what: str, *, to: str | None = None, **facts: Any) -> None:
    values = {
        "what": what,
        "name": user.name,
        "at": now().strftime("%Y-%m-%d %H:%M UTC"),
        "address": None,
        "device": None,
        "profile": f"{settings().public_url}/account",
        "reset": f"{settings().public_url}/forgot-password",
    }
    await send_mail(
        session,
        to=to or user.email,
        template="account_notice",
        locale=user.locale,
        values=values | facts,
        organization_id=None,
    )


async def locked(email: str, what: str) -> None:
    """Somebody was locked out of this account. Asked for alike whether there is such an account or not."""
    async with global_session() as session:
        await schedule(session, LOCKED, f"{what}:{email_hash(email).hex()}", organization_id=NOBODY)


async def find_by_hash(session: AsyncSession, hashed: str) -> User | None:
    """The person whose e-mail has this SHA-256; None when there is no such person, or their account is closed."""
    same = func.sha256(func.convert_to(func.lower(User.email), "UTF8")) == bytes.fromhex(hashed)
    return (await session.scalars(select(User).where(same, User.disabled_at.is_(None)))).one_or_none()


async def _tell_locked(item: Item) -> None:
    what, _, hashed = item.key.partition(":")
    async with item.record() as session:
        user = await find_by_hash(session, hashed)
        if user is not None:
            await _notice(session, user, f"{what}_locked")


LOCKED: Final = Kind("sign_in_locked", run=_tell_locked, queue="interactive", timeout=20.0, attempts=20)
