"""How a request travels: what is sent, what is repeated, within which budget, and what each refusal means."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from oktee.amazon.client.errors import NotAllowed, Refused, Revoked, Throttled, Unreachable
from oktee.amazon.client.operations import OPERATIONS
from oktee.amazon.client.retry import RetryBudget, RetryPolicy
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    get_purchase_order_status,
    submit_acknowledgement,
)
from oktee.amazon.client.vendor_transactions import get_transaction

ORDER = {"payload": {"purchaseOrderNumber": "2JK3S9VC", "purchaseOrderState": "New"}}
SUBMITTED = {"payload": {"transactionId": "20261120-1"}}
OVER_QUOTA = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota.", "details": ""}]}
FAILURE = {"errors": [{"code": "InternalFailure", "message": "We encountered an internal error.", "details": ""}]}


def denied(details: str, message: str = "Access to requested resource is denied.") -> dict[str, Any]:
    return {"errors": [{"code": "Unauthorized", "message": message, "details": details}]}


def answer(status: int, body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


@respx.mock
async def test_a_request_carries_what_amazon_asks_for(make_client: Any) -> None:
    route = respx.route().respond(202, json=SUBMITTED)
    assert await submit_acknowledgement(make_client().client, b'{"acknowledgements":[]}') == "20261120-1"
    request = route.calls.last.request
    assert str(request.url) == "https://sellingpartnerapi-eu.amazon.com/vendor/orders/v1/acknowledgements"
    assert request.headers["x-amz-access-token"] == "Atza|token-0"
    assert request.headers["content-type"] == "application/json"
    assert request.content == b'{"acknowledgements":[]}'
    assert "authorization" not in request.headers


@respx.mock
async def test_the_user_agent_names_application_version_language_and_platform(make_client: Any) -> None:
    route = respx.route().respond(200, json=ORDER)
    await get_purchase_order(make_client().client, "2JK3S9VC")
    agent = route.calls.last.request.headers["user-agent"]
    assert len(agent) <= 500
    assert httpx.__name__ not in agent

    project = Path(__file__).resolve().parents[3] / "pyproject.toml"
    version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert re.fullmatch(rf"OKTee/{re.escape(version)} \(Language=Python/{python}; Platform=\w+\)", agent)


@respx.mock
async def test_a_path_parameter_cannot_leave_its_place(make_client: Any) -> None:
    route = respx.route().respond(200, json=ORDER)
    await get_purchase_order(make_client().client, "../transactions?x=1#y")
    url = route.calls.last.request.url
    assert url.raw_path == b"/vendor/orders/v1/purchaseOrders/..%2Ftransactions%3Fx%3D1%23y"


@respx.mock
async def test_an_operation_that_no_module_names_is_not_called(make_client: Any) -> None:
    route = respx.route().respond(202, json=SUBMITTED)
    bench = make_client(allowed=frozenset({"getPurchaseOrders"}))
    with pytest.raises(NotAllowed) as refusal:
        await submit_acknowledgement(bench.client, b"{}")
    assert isinstance(refusal.value, Refused)
    assert refusal.value.delivered is False
    assert not route.called
    assert bench.throttle.acquired == []


@respx.mock
async def test_each_attempt_waits_for_its_turn_and_teaches_the_rate(make_client: Any) -> None:
    respx.route().mock(
        side_effect=[
            answer(500, FAILURE),
            answer(200, ORDER, x_amzn_RateLimit_Limit="0.0167", x_amzn_RequestId="r-1"),
        ]
    )
    bench = make_client()
    await get_purchase_order(bench.client, "2JK3S9VC")
    assert bench.throttle.acquired == ["getPurchaseOrder"] * 2
    assert bench.throttle.rates == [0.0167]


@pytest.mark.parametrize("rate", ["", "lots", "-1", "0", "nan", "inf"])
@respx.mock
async def test_an_unreadable_rate_teaches_nothing(make_client: Any, rate: str) -> None:
    respx.route().mock(side_effect=[answer(200, ORDER, x_amzn_RateLimit_Limit=rate)])
    bench = make_client()
    await get_purchase_order(bench.client, "2JK3S9VC")
    assert bench.throttle.rates == []


@respx.mock
async def test_a_429_storm_without_retry_after_backs_off_exponentially_and_gives_up(make_client: Any) -> None:
    route = respx.route().respond(429, json=OVER_QUOTA)
    bench = make_client()
    with pytest.raises(Throttled) as failure:
        await get_purchase_order(bench.client, "2JK3S9VC")
    assert route.call_count == 5
    assert bench.slept == [1.0, 2.0, 4.0, 8.0]
    assert bench.throttle.punishments == [None] * 5
    assert (failure.value.retry_after, failure.value.delivered) == (None, False)


@respx.mock
async def test_retry_after_is_honoured_and_handed_to_the_bucket(make_client: Any) -> None:
    respx.route().mock(side_effect=[answer(429, OVER_QUOTA, Retry_After="7"), answer(200, ORDER)])
    bench = make_client()
    await get_purchase_order(bench.client, "2JK3S9VC")
    assert bench.throttle.punishments == [7.0]
    assert bench.slept == [8.0]


@respx.mock
async def test_a_retry_after_beyond_patience_is_raised_with_its_seconds(make_client: Any) -> None:
    route = respx.route().mock(side_effect=[answer(429, OVER_QUOTA, Retry_After="3600")])
    bench = make_client()
    with pytest.raises(Throttled) as failure:
        await get_purchase_order(bench.client, "2JK3S9VC")
    assert failure.value.retry_after == 3600.0
    assert (route.call_count, bench.slept) == (1, [])


@respx.mock
async def test_a_throttled_write_is_repeated_because_it_was_not_taken(make_client: Any) -> None:
    route = respx.route().mock(side_effect=[answer(429, OVER_QUOTA), answer(202, SUBMITTED)])
    assert await submit_acknowledgement(make_client().client, b"{}") == "20261120-1"
    assert route.call_count == 2


@respx.mock
async def test_a_write_whose_connection_failed_is_repeated(make_client: Any) -> None:
    route = respx.route().mock(side_effect=[httpx.ConnectError("refused"), answer(202, SUBMITTED)])
    assert await submit_acknowledgement(make_client().client, b"{}") == "20261120-1"
    assert route.call_count == 2


@pytest.mark.parametrize(
    "outcome", [answer(500, FAILURE), answer(503, FAILURE), httpx.ReadTimeout("slow"), httpx.WriteError("cut")]
)
@respx.mock
async def test_a_write_with_unknown_outcome_is_never_repeated(make_client: Any, outcome: Any) -> None:
    route = respx.route().mock(side_effect=[outcome, answer(202, SUBMITTED)])
    with pytest.raises(Unreachable) as failure:
        await submit_acknowledgement(make_client().client, b"{}")
    assert failure.value.delivered is None
    assert route.call_count == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@respx.mock
async def test_a_read_is_repeated_after_a_server_error(make_client: Any, status: int) -> None:
    route = respx.route().mock(side_effect=[answer(status, FAILURE), answer(200, ORDER)])
    order = await get_purchase_order(make_client().client, "2JK3S9VC")
    assert order.purchase_order_number == "2JK3S9VC"
    assert route.call_count == 2


@pytest.mark.parametrize("status", [400, 404, 413, 415])
@respx.mock
async def test_a_definite_no_is_raised_at_once_with_amazons_words(make_client: Any, status: int) -> None:
    body = {"errors": [{"code": "InvalidInput", "message": "No.", "details": "why"}]}
    route = respx.route().mock(side_effect=[answer(status, body, x_amzn_RequestId="r-9")])
    with pytest.raises(Refused) as refusal:
        await submit_acknowledgement(make_client().client, b"{}")
    error = refusal.value
    assert (error.status, error.code, error.message, error.details) == (status, "InvalidInput", "No.", "why")
    assert (error.operation, error.request_id, error.delivered) == ("submitAcknowledgement", "r-9", False)
    assert route.call_count == 1


@respx.mock
async def test_a_refusal_without_readable_body_is_still_a_refusal(make_client: Any) -> None:
    respx.route().respond(413, content=b"<html>too large</html>")
    with pytest.raises(Refused) as refusal:
        await submit_acknowledgement(make_client().client, b"{}")
    assert refusal.value.code == "HTTP 413"


@pytest.mark.parametrize(
    "details",
    [
        "The access token you provided has expired.",
        "The access token you provided is revoked, malformed or invalid.",
    ],
)
@respx.mock
async def test_a_refused_token_is_renewed_once_and_the_call_repeated(make_client: Any, details: str) -> None:
    route = respx.route().mock(side_effect=[answer(403, denied(details)), answer(202, SUBMITTED)])
    bench = make_client()
    assert await submit_acknowledgement(bench.client, b"{}") == "20261120-1"
    assert [call.request.headers["x-amz-access-token"] for call in route.calls] == ["Atza|token-0", "Atza|token-1"]


@respx.mock
async def test_a_new_token_that_is_refused_too_is_no_revocation(make_client: Any) -> None:
    route = respx.route().respond(403, json=denied("The access token you provided has expired."))
    bench = make_client()
    with pytest.raises(Refused) as refusal:
        await get_purchase_order(bench.client, "2JK3S9VC")
    assert refusal.value.status == 403
    assert (route.call_count, bench.tokens.renewals) == (2, 1)


@respx.mock
async def test_a_revoked_grant_shows_when_the_token_is_renewed(make_client: Any) -> None:
    respx.route().respond(403, json=denied("The access token you provided is revoked, malformed or invalid."))
    bench = make_client()
    bench.tokens.error = Revoked("invalid_grant", operation="lwa", status=400)
    with pytest.raises(Revoked):
        await get_purchase_order(bench.client, "2JK3S9VC")


@pytest.mark.parametrize("details", ["", "Access token is missing in the request header."])
@respx.mock
async def test_a_403_that_no_new_token_cures_is_refused_at_once(make_client: Any, details: str) -> None:
    route = respx.route().respond(403, json=denied(details))
    bench = make_client()
    with pytest.raises(Refused) as refusal:
        await get_purchase_order(bench.client, "2JK3S9VC")
    assert refusal.value.code == "Unauthorized"
    assert (route.call_count, bench.tokens.renewals) == (1, 0)


@respx.mock
async def test_amazons_own_expired_security_token_is_waited_out(make_client: Any) -> None:
    words = "The security token included in the request is expired"
    respx.route().mock(side_effect=[answer(403, denied("", words)), answer(202, SUBMITTED)])
    bench = make_client()
    assert await submit_acknowledgement(bench.client, b"{}") == "20261120-1"
    assert bench.tokens.renewals == 0


@respx.mock
async def test_retries_stay_inside_the_budget_of_the_connection(make_client: Any) -> None:
    route = respx.route().respond(503, json=FAILURE)
    budget = RetryBudget(share=0.1, reserve=2.0)
    bench = make_client(budget=budget)
    for _ in range(30):
        with pytest.raises(Unreachable):
            await get_purchase_order(bench.client, "2JK3S9VC")
    retries = route.call_count - 30
    assert 2 <= retries <= 2 + 30 * 0.1


def test_jitter_is_drawn_from_zero_to_the_doubled_base_under_the_cap() -> None:
    full, none = RetryPolicy(draw=lambda: 1.0), RetryPolicy(draw=lambda: 0.0)
    assert [full.delay(retry) for retry in (0, 1, 8, 20)] == [1.0, 2.0, 256.0, 300.0]
    assert [none.delay(retry) for retry in (0, 5)] == [0.0, 0.0]
    assert none.delay(0, retry_after=9.0) == 9.0


@respx.mock
async def test_the_status_of_one_order_is_found_among_others(make_client: Any) -> None:
    one = {
        "purchaseOrderNumber": "OTHER001",
        "purchaseOrderStatus": "OPEN",
        "purchaseOrderDate": "2026-11-20T10:00:00Z",
        "itemStatus": [],
    }
    two = {**one, "purchaseOrderNumber": "2JK3S9VC", "purchaseOrderStatus": "CLOSED"}
    route = respx.route().respond(200, json={"payload": {"ordersStatus": [one, two]}})
    client = make_client().client
    found = await get_purchase_order_status(client, "2JK3S9VC")
    assert found is not None
    assert found.purchase_order_status == "CLOSED"
    assert dict(route.calls.last.request.url.params) == {"purchaseOrderNumber": "2JK3S9VC"}
    assert await get_purchase_order_status(client, "UNKNOWN1") is None


@respx.mock
async def test_a_failed_transaction_tells_its_reasons(make_client: Any) -> None:
    fate = {
        "transactionId": "t-1",
        "status": "Failure",
        "errors": [{"code": "INVALID_ORDER_ID", "message": "Invalid."}],
    }
    respx.route().respond(200, json={"payload": {"transactionStatus": fate}})
    transaction = await get_transaction(make_client().client, "t-1")
    assert (transaction.status, transaction.errors[0].code) == ("Failure", "INVALID_ORDER_ID")


def test_only_submissions_write() -> None:
    assert {name for name, operation in OPERATIONS.items() if operation.writes} == {
        "submitAcknowledgement", "SubmitShipmentConfirmations", "SubmitShipments",
    }  # fmt: skip
    assert json.dumps(sorted(OPERATIONS["getTransaction"].roles)) == '["Inventory and Order Tracking"]'
