"""Shipments at the simulated Amazon: what it takes, what it refuses and why, and how the goods travel."""

from datetime import timedelta
from typing import Any

import pytest
from simulator.instants import wire


async def test_a_confirmed_shipment_is_shown_arrives_and_is_received(sim: Any, shipping: Any) -> None:
    number = await shipping.confirmed()
    answer = await shipping.confirm(shipping.confirmation(number))
    assert await shipping.shown() == []
    assert await shipping.outcome(answer) == ("Success", [])
    (shown,) = await shipping.shown(vendorShipmentIdentifier="SHP-1")
    assert (shown["currentShipmentStatus"], shown["shipmentFreightTerm"]) == ("Shipped", "Prepaid")
    assert shown["purchaseOrders"][0]["items"][0]["shippedQuantity"]["amount"] == 10
    assert shown["containers"][0]["containerIdentifiers"][0]["containerIdentificationType"] == "SSCC"
    (call,) = await sim.calls("SubmitShipmentConfirmations")
    assert (call["changed_state"], call["purchase_orders"]) == (True, [number])
    sim.clock.move(days=2)
    await sim.authorise()
    status = (await sim.status(number))["itemStatus"][0]["receivingStatus"]
    assert (status["receiveStatus"], status["receivedQuantity"]["amount"]) == ("RECEIVED", 10)
    (known,) = (await sim.control("GET", f"/shipments?purchase_order_number={number}"))["shipments"]
    assert (known["arrived_at"] is not None, known["confirmations"][0]["defects"]) == (True, [])


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("more than was confirmed", {"amount": 11}, "INVALID_QUANTITY"),
    ("another fulfilment centre", {"shipToParty": {"partyId": "LEJ1"}}, "INVALID_SHIP_TO_PARTY"),
    ("another vendor code", {"sellingParty": {"partyId": "LUMF1"}}, "INVALID_SELLING_PARTY"),
    ("a replacement of nothing", {"shipmentConfirmationType": "Replace"}, "SHIPMENT_NOT_FOUND"),
    ("an arrival before it left", {"estimatedDeliveryDate": "2020-01-01T00:00:00Z"}, "INVALID_DATE"),
    ("a parcel without tracking", {"shipmentType": "SmallParcel"}, "INVALID_CARTON"),
]


@pytest.mark.parametrize(("what", "change", "code"), REFUSED, ids=[case[0] for case in REFUSED])
async def test_what_breaks_a_rule_takes_no_effect(
    sim: Any, shipping: Any, what: str, change: dict[str, Any], code: str
) -> None:
    number = await shipping.confirmed()
    status, codes = await shipping.outcome(await shipping.confirm(shipping.confirmation(number, **change)))
    assert (status, code in codes) == ("Failure", True), what
    assert await shipping.shown() == []
    assert not (await sim.calls("SubmitShipmentConfirmations"))[0]["changed_state"]


async def test_containers_must_add_up_and_have_true_numbers(shipping: Any) -> None:
    number = await shipping.confirmed()
    body = shipping.confirmation(number)
    body["cartons"][0]["items"][0]["shippedQuantity"] = {"amount": 9, "unitOfMeasure": "Eaches"}
    body["cartons"][0]["cartonIdentifiers"][0]["containerIdentificationNumber"] = "034531200000000016"
    body["pallets"] = [
        {"palletIdentifiers": [], "cartonReferenceDetails": {"cartonReferenceNumbers": ["007"]}, "items": []}
    ]
    _, codes = await shipping.outcome(await shipping.confirm(body))
    assert set(codes) == {"INVALID_CONTAINER_IDENTIFIER", "INVALID_CARTON_CONTENT", "INVALID_CARTON_REFERENCE"}


async def test_a_replacement_goes_down_only_within_seven_days_and_before_arrival(sim: Any, shipping: Any) -> None:
    number = await shipping.confirmed()
    away = {"estimatedDeliveryDate": wire(sim.clock() + timedelta(days=20))}
    assert await shipping.outcome(await shipping.confirm(shipping.confirmation(number, amount=8, **away))) == (
        "Success",
        [],
    )
    again = await shipping.outcome(await shipping.confirm(shipping.confirmation(number, amount=2, **away)))
    assert again == ("Failure", ["DUPLICATE_SHIPMENT_IDENTIFIER"])
    replace = {"shipmentConfirmationType": "Replace", **away}
    up = await shipping.outcome(await shipping.confirm(shipping.confirmation(number, amount=9, **replace)))
    assert up == ("Failure", ["INVALID_QUANTITY"])
    down = await shipping.outcome(await shipping.confirm(shipping.confirmation(number, amount=7, **replace)))
    assert down == ("Success", [])
    rest = shipping.confirmation(number, identifier="SHP-2", amount=3, **away)
    assert await shipping.outcome(await shipping.confirm(rest)) == ("Success", [])
    over = shipping.confirmation(number, identifier="SHP-3", amount=1, **away)
    assert await shipping.outcome(await shipping.confirm(over)) == ("Failure", ["INVALID_QUANTITY"])
    sim.clock.move(days=7, seconds=1)
    await sim.authorise()
    late = await shipping.outcome(await shipping.confirm(shipping.confirmation(number, amount=6, **replace)))
    assert late == ("Failure", ["REPLACEMENT_WINDOW_CLOSED"])
    await sim.control("POST", "/shipments/SHP-2/arrival")
    gone = shipping.confirmation(number, identifier="SHP-2", amount=2, **replace)
    assert "SHIPMENT_ARRIVED" in (await shipping.outcome(await shipping.confirm(gone)))[1]


