"""From consent to the mirror and to its end, with the client, tokens and bucket that a worker really uses."""

import pytest
from amazon.connection.connecting import (
    Amazon,
    an_owner,
    connect,
    kinds,
    oktee_app,
    owners_browser,
    rows,
    simulated_amazon,
    verify,
)
from amazon.mirror.mirrored import Mirror
from contract.simulated import Account
from factories import Browser, Person
from oktee.amazon.mirror.planning import work_key
from oktee.amazon.mirror.runner import POLL
from oktee.kit.database import tenant_session
from oktee.kit.settings import settings
from oktee.kit.work import schedule
from pydantic import SecretStr

__all__ = ["an_owner", "oktee_app", "owners_browser", "simulated_amazon"]


async def test_a_revoked_connection_stops_collection_and_keeps_what_it_had(
    amazon: Amazon, browser: Browser, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "reference_days", 1)
    await amazon.place("LUMD1", "LUMF1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    nobody = Account(amazon.http, "", SecretStr(""), amazon.clock(), amazon.clock())
    mirror = Mirror(owner.organization_id, connection_id, nobody)
    await mirror.turn()
    for name in ("purchase_orders", "purchase_order_status"):
        assert (await mirror.stream(name)).state == "synced"
    found = await rows(
        owner.organization_id, "select vendor_code, confirmation from purchase_orders order by vendor_code"
    )
    assert found == [("LUMD1", "UNCONFIRMED"), ("LUMF1", "UNCONFIRMED")]

    await amazon.place("LUMI1")
    await amazon.control("POST", "/revoke", {"selling_partner_id": "amzn1.vg.1001"})
    await mirror.poll("purchase_orders")
    assert (await mirror.stream()).state == "paused"
    (connection,) = await rows(owner.organization_id, "select status from connections")
    assert connection.status == "revoked"
    assert (await kinds(owner.organization_id, "connection."))[-1] == "connection.revoked"

    calls = len(await amazon.calls())
    await make_due(mirror)
    await mirror.turn()
    assert len(await amazon.calls()) == calls
    assert (await mirror.stream("purchase_order_status")).state == "paused"
    assert await mirror.scheduled("poll") == []
    assert (await mirror.one("select count(*) from purchase_orders")).count == 2


async def make_due(mirror: Mirror) -> None:
    """As if the minute to the next poll had passed."""
    async with tenant_session(mirror.organization_id) as session:
        for stream in ("purchase_order_status", "shipments"):
            await schedule(session, POLL, work_key(mirror.connection_id, stream))
