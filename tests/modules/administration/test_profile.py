"""Coming and going is told to the journal of each workspace, whatever becomes of one of them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from factories import Browser, Person, make_organization, make_person, open_browser
from oktee.access.workspaces import put_member
from oktee.kit.database import organization_of, tenant_session
from oktee.modules.administration.identity import notes
from sqlalchemy import text
from structlog.testing import capture_logs


@pytest.fixture
async def browser(db: Any, app: Any) -> AsyncIterator[Browser]:
    async with open_browser(app) as found:
        yield found


@pytest.fixture
async def places(db: Any) -> tuple[Person, list[UUID]]:
    """A person of three workspaces, in the order in which they are told."""
    person = await make_person()
    made = [await make_organization(name=f"{place} place") for place in ("First", "Second", "Third")]
    for organization_id, _ in made:
        await put_member(organization_id, person.id, "analyst")
    return person, [organization_id for organization_id, _ in made]


async def told(organization_id: UUID) -> list[str]:
    async with tenant_session(organization_id) as session:
        found = await session.execute(
            text("select kind from journal_entries where log = 'audit' and kind like 'session.%' order by sequence")
        )
        return list(found.scalars())


def failing(organization_id: UUID, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """This workspace's journal cannot be written so many times."""
    real, left = notes.record, [times]

    async def record(session: Any, *arguments: Any, **named: Any) -> Any:
        if organization_of(session) == organization_id and left[0]:
            left[0] -= 1
            raise ConnectionResetError("the journal is away")
        return await real(session, *arguments, **named)

    monkeypatch.setattr(notes, "record", record)


async def test_a_journal_that_is_away_neither_stops_the_person_nor_the_other_journals(
    browser: Browser, places: tuple[Person, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, (first, second, third) = places
    failing(second, 2, monkeypatch)
    with capture_logs() as logs:
        assert (await browser.sign_in(person)).status_code == 200
    assert [await told(place) for place in (first, second, third)] == [["session.started"], [], ["session.started"]]
    (missed,) = (entry for entry in logs if entry["event"] == "account_not_journalled")
    assert missed["log_level"] == "error"
    assert (missed["kind"], missed["organization_id"]) == ("session.started", str(second))
    assert missed["user_id"] == str(person.id)
    assert (await browser.delete("/api/v1/session")).status_code == 204
    assert await told(second) == ["session.ended"]


async def test_a_fault_that_passes_loses_no_entry(
    browser: Browser, places: tuple[Person, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, organizations = places
    failing(organizations[1], 1, monkeypatch)
    assert (await browser.sign_in(person)).status_code == 200
    assert [await told(place) for place in organizations] == [["session.started"]] * 3
