"""The screen of the streams: what is fetched, how far it has come, fetch now; and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from factories import Browser, Person, make_person, open_browser
from oktee.amazon.client.breaker import Breaker
from oktee.amazon.connection import circuits
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror import runner
from oktee.kit.database import database, global_session, new_id, tenant_session
from sqlalchemy import text


async def connect(person: Person, *, status: str = "active") -> UUID:
    """A connection with its streams started; no call is made, since no worker runs."""
    connection_id, application_id = new_id(), new_id()
    async with global_session() as session:
        session.add(
            Application(
                id=application_id, name="Test", kind="sandbox", region="EU", roles=[], secret_blob=b"", token_url="",
                application_id="amzn1.sp.solution.x", client_id=str(application_id), endpoint="", consent_url="",
            )
        )  # fmt: skip
    async with tenant_session(person.organization_id) as session:
        session.add(
            AmazonConnection(
                id=connection_id, application_id=application_id, region="EU", name="Lumea Europe", status=status,
                selling_partner_id="amzn1.vg.1001", home_marketplace_id="A1PA6795UKMFR9",
                granted_roles=["Inventory and Order Tracking"],
                expires_at=datetime.now(UTC) + timedelta(days=300),
            )
        )  # fmt: skip
        await session.flush()
        await runner.start_streams(session, connection_id)
    return connection_id


@pytest.fixture
async def owner(db: Any, app: Any) -> AsyncIterator[tuple[Browser, UUID]]:
    """An owner's browser and a connection, with another organization's connection beside it."""
    person, stranger = await make_person(), await make_person()
    connection_id = await connect(person)
    await connect(stranger)
    async with open_browser(app, person) as browser:
        yield browser, connection_id


async def test_streams_are_listed_with_the_progress_of_the_first_load(owner: tuple[Browser, UUID]) -> None:
    browser, connection_id = owner
    answer = await browser.get(browser.at("/administration/sync"))
    assert answer.status_code == 200
    streams = answer.json()["streams"]
    assert [(each["connection_id"], each["name"], each["state"]) for each in streams] == [
        (str(connection_id), "purchase_order_status", "queued"),
        (str(connection_id), "purchase_orders", "queued"),
        (str(connection_id), "shipments", "queued"),
    ]
    load = streams[0]["first_load"]
    assert (load["windows_total"], load["windows_done"], load["items"], load["done_at"]) == (19, 0, 0, None)
    assert (streams[0]["last_error"], streams[0]["last_success_at"], streams[0]["items_seen"]) == (None, None, 0)


async def test_fetch_now_is_accepted_once_and_kept_as_an_act_of_the_person(owner: tuple[Browser, UUID]) -> None:
    browser, connection_id = owner
    path = browser.at(f"/administration/sync/{connection_id}/purchase_orders/runs")
    for _ in range(2):
        answer = await browser.post(path)
        assert (answer.status_code, answer.json()) == (202, {})
    runs = (await browser.get(browser.at("/administration/sync/runs"))).json()["rows"]
    assert [(run["stream"], run["reason"], run["outcome"], run["pages"]) for run in runs] == [
        ("purchase_orders", "manual", None, 0)
    ]
    async with database.autocommit() as connection:
        due = await connection.execute(text("select due_at <= now() as due from work where key like :key"), {"key": f"{connection_id}/%orders"})  # fmt: skip
        assert [row.due for row in due] == [True]


async def test_runs_are_filtered_and_limited(owner: tuple[Browser, UUID]) -> None:
    browser, connection_id = owner
    for stream in ("purchase_orders", "purchase_order_status"):
        await browser.post(browser.at(f"/administration/sync/{connection_id}/{stream}/runs"))
    path = browser.at("/administration/sync/runs")
    for query, expected in (
        ({"stream": "purchase_orders"}, ["purchase_orders"]),
        ({"connection": str(connection_id), "limit": "1"}, ["purchase_order_status"]),
        ({"connection": str(new_id())}, []),
    ):
        rows = (await browser.get(path, params=query)).json()["rows"]
        assert [row["stream"] for row in rows] == expected
    assert (await browser.get(path, params={"limit": "0"})).status_code == 422


async def test_other_peoples_and_missing_streams_are_not_found(owner: tuple[Browser, UUID]) -> None:
    browser, connection_id = owner
    async with database.autocommit() as connection:
        keys = list((await connection.execute(text("select key from work where kind = 'poll'"))).scalars())
    (foreign,) = {key.split("/")[0] for key in keys} - {str(connection_id)}
    for path in (f"{foreign}/purchase_orders", f"{new_id()}/purchase_orders", f"{connection_id}/reports"):
        answer = await browser.post(browser.at(f"/administration/sync/{path}/runs"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_connection_that_is_not_collecting_says_so(db: Any, app: Any) -> None:
    person = await make_person()
    connection_id = await connect(person, status="pending_verification")
    async with open_browser(app, person) as browser:
        answer = await browser.post(browser.at(f"/administration/sync/{connection_id}/purchase_orders/runs"))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_collecting")


async def test_an_analyst_looks_and_a_supply_manager_fetches(app: Any, owner: tuple[Browser, UUID]) -> None:
    _, connection_id = owner
    for role, status in (("analyst", 403), ("supply_manager", 202)):
        person = await make_person(role=role)
        connection_id = await connect(person)
        async with open_browser(app, person) as browser:
            assert (await browser.get(browser.at("/administration/sync"))).status_code == 200
            assert (await browser.get(browser.at("/administration/sync/runs"))).status_code == 200
            path = browser.at(f"/administration/sync/{connection_id}/purchase_orders/runs")
            assert (await browser.post(path)).status_code == status


async def test_nobody_looks_without_signing_in(app: Any, owner: tuple[Browser, UUID]) -> None:
    browser, _ = owner
    async with open_browser(app) as stranger:
        stranger.slug = browser.slug
        assert (await stranger.get(stranger.at("/administration/sync"))).status_code == 401


async def test_an_api_is_shown_as_left_alone_for_as_long_as_it_was_found_failing(
    owner: tuple[Browser, UUID],
) -> None:
    """What one process says of it ends with the first answer that any has, and by itself where nobody calls any more."""
    browser, connection_id = owner
    async with global_session() as session:
        find = text("select id from organizations where slug = :slug")
        organization: UUID = (await session.execute(find, {"slug": browser.slug})).scalar_one()

    async def shown() -> list[str]:
        return [one["family"] for one in (await browser.get(browser.at("/administration/sync"))).json()["circuits"]]

    async def kept() -> dict[str, Any]:
        async with tenant_session(organization) as session:
            return (await session.get_one(AmazonConnection, connection_id)).circuits

    async def told() -> list[str]:
        async with tenant_session(organization) as session:
            rows = await session.execute(
                text("select kind from journal_entries where kind like 'sync.circuit%' order by at")
            )
            return [kind.rpartition("_")[2] for kind in rows.scalars()]

    async def pass_by(minutes: int) -> None:
        async with tenant_session(organization) as session:
            row = await session.get_one(AmazonConnection, connection_id)
            failed_at = datetime.fromisoformat(row.circuits["vendor_orders"]["failed_at"]) - timedelta(minutes=minutes)
            row.circuits = row.circuits | {
                "vendor_orders": row.circuits["vendor_orders"] | {"failed_at": failed_at.isoformat()}
            }

    turned = circuits.keeper(organization, connection_id)
    await asyncio.gather(*(turned("vendor_orders", "503") for _ in range(10)))
    assert (await shown(), await told()) == (["vendor_orders"], ["opened"]), "ten found it out at once: said once"
    since = (await kept())["vendor_orders"]["since"]
    await pass_by(9)
    await turned("vendor_orders", "503")
    await pass_by(9)
    assert await shown() == ["vendor_orders"], "somebody found it failing nine minutes ago"
    assert (await kept())["vendor_orders"]["since"] == since
    await pass_by(2)
    assert await shown() == [], "nobody has called it for ten minutes: nothing is left alone"

    # This process has not failed itself. It reads the row, calls, has an answer, and says so; a row of an older form, too.
    for row in (await kept(), {"vendor_orders": since}):
        async with tenant_session(organization) as session:
            (await session.get_one(AmazonConnection, connection_id)).circuits = row
        breaker = Breaker()
        for family, lately in circuits.found_failing(row, datetime.now(UTC)).items():
            assert (family, lately) == ("vendor_orders", False)
            breaker.adopt(lately=lately)
        assert breaker.admit("getPurchaseOrders") is None, "what is long ago keeps no call here"
        assert breaker.succeeded() is True
        await turned("vendor_orders", None)
        assert await kept() == {}
    assert await told() == ["opened", "closed", "closed"]
    await turned("vendor_orders", "timeout")
    assert await told() == ["opened", "closed", "closed", "opened"]
    assert (await kept())["vendor_orders"]["since"] > since
