"""Everything that is wrong with a shipment before it is sent: the field, what it is, and the charge it would bring.

A finding that blocks is one that Amazon refuses, or a number that is not true; the others are sent all the same, since a
late confirmation is better than none. Sources: the vendor guide on confirmations (AMAZON FACTS f), the charges of
DEFINITIONS 4.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from oktee.modules.supply.shipments.rules.findings import (
    ASN,
    CARTON,
    ON_TIME,
    OVERAGE,
    RECEIVE,
    TRANSPORT,
    Finding,
)
from oktee.modules.supply.shipments.rules.inputs import Container, Held, Key, Line, ShipmentInput
from oktee.modules.supply.shipments.rules.lots import check_lots
from oktee.modules.supply.shipments.rules.sscc import is_sscc

CONFIRM_WITHIN: Final = timedelta(minutes=30)
REPLACE_WITHIN: Final = timedelta(days=7)
ROUTE_BEFORE: Final = timedelta(hours=24)
TYPES: Final = ("TruckLoad", "LessThanTruckLoad", "SmallParcel")
NORTH_AMERICA: Final = frozenset({"US", "CA", "MX"})
LONGEST_IDENTIFIER: Final = 40
MOST_ON_A_TRUCK: Final = 100
"""Confirmations that one full truck may have."""


def check_confirmation(shipment: ShipmentInput, *, now: datetime) -> list[Finding]:
    """What is wrong with confirming this shipment at `now`."""
    found = [*_header(shipment), *_items(shipment), *_containers(shipment), *_departure(shipment, now=now)]
    found += check_lots(shipment, now=now)
    if not shipment.replaces and shipment.same_truck >= MOST_ON_A_TRUCK:
        values: dict[str, str | int] = {"most": MOST_ON_A_TRUCK, "count": shipment.same_truck}
        found.append(Finding("", "truck_full", ASN, blocking=False, values=values))
    if shipment.replaces:
        found += _replacement(shipment, now=now)
    if shipment.collect and not shipment.amazon_reference:
        found.append(Finding("/amazon_reference", "reference_missing", TRANSPORT))
    if shipment.country in NORTH_AMERICA:
        if not shipment.carrier_scac:
            found.append(Finding("/carrier_scac", "carrier_missing", TRANSPORT))
        if not shipment.carrier_reference:
            found.append(Finding("/carrier_reference", "carrier_reference_missing", TRANSPORT))
    if shipment.bill_of_lading is not None and len(shipment.bill_of_lading) < 2:
        found.append(Finding("/bill_of_lading", "bill_of_lading_short", TRANSPORT))
    return found


def check_transport(shipment: ShipmentInput, *, now: datetime) -> list[Finding]:
    """What is wrong with asking Amazon to fetch this shipment."""
    found = [*_header(shipment), *_items(shipment)]
    if not shipment.collect:
        found.append(Finding("/freight", "not_collect"))
    if shipment.weight_kg is None or shipment.weight_kg <= 0:
        found.append(Finding("/weight_kg", "weight_missing", TRANSPORT))
    if not shipment.containers:
        found.append(Finding("/containers", "containers_missing", TRANSPORT))
    if shipment.volume_m3 is None or shipment.volume_m3 <= 0:
        found.append(Finding("/volume_m3", "volume_missing", TRANSPORT, blocking=False))
    found += _numbers(shipment)
    if shipment.pickup_at is None:
        found.append(Finding("/pickup_at", "pickup_missing", TRANSPORT))
    elif shipment.pickup_at <= now:
        found.append(Finding("/pickup_at", "pickup_past"))
    else:
        if shipment.pickup_at < now + ROUTE_BEFORE:
            found.append(Finding("/pickup_at", "pickup_soon", TRANSPORT, blocking=False))
        found += _inside_window(shipment, "/pickup_at", shipment.pickup_at)
    return found


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that forbid sending."""
    return [one for one in findings if one.blocking]


def _header(shipment: ShipmentInput) -> Iterator[Finding]:
    if not shipment.identifier.strip():
        yield Finding("/identifier", "identifier_missing")
    elif len(shipment.identifier) > LONGEST_IDENTIFIER:
        yield Finding("/identifier", "identifier_long", values={"most": LONGEST_IDENTIFIER})
    yield from _orders(shipment)
    if not shipment.ship_from.party_id:
        yield Finding("/ship_from/party_id", "ship_from_missing")
    if shipment.collect and not shipment.ship_from.has_address:
        yield Finding("/ship_from/line1", "ship_from_address_missing", TRANSPORT)
    if shipment.warehouse_unsaid:
        # The truck is sent there by Amazon; once it was, goods that left are confirmed all the same.
        sends = shipment.collect and not shipment.amazon_reference and not shipment.replaces
        values: dict[str, str | int] = {"warehouse": shipment.warehouse_unsaid}
        yield Finding("/warehouse", "warehouse_unsaid", TRANSPORT, blocking=sends, values=values)
    if shipment.shipment_type not in TYPES:
        yield Finding("/shipment_type", "type_missing")


