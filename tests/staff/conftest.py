"""The staff console's own database role, and people to use it."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from conftest import Stack, _empty
from mailbox_server import Mailbox, smtp_server
from modules.supply.world import World, a_world
from oktee.kit.database import global_session
from oktee.kit.settings import settings
from pydantic import SecretStr
from sqlalchemy import text


@pytest.fixture(scope="module")
async def staff_opened(opened: Stack, servers: dict[str, str]) -> AsyncIterator[str]:
    """The engine of the staff console, as the role oktee_staff."""
    from oktee.kit.database import staff_database

    url = servers["STAFF_DATABASE_URL"]
    os.environ["STAFF_DATABASE_URL"] = url
    settings.cache_clear()
    staff_database.open(url, pool_size=4)
    yield url
    await staff_database.close()
    os.environ.pop("STAFF_DATABASE_URL", None)
    settings.cache_clear()


@pytest.fixture
async def console(db: Stack, staff_opened: str) -> Stack:
    """A test that uses the staff console."""
    return db


@pytest.fixture(scope="module")
async def shared(opened: Stack, staff_opened: str) -> AsyncIterator[World]:
    """Two connected vendors, for all tests of a file."""
    async with a_world(opened.owner_dsn) as made:
        yield made
    await _empty(opened)


@pytest.fixture
async def world(shared: World) -> AsyncIterator[World]:
    yield shared
    await shared.calm()


@pytest.fixture
async def mailbox_of_world(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """A real SMTP server, beside a world that outlives the test."""
    found = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: smtp_server(found), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with global_session() as session:
        await session.execute(text("delete from work where kind = 'mail'"))
    monkeypatch.setattr(settings(), "smtp_url", SecretStr(f"smtp://127.0.0.1:{port}"))
    yield found
    server.close()
