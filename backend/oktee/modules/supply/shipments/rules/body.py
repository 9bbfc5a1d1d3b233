"""Builds the bodies of SubmitShipmentConfirmations and SubmitShipments, and encodes them to stable bytes.

Field names and spellings are those of Amazon's model vendorShipments.json.
"""

import json
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from oktee.modules.supply.shipments.rules.inputs import (
    UNSAID,
    Container,
    Held,
    Key,
    Line,
    ShipmentInput,
    Size,
    Warehouse,
)
from oktee.modules.supply.shipments.rules.measures import case_size

Json = dict[str, Any]


def confirmation(shipment: ShipmentInput, *, at: datetime) -> Json:
    """One confirmation: Original, or Replace where one was given before. `at` is when it was planned; a resend keeps it."""
    items, named = [item for item in shipment.items if item.units > 0], references(shipment)
    body: Json = {
        "shipmentIdentifier": shipment.identifier,
        "shipmentConfirmationType": "Replace" if shipment.replaces else "Original",
        "shipmentType": shipment.shipment_type,
        "shipmentStructure": structure(shipment),
        "shipmentConfirmationDate": instant(at),
        "shippedDate": instant(shipment.ship_at),
        "estimatedDeliveryDate": instant(shipment.deliver_at),
        "sellingParty": {"partyId": shipment.vendor_code},
        "shipFromParty": _warehouse(shipment.ship_from),
        "shipToParty": {"partyId": shipment.ship_to},
        "transportationDetails": {
            "carrierScac": shipment.carrier_scac,
            "carrierShipmentReferenceNumber": shipment.carrier_reference,
            "transportationMode": shipment.transportation_mode or "Road",
            "billOfLadingNumber": shipment.bill_of_lading,
        },
        "amazonReferenceNumber": shipment.amazon_reference,
        "shipmentMeasurements": {
            "grossShipmentWeight": _weight(shipment.weight_kg),
            "shipmentVolume": _volume(shipment.volume_m3),
            "cartonCount": len(shipment.cartons) if not shipment.pallets else None,
            "palletCount": len(shipment.pallets) or None,
        },
        "shippedItems": [
            {
                "itemSequenceNumber": named[item.key],
                "amazonProductIdentifier": shipment.lines[item.key].asin,
                "vendorProductIdentifier": shipment.lines[item.key].vendor_product_identifier,
                "shippedQuantity": quantity(item.units, shipment.lines[item.key]),
                "itemDetails": _details(item, shipment),
            }
            for item in items
        ],
        "cartons": [_carton(one, shipment) for one in shipment.cartons],
        "pallets": [_pallet(one, shipment) for one in shipment.pallets],
    }
    return {"shipmentConfirmations": [_without_nothing(body)]}


def transport(shipment: ShipmentInput, *, at: datetime, cancel: bool = False) -> Json:
    """One transport request: New, or Cancel of the one before."""
    named = references(shipment)
    body: Json = {
        "vendorShipmentIdentifier": shipment.identifier,
        "transactionType": "Cancel" if cancel else "New",
        "buyerReferenceNumber": shipment.amazon_reference,
        "transactionDate": instant(at),
        "shipmentFreightTerm": "Collect",
        "sellingParty": {"partyId": shipment.vendor_code},
        "shipFromParty": _warehouse(shipment.ship_from),
        "shipToParty": {"partyId": shipment.ship_to},
        "shipmentMeasurements": {
            "totalCartonCount": len(shipment.cartons) if not shipment.pallets else None,
            "totalPalletStackable": len(shipment.pallets) or None,
            "shipmentWeight": _weight(shipment.weight_kg),
            "shipmentVolume": _volume(shipment.volume_m3),
        },
        "collectFreightPickupDetails": {"requestedPickUp": instant(shipment.pickup_at)},
        "purchaseOrders": [
            {
                "purchaseOrderNumber": order.po_number,
                "items": [
                    {
                        "itemSequenceNumber": named[item.key],
                        "buyerProductIdentifier": shipment.lines[item.key].asin,
                        "vendorProductIdentifier": shipment.lines[item.key].vendor_product_identifier,
                        "shippedQuantity": quantity(item.units, shipment.lines[item.key]),
                    }
                    for item in shipment.items
                    if item.units > 0 and item.po_number == order.po_number
                ],
            }
            for order in shipment.orders
            if any(item.units > 0 and item.po_number == order.po_number for item in shipment.items)
        ],
        "containers": [_container(one, shipment) for one in shipment.containers],
        "transportationDetails": {
            "shipMode": shipment.shipment_type,
            "transportationMode": shipment.transportation_mode or "Road",
            "shippedDate": instant(shipment.ship_at or shipment.pickup_at),
            "estimatedDeliveryDate": instant(shipment.deliver_at),
        },
    }
    return {"shipments": [_without_nothing(body)]}


