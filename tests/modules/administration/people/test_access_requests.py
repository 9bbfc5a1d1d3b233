"""Asking for access: whoever gives roles is told, once a day for each person and page."""

from typing import Any

import factories
from factories import Browser, Person
from modules.administration.people.acting import colleague, entries

PATH = "/administration/access-requests"


async def inbox(browser: Browser) -> list[dict[str, Any]]:
    found = (await browser.get(browser.at("/notifications"))).json()
    return [item for group in found["groups"] for item in group["items"] if item["notice"] == "access_requested"]


async def test_who_gives_roles_is_told_once_a_day_and_named(
    app: Any, browser: Browser, owner: Person, stranger: Person
) -> None:
    admin = await colleague(owner, "admin", name="Ada Admin")
    lea = await colleague(owner, "marketing_editor", name="Lea Martin")
    async with factories.open_browser(app, lea) as hers, factories.open_browser(app, stranger) as foreign:
        named = (await hers.get(hers.at(PATH))).json()["names"]
        assert named[-1] == "Ada Admin"
        assert len(named) == 2, "the owner first, and nobody of another workspace"
        for _ in range(2):
            asked = await hers.post(hers.at(PATH), json={"page": "rules"})
            assert (asked.status_code, asked.json()["names"]) == (200, named)
        assert (await hers.post(hers.at(PATH), json={"page": "nowhere"})).status_code == 422
        assert await inbox(hers) == []
        assert await inbox(foreign) == []
    (told,) = await inbox(browser)
    assert told["facts"]["page"] == "rules"
    assert told["facts"]["by"] == "Lea Martin"
    assert told["times"] == 1, "the second one is the same news"
    async with factories.open_browser(app, admin) as theirs:
        assert len(await inbox(theirs)) == 1
        readable = await theirs.post(theirs.at(PATH), json={"page": "orders"})
        assert (readable.status_code, readable.json()["errors"][0]["code"]) == (422, "readable")
    found = await entries(owner, "access.requested")
    assert [(entry.log, entry.payload["permission"]) for entry in found] == [("audit", "rules.read")] * 2
