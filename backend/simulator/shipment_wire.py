"""Shipments as GetShipmentDetails and GetShipmentLabels show them."""

import base64
from typing import Any

from simulator.book import OrderBook
from simulator.instants import interval, wire
from simulator.shipments import Shipment


def details(shipment: Shipment, orders: OrderBook) -> dict[str, Any]:
    """One element of `shipments`: what was asked or confirmed last, and how it stands."""
    body = shipment.confirmation or shipment.request or {}
    confirmed = shipment.confirmation is not None
    shown: dict[str, Any] = {
        "vendorShipmentIdentifier": shipment.identifier,
        "transactionType": "New",
        "transactionDate": body["shipmentConfirmationDate" if confirmed else "transactionDate"],
        "currentShipmentStatus": shipment.status,
        "currentshipmentStatusDate": wire(shipment.statuses[-1][1]),
        "shipmentStatusDetails": [
            {"shipmentStatus": name, "shipmentStatusDate": wire(at)} for name, at in shipment.statuses
        ],
        "shipmentCreateDate": wire(shipment.created_at),
        "shipmentFreightTerm": "Collect" if shipment.freight == "collect" else "Prepaid",
        "sellingParty": body["sellingParty"],
        "shipFromParty": body["shipFromParty"],
        "shipToParty": body["shipToParty"],
        "purchaseOrders": _orders(shipment, orders),
        "containers": _containers(body) if confirmed else body.get("containers", []),
        "transportationDetails": _transport(shipment, body),
    }
    if shipment.reference is not None:
        shown["buyerReferenceNumber"] = shipment.reference
    if shipment.confirmed_at is not None:
        shown["shipmentConfirmDate"] = wire(shipment.confirmed_at)
    if shipment.labelled_at is not None:
        shown["packageLabelCreateDate"] = wire(shipment.labelled_at)
    if shipment.request is not None:
        shown["shipmentMeasurements"] = shipment.request["shipmentMeasurements"]
        shown["collectFreightPickupDetails"] = _pickup(shipment)
    return shown


def _orders(shipment: Shipment, orders: OrderBook) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in shipment.parts:
        order = orders.find(part.order)
        line = None if order is None else order.find_line(part.sequence)
        if order is None or line is None:
            continue
        shown = found.setdefault(
            part.order,
            {
                "purchaseOrderNumber": part.order,
                "purchaseOrderDate": wire(order.placed_at),
                "shipWindow": interval(order.window_start, order.window_end),
                "items": [],
            },
        )
        item = {
            "itemSequenceNumber": line.sequence,
            "buyerProductIdentifier": line.asin,
            "shippedQuantity": {"amount": part.amount, "unitOfMeasure": line.unit, "unitSize": line.unit_size},
        }
        shown["items"].append(item if line.identifier is None else {**item, "vendorProductIdentifier": line.identifier})
    return list(found.values())