def encode(body: Json) -> bytes:
    """The bytes to send: the same body always gives the same bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def structure(shipment: ShipmentInput) -> str:
    """Standard cases hold one item each; assortments several. Pallets without cartons hold the items themselves. A carton
    or pallet that goods of several orders share stands above the orders: a master."""
    if shipment.pallets:
        if any(len(_orders_on(pallet, shipment)) > 1 for pallet in shipment.pallets):
            return "MasterPallet"
    elif any(len({held.po_number for held in one.contents if held.units}) > 1 for one in shipment.cartons):
        return "MasterCase"
    if shipment.pallets and not shipment.cartons:
        return "PalletOfItems"
    mixed = any(len(one.contents) > 1 for one in shipment.cartons)
    if shipment.pallets:
        return "PalletizedAssortmentCase" if mixed else "PalletizedStandardCase"
    return "LooseAssortmentCase" if mixed else "LooseStandardCase"


def references(shipment: ShipmentInput) -> dict[Key, str]:
    """How cartons and pallets name each item: by the line's own number, and by one that counts through the shipment where
    several orders are in it, since each of them has a line 1."""
    if not shipment.joint:
        return {key: line.sequence for key, line in shipment.lines.items()}
    shipped = dict.fromkeys([*(item.key for item in shipment.items if item.units > 0), *shipment.lines])
    return {key: carton_number(number) for number, key in enumerate(shipped, start=1)}


def _orders_on(pallet: Container, shipment: ShipmentInput) -> set[str]:
    on_it = [pallet, *(carton for carton in shipment.cartons if carton.pallet == pallet.number)]
    return {held.po_number for one in on_it for held in one.contents if held.units}


def quantity(units: int, line: Line) -> Json:
    """Eaches in the unit the line was ordered in. Raises ValueError for a broken case: the checks come first."""
    if not line.in_cases:
        return {"amount": units, "unitOfMeasure": "Eaches", "unitSize": line.unit_size}
    cases, loose = divmod(units, line.unit_size)
    if loose:
        raise ValueError(f"line {line.sequence} is ordered in cases of {line.unit_size}")
    return {"amount": cases, "unitOfMeasure": "Cases", "unitSize": line.unit_size}


def instant(moment: datetime | None) -> str | None:
    """Whole seconds in UTC, as Amazon writes them."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def carton_number(number: int) -> str:
    """`001`, `002`: how Amazon's model counts cartons."""
    return f"{number:03d}"


def _carton(one: Container, shipment: ShipmentInput) -> Json:
    return {
        "cartonSequenceNumber": carton_number(one.number),
        "cartonIdentifiers": _name(one),
        "dimensions": _size(case_size(one.contents, shipment.goods)),
        "weight": _weight(one.weight_kg),
        "trackingNumber": one.tracking,
        "items": _contents(one, shipment),
    }


