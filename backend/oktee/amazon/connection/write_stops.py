"""The kill switch for writes (SEC-23): of one connection, or of all. Asked in the database before each write leaves.

A stop is a row; lifting it dates the row, so that the history stays. No cache lies between the row and the question: a
stop counts for the next request that any process would send.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.support.tables import WriteStop
from oktee.amazon.client.errors import WritesStopped
from oktee.amazon.connection.lifecycle import get_connection, subject
from oktee.journal.record import Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import database, global_session, organization_of
from oktee.kit.errors import Conflict
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.notify.outbox import publish

STAGGER: Final = 0.02
"""Seconds between the organizations that are told of a stop of everything."""


class WritesStoppedAlready(Conflict):
    """There is a stop already."""


class WritesNotStopped(Conflict):
    """There is nothing to lift."""


_STOPPED = """select 1 from write_stops where lifted_at is null
    and (connection_id is null or (organization_id = $1 and connection_id = $2)) limit 1"""


async def refuse_when_stopped(organization_id: UUID, connection_id: UUID, operation: str) -> None:
    """Called by the client just before a write leaves. Raises WritesStopped: nothing was sent."""
    if await is_stopped(organization_id, connection_id):
        raise WritesStopped(operation)


async def is_stopped(organization_id: UUID, connection_id: UUID) -> bool:
    """Whether a write of this connection would be refused now."""
    return await database.singles.row(_STOPPED, organization_id, connection_id) is not None


async def stops_of(session: AsyncSession) -> list[WriteStop]:
    """The stops that hold for the organization of this session, that of everything first."""
    wanted = select(WriteStop).where(
        WriteStop.lifted_at.is_(None),
        or_(WriteStop.organization_id.is_(None), WriteStop.organization_id == organization_of(session)),
    )
    return list(await session.scalars(wanted.order_by(WriteStop.connection_id.nulls_first(), WriteStop.stopped_at)))


async def stop_connection(session: AsyncSession, connection_id: UUID, *, reason: str, actor: Actor) -> WriteStop:
    """Nothing is written for this connection any more. Raises NotFound, WritesStoppedAlready."""
    connection = await get_connection(session, connection_id, lock=True)
    if await _of_connection(session, connection_id) is not None:
        raise WritesStoppedAlready("Writing is stopped for this connection already.")
    stop = WriteStop(
        organization_id=organization_of(session), connection_id=connection_id, reason=reason.strip(),
        stopped_by_type=actor.type, stopped_by_name=actor.name,
    )  # fmt: skip
    session.add(stop)
    await session.flush()
    await _note(session, "writes.stopped", subject(connection), actor=actor, reason=reason, everywhere=False)
    return stop


async def resume_connection(session: AsyncSession, connection_id: UUID, *, actor: Actor) -> None:
    """It may be written again; what waits leaves within seconds. Raises NotFound, WritesNotStopped."""
    connection = await get_connection(session, connection_id, lock=True)
    stop = await _of_connection(session, connection_id)
    if stop is None:
        raise WritesNotStopped("Writing is not stopped for this connection.")
    stop.lifted_at, stop.lifted_by_type, stop.lifted_by_name = now(), actor.type, actor.name
    await _note(session, "writes.resumed", subject(connection), actor=actor, reason=stop.reason, everywhere=False)


async def stop_everything(*, reason: str, actor: Actor) -> WriteStop:
    """Nothing is written to Amazon for anybody. Every organization's journal tells it. Raises WritesStoppedAlready."""
    async with global_session() as session:
        if await _of_everything(session) is not None:
            raise WritesStoppedAlready("Writing is stopped everywhere already.")
        stop = WriteStop(reason=reason.strip(), stopped_by_type=actor.type, stopped_by_name=actor.name)
        session.add(stop)
        await session.flush()
        await schedule(session, TELL_ALL, f"stopped:{stop.id}", organization_id=NOBODY)
        return stop


async def resume_everything(*, actor: Actor) -> WriteStop:
    """Stops of single connections stay. Raises WritesNotStopped."""
    async with global_session() as session:
        stop = await _of_everything(session)
        if stop is None:
            raise WritesNotStopped("Writing is not stopped everywhere.")
        stop.lifted_at, stop.lifted_by_type, stop.lifted_by_name = now(), actor.type, actor.name
        await schedule(session, TELL_ALL, f"resumed:{stop.id}", organization_id=NOBODY)
        return stop


async def list_stops(session: AsyncSession, *, limit: int = 50) -> Sequence[WriteStop]:
    """For operators, in a global session: those that hold, then the latest lifted ones."""
    wanted = select(WriteStop).order_by(WriteStop.lifted_at.desc().nulls_first(), WriteStop.stopped_at.desc())
    return (await session.scalars(wanted.limit(limit))).all()


async def _of_connection(session: AsyncSession, connection_id: UUID) -> WriteStop | None:
    wanted = select(WriteStop).where(
        WriteStop.organization_id == organization_of(session),
        WriteStop.connection_id == connection_id,
        WriteStop.lifted_at.is_(None),
    )
    return (await session.scalars(wanted.with_for_update())).one_or_none()


async def _of_everything(session: AsyncSession) -> WriteStop | None:
    wanted = select(WriteStop).where(WriteStop.connection_id.is_(None), WriteStop.lifted_at.is_(None))
    return (await session.scalars(wanted.with_for_update())).one_or_none()


async def _note(session: AsyncSession, kind: str, of: Subject, *, actor: Actor, reason: str, everywhere: bool) -> None:
    payload = {"reason": reason, "everywhere": everywhere}
    await record(session, kind, actor=actor, subject=of, audit=True, cause=reason, payload=payload)
    await publish(session, "connection.changed")


async def _tell_all(item: Item) -> None:
    """A stop of everything, or its end: one item of each organization that is or was connected."""
    async with item.record() as session:
        organizations = (
            await session.execute(text("select distinct organization_id from amazon_accounts order by 1"))
        ).scalars()
        for organization_id in organizations.all():
            await schedule(session, TELL_ONE, item.key, organization_id=organization_id)


async def _tell_one(item: Item) -> None:
    what, _, stop_id = item.key.partition(":")
    async with item.record() as session:
        stop = await session.get(WriteStop, UUID(stop_id))
        if stop is None:
            return
        kind, name = (stop.stopped_by_type, stop.stopped_by_name)
        if what == "resumed":
            kind, name = stop.lifted_by_type or kind, stop.lifted_by_name or name
        await _note(
            session, f"writes.{what}", Subject("write_stop", stop_id, "Amazon"), actor=Actor(kind, name),
            reason=stop.reason, everywhere=True,
        )  # fmt: skip


TELL_ALL: Final = Kind("write_stop_tell_all", run=_tell_all, queue="interactive", attempts=1_000_000)
TELL_ONE: Final = Kind("write_stop_tell_one", run=_tell_one, queue="bulk", attempts=1_000_000)
KINDS: Final = (TELL_ALL, TELL_ONE)
