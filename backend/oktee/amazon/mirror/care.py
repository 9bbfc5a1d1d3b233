"""Looks after one connection: a claim nobody confirmed, reminders of the year of consent, and the proof that Amazon still
allows what we do. Amazon tells nobody that a vendor revoked (FACTS b), so a connection proves itself by a token refresh."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, Revoked
from oktee.amazon.connection import lifecycle, notices, tokens
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror import runner
from oktee.journal.record import SYSTEM, record
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.work import Item, Kind
from oktee.notify.outbox import publish

REMIND_AT: Final = (60, 30, 14, 7, 1)
"""Days before the end of the year of consent at which people are reminded."""

PROOF_EVERY: Final = timedelta(seconds=tokens.TIMING.proof + 5)
"""Just past the age at which a token is not used any more: the look that comes then makes a new one."""
TRY_AGAIN: Final = timedelta(seconds=30)

log = structlog.get_logger(__name__)


async def care(item: Item) -> None:
    """One look (key: the connection's id). It re-dates itself while the connection lives."""
    connection_id = UUID(item.key)
    status = await _tidy(item, connection_id)
    if status is None or status in lifecycle.SPENT:
        async with item.record():
            return
    if status == lifecycle.PENDING:
        async with tenant_session(item.organization_id) as session:
            since = (await lifecycle.get_connection(session, connection_id)).authorized_at
        async with item.record(since + lifecycle.UNVERIFIED_FOR):
            return
    proved = await _prove(item.organization_id, connection_id)
    if proved is False:
        async with item.record():
            return
    async with item.record(now() + (PROOF_EVERY if proved else TRY_AGAIN)) as session:
        await runner.resume_streams(session, connection_id)
        await _remind(session, connection_id)


CARE: Final = Kind(lifecycle.CARE, run=care, queue="sync", timeout=60.0, attempts=1_000_000)


async def _tidy(item: Item, connection_id: UUID) -> str | None:
    """The stored status, after a claim that nobody confirmed was given back; None when the connection is gone."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        connection = await session.scalar(select(AmazonConnection).where(AmazonConnection.id == connection_id))
        if connection is None:
            return None
        if connection.status == lifecycle.PENDING:
            await lifecycle.give_back(session, connection_id)
        return connection.status


async def _prove(organization_id: UUID, connection_id: UUID) -> bool | None:
    """True: Amazon gave a token within the last quarter of an hour. False: the grant is gone and the connection has ended.
    None: nobody knows now; it is asked again soon, and no token older than that is used meanwhile."""
    try:
        await tokens.access_token(organization_id, connection_id)
    except Revoked:
        return False
    except AmazonError as error:
        log.info("proof_postponed", connection_id=str(connection_id), error=type(error).__name__)
        return None
    return True


async def _remind(session: AsyncSession, connection_id: UUID) -> None:
    """Once per threshold and year of consent: mail to those who may renew, and an entry everybody reads."""
    connection = await lifecycle.get_connection(session, connection_id, lock=True)
    at: datetime = (await session.execute(select(func.now()))).scalar_one()
    due = threshold(connection.expires_at - at)
    if due is None or (connection.reminded_days is not None and connection.reminded_days <= due):
        return
    connection.reminded_days = due
    left = max(1, -((at - connection.expires_at) // timedelta(days=1)))
    until = f"{connection.expires_at:%Y-%m-%d}"
    told = {"account": connection.name, "region": connection.region, "days": left, "until": until}
    await notices.tell(session, "connection_renewal_due", told)
    await record(
        session, "connection.renewal_due", actor=SYSTEM, subject=lifecycle.subject(connection), audit=True,
        payload={"days": left, "until": until}, marketplace_id=connection.home_marketplace_id,
    )  # fmt: skip
    await publish(session, "connection.changed", connection_id=str(connection_id))


def threshold(left: timedelta) -> int | None:
    """The reminder that is due with so much time left: the smallest of 60, 30, 14, 7, 1 days that it does not exceed."""
    passed = [days for days in REMIND_AT if left <= timedelta(days=days)]
    return min(passed, default=None) if left > timedelta(0) else None
