"""Detectors (trust/SECURITY SEC-17): refused bursts, exports far beyond a person's own, off-hours support, the decoy.

Each tells a cause once: an alert row, an audit entry, mails. What a journal entry shows is looked at right after its
commit (journal/record.py: FOLLOWERS); the decoy's reads every fifteen seconds.
"""

import statistics
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.alarms import CanaryRead, raise_once
from oktee.access.tables import Organization, User
from oktee.journal.record import FOLLOWERS, SYSTEM, Subject, record
from oktee.journal.tables import JournalEntry
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.settings import settings
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.modules.administration.privacy.tables import Export
from oktee.modules.administration.security.telling import tell

BURST: Final = 20
"""Refusals (403) of one person or key within a minute that no honest use makes."""
TIMES: Final = 5
LEAST_ROWS: Final = 1000
"""Below this an export is never unusual. Nor is a first one: there is nothing to compare it with."""
CUSTOMER: Final = frozenset({"refused_burst", "export_volume", "off_hours_grant"})
MOST_EARLIER: Final = 100
BUNDLE: Final = "export.ready"
WATCHED: Final = ("audit.exported", BUNDLE, "support.granted")
EVERY: Final = timedelta(seconds=15)

log = structlog.get_logger(__name__)


async def alarm(organization_id: UUID | None, kind: str, cause: str, facts: dict[str, Any]) -> bool:
    """Alert row, audit entry and mails in one transaction; False when this cause was told already."""
    async with tenant_session(organization_id) as session:
        if await raise_once(session, kind, cause, organization_id=organization_id, facts=facts) is None:
            return False
        if organization_id is not None:
            await record(
                session, f"security.{kind}", actor=SYSTEM, subject=Subject("alert", kind, kind), outcome="failed",
                audit=True, payload={name: value for name, value in facts.items() if name != "who"},
            )  # fmt: skip
        await tell(session, kind, values=facts, organization_id=organization_id, customer=kind in CUSTOMER)
    log.warning("security_alarm", kind=kind, organization_id=str(organization_id), cause=cause)
    return True


