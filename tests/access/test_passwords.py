"""What a password has to be, how it is kept, changed and replaced when it is lost."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import factories
import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from factories import PASSWORD, Browser, Person, make_person
from oktee.access.factors.tables import OldPassword
from oktee.access.password_policy import check_policy
from oktee.access.passwords import hash_password, stretch, verify
from oktee.kit.database import global_session
from oktee.kit.errors import Invalid
from oktee.kit.settings import settings
from oktee.modules.administration.identity.mails import KINDS
from sqlalchemy import func, select

NEW = "Mq7-harbour-Pilot"
GOOD = frozenset[str]()
TABLE: list[tuple[str, frozenset[str], frozenset[str]]] = [
    # password, faults under dpp, faults under nist
    ("Kx9!long-enough-word", GOOD, GOOD),
    ("Ab3$efGhij!k", GOOD, GOOD),
    ("Wq!7rTz#9pLm", GOOD, GOOD),
    ("Zug-nach-Norden-42", GOOD, GOOD),
    ("Été-à-la-plage-2026", GOOD, GOOD),
    ("Пароль-Кремня-77x", GOOD, GOOD),
    ("X" * 40 + "aB7!" * 22, GOOD, GOOD),
    ("correct velvet magnet", frozenset({"classes"}), GOOD),
    ("seventeenviolinsplay", frozenset({"classes"}), GOOD),
    ("glimmer8orchid8tundra8", frozenset({"classes"}), GOOD),
    ("GLIMMER-ORCHID-TUNDRA-8", frozenset({"classes"}), GOOD),
    ("NoDigits-In-Here-Ok", frozenset({"classes"}), GOOD),
    ("NoOther12345Signs6", frozenset({"classes"}), GOOD),
    ("Kx9!short", frozenset({"length"}), frozenset({"length"})),
    ("Ab3$efGhij!", frozenset({"length"}), frozenset({"length"})),
    ("Kx9!" + "long-enough-" * 11, frozenset({"length"}), frozenset({"length"})),
    ("", frozenset({"length", "classes", "common"}), frozenset({"length", "common"})),
    ("LeaMartin-2026!", frozenset({"contains_name"}), frozenset({"contains_name"})),
    ("My-lea-Garden-77!", frozenset({"contains_name"}), frozenset({"contains_name"})),
    ("xXmartinXx-99-Plum", frozenset({"contains_name"}), frozenset({"contains_name"})),
    ("L.m.desk.office-A1", frozenset({"contains_name"}), frozenset({"contains_name"})),
    ("Password-2026!", frozenset({"common"}), frozenset({"common"})),
    ("P@ssw0rd-P@ssw0rd", frozenset({"common"}), frozenset({"common"})),
    ("Welcome-Summer-1!", frozenset({"common"}), frozenset({"common"})),
    ("Qwertyuiop-1234", frozenset({"common"}), frozenset({"common"})),
    ("Azertyuiop!2345", frozenset({"common"}), frozenset({"common"})),
    ("Abcdefghijkl-1!", frozenset({"common"}), frozenset({"common"})),
    ("123456789012", frozenset({"classes", "common"}), frozenset({"common"})),
    ("Ab1!Ab1!Ab1!Ab1!", frozenset({"common"}), frozenset({"common"})),
    ("aaaaaaaaaaaaaaaa", frozenset({"classes", "common"}), frozenset({"common"})),
    ("Motdepasse-2026!", frozenset({"common"}), frozenset({"common"})),
]


@pytest.mark.parametrize("policy", ["dpp", "nist"])
@pytest.mark.parametrize("row", TABLE, ids=[str(number) for number in range(len(TABLE))])
def test_each_policy_names_every_fault_of_a_password(
    stack: Any, row: tuple[str, frozenset[str], frozenset[str]], policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "password_policy", policy)
    password, dpp, nist = row
    expected = dpp if policy == "dpp" else nist
    if not expected:
        check_policy(password, name="Lea Martin", email="l.m.desk@example.com")
        return
    with pytest.raises(Invalid) as refused:
        check_policy(password, name="Lea Martin", email="l.m.desk@example.com")
    assert {(fault.pointer, fault.code) for fault in refused.value.errors} == {("/password", code) for code in expected}


def test_a_password_costs_what_the_standard_asks_for(cheap_hashes: PasswordHasher) -> None:
    found = extract_parameters(cheap_hashes.hash("x"))
    assert (found.type, found.time_cost, found.memory_cost, found.hash_len) == (Type.ID, 2, 47104, 32)


async def age(db: Any, days: int) -> None:
    """Every password is so many days old."""
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute(f"update users set changed_password_at = now() - interval '{days} days'")
    finally:
        await connection.close()


async def change(browser: Browser, current: str, password: str) -> Any:
    body = {"current": current, "password": password}
    return browser.keep(await browser.post("/api/v1/me/password", json=body))


async def test_changing_the_password_ends_every_other_session_and_renews_this_one(
    browser: Browser, app: Any, db: Any, mailbox: Any
) -> None:
    person = await make_person()
    await age(db, 2)
    async with factories.open_browser(app, person) as elsewhere:
        await browser.sign_in(person)
        before = browser.headers["Cookie"]
        wrong = await change(browser, "wrong", NEW)
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current")
        weak = await change(browser, PASSWORD, "weak")
        assert {fault["code"] for fault in weak.json()["errors"]} == {"length", "classes", "common"}
        assert (await change(browser, PASSWORD, NEW)).status_code == 200
        assert browser.headers["Cookie"] != before
        assert (await browser.get("/api/v1/me/factors")).status_code == 200
        assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/api/v1/me", headers={"Cookie": before})).status_code == 401
    mail = await mailbox.next(to=person.email)
    assert mail.subject == "Your password was changed"
    async with factories.open_browser(app) as again:
        assert (await again.give_password(person)).status_code == 401
    soon = await change(browser, NEW, "Nx8-another-Garden")
    assert (soon.status_code, soon.json()["code"]) == (409, "changed_today")


async def test_no_password_is_hashed_while_a_transaction_is_open(db: Any) -> None:
    hashed = await hash_password("a long enough password")
    async with global_session():
        for call in (hash_password("x"), verify(hashed, "x"), stretch("x", b"0" * 16)):
            with pytest.raises(RuntimeError, match="transaction"):
                await call
    assert await verify(hashed, "a long enough password")


async def test_the_last_ten_passwords_do_not_come_back(browser: Browser, db: Any) -> None:
    person = await make_person()
    await browser.sign_in(person)
    used = [PASSWORD]
    for number in range(11):
        await age(db, 2)
        following = f"Zq{number}-orchid-Tundra-{number}"
        assert (await change(browser, used[-1], following)).status_code == 200
        used.append(following)
    await age(db, 2)
    for earlier in used[-10:]:
        refused = await change(browser, used[-1], earlier)
        assert refused.json()["errors"][0]["code"] == "used_before", earlier
    assert (await change(browser, used[-1], used[-11])).status_code == 200
    async with global_session() as session:
        assert await session.scalar(select(func.count()).select_from(OldPassword)) == 10


async def test_under_nist_neither_history_nor_age_binds(
    browser: Browser, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "password_policy", "nist")
    person = await make_person()
    await browser.sign_in(person)
    assert (await change(browser, PASSWORD, "seventeenviolinsplay")).status_code == 200
    assert (await change(browser, "seventeenviolinsplay", PASSWORD)).status_code == 200
    await age(db, 4000)
    assert (await browser.get("/api/v1/me")).json()["next"] is None
    assert (await browser.get("/api/v1/password-policy")).json()["greatest_days"] == 0


async def test_an_expired_password_is_changed_before_anything_else(browser: Browser, db: Any) -> None:
    person = await make_person()
    await age(db, 366)
    me = (await browser.sign_in(person)).json()
    assert me["next"] == "password"
    for path in (browser.at("/supply/orders"), "/api/v1/me/factors"):
        refused = await browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_expired")
    changed = await change(browser, PASSWORD, NEW)
    assert (changed.status_code, changed.json()["next"]) == (200, None)
    assert (await browser.get(browser.at("/supply/orders"))).status_code == 200


async def ask(browser: Browser, email: str) -> Any:
    return await browser.post("/api/v1/password-reset-requests", json={"email": email})


async def link_of(mailbox: Any, person: Person) -> str:
    """The token in the mail's link."""
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    (link,) = mail.links
    assert link.startswith("http://localhost:8000/reset-password#")
    assert link in mail.html
    return str(link.split("#")[1])


