"""Changing a password: the policy, the last ten, at most once a day; and who may find out what about it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import OldPassword
from oktee.access.password_policy import HISTORY, LEAST_DAYS, check_policy
from oktee.access.passwords import hash_password, verify
from oktee.access.tables import User
from oktee.access.tokens_once import void_links_of
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.kit.settings import settings


class ChangedToday(Conflict):
    """The password was changed less than a day ago."""


async def prepare_password(user_id: UUID, password: str, *, by_mail: bool) -> str:
    """The hash to store. Raises Invalid for a weak or an earlier password, ChangedToday. Slow, so without a transaction.

    `by_mail`: the person proved that the address is theirs; then a day has not to pass, since the old one is lost.
    """
    async with global_session() as session:
        user = await session.get_one(User, user_id)
        old = (
            await session.scalars(
                select(OldPassword.password_hash)
                .where(OldPassword.user_id == user_id)
                .order_by(OldPassword.replaced_at.desc(), OldPassword.id.desc())
                .limit(HISTORY - 1)
            )
        ).all()
    check_policy(password, name=user.name, email=user.email)
    if settings().expects_dpp:
        if not by_mail and now() - user.changed_password_at < timedelta(days=LEAST_DAYS):
            raise ChangedToday("A password can be changed once a day. Try again tomorrow.")
        used = [user.password_hash, *old]
    else:
        used = [user.password_hash]
    for stored in used:
        if await verify(stored, password):
            raise Invalid(
                "This password was used before.",
                errors=(FieldError("/password", "used_before", f"Use one that is not among your last {HISTORY}."),),
            )
    return await hash_password(password)


async def put_password(session: AsyncSession, user_id: UUID, hashed: str) -> None:
    """Store it, and remember the one before. Links that were asked for under the old one lead nowhere any more."""
    await void_links_of(session, user_id)
    user = await session.get_one(User, user_id, with_for_update=True)
    session.add(OldPassword(user_id=user_id, password_hash=user.password_hash))
    user.password_hash = hashed
    user.changed_password_at = now()
    await session.flush()
    kept = (
        select(OldPassword.id)
        .where(OldPassword.user_id == user_id)
        .order_by(OldPassword.replaced_at.desc(), OldPassword.id.desc())
        .limit(HISTORY)
    )
    await session.execute(
        delete(OldPassword)
        .where(OldPassword.user_id == user_id, OldPassword.id.not_in(kept))
        .execution_options(synchronize_session=False)
    )
