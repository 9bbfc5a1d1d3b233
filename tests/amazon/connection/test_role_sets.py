"""A consent goes to the application with the fewest roles that cover what is switched on, and says so before leaving."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from amazon.connection.connecting import GERMANY, LUMEA, Amazon, begin, come_back, connect, kinds, rows, verify
from amazon.connection.role_sets import (
    ANALYTICS,
    FINANCE,
    ORDERS,
    SETS,
    a_second_module,
    known,
    role_set,
    three_role_sets,
)
from factories import Browser, Person
from oktee.amazon.client.errors import NotAllowed
from oktee.amazon.connection import permissions
from oktee.amazon.connection.applications import find_application
from oktee.amazon.connection.clients import client_for
from oktee.kit.database import global_session
from oktee.kit.module import Module
from sqlalchemy import text

__all__ = ["a_second_module", "three_role_sets"]


async def _enable(owner: Person, *names: str) -> None:
    async with global_session() as session:
        await session.execute(
            text("update organizations set modules = :names where id = :id"),
            {"names": [*names, "administration"], "id": owner.organization_id},
        )


async def _sheet(browser: Browser, modules: str = "") -> dict[str, Any]:
    query = f"?modules={modules}" if modules else ""
    answer = await browser.get(browser.at(f"/administration/permissions{query}"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _roles_on_the_page(amazon: Amazon, url: str) -> list[str]:
    return sorted(re.findall(r"<li>([^<]+)</li>", (await amazon.http.get(url)).text))


@pytest.mark.parametrize(
    ("modules", "roles"),
    [(("supply",), [ORDERS]), (("supply", "ledgers"), [FINANCE, ORDERS]), (("ledgers",), [FINANCE, ORDERS])],
)
async def test_amazons_page_lists_the_roles_that_were_shown_before_leaving(
    three: Amazon, browser: Browser, owner: Person, ledgers: Module, modules: tuple[str, ...], roles: list[str]
) -> None:
    await _enable(owner, *modules)
    (consent,) = [each for each in (await _sheet(browser))["consents"] if each["region"] == "EU"]
    assert consent["roles"] == roles
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"), json={"marketplace_id": GERMANY}
    )
    begun = answer.json()
    assert (sorted(begun["roles"]), begun["application"]) == (consent["roles"], consent["application"])
    assert await _roles_on_the_page(three, begun["url"]) == consent["roles"]


async def test_where_nothing_tighter_exists_the_sheet_names_what_amazon_lists_beyond_the_need(
    amazon: Amazon, browser: Browser
) -> None:
    await known(amazon, SETS[2])
    (consent,) = [each for each in (await _sheet(browser))["consents"] if each["region"] == "EU"]
    assert consent["application"] == "OKTee All (EU)"
    assert consent["needed"] == [ORDERS]
    assert consent["beyond"] == [ANALYTICS, FINANCE]


async def test_a_need_that_no_application_covers_is_named_and_no_consent_begins(
    amazon: Amazon, browser: Browser, owner: Person, ledgers: Module
) -> None:
    await known(amazon, SETS[0])
    await _enable(owner, "supply", "ledgers")
    (consent,) = [each for each in (await _sheet(browser))["consents"] if each["region"] == "EU"]
    assert (consent["application"], consent["missing"]) == (None, [FINANCE, ORDERS])
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"), json={"marketplace_id": GERMANY}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "no_application")


async def test_modules_that_changed_since_they_were_shown_are_shown_again_first(
    three: Amazon, browser: Browser
) -> None:
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"),
        json={"marketplace_id": GERMANY, "modules": ["administration"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "modules_changed")


async def test_an_unknown_operation_is_covered_by_no_application(three: Amazon) -> None:
    async with global_session() as session:
        assert await find_application(session, "EU", ["getInvoiceHeaders"]) is None
        found = await find_application(session, "EU", ["getPurchaseOrders"])
        assert found is not None
        assert found.name == "OKTee Supply (EU)"
        assert await find_application(session, "FE") is None
    assert permissions.covers([ORDERS], [])


async def test_a_connection_uses_one_application_and_a_renewal_moves_it_to_the_one_that_covers(
    three: Amazon, browser: Browser, owner: Person, ledgers: Module
) -> None:
    await _enable(owner, "supply")
    await three.place("LUMD1")
    connection_id = await connect(three, browser)
    await verify(browser, connection_id)
    first = await client_for(owner.organization_id, connection_id)
    await _enable(owner, "supply", "ledgers")
    assert await first._allowed() == {  # type: ignore[operator,misc]
        "getPurchaseOrders", "getPurchaseOrder", "submitAcknowledgement", "getPurchaseOrdersStatus", "getTransaction",
        "SubmitShipmentConfirmations", "SubmitShipments", "GetShipmentDetails", "GetShipmentLabels",
    }  # fmt: skip
    (shown,) = (await browser.get(browser.at("/administration/connections"))).json()["rows"]
    assert shown["needs_consent"] == ["ledgers"]
    assert shown["application"]["roles"] == [ORDERS]

    answer = await browser.post(
        browser.at("/administration/connections/authorizations"),
        json={"marketplace_id": GERMANY, "connection_id": str(connection_id)},
    )
    _, result = await come_back(browser, await three.decide(answer.json()["url"], "approve", LUMEA))
    assert result == {"result": "connected", "connection": str(connection_id)}
    (row,) = await rows(
        owner.organization_id,
        "select a.name, c.granted_roles, c.status from connections c join applications a on a.id = c.application_id",
    )
    assert (row.name, sorted(row.granted_roles), row.status) == (
        "OKTee Supply + Finance (EU)",
        [FINANCE, ORDERS],
        "active",
    )
    renewed = await client_for(owner.organization_id, connection_id)
    assert "getInvoiceHeaders" in await renewed._allowed()  # type: ignore[operator,misc]
    assert renewed._throttle is not first._throttle  # buckets of two applications are never one
    (shown,) = (await browser.get(browser.at("/administration/connections"))).json()["rows"]
    assert shown["needs_consent"] == []


async def test_a_role_that_the_application_gains_asks_for_a_new_consent(three: Amazon, browser: Browser) -> None:
    await three.place("LUMD1")
    await verify(browser, await connect(three, browser))
    await known(three, role_set("Supply", ORDERS, ANALYTICS))
    (shown,) = (await browser.get(browser.at("/administration/connections"))).json()["rows"]
    assert (shown["status"], shown["roles_added"]) == ("reauthorization_due", [ANALYTICS])


async def test_the_client_refuses_what_the_consent_lists_beyond_the_need(
    amazon: Amazon, browser: Browser, owner: Person, ledgers: Module
) -> None:
    await known(amazon, SETS[2])
    await _enable(owner, "supply")
    await amazon.place("LUMD1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    client = await client_for(owner.organization_id, connection_id)
    from amazon.connection.role_sets import INVOICES

    calls = len(await amazon.calls())
    with pytest.raises(NotAllowed):
        await client.request(INVOICES, decode=lambda answer: answer)
    assert len(await amazon.calls()) == calls


async def test_the_consent_under_way_keeps_the_application_it_was_asked_for(
    three: Amazon, browser: Browser, owner: Person, ledgers: Module
) -> None:
    await _enable(owner, "supply")
    url = await begin(browser)
    assert parse_qs(urlsplit(url).query)["application_id"] == ["amzn1.sp.solution.supply"]
    await _enable(owner, "supply", "ledgers")
    await come_back(browser, await three.decide(url, "approve"))
    assert "connection.authorized" in await kinds(owner.organization_id)
    (row,) = await rows(
        owner.organization_id,
        "select a.application_id from connections c join applications a on a.id = c.application_id",
    )
    assert row.application_id == "amzn1.sp.solution.supply"
