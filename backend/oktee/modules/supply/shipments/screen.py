"""Supply / Shipments of an order: drafts, checks, sending, replacing, labels. What calls Amazon is a job."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import any_, literal, select

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.idempotency import identified, replayed
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.kit import objects, work
from oktee.kit.database import widened
from oktee.kit.errors import NotFound
from oktee.kit.storage.content import PDF
from oktee.modules.supply.shipments import boxes, departure, joining, sending, wire, writing
from oktee.modules.supply.shipments.acts import lock_shipment, must_see, read_cargo
from oktee.modules.supply.shipments.facts import parts_of
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.reading import findings_of, read_shipments, submission_of
from oktee.modules.supply.shipments.tables import ShipmentLabel
from oktee.modules.supply.shipments.written import input_of_body
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.wire.answers import BulkProblem

router = APIRouter(prefix="/orders/{order_id}/shipments")
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
CONFLICT = {409: {"description": "The shipment moved, or there is nothing to ship", "model": BulkProblem}}


@router.get("", dependencies=[needs("logistics.read")])
async def list_order_shipments(session: Session, order_id: UUID) -> wire.OrderShipments:
    """What of this order is confirmed, what is in which shipment, and what closes when."""
    return await read_shipments(session, order_id)


@router.post("", status_code=201, dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def create_shipment(
    session: Session,
    caller: CallerIn,
    order_id: UUID,
    request: Request,
    response: Response,
    idempotency_key: Key = None,
) -> wire.OrderShipments:
    """A draft of everything that is confirmed and in no shipment yet, packed in full cases."""
    asked = await identified(request, caller.user_id)
    async with replayed(session, idempotency_key, asked, response, wire.OrderShipments) as replay:
        if replay.answer is None:
            await must_see_all(session, order_id)
            async with widened(session):
                await writing.create(session, caller, order_id)
            replay.answer = await read_shipments(session, order_id)
    assert replay.answer is not None
    return replay.answer


@router.put("/{shipment_id}", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def put_shipment(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID, body: wire.ShipmentIn
) -> wire.OrderShipments:
    """Write a shipment whole; nothing is sent. Of one that Amazon has, this prepares its replacement."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        if await departure.is_timed(session, shipment_id):
            await departure.rouse(session, shipment_id, body.ship_at)
        await writing.change(session, caller, order_id, shipment_id, body)
    return await read_shipments(session, order_id)


@router.post("/{shipment_id}/check", dependencies=[needs("logistics.read")])
async def check_shipment(
    session: Session, order_id: UUID, shipment_id: UUID, body: wire.ShipmentIn
) -> wire.ShipmentFindings:
    """What would stand against sending the shipment like this; nothing is kept."""
    await must_see(session, order_id, shipment_id)
    cargo, shipment = await read_cargo(session, order_id, shipment_id)
    writing.check_body(cargo, body)
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    return findings_of(await input_of_body(session, cargo, shipment, parts, body))


