"""The states of a connection, and what ends with it."""

from datetime import UTC, datetime, timedelta

import pytest
from oktee.amazon.connection.lifecycle import read_status
from oktee.amazon.connection.tables import AmazonConnection

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _read(status: str, left: timedelta, rejected_at: datetime | None = None) -> str:
    return read_status(AmazonConnection(status=status, expires_at=NOW + left), rejected_at=rejected_at, at=NOW)


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (365 * DAY, "active"),
        (31 * DAY, "active"),
        (30 * DAY, "reauthorization_due"),  # day 335 of 365
        (timedelta(seconds=1), "reauthorization_due"),
        (timedelta(0), "reauthorization_required"),
        (-DAY, "reauthorization_required"),
    ],
)
def test_the_year_of_consent_shows_by_itself(left: timedelta, shown: str) -> None:
    assert _read("active", left) == shown


@pytest.mark.parametrize("status", ["active", "pending_verification"])
def test_a_rejected_application_suspends_what_is_live(status: str) -> None:
    assert _read(status, 365 * DAY, NOW) == "suspended"


@pytest.mark.parametrize("status", ["revoked", "disconnected"])
@pytest.mark.parametrize("rejected_at", [None, NOW])
def test_what_has_ended_stays_ended(status: str, rejected_at: datetime | None) -> None:
    assert _read(status, -DAY, rejected_at) == status
