"""Turns the crank for every poller: starts streams, fetches at once, polls, and dates the next turn."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, func, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, NotAllowed, Revoked
from oktee.amazon.connection import clients
from oktee.amazon.connection.lifecycle import get_connection
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.order_hours import HISTORY, OrderTimes
from oktee.amazon.mirror.planning import ASKED, COLLECTING, find_pollers, lock_stream, plan, rest, window_row, work_key
from oktee.amazon.mirror.setbacks import Setback, setback
from oktee.amazon.mirror.tables import Stream, SyncRun, SyncWindow
from oktee.amazon.mirror.turn import Turn
from oktee.amazon.mirror.windows import first_load_spans
from oktee.journal.record import AMAZON, SYSTEM, Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.settings import settings
from oktee.kit.work import Fenced, Item, Kind, cancel, schedule
from oktee.notify.outbox import publish

SLICE: Final = 20.0
"""Seconds after which a turn takes no further page: a long first load goes on in the next turn, others in between."""
WAIT_FOR_FOLLOWED: Final = timedelta(seconds=30)
"""In case the followed stream's call to go on is lost."""
KEEP_WINDOWS: Final = timedelta(hours=1)
KEEP_EMPTY_RUNS: Final = timedelta(days=1)
NO_ERROR: Final[Any] = null()
"""SQL's null: a plain None would be stored as the JSON value null."""

log = structlog.get_logger(__name__)


class NotCollecting(Conflict):
    """Nothing is fetched for this connection in its present state."""


async def poll(item: Item) -> None:
    """One turn of one stream (key: connection id/stream). HTTP happens between the transactions, never inside one."""
    try:
        await _turn(item)
    except Fenced:
        raise
    except Exception as error:
        with suppress(Exception):
            await _note_fault(item, error)
        raise


POLL: Final = Kind("poll", run=poll, queue="sync", timeout=90.0, attempts=1000)
"""Collection never stops by itself: a fault of our own is tried again for days, at most five minutes apart, and shown."""


async def start_streams(session: AsyncSession, connection_id: UUID, *, names: Sequence[str] | None = None) -> list[str]:
    """Begin (or, after a new consent, go on with) the streams the enabled modules need; `names` only these. Gives their
    names. A stream that is new gets the windows of its first load; one that exists goes on from where it was."""
    connection = await get_connection(session, connection_id)
    pollers = await find_pollers(session, connection.granted_roles)
    wanted = [name for name in sorted(pollers) if names is None or name in names]
    # A page of a followed stream takes its own work row, then its followers': every writer in the same order.
    wanted.sort(key=lambda name: pollers[name].follows is not None)
    at: datetime = (await session.execute(select(func.now()))).scalar_one()
    for name in wanted:
        await schedule(session, POLL, work_key(connection_id, name))
    for name in wanted:
        stream = await lock_stream(session, connection_id, name)
        if stream is None:
            spans = first_load_spans(
                at, reference=timedelta(days=settings().reference_days), window=pollers[name].window
            )
            session.add(
                Stream(
                    connection_id=connection_id, name=name, state="queued", next_due_at=at,
                    first_load_since=spans[-1].since, items_seen=0, items_changed=0,
                )
            )  # fmt: skip
            session.add_all([window_row(connection_id, name, span) for span in spans])
        else:
            stream.state, stream.last_error, stream.next_due_at = "queued", NO_ERROR, at
            # Page tokens belong to the authorisation that ended: what was half read begins again.
            half_read = SyncWindow.done_at.is_(None), SyncWindow.page_token.is_not(None)
            await session.execute(
                update(SyncWindow)
                .where(SyncWindow.connection_id == connection_id, SyncWindow.stream == name, *half_read)
                .values(page_token=None)
            )
        await publish(session, "sync.changed", connection_id=str(connection_id), stream=name)
    await session.flush()
    return wanted


async def resume_streams(session: AsyncSession, connection_id: UUID) -> list[str]:
    """Start what should run and does not: a stream that rests (after a renewal, or a module switched on again), or one
    that a new consent opened. Nothing for a connection that is not collecting."""
    connection = await get_connection(session, connection_id)
    if connection.status not in COLLECTING:
        return []
    pollers = await find_pollers(session, connection.granted_roles)
    query = select(Stream.name).where(Stream.connection_id == connection_id, Stream.state != "paused")
    missing = sorted(set(pollers) - set(await session.scalars(query)))
    return await start_streams(session, connection_id, names=missing) if missing else []


