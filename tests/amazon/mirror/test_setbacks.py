"""What a failed call means for its stream."""

import pytest
from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Refused, Throttled, Unreachable
from oktee.amazon.mirror.setbacks import setback


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (Throttled(operation="getPurchaseOrders"), "rate_limited", "throttled"),
        (Refused("Unauthorized", "denied", operation="getPurchaseOrders", status=403), "failed", "refused"),
        (ApplicationRejected("no", operation="lwa", code="invalid_client"), "failed", "application_rejected"),
        (Unreachable("timeout", operation="getPurchaseOrders"), "failed", "unreachable"),
    ],
)
def test_each_failure_has_its_state_and_code(error: AmazonError, state: str, code: str) -> None:
    found = setback(error, failures=0)
    assert (found.state, found.code) == (state, code)
    assert 0 < found.wait.total_seconds() <= 330


def test_waits_grow_to_five_minutes_and_are_spread() -> None:
    error = Unreachable("timeout", operation="getPurchaseOrders")
    waits = [setback(error, failures=n, draw=lambda: 1.0).wait.total_seconds() for n in range(12)]
    assert waits == [6, 11, 21, 41, 81, 161, 301, 301, 301, 301, 301, 301]
    assert setback(error, failures=50, draw=lambda: 0.0).wait.total_seconds() == 1


def test_amazons_own_wait_is_honoured() -> None:
    error = Throttled(operation="getPurchaseOrders", retry_after=120)
    assert setback(error, failures=0, draw=lambda: 0.0).wait.total_seconds() == 120
