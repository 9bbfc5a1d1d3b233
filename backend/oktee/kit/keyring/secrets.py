"""Secrets of an organization, each sealed to its kind, organization, owner and version (trust/OAUTH 3).

A blob that is moved anywhere else does not open. Whoever opens one records a failure: journal/sealed.py.
"""

from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import crypto
from oktee.kit.crypto import aad, key_id_of
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.keyring.data_keys import active_key, find_key
from oktee.kit.keyring.tables import Secret


async def seal(
    session: AsyncSession, plain: SecretStr, *, kind: str, owner_id: UUID, version: int
) -> tuple[UUID, bytes]:
    """(id of the data key, blob) for the organization of this session; makes its data key at the first use. Call
    `data_keys.ready` before the session."""
    key_id, key = await active_key(session)
    bound_to = aad(kind, organization_of(session), owner_id, version)
    return key_id, crypto.seal(key, key_id, plain.get_secret_value().encode(), bound_to)


async def open_blob(organization_id: UUID, blob: bytes, *, kind: str, owner_id: UUID, version: int) -> SecretStr:
    """What was sealed. Outside a session. Raises Unsealable, KeysUnavailable."""
    key = await find_key(organization_id, key_id_of(blob))
    return SecretStr(crypto.unseal(key, blob, aad(kind, organization_id, owner_id, version)).decode())


async def keep(session: AsyncSession, plain: SecretStr, *, kind: str, owner_type: str, owner_id: UUID) -> int:
    """Store a secret, in place of the one this owner has of that kind; answers its version."""
    found = (
        await session.scalars(select(Secret).where(Secret.owner_id == owner_id, Secret.kind == kind).with_for_update())
    ).first()
    version = found.version + 1 if found else 1
    key_id, blob = await seal(session, plain, kind=kind, owner_id=owner_id, version=version)
    if found:
        found.dek_id, found.blob, found.version = key_id, blob, version
    else:
        session.add(Secret(owner_type=owner_type, owner_id=owner_id, kind=kind, dek_id=key_id, blob=blob))
    await session.flush()
    return version


async def find(organization_id: UUID, *, kind: str, owner_id: UUID) -> tuple[bytes, int] | None:
    """(blob, version) of a secret, None when there is none. Opens its own session."""
    async with tenant_session(organization_id) as session:
        row = (
            await session.execute(
                select(Secret.blob, Secret.version).where(Secret.owner_id == owner_id, Secret.kind == kind)
            )
        ).first()
    return (row.blob, row.version) if row else None


async def destroy(session: AsyncSession, owner_id: UUID) -> None:
    """Delete every secret of this owner."""
    await session.execute(delete(Secret).where(Secret.owner_id == owner_id))
