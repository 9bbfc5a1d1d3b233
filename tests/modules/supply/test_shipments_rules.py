"""Shipments without a database: numbers of containers, packing, what is found before sending, and the bodies sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.models.vendor_shipments.confirmations import SubmitShipmentConfirmationsRequest
from oktee.amazon.client.models.vendor_shipments.transport import SubmitShipmentsRequest
from oktee.modules.supply.shipments.rules import body
from oktee.modules.supply.shipments.rules.checks import blocking, check_confirmation, check_transport
from oktee.modules.supply.shipments.rules.inputs import Container, Held, Line, OrderInput, ShipmentInput, Warehouse
from oktee.modules.supply.shipments.rules.packing import MOST_CARTONS, Packable, TooManyCartons, pack
from oktee.modules.supply.shipments.rules.sscc import NoSerialsLeft, check_digit, is_sscc, sscc

few = settings(max_examples=150, deadline=None)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PO, OTHER = "2JK3S9VC", "7ZP0M1RA"
KEY = (PO, "1")
ORDER = OrderInput(
    po_number=PO, vendor_code="LUMD1", freight="prepaid", ship_to="DUS2", window=(NOW - DAY, NOW + 5 * DAY)
)
prefixes = st.text("0123456789", min_size=7, max_size=10)


def shipment(**over: Any) -> ShipmentInput:
    """48 of 60 eaches of line 1 in four cartons on one pallet, leaving now; nothing is wrong with it."""
    cartons = [
        Container("carton", number, sscc("3453120", number), 1, None, None, (Held(PO, "1", 12),))
        for number in range(1, 5)
    ]
    values: dict[str, Any] = {
        "identifier": "OK-1",
        "orders": (ORDER,),
        "vendor_code": "LUMD1",
        "country": "DE",
        "freight": "prepaid",
        "ship_to": "DUS2",
        "ship_from": Warehouse("WH1", "Lumea", "Dock 1", "Lyon", "69007", "FR"),
        "shipment_type": "TruckLoad",
        "ship_at": NOW,
        "deliver_at": NOW + 2 * DAY,
        "items": (Held(PO, "1", 48),),
        "containers": (*cartons, Container("pallet", 1, sscc("3453120", 9))),
        "lines": {KEY: Line(PO, "1", "B0SUPPL001", "SKU-1", "Eaches", 1, 60)},
    }
    return ShipmentInput(**{**values, **over})


def codes(found: list[Any]) -> set[str]:
    return {one.code for one in found}


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_the_published_example_of_gs1_is_an_sscc() -> None:
    assert is_sscc("106141412345678908")
    assert not is_sscc("106141412345678909")
    assert sscc("0614141", 1_234_567_890) == "106141412345678908"


@given(prefix=prefixes, serial=st.integers(0, 10**9))
@few
def test_every_number_made_is_valid_and_each_serial_has_its_own(prefix: str, serial: int) -> None:
    try:
        one = sscc(prefix, serial)
    except NoSerialsLeft:
        assert serial >= 10 ** (17 - len(prefix))
        return
    assert is_sscc(one)
    assert prefix in one
    if serial:
        assert sscc(prefix, serial - 1) != one


@given(prefix=prefixes, serial=st.integers(0, 10**6), place=st.integers(0, 17), by=st.integers(1, 9))
@few
def test_one_wrong_digit_is_always_noticed(prefix: str, serial: int, place: int, by: int) -> None:
    one = sscc(prefix, serial)
    wrong = one[:place] + str((int(one[place]) + by) % 10) + one[place + 1 :]
    assert not is_sscc(wrong)
    assert check_digit(one[:17]) == one[17]


def test_a_prefix_that_is_none_makes_no_number() -> None:
    for wrong in ("", "123456", "12345678901", "12345a7"):
        with pytest.raises(ValueError, match="prefix"):
            sscc(wrong, 1)


# -- packing ----------------------------------------------------------------------------------------------------------

packables = st.lists(
    st.builds(
        Packable,
        st.tuples(st.sampled_from([PO, OTHER]), st.integers(1, 5).map(str)),
        st.integers(0, 300),
        st.integers(1, 40),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)


@given(items=packables, one_carton=st.booleans(), per_pallet=st.none() | st.integers(1, 20))
@few
def test_cartons_hold_exactly_the_items(items: list[Packable], one_carton: bool, per_pallet: int | None) -> None:
    cartons = pack(items, one_carton=one_carton, cartons_per_pallet=per_pallet)
    held: dict[tuple[str, str], int] = {}
    for carton in cartons:
        assert carton.contents
        for key, units in carton.contents:
            assert units > 0
            held[key] = held.get(key, 0) + units
    assert held == {item.key: item.units for item in items if item.units}
    assert [carton.number for carton in cartons] == list(range(1, len(cartons) + 1))
    packs = {item.key: item.case_pack for item in items}
    if not one_carton:
        assert all(units <= packs[key] for carton in cartons for key, units in carton.contents)
    else:
        assert len(cartons) <= 1
    on = [carton.pallet for carton in cartons]
    if per_pallet is None:
        assert set(on) <= {None}
    else:
        counts = [on.count(pallet) for pallet in range(1, (max(filter(None, on), default=0)) + 1)]
        assert all(0 < count <= per_pallet for count in counts)
        assert sum(counts) == len(cartons)


def test_more_cartons_than_a_shipment_holds_are_refused() -> None:
    with pytest.raises(TooManyCartons):
        pack([Packable(KEY, MOST_CARTONS + 1, 1)])


# -- checks -----------------------------------------------------------------------------------------------------------


def test_a_shipment_in_order_has_no_findings() -> None:
    assert check_confirmation(shipment(), now=NOW) == []


FOUND: list[tuple[str, dict[str, Any], str, str | None, bool]] = [
    ("identifier_missing", {"identifier": " "}, "/identifier", None, True),
    ("order_closed", {"orders": (replace(ORDER, open=False),)}, "", "overage", True),
    ("destination_changed", {"orders": (replace(ORDER, ship_to="LEJ1"),)}, "/ship_to", "transportation", True),
    ("ship_from_missing", {"ship_from": Warehouse()}, "/ship_from/party_id", None, True),
    ("type_missing", {"shipment_type": None}, "/shipment_type", None, True),
    ("nothing_shipped", {"items": (), "containers": ()}, "/items", None, True),
    ("line_unknown", {"items": (Held(PO, "1", 48), Held(PO, "7", 1))}, "/items/1/units", "overage", True),
    ("more_than_confirmed", {"lines": {KEY: Line(PO, "1", "B0", "S", "Eaches", 1, 60, 13)}}, "/items/0/units", "overage", True),
    ("not_whole_cases", {"lines": {KEY: Line(PO, "1", "B0", "S", "Cases", 5, 60)}}, "/items/0/units", "carton_content", True),
    ("product_unnamed", {"lines": {KEY: Line(PO, "1", None, None, "Eaches", 1, 60)}}, "/items/0/units", "receive_accuracy", True),
    ("cartons_missing", {"containers": ()}, "/containers", "carton_content", True),
    ("parcel_one_carton", {"shipment_type": "SmallParcel"}, "/containers", "asn", True),
    ("tracking_missing", {"shipment_type": "SmallParcel"}, "/containers/0/tracking", "transportation", True),
    ("cartons_do_not_add_up", {"items": (Held(PO, "1", 47),)}, "/items/0/units", "carton_content", True),
    ("ship_date_missing", {"ship_at": None}, "/ship_at", "asn", True),
    ("delivery_date_missing", {"deliver_at": None}, "/deliver_at", "asn", True),
    ("arrives_before_departure", {"deliver_at": NOW - HOUR}, "/deliver_at", None, True),
    ("arrived_already", {"ship_at": NOW - DAY, "deliver_at": NOW}, "/deliver_at", "asn", True),
    ("confirmed_late", {"ship_at": NOW - timedelta(minutes=31)}, "/ship_at", "asn", False),
    ("not_departed", {"ship_at": NOW + HOUR}, "/ship_at", "asn", False),
    ("outside_window", {"deliver_at": NOW + 6 * DAY}, "/deliver_at", "on_time", False),
    ("reference_missing", {"freight": "collect"}, "/amazon_reference", "transportation", True),
    ("outside_window", {"freight": "collect", "ship_at": NOW - 2 * DAY}, "/ship_at", "on_time", False),
    ("carrier_missing", {"country": "US"}, "/carrier_scac", "transportation", True),
    ("carrier_reference_missing", {"country": "MX"}, "/carrier_reference", "transportation", True),
    ("bill_of_lading_short", {"bill_of_lading": "7"}, "/bill_of_lading", "transportation", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "over", "field", "charge", "blocks"), FOUND, ids=[f"{n}-{c[0]}" for n, c in enumerate(FOUND)]
)
def test_each_fault_names_its_field_and_the_charge_it_would_bring(
    code: str, over: dict[str, Any], field: str, charge: str | None, blocks: bool
) -> None:
    found = [one for one in check_confirmation(shipment(**over), now=NOW) if one.code == code]
    assert [(one.field, one.charge, one.blocking) for one in found][:1] == [(field, charge, blocks)]


def test_a_warehouse_that_is_not_said_stops_the_truck_but_not_goods_that_left() -> None:
    def said(collect: bool, **over: Any) -> list[tuple[str, bool]]:
        over |= {"freight": "collect" if collect else "prepaid", "warehouse_unsaid": "NICE"}
        found = [*check_confirmation(shipment(**over), now=NOW), *check_transport(shipment(**over), now=NOW)]
        return [(one.field, one.blocking) for one in found if one.code == "warehouse_unsaid"]

    assert said(True) == [("/warehouse", True)] * 2
    assert said(False) == [("/warehouse", False)] * 2
    assert said(True, amazon_reference="ARN-1") == [("/warehouse", False)] * 2
    assert "warehouse_unsaid" not in codes(check_confirmation(shipment(), now=NOW))


def test_half_an_hour_after_departure_is_in_time_and_a_minute_later_is_not() -> None:
    at = shipment(ship_at=NOW - timedelta(minutes=30))
    assert check_confirmation(at, now=NOW) == []
    assert codes(check_confirmation(at, now=NOW + timedelta(seconds=1))) == {"confirmed_late"}


def test_containers_have_true_numbers_each_once_and_stand_somewhere() -> None:
    good = shipment()
    first, second, third, fourth, pallet = good.containers
    wrong = replace(first, sscc="034531200000000012")
    found = check_confirmation(
        replace(good, containers=(wrong, replace(second, sscc=None), replace(third, sscc=fourth.sscc), fourth, pallet)),
        now=NOW,
    )
    assert [(one.field, one.code) for one in found] == [
        ("/containers/0/sscc", "sscc_invalid"),
        ("/containers/1/sscc", "sscc_missing"),
        ("/containers/2/sscc", "sscc_twice"),
        ("/containers/3/sscc", "sscc_twice"),
    ]
    loose = tuple(replace(one, pallet=None) if one.kind == "carton" else one for one in good.containers)
    assert codes(check_confirmation(replace(good, containers=loose), now=NOW)) == {
        "carton_on_no_pallet",
        "pallet_empty",
    }
    used = replace(good, sscc_elsewhere=frozenset({str(first.sscc)}))
    assert codes(check_confirmation(used, now=NOW)) == {"sscc_twice"}


def test_a_pallet_may_hold_its_items_without_cartons() -> None:
    good = shipment()
    pallet = Container("pallet", 1, sscc("3453120", 9), contents=(Held(PO, "1", 48),))
    bare = replace(good, containers=(pallet,))
    assert check_confirmation(bare, now=NOW) == []
    [sent] = body.confirmation(bare, at=NOW)["shipmentConfirmations"]
    assert (sent["shipmentStructure"], "cartons" in sent) == ("PalletOfItems", False)
    [one] = sent["pallets"]
    assert [(item["itemReference"], item["shippedQuantity"]["amount"]) for item in one["items"]] == [("1", 48)]
    assert "cartonReferenceDetails" not in one
    short = replace(good, containers=(replace(pallet, contents=(Held(PO, "1", 36),)),))
    assert codes(check_confirmation(short, now=NOW)) == {"cartons_do_not_add_up"}
    cases = replace(bare, lines={KEY: Line(PO, "1", "B0SUPPL001", "SKU-1", "Cases", 36, 72)})
    assert "pallet_case_broken" in codes(check_confirmation(cases, now=NOW))


def test_a_replacement_goes_down_within_a_week_and_before_arrival() -> None:
    later = shipment(first_confirmed_at=NOW - 6 * DAY, before={KEY: 48}, ship_at=NOW - 6 * DAY)
    assert check_confirmation(later, now=NOW) == []
    up = replace(later, before={KEY: 36})
    assert codes(check_confirmation(up, now=NOW)) == {"replaced_with_more"}
    assert codes(check_confirmation(later, now=NOW + DAY + HOUR)) == {"replaced_after_a_week"}
    gone = replace(later, delivered_at=NOW)
    assert codes(check_confirmation(gone, now=NOW)) == {"replaced_after_arrival"}


def test_a_transport_request_needs_measures_a_pickup_and_collect_freight() -> None:
    ready = shipment(freight="collect", weight_kg=Decimal("210.5"), volume_m3=Decimal("1.2"), pickup_at=NOW + 2 * DAY)
    assert check_transport(ready, now=NOW) == []
    bare = replace(ready, freight="prepaid", weight_kg=None, volume_m3=None, pickup_at=None, containers=())
    assert codes(check_transport(bare, now=NOW)) == {
        "not_collect", "weight_missing", "volume_missing", "containers_missing", "pickup_missing",
    }  # fmt: skip
    soon = check_transport(replace(ready, pickup_at=NOW + HOUR), now=NOW)
    assert (codes(soon), blocking(soon)) == ({"pickup_soon"}, [])
    past = check_transport(replace(ready, pickup_at=NOW), now=NOW)
    assert codes(blocking(past)) == {"pickup_past"}
    nowhere = replace(ready, ship_from=Warehouse("WH1"))
    assert codes(check_transport(nowhere, now=NOW)) == {"ship_from_address_missing"}


# -- several orders ---------------------------------------------------------------------------------------------------


def joint(**over: Any) -> ShipmentInput:
    """Line 1 of two orders, 24 and 12, in cartons of 12 on one pallet, leaving now; nothing is wrong with it."""
    held = [Held(PO, "1", 12), Held(PO, "1", 12), Held(OTHER, "1", 12)]
    cartons = [
        Container("carton", n, sscc("3453120", n), 1, None, None, (each,)) for n, each in enumerate(held, start=1)
    ]
    lines = [
        Line(PO, "1", "B0SUPPL001", "SKU-1", "Eaches", 1, 60),
        Line(OTHER, "1", "B0SUPPL002", "SKU-2", "Eaches", 1, 12),
    ]
    values: dict[str, Any] = {
        "orders": (ORDER, replace(ORDER, po_number=OTHER)),
        "items": (Held(PO, "1", 24), Held(OTHER, "1", 12)),
        "containers": (*cartons, Container("pallet", 1, sscc("3453120", 9))),
        "lines": {line.key: line for line in lines},
    }
    return shipment(**{**values, **over})


def test_goods_of_two_orders_travel_together_and_each_keeps_its_order() -> None:
    assert check_confirmation(joint(), now=NOW) == []
    (sent,) = body.confirmation(joint(), at=NOW)["shipmentConfirmations"]
    assert sent["shipmentStructure"] == "MasterPallet"
    named = [(one["itemSequenceNumber"], one["itemDetails"]["purchaseOrderNumber"]) for one in sent["shippedItems"]]
    assert named == [("001", PO), ("002", OTHER)]
    held = [
        (one["itemReference"], one["itemDetails"]["purchaseOrderNumber"]) for c in sent["cartons"] for one in c["items"]
    ]
    assert held == [("001", PO), ("001", PO), ("002", OTHER)]
    mixed = Container("carton", 1, sscc("3453120", 1), contents=(Held(PO, "1", 24), Held(OTHER, "1", 12)))
    (parcel,) = body.confirmation(joint(containers=(mixed,)), at=NOW)["shipmentConfirmations"]
    assert parcel["shipmentStructure"] == "MasterCase"
    (asked,) = body.transport(joint(freight="collect", pickup_at=NOW + DAY), at=NOW)["shipments"]
    assert [(one["purchaseOrderNumber"], len(one["items"])) for one in asked["purchaseOrders"]] == [(PO, 1), (OTHER, 1)]


APART: list[tuple[str, dict[str, Any], str]] = [
    ("vendor_code_differs", {"vendor_code": "LUMF1"}, ""),
    ("destination_changed", {"ship_to": "LEJ1"}, "/ship_to"),
    ("freight_differs", {"freight": "collect"}, "/freight"),
    ("order_closed", {"open": False}, ""),
    ("outside_window", {"window": (NOW + 3 * DAY, NOW + 4 * DAY)}, "/deliver_at"),
]


@pytest.mark.parametrize(("code", "change", "field"), APART, ids=[case[0] for case in APART])
def test_what_keeps_two_orders_apart_names_the_order(code: str, change: dict[str, Any], field: str) -> None:
    apart = joint(orders=(ORDER, replace(ORDER, po_number=OTHER, **change)))
    found = [one for one in check_confirmation(apart, now=NOW) if one.code == code]
    assert [(one.field, one.values["order"]) for one in found] == [(field, OTHER)]


def test_a_product_that_an_order_asks_for_twice_travels_alone() -> None:
    both = joint().lines | {(OTHER, "2"): Line(OTHER, "2", "B0SUPPL002", "SKU-2", "Eaches", 1, 6)}
    found = [one for one in check_confirmation(joint(lines=both), now=NOW) if one.blocking]
    assert [(one.code, one.values["order"], one.values["line"]) for one in found] == [("product_twice", OTHER, "1")]


quantities = st.lists(st.tuples(st.sampled_from([PO, OTHER]), st.integers(1, 4), st.integers(0, 90)), max_size=8)


@given(
    given_=quantities,
    confirmed=st.integers(0, 90),
    gone=st.integers(0, 40),
    mode=st.sampled_from(["case", "one", "on"]),
)
@few
def test_no_line_of_any_order_leaves_with_more_than_it_may_and_containers_hold_just_that(
    given_: list[tuple[str, int, int]], confirmed: int, gone: int, mode: str
) -> None:
    units = {(po, str(line)): count for po, line, count in given_}
    lines = {
        (po, str(n)): Line(po, str(n), f"B0{po}{n}", None, "Eaches", 1, confirmed, gone)
        for po in (PO, OTHER)
        for n in range(1, 5)
    }
    cartons = pack(
        [Packable(key, count, 12) for key, count in units.items()],
        one_carton=mode == "one",
        cartons_per_pallet=5 if mode == "on" else None,
    )
    pallets = sorted({each.pallet for each in cartons if each.pallet})
    made = joint(
        items=tuple(Held(*key, count) for key, count in units.items()),
        lines=lines,
        containers=(
            *(
                Container(
                    "carton", each.number, sscc("3453120", each.number), each.pallet,
                    contents=tuple(Held(*key, count) for key, count in each.contents),
                )
                for each in cartons
            ),
            *(Container("pallet", n, sscc("3453120", 9000 + n)) for n in pallets),
        ),
    )  # fmt: skip
    found = check_confirmation(made, now=NOW)
    over = {(str(one.values["order"]), one.values["line"]) for one in found if one.code == "more_than_confirmed"}
    assert over == {key for key, count in units.items() if count > max(0, confirmed - gone)}
    assert "cartons_do_not_add_up" not in codes(found)
    (sent,) = body.confirmation(made, at=NOW)["shipmentConfirmations"]
    items = sent.get("shippedItems", [])
    assert len({one["itemSequenceNumber"] for one in items}) == len(items)
    inside: dict[str, int] = {}
    for one in (each for carton in sent.get("cartons", []) for each in carton["items"]):
        inside[one["itemReference"]] = inside.get(one["itemReference"], 0) + one["shippedQuantity"]["amount"]
    assert inside == {one["itemSequenceNumber"]: one["shippedQuantity"]["amount"] for one in items}


# -- bodies -----------------------------------------------------------------------------------------------------------


def test_the_bodies_are_what_amazons_model_reads_and_the_bytes_are_stable() -> None:
    ready = shipment(weight_kg=Decimal("210.500"))
    made = body.encode(body.confirmation(ready, at=NOW))
    assert made == body.encode(json.loads(made))
    (sent,) = msgspec.json.decode(made, type=SubmitShipmentConfirmationsRequest).shipment_confirmations
    assert (sent.shipment_confirmation_type, sent.shipment_structure) == ("Original", "PalletizedStandardCase")
    assert (sent.shipped_date, sent.estimated_delivery_date) == (NOW, NOW + 2 * DAY)
    assert sent.shipped_items[0].shipped_quantity.eaches == 48
    assert sent.pallets[0].carton_reference_details is not None
    assert sent.pallets[0].carton_reference_details.carton_reference_numbers == ["001", "002", "003", "004"]
    assert sum(item.shipped_quantity.eaches or 0 for carton in sent.cartons for item in carton.items) == 48
    measures = sent.shipment_measurements
    assert measures is not None
    assert (measures.pallet_count, measures.carton_count) == (1, None)
    assert b"null" not in made
    assert (
        body.confirmation(replace(ready, first_confirmed_at=NOW), at=NOW)["shipmentConfirmations"][0][
            "shipmentConfirmationType"
        ]
        == "Replace"
    )


def test_cases_are_sent_as_cases_and_a_broken_one_is_never_guessed() -> None:
    line = Line(PO, "1", "B0", "SKU-1", "Cases", 12, 60)
    sent = body.confirmation(shipment(lines={KEY: line}), at=NOW)["shipmentConfirmations"][0]
    assert sent["shippedItems"][0]["shippedQuantity"] == {"amount": 4, "unitOfMeasure": "Cases", "unitSize": 12}
    assert sent["cartons"][0]["items"][0]["shippedQuantity"]["amount"] == 1
    with pytest.raises(ValueError, match="cases of 12"):
        body.quantity(13, line)


def test_a_transport_request_names_orders_containers_and_pickup_and_its_cancel_the_reference() -> None:
    ready = shipment(freight="collect", weight_kg=Decimal(210), pickup_at=NOW + 2 * DAY, amazon_reference="1450000001")
    (sent,) = msgspec.json.decode(body.encode(body.transport(ready, at=NOW)), type=SubmitShipmentsRequest).shipments
    assert (sent.transaction_type, sent.shipment_freight_term) == ("New", "Collect")
    assert sent.purchase_orders[0].items[0].shipped_quantity.eaches == 48
    assert [one.container_type for one in sent.containers].count("carton") == 4
    assert sent.collect_freight_pickup_details is not None
    assert sent.collect_freight_pickup_details.requested_pick_up == NOW + 2 * DAY
    cancel = body.transport(ready, at=NOW, cancel=True)["shipments"][0]
    assert (cancel["transactionType"], cancel["buyerReferenceNumber"]) == ("Cancel", "1450000001")
