"""What a person wants to be told by mail is asked before the mail leaves."""

from datetime import UTC, datetime
from typing import Any

import pytest
from factories import Person, make_person
from oktee.access.tables import User
from oktee.kit.database import global_session
from oktee.notify.mail import send_mail
from oktee.notify.notices import Notice, channels_of, digest_due
from sqlalchemy import select, text, update

VALUES = {"name": "Lea", "link": "https://oktee.example"}


async def wish(person: Person, **preferences: Any) -> None:
    async with global_session() as session:
        await session.execute(update(User).where(User.id == person.id).values(preferences=preferences))


async def tell(to: str, notice: Notice) -> None:
    async with global_session() as session:
        await send_mail(
            session,
            to=to,
            template="password_reset",
            locale="en",
            values=VALUES,
            organization_id=None,
            notice=notice,
        )


async def due(person: Person) -> list[datetime]:
    async with global_session() as session:
        return list(
            (await session.execute(select(text("due_at")).select_from(text("work where kind = 'mail'")))).scalars()
        )


async def test_a_mail_leaves_at_once_unless_the_person_does_not_want_it(mailbox: Any) -> None:
    person = await make_person()
    await tell(person.email, Notice.CONNECTION_TROUBLE)
    assert (await mailbox.next(to=person.email)).to == person.email
    await wish(person, notices={"connection_trouble": {"in_app": True, "email": False, "digest": False}})
    await tell(person.email, Notice.CONNECTION_TROUBLE)
    await mailbox.deliver()
    assert mailbox.arrived == []


async def test_what_a_person_never_said_is_the_default(mailbox: Any) -> None:
    person = await make_person()
    await tell(person.email, Notice.ORDER_HELD)
    await mailbox.deliver()
    assert mailbox.arrived == []
    assert channels_of(Notice.EXPORT_READY, {}).email


async def test_who_has_no_account_has_no_wishes(mailbox: Any) -> None:
    await tell("desk@example.com", Notice.ORDER_HELD)
    await mailbox.next(to="desk@example.com")


async def test_a_digest_waits_for_the_daily_hour_in_the_persons_zone(db: Any) -> None:
    person = await make_person()
    channels = {"in_app": True, "email": True, "digest": True}
    await wish(person, notices={"export_ready": channels}, digest_at="06:30", time_zone="America/New_York")
    await tell(person.email, Notice.EXPORT_READY)
    (at,) = await due(person)
    assert at > datetime.now(UTC)
    assert (at.minute, at.second) == (30, 0)


@pytest.mark.parametrize(
    ("stored", "zone", "at", "expected"),
    [
        ({}, None, "2026-11-24T07:59:00+00:00", "2026-11-24T08:00:00+00:00"),
        ({}, None, "2026-11-24T08:00:00+00:00", "2026-11-25T08:00:00+00:00"),
        ({}, "Europe/Paris", "2026-11-24T07:30:00+00:00", "2026-11-25T07:00:00+00:00"),
        ({"digest_at": "18:15", "time_zone": "Asia/Tokyo"}, "Europe/Paris", "2026-11-24T09:00:00+00:00",
         "2026-11-24T09:15:00+00:00"),
        ({}, "Europe/Paris", "2026-03-28T12:00:00+00:00", "2026-03-29T06:00:00+00:00"),
    ],
)  # fmt: skip
def test_the_next_daily_hour(stored: dict[str, Any], zone: str | None, at: str, expected: str) -> None:
    assert digest_due(stored, zone, datetime.fromisoformat(at)) == datetime.fromisoformat(expected)
