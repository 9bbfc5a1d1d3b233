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
from oktee.modules.supply.shipments.rules.inputs import Container, Held, Line, ShipmentInput, Warehouse
from oktee.modules.supply.shipments.rules.packing import MOST_CARTONS, Packable, TooManyCartons, pack
from oktee.modules.supply.shipments.rules.sscc import NoSerialsLeft, check_digit, is_sscc, sscc

few = settings(max_examples=150, deadline=None)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
prefixes = st.text("0123456789", min_size=7, max_size=10)


def shipment(**over: Any) -> ShipmentInput:
    """48 of 60 eaches of line 1 in four cartons on one pallet, leaving now; nothing is wrong with it."""
    cartons = [
        Container("carton", number, sscc("3453120", number), 1, None, None, (Held("1", 12),)) for number in range(1, 5)
    ]
    values: dict[str, Any] = {
        "identifier": "OK-1",
        "po_number": "2JK3S9VC",
        "vendor_code": "LUMD1",
        "country": "DE",
        "freight": "prepaid",
        "window": (NOW - DAY, NOW + 5 * DAY),
        "order_open": True,
        "ship_to": "DUS2",
        "order_ship_to": "DUS2",
        "ship_from": Warehouse("WH1", "Lumea", "Dock 1", "Lyon", "69007", "FR"),
        "shipment_type": "TruckLoad",
        "ship_at": NOW,
        "deliver_at": NOW + 2 * DAY,
        "items": (Held("1", 48),),
        "containers": (*cartons, Container("pallet", 1, sscc("3453120", 9))),
        "lines": {"1": Line("1", "B0SUPPL001", "SKU-1", "Eaches", 1, 60)},
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
    st.builds(Packable, st.integers(1, 9).map(str), st.integers(0, 300), st.integers(1, 40)),
    max_size=6,
    unique_by=lambda one: one.sequence,
)


@given(items=packables, one_carton=st.booleans(), per_pallet=st.none() | st.integers(1, 20))
@few
def test_cartons_hold_exactly_the_items(items: list[Packable], one_carton: bool, per_pallet: int | None) -> None:
    cartons = pack(items, one_carton=one_carton, cartons_per_pallet=per_pallet)
    held: dict[str, int] = {}
    for carton in cartons:
        assert carton.contents
        for sequence, units in carton.contents:
            assert units > 0
            held[sequence] = held.get(sequence, 0) + units
    assert held == {item.sequence: item.units for item in items if item.units}
    assert [carton.number for carton in cartons] == list(range(1, len(cartons) + 1))
    packs = {item.sequence: item.case_pack for item in items}
    if not one_carton:
        assert all(units <= packs[sequence] for carton in cartons for sequence, units in carton.contents)
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
        pack([Packable("1", MOST_CARTONS + 1, 1)])


# -- checks -----------------------------------------------------------------------------------------------------------


def test_a_shipment_in_order_has_no_findings() -> None:
    assert check_confirmation(shipment(), now=NOW) == []


FOUND: list[tuple[str, dict[str, Any], str, str | None, bool]] = [
    ("identifier_missing", {"identifier": " "}, "/identifier", None, True),
    ("order_closed", {"order_open": False}, "", "overage", True),
    ("destination_changed", {"order_ship_to": "LEJ1"}, "/ship_to", "transportation", True),
    ("ship_from_missing", {"ship_from": Warehouse()}, "/ship_from/party_id", None, True),
    ("type_missing", {"shipment_type": None}, "/shipment_type", None, True),
    ("nothing_shipped", {"items": (), "containers": ()}, "/items", None, True),
    ("line_unknown", {"items": (Held("1", 48), Held("7", 1))}, "/items/1/units", "overage", True),
    ("more_than_confirmed", {"lines": {"1": Line("1", "B0", "S", "Eaches", 1, 60, 13)}}, "/items/0/units", "overage", True),
    ("not_whole_cases", {"lines": {"1": Line("1", "B0", "S", "Cases", 5, 60)}}, "/items/0/units", "carton_content", True),
    ("product_unnamed", {"lines": {"1": Line("1", None, None, "Eaches", 1, 60)}}, "/items/0/units", "receive_accuracy", True),
    ("cartons_missing", {"containers": ()}, "/containers", "carton_content", True),
    ("parcel_one_carton", {"shipment_type": "SmallParcel"}, "/containers", "asn", True),
    ("tracking_missing", {"shipment_type": "SmallParcel"}, "/containers/0/tracking", "transportation", True),
    ("cartons_do_not_add_up", {"items": (Held("1", 47),)}, "/items/0/units", "carton_content", True),
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
    pallet = Container("pallet", 1, sscc("3453120", 9), contents=(Held("1", 48),))
    bare = replace(good, containers=(pallet,))
    assert check_confirmation(bare, now=NOW) == []
    [sent] = body.confirmation(bare, at=NOW)["shipmentConfirmations"]
    assert (sent["shipmentStructure"], "cartons" in sent) == ("PalletOfItems", False)
    [one] = sent["pallets"]
    assert [(item["itemReference"], item["shippedQuantity"]["amount"]) for item in one["items"]] == [("1", 48)]
    assert "cartonReferenceDetails" not in one
    short = replace(good, containers=(replace(pallet, contents=(Held("1", 36),)),))
    assert codes(check_confirmation(short, now=NOW)) == {"cartons_do_not_add_up"}
    cases = replace(bare, lines={"1": Line("1", "B0SUPPL001", "SKU-1", "Cases", 36, 72)})
    assert "pallet_case_broken" in codes(check_confirmation(cases, now=NOW))


def test_a_replacement_goes_down_within_a_week_and_before_arrival() -> None:
    later = shipment(first_confirmed_at=NOW - 6 * DAY, before={"1": 48}, ship_at=NOW - 6 * DAY)
    assert check_confirmation(later, now=NOW) == []
    up = replace(later, before={"1": 36})
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
    line = Line("1", "B0", "SKU-1", "Cases", 12, 60)
    sent = body.confirmation(shipment(lines={"1": line}), at=NOW)["shipmentConfirmations"][0]
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
