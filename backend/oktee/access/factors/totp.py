"""Authenticator apps: time-based one-time passwords (RFC 6238), 20-byte seeds, 30 s, one step either way, each code once."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import Factor
from oktee.kit.clock import now
from oktee.kit.crypto import aad, kek
from oktee.kit.database import global_session, new_id

STEP: Final = 30
ISSUER: Final = "OKTee"


def new_seed() -> str:
    """160 bits in Base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def provisioning_uri(seed: str, email: str) -> str:
    """What the QR code holds (the key URI format of authenticator apps)."""
    return pyotp.TOTP(seed, interval=STEP).provisioning_uri(name=email, issuer_name=ISSUER)


def counter_at(instant: datetime) -> int:
    """The number of 30-second steps since 1970."""
    return int(instant.timestamp()) // STEP


def code_at(seed: str, counter: int) -> str:
    return pyotp.TOTP(seed, interval=STEP).generate_otp(counter)


def matching_counter(seed: str, code: str, instant: datetime) -> int | None:
    """The step this code belongs to: the present one, or one either way for clocks that differ."""
    present = counter_at(instant)
    matching = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(code_at(seed, step).encode(), code.encode())
    ]
    return matching[-1] if matching else None


async def add_totp(session: AsyncSession, user_id: UUID, seed: str, *, name: str, confirmed: bool = False) -> UUID:
    """A new authenticator app, its seed sealed to the person and to this row. It counts once it is confirmed."""
    factor_id = new_id()
    session.add(
        Factor(
            id=factor_id,
            user_id=user_id,
            kind="totp",
            name=name,
            seed_blob=kek().wrap(seed.encode(), _bound_to(user_id, factor_id)),
            confirmed_at=func.now() if confirmed else None,
        )
    )
    await session.flush()
    return factor_id


async def check_totp(session: AsyncSession, user_id: UUID, code: str, *, factor_id: UUID | None = None) -> UUID | None:
    """The authenticator app this code came from, or None. One statement takes the code, so that it works once however
    many try it side by side. With `factor_id` only that app is asked, and also before it is confirmed."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    wanted = Factor.id == factor_id if factor_id is not None else Factor.confirmed_at.is_not(None)
    rows = await session.scalars(select(Factor).where(Factor.user_id == user_id, Factor.kind == "totp", wanted))
    for row in rows.all():
        assert row.seed_blob is not None
        seed = kek().unwrap(row.seed_blob, _bound_to(user_id, row.id)).decode()
        counter = matching_counter(seed, digits, now())
        if counter is None:
            continue
        taken = await session.scalar(
            update(Factor)
            .where(Factor.id == row.id, or_(Factor.last_counter.is_(None), Factor.last_counter < counter))
            .values(last_counter=counter, last_used_at=func.now())
            .returning(Factor.id)
            .execution_options(synchronize_session=False)
        )
        if taken is not None:
            return row.id
    return None


async def put_totp(user_id: UUID, seed: str, *, name: str = "Authenticator app") -> None:
    """Give a person this app, confirmed, unless they have a confirmed one of that name (the demo's accounts)."""
    async with global_session() as session:
        rows = await session.scalars(
            select(Factor).where(Factor.user_id == user_id, Factor.kind == "totp", Factor.name == name)
        )
        for row in rows.all():
            if row.seed_blob and kek().unwrap(row.seed_blob, _bound_to(user_id, row.id)) == seed.encode():
                return
            await session.delete(row)
        await add_totp(session, user_id, seed, name=name, confirmed=True)


def _bound_to(user_id: UUID, factor_id: UUID) -> bytes:
    return aad("totp_seed", user_id, factor_id)
