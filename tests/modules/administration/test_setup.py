"""The first-run steps follow what is there, one by one, and only in their own workspace."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from catalog.loading import ITEMS, STOCK, hand_in, item_row, load, run_worker, stock_row
from factories import Browser, Person, make_person, open_browser
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror import runner
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.database import global_session, new_id, tenant_session
from sqlalchemy import text


@pytest.fixture
async def desk(db: Any, app: Any) -> AsyncIterator[tuple[Browser, Person]]:
    """A new workspace beside one that has done everything."""
    person, stranger = await make_person(), await make_person()
    await _everything(stranger)
    async with open_browser(app, person) as browser:
        yield browser, person


async def _steps(browser: Browser) -> dict[str, str]:
    answer = await browser.get(browser.at("/administration/setup"))
    assert answer.status_code == 200, answer.text
    steps = answer.json()["steps"]
    assert all((step["done_at"] is not None) == (step["state"] == "done") for step in steps)
    assert answer.json()["complete"] == all(step["state"] == "done" for step in steps)
    return {step["name"]: step["state"] for step in steps}


async def _connect(person: Person) -> UUID:
    """An account that waits for a person to confirm whose it is."""
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
                id=connection_id, application_id=application_id, region="EU", name="Lumea Europe",
                selling_partner_id=str(connection_id), home_marketplace_id="A1PA6795UKMFR9",
                granted_roles=["Inventory and Order Tracking"],
                expires_at=datetime.now(UTC) + timedelta(days=300),
            )
        )  # fmt: skip
    return connection_id


async def _verify(person: Person, connection_id: UUID) -> None:
    async with tenant_session(person.organization_id) as session:
        await session.execute(
            text("update connections set status = 'active', verified_at = now() where id = :id"), {"id": connection_id}
        )
        await runner.start_streams(session, connection_id)


async def _loaded(person: Person) -> None:
    async with tenant_session(person.organization_id) as session:
        await session.execute(text("update streams set first_load_done_at = now()"))


async def _answered(person: Person) -> None:
    async with tenant_session(person.organization_id) as session:
        await record(session, "answer.seen", actor=SYSTEM, subject=Subject("order", "1", "4K8QX2PD"))


async def _everything(person: Person) -> None:
    await _verify(person, await _connect(person))
    await load(person.organization_id, "items", ITEMS + item_row("4420"))
    await load(person.organization_id, "stock", STOCK + stock_row("4420", 60))
    await _loaded(person)
    await _answered(person)


async def test_each_step_is_done_when_it_is_and_not_before(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    names = ("connect", "import_items", "import_stock", "first_sync", "first_order")
    expected = dict.fromkeys(names, "todo") | {"agreement": "done"}
    assert await _steps(browser) == expected
    connection_id = await _connect(person)
    assert await _steps(browser) == expected | {"connect": "running"}
    await _verify(person, connection_id)
    expected |= {"connect": "done", "first_sync": "running"}
    assert await _steps(browser) == expected
    await hand_in(person.organization_id, "items", ITEMS + item_row("4420"))
    assert await _steps(browser) == expected | {"import_items": "running"}
    await run_worker()
    expected |= {"import_items": "done"}
    assert await _steps(browser) == expected
    await load(person.organization_id, "stock", STOCK + stock_row("4420", 60))
    await _loaded(person)
    expected |= {"import_stock": "done", "first_sync": "done"}
    assert await _steps(browser) == expected
    await _answered(person)
    assert await _steps(browser) == dict.fromkeys(("agreement", *names), "done")


async def test_a_file_that_failed_is_no_import(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(person.organization_id, "items", "sku,title\n")
    assert (await _steps(browser))["import_items"] == "todo"


async def test_a_second_account_does_not_begin_the_first_run_again(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await _everything(person)
    await _verify(person, await _connect(person))
    assert set((await _steps(browser)).values()) == {"done"}
