"""Shipments without a database: which warehouse gives which unit, what it weighs, what expires, and a full truck."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.test_shipments_rules import DAY, KEY, NOW, PO, codes, shipment
from oktee.amazon.client.models.vendor_shipments.confirmations import SubmitShipmentConfirmationsRequest
from oktee.amazon.client.models.vendor_shipments.transport import SubmitShipmentsRequest
from oktee.modules.supply.shipments.rules import body
from oktee.modules.supply.shipments.rules.checks import blocking, check_confirmation
from oktee.modules.supply.shipments.rules.inputs import Container, Goods, Held, Lot
from oktee.modules.supply.shipments.rules.measures import case_size, reckon
from oktee.modules.supply.shipments.rules.sourcing import Code, by_warehouse, warehouses_of

few = settings(max_examples=200, deadline=None)
names = st.sampled_from(["LYON", "LILLE", "NICE"])

# -- warehouses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "sources", "placed", "expected"),
    [
        (60, [("LYON", 48), ("LILLE", 12)], {}, {"LYON": 48, "LILLE": 12}),
        (12, [("LYON", 48), ("LILLE", 12)], {"LYON": 48}, {"LILLE": 12}),
        (48, [("LYON", 48), ("LILLE", 12)], {"LILLE": 12}, {"LYON": 48}),
        (30, [("LYON", 48), ("LILLE", 12)], {None: 30}, {"LYON": 18, "LILLE": 12}),
        (60, [("LYON", 48)], {}, {"LYON": 60}),  # a person confirmed more than was decided
        (24, [("LYON", 0), ("LILLE", 24)], {}, {"LILLE": 24}),
        (10, [], {}, {None: 10}),
        (0, [("LYON", 48)], {"LYON": 48}, {}),
    ],
)
def test_what_is_open_leaves_where_it_was_decided(
    left: int, sources: list[tuple[Code, int]], placed: dict[Code, int], expected: dict[Code, int]
) -> None:
    assert by_warehouse(left, sources, placed) == expected


@given(
    sources=st.lists(st.tuples(names, st.integers(0, 40)), max_size=4),
    makings=st.lists(st.tuples(st.none() | names, st.integers(1, 30)), max_size=5),
    confirmed=st.integers(0, 120),
    case=st.sampled_from([1, 6]),
)
@few
def test_no_unit_is_counted_twice_whatever_was_shipped_before_and_from_where(
    sources: list[tuple[str, int]], makings: list[tuple[str | None, int]], confirmed: int, case: int
) -> None:
    """Shipments are made one after the other, some by hand from anywhere; then the rest is split: all of it, once, and from
    no warehouse more than it gives while another one still has something."""
    confirmed, placed = confirmed * case, {}
    gives = {code: sum(units for each, units in sources if each == code) * case for code, _ in sources}
    left = confirmed
    for code, units in makings:
        units = min(units * case, left)
        if units:
            placed[code] = placed.get(code, 0) + units
            left -= units
    found = by_warehouse(left, [(code, units * case) for code, units in sources], placed, multiple=case)
    assert sum(found.values()) == left
    assert all(units > 0 and units % case == 0 for units in found.values())
    assert sum(found.values()) + sum(placed.values()) == confirmed
    assert set(found) <= {*gives, None}
    if confirmed <= sum(gives.values()):
        known = {code: placed.get(code, 0) for code in gives}
        assert all(found.get(code, 0) <= max(0, gives[code] - known[code]) for code in gives)
    assert set(warehouses_of([found])) == set(found)


# -- weights and sizes ------------------------------------------------------------------------------------------------

BOX = Goods(
    case_units=12, weight_g=Decimal(500), volume_mm3=Decimal(1_000_000), case_weight_g=Decimal(6500),
    case_size_mm=(Decimal(400), Decimal(300), Decimal(200)),
)  # fmt: skip


def carton(number: int, units: int, *, pallet: int | None = None, weight_kg: Decimal | None = None) -> Container:
    return Container("carton", number, None, pallet, None, weight_kg, (Held(PO, "1", units),))


def test_a_full_case_weighs_what_its_case_does_and_the_rest_by_the_piece() -> None:
    found = reckon([carton(1, 12), carton(2, 5)], [Held(PO, "1", 17)], {KEY: BOX})
    assert found.weights == {("carton", 1): Decimal("6.500"), ("carton", 2): Decimal("2.500")}
    assert (found.weight_kg, found.volume_m3) == (Decimal("9.000"), Decimal("0.0290"))
    assert case_size((Held(PO, "1", 12),), {KEY: BOX}) == BOX.case_size_mm
    assert case_size((Held(PO, "1", 5),), {KEY: BOX}) is None


def test_a_pallet_weighs_what_stands_on_it_and_a_typed_weight_stands() -> None:
    made = [carton(1, 12, pallet=1), carton(2, 12, pallet=1, weight_kg=Decimal(8)), Container("pallet", 1)]
    found = reckon(made, [Held(PO, "1", 24)], {KEY: BOX})
    assert found.weights["pallet", 1] == found.weight_kg == Decimal("14.500")


def test_what_is_not_known_whole_is_not_proposed() -> None:
    assert reckon([carton(1, 12)], [Held(PO, "1", 12)], {}).weight_kg is None
    heavy = replace(BOX, weight_g=None)
    found = reckon([carton(1, 12), carton(2, 5)], [Held(PO, "1", 17)], {KEY: heavy})
    assert (found.weights["carton", 1], found.weights["carton", 2], found.weight_kg) == (Decimal("6.500"), None, None)
    assert reckon([], [Held(PO, "1", 24)], {KEY: BOX}).weight_kg == Decimal("13.000")


@given(units=st.lists(st.integers(1, 60), min_size=1, max_size=6), pallets=st.booleans())
@few
def test_the_shipment_weighs_as_much_as_its_cartons_however_they_stand(units: list[int], pallets: bool) -> None:
    made: list[Container] = [carton(n, each, pallet=1 if pallets else None) for n, each in enumerate(units, start=1)]
    made += [Container("pallet", 1)] if pallets else []
    found = reckon(made, [Held(PO, "1", sum(units))], {KEY: BOX})
    parts = [weight for (kind, _), weight in found.weights.items() if kind == "carton"]
    assert found.weight_kg == sum(weight for weight in parts if weight is not None)


# -- lots and expiry --------------------------------------------------------------------------------------------------

FRESH = replace(BOX, expiry_managed=True, shelf_life_days=365)
TODAY = NOW.date()


def expiring(lot: Lot | None, **over: Any) -> Any:
    return shipment(goods={KEY: FRESH}, lots={} if lot is None else {KEY: lot}, **over)


@pytest.mark.parametrize(
    ("lot", "found", "stops"),
    [
        (None, {"expiry_missing", "lot_missing"}, True),
        (Lot("L1"), {"expiry_missing"}, True),
        (Lot(None, TODAY + timedelta(days=200)), {"lot_missing"}, False),
        (Lot("L1", TODAY + timedelta(days=200)), set(), False),
        (Lot("L1", TODAY + timedelta(days=32)), set(), False),
        (Lot("L1", TODAY + timedelta(days=31)), {"expires_soon"}, False),  # it arrives in two days
        (Lot("L1", TODAY + timedelta(days=1)), {"expired"}, True),
        (Lot("L1", TODAY + timedelta(days=366)), {"expires_late"}, False),
    ],
)
def test_what_expires_says_when_and_lasts_thirty_days_after_it_arrives(
    lot: Lot | None, found: set[str], stops: bool
) -> None:
    findings = check_confirmation(expiring(lot), now=NOW)
    assert codes(findings) == found
    assert bool(blocking(findings)) is stops
    assert all(one.charge == "asn" and one.field.startswith("/items/0/") for one in findings)


def test_what_does_not_expire_needs_no_lot() -> None:
    assert check_confirmation(shipment(goods={KEY: BOX}), now=NOW) == []


def test_lot_expiry_size_and_transport_are_in_what_is_sent_as_amazon_reads_it() -> None:
    ready = expiring(Lot("L-77", date(2027, 9, 1)), transportation_mode="Ocean")
    (sent,) = msgspec.json.decode(
        body.encode(body.confirmation(ready, at=NOW)), type=SubmitShipmentConfirmationsRequest
    ).shipment_confirmations
    assert sent.transportation_details is not None
    assert sent.transportation_details.transportation_mode == "Ocean"
    details = sent.shipped_items[0].item_details
    assert details is not None
    assert details.expiry is not None
    assert (details.lot_number, details.expiry.expiry_date.date()) == ("L-77", date(2027, 9, 1))  # type: ignore[union-attr]  # it is said above
    (raw,) = body.confirmation(ready, at=NOW)["shipmentConfirmations"]
    assert raw["cartons"][0]["dimensions"] == {
        "length": "0.4",
        "width": "0.3",
        "height": "0.2",
        "unitOfMeasure": "Meter",
    }
    assert raw["cartons"][0]["items"][0]["itemDetails"]["lotNumber"] == "L-77"
    asked = body.transport(replace(ready, freight="collect", pickup_at=NOW + DAY), at=NOW)
    (request,) = msgspec.json.decode(body.encode(asked), type=SubmitShipmentsRequest).shipments
    packed = [item for one in request.containers for item in one.packed_items]
    assert {item.item_details.lot_number for item in packed if item.item_details} == {"L-77"}
    plain = body.confirmation(shipment(), at=NOW)["shipmentConfirmations"][0]
    assert plain["transportationDetails"] == {"transportationMode": "Road"}
    assert plain["shippedItems"][0]["itemDetails"] == {"purchaseOrderNumber": PO}


# -- a full truck -----------------------------------------------------------------------------------------------------


def test_a_full_truck_has_a_hundred_confirmations_at_most() -> None:
    assert check_confirmation(shipment(same_truck=99), now=NOW) == []
    (full,) = check_confirmation(shipment(same_truck=100), now=NOW)
    assert (full.code, full.charge, full.blocking) == ("truck_full", "asn", False)
    again = shipment(same_truck=100, first_confirmed_at=NOW, before={KEY: 48})
    assert check_confirmation(again, now=NOW) == []
