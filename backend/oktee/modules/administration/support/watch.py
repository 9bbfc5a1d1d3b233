"""While a grant is live: what was read under it reaches the journal every half minute, and its end is noted when it comes.

The reads themselves are rows written before each answer left (support_reads): the journal only sums them up, so a worker
that is away delays an entry and loses none.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.support.grants import is_live
from oktee.access.support.tables import SupportGrant, SupportRead
from oktee.journal.record import SYSTEM, Actor, record
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.work import Item, Kind
from oktee.modules.administration.support.telling import facts, subject_of, tell_owners
from oktee.notify.outbox import publish

EVERY: Final = timedelta(seconds=30)
MOST: Final = 200
"""Reads in one entry; more make more entries."""


AFTERWARDS: Final = timedelta(seconds=15)
"""An answer that was on its way when the grant ended is noted by one more look."""


async def watch(item: Item) -> None:
    """One look at one grant (the key is its id)."""
    grant_id, at = UUID(item.key), now()
    async with tenant_session(item.organization_id) as session:
        found = await session.get(SupportGrant, grant_id)
    if found is None:
        return
    async with item.record(_next_look(found, at)) as session:
        grant = (await session.scalars(select(SupportGrant).where(SupportGrant.id == grant_id).with_for_update())).one()
        await _tell_reads(session, grant)
        if grant.state == "granted" and grant.expires_at is not None and grant.expires_at <= at:
            grant.state, grant.ended_at = "ended", grant.expires_at
            await record(
                session, "support.expired", actor=SYSTEM, subject=subject_of(grant), audit=True, payload=facts(grant)
            )
            await tell_owners(session, grant, "ended")
            await publish(session, "support.changed", grant_id=str(grant.id))


def _next_look(grant: SupportGrant, at: datetime) -> datetime | None:
    if is_live(grant, at):
        assert grant.expires_at is not None
        return min(grant.expires_at, at + EVERY)
    over = grant.ended_at or grant.expires_at
    return at + AFTERWARDS if over is not None and at < over + AFTERWARDS else None


async def _tell_reads(session: AsyncSession, grant: SupportGrant) -> None:
    """Each read in exactly one entry, in the order they were made."""
    while True:
        wanted = select(SupportRead).where(SupportRead.grant_id == grant.id, SupportRead.entry_id.is_(None))
        reads = list(await session.scalars(wanted.order_by(SupportRead.at, SupportRead.id).limit(MOST)))
        if not reads:
            return
        entry = await record(
            session,
            "support.read",
            actor=Actor("staff", grant.staff_name, str(grant.staff_id), None, reads[-1].address, str(grant.id)),
            subject=subject_of(grant),
            audit=True,
            cause=grant.reason,
            payload={
                "grant_id": str(grant.id),
                "staff_id": str(grant.staff_id),
                "ticket": grant.ticket,
                "count": len(reads),
                "reads": [
                    {
                        "at": read.at.isoformat(),
                        "area": read.area,
                        "operation": read.operation,
                        "object_type": read.object_type,
                        "object_id": read.object_id,
                        "object_label": read.object_label,
                        "query": read.query,
                        "address": read.address,
                    }
                    for read in reads
                ],
            },
        )
        told = update(SupportRead).where(SupportRead.id.in_([read.id for read in reads])).values(entry_id=entry)
        await session.execute(told)


WATCH: Final = Kind("support_watch", run=watch, queue="interactive", timeout=45.0, attempts=1_000_000, cap=30.0)
