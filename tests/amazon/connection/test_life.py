"""The life of a connection: proof, reminders, the end of its year, claims, other accounts, and private applications."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from amazon.connection.connecting import (
    GERMANY,
    LUMEA,
    NORDHANDEL_DE,
    Amazon,
    at_amazon,
    begin,
    come_back,
    connect,
    forget,
    kinds,
    registration,
    rows,
    verify,
)
from amazon.connection.role_sets import ORDERS
from factories import Browser, Person
from oktee.amazon.client.errors import Revoked
from oktee.amazon.connection import lifecycle, tokens
from oktee.amazon.connection.applications import get_credentials
from oktee.amazon.mirror import care, runner
from oktee.amazon.mirror.care import threshold
from oktee.kit.crypto import Unsealable
from oktee.kit.database import database, global_session, tenant_session
from oktee.kit.work import Crew
from pydantic import SecretStr
from sqlalchemy import text

DAY = timedelta(days=1)


async def _tenant(owner: Person, statement: str, **values: Any) -> None:
    async with tenant_session(owner.organization_id) as session:
        await session.execute(text(statement), values)


async def _look(owner: Person, *, at_once: bool = True) -> None:
    """Somebody looks after the connections now."""
    if at_once:
        async with database.autocommit() as connection:
            await connection.execute(text("update work set due_at = now() where kind = 'connection_care'"))
    crew = Crew([care.CARE], lanes=4)
    while True:
        await crew.drain("sync")
        if not crew.held:
            return
        for task in list(crew.held):
            await task


async def _mails() -> list[str]:
    async with global_session() as session:
        return list(await session.scalars(text("select template from mails order by id")))


async def _shown(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await browser.get(browser.at("/administration/connections"))).json()["rows"]
    return found


@pytest.fixture(name="connected")
async def an_active_connection(amazon: Amazon, browser: Browser) -> UUID:
    await amazon.place("LUMD1", "LUMF1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    return connection_id


# -- proof ---------------------------------------------------------------------------------------------------------------


async def test_a_connection_proves_itself_each_quarter_of_an_hour_without_a_call_being_due(
    amazon: Amazon, owner: Person, connected: UUID
) -> None:
    await _look(owner)
    calls = await amazon.token_calls()
    await _look(owner)
    assert await amazon.token_calls() == calls  # the token of this quarter is proof enough
    await _tenant(owner, "update connection_tokens set refreshed_at = now() - interval '14 min'")
    await forget()
    await _look(owner)
    assert await amazon.token_calls() == calls + 1
    async with database.autocommit() as connection:
        query = text("select due_at - now() from work where kind = 'connection_care'")
        due = (await connection.execute(query)).scalar_one()
    assert timedelta(minutes=13) < due <= timedelta(minutes=15)


async def test_the_first_refused_refresh_ends_collection_and_tells_everybody(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    await amazon.control("POST", "/revoke", {"selling_partner_id": LUMEA})
    await _tenant(owner, "update connection_tokens set refreshed_at = now() - interval '14 min'")
    await forget()
    await _look(owner)
    (shown,) = await _shown(browser)
    assert (shown["status"], {each["state"] for each in shown["streams"]}) == ("revoked", {"paused"})
    assert (await kinds(owner.organization_id, "connection."))[-1] == "connection.revoked"
    assert await _mails() == ["connection_revoked"]
    calls = len(await amazon.calls())
    await _look(owner)
    with pytest.raises(Revoked):
        await tokens.access_token(owner.organization_id, connected)
    assert len(await amazon.calls()) == calls


async def test_a_token_endpoint_that_is_away_ends_nothing_and_is_asked_again_soon(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    await amazon.fault(operation="token", kind="error_503", count=1)
    await _tenant(owner, "update connection_tokens set refreshed_at = now() - interval '14 min'")
    await forget()
    await _look(owner)
    assert (await _shown(browser))[0]["status"] == "active"
    async with database.autocommit() as connection:
        query = text("select due_at - now() from work where kind = 'connection_care'")
        assert (await connection.execute(query)).scalar_one() <= care.TRY_AGAIN


# -- the year ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "due"),
    [(61, None), (60, 60), (31, 60), (30, 30), (15, 30), (14, 14), (7, 7), (2, 7), (1, 1), (0, None), (-3, None)],
)
def test_a_reminder_is_due_at_sixty_thirty_fourteen_seven_and_one_day(left: int, due: int | None) -> None:
    assert threshold(left * DAY) == due


async def test_each_reminder_is_sent_once_by_mail_and_in_the_log(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    for days, expected in ((70, 0), (60, 1), (59, 1), (30, 2), (13, 3), (6, 4), (1, 5)):
        await _tenant(owner, "update connections set expires_at = now() + make_interval(days => :days)", days=days)
        await _look(owner)
        await _look(owner)
        assert (await _mails()).count("connection_renewal_due") == expected, days
    assert (await kinds(owner.organization_id)).count("connection.renewal_due") == 5
    assert (await _shown(browser))[0]["status"] == "reauthorization_due"


async def test_a_renewal_begins_the_reminders_anew(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    await _tenant(owner, "update connections set expires_at = now() + interval '10 days'")
    await _look(owner)
    url = await begin(browser)
    await come_back(browser, await amazon.decide(url, "approve"))
    (row,) = await rows(owner.organization_id, "select reminded_days, expires_at - now() as left from connections")
    assert row.reminded_days is None
    assert row.left > 364 * DAY


async def test_the_end_of_the_year_keeps_the_account_and_a_renewal_takes_collection_up_again(
    amazon: Amazon, browser: Browser, stranger: Browser, owner: Person, connected: UUID
) -> None:
    await amazon.control("POST", "/revoke", {"selling_partner_id": LUMEA})
    await _tenant(
        owner, "update connections set expires_at = now() - interval '1 s', authorized_at = now() - interval '365 days'"
    )
    await _tenant(owner, "update connection_tokens set refreshed_at = now() - interval '14 min'")
    await forget()
    await _look(owner)
    (shown,) = await _shown(browser)
    assert shown["status"] == "reauthorization_required"
    assert {each["state"] for each in shown["streams"]} == {"paused"}
    assert await _mails() == ["connection_lapsed"]
    assert await rows(owner.organization_id, "select 1 from secrets") == []
    url = await begin(stranger)
    assert (await come_back(stranger, await amazon.decide(url, "approve")))[1]["result"] == "already_connected"

    url = await begin(browser)
    _, result = await come_back(browser, await amazon.decide(url, "approve"))
    assert result == {"result": "connected", "connection": str(connected)}
    await _look(owner, at_once=False)
    (shown,) = await _shown(browser)
    assert shown["status"] == "active"
    assert {each["state"] for each in shown["streams"]} == {"queued"}


# -- claims and other accounts -------------------------------------------------------------------------------------------


async def test_a_claim_nobody_confirmed_is_given_back_after_a_day(
    amazon: Amazon, browser: Browser, stranger: Browser, owner: Person
) -> None:
    await connect(amazon, browser)
    await _look(owner)
    assert (await _shown(browser))[0]["status"] == "pending_verification"
    await _tenant(owner, "update connections set authorized_at = now() - interval '24 hours'")
    await _look(owner)
    (shown,) = await _shown(browser)
    assert (shown["status"], shown["status_reason"]) == ("disconnected", "not_confirmed_in_time")
    assert await rows(owner.organization_id, "select 1 from secrets") == []
    assert await connect(amazon, stranger)


async def test_both_owners_are_told(amazon: Amazon, browser: Browser, stranger: Browser, connected: UUID) -> None:
    url = await begin(stranger)
    assert (await come_back(stranger, await amazon.decide(url, "approve")))[1] == {"result": "already_connected"}
    assert sorted(await _mails()) == ["connection_claim_attempted", "connection_claim_refused"]


async def test_a_wrong_pairing_stays_unverified_and_fetches_nothing(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    """The account that consented is not the one the redirect names: its vendor codes give it away."""
    await runner_turn()
    await amazon.control("PUT", "/settings", {"reported_partner": NORDHANDEL_DE})
    url = await begin(browser)
    _, result = await come_back(browser, await amazon.decide(url, "approve", LUMEA))
    wrong = UUID(result["connection"])
    found = await verify(browser, wrong)
    assert (found["status"], found["status_reason"]) == (
        "pending_verification",
        "vendor_codes_of_another_connection",
    )
    work = await rows(
        owner.organization_id,
        "select key from work where kind = 'poll' and organization_id = :o",
        o=owner.organization_id,
    )
    assert not [row for row in work if row.key.startswith(str(wrong))]


async def runner_turn() -> None:
    """Fetch what is due once."""
    crew = Crew([runner.POLL], lanes=4)
    while True:
        await crew.drain("sync")
        if not crew.held:
            return
        for task in list(crew.held):
            await task


@pytest.mark.parametrize("replace", [False, True])
async def test_a_renewal_that_brings_another_account_asks_whether_to_replace_or_add(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID, replace: bool
) -> None:
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"),
        json={"marketplace_id": GERMANY, "connection_id": str(connected)},
    )
    _, result = await come_back(browser, await amazon.decide(answer.json()["url"], "approve", NORDHANDEL_DE))
    other = result["connection"]
    assert other != str(connected)
    shown = {each["id"]: each for each in await _shown(browser)}
    assert (shown[other]["status"], shown[other]["replaces"]) == ("pending_verification", str(connected))
    assert shown[str(connected)]["status"] == "active"
    orders = await rows(owner.organization_id, "select distinct connection_id from streams")
    assert [str(row.connection_id) for row in orders] == [str(connected)]  # no row has moved
    answer = await browser.post(
        browser.at(f"/administration/connections/{other}/verification"), json={"replace": replace}
    )
    assert answer.json()["status"] == "active", answer.text
    (row,) = await rows(owner.organization_id, "select status from connections where id = :id", id=connected)
    assert row.status == ("disconnected" if replace else "active")


# -- private applications ------------------------------------------------------------------------------------------------

OWN = registration(
    name="Lumea ERP link",
    application_id="amzn1.sp.solution.own",
    client_id="amzn1.application-oa2-client.own",
    client_secret=SecretStr("amzn1.oa2-cs.v1.owned-by-lumea"),
)


async def _own_token(amazon: Amazon, partner: str = LUMEA) -> str:
    await amazon.control("POST", "/applications", at_amazon(OWN))
    made = await amazon.control("POST", "/grants", {"application": OWN.client_id, "selling_partner_id": partner})
    return str(made["refresh_token"])


def _form(refresh_token: str, **over: Any) -> dict[str, Any]:
    return {
        "marketplace_id": GERMANY,
        "selling_partner_id": LUMEA,
        "name": OWN.name,
        "application_id": OWN.application_id,
        "client_id": OWN.client_id,
        "client_secret": OWN.client_secret.get_secret_value(),
        "refresh_token": refresh_token,
        "roles": [ORDERS],
    } | over


async def _connect_own(browser: Browser, form: dict[str, Any]) -> Any:
    return await browser.post(browser.at("/administration/connections/private-applications"), json=form)


async def test_a_private_application_is_proved_confirmed_and_used_alone(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    await amazon.place("LUMD1")
    token = await _own_token(amazon)
    made = await _connect_own(browser, _form(token))
    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["status"], shown["auth_mode"]) == ("pending_verification", "private_app")
    assert shown["application"] == {"name": OWN.name, "kind": "private", "roles": [ORDERS]}
    assert [code["code"] for code in shown["vendor_codes"]] == ["LUMD1"]
    assert (await verify(browser, UUID(shown["id"])))["status"] == "active"
    await runner_turn()
    used = {call["application"] for call in await amazon.calls() if call["operation"].startswith("get")}
    assert used == {OWN.client_id}


async def test_the_three_credentials_are_sealed_never_shown_and_go_with_the_connection(
    amazon: Amazon, browser: Browser, owner: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    await amazon.place("LUMD1")
    token = await _own_token(amazon)
    made = await _connect_own(browser, _form(token))
    connection_id = UUID(made.json()["id"])
    everything = (
        made.text + (await browser.get(browser.at("/administration/connections"))).text + capsys.readouterr().out
    )
    async with global_session() as session:
        everything += str((await session.execute(text("select applications::text from applications"))).all())
    stored = await rows(owner.organization_id, "select kind, blob, secrets::text as words from secrets order by kind")
    assert [row.kind for row in stored] == ["client_secret", "refresh_token"]
    everything += "".join(row.words for row in stored)
    everything += str(await rows(owner.organization_id, "select journal_entries::text from journal_entries"))
    for secret in (token, OWN.client_secret.get_secret_value()):
        assert secret not in everything
        assert all(secret.encode() not in bytes(row.blob) for row in stored)
    assert (await get_credentials(connection_id)).client_secret == OWN.client_secret
    await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    assert await rows(owner.organization_id, "select 1 from secrets") == []
    with pytest.raises(Unsealable):
        await get_credentials(connection_id)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"refresh_token": "Atzr|never-given"}, "/refresh_token"),
        ({"client_secret": "amzn1.oa2-cs.v1.wrong"}, "/client_secret"),
        ({"roles": ["Everything"]}, "/roles"),
        ({"roles": []}, "/roles"),
        ({"marketplace_id": "A0NEW"}, "/marketplace_id"),
        ({"client_id": "somebody@example.com"}, "/client_id"),
        ({"authorized_on": "2020-01-01"}, "/authorized_on"),
        ({"authorized_on": "2120-01-01"}, "/authorized_on"),
        ({"password": "secret"}, "/password"),
    ],
)
async def test_wrong_credentials_name_their_field_and_store_nothing(
    amazon: Amazon, browser: Browser, owner: Person, change: dict[str, Any], pointer: str
) -> None:
    token = await _own_token(amazon)
    answer = await _connect_own(browser, _form(token) | change)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await rows(owner.organization_id, "select 1 from connections union all select 1 from secrets") == []
    async with global_session() as session:
        assert (await session.execute(text("select rejected_at from applications where organization_id is null"))).all()
        alarmed = text("select count(*) from applications where rejected_at is not null")
        assert await session.scalar(alarmed) == 0  # a customer's wrong secret is no alarm of ours


async def test_an_account_of_another_workspace_is_refused_with_409(
    amazon: Amazon, browser: Browser, stranger: Browser, connected: UUID
) -> None:
    answer = await _connect_own(stranger, _form(await _own_token(amazon)))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_connected")
    assert sorted(await _mails()) == ["connection_claim_attempted", "connection_claim_refused"]


async def test_a_connection_may_move_to_a_private_application_and_back(
    amazon: Amazon, browser: Browser, owner: Person, connected: UUID
) -> None:
    answer = await _connect_own(browser, _form(await _own_token(amazon)))
    assert answer.status_code == 201, answer.text
    assert (answer.json()["id"], answer.json()["status"]) == (str(connected), "active")
    assert answer.json()["auth_mode"] == "private_app"
    url = await begin(browser)
    await come_back(browser, await amazon.decide(url, "approve"))
    (shown,) = await _shown(browser)
    assert (shown["auth_mode"], shown["application"]["kind"]) == ("oauth", "sandbox")
    kept = await rows(owner.organization_id, "select kind from secrets")
    assert [row.kind for row in kept] == ["refresh_token"]


async def test_a_rotated_secret_of_a_private_application_suspends_that_connection_only(
    amazon: Amazon, browser: Browser, stranger: Browser, owner: Person
) -> None:
    await amazon.place("LUMD1")
    made = await _connect_own(browser, _form(await _own_token(amazon)))
    await verify(browser, UUID(made.json()["id"]))
    await amazon.control("POST", "/applications", at_amazon(OWN) | {"client_secret": "amzn1.oa2-cs.v1.rotated"})
    await _tenant(owner, "update connection_tokens set refreshed_at = now() - interval '14 min'")
    await forget()
    await _look(owner)
    assert (await _shown(browser))[0]["status"] == "suspended"
    assert await connect(amazon, stranger, NORDHANDEL_DE)  # ours goes on


def test_what_has_no_token_any_more_is_named_once() -> None:
    assert {"revoked", "disconnected", "reauthorization_required"} == lifecycle.SPENT