async def reset(browser: Browser, token: str, password: str = NEW) -> Any:
    return await browser.post("/api/v1/password-resets", json={"token": token, "password": password})


async def test_a_lost_password_is_replaced_by_mail_and_the_factor_still_asked_for(
    browser: Browser, app: Any, mailbox: Any
) -> None:
    person = await make_person()
    async with factories.open_browser(app, person) as elsewhere:
        assert (await ask(browser, person.email.upper())).status_code == 202
        token = await link_of(mailbox, person)
        weak = await reset(browser, token, "weak")
        assert weak.status_code == 422
        assert (await reset(browser, token)).status_code == 204, "a weak try has not used the link up"
        assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await mailbox.next(to=person.email)).subject == "Your password was changed"
    new = Person(person.id, person.email, NEW, person.organization_id, person.slug, person.role, person.seed)
    assert (await browser.give_password(new)).json()["next"] == "factor"
    assert (await reset(browser, token)).json()["code"] == "link_expired"


async def test_a_link_works_once_also_for_many_at_the_same_time(app: Any, browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    await ask(browser, person.email)
    token = await link_of(mailbox, person)
    answers = await asyncio.gather(*(reset(browser, token, f"Zq{n}-orchid-Tundra-{n}") for n in range(6)))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 404: 5}