async def rest_streams(session: AsyncSession, names: Collection[str]) -> None:
    """Let these streams of every connection of this organization rest, now: their work is taken back, so that a turn under
    way writes nothing more, and what they had fetched stays."""
    if not names:
        return
    query = select(Stream.connection_id, Stream.name).where(Stream.name.in_(names))
    streams = sorted((row.connection_id, row.name) for row in await session.execute(query))
    for connection_id, name in streams:
        await cancel(session, [POLL], prefix=work_key(connection_id, name))
    for connection_id, name in streams:
        stream = await lock_stream(session, connection_id, name)
        if stream is not None:
            await rest(session, stream)
            await publish(session, "sync.changed", connection_id=str(connection_id), stream=name)


async def fetch_now(session: AsyncSession, connection_id: UUID, stream: str, reason: str) -> None:
    """Have a stream fetched as soon as a worker is free. reason: manual, notification. Asked twice is fetched once; asked
    while it runs, it runs once more. Raises NotFound (connection or stream), NotCollecting."""
    if reason not in ASKED:
        raise ValueError(f"unknown reason {reason}")
    connection = await get_connection(session, connection_id)
    if connection.status not in COLLECTING:
        raise NotCollecting("This connection is not collecting: verify it or connect the account again first.")
    query = select(Stream.name).where(Stream.connection_id == connection_id, Stream.name == stream)
    if (await session.scalars(query)).first() is None:
        raise NotFound("There is no such stream.")
    await schedule(session, POLL, work_key(connection_id, stream))
    await lock_stream(session, connection_id, stream)
    asked = select(SyncRun.id).where(
        SyncRun.connection_id == connection_id,
        SyncRun.stream == stream,
        SyncRun.finished_at.is_(None),
        SyncRun.reason == reason,
    )
    if (await session.scalars(asked)).first() is None:
        session.add(
            SyncRun(
                connection_id=connection_id, stream=stream, reason=reason, pages=0, items=0, changed=0, rejected=0
            )
        )  # fmt: skip
        await session.flush()
    await publish(session, "sync.changed", connection_id=str(connection_id), stream=stream)


async def sweep_now(session: AsyncSession, connection_id: UUID, stream: str) -> None:
    """What was fetched in the last days is read once more with the next turn of the stream."""
    found = await lock_stream(session, connection_id, stream)
    if found is not None:
        found.sweep_due_at = now()


async def _turn(item: Item) -> None:
    turn = await plan(item, POLL)
    if turn is None:
        async with item.record():
            return
    until = asyncio.get_running_loop().time() + SLICE
    try:
        client = await clients.client_for(item.organization_id, turn.connection.id)
        await turn.read(client, until=until)
    except (Conflict, NotFound):  # ended between the plan and the call; the next look sees it
        await _stop(turn, "stopped", None)
        return
    except AmazonError as error:
        turn.failure = error
    if isinstance(turn.failure, NotAllowed):  # its module was switched off in the middle of the turn
        await _stop(turn, "stopped", None)
    elif isinstance(turn.failure, Revoked):
        await _stop(turn, "revoked", {"code": "revoked", "detail": str(turn.failure)[:300]})
    elif turn.failure is not None:
        await _set_back(turn, turn.failure)
    elif turn.left or turn.waiting:
        await _go_on(turn)
    else:
        await _finish(turn)


async def _stop(turn: Turn, outcome: str, error: dict[str, Any] | None) -> None:
    """Collection ends: nothing is dated any more, what was stored stays. The connection says why (lifecycle.revoked)."""
    async with turn.item.record() as session:
        await _update_stream(
            session, turn, state="paused", next_due_at=None, last_error=NO_ERROR if error is None else error
        )
        await _finish_run(session, turn, outcome, error)


async def _set_back(turn: Turn, failure: AmazonError) -> None:
    """Back off, and say so the first time; the same trouble again is not news."""
    before = await _last_error(turn)
    failures = int(before.get("failures", 0)) if before else 0
    found: Setback = setback(failure, failures=failures)
    next_at = now() + found.wait
    error = {"code": found.code, "detail": found.detail, "failures": failures + 1}
    async with turn.item.record(next_at) as session:
        await _update_stream(session, turn, state=found.state, next_due_at=next_at, last_error=error)
        await _finish_run(session, turn, found.state, error)
        if before is None or _trouble(before.get("code")) != _trouble(found.code):
            payload = {"code": found.code, "detail": found.detail}
            await _tell(session, turn, "sync.failed", actor=AMAZON, outcome="failed", payload=payload)
    log.info("sync_set_back", stream=turn.poller.name, connection_id=str(turn.connection.id), code=found.code)


