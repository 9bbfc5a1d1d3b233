"""What an operator does with keys: rotate them, find out what still refers to one, and forget it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor, Subject, record
from oktee.kit import key_file, work
from oktee.kit.crypto import Unsealable, kek
from oktee.kit.database import global_session, organization_of, tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.keyring import rotation
from oktee.kit.keyring.data_keys import NewKey, new_key
from oktee.kit.keyring.providers import provider
from oktee.kit.keyring.sealed_columns import SealedColumn
from oktee.kit.keyring.tables import OrganizationDek
from oktee.kit.settings import settings
from oktee.modules.administration.keys.inventory import OF_HOUSE
from oktee.modules.administration.keys.reseal import KEY, RESEAL

OPERATOR: Final = Actor("system", "OKTee operator")


class KeyInUse(Conflict):
    """Something is still sealed under this key."""


class NoSuchKey(NotFound):
    """No key of this name is known."""


@dataclass(slots=True)
class Rewrapped:
    """What a rotation of the key-encryption key did: data keys and house secrets wrapped anew, and what did not open."""

    data_keys: int = 0
    house_secrets: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Status:
    """How keys stand. `keks`: for each key-encryption key, how many data keys and house secrets are under it."""

    active: str
    keks: dict[str, int]
    data_keys: dict[str, int]
    oldest_active_at: datetime | None
    due: int


async def organizations() -> list[UUID]:
    """Every organization."""
    async with global_session() as session:
        return list((await session.execute(text("select id from organizations order by id"))).scalars())


async def rotate_data_key(organization_id: UUID) -> UUID:
    """A new data key for this organization; what is sealed under the old one is sealed anew in the background."""
    made = await new_key(organization_id)
    async with tenant_session(organization_id) as session:
        return await _rotate(session, made)


async def rotate_if_due(item: work.Item) -> bool:
    """Daily: a key that is a year old or has sealed 2^30 times is replaced. Raises Fenced."""
    async with tenant_session(item.organization_id) as session:
        if not await rotation.is_due(session):
            return False
    made = await new_key(item.organization_id)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        if not await rotation.is_due(session):  # somebody else was faster
            return False
        await _rotate(session, made)
    return True


async def _rotate(session: AsyncSession, made: NewKey) -> UUID:
    await work.schedule(session, RESEAL, KEY)  # first: its runs lock their work row, then the keys
    key_id = await rotation.rotate(session, made)
    await record(
        session, "keys.rotated", actor=OPERATOR, subject=Subject("data_key", str(key_id), "data key"), audit=True
    )  # fmt: skip
    return key_id


async def rotate_kek() -> Rewrapped:
    """A new house key becomes active, then every data key and house secret is wrapped anew.

    Under a provider outside this process, its active key is what data keys are wrapped by: make that one new first.
    """
    key_file.add_key(settings().key_file)
    return await rewrap_all()


async def rewrap_all() -> Rewrapped:
    """Wrap by the active keys whatever is under another one. It may be called again at any time."""
    done = Rewrapped()
    await asyncio.to_thread(kek().refresh)
    for organization_id in await organizations():
        try:
            done.data_keys += await _rewrap(organization_id)
        except Unsealable as error:
            done.broken.append(f"organization {organization_id}: {error}")
    for column in OF_HOUSE:
        done.house_secrets += await _reseal_house(column, done.broken)
    return done


async def _rewrap(organization_id: UUID) -> int:
    found = await rotation.wrap_anew(organization_id)
    if not found:
        return 0
    async with tenant_session(organization_id) as session:
        count = await rotation.rewrap(session, found)
        if count:
            await record(
                session, "keys.rewrapped", actor=OPERATOR,
                subject=Subject("organization", str(organization_id), "data keys"),
                payload={"keys": count}, audit=True,
            )  # fmt: skip
    return count


async def _reseal_house(column: SealedColumn, broken: list[str]) -> int:
    """A house secret that does not open is named and left as it is."""
    count, keys = 0, kek()
    while True:
        async with global_session() as session:
            rows = (await session.execute(column.stale(limit=rotation.BATCH), {"active": keys.active.bytes})).all()
            done = 0
            for row in rows:
                sealed_to = column.bound(row)
                ids = {name: getattr(row, name) for name in column.ids}
                try:
                    new = keys.wrap(keys.unwrap(row.blob, sealed_to), sealed_to)
                except Unsealable as error:
                    broken.append(f"{column.table} {'/'.join(map(str, ids.values()))}: {error}")
                    continue
                await session.execute(column.replace(), ids | {"old": row.blob, "new": new})
                done += 1
        count += done
        if len(rows) < rotation.BATCH or not done:
            return count


async def references() -> Counter[str]:
    """For each key-encryption key: how many data keys and house secrets only it opens."""
    found: Counter[str] = Counter()
    for organization_id in await organizations():
        async with tenant_session(organization_id) as session:
            rows = await session.execute(
                select(OrganizationDek.kek_id, func.count())
                .where(OrganizationDek.state != "destroyed")
                .group_by(OrganizationDek.kek_id)
            )
            for kek_id, count in rows.all():
                found[kek_id] += count
    async with global_session() as session:
        for column in OF_HOUSE:
            for row in await session.execute(column.by_key()):
                found[str(UUID(bytes=bytes(row.key)))] += row.blobs
    return found


async def revoke(name: str) -> str:
    """Forget a key: (of the key file) remove it once nothing refers to it, (of a provider) say that nothing does,
    (a data key's id) replace it. Answers what was done. Raises KeyInUse, NoSuchKey."""
    if (organization_id := await _owner_of_data_key(name)) is not None:
        await rotate_data_key(organization_id)
        return f"Data key {name} was replaced; it is destroyed when everything under it is sealed anew."
    house = {str(key_id) for key_id in kek().keys}
    outside = await provider().kek_ids()
    if name not in house and name not in outside:
        raise NoSuchKey(f"No key is called {name}: see `oktee keys status`.")
    if name in {str(kek().active), outside[0]}:
        raise KeyInUse(f"{name} is the active key: run `oktee keys rotate-kek` first.")
    await rewrap_all()
    left = (await references())[name]
    if left:
        raise KeyInUse(f"{left} keys or secrets are still under {name} and do not open: it stays.")
    if name in house:
        key_file.remove_key(settings().key_file, UUID(name))
        return f"Key {name} was removed from the key file. Remove it from the copies of the file too."
    return f"Nothing is under {name} any more: disable it at the provider."


async def _owner_of_data_key(name: str) -> UUID | None:
    try:
        key_id = UUID(name)
    except ValueError:
        return None
    for organization_id in await organizations():
        async with tenant_session(organization_id) as session:
            statement = select(OrganizationDek.id).where(
                OrganizationDek.id == key_id, OrganizationDek.state != "destroyed"
            )
            if await session.scalar(statement) is not None:
                return organization_of(session)
    return None


async def status() -> Status:
    """How the keys of this deployment stand."""
    states: Counter[str] = Counter()
    oldest: datetime | None = None
    due = 0
    for organization_id in await organizations():
        async with tenant_session(organization_id) as session:
            rows: Any = await session.execute(select(OrganizationDek.state, OrganizationDek.created_at))
            for state, created_at in rows.all():
                states[state] += 1
                if state == "active" and (oldest is None or created_at < oldest):
                    oldest = created_at
            due += await rotation.is_due(session)
    found = await references()
    outside = await provider().kek_ids()
    names = dict.fromkeys([*outside, *map(str, kek().keys), *found])
    return Status(outside[0], {name: found.get(name, 0) for name in names}, dict(states), oldest, due)
