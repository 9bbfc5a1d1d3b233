"""The data keys of this process: unwrapped ones are kept for a while, new ones are made at the first use.

The key service may be slow or away, so it is asked before a transaction begins: call `ready` first, then seal.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.crypto import Unsealable, aad
from oktee.kit.database import after_commit, before_commit, new_id, organization_of, tenant_session
from oktee.kit.keyring.port import KeysUnavailable
from oktee.kit.keyring.providers import provider, unwrap
from oktee.kit.keyring.tables import OrganizationDek

KEPT_SECONDS: Final = 300.0
LASTING: Final = 60.0
"""A key that ends sooner is fetched anew before a transaction begins, so that it does not end within it."""
IN_TRANSACTION: Final = 2.0
"""Seconds that a call of the key service may hold up a transaction which nobody made `ready` for."""
MOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A data key that was made and wrapped, and is not stored yet."""

    id: UUID
    key: bytes
    wrapped: bytes
    kek_id: str


class DataKeys:
    """Unwrapped data keys of this process: at most five minutes, at most a thousand."""

    def __init__(self) -> None:
        self._keys: dict[UUID, tuple[float, UUID, bytes]] = {}
        self._active: dict[UUID, UUID] = {}
        self.epoch = 0
        """Grows whenever keys are forgotten: what was read before is not kept after."""

    def find(self, organization_id: UUID, key_id: UUID, *, lasting: float = 0.0) -> bytes | None:
        """None also for one that ends within `lasting` seconds."""
        until, owner, key = self._keys.get(key_id, (0.0, organization_id, b""))
        return key if owner == organization_id and time.monotonic() + lasting < until else None

    def find_active(self, organization_id: UUID, *, lasting: float = 0.0) -> tuple[UUID, bytes] | None:
        key_id = self._active.get(organization_id)
        key = self.find(organization_id, key_id, lasting=lasting) if key_id else None
        return (key_id, key) if key_id and key else None

    def keep(self, organization_id: UUID, key_id: UUID, key: bytes, *, active: bool, epoch: int | None = None) -> None:
        """`epoch`: what it was when the key's row was read. Forgotten since: it may be destroyed, so it is not kept."""
        if epoch is not None and epoch != self.epoch:
            return
        self._keys.pop(key_id, None)  # renewed: it goes to the end
        while len(self._keys) >= MOST_KEPT:  # the oldest goes first: a dict keeps its order
            gone, (_, owner, _) = next(iter(self._keys.items()))
            del self._keys[gone]
            if self._active.get(owner) == gone:
                del self._active[owner]
        self._keys[key_id] = (time.monotonic() + KEPT_SECONDS, organization_id, key)
        if active:
            self._active[organization_id] = key_id

    def forget(self, organization_id: UUID) -> None:
        """Drop every key of this organization, so that its next act asks the database which one is active."""
        self.epoch += 1
        for key_id in [key_id for key_id, (_, owner, _) in self._keys.items() if owner == organization_id]:
            del self._keys[key_id]
        self._active.pop(organization_id, None)

    def clear(self) -> None:
        self.epoch += 1
        self._keys.clear()
        self._active.clear()


data_keys = DataKeys()


def bound_to(organization_id: UUID, key_id: UUID) -> bytes:
    """What a wrapped data key is sealed to."""
    return aad("dek", organization_id, key_id)


async def active_key(session: AsyncSession, *, uses: int = 1) -> tuple[UUID, bytes]:
    """(id, key) to seal with, for the organization of this session; it is made at the first use.

    `uses` encryptions are counted, as the last statement of the transaction. Call `ready` before the transaction, so
    that none waits for the key service here. Raises KeysUnavailable.
    """
    key_id, key = await _active_key(session)
    _count(session, key_id, uses)
    return key_id, key


async def ready(organization_id: UUID) -> None:
    """See to it that a transaction which seals finds the active key in this process: it is made or unwrapped now, while
    no row is locked and no connection is held. Outside a session, or before its first statement. Raises KeysUnavailable.
    """
    if data_keys.find_active(organization_id, lasting=LASTING):
        return
    try:
        await _fetch_active(organization_id)
    except KeysUnavailable:
        if not data_keys.find_active(organization_id):  # what is cached goes on to seal until it ends
            raise


