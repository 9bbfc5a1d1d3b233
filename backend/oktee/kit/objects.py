"""Files of organizations: stored sealed under their data key, each with a row that says what it is and until when.

`put` a stream, read it back with `open_stream` (async) or `reading` (a seekable file for threads). Where bodies are
kept is a setting: a local folder, or a bucket of S3 (kit/storage).
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update

from oktee.kit.clock import now
from oktee.kit.crypto import Unsealable
from oktee.kit.database import new_id, tenant_session
from oktee.kit.errors import TooLarge
from oktee.kit.keyring.data_keys import active_key, data_keys, find_key, ready
from oktee.kit.settings import settings
from oktee.kit.storage import content
from oktee.kit.storage.archives import check_archive
from oktee.kit.storage.folder import FolderStore
from oktee.kit.storage.port import Store
from oktee.kit.storage.port import StoreUnavailable as StoreUnavailable
from oktee.kit.storage.sealed import CHUNK, SealedFile, SealingUpload, key_id_of_body
from oktee.kit.storage.tables import StoredFile

UNFINISHED: Final = timedelta(hours=24)
"""A body that was never whole is deleted after this."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A file as it was stored: its key, size in bytes and SHA-256 in hex, what it is, and whether it can act."""

    key: str
    size: int
    sha256: str
    content_type: str = content.BYTES
    active: bool = False


@cache
def store() -> Store:
    """Where the settings say bodies are kept. Tests that change them call `store.cache_clear()`."""
    options = settings()
    if options.objects_url is None:
        return FolderStore(options.objects_dir)
    parts = urlsplit(options.objects_url)
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    from oktee.kit.storage.s3 import S3Store  # boto3 is heavy: only who keeps files there waits for it

    return S3Store(
        parts.netloc, parts.path, endpoint=options.objects_endpoint, region=options.objects_region,
        sse=options.objects_sse, sse_key=options.objects_sse_key,
    )  # fmt: skip


async def put(
    organization_id: UUID,
    stream: AsyncIterator[bytes],
    *,
    max_bytes: int,
    content_type: str = content.BYTES,
    purpose: str = "upload",
    expires_at: datetime | None = None,
    nested: bool = False,
) -> StoredObject:
    """Store a stream; it is there only when it is whole, and nothing is kept otherwise. Opens its own sessions.

    Raises TooLarge, WrongContent (the bytes are not of `content_type`), ArchiveRefused, KeysUnavailable,
    StoreUnavailable. `nested`: the archive may hold archives (our own bundles).
    """
    object_id = new_id()
    key = f"{organization_id}/{object_id}"
    await ready(organization_id)
    async with tenant_session(organization_id) as session:
        key_id, data_key = await active_key(session)
        session.add(
            StoredFile(
                id=object_id, key=key, purpose=purpose, content_type=content_type, dek_id=key_id, expires_at=expires_at
            )
        )
    upload: SealingUpload | None = None
    try:
        begun = await asyncio.to_thread(store().begin, key)
        upload = SealingUpload(begun, key=key, data_key_id=key_id, data_key=data_key)
        size, digest, active = await _take(stream, upload, content_type=content_type, max_bytes=max_bytes)
        if content_type in content.ARCHIVES:
            active = await _check_archive(organization_id, key, size, nested=nested) or active
        async with tenant_session(organization_id) as session:
            await session.execute(
                update(StoredFile)
                .where(StoredFile.id == object_id)
                .values(size=size, sha256=digest, active=active, stored_at=func.now())
            )
    except BaseException:
        if upload is not None:
            with suppress(Exception):
                await asyncio.to_thread(upload.abort)
        with suppress(Exception):  # what cannot be taken back now is found by `sweep`
            await asyncio.shield(delete(key))
        raise
    return StoredObject(key, size, digest.hex(), content_type, active)


async def _take(
    stream: AsyncIterator[bytes], upload: SealingUpload, *, content_type: str, max_bytes: int
) -> tuple[int, bytes, bool]:
    """(size, SHA-256, active). The first bytes are looked at before anything is written."""
    seen, digest, head, checked, active = 0, hashlib.sha256(), bytearray(), False, False
    waiting = bytearray()
    async for chunk in stream:
        seen += len(chunk)
        if seen > max_bytes:
            raise TooLarge(f"The file is larger than {max_bytes // (1024 * 1024)} MiB.")
        digest.update(chunk)
        waiting += chunk
        if not checked:
            head += chunk[: content.HEAD_BYTES - len(head)]
            if len(head) >= content.HEAD_BYTES:
                active, checked = content.check(content_type, bytes(head)), True
        if len(waiting) >= CHUNK:
            await asyncio.to_thread(upload.write, bytes(waiting))
            waiting.clear()
    if not checked and head:
        active = content.check(content_type, bytes(head))
    await asyncio.to_thread(upload.write, bytes(waiting))
    await asyncio.to_thread(upload.finish)
    return seen, digest.digest(), active


async def _check_archive(organization_id: UUID, key: str, size: int, *, nested: bool) -> bool:
    file = await asyncio.to_thread(_sealed_file, organization_id, key, size, asyncio.get_running_loop())
    with closing(file):
        return await asyncio.to_thread(partial(check_archive, _buffered(file), nested=nested))


