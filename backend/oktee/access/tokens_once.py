"""Links of mails: a random token in the mail, its SHA-256 here; good once, for a while, for one purpose."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import OnceToken
from oktee.kit.crypto import digest
from oktee.kit.errors import NotFound


class LinkExpired(NotFound):
    """Used, too old, replaced or never sent: the same answer for all."""


ACCOUNT_LINKS: Final = ("email_change", "password_reset")
"""The purposes whose links take an account over."""
EXPIRED = "This link is not valid any more. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Once:
    """What a token was made for."""

    user_id: UUID | None
    email: str
    payload: dict[str, Any]


async def make_token(
    session: AsyncSession,
    purpose: str,
    *,
    email: str,
    good_for: timedelta,
    user_id: UUID | None = None,
    payload: dict[str, Any] | None = None,
    replaces: bool = True,
) -> str:
    """A new token (it goes into the mail and nowhere else). `replaces`: the person's earlier ones of this purpose end."""
    if replaces and user_id is not None:
        await session.execute(
            update(OnceToken)
            .where(OnceToken.user_id == user_id, OnceToken.purpose == purpose, OnceToken.consumed_at.is_(None))
            .values(consumed_at=func.now())
        )
    token = secrets.token_urlsafe(32)
    session.add(
        OnceToken(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user_id,
            email=email,
            payload=payload or {},
            expires_at=func.now() + good_for,
        )
    )
    await session.flush()
    return token


async def void_links_of(session: AsyncSession, user_id: UUID) -> None:
    """The person took their account back in hand: whatever link somebody asked for before leads nowhere any more."""
    await session.execute(
        update(OnceToken)
        .where(OnceToken.user_id == user_id, OnceToken.purpose.in_(ACCOUNT_LINKS), OnceToken.consumed_at.is_(None))
        .values(consumed_at=func.now())
    )


async def peek_token(session: AsyncSession, purpose: str, token: str) -> Once:
    """What a token is for, without using it. Raises LinkExpired."""
    row = await session.scalar(
        select(OnceToken).where(
            OnceToken.token_hash == digest(token),
            OnceToken.purpose == purpose,
            OnceToken.consumed_at.is_(None),
            OnceToken.expires_at > func.now(),
        )
    )
    if row is None:
        raise LinkExpired(EXPIRED)
    return Once(row.user_id, row.email, row.payload)


async def take_token(session: AsyncSession, purpose: str, token: str) -> Once:
    """Use a token: of many at once exactly one gets it. Raises LinkExpired."""
    row = (
        await session.execute(
            update(OnceToken)
            .where(
                OnceToken.token_hash == digest(token),
                OnceToken.purpose == purpose,
                OnceToken.consumed_at.is_(None),
                OnceToken.expires_at > func.now(),
            )
            .values(consumed_at=func.now())
            .returning(OnceToken.user_id, OnceToken.email, OnceToken.payload)
        )
    ).one_or_none()
    if row is None:
        raise LinkExpired(EXPIRED)
    return Once(row.user_id, row.email, row.payload)