@router.post("/{shipment_id}/packing", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def pack_shipment(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID, body: wire.ShipmentPackingIn
) -> wire.OrderShipments:
    """Pack anew what the shipment holds, and number its containers."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await boxes.repack(session, caller, order_id, shipment_id, body)
    return await read_shipments(session, order_id)


@router.get("/{shipment_id}/joinable-orders", dependencies=[needs("logistics.read")])
async def list_joinable_orders(session: Session, order_id: UUID, shipment_id: UUID) -> wire.JoinableOrders:
    """Other confirmed orders of the same vendor code to the same fulfilment centre that may travel in this shipment too."""
    return await joining.joinable(session, order_id, shipment_id)


@router.post("/{shipment_id}/orders", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def add_orders_to_shipment(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID, body: wire.ShipmentOrdersIn
) -> wire.OrderShipments:
    """Let everything that is open of these orders travel in it too."""
    await must_see(session, order_id, shipment_id)
    for each in body.order_ids:
        await must_see_all(session, each)
    async with widened(session):
        await joining.join(session, caller, order_id, shipment_id, body)
    return await read_shipments(session, order_id)


@router.delete(
    "/{shipment_id}/orders/{other_id}", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]}
)
async def take_order_out_of_shipment(
    session: Session,
    caller: CallerIn,
    order_id: UUID,
    shipment_id: UUID,
    other_id: UUID,
    version: Annotated[int, Query(ge=1)],
) -> wire.OrderShipments:
    """Take out of a draft what it holds of one of its orders."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await joining.leave(session, caller, order_id, shipment_id, other_id, version=version)
    return await read_shipments(session, order_id)


@router.put("/{shipment_id}/departure", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def confirm_shipment_at_departure(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID, body: wire.DepartureIn
) -> wire.OrderShipments:
    """Confirm it to Amazon by itself at its departure, if nothing stands against it then."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await departure.set_timer(session, caller, order_id, shipment_id, version=body.version)
    return await read_shipments(session, order_id)


@router.delete("/{shipment_id}/departure", dependencies=[needs("orders.confirm")])
async def stop_shipment_at_departure(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID
) -> wire.OrderShipments:
    """Leave the confirmation to a person again."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await departure.stop_timer(session, caller, order_id, shipment_id)
    return await read_shipments(session, order_id)


@router.delete("/{shipment_id}", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def discard_shipment(
    session: Session, caller: CallerIn, order_id: UUID, shipment_id: UUID, version: Annotated[int, Query(ge=1)]
) -> wire.OrderShipments:
    """Throw a draft away that Amazon has not got."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await writing.discard(session, caller, order_id, shipment_id, version=version)
    return await read_shipments(session, order_id)


@router.post(
    "/{shipment_id}/submissions",
    status_code=202,
    dependencies=[needs("orders.confirm")],
    responses={409: CONFLICT[409]},
)
async def submit_shipment(
    session: Session,
    caller: CallerIn,
    order_id: UUID,
    shipment_id: UUID,
    body: wire.ShipmentSubmissionIn,
    request: Request,
    response: Response,
    idempotency_key: Key = None,
) -> wire.ShipmentSubmission:
    """Confirm the shipment (or replace its confirmation), ask Amazon to fetch it, or cancel that: planned now, sent by the
    worker, proved by what Amazon shows."""
    asked = await identified(request, caller.user_id)
    async with replayed(session, idempotency_key, asked, response, wire.ShipmentSubmission) as replay:
        if replay.answer is None:
            await must_see(session, order_id, shipment_id)
            async with widened(session):
                submission = await sending.plan(session, caller, order_id, shipment_id, body)
                await work.schedule(session, kinds.SUBMIT, sending.submission_key(shipment_id, submission.number))
            replay.answer = submission_of(submission)
    assert replay.answer is not None
    return replay.answer


@router.post("/{shipment_id}/labels", status_code=202, dependencies=[needs("orders.confirm")])
async def fetch_shipment_labels(session: Session, order_id: UUID, shipment_id: UUID) -> wire.OrderShipments:
    """Fetch the labels that Amazon made for it; they are there when the page hears of it."""
    await must_see(session, order_id, shipment_id)
    async with widened(session):
        await lock_shipment(session, order_id, shipment_id)
        await work.schedule(session, kinds.LABELS, str(shipment_id))
    return await read_shipments(session, order_id)


@router.get(
    "/{shipment_id}/labels/{label_id}",
    dependencies=[needs("logistics.read")],
    response_class=StreamingResponse,
    responses={200: {"content": {PDF: {}}, "description": "The label"}},
)
async def get_shipment_label(session: Session, order_id: UUID, shipment_id: UUID, label_id: UUID) -> StreamingResponse:
    """A transport label, as Amazon made it."""
    statement = (
        select(ShipmentLabel, Shipment.identifier)
        .join(Shipment, Shipment.id == ShipmentLabel.shipment_id)
        .where(
            ShipmentLabel.id == label_id,
            ShipmentLabel.shipment_id == shipment_id,
            literal(order_id) == any_(Shipment.order_ids),
        )
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise NotFound("There is no such label.")
    label, identifier = found
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in identifier)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{label.number}.pdf"'}
    return StreamingResponse(objects.open_stream(label.object_key), media_type=PDF, headers=headers)
