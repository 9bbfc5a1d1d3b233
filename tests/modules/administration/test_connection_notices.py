"""The banner about connections that need a person: which, to whom, and when it goes."""

from typing import Any
from uuid import UUID

from amazon.connection.connecting import (
    Amazon,
    an_owner,  # noqa: F401 - a fixture
    another_organizations_browser,  # noqa: F401 - a fixture
    arrive,
    connect,
    hire,
    oktee_app,  # noqa: F401 - a fixture
    owners_browser,  # noqa: F401 - a fixture
    rows,
    simulated_amazon,  # noqa: F401 - a fixture
    verify,
)
from factories import Browser, Person
from oktee.amazon.connection import lifecycle
from oktee.amazon.connection.applications import reject
from oktee.kit.database import tenant_session
from sqlalchemy import text


async def _told(browser: Browser) -> list[dict[str, Any]]:
    answer = await browser.get(browser.at("/administration/notices"))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["connections"]
    return found


async def _set(owner: Person, connection_id: UUID, change: str) -> None:
    async with tenant_session(owner.organization_id) as session:
        await session.execute(text(f"update connections set {change} where id = :id"), {"id": connection_id})


async def _connected(amazon: Amazon, browser: Browser) -> UUID:
    connection_id = await connect(amazon, browser)
    assert (await verify(browser, connection_id))["status"] == "active"
    return connection_id


async def test_the_renewal_is_told_from_day_335_of_365(amazon: Amazon, browser: Browser, owner: Person) -> None:
    connection_id = await _connected(amazon, browser)
    assert await _told(browser) == []
    await _set(owner, connection_id, "expires_at = now() + interval '30 days 1 minute'")
    assert await _told(browser) == []
    await _set(owner, connection_id, "expires_at = now() + interval '30 days' - interval '1 minute'")
    (due,) = await _told(browser)
    assert (due["id"], due["status"], due["roles_added"]) == (str(connection_id), "reauthorization_due", False)
    assert due["days_left"] == 29


async def test_a_lapsed_year_and_a_role_gained_are_told_apart(amazon: Amazon, browser: Browser, owner: Person) -> None:
    connection_id = await _connected(amazon, browser)
    await _set(owner, connection_id, "granted_roles = '{}'")
    (due,) = await _told(browser)
    assert (due["status"], due["roles_added"]) == ("reauthorization_due", True)
    await _set(owner, connection_id, "expires_at = now() - interval '1 second'")
    (lapsed,) = await _told(browser)
    assert (lapsed["status"], lapsed["roles_added"], lapsed["days_left"]) == ("reauthorization_required", False, 0)


async def test_a_suspended_connection_says_whose_application_it_is(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    await _connected(amazon, browser)
    (row,) = await rows(owner.organization_id, "select application_id from connections")
    await reject(row.application_id, "invalid_client")
    (told,) = await _told(browser)
    assert (told["status"], told["own_application"]) == ("suspended", False)


async def test_a_revoked_account_is_told_until_it_is_connected_again_or_a_month_is_over(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await _connected(amazon, browser)
    assert await lifecycle.revoked(owner.organization_id, connection_id)
    (told,) = await _told(browser)
    assert (told["status"], told["id"]) == ("revoked", str(connection_id))
    assert told["ended_at"] is not None
    await _set(owner, connection_id, "ended_at = now() - interval '30 days'")
    assert await _told(browser) == []
    await _set(owner, connection_id, "ended_at = now()")
    assert len(await _told(browser)) == 1
    await connect(amazon, browser)
    assert await _told(browser) == []


async def test_a_connection_that_a_person_ended_needs_nobody(amazon: Amazon, browser: Browser) -> None:
    connection_id = await _connected(amazon, browser)
    await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    assert await _told(browser) == []


async def test_the_most_pressing_is_told_first(amazon: Amazon, browser: Browser, owner: Person) -> None:
    first = await _connected(amazon, browser)
    await _set(owner, first, "expires_at = now() + interval '3 days'")
    async with tenant_session(owner.organization_id) as session:
        await session.execute(
            text(
                "insert into connections select (jsonb_populate_record(null::connections, to_jsonb(c) || "
                "jsonb_build_object('id', gen_random_uuid(), 'selling_partner_id', 'A2OTHER', "
                "'expires_at', now() - interval '1 day'))).* from connections c"
            )
        )
    assert [each["status"] for each in await _told(browser)] == ["reauthorization_required", "reauthorization_due"]


async def test_only_who_may_manage_connections_is_told(
    oktee: Any, amazon: Amazon, browser: Browser, stranger: Browser, owner: Person
) -> None:
    connection_id = await _connected(amazon, browser)
    await _set(owner, connection_id, "expires_at = now() + interval '3 days'")
    assert len(await _told(browser)) == 1
    assert await _told(stranger) == []
    hired = await hire((owner.organization_id, owner.slug), role="supply_manager")
    async with arrive(oktee, hired) as manager:
        assert await _told(manager) == []
