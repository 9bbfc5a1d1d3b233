"""Builds the bodies of SubmitShipmentConfirmations and SubmitShipments, and encodes them to stable bytes.

Field names and spellings are those of Amazon's model vendorShipments.json.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from oktee.modules.supply.shipments.rules.inputs import Container, Line, ShipmentInput, Warehouse

Json = dict[str, Any]


def confirmation(shipment: ShipmentInput, *, at: datetime) -> Json:
    """One confirmation: Original, or Replace where one was given before. `at` is when it was planned; a resend keeps it."""
    items = [item for item in shipment.items if item.units > 0]
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
            "transportationMode": "Road",
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
                "itemSequenceNumber": item.sequence,
                "amazonProductIdentifier": shipment.lines[item.sequence].asin,
                "vendorProductIdentifier": shipment.lines[item.sequence].vendor_product_identifier,
                "shippedQuantity": quantity(item.units, shipment.lines[item.sequence]),
                "itemDetails": {"purchaseOrderNumber": shipment.po_number},
            }
            for item in items
        ],
        "cartons": [_carton(one, shipment) for one in shipment.cartons],
        "pallets": [_pallet(one, shipment) for one in shipment.pallets],
    }
    return {"shipmentConfirmations": [_without_nothing(body)]}


def transport(shipment: ShipmentInput, *, at: datetime, cancel: bool = False) -> Json:
    """One transport request: New, or Cancel of the one before."""
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
                "purchaseOrderNumber": shipment.po_number,
                "items": [
                    {
                        "itemSequenceNumber": item.sequence,
                        "buyerProductIdentifier": shipment.lines[item.sequence].asin,
                        "vendorProductIdentifier": shipment.lines[item.sequence].vendor_product_identifier,
                        "shippedQuantity": quantity(item.units, shipment.lines[item.sequence]),
                    }
                    for item in shipment.items
                    if item.units > 0
                ],
            }
        ],
        "containers": [_container(one, shipment) for one in shipment.containers],
        "transportationDetails": {
            "shipMode": shipment.shipment_type,
            "transportationMode": "Road",
            "shippedDate": instant(shipment.ship_at or shipment.pickup_at),
            "estimatedDeliveryDate": instant(shipment.deliver_at),
        },
    }
    return {"shipments": [_without_nothing(body)]}


def encode(body: Json) -> bytes:
    """The bytes to send: the same body always gives the same bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def structure(shipment: ShipmentInput) -> str:
    """Standard cases hold one item each; assortments several. Pallets without cartons hold the items themselves."""
    if shipment.pallets and not shipment.cartons:
        return "PalletOfItems"
    mixed = any(len(one.contents) > 1 for one in shipment.cartons)
    if shipment.pallets:
        return "PalletizedAssortmentCase" if mixed else "PalletizedStandardCase"
    return "LooseAssortmentCase" if mixed else "LooseStandardCase"


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
        "weight": _weight(one.weight_kg),
        "trackingNumber": one.tracking,
        "items": _contents(one, shipment),
    }


def _contents(one: Container, shipment: ShipmentInput) -> list[Json]:
    return [
        {
            "itemReference": held.sequence,
            "shippedQuantity": quantity(held.units, shipment.lines[held.sequence]),
            "itemDetails": {"purchaseOrderNumber": shipment.po_number},
        }
        for held in one.contents
        if held.units > 0
    ]


def _pallet(one: Container, shipment: ShipmentInput) -> Json:
    on_it = [carton_number(carton.number) for carton in shipment.cartons if carton.pallet == one.number]
    return {
        "palletIdentifiers": _name(one),
        "weight": _weight(one.weight_kg),
        "cartonReferenceDetails": {"cartonCount": len(on_it), "cartonReferenceNumbers": on_it} if on_it else None,
        "items": _contents(one, shipment),
    }


def _container(one: Container, shipment: ShipmentInput) -> Json:
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
        "weight": _weight(one.weight_kg),
        "innerContainersDetails": inner if on_it else None,
        "packedItems": [
            {
                "itemSequenceNumber": held.sequence,
                "buyerProductIdentifier": shipment.lines[held.sequence].asin,
                "vendorProductIdentifier": shipment.lines[held.sequence].vendor_product_identifier,
                "packedQuantity": quantity(held.units, shipment.lines[held.sequence]),
                "itemDetails": {"purchaseOrderNumber": shipment.po_number},
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
