"""One question asked of a list by its quick way and by its route."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from factories import Browser, make_person, open_browser
from modules.supply.world import Json, World
from oktee.access.scope import Scope

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
ROUTE_ONLY = {"by_the_route": "1"}
"""A word that the quick way does not know, and that the route ignores."""


@asynccontextmanager
async def reader(world: World, scope: Scope | None = None, role: str = "supply_manager") -> AsyncIterator[Browser]:
    """Somebody who was here already: a first visit is noted by a route."""
    owner = world.people["owner"]
    person = await make_person(organization=(owner.organization_id, owner.slug), role=role)
    if scope is not None:
        await world.db.execute(
            "update memberships set scope = $1::jsonb where user_id = $2", scope.to_json(), person.id
        )
    async with open_browser(world.app, person) as browser:
        await browser.get(browser.at("/supply/orders/summary"))
        yield browser


async def ask(browser: Browser, path: str, query: Json, status: int = 200) -> Json:
    answer = await browser.get(browser.at(path), params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == ("application/json" if status == 200 else "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    return dict(answer.json())


def plain(value: Any) -> Any:
    """Instants as instants: PostgreSQL leaves zeros at the end of a fraction out."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return datetime.fromisoformat(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key not in ("as_of", "next")}
    return [plain(each) for each in value] if isinstance(value, list) else value
