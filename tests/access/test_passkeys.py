"""Passkeys: registered, asked for, refused when anything about them is not as it was."""

from dataclasses import replace
from typing import Any

import asyncpg
import factories
import pytest
from authenticator import PRESENT, Authenticator
from factories import Browser, make_person


async def register(browser: Browser, authenticator: Authenticator, name: str = "Laptop") -> Any:
    options = (await browser.post("/api/v1/me/factors/passkey-options")).json()["options"]
    body = {"name": name, "passkey": authenticator.create(options)}
    return browser.keep(await browser.post("/api/v1/me/factors/passkeys", json=body))


@pytest.fixture
async def owner(browser: Browser) -> factories.Person:
    """Signed in, with a passkey of their own to come."""
    person = await make_person(factor=False)
    await browser.sign_in(person)
    return person


@pytest.fixture
def laptop() -> Authenticator:
    return Authenticator()


async def sign_in_options(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.post("/api/v1/session/passkey-options")).json()["options"]
    return found


async def come_in(browser: Browser, answer: dict[str, Any]) -> Any:
    return browser.keep(await browser.post("/api/v1/session/passkey", json={"passkey": answer}))


async def test_a_passkey_is_a_second_factor(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    options = (await browser.post("/api/v1/me/factors/passkey-options")).json()["options"]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    answer = await register(browser, laptop)
    assert answer.status_code == 200, answer.text
    assert answer.json()["me"]["next"] is None
    assert len(answer.json()["recovery_codes"]) == 10
    async with factories.open_browser(app) as again:
        me = (await again.give_password(owner)).json()
        assert (me["next"], me["factors"]["passkey"]) == ("factor", True)
        options = (await again.post("/api/v1/session/factor/passkey-options")).json()["options"]
        assert [each["id"] for each in options["allowCredentials"]] == [laptop.get(options)["id"]]
        passed = again.keep(await again.post("/api/v1/session/factor", json={"passkey": laptop.get(options)}))
        assert passed.status_code == 200, passed.text
        assert passed.json()["next"] is None
        assert (await again.get(f"/api/v1/{owner.slug}/supply/orders")).status_code == 200


async def test_a_passkey_signs_in_without_e_mail_or_password(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    await register(browser, laptop)
    async with factories.open_browser(app) as again:
        options = await sign_in_options(again)
        assert options["allowCredentials"] == []
        assert options["userVerification"] == "required"
        answer = await come_in(again, laptop.get(options))
        assert answer.status_code == 200, answer.text
        me = answer.json()
        assert (me["user"]["email"], me["next"], me["second_factor"]) == (owner.email, None, True)


async def test_a_challenge_is_good_once(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    await register(browser, laptop)
    async with factories.open_browser(app) as again:
        answer = laptop.get(await sign_in_options(again))
        assert (await come_in(again, answer)).status_code == 200
    async with factories.open_browser(app) as thief:
        assert (await come_in(thief, answer)).status_code == 401


async def test_a_challenge_is_good_for_five_minutes(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any, db: Any
) -> None:
    await register(browser, laptop)
    async with factories.open_browser(app) as again:
        options = await sign_in_options(again)
        connection = await asyncpg.connect(db.owner_dsn)
        try:
            await connection.execute("update passkey_challenges set expires_at = now() - interval '1 second'")
        finally:
            await connection.close()
        assert (await come_in(again, laptop.get(options))).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://oktee.evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"key": Authenticator().key},
        {"credential_id": b"x" * 32},
        {"user_handle": b"y" * 16},
    ],
    ids=["another site", "another party", "nobody verified", "another key", "an unknown passkey", "another person"],
)
async def test_a_passkey_that_does_not_hold_is_refused(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any, change: dict[str, Any]
) -> None:
    await register(browser, laptop)
    async with factories.open_browser(app) as again:
        forged = replace(laptop, **change)
        answer = await come_in(again, forged.get(await sign_in_options(again)))
        assert answer.status_code == 401, answer.text
        right = await come_in(again, laptop.get(await sign_in_options(again)))
        assert right.status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"origin": "https://oktee.evil.example"}, {"rp_id": "evil.example"}, {"flags": PRESENT}],
    ids=["another site", "another party", "nobody verified"],
)
async def test_a_passkey_that_does_not_hold_is_not_registered(
    browser: Browser, owner: factories.Person, laptop: Authenticator, change: dict[str, Any]
) -> None:
    refused = await register(browser, replace(laptop, **change))
    assert (refused.status_code, refused.json()["code"]) == (422, "passkey_refused")
    assert (await browser.get("/api/v1/me")).json()["factors"]["passkey"] is False


@pytest.mark.parametrize("passkey", [{"x": 1}, {"response": 3}, {"rawId": "%%", "response": {"clientDataJSON": "%%%"}}])
async def test_garbage_is_no_passkey(browser: Browser, owner: factories.Person, passkey: dict[str, Any]) -> None:
    assert (await browser.post("/api/v1/session/passkey", json={"passkey": passkey})).status_code == 401
    body = {"name": "x", "passkey": passkey}
    assert (await browser.post("/api/v1/me/factors/passkeys", json=body)).status_code == 422
    assert (await browser.post("/api/v1/session/factor", json={"passkey": passkey})).status_code == 422


async def test_a_counter_that_does_not_rise_is_a_copied_key(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    await register(browser, laptop)
    copy = replace(laptop)
    async with factories.open_browser(app) as again:
        assert (await come_in(again, laptop.get(await sign_in_options(again)))).status_code == 200
    async with factories.open_browser(app) as thief:
        assert (await come_in(thief, copy.get(await sign_in_options(thief)))).status_code == 401


async def test_a_passkey_of_somebody_else_proves_nothing_for_me(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    await register(browser, laptop)
    victim = await make_person()
    async with factories.open_browser(app) as thief:
        await thief.give_password(victim)
        options = (await thief.post("/api/v1/session/factor/passkey-options")).json()["options"]
        proof = {"passkey": laptop.get(options)}
        assert (await thief.post("/api/v1/session/factor", json=proof)).status_code == 422


async def test_a_challenge_for_signing_in_proves_no_step(
    browser: Browser, owner: factories.Person, laptop: Authenticator, app: Any
) -> None:
    await register(browser, laptop)
    async with factories.open_browser(app) as again:
        await again.give_password(owner)
        proof = {"passkey": laptop.get(await sign_in_options(again))}
        assert (await again.post("/api/v1/session/factor", json=proof)).status_code == 422


async def test_the_same_passkey_is_not_registered_twice_and_several_are_allowed(
    browser: Browser, owner: factories.Person, laptop: Authenticator
) -> None:
    await register(browser, laptop)
    options = (await browser.post("/api/v1/me/factors/passkey-options")).json()["options"]
    assert [each["id"] for each in options["excludeCredentials"]] == [laptop.get(options)["id"]]
    twice = await register(browser, laptop)
    assert (twice.status_code, twice.json()["code"]) == (409, "passkey_known")
    assert (await register(browser, Authenticator(), "Key")).status_code == 200
    found = (await browser.get("/api/v1/me/factors")).json()["factors"]
    assert [(each["kind"], each["name"]) for each in found] == [("passkey", "Laptop"), ("passkey", "Key")]