async def _fetch_active(organization_id: UUID) -> None:
    epoch = data_keys.epoch
    async with tenant_session(organization_id) as session:
        row = await _newest_active(session)
    if row is None:
        made = await new_key(organization_id)
        async with tenant_session(organization_id) as session:
            await lock_keys(session)
            row = await _newest_active(session)
            if row is None:  # else somebody else was first: ours is thrown away
                await add_key(session, made)
                return
    key = await unwrap(row.wrapped, bound_to(organization_id, row.id))
    data_keys.keep(organization_id, row.id, key, active=True, epoch=epoch)


async def find_key(organization_id: UUID, key_id: UUID, *, lasting: float = 0.0) -> bytes:
    """The key that opens what was sealed with it, kept for `lasting` seconds at least. Opens its own session, and asks
    the key service after it: call it outside one. Raises Unsealable, KeysUnavailable."""
    if found := data_keys.find(organization_id, key_id, lasting=lasting):
        return found
    epoch = data_keys.epoch
    async with tenant_session(organization_id) as session:
        row = (await session.scalars(select(OrganizationDek).where(OrganizationDek.id == key_id))).first()
    if row is None or row.state == "destroyed":
        raise Unsealable("sealed under a data key that this organization does not have")
    key = await unwrap(row.wrapped, bound_to(organization_id, row.id))
    data_keys.keep(organization_id, key_id, key, active=row.state == "active", epoch=epoch)
    return key


async def lock_keys(session: AsyncSession) -> None:
    """One at a time makes, rotates or destroys the data keys of this organization."""
    organization_id = organization_of(session)
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"dek/{organization_id}"}
    )


async def new_key(organization_id: UUID) -> NewKey:
    """Made and wrapped, for `add_key`. Outside a session: it asks the key service. Raises KeysUnavailable."""
    key_id, key = new_id(), secrets.token_bytes(32)
    wrapped = await provider().wrap(key, bound_to(organization_id, key_id))
    return NewKey(key_id, key, wrapped, provider().kek_of(wrapped))


async def add_key(session: AsyncSession, made: NewKey) -> None:
    """The active key from now on, under `lock_keys`; known to this process once the transaction has committed."""
    organization_id = organization_of(session)
    session.add(OrganizationDek(id=made.id, wrapped=made.wrapped, kek_id=made.kek_id))
    await session.flush()
    session.info["new_dek"] = (made.id, made.key)

    async def remember() -> None:
        data_keys.keep(organization_id, made.id, made.key, active=True)

    after_commit(session, remember)  # not before: a key of a transaction that failed must seal nothing


async def _newest_active(session: AsyncSession) -> OrganizationDek | None:
    statement = select(OrganizationDek).where(OrganizationDek.state == "active")
    return (await session.scalars(statement.order_by(OrganizationDek.created_at.desc()).limit(1))).first()


async def _active_key(session: AsyncSession) -> tuple[UUID, bytes]:
    organization_id = organization_of(session)
    made: tuple[UUID, bytes] | None = session.info.get("new_dek")
    if found := made or data_keys.find_active(organization_id):
        return found
    # Here the transaction is open and the key service has to be asked all the same: `ready` was called, and the keys were
    # forgotten since (a rotation, a thousand other organizations), or a batch that nobody expected has something to set
    # aside. The wait is bounded, so that a slow service holds rows and a connection no longer than a slow statement does.
    epoch = data_keys.epoch
    row = await _newest_active(session)
    if row is None:
        await lock_keys(session)  # one active key: whoever comes second waits here and finds the first one's
        row = await _newest_active(session)
    with suppress(TimeoutError):
        async with asyncio.timeout(IN_TRANSACTION):
            if row is None:
                made_now = await new_key(organization_id)
                await add_key(session, made_now)
                return made_now.id, made_now.key
            key = await unwrap(row.wrapped, bound_to(organization_id, row.id))
            data_keys.keep(organization_id, row.id, key, active=True, epoch=epoch)
            return row.id, key
    raise KeysUnavailable("The key service does not answer in time. Nothing was changed; try again.")


def _count(session: AsyncSession, key_id: UUID, uses: int) -> None:
    counts: dict[UUID, int] = session.info.setdefault("dek_uses", {})
    if not counts:

        async def write() -> None:
            await session.flush()
            for each, number in counts.items():
                await session.execute(
                    update(OrganizationDek)
                    .where(OrganizationDek.id == each)
                    .values(enc_count=OrganizationDek.enc_count + number)
                )

        before_commit(session, write)
    counts[key_id] = counts.get(key_id, 0) + uses