class Refusals:
    """Counts refusals by person or key in Valkey, a minute at a time; without Valkey nobody is kept waiting."""

    def __init__(self) -> None:
        self._valkey: Redis | None = None

    async def note(self, organization_id: UUID, who_id: str, who: str) -> None:
        """One more 403 of this person or key. Never raises."""
        minute = int(now().timestamp() // 60)
        key = f"{organization_id}:refused:{who_id}:{minute}"
        try:
            if self._valkey is None:
                self._valkey = Redis.from_url(
                    settings().valkey_url.get_secret_value(), socket_timeout=0.5, socket_connect_timeout=0.5
                )
            count = int(await self._valkey.incr(key))
            if count == 1:
                await self._valkey.expire(key, 120)
            if count == BURST:
                facts = {"count": count, "who": who, "actor_id": who_id}
                await alarm(organization_id, "refused_burst", f"{organization_id}:{who_id}:{minute // 60}", facts)
        except Exception as error:
            log.warning("refusal_not_counted", error=type(error).__name__)

    async def close(self) -> None:
        if self._valkey is not None:
            await self._valkey.aclose()
            self._valkey = None


refusals = Refusals()


async def look_at_entry(item: Item) -> None:
    """An entry that may be unusual; its key is its id."""
    async with tenant_session(item.organization_id) as session:
        entry = await session.scalar(select(JournalEntry).where(JournalEntry.id == UUID(item.key)))
        if entry is None:
            return
        taken = await _taken_by_bundle(session, entry) if entry.kind == BUNDLE else await _taken(session, entry)
        off_hours = False
        if entry.kind.startswith("support."):
            off_hours = bool(
                await session.scalar(
                    text("select off_hours from support_grants where id = cast(:id as uuid)"), {"id": entry.object_id}
                )
            )
    if taken is not None and taken.earlier and taken.rows > LEAST_ROWS:
        median = int(statistics.median(taken.earlier))
        if taken.rows > TIMES * median:
            facts = {"rows": taken.rows, "median": median, "who": taken.who, "actor_id": taken.who_id}
            await alarm(item.organization_id, "export_volume", str(entry.id), facts)
    if off_hours:
        facts = {"who": entry.payload.get("staff", entry.actor_name), "ticket": entry.object_label}
        await alarm(item.organization_id, "off_hours_grant", entry.object_id, facts)


@dataclass(frozen=True, slots=True)
class _Taken:
    """How many rows left, with whom, and how many did so before with the same person, newest first."""

    who_id: str
    who: str
    rows: int
    earlier: list[int]


async def _taken(session: AsyncSession, entry: JournalEntry) -> _Taken | None:
    """Of an entry that says itself how many rows were taken out, and by whom."""
    rows = entry.payload.get("rows")
    if not isinstance(rows, int) or not entry.actor_id:
        return None
    before = (
        select(JournalEntry.payload["rows"].as_integer())
        .where(
            JournalEntry.actor_id == entry.actor_id, JournalEntry.kind == entry.kind,
            JournalEntry.at < entry.at, JournalEntry.payload["rows"].is_not(None),
        )
        .order_by(JournalEntry.at.desc())
        .limit(MOST_EARLIER)
    )  # fmt: skip
    earlier = [found for found in await session.scalars(before) if found is not None]
    return _Taken(entry.actor_id, entry.actor_name, rows, earlier)


async def _taken_by_bundle(session: AsyncSession, entry: JournalEntry) -> _Taken | None:
    """Of a bundle of the page Data and privacy: a worker made it, the export's row says who had asked for it."""
    rows = entry.payload.get("rows")
    made = await session.get(Export, UUID(entry.object_id)) if isinstance(rows, int) else None
    if made is None or made.requested_by is None:
        return None
    asker = await session.get(User, made.requested_by)
    before = (
        select(Export.rows)
        .where(Export.requested_by == made.requested_by, Export.number < made.number, Export.rows.is_not(None))
        .order_by(Export.number.desc())
        .limit(MOST_EARLIER)
    )
    earlier = [int(found) for found in await session.scalars(before) if found is not None]
    return _Taken(str(made.requested_by), asker.name if asker else entry.actor_name, int(rows or 0), earlier)


async def look_at_decoy(item: Item) -> None:
    """Whoever read the decoy is told of once an hour and database role."""
    async with global_session() as session:
        found = (
            await session.scalars(
                select(CanaryRead).where(CanaryRead.alerted_at.is_(None)).order_by(CanaryRead.id).limit(500)
            )
        ).all()
    told = [read.id for read in found if await _tell_read(read)]
    async with item.record(now() + EVERY) as session:
        if told:
            await session.execute(update(CanaryRead).where(CanaryRead.id.in_(told)).values(alerted_at=now()))


async def _tell_read(read: CanaryRead) -> bool:
    """Whether this read is told of; one that cannot be is tried again, and keeps nobody from hearing of the others.

    The reader chose the setting that names the organization: one that does not exist is nobody's, and only facts.
    """
    cause = f"{read.organization_id}:{read.role}:{read.at:%Y-%m-%dT%H}"
    facts = {"role": read.role, "application": read.application or "", "at": f"{read.at:%Y-%m-%d %H:%M:%S} UTC"}
    try:
        async with global_session() as session:
            known = await session.scalar(select(Organization.id).where(Organization.id == read.organization_id))
        if known is None and read.organization_id is not None:
            facts["organization"] = str(read.organization_id)
        await alarm(known, "canary_read", cause, facts)
    except Exception as error:
        log.error("decoy_not_told", read=read.id, role=read.role, error=type(error).__name__)
        return False
    return True


DETECT: Final = Kind(
    "detect_unusual", run=look_at_entry, queue="interactive", timeout=30.0, attempts=50, essential=True
)
DECOY: Final = Kind("watch_decoy", run=look_at_decoy, queue="sync", timeout=50.0, attempts=1_000_000, essential=True)


def follow_entries() -> None:
    """From now on an entry of these kinds is looked at."""
    for kind in WATCHED:
        FOLLOWERS[kind] = DETECT


async def start_watching() -> None:
    """Called when a worker starts: twice is once."""
    async with global_session() as session:
        await schedule(session, DECOY, "decoy", due_at=now() + EVERY, organization_id=NOBODY)
