"""getPurchaseOrders, getPurchaseOrder and getPurchaseOrdersStatus: windows, filters, pages."""

from datetime import timedelta
from typing import Any

import pytest

ORDERS = "/vendor/orders/v1/purchaseOrders"
STATUS = "/vendor/orders/v1/purchaseOrdersStatus"


def iso(instant: Any) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


async def pages(sim: Any, path: str, **query: Any) -> list[list[str]]:
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        payload = (await sim.get(path, **query, **token)).json()["payload"]
        rows = payload["orders"] if path == ORDERS else payload["ordersStatus"]
        found.append([row["purchaseOrderNumber"] for row in rows])
        if "pagination" not in payload:
            return found
        token = {"nextToken": payload["pagination"]["nextToken"]}


async def place_hourly(sim: Any, count: int) -> list[str]:
    """Orders that became available one hour apart, the last an hour ago; oldest first."""
    numbers = []
    for place in range(count):
        instant = (sim.clock.now - timedelta(hours=count - place)).isoformat()
        numbers.append(await sim.place({}, placed_at=instant, available_at=instant))
    return numbers


async def test_pages_give_every_order_once_and_the_last_has_no_token(sim: Any) -> None:
    numbers = await place_hourly(sim, 7)
    assert await pages(sim, ORDERS, limit=3) == [numbers[:3], numbers[3:6], numbers[6:]]
    assert await pages(sim, STATUS, limit=7) == [numbers]


async def test_sort_order_is_ignored_by_get_purchase_orders_and_heeded_by_the_status(sim: Any) -> None:
    numbers = await place_hourly(sim, 4)
    assert await pages(sim, ORDERS, limit=2, sortOrder="DESC") == [numbers[:2], numbers[2:]]
    assert await pages(sim, STATUS, limit=2, sortOrder="DESC") == [numbers[:1:-1], numbers[1::-1]]
    assert (await sim.get(ORDERS, sortOrder="NEWEST")).status_code == 400


async def test_orders_that_arrive_between_pages_shift_nothing(sim: Any) -> None:
    numbers = await place_hourly(sim, 4)
    first = (await sim.get(ORDERS, limit=2)).json()["payload"]
    past = (sim.clock.now - timedelta(hours=3, minutes=30)).isoformat()
    await sim.place({}, placed_at=past, available_at=past)
    rest = await sim.orders(limit=2, nextToken=first["pagination"]["nextToken"])
    assert [order["purchaseOrderNumber"] for order in rest] == numbers[2:]


async def test_a_page_token_belongs_to_its_filters(sim: Any) -> None:
    await place_hourly(sim, 3)
    token = (await sim.get(ORDERS, limit=1)).json()["payload"]["pagination"]["nextToken"]
    assert (await sim.get(ORDERS, limit=2, nextToken=token)).status_code == 200
    assert (await sim.get(ORDERS, limit=1, nextToken=token, purchaseOrderState="New")).status_code == 400
    assert (await sim.get(ORDERS, nextToken="MDAwMDAwMDAwMQ==")).status_code == 400
    assert (await sim.get(ORDERS, nextToken="ü")).status_code == 400


async def test_created_selects_by_when_the_order_became_available(sim: Any) -> None:
    now = sim.clock.now
    late = await sim.place(
        {}, placed_at=(now - timedelta(days=30)).isoformat(), available_at=(now - timedelta(hours=2)).isoformat()
    )
    window = {"createdAfter": iso(now - timedelta(hours=2)), "createdBefore": iso(now - timedelta(hours=1))}
    found = await sim.orders(**window)
    assert [order["purchaseOrderNumber"] for order in found] == [late]
    assert (
        found[0]["orderDetails"]["purchaseOrderDate"]
        == (now - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    )
    assert (
        await sim.orders(createdAfter=iso(now - timedelta(days=7)), createdBefore=iso(now - timedelta(hours=2))) == []
    )


async def test_adjacent_windows_give_each_order_once(sim: Any) -> None:
    numbers = await place_hourly(sim, 6)
    middle = sim.clock.now - timedelta(hours=3)  # to the millisecond when the fourth order became available
    before = await pages(sim, ORDERS, createdAfter=iso(middle - timedelta(days=1)), createdBefore=iso(middle))
    after = await pages(sim, ORDERS, createdAfter=iso(middle))
    assert before + after == [numbers[:3], numbers[3:]]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"createdAfter": -8 * 24}, "7 days"),
        ({"createdAfter": -200 * 24, "createdBefore": -199 * 24}, "6 months"),
        ({"createdAfter": -1, "createdBefore": -2}, "before"),
        ({"changedAfter": -8 * 24, "changedBefore": -1}, "7 days"),
    ],
)
@pytest.mark.parametrize("path", [ORDERS, STATUS])
async def test_a_window_longer_than_seven_days_or_older_than_six_months_is_refused(
    sim: Any, path: str, query: dict[str, int], word: str
) -> None:
    asked = {name: iso(sim.clock.now + timedelta(hours=hours)) for name, hours in query.items()}
    if path == STATUS:
        asked = {name.replace("changed", "updated"): value for name, value in asked.items()}
    answer = await sim.get(path, **asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"
    assert word in answer.json()["errors"][0]["details"]
    assert answer.headers["x-amzn-RateLimit-Limit"] == "10.0"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "ten"},
        {"createdAfter": "2019-09-2100:00:00"},
        {"createdAfter": "2026-11-20"},
        {"purchaseOrderState": "NEW"},
        {"poItemState": "Open"},
        {"isPOChanged": "yes"},
        {"includeDetails": "1"},
    ],
)
async def test_a_malformed_parameter_is_refused_in_amazons_shape(sim: Any, query: dict[str, str]) -> None:
    answer = await sim.get(ORDERS, **query)
    assert answer.status_code == 400
    assert set(answer.json()["errors"][0]) == {"code", "message", "details"}


