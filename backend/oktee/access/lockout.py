"""Lock-out: attempts are counted per person and network, per address and per network; the answer never tells who exists.

Strangers lock nobody out: what they guess from elsewhere only makes every attempt slow. Guessing a second factor takes
the right password, so there the person is locked wherever the guesses come from.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import takewhile
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.passwords import TooManyAttempts
from oktee.access.tables import SignInEvent, User
from oktee.kit.database import global_session, new_id

LOCK = timedelta(minutes=15)
FAILURES = 10
"""Of one person from one network: that network is locked for this person."""
DELAYED = 5
"""From this failure on each attempt waits, twice as long as the one before."""
FIRST_DELAY = 0.25
EVERYWHERE = 100
"""Of one person from all networks together: every further attempt is slow, and none is refused for it."""
SLOW = 3.0
ADDRESS_FAILURES = 50
"""From one address, whoever it tries."""
NETWORK_FAILURES = 200
"""From one network, whoever it tries."""
FAILED = ("wrong", "pending")
"""An attempt counts from its start: guesses side by side would all pass before the first has failed."""
FORGIVEN = ("ok", "unlocked")
TOO_MANY = "Too many wrong attempts. Try again in 15 minutes."

What = Literal["password", "factor", "passkey", "reset"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt under way: how long it has to wait, and whether its failure is the one that locks."""

    id: UUID
    wait: float
    last: bool


def email_hash(email: str) -> bytes:
    """Counts attempts without keeping what was typed."""
    return hashlib.sha256(email.strip().lower().encode()).digest()


def network_of(address: str) -> str:
    """The network one subscriber has: /24 of IPv4, /64 of IPv6. What is no address stands for itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(ip_network((found.packed[:8] + bytes(8), 64)))
        found = found.ipv4_mapped
    return str(ip_network((found, 24), strict=False))


async def pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


_ALONE = text("select pg_advisory_xact_lock(:what, hashtext(:name))")


async def begin(session: AsyncSession, what: What, who: bytes, address: str, user_id: UUID | None) -> Attempt:
    """Count the attempt before anything is looked at. Raises TooManyAttempts."""
    # One after the other per person, then per address (always in this order): each counts the ones before.
    network = network_of(address)
    await session.execute(_ALONE, {"what": 1, "name": who.hex()})
    await session.execute(_ALONE, {"what": 2, "name": address})
    tried = (
        await session.execute(
            select(SignInEvent.network, SignInEvent.address, SignInEvent.outcome)
            .where(SignInEvent.email_hash == who, SignInEvent.at > func.now() - LOCK, SignInEvent.kind == what)
            .order_by(SignInEvent.at.desc(), SignInEvent.id.desc())
            .limit(5000)
        )
    ).all()
    here = [
        outcome
        for net, where, outcome in tried
        if what != "password" or outcome == "unlocked" or (net or network_of(where)) == network
    ]
    failures = _failures(list(takewhile(lambda outcome: outcome not in FORGIVEN, here)))
    if failures >= FAILURES or await _too_many_from(session, address, network):
        raise TooManyAttempts(TOO_MANY, headers={"Retry-After": str(int(LOCK.total_seconds()))})
    attempt = SignInEvent(
        id=new_id(), user_id=user_id, email_hash=who, address=address, network=network, outcome="pending", kind=what
    )
    session.add(attempt)
    wait = FIRST_DELAY * 2.0 ** (failures - DELAYED) if failures >= DELAYED else 0.0
    if _failures([outcome for _, _, outcome in tried]) >= EVERYWHERE:
        wait = max(wait, SLOW)
    return Attempt(attempt.id, wait, failures == FAILURES - 1)


def _failures(outcomes: Sequence[str]) -> int:
    return sum(outcome in FAILED for outcome in outcomes)


async def _too_many_from(session: AsyncSession, address: str, network: str) -> bool:
    failed = SignInEvent.outcome.in_(FAILED), SignInEvent.at > func.now() - LOCK
    one = select(func.count()).where(SignInEvent.address == address, *failed).scalar_subquery()
    all_of_it = select(func.count()).where(SignInEvent.network == network, *failed).scalar_subquery()
    from_address, from_network = (await session.execute(select(one, all_of_it))).one()
    return bool(from_address >= ADDRESS_FAILURES or from_network >= NETWORK_FAILURES)


async def end(session: AsyncSession, attempt: Attempt, outcome: str) -> None:
    """How it ended: ok, wrong, or dropped (nothing was guessed)."""
    await session.execute(update(SignInEvent).where(SignInEvent.id == attempt.id).values(outcome=outcome))


async def unlock(user_id: UUID, *, session: AsyncSession | None = None) -> None:
    """Forget the failures of a person (an administrator did it, or a reset mail was followed)."""
    if session is None:
        async with global_session() as own:
            await unlock(user_id, session=own)
        return
    email = await session.scalar(select(User.email).where(User.id == user_id))
    if email is not None:
        session.add_all(
            SignInEvent(
                id=new_id(), user_id=user_id, email_hash=email_hash(email), address="", outcome="unlocked", kind=what
            )
            for what in ("password", "factor")
        )
