"""What a request asks of the Orders list: its filter, and which fields of each row."""

from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session
from oktee.access.teams.absences import stands_in_for
from oktee.kit.clock import now
from oktee.kit.errors import FieldError, Invalid
from oktee.modules.supply.filters import FIELDS, Ground, Terms, bracketed, read_terms
from oktee.modules.supply.rows import Filter, read_filter
from oktee.modules.supply.sight import figures
from oktee.modules.supply.wire.lists import OrderList, OrderRow

FILTER: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "filter",
            "in": "query",
            "style": "deepObject",
            "explode": True,
            "description": "By field: words as `a,b` or `not:a,b`, ranges as `low..high`, days also as `next:14` or `last:7`, "
            "flags as `yes` or `no`.",
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: {"type": "string", "maxLength": 4000} for name in sorted(FIELDS)},
            },
        }
    ]
}


async def terms_of(
    session: AsyncSession, given: dict[str, str], time_zone: str, *, user_id: UUID | None = None
) -> Terms:
    """`user_id`: who `me` is in `assignee`. Raises Invalid naming each field that is unknown or wrong."""
    if not given:
        return Terms()
    mine = await stands_in_for(session, user_id) if user_id and "assignee" in given else frozenset[UUID]()
    return read_terms(given, Ground(figures(session), ZoneInfo(time_zone), now(), mine))


async def asked_for(
    request: Request,
    session: Session,
    caller: CallerIn,
    view: str = "all",
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    status: str | None = None,
    q: Annotated[
        str | None,
        Query(max_length=6000, description="order numbers, separated by spaces; one alone may be a beginning"),
    ] = None,
) -> Filter:
    """The filter of a request."""
    terms = await terms_of(session, bracketed(request.query_params), caller.time_zone, user_id=caller.user_id)
    return read_filter(view=view, mp=mp, vc=vc, brand=brand, status=status, q=q, terms=terms)


WhereIn = Annotated[Filter, Depends(asked_for)]


def read_fields(fields: str | None) -> frozenset[str] | None:
    """The fields of a row that are wanted, its id always. Raises Invalid."""
    if fields is None:
        return None
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name not in OrderRow.model_fields]
    if unknown:
        raise Invalid(
            "Some fields do not exist.",
            errors=tuple(
                FieldError("/fields", "unknown_field", f"There is no field {name[:60]!r}.") for name in unknown
            ),
        )
    return frozenset({"id", *names})


def narrowed(found: OrderList, fields: frozenset[str]) -> Any:
    """The list with these fields of each row only."""
    body = found.model_dump(mode="json", exclude={"rows"})
    rows = [row.model_dump(mode="json", include=set(fields)) for row in found.rows]
    return JSONResponse({"rows": rows, **body})
