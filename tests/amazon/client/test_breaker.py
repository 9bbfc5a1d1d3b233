"""The breaker of an API family: when it opens, who tries while it is open, what closes it, and that no other API suffers."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.breaker import Breaker, BreakerPolicy, Breakers
from oktee.amazon.client.errors import CircuitOpen, Refused, Throttled, Unreachable
from oktee.amazon.client.operations import OPERATIONS
from oktee.amazon.client.retry import RetryPolicy
from oktee.amazon.client.vendor_orders import get_purchase_order, submit_acknowledgement
from oktee.amazon.client.vendor_transactions import get_transaction

ORDER = {"payload": {"purchaseOrderNumber": "2JK3S9VC", "purchaseOrderState": "New"}}
DENIED = {"errors": [{"code": "Unauthorized", "message": "Access is denied.", "details": ""}]}
ONCE = RetryPolicy(attempts=1)


@dataclass
class Hand:
    """A clock moved by hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Told:
    heard: list[tuple[str, bool]] = field(default_factory=list)

    async def __call__(self, family: str, why: str | None) -> None:
        self.heard.append((family, why is not None))


def test_it_opens_at_the_fifth_failure_within_a_minute() -> None:
    clock = Hand()
    breaker = Breaker(clock=clock)
    assert [breaker.failed() for _ in range(5)] == [False, False, False, False, True]
    assert breaker.is_open
    assert breaker.admit("a") == 30.0


def test_failures_spread_over_more_than_a_minute_do_not_open_it() -> None:
    clock = Hand()
    breaker = Breaker(clock=clock)
    for _ in range(20):
        assert breaker.failed() is False
        clock.at += 16.0
    assert breaker.admit("a") is None


def test_a_success_in_between_counts_from_the_start_again() -> None:
    breaker = Breaker(clock=Hand())
    for _ in range(10):
        assert [breaker.failed() for _ in range(4)] == [False] * 4
        assert breaker.succeeded() is False
    assert not breaker.is_open


def test_each_operation_tries_once_in_thirty_seconds_and_a_success_of_any_closes_it() -> None:
    clock = Hand()
    breaker = Breaker(clock=clock)
    for _ in range(5):
        breaker.failed()
    clock.at += 29.0
    assert breaker.admit("getPurchaseOrders") == 1.0
    clock.at += 1.0
    assert breaker.admit("getPurchaseOrders") is None
    assert breaker.admit("getPurchaseOrders") == 30.0
    assert [breaker.failed(), breaker.failed()] == [True, False]  # it stays open: told again once in half a minute
    # What is broken has had its try; the answer has its own.
    assert breaker.admit("submitAcknowledgement") is None
    assert breaker.succeeded() is True
    assert breaker.admit("getPurchaseOrders") is None


def test_what_another_process_found_counts_unless_a_call_has_just_succeeded() -> None:
    clock = Hand()
    fresh, proven = Breaker(clock=clock), Breaker(clock=clock)
    proven.succeeded()
    for breaker in (fresh, proven):
        breaker.adopt()
    assert (fresh.is_open, proven.is_open) == (True, False)
    clock.at += 31.0
    proven.adopt()
    assert proven.is_open
    assert fresh.admit("a") is None


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["failed", "succeeded", "adopt"]), st.integers(0, 40)), max_size=60))
def test_nothing_is_kept_back_for_longer_than_the_time_to_a_try(steps: list[tuple[str, int]]) -> None:
    """Whatever happens, each operation gets through within thirty seconds, and after a success at once."""
    clock = Hand()
    breaker = Breaker(BreakerPolicy(), clock=clock)
    for step, pause in steps:
        getattr(breaker, step)()
        if step == "succeeded":
            assert breaker.admit("a") is None
        wait = breaker.admit("a")
        assert wait is None or 0 < wait <= 30.0
        clock.at += pause
    clock.at += 30.0
    assert breaker.admit("a") is None


def test_every_operation_belongs_to_the_api_of_its_path() -> None:
    families = {operation.family for operation in OPERATIONS.values()}
    assert families == {"vendor_orders", "vendor_transactions", "vendor_shipping"}


@respx.mock
async def test_a_storm_keeps_the_calls_of_its_api_here_and_no_others(make_client: Any) -> None:
    clock, told = Hand(), Told()
    storm = respx.get(path__startswith="/vendor/transactions").respond(503)
    orders = respx.get(path__startswith="/vendor/orders").respond(200, json=ORDER)
    client = make_client(retry=ONCE, breakers=Breakers(clock=clock), turned=told).client
    for _ in range(5):
        with pytest.raises(Unreachable) as failure:
            await get_transaction(client, "t-1")
        assert not isinstance(failure.value, CircuitOpen)
    with pytest.raises(CircuitOpen) as kept:
        await get_transaction(client, "t-1")
    assert (kept.value.delivered, kept.value.retry_in) == (False, 30.0)
    assert storm.call_count == 5
    await get_purchase_order(client, "2JK3S9VC")
    assert orders.call_count == 1
    assert told.heard == [("vendor_transactions", True)]

    clock.at += 30.0
    storm.respond(200, json={"payload": {"transactionStatus": {"transactionId": "t-1", "status": "Success"}}})
    assert (await get_transaction(client, "t-1")).status == "Success"
    assert told.heard == [("vendor_transactions", True), ("vendor_transactions", False)]


@respx.mock
async def test_an_answer_that_says_no_is_an_answer(make_client: Any) -> None:
    route = respx.route()
    breakers = Breakers(clock=Hand())
    client = make_client(retry=ONCE, breakers=breakers).client
    for status, body, error in ((403, DENIED, Refused), (429, {}, Throttled)):
        route.respond(status, json=body)
        for _ in range(6):
            with pytest.raises(error):
                await get_purchase_order(client, "2JK3S9VC")
    assert not breakers.of("vendor_orders").is_open


@respx.mock
async def test_a_call_that_opens_it_is_not_repeated_and_a_write_kept_here_certainly_did_not_leave(
    make_client: Any,
) -> None:
    route = respx.route().respond(500)
    bench = make_client(retry=RetryPolicy(attempts=50, draw=lambda: 1.0), breakers=Breakers(clock=Hand()))
    with pytest.raises(Unreachable) as failure:
        await get_purchase_order(bench.client, "2JK3S9VC")
    assert (failure.value.status, route.call_count) == (500, 5)
    with pytest.raises(CircuitOpen) as kept:
        await submit_acknowledgement(bench.client, b"{}")
    assert kept.value.delivered is False
    assert route.call_count == 5


@respx.mock
async def test_a_failing_token_endpoint_is_no_failure_of_the_api(make_client: Any) -> None:
    breakers = Breakers(clock=Hand())
    respx.route().respond(200, json=ORDER)
    bench = make_client(retry=ONCE, breakers=breakers)

    async def away(force: bool) -> str:
        raise Unreachable("away", operation="lwa")

    bench.client._access_token = away
    for _ in range(6):
        with pytest.raises(Unreachable):
            await get_purchase_order(bench.client, "2JK3S9VC")
    assert not breakers.of("vendor_orders").is_open


def test_whoever_has_an_answer_says_so_once_if_anybody_believes_that_it_fails() -> None:
    clock = Hand()
    breaker = Breaker(clock=clock)
    breaker.succeeded()
    breaker.adopt()  # it has just worked here: nothing is kept back, but others believe that it fails
    assert not breaker.is_open
    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    for _ in range(5):
        breaker.failed()
    told = []
    for _ in range(8):
        clock.at += 10.0
        told.append(breaker.failed())
    assert told == [False, False, True, False, False, True, False, False]
