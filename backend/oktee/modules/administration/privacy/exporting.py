"""Exports: asked for by a person, made by a job that survives a kill, downloaded by a link bound to a session."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.journal.sealed import read
from oktee.kit import objects, operations, work
from oktee.kit.chaos import point
from oktee.kit.clock import now
from oktee.kit.crypto import sign
from oktee.kit.database import after_commit, organization_of, tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.keyring.secrets import destroy, keep
from oktee.kit.operations import Operation
from oktee.modules.administration.privacy import bundle
from oktee.modules.administration.privacy.bundle import Bundle, Part, Source
from oktee.modules.administration.privacy.subject_rows import subject_sources
from oktee.modules.administration.privacy.tables import Deletion, Export, ExportPart
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

KEPT: Final = timedelta(days=7)
LINK_LIFE: Final = timedelta(minutes=5)
PASSPHRASE: Final = "export_passphrase"  # noqa: S105 - the kind of a secret
OPEN: Final = frozenset({"queued", "running"})

log = structlog.get_logger(__name__)


class ExportRunning(Conflict):
    """One export at a time."""


class ExportNotReady(Conflict):
    """There is no file to download: it is not whole yet, or it has expired."""


class DeletionUnderWay(Conflict):
    """This workspace is being deleted."""


class LinkExpired(NotFound):
    """The link is not of this session, or older than five minutes."""


def random_passphrase() -> str:
    """Some 150 bits, in groups that can be read out."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(6))


