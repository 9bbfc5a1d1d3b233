"""The routes of what people do with lists: acts on many orders, files of lists, the drawer of one's own files."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.idempotency import identified, replayed_apart
from oktee.kit import objects
from oktee.kit.storage.content import BYTES, CSV, serving_headers
from oktee.modules.supply.desk.bulk import acting
from oktee.modules.supply.desk.bulk.preview import preview
from oktee.modules.supply.desk.bulk.runs import progress_of
from oktee.modules.supply.desk.bulk.wire import BulkIn, BulkOutcome, BulkPreview, BulkProgress, ChosenIn
from oktee.modules.supply.desk.exports import asking
from oktee.modules.supply.desk.exports.wire import EventsExportIn, ListExportOut, ListExports, OrdersExportIn
from oktee.modules.supply.event_filter import FilterIn
from oktee.modules.supply.wire.answers import BulkProblem

router = APIRouter()
exports_router = APIRouter(tags=["exports"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
MOVED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Other orders match now than were counted", "model": BulkProblem}
}


@router.post("/orders/bulk", dependencies=[needs("orders.hold")], responses=MOVED)
async def act_on_orders(
    caller: CallerIn, body: BulkIn, request: Request, response: Response, idempotency_key: Key = None
) -> BulkOutcome:
    """Hold, release, decide again, or note as answered outside OKTee: each order by itself. More than 25 are done by a
    worker; then the answer is 202 and names the operation."""
    asked = await identified(request, caller.user_id)
    kept = replayed_apart(caller.organization_id, idempotency_key, asked, response, BulkOutcome)
    async with kept as replay:
        if replay.answer is None:
            replay.answer = await acting.begin(caller, body)
    if replay.answer.operation_id is not None:
        response.status_code = 202
        response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{replay.answer.operation_id}"
    return replay.answer


@router.post("/orders/bulk/preview", dependencies=[needs("orders.hold")], responses=MOVED)
async def preview_orders(session: Session, caller: CallerIn, body: ChosenIn) -> BulkPreview:
    """What running the rules again on these orders would change. Changes nothing."""
    return await preview(session, caller, body)


@router.get("/orders/bulk/{operation_id}", dependencies=[needs("orders.hold")])
async def get_bulk_progress(session: Session, caller: CallerIn, operation_id: UUID) -> BulkProgress:
    """How far one's own act on many orders is."""
    return await progress_of(session, caller, operation_id)


@router.delete("/orders/bulk/{operation_id}", dependencies=[needs("orders.hold")])
async def stop_bulk(session: Session, caller: CallerIn, operation_id: UUID) -> BulkProgress:
    """Stop it at the next order; what is done stays."""
    return await progress_of(session, caller, operation_id, stop=True)


@router.post("/orders/exports", status_code=202, dependencies=[needs("orders.read")])
async def export_orders(session: Session, caller: CallerIn, body: OrdersExportIn, response: Response) -> ListExportOut:
    """Write the orders of a filter, or their lines, into a file."""
    made = await asking.request_orders(session, caller, body)
    response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{made.operation_id}"
    return made


@router.post("/events/exports", status_code=202, dependencies=[needs("events.read")])
async def export_events(
    session: Session, caller: CallerIn, filters: FilterIn, body: EventsExportIn, response: Response
) -> ListExportOut:
    """Write the events of a filter into a file."""
    made = await asking.request_events(session, caller, filters, body)
    response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{made.operation_id}"
    return made


@exports_router.get("", dependencies=[needs("events.read")])
async def list_list_exports(session: Session, caller: CallerIn) -> ListExports:
    """The files that the reader asked for, newest first."""
    return await asking.list_own(session, caller)


@exports_router.get(
    "/{export_id}/file",
    dependencies=[needs("events.read")],
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file"},
        409: {"description": "There is no file yet, or it has expired"},
    },
)
async def get_list_export_file(session: Session, caller: CallerIn, export_id: UUID) -> StreamingResponse:
    """The file, for who asked for it."""
    key, size, name = await asking.file_of(session, caller, export_id)
    kind = CSV if name.endswith(".csv") else BYTES
    headers = serving_headers(content_type=kind, active=False, file_name=name)
    headers |= {"Content-Length": str(size), "Cache-Control": "no-store"}
    return StreamingResponse(objects.open_stream(key), headers=headers)


@exports_router.delete("/{export_id}", status_code=204, dependencies=[needs("events.read")])
async def end_list_export(session: Session, caller: CallerIn, export_id: UUID) -> None:
    """Stop making a file, or delete it before its time."""
    await asking.end(session, caller, export_id)
