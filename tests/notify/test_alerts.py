"""Alerts by mail: at once, after quiet hours, once a day with what is still open; in the reader's language and zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from factories import Person, make_organization, make_person, open_browser
from oktee.access.tables import User
from oktee.access.teams.absences import put_absence
from oktee.access.teams.keeping import Plan, make_team
from oktee.kit.database import global_session, tenant_session
from oktee.notify.alerts import reading
from oktee.notify.alerts.mailing import ALERTS, DIGEST, read_unsubscribe, unsubscribe_link
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.alerts.words import WORDS, moment
from oktee.notify.notices import Notice, quiet_end
from oktee.notify.recipients import Place
from sqlalchemy import text, update

KINDS = (ALERTS, DIGEST)
ALL = {"in_app": True, "email": True, "digest": True}
MAIL = {"in_app": True, "email": True, "digest": False}
DIGESTED = {"in_app": True, "email": False, "digest": True}


async def wish(person: Person, **preferences: Any) -> None:
    locale = preferences.pop("locale", "en")
    async with global_session() as session:
        await session.execute(update(User).where(User.id == person.id).values(preferences=preferences, locale=locale))


async def alert(to: Person, notice: Notice = Notice.ORDER_HELD, **over: Any) -> str:
    """Told to that person about an order of its own: its number."""
    number = f"PO{uuid4().hex[:6].upper()}"
    values: dict[str, Any] = {"people": (to.id,), "facts": {"by": "Sam Keller"}, "version": "1"} | over
    async with tenant_session(to.organization_id) as session:
        await tell(session, Alert(notice, "order", str(uuid4()), number, **values))
    return number


async def due(person: Person, kind: Any = DIGEST) -> list[datetime]:
    async with global_session() as session:
        asked = text("select due_at from work where kind = :kind and key = :key")
        return list((await session.execute(asked, {"kind": kind.name, "key": str(person.id)})).scalars())


async def come(person: Person, kind: Any = DIGEST) -> None:
    """The moment has come that work of this person waits for."""
    async with global_session() as session:
        asked = text("update work set due_at = now() - interval '1 second' where kind = :kind and key = :key")
        await session.execute(asked, {"kind": kind.name, "key": str(person.id)})


async def test_what_happens_together_is_one_mail_that_leads_to_each_order(mailbox: Any) -> None:
    person = await make_person(name="Léa Martin")
    await wish(person, notices={"order_held": MAIL}, locale="fr", time_zone="America/New_York")
    one, other = await alert(person), await alert(person)
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert mail.subject == "2 sujets vous attendent"
    assert f"La commande {one} est retenue et attend une personne." in mail.text
    assert other in mail.text
    pages = [link for link in mail.links if "/supply/orders/" in link]
    assert len(pages) == 2
    assert all(urlsplit(page).path.startswith(f"/{person.slug}/supply/orders/") for page in pages)
    assert f"/{person.slug}/administration/profile" in " ".join(mail.links)
    await mailbox.deliver(KINDS)
    assert mailbox.arrived == []


async def test_a_deadline_is_said_in_the_readers_zone(mailbox: Any) -> None:
    person = await make_person()
    await wish(person, time_zone="America/New_York")
    number = await alert(person, Notice.ORDER_DUE_SOON, due_at=datetime(2026, 12, 1, 3, 30, tzinfo=UTC))
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert mail.subject == f"Order {number} has to be answered by 30 Nov 22:30 (America/New_York)."


async def test_a_mail_waits_for_the_end_of_quiet_hours_and_a_deadline_does_not(mailbox: Any) -> None:
    person = await make_person()
    at = datetime.now(UTC)
    quiet = {"quiet_from": f"{at - timedelta(hours=1):%H:%M}", "quiet_until": f"{at + timedelta(hours=2):%H:%M}"}
    await wish(person, time_zone="UTC", notices={"order_held": MAIL}, **quiet)
    held = await alert(person)
    await mailbox.deliver(KINDS)
    assert mailbox.arrived == []
    urgent = await alert(person, Notice.ORDER_DUE_SOON)
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert urgent in mail.text
    assert held not in mail.text
    (waits,) = await due(person, ALERTS)
    assert timedelta(hours=1) < waits - at < timedelta(hours=2, minutes=1)


async def test_what_has_a_clock_comes_before_what_is_only_news() -> None:
    person, at = await make_person(), datetime.now(UTC)
    later = await alert(person, Notice.ORDER_DUE_SOON, due_at=at + timedelta(hours=5), mail=False)
    soon = await alert(person, Notice.ORDER_DUE_SOON, due_at=at + timedelta(hours=1), mail=False)
    older, newer = [await alert(person, Notice.MENTIONED, mail=False) for _ in range(2)]
    async with tenant_session(person.organization_id) as session:
        rows, _ = await reading.list_notifications(session, person.id, box="open", after=None)
    assert [row.object_label for row in rows] == [soon, later, newer, older]


async def test_the_daily_mail_holds_only_what_is_still_open_as_it_leaves(mailbox: Any) -> None:
    person = await make_person()
    await wish(person, notices={"order_held": DIGESTED, "mentioned": DIGESTED}, digest_at="06:30", time_zone="UTC")
    gone, stays, read = await alert(person), await alert(person), await alert(person, Notice.MENTIONED)
    (at,) = await due(person)
    assert (at.minute, at > datetime.now(UTC)) == (30, True)
    async with tenant_session(person.organization_id) as session:
        rows = {
            row.object_label: row
            for row in (await reading.list_notifications(session, person.id, box="open", after=None))[0]
        }
        await settle(session, "order", [rows[gone].object_id])
        await reading.mark(session, person.id, [rows[read].id, rows[stays].id], read=True)
    await come(person)
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert mail.subject == "Your day: 1 open item"
    assert stays in mail.text
    assert gone not in mail.text
    assert read not in mail.text
    assert len(await due(person)) == 1  # tomorrow it is said again, if it is still so
    async with tenant_session(person.organization_id) as session:
        await settle(session, "order", [rows[stays].object_id])
    await come(person)
    await mailbox.deliver(KINDS)
    assert mailbox.arrived == []
    assert await due(person) == []


async def test_the_link_of_a_mail_ends_mails_of_its_kind_without_signing_in(mailbox: Any, app: Any) -> None:
    person = await make_person()
    await wish(person, notices={"order_held": MAIL})
    await alert(person)
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    (link,) = [each for each in mail.links if "/unsubscribe#" in each]
    async with open_browser(app) as browser:
        path, token = "/api/v1/notice-unsubscriptions", link.partition("#")[2]
        assert (await browser.post(path, json={"token": token + "0"})).status_code == 404
        answer = await browser.post(path, json={"token": token})
        assert (answer.status_code, answer.json()) == (200, {"ended": "order_held"})
        elsewhere = await browser.post(path, json={"token": token}, headers={"Origin": "https://evil.example"})
        assert elsewhere.status_code == 403
    await alert(person)
    await mailbox.deliver(KINDS)
    assert mailbox.arrived == []


def test_a_link_is_good_for_its_own_person_and_kind(stack: Any) -> None:
    one, other = UUID(int=1), UUID(int=2)
    token = unsubscribe_link(one, "digest").partition("#")[2]
    assert read_unsubscribe(token) == (one, "digest")
    for wrong in (token.replace("digest", "email"), token.replace(str(one), str(other)), "x", "a.b.c", ""):
        assert read_unsubscribe(wrong) is None


async def test_who_muted_a_cause_or_did_it_themselves_hears_nothing(mailbox: Any) -> None:
    person = await make_person()
    await wish(person, notices={"order_held": ALL})
    async with tenant_session(person.organization_id) as session:
        await reading.mute(session, person.id, "order_held:supply.price.below", muted=True)
    await alert(person, cause="order_held:supply.price.below")
    await alert(person, but=person.id)
    async with tenant_session(person.organization_id) as session:
        assert await reading.count_unread(session, person.id) == 0
    assert await due(person) == []


async def test_the_same_thing_again_is_news_only_with_another_reason(db: Any) -> None:
    person = await make_person()
    object_id = str(uuid4())
    for version, expected in (("1", (1, 1)), ("1", (1, 0)), ("2", (2, 1))):
        async with tenant_session(person.organization_id) as session:
            await tell(
                session, Alert(Notice.ORDER_HELD, "order", object_id, "PO1", version=version, people=(person.id,))
            )
        async with tenant_session(person.organization_id) as session:
            ((row,), _) = await reading.list_notifications(session, person.id, box="open", after=None)
            assert (row.times, await reading.count_unread(session, person.id)) == expected
            await reading.mark(session, person.id, [row.id], read=True)


async def test_the_mailbox_of_a_team_hears_what_its_people_hear(mailbox: Any) -> None:
    person = await make_person()
    plan = Plan("Desk", (person.id,), (), None, person.id, True, True, False, f"desk-{person.slug}@example.com")
    async with tenant_session(person.organization_id) as session:
        team = await make_team(session, plan, by=person.id)
    number = await alert(person, people=(), teams=(team.id,))
    mail = await mailbox.next(to=str(plan.address), kinds=KINDS)
    assert number in mail.text
    assert "/unsubscribe" not in mail.text
    assert mailbox.arrived == []  # the team's people are told in their inbox alone
    async with tenant_session(person.organization_id) as session:
        assert await reading.count_unread(session, person.id) == 1


async def test_who_is_away_gets_the_daily_mail_when_they_are_back(mailbox: Any) -> None:
    organization = await make_organization()
    person, other = await make_person(organization=organization), await make_person(organization=organization)
    await wish(person, notices={"order_held": DIGESTED}, time_zone="UTC")
    await alert(person)
    at = datetime.now(UTC)
    back = at + timedelta(days=9)
    async with tenant_session(person.organization_id) as session:
        await put_absence(session, person.id, from_at=at, until_at=back, substitute_id=other.id)
    await come(person)
    await mailbox.deliver(KINDS)
    assert [mail for mail in mailbox.arrived if mail.to == person.email] == []
    (next_at,) = await due(person)
    assert next_at >= back
    await alert(person, Notice.ORDER_DUE_SOON)
    mail = await mailbox.next(to=other.email, kinds=KINDS)
    assert mail.text.count("For Lea Martin, who is away.") == 1


async def test_somebody_whose_scope_was_narrowed_is_not_mailed_what_they_may_not_see(mailbox: Any, db: Any) -> None:
    person = await make_person(role="supply_manager")
    await wish(person, notices={"order_held": MAIL})
    await alert(person, place=Place("A1PA6795UKMFR9", "LUMD1", ("Aurea",)))
    async with global_session() as session:
        await session.execute(
            text('update memberships set scope = \'{"brands": ["Borealis"]}\' where user_id = :user'),
            {"user": person.id},
        )
    await mailbox.deliver(KINDS)
    assert mailbox.arrived == []


async def test_a_page_of_the_inbox_goes_on_where_it_ended(db: Any, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    organization = await make_organization()
    person, other = await make_person(organization=organization), await make_person(organization=organization)
    numbers = [await alert(person) for _ in range(3)]
    await alert(other)
    async with open_browser(app, person) as browser:
        first = (await browser.get(browser.at("/notifications"))).json()
        rest = (await browser.get(browser.at("/notifications"), params={"after": first["next"]})).json()
        assert [group["label"] for group in first["groups"] + rest["groups"]] == numbers[::-1]
        assert (first["unread"], rest["next"]) == (3, None)
        (item,) = rest["groups"][0]["items"]
        later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
        path = browser.at("/notifications/snoozes")
        assert (await browser.post(path, json={"ids": [item["id"]], "until": later})).json() == {"unread": 2}
        aside = (await browser.get(browser.at("/notifications?box=snoozed"))).json()
        assert [group["label"] for group in aside["groups"]] == [numbers[0]]
        assert (await browser.post(path, json={"ids": [item["id"]], "until": None})).json() == {"unread": 3}
        muting = browser.at("/notifications/mutes")
        assert (await browser.post(muting, json={"cause": "never heard of"})).status_code == 404
        muted = (await browser.post(muting, json={"cause": item["cause"]})).json()
        assert [one["cause"] for one in muted["causes"]] == ["order_held"]
        assert (await browser.get(browser.at("/notifications/unread"))).json() == {"unread": 0}
        back = (await browser.post(muting, json={"cause": item["cause"], "muted": False})).json()
        assert back["causes"] == []
        read = await browser.post(browser.at("/notifications/readings"), json={"ids": [item["id"]]})
        assert read.json() == {"unread": 2}
    async with open_browser(app, other) as browser:  # nobody reads for somebody else
        await browser.post(browser.at("/notifications/readings"), json={"ids": [item["id"]], "read": False})
    async with tenant_session(person.organization_id) as session:
        assert await reading.count_unread(session, person.id) == 2


async def test_an_alert_is_told_to_the_open_pages_of_that_organization(db: Any) -> None:
    person = await make_person()
    await alert(person)
    async with tenant_session(person.organization_id) as session:
        told = (await session.execute(text("select topic, payload ->> 'user_id' from outbox"))).all()
    assert [tuple(row) for row in told] == [("notification.changed", str(person.id))]


@pytest.mark.parametrize(
    ("stored", "zone", "at", "expected"),
    [
        ({}, "UTC", "2026-11-24T23:00:00+00:00", None),
        ({"quiet_from": "20:00", "quiet_until": "07:00"}, "UTC", "2026-11-24T19:59:00+00:00", None),
        ({"quiet_from": "20:00", "quiet_until": "07:00"}, "UTC", "2026-11-24T20:00:00+00:00", "2026-11-25T07:00:00+00:00"),
        ({"quiet_from": "20:00", "quiet_until": "07:00"}, "UTC", "2026-11-24T06:59:00+00:00", "2026-11-24T07:00:00+00:00"),
        ({"quiet_from": "20:00", "quiet_until": "07:00"}, "UTC", "2026-11-24T07:00:00+00:00", None),
        ({"quiet_from": "12:00", "quiet_until": "14:00"}, "Europe/Paris", "2026-11-24T11:30:00+00:00",
         "2026-11-24T13:00:00+00:00"),
        ({"quiet_from": "22:00", "quiet_until": "07:00"}, "Europe/Paris", "2026-10-24T21:00:00+00:00",
         "2026-10-25T06:00:00+00:00"),
        ({"quiet_from": "09:00", "quiet_until": "09:00"}, "UTC", "2026-11-24T09:00:00+00:00", None),
    ],
)  # fmt: skip
def test_the_end_of_quiet_hours(stored: dict[str, Any], zone: str, at: str, expected: str | None) -> None:
    found = quiet_end(stored, zone, datetime.fromisoformat(at))
    assert found == (datetime.fromisoformat(expected) if expected else None)


def test_every_notice_has_a_sentence_in_every_language() -> None:
    for language, words in WORDS.items():
        assert {notice.value for notice in Notice} <= set(words), language
    assert moment(datetime(2026, 8, 1, 12, tzinfo=UTC), "Europe/Paris", "fr") == "1 août 14:00 (Europe/Paris)"