async def request_export(
    session: AsyncSession,
    *,
    passphrase: SecretStr,
    actor: Actor,
    subject: str | None = None,
    categories: Collection[str] | None = None,
    formats: Collection[str] = bundle.FOLDERS,
) -> tuple[Export, Operation]:
    """Queue an export of everything, or of what concerns one person (`subject`: an e-mail address or a user's id), or of
    some categories of the data map. Raises ExportRunning, DeletionUnderWay."""
    organization = organization_of(session)
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"privacy/{organization}"}
    )
    if await session.scalar(select(Deletion.id).where(Deletion.state == "purging")):
        raise DeletionUnderWay("This workspace is being deleted. Nothing can be exported any more.")
    if await session.scalar(select(Export.id).where(Export.state.in_(OPEN))):
        raise ExportRunning("An export is being made already. Wait for it, or cancel it.")
    who = UUID(actor.id) if actor.id else None
    operation = Operation(kind="privacy.export", unit="tables", created_by=who)
    session.add(operation)
    await session.flush()
    number = (await session.scalar(select(func.coalesce(func.max(Export.number), 0)))) or 0
    made = Export(
        number=number + 1, operation_id=operation.id, requested_by=who, subject=subject,
        categories=None if categories is None else sorted(set(categories)), formats=sorted(set(formats)),
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await session.refresh(operation)
    await keep(session, passphrase, kind=PASSPHRASE, owner_type="export", owner_id=made.id)
    await work.schedule(session, EXPORT, str(made.id))
    await record(
        session, "export.requested", actor=actor, subject=_subject(made), audit=True,
        payload={
            "number": made.number, "about": "everything" if subject is None else "person",
            "formats": made.formats, **({"categories": made.categories} if made.categories else {}),
        },
    )  # fmt: skip
    await publish(session, "operation.changed", operation_id=str(operation.id))
    return made, operation


def _subject(export: Export) -> Subject:
    return Subject("export", str(export.id), f"#{export.number}")


async def get_export(session: AsyncSession, export_id: UUID) -> Export:
    """Raises NotFound."""
    found = await session.get(Export, export_id)
    if found is None:
        raise NotFound("There is no such export.")
    return found


async def list_exports(session: AsyncSession) -> list[Export]:
    """Newest first; the last fifty."""
    return list(await session.scalars(select(Export).order_by(Export.number.desc()).limit(50)))


async def run_export(item: work.Item) -> None:
    """Table after table, each kept once it is whole; a worker that takes over goes on with the next one."""
    export_id, organization = UUID(item.key), item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        found = await session.get(Export, export_id)
        if found is None or found.state not in OPEN:
            return
        found.state = "running"
        todo = await (bundle.sources(session) if found.subject is None else subject_sources(session, found.subject))
        done = {part.path: _part(part) for part in await _parts(session, export_id)}
        todo = bundle.chosen(todo, found.categories)
        files = await bundle.kept_files(session, found.categories) if found.subject is None else []
        name = await bundle.workspace_name(session)
        cancelled = await operations.advance(session, found.operation_id, done=len(done) // 2, total=len(todo))
    secret = await read(organization, kind=PASSPHRASE, owner_id=export_id)
    if secret is None:
        await _end(item, export_id, state="failed")
        return
    for source in todo:
        if cancelled:
            await _end(item, export_id, state="cancelled")
            return
        if f"ndjson/{source.table}.ndjson" in done:
            continue
        cancelled = await _one(item, found, source, done)
        point("privacy.after_part")
    if cancelled:
        await _end(item, export_id, state="cancelled")
        return
    expires_at = now() + KEPT
    made = await bundle.assemble(
        organization, workspace=name, requested_at=found.requested_at, sources=todo, parts=list(done.values()),
        files=files, passphrase=secret[0], expires_at=expires_at, formats=found.formats,
        whole=found.subject is None and found.categories is None,
    )  # fmt: skip
    try:
        await _end(item, export_id, state="ready", made=made, expires_at=expires_at)
    except work.Fenced:
        await objects.delete(made.object_key)
        raise


async def _one(item: work.Item, export: Export, source: Source, done: dict[str, Part]) -> bool:
    parts = await bundle.write_parts(item.organization_id, source)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        for part in parts:
            await session.execute(
                insert(ExportPart).values(
                    export_id=export.id, path=part.path, object_key=part.object_key, rows=part.rows, size=part.size,
                    sha256=part.sha256,
                ).on_conflict_do_nothing()
            )  # fmt: skip
            done[part.path] = part
        await publish(session, "operation.changed", operation_id=str(export.operation_id))
        return await operations.advance(session, export.operation_id, done=len(done) // 2)


async def _parts(session: AsyncSession, export_id: UUID) -> list[ExportPart]:
    return list(await session.scalars(select(ExportPart).where(ExportPart.export_id == export_id)))


def _part(row: ExportPart) -> Part:
    return Part(row.path, row.object_key, row.rows, row.size, row.sha256)


async def _end(
    item: work.Item, export_id: UUID, *, state: str, made: Bundle | None = None, expires_at: datetime | None = None
) -> None:
    async with item.record() as session:
        found = await get_export(session, export_id)
        parts = await _parts(session, export_id)
        found.state, found.finished_at, found.expires_at = state, now(), expires_at
        if made is not None:
            found.object_key, found.size, found.sha256 = made.object_key, made.size, made.sha256
            found.rows, found.files = made.rows, made.files
        await session.execute(delete(ExportPart).where(ExportPart.export_id == export_id))
        await destroy(session, export_id)
        result = {"sha256": made.sha256, "rows": made.rows, "files": made.files} if made else None
        await operations.finish(session, found.operation_id, state={"ready": "done"}.get(state, state), result=result)
        await record(
            session, f"export.{state}", actor=SYSTEM, subject=_subject(found), audit=True,
            outcome="ok" if made else "failed", payload={"number": found.number} | (result or {}),
        )  # fmt: skip
        await publish(session, "operation.changed", operation_id=str(found.operation_id))
        if made is not None and found.requested_by is not None:
            label = f"#{found.number}"
            await tell(
                session, Alert(Notice.EXPORT_READY, "export", str(found.id), label, people=(found.requested_by,))
            )
    for part in parts:
        if part.object_key:
            await objects.delete(part.object_key)


EXPORT: Final = work.Kind("privacy_export", run_export, queue="bulk", timeout=6 * 3600.0, attempts=8, essential=True)
"""Key: the export's id."""


async def end_export(session: AsyncSession, export_id: UUID, *, actor: Actor) -> Export:
    """Cancel what is being made at its next table, or delete a bundle before its time."""
    found = await get_export(session, export_id)
    if found.state in OPEN:
        await operations.request_cancel(session, found.operation_id)
        await record(session, "export.cancel_requested", actor=actor, subject=_subject(found), audit=True)
    elif found.state == "ready" and found.object_key is not None:
        await expire(session, found, actor=actor)
    return found


async def expire(session: AsyncSession, export: Export, *, actor: Actor) -> None:
    """The file goes once this is committed, the row that it existed stays."""
    if (key := export.object_key) is not None:
        # The store is not asked under locks. What fails here goes with the sweep, at the file's own date.
        async def forget() -> None:
            try:
                await objects.delete(key)
            except Exception as error:
                log.warning("export_file_left", export_id=str(export.id), error=type(error).__name__)

        after_commit(session, forget)
    export.state, export.object_key, export.expires_at = "expired", None, now()
    await record(session, "export.expired", actor=actor, subject=_subject(export), audit=True)


async def expire_exports(session: AsyncSession) -> int:
    """Those past their date; answers how many."""
    due = await session.scalars(select(Export).where(Export.state == "ready", Export.expires_at <= func.now()))
    found = list(due)
    for export in found:
        await expire(session, export, actor=SYSTEM)
    return len(found)


# -- links --------------------------------------------------------------------------------------------------------------


def ticket(export_id: UUID, session_id: UUID, until: datetime) -> str:
    """What a download link carries: it opens one file, for one session, for five minutes."""
    stamp = str(int(until.timestamp()))
    return f"{stamp}.{sign('export-link', f'{export_id}/{session_id}/{stamp}'.encode())}"


async def make_link(session: AsyncSession, export_id: UUID, *, actor: Actor, session_id: UUID) -> tuple[str, datetime]:
    """(ticket, until). Raises NotFound, ExportNotReady."""
    found = await get_export(session, export_id)
    if found.state != "ready":
        raise ExportNotReady("There is no file to download: this export is not ready, or has expired.")
    until = now() + LINK_LIFE
    await record(session, "export.link_made", actor=actor, subject=_subject(found), audit=True)
    return ticket(found.id, session_id, until), until


async def redeem(session: AsyncSession, export_id: UUID, word: str, *, actor: Actor, session_id: UUID) -> Export:
    """The file a link opens. Raises NotFound for a link of another session, another export or an earlier time."""
    stamp = word.split(".", 1)[0]
    right = stamp.isascii() and stamp.isdigit() and len(stamp) < 12
    until = datetime.fromtimestamp(int(stamp), tz=now().tzinfo) if right else now()
    if not right or until <= now() or not hmac.compare_digest(word, ticket(export_id, session_id, until)):
        raise LinkExpired("This link has expired or belongs to another session. Make a new one.")
    found = await get_export(session, export_id)
    if found.state != "ready" or found.object_key is None:
        raise ExportNotReady("There is no file to download: this export is not ready, or has expired.")
    await session.execute(update(Export).where(Export.id == found.id).values(downloads=Export.downloads + 1))
    await record(
        session, "export.downloaded", actor=actor, subject=_subject(found), audit=True,
        payload={"number": found.number, "size": found.size, "sha256": found.sha256},
    )  # fmt: skip
    return found
