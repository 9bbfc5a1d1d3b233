"""Switching modules: what it would do, that it does it at once, and that nobody undoes what they did not see."""

from typing import Any
from uuid import UUID

import pytest
from amazon.connection.connecting import (
    Amazon,
    an_owner,
    another_organizations_browser,
    arrive,
    connect,
    hire,
    kinds,
    oktee_app,
    owners_browser,
    rows,
    simulated_amazon,
    verify,
)
from amazon.connection.role_sets import FINANCE, ORDERS, a_second_module, three_role_sets
from amazon.mirror.mirrored import Mirror
from contract.simulated import Account
from factories import Browser, Person
from oktee.amazon.client.errors import NotAllowed
from oktee.amazon.client.vendor_orders import get_purchase_order
from oktee.amazon.connection.clients import client_for
from oktee.amazon.mirror import runner
from oktee.kit.database import tenant_session
from oktee.kit.module import Module
from oktee.kit.settings import settings
from oktee.kit.work import Item
from pydantic import SecretStr
from sqlalchemy import text

__all__ = [
    "a_second_module", "an_owner", "another_organizations_browser", "oktee_app", "owners_browser", "simulated_amazon",
    "three_role_sets",
]  # fmt: skip


@pytest.fixture(name="connected")
async def connected_account(three: Amazon, browser: Browser, owner: Person, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """An account of one order, verified and fetched once."""
    monkeypatch.setattr(settings(), "reference_days", 1)
    await three.place("LUMD1")
    connection_id = await connect(three, browser)
    await verify(browser, connection_id)
    await _mirror(three, owner, connection_id).turn()
    return connection_id


def _mirror(amazon: Amazon, owner: Person, connection_id: UUID) -> Mirror:
    nobody = Account(amazon.http, "", SecretStr(""), amazon.clock(), amazon.clock())
    return Mirror(owner.organization_id, connection_id, nobody)


async def _put(browser: Browser, enabled: list[str], was: list[str]) -> Any:
    return await browser.put(browser.at("/administration/modules"), json={"enabled": enabled, "was": was})


async def _streams(owner: Person) -> dict[str, str]:
    return {row.name: row.state for row in await rows(owner.organization_id, "select name, state from streams")}


async def test_cards_tell_what_each_module_needs_stores_and_who_may_use_it(browser: Browser, owner: Person) -> None:
    found = {row["name"]: row for row in (await browser.get(browser.at("/administration/modules"))).json()["rows"]}
    supply = found["supply"]
    assert supply["enabled"]
    assert supply["roles"] == [ORDERS]
    assert "submitAcknowledgement" in supply["operations"]
    assert supply["streams"] == ["purchase_order_status", "purchase_orders", "shipments"]
    assert {"purchase_orders", "decisions"} <= {each["name"] for each in supply["stores"]}
    assert [(each["name"], each["role"]) for each in supply["users"]] == [("Lea Martin", "owner")]
    assert not found["administration"]["can_switch"]


async def test_switching_off_stops_collection_within_a_tick_and_the_client_refuses_at_once(
    three: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    made_before = await client_for(owner.organization_id, connected)
    number = (await rows(owner.organization_id, "select po_number from purchase_orders"))[0].po_number
    assert (await get_purchase_order(made_before, number)) is not None
    calls = len(await three.calls())

    answer = await _put(browser, ["administration"], ["supply", "administration"])
    assert answer.status_code == 200, answer.text
    with pytest.raises(NotAllowed):
        await get_purchase_order(made_before, number)
    mirror = _mirror(three, owner, connected)
    assert await mirror.scheduled("poll") == []
    for stream in ("purchase_orders", "purchase_order_status"):
        async with tenant_session(owner.organization_id) as session:  # a bell that came late
            await runner.schedule(session, runner.POLL, f"{connected}/{stream}")
    await mirror.turn()
    assert len(await three.calls()) == calls
    assert set((await _streams(owner)).values()) == {"paused"}
    assert (
        await rows(
            owner.organization_id,
            "select 1 from work where organization_id = :org and kind in ('decide_orders', 'submit_answer')",
            org=owner.organization_id,
        )
        == []
    )

    refused = await browser.get(browser.at("/supply/orders"))
    assert (refused.status_code, refused.json()["code"]) == (403, "module_off")
    assert (await mirror.one("select count(*) from purchase_orders")).count == 1  # what was stored stays
    assert (await kinds(owner.organization_id, "modules.")) == ["modules.changed"]


async def test_switching_on_again_goes_on_from_where_it_was(
    three: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    await _put(browser, ["administration"], ["supply", "administration"])
    await three.place("LUMF1")
    answer = await _put(browser, ["supply", "administration"], ["administration"])
    assert answer.status_code == 200, answer.text
    mirror = _mirror(three, owner, connected)
    assert len(await mirror.scheduled("poll")) == 3
    await mirror.turn()
    assert set((await _streams(owner)).values()) == {"synced"}
    assert (await mirror.one("select count(*) from purchase_orders")).count == 2
    assert (await browser.get(browser.at("/supply/orders"))).status_code == 200


async def test_a_turn_under_way_writes_nothing_more_after_the_switch(
    three: Amazon, browser: Browser, owner: Person, connected: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page in flight is fenced: its work was taken back while it was on the wire."""
    await three.place("LUMF1")
    mirror = _mirror(three, owner, connected)
    guard = Item.guard
    switched = False

    async def switch_first(item: Item, session: Any) -> None:
        nonlocal switched
        if not switched and item.recorded is False and item.kind == "poll" and reading:
            switched = True
            await _put(browser, ["administration"], ["supply", "administration"])
        await guard(item, session)

    reading = False
    read = runner.Turn.read

    async def read_now(turn: Any, client: Any, *, until: float) -> None:
        nonlocal reading
        reading = True
        await read(turn, client, until=until)

    monkeypatch.setattr(Item, "guard", switch_first)
    monkeypatch.setattr(runner.Turn, "read", read_now)
    await mirror.poll("purchase_orders")
    assert switched
    assert (await mirror.one("select count(*) from purchase_orders")).count == 1


async def test_a_module_beyond_the_consent_shows_before_and_after_and_asks_for_a_new_one(
    three: Amazon, browser: Browser, owner: Person, connected: UUID, ledgers: Module
) -> None:
    answer = await browser.get(browser.at("/administration/modules/change?enabled=supply,ledgers"))
    change = answer.json()
    assert change["added"] == ["ledgers"]
    assert change["operations_gained"] == ["getInvoiceHeaders"]
    assert (change["roles_before"], change["roles_after"]) == ([ORDERS], [FINANCE, ORDERS])
    (consent,) = change["consents"]
    assert consent["before"] == {"name": "OKTee Supply (EU)", "roles": [ORDERS]}
    assert consent["after"] == {"name": "OKTee Supply + Finance (EU)", "roles": [FINANCE, ORDERS]}
    put = await _put(browser, ["supply", "ledgers", "administration"], ["supply", "administration"])
    card = next(row for row in put.json()["rows"] if row["name"] == "ledgers")
    assert card["needs_consent"] == [str(connected)]
    client = await client_for(owner.organization_id, connected)
    assert "getInvoiceHeaders" not in await client._allowed()  # type: ignore[operator,misc]
    assert "getPurchaseOrders" in await client._allowed()  # type: ignore[operator,misc]


async def test_who_did_not_see_the_present_state_is_told_so(browser: Browser) -> None:
    answer = await _put(browser, ["administration"], ["administration"])
    assert (answer.status_code, answer.json()["code"]) == (409, "modules_changed")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"enabled": ["espionage"], "was": ["supply", "administration"]}, "/enabled"),
        ({"enabled": ["supply"]}, "/was"),
        ({"enabled": ["supply"], "was": [], "organization_id": "other"}, "/organization_id"),
    ],
)
async def test_a_wrong_wish_names_its_field(browser: Browser, body: Any, pointer: str) -> None:
    answer = await browser.put(browser.at("/administration/modules"), json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_the_family_with_the_switches_cannot_be_switched_off(browser: Browser, owner: Person) -> None:
    answer = await _put(browser, ["supply"], ["supply", "administration"])
    assert [row["enabled"] for row in answer.json()["rows"]] == [True, True]
    assert await kinds(owner.organization_id, "modules.") == []


async def test_an_old_factor_switches_nothing(oktee: Any, owner: Person, browser: Browser) -> None:
    from oktee.kit.database import global_session

    async with global_session() as session:
        await session.execute(text("update sessions set fresh_at = now() - interval '11 minutes'"))
    answer = await _put(browser, ["administration"], ["supply", "administration"])
    assert (answer.status_code, answer.json()["code"]) == (403, "fresh_factor_required")


async def test_an_analyst_reads_and_switches_nothing(oktee: Any, owner: Person) -> None:
    async with arrive(oktee, await hire((owner.organization_id, owner.slug), role="analyst")) as analyst:
        for answer in (
            await analyst.get(analyst.at("/administration/modules")),
            await _put(analyst, ["administration"], ["supply", "administration"]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


async def test_one_organizations_switch_is_not_another_ones(
    three: Amazon, browser: Browser, stranger: Browser, connected: UUID
) -> None:
    assert (await _put(stranger, ["administration"], ["supply", "administration"])).status_code == 200
    found = (await browser.get(browser.at("/administration/modules"))).json()["rows"]
    assert [row["enabled"] for row in found] == [True, True]
