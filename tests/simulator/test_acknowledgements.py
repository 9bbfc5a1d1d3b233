"""Acknowledgements take effect as Amazon's rules say, after a delay, and getPurchaseOrdersStatus is the proof."""

from datetime import timedelta
from typing import Any

import pytest


def numbers(line: dict[str, Any]) -> tuple[str, int, int]:
    status = line["acknowledgementStatus"]
    return status["confirmationStatus"], status["acceptedQuantity"]["amount"], status["rejectedQuantity"]["amount"]


async def lines(sim: Any, number: str) -> list[tuple[str, int, int]]:
    return [numbers(line) for line in (await sim.status(number))["itemStatus"]]


async def test_an_acknowledgement_is_received_then_takes_effect_after_the_delay(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    answer = await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    assert answer.status_code == 202
    transaction_id = answer.json()["payload"]["transactionId"]
    assert (await sim.transaction(transaction_id))["status"] == "Processing"
    assert await lines(sim, number) == [("UNCONFIRMED", 0, 0)]
    assert (await sim.order(number))["purchaseOrderState"] == "New"
    sim.clock.move(seconds=2)
    assert await sim.transaction(transaction_id) == {"transactionId": transaction_id, "status": "Success"}
    assert await lines(sim, number) == [("ACCEPTED", 10, 0)]
    assert (await sim.order(number))["purchaseOrderState"] == "Acknowledged"


async def test_the_effect_is_stamped_when_it_took_place_and_the_history_is_kept(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    first = sim.clock.now
    sim.clock.move(minutes=40)
    await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 4), ack.portion("Rejected", 6))))
    status = await sim.status(number)
    details = status["itemStatus"][0]["acknowledgementStatus"]["acknowledgementStatusDetails"]
    assert [(entry["acceptedQuantity"]["amount"], entry["rejectedQuantity"]["amount"]) for entry in details] == [
        (4, 6),
        (10, 0),
    ]
    stamp = first.strftime("%Y-%m-%dT%H:%M:%S")
    assert details[1]["acknowledgementDate"].startswith(stamp)
    assert status["lastUpdatedDate"] == details[0]["acknowledgementDate"]


async def test_lines_missing_in_the_first_acknowledgement_are_rejected(sim: Any, ack: Any) -> None:
    number = await sim.place({}, {}, {})
    await sim.acknowledge(ack.order(number, ack.item("2", ack.portion("Accepted", 10))))
    assert await lines(sim, number) == [("REJECTED", 0, 10), ("ACCEPTED", 10, 0), ("REJECTED", 0, 10)]


async def test_a_later_acknowledgement_of_one_line_replaces_that_line_only(sim: Any, ack: Any) -> None:
    number = await sim.place({}, {})
    both = [ack.item(sequence, ack.portion("Accepted", 10)) for sequence in ("1", "2")]
    await sim.acknowledge(ack.order(number, *both))
    await sim.acknowledge(ack.order(number, ack.item("2", ack.portion("Accepted", 7), ack.portion("Rejected", 3))))
    assert await lines(sim, number) == [("ACCEPTED", 10, 0), ("PARTIALLY_ACCEPTED", 7, 3)]


@pytest.mark.parametrize("code", ["Accepted", "Backordered"])
async def test_there_is_no_way_back_from_rejected(sim: Any, ack: Any, code: str) -> None:
    number = await sim.place({}, {})
    await sim.acknowledge(
        ack.order(number, ack.item("1", ack.portion("Rejected", 10)), ack.item("2", ack.portion("Accepted", 10)))
    )
    result = await sim.acknowledge(ack.order(number, ack.item("1", ack.portion(code, 10))))
    assert (result["status"], result["errors"][0]["code"]) == ("Failure", "ITEM_REJECTED")
    assert await lines(sim, number) == [("REJECTED", 0, 10), ("ACCEPTED", 10, 0)]


async def test_accepted_and_backordered_read_back_as_accepted(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 6), ack.portion("Backordered", 4))))
    assert await lines(sim, number) == [("ACCEPTED", 10, 0)]


