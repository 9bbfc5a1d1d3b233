"""What happens to shipments by itself: a carrier comes for collect freight, goods arrive and are received."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.changing import receive
from simulator.shipments import ASSIGNED, REQUESTED, Shipment

if TYPE_CHECKING:
    from simulator.amazon import Amazon


def travel(amazon: "Amazon", now: datetime) -> None:
    """Let happen what was due until now."""
    for shipment in list(amazon.shipments):
        if shipment.cancelled_at is not None:
            continue
        if shipment.status == REQUESTED:
            due = shipment.statuses[-1][1] + timedelta(seconds=amazon.live.carrier_delay_seconds)
            if due <= now:
                _assign(amazon, shipment, at=now)
        if shipment.arrives_at is not None and shipment.arrived_at is None and shipment.arrives_at <= now:
            arrive(amazon, shipment, at=now)  # stamped now: pollers look for what changed since they last looked


def _assign(amazon: "Amazon", shipment: Shipment, *, at: datetime) -> None:
    shipment.statuses.append((ASSIGNED, at))
    shipment.carrier_at = at
    request = shipment.request or {}
    if (request.get("transportationDetails") or {}).get("shipMode") == "SmallParcel":
        shipment.labelled_at = at
    amazon.shipments.put(shipment)


def arrive(amazon: "Amazon", shipment: Shipment, *, at: datetime) -> None:
    """The goods of a confirmed shipment are received: what its confirmation says, on top of what came before."""
    shipment.arrived_at = at
    for number in dict.fromkeys(part.order for part in shipment.parts):
        order = amazon.book.find(number)
        if order is None or order.cancelled:
            continue
        amounts = {}
        for part in shipment.parts:
            line = order.find_line(part.sequence)
            if part.order == number and line is not None:
                amounts[part.sequence] = line.received + part.amount
        with amazon.book.edit(number) as edited:
            receive(edited, amounts, at=at)
    amazon.shipments.put(shipment)
