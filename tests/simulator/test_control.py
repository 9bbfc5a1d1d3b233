"""Control: orders placed and changed, answers given elsewhere, goods received, the world rebuilt, bulk worlds."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

ORDERS = "/vendor/orders/v1/purchaseOrders"


def ordered(order: dict[str, Any]) -> list[int]:
    return [item["orderedQuantity"]["amount"] for item in order["orderDetails"]["items"]]


def acknowledged(status: dict[str, Any]) -> list[tuple[str, int, int]]:
    rows = [line["acknowledgementStatus"] for line in status["itemStatus"]]
    return [
        (row["confirmationStatus"], row["acceptedQuantity"]["amount"], row["rejectedQuantity"]["amount"])
        for row in rows
    ]


async def test_an_order_is_placed_with_the_lines_asked_for(sim: Any) -> None:
    known = sim.amazon.items["lumea"][0]
    number = await sim.place(
        {
            "asin": None,
            "vendor_sku": known.vendor_sku,
            "quantity": 3,
            "uom": "Cases",
            "unit_size": 12,
            "net_cost": "7.35",
            "backorder": False,
        },
        {"asin": None, "ean": known.gtin, "quantity": None, "net_cost": None},
        {"asin": "B0MYOWN001", "vendor_product_identifier": "MY-OWN", "quantity": 5},
        order_type="RushOrder",
        fulfilment_center="LEJ1",
    )
    details = (await sim.order(number))["orderDetails"]
    first, second, third = details["items"]
    assert first["amazonProductIdentifier"] == second["amazonProductIdentifier"] == known.asin
    assert first["vendorProductIdentifier"] == known.gtin  # LUMD1 orders by EAN
    assert first["orderedQuantity"] == {"amount": 3, "unitOfMeasure": "Cases", "unitSize": 12}
    assert (first["netCost"], first["isBackOrderAllowed"]) == ({"amount": "7.35", "currencyCode": "EUR"}, False)
    assert second["netCost"]["amount"] == str(known.costs["LUMD1"])
    assert (third["amazonProductIdentifier"], third["vendorProductIdentifier"]) == ("B0MYOWN001", "MY-OWN")
    assert (details["purchaseOrderType"], details["shipToParty"]["partyId"], details["sellingParty"]["partyId"]) == (
        "RushOrder",
        "LEJ1",
        "LUMD1",
    )


async def test_many_orders_are_placed_at_once_for_a_customer_or_a_marketplace(sim: Any) -> None:
    placed = await sim.control(
        "POST", "/orders", {"customer": "lumea", "marketplace": "FR", "count": 5, "random_lines": 4}
    )
    found = await sim.orders()
    assert {order["purchaseOrderNumber"] for order in found} == set(placed["purchase_order_numbers"])
    assert {order["orderDetails"]["sellingParty"]["partyId"] for order in found} == {"LUMF1"}
    assert {len(order["orderDetails"]["items"]) for order in found} == {4}


async def test_an_order_may_be_old_when_it_becomes_available_but_never_later_than_now(sim: Any) -> None:
    old = sim.clock.now - timedelta(hours=23)
    number = await sim.place({}, placed_at=old.isoformat())
    view = await sim.control("GET", f"/orders/{number}")
    assert datetime.fromisoformat(view["available_at"]) == sim.clock.now
    assert datetime.fromisoformat(view["order"]["orderDetails"]["purchaseOrderDate"]) == old
    later = (sim.clock.now + timedelta(seconds=1)).isoformat()
    await sim.control("POST", "/orders", {"vendor_code": "LUMD1", "placed_at": later}, status=422)
    await sim.control("POST", "/orders", {"vendor_code": "LUMD1", "available_at": later}, status=422)


@pytest.mark.parametrize(
    "body",
    [
        {"vendor_code": "XXXXX"},
        {"customer": "lumea", "marketplace": "US"},
        {"marketplace": "Atlantis"},
        {"vendor_code": "LUMD1", "lines": [{"vendor_sku": "none"}]},
        {"vendor_code": "LUMD1", "colour": "red"},
    ],
)
async def test_an_order_that_cannot_be_is_refused(sim: Any, body: dict[str, Any]) -> None:
    await sim.control("POST", "/orders", body, status=422)
    assert len(sim.amazon.book) == 0


async def test_quantity_cost_line_and_window_change_and_the_history_of_the_line_is_kept(sim: Any) -> None:
    number = await sim.place({}, {}, {})
    sim.clock.move(minutes=10)
    body = {
        "lines": [{"item_sequence_number": "1", "quantity": 15}, {"item_sequence_number": "2", "net_cost": "4.80"}],
        "cancel_lines": ["3"],
        "new_lines": [{"asin": "B0NEWLINE1", "quantity": 2}],
        "shift_window_days": 2,
        "fulfilment_center": "DTM2",
    }
    before = await sim.order(number)
    await sim.control("POST", f"/orders/{number}/changes", body)
    after = await sim.order(number)
    assert ordered(after) == [15, 10, 0, 2]
    assert after["orderDetails"]["items"][1]["netCost"]["amount"] == "4.80"
    assert after["orderDetails"]["shipToParty"]["partyId"] == "DTM2"
    windows = [
        [datetime.fromisoformat(end) for end in order["orderDetails"]["deliveryWindow"].split("--")]
        for order in (before, after)
    ]
    assert [end - start for start, end in zip(*windows, strict=True)] == [timedelta(days=2)] * 2
    await sim.control("POST", f"/orders/{number}/changes", {"lines": [{"item_sequence_number": "1", "quantity": 6}]})
    details = (await sim.status(number))["itemStatus"][0]["orderedQuantity"]["orderedQuantityDetails"]
    assert [
        (entry.get("orderedQuantity", {}).get("amount"), entry.get("cancelledQuantity", {}).get("amount"))
        for entry in details
    ] == [(None, 9), (5, None), (10, None)]


async def test_an_order_is_cancelled_and_brought_back(sim: Any) -> None:
    number = await sim.place({}, {"quantity": 4})
    await sim.control("POST", f"/orders/{number}/changes", {"cancel": True})
    assert (ordered(await sim.order(number)), (await sim.order(number))["purchaseOrderState"]) == ([0, 0], "Closed")
    assert (await sim.status(number))["purchaseOrderStatus"] == "CLOSED"
    await sim.control("POST", f"/orders/{number}/changes", {"uncancel": True})
    assert (ordered(await sim.order(number)), (await sim.order(number))["purchaseOrderState"]) == ([10, 4], "New")
    await sim.control("POST", f"/orders/{number}/changes", {"uncancel": True}, status=409)


async def test_a_change_after_the_answer_leaves_the_answer_and_opens_the_line_again(sim: Any, ack: Any) -> None:
    number = await sim.place({}, {})
    await sim.control("POST", f"/orders/{number}/answers", {"by": "edi"})
    await sim.control(
        "POST",
        f"/orders/{number}/changes",
        {"lines": [{"item_sequence_number": "1", "quantity": 14}], "cancel_lines": ["2"]},
    )
    assert acknowledged(await sim.status(number)) == [("PARTIALLY_ACCEPTED", 10, 0), ("ACCEPTED", 0, 0)]
    assert (await sim.order(number))["purchaseOrderState"] == "Acknowledged"
    result = await sim.acknowledge(ack.order(number, ack.item("1", ack.portion("Accepted", 14), ordered=14)))
    assert result["status"] == "Success"
    assert acknowledged(await sim.status(number))[0] == ("ACCEPTED", 14, 0)


@pytest.mark.parametrize("by", ["edi", "person"])
async def test_somebody_else_answers_at_once_and_only_control_knows_who(sim: Any, by: str) -> None:
    number = await sim.place({}, {})
    view = await sim.control("POST", f"/orders/{number}/answers", {"by": by, "accepted": {"2": 3}})
    assert acknowledged(await sim.status(number)) == [("ACCEPTED", 10, 0), ("PARTIALLY_ACCEPTED", 3, 7)]
    assert [answer["by"] for answer in view["answered"]] == [by]
    assert await sim.calls("submitAcknowledgement") == []


async def test_two_hundred_of_three_hundred_orders_are_answered_elsewhere(sim: Any) -> None:
    await sim.control("POST", "/orders", {"vendor_code": "LUMD1", "count": 300, "random_lines": 1})
    answered = await sim.control("POST", "/answers", {"customer": "lumea", "count": 200})
    assert len(answered["purchase_order_numbers"]) == 200
    assert (await sim.control("GET", "/orders?state=New&limit=1"))["total"] == 100


async def test_an_answer_of_more_than_ordered_or_to_a_closed_order_is_refused(sim: Any) -> None:
    number = await sim.place({})
    await sim.control("POST", f"/orders/{number}/answers", {"accepted": {"1": 11}}, status=409)
    await sim.control("POST", f"/orders/{number}/changes", {"cancel": True})
    await sim.control("POST", f"/orders/{number}/answers", {}, status=409)
    await sim.control("POST", "/orders/9NOTHERE/answers", {}, status=404)


async def test_goods_arrive_in_parts_and_a_fully_received_order_closes(sim: Any) -> None:
    number = await sim.place({}, {})
    await sim.control("POST", f"/orders/{number}/answers", {"accepted": {"2": 4}})
    await sim.control("POST", "/receipts", {"customer": "lumea", "share": 0.5})
    rows = [line["receivingStatus"] for line in (await sim.status(number))["itemStatus"]]
    assert [(row["receiveStatus"], row["receivedQuantity"]["amount"]) for row in rows] == [
        ("PARTIALLY_RECEIVED", 5),
        ("PARTIALLY_RECEIVED", 2),
    ]
    assert rows[0]["lastReceiveDate"]
    await sim.control("POST", "/receipts", {"purchase_order_number": number})
    assert (await sim.order(number))["purchaseOrderState"] == "Closed"


async def test_customers_are_listed_with_their_groups_codes_and_files(sim: Any) -> None:
    customers = {customer["key"]: customer for customer in await sim.control("GET", "/customers")}
    assert set(customers) == {"lumea", "nordhandel", "harbor"}
    groups = {
        group["selling_partner_id"]: [code["code"] for code in group["vendor_codes"]]
        for row in customers.values()
        for group in row["groups"]
    }
    assert groups == {
        "amzn1.vg.1001": ["LUMD1", "LUMF1", "LUMI1", "LUMS1", "LUMU1"],
        "amzn1.vg.2001": ["NRDH1", "NRDH2"],
        "amzn1.vg.2002": ["NRDF1", "NRDF2"],
        "amzn1.vg.3001": ["HRBR1"],
    }
    assert (await sim.http.get(customers["harbor"]["items_csv"])).status_code == 200


async def test_a_reset_builds_another_world_and_keeps_applications(sim: Any) -> None:
    await sim.place({})
    body = {
        "seed": 3,
        "customers": ["harbor"],
        "items_per_customer": 40,
        "history_days": 4,
        "orders_per_day": 2,
        "open_orders": 5,
    }
    answer = await sim.control("POST", "/reset", body)
    assert answer["customers"] == ["harbor"]
    assert (await sim.control("GET", "/orders?state=New"))["total"] == 5
    assert answer["orders"] > 5
    assert (await sim.get(ORDERS)).status_code == 403
    assert len(await sim.control("GET", "/applications")) == 1
    assert await sim.calls() != []  # the refused call alone
    await sim.control("POST", "/reset", {"customers": ["nobody"]}, status=422)


async def test_the_ledger_is_read_from_where_one_stopped(sim: Any) -> None:
    await sim.lwa(grant_type="refresh_token", refresh_token=await sim.authorise())
    await sim.get(ORDERS)
    read = await sim.control("GET", "/ledger")
    assert [call["operation"] for call in read["calls"]] == ["token", "getPurchaseOrders"]
    assert read["calls"][1]["selling_partner_id"] == sim.lumea
    assert read["calls"][1]["application"] == sim.client["client_id"]
    await sim.get(ORDERS, limit=5)
    more = await sim.control("GET", f"/ledger?since={read['last']}&operation=getPurchaseOrders")
    assert [call["query"] for call in more["calls"]] == ["limit=5"]
    await sim.control("DELETE", "/ledger")
    await sim.get(ORDERS)
    rest = await sim.control("GET", f"/ledger?since={more['last']}")
    assert len(rest["calls"]) == 1


async def test_a_bulk_world_is_spread_evenly_and_its_orders_can_be_answered(sim: Any, ack: Any) -> None:
    bulk = await sim.control(
        "POST", "/worlds/bulk", {"orders": 250, "lines": 20, "application": sim.client["client_id"]}, status=201
    )
    body = (await sim.lwa(grant_type="refresh_token", refresh_token=bulk["refresh_token"])).json()
    sim.token = body["access_token"]
    seen: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        payload = (await sim.get(ORDERS, createdAfter=bulk["since"], createdBefore=bulk["until"], **token)).json()[
            "payload"
        ]
        seen += payload["orders"]
        if "pagination" not in payload:
            break
        token = {"nextToken": payload["pagination"]["nextToken"]}
    assert len({order["purchaseOrderNumber"] for order in seen}) == len(seen) == 250
    assert {len(order["orderDetails"]["items"]) for order in seen} == {20}
    dates = [datetime.fromisoformat(order["orderDetails"]["purchaseOrderDate"]) for order in seen]
    gaps = {round((later - earlier) / timedelta(seconds=1)) for earlier, later in pairwise(dates)}
    assert len(gaps) <= 2
    target = seen[0]
    items = [
        ack.item(
            row["itemSequenceNumber"],
            ack.portion("Accepted", row["orderedQuantity"]["amount"]),
            cost=row["netCost"]["amount"],
        )
        for row in target["orderDetails"]["items"]
    ]
    result = await sim.acknowledge(ack.order(target["purchaseOrderNumber"], *items, party=bulk["vendor_code"]))
    assert result["status"] == "Success"
    twin = next(
        order for order in seen[1:] if order["orderDetails"]["items"] == target["orderDetails"]["items"]
    )  # shares its lines with the first until one changes
    assert {row[0] for row in acknowledged(await sim.status(target["purchaseOrderNumber"]))} == {"ACCEPTED"}
    assert {row[0] for row in acknowledged(await sim.status(twin["purchaseOrderNumber"]))} == {"UNCONFIRMED"}


async def test_settings_are_read_back_and_unknown_ones_refused(sim: Any) -> None:
    settings = await sim.control("PUT", "/settings", {"speed": 3, "latency_ms": 1})
    assert (settings["speed"], settings["latency_ms"], settings["token_ttl_seconds"]) == (3, 1, 3600)
    assert await sim.control("GET", "/settings") == settings
    await sim.control("PUT", "/settings", {"speed": -1}, status=422)
    await sim.control("PUT", "/settings", {"colour": "red"}, status=422)


async def test_control_documents_itself_and_serves_each_simulator_its_own_world(simulate: Any) -> None:
    one, two = simulate(), simulate()
    assert (await one.http.get("/_control/docs")).status_code == 200
    paths = (await one.http.get("/_control/openapi.json")).json()["paths"]
    assert {"/settings", "/orders", "/orders/{number}/changes", "/faults", "/ledger", "/worlds/bulk"} <= set(paths)
    number = await one.place({})
    await one.control("GET", f"/orders/{number}", status=200)
    await two.control("GET", f"/orders/{number}", status=404)