async def test_unknown_parameters_and_foreign_hosts_change_nothing(sim: Any) -> None:
    number = await sim.place({})
    headers = {"x-amz-access-token": sim.token, "host": "sellingpartnerapi-eu.amazon.com"}
    answer = await sim.http.get(ORDERS, params={"MarketplaceIds": "A1PA6795UKMFR9"}, headers=headers)
    assert [order["purchaseOrderNumber"] for order in answer.json()["payload"]["orders"]] == [number]


async def test_without_details_an_order_is_number_and_state(sim: Any) -> None:
    number = await sim.place({})
    assert await sim.orders(includeDetails="false") == [{"purchaseOrderNumber": number, "purchaseOrderState": "New"}]


async def test_a_changed_order_is_found_by_its_change(sim: Any) -> None:
    numbers = [await sim.place({}), await sim.place({})]
    placed = sim.clock.now
    sim.clock.move(minutes=30)
    await sim.control(
        "POST", f"/orders/{numbers[1]}/changes", {"lines": [{"item_sequence_number": "1", "quantity": 4}]}
    )
    found = await sim.orders(changedAfter=iso(placed))
    assert [order["purchaseOrderNumber"] for order in found] == [numbers[1]]
    assert found[0]["orderDetails"]["purchaseOrderChangedDate"] == iso(sim.clock.now).replace(".000Z", "Z")
    assert [order["purchaseOrderNumber"] for order in await sim.orders(isPOChanged="true")] == [numbers[1]]
    assert "purchaseOrderChangedDate" not in (await sim.order(numbers[0]))["orderDetails"]


async def test_state_code_and_cancelled_lines_filter_orders(sim: Any) -> None:
    german, french = await sim.place({}), await sim.place({}, vendor_code="LUMF1")
    await sim.control("POST", f"/orders/{german}/answers", {"by": "edi"})
    await sim.control(
        "POST",
        f"/orders/{french}/changes",
        {"cancel_lines": ["1"], "new_lines": [{"asin": "B0NEWLINE1", "quantity": 3}]},
    )

    async def found(**query: str) -> list[str]:
        return [order["purchaseOrderNumber"] for order in await sim.orders(**query)]

    assert await found(purchaseOrderState="Acknowledged") == [german]
    assert await found(purchaseOrderState="New") == [french]
    assert await found(orderingVendorCode="LUMF1") == [french]
    assert await found(orderingVendorCode="NRDH1") == []
    assert await found(poItemState="Cancelled") == [french]


async def test_the_status_is_filtered_by_state_confirmation_receipt_code_and_centre(sim: Any) -> None:
    here = await sim.place({}, fulfilment_center="MUC3")
    there = await sim.place({}, {}, vendor_code="LUMF1", fulfilment_center="ORY1")
    await sim.control("POST", f"/orders/{there}/answers", {"accepted": {"1": 4, "2": 10}})
    await sim.control("POST", "/receipts", {"purchase_order_number": there, "received": {"1": 2, "2": 10}})

    async def found(**query: str) -> list[str]:
        return (await pages(sim, STATUS, **query))[0]

    assert await found(purchaseOrderStatus="OPEN") == [here, there]
    assert await found(purchaseOrderStatus="CLOSED") == []
    assert await found(itemConfirmationStatus="UNCONFIRMED") == [here]
    assert await found(itemConfirmationStatus="PARTIALLY_ACCEPTED") == [there]
    assert await found(itemConfirmationStatus="REJECTED") == []
    assert await found(itemReceiveStatus="PARTIALLY_RECEIVED") == [there]
    assert await found(itemReceiveStatus="NOT_RECEIVED") == [here]
    assert await found(orderingVendorCode="LUMF1") == [there]
    assert await found(shipToPartyId="MUC3") == [here]
    assert await found(purchaseOrderNumber=here) == [here]
    assert await found(purchaseOrderNumber=here, purchaseOrderStatus="CLOSED") == []


async def test_the_status_is_found_by_its_last_update(sim: Any) -> None:
    numbers = [await sim.place({}), await sim.place({})]
    sim.clock.move(minutes=40)
    since = sim.clock.now
    await sim.control("POST", f"/orders/{numbers[0]}/answers", {})
    assert await pages(sim, STATUS, updatedAfter=iso(since)) == [[numbers[0]]]


async def test_the_status_of_an_old_order_needs_no_dates(sim: Any) -> None:
    old = (sim.clock.now - timedelta(days=60)).isoformat()
    number = await sim.place({}, placed_at=old, available_at=old)
    assert (await sim.status(number))["purchaseOrderNumber"] == number
    assert await pages(sim, STATUS) == [[]]


async def test_an_order_of_another_vendor_group_is_not_found(sim: Any) -> None:
    number = await sim.place({}, vendor_code="HRBR1")
    assert (await sim.get(f"{ORDERS}/{number}")).status_code == 404
    assert await sim.orders() == []
    assert await pages(sim, STATUS, purchaseOrderNumber=number) == [[]]
