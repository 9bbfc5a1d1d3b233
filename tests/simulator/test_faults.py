"""Faults by seed: which calls they break, how, and whether the operation took effect."""

import gzip
import json
from typing import Any

import httpx
import pytest

ORDERS = "/vendor/orders/v1/purchaseOrders"


async def inject(sim: Any, *rules: dict[str, Any]) -> None:
    await sim.control("POST", "/faults", list(rules))


async def statuses(sim: Any, count: int) -> list[int]:
    return [(await sim.get(ORDERS)).status_code for _ in range(count)]


async def test_a_rule_strikes_as_often_as_it_says_and_then_is_spent(sim: Any) -> None:
    await inject(sim, {"operation": "getPurchaseOrders", "kind": "error_503", "count": 2})
    assert await statuses(sim, 3) == [503, 503, 200]
    assert (await sim.control("GET", "/faults"))[0]["struck"] == 2


async def test_the_seed_decides_which_calls_break(sim: Any) -> None:
    rule = {"kind": "error_500", "probability": 0.5}
    seen = []
    for seed in (1, 1, 2):
        await inject(sim, {**rule, "seed": seed})
        seen.append(await statuses(sim, 30))
        await sim.control("DELETE", "/faults")
    assert seen[0] == seen[1] != seen[2]
    assert 5 < seen[0].count(500) < 25
    assert await statuses(sim, 1) == [200]


async def test_a_rule_is_for_its_operation_and_its_vendor_group(sim: Any) -> None:
    await inject(
        sim,
        {"operation": "getPurchaseOrdersStatus", "kind": "error_500"},
        {"kind": "error_500", "selling_partner_id": "amzn1.vg.3001"},
    )
    assert await statuses(sim, 1) == [200]
    assert (await sim.get("/vendor/orders/v1/purchaseOrdersStatus")).status_code == 500
    await sim.control("DELETE", "/faults")
    await inject(sim, {"kind": "error_500", "selling_partner_id": sim.lumea})
    assert await statuses(sim, 1) == [500]


async def test_a_storm_throttles_with_and_without_retry_after(sim: Any) -> None:
    await inject(sim, {"kind": "throttle", "retry_after": 7, "count": 1}, {"kind": "throttle", "count": 1})
    first, second = await sim.get(ORDERS), await sim.get(ORDERS)
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert second.status_code == 429
    assert "retry-after" not in second.headers
    assert first.json()["errors"][0]["code"] == "QuotaExceeded"
    assert [call["fault"] for call in await sim.calls("getPurchaseOrders")] == ["throttle", "throttle"]


async def test_the_token_endpoint_fails_too(sim: Any) -> None:
    refresh_token = await sim.authorise()
    await inject(sim, {"operation": "token", "kind": "error_503", "count": 1})
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)).status_code == 503
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)).status_code == 200


async def test_bodies_are_cut_garbled_or_not_json_at_all(sim: Any) -> None:
    await sim.place({})
    sound = (await sim.get(ORDERS)).content
    for kind in ("truncate", "garble", "html"):
        await inject(sim, {"kind": kind, "count": 1})
        answer = await sim.get(ORDERS)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r".*"):
            json.loads(answer.content)
        if kind == "truncate":
            assert sound.startswith(answer.content)
            assert len(answer.content) < len(sound)
    assert answer.headers["content-type"].startswith("text/html")


async def test_encodings_and_keys_lie(sim: Any) -> None:
    await sim.place({})
    sound = (await sim.get(ORDERS)).json()
    await inject(
        sim,
        {"kind": "duplicate_keys", "count": 1},
        {"kind": "wrong_charset", "count": 1},
        {"kind": "gzip_cut", "count": 1},
    )
    doubled = await sim.get(ORDERS)
    assert [key for key, _ in json.loads(doubled.text, object_pairs_hook=list)] == ["payload"] * 3
    assert doubled.json() != sound
    utf16 = await sim.get(ORDERS)
    assert utf16.headers["content-type"] == "application/json"
    with pytest.raises(UnicodeDecodeError):
        utf16.content.decode()
    answer = await sim.http.send(
        sim.http.build_request("GET", ORDERS, headers={"x-amz-access-token": sim.token}), stream=True
    )
    assert answer.headers["content-encoding"] == "gzip"
    torn = b"".join([chunk async for chunk in answer.aiter_raw()])
    with pytest.raises(EOFError):
        gzip.decompress(torn)


