"""What a person sees of the streams: state, progress of the first load, the last runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.tables import Stream, SyncRun, SyncWindow


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """How far the first load is: windows done of all, items seen in them, and when it was complete."""

    since: datetime
    windows_total: int
    windows_done: int
    items: int
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream as shown. `last_error`: {code, detail} while it is set back. Counts are of items, not of pages. `drift`:
    what the last sweep (`swept_at`, back to `swept_since`) found that no poll had brought."""

    connection_id: UUID
    name: str
    state: str
    last_success_at: datetime | None
    next_due_at: datetime | None
    last_error: dict[str, Any] | None
    items_seen: int
    items_changed: int
    first_load: FirstLoad | None
    swept_at: datetime | None
    swept_since: datetime | None
    drift: int | None


async def list_streams(session: AsyncSession, *, connection_id: UUID | None = None) -> list[StreamView]:
    """The streams of one connection, or of all, by connection and name."""
    query = select(Stream).order_by(Stream.connection_id, Stream.name)
    if connection_id is not None:
        query = query.where(Stream.connection_id == connection_id)
    streams = (await session.scalars(query)).all()
    counts = {
        (row.connection_id, row.stream): (row.total, row.done, row.items)
        for row in await session.execute(
            select(
                SyncWindow.connection_id,
                SyncWindow.stream,
                func.count().label("total"),
                func.count(SyncWindow.done_at).label("done"),
                func.sum(SyncWindow.items).label("items"),
            )
            .where(SyncWindow.first_load)
            .group_by(SyncWindow.connection_id, SyncWindow.stream)
        )
    }
    return [_view(stream, *counts.get((stream.connection_id, stream.name), (0, 0, 0))) for stream in streams]


async def list_runs(
    session: AsyncSession, *, connection_id: UUID | None = None, stream: str | None = None, limit: int = 50
) -> Sequence[SyncRun]:
    """The latest runs first; those still running have no `finished_at`."""
    query = select(SyncRun).order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(limit)
    if connection_id is not None:
        query = query.where(SyncRun.connection_id == connection_id)
    if stream is not None:
        query = query.where(SyncRun.stream == stream)
    return (await session.scalars(query)).all()


def _view(stream: Stream, total: int, done: int, items: int) -> StreamView:
    error = stream.last_error
    load = None
    if stream.first_load_since is not None:
        load = FirstLoad(stream.first_load_since, total, done, items, stream.first_load_done_at)
    return StreamView(
        connection_id=stream.connection_id,
        name=stream.name,
        state=stream.state,
        last_success_at=stream.last_success_at,
        next_due_at=stream.next_due_at,
        last_error=None if error is None else {"code": error["code"], "detail": error["detail"]},
        items_seen=stream.items_seen,
        items_changed=stream.items_changed,
        first_load=load,
        swept_at=stream.swept_at,
        swept_since=stream.swept_since,
        drift=stream.drift,
    )
