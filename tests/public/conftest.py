"""A connected vendor with orders (as for the Supply screens), and clients that bring an API key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from mailbox_server import Mailbox, smtp_server
from modules.supply.conftest import shared, world
from modules.supply.world import World
from oktee.kit.settings import settings
from oktee.public.limits import limits
from public_keys import Open
from pydantic import SecretStr

__all__ = ["shared", "world"]


@pytest.fixture
async def system(world: World) -> AsyncIterator[Open]:
    """A customer's system: `system(key)`; without a key it brings none. `address`: where it calls from."""
    await limits.close()
    async with AsyncExitStack() as stack:
        opened: list[httpx.AsyncClient] = []

        def open_(key: str | None = None, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            transport = httpx.ASGITransport(app=world.app, client=(address, 1234))
            client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers)
            opened.append(client)
            stack.push_async_callback(client.aclose)
            return client

        yield open_
    await world.db.execute("delete from api_keys")
    await limits.close()


@pytest.fixture
async def letters(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """A real SMTP server for this vendor's mails; the vendor stays for the next test."""
    found = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: smtp_server(found), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(settings(), "smtp_url", SecretStr(f"smtp://127.0.0.1:{port}"))
    yield found
    server.close()
