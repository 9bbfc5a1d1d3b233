"""A vendor disables OKTee on Amazon's Manage Your Apps page in the middle of a long fetch: how much still lands, and that
nothing follows. The simulator's ledger is the proof; time is moved, not slept."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from amazon.connection.connecting import (
    Amazon,
    an_owner,
    at_amazon,
    connect,
    forget,
    oktee_app,
    owners_browser,
    registration,
    rows,
    simulated_amazon,
    verify,
)
from amazon.mirror.mirrored import Mirror
from contract.simulated import Account
from factories import Browser, Person
from oktee.amazon.connection import clients
from oktee.amazon.mirror import care, runner
from oktee.kit.database import database, tenant_session
from oktee.kit.module import installed
from oktee.kit.settings import settings
from oktee.kit.work import Crew
from pydantic import SecretStr
from sqlalchemy import text

__all__ = ["an_owner", "oktee_app", "owners_browser", "simulated_amazon"]

PARTNER = "amzn1.vg.9001"
PAGES, PAGE = 50, 100


@pytest.fixture(name="long_fetch")
async def fifty_pages_to_read(amazon: Amazon, browser: Browser, owner: Person, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A vendor group whose last day fills fifty pages, connected and verified; nothing of it has been fetched."""
    monkeypatch.setattr(settings(), "reference_days", 1)
    wide = {"rate": 100_000, "burst": 100_000}
    live = await amazon.control("GET", "/settings")
    await amazon.control("PUT", "/settings", {"quotas": dict.fromkeys(live["quotas"], wide)})
    await amazon.control(
        "POST",
        "/worlds/bulk",
        {"orders": PAGES * PAGE, "lines": 1, "days": 0.9, "selling_partner_id": PARTNER, "vendor_code": "BULK1"},
    )
    connection_id = await connect(amazon, browser, PARTNER)
    assert (await verify(browser, connection_id))["status"] == "active"
    return connection_id


def _mirror(amazon: Amazon, owner: Person, connection_id: UUID) -> Mirror:
    nobody = Account(amazon.http, "", SecretStr(""), amazon.clock(), amazon.clock())
    return Mirror(owner.organization_id, connection_id, nobody)


async def _disable(amazon: Amazon) -> None:
    """Press Disable on Amazon's own page."""
    ours = at_amazon(registration())
    form = {"application_id": ours["application_id"], "selling_partner_id": PARTNER, "act": "disable"}
    answer = await amazon.http.post("http://simulator/vendorcentral/de/apps/manage", data=form)
    assert answer.status_code == 302, answer.text


async def _pages(owner: Person) -> int:
    (row,) = await rows(
        owner.organization_id,
        "select coalesce(sum(pages), 0) as pages from sync_windows where stream = 'purchase_orders'",
    )
    return int(row.pages)


async def _calls(amazon: Amazon) -> Counter[str]:
    return Counter(call["operation"] for call in await amazon.calls())


class Interrupted:
    """Presses Disable when so many pages of the running fetch have been asked for."""

    def __init__(self, amazon: Amazon, after: int) -> None:
        self.amazon, self.after, self.pages, self.landed = amazon, after, 0, 0
        self.done = asyncio.Event()

    async def __call__(self, request: Any) -> None:
        if not request.url.path.endswith("/purchaseOrders"):
            return
        self.pages += 1
        if self.pages == self.after:
            await _disable(self.amazon)
            self.done.set()


async def _fetch_interrupted(amazon: Amazon, owner: Person, connection_id: UUID, *, after: int) -> Interrupted:
    client = await clients.client_for(owner.organization_id, connection_id)
    hook = Interrupted(amazon, after)
    client._http.event_hooks["request"].append(hook)
    await _mirror(amazon, owner, connection_id).turn()
    client._http.event_hooks["request"].remove(hook)
    assert hook.done.is_set()
    return hook


async def test_where_amazon_refuses_the_old_token_at_most_the_page_in_flight_lands(
    amazon: Amazon, browser: Browser, owner: Person, long_fetch: UUID
) -> None:
    await _fetch_interrupted(amazon, owner, long_fetch, after=10)
    landed = await _pages(owner)
    assert 9 <= landed <= 10  # nine had been answered, the tenth was on its way when Disable was pressed
    await _ended(amazon, browser, owner, long_fetch, landed=landed)


async def test_where_the_old_token_lives_on_nothing_is_fetched_after_a_quarter_of_an_hour(
    amazon: Amazon, browser: Browser, owner: Person, long_fetch: UUID
) -> None:
    await amazon.control("PUT", "/settings", {"revoked_token_mode": "until_expiry"})
    await _fetch_interrupted(amazon, owner, long_fetch, after=10)
    landed = await _pages(owner)
    assert landed > 10  # Amazon still served the token it had given
    tokens = (await _calls(amazon))["token"]
    calls = len(await amazon.calls())
    await _move(owner, amazon, minutes=14)
    await _look_after(owner)
    refused = (await amazon.calls())[calls:]
    assert [(call["operation"], call["status"]) for call in refused] == [("token", 400)]
    assert (await _calls(amazon))["token"] == tokens + 1
    await _ended(amazon, browser, owner, long_fetch, landed=landed)


