"""Files on a matter: sealed in the object store, of a few kinds that are looked at, and only so large."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor, record
from oktee.kit import objects
from oktee.kit.database import after_commit, organization_of, tenant_session
from oktee.kit.errors import Conflict, Invalid, NotFound, field_error
from oktee.kit.storage import content
from oktee.kit.storage.tables import StoredFile
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
    if (await session.scalar(select(func.count()).where(Attachment.matter_id == matter.id)) or 0) >= MOST_FILES:
        raise TooManyFiles(f"There are {MOST_FILES} files already.")
    found = Attachment(
        matter_id=matter.id, file_name=file_name, content_type=stored.content_type, size=stored.size,
        sha256=bytes.fromhex(stored.sha256), active=stored.active, object_key=stored.key, added_by=by,
        added_by_name=actor.name,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await _record(session, "attachment.added", thing, found, actor)
    return found


async def list_files(session: AsyncSession, matter_id: UUID) -> Sequence[Attachment]:
    """Oldest first."""
    statement = select(Attachment).where(Attachment.matter_id == matter_id)
    return (await session.scalars(statement.order_by(Attachment.created_at, Attachment.id))).all()


async def get_file(session: AsyncSession, thing: Thing, file_id: UUID) -> Attachment:
    """Raises NotFound."""
    matter = await find_matter(session, thing.kind, thing.object_id)
    found = await session.get(Attachment, file_id)
    if matter is None or found is None or found.matter_id != matter.id:
        raise NotFound("There is no such file.")
    return found


async def detach(session: AsyncSession, thing: Thing, file_id: UUID, *, actor: Actor) -> None:
    """The body goes after the commit; what cannot be deleted then is found by `sweep_lost`. Raises NotFound."""
    found = await get_file(session, thing, file_id)
    await session.delete(found)
    await session.flush()
    await _record(session, "attachment.deleted", thing, found, actor)

    async def destroy() -> None:
        with suppress(Exception):
            await objects.delete(found.object_key)

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
