"""One's own account: e-mail address, preferences, sessions, and the end of a session everywhere."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import factories
import pytest
from factories import Browser, Person, make_person
from oktee.access.sessions import COOKIE, MOST_SESSIONS, end_sessions_of
from oktee.access.tables import User
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.modules.administration.identity.mails import KINDS
from oktee.notify import stream
from sqlalchemy import update


@pytest.fixture
async def signed_in(browser: Browser) -> Person:
    person = await make_person()
    await browser.sign_in(person)
    return person


async def move(browser: Browser, email: str) -> Any:
    return await browser.post("/api/v1/me/email", json={"email": email})


async def test_the_address_changes_once_the_new_one_is_confirmed_and_the_old_one_is_told(
    browser: Browser, app: Any, mailbox: Any, signed_in: Person
) -> None:
    new = f"new-{signed_in.email}"
    assert (await move(browser, new)).status_code == 202
    assert (await browser.get("/api/v1/me")).json()["user"]["email"] == signed_in.email
    (link,) = (await mailbox.next(to=new)).links
    assert link.startswith("http://localhost:8000/confirm-email#")
    assert (await mailbox.next(to=signed_in.email)).subject == "Your e-mail address is about to change"
    token = link.split("#")[1]
    async with factories.open_browser(app) as anywhere:
        confirmed = await anywhere.post("/api/v1/email-confirmations", json={"token": token})
        assert confirmed.json() == {"email": new}
        again = await anywhere.post("/api/v1/email-confirmations", json={"token": token})
        assert (again.status_code, again.json()["code"]) == (404, "link_expired")
        foreign = await anywhere.post(
            "/api/v1/email-confirmations", json={"token": token}, headers={"Origin": "https://evil.example"}
        )
        assert foreign.status_code == 403
    assert (await browser.get("/api/v1/me")).status_code == 401, "every session ends"
    assert (await mailbox.next(to=signed_in.email)).subject == "Your e-mail address was changed"
    moved = Person(
        signed_in.id, new, signed_in.password, signed_in.organization_id, signed_in.slug, "owner", signed_in.seed
    )
    assert (await browser.give_password(signed_in)).status_code == 401
    assert (await browser.sign_in(moved)).status_code == 200


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(
    browser: Browser, mailbox: Any, signed_in: Person
) -> None:
    other = await make_person()
    taken, free = await move(browser, other.email), await move(browser, "free@example.com")
    assert (taken.status_code, taken.content) == (free.status_code, free.content)
    mail = await mailbox.next(to=other.email)
    assert mail.subject == "This address has an OKTee account already"
    assert not [link for link in mail.links if "#" in link]


async def test_of_two_who_want_one_address_the_first_to_confirm_gets_it(
    browser: Browser, app: Any, mailbox: Any, signed_in: Person
) -> None:
    other = await make_person()
    async with factories.open_browser(app, other) as second:
        tokens = []
        for each in (browser, second):
            await move(each, "both@example.com")
            tokens.append((await mailbox.next(to="both@example.com")).links[0].split("#")[1])
        statuses = [
            (await second.post("/api/v1/email-confirmations", json={"token": token})).status_code for token in tokens
        ]
    assert statuses == [200, 404]


async def ask_for_reset(browser: Browser, mailbox: Any, email: str) -> str:
    assert (await browser.post("/api/v1/password-reset-requests", json={"email": email})).status_code == 202
    return str((await mailbox.next(to=email, kinds=KINDS)).links[0].split("#")[1])


@pytest.mark.parametrize("act", ["password", "reset", "others"])
async def test_a_link_to_another_address_dies_with_what_protects_the_account(
    browser: Browser, app: Any, mailbox: Any, signed_in: Person, act: str
) -> None:
    """Whoever was in the account for a moment asked for their own address; its person then locks them out."""
    evil = f"evil-{signed_in.email}"
    assert (await move(browser, evil)).status_code == 202
    token = (await mailbox.next(to=evil)).links[0].split("#")[1]
    await mailbox.next(to=signed_in.email)
    new = "Zq7-orchid-Tundra-7"
    if act == "password":
        async with global_session() as session:
            old = update(User).where(User.id == signed_in.id).values(changed_password_at=now() - timedelta(days=2))
            await session.execute(old)
        answer = await browser.post("/api/v1/me/password", json={"current": signed_in.password, "password": new})
    elif act == "reset":
        lost = await ask_for_reset(browser, mailbox, signed_in.email)
        answer = await browser.post("/api/v1/password-resets", json={"token": lost, "password": new})
    else:
        answer = await browser.delete("/api/v1/me/sessions")
    assert answer.status_code < 300, answer.text
    async with factories.open_browser(app) as anywhere:
        late = await anywhere.post("/api/v1/email-confirmations", json={"token": token})
    assert (late.status_code, late.json()["code"]) == (404, "link_expired")


@pytest.mark.parametrize("act", ["address", "others"])
async def test_a_link_for_a_lost_password_dies_with_the_old_address(
    browser: Browser, app: Any, mailbox: Any, signed_in: Person, act: str
) -> None:
    """Whoever reads the old mailbox asked for it."""
    lost = await ask_for_reset(browser, mailbox, signed_in.email)
    if act == "address":
        new = f"new-{signed_in.email}"
        await move(browser, new)
        token = (await mailbox.next(to=new)).links[0].split("#")[1]
        answer = await browser.post("/api/v1/email-confirmations", json={"token": token})
    else:
        answer = await browser.delete("/api/v1/me/sessions")
    assert answer.status_code == 200, answer.text
    async with factories.open_browser(app) as anywhere:
        late = await anywhere.post("/api/v1/password-resets", json={"token": lost, "password": "Zq7-orchid-Tundra-7"})
    assert (late.status_code, late.json()["code"]) == (404, "link_expired")


async def test_preferences_are_kept_and_wrong_ones_refused(browser: Browser, signed_in: Person) -> None:
    found = (await browser.get("/api/v1/me/preferences")).json()
    assert found["notices"]["order_held"] == {"in_app": True, "email": False, "digest": False}
    found["number_style"], found["time_zone"], found["density"] = "de-CH", "Europe/Zurich", "comfortable"
    found["notices"]["answer_failed"]["digest"] = True
    assert (await browser.put("/api/v1/me/preferences", json=found)).json() == found
    assert (await browser.get("/api/v1/me")).json()["user"]["preferences"] == found
    for name, value in (
        ("time_zone", "Mars/Olympus"),
        ("digest_at", "25:00"),
        ("density", "airy"),
        ("notices", {"gossip": {"in_app": True}}),
        ("role", "owner"),
    ):
        refused = await browser.put("/api/v1/me/preferences", json=found | {name: value})
        assert refused.status_code == 422, name


async def test_what_is_no_longer_known_of_stored_preferences_is_left_out(
    browser: Browser, db: Any, signed_in: Person
) -> None:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute(
            """update users set preferences = '{"density": "comfortable", "first_day": "sunday",
            "notices": {"gone": {"in_app": true}, "order_held": {"email": true}}}'"""
        )
    finally:
        await connection.close()
    found = (await browser.get("/api/v1/me/preferences")).json()
    assert found["density"] == "comfortable"
    assert "first_day" not in found
    assert found["notices"]["order_held"]["email"] is True
    assert "gone" not in found["notices"]