async def test_a_wholly_rejected_order_is_closed(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Rejected", 10))))
    assert (await sim.order(number))["purchaseOrderState"] == "Closed"
    assert (await sim.status(number))["purchaseOrderStatus"] == "CLOSED"


FAULTS = [
    ("more than ordered", {"amounts": [("Accepted", 11)]}, "INVALID_QUANTITY"),
    ("sum above ordered", {"amounts": [("Accepted", 6), ("Rejected", 5)]}, "INVALID_QUANTITY"),
    ("sum below ordered", {"amounts": [("Accepted", 6)]}, "INVALID_QUANTITY"),
    ("an amount of zero", {"amounts": [("Accepted", 10), ("Rejected", 0)]}, "INVALID_QUANTITY"),
    ("cost above the order", {"cost": "5.01"}, "INVALID_NET_COST"),
    ("cost of zero", {"cost": "0"}, "INVALID_NET_COST"),
    ("no cost", {"more": {"netCost": None}}, "INVALID_NET_COST"),
    ("another currency", {"more": {"netCost": {"amount": "5.00", "currencyCode": "USD"}}}, "INVALID_CURRENCY"),
    ("another product identifier", {"more": {"vendorProductIdentifier": "else"}}, "INVALID_PRODUCT_IDENTIFIER"),
    ("an unknown line", {"sequence": "9"}, "INVALID_ITEM"),
    ("another unit", {"unit": "Cases"}, "INVALID_UNIT_OF_MEASURE"),
    ("another vendor code", {"party": "LUMF1"}, "INVALID_SELLING_PARTY"),
    ("a rejection without reason", {"amounts": [("Rejected", 10)], "reason": None}, "MISSING_REJECTION_REASON"),
    ("a backorder without a date", {"amounts": [("Backordered", 10)], "date": None}, "MISSING_DATE"),
]


@pytest.mark.parametrize(
    ("case", "error"), [(case, error) for _, case, error in FAULTS], ids=[name for name, _, _ in FAULTS]
)
async def test_a_fault_of_an_order_fails_the_transaction_and_changes_nothing(
    sim: Any, ack: Any, case: dict[str, Any], error: str
) -> None:
    number = await sim.place({})
    portions = [ack.portion(code, amount) for code, amount in case.get("amounts", [("Accepted", 10)])]
    for portion in portions:
        portion["acknowledgedQuantity"]["unitOfMeasure"] = case.get("unit", "Eaches")
        if "reason" in case:
            portion["rejectionReason"] = case["reason"]
        if "date" in case:
            portion["scheduledDeliveryDate"] = case["date"]
    item = {**ack.item(case.get("sequence", "1"), *portions, cost=case.get("cost", "5.00")), **case.get("more", {})}
    result = await sim.acknowledge(ack.order(number, item, party=case.get("party", "LUMD1")))
    assert result["status"] == "Failure"
    assert error in [each["code"] for each in result["errors"]]
    assert await lines(sim, number) == [("UNCONFIRMED", 0, 0)]


async def test_backorder_needs_the_lines_permission(sim: Any, ack: Any) -> None:
    number = await sim.place({"backorder": False})
    result = await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Backordered", 10))))
    assert result["errors"][0]["code"] == "BACKORDER_NOT_ALLOWED"


async def test_an_order_of_another_vendor_group_is_not_known(sim: Any, ack: Any) -> None:
    number = await sim.place({}, vendor_code="NRDH1")
    result = await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 10)), party="NRDH1"))
    assert result["errors"] == [{"code": "INVALID_ORDER_ID", "message": "Invalid order ID."}]


async def test_the_fault_of_one_order_does_not_undo_the_others_of_its_batch(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    accepted = ack.item("1", ack.portion("Accepted", 10))
    result = await sim.acknowledge(ack.order("9NOTHERE", accepted), ack.order(number, accepted))
    assert (result["status"], [each["code"] for each in result["errors"]]) == ("Failure", ["INVALID_ORDER_ID"])
    assert await lines(sim, number) == [("ACCEPTED", 10, 0)]


async def test_quantities_may_be_corrected_for_48_hours_and_dates_later_too(sim: Any, ack: Any) -> None:
    number = await sim.place({}, placed_at=(sim.clock.now - timedelta(hours=47)).isoformat())
    dated = {"scheduledDeliveryDate": "2026-12-01T00:00:00Z"}
    await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 10, **dated))))
    await sim.acknowledge(
        ack.order(number, ack.item("1", ack.portion("Accepted", 8, **dated), ack.portion("Rejected", 2)))
    )
    assert await lines(sim, number) == [("PARTIALLY_ACCEPTED", 8, 2)]
    sim.clock.move(hours=2)
    await sim.authorise()
    late = await sim.acknowledge(
        ack.order(number, ack.item("1", ack.portion("Accepted", 7), ack.portion("Rejected", 3)))
    )
    assert late["errors"][0]["code"] == "CORRECTION_WINDOW_CLOSED"
    moved = {"scheduledDeliveryDate": "2026-12-05T00:00:00Z"}
    dates = await sim.acknowledge(
        ack.order(number, ack.item("1", ack.portion("Accepted", 8, **moved), ack.portion("Rejected", 2)))
    )
    assert dates["status"] == "Success"
    assert await lines(sim, number) == [("PARTIALLY_ACCEPTED", 8, 2)]


async def test_a_first_answer_is_taken_however_late(sim: Any, ack: Any) -> None:
    number = await sim.place({}, placed_at=(sim.clock.now - timedelta(days=5)).isoformat())
    assert (await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 10)))))["status"] == "Success"