def _contents(one: Container, shipment: ShipmentInput) -> list[Json]:
    named = references(shipment)
    return [
        {
            "itemReference": named[held.key],
            "shippedQuantity": quantity(held.units, shipment.lines[held.key]),
            "itemDetails": _details(held, shipment),
        }
        for held in one.contents
        if held.units > 0
    ]


def _details(held: Held, shipment: ShipmentInput) -> Json:
    """The order that it is of, its lot, and the day on which the first of it expires."""
    lot = shipment.lots.get(held.key, UNSAID)
    expires = None if lot.expires_on is None else datetime.combine(lot.expires_on, time(), tzinfo=UTC)
    return {
        "purchaseOrderNumber": held.po_number,
        "lotNumber": lot.number,
        "expiry": {"expiryDate": instant(expires)},
    }


def _pallet(one: Container, shipment: ShipmentInput) -> Json:
    on_it = [carton_number(carton.number) for carton in shipment.cartons if carton.pallet == one.number]
    return {
        "palletIdentifiers": _name(one),
        "weight": _weight(one.weight_kg),
        "cartonReferenceDetails": {"cartonCount": len(on_it), "cartonReferenceNumbers": on_it} if on_it else None,
        "items": _contents(one, shipment),
    }


def _container(one: Container, shipment: ShipmentInput) -> Json:
    named = references(shipment)
    on_it = [carton for carton in shipment.cartons if one.kind == "pallet" and carton.pallet == one.number]
    inner = {
        "containerCount": len(on_it),
        "containerSequenceNumbers": [{"containerSequenceNumber": carton_number(carton.number)} for carton in on_it],
    }
    return {
        "containerType": one.kind,
        "containerSequenceNumber": carton_number(one.number),
        "containerIdentifiers": _name(one),
        "trackingNumber": one.tracking,
        "dimensions": _size(case_size(one.contents, shipment.goods)) if one.kind == "carton" else None,
        "weight": _weight(one.weight_kg),
        "innerContainersDetails": inner if on_it else None,
        "packedItems": [
            {
                "itemSequenceNumber": named[held.key],
                "buyerProductIdentifier": shipment.lines[held.key].asin,
                "vendorProductIdentifier": shipment.lines[held.key].vendor_product_identifier,
                "packedQuantity": quantity(held.units, shipment.lines[held.key]),
                "itemDetails": _details(held, shipment),
            }
            for held in one.contents
            if held.units > 0
        ],
    }


def _name(one: Container) -> list[Json]:
    if not one.sscc:
        return []
    return [{"containerIdentificationType": "SSCC", "containerIdentificationNumber": one.sscc}]


def _warehouse(warehouse: Warehouse) -> Json:
    if not warehouse.has_address:
        return {"partyId": warehouse.party_id}
    address = {
        "name": warehouse.name,
        "addressLine1": warehouse.line1,
        "city": warehouse.city or None,
        "postalCode": warehouse.postal_code or None,
        "countryCode": warehouse.country_code,
    }
    return {"partyId": warehouse.party_id, "address": address}


def _weight(kg: Decimal | None) -> Json | None:
    return None if kg is None else {"unitOfMeasure": "Kg", "value": format(kg.normalize(), "f")}


def _size(sides: Size | None) -> Json | None:
    """In metres, as Amazon takes it: it knows no millimetres."""
    if sides is None:
        return None
    names = ("length", "width", "height")
    metres = {name: format((side / 1000).normalize(), "f") for name, side in zip(names, sides, strict=True)}
    return {**metres, "unitOfMeasure": "Meter"}


def _volume(m3: Decimal | None) -> Json | None:
    return None if m3 is None else {"unitOfMeasure": "CuM", "value": format(m3.normalize(), "f")}


def _without_nothing(value: Any) -> Any:
    """Without what is absent: nulls, and objects and lists that hold nothing."""
    if isinstance(value, dict):
        kept = {key: _without_nothing(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None and inner != {} and inner != []}
    if isinstance(value, list):
        return [_without_nothing(inner) for inner in value]
    return value