async def test_a_page_token_expires_or_the_first_page_comes_again(sim: Any) -> None:
    await sim.control("POST", "/orders", {"vendor_code": "LUMD1", "count": 3, "random_lines": 1})
    await inject(sim, {"kind": "expired_page_token", "count": 1}, {"kind": "repeated_page", "count": 1})
    first = (await sim.get(ORDERS, limit=1)).json()["payload"]
    token = first["pagination"]["nextToken"]
    expired = await sim.get(ORDERS, limit=1, nextToken=token)
    assert (expired.status_code, expired.json()["errors"][0]["details"]) == (400, "The token has expired")
    assert (await sim.get(ORDERS, limit=1, nextToken=token)).json()["payload"] == first
    second = (await sim.get(ORDERS, limit=1, nextToken=token)).json()["payload"]
    assert second["orders"] != first["orders"]


async def test_errors_come_with_status_200(sim: Any) -> None:
    await inject(sim, {"kind": "errors_in_200", "count": 1})
    answer = await sim.get(ORDERS)
    assert (answer.status_code, set(answer.json())) == (200, {"errors"})


async def test_arrays_become_null_and_enums_unknown(sim: Any) -> None:
    await sim.place({})
    await inject(sim, {"kind": "null_arrays", "count": 1}, {"kind": "unknown_enum", "count": 1})
    assert (await sim.get(ORDERS)).json() == {"payload": {"orders": None}}
    order = (await sim.get(ORDERS)).json()["payload"]["orders"][0]
    assert order["purchaseOrderState"] not in ("New", "Acknowledged", "Closed")
    assert order["orderDetails"]["items"][0]["orderedQuantity"]["unitOfMeasure"] not in ("Cases", "Eaches")
    assert order["orderDetails"]["items"][0]["orderedQuantity"]["amount"] == 10


@pytest.mark.parametrize("kind", ["error_500", "error_503", "throttle", "html"])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_an_acknowledgement_that_fails_had_its_effect_or_not_as_the_rule_says(
    sim: Any, ack: Any, kind: str, after_effect: bool
) -> None:
    number = await sim.place({})
    await inject(sim, {"operation": "submitAcknowledgement", "kind": kind, "count": 1, "after_effect": after_effect})
    answer = await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    assert answer.status_code != 202
    sim.clock.move(seconds=5)
    assert ((await sim.order(number))["purchaseOrderState"] == "Acknowledged") is after_effect
    call = (await sim.calls("submitAcknowledgement"))[0]
    assert (call["changed_state"], call["status"], call["fault"]) == (after_effect, answer.status_code, kind)


@pytest.mark.parametrize("kind", ["close_after_effect", "close_before_body"])
async def test_an_answer_is_lost_after_the_effect(sim: Any, ack: Any, kind: str) -> None:
    number = await sim.place({})
    await inject(sim, {"operation": "submitAcknowledgement", "kind": kind, "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    sim.clock.move(seconds=5)
    assert (await sim.order(number))["purchaseOrderState"] == "Acknowledged"
    call = (await sim.calls("submitAcknowledgement"))[0]
    assert (call["status"], call["changed_state"], call["purchase_orders"]) == (None, True, [number])


async def test_a_hanging_call_has_no_effect_and_no_status(sim: Any, ack: Any) -> None:
    number = await sim.place({})
    await inject(sim, {"operation": "submitAcknowledgement", "kind": "hang", "count": 1, "seconds": 0.05})
    with pytest.raises(httpx.RemoteProtocolError):
        await sim.submit(ack.order(number, ack.item("1", ack.portion("Accepted", 10))))
    sim.clock.move(seconds=5)
    assert (await sim.order(number))["purchaseOrderState"] == "New"
    assert (await sim.calls("submitAcknowledgement"))[0]["status"] is None


async def test_a_slow_body_arrives_whole_and_an_endless_one_is_longer_than_sound(sim: Any) -> None:
    await sim.place({})
    sound = (await sim.get(ORDERS)).content
    await inject(sim, {"kind": "drip", "count": 1, "seconds": 0.1}, {"kind": "endless", "count": 1, "seconds": 0.02})
    slow = await sim.get(ORDERS)
    assert slow.content == sound
    assert "content-length" not in slow.headers
    endless = await sim.get(ORDERS)
    assert len(endless.content) > len(sound) * 2


async def test_latency_delays_and_then_answers(sim: Any) -> None:
    await inject(sim, {"kind": "latency", "count": 1, "seconds": 0.02})
    await sim.control("PUT", "/settings", {"latency_ms": 10})
    assert await statuses(sim, 2) == [200, 200]
    assert [call["fault"] for call in await sim.calls("getPurchaseOrders")] == ["latency", None]


@pytest.mark.parametrize(
    "rule", [{"kind": "explode"}, {"kind": "throttle", "probability": 2}, {"kind": "throttle", "colour": "red"}]
)
async def test_a_rule_that_is_none_is_refused(sim: Any, rule: dict[str, Any]) -> None:
    await sim.control("POST", "/faults", [rule], status=422)
