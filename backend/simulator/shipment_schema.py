"""The schemas of vendorShipments: what makes Amazon refuse a whole batch with 400 InvalidInput (amazon/FACTS f)."""

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.acknowledgement_schema import SchemaFault
from simulator.instants import parse_instant

TYPES = ("TruckLoad", "LessThanTruckLoad", "SmallParcel")
MODES = ("Road", "Air", "Ocean")
STRUCTURES = (
    "PalletizedAssortmentCase", "LooseAssortmentCase", "PalletOfItems", "PalletizedStandardCase", "LooseStandardCase",
    "MasterPallet", "MasterCase",
)  # fmt: skip
DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Each:
    """A list of things of one kind."""

    kind: Any


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the model: what must be there, and the kind of each field. Fields it does not name are let through."""

    required: tuple[str, ...]
    fields: dict[str, Any] = field(default_factory=dict)


TEXT, WHOLE, INSTANT, NUMBER = "text", "whole", "instant", "number"

ADDRESS = Thing(
    ("name", "addressLine1", "countryCode"), {"name": TEXT, "addressLine1": TEXT, "countryCode": TEXT, "city": TEXT}
)
PARTY = Thing(("partyId",), {"partyId": TEXT, "address": ADDRESS})
QUANTITY = Thing(
    ("amount", "unitOfMeasure"), {"amount": WHOLE, "unitOfMeasure": ("Cases", "Eaches"), "unitSize": WHOLE}
)
WEIGHT = Thing(("unitOfMeasure", "value"), {"unitOfMeasure": ("G", "Kg", "Oz", "Lb"), "value": NUMBER})
VOLUME = Thing(("unitOfMeasure", "value"), {"unitOfMeasure": ("CuFt", "CuIn", "CuM", "CuY"), "value": NUMBER})
SIZE = Thing(
    ("length", "width", "height", "unitOfMeasure"),
    {"length": NUMBER, "width": NUMBER, "height": NUMBER, "unitOfMeasure": ("In", "Ft", "Meter", "Yard")},
)
DURATION = Thing(("durationUnit", "durationValue"), {"durationUnit": ("Days", "Months"), "durationValue": WHOLE})
EXPIRY = Thing((), {"manufacturerDate": INSTANT, "expiryDate": INSTANT, "expiryAfterDuration": DURATION})
DETAILS = Thing((), {"purchaseOrderNumber": TEXT, "lotNumber": TEXT, "expiry": EXPIRY})
NAME = Thing(
    ("containerIdentificationType", "containerIdentificationNumber"),
    {
        "containerIdentificationType": ("SSCC", "AMZNCC", "GTIN", "BPS", "CID"),
        "containerIdentificationNumber": TEXT,
    },
)
PACKED = Thing(
    ("itemReference", "shippedQuantity"), {"itemReference": TEXT, "shippedQuantity": QUANTITY, "itemDetails": DETAILS}
)
CARTON = Thing(
    ("cartonSequenceNumber", "items"),
    {
        "cartonSequenceNumber": TEXT, "items": Each(PACKED), "cartonIdentifiers": Each(NAME), "dimensions": SIZE,
        "weight": WEIGHT, "trackingNumber": TEXT,
    },
)  # fmt: skip
PALLET = Thing(
    ("palletIdentifiers",),
    {
        "palletIdentifiers": Each(NAME), "tier": WHOLE, "block": WHOLE, "dimensions": SIZE, "weight": WEIGHT,
        "cartonReferenceDetails": Thing(
            ("cartonReferenceNumbers",), {"cartonCount": WHOLE, "cartonReferenceNumbers": Each(TEXT)}
        ),
        "items": Each(PACKED),
    },
)  # fmt: skip
CONFIRMATION = Thing(
    (
        "shipmentIdentifier", "shipmentConfirmationType", "shipmentConfirmationDate", "sellingParty", "shipFromParty",
        "shipToParty", "shippedItems",
    ),
    {
        "shipmentIdentifier": TEXT, "shipmentConfirmationType": ("Original", "Replace"), "shipmentType": TYPES,
        "shipmentStructure": STRUCTURES, "shipmentConfirmationDate": INSTANT, "shippedDate": INSTANT,
        "estimatedDeliveryDate": INSTANT, "amazonReferenceNumber": TEXT, "sellingParty": PARTY, "shipFromParty": PARTY,
        "shipToParty": PARTY,
        "transportationDetails": Thing(
            (),
            {
                "carrierScac": TEXT, "carrierShipmentReferenceNumber": TEXT, "transportationMode": MODES,
                "billOfLadingNumber": TEXT,
            },
        ),
        "shipmentMeasurements": Thing(
            (), {"grossShipmentWeight": WEIGHT, "shipmentVolume": VOLUME, "cartonCount": WHOLE, "palletCount": WHOLE}
        ),
        "shippedItems": Each(
            Thing(
                ("itemSequenceNumber", "shippedQuantity"),
                {
                    "itemSequenceNumber": TEXT, "amazonProductIdentifier": TEXT, "vendorProductIdentifier": TEXT,
                    "shippedQuantity": QUANTITY, "itemDetails": DETAILS,
                },
            )
        ),
        "cartons": Each(CARTON), "pallets": Each(PALLET),
    },
)  # fmt: skip
REQUEST = Thing(
    ("vendorShipmentIdentifier", "transactionType", "transactionDate", "sellingParty", "shipFromParty", "shipToParty"),
    {
        "vendorShipmentIdentifier": TEXT, "transactionType": ("New", "Cancel"), "transactionDate": INSTANT,
        "buyerReferenceNumber": TEXT, "shipmentFreightTerm": ("Collect", "Prepaid"), "sellingParty": PARTY,
        "shipFromParty": PARTY, "shipToParty": PARTY,
        "shipmentMeasurements": Thing(
            (),
            {
                "totalCartonCount": WHOLE, "totalPalletStackable": WHOLE, "totalPalletNonStackable": WHOLE,
                "shipmentWeight": WEIGHT, "shipmentVolume": VOLUME,
            },
        ),
        "collectFreightPickupDetails": Thing((), {"requestedPickUp": INSTANT}),
        "purchaseOrders": Each(
            Thing(
                (),
                {
                    "purchaseOrderNumber": TEXT,
                    "items": Each(
                        Thing(
                            ("itemSequenceNumber", "shippedQuantity"),
                            {"itemSequenceNumber": TEXT, "shippedQuantity": QUANTITY},
                        )
                    ),
                },
            )
        ),
        "containers": Each(
            Thing(
                ("containerType", "containerIdentifiers"),
                {
                    "containerType": ("carton", "pallet"), "containerIdentifiers": Each(NAME), "dimensions": SIZE,
                    "weight": WEIGHT, "packedItems": Each(Thing((), {"packedQuantity": QUANTITY, "itemDetails": DETAILS})),
                },
            )
        ),
        "transportationDetails": Thing((), {"shipMode": TYPES, "transportationMode": MODES}),
    },
)  # fmt: skip


def read_confirmations(body: Any) -> list[dict[str, Any]]:
    """The confirmations of a parsed body; SchemaFault on the first thing that the model forbids."""
    return _read(body, "shipmentConfirmations", "shipmentIdentifier", CONFIRMATION, "Invalid Shipment ID")


def read_requests(body: Any) -> list[dict[str, Any]]:
    """The transport requests of a parsed body; SchemaFault as above."""
    return _read(body, "shipments", "vendorShipmentIdentifier", REQUEST, "Invalid Vendor Shipment ID")


def _read(body: Any, name: str, key: str, kind: Thing, nameless: str) -> list[dict[str, Any]]:
    if not isinstance(body, dict) or not isinstance(body.get(name), list) or not body[name]:
        raise SchemaFault(f"The content of element '{name}' is not complete.")
    found: list[dict[str, Any]] = body[name]
    for each in found:
        if isinstance(each, dict) and each.get(key) in (None, ""):
            raise SchemaFault(nameless)
        _check(each, kind, name)
    return found


def _check(value: Any, kind: Any, name: str) -> None:
    if isinstance(kind, Thing):
        if not isinstance(value, dict):
            raise SchemaFault(f"The content of element '{name}' is not valid.")
        for needed in kind.required:
            if value.get(needed) is None:
                raise SchemaFault(
                    f"The content of element '{name}' is not complete. One of '{{{needed}}}' is expected."
                )
        for part, inner in kind.fields.items():
            if value.get(part) is not None:
                _check(value[part], inner, part)
    elif isinstance(kind, Each):
        if not isinstance(value, list):
            raise SchemaFault(f"The content of element '{name}' is not valid.")
        for one in value:
            _check(one, kind.kind, name)
    elif isinstance(kind, tuple):
        if value not in kind:
            words = ", ".join(kind)
            raise SchemaFault(
                f"Value '{value}' is not valid with respect to enumeration '[{words}]' of element '{name}'."
            )
    elif not _plain(value, kind):
        raise SchemaFault(f"The value '{value}' of element '{name}' is not valid.")


def _plain(value: Any, kind: str) -> bool:
    if kind == WHOLE:
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind == INSTANT:
        try:
            parse_instant(value)
        except ValueError:
            return False
    return kind != NUMBER or DECIMAL.fullmatch(value) is not None
