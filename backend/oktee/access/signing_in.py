"""Signing in, in two steps: the password, then a second factor where the person has one. Each step is a new session."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access import lockout
from oktee.access.factors.passkeys import check_passkey
from oktee.access.passwords import hash_password, needs_rehash, verify
from oktee.access.sessions import SignedInUser, end_session, find_session, find_user, start_session
from oktee.access.sso.policy import refuse_password
from oktee.access.tables import User, UserSession
from oktee.kit.crypto import digest
from oktee.kit.database import global_session
from oktee.kit.errors import FieldError, Invalid, Unauthenticated


class WrongCredentials(Unauthenticated):
    """The same answer for an unknown address and a wrong password. `locked`: this failure was the one that locks."""

    locked: bool = False


class WrongCode(Invalid):
    """This code or passkey does not prove anything. `locked`: this failure was the one that locks."""

    locked: bool = False


Take = Callable[[AsyncSession], Awaitable[bool]]
"""Takes one proof of a factor, in the session it is given: whether it was good."""
Check = Callable[[], Awaitable[Take]]
"""Looks at one proof, outside a transaction since that may cost a hash, and answers what takes it."""


async def sign_in(email: str, password: str, *, user_agent: str, address: str) -> tuple[str, SignedInUser]:
    """A new session: its token (for the cookie, nowhere else) and the user. Raises WrongCredentials, TooManyAttempts.

    Where the person has a second factor the session is good for nothing but proving it (`owes`).
    """
    async with global_session() as session:
        user = await find_user(session, email)
        attempt = await lockout.begin(
            session, "password", lockout.email_hash(email), address, user.id if user else None
        )
    try:
        if attempt.wait:
            await lockout.pause(attempt.wait)
        good = await verify(user.password_hash if user and user.disabled_at is None else None, password)
        renewed = await hash_password(password) if user and good and needs_rehash(user.password_hash) else None
    except Exception:  # nothing was guessed: too many sign in at this moment
        async with global_session() as session:
            await lockout.end(session, attempt, "dropped")
        raise
    if user is None or not good:
        async with global_session() as session:
            await lockout.end(session, attempt, "wrong")
        refused = WrongCredentials("The e-mail address or the password is wrong.")
        refused.locked = attempt.last
        raise refused
    async with global_session() as session:
        if renewed:
            await session.execute(update(User).where(User.id == user.id).values(password_hash=renewed))
        await lockout.end(session, attempt, "ok")
    async with global_session() as session:
        await refuse_password(session, email=user.email, user_id=user.id)
        token = await start_session(session, user.id, user_agent=user_agent, address=address, second_factor=False)
    return token, await session_of(token)


async def sign_in_by_passkey(credential: dict[str, Any], *, user_agent: str, address: str) -> tuple[str, SignedInUser]:
    """A new session by passkey alone: it verified its person, so it is two factors. Raises WrongCredentials, TooManyAttempts."""
    async with global_session() as session:
        attempt = await lockout.begin(session, "passkey", lockout.email_hash(f"passkey from {address}"), address, None)
    if attempt.wait:
        await lockout.pause(attempt.wait)
    async with global_session() as session:
        signed = await check_passkey(session, credential, user_id=None, session_id=None)
        await lockout.end(session, attempt, "ok" if signed else "wrong")
    if signed is None:
        raise WrongCredentials("This passkey is not known here, or it answered too late. Try again.")
    async with global_session() as session:
        token = await start_session(session, signed.user_id, user_agent=user_agent, address=address, second_factor=True)
    return token, await session_of(token)


async def prove_factor(user: SignedInUser, check: Check, *, pointer: str, address: str) -> None:
    """Let `check` look at a proof, counted as an attempt. Outside a session. Raises WrongCode, TooManyAttempts."""
    async with global_session() as session:
        attempt = await lockout.begin(session, "factor", lockout.email_hash(user.email), address, user.user_id)
    if attempt.wait:
        await lockout.pause(attempt.wait)
    try:
        take = await check()
        async with global_session() as session:
            good = await take(session)
            await lockout.end(session, attempt, "ok" if good else "wrong")
    except Exception:
        async with global_session() as session:
            await lockout.end(session, attempt, "wrong")
        raise
    if good:
        return
    refused = WrongCode(
        "This does not prove that it is you. A code works once, and for a minute at most.",
        errors=(FieldError(pointer, "wrong_code", "This is not a valid code now, or it was used already."),),
    )
    if attempt.last:
        refused.locked = True
        if user.owes == "factor":  # whoever it is knows the password: they start over
            async with global_session() as session:
                await end_session(session, user.session_id)
    raise refused


async def replace_session(
    session: AsyncSession, user: SignedInUser, *, user_agent: str, address: str, second_factor: bool
) -> str:
    """A new session in place of this one, which ends: the token. What was known before the step opens nothing after it."""
    old = await session.get(UserSession, user.session_id)
    await end_session(session, user.session_id)
    token = await start_session(
        session,
        user.user_id,
        user_agent=user_agent or (old.user_agent if old else ""),
        address=address,
        second_factor=second_factor,
        fresh=True,
    )
    if old is not None and old.sso_provider_id is not None:  # what was vouched for is as old as it was
        await session.execute(
            update(UserSession)
            .where(UserSession.token_hash == digest(token))
            .values(
                sso_provider_id=old.sso_provider_id,
                vouched_factor_at=old.vouched_factor_at,
                vouched_fresh_at=old.vouched_fresh_at,
            )
        )
    return token


async def session_of(token: str) -> SignedInUser:
    """Who this new session is of."""
    found = await find_session(token, touch=False)
    if found is None:
        raise WrongCredentials("The e-mail address or the password is wrong.")  # disabled in this very moment
    return found
