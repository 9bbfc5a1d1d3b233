"""API keys for the tests of the public API, made as a person makes them."""

from collections.abc import Callable
from typing import Any

import httpx
from modules.supply.world import Json, World

Open = Callable[..., httpx.AsyncClient]


async def make_key(world: World, **over: Any) -> Json:
    """A key of the vendor, made on its page: the answer with its words."""
    owner = world.owner
    body = {"name": "ERP", "scopes": ["orders.read", "catalog.read"]} | over
    answer = await owner.post(owner.at("/administration/api-keys"), json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made
