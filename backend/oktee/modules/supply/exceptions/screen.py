"""Supply / Exceptions: which problems stop automation, and which fix clears the most."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.teams.absences import stands_in_for
from oktee.kit.clock import now as present
from oktee.modules.supply.exceptions import fixing, reading
from oktee.modules.supply.exceptions.wire import (
    ActionIn,
    ActionResults,
    ExceptionList,
    ExceptionRow,
    ExceptionSnoozeIn,
    ExceptionsSnoozed,
)

router = APIRouter(prefix="/exceptions")
Assignee = Annotated[
    str | None,
    Query(
        max_length=400, description="who has it: `me`, `my_team`, `none`, ids of people or teams, separated by commas"
    ),
]


def _midnight(caller: Caller) -> datetime:
    zone = ZoneInfo(caller.time_zone)
    return datetime.combine(present().astimezone(zone).date(), datetime.min.time(), zone)


@router.get("", dependencies=[needs("orders.read")])
async def list_exceptions(
    session: Session,
    caller: CallerIn,
    group_by: Literal["cause", "none"] = "none",
    state: str = "open",
    cause: str | None = None,
    severity: str | None = None,
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    assignee: Assignee = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> ExceptionList:
    """What stops automation, by the clock that runs out first: grouped by cause, or one by one."""
    wanted = reading.read_wanted(
        state=state, cause=cause, severity=severity, mp=mp, vc=vc, brand=brand, assignee=assignee,
        mine=await stands_in_for(session, caller.user_id),
    )  # fmt: skip
    return await reading.read_list(
        session, wanted, grouped=group_by == "cause", limit=limit, after=after, midnight=_midnight(caller)
    )


@router.get(
    "/table",
    dependencies=[needs("orders.read")],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The exceptions as a table"}},
)
async def export_exceptions(
    session: Session,
    caller: CallerIn,
    state: str = "open",
    cause: str | None = None,
    severity: str | None = None,
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    assignee: Assignee = None,
) -> Response:
    """The same list as CSV: what the page shows, with the machine's own words."""
    wanted = reading.read_wanted(
        state=state, cause=cause, severity=severity, mp=mp, vc=vc, brand=brand, assignee=assignee,
        mine=await stands_in_for(session, caller.user_id) if assignee else frozenset(),
    )  # fmt: skip
    rows, _ = await reading.read_rows(session, wanted, limit=reading.MOST, after=None)
    headers = {"Content-Disposition": 'attachment; filename="exceptions.csv"'}
    return Response(reading.as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{exception_id}", dependencies=[needs("orders.read")])
async def get_exception(session: Session, exception_id: UUID) -> ExceptionRow:
    """One exception: its cause, what it rests on, and what mends it."""
    return await reading.read_one(session, exception_id)


@router.post("/actions", dependencies=[needs("exceptions.resolve")])
async def act_on_exceptions(caller: CallerIn, body: ActionIn) -> ActionResults:
    """Apply a fix to one or many; each order is then decided again. One order's fault stops no other."""
    fixing.check(caller, body)
    return ActionResults(results=await fixing.apply_fix(caller, body))


@router.post("/snooze", dependencies=[needs("exceptions.resolve")])
async def snooze_exceptions(session: Session, caller: CallerIn, body: ExceptionSnoozeIn) -> ExceptionsSnoozed:
    """Out of sight until a moment, or until their data changes; their clocks go on."""
    return ExceptionsSnoozed(snoozed=await fixing.snooze(session, caller, body))
