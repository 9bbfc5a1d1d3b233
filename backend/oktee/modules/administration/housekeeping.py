"""Housekeeping: once a day what outlived its retention (docs/data-inventory.yaml) is deleted, in small batches.

No part waits for another: what fails is alarmed and tried again, and everything else is done all the same.
"""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import objects
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.work import NOBODY, Fenced, Item, Kind, schedule
from oktee.modules.administration.keys.acts import rotate_if_due
from oktee.modules.administration.privacy import exporting, retention
from oktee.modules.administration.privacy.notices import notice_changes
from oktee.modules.administration.privacy.restored import close_risen
from oktee.modules.administration.privacy.tombstones import drop_certificates
from oktee.modules.administration.security.detectors import alarm
from oktee.notify.matters.files import sweep_lost

DAILY: Final = timedelta(days=1)
AFTER_START: Final = timedelta(minutes=10)
BATCH: Final = 2000
JOURNAL_MONTHS: Final = timedelta(days=400)
STOCK_MONTHS: Final = timedelta(days=90)

OF_NOBODY: Final = {
    "sessions": "least(ended_at, expires_at) < now() - interval '90 days'",
    "staff_sessions": "least(ended_at, expires_at) < now() - interval '90 days'",
    "write_stops": "lifted_at < now() - interval '400 days'",
    "security_alerts": "detected_at < now() - interval '400 days'",
    "sign_in_events": "at < now() - interval '400 days'",
    "passkey_challenges": "expires_at < now() - interval '24 hours'",
    "once_tokens": "coalesce(consumed_at, expires_at) < now() - interval '30 days'",
    "invitations": "coalesce(accepted_at, revoked_at, expires_at) < now() - interval '30 days'",
    "previews": "ends_at < now() - interval '90 days'",
    "mails": "created_at < now() - interval '30 days'",
    "oauth_requests": "coalesce(consumed_at, expires_at) < now() - interval '30 days'",
    "sso_requests": "coalesce(consumed_at, expires_at) < now() - interval '30 days'",
    "inbox": "status <> 'new' and received_at < now() - interval '30 days'",
    "inbox_quarantine": "received_at < now() - interval '30 days'",
}
"""Tables without a tenant: which rows are over. What nobody has read yet stays, however old: it is not lost silently."""
OF_ORGANIZATION: Final = {
    "support_grants": "requested_at < now() - interval '400 days'",
    "outbox": "created_at < now() - interval '24 hours'",
    "idempotency_keys": "created_at < now() - interval '24 hours'",
}
"""Tables of a tenant: row level security leaves each run its own organization's rows."""

LOST_MATTERS: Final = (
    "kind = 'order' and not exists (select 1 from purchase_orders o where o.organization_id = matters.organization_id "
    "and cast(o.id as text) = matters.object_id) or kind = 'exception' and not exists (select 1 from exceptions e "
    "where e.organization_id = matters.organization_id and cast(e.id as text) = matters.object_id)"
)
"""What was said about a thing goes with it."""

TRIES: Final = 3
"""So often a day organizations are asked to clean although nobody's own run has not come to its end."""

log = structlog.get_logger(__name__)


class Unfinished(Exception):
    """Parts of a run failed: it is tried again."""


class _Parts:
    """The parts of one run, and which of them failed."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    async def run(self, name: str, part: Awaitable[object]) -> None:
        """Raises Fenced alone."""
        try:
            await part
        except Fenced:
            raise
        except retention.Stuck as stuck:
            self.failed += stuck.tables
        except Exception as error:
            log.error("housekeeping_failed", part=name, error=repr(error)[:300])
            self.failed.append(name)


async def clean(item: Item) -> None:
    """Nobody's run also asks for one of each organization, so that a new one needs no start of its own."""
    of_nobody = item.organization_id == NOBODY
    parts = _Parts()
    for table, over in (OF_NOBODY if of_nobody else OF_ORGANIZATION).items():
        await parts.run(table, _delete(item, table, over))
    if of_nobody:
        await parts.run("restored", close_risen())
        await parts.run("certificates", drop_certificates())
        await parts.run("journal", _of_everybody(item))
    else:
        await parts.run("files", objects.sweep(item.organization_id))
        await parts.run("matters", _delete(item, "matters", LOST_MATTERS))
        await parts.run("attachments", sweep_lost(item.organization_id))
        await parts.run("data_key", rotate_if_due(item))
        await parts.run("retention", _expire(item))
        await parts.run("exports", _expire_exports(item))
    if parts.failed:
        if of_nobody and item.attempts <= TRIES:
            async with global_session() as session:
                await item.guard(session)
                await _ask_organizations(session)
        await _tell(item, parts.failed)
        raise Unfinished(", ".join(parts.failed))
    if of_nobody:
        async with item.record(now() + DAILY) as session:
            await _ask_organizations(session)


async def _ask_organizations(session: AsyncSession) -> None:
    organizations = (await session.execute(text("select id from organizations order by id"))).scalars()
    for number, organization_id in enumerate(organizations.all()):
        due_at = now() + number * timedelta(seconds=1)
        await schedule(session, HOUSEKEEPING, "daily", due_at=due_at, organization_id=organization_id)


async def _tell(item: Item, failed: list[str]) -> None:
    """An alarm to the operators, once a day for the same parts."""
    organization = None if item.organization_id == NOBODY else item.organization_id
    cause = f"{item.organization_id}:{','.join(failed)}:{now():%Y-%m-%d}"
    await alarm(organization, "housekeeping_failed", cause, {"parts": ", ".join(failed)})


async def _expire(item: Item) -> None:
    """What belongs to an organization: each class at its limit (privacy/retention.py)."""
    gone = await retention.expire(item, at=now())
    if gone:
        log.info("expired", **gone)


async def _expire_exports(item: Item) -> None:
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await exporting.expire_exports(session)


async def _of_everybody(item: Item) -> None:
    """What belongs to nobody: old reads of the decoy, empty months of the journal and of stock, changes of sub-processors."""
    async with global_session() as session:
        await item.guard(session)
        await session.execute(text("select drop_old_canary_reads()"))  # 400 days; the role may delete none itself
        await session.execute(
            text("select * from drop_empty_journal_partitions(:before)"), {"before": now() - JOURNAL_MONTHS}
        )
        await session.execute(text("select * from drop_empty_stock_months(:before)"), {"before": now() - STOCK_MONTHS})
        await notice_changes(session)


HOUSEKEEPING: Final = Kind("housekeeping", run=clean, queue="bulk", timeout=3600.0, attempts=1000, essential=True)


async def _delete(item: Item, table: str, over: str) -> None:
    """A batch is a transaction of its own: no lock is held for long, and what is done stays done. Raises Fenced."""
    some = text(
        f"delete from {table} where ctid = any(array(select ctid from {table} where {over} limit {BATCH}))"  # noqa: S608 - constants only
    )
    deleted = 0
    while True:
        async with tenant_session(None if item.organization_id == NOBODY else item.organization_id) as session:
            await item.guard(session)
            result = await session.execute(some)
        assert isinstance(result, CursorResult)
        deleted += result.rowcount
        if result.rowcount < BATCH:
            break
    if deleted:
        log.info("housekeeping", table=table, deleted=deleted)


async def keep_house() -> None:
    """Called when a worker starts: twice is once, and an earlier date stays. Not at once, since it is no hurry."""
    async with global_session() as session:
        await schedule(session, HOUSEKEEPING, "daily", due_at=now() + AFTER_START, organization_id=NOBODY)
