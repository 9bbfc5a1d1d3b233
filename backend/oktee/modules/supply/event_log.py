"""Supply / Event log: what exactly happened, in which order, who did it. Both streams of the journal as one story."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Session, needs
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.journal.naming import people_in, said_by_id
from oktee.journal.tables import JournalEntry
from oktee.kit.clock import now
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.event_filter import EventFilter, FilterIn
from oktee.modules.supply.wire.events import Event, EventObject
from oktee.modules.supply.wire.words import Actor

router = APIRouter(prefix="/events")
STEPS: Final = (
    1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400, 14 * 86400,
    28 * 86400, 91 * 86400,
)  # fmt: skip
"""Seconds of an interval of the histogram."""


class EventList(BaseModel):
    """A page of events, newest first. `nearest`: where nothing matches, the time of the closest event that would without
    the bounds of time."""

    rows: list[Event]
    next: str | None
    nearest: datetime | None


class Bar(BaseModel):
    """Events of one interval, and how many of them failed."""

    at: datetime
    events: int
    failed: int


class Histogram(BaseModel):
    """Events per interval; intervals without one are left out."""

    since: datetime | None
    until: datetime | None
    seconds: int
    events: int
    bars: list[Bar]


@router.get("", dependencies=[needs("events.read")])
async def list_events(
    session: Session,
    filters: FilterIn,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> EventList:
    """The event log, newest first, narrowed by time, object, actor, kind, outcome or words."""
    statement = select(JournalEntry).where(*filters.conditions())
    if after is not None:
        at, entry_id = open_cursor(after, filters=filters.to_json())
        position = tuple_(datetime.fromisoformat(at), UUID(entry_id))
        statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) < position)
    statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit + 1)
    found = (await session.execute(statement)).scalars().all()
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = seal_cursor([found[-1].at.isoformat(), str(found[-1].id)], filters=filters.to_json())
    nearest = await _nearest(session, filters) if not found and after is None else None
    return EventList(rows=await _events(session, found), next=following, nearest=nearest)


async def _nearest(session: AsyncSession, filters: EventFilter) -> datetime | None:
    """The event closest to the span that was looked at."""
    at, apart = JournalEntry.at, filters.apart_from_time()
    before = after = None
    if filters.since is not None:
        before = await session.scalar(select(func.max(at)).where(*apart, at < filters.since))
    if filters.until is not None:
        after = await session.scalar(select(func.min(at)).where(*apart, at >= filters.until))
    if before is None or after is None or filters.since is None or filters.until is None:
        return before or after
    return before if filters.since - before <= after - filters.until else after


@router.get("/histogram", dependencies=[needs("events.read")])
async def get_event_histogram(
    session: Session, filters: FilterIn, bars: Annotated[int, Query(ge=10, le=200)] = 80
) -> Histogram:
    """How many events fell into each interval of the span; the interval is a round one that gives about `bars` of them."""
    start, end = filters.since, filters.until or now()
    if start is None:
        start = await session.scalar(select(func.min(JournalEntry.at)).where(*filters.conditions()))
    if start is None or start >= end:
        return Histogram(since=start, until=end, seconds=STEPS[0], events=0, bars=[])
    span = (end - start).total_seconds()
    seconds = next((step for step in STEPS if span / step <= bars), STEPS[-1])
    step = timedelta(seconds=seconds)
    at = func.date_bin(step, JournalEntry.at, datetime(2020, 1, 6, tzinfo=UTC)).label("at")
    failed = func.count().filter(JournalEntry.outcome == "failed")
    statement = select(at, func.count(), failed).where(*filters.conditions()).group_by(at).order_by(at)
    found = [Bar(at=when, events=events, failed=bad) for when, events, bad in (await session.execute(statement)).all()]
    return Histogram(since=start, until=end, seconds=seconds, events=sum(bar.events for bar in found), bars=found)


async def list_entries(
    session: AsyncSession,
    *conditions: ColumnElement[bool],
    object_type: str | None = None,
    object_id: str | None = None,
    limit: int,
) -> list[Event]:
    """The newest entries, of one object or of all."""
    statement = select(JournalEntry).where(*conditions)
    if object_type is not None:
        statement = statement.where(JournalEntry.object_type == object_type, JournalEntry.object_id == object_id)
    statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit)
    return await _events(session, (await session.execute(statement)).scalars().all())


async def _events(session: AsyncSession, entries: Sequence[JournalEntry]) -> list[Event]:
    names = await people_in(session, [entry.payload for entry in entries])
    return [event_of(entry, names) for entry in entries]


def event_of(entry: Any, names: Mapping[UUID, str]) -> Event:
    """An entry as the pages show it."""
    marketplace = find_marketplace(entry.marketplace_id) if entry.marketplace_id else None
    return Event(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        outcome=entry.outcome,
        actor=Actor(type=entry.actor_type, name=entry.actor_name),
        object=EventObject(type=entry.object_type, id=entry.object_id, label=entry.object_label),
        cause=entry.cause,
        payload=entry.payload,
        people=said_by_id(entry.payload, names),
        correlation_id=entry.correlation_id,
        log=entry.log,
        marketplace_id=entry.marketplace_id,
        country=marketplace.country if marketplace else None,
    )
