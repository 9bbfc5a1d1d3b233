"""An import: a stored file, read in a thread and loaded batch by batch by the worker; watched, cancelled, resumed."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.workspaces import enabled_modules
from oktee.catalog.feeds import leave_out, weigh
from oktee.catalog.files.faults import FileFault, RowFault, row_fault
from oktee.catalog.files.items import ItemBatch, ItemsFile
from oktee.catalog.files.lists import ComponentsFile, CostsFile, ListBatch, ListFile, UnitsFile
from oktee.catalog.files.reading import check_text
from oktee.catalog.files.stock import StockBatch, StockFile
from oktee.catalog.following import schedule_after
from oktee.catalog.load_items import Loaded, write_items
from oktee.catalog.load_lists import finish_components, write_components, write_costs, write_units
from oktee.catalog.load_stock import write_stock
from oktee.catalog.logistics.kinds import KINDS
from oktee.catalog.logistics.loading import write_logistics
from oktee.catalog.places import places
from oktee.catalog.tables import CatalogImport, CatalogImportError, StockBalance
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit import objects, operations, work
from oktee.kit.chaos import point
from oktee.kit.database import tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.objects import StoredObject
from oktee.kit.operations import Operation
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

BATCH = 10_000
MOST_FAULTS = 10_000
"""Row faults kept of one import; the counts go on."""
log = structlog.get_logger(__name__)


class NotParked(Conflict):
    """The file is loaded, ended, or was let through already."""


async def begin(
    session: AsyncSession,
    *,
    kind: str,
    file_name: str,
    stored: StoredObject,
    actor: Actor,
    mode: str = "changes",
    missing: str = "unknown",
) -> tuple[CatalogImport, Operation]:
    """Note a stored file as an import and hand it to the worker. `mode`, `missing`: see CatalogImport."""
    who = UUID(actor.id) if actor.id else None
    operation = Operation(kind=f"catalog.import.{kind}", unit="bytes", total=stored.size, created_by=who)
    session.add(operation)
    await session.flush()
    found = CatalogImport(
        kind=kind, file_name=file_name, object_key=stored.key, size=stored.size, sha256=stored.sha256,
        operation_id=operation.id, created_by=who, mode=mode, missing=missing,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await session.refresh(found)
    await session.refresh(operation)
    await work.schedule(session, LOAD, str(found.id))
    await record(
        session, "import.started", actor=actor, subject=Subject("import", str(found.id), file_name),
        payload={"kind": kind, "mode": mode, "size": stored.size, "sha256": stored.sha256}, audit=True,
    )  # fmt: skip
    return found, operation


async def get_import(session: AsyncSession, import_id: UUID) -> CatalogImport:
    found = await session.get(CatalogImport, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return found


async def load(item: work.Item) -> None:
    """Load a file. A worker that takes over reads from the first line and writes from the row that was not written."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        found = await session.get(CatalogImport, UUID(item.key))
        if found is None or found.finished_at is not None:
            return
        so_far = await operations.get_operation(session, found.operation_id)
        if _waits(found) and not so_far.cancel_requested:
            return
        cancelled = await operations.advance(session, found.operation_id, done=so_far.done, total=found.size)
        await _tell(session, found)
    parked = False
    try:
        if not cancelled:
            async with objects.reading(found.object_key) as file:
                encoding = await asyncio.to_thread(check_text, file)
                await asyncio.to_thread(file.seek, 0)
                parked = await _park(item, found, file, encoding)
                if not parked:
                    cancelled = await _load(item, found, file, encoding)
        state, error = "cancelled" if cancelled else "done", None
    except FileFault as fault:
        state, error = "failed", fault.to_json()
    except FileNotFoundError:
        state, error = "failed", FileFault("file_missing", "The stored file is gone. Hand it in again.").to_json()
    except work.Fenced:
        raise
    except Exception:
        if item.attempts < LOAD.attempts:
            raise
        log.exception("import_failed", import_id=item.key)  # the last try: a person must not watch it run for ever
        state, error = (
            "failed",
            FileFault("internal", "Something failed on our side. Hand the file in again.").to_json(),
        )
    if not parked:
        await _end(item, found, state=state, error=error)


def _waits(found: CatalogImport) -> bool:
    """It is parked, and nobody has let it through yet."""
    return found.parked_at is not None and found.approved_at is None


async def _park(item: work.Item, found: CatalogImport, file: BinaryIO, encoding: str) -> bool:
    """A full feed that would change much waits for a person. Answers whether it does."""
    if found.mode != "full" or found.approved_at is not None or found.rows:
        return False
    source = await asyncio.to_thread(StockFile, file, received_at=found.created_at, encoding=encoding, full=True)
    with closing(source.reader):
        batches = source.batches(BATCH)
        async with tenant_session(item.organization_id) as session:
            figures = await weigh(session, lambda: asyncio.to_thread(next, batches, None))
    await asyncio.to_thread(file.seek, 0)
    if figures is None:
        return False
    async with item.record() as session:
        found = await get_import(session, found.id)
        found.parked, found.parked_at = figures, func.now()
        await operations.park(session, found.operation_id)
        await record(
            session, "import.parked", actor=SYSTEM, subject=Subject("import", str(found.id), found.file_name),
            payload={"kind": found.kind} | figures,
        )  # fmt: skip
        await tell(
            session,
            Alert(
                Notice.IMPORT_PARKED, "import", str(found.id), found.file_name, action="fix", permission="catalog.write",
                people=(found.created_by,) if found.created_by else (), facts=figures,
            ),
        )  # fmt: skip
        await _tell(session, found)
    return True


