"""What the tests of people do over and over."""

from typing import Any

import factories
from factories import Browser, Person
from oktee.journal.tables import JournalEntry
from oktee.kit.database import tenant_session
from sqlalchemy import select

PEOPLE = "/administration/people"


async def colleague(owner: Person, role: str, **over: Any) -> Person:
    return await factories.make_person(organization=(owner.organization_id, owner.slug), role=role, **over)


async def people(browser: Browser) -> dict[str, Any]:
    answer = await browser.get(browser.at(PEOPLE))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def member(browser: Browser, person: Person) -> dict[str, Any]:
    return next(row for row in (await people(browser))["members"] if row["id"] == str(person.id))


async def entries(owner: Person, kind: str) -> list[JournalEntry]:
    async with tenant_session(owner.organization_id) as session:
        found = await session.scalars(
            select(JournalEntry).where(JournalEntry.kind == kind).order_by(JournalEntry.at, JournalEntry.id)
        )
        return list(found)


async def no_longer_fresh(person: Person) -> None:
    from oktee.access.tables import UserSession
    from oktee.kit.database import global_session
    from sqlalchemy import update

    async with global_session() as session:
        await session.execute(update(UserSession).where(UserSession.user_id == person.id).values(fresh_at=None))


def code(answer: Any) -> str:
    return str(answer.json()["code"])