def _orders(shipment: ShipmentInput) -> Iterator[Finding]:
    """One truck brings to one fulfilment centre what one vendor code was asked for, under one freight term."""
    for order in shipment.orders:
        which: dict[str, str | int] = {"order": order.po_number} if shipment.joint else {}
        if not order.open:
            yield Finding("", "order_closed", OVERAGE, values=which)
        if shipment.ship_to != order.ship_to:
            changed = which | {"now": order.ship_to or "–", "was": shipment.ship_to or "–"}
            yield Finding("/ship_to", "destination_changed", TRANSPORT, values=changed)
        if shipment.joint and order.vendor_code != shipment.vendor_code:
            yield Finding("", "vendor_code_differs", values=which | {"code": order.vendor_code})
        if shipment.joint and order.freight != shipment.freight:
            yield Finding("/freight", "freight_differs", TRANSPORT, values=which)
        if shipment.joint:
            yield from _twice(shipment, order.po_number)


def _twice(shipment: ShipmentInput, po_number: str) -> Iterator[Finding]:
    """Items are counted through a joint shipment, so only its product says which line of its order one is."""
    lines = [line for line in shipment.lines.values() if line.po_number == po_number]
    times = Counter(line.asin or line.vendor_product_identifier for line in lines)
    held = {item.key for item in shipment.items if item.units > 0}
    for line in lines:
        product = line.asin or line.vendor_product_identifier
        if product is not None and times[product] > 1 and line.key in held:
            yield Finding("", "product_twice", RECEIVE, values={**_of(shipment, line), "product": product})


def _of(shipment: ShipmentInput, line: Line | Held) -> dict[str, str | int]:
    """Which line: its number, and its order's where there are several."""
    which: dict[str, str | int] = {"line": line.sequence}
    return which | {"order": line.po_number} if shipment.joint else which


def _items(shipment: ShipmentInput) -> Iterator[Finding]:
    if not any(item.units > 0 for item in shipment.items):
        yield Finding("/items", "nothing_shipped")
    for place, item in enumerate(shipment.items):
        line, at = shipment.lines.get(item.key), f"/items/{place}/units"
        if line is None:
            yield Finding(at, "line_unknown", OVERAGE, values=_of(shipment, item))
            continue
        if item.units < 0:
            yield Finding(at, "units_negative", values=_of(shipment, item))
        if item.units > line.left:
            values = _of(shipment, item) | {"units": item.units, "left": line.left, "confirmed": line.confirmed}
            yield Finding(at, "more_than_confirmed", OVERAGE, values=values)
        if line.in_cases and line.unit_size > 0 and item.units % line.unit_size:
            yield Finding(at, "not_whole_cases", CARTON, values=_of(shipment, item) | {"size": line.unit_size})
        if item.units > 0 and line.asin is None and line.vendor_product_identifier is None:
            yield Finding(at, "product_unnamed", RECEIVE, values=_of(shipment, item))


def _containers(shipment: ShipmentInput) -> Iterator[Finding]:
    cartons, pallets = shipment.cartons, shipment.pallets
    loose = [pallet for pallet in pallets if any(held.units > 0 for held in pallet.contents)]
    if not cartons and not loose:
        yield Finding("/containers", "cartons_missing", CARTON)
    if shipment.shipment_type == "SmallParcel":
        if len(cartons) > 1:
            yield Finding("/containers", "parcel_one_carton", ASN, values={"cartons": len(cartons)})
        if pallets:
            yield Finding("/containers", "parcel_no_pallet", ASN)
    yield from _numbers(shipment)
    packed: Counter[Key] = Counter()
    known = {pallet.number for pallet in pallets}
    for place, one in enumerate(shipment.containers):
        if one.kind != "carton":
            for held in one.contents:
                packed[held.key] += held.units
                line = shipment.lines.get(held.key)
                if line is not None and line.in_cases and line.unit_size > 0 and held.units % line.unit_size:
                    broken = _of(shipment, held) | {"pallet": one.number, "size": line.unit_size}
                    yield Finding(f"/containers/{place}/contents", "pallet_case_broken", CARTON, values=broken)
            continue
        if not any(held.units > 0 for held in one.contents):
            yield Finding(f"/containers/{place}/contents", "carton_empty", CARTON, values={"carton": one.number})
        if one.pallet is not None and one.pallet not in known:
            values: dict[str, str | int] = {"carton": one.number, "pallet": one.pallet}
            yield Finding(f"/containers/{place}/pallet", "pallet_unknown", RECEIVE, values=values)
        if pallets and one.pallet is None:
            yield Finding(f"/containers/{place}/pallet", "carton_on_no_pallet", RECEIVE, values={"carton": one.number})
        if shipment.shipment_type == "SmallParcel" and not one.tracking:
            at = f"/containers/{place}/tracking"
            yield Finding(at, "tracking_missing", TRANSPORT, values={"carton": one.number})
        for held in one.contents:
            packed[held.key] += held.units
            line = shipment.lines.get(held.key)
            if line is not None and line.in_cases and line.unit_size > 0 and held.units % line.unit_size:
                values = _of(shipment, held) | {"carton": one.number, "size": line.unit_size}
                yield Finding(f"/containers/{place}/contents", "case_broken", CARTON, values=values)
    loaded = {carton.pallet for carton in cartons} | {pallet.number for pallet in loose}
    for place, one in enumerate(shipment.containers):
        if one.kind == "pallet" and one.number not in loaded:
            yield Finding(f"/containers/{place}", "pallet_empty", RECEIVE, values={"pallet": one.number})
    if cartons or loose:
        yield from _sums(shipment, packed)


