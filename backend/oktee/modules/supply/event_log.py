"""Supply / Event log: what exactly happened, in which order, who did it. Both streams of the journal as one story."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import String, cast, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Session, needs
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.journal.tables import JournalEntry
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.wire import Actor, Event, EventObject

router = APIRouter(prefix="/events")


class EventList(BaseModel):
    """A page of events, newest first."""

    rows: list[Event]
    next: str | None


@router.get("", dependencies=[needs("events.read")])
async def list_events(
    session: Session,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    object_type: str | None = None,
    object_id: str | None = None,
    actor_type: str | None = None,
    kind: Annotated[str | None, Query(description="an exact kind, or a prefix such as `order.`", max_length=60)] = None,
    outcome: str | None = None,
    correlation_id: str | None = None,
    q: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> EventList:
    """The event log, newest first, narrowed by time, object, actor, kind, outcome or words."""
    filters: dict[str, Any] = {
        "from": since,
        "to": until,
        "object_type": object_type,
        "object_id": object_id,
        "actor_type": actor_type,
        "kind": kind,
        "outcome": outcome,
        "correlation_id": correlation_id,
        "q": q,
    }
    statement = select(JournalEntry)
    if since is not None:
        statement = statement.where(JournalEntry.at >= since)
    if until is not None:
        statement = statement.where(JournalEntry.at < until)
    for column, value in (
        (JournalEntry.object_type, object_type),
        (JournalEntry.object_id, object_id),
        (JournalEntry.actor_type, actor_type),
        (JournalEntry.outcome, outcome),
        (JournalEntry.correlation_id, correlation_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if kind is not None:
        statement = statement.where(JournalEntry.kind.startswith(kind, autoescape=True))
    if q is not None and q.strip():
        word = q.strip()
        statement = statement.where(
            or_(
                JournalEntry.object_label.icontains(word, autoescape=True),
                JournalEntry.kind.icontains(word, autoescape=True),
                JournalEntry.actor_name.icontains(word, autoescape=True),
                cast(JournalEntry.payload, String).icontains(word, autoescape=True),
            )
        )
    if after is not None:
        at, entry_id = open_cursor(after, filters=filters)
        position = tuple_(datetime.fromisoformat(at), UUID(entry_id))
        statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) < position)
    statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit + 1)
    found = (await session.execute(statement)).scalars().all()
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = seal_cursor([found[-1].at.isoformat(), str(found[-1].id)], filters=filters)
    return EventList(rows=[event_of(entry) for entry in found], next=following)


async def list_entries(
    session: AsyncSession, *, object_type: str | None = None, object_id: str | None = None, limit: int
) -> list[Event]:
    """The newest entries, of one object or of all."""
    statement = select(JournalEntry)
    if object_type is not None:
        statement = statement.where(JournalEntry.object_type == object_type, JournalEntry.object_id == object_id)
    statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit)
    return [event_of(entry) for entry in (await session.execute(statement)).scalars()]


def event_of(entry: JournalEntry) -> Event:
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
        correlation_id=entry.correlation_id,
        log=entry.log,
        marketplace_id=entry.marketplace_id,
        country=marketplace.country if marketplace else None,
    )
