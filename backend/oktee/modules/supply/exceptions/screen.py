"""Supply / Exceptions: which problems stop automation, and which fix clears the most."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy import func, select

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.idempotency import identified, replayed_apart
from oktee.modules.supply.desk.bulk.runs import progress_of
from oktee.modules.supply.desk.bulk.wire import BulkProgress
from oktee.modules.supply.desk.exports import asking
from oktee.modules.supply.desk.exports.wire import ListExportOut
from oktee.modules.supply.exceptions import many, snoozing
from oktee.modules.supply.exceptions.choosing import midnight_in, wanted_of
from oktee.modules.supply.exceptions.groups import read_counts, read_groups
from oktee.modules.supply.exceptions.rows import read_one, read_rows
from oktee.modules.supply.exceptions.wire import (
    ActionIn,
    ActionResults,
    ExceptionFilterIn,
    ExceptionList,
    ExceptionRow,
    ExceptionsChosenIn,
    ExceptionsExportIn,
    ExceptionSnoozeIn,
    ExceptionsSnoozed,
    ExceptionsWoken,
    State,
)
from oktee.modules.supply.wire.answers import BulkProblem

router = APIRouter(prefix="/exceptions")
Assignee = Annotated[
    str | None,
    Query(
        max_length=400, description="who has it: `me`, `my_team`, `none`, ids of people or teams, separated by commas"
    ),
]
Clock = Annotated[
    str | None,
    Query(max_length=80, description="how much is left: overdue, under_2h, 2_8h, 8_24h, separated by commas"),
]
Since = Annotated[
    str | None, Query(max_length=40, description="of what is resolved: from when on; an instant, or `midnight`")
]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
RESOLVE = [needs("exceptions.resolve")]
MOVED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Other exceptions match now than were counted", "model": BulkProblem}
}


@router.get("", dependencies=[needs("orders.read")])
async def list_exceptions(
    session: Session,
    caller: CallerIn,
    group_by: Literal["cause", "none"] = "none",
    state: State = "open",
    cause: str | None = None,
    severity: str | None = None,
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    assignee: Assignee = None,
    clock: Clock = None,
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> ExceptionList:
    """What stops automation, by the clock that runs out first: grouped by cause, or one by one."""
    given = ExceptionFilterIn.model_construct(
        state=state, cause=cause, severity=severity, mp=mp, vc=vc, brand=brand, assignee=assignee, clock=clock,
        since=since,
    )  # fmt: skip
    wanted = await wanted_of(session, given, caller.time_zone, caller.user_id)
    grouped = group_by == "cause"
    rows, following = ([], None) if grouped else await read_rows(session, wanted, limit=limit, after=after)
    return ExceptionList(
        counts=await read_counts(session, midnight_in(caller.time_zone), wanted.mine),
        groups=await read_groups(session, wanted) if grouped else [],
        rows=rows,
        next=following,
        as_of=(await session.execute(select(func.now()))).scalar_one(),
    )


@router.post("/exports", status_code=202, dependencies=[needs("orders.read")])
async def export_exceptions(
    session: Session, caller: CallerIn, body: ExceptionsExportIn, response: Response
) -> ListExportOut:
    """Write the exceptions of a filter into a file."""
    made = await asking.request_exceptions(session, caller, body)
    response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{made.operation_id}"
    return made


@router.get("/{exception_id}", dependencies=[needs("orders.read")])
async def get_exception(session: Session, exception_id: UUID) -> ExceptionRow:
    """One exception: its cause, what it rests on, and what mends it."""
    return await read_one(session, exception_id)


@router.post("/actions", dependencies=RESOLVE, responses=MOVED)
async def act_on_exceptions(
    caller: CallerIn, body: ActionIn, request: Request, response: Response, idempotency_key: Key = None
) -> ActionResults:
    """Apply a fix to one or many; each order is then decided again. One order's fault stops no other. More than a hundred
    are mended by a worker; then the answer is 202 and names the operation."""
    asked = await identified(request, caller.user_id)
    kept = replayed_apart(caller.organization_id, idempotency_key, asked, response, ActionResults)
    async with kept as replay:
        if replay.answer is None:
            replay.answer = await many.begin(caller, body)
    if replay.answer.operation_id is not None:
        response.status_code = 202
        response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{replay.answer.operation_id}"
    return replay.answer


@router.get("/actions/{operation_id}", dependencies=RESOLVE)
async def get_exceptions_progress(session: Session, caller: CallerIn, operation_id: UUID) -> BulkProgress:
    """How far one's own fix for many exceptions is."""
    return await progress_of(session, caller, operation_id)


@router.delete("/actions/{operation_id}", dependencies=RESOLVE)
async def stop_exceptions_action(session: Session, caller: CallerIn, operation_id: UUID) -> BulkProgress:
    """Stop it at the next order; what is done stays."""
    return await progress_of(session, caller, operation_id, stop=True)


@router.post("/snooze", dependencies=RESOLVE, responses=MOVED)
async def snooze_exceptions(session: Session, caller: CallerIn, body: ExceptionSnoozeIn) -> ExceptionsSnoozed:
    """Out of sight until a moment, or until their data changes; their clocks go on."""
    return ExceptionsSnoozed(snoozed=await snoozing.snooze(session, caller, body))


@router.post("/wake", dependencies=RESOLVE, responses=MOVED)
async def wake_exceptions(session: Session, caller: CallerIn, body: ExceptionsChosenIn) -> ExceptionsWoken:
    """In sight again, before the moment that they were to wait for."""
    return ExceptionsWoken(woken=await snoozing.wake(session, caller, body))
