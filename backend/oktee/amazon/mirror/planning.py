"""The first transaction of a turn: may this connection be fetched, in which run, which windows are open, which are new."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import Organization
from oktee.amazon.connection.lifecycle import ACTIVE
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.permissions import callable_with
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.poller import ConnectionRef, Poller
from oktee.amazon.mirror.sweeps import next_sweep, reach, sweep_spans
from oktee.amazon.mirror.tables import Stream, SyncRun, SyncWindow
from oktee.amazon.mirror.turn import Turn, Window
from oktee.amazon.mirror.windows import LAG, Covered, Span, covers, next_spans
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.module import installed
from oktee.kit.work import Item, Kind

COLLECTING: Final = frozenset({ACTIVE, "reauthorization_due"})
"""States of a connection in which data is fetched; in every other the stream rests."""

FIRST_LOAD: Final = "first_load"
POLL: Final = "poll"
ASKED: Final = frozenset({"manual", "notification"})
"""Reasons of a run that somebody waits for."""
REJECTS: Final = "rejects"
"""What a module names for the job that follows when something of any stream could not be read."""
SOON: Final = timedelta(seconds=55)
"""A new window is not opened beside unfinished ones before the last one is this old."""


def work_key(connection_id: UUID, stream: str) -> str:
    """The key of a stream's work row."""
    return f"{connection_id}/{stream}"


async def find_pollers(session: AsyncSession, roles: Sequence[str]) -> dict[str, Poller]:
    """The pollers that the enabled modules of this organization name and the consent's roles open, by name."""
    named = installed().pollers(await _modules(session))
    opened = callable_with(roles, [poller.operation for poller in named])
    return {poller.name: poller for poller in named if poller.operation in opened}


async def plan(item: Item, kind: Kind) -> Turn | None:
    """Everything the turn of this work row needs; None when nothing may be fetched (the stream is at rest then)."""
    connection_id, _, name = item.key.partition("/")
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        connection = await session.get(AmazonConnection, UUID(connection_id))
        pollers = await find_pollers(session, connection.granted_roles if connection else ())
        stream = await lock_stream(session, UUID(connection_id), name)
        if stream is None:
            return None
        if connection is None or connection.status not in COLLECTING or name not in pollers:
            await rest(session, stream)
            return None
        at: datetime = (await session.execute(select(func.now()))).scalar_one()
        poller = pollers[name]
        run = await _find_run(session, stream)
        rows = await _windows(session, stream)
        open_rows = await _add_windows(
            session, stream, poller, rows, at=at, asked=run.pages == 0 and run.reason in ASKED
        )
        open_rows += await _sweep(session, stream, poller, connection, open_rows, at=at)
        followed = await _followed(session, stream, poller, open_rows)
        stream.last_attempt_at = at
        if stream.first_load_done_at is None:
            stream.state = "running"
        readable = [row for row in open_rows if followed is None or not row.first_load or covers(_span(row), followed)]
        return Turn(
            item=item,
            kind=kind,
            poller=poller,
            connection=ConnectionRef(connection.id, connection.name, connection.region, connection.home_marketplace_id),
            run_id=run.id,
            windows=[Window(row.id, _span(row), row.page_token) for row in readable],
            after=installed().after(await _modules(session), name),
            after_rejects=installed().after(await _modules(session), REJECTS),
            followers=[work_key(connection.id, each.name) for each in pollers.values() if each.follows == name],
            waiting=len(open_rows) - len(readable),
        )


async def lock_stream(session: AsyncSession, connection_id: UUID, name: str) -> Stream | None:
    """The stream's row, locked; whoever also takes its work row takes that one first."""
    query = select(Stream).where(Stream.connection_id == connection_id, Stream.name == name).with_for_update()
    return (await session.scalars(query)).one_or_none()


async def _modules(session: AsyncSession) -> Sequence[str]:
    query = select(Organization.modules).where(Organization.id == organization_of(session))
    return (await session.scalars(query)).one()


async def rest(session: AsyncSession, stream: Stream) -> None:
    """Nothing is dated any more, and an unfinished run ends as stopped; the stream's row is locked by the caller."""
    stream.state, stream.next_due_at = "paused", None
    await session.execute(
        update(SyncRun).where(*_of(SyncRun, stream), SyncRun.finished_at.is_(None))
        .values(finished_at=func.now(), outcome="stopped")
    )  # fmt: skip


