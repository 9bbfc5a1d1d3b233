"""Administration / Support access: who of OKTee asks to look in, who does now, what they read; and the shell's banner."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import func, select, tuple_

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.support import grants
from oktee.access.support.tables import SupportRead
from oktee.amazon.connection import write_stops
from oktee.journal.record import person
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.administration.connection_notices import connection_notices
from oktee.modules.administration.support import acts, wire

router = APIRouter()
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "It was decided or has ended already"}}


@router.get("/notices", dependencies=[needs("connection.read")])
async def get_notices(session: Session, caller: CallerIn) -> wire.Notices:
    """What everybody of the workspace is told above every page."""
    may_decide = caller.may("users.manage")
    waiting = 0
    if may_decide:
        waiting = sum(wire.SupportAccess.of(each).state == "requested" for each in await grants.list_grants(session))
    live = [
        wire.LiveSupport(
            id=grant.id, staff=grant.staff_name, ticket=grant.ticket, scope=grant.scope, read_only=grant.read_only,
            expires_at=grant.expires_at,
        )
        for grant in await grants.live_grants(session)
        if grant.expires_at is not None
    ]  # fmt: skip
    stops = [wire.WriteStopRow.of(stop) for stop in await write_stops.stops_of(session)]
    connections = await connection_notices(session) if caller.may("connection.manage") else []
    return wire.Notices(
        support=live, support_requests=waiting, may_decide=may_decide, write_stops=stops, connections=connections
    )


@router.get("/support", dependencies=[needs("users.manage")])
async def list_support_access(session: Session) -> wire.SupportAccessList:
    """Requests to decide, live grants, and what became of the others."""
    rows = [wire.SupportAccess.of(grant) for grant in await grants.list_grants(session)]
    first = {"requested": 0, "granted": 1}
    return wire.SupportAccessList(rows=sorted(rows, key=lambda row: first.get(row.state, 2)))


@router.post("/support/{grant_id}/approval", dependencies=[needs("users.manage", fresh=True)], responses=CONFLICT)
async def approve_support_access(
    session: Session, caller: CallerIn, grant_id: UUID, body: wire.ApprovalIn
) -> wire.SupportAccess:
    """Let them in from now on, for so many hours."""
    return wire.SupportAccess.of(await acts.approve(session, caller, grant_id, body.hours))


@router.post("/support/{grant_id}/refusal", dependencies=[needs("users.manage")], responses=CONFLICT)
async def refuse_support_access(session: Session, caller: CallerIn, grant_id: UUID) -> wire.SupportAccess:
    """Say no."""
    return wire.SupportAccess.of(await acts.refuse(session, caller, grant_id))


@router.delete("/support/{grant_id}", dependencies=[needs("users.manage")], responses=CONFLICT)
async def end_support_access(session: Session, caller: CallerIn, grant_id: UUID) -> wire.SupportAccess:
    """End it now: nothing is read under it any more, and open streams are cut."""
    return wire.SupportAccess.of(await acts.end(session, grant_id, actor=person(caller)))


@router.get("/support/{grant_id}/reads", dependencies=[needs("users.manage")])
async def list_support_reads(
    session: Session, grant_id: UUID, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None
) -> wire.SupportReadList:
    """Each answer that left for the staff person under this grant, the newest first."""
    grant = await grants.get_grant(session, grant_id)
    wanted = select(SupportRead).where(SupportRead.grant_id == grant.id)
    count = await session.scalar(select(func.count()).where(SupportRead.grant_id == grant.id)) or 0
    filters = {"grant": str(grant.id)}
    if after is not None:
        [last] = open_cursor(after, filters=filters)
        wanted = wanted.where(tuple_(SupportRead.id) < tuple_(UUID(last)))
    found = list(await session.scalars(wanted.order_by(SupportRead.id.desc()).limit(limit + 1)))
    following = seal_cursor([str(found[limit - 1].id)], filters=filters) if len(found) > limit else None
    return wire.SupportReadList(
        rows=[wire.SupportReadRow.of(read) for read in found[:limit]], next=following, count=count
    )


@router.get("/write-stops", dependencies=[needs("connection.read")])
async def list_write_stops(session: Session) -> wire.WriteStopList:
    """The stops that hold now."""
    return wire.WriteStopList(rows=[wire.WriteStopRow.of(stop) for stop in await write_stops.stops_of(session)])


@router.put("/connections/{connection_id}/write-stop", dependencies=[needs("connection.manage")], responses=CONFLICT)
async def stop_connection_writes(
    session: Session, caller: CallerIn, connection_id: UUID, body: wire.WriteStopIn
) -> wire.WriteStopRow:
    """Stop writing to Amazon for this connection, at once; reading goes on."""
    stop = await write_stops.stop_connection(session, connection_id, reason=body.reason, actor=person(caller))
    return wire.WriteStopRow.of(stop)


@router.delete(
    "/connections/{connection_id}/write-stop",
    status_code=204,
    dependencies=[needs("connection.manage", fresh=True)],
    responses=CONFLICT,
)
async def resume_connection_writes(session: Session, caller: CallerIn, connection_id: UUID) -> None:
    """Let writing go on; what waited leaves within seconds."""
    await write_stops.resume_connection(session, connection_id, actor=person(caller))
