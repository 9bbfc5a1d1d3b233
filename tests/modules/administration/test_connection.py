"""The screen of the connection: what it shows, each button, and who may press it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from amazon.connection.connecting import (
    FRANCE,
    GERMANY,
    LUMEA,
    NORDHANDEL_DE,
    Amazon,
    an_owner,  # noqa: F401 - a fixture
    another_organizations_browser,  # noqa: F401 - a fixture
    arrive,
    at_amazon,
    begin,
    come_back,
    connect,
    hire,
    kinds,
    oktee_app,  # noqa: F401 - a fixture
    owners_browser,  # noqa: F401 - a fixture
    registration,
    rows,
    simulated_amazon,  # noqa: F401 - a fixture
    verify,
)
from factories import Browser, Person, make_organization, open_browser
from oktee.amazon.connection.applications import register, reject
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.outbound import HttpInTransaction
from oktee.kit.database import tenant_session
from oktee.kit.errors import NotFound
from pydantic import SecretStr
from sqlalchemy import text


@pytest.fixture
async def analyst(oktee: Any, owner: Person) -> AsyncIterator[Browser]:
    async with arrive(oktee, await hire((owner.organization_id, owner.slug), role="analyst")) as browser:
        yield browser


async def _list(browser: Browser) -> list[dict[str, Any]]:
    answer = await browser.get(browser.at("/administration/connections"))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def _work(organization_id: UUID) -> list[str]:
    found = await rows(
        organization_id,
        "select key from work where organization_id = :org and kind = 'poll' order by key",
        org=organization_id,
    )
    return [row.key for row in found]


async def test_marketplaces_say_where_an_account_can_be_connected(amazon: Amazon, browser: Browser) -> None:
    answer = await browser.get(browser.at("/administration/marketplaces"))
    found = {row["country"]: row for row in answer.json()["rows"]}
    assert len(found) == 23
    assert found["DE"]["available"]
    assert found["US"]["available"]
    assert not found["JP"]["available"]
    assert found["BE"]["languages"] == ["nl-BE", "fr-BE"]
    assert found["FR"]["vendor_central_url"] == "https://vendorcentral.amazon.fr"


async def test_permissions_are_those_of_the_enabled_modules(amazon: Amazon, browser: Browser) -> None:
    sheet = (await browser.get(browser.at("/administration/permissions"))).json()
    supply = next(module for module in sheet["modules"] if module["name"] == "supply")
    assert supply["enabled"]
    submit = next(row for row in supply["operations"] if row["operation"] == "submitAcknowledgement")
    assert submit["writes"]
    assert submit["why"]
    assert "Inventory and Order Tracking" in submit["roles"]
    assert submit["last_used_at"] is None
    assert sheet["roles"] == sheet["application_roles"] == ["Inventory and Order Tracking"]
    assert {each["id"] for each in sheet["never"]} >= {"connection.never.credentials", "connection.never.buyers"}


async def test_permissions_of_other_modules_can_be_looked_at_before(amazon: Amazon, browser: Browser) -> None:
    sheet = (await browser.get(browser.at("/administration/permissions?modules=administration"))).json()
    assert [module["name"] for module in sheet["modules"] if module["enabled"]] == ["administration"]
    assert sheet["roles"] == []


async def test_an_operation_that_was_used_says_when(amazon: Amazon, browser: Browser, stranger: Browser) -> None:
    await connect(amazon, browser)

    async def used(who: Browser) -> dict[str, Any]:
        sheet = (await who.get(who.at("/administration/permissions"))).json()
        operations = next(module for module in sheet["modules"] if module["name"] == "supply")["operations"]
        return {row["operation"]: row["last_used_at"] for row in operations}

    ours = await used(browser)
    assert ours["getPurchaseOrders"] is not None
    assert ours["submitAcknowledgement"] is None
    assert set((await used(stranger)).values()) == {None}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"marketplace_id": "A0NEW"}, "/marketplace_id"),
        ({"marketplace_id": GERMANY, "modules": ["espionage"]}, "/modules"),
        ({"marketplace_id": GERMANY, "password": "secret"}, "/password"),
        ({}, "/marketplace_id"),
    ],
)
async def test_a_wrong_wish_to_connect_names_its_field(
    amazon: Amazon, browser: Browser, body: Any, pointer: str
) -> None:
    answer = await browser.post(browser.at("/administration/connections/authorizations"), json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_region_without_an_application_cannot_be_connected(amazon: Amazon, browser: Browser) -> None:
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"), json={"marketplace_id": "A1VC38T7YXB528"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "no_application")


async def test_what_is_shown_is_confirmed_and_then_fetched(amazon: Amazon, browser: Browser, owner: Person) -> None:
    await amazon.place("LUMD1", "LUMF1", "LUMU1")
    connection_id = await connect(amazon, browser)
    (shown,) = await _list(browser)
    assert (shown["id"], shown["status"], shown["selling_partner_id"]) == (
        str(connection_id),
        "pending_verification",
        LUMEA,
    )
    assert [(code["code"], code["country"]) for code in shown["vendor_codes"]] == [
        ("LUMD1", "DE"),
        ("LUMF1", "FR"),
        ("LUMU1", "UK"),
    ]
    assert {code["freight"] for code in shown["vendor_codes"]} == {"prepaid"}
    assert shown["marketplaces"] == [{"id": GERMANY, "country": "DE"}]
    assert shown["streams"] == []
    assert await _work(owner.organization_id) == []
    verified = await verify(browser, connection_id)
    assert (verified["status"], verified["status_reason"]) == ("active", None)
    assert {each["country"] for each in verified["marketplaces"]} == {"DE", "FR", "UK"}
    assert [stream["name"] for stream in verified["streams"]] == [
        "purchase_order_status",
        "purchase_orders",
        "shipments",
    ]
    assert verified["authorized_by"] == "Lea Martin"
    assert verified["days_left"] == 364
    application = {"name": "OKTee EU", "kind": "sandbox", "roles": ["Inventory and Order Tracking"]}
    assert verified["application"] == application
    assert await _work(owner.organization_id) == [
        f"{connection_id}/purchase_order_status",
        f"{connection_id}/purchase_orders",
        f"{connection_id}/shipments",
    ]
    assert await kinds(owner.organization_id, "connection.") == ["connection.authorized", "connection.verified"]


async def test_verifying_twice_starts_nothing_twice(amazon: Amazon, browser: Browser, owner: Person) -> None:
    connection_id = await connect(amazon, browser)
    first, second = await verify(browser, connection_id), await verify(browser, connection_id)
    assert first["verified_at"] == second["verified_at"]
    assert await kinds(owner.organization_id, "connection.") == ["connection.authorized", "connection.verified"]


async def test_an_account_without_orders_can_be_verified_by_its_id(amazon: Amazon, browser: Browser) -> None:
    connection_id = await connect(amazon, browser)
    assert (await _list(browser))[0]["vendor_codes"] == []
    assert (await verify(browser, connection_id))["status"] == "active"


async def test_a_token_that_reads_no_orders_stays_unverified_and_nothing_is_fetched(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    await amazon.control("POST", "/applications", at_amazon(registration(roles=("Product Listing",))))
    connection_id = await connect(amazon, browser)
    found = await verify(browser, connection_id)
    assert (found["status"], found["status_reason"]) == ("pending_verification", "orders_not_readable")
    assert found["streams"] == []
    assert await _work(owner.organization_id) == []
    assert set(await kinds(owner.organization_id, "connection.")) == {
        "connection.authorized",
        "connection.verification_failed",
    }


async def test_a_tampered_partner_id_shows_by_the_codes_of_another_connection(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    """A token of Lumea's under the id of Nordhandel: the orders carry Lumea's vendor codes."""
    await amazon.place("LUMD1")
    real = await connect(amazon, browser)
    await verify(browser, real)
    async with tenant_session(owner.organization_id) as session:
        await session.execute(
            text("insert into vendor_codes (connection_id, code, marketplace_id) values (:id, 'LUMD1', :mp)"),
            {"id": real, "mp": GERMANY},
        )
    location = await amazon.decide(await begin(browser), "approve", LUMEA)
    _, result = await come_back(browser, location.replace(LUMEA, NORDHANDEL_DE))
    wrong = UUID(result["connection"])
    assert wrong != real
    found = await verify(browser, wrong)
    assert (found["status"], found["status_reason"]) == ("pending_verification", "vendor_codes_of_another_connection")
    assert found["streams"] == []
    assert all(key.startswith(str(real)) for key in await _work(owner.organization_id))


async def test_codes_that_nobody_was_shown_are_shown_first(amazon: Amazon, browser: Browser) -> None:
    connection_id = await connect(amazon, browser)
    await amazon.place("LUMD1")
    found = await verify(browser, connection_id)
    assert (found["status"], found["status_reason"]) == ("pending_verification", "vendor_codes_not_shown_before")
    assert [code["code"] for code in found["vendor_codes"]] == ["LUMD1"]
    assert (await verify(browser, connection_id))["status"] == "active"


async def test_an_amazon_without_an_answer_changes_nothing(amazon: Amazon, browser: Browser) -> None:
    connection_id = await connect(amazon, browser)
    await amazon.fault(operation="getPurchaseOrders", kind="error_503")
    answer = await browser.post(browser.at(f"/administration/connections/{connection_id}/verification"))
    assert (answer.status_code, answer.json()["code"]) == (503, "amazon_away")
    assert (await _list(browser))[0]["status"] == "pending_verification"


async def test_a_grant_revoked_before_the_verification_ends_the_connection(amazon: Amazon, browser: Browser) -> None:
    connection_id = await connect(amazon, browser)
    await amazon.control("POST", "/revoke", {"selling_partner_id": LUMEA})
    found = await verify(browser, connection_id)
    assert (found["status"], found["status_reason"]) == ("revoked", "invalid_grant")
    answer = await browser.post(browser.at(f"/administration/connections/{connection_id}/verification"))
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_ended")


async def test_a_rejected_application_reads_as_suspended_until_it_is_registered_again(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    (row,) = await rows(owner.organization_id, "select application_id from connections")
    await reject(row.application_id, "invalid_client")
    assert (await _list(browser))[0]["status"] == "suspended"
    assert (await rows(owner.organization_id, "select status from connections"))[0].status == "active"
    async with tenant_session(owner.organization_id) as session:
        await register(session, registration(client_secret=SecretStr("amzn1.oa2-cs.v1.eu")))
    assert (await _list(browser))[0]["status"] == "active"


async def test_disconnecting_destroys_the_tokens_and_keeps_the_data(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    answer = await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    found = answer.json()
    assert (answer.status_code, found["status"]) == (200, "disconnected")
    assert found["ended_at"] is not None
    assert {(stream["state"], stream["next_due_at"]) for stream in found["streams"]} == {("paused", None)}
    assert await rows(owner.organization_id, "select 1 from secrets") == []
    assert await rows(owner.organization_id, "select 1 from connection_tokens where access_blob is not null") == []
    assert await rows(owner.organization_id, "select 1 from amazon_accounts") == []
    with pytest.raises(ConnectionEnded):
        await client_for(owner.organization_id, connection_id)
    again = await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    assert again.json()["ended_at"] == found["ended_at"]
    assert (await kinds(owner.organization_id, "connection."))[-1] == "connection.disconnected"
    assert (await kinds(owner.organization_id, "connection.")).count("connection.disconnected") == 1


async def test_the_client_of_a_connection_calls_only_what_is_needed_and_never_in_a_transaction(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    with pytest.raises(NotVerified):
        await client_for(owner.organization_id, connection_id)
    await verify(browser, connection_id)
    client = await client_for(owner.organization_id, connection_id)
    assert callable(client._allowed)
    assert await client._allowed() == {
        "getPurchaseOrders", "getPurchaseOrder", "submitAcknowledgement", "getPurchaseOrdersStatus", "getTransaction",
        "SubmitShipmentConfirmations", "SubmitShipments", "GetShipmentDetails", "GetShipmentLabels",
    }  # fmt: skip
    assert (await client_for(owner.organization_id, connection_id))._http is client._http
    async with tenant_session(owner.organization_id):
        with pytest.raises(HttpInTransaction):
            await client_for(owner.organization_id, connection_id)
        with pytest.raises(HttpInTransaction):
            await client._http.get("http://simulator/")
    stranger, _ = await make_organization()
    with pytest.raises(NotFound):
        await client_for(stranger, connection_id)


async def test_every_change_is_audited_and_told_to_the_live_stream(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    entries = await rows(
        owner.organization_id,
        "select kind, log, actor_type, actor_name, object_id, hash from journal_entries where kind like 'connection.%'",
    )
    assert {(each.log, each.actor_type, each.actor_name, each.object_id) for each in entries} == {
        ("audit", "person", "Lea Martin", str(connection_id))
    }
    assert all(each.hash is not None for each in entries)
    told = await rows(owner.organization_id, "select payload from outbox where topic = 'connection.changed'")
    assert {each.payload["connection_id"] for each in told} == {str(connection_id)}
    assert len(told) >= 3


READS = ("/administration/marketplaces", "/administration/permissions", "/administration/connections")
WRITES = (
    ("POST", "/administration/connections/authorizations", {"marketplace_id": FRANCE}),
    ("POST", "/administration/connections/{id}/verification", None),
    ("DELETE", "/administration/connections/{id}", None),
)


async def test_an_analyst_reads_and_presses_no_button(amazon: Amazon, browser: Browser, analyst: Browser) -> None:
    connection_id = await connect(amazon, browser)
    for path in READS:
        assert (await analyst.get(analyst.at(path))).status_code == 200
    for method, path, body in WRITES:
        answer = await analyst.request(method, analyst.at(path.format(id=connection_id)), json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing"), path
    assert (await _list(browser))[0]["status"] == "pending_verification"


async def test_another_organization_sees_nothing_and_reaches_nothing(
    amazon: Amazon, browser: Browser, stranger: Browser
) -> None:
    connection_id = await connect(amazon, browser)
    assert await _list(stranger) == []
    for method, path, _ in WRITES[1:]:
        for missing in (connection_id, uuid4()):
            answer = await stranger.request(method, stranger.at(path.format(id=missing)))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    for path in READS:
        assert (await stranger.get(browser.at(path))).status_code == 404
    assert (await _list(browser))[0]["status"] == "pending_verification"


async def test_who_is_not_signed_in_is_told_so(oktee: Any, browser: Browser) -> None:
    async with open_browser(oktee) as nobody:
        for path in READS:
            assert (await nobody.get(browser.at(path))).status_code == 401
        for method, path, body in WRITES:
            answer = await nobody.request(method, browser.at(path.format(id=uuid4())), json=body)
            assert answer.status_code == 401


def test_nothing_here_asks_for_amazon_credentials(oktee: Any) -> None:
    document = oktee.openapi()
    ways_in = ("/administration/connections", "/oauth/amazon/", "/amazon/arrival")
    paths = {path: each for path, each in document["paths"].items() if any(way in path for way in ways_in)}
    assert any("authorizations" in path for path in paths)
    asked = str(paths).lower()
    for schema in ("AuthorizationIn", "PrivateAppIn", "VerificationIn"):
        asked += str(document["components"]["schemas"][schema]).lower()
    asked = asked.replace("'format': 'password'", "")  # how JSON schema marks any value that is not to be shown
    assert "password" not in asked
    assert "otp" not in asked