async def _find_run(session: AsyncSession, stream: Stream) -> SyncRun:
    """The unfinished run (resumed, or asked for by somebody), else a new one. What was asked for meanwhile joins it."""
    query = select(SyncRun).where(*_of(SyncRun, stream), SyncRun.finished_at.is_(None)).order_by(SyncRun.id)
    unfinished = (await session.scalars(query)).all()
    if not unfinished:
        reason = FIRST_LOAD if stream.first_load_done_at is None else POLL
        run = SyncRun(
            connection_id=stream.connection_id,
            stream=stream.name,
            reason=reason,
            pages=0,
            items=0,
            changed=0,
            rejected=0,
        )
        session.add(run)
        await session.flush()
        return run
    run, *joined = unfinished
    if joined:
        if run.reason == POLL:
            run.reason = joined[0].reason
        await session.execute(delete(SyncRun).where(SyncRun.id.in_([each.id for each in joined])))
    if stream.first_load_done_at is None:
        run.reason = FIRST_LOAD
    return run


async def _windows(session: AsyncSession, stream: Stream) -> list[SyncWindow]:
    return list((await session.scalars(select(SyncWindow).where(*_of(SyncWindow, stream)))).all())


async def _add_windows(
    session: AsyncSession, stream: Stream, poller: Poller, rows: list[SyncWindow], *, at: datetime, asked: bool
) -> list[SyncWindow]:
    """The open windows, newest first, among them what this turn adds. Missed polls are one, with a wider window: one that
    nobody began to read is stretched to the present instead of a second one beside it."""
    open_rows = [row for row in rows if row.done_at is None]
    swept = [row for row in open_rows if row.sweep]
    rows, open_rows = [row for row in rows if not row.sweep], [row for row in open_rows if not row.sweep]
    frontier = max((row.until for row in rows), default=(stream.high_water or at) + LAG)
    untouched = [row for row in open_rows if not row.first_load and row.pages == 0 and row.until == frontier]
    if untouched and at - untouched[0].since <= poller.window:
        untouched[0].until = max(at, frontier)
    elif not open_rows or asked or at - frontier >= SOON:
        spans = next_spans(
            at,
            frontier=frontier,
            high_water=None if open_rows else stream.high_water,
            overlap=poller.overlap,
            window=poller.window,
        )
        added = [window_row(stream.connection_id, stream.name, span) for span in spans]
        session.add_all(added)
        await session.flush()
        open_rows += added
    return [*sorted(open_rows, key=lambda row: row.until, reverse=True), *swept]


async def _sweep(
    session: AsyncSession,
    stream: Stream,
    poller: Poller,
    connection: AmazonConnection,
    open_rows: list[SyncWindow],
    *,
    at: datetime,
) -> list[SyncWindow]:
    """The windows of a sweep that is due, behind all others; and when the next one is."""
    if stream.first_load_done_at is None or stream.high_water is None or any(row.sweep for row in open_rows):
        return []
    home = find_marketplace(connection.home_marketplace_id)
    zone = ZoneInfo(home.time_zone) if home else UTC
    due = stream.sweep_due_at
    if due is not None and due > at:
        return []
    stream.sweep_due_at = next_sweep(at, zone, connection.id)
    if due is None:
        return []
    spans = sweep_spans(
        stream.high_water - poller.overlap, reach(due, zone), window=poller.window, since=stream.first_load_since
    )
    added = [window_row(stream.connection_id, stream.name, span) for span in spans]
    session.add_all(added)
    await session.flush()
    return added


async def _followed(
    session: AsyncSession, stream: Stream, poller: Poller, open_rows: list[SyncWindow]
) -> list[Covered] | None:
    """What the followed stream has fetched; None when this one follows none or need not wait. Windows that are not begun
    yet get the mark up to which they will count."""
    if poller.follows is None:
        return None
    query = select(Stream).where(Stream.connection_id == stream.connection_id, Stream.name == poller.follows)
    followed = (await session.scalars(query)).one_or_none()
    if followed is None:
        return None
    for row in open_rows:
        if not row.first_load and not row.sweep and row.page_token is None:
            row.known_until = followed.high_water or row.since
    if followed.first_load_done_at is not None:
        return None
    return [Covered(row.since, row.until) for row in await _windows(session, followed) if row.done_at is not None]


def window_row(connection_id: UUID, stream: str, span: Span) -> SyncWindow:
    """A window to be fetched."""
    return SyncWindow(
        connection_id=connection_id, stream=stream, since=span.since, until=span.until, first_load=span.first_load,
        sweep=span.sweep, drift=0, pages=0, items=0,
    )  # fmt: skip


def _span(row: SyncWindow) -> Span:
    return Span(row.since, row.until, row.first_load, row.sweep)


def _of(table: type[SyncRun | SyncWindow], stream: Stream) -> tuple[Any, Any]:
    return table.connection_id == stream.connection_id, table.stream == stream.name