async def approve(session: AsyncSession, import_id: UUID, *, actor: Actor) -> CatalogImport:
    """Let a parked feed through: it is loaded as it is. Raises NotFound, NotParked."""
    found = await _parked(session, import_id)
    found.approved_at, found.approved_by = func.now(), UUID(actor.id) if actor.id else None
    await operations.resume(session, found.operation_id)
    await work.schedule(session, LOAD, str(found.id))
    await settle(session, "import", [found.id], [Notice.IMPORT_PARKED])
    await _note(session, found, "import.approved", actor)
    return found


async def discard(session: AsyncSession, import_id: UUID, *, actor: Actor) -> CatalogImport:
    """Leave a parked feed out: the worker ends it and deletes its file. Raises NotFound, NotParked."""
    found = await _parked(session, import_id)
    await operations.request_cancel(session, found.operation_id)
    await let_go(session, found.operation_id)
    await _note(session, found, "import.discarded", actor)
    return found


async def let_go(session: AsyncSession, operation_id: UUID) -> None:
    """Whoever cancelled the operation of a parked feed need not wait for anybody: the worker ends it."""
    found = await session.scalar(
        select(CatalogImport).where(
            CatalogImport.operation_id == operation_id,
            CatalogImport.parked_at.is_not(None),
            CatalogImport.approved_at.is_(None),
            CatalogImport.finished_at.is_(None),
        )
    )
    if found is not None:
        await operations.resume(session, operation_id)
        await work.schedule(session, LOAD, str(found.id))


async def _parked(session: AsyncSession, import_id: UUID) -> CatalogImport:
    statement = select(CatalogImport).where(CatalogImport.id == import_id).with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such import.")
    operation = await operations.get_operation(session, found.operation_id)
    if operation.state != "parked":
        raise NotParked("This file does not wait for anybody.")
    return found


async def _note(session: AsyncSession, found: CatalogImport, kind: str, actor: Actor) -> None:
    await record(
        session, kind, actor=actor, subject=Subject("import", str(found.id), found.file_name),
        payload={"kind": found.kind} | (found.parked or {}), audit=True,
    )  # fmt: skip
    await session.flush()
    await session.refresh(found)
    await _tell(session, found)


def _source(found: CatalogImport, file: BinaryIO, encoding: str) -> ItemsFile | StockFile | ListFile:
    if found.kind == "stock":
        return StockFile(file, received_at=found.created_at, encoding=encoding, full=found.mode == "full")
    kinds: dict[str, type[ItemsFile | ListFile]] = {
        "items": ItemsFile,
        "components": ComponentsFile,
        "costs": CostsFile,
        "units": UnitsFile,
        **{kind.name: kind.file for kind in KINDS.values()},
    }
    return kinds[found.kind](file, places, encoding=encoding)


async def _load(item: work.Item, found: CatalogImport, file: BinaryIO, encoding: str) -> bool:
    """Write batch by batch what was not written yet. Answers whether a person cancelled it."""
    source = await asyncio.to_thread(_source, found, file, encoding)
    batches: Iterator[ItemBatch | StockBatch | ListBatch] = source.batches(BATCH, skip=found.rows)
    with closing(source.reader):
        if source.reader.ignored and not found.rows:
            left_out = row_fault(source.reader.header_line, "", "columns_left_out", ", ".join(source.reader.ignored))
            async with tenant_session(item.organization_id) as session:
                await item.guard(session)
                await _keep_faults(session, found.id, [left_out])
        while (batch := await asyncio.to_thread(_next, batches)) is not None:
            if await _write(item, found, batch, source.reader.written):
                return True
            point("catalog.after_batch")
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        if found.kind == "components":
            await finish_components(session, import_id=found.id, as_of=found.created_at)
        elif found.mode == "full":
            await leave_out(session, import_id=found.id, zero=found.missing == "zero")
    return False


def _next(batches: Iterator[ItemBatch | StockBatch | ListBatch]) -> ItemBatch | StockBatch | ListBatch | None:
    return next(batches, None)


async def _store(
    session: AsyncSession, found: CatalogImport, batch: ItemBatch | StockBatch | ListBatch
) -> tuple[Loaded, list[RowFault]]:
    if isinstance(batch, ItemBatch):
        return await write_items(session, batch, import_id=found.id, as_of=found.created_at), []
    if isinstance(batch, StockBatch):
        return await write_stock(session, batch, import_id=found.id, full=found.mode == "full")
    if found.kind in KINDS:
        return await write_logistics(session, batch, kind=found.kind, import_id=found.id, as_of=found.created_at)
    write = {"components": write_components, "costs": write_costs, "units": write_units}[found.kind]
    return await write(session, batch, import_id=found.id, as_of=found.created_at)


