"""Signing in and out as a browser does it."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import factories
import pytest
from factories import ORIGIN, PASSWORD, Browser, Person, make_organization, make_person
from oktee.access import lockout, signing_in
from oktee.access.password_policy import check_policy
from oktee.access.passwords import TooManyAttempts
from oktee.access.tables import SignInEvent
from oktee.kit.database import global_session
from oktee.kit.errors import Invalid


async def test_a_person_signs_in_sees_who_they_are_and_signs_out(browser: Browser) -> None:
    person = await make_person(role="supply_manager")
    answer = await browser.sign_in(person)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-oktee_session=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "Path=/", "SameSite=lax"))
    me = (await browser.get("/api/v1/me")).json()
    assert me["user"]["email"] == person.email
    assert [w["slug"] for w in me["workspaces"]] == [person.slug]
    assert "orders.confirm" in me["workspaces"][0]["permissions"]
    assert "connection.manage" not in me["workspaces"][0]["permissions"]
    assert (await browser.delete("/api/v1/session")).status_code == 204
    gone = await browser.get("/api/v1/me")
    assert gone.status_code == 401
    assert gone.headers["content-type"] == "application/problem+json"
    assert gone.json()["code"] == "not_signed_in"


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(browser: Browser) -> None:
    person = await make_person()
    wrong = await browser.post("/api/v1/session", json={"email": person.email, "password": "wrong"})
    unknown = await browser.post("/api/v1/session", json={"email": "nobody@example.com", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    same = ("type", "title", "status", "detail", "code", "instance")
    assert {k: wrong.json()[k] for k in same} == {k: unknown.json()[k] for k in same}


async def test_ten_wrong_passwords_lock_also_the_right_one(browser: Browser) -> None:
    person = await make_person()
    for _ in range(10):
        await browser.post("/api/v1/session", json={"email": person.email, "password": "wrong"})
    answer = await browser.post("/api/v1/session", json={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    other = await make_person()
    assert (await browser.sign_in(other)).status_code == 200


async def test_guesses_side_by_side_all_count(app: Any, db: Any) -> None:
    person = await make_person()

    async def guess() -> int:
        async with factories.open_browser(app) as browser:
            wrong = {"email": person.email, "password": "wrong"}
            return (await browser.post("/api/v1/session", json=wrong)).status_code

    answers = Counter(await asyncio.gather(*(guess() for _ in range(16))))
    assert answers == {401: 10, 429: 6}


async def test_strangers_elsewhere_slow_a_person_down_and_never_lock_them_out(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await make_person()
    pauses: list[float] = []

    async def noted(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(lockout, "pause", noted)
    await attempts(person, [f"198.51.{n}.7" for n in range(11) for _ in range(9)])
    assert await come_in(person, "203.0.113.5") is None
    assert pauses == []
    await attempts(person, [f"198.51.{n}.7" for n in range(11, 13) for _ in range(9)])
    assert await come_in(person, "203.0.113.5") is None
    assert pauses == [lockout.SLOW]


async def test_a_network_that_guessed_ten_times_is_locked_with_all_its_addresses(db: Any) -> None:
    person = await make_person()
    await attempts(person, [f"198.51.100.{n}" for n in range(10)])
    assert await come_in(person, "198.51.100.200") is TooManyAttempts
    assert await come_in(person, "198.51.101.1") is None
    assert await come_in(person, "198.51.100.200") is TooManyAttempts, "a success elsewhere opens nothing there"
    await attempts(person, ["198.51.102.1"] * 9)
    assert await come_in(person, "198.51.102.1") is None, "a success from there forgets its failures"
    await attempts(person, ["198.51.102.1"] * 9)
    assert await come_in(person, "198.51.102.1") is None


async def test_a_sign_in_that_was_never_checked_is_no_failure(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await make_person()

    async def busy(stored: str | None, password: str) -> bool:
        raise TooManyAttempts("Too many people sign in at this moment.")

    with monkeypatch.context() as patched:
        patched.setattr(signing_in, "verify", busy)
        for _ in range(12):
            assert await come_in(person, "198.51.100.1") is TooManyAttempts
    assert await come_in(person, "198.51.100.1") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert lockout.network_of(address) == network


async def come_in(person: Person, address: str) -> type[Exception] | None:
    """Sign in with the right password from there: None, or how it was refused."""
    try:
        await signing_in.sign_in(person.email, PASSWORD, user_agent="test", address=address)
    except (TooManyAttempts, signing_in.WrongCredentials) as error:
        return type(error)
    return None


async def attempts(person: Person, addresses: list[str]) -> None:
    """Wrong passwords for this person from there, just now."""
    async with global_session() as session:
        session.add_all(
            SignInEvent(email_hash=lockout.email_hash(person.email), address=address, outcome="wrong")
            for address in addresses
        )


async def test_an_unsafe_request_needs_our_origin_and_the_sessions_token(browser: Browser) -> None:
    person = await make_person()
    await browser.sign_in(person)
    token = browser.headers["X-CSRF-Token"]
    foreign = await browser.patch("/api/v1/me", json={"locale": "fr"}, headers={"Origin": "https://evil.example"})
    without = await browser.patch("/api/v1/me", json={"locale": "fr"}, headers={"X-CSRF-Token": "x" * 64})
    assert foreign.status_code == without.status_code == 403
    right = await browser.patch("/api/v1/me", json={"locale": "fr"}, headers={"Origin": ORIGIN, "X-CSRF-Token": token})
    assert right.status_code == 200
    assert (await browser.get("/api/v1/me")).json()["user"]["locale"] == "fr"


async def test_another_organizations_workspace_looks_like_a_missing_one(browser: Browser) -> None:
    person = await make_person()
    _, foreign = await make_organization()
    await browser.sign_in(person)
    theirs = await browser.get(f"/api/v1/{foreign}/supply/orders")
    missing = await browser.get("/api/v1/no-such-workspace/supply/orders")
    assert theirs.status_code == missing.status_code == 404
    assert theirs.json()["detail"] == missing.json()["detail"]


async def test_a_stolen_cookie_is_worth_nothing_after_signing_out(browser: Browser, app: Any) -> None:
    person = await make_person()
    await browser.sign_in(person)
    stolen = browser.headers["Cookie"]
    await browser.delete("/api/v1/session")
    async with factories.open_browser(app) as thief:
        assert (await thief.get("/api/v1/me", headers={"Cookie": stolen})).status_code == 401


@pytest.mark.parametrize(("headers", "touched"), [({}, True), ({"X-OKTee-Background": "1"}, False)])
async def test_only_a_person_keeps_a_session_alive(
    browser: Browser, db: Any, headers: dict[str, str], touched: bool
) -> None:
    person = await make_person()
    await browser.sign_in(person)
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute("update sessions set last_seen_at = now() - interval '30 minutes'")
        assert (await browser.get("/api/v1/me", headers=headers)).status_code == 200
        idle = await connection.fetchval(
            "select last_seen_at < now() - interval '20 minutes' from sessions where ended_at is null"
        )
    finally:
        await connection.close()
    assert idle is not touched


async def test_the_store_keeps_neither_password_nor_token(browser: Browser, db: Any) -> None:
    person = await make_person()
    await browser.sign_in(person)
    token = browser.headers["Cookie"].split("=", 1)[1]
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        rows = await connection.fetch("select u::text as row from users u union all select s::text from sessions s")
    finally:
        await connection.close()
    text = " ".join(row["row"] for row in rows)
    assert person.email in text
    assert PASSWORD not in text
    assert token not in text


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Short1!", "length"),
        ("alllowercase1!", "classes"),
        ("NoDigitsHere!!", "classes"),
        ("NoOther12345678", "classes"),
        ("LeaMartin-2026!", "contains_name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_policy(password, name="Lea Martin", email="lea.martin@example.com")
    assert code in {fault.code for fault in refused.value.errors}
