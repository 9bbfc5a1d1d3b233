"""Files of lists: asked for from the screen, made by a job within the scope of who asked, kept for seven days."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Subject, person, record
from oktee.journal.tables import JournalEntry
from oktee.kit import objects, operations, work
from oktee.kit.clock import now
from oktee.kit.database import after_commit, take_time, tenant_session, widened
from oktee.kit.errors import Conflict, Invalid, NotFound
from oktee.kit.exports import cell
from oktee.kit.operations import Operation
from oktee.kit.settings import settings
from oktee.kit.storage.content import BYTES
from oktee.modules.supply.desk.bulk import FilterIn, filter_of
from oktee.modules.supply.desk.rows_out import (
    EVENT_COLUMNS,
    LINE_COLUMNS,
    as_json,
    event_values,
    line_values,
    order_columns,
    order_values,
    pages,
)
from oktee.modules.supply.desk.tables import ListExport
from oktee.modules.supply.desk.words import Speech
from oktee.modules.supply.event_filter import EventFilter
from oktee.modules.supply.rows import Filter
from oktee.modules.supply.sorting import SORTS
from oktee.modules.supply.summing import joined
from oktee.modules.supply.wire import OrderRow
from oktee.notify.mail import send_mail
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

LIFE: Final = timedelta(days=7)
LARGEST: Final = 2 << 30
MOST_IN_XLSX: Final = 1_000_000
AT_WORK: Final = 5
"""Files one person may have under way."""
EVENTS_AT_ONCE: Final = 1000
OPEN: Final = ("queued", "running")
_READER = text("select email, locale from users where id = :id")


class ExportNotReady(Conflict):
    """There is no file yet, or it has expired."""


class TooManyExports(Conflict):
    """A few at a time: each reads the whole list."""


class OrdersExportIn(BaseModel):
    """What to write. `style`: as the screen shows it, or raw (ISO instants, dots before decimals). `words`: the filter as
    the screen says it."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["orders", "lines"] = "orders"
    format: Literal["csv", "xlsx"] = "csv"
    style: Literal["shown", "raw"] = "shown"
    filter: FilterIn = FilterIn()
    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=10_000)
    columns: list[str] = Field(default=[], max_length=60)
    sort: str = "clock"
    words: str = Field(default="", max_length=1000)


class EventsExportIn(BaseModel):
    """What to write of the event log."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "ndjson"] = "csv"
    style: Literal["shown", "raw"] = "shown"
    words: str = Field(default="", max_length=1000)


class ListExportOut(BaseModel):
    """A file of a list: how far it is, and until when it can be downloaded."""

    id: UUID
    operation_id: UUID
    kind: str
    format: str
    style: str
    words: str
    state: str
    done: int
    total: int | None
    rows: int | None
    size: int | None
    created_at: datetime
    expires_at: datetime | None


class ListExports(BaseModel):
    """The reader's own files, newest first."""

    rows: list[ListExportOut]


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


class _Cancelled(Exception):
    """Somebody asked to stop."""


Told = Callable[[int], Any]


async def run_export(item: work.Item) -> None:
    """Page by page into a file; a worker that takes over begins again. What was seen is what the person may see."""
    export_id, organization = UUID(item.key), item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        found = await session.get(ListExport, export_id)
        if found is None or found.object_key is not None:
            return
        asked, kind, scope, operation_id = dict(found.request), found.kind, Scope.read(found.scope), found.operation_id
        begun, user_id = found.created_at, found.user_id
    told = 0.0

    async def tell(rows: int) -> None:
        nonlocal told
        if (at := asyncio.get_running_loop().time()) - told < 1:
            return
        told = at
        async with tenant_session(organization) as session:
            await item.guard(session)
            if await operations.advance(session, operation_id, done=rows):
                raise _Cancelled
            await publish(session, "operation.changed", operation_id=str(operation_id))

    speech = Speech(asked["locale"], asked["time_zone"], raw=asked["style"] == "raw")
    try:
        with tempfile.TemporaryFile() as file:
            if kind == "events":
                rows = await _write_events(organization, scope, asked, speech, file, before=begun, tell=tell)
            else:
                rows = await _write_orders(organization, scope, asked, kind, speech, file, user_id=user_id, tell=tell)
            file.seek(0)
            expires = now() + LIFE
            stored = await objects.put(
                organization, _pieces(file), max_bytes=LARGEST, content_type=BYTES,
                purpose="list_export", expires_at=expires,
            )  # fmt: skip
    except _Cancelled:
        async with item.record() as session:
            await operations.finish(session, operation_id, state="cancelled")
            await publish(session, "operation.changed", operation_id=str(operation_id))
        return
    try:
        async with item.record() as session:
            made = await session.get_one(ListExport, export_id)
            made.object_key, made.size, made.sha256, made.rows = stored.key, stored.size, stored.sha256, rows
            made.expires_at = expires
            await operations.advance(session, operation_id, done=rows, total=rows)
            await operations.finish(session, operation_id, state="done", result={"rows": rows, "size": stored.size})
            await publish(session, "operation.changed", operation_id=str(operation_id))
            await _mail(session, organization, user_id, export_id, asked, rows)
    except work.Fenced:
        await objects.delete(stored.key)
        raise