async def test_a_link_is_good_for_half_an_hour_and_a_newer_one_ends_it(browser: Browser, mailbox: Any, db: Any) -> None:
    person = await make_person()
    await ask(browser, person.email)
    first = await link_of(mailbox, person)
    await ask(browser, person.email)
    second = await link_of(mailbox, person)
    assert (await reset(browser, first)).status_code == 404
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        minutes = await connection.fetchval(
            "select max(extract(epoch from expires_at - created_at)) / 60 from once_tokens"
        )
        assert minutes == 30
        await connection.execute("update once_tokens set expires_at = now() - interval '1 second'")
        tokens = str(await connection.fetch("select t::text from once_tokens t"))
    finally:
        await connection.close()
    assert second not in tokens
    assert (await reset(browser, second)).status_code == 404


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    known, unknown = await ask(browser, person.email), await ask(browser, "nobody@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"null")
    await mailbox.next(to=person.email, kinds=KINDS)
    assert mailbox.arrived == []


async def test_asking_again_and_again_is_refused_alike_for_known_and_unknown(browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    for email in (person.email, "nobody@example.com"):
        statuses = [(await ask(browser, email)).status_code for _ in range(11)]
        assert statuses == [202] * 10 + [429]


async def test_a_reset_opens_a_locked_account(browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    for _ in range(10):
        await browser.post("/api/v1/session", json={"email": person.email, "password": "wrong"})
    assert (await browser.give_password(person)).status_code == 429
    assert (await mailbox.next(to=person.email, kinds=KINDS)).subject == "Sign-in to your account is paused"
    await ask(browser, person.email)
    assert (await reset(browser, await link_of(mailbox, person))).status_code == 204
    new = Person(person.id, person.email, NEW, person.organization_id, person.slug, person.role, person.seed)
    assert (await browser.sign_in(new)).status_code == 200
