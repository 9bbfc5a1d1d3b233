"""For operators: what is due, applications at Amazon and whether Amazon takes them, the kill switch. No customer's data."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from oktee.access import clocks
from oktee.access.caller import address_of
from oktee.access.tables import Organization
from oktee.amazon.connection import write_stops
from oktee.amazon.connection.tables import Application
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.modules.administration.support.acts import staff_actor
from oktee.modules.administration.support.wire import WriteStopIn, WriteStopRow
from oktee.staff.visiting import Staff

router = APIRouter(prefix="/operations")
SECRET_LASTS = timedelta(days=180)
"""Amazon stops taking a client secret after this long ("Rotate your Application's LWA Credentials")."""


class ApplicationRow(BaseModel):
    """An application of OKTee's own at Amazon. breaker: closed, or open since Amazon refused our secret."""

    id: UUID
    name: str
    kind: str
    region: str
    roles: list[str]
    enabled: bool
    registered_at: datetime
    secret_days: int = Field(description="since the client secret was set")
    secret_due_at: datetime
    breaker: str
    rejected_at: datetime | None


class ApplicationList(BaseModel):
    rows: list[ApplicationRow]


class ClockRow(BaseModel):
    """A duty with a date. state: fine, due_soon, overdue, never_done. Of a customer's duty only whose it is: its own
    words stay with the customer (`label` none)."""

    kind: str
    organization: str | None = Field(description="the slug, for a duty about one customer")
    label: str | None
    last_done_at: datetime | None
    due_at: datetime | None
    evidence_ref: str | None
    state: str


class ClockList(BaseModel):
    """The most urgent first."""

    rows: list[ClockRow]
    overdue: int


class WritesState(BaseModel):
    """Whether writing is stopped for everybody, and how many stops of single connections hold."""

    everything: WriteStopRow | None
    connections: int


@router.get("/clocks")
async def list_clocks_for_staff(staff: Staff) -> ClockList:
    """Every duty that has a date: OKTee's own, and per customer."""
    found = await clocks.list_clocks()
    async with global_session() as session:
        slugs = {row.id: row.slug for row in await session.execute(select(Organization.id, Organization.slug))}
    rows = [
        ClockRow(
            kind=clock.kind,
            organization=slugs.get(clock.organization_id) if clock.organization_id else None,
            label=clock.label if clock.organization_id is None else None,
            last_done_at=clock.last_done_at,
            due_at=clock.due_at,
            evidence_ref=clock.evidence_ref if clock.organization_id is None else None,
            state=clock.state,
        )
        for clock in found
    ]
    return ClockList(rows=rows, overdue=sum(row.state in ("overdue", "never_done") for row in rows))


@router.get("/applications")
async def list_applications_for_staff(staff: Staff) -> ApplicationList:
    """OKTee's own applications; those of customers are not among them."""
    wanted = (
        select(Application).where(Application.organization_id.is_(None)).order_by(Application.region, Application.name)
    )
    async with global_session() as session:
        found = list(await session.scalars(wanted))
    return ApplicationList(
        rows=[
            ApplicationRow(
                id=row.id,
                name=row.name,
                kind=row.kind,
                region=row.region,
                roles=row.roles,
                enabled=row.enabled,
                registered_at=row.created_at,
                secret_days=(now() - row.secret_set_at).days,
                secret_due_at=row.secret_set_at + SECRET_LASTS,
                breaker="closed" if row.rejected_at is None else "open",
                rejected_at=row.rejected_at,
            )
            for row in found
        ]
    )


@router.get("/writes")
async def get_writes_state(staff: Staff) -> WritesState:
    """The kill switch."""
    async with global_session() as session:
        stops = [stop for stop in await write_stops.list_stops(session, limit=500) if stop.lifted_at is None]
    everything = next((WriteStopRow.of(stop) for stop in stops if stop.connection_id is None), None)
    return WritesState(everything=everything, connections=sum(stop.connection_id is not None for stop in stops))


@router.put("/writes/stop", responses={409: {}})
async def stop_all_writes(staff: Staff, request: Request, body: WriteStopIn) -> WriteStopRow:
    """Stop writing to Amazon for every customer, at once. Each customer's journal and banner tell it."""
    actor = staff_actor(staff, address_of(request))
    return WriteStopRow.of(await write_stops.stop_everything(reason=body.reason, actor=actor))


@router.delete("/writes/stop", status_code=204, responses={409: {}})
async def resume_all_writes(staff: Staff, request: Request) -> None:
    """Let writing go on, where no stop of a single connection holds."""
    await write_stops.resume_everything(actor=staff_actor(staff, address_of(request)))
