"""Recovery codes: ten of 80 bits, shown once, each good once. argon2id, since 80 bits are fewer than a plain hash wants."""

import base64
import os
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.tables import RecoveryCode
from oktee.access.passwords import stretch
from oktee.kit.database import global_session

HOW_MANY: Final = 10
LETTERS: Final = 16
"""80 bits in Base32."""


@dataclass(frozen=True, slots=True, repr=False)
class NewCodes:
    """Ten codes as the person reads them, and what is stored of them."""

    words: list[str]
    salt: bytes
    hashes: list[bytes]


async def make_codes() -> NewCodes:
    """Ten new codes for `put_codes`. Ten hashes are slow, so without a transaction."""
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(HOW_MANY)]
    salt = os.urandom(16)
    hashes = [await stretch(code, salt) for code in codes]
    words = ["-".join(code[place : place + 4] for place in range(0, LETTERS, 4)) for code in codes]
    return NewCodes(words, salt, hashes)


async def put_codes(session: AsyncSession, user_id: UUID, made: NewCodes) -> list[str]:
    """Store them in place of whatever there was. They are known to nobody but whoever this answer goes to."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    for hashed in made.hashes:
        session.add(RecoveryCode(user_id=user_id, salt=made.salt, code_hash=hashed))
    await session.flush()
    return made.words


async def hash_code(user_id: UUID, code: str) -> bytes | None:
    """What is stored of this code if it is one of the person's, for `take_code`; None: it is none. Opens its own session,
    and hashes after it."""
    plain = "".join(each for each in code.lower() if each.isalnum())
    async with global_session() as session:
        salt = await session.scalar(select(RecoveryCode.salt).where(RecoveryCode.user_id == user_id).limit(1))
    return await stretch(plain, salt) if salt is not None and len(plain) == LETTERS else None


async def take_code(session: AsyncSession, user_id: UUID, hashed: bytes | None) -> bool:
    """Whether this is an unused code of the person; it is used now, however many try it side by side."""
    if hashed is None:
        return False
    taken = await session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == hashed,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=func.now())
        .returning(RecoveryCode.id)
    )
    return taken is not None