async def test_before_the_quarter_is_over_no_token_is_used_that_is_older(
    amazon: Amazon, browser: Browser, owner: Person, long_fetch: UUID
) -> None:
    """In the middle of the fetch the quarter of an hour ends: the very next call proves the grant first."""
    await amazon.control("PUT", "/settings", {"revoked_token_mode": "until_expiry"})
    client = await clients.client_for(owner.organization_id, long_fetch)
    pages = 0

    async def late(request: Any) -> None:
        nonlocal pages
        if request.url.path.endswith("/purchaseOrders"):
            pages += 1
            if pages == 5:
                await _disable(amazon)
            if pages == 20:
                await _move(owner, amazon, minutes=14)

    client._http.event_hooks["request"].append(late)
    await _mirror(amazon, owner, long_fetch).turn()
    client._http.event_hooks["request"].remove(late)
    landed = await _pages(owner)
    assert 19 <= landed <= 20
    await _ended(amazon, browser, owner, long_fetch, landed=landed)


async def _move(owner: Person, amazon: Amazon, *, minutes: int) -> None:
    """So much time passes: for the row of the token, for Amazon's clock, and for what this process remembers."""
    async with tenant_session(owner.organization_id) as session:
        await session.execute(
            text(
                "update connection_tokens set refreshed_at = refreshed_at - make_interval(mins => :m), "
                "expires_at = expires_at - make_interval(mins => :m)"
            ),
            {"m": minutes},
        )
    amazon.clock.ahead += timedelta(minutes=minutes)
    from oktee.amazon.connection import tokens

    tokens._kept.clear()


async def _look_after(owner: Person) -> None:
    async with database.autocommit() as connection:
        await connection.execute(text("update work set due_at = now() where kind in ('connection_care', 'poll')"))
    crew = Crew([care.CARE, runner.POLL], lanes=4)
    while True:
        await crew.drain("sync")
        if not crew.held:
            return
        await asyncio.wait(list(crew.held))


async def _ended(amazon: Amazon, browser: Browser, owner: Person, connection_id: UUID, *, landed: int) -> None:
    """Revoked, at rest, told; 0 calls from here on, however often somebody looks; history readable."""
    (connection,) = await rows(owner.organization_id, "select status, ended_at from connections")
    assert connection.status == "revoked"
    calls = len(await amazon.calls())
    for _ in range(2):
        await _move(owner, amazon, minutes=15)
        await forget()
        await _look_after(owner)
    assert len(await amazon.calls()) == calls
    assert await _pages(owner) == landed
    async with database.autocommit() as session:
        left = await session.execute(text("select kind, key from work where kind in ('poll', 'connection_care')"))
        assert left.all() == []
    (orders,) = await rows(owner.organization_id, "select count(*) as n from purchase_orders")
    assert orders.n == landed * PAGE
    (shown,) = (await browser.get(browser.at("/administration/connections"))).json()["rows"]
    assert shown["status"] == "revoked"
    assert shown["ended_at"] is not None
    assert {stream["state"] for stream in shown["streams"]} == {"paused"}
    listed = await browser.get(browser.at("/supply/orders"))
    assert listed.status_code == 200, listed.text
    assert (await browser.get(browser.at("/supply/events"))).status_code == 200


async def test_with_only_supply_on_exactly_supplys_operations_are_called(
    amazon: Amazon, browser: Browser, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the consent to an answer that is proved, by the ledger (trust/SECURITY SEC-11)."""
    from oktee.modules.supply.module import SUPPLY

    monkeypatch.setattr(settings(), "reference_days", 1)
    await amazon.place("LUMD1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    crew = Crew(installed().kinds(), lanes=4)

    async def work() -> None:
        for queue in ("sync", "interactive", "bulk"):
            while True:
                await crew.drain(queue)
                if not crew.held:
                    break
                await asyncio.wait(list(crew.held))

    for _ in range(3):
        await work()
    (order,) = await rows(owner.organization_id, "select id, revision from purchase_orders")
    detail = (await browser.get(browser.at(f"/supply/orders/{order.id}"))).json()
    await _answer(browser, order, detail)
    for _ in range(6):
        async with database.autocommit() as connection:
            await connection.execute(
                text("update work set due_at = now() where kind in ('submit_answer', 'verify_answer', 'poll')")
            )
        await work()
    called = {call["operation"] for call in await amazon.calls()} - {"token", "consent", "manage_apps"}
    asked_for = {
        "SubmitShipmentConfirmations",
        "SubmitShipments",
        "GetShipmentLabels",
    }  # when a person sends a shipment
    assert called == {need.operation for need in SUPPLY.operations} - asked_for
    assert called | asked_for == installed().operations(["supply"])


async def _answer(browser: Browser, order: Any, detail: dict[str, Any]) -> None:
    """Take every line as it was ordered, and send."""
    lines = [{"sequence": line["sequence"], "taken": line["asked"]} for line in detail["lines"]]
    seen = {"revision": detail["revision"], "decision_id": detail["decision"]["id"]}
    drafted = await browser.put(browser.at(f"/supply/orders/{order.id}/draft"), json=seen | {"lines": lines})
    assert drafted.status_code == 200, drafted.text
    seen = {"revision": drafted.json()["revision"], "decision_id": drafted.json()["decision"]["id"]}
    sent = await browser.post(browser.at(f"/supply/orders/{order.id}/confirmation"), json=seen)
    assert sent.status_code == 201, sent.text