async def test_nothing_of_a_person_can_be_changed_that_is_not_meant_to(browser: Browser, signed_in: Person) -> None:
    for change in ({"email": "x@example.com"}, {"id": str(signed_in.id)}, {"second_factor": True}, {"role": "owner"}):
        assert (await browser.patch("/api/v1/me", json=change)).status_code == 422


async def test_a_person_sees_their_sessions_and_ends_one_or_all_others(
    browser: Browser, app: Any, signed_in: Person
) -> None:
    async with (
        factories.open_browser(app, signed_in) as phone,
        factories.open_browser(app, signed_in) as tablet,
        factories.open_browser(app, await make_person()) as stranger,
    ):
        found = (await browser.get("/api/v1/me/sessions")).json()["sessions"]
        assert len(found) == 3
        assert [each["current"] for each in found].count(True) == 1
        assert all(each["second_factor"] and each["address"] and each["user_agent"] for each in found)
        of_phone = next(
            each["id"] for each in (await phone.get("/api/v1/me/sessions")).json()["sessions"] if each["current"]
        )
        assert (await stranger.delete(f"/api/v1/me/sessions/{of_phone}")).status_code == 404
        left = await browser.delete(f"/api/v1/me/sessions/{of_phone}")
        assert len(left.json()["sessions"]) == 2
        assert (await phone.get("/api/v1/me")).status_code == 401
        assert (await tablet.get("/api/v1/me")).status_code == 200
        only = await browser.delete("/api/v1/me/sessions")
        assert [each["current"] for each in only.json()["sessions"]] == [True]
        assert (await tablet.get("/api/v1/me")).status_code == 401
        assert (await stranger.get("/api/v1/me")).status_code == 200


async def test_the_eleventh_session_ends_the_oldest(app: Any, browser: Browser, signed_in: Person) -> None:
    for _ in range(MOST_SESSIONS):
        async with factories.open_browser(app, signed_in):
            pass
    assert (await browser.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "age",
    ["last_seen_at = now() - interval '121 minutes'", "expires_at = now() - interval '1 second'"],
    ids=["idle", "absolute"],
)
async def test_a_session_ends_by_itself(browser: Browser, db: Any, signed_in: Person, age: str) -> None:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute(f"update sessions set {age}")
    finally:
        await connection.close()
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_signing_out_clears_what_the_browser_kept(browser: Browser, signed_in: Person) -> None:
    answer = await browser.delete("/api/v1/session")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


async def test_a_stream_ends_within_five_seconds_of_its_session(browser: Browser, signed_in: Person) -> None:
    token = browser.headers["Cookie"].split("=", 1)[1]
    events = stream.follow(signed_in.organization_id, token, None)
    assert b"event: ready" in await anext(events)

    async def follow() -> None:
        async for _ in events:
            pass

    listening = asyncio.create_task(follow())
    await asyncio.sleep(0.1)
    assert await end_sessions_of(signed_in.id) == 1
    await asyncio.wait_for(listening, 5)


async def test_ending_all_but_one_keeps_that_one(browser: Browser, app: Any, signed_in: Person) -> None:
    me = (await browser.get("/api/v1/me/sessions")).json()["sessions"][0]["id"]
    async with factories.open_browser(app, signed_in) as other:
        assert await end_sessions_of(signed_in.id, but=me) == 1
        assert (await other.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/api/v1/me")).status_code == 200
