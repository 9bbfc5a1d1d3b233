"""The work of a rotation: every secret and file of an organization is sealed anew, then its old data keys are destroyed."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select

from oktee.journal.record import SYSTEM, Subject, record
from oktee.journal.sealed import note_failure
from oktee.kit import objects
from oktee.kit.clock import now
from oktee.kit.crypto import Unsealable
from oktee.kit.database import tenant_session
from oktee.kit.keyring import rotation
from oktee.kit.storage.tables import StoredFile
from oktee.kit.work import Item, Kind
from oktee.modules.administration.keys.inventory import OF_ORGANIZATION

AGAIN: Final = timedelta(minutes=1)
BROKEN_AGAIN: Final = timedelta(days=1)
"""What does not open keeps its key: looked at daily, and each time on the record."""
FILES: Final = 50
KEY: Final = "reseal"

log = structlog.get_logger(__name__)


async def seal_anew(item: Item) -> None:
    """Once more each minute until no retired key is left: a process may seal with an old key for a while."""
    organization_id = item.organization_id
    active = await rotation.prepare(organization_id)
    broken: list[tuple[str, str]] = []
    if active is not None:
        for column in OF_ORGANIZATION:
            done = 1
            while done:
                active = await rotation.prepare(organization_id) or active  # a long run outlives what is cached
                async with tenant_session(organization_id) as session:
                    await item.guard(session)
                    done, shut = await rotation.reseal(session, column, active)
            broken += [(column.table, each) for each in shut]
        broken += await _files(item, active)
    for table, each in broken:
        await note_failure(organization_id, kind=table, owner=each, reason="found by a rotation of the data key")
    async with tenant_session(organization_id) as session:
        await item.guard(session)
        gone, left = await rotation.destroy_unused(session, OF_ORGANIZATION, linger=rotation.LINGER)
        for key_id in gone:
            await record(
                session, "keys.destroyed", actor=SYSTEM, subject=Subject("data_key", str(key_id), "data key"), audit=True
            )  # fmt: skip
    if gone:
        log.info("data_keys_destroyed", organization_id=str(organization_id), keys=len(gone))
    again = now() + (BROKEN_AGAIN if broken else AGAIN) if left else None
    async with item.record(again):
        pass


async def _files(item: Item, active: UUID) -> list[tuple[str, str]]:
    """File by file; each is read and written once, in constant memory. Answers those that do not open."""
    broken: list[tuple[str, str]] = []
    after = UUID(int=0)
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            found = (
                await session.execute(
                    select(StoredFile.id, StoredFile.key)
                    .where(StoredFile.id > after, StoredFile.dek_id != active, StoredFile.stored_at.is_not(None))
                    .order_by(StoredFile.id)
                    .limit(FILES)
                )
            ).all()
        for row in found:
            after = row.id
            try:
                await objects.seal_anew(row.key)
            except FileNotFoundError:  # deleted meanwhile, or its body is lost: nothing to seal
                continue
            except Unsealable:
                broken.append(("stored_objects", row.key))
        if len(found) < FILES:
            return broken
        await asyncio.sleep(0)


RESEAL: Final = Kind("reseal_keys", run=seal_anew, queue="bulk", timeout=3600.0, attempts=1000)
"""Key: KEY; of each organization whose data key was rotated."""
