"""Files of lists asked for, listed, downloaded and ended."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Subject, person, record
from oktee.kit import objects, operations, work
from oktee.kit.clock import now
from oktee.kit.database import after_commit, take_time, widened
from oktee.kit.errors import Conflict, Invalid, NotFound
from oktee.kit.operations import Operation
from oktee.modules.supply.desk.bulk.choosing import filter_of
from oktee.modules.supply.desk.exports.running import EXPORT
from oktee.modules.supply.desk.exports.wire import EventsExportIn, ListExportOut, ListExports, OrdersExportIn
from oktee.modules.supply.desk.tables import ListExport
from oktee.modules.supply.event_filter import EventFilter
from oktee.modules.supply.exceptions.choosing import wanted_of
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ExceptionsExportIn
from oktee.modules.supply.sorting import SORTS
from oktee.modules.supply.summing import joined
from oktee.notify.outbox import publish

MOST_IN_XLSX: Final = 1_000_000
AT_WORK: Final = 5
"""Files one person may have under way."""
OPEN: Final = ("queued", "running")


class ExportNotReady(Conflict):
    """There is no file yet, or it has expired."""


class TooManyExports(Conflict):
    """A few at a time: each reads the whole list."""


async def request_orders(session: AsyncSession, caller: Caller, body: OrdersExportIn) -> ListExportOut:
    """Queue a file of orders or of their lines. Raises Invalid, NotFound, TooManyExports."""
    where = await filter_of(session, body.filter, caller.time_zone, caller.user_id)
    if body.sort not in SORTS:
        raise Invalid(f"Sort by one of {', '.join(SORTS)}.")
    conditions = where.conditions() if body.ids is None else [PurchaseOrder.id.in_(body.ids)]
    counted = func.count() if body.what == "orders" else func.coalesce(func.sum(PurchaseOrder.line_count), 0)
    await take_time(session)
    total = int(await session.scalar(joined(counted).where(*conditions)) or 0)
    if body.ids is not None and total == 0:
        raise NotFound("None of these orders is there.")
    if body.format == "xlsx" and total > MOST_IN_XLSX:
        raise Invalid("A spreadsheet holds at most a million rows. Choose CSV, or narrow the filter.")
    async with widened(
        session
    ):  # an operation speaks of the workspace; its file is written within the scope of who asked
        return await _queue(session, caller, body.what, body.model_dump(mode="json"), total)


async def request_events(
    session: AsyncSession, caller: Caller, filters: EventFilter, body: EventsExportIn
) -> ListExportOut:
    """Queue a file of the event log."""
    given = body.model_dump(mode="json") | {"filter": filters.to_json()}
    async with widened(session):
        return await _queue(session, caller, "events", given, None)


async def request_exceptions(session: AsyncSession, caller: Caller, body: ExceptionsExportIn) -> ListExportOut:
    """Queue a file of exceptions. Raises Invalid, TooManyExports."""
    wanted = await wanted_of(session, body.filter, caller.time_zone, caller.user_id)
    await take_time(session)
    counted = select(func.count()).select_from(OrderException).where(*wanted.conditions())
    total = int(await session.scalar(counted) or 0)
    async with widened(session):
        return await _queue(session, caller, "exceptions", body.model_dump(mode="json"), total)


async def _queue(
    session: AsyncSession, caller: Caller, kind: str, given: dict[str, Any], total: int | None
) -> ListExportOut:
    busy = (
        select(func.count())
        .select_from(ListExport)
        .join(Operation, Operation.id == ListExport.operation_id)
        .where(ListExport.user_id == caller.user_id, Operation.state.in_(OPEN))
    )
    if (await session.scalar(busy) or 0) >= AT_WORK:
        raise TooManyExports(f"{AT_WORK} of your exports are being made. Wait for one of them.")
    operation = Operation(kind="list.export", unit="rows", total=total, created_by=caller.user_id)
    session.add(operation)
    await session.flush()
    made = ListExport(
        operation_id=operation.id, user_id=caller.user_id, kind=kind,
        request=given | {"locale": caller.locale, "time_zone": caller.time_zone},
        scope=caller.scope.store() if caller.scope else None,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await work.schedule(session, EXPORT, str(made.id))
    await record(
        session, "list.exported", actor=person(caller), subject=Subject("export", str(made.id), kind), audit=True,
        payload={"kind": kind, "rows": total} | {n: given[n] for n in ("format", "style", "words", "filter")},
    )  # fmt: skip
    await publish(session, "operation.changed", operation_id=str(operation.id))
    return export_of(made, operation)


def export_of(row: ListExport, operation: Operation) -> ListExportOut:
    expired = row.expires_at is not None and row.expires_at <= now()
    return ListExportOut(
        id=row.id, operation_id=row.operation_id, kind=row.kind, format=row.request["format"],
        style=row.request["style"], words=row.request["words"],
        state="expired" if operation.state == "done" and (expired or row.object_key is None) else operation.state,
        done=operation.done or 0, total=operation.total, rows=row.rows, size=row.size, created_at=row.created_at,
        expires_at=row.expires_at,
    )  # fmt: skip


async def list_own(session: AsyncSession, caller: Caller) -> ListExports:
    statement = (
        select(ListExport, Operation)
        .join(Operation, Operation.id == ListExport.operation_id)
        .where(ListExport.user_id == caller.user_id)
        .order_by(ListExport.created_at.desc(), ListExport.id.desc())
        .limit(30)
    )
    async with widened(session):
        found = (await session.execute(statement)).all()
    return ListExports(rows=[export_of(*one) for one in found])


async def own(session: AsyncSession, caller: Caller, export_id: UUID) -> ListExport:
    """Raises NotFound, also for somebody else's."""
    found = await session.get(ListExport, export_id)
    if found is None or found.user_id != caller.user_id:
        raise NotFound("There is no such export.")
    return found


async def file_of(session: AsyncSession, caller: Caller, export_id: UUID) -> tuple[str, int, str]:
    """(key, size, name). Raises NotFound, ExportNotReady."""
    found = await own(session, caller, export_id)
    if found.object_key is None or found.size is None or found.expires_at is None or found.expires_at <= now():
        raise ExportNotReady("There is no file to download: this export is not ready, or has expired.")
    form = found.request["format"]
    name = f"oktee-{found.kind}-{found.created_at:%Y%m%d-%H%M}.{form}"
    await record(
        session, "list.downloaded", actor=person(caller), subject=Subject("export", str(found.id), name), audit=True
    )
    return found.object_key, found.size, name


async def end(session: AsyncSession, caller: Caller, export_id: UUID) -> None:
    """Cancel what is being made, or delete a file before its time."""
    found = await own(session, caller, export_id)
    async with widened(session):
        operation = await operations.get_operation(session, found.operation_id)
        if operation.state in OPEN:
            await operations.request_cancel(session, operation.id)
            return
    key = found.object_key
    if key is not None:

        async def forget() -> None:
            await objects.delete(key)

        after_commit(session, forget)
    found.object_key, found.expires_at = None, now()
    await publish(session, "operation.changed", operation_id=str(operation.id))