def _trouble(code: object) -> object:
    """What is kept here while Amazon fails is the same trouble as the failing itself."""
    return "unreachable" if code == "circuit_open" else code


async def _go_on(turn: Turn) -> None:
    """Time is up, or the followed stream has to come first: the same run goes on in the next turn."""
    next_at = now() + (timedelta(0) if turn.left else WAIT_FOR_FOLLOWED)
    async with turn.item.record(next_at) as session:
        await _update_stream(session, turn, next_due_at=next_at)


async def _finish(turn: Turn) -> None:
    before = await _last_error(turn)
    at = now()
    async with tenant_session(turn.item.organization_id) as session:
        times = await _order_times(session, turn.connection.id, since=at - HISTORY)
    next_at = at + turn.poller.every(times, at)
    async with turn.item.record(next_at) as session:
        await _update_stream(
            session, turn, state="synced", next_due_at=next_at, last_error=NO_ERROR, last_success_at=func.now()
        )
        await _finish_run(session, turn, "ok", None)
        await _forget_old(session, turn)
        if before is not None:
            await _tell(session, turn, "sync.recovered", actor=SYSTEM, payload={"code": before.get("code")})


async def _note_fault(item: Item, error: Exception) -> None:
    """A fault of our own: shown on the stream, tried again by the work row's back-off."""
    connection_id, _, name = item.key.partition("/")
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        detail = {"code": "internal", "detail": type(error).__name__, "failures": item.attempts}
        await session.execute(
            update(Stream).where(Stream.connection_id == UUID(connection_id), Stream.name == name)
            .values(state="failed", last_error=detail)
        )  # fmt: skip
        await publish(session, "sync.changed", connection_id=connection_id, stream=name)


async def _last_error(turn: Turn) -> dict[str, Any] | None:
    query = select(Stream.last_error).where(Stream.connection_id == turn.connection.id, Stream.name == turn.poller.name)
    async with tenant_session(turn.item.organization_id) as session:
        return (await session.scalars(query)).first()


_ORDER_TIMES = text(
    """select distinct marketplace_id, to_timestamp(floor(extract(epoch from ordered_at) / 1800) * 1800) as placed_at
    from purchase_orders where ordered_at >= :since and connection_id = :connection"""
)


async def _order_times(session: AsyncSession, connection_id: UUID, *, since: datetime) -> OrderTimes:
    """When this account's orders were placed, to the half hour, each with its marketplace's zone."""
    rows = await session.execute(_ORDER_TIMES, {"connection": connection_id, "since": since})
    found = ((find_marketplace(row.marketplace_id), row.placed_at) for row in rows)
    return [(ZoneInfo(marketplace.time_zone), placed_at) for marketplace, placed_at in found if marketplace]


async def _update_stream(session: AsyncSession, turn: Turn, **values: Any) -> None:
    own = Stream.connection_id == turn.connection.id, Stream.name == turn.poller.name
    await session.execute(update(Stream).where(*own).values(**values))
    await publish(session, "sync.changed", connection_id=str(turn.connection.id), stream=turn.poller.name)


async def _finish_run(session: AsyncSession, turn: Turn, outcome: str, error: dict[str, Any] | None) -> None:
    values = {"finished_at": func.now(), "outcome": outcome, "error": NO_ERROR if error is None else error}
    await session.execute(update(SyncRun).where(SyncRun.id == turn.run_id).values(values))


async def _forget_old(session: AsyncSession, turn: Turn) -> None:
    """Windows long counted in the high water, and uneventful polls of yesterday."""
    connection_id, name = turn.connection.id, turn.poller.name
    await session.execute(
        delete(SyncWindow).where(
            SyncWindow.connection_id == connection_id,
            SyncWindow.stream == name,
            SyncWindow.first_load.is_(False),
            SyncWindow.done_at < func.now() - KEEP_WINDOWS,
        )
    )
    await session.execute(
        delete(SyncRun).where(
            SyncRun.connection_id == connection_id,
            SyncRun.stream == name,
            SyncRun.started_at < func.now() - KEEP_EMPTY_RUNS,
            SyncRun.reason == "poll",
            SyncRun.outcome == "ok",
            SyncRun.changed == 0,
            SyncRun.rejected == 0,
        )
    )


async def _tell(
    session: AsyncSession, turn: Turn, kind: str, *, actor: Actor, payload: dict[str, Any], outcome: str = "ok"
) -> None:
    await record(
        session,
        kind,
        actor=actor,
        subject=Subject("connection", str(turn.connection.id), turn.connection.name),
        outcome=outcome,
        payload={"stream": turn.poller.name} | payload,
        correlation_id=str(turn.run_id),
    )