def _containers(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    products = {
        item["itemSequenceNumber"]: {
            shown: item[name]
            for name, shown in (
                ("amazonProductIdentifier", "buyerProductIdentifier"),
                ("vendorProductIdentifier", "vendorProductIdentifier"),
            )
            if item.get(name)
        }
        for item in body["shippedItems"]
    }
    for carton in body.get("cartons") or []:
        found.append(
            {
                "containerType": "carton",
                "containerSequenceNumber": carton["cartonSequenceNumber"],
                "containerIdentifiers": carton.get("cartonIdentifiers") or [],
                **{name: carton[name] for name in ("trackingNumber", "dimensions", "weight") if carton.get(name)},
                "packedItems": [_packed(item, products) for item in carton["items"]],
            }
        )
    for place, pallet in enumerate(body.get("pallets") or [], start=1):
        references = (pallet.get("cartonReferenceDetails") or {}).get("cartonReferenceNumbers") or []
        found.append(
            {
                "containerType": "pallet",
                "containerSequenceNumber": str(place),
                "containerIdentifiers": pallet["palletIdentifiers"],
                **{name: pallet[name] for name in ("tier", "block", "dimensions", "weight") if pallet.get(name)},
                "innerContainersDetails": {
                    "containerCount": len(references),
                    "containerSequenceNumbers": [{"containerSequenceNumber": each} for each in references],
                },
                "packedItems": [_packed(item, products) for item in pallet.get("items") or []],
            }
        )
    return found


def _packed(item: dict[str, Any], products: dict[str, dict[str, Any]]) -> dict[str, Any]:
    given = item.get("itemDetails") or {}
    more = {name: given[name] for name in ("purchaseOrderNumber", "lotNumber", "expiry") if given.get(name)}
    shown = {"itemSequenceNumber": item["itemReference"], "packedQuantity": item["shippedQuantity"]}
    shown |= products.get(item["itemReference"], {})
    return {**shown, "itemDetails": more} if more else shown


def _pickup(shipment: Shipment) -> dict[str, Any]:
    assert shipment.request is not None
    shown = {"requestedPickUp": shipment.request["collectFreightPickupDetails"]["requestedPickUp"]}
    if shipment.carrier_at is not None and shipment.scheduled_pickup is not None:
        shown["scheduledPickUp"] = wire(shipment.scheduled_pickup)
        shown["carrierAssignmentDate"] = wire(shipment.carrier_at)
    return shown


def _transport(shipment: Shipment, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("transportationDetails") or {}
    shown = {name: given[name] for name in ("transportationMode", "billOfLadingNumber") if given.get(name)}
    mode = body.get("shipmentType") or given.get("shipMode")
    if mode:
        shown["shipMode"] = mode
    for name in ("shippedDate", "estimatedDeliveryDate"):
        if body.get(name):
            shown[name] = body[name]
    if shipment.arrived_at is not None:
        shown["shipmentDeliveryDate"] = wire(shipment.arrived_at)
    if shipment.carrier_at is not None:
        shown["carrierDetails"] = {"name": "Simulated Freight", "code": "SMFR"}
    elif given.get("carrierScac"):
        shown["carrierDetails"] = {"code": given["carrierScac"]}
    return shown


def labels(shipment: Shipment) -> dict[str, Any]:
    """One element of `transportLabels`: a page for each carton that was announced."""
    assert shipment.labelled_at is not None
    assert shipment.request is not None
    measures = shipment.request["shipmentMeasurements"]
    count = max(1, int(measures.get("totalCartonCount") or 1))
    tracking = [f"1ZSIM{shipment.reference}{place:03d}" for place in range(1, count + 1)]
    return {
        "labelCreateDateTime": wire(shipment.labelled_at),
        "shipmentInformation": {
            "vendorDetails": {
                "sellingParty": shipment.request["sellingParty"],
                "vendorShipmentIdentifier": shipment.identifier,
            },
            "buyerReferenceNumber": shipment.reference or "",
            "shipToParty": shipment.request["shipToParty"],
            "shipFromParty": shipment.request["shipFromParty"],
            "warehouseId": shipment.request["shipFromParty"]["partyId"],
            "masterTrackingId": tracking[0],
            "totalLabelCount": count,
            "shipMode": "SmallParcel",
        },
        "labelData": [
            {
                "labelSequenceNumber": place,
                "labelFormat": "PDF",
                "carrierCode": "SMFR",
                "trackingId": each,
                "label": base64.b64encode(
                    pdf(f"{shipment.identifier}  {place}/{count}", each, shipment.fulfilment_center)
                ).decode(),
            }
            for place, each in enumerate(tracking, start=1)
        ],
    }


def pdf(*lines: str) -> bytes:
    """A label as a PDF of one page, 4 x 6 inches, with these lines of text."""
    plain = [
        line.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        for line in lines
    ]
    text = b"BT /F1 14 Tf 24 380 Td 24 TL " + b" ".join(b"(%b) Tj T*" % line for line in plain) + b" ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(body + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
