"""OKTee's own people: made by the command line, set up with password and authenticator, signed in with both at once.

They are no users: their accounts, sessions and cookie are others, and no membership leads to them.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access import lockout
from oktee.access.factors.totp import matching_counter, new_seed, provisioning_uri
from oktee.access.password_policy import check_policy
from oktee.access.passwords import hash_password, verify
from oktee.access.support.tables import StaffSession, StaffUser
from oktee.kit.clock import now
from oktee.kit.crypto import aad, digest, kek, sign
from oktee.kit.database import database, global_session
from oktee.kit.errors import Conflict, Invalid, NotFound, Unauthenticated, field_error
from oktee.kit.settings import settings

COOKIE: Final = "__Host-oktee_staff"
SETUP_WITHIN: Final = timedelta(hours=24)
MOST_SESSIONS: Final = 3


class StaffExists(Conflict):
    """There is an account of this address."""


class WrongStaffCredentials(Unauthenticated):
    """The same answer for an unknown address, a wrong password, a wrong code and an account that is not set up."""


class SetupOver(Invalid):
    """This set-up token was used, is over, or never was."""


@dataclass(frozen=True, slots=True)
class StaffPerson:
    """Who this browser of the staff console is signed in as."""

    id: UUID
    name: str
    email: str
    session_id: UUID
    csrf_token: str


async def create_staff(email: str, name: str) -> tuple[UUID, str]:
    """A new account, which opens nothing yet, and its one-time set-up token. Raises StaffExists."""
    async with global_session() as session:
        if await _find(session, email) is not None:
            raise StaffExists(f"{email} has a staff account already.")
        person = StaffUser(email=email.strip(), name=name.strip())
        session.add(person)
        await session.flush()
        return person.id, await _new_setup(person)


async def renew_setup(email: str) -> str:
    """For a lost authenticator or password: everything of the account is cleared, its sessions end, and set-up begins
    anew with the token answered. Raises NotFound."""
    async with global_session() as session:
        person = await _find(session, email)
        if person is None:
            raise NotFound(f"{email} has no staff account.")
        person.password_hash = person.totp_blob = person.totp_confirmed_at = person.totp_counter = None
        await _end_all(session, person.id)
        return await _new_setup(person)


async def put_staff(*, email: str, name: str, password: str, totp_seed: str) -> None:
    """Make an account that is set up with this password and authenticator, or give them to an existing one (the demo's).
    Raises Invalid for a weak password."""
    check_policy(password, name=name, email=email)
    hashed = await hash_password(password)
    async with global_session() as session:
        person = await _find(session, email)
        if person is None:
            person = StaffUser(email=email.strip(), name=name.strip())
            session.add(person)
            await session.flush()
        person.name, person.password_hash, person.totp_confirmed_at = name.strip(), hashed, now()
        person.totp_blob = kek().wrap(totp_seed.encode(), _bound_to(person.id))
        person.setup_hash = person.setup_expires_at = None


async def _new_setup(person: StaffUser) -> str:
    token = secrets.token_urlsafe(32)
    person.setup_hash, person.setup_expires_at = digest(token), now() + SETUP_WITHIN
    return token


async def disable_staff(email: str) -> None:
    """The person has left: no sign-in, and every session ends at once. Raises NotFound."""
    async with global_session() as session:
        person = await _find(session, email)
        if person is None:
            raise NotFound(f"{email} has no staff account.")
        person.disabled_at = now()
        person.setup_hash = None
        await _end_all(session, person.id)


async def begin_setup(token: str, password: str) -> str:
    """Set the password and make a new authenticator: the address its QR code holds. Raises SetupOver, Invalid."""
    async with global_session() as session:
        person = await _of_setup(session, token)
        check_policy(password, name=person.name, email=person.email)
    hashed, seed = await hash_password(password), new_seed()
    async with global_session() as session:
        person = await _of_setup(session, token, lock=True)
        person.password_hash = hashed
        person.totp_blob = kek().wrap(seed.encode(), _bound_to(person.id))
        person.totp_counter = None
        return provisioning_uri(seed, person.email)


async def finish_setup(token: str, code: str) -> None:
    """The first right code: the account opens now, and the token never again. Raises SetupOver, Invalid."""
    async with global_session() as session:
        person = await _of_setup(session, token, lock=True)
        if person.totp_blob is None or not await _take_code(session, person, code):
            raise field_error("/code", "wrong_code", "This is not the present code of the authenticator.")
        person.totp_confirmed_at = now()
        person.setup_hash = person.setup_expires_at = None


async def _of_setup(session: AsyncSession, token: str, *, lock: bool = False) -> StaffUser:
    wanted = select(StaffUser).where(
        StaffUser.setup_hash == digest(token), StaffUser.setup_expires_at > func.now(), StaffUser.disabled_at.is_(None)
    )
    found = (await session.scalars(wanted.with_for_update() if lock else wanted)).one_or_none()
    if found is None:
        raise SetupOver("This set-up link was used or is over. Ask an operator for a new one.")
    return found


async def sign_in_staff(
    email: str, password: str, code: str, *, user_agent: str, address: str
) -> tuple[str, StaffPerson]:
    """A new session: its token (for the cookie, nowhere else) and who it is. Raises WrongStaffCredentials, TooManyAttempts."""
    async with global_session() as session:
        person = await _find(session, email)
        attempt = await lockout.begin(session, "password", lockout.email_hash(f"staff {email}"), address, None)
    try:
        if attempt.wait:
            await lockout.pause(attempt.wait)
        whole = person is not None and person.disabled_at is None and person.totp_confirmed_at is not None
        good = await verify(person.password_hash if person and whole else None, password)
    except Exception:  # nothing was guessed: too many sign in at this moment
        async with global_session() as session:
            await lockout.end(session, attempt, "dropped")
        raise
    async with global_session() as session:
        good = good and person is not None and await _take_code(session, person, code)
        await lockout.end(session, attempt, "ok" if good else "wrong")
    if person is None or not good:
        raise WrongStaffCredentials("The e-mail address, the password or the code is wrong.")
    token = secrets.token_urlsafe(32)
    async with global_session() as session:
        made = StaffSession(
            token_hash=digest(token),
            staff_id=person.id,
            user_agent=user_agent[:300],
            address=address,
            expires_at=func.now() + timedelta(hours=settings().staff_session_hours),
        )
        session.add(made)
        await session.flush()
        await _end_oldest(session, person.id)
    return token, StaffPerson(person.id, person.name, person.email, made.id, csrf_of(made.id))


_FIND = text(
    """select u.id, u.name, u.email, s.id, s.last_seen_at < now() - interval '1 minute'
    from staff_sessions s join staff_users u on u.id = s.staff_id
    where s.token_hash = :hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - make_interval(mins => :idle)
      and u.disabled_at is null and u.totp_confirmed_at is not null"""
)
_TOUCH = text("update staff_sessions set last_seen_at = now() where id = :id")


async def find_staff_session(token: str, *, touch: bool = True) -> StaffPerson | None:
    """Whose session this is, or None when it ended, lapsed or never was."""
    async with database.autocommit() as connection:
        values = {"hash": digest(token), "idle": settings().staff_idle_minutes}
        row = (await connection.execute(_FIND, values)).first()
        if row is None:
            return None
        if touch and row[4]:
            await connection.execute(_TOUCH, {"id": row[3]})
    return StaffPerson(row[0], row[1], row[2], row[3], csrf_of(row[3]))


async def sign_out_staff(session_id: UUID) -> None:
    """End it at once, on every process."""
    async with global_session() as session:
        await session.execute(
            update(StaffSession)
            .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
            .values(ended_at=func.now())
        )


def csrf_of(session_id: UUID) -> str:
    """Bound to the session, so that it needs no storage."""
    return sign("staff-csrf", session_id.bytes)


async def _find(session: AsyncSession, email: str) -> StaffUser | None:
    wanted = select(StaffUser).where(func.lower(StaffUser.email) == email.strip().lower())
    return (await session.scalars(wanted)).one_or_none()


async def _take_code(session: AsyncSession, person: StaffUser, code: str) -> bool:
    """One statement takes the code, so that it works once however many try it side by side."""
    digits = "".join(code.split())
    if person.totp_blob is None or len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return False
    seed = kek().unwrap(person.totp_blob, _bound_to(person.id)).decode()
    counter = matching_counter(seed, digits, now())
    if counter is None:
        return False
    fresh = or_(StaffUser.totp_counter.is_(None), StaffUser.totp_counter < counter)
    taken = update(StaffUser).where(StaffUser.id == person.id, fresh).values(totp_counter=counter)
    return await session.scalar(taken.returning(StaffUser.id)) is not None


async def _end_oldest(session: AsyncSession, staff_id: UUID) -> None:
    open_ones = (StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    newest = select(StaffSession.id).where(*open_ones).order_by(StaffSession.created_at.desc(), StaffSession.id.desc())
    oldest = update(StaffSession).where(*open_ones, StaffSession.id.not_in(newest.limit(MOST_SESSIONS)))
    await session.execute(oldest.values(ended_at=func.now()))


async def _end_all(session: AsyncSession, staff_id: UUID) -> None:
    ending = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    await session.execute(ending.values(ended_at=func.now()))


def _bound_to(staff_id: UUID) -> bytes:
    return aad("staff_totp_seed", staff_id)
