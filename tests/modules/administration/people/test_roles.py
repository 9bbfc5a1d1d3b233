"""Roles of a workspace's own: never more than their maker holds, and what shrinks ends sessions."""

from typing import Any

import factories
from factories import Browser, Person
from modules.administration.people.acting import PEOPLE, code, colleague, entries, people
from oktee.access.roles import ROLES

ROLE_PATH = "/administration/roles"


async def make(browser: Browser, name: str = "Order desk", **over: Any) -> str:
    body = {"name": name, "base": "analyst", "permissions": ["orders.read", "orders.hold"]} | over
    answer = await browser.post(browser.at(ROLE_PATH), json=body)
    assert answer.status_code == 201, answer.text
    return str(next(role["key"] for role in answer.json()["roles"] if role["name"] == name))


async def test_a_role_of_its_own_opens_what_it_names_and_no_more(app: Any, browser: Browser, owner: Person) -> None:
    key = await make(browser)
    lea = await colleague(owner, "analyst")
    assert (await browser.put(browser.at(f"{PEOPLE}/{lea.id}/access"), json={"role": key})).status_code == 200
    async with factories.open_browser(app, lea) as hers:
        [workspace] = (await hers.get("/api/v1/me")).json()["workspaces"]
        assert (workspace["role_name"], workspace["permissions"]) == ("Order desk", ["orders.hold", "orders.read"])
        assert (await hers.get(hers.at("/supply/orders"))).status_code == 200
        answer = await hers.get(hers.at("/administration/catalog/items"))
        assert (answer.status_code, code(answer)) == (403, "permission_missing")
        shrunk = await browser.put(
            browser.at(f"{ROLE_PATH}/{key}"), json={"name": "Order desk", "permissions": ["orders.hold"]}
        )
        assert shrunk.status_code == 200
        assert (await hers.get("/api/v1/me")).status_code == 401
    [entry] = await entries(owner, "role.changed")
    assert entry.payload["before"]["permissions"] == ["orders.hold", "orders.read"]
    assert entry.payload["after"]["permissions"] == ["orders.hold"]
    assert entry.payload["ended_sessions"] == 1
    used = await browser.delete(browser.at(f"{ROLE_PATH}/{key}"))
    assert (used.status_code, code(used)) == (409, "role_in_use")


async def test_nobody_makes_or_changes_a_role_above_their_own(app: Any, browser: Browser, owner: Person) -> None:
    high = await make(browser, "Guardian", permissions=["privacy.manage"])
    admin = await colleague(owner, "admin")
    async with factories.open_browser(app, admin) as his:
        for answer in (
            await his.post(his.at(ROLE_PATH), json={"name": "X", "base": "owner", "permissions": ["privacy.manage"]}),
            await his.put(his.at(f"{ROLE_PATH}/{high}"), json={"name": "Guardian", "permissions": []}),
            await his.delete(his.at(f"{ROLE_PATH}/{high}")),
            await his.put(his.at(f"{PEOPLE}/{admin.id}/access"), json={"role": high}),
        ):
            assert (answer.status_code, code(answer)) == (403, "more_than_yours"), answer.text


async def test_roles_that_ship_stay_as_they_are(browser: Browser) -> None:
    for key in ROLES:
        answer = await browser.put(browser.at(f"{ROLE_PATH}/{key}"), json={"name": "Mine", "permissions": []})
        assert (answer.status_code, code(answer)) == (409, "shipped_role")
    shipped = {role["key"]: set(role["permissions"]) for role in (await people(browser))["roles"] if role["shipped"]}
    assert shipped == {key: set(permissions) for key, permissions in ROLES.items()}
    taken = await browser.post(
        browser.at(ROLE_PATH), json={"name": "supply Manager", "base": "analyst", "permissions": []}
    )
    assert (taken.status_code, code(taken)) == (409, "role_name_taken")
    unknown = await browser.post(browser.at(ROLE_PATH), json={"name": "X", "base": "analyst", "permissions": ["a.b"]})
    assert unknown.status_code == 422


async def test_a_role_of_another_workspace_does_not_exist_here(
    app: Any, browser: Browser, owner: Person, stranger: Person
) -> None:
    async with factories.open_browser(app, stranger) as theirs:
        key = await make(theirs)
    lea = await colleague(owner, "analyst")
    assert key not in {role["key"] for role in (await people(browser))["roles"]}
    assert (await browser.delete(browser.at(f"{ROLE_PATH}/{key}"))).status_code == 404
    changed = await browser.put(browser.at(f"{ROLE_PATH}/{key}"), json={"name": "X", "permissions": []})
    assert changed.status_code == 404
    given = await browser.put(browser.at(f"{PEOPLE}/{lea.id}/access"), json={"role": key})
    assert (given.status_code, given.json()["errors"][0]["code"]) == (422, "unknown_role")
