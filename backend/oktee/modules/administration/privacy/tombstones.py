"""Tombstones: an organization that was deleted stays deleted, also when an older backup comes back.

They are kept in the database and, outside it, in the object store: a restored database is compared with those.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now
from oktee.kit.crypto import aad, digest, sign
from oktee.kit.database import global_session
from oktee.kit.errors import NotFound
from oktee.kit.objects import store
from oktee.kit.storage.port import Stream
from oktee.modules.administration.privacy.tables import Tombstone

BACKUPS: Final = timedelta(days=35)
"""How long a backup may live (trust/SECURITY 2)."""
CERTIFICATE_LIFE: Final = timedelta(days=30)
GRAVES: Final = "tombstones/"
CERTIFICATES: Final = "certificates/"
_PRESENT = text("select id from organizations")


@dataclass(frozen=True, slots=True)
class Grave:
    """What is known of a deleted organization; nothing names it."""

    organization_hash: bytes
    requested_at: datetime | None
    purged_at: datetime
    backups_until: datetime
    counts: Mapping[str, int]
    certificate_hash: bytes


def hash_of(organization_id: UUID) -> bytes:
    """A keyed hash of the id: whoever has only this cannot try ids."""
    return bytes.fromhex(sign("tombstone", organization_id.bytes))


def _write(key: str, body: bytes) -> None:
    upload = store().begin(key)
    try:
        upload.write(body)
        upload.finish()
    except BaseException:
        upload.abort()
        raise


async def bury_outside(grave: Grave) -> None:
    """Write the tombstone into the object store; written twice it is the same."""
    body = {
        "organization_hash": grave.organization_hash.hex(),
        "requested_at": grave.requested_at,
        "purged_at": grave.purged_at,
        "backups_until": grave.backups_until,
        "counts": dict(grave.counts),
        "certificate_hash": grave.certificate_hash.hex(),
    }
    content = orjson.dumps(body, option=orjson.OPT_INDENT_2)
    await asyncio.to_thread(_write, f"{GRAVES}{grave.organization_hash.hex()}.json", content)


def _all(file: Stream) -> bytes:
    return b"".join(iter(lambda: file.read(1 << 16), b""))


def _read_outside() -> list[Grave]:
    found = []
    for key, _ in list(store().list(GRAVES)):
        if not key.endswith(".json"):
            continue
        with closing(store().open(key)) as file:
            content: dict[str, Any] = orjson.loads(_all(file))
        asked = content["requested_at"]
        found.append(
            Grave(
                bytes.fromhex(content["organization_hash"]),
                datetime.fromisoformat(asked) if asked else None,
                datetime.fromisoformat(content["purged_at"]),
                datetime.fromisoformat(content["backups_until"]),
                content["counts"],
                bytes.fromhex(content["certificate_hash"]),
            )
        )
    return found


async def list_outside() -> dict[bytes, Grave]:
    """Every tombstone of the object store, by keyed hash."""
    return {grave.organization_hash: grave for grave in await asyncio.to_thread(_read_outside)}


async def risen() -> dict[UUID, Grave]:
    """Organizations that were deleted and are there again, by the tombstones of both places."""
    graves = await list_outside()
    async with global_session() as session:
        for row in await session.scalars(select(Tombstone)):
            graves.setdefault(
                row.organization_hash,
                Grave(
                    row.organization_hash, row.requested_at, row.purged_at, row.backups_until, row.counts,
                    row.certificate_hash,
                ),
            )  # fmt: skip
        present = list((await session.execute(_PRESENT)).scalars())
    hashed = ((UUID(str(found)), hash_of(UUID(str(found)))) for found in present)
    return {found: graves[hashed_id] for found, hashed_id in hashed if hashed_id in graves}


async def bury(session: AsyncSession, grave: Grave, *, token_hash: bytes | None, key: str | None) -> None:
    """The tombstone in the database; one that is there stays as it is."""
    await session.execute(
        insert(Tombstone)
        .values(
            organization_hash=grave.organization_hash, requested_at=grave.requested_at, purged_at=grave.purged_at,
            backups_until=grave.backups_until, counts=dict(grave.counts), certificate_hash=grave.certificate_hash,
            certificate_key=key, token_hash=token_hash, certificate_until=grave.purged_at + CERTIFICATE_LIFE,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


# -- the certificate's file: sealed under the word in the owners' mail, which is stored nowhere ---------------------------


def _key_of(token: str) -> bytes:
    return digest(f"certificate/{token}")


async def keep_certificate(pdf: bytes, *, token: str) -> str:
    """Store the certificate so that only who has the word can read it; answers where."""
    key = f"{CERTIFICATES}{digest(token).hex()}"
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(_key_of(token)).encrypt(nonce, pdf, aad("certificate"))
    await asyncio.to_thread(_write, key, sealed)
    return key


async def open_certificate(token: str) -> bytes:
    """The PDF. Raises NotFound for a wrong word and after 30 days alike."""
    async with global_session() as session:
        row = (
            await session.scalars(
                select(Tombstone).where(Tombstone.token_hash == digest(token), Tombstone.certificate_until > now())
            )
        ).first()
    if row is None or row.certificate_key is None:
        raise NotFound("There is no certificate at this address, or its 30 days are over.")
    return await asyncio.to_thread(_unsealed, row.certificate_key, token)


def _unsealed(key: str, token: str) -> bytes:
    try:
        with closing(store().open(key)) as file:
            body = _all(file)
        return AESGCM(_key_of(token)).decrypt(body[:12], body[12:], aad("certificate"))
    except (FileNotFoundError, InvalidTag):
        raise NotFound("There is no certificate at this address, or its 30 days are over.") from None


async def drop_certificates() -> int:
    """Files of certificates whose 30 days are over; the hash stays. Answers how many. Outside a session: the store is
    asked without one, and a row names its file until the file is gone."""
    over = select(Tombstone.certificate_key).where(
        Tombstone.certificate_key.is_not(None), Tombstone.certificate_until <= now()
    )
    async with global_session() as session:
        keys = [key for key in await session.scalars(over) if key is not None]
    for key in keys:
        await asyncio.to_thread(store().delete, key)
    async with global_session() as session:
        gone = update(Tombstone).where(Tombstone.certificate_key.in_(keys))
        await session.execute(gone.values(certificate_key=None, token_hash=None))
    return len(keys)
