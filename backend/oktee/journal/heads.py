"""The end of the chain, signed once a day: whoever changes the database afterwards contradicts a signature."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.hashing import instant
from oktee.journal.signatures import holds, signed
from oktee.journal.tables import AuditHead, JournalHead
from oktee.kit.clock import now
from oktee.kit.database import organization_of

log = structlog.get_logger(__name__)


def statement(
    organization_id: UUID, *, signed_on: date, sequence: int, digest: bytes, signed_at: datetime
) -> dict[str, Any]:
    """What is signed."""
    return {
        "what": "oktee/audit-head/1",
        "organization_id": str(organization_id),
        "signed_on": signed_on.isoformat(),
        "sequence": sequence,
        "hash": digest.hex(),
        "signed_at": instant(signed_at),
    }


async def sign_head(session: AsyncSession) -> AuditHead | None:
    """Sign where the chain of this organization ends; once a day, the first counts. None while there is no entry.

    It is written to the log too: a copy outside the database, which even a restored older backup cannot take back.
    """
    at = now()
    await session.flush()
    head = (await session.execute(select(JournalHead).with_for_update())).scalar_one_or_none()
    if head is None or head.sequence == 0:
        return None
    organization = organization_of(session)
    values: dict[str, Any] = {"signed_on": at.date(), "sequence": head.sequence, "hash": head.hash, "signed_at": at}
    said = statement(organization, signed_on=at.date(), sequence=head.sequence, digest=head.hash, signed_at=at)
    values["key_id"], values["signature"] = signed(said)
    inserted = insert(AuditHead).values(**values).on_conflict_do_nothing().returning(AuditHead.sequence)
    if (await session.execute(inserted)).scalar_one_or_none() is not None:
        log.info("audit_head", **said, key_id=values["key_id"], signature=values["signature"].hex())
    return (await session.execute(select(AuditHead).where(AuditHead.signed_on == at.date()))).scalar_one()


def is_genuine(organization_id: UUID, head: AuditHead) -> bool:
    """Whether one of our keys signed it as it is."""
    said = statement(
        organization_id, signed_on=head.signed_on, sequence=head.sequence, digest=head.hash, signed_at=head.signed_at
    )
    return holds(said, head.key_id, head.signature)


async def newest_head(session: AsyncSession) -> AuditHead | None:
    newest = select(func.max(AuditHead.signed_on)).scalar_subquery()
    return (await session.execute(select(AuditHead).where(AuditHead.signed_on == newest))).scalar_one_or_none()
