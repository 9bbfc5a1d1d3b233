"""Makes a file of a list: page by page, within the scope of who asked."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.scope import Scope
from oktee.journal.tables import JournalEntry
from oktee.kit import objects, operations, work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.settings import settings
from oktee.kit.storage.content import BYTES
from oktee.modules.supply.desk.bulk.choosing import filter_of
from oktee.modules.supply.desk.exports.sheets import Csv, open_sheet
from oktee.modules.supply.desk.exports.wire import OrdersExportIn
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
from oktee.modules.supply.exceptions.choosing import wanted_of
from oktee.modules.supply.exceptions.rows_out import columns_of, exception_pages
from oktee.modules.supply.exceptions.wire import ExceptionFilterIn
from oktee.modules.supply.rows import Filter
from oktee.modules.supply.wire.lists import OrderRow
from oktee.notify.mail import send_mail
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

LIFE: Final = timedelta(days=7)
LARGEST: Final = 2 << 30
EVENTS_AT_ONCE: Final = 1000
PAGES: Final = {"events": "event-log", "exceptions": "exceptions"}
"""The page whose drawer shows the file."""
_READER = text("select email, locale from users where id = :id")


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
            elif kind == "exceptions":
                rows = await _write_exceptions(organization, scope, asked, speech, file, user_id=user_id, tell=tell)
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
            await _mail(session, organization, user_id, kind, asked, rows)
    except work.Fenced:
        await objects.delete(stored.key)
        raise


async def _mail(
    session: AsyncSession, organization: UUID, user_id: UUID, kind: str, asked: dict[str, Any], rows: int
) -> None:
    reader = (await session.execute(_READER, {"id": user_id})).one_or_none()
    slug = await session.scalar(text("select slug from organizations where id = :id"), {"id": organization})
    if reader is None:
        return
    await send_mail(
        session, to=reader[0], template="list_export", locale=reader[1] or "en",
        values={
            "rows": rows, "filter": asked["words"], "days": LIFE.days,
            "address": f"{settings().public_url}/{slug}/supply/{PAGES.get(kind, 'orders')}?exports=open",
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
    sheet = open_sheet(body.format, file, [speech.heading(name) for name in columns], speech)
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
    sheet = None if lines else Csv(file, [speech.heading(name) for name in EVENT_COLUMNS], speech)
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


async def _write_exceptions(
    organization: UUID, scope: Scope | None, asked: dict[str, Any], speech: Speech, file: BinaryIO, *, user_id: UUID,
    tell: Told,
) -> int:  # fmt: skip
    given = ExceptionFilterIn.model_validate(asked["filter"])
    async with tenant_session(organization, scope) as session:
        wanted = await wanted_of(session, given, asked["time_zone"], user_id)
    sheet = open_sheet(asked["format"], file, [speech.heading(name) for name in columns_of(speech)], speech)
    rows = 0
    async for found in exception_pages(organization, scope, wanted, speech):
        for values in found:
            sheet.add(values)
        rows += len(found)
        await tell(rows)
    await asyncio.to_thread(sheet.close)
    return rows


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, 1 << 20):
        yield piece


EXPORT: Final = work.Kind("list_export", run=run_export, queue="bulk", timeout=3600.0, attempts=10)
"""Key: the export's id."""