async def test_the_order_is_judged_as_it_is_when_the_effect_is_due(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    answer = await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    await sim.control("POST", f"/orders/{number}/changes", {"lines": [{"item_sequence_number": "1", "quantity": 6}]})
    sim.clock.move(seconds=2)
    result = await sim.transaction(answer.json()["payload"]["transactionId"])
    assert result["errors"][0]["code"] == "INVALID_QUANTITY"


async def test_the_same_answer_again_changes_nothing(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    same = ack.order(number, ack.item("1", ack.portion("Accepted", 10)))
    await sim.acknowledge(same)
    before = await sim.status(number)
    assert (await sim.acknowledge(same))["status"] == "Success"
    assert await sim.status(number) == before
    calls = await sim.calls("submitAcknowledgement")
    assert [call["changed_state"] for call in calls] == [True, False]
    assert calls[0]["body_sha256"] == calls[1]["body_sha256"]
    assert calls[0]["purchase_orders"] == [number]
    assert number in calls[0]["body"]


@pytest.mark.parametrize(
    ("mode", "status", "read_back"),
    [
        ("normal", "Success", ("ACCEPTED", 10, 0)),
        ("failure", "Failure", ("UNCONFIRMED", 0, 0)),
        ("processing_forever", "Processing", ("ACCEPTED", 10, 0)),
        ("wrong_numbers", "Success", ("PARTIALLY_ACCEPTED", 8, 2)),
    ],
)
async def test_control_decides_what_becomes_of_a_transaction(
    sim: Any, ack: Any, mode: str, status: str, read_back: tuple[str, int, int]
) -> None:
    await sim.control("PUT", "/settings", {"transaction_mode": mode, "ack_delay_seconds": 30})
    number = await sim.place({})
    result = await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    assert result["status"] == status
    assert ("errors" in result) == (status == "Failure")
    assert await lines(sim, number) == [read_back]


def without(body: dict[str, Any], *path: Any) -> dict[str, Any]:
    target: Any = body
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    return body


@pytest.mark.parametrize(
    "path",
    [
        ("purchaseOrderNumber",),
        ("sellingParty",),
        ("sellingParty", "partyId"),
        ("acknowledgementDate",),
        ("items",),
        ("items", 0, "orderedQuantity"),
        ("items", 0, "itemAcknowledgements"),
        ("items", 0, "itemAcknowledgements", 0, "acknowledgementCode"),
        ("items", 0, "itemAcknowledgements", 0, "acknowledgedQuantity"),
    ],
    ids=lambda path: ".".join(str(step) for step in path),
)
async def test_a_missing_field_refuses_the_whole_batch(sim: Any, ack: Any, path: tuple[Any, ...]) -> None:
    good, bad = await sim.place({}), await sim.place({})
    whole = ack.order(good, ack.item("1", ack.portion("Accepted", 10)))
    broken = without(ack.order(bad, ack.item("1", ack.portion("Accepted", 10))), *path)
    answer = await sim.submit(whole, broken)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["code"] == "InvalidInput"
    assert path[-1] in error["message"]
    sim.clock.move(seconds=5)
    assert await lines(sim, good) == [("UNCONFIRMED", 0, 0)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("items", 0, "itemAcknowledgements", 0, "acknowledgementCode"), "ACCEPTED"),
        (("items", 0, "itemAcknowledgements", 0, "acknowledgedQuantity", "amount"), "10"),
        (("items", 0, "itemAcknowledgements", 0, "acknowledgedQuantity", "amount"), 10.5),
        (("items", 0, "itemAcknowledgements", 0, "acknowledgedQuantity", "unitOfMeasure"), "CASES"),
        (("items", 0, "itemAcknowledgements", 0, "rejectionReason"), "TEMPORARILYUNAVAILABLE"),
        (("items", 0, "netCost", "amount"), 5),
        (("items", 0, "netCost", "amount"), "NaN"),
        (("acknowledgementDate",), "24.11.2026"),
        (("items",), {}),
    ],
)
async def test_a_value_outside_the_model_refuses_the_whole_batch(
    sim: Any, ack: Any, path: tuple[Any, ...], value: Any
) -> None:
    body = ack.order(await sim.place({}), ack.item("1", ack.portion("Accepted", 10)))
    target: Any = body
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    answer = await sim.submit(body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "InvalidInput")


async def test_what_is_not_json_is_refused_by_its_kind(sim: Any) -> None:
    headers = {"x-amz-access-token": sim.token}
    path = "/vendor/orders/v1/acknowledgements"
    form = await sim.http.post(path, content=b"{}", headers={**headers, "content-type": "text/plain"})
    assert form.status_code == 415
    torn = await sim.http.post(
        path, content=b'{"acknowledgements": [', headers={**headers, "content-type": "application/json"}
    )
    assert torn.status_code == 400
    huge = await sim.http.post(path, content=b" " * 4_000_001, headers={**headers, "content-type": "application/json"})
    assert huge.status_code == 413


async def test_a_transaction_is_known_to_its_vendor_group_only(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    answer = await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    path = f"/vendor/transactions/v1/transactions/{answer.json()['payload']['transactionId']}"
    await sim.authorise("amzn1.vg.2001")
    assert (await sim.get(path)).status_code == 404
    malformed = await sim.get(
        "/vendor/transactions/v1/transactions/Tran0904190535-eef8cad8-418e-4ed3-ac72-789e2ee6214a"
    )
    assert malformed.status_code == 400
    assert malformed.json()["errors"][0] == {
        "code": "InvalidInput",
        "message": "Invalid transmission ID.",
        "details": "",
    }
