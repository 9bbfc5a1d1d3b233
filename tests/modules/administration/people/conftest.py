"""One workspace with an owner, and another that must never show."""

from collections.abc import AsyncIterator
from typing import Any

import factories
import pytest
from factories import Browser, Person
from oktee.access import lockout


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FIRST_DELAY", 0.001)


@pytest.fixture
async def owner(db: Any) -> Person:
    return await factories.make_person(name="Olive Owner")


@pytest.fixture
async def browser(app: Any, owner: Person) -> AsyncIterator[Browser]:
    async with factories.open_browser(app, owner) as found:
        yield found


@pytest.fixture
async def stranger(db: Any) -> Person:
    """The owner of another workspace."""
    return await factories.make_person(name="Stranger")


@pytest.fixture
async def nobody(app: Any, db: Any) -> AsyncIterator[Browser]:
    """A browser that nobody is signed in with."""
    async with factories.open_browser(app) as found:
        yield found
