"""Lock-out: how waits grow, which networks are stopped, what a stranger can learn, and who may undo it."""

import statistics
import time
from typing import Any

import pytest
from argon2 import PasswordHasher
from factories import PASSWORD, Browser, Person, make_person
from oktee.access import lockout, passwords
from oktee.access.lockout import email_hash, network_of
from oktee.access.pace import Buckets, buckets
from oktee.access.passwords import TooManyAttempts
from oktee.access.tables import SignInEvent
from oktee.kit.database import database, global_session
from oktee.kit.settings import settings
from oktee.modules.administration.identity.mails import KINDS
from sqlalchemy import event, text


async def guess(browser: Browser, email: str, password: str = "wrong") -> Any:
    return await browser.post("/api/v1/session", json={"email": email, "password": password})


async def fail(person_email: str, addresses: list[str], *, kind: str = "password") -> None:
    """Wrong attempts from there, just now."""
    async with global_session() as session:
        session.add_all(
            SignInEvent(
                email_hash=email_hash(person_email),
                address=address,
                network=network_of(address),
                outcome="wrong",
                kind=kind,
            )
            for address in addresses
        )


async def test_from_the_fifth_failure_on_each_attempt_waits_twice_as_long(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "FIRST_DELAY", 0.25)
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(lockout, "pause", noted)
    person = await make_person()
    known = [(await guess(browser, person.email)).status_code for _ in range(11)]
    assert known == [401] * 10 + [429]
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0]
    waits.clear()
    unknown = [(await guess(browser, "nobody@example.com")).status_code for _ in range(11)]
    assert (unknown, waits) == (known, [0.25, 0.5, 1.0, 2.0, 4.0])


async def test_the_eleventh_wrong_and_the_twelfth_right_password_get_the_same_answer(browser: Browser) -> None:
    person = await make_person()
    for _ in range(10):
        await guess(browser, person.email)
    eleventh, twelfth = await guess(browser, person.email), await guess(browser, person.email, PASSWORD)
    stranger = await make_nobody_locked(browser)
    same = ("type", "title", "status", "detail", "code", "instance", "errors")
    answers = [{name: each.json()[name] for name in same} for each in (eleventh, twelfth, stranger)]
    assert answers[0] == answers[1] == answers[2]
    assert eleventh.headers["retry-after"] == twelfth.headers["retry-after"] == stranger.headers["retry-after"]


async def make_nobody_locked(browser: Browser) -> Any:
    for _ in range(10):
        await guess(browser, "nobody@example.com")
    return await guess(browser, "nobody@example.com")


async def test_the_owner_of_the_account_is_told_and_nobody_else(browser: Browser, mailbox: Any) -> None:
    person = await make_person()
    for email in (person.email, "nobody@example.com"):
        for _ in range(12):
            await guess(browser, email)
    mail = await mailbox.next(to=person.email, kinds=KINDS)
    assert mail.subject == "Sign-in to your account is paused"
    assert mailbox.arrived == []


async def test_a_lock_ends_by_time(browser: Browser) -> None:
    person = await make_person()
    for _ in range(10):
        await guess(browser, person.email)
    assert (await browser.give_password(person)).status_code == 429
    async with global_session() as session:
        await session.execute(text("update sign_in_events set at = at - interval '15 minutes 1 second'"))
    assert (await browser.give_password(person)).status_code == 200


async def test_an_administrator_ends_a_lock(browser: Browser) -> None:
    person = await make_person()
    other = await make_person()
    for each in (person, other):
        for _ in range(10):
            await guess(browser, each.email)
    await lockout.unlock(person.id)
    assert (await browser.give_password(person)).status_code == 200
    assert (await browser.give_password(other)).status_code == 429