async def _mail(
    session: AsyncSession, organization: UUID, user_id: UUID, export_id: UUID, asked: dict[str, Any], rows: int
) -> None:
    reader = (await session.execute(_READER, {"id": user_id})).one_or_none()
    slug = await session.scalar(text("select slug from organizations where id = :id"), {"id": organization})
    if reader is None:
        return
    await send_mail(
        session, to=reader[0], template="list_export", locale=reader[1] or "en",
        values={
            "rows": rows, "filter": asked["words"], "days": LIFE.days,
            "address": f"{settings().public_url}/{slug}/supply/orders?exports=open",
        },
        organization_id=organization, notice=Notice.EXPORT_READY,
    )  # fmt: skip


async def _write_orders(
    organization: UUID,
    scope: Scope | None,
    asked: dict[str, Any],
    kind: str,
    speech: Speech,
    file: BinaryIO,
    *,
    user_id: UUID,
    tell: Told,
) -> int:
    body = OrdersExportIn.model_validate({k: v for k, v in asked.items() if k not in ("locale", "time_zone")})
    if body.ids is not None:
        where = Filter(only=tuple(body.ids))
    else:
        async with tenant_session(organization, scope) as session:
            where = await filter_of(session, body.filter, asked["time_zone"], user_id)
    columns = list(LINE_COLUMNS) if kind == "lines" else order_columns(body.columns)
    sheet = _sheet(body.format, file, [speech.heading(name) for name in columns], speech)
    rows = 0

    async def make(session: AsyncSession, page: list[OrderRow]) -> list[list[Any]]:
        if kind == "lines":
            return await line_values(session, page, speech)
        return await order_values(session, page, columns, speech)

    async for found in pages(organization, scope, where, body.sort, make):
        for values in found:
            sheet.add(values)
        rows += len(found)
        await tell(rows)
    await asyncio.to_thread(sheet.close)
    return rows


async def _write_events(
    organization: UUID, scope: Scope | None, asked: dict[str, Any], speech: Speech, file: BinaryIO, *, before: datetime,
    tell: Told,
) -> int:  # fmt: skip
    filters = EventFilter.of_json(asked["filter"])
    lines = asked["format"] == "ndjson"
    sheet = None if lines else _Csv(file, [speech.heading(name) for name in EVENT_COLUMNS], speech)
    rows, place = 0, None
    while True:
        statement = select(JournalEntry).where(*filters.conditions(), JournalEntry.at <= before)
        if place is not None:
            statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) < tuple_(*place))
        statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(EVENTS_AT_ONCE)
        async with tenant_session(organization, scope) as session:
            found = (await session.execute(statement)).scalars().all()
        for entry in found:
            if sheet is None:
                file.write(as_json(EVENT_COLUMNS, event_values(entry)))
            else:
                sheet.add(event_values(entry))
        rows += len(found)
        if len(found) < EVENTS_AT_ONCE:
            break
        place = (found[-1].at, found[-1].id)
        await tell(rows)
    if sheet is not None:
        sheet.close()
    return rows


class _Csv:
    """RFC 4180, UTF-8 with a mark that spreadsheets read; a French one is divided by semicolons, as its decimals need."""

    def __init__(self, file: BinaryIO, headings: list[str], speech: Speech) -> None:
        self._speech = speech
        if not speech.raw:
            file.write(b"\xef\xbb\xbf")
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        by = ";" if speech.language == "fr" and not speech.raw else ","
        self._csv = csv.writer(self._text, delimiter=by)
        self._csv.writerow(headings)

    def add(self, values: list[Any]) -> None:
        self._csv.writerow([cell(value) if isinstance(value, str) else self._speech.text(value) for value in values])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _Xlsx:
    """A sheet with its headings frozen; numbers are numbers, text never becomes a formula. Rows go to disk as they come."""

    def __init__(self, file: BinaryIO, headings: list[str], speech: Speech) -> None:
        import xlsxwriter  # opened by few jobs: the processes that answer need not load it

        self._speech = speech
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False, "remove_timezone": True})
        self._sheet = self._book.add_worksheet()
        bold = self._book.add_format({"bold": True})
        self._whole, self._money = (self._book.add_format({"num_format": form}) for form in ("#,##0", "#,##0.00"))
        self._at = self._book.add_format(
            {"num_format": "yyyy-mm-dd hh:mm" if speech.language == "en" else "dd/mm/yyyy hh:mm"}
        )
        self._sheet.freeze_panes(1, 0)
        for n, heading in enumerate(headings):
            self._sheet.write_string(0, n, heading, bold)
        self._row = 0

    def add(self, values: list[Any]) -> None:
        self._row += 1
        for n, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, bool):
                self._sheet.write_string(self._row, n, self._speech.text(value))
            elif isinstance(value, int | Decimal):
                form = None if self._speech.raw else self._money if isinstance(value, Decimal) else self._whole
                self._sheet.write_number(self._row, n, value, form)
            elif isinstance(value, datetime) and not self._speech.raw:
                self._sheet.write_datetime(self._row, n, value.astimezone(self._speech.zone), self._at)
            else:
                self._sheet.write_string(self._row, n, self._speech.text(value)[:32_000])

    def close(self) -> None:
        self._book.close()


def _sheet(form: str, file: BinaryIO, headings: list[str], speech: Speech) -> _Csv | _Xlsx:
    return _Xlsx(file, headings, speech) if form == "xlsx" else _Csv(file, headings, speech)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, 1 << 20):
        yield piece


EXPORT: Final = work.Kind("list_export", run=run_export, queue="bulk", timeout=3600.0, attempts=10)
"""Key: the export's id."""
