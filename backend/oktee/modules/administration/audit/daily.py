"""Once a day for each organization: verify what was written since, then sign where the chain ends. A fault is an alarm."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text

from oktee.access.alarms import raise_once
from oktee.journal import signatures
from oktee.journal.heads import sign_head
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.modules.administration.audit.chain import WORDS, Fault, Verdict, keep, verify
from oktee.modules.administration.security.telling import tell

DAILY: Final = timedelta(days=1)
WHOLE_EVERY: Final = 7
"""Days between two walks over the whole chain of an organization; in between only what is new."""

log = structlog.get_logger(__name__)


async def seal_day(item: Item) -> None:
    """Nobody's run asks for one of each organization, a second apart."""
    if item.organization_id == NOBODY:
        async with item.record(now() + DAILY) as session:
            organizations = (await session.execute(text("select id from organizations order by id"))).scalars().all()
            for number, organization_id in enumerate(organizations):
                due_at = now() + number * timedelta(seconds=1)
                await schedule(session, SEAL, "daily", due_at=due_at, organization_id=UUID(str(organization_id)))
        return
    whole = (now().date().toordinal() + item.organization_id.int) % WHOLE_EVERY == 0
    verdict = await verify(item.organization_id, incremental=not whole)
    if verdict.fault is not None:
        await alarm(verdict, verdict.fault)
    await signatures.ready()
    async with item.record() as session:
        await keep(session, verdict, whole=whole)
        if verdict.fault is None:
            await sign_head(session)


async def alarm(verdict: Verdict, fault: Fault) -> None:
    """Tell operators and owners, and the journal itself; once for each bad entry."""
    organization_id = verdict.organization_id
    log.error("audit_chain_broken", organization_id=str(organization_id), sequence=fault.sequence, reason=fault.reason)
    facts = {"sequence": fault.sequence, "reason": fault.reason, "words": WORDS[fault.reason]}
    async with tenant_session(organization_id) as session:
        cause = f"{organization_id}:{fault.sequence}:{fault.reason}"
        if await raise_once(session, "audit_chain_broken", cause, organization_id=organization_id, facts=facts) is None:
            return
        await record(
            session, "security.audit_chain_broken", actor=SYSTEM, subject=Subject("audit", "chain", "audit"),
            outcome="failed", audit=True, payload=facts,
        )  # fmt: skip
        await tell(session, "audit_chain_broken", values=facts, organization_id=organization_id, customer=True)


SEAL: Final = Kind("audit_seal", run=seal_day, queue="bulk", timeout=3600.0, attempts=1000, essential=True)


async def seal_daily() -> None:
    """Called when a worker starts: twice is once."""
    async with global_session() as session:
        await schedule(session, SEAL, "daily", due_at=now() + timedelta(minutes=5), organization_id=NOBODY)
