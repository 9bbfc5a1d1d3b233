"""The life of data keys: a new one becomes active, the old one only opens, and is destroyed when nothing refers to it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import crypto
from oktee.kit.crypto import Unsealable, key_id_of
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.keyring.data_keys import LASTING, NewKey, add_key, bound_to, find_key, lock_keys
from oktee.kit.keyring.forgetting import forget_everywhere
from oktee.kit.keyring.providers import provider, unwrap
from oktee.kit.keyring.sealed_columns import SealedColumn
from oktee.kit.keyring.tables import OrganizationDek
from oktee.kit.storage.tables import StoredFile

GREATEST_AGE: Final = timedelta(days=365)
MOST_USES: Final = 1 << 30
LINGER: Final = timedelta(minutes=10)
"""For this long after its retirement another process may still seal with a key: it keeps them for five minutes."""
BATCH: Final = 200


async def rotate(session: AsyncSession, made: NewKey) -> UUID:
    """`made` (of `data_keys.new_key`, before the session) becomes the active data key of this session's organization;
    what was active only opens from now on."""
    await lock_keys(session)
    await session.execute(
        update(OrganizationDek)
        .where(OrganizationDek.state == "active")
        .values(state="decrypt_only", retired_at=func.now())
    )
    forget_everywhere(session)
    await add_key(session, made)
    return made.id


async def is_due(session: AsyncSession) -> bool:
    """Whether the active key is a year old or has sealed 2^30 times."""
    found = await session.scalar(
        select(func.count())
        .select_from(OrganizationDek)
        .where(
            OrganizationDek.state == "active",
            (OrganizationDek.created_at < func.now() - GREATEST_AGE) | (OrganizationDek.enc_count >= MOST_USES),
        )
    )
    return bool(found)


@dataclass(frozen=True, slots=True, repr=False)
class Rewrapping:
    """A data key as it was found and as it is wrapped now."""

    key_id: UUID
    old: bytes
    new: bytes
    kek_id: str


async def wrap_anew(organization_id: UUID) -> list[Rewrapping]:
    """The data keys of this organization that another key wrapped than the provider's active one, wrapped by it; nothing
    is stored: that is `rewrap`'s. Outside a session: it asks the key service. Raises Unsealable, KeysUnavailable."""
    active = (await provider().kek_ids())[0]
    statement = select(OrganizationDek).where(OrganizationDek.state != "destroyed", OrganizationDek.kek_id != active)
    async with tenant_session(organization_id) as session:
        rows = (await session.scalars(statement)).all()
    found = []
    for row in rows:
        sealed_to = bound_to(organization_id, row.id)
        new = await provider().wrap(await unwrap(row.wrapped, sealed_to), sealed_to)
        found.append(Rewrapping(row.id, row.wrapped, new, provider().kek_of(new)))
    return found


async def rewrap(session: AsyncSession, found: list[Rewrapping]) -> int:
    """Store them, except for a key that was destroyed or wrapped by somebody else meanwhile; answers how many. What they
    seal is untouched."""
    count = 0
    for each in found:
        done = await session.execute(
            update(OrganizationDek)
            .where(
                OrganizationDek.id == each.key_id,
                OrganizationDek.wrapped == each.old,
                OrganizationDek.state != "destroyed",
            )
            .values(wrapped=each.new, kek_id=each.kek_id)
            .returning(OrganizationDek.id)
        )
        count += len(done.all())
    return count


async def prepare(organization_id: UUID) -> UUID | None:
    """Unwrap every living data key before a transaction needs one; answers the active one's id, None without keys."""
    async with tenant_session(organization_id) as session:
        rows = (
            await session.execute(
                select(OrganizationDek.id, OrganizationDek.state)
                .where(OrganizationDek.state != "destroyed")
                .order_by(OrganizationDek.created_at)
            )
        ).all()
    for row in rows:
        await find_key(organization_id, row.id, lasting=LASTING)
    return next((row.id for row in reversed(rows) if row.state == "active"), None)


async def reseal(session: AsyncSession, column: SealedColumn, active: UUID) -> tuple[int, list[str]]:
    """Seal a batch of this column's blobs anew under the active key: (how many, the ids of those that do not open).

    Call `prepare` before, so that no key has to be fetched in here.
    """
    organization_id = organization_of(session)
    key = await find_key(organization_id, active)
    rows = (await session.execute(column.stale(limit=BATCH), {"active": active.bytes})).all()
    broken: list[str] = []
    for row in rows:
        sealed_to = column.bound(row, organization_id)
        try:
            plain = crypto.unseal(await find_key(organization_id, key_id_of(row.blob)), row.blob, sealed_to)
        except Unsealable:
            broken.append("/".join(str(getattr(row, name)) for name in column.ids))
            continue
        values = {name: getattr(row, name) for name in column.ids}
        values |= {"old": row.blob, "new": crypto.seal(key, active, plain, sealed_to)}
        if column.key_column:
            values["key"] = active
        await session.execute(column.replace(), values)
    return len(rows) - len(broken), broken


async def uses(session: AsyncSession, columns: tuple[SealedColumn, ...]) -> dict[UUID, int]:
    """How many blobs and files refer to each data key of this organization; a key without any is not in it."""
    found: dict[UUID, int] = {}
    for column in columns:
        for row in await session.execute(column.by_key()):
            key_id = UUID(bytes=bytes(row.key))
            found[key_id] = found.get(key_id, 0) + row.blobs
    files = select(StoredFile.dek_id, func.count().label("files")).group_by(StoredFile.dek_id)
    for dek_id, count in (await session.execute(files)).all():
        found[UUID(int=dek_id.int)] = found.get(UUID(int=dek_id.int), 0) + count
    return found


async def destroy_unused(
    session: AsyncSession, columns: tuple[SealedColumn, ...], *, linger: timedelta = LINGER
) -> tuple[list[UUID], int]:
    """Destroy the retired keys that nothing refers to: (those destroyed, how many retired ones are left)."""
    await lock_keys(session)
    rows = (
        await session.scalars(select(OrganizationDek).where(OrganizationDek.state == "decrypt_only").with_for_update())
    ).all()
    counts, clock = await uses(session, columns), await session.scalar(select(func.now()))
    assert clock is not None
    gone: list[UUID] = []
    for row in rows:
        if row.retired_at is not None and row.retired_at + linger <= clock and not counts.get(UUID(int=row.id.int)):
            row.state, row.wrapped, row.destroyed_at = "destroyed", b"", clock
            gone.append(row.id)
    if gone:
        forget_everywhere(session)
    return gone, len(rows) - len(gone)


async def shred(session: AsyncSession) -> int:
    """Destroy every data key of this organization: what is sealed under them stays shut for ever, in backups too.

    Other processes drop theirs at once (kit/keyring/forgetting.py); one that cannot be told may open for five minutes more.
    Answers how many keys.
    """
    await lock_keys(session)
    done = await session.scalars(
        update(OrganizationDek)
        .where(OrganizationDek.state != "destroyed")
        .values(state="destroyed", wrapped=b"", destroyed_at=func.now())
        .returning(OrganizationDek.id)
    )
    forget_everywhere(session)
    return len(done.all())
