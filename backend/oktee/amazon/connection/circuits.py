"""The APIs of Amazon that are not called for now, by connection: kept on its row, so that every process and person sees it.

What opens and closes is decided in each process (client/breaker.py); a row that says "open" is taken over by the others when
they make a client, and whichever of them has an answer first takes it off again. Whoever still fails says so again, so that one
taken off too early comes back; and what nobody has found failing for a while is shown no more: the process that said it may
have ended, and nobody may have called since. A row that cannot be written changes nothing for the calls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Select, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.session import Turned
from oktee.amazon.connection.tables import AmazonConnection, Kept
from oktee.journal.record import AMAZON, SYSTEM, Subject, record
from oktee.kit.database import tenant_session
from oktee.notify.outbox import publish

log = structlog.get_logger(__name__)

LATELY: Final = timedelta(minutes=10)
"""So long a failure counts. While an API fails it is tried once in half a minute, and by what waits the longest within five
minutes (mirror/setbacks.py)."""
_OPEN = text(
    """with held as (select id, name, circuits -> cast(:family as text) as was from connections where id = :id for update),
    known as (select id, name, was, coalesce(case jsonb_typeof(was) when 'object' then
      cast(was ->> 'failed_at' as timestamptz) > now() - cast(:lately as interval) end, false) as lately from held)
    update connections set circuits = circuits || jsonb_build_object(cast(:family as text), jsonb_build_object(
      'since', case when known.lately then known.was -> 'since' else to_jsonb(now()) end, 'failed_at', now()))
    from known where connections.id = known.id returning case when not known.lately then known.name end"""
)
"""What is read of the row is read of the row that was waited for: several processes find it out at once."""
_CLOSE = text(
    """update connections set circuits = circuits - cast(:family as text)
    where id = :id and jsonb_exists(circuits, :family) returning name"""
)


def keeper(organization_id: UUID, connection_id: UUID) -> Turned:
    """What the client of this connection tells when a breaker opens or closes."""

    async def turned(family: str, why: str | None) -> None:
        try:
            await _keep(organization_id, connection_id, family, why)
        except (SQLAlchemyError, OSError) as error:
            log.warning("circuit_not_kept", connection_id=str(connection_id), error=type(error).__name__)

    return turned


@dataclass(frozen=True, slots=True)
class Circuit:
    """An API that a connection does not call for now, and since when."""

    connection_id: UUID
    family: str
    since: datetime


async def list_open(session: AsyncSession, now: datetime) -> list[Circuit]:
    """Of every connection that has not ended, by connection and API."""
    return circuits_of((await session.execute(with_circuits())).all(), now)


def with_circuits() -> Select[UUID, Kept]:
    """Connections that did not call some API, and may not do so still."""
    return (
        select(AmazonConnection.id, AmazonConnection.circuits)
        .where(AmazonConnection.ended_at.is_(None), AmazonConnection.circuits != text("'{}'::jsonb"))
        .order_by(AmazonConnection.id)
    )


def circuits_of(rows: Iterable[Any], now: datetime) -> list[Circuit]:
    """Of the rows of `with_circuits`, those that were found failing lately."""
    return [
        Circuit(connection_id, family, datetime.fromisoformat(kept["since"]))
        for connection_id, circuits in rows
        for family, kept in sorted(circuits.items())
        if counts_still(kept, now)
    ]


def found_failing(circuits: Kept, now: datetime) -> dict[str, bool]:
    """The APIs that some process said to fail, and whether that is lately."""
    return {family: counts_still(kept, now) for family, kept in circuits.items()}


def counts_still(kept: Any, now: datetime) -> bool:
    """Whether what is kept of an API is of a failure that still counts."""
    return isinstance(kept, dict) and datetime.fromisoformat(kept["failed_at"]) > now - LATELY


async def _keep(organization_id: UUID, connection_id: UUID, family: str, why: str | None) -> None:
    """Once per change, however many processes find it out."""
    async with tenant_session(organization_id) as session:
        values: dict[str, Any] = {"id": connection_id, "family": family}
        if why is not None:
            values["lately"] = LATELY
        name = await session.scalar(_CLOSE if why is None else _OPEN, values)
        if name is None:
            return
        await record(
            session,
            "sync.circuit_closed" if why is None else "sync.circuit_opened",
            actor=SYSTEM if why is None else AMAZON,
            subject=Subject("connection", str(connection_id), name),
            outcome="ok" if why is None else "failed",
            payload={"family": family} | ({} if why is None else {"detail": why}),
        )
        await publish(session, "sync.changed", connection_id=str(connection_id), stream=family)
    log.warning("circuit", family=family, connection_id=str(connection_id), state="closed" if why is None else "open")