async def _write(
    item: work.Item, found: CatalogImport, batch: ItemBatch | StockBatch | ListBatch, names: Mapping[str, str]
) -> bool:
    """`names`: the columns as the file calls them."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        done, more = await _store(session, found, batch)
        rejected = batch.rows - done.loaded - done.unchanged
        await _keep_faults(session, found.id, [one.as_written(names) for one in (*batch.faults, *more)])
        await session.execute(
            update(CatalogImport)
            .where(CatalogImport.id == found.id)
            .values(
                rows=CatalogImport.rows + batch.rows,
                loaded=CatalogImport.loaded + done.loaded,
                unchanged=CatalogImport.unchanged + done.unchanged,
                rejected=CatalogImport.rejected + rejected,
            )
        )
        cancelled = await operations.advance(session, found.operation_id, done=batch.position, total=found.size)
        await _tell(session, found)
    return cancelled


async def _keep_faults(session: AsyncSession, import_id: UUID, faults: list[RowFault]) -> None:
    if not faults:
        return
    kept = await session.scalar(
        select(func.count()).select_from(CatalogImportError).where(CatalogImportError.import_id == import_id)
    )
    room = max(0, MOST_FAULTS - (kept or 0))
    rows = [
        {
            "import_id": import_id, "line": fault.line, "column_name": fault.column, "code": fault.code,
            "received": fault.received, "values": fault.values,
        }
        for fault in faults[:room]
    ]  # fmt: skip
    if rows:
        await session.execute(upsert(CatalogImportError).on_conflict_do_nothing(), rows)


async def _end(item: work.Item, found: CatalogImport, *, state: str, error: dict[str, Any] | None) -> None:
    modules = await enabled_modules(item.organization_id)
    async with item.record() as session:
        found = await get_import(session, found.id)
        found.finished_at = func.now()
        result = _result(found)
        await operations.finish(session, found.operation_id, state=state, result=result, error=error)
        await record(
            session, "import.finished", actor=SYSTEM, subject=Subject("import", str(found.id), found.file_name),
            outcome="ok" if state == "done" else "failed", payload={"kind": found.kind, "state": state} | result
            | ({"error": error} if error else {}),
        )  # fmt: skip
        # Stock that is as it was but counted later counts too: an order may have waited only because it was old.
        if found.loaded or (found.kind == "stock" and found.unchanged):
            await schedule_after(session, modules)
        await settle(session, "import", [found.id], [Notice.IMPORT_PARKED])
        await _tell(session, found)
        if found.created_by is not None:
            below_zero = await _below_zero(session, found)
            outcome = _outcome(found, state)
            alert = Alert(
                Notice.IMPORT_FINISHED, "import", str(found.id), found.file_name, version=state,
                people=(found.created_by,),
                facts={
                    "loaded": found.loaded, "rejected": found.rejected, "below_zero": below_zero,
                    "state": "below_zero" if below_zero and outcome == "done" else outcome,
                },
            )  # fmt: skip
            await tell(session, alert)
    await objects.delete(found.object_key)  # its rows are in, and its faults are kept


async def _below_zero(session: AsyncSession, found: CatalogImport) -> int:
    """How many stock figures of this file are below zero: kept and said, and nothing is promised of them."""
    if found.kind != "stock":
        return 0
    statement = select(func.count()).where(
        StockBalance.import_id == found.id, or_(StockBalance.on_hand < 0, StockBalance.available < 0)
    )
    return int(await session.scalar(statement) or 0)


def _outcome(found: CatalogImport, state: str) -> str:
    """How a file ended, as a person would say it: done, done with refused rows, done with nothing taken, or failed."""
    if state != "done" or not found.rejected:
        return state
    return "some" if found.loaded + found.unchanged else "none"


def _result(found: CatalogImport) -> dict[str, int]:
    return {"rows": found.rows, "loaded": found.loaded, "unchanged": found.unchanged, "rejected": found.rejected}


async def _tell(session: AsyncSession, found: CatalogImport) -> None:
    await publish(session, "import.changed", import_id=str(found.id), operation_id=str(found.operation_id))
    await publish(session, "operation.changed", operation_id=str(found.operation_id))


LOAD = work.Kind("catalog_import", load, queue="bulk", timeout=3600.0, attempts=8)
"""Key: the import's id."""


async def last_import(session: AsyncSession, kind: str) -> datetime | None:
    """When the last import of that kind ended well; None when there is none."""
    return await session.scalar(
        select(func.max(CatalogImport.finished_at))
        .join(Operation, Operation.id == CatalogImport.operation_id)
        .where(CatalogImport.kind == kind, Operation.state == "done")
    )
