"""The fixtures of the chaos tests: all processes of a file are started once, side by side, and wait until they are wanted."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chaos.procs import Processes, a_simulator
from conftest import _empty
from modules.supply.world import World, a_world


@pytest.fixture(scope="module")
def processes(opened: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Starts children and ends them."""
    folder: Path = tmp_path_factory.mktemp("chaos")
    made = Processes(folder, opened.environment)
    yield made
    made.end()


@pytest.fixture(scope="module")
async def world(opened: Any, processes: Processes) -> AsyncIterator[World]:
    """Two connected vendors on a simulated Amazon that runs in a process of its own."""
    async with a_world(opened.owner_dsn, amazon_of=partial(a_simulator, processes)) as made:
        yield made
    processes.end()
    await _empty(opened)
