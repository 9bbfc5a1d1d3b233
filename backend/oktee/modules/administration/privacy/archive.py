"""Audit entries past their 400 days: a sealed archive in the object store, and their hashes, so that the chain holds."""

import asyncio
import tempfile
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text

from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.kit.work import Item
from oktee.modules.administration.privacy.bundle import pieces
from oktee.modules.administration.privacy.tombstones import hash_of

BATCH: Final = 5000
PURPOSE: Final = "audit_archive"
LARGEST: Final = 1 << 36

_OLD = text(
    """select id, sequence, previous_hash, hash, row_to_json(j)::text as line from journal_entries j
    where log = 'audit' and at < :cutoff order by sequence limit :n"""
)
_BONES = text(
    """insert into audit_skeletons (organization_hash, sequence, previous_hash, hash)
    values (:hash, :sequence, :previous, :own) on conflict do nothing"""
)


async def archive_audit(item: Item, cutoff: datetime) -> int:
    """Move audit entries from before `cutoff` into sealed files of 5,000; answers how many. A file that was written by a
    worker that died before its rows went is written again: an entry in two archives is the same entry."""
    moved = 0
    while True:
        async with tenant_session(item.organization_id) as session:
            rows = (await session.execute(_OLD, {"cutoff": cutoff, "n": BATCH})).all()
        if not rows:
            return moved
        with tempfile.TemporaryFile() as file:
            for row in rows:
                file.write(orjson.dumps(orjson.loads(row.line)) + b"\n")
            file.seek(0)
            await objects.put(item.organization_id, pieces(file), max_bytes=LARGEST, purpose=PURPOSE)
        ids = [UUID(str(row.id)) for row in rows]
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            await session.execute(
                _BONES,
                [
                    {
                        "hash": hash_of(item.organization_id), "sequence": row.sequence,
                        "previous": row.previous_hash or b"\x00" * 32, "own": row.hash,
                    }
                    for row in rows
                    if row.sequence is not None
                ],
            )  # fmt: skip
            gone = await session.execute(
                text("select expire_rows('journal_entries', cast(:ids as uuid[]))"), {"ids": ids}
            )
            removed = int(gone.scalar_one())
        moved += removed
        if removed < len(rows):  # younger than the law of the database allows: they stay until they are old enough
            return moved
        await asyncio.sleep(0)
