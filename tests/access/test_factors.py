"""Authenticator apps and recovery codes: enrolled, asked for, good once."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import asyncpg
import factories
import pytest
from factories import Browser, Person, forget_used_codes, make_organization, make_person
from oktee.access import lockout
from oktee.access.factors.totp import check_totp, code_at, counter_at, matching_counter, new_seed
from oktee.access.workspaces import put_member
from oktee.kit.clock import now
from oktee.kit.crypto import Unsealable, aad, kek
from oktee.kit.database import global_session, tenant_session
from oktee.modules.administration.identity.mails import KINDS
from sqlalchemy import text


async def test_a_password_alone_opens_nothing_but_the_second_step(browser: Browser) -> None:
    person = await make_person()
    first = (await browser.give_password(person)).json()
    assert first["next"] == "factor"
    assert first["workspaces"] == []
    assert first["factors"] == {"totp": True, "passkey": False, "recovery_codes_left": 0}
    for path in (browser.at("/supply/orders"), browser.at("/stream"), "/api/v1/me/factors", "/api/v1/me/sessions"):
        refused = await browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required"), path
    for path in ("/api/v1/me/password", "/api/v1/me/email", "/api/v1/me/recovery-codes", "/api/v1/session/step-up"):
        body = {"current": "x", "password": "y"} if path.endswith("password") else {"code": "123456"}
        body = {"email": "new@example.com"} if path.endswith("email") else body
        refused = await browser.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required"), path
    answer = browser.keep(await browser.post("/api/v1/session/factor", json={"code": person.code()}))
    assert answer.status_code == 200
    assert answer.json()["next"] is None
    assert (await browser.get(browser.at("/supply/orders"))).status_code == 200


async def test_each_step_is_a_new_session_and_the_one_before_ends(browser: Browser, app: Any) -> None:
    person = await make_person()
    first = await browser.give_password(person)
    planted, token = browser.headers["Cookie"], browser.headers["X-CSRF-Token"]
    browser.keep(await browser.post("/api/v1/session/factor", json={"code": person.code()}))
    assert browser.headers["Cookie"] != planted
    assert browser.headers["X-CSRF-Token"] != token
    assert first.headers["set-cookie"].split(";")[0] not in browser.headers["Cookie"]
    async with factories.open_browser(app) as attacker:
        assert (await attacker.get("/api/v1/me", headers={"Cookie": planted})).status_code == 401


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(steps: int, good: bool) -> None:
    seed, instant = new_seed(), now()
    found = matching_counter(seed, code_at(seed, counter_at(instant) + steps), instant)
    assert found == (counter_at(instant) + steps if good else None)


async def test_a_code_works_once_also_for_many_at_the_same_time(app: Any, db: Any) -> None:
    person = await make_person()
    code = person.code()

    async def use() -> int:
        async with factories.open_browser(app) as browser:
            await browser.give_password(person)
            return (await browser.post("/api/v1/session/factor", json={"code": code})).status_code

    assert Counter(await asyncio.gather(*(use() for _ in range(5)))) == {200: 1, 422: 4}
    assert await use() == 422


async def test_an_earlier_code_is_void_once_a_later_one_was_used(db: Any) -> None:
    person = await make_person()
    async with global_session() as session:
        assert await check_totp(session, person.id, person.code(1)) is not None
    async with global_session() as session:
        assert await check_totp(session, person.id, person.code(0)) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "123456 OR 1"])
async def test_what_is_no_code_is_refused(db: Any, code: str) -> None:
    person = await make_person()
    async with global_session() as session:
        assert await check_totp(session, person.id, code) is None


async def test_the_seed_is_sealed_to_its_person(db: Any) -> None:
    one, other = await make_person(), await make_person()
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        rows = {row["user_id"]: row for row in await connection.fetch("select * from factors")}
        assert one.seed is not None
        assert one.seed.encode() not in rows[one.id]["seed_blob"]
        assert (
            kek().unwrap(rows[one.id]["seed_blob"], aad("totp_seed", one.id, rows[one.id]["id"])) == one.seed.encode()
        )
        await connection.execute(
            "update factors set seed_blob = $1 where user_id = $2", rows[one.id]["seed_blob"], other.id
        )
    finally:
        await connection.close()
    with pytest.raises(Unsealable):
        async with global_session() as session:
            await check_totp(session, other.id, one.code())


async def enrol(browser: Browser, name: str = "Phone") -> tuple[str, dict[str, Any]]:
    """A new authenticator app through the API: its seed and the answer."""
    begun = await browser.post("/api/v1/me/factors/totp", json={"name": name})
    assert begun.status_code == 200, begun.text
    seed = begun.json()["seed"]
    assert begun.json()["uri"].startswith("otpauth://totp/OKTee:")
    answer = browser.keep(
        await browser.post(
            f"/api/v1/me/factors/totp/{begun.json()['id']}/confirm",
            json={"code": code_at(seed, counter_at(now()))},
        )
    )
    return seed, answer.json()


@pytest.mark.parametrize("role", ["owner", "admin", "supply_manager", "supply_operator", "developer"])
async def test_who_can_write_to_amazon_or_administers_gets_nowhere_without_a_factor(
    browser: Browser, role: str
) -> None:
    person = await make_person(role=role, factor=False)
    me = (await browser.sign_in(person)).json()
    assert me["next"] == "enrol"
    refused = await browser.get(browser.at("/supply/orders"))
    assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")
    write = await browser.post(browser.at("/supply/confirmations"), json={})
    assert (write.status_code, write.json()["code"]) == (403, "mfa_required")


async def test_who_only_reads_needs_none_and_may_have_one(browser: Browser) -> None:
    person = await make_person(role="analyst", factor=False)
    assert (await browser.sign_in(person)).json()["next"] is None
    assert (await browser.get(browser.at("/supply/orders"))).status_code == 200
    _, answer = await enrol(browser)
    assert answer["me"]["second_factor"] is True


async def test_the_first_factor_is_set_up_right_after_the_first_sign_in(browser: Browser, app: Any) -> None:
    person = await make_person(factor=False)
    async with factories.open_browser(app) as elsewhere:
        await elsewhere.sign_in(person)
        await browser.sign_in(person)
        before = browser.headers["Cookie"]
        seed, answer = await enrol(browser)
        assert answer["me"]["next"] is None
        assert len(set(answer["recovery_codes"])) == 10
        assert browser.headers["Cookie"] != before
        assert (await browser.get(browser.at("/supply/orders"))).status_code == 200
        assert (await elsewhere.get("/api/v1/me")).status_code == 401, "it was begun before there was a factor"
    with_factor = Person(person.id, person.email, person.password, person.organization_id, person.slug, "owner", seed)
    async with factories.open_browser(app) as again:
        assert (await again.give_password(person)).json()["next"] == "factor"
        assert (await again.sign_in(with_factor)).json()["next"] is None


async def test_a_wrong_first_code_confirms_nothing(browser: Browser) -> None:
    person = await make_person(factor=False)
    await browser.sign_in(person)
    begun = (await browser.post("/api/v1/me/factors/totp", json={"name": "Phone"})).json()
    refused = await browser.post(f"/api/v1/me/factors/totp/{begun['id']}/confirm", json={"code": "000000"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/code"
    assert (await browser.get("/api/v1/me")).json()["factors"]["totp"] is False
    missing = await browser.post(f"/api/v1/me/factors/totp/{uuid4()}/confirm", json={"code": "000000"})
    assert missing.status_code == 404


async def test_a_recovery_code_replaces_the_factor_once(browser: Browser, app: Any, db: Any) -> None:
    person = await make_person(factor=False)
    await browser.sign_in(person)
    _, answer = await enrol(browser)
    code = answer["recovery_codes"][3]
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        stored = await connection.fetch("select r::text as row from recovery_codes r")
    finally:
        await connection.close()
    assert code.replace("-", "") not in str(stored)
    async with factories.open_browser(app) as lost:
        await lost.give_password(person)
        passed = lost.keep(await lost.post("/api/v1/session/factor", json={"recovery_code": code.upper()}))
        assert passed.status_code == 200
        assert passed.json()["factors"]["recovery_codes_left"] == 9
    async with factories.open_browser(app) as thief:
        await thief.give_password(person)
        again = await thief.post("/api/v1/session/factor", json={"recovery_code": code})
        assert (again.status_code, again.json()["code"]) == (422, "wrong_code")


async def test_a_recovery_code_works_for_one_of_many_at_the_same_time(browser: Browser, app: Any) -> None:
    person = await make_person(factor=False)
    await browser.sign_in(person)
    _, answer = await enrol(browser)

    async def use() -> int:
        async with factories.open_browser(app) as each:
            await each.give_password(person)
            proof = {"recovery_code": answer["recovery_codes"][0]}
            return (await each.post("/api/v1/session/factor", json=proof)).status_code

    assert Counter(await asyncio.gather(*(use() for _ in range(4)))) == {200: 1, 422: 3}


async def test_new_recovery_codes_void_the_earlier_ones(browser: Browser, app: Any) -> None:
    person = await make_person(factor=False)
    await browser.sign_in(person)
    _, answer = await enrol(browser)
    renewed = (await browser.post("/api/v1/me/recovery-codes")).json()["recovery_codes"]
    assert not set(renewed) & set(answer["recovery_codes"])
    async with factories.open_browser(app) as lost:
        await lost.give_password(person)
        for code, status in ((answer["recovery_codes"][0], 422), (renewed[0], 200)):
            assert (await lost.post("/api/v1/session/factor", json={"recovery_code": code})).status_code == status


async def test_guesses_of_a_code_are_limited_and_the_half_session_ends(browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    await browser.give_password(person)
    for _ in range(10):
        wrong = await browser.post("/api/v1/session/factor", json={"code": "000000"})
        assert wrong.status_code == 422
    assert (await browser.post("/api/v1/session/factor", json={"code": person.code()})).status_code == 401
    await browser.give_password(person)
    locked = await browser.post("/api/v1/session/factor", json={"code": person.code()})
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "900")
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert mail.subject == "Somebody knows your password"
    await lockout.unlock(person.id)
    assert (await browser.post("/api/v1/session/factor", json={"code": person.code()})).status_code == 200


async def make_stale(db: Any, minutes: int = 11) -> None:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute(f"update sessions set fresh_at = now() - interval '{minutes} minutes'")
    finally:
        await connection.close()


async def test_a_dangerous_act_asks_for_the_factor_again(browser: Browser, db: Any) -> None:
    person = await make_person()
    await browser.sign_in(person)
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "Second"})).status_code == 200
    await make_stale(db)
    refused = await browser.post("/api/v1/me/factors/totp", json={"name": "Second"})
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_factor_required")
    await forget_used_codes(person)
    wrong = await browser.post("/api/v1/session/step-up", json={"code": "000000"})
    assert wrong.status_code == 422
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "Second"})).status_code == 403
    right = await browser.post("/api/v1/session/step-up", json={"code": person.code()})
    assert right.status_code == 200
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "Second"})).status_code == 200
    await forget_used_codes(person)
    by_password = await browser.post("/api/v1/session/step-up", json={"password": person.password})
    assert by_password.status_code == 422, "who has a factor proves the factor"


async def test_without_any_factor_the_password_is_the_proof(browser: Browser, db: Any) -> None:
    person = await make_person(role="analyst", factor=False)
    await browser.sign_in(person)
    await make_stale(db)
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "First"})).status_code == 403
    assert (await browser.post("/api/v1/session/step-up", json={"password": "wrong"})).status_code == 422
    assert (await browser.post("/api/v1/session/step-up", json={"password": person.password})).status_code == 200
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "First"})).status_code == 200


@pytest.mark.parametrize("proof", [{}, {"code": "123456", "recovery_code": "x"}, {"code": ""}, {"other": "x"}])
async def test_a_step_takes_exactly_one_proof(browser: Browser, proof: dict[str, str]) -> None:
    person = await make_person()
    await browser.give_password(person)
    assert (await browser.post("/api/v1/session/factor", json=proof)).status_code == 422


async def test_factors_are_listed_named_and_removed_but_not_the_last_one(
    browser: Browser, app: Any, mailbox: Any
) -> None:
    person = await make_person()
    await browser.sign_in(person)
    await forget_used_codes(person)
    await enrol(browser, "Tablet")
    found = (await browser.get("/api/v1/me/factors")).json()
    assert [each["name"] for each in found["factors"]] == ["Authenticator app", "Tablet"]
    assert len(found["demanded_by"]) == 1
    first, second = (each["id"] for each in found["factors"])
    renamed = await browser.patch(f"/api/v1/me/factors/{second}", json={"name": "Old tablet"})
    assert [each["name"] for each in renamed.json()["factors"]] == ["Authenticator app", "Old tablet"]
    other = await make_person()
    async with factories.open_browser(app, other) as foreign:
        assert (await foreign.patch(f"/api/v1/me/factors/{second}", json={"name": "Mine"})).status_code == 404
        assert (await foreign.delete(f"/api/v1/me/factors/{second}")).status_code == 404
    async with factories.open_browser(app, person) as elsewhere:
        assert (await browser.delete(f"/api/v1/me/factors/{first}")).status_code == 200
        assert (await elsewhere.get("/api/v1/me")).status_code == 401
    last = await browser.delete(f"/api/v1/me/factors/{second}")
    assert (last.status_code, last.json()["code"]) == (409, "last_factor")
    await put_member(person.organization_id, person.id, "analyst")
    assert (await browser.delete(f"/api/v1/me/factors/{second}")).status_code == 200
    mails = [await mailbox.next(to=person.email) for _ in range(3)]
    done = sorted(mail.subject.split(" was ")[1].split()[0] for mail in mails)  # a worker sends them side by side
    assert done == ["added", "removed", "removed"]


async def test_each_workspace_of_the_person_is_told_of_factors(browser: Browser) -> None:
    person = await make_person(factor=False)
    second, _ = await make_organization()
    await put_member(second, person.id, "analyst")
    await browser.sign_in(person)
    await enrol(browser)
    for organization_id in (person.organization_id, second):
        async with tenant_session(organization_id) as session:
            found = await session.execute(
                text(
                    "select kind, payload->>'factor' from journal_entries "
                    "where log = 'audit' and actor_id = :id order by sequence"
                ),
                {"id": str(person.id)},
            )
            assert [tuple(row) for row in found] == [("session.started", None), ("account.factor_added", "totp")]
