"""The live stream: server-sent events of an organization, fed by the outbox, resumed by Last-Event-ID."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, all_, func, literal, or_, select

from oktee.access.sessions import find_session
from oktee.access.workspaces import admits
from oktee.kit.clock import now
from oktee.kit.database import Instant, RowScope, tenant_session
from oktee.kit.settings import settings
from oktee.notify.outbox import CHANNEL
from oktee.notify.tables import OutboxEvent

HEARTBEAT = 15.0
LOOK = 2.0
OVERLAP = 50
LATE = timedelta(seconds=60)
"""Ids are handed out before the commit, by one counter for all organizations: whoever waits for a lock in between
commits a lower id after any number of higher ones. So each look goes back this far, in ids and in time."""
PAGE = 500
AUTH_AGAIN = 1.9
"""Shorter than a look, so that each looks: whoever was put out is out of every stream within five seconds."""
log = structlog.get_logger(__name__)


class Listener:
    """One subscription per process: wakes the streams of the organizations that have news."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for events in self._waiting.values():
            for event in events:
                event.set()

    def join(self, organization_id: UUID) -> asyncio.Event:
        event = asyncio.Event()
        self._waiting[str(organization_id)].add(event)
        return event

    def leave(self, organization_id: UUID, event: asyncio.Event) -> None:
        waiting = self._waiting[str(organization_id)]
        waiting.discard(event)
        if not waiting:
            del self._waiting[str(organization_id)]

    async def _listen(self) -> None:
        while True:
            try:
                valkey = Redis.from_url(settings().valkey_url.get_secret_value())
                async with valkey.pubsub() as channel:
                    await channel.psubscribe(CHANNEL + "*")
                    async for message in channel.listen():
                        if message["type"] == "pmessage":
                            name = message["channel"].decode().removeprefix(CHANNEL)
                            for event in self._waiting.get(name, ()):
                                event.set()
            except Exception as error:
                log.info("live_listen_lost", error=type(error).__name__)
                await asyncio.sleep(0.5)


listener = Listener()


async def _present(organization_id: UUID, scope: RowScope | None) -> tuple[int, dict[int, datetime]]:
    """Where a new stream begins: the id of the last event so far (0 without any), and what a look back finds there."""
    last = select(func.coalesce(func.max(OutboxEvent.id), 0)).scalar_subquery()
    found = select(OutboxEvent.id, OutboxEvent.created_at).where(_not_before(last, func.now()))
    async with tenant_session(organization_id, scope) as session:
        known = {row.id: row.created_at for row in await session.execute(found)}
    return max(known, default=0), known


def _not_before(position: Any, at: Any) -> ColumnElement[bool]:
    return or_(OutboxEvent.id > position - OVERLAP, OutboxEvent.created_at > at - LATE)


async def _resumed(organization_id: UUID, scope: RowScope | None, last: int) -> datetime | None:
    """When the event that a browser heard last was written. None: it is not ours, or is gone."""
    async with tenant_session(organization_id, scope) as session:
        return await session.scalar(select(OutboxEvent.created_at).where(OutboxEvent.id == last))


async def follow(
    organization_id: UUID, token: str, last: int | None, *, scope: RowScope | None = None
) -> AsyncIterator[bytes]:
    """The bytes of the stream, within the scope. It ends when the session ends (a changed scope ends the sessions of its
    person), the membership does, or the workspace is closed; the browser then connects again and is refused.

    A resumed stream tells again what was written shortly before `last`: what was late then may not have been heard, and
    an event heard twice only costs a refetch. No session is held across a yield: each look opens and closes its own.
    """
    event = listener.join(organization_id)
    loop = asyncio.get_running_loop()
    beat = checked = loop.time()
    try:
        if last is None:
            position, sent = await _present(organization_id, scope)
            back = None
        else:
            position, sent = last, {}
            back = await _resumed(organization_id, scope, last)
        yield f"id: {position}\nevent: ready\ndata: {{}}\n\n".encode()
        while True:
            event.clear()
            rows = await _look(organization_id, scope, position, back, sent)
            for row in rows:
                sent[row.id] = row.created_at
                position = max(position, row.id)
                data = orjson.dumps(row.payload).decode()
                yield f"id: {row.id}\nevent: {row.topic}\ndata: {data}\n\n".encode()
            if len(rows) == PAGE:
                continue
            back = None
            horizon = now() - 2 * LATE
            sent = {number: at for number, at in sent.items() if number > position - 2 * OVERLAP or at > horizon}
            present = loop.time()
            if rows:
                beat = present
            elif present - beat >= HEARTBEAT:
                beat = present
                yield b": beat\n\n"
            if present - checked >= AUTH_AGAIN:
                checked = present
                user = await find_session(token, touch=False)
                if user is None or not await admits(organization_id, user.user_id):
                    return
            try:
                await asyncio.wait_for(event.wait(), LOOK)
            except TimeoutError:
                continue
    finally:
        listener.leave(organization_id, event)


async def _look(
    organization_id: UUID,
    scope: RowScope | None,
    position: int,
    back: datetime | None,
    sent: Mapping[int, datetime],
) -> Sequence[Row[Any]]:
    """The next events that were not told yet: after `position`, or late. `back`: when the last one heard was written."""
    since = func.now() if back is None else func.least(func.now(), literal(back, Instant))
    statement = (
        select(OutboxEvent.id, OutboxEvent.topic, OutboxEvent.payload, OutboxEvent.created_at)
        .where(_not_before(position, since), OutboxEvent.id != all_(literal(sorted(sent), ARRAY(BigInteger))))
        .order_by(OutboxEvent.id)
        .limit(PAGE)
    )
    async with tenant_session(organization_id, scope) as session:
        return (await session.execute(statement)).all()
