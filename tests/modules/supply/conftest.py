"""The fixtures of Supply: one world per test file, calm again after each test."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from conftest import _empty
from modules.supply.world import World, a_world


@pytest.fixture(scope="module")
async def shared(opened: Any) -> AsyncIterator[World]:
    """Two connected vendors, for all tests of a file."""
    async with a_world(opened.owner_dsn) as made:
        yield made
    await _empty(opened)


@pytest.fixture
async def world(shared: World) -> AsyncIterator[World]:
    yield shared
    await shared.calm()