@asynccontextmanager
async def reading(key: str) -> AsyncIterator[BinaryIO]:
    """A stored file as a seekable binary file: read it in a thread, its reads block. Raises FileNotFoundError, and
    Unsealable where the body was changed."""
    organization_id = organization_of_key(key)
    size = (await find(key)).size
    file = await asyncio.to_thread(_sealed_file, organization_id, key, size, asyncio.get_running_loop())
    try:
        yield _buffered(file)
    finally:
        await asyncio.to_thread(file.close)


async def open_stream(key: str) -> AsyncIterator[bytes]:
    """A stored file piece by piece: `async for piece in objects.open_stream(key)`. Raises as `reading` does."""
    async with reading(key) as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


def _sealed_file(organization_id: UUID, key: str, size: int, loop: asyncio.AbstractEventLoop) -> SealedFile:
    def data_key(key_id: UUID) -> bytes:  # in a thread: the loop is free to ask the database
        known = data_keys.find(organization_id, key_id)
        return known or asyncio.run_coroutine_threadsafe(find_key(organization_id, key_id), loop).result(30)

    return SealedFile(store(), key, data_key=data_key, size=size)


def _buffered(file: SealedFile) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(file, CHUNK))


async def find(key: str) -> StoredFile:
    """What is known of a whole file. Raises FileNotFoundError."""
    async with tenant_session(organization_of_key(key)) as session:
        found = (
            await session.scalars(select(StoredFile).where(StoredFile.key == key, StoredFile.stored_at.is_not(None)))
        ).first()
    if found is None:
        raise FileNotFoundError("there is no such file")
    return found


async def seal_anew(key: str) -> None:
    """Seal a file under the active data key, in its place. Whoever reads it meanwhile reads on. Raises FileNotFoundError,
    Unsealable: then the file is as it was."""
    organization_id = organization_of_key(key)
    before = await find(key)
    await ready(organization_id)
    async with tenant_session(organization_id) as session:
        key_id, data_key = await active_key(session)
    if await asyncio.to_thread(key_id_of_body, store(), key) != key_id:
        async with reading(key) as file:
            await asyncio.to_thread(_copy, file, key, key_id, data_key, before.sha256)
    async with tenant_session(organization_id) as session:
        statement = update(StoredFile).where(StoredFile.key == key).values(dek_id=key_id).returning(StoredFile.id)
        kept = (await session.execute(statement)).first()
    if kept is None:  # deleted while it was written again
        await asyncio.to_thread(store().delete, key)


def _copy(file: BinaryIO, key: str, key_id: UUID, data_key: bytes, sha256: bytes | None) -> None:
    upload = SealingUpload(store().begin(key), key=key, data_key_id=key_id, data_key=data_key)
    try:
        digest = hashlib.sha256()
        while piece := file.read(CHUNK):
            digest.update(piece)
            upload.write(piece)
        if digest.digest() != sha256:
            raise Unsealable("a stored file is not what was handed in")
        upload.finish()
    except BaseException:
        upload.abort()
        raise


async def delete(key: str) -> None:
    """Missing is fine. The body goes first: a row without a body is found by `sweep`, and so is the reverse."""
    organization_id = organization_of_key(key)
    await asyncio.to_thread(store().delete, key)
    async with tenant_session(organization_id) as session:
        await session.execute(delete_rows(StoredFile).where(StoredFile.key == key))


async def delete_prefix(organization_id: UUID) -> int:
    """Delete everything of an organization, rows and bodies; answers how many bodies there were."""
    bodies = [key async for key in _bodies(organization_id)]
    for key in bodies:
        await asyncio.to_thread(store().delete, key)
    async with tenant_session(organization_id) as session:
        await session.execute(delete_rows(StoredFile))
    return len(bodies)


async def list_keys(organization_id: UUID) -> list[str]:
    """The key of every body of an organization, also of those no row knows."""
    return [key async for key in _bodies(organization_id)]


async def sweep(organization_id: UUID) -> int:
    """Delete what has passed its date, what was never whole for a day, and bodies without a row; answers how many."""
    async with tenant_session(organization_id) as session:
        over = set(
            await session.scalars(
                select(StoredFile.key).where(
                    (StoredFile.expires_at < func.now())
                    | (StoredFile.stored_at.is_(None) & (StoredFile.created_at < func.now() - UNFINISHED))
                )
            )
        )
        known = set(await session.scalars(select(StoredFile.key)))
    before = (now() - UNFINISHED).timestamp()
    lost = {key for key, at in await asyncio.to_thread(_list, organization_id) if key not in known and at < before}
    for key in sorted(over | lost):
        await delete(key)
    return len(over | lost)


async def _bodies(organization_id: UUID) -> AsyncIterator[str]:
    for key, _ in await asyncio.to_thread(_list, organization_id):
        yield key


def _list(organization_id: UUID) -> list[tuple[str, float]]:
    found: Iterable[tuple[str, float]] = store().list(f"{organization_id}/")
    return list(found)


def organization_of_key(key: str) -> UUID:
    """A key says whose it is. Raises ValueError for what is no key."""
    return UUID(key.split("/", 1)[0])
