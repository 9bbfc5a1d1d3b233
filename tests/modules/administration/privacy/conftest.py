"""An owner's browser on the whole API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from factories import Browser, Person, make_person, open_browser


@pytest.fixture
async def desk(db: Any, app: Any) -> AsyncIterator[tuple[Browser, Person]]:
    """An owner's browser; another organization exists."""
    person, _ = await make_person(), await make_person()
    async with open_browser(app, person) as browser:
        yield browser, person
