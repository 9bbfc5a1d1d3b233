"""The API in this process, on the real database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import factories
import pytest
from oktee.access import lockout


@pytest.fixture
async def browser(db: Any, app: Any) -> AsyncIterator[factories.Browser]:
    async with factories.open_browser(app) as found:
        yield found


Opener = Callable[..., AbstractAsyncContextManager[factories.Browser]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits grow from a thousandth of a second here; how they grow is tested by their numbers."""
    monkeypatch.setattr(lockout, "FIRST_DELAY", 0.001)
