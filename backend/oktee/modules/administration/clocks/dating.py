"""Date every clock from what it is about, and give each alarm once: journal, operators, and owners where it is theirs."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.clocks import ComplianceClock, state_of
from oktee.amazon.connection.tables import AmazonConnection
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import global_session, new_id, tenant_session
from oktee.kit.errors import Invalid, NotFound
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.modules.administration.clocks.duties import BY_KIND, DUTIES, Duty
from oktee.modules.administration.security.telling import tell

HOURLY: Final = timedelta(hours=1)
ALIVE: Final = ("active", "pending_verification", "reauthorization_due", "reauthorization_required", "suspended")

_APPLICATIONS = text(
    "select id::text as subject, name || ' (' || region || ')' as label, organization_id, secret_set_at as done "
    "from applications where enabled"
)
_KEYS = text(
    "select id as subject, name as label, organization_id, created_at as done from api_keys "
    "where revoked_at is null and expires_at > now()"
)
_REVIEWS = text("select max(finished_at) from access_reviews")


async def date_clocks(at: datetime | None = None) -> None:
    """Bring every clock up to date. Opens its own sessions."""
    at = at or now()
    async with global_session() as session:
        for duty in DUTIES:
            if duty.how == "periodic":  # from the first start until it was done once
                await _seed(session, duty, due_at=at + duty.period)
            elif duty.how != "derived":
                await _seed(session, duty, due_at=None)
        secrets = (await session.execute(_APPLICATIONS)).all()
        keys = (await session.execute(_KEYS)).all()
        await _put(session, BY_KIND["lwa_secret"], secrets)
        await _put(session, BY_KIND["api_key_rotation"], keys)
        organizations = (
            await session.execute(text("select id, created_at from organizations where closed_at is null order by id"))
        ).all()
    for organization in organizations:
        await _of_organization(UUID(str(organization.id)), organization.created_at)


async def _seed(session: AsyncSession, duty: Duty, *, due_at: datetime | None) -> None:
    values = {
        "id": new_id(), "kind": duty.kind, "organization_id": None, "subject": "", "label": duty.label,
        "due_at": due_at, "warn_at": due_at - duty.warn if due_at else None,
        "evidence_ref": f"enforced: {duty.by}" if duty.how == "enforced" else None,
    }  # fmt: skip
    await session.execute(insert(ComplianceClock).values(values).on_conflict_do_nothing())


async def _of_organization(organization_id: UUID, since: datetime) -> None:
    async with tenant_session(organization_id) as session:
        connections = (
            await session.execute(
                select(
                    AmazonConnection.id,
                    AmazonConnection.name,
                    AmazonConnection.authorized_at,
                    AmazonConnection.expires_at,
                ).where(AmazonConnection.status.in_(ALIVE))
            )
        ).all()
        reviewed = (await session.execute(_REVIEWS)).scalar_one()
        renewal, review = BY_KIND["reauthorization"], BY_KIND["access_review"]
        seen = []
        for row in connections:
            seen.append(str(row.id))
            await _upsert(
                session, renewal, subject=str(row.id), label=row.name, organization_id=organization_id,
                done=row.authorized_at, due_at=row.expires_at,
            )  # fmt: skip
        await _forget(session, renewal.kind, seen, organization_id)
        await _upsert(
            session, review, subject="", label=review.label, organization_id=organization_id, done=reviewed,
            due_at=(reviewed or since) + review.period,
        )  # fmt: skip


async def _put(session: AsyncSession, duty: Duty, rows: Any) -> None:
    for row in rows:
        await _upsert(
            session, duty, subject=row.subject, label=row.label, organization_id=row.organization_id, done=row.done,
            due_at=row.done + duty.period,
        )  # fmt: skip
    await _forget(session, duty.kind, [row.subject for row in rows], None)


async def _upsert(
    session: AsyncSession,
    duty: Duty,
    *,
    subject: str,
    label: str,
    organization_id: UUID | None,
    done: datetime | None,
    due_at: datetime,
) -> None:
    dates = {"label": label, "last_done_at": done, "due_at": due_at, "warn_at": due_at - duty.warn}
    statement = insert(ComplianceClock).values(
        id=new_id(), kind=duty.kind, subject=subject, organization_id=organization_id, **dates
    )
    await session.execute(
        statement.on_conflict_do_update(
            constraint="uq_compliance_clocks_kind_organization_id_subject", set_=dates | {"updated_at": func.now()}
        )
    )


async def _forget(session: AsyncSession, kind: str, seen: list[str], organization_id: UUID | None) -> None:
    """What a clock was about is gone: so is the clock."""
    gone = delete(ComplianceClock).where(ComplianceClock.kind == kind, ComplianceClock.subject.not_in(seen))
    if organization_id is not None:
        gone = gone.where(ComplianceClock.organization_id == organization_id)
    await session.execute(gone)


async def give_alarms(at: datetime | None = None) -> int:
    """Tell what is due soon or overdue and was not told yet; answers how many. Once for each date and state."""
    at = at or now()
    async with global_session() as session:
        waiting = (
            await session.scalars(
                select(ComplianceClock)
                .where(ComplianceClock.due_at.is_not(None), ComplianceClock.warn_at <= at)
                .order_by(ComplianceClock.due_at)
            )
        ).all()
    given = 0
    for clock in waiting:
        state = "soon" if state_of(clock, at) == "due_soon" else "overdue"
        assert clock.due_at is not None
        alarm = f"{state}:{clock.due_at.isoformat()}"
        if clock.alarmed == alarm:
            continue
        async with tenant_session(clock.organization_id) as session:
            told = await session.execute(
                update(ComplianceClock)
                .where(ComplianceClock.id == clock.id, ComplianceClock.alarmed.is_distinct_from(alarm))
                .values(alarmed=alarm)
                .returning(ComplianceClock.id)
            )
            if told.scalar_one_or_none() is None:
                continue
            await _tell(session, clock, state)
        given += 1
    return given


async def _tell(session: AsyncSession, clock: ComplianceClock, state: str) -> None:
    duty = BY_KIND[clock.kind]
    assert clock.due_at is not None
    due = f"{clock.due_at:%Y-%m-%d %H:%M} UTC"
    if clock.organization_id is not None:
        kind = f"compliance.{'due_soon' if state == 'soon' else 'overdue'}"
        if clock.kind == "access_review" and state == "overdue":
            kind = "compliance.access_review_overdue"
        await record(
            session, kind, actor=SYSTEM, subject=Subject("clock", clock.subject or clock.kind, clock.label),
            outcome="info" if state == "soon" else "failed", audit=True,
            payload={"clock": clock.kind, "due_at": clock.due_at.isoformat()},
        )  # fmt: skip
    values = {"what": duty.label, "subject": clock.label if clock.label != duty.label else "", "due": due}
    await tell(session, f"clock_{state}", values=values, organization_id=clock.organization_id, customer=duty.customer)


async def mark_done(kind: str, *, evidence: str, subject: str = "") -> None:
    """An operator did it. Raises NotFound, Invalid for a duty whose date is read from elsewhere or that code keeps."""
    duty = BY_KIND.get(kind)
    if duty is None:
        raise NotFound(f"There is no duty {kind}.")
    if duty.how not in {"periodic", "event"}:
        raise Invalid(f"{kind} follows from what it is about; it is not marked by hand.")
    at = now()
    due = at + duty.period if duty.how == "periodic" else None
    async with global_session() as session:
        done = await session.execute(
            update(ComplianceClock)
            .where(
                ComplianceClock.kind == kind,
                ComplianceClock.subject == subject,
                ComplianceClock.organization_id.is_(None),
            )
            .values(
                last_done_at=at,
                due_at=due,
                warn_at=due - duty.warn if due else None,
                evidence_ref=evidence,
                alarmed=None,
            )
            .returning(ComplianceClock.id)
        )
        if done.scalar_one_or_none() is None:
            raise NotFound(f"There is no clock {kind} {subject}.".replace(" .", "."))


async def start(kind: str, *, subject: str, at: datetime | None = None) -> datetime:
    """Something happened that a duty counts from; answers when it is due. Raises NotFound, Invalid."""
    duty = BY_KIND.get(kind)
    if duty is None:
        raise NotFound(f"There is no duty {kind}.")
    if duty.how != "event":
        raise Invalid(f"{kind} does not wait for an event.")
    due = (at or now()) + duty.period
    async with global_session() as session:
        await _upsert(session, duty, subject=subject, label=subject, organization_id=None, done=None, due_at=due)
    return due


async def keep_time(item: Item) -> None:
    await date_clocks()
    await give_alarms()
    async with item.record(now() + HOURLY):
        pass


CLOCKS: Final = Kind(
    "compliance_clocks", run=keep_time, queue="bulk", timeout=1800.0, attempts=1_000_000, essential=True
)


async def start_clocks() -> None:
    """Called when a worker starts: twice is once."""
    async with global_session() as session:
        await schedule(session, CLOCKS, "hourly", due_at=now() + timedelta(minutes=2), organization_id=NOBODY)
