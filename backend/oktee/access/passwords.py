"""Passwords: argon2id in a few threads, since each hash takes 46 MiB and tens of milliseconds.

Twenty may wait for a thread, so none is made while a transaction is open: it would hold a connection and its locks.
"""

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type, low_level
from argon2.exceptions import InvalidHashError, VerificationError

from oktee.kit.database import in_transaction
from oktee.kit.errors import TooMany

T = TypeVar("T")
LONGEST, SHORTEST, QUEUE = 128, 12, 20
_HASHER = PasswordHasher(time_cost=2, memory_cost=47104, parallelism=1)
"""Its cost holds for recovery codes too. The floor is ASVS 5.0, appendix C: t=1, m=47104, p=1."""
_POOL = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="argon2")
_DUMMY = _HASHER.hash("nobody has this password")


class TooManyAttempts(TooMany):
    """Signing in is held back for a while."""


class _Gate:
    waiting = 0


async def _in_pool(call: Callable[[], T]) -> T:
    if in_transaction.get():
        raise RuntimeError("a password is hashed before a transaction, or between two: never within one")
    if _Gate.waiting >= QUEUE:
        raise TooManyAttempts("Too many people sign in at this moment. Try again in a few seconds.")
    _Gate.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, call)
    finally:
        _Gate.waiting -= 1


def normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """The argon2id hash to store. The caller has checked the policy."""
    return await _in_pool(lambda: _HASHER.hash(normal(password)))


async def verify(stored: str | None, password: str) -> bool:
    """Whether it is right. An unknown user (None) takes as long as a known one."""

    def check() -> bool:
        try:
            return _HASHER.verify(stored or _DUMMY, normal(password)[: LONGEST * 4]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    return await _in_pool(check)


async def stretch(code: str, salt: bytes) -> bytes:
    """argon2id of a short random code under a salt: the same code gives the same 32 bytes, so that it can be looked up."""

    def run() -> bytes:
        return low_level.hash_secret_raw(
            code.encode(),
            salt,
            time_cost=_HASHER.time_cost,
            memory_cost=_HASHER.memory_cost,
            parallelism=_HASHER.parallelism,
            hash_len=32,
            type=Type.ID,
        )

    return await _in_pool(run)


def needs_rehash(stored: str) -> bool:
    return _HASHER.check_needs_rehash(stored)


def random_password() -> str:
    """Some 140 bits in letters and digits that nobody mixes up, of the four classes the policy asks for."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    groups = ["".join(secrets.choice(letters) for _ in range(6)) for _ in range(4)]
    return "-".join([*groups, "a7Q"])
