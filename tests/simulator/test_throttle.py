"""Amazon's quotas: a bucket for each application, selling partner and operation, and what a refused call looks like."""

from typing import Any

ORDERS = "/vendor/orders/v1/purchaseOrders"
STATUS = "/vendor/orders/v1/purchaseOrdersStatus"


async def burst(sim: Any, path: str, count: int) -> list[int]:
    """Calls at one moment."""
    return [(await sim.http.get(path, headers={"x-amz-access-token": sim.token})).status_code for _ in range(count)]


async def test_a_burst_of_ten_then_ten_a_second(sim: Any) -> None:
    assert await burst(sim, ORDERS, 12) == [200] * 10 + [429] * 2
    sim.ticks += 0.5
    assert await burst(sim, ORDERS, 6) == [200] * 5 + [429]
    sim.ticks += 60
    assert await burst(sim, ORDERS, 11) == [200] * 10 + [429]


async def test_operations_and_vendor_groups_have_their_own_buckets(sim: Any) -> None:
    await burst(sim, ORDERS, 11)
    assert await burst(sim, STATUS, 1) == [200]
    await sim.authorise("amzn1.vg.3001")
    assert await burst(sim, ORDERS, 1) == [200]


async def test_get_transaction_has_a_burst_of_twenty(sim: Any, ack: Any) -> None:
    answer = await sim.submit(ack.order(await sim.place({}), ack.item("1", ack.portion("Accepted", 10))))
    path = f"/vendor/transactions/v1/transactions/{answer.json()['payload']['transactionId']}"
    assert await burst(sim, path, 21) == [200] * 20 + [429]


async def test_a_throttled_call_names_no_rate_and_is_in_the_ledger(sim: Any) -> None:
    await burst(sim, ORDERS, 10)
    answer = await sim.http.get(ORDERS, headers={"x-amz-access-token": sim.token})
    assert answer.status_code == 429
    assert answer.json() == {
        "errors": [
            {"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource.", "details": ""}
        ]
    }
    assert "x-amzn-RateLimit-Limit" not in answer.headers
    assert "retry-after" not in answer.headers
    last = (await sim.calls())[-1]
    assert (last["throttled"], last["status"], last["request_id"]) == (True, 429, answer.headers["x-amzn-RequestId"])
    assert [call["throttled"] for call in await sim.calls("getPurchaseOrders")] == [False] * 10 + [True]


async def test_the_rate_is_on_answers_and_on_400_and_404(sim: Any) -> None:
    for path, status in ((ORDERS, 200), (f"{ORDERS}?limit=0", 400), (f"{ORDERS}/9NOTHERE", 404)):
        answer = await sim.http.get(path, headers={"x-amz-access-token": sim.token})
        assert (answer.status_code, answer.headers["x-amzn-RateLimit-Limit"]) == (status, "10.0")
        assert answer.headers["x-amzn-RequestId"]


async def test_a_quota_is_under_control(sim: Any) -> None:
    settings = await sim.control("PUT", "/settings", {"quotas": {"getPurchaseOrders": {"rate": 0.0167, "burst": 2}}})
    assert settings["quotas"]["getPurchaseOrdersStatus"] == {"rate": 10, "burst": 10}
    assert await burst(sim, ORDERS, 3) == [200, 200, 429]
    sim.ticks += 60
    answer = await sim.http.get(ORDERS, headers={"x-amz-access-token": sim.token})
    assert answer.headers["x-amzn-RateLimit-Limit"] == "0.0167"
    await sim.control("PUT", "/settings", {"quotas": {"getEverything": {"rate": 1, "burst": 1}}}, status=422)
