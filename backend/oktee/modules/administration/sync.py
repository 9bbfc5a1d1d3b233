"""The screen of the streams: what is fetched from Amazon, how far it has come, and "fetch now"."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from oktee.access.caller import CallerIn, Session, needs
from oktee.amazon.connection.circuits import list_open
from oktee.amazon.connection.lifecycle import get_connection, subject
from oktee.amazon.mirror.runner import fetch_now
from oktee.amazon.mirror.streams import StreamView, list_runs, list_streams
from oktee.catalog.imports import last_import
from oktee.catalog.tables import StockBalance
from oktee.journal.record import person, record
from oktee.kit.clock import now

router = APIRouter(prefix="/sync")


class StreamError(BaseModel):
    """Why a stream is set back: a stable code and Amazon's or our words."""

    code: str
    detail: str


class FirstLoadProgress(BaseModel):
    since: datetime
    windows_total: int
    windows_done: int
    items: int
    done_at: datetime | None


class StreamRow(BaseModel):
    """One stream of one connection. state: queued, running, synced, rate_limited, failed, paused. `drift`: what the last
    sweep (`swept_at`, back to `swept_since`) found that no poll had brought; it should be 0."""

    connection_id: UUID
    name: str
    state: str
    last_success_at: datetime | None
    next_due_at: datetime | None
    last_error: StreamError | None
    items_seen: int
    items_changed: int
    first_load: FirstLoadProgress | None
    swept_at: datetime | None
    swept_since: datetime | None
    drift: int | None

    @classmethod
    def of(cls, view: StreamView) -> "StreamRow":
        """The wire form of a stream, here and inside a connection."""
        return cls.model_validate(asdict(view))


class FileSource(BaseModel):
    """What comes by file, when somebody hands one in. `as_of`: of stock, the oldest count in it."""

    kind: Literal["items", "stock"]
    last_success_at: datetime | None
    as_of: datetime | None


class CircuitRow(BaseModel):
    """An API of Amazon that failed again and again: it is not called for now, but for a try every half minute."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    family: str
    since: datetime


class StreamList(BaseModel):
    """What is fetched from Amazon by itself, the APIs that are not called for now, and what comes by file."""

    streams: list[StreamRow]
    circuits: list[CircuitRow]
    files: list[FileSource]


class RunRow(BaseModel):
    """One run. reason: first_load, poll, notification, manual; outcome: ok, rate_limited, failed, revoked, stopped."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    connection_id: UUID
    stream: str
    reason: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    error: dict[str, Any] | None
    pages: int
    items: int
    changed: int
    rejected: int


class RunList(BaseModel):
    rows: list[RunRow]


class Accepted(BaseModel):
    """The wish is kept; the live event sync.changed tells when it is done."""


@router.get("", dependencies=[needs("connection.read")])
async def list_sync_streams(session: Session) -> StreamList:
    """Every source: each stream of each connection, and the files of catalogue and stock."""
    counted = await session.scalar(select(func.min(StockBalance.as_of)))
    files = [
        FileSource(kind="stock", last_success_at=await last_import(session, "stock"), as_of=counted),
        FileSource(kind="items", last_success_at=await last_import(session, "items"), as_of=None),
    ]
    return StreamList(
        streams=[StreamRow.of(view) for view in await list_streams(session)],
        circuits=[CircuitRow.model_validate(one) for one in await list_open(session, now())],
        files=files,
    )


@router.get("/runs", dependencies=[needs("connection.read")])
async def list_sync_runs(
    session: Session,
    connection: UUID | None = None,
    stream: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RunList:
    """The latest runs, newest first."""
    runs = await list_runs(session, connection_id=connection, stream=stream, limit=limit)
    return RunList(rows=[RunRow.model_validate(run) for run in runs])


@router.post("/{connection_id}/{stream}/runs", status_code=202, dependencies=[needs("sync.run")])
async def fetch_stream_now(session: Session, caller: CallerIn, connection_id: UUID, stream: str) -> Accepted:
    """Fetch a stream as soon as a worker is free; asked twice it is fetched once."""
    await fetch_now(session, connection_id, stream, "manual")
    connection = await get_connection(session, connection_id)
    await record(
        session,
        "sync.requested",
        actor=person(caller),
        subject=subject(connection),
        payload={"stream": stream},
        audit=True,
    )
    return Accepted()
