"""The deletion of everything, up to the purge: asked for with the typed name, seven days to think, a mail each day."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.tables import AmazonConnection
from oktee.journal.record import Actor, Subject, record
from oktee.kit import work
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.kit.settings import settings
from oktee.kit.storage.tables import StoredFile
from oktee.modules.administration.privacy.bundle import workspace_name
from oktee.modules.administration.privacy.data_map import data_map
from oktee.modules.administration.privacy.holds import list_holds
from oktee.modules.administration.privacy.notices import owners_of
from oktee.modules.administration.privacy.purge import PURGE, only_here
from oktee.modules.administration.privacy.tables import Deletion
from oktee.modules.administration.privacy.tombstones import BACKUPS
from oktee.modules.administration.privacy.wire import DeletionScope, HoldRow, ScopeRow, hold_row
from oktee.notify.mail import send_mail

WAIT: Final = timedelta(days=7)
DAILY: Final = timedelta(days=1)


class DeletionOpen(Conflict):
    """A deletion is under way already."""


class DeletionNotOpen(Conflict):
    """It cannot be cancelled any more."""


class LegalHoldBlocks(Conflict):
    """Orders are held for a case."""


async def scope_of(session: AsyncSession, *, language: str = "en") -> DeletionScope:
    """What would go now, with counts; what blocks; how long it takes."""
    organization = organization_of(session)
    found = await data_map(session, language=language)
    size = (
        await session.execute(select(func.count(), func.coalesce(func.sum(StoredFile.size), 0)).select_from(StoredFile))
    ).one()
    holds: list[HoldRow] = [hold_row(hold, names={}) for hold in await list_holds(session, in_force=True)]
    rows = [
        ScopeRow(table=row.table, purpose=row.purpose, category=row.category, module=row.module, rows=row.rows)
        for row in found.rows
        if row.rows
    ]
    return DeletionScope(
        workspace=await workspace_name(session),
        rows=rows,
        total=found.total,
        files=size[0],
        file_bytes=int(size[1]),
        people=len(await only_here(session, organization)),
        connections=await session.scalar(
            select(func.count()).select_from(AmazonConnection).where(AmazonConnection.ended_at.is_(None))
        )
        or 0,
        holds=holds,
        wait_days=WAIT.days,
        backup_days=BACKUPS.days,
    )


async def request_deletion(session: AsyncSession, *, typed: str, actor: Actor) -> Deletion:
    """Begin the seven days. Raises Invalid for another name, LegalHoldBlocks, DeletionOpen."""
    organization = organization_of(session)
    name = await workspace_name(session)
    if typed.strip() != name:
        raise field_error("/workspace_name", "name_differs", "Type the name of the workspace exactly as it is written.")
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"privacy/{organization}"}
    )
    if await session.scalar(select(Deletion.id).where(Deletion.state.in_(("waiting", "purging")))):
        raise DeletionOpen("The deletion of this workspace is under way already.")
    held = await list_holds(session, in_force=True)
    if held:
        numbers = ", ".join(sorted({hold.po_number for hold in held})[:5])
        raise LegalHoldBlocks(f"{len(held)} orders are under legal hold ({numbers}). Release the holds first.")
    number = await session.scalar(select(func.coalesce(func.max(Deletion.number), 0)))
    made = Deletion(
        number=(number or 0) + 1, requested_by=UUID(actor.id) if actor.id else None, requested_at=now(),
        purge_at=now() + WAIT,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await work.schedule(session, PURGE, str(made.id), due_at=made.purge_at)
    await work.schedule(session, REMIND, str(made.id))
    await record(
        session, "deletion.requested", actor=actor, subject=_subject(made), audit=True,
        payload={"number": made.number, "purge_at": made.purge_at.isoformat()},
    )  # fmt: skip
    return made


def _subject(deletion: Deletion) -> Subject:
    return Subject("deletion", str(deletion.id), f"#{deletion.number}")


async def cancel_deletion(session: AsyncSession, deletion_id: UUID, *, actor: Actor) -> Deletion:
    """Within the seven days. Raises NotFound, DeletionNotOpen."""
    # Work before data, as whoever runs it locks them: a reminder on its way would deadlock with us otherwise.
    await work.cancel(session, [PURGE, REMIND], prefix=str(deletion_id))
    found = (await session.scalars(select(Deletion).where(Deletion.id == deletion_id).with_for_update())).first()
    if found is None:
        raise NotFound("There is no such deletion.")
    if found.state != "waiting":
        raise DeletionNotOpen(f"This deletion is {found.state} and cannot be cancelled.")
    found.state, found.cancelled_at = "cancelled", now()
    found.cancelled_by = UUID(actor.id) if actor.id else None
    await record(session, "deletion.cancelled", actor=actor, subject=_subject(found), audit=True)
    await _mail(session, found, "deletion_cancelled")
    return found


async def list_deletions(session: AsyncSession) -> list[Deletion]:
    """Newest first."""
    return list(await session.scalars(select(Deletion).order_by(Deletion.number.desc()).limit(50)))


async def remind(item: work.Item) -> None:
    """Once a day while it can be cancelled: every owner is told when the purge begins."""
    async with tenant_session(item.organization_id) as session:
        found = await session.get(Deletion, UUID(item.key))
    if found is None or found.state != "waiting":
        return
    next_at = now() + DAILY
    async with item.record(next_at if next_at < found.purge_at else None) as session:
        again = (await session.scalars(select(Deletion).where(Deletion.id == found.id).with_for_update())).one()
        if again.state != "waiting":
            return
        again.reminded_at = now()
        await _mail(session, again, "deletion_reminder")


async def _mail(session: AsyncSession, deletion: Deletion, template: str) -> None:
    organization = organization_of(session)
    for owner in await owners_of(session, organization):
        await send_mail(
            session, to=owner["email"], template=template, locale=owner["locale"],
            values={
                "days": max(0, (deletion.purge_at - now()).days),
                "purge_at": deletion.purge_at.strftime("%Y-%m-%d %H:%M UTC"),
                "address": f"{settings().public_url}/",
            },
            organization_id=organization,
        )  # fmt: skip


REMIND: Final = work.Kind("deletion_reminder", remind, queue="bulk", timeout=60.0, attempts=1000, essential=True)
"""Key: the deletion's id."""
