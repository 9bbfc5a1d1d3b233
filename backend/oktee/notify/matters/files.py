"""Files on a matter: sealed in the object store, of a few kinds that are looked at, and only so large."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor, record
from oktee.kit import objects
from oktee.kit.database import after_commit, organization_of, tenant_session
from oktee.kit.errors import Conflict, Invalid, NotFound, field_error
from oktee.kit.storage import content
from oktee.kit.storage.tables import StoredFile
from oktee.kit.undo import can_return, is_over
from oktee.notify.matters.having import Thing, find_matter, matter_of, told
from oktee.notify.matters.tables import Attachment

PURPOSE: Final = "attachment"
MAX_BYTES: Final = 10 * 1024 * 1024
MOST_FILES: Final = 50
KINDS: Final = {
    ".pdf": content.PDF, ".png": content.PNG, ".jpg": content.JPEG, ".jpeg": content.JPEG, ".gif": content.GIF,
    ".webp": content.WEBP, ".csv": content.CSV, ".txt": content.PLAIN, ".xlsx": content.XLSX,
}  # fmt: skip
"""What can be attached, by its ending; the bytes have to agree."""


class KindNotTaken(Invalid):
    """A file of this kind cannot be attached."""


class TooManyFiles(Conflict):
    """The object has as many files as it may."""


def kind_of(file_name: str) -> str:
    """Raises KindNotTaken."""
    found = KINDS.get(PurePosixPath(file_name).suffix.lower())
    if found is None:
        fault = field_error("/file_name", "kind_not_taken", f"Files that can be attached end in {', '.join(KINDS)}.")
        raise KindNotTaken(fault.detail, errors=fault.errors)
    return found


async def store(organization_id: UUID, file_name: str, stream: AsyncIterator[bytes]) -> objects.StoredObject:
    """The body, before any transaction. Raises KindNotTaken, TooLarge, WrongContent, ArchiveRefused, Invalid (empty)."""
    stored = await objects.put(
        organization_id, stream, max_bytes=MAX_BYTES, content_type=kind_of(file_name), purpose=PURPOSE
    )
    if stored.size == 0:
        await objects.delete(stored.key)
        raise field_error("", "empty_file", "The file is empty.")
    return stored


async def attach(
    session: AsyncSession, thing: Thing, file_name: str, stored: objects.StoredObject, *, actor: Actor, by: UUID
) -> Attachment:
    """Raises TooManyFiles."""
    matter = await matter_of(session, thing)
    await _check_room(session, matter.id)
    found = Attachment(
        matter_id=matter.id, file_name=file_name, content_type=stored.content_type, size=stored.size,
        sha256=bytes.fromhex(stored.sha256), active=stored.active, object_key=stored.key, added_by=by,
        added_by_name=actor.name,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await _record(session, "attachment.added", thing, found, actor)
    return found


async def _check_room(session: AsyncSession, matter_id: UUID) -> None:
    there = (Attachment.matter_id == matter_id, Attachment.deleted_at.is_(None))
    if (await session.scalar(select(func.count()).where(*there)) or 0) >= MOST_FILES:
        raise TooManyFiles(f"There are {MOST_FILES} files already.")


async def list_files(session: AsyncSession, matter_id: UUID) -> Sequence[Attachment]:
    """Oldest first."""
    statement = select(Attachment).where(Attachment.matter_id == matter_id, Attachment.deleted_at.is_(None))
    return (await session.scalars(statement.order_by(Attachment.created_at, Attachment.id))).all()


async def get_file(session: AsyncSession, thing: Thing, file_id: UUID) -> Attachment:
    """Raises NotFound."""
    return await _one(session, thing, file_id, Attachment.deleted_at.is_(None), lock=False)


async def _one(
    session: AsyncSession, thing: Thing, file_id: UUID, which: ColumnElement[bool], *, lock: bool
) -> Attachment:
    """`lock`: for whoever changes it, so that of two who do the same at once the second finds it done."""
    matter = await find_matter(session, thing.kind, thing.object_id)
    statement = select(Attachment).where(Attachment.id == file_id, which)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if matter is None or found is None or found.matter_id != matter.id:
        raise NotFound("There is no such file.")
    return found


async def detach(session: AsyncSession, thing: Thing, file_id: UUID, *, actor: Actor) -> None:
    """Nobody gets it any more; for a minute it can be given back. Raises NotFound."""
    found = await _one(session, thing, file_id, Attachment.deleted_at.is_(None), lock=True)
    found.deleted_at = await session.scalar(select(func.now()))
    await session.flush()
    await _record(session, "attachment.deleted", thing, found, actor)


async def give_back(session: AsyncSession, thing: Thing, file_id: UUID, *, actor: Actor) -> None:
    """Undo taking it away. Raises NotFound also when its time is over, TooManyFiles when others took its place."""
    found = await _one(session, thing, file_id, can_return(Attachment.deleted_at), lock=True)
    await _check_room(session, found.matter_id)
    found.deleted_at = None
    await session.flush()
    await _record(session, "attachment.restored", thing, found, actor)


async def forget_files(session: AsyncSession) -> None:
    """Files whose time is over; their bodies go after the commit, and what cannot be deleted then `sweep_lost` finds."""
    gone = delete(Attachment).where(is_over(Attachment.deleted_at)).returning(Attachment.object_key)
    keys = list(await session.scalars(gone))

    async def destroy() -> None:
        for key in keys:
            with suppress(Exception):
                await objects.delete(key)

    after_commit(session, destroy)


async def _record(session: AsyncSession, kind: str, thing: Thing, found: Attachment, actor: Actor) -> None:
    payload = {
        "file": str(found.id),
        "content_type": found.content_type,
        "size": found.size,
        "sha256": found.sha256.hex(),
    }
    await record(
        session, kind, actor=actor, subject=thing.subject, payload=payload, audit=True,
        correlation_id=thing.chain, marketplace_id=thing.marketplace_id, vendor_code=thing.vendor_code, brand=thing.brand,
    )  # fmt: skip
    await told(session, thing)


async def sweep_lost(organization_id: UUID) -> int:
    """Delete bodies of attachments whose row is gone (with its order, or by a worker that died); answers how many."""
    async with tenant_session(organization_id) as session:
        assert organization_of(session) == organization_id
        statement = select(StoredFile.key).where(
            StoredFile.purpose == PURPOSE,
            StoredFile.stored_at < func.now() - objects.UNFINISHED,
            StoredFile.key.not_in(select(Attachment.object_key)),
        )
        lost = list(await session.scalars(statement))
    for key in lost:
        await objects.delete(key)
    return len(lost)