def _sums(shipment: ShipmentInput, packed: Counter[Key]) -> Iterator[Finding]:
    for place, item in enumerate(shipment.items):
        inside = packed.pop(item.key, 0)
        if inside != item.units:
            values = _of(shipment, item) | {"packed": inside, "units": item.units}
            yield Finding(f"/items/{place}/units", "cartons_do_not_add_up", CARTON, values=values)
    for (po_number, sequence), units in packed.items():
        if units:
            values = _of(shipment, Held(po_number, sequence, units)) | {"units": units}
            yield Finding("/containers", "packed_but_not_shipped", CARTON, values=values)


def _numbers(shipment: ShipmentInput) -> Iterator[Finding]:
    times = Counter(one.sscc for one in shipment.containers if one.sscc)
    for place, one in enumerate(shipment.containers):
        at, values = f"/containers/{place}/sscc", _named(one)
        if not one.sscc:
            yield Finding(at, "sscc_missing", RECEIVE, values=values)
        elif not is_sscc(one.sscc):
            yield Finding(at, "sscc_invalid", RECEIVE, values=values | {"sscc": one.sscc})
        elif times[one.sscc] > 1 or one.sscc in shipment.sscc_elsewhere:
            yield Finding(at, "sscc_twice", ASN, values=values | {"sscc": one.sscc})


def _named(one: Container) -> dict[str, str | int]:
    return {"kind": one.kind, "number": one.number}


def _departure(shipment: ShipmentInput, *, now: datetime) -> Iterator[Finding]:
    left, arrives = shipment.ship_at, shipment.deliver_at
    if left is None:
        yield Finding("/ship_at", "ship_date_missing", ASN)
    if arrives is None:
        yield Finding("/deliver_at", "delivery_date_missing", ASN)
    if left is not None and arrives is not None and arrives <= left:
        yield Finding("/deliver_at", "arrives_before_departure")
    if arrives is not None and arrives <= now:
        yield Finding("/deliver_at", "arrived_already", ASN)
    if left is not None and not shipment.replaces and now > left + CONFIRM_WITHIN:
        minutes = int((now - left).total_seconds() // 60)
        yield Finding("/ship_at", "confirmed_late", ASN, blocking=False, values={"minutes": minutes})
    if left is not None and left > now + CONFIRM_WITHIN:
        yield Finding("/ship_at", "not_departed", ASN, blocking=False)
    # H14: who fetches promises the departure, who brings it promises the arrival.
    at, moment = ("/ship_at", left) if shipment.collect else ("/deliver_at", arrives)
    if moment is not None:
        yield from _inside_window(shipment, at, moment)


def _inside_window(shipment: ShipmentInput, at: str, moment: datetime) -> Iterator[Finding]:
    for order in shipment.orders:
        if order.window is not None and not order.window[0] <= moment <= order.window[1]:
            which: dict[str, str | int] = {"order": order.po_number} if shipment.joint else {}
            yield Finding(at, "outside_window", ON_TIME, blocking=False, values=which)


def _replacement(shipment: ShipmentInput, *, now: datetime) -> Iterator[Finding]:
    assert shipment.first_confirmed_at is not None
    if shipment.delivered_at is not None:
        yield Finding("", "replaced_after_arrival")
    if now > shipment.first_confirmed_at + REPLACE_WITHIN:
        yield Finding("", "replaced_after_a_week")
    for place, item in enumerate(shipment.items):
        before = shipment.before.get(item.key, 0)
        if item.units > before:
            values = _of(shipment, item) | {"units": item.units, "before": before}
            yield Finding(f"/items/{place}/units", "replaced_with_more", values=values)
