"""Opens what is sealed and leaves `vault.aad_failure` in the journal where it does not open for its owner."""

from uuid import UUID

from pydantic import SecretStr

from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.crypto import Unsealable
from oktee.kit.database import tenant_session
from oktee.kit.keyring import secrets


async def open_sealed(organization_id: UUID, blob: bytes, *, kind: str, owner_id: UUID, version: int) -> SecretStr:
    """What was sealed. Outside a session. Raises Unsealable for a blob that is damaged or was sealed for another kind,
    organization, owner or version, and KeysUnavailable."""
    try:
        return await secrets.open_blob(organization_id, blob, kind=kind, owner_id=owner_id, version=version)
    except Unsealable as error:
        await note_failure(organization_id, kind=kind, owner=str(owner_id), reason=str(error), version=version)
        raise


async def read(organization_id: UUID, *, kind: str, owner_id: UUID) -> tuple[SecretStr, int] | None:
    """The secret and its version, None when there is none. Opens its own session. Raises Unsealable, KeysUnavailable."""
    found = await secrets.find(organization_id, kind=kind, owner_id=owner_id)
    if found is None:
        return None
    blob, version = found
    return await open_sealed(organization_id, blob, kind=kind, owner_id=owner_id, version=version), version


async def note_failure(organization_id: UUID, *, kind: str, owner: str, reason: str, version: int = 1) -> None:
    """Something sealed did not open: somebody moved or changed it, or its key is gone."""
    async with tenant_session(organization_id) as session:
        await record(
            session, "vault.aad_failure", actor=SYSTEM, subject=Subject("secret", owner, kind),
            outcome="failed", audit=True, payload={"kind": kind, "version": version, "reason": reason},
        )  # fmt: skip
