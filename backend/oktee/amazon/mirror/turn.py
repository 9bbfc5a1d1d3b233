"""One turn of a stream: which windows it reads, each page in one transaction, and how far the stream has come."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from pydantic import SecretStr
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, Refused, Unreachable
from oktee.amazon.client.page import Page, Reject
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.connection import vault
from oktee.amazon.mirror.poller import Batch, ConnectionRef, Poller, Stored
from oktee.amazon.mirror.refusals import blames_a_row, lost_a_race
from oktee.amazon.mirror.tables import Stream, SyncRun, SyncWindow
from oktee.amazon.mirror.windows import Covered, Span, gap_free
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import new_id, tenant_session
from oktee.kit.work import Item, Kind, schedule
from oktee.notify.outbox import publish

LANES: Final = 4
"""Windows read side by side: pages chain by token, so one cursor makes at most one call per round trip."""
PAGE_SECONDS: Final = 50.0
"""The longest one page may take, the client's own retries included; below the handler's time."""
LARGEST_REJECT: Final = 256 * 1024
ATTEMPTS: Final = 3
"""Of one page, when its transaction lost a race."""

log = structlog.get_logger(__name__)

KEEP_REJECT = text(
    """insert into ingest_rejects (id, connection_id, stream, sync_run_id, reason, subject, payload, payload_hash)
    select cast(:id as uuid), cast(:connection as uuid), cast(:stream as text), cast(:run as uuid),
        cast(:reason as text), cast(:subject as text), cast(:payload as bytea), cast(:hash as bytea)
    where not exists (select 1 from ingest_rejects where connection_id = cast(:connection as uuid)
        and stream = cast(:stream as text) and payload_hash = cast(:hash as bytea)
        and created_at > now() - interval '7 days')
    returning 1"""
)
REJECT: Final = "ingest_reject"
"""The kind of a sealed payload; its owner is the row, its version 1, its text latin-1 for the bytes."""


@dataclass(slots=True)
class Window:
    """A row of `sync_windows` that this turn reads."""

    id: UUID
    span: Span
    token: str | None
    restarted: bool = False
    used: set[str] = field(default_factory=set)
    """Page tokens of this turn: one that comes again would lead in a circle."""


@dataclass(slots=True)
class Turn:
    """What a turn needs to know, loaded once; `windows` newest first, `left` those it has not read to the end."""

    item: Item
    kind: Kind
    poller: Poller
    connection: ConnectionRef
    run_id: UUID
    windows: list[Window]
    after: Sequence[Kind]
    """The jobs of the enabled modules that follow when something changed; their key is the connection's id."""
    after_rejects: Sequence[Kind]
    """The same, when something could not be read."""
    followers: Sequence[str]
    """The work keys of the streams that follow this one."""
    waiting: int = 0
    """Windows that have to wait for the followed stream."""
    left: int = 0
    failure: AmazonError | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self, client: AmazonClient, *, until: float) -> None:
        """Read the windows, a few side by side, until the loop's clock shows `until`, at least one page each. The first
        failure of a call stops all and is kept in `failure`; anything else is raised. Pages are stored one by one."""
        queue = deque(self.windows)
        self.left = len(queue)

        async def lane() -> None:
            await self._read_window(client, queue.popleft(), until)
            while queue and self.failure is None and asyncio.get_running_loop().time() < until:
                await self._read_window(client, queue.popleft(), until)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(LANES, len(queue))):
                    group.create_task(lane())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _read_window(self, client: AmazonClient, window: Window, until: float) -> None:
        while True:
            try:
                await self._read_pages(client, window, until)
                return
            except Refused as error:
                # A page token that Amazon does not take any more: the window begins again, once.
                if window.token is None or window.restarted or error.status != 400:
                    self.failure = self.failure or error
                    return
            except AmazonError as error:
                self.failure = self.failure or error
                return
            log.info("window_restarted", stream=self.poller.name, connection_id=str(self.connection.id))
            window.restarted, window.token = True, None
            window.used.clear()
            async with self.lock, tenant_session(self.item.organization_id) as session:
                await self.item.guard(session)
                await session.execute(update(SyncWindow).where(SyncWindow.id == window.id).values(page_token=None))

    async def _read_pages(self, client: AmazonClient, window: Window, until: float) -> None:
        async with aclosing(self.poller.fetch(client, window.span, window.token)) as pages:  # type: ignore[type-var]  # an async generator behind its iterator type
            while self.failure is None:
                try:
                    async with asyncio.timeout(PAGE_SECONDS):
                        page = await anext(pages, None)
                except TimeoutError:
                    raise Unreachable("a page took too long", operation=self.poller.operation) from None
                if page is None:
                    return
                window.used |= {window.token} if window.token else set()
                if page.next_token in window.used:
                    raise Refused(
                        "RepeatedPage", "the page token leads to itself", operation=self.poller.operation, status=400
                    )
                async with self.lock:
                    await self._record(window, page)
                window.token = page.next_token
                if page.next_token is None:
                    self.left -= 1
                if page.next_token is None or asyncio.get_running_loop().time() >= until:
                    return

    async def _record(self, window: Window, page: Page[Any]) -> None:
        """One page, one transaction: what it holds, the cursor, the jobs that follow, the journal."""
        if page.rejects:
            await vault.ready(self.item.organization_id)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with tenant_session(self.item.organization_id) as session:
                    await self._open(session, window, page)
                    batch = self._batch(session, window, page, page.models)
                    await self._close(session, window, page, await self.poller.store(session, batch))
                return
            except Exception as error:
                if blames_a_row(error):
                    log.warning("page_stored_one_by_one", stream=self.poller.name, error=repr(error)[:200])
                    break
                if attempt == ATTEMPTS or not lost_a_race(error):
                    raise
        await vault.ready(self.item.organization_id)
        async with tenant_session(self.item.organization_id) as session:
            await self._open(session, window, page)
            await self._close(session, window, page, await self._one_by_one(session, window, page))

    async def _open(self, session: AsyncSession, window: Window, page: Page[Any]) -> None:
        await self.item.guard(session)
        if window.span.first_load and page.next_token is None:
            await self._wake_followers(session)

    async def _wake_followers(self, session: AsyncSession) -> None:
        for key in sorted(self.followers):
            await schedule(session, self.kind, key)

    def _batch(self, session: AsyncSession, window: Window, page: Page[Any], models: list[Any]) -> Batch:
        async def before_write() -> None:
            if not window.span.first_load:
                await self._wake_followers(session)
            for kind in sorted(self.after, key=lambda kind: kind.name):
                await schedule(session, kind, str(self.connection.id))

        return Batch(
            connection=self.connection,
            run_id=self.run_id,
            models=models,
            received_at=page.received_at,
            source_ref=f"{self.poller.operation}/{page.request_id or ''}",
            before_write=before_write,
            first_load=window.span.first_load,
            swept_until=window.span.until if window.span.sweep else None,
        )

    async def _one_by_one(self, session: AsyncSession, window: Window, page: Page[Any]) -> Stored:
        stored = Stored()
        for model in page.models:
            try:
                async with session.begin_nested():
                    part = await self.poller.store(session, self._batch(session, window, page, [model]))
                    await session.flush()
                stored.add(part)
            except Exception as error:
                if not blames_a_row(error):
                    raise
                reason = f"cannot be stored: {type(error).__name__}"
                stored.rejects.append(Reject(_encoded(model), reason))
        return stored

    async def _close(self, session: AsyncSession, window: Window, page: Page[Any], stored: Stored) -> None:
        rejects = [*page.rejects, *stored.rejects]
        await self._keep_rejects(session, rejects)
        seen, changed = len(page.models) + len(page.rejects), stored.created + stored.changed
        last = page.next_token is None
        await session.execute(
            update(SyncWindow)
            .where(SyncWindow.id == window.id)
            .values(
                page_token=page.next_token,
                pages=SyncWindow.pages + 1,
                items=SyncWindow.items + seen,
                drift=SyncWindow.drift + stored.drift,
                done_at=func.now() if last else None,
            )
        )
        await session.execute(
            update(SyncRun)
            .where(SyncRun.id == self.run_id)
            .values(
                pages=SyncRun.pages + 1,
                items=SyncRun.items + seen,
                changed=SyncRun.changed + changed,
                rejected=SyncRun.rejected + len(rejects),
            )
        )
        values: dict[str, Any] = {
            "items_seen": Stream.items_seen + seen,
            "items_changed": Stream.items_changed + changed,
        }
        if last and window.span.sweep:
            values |= await self._swept(session)
        elif last:
            values |= await self._progress(session, window)
        if seen or last:
            await session.execute(update(Stream).where(*self._own(Stream)).values(values))
        if changed or window.span.first_load:
            await publish(session, "sync.changed", connection_id=str(self.connection.id), stream=self.poller.name)

    async def _progress(self, session: AsyncSession, window: Window) -> dict[str, Any]:
        """After the last page of a window: the new high water, and whether the first load is complete."""
        stream = (await session.scalars(select(Stream).where(*self._own(Stream)))).one()
        rows = (await session.scalars(select(SyncWindow).where(*self._own(SyncWindow, name="stream")))).all()
        start = stream.high_water or stream.first_load_since
        values: dict[str, Any] = {}
        if start is not None:
            done = [
                Covered(row.since, row.until, row.known_until)
                for row in rows
                if row.done_at is not None and not row.sweep
            ]
            high_water = gap_free(start, done)
            if high_water > start:
                values["high_water"] = high_water
        first_load = [row for row in rows if row.first_load]
        if stream.first_load_done_at is None and first_load and all(row.done_at for row in first_load):
            values["first_load_done_at"] = now()
            await record(
                session,
                "sync.first_load_finished",
                actor=SYSTEM,
                subject=Subject("connection", str(self.connection.id), self.connection.name),
                payload={"stream": self.poller.name, "items": sum(row.items for row in first_load)},
                correlation_id=str(self.run_id),
            )
        return values

    async def _swept(self, session: AsyncSession) -> dict[str, Any]:
        """After the last page of a window of a sweep: what the whole sweep found, once it is complete."""
        query = select(SyncWindow).where(*self._own(SyncWindow, name="stream"), SyncWindow.sweep)
        rows = (await session.scalars(query)).all()
        if not all(row.done_at for row in rows):
            return {}
        drift, since = sum(row.drift for row in rows), min(row.since for row in rows)
        if drift:
            log.warning("drift", stream=self.poller.name, connection_id=str(self.connection.id), drift=drift)
        await record(
            session,
            "sync.swept",
            actor=SYSTEM,
            subject=Subject("connection", str(self.connection.id), self.connection.name),
            payload={
                "stream": self.poller.name,
                "since": since.isoformat(),
                "items": sum(row.items for row in rows),
                "drift": drift,
            },
            correlation_id=str(self.run_id),
        )
        # What this sweep found is told: the next one counts its own windows alone.
        await session.execute(delete(SyncWindow).where(SyncWindow.id.in_([row.id for row in rows])))
        return {"swept_at": now(), "swept_since": since, "drift": drift}

    async def _keep_rejects(self, session: AsyncSession, rejects: list[Reject]) -> None:
        """Set aside what could not be read; the same bytes again within a week are counted, not kept twice."""
        kept = []
        for reject in rejects:
            reason = reject.reason.replace("\x00", "")[:500]
            raw, reject_id = reject.raw[:LARGEST_REJECT], new_id()
            plain = SecretStr(raw.decode("latin-1"))  # any byte, one to one
            _, sealed = await vault.seal(session, plain, kind=REJECT, owner_id=reject_id, version=1)
            values = {
                "id": reject_id,
                "connection": self.connection.id,
                "stream": self.poller.name,
                "run": self.run_id,
                "reason": reason,
                "subject": _number_in(raw),
                "payload": sealed,
                "hash": hashlib.sha256(raw).digest(),
            }
            if (await session.execute(KEEP_REJECT, values)).first() is not None:
                kept.append(reason)
        if kept:
            await record(
                session,
                "sync.rejected",
                actor=SYSTEM,
                subject=Subject("connection", str(self.connection.id), self.connection.name),
                outcome="failed",
                payload={"stream": self.poller.name, "count": len(kept), "reasons": kept[:10]},
                correlation_id=str(self.run_id),
            )
            for kind in sorted(self.after_rejects, key=lambda kind: kind.name):
                await schedule(session, kind, str(self.connection.id))

    def _own(self, table: Any, *, name: str = "name") -> tuple[Any, Any]:
        return table.connection_id == self.connection.id, getattr(table, name) == self.poller.name


def _number_in(raw: bytes) -> str | None:
    """The order that a rejected element is about, where that much can be read."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    number = found.get("purchaseOrderNumber") if isinstance(found, dict) else None
    return number[:40] if isinstance(number, str) and number and "\x00" not in number else None


def _encoded(model: Any) -> bytes:
    return msgspec.json.encode(model)
