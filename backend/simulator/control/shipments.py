"""Control over shipments: look at them with every confirmation that took effect, and let them arrive."""

from dataclasses import asdict

from fastapi import APIRouter

from simulator.control.binding import Simulated
from simulator.control.models import Json
from simulator.control.problems import Problem
from simulator.instants import wire
from simulator.road import arrive
from simulator.shipment_wire import details
from simulator.shipments import Shipment

router = APIRouter(tags=["shipments"])


@router.get("/shipments")
async def list_shipments(
    amazon: Simulated, selling_partner_id: str | None = None, purchase_order_number: str | None = None
) -> Json:
    """Every shipment, cancelled ones too, oldest first."""
    amazon.advance()
    chosen = [
        shipment
        for shipment in sorted(amazon.shipments, key=lambda each: (each.created_at, each.identifier))
        if selling_partner_id in (None, shipment.selling_partner_id)
        and (purchase_order_number is None or any(part.order == purchase_order_number for part in shipment.parts))
    ]
    return {"shipments": [_view(amazon, shipment) for shipment in chosen]}


@router.post("/shipments/{identifier}/arrival")
async def let_arrive(amazon: Simulated, identifier: str) -> Json:
    """The goods of a confirmed shipment arrive now."""
    amazon.advance()
    found = [each for each in amazon.shipments if each.identifier == identifier]
    if not found:
        raise Problem(404, f"no shipment {identifier}")
    if found[0].confirmation is None or found[0].arrived_at is not None:
        raise Problem(409, f"shipment {identifier} is not on the road")
    arrive(amazon, found[0], at=amazon.clock())
    return _view(amazon, found[0])


def _view(amazon: Simulated, shipment: Shipment) -> Json:
    return {
        "identifier": shipment.identifier,
        "selling_partner_id": shipment.selling_partner_id,
        "vendor_code": shipment.vendor_code,
        "status": shipment.status,
        "reference": shipment.reference,
        "cancelled": shipment.cancelled_at is not None,
        "arrives_at": None if shipment.arrives_at is None else wire(shipment.arrives_at),
        "arrived_at": None if shipment.arrived_at is None else wire(shipment.arrived_at),
        "parts": [asdict(part) for part in shipment.parts],
        "confirmations": [{**asdict(each), "at": wire(each.at)} for each in shipment.confirmations],
        "details": details(shipment, amazon.book),
    }
