"""Staff accounts: set up once, signed in with password and code, a cookie of their own, short sessions."""

from datetime import timedelta
from typing import Any

import pytest
from factories import make_person, open_browser
from oktee.access.sessions import COOKIE as CUSTOMER_COOKIE
from oktee.access.support import people
from oktee.kit.clock import now
from oktee.kit.database import global_session, staff_database
from sqlalchemy import text
from staff.consoles import PASSWORD, forget_used_codes, make_member, nobody, open_console, set_up

pytestmark = pytest.mark.usefixtures("console")


async def test_an_account_opens_nothing_before_it_is_set_up_and_its_link_works_once(app: Any) -> None:
    _, token = await people.create_staff("new@oktee.example", "Nina Neu")
    async with nobody(app) as client:
        early = await client.post(
            "/staff/api/v1/session", json={"email": "new@oktee.example", "password": PASSWORD, "code": "123456"}
        )
        assert early.status_code == 401
        weak = await client.post("/staff/api/v1/setup", json={"token": token, "password": "short"})
        assert weak.status_code == 422
        wrong = await client.post("/staff/api/v1/setup/confirmation", json={"token": token, "code": "000000"})
        assert wrong.status_code == 422
        await set_up(client, token)
        again = await client.post("/staff/api/v1/setup", json={"token": token, "password": PASSWORD})
        assert (again.status_code, again.json()["code"]) == (422, "setup_over")


async def test_a_set_up_link_lapses(app: Any) -> None:
    staff_id, token = await people.create_staff("late@oktee.example", "Lars Late")
    async with global_session() as session:
        past = {"at": now() - timedelta(seconds=1), "id": staff_id}
        await session.execute(text("update staff_users set setup_expires_at = :at where id = :id"), past)
    async with nobody(app) as client:
        answer = await client.post("/staff/api/v1/setup", json={"token": token, "password": PASSWORD})
        assert answer.json()["code"] == "setup_over"


async def test_signing_in_takes_all_three_and_every_failure_reads_the_same(app: Any) -> None:
    member = await make_member(app)
    async with nobody(app) as client:
        bodies = []
        for over in (
            {"password": "Wrong-password-9"},
            {"code": member.code(steps=9)},
            {"email": "nobody@oktee.example"},
            {"code": "abcdef"},
        ):
            answer = await client.sign_in(member, **over)
            assert answer.status_code == 401, answer.text
            bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
        assert all(body == bodies[0] for body in bodies)
        good = await client.sign_in(member)
        cookie = good.headers["set-cookie"]
        assert cookie.startswith("__Host-oktee_staff=")
        assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=28800"))


async def test_a_code_works_once(app: Any) -> None:
    member = await make_member(app)
    await forget_used_codes(member)
    body = {"email": member.email, "password": PASSWORD, "code": member.code()}
    async with nobody(app) as client:
        assert (await client.post("/staff/api/v1/session", json=body)).status_code == 200
        assert (await client.post("/staff/api/v1/session", json=body)).status_code == 401


async def test_ten_failures_lock_and_the_right_code_does_not_help(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None:
        del seconds

    monkeypatch.setattr("oktee.access.lockout.pause", at_once)
    member = await make_member(app)
    async with nobody(app) as client:
        for _ in range(10):
            await client.sign_in(member, password="Wrong-password-9")
        assert (await client.sign_in(member)).status_code == 429


async def test_a_session_ends_when_idle_when_old_when_signed_out_and_when_the_person_left(app: Any) -> None:
    for change in (
        "update staff_sessions set last_seen_at = now() - interval '31 minutes'",
        "update staff_sessions set expires_at = now()",
        None,
        "disable",
    ):
        async with open_console(app) as (console, member):
            assert (await console.get("/staff/api/v1/me")).json()["email"] == member.email
            if change is None:
                assert (await console.delete("/staff/api/v1/session")).status_code == 204
            elif change == "disable":
                await people.disable_staff(member.email)
            else:
                async with global_session() as session:
                    await session.execute(text(change))
            assert (await console.get("/staff/api/v1/me")).status_code == 401
    async with global_session() as session:
        longest = await session.scalar(text("select max(expires_at - created_at) from staff_sessions"))
    assert longest <= timedelta(hours=8)


async def test_unsafe_requests_need_our_origin_and_the_sessions_token(app: Any) -> None:
    async with open_console(app) as (console, _):
        for headers in ({"X-CSRF-Token": "x"}, {"Origin": "https://evil.example"}):
            answer = await console.delete("/staff/api/v1/session", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


async def test_the_two_kinds_of_sessions_open_nothing_of_each_other(app: Any) -> None:
    owner = await make_person()
    async with open_browser(app, owner) as browser, open_console(app) as (console, _):
        theirs = browser.headers["Cookie"].split("=", 1)[1]
        ours = console.headers["Cookie"].split("=", 1)[1]
        async with nobody(app) as client:
            for cookie in (f"{people.COOKIE}={theirs}", f"{CUSTOMER_COOKIE}={ours}"):
                client.headers["Cookie"] = cookie
                assert (await client.get("/staff/api/v1/me")).status_code == 401
                assert (await client.get("/api/v1/me")).status_code == 401


async def test_renewing_clears_password_authenticator_and_sessions(app: Any) -> None:
    async with open_console(app) as (console, member):
        token = await people.renew_setup(member.email)
        assert (await console.get("/staff/api/v1/me")).status_code == 401
        assert (await console.sign_in(member)).status_code == 401
        await set_up(console, token, "Qz5!quite-a-new-word")


async def test_without_a_staff_database_there_is_no_console(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_console(app) as (console, member):
        monkeypatch.setattr(staff_database, "_engine", None)
        assert (await console.get("/staff/api/v1/me")).status_code == 404
        assert (await console.sign_in(member)).status_code == 404