async def test_a_confirmation_later_than_half_an_hour_after_departure_is_taken_and_charged(
    sim: Any, shipping: Any
) -> None:
    number = await shipping.confirmed()
    left = wire(sim.clock() - timedelta(minutes=31))
    assert await shipping.outcome(await shipping.confirm(shipping.confirmation(number, shippedDate=left))) == (
        "Success",
        [],
    )
    (known,) = (await sim.control("GET", "/shipments"))["shipments"]
    assert known["confirmations"][0]["defects"] == ["ASN_LATE"]


async def test_collect_freight_is_asked_for_gets_a_carrier_labels_and_its_reference(sim: Any, shipping: Any) -> None:
    number = await shipping.confirmed(freight="collect")
    early = await shipping.outcome(await shipping.confirm(shipping.confirmation(number)))
    assert early == ("Failure", ["MISSING_REFERENCE"])
    assert await shipping.outcome(await shipping.ask(shipping.request(number, mode="SmallParcel"))) == ("Success", [])
    (asked,) = await shipping.shown()
    assert (asked["currentShipmentStatus"], "carrierAssignmentDate" in asked["collectFreightPickupDetails"]) == (
        "TransportationRequested",
        False,
    )
    assert (await sim.get(shipping.LABELS)).json()["payload"]["transportLabels"] == []
    sim.clock.move(seconds=30)
    (assigned,) = await shipping.shown(currentShipmentStatus="CarrierAssigned")
    (labels,) = (await sim.get(shipping.LABELS, vendorShipmentIdentifier="SHP-1")).json()["payload"]["transportLabels"]
    assert labels["labelData"][0]["label"].startswith("JVBERi0")
    body = shipping.confirmation(number, reference=assigned["buyerReferenceNumber"])
    assert await shipping.outcome(await shipping.confirm(body)) == ("Success", [])
    cancel = await shipping.outcome(await shipping.ask(shipping.request(number, transactionType="Cancel")))
    assert cancel == ("Failure", ["SHIPMENT_SHIPPED"])


async def test_a_request_is_cancelled_and_not_shown_any_more(shipping: Any) -> None:
    number = await shipping.confirmed(freight="collect")
    await shipping.outcome(await shipping.ask(shipping.request(number)))
    assert await shipping.outcome(await shipping.ask(shipping.request(number, transactionType="Cancel"))) == (
        "Success",
        [],
    )
    assert await shipping.shown() == []


async def test_details_are_paged_and_filtered_and_windows_are_at_most_a_week(sim: Any, shipping: Any) -> None:
    number = await shipping.confirmed({"quantity": 30})
    for place in range(3):
        body = shipping.confirmation(number, identifier=f"SHP-{place}", amount=5)
        assert await shipping.outcome(await shipping.confirm(body)) == ("Success", [])
    first = (await sim.get(shipping.SHIPMENTS, limit=2)).json()["payload"]
    token = first["pagination"]["nextToken"]
    rest = (await sim.get(shipping.SHIPMENTS, limit=2, nextToken=token)).json()["payload"]
    shown = [each["vendorShipmentIdentifier"] for each in first["shipments"] + rest["shipments"]]
    assert (shown, "pagination" in rest) == (["SHP-0", "SHP-1", "SHP-2"], False)
    now = sim.clock()
    assert len(await shipping.shown(shippedAfter=wire(now - timedelta(hours=1)), shippedBefore=wire(now))) == 3
    long = await sim.get(shipping.SHIPMENTS, createdAfter=wire(now - timedelta(days=8)), createdBefore=wire(now))
    assert (long.status_code, long.json()["errors"][0]["code"]) == (400, "InvalidRequest")
    await sim.authorise("amzn1.vg.3001")
    assert await shipping.shown() == []


async def test_shipments_survive_a_restart(simulate: Any, shipping_of: Any, tmp_path: Any) -> None:
    sim = simulate(state=tmp_path)
    await sim.authorise()
    shipping = shipping_of(sim)
    number = await shipping.confirmed(freight="collect")
    await shipping.outcome(await shipping.ask(shipping.request(number)))
    sim.amazon.store.close()
    again = simulate(state=tmp_path)
    (kept,) = again.amazon.shipments
    assert (kept.identifier, kept.status, [name for name, _ in kept.statuses]) == (
        "SHP-1",
        "TransportationRequested",
        ["Created", "TransportationRequested"],
    )
    assert kept.parts[0].amount == 10