@pytest.mark.parametrize(
    ("addresses", "refused"),
    [
        (["198.51.100.7"] * 50, True),
        (["198.51.100.7"] * 49, False),
        ([f"198.51.100.{n % 250}" for n in range(200)], True),
        ([f"198.51.101.{n % 250}" for n in range(200)], False),
    ],
    ids=["one address", "one address below", "one network", "another network"],
)
async def test_whoever_guesses_many_people_is_stopped(db: Any, addresses: list[str], refused: bool) -> None:
    for number in range(0, len(addresses), 5):  # five people's passwords each, so that none of them is locked
        await fail(f"person-{number}@example.com", addresses[number : number + 5])
    person = await make_person()
    async with global_session() as session:
        try:
            await lockout.begin(session, "password", email_hash(person.email), "198.51.100.7", person.id)
            stopped = False
        except TooManyAttempts:
            stopped = True
    assert stopped is refused


async def test_wrong_codes_lock_the_factor_wherever_they_come_from(db: Any) -> None:
    person = await make_person()
    await fail(person.email, [f"198.51.{n}.7" for n in range(10)], kind="factor")
    with pytest.raises(TooManyAttempts):
        async with global_session() as session:
            await lockout.begin(session, "factor", email_hash(person.email), "203.0.113.5", person.id)


async def test_neither_answer_nor_header_tells_whether_an_address_has_an_account(browser: Browser) -> None:
    person: Person = await make_person()
    for path, body in (
        ("/api/v1/session", {"password": "wrong"}),
        ("/api/v1/password-reset-requests", {}),
    ):
        answers = [
            await browser.post(path, json={"email": email} | body) for email in (person.email, "nobody@example.com")
        ]
        changing = {"x-request-id", "content-security-policy", "content-length"}
        heads = [{name: value for name, value in each.headers.items() if name not in changing} for each in answers]
        assert heads[0] == heads[1]
        texts = [each.text.replace(each.headers["x-request-id"], "") for each in answers]
        assert (answers[0].status_code, texts[0]) == (answers[1].status_code, texts[1])


async def test_a_known_and_an_unknown_address_ask_the_database_the_same(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time class without a clock: the same statements in the same order, and one hash each."""
    person = await make_person()
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        seen = []
        for path, body in (("/api/v1/session", {"password": "wrong"}), ("/api/v1/password-reset-requests", {})):
            for email in (person.email, "nobody@example.com"):
                asked.clear()
                await browser.post(path, json={"email": email} | body)
                seen.append(list(asked))
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert seen[0] == seen[1] != []
    assert seen[2] == seen[3] != []


async def test_a_wrong_password_takes_a_known_and_an_unknown_address_equally_long(
    browser: Browser, cheap_hashes: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes at their full cost, tries in turn, medians within a factor of two: a hash that was left out is tenfold."""
    monkeypatch.setattr(passwords, "_HASHER", cheap_hashes)
    monkeypatch.setattr(passwords, "_DUMMY", cheap_hashes.hash("nobody has this password"))
    emails = {"known": [(await make_person(factor=False)).email for _ in range(2)]}
    emails["unknown"] = [f"nobody-{number}@example.com" for number in range(2)]
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(10):
        for kind, seconds in took.items():
            began = time.perf_counter()
            answer = await guess(browser, emails[kind][number % 2])
            seconds.append(time.perf_counter() - began)
            assert answer.status_code == 401
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    assert 0.5 < known / unknown < 2


def test_a_network_has_so_many_requests_a_minute_and_gets_them_back_evenly() -> None:
    found = Buckets()
    assert [found.take("a", 10, 0.0) for _ in range(10)] == [0.0] * 10
    assert found.take("a", 10, 0.0) == pytest.approx(6.0)
    assert found.take("b", 10, 0.0) == 0.0
    assert found.take("a", 10, 6.0) == 0.0
    assert found.take("a", 10, 6.0) > 0
    assert [found.take("a", 10, 600.0) for _ in range(11)].count(0.0) == 10


async def test_floods_of_requests_are_refused_before_they_reach_the_database(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "identity_requests_per_minute", 10)
    buckets.clear()
    try:
        answers = [await browser.post("/api/v1/session/passkey-options") for _ in range(11)]
        assert [each.status_code for each in answers] == [200] * 10 + [429]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await browser.get("/api/v1/password-policy")).status_code == 200
    finally:
        buckets.clear()
