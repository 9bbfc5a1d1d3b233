"""The consent from the button to the connection, and everything that may come back instead (trust/OAUTH 2)."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import pytest
from amazon.connection.connecting import (
    FRANCE,
    GERMANY,
    HARBOR,
    LUMEA,
    NORDHANDEL_DE,
    NORDHANDEL_FR,
    STATES,
    Amazon,
    arrive,
    at_amazon,
    begin,
    come_back,
    connect,
    hire,
    kinds,
    registration,
    rows,
    verify,
)
from factories import Browser, Person, open_browser
from oktee.access.workspaces import put_member
from oktee.amazon.connection import clients, lifecycle, tokens
from oktee.kit.database import global_session
from pydantic import SecretStr
from sqlalchemy import text


async def _globally(statement: str, **values: Any) -> None:
    async with global_session() as session:
        await session.execute(text(statement), values)


async def _claims() -> list[tuple[str, UUID]]:
    async with global_session() as session:
        return [
            (row[0], row[1])
            for row in await session.execute(
                text("select selling_partner_id, organization_id from amazon_accounts order by 1")
            )
        ]


async def test_an_approved_consent_is_a_connection_to_verify(amazon: Amazon, browser: Browser, owner: Person) -> None:
    await amazon.place("LUMD1", "LUMF1")
    url = await begin(browser)
    sent = parse_qs(urlsplit(url).query)
    assert sent["redirect_uri"] == ["http://localhost:8000/oauth/amazon/eu/callback"]
    assert len(sent["state"][0]) >= 43
    path, result = await come_back(browser, await amazon.decide(url, "approve"))
    assert path == f"/{owner.slug}/administration/connections"
    assert set(result) == {"result", "connection"}
    assert result["result"] == "connected"
    (row,) = await rows(owner.organization_id, "select * from connections")
    assert str(row.id) == result["connection"]
    assert (row.status, row.status_reason, row.selling_partner_id) == ("pending_verification", None, LUMEA)
    assert row.expires_at - row.authorized_at == timedelta(days=365)
    assert [code["code"] for code in row.identity["vendor_codes"]] == ["LUMD1", "LUMF1"]
    assert await _claims() == [(LUMEA, owner.organization_id)]
    assert await kinds(owner.organization_id, "connection.") == ["connection.authorized"]


async def test_no_token_and_no_state_is_stored_in_clear(amazon: Amazon, browser: Browser, owner: Person) -> None:
    url = await begin(browser)
    state = parse_qs(urlsplit(url).query)["state"][0]
    await come_back(browser, await amazon.decide(url, "approve"))
    secrets = await rows(
        owner.organization_id, "select blob from secrets union all select access_blob from connection_tokens"
    )
    assert len(secrets) == 2
    assert not any(b"Atz" in bytes(row.blob) for row in secrets)
    async with global_session() as session:
        stored = (await session.execute(text("select state_hash, consumed_at from oauth_requests"))).one()
    assert len(stored.state_hash) == 32
    assert state.encode() not in bytes(stored.state_hash)
    assert stored.consumed_at is not None
    whole = await rows(owner.organization_id, "select payload::text || object_label as words from journal_entries")
    assert not any("Atz" in row.words or state in row.words for row in whole)


async def test_the_callback_leaks_nothing(
    amazon: Amazon, browser: Browser, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    location = urlsplit(await amazon.decide(await begin(browser), "approve"))
    answer = await browser.get(
        f"{location.path}?{location.query}&next=//evil.example&redirect_uri=https://evil.example"
    )
    assert answer.status_code == 303
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == b""
    landing = urlsplit(answer.headers["location"])
    assert landing.netloc == ""
    assert set(parse_qs(landing.query)) == {"result", "connection"}
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    printed = "".join(capfd.readouterr()) + "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("oktee", "authlib"))
    )
    for secret in parse_qs(location.query)["state"] + parse_qs(location.query)["spapi_oauth_code"]:
        assert secret not in printed
    assert "Atz" not in printed


async def test_a_declined_consent_stores_nothing_and_uses_the_state_up(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "decline")
    assert await come_back(browser, location) == (f"/{owner.slug}/administration/connections", {"result": "declined"})
    assert (await come_back(browser, location))[1] == {"result": "expired"}
    assert await rows(owner.organization_id, "select 1 from connections") == []
    assert await _claims() == []
    assert await amazon.token_calls() == 0
    assert await kinds(owner.organization_id, "connection.") == ["connection.declined"]


async def test_a_callback_without_a_code_is_a_declined_consent(amazon: Amazon, browser: Browser) -> None:
    state = parse_qs(urlsplit(await begin(browser)).query)["state"][0]
    _, result = await come_back(browser, f"/oauth/amazon/eu/callback?state={state}&selling_partner_id={LUMEA}")
    assert result == {"result": "declined"}


async def test_twenty_equal_callbacks_make_one_token_call(amazon: Amazon, browser: Browser, owner: Person) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    results = await asyncio.gather(*(come_back(browser, location) for _ in range(20)))
    said = sorted(result["result"] for _, result in results)
    assert said == ["connected"] + ["expired"] * 19
    assert await amazon.token_calls() == 1
    assert len(await rows(owner.organization_id, "select 1 from connections")) == 1


async def test_a_foreign_state_connects_nothing_and_is_on_the_record(
    amazon: Amazon, browser: Browser, owner: Person, stranger: Browser
) -> None:
    """The attacker's consent, finished in the victim's browser."""
    location = await amazon.decide(await begin(stranger), "approve")
    path, result = await come_back(browser, location)
    assert (path, result) == (f"/{owner.slug}/administration/connections", {"result": "state_mismatch"})
    assert await amazon.token_calls() == 0
    assert await kinds(owner.organization_id, "oauth.") == ["oauth.state_mismatch"]
    assert await rows(owner.organization_id, "select 1 from connections") == []
    assert (await come_back(stranger, location))[1]["result"] == "connected"  # it was not used up for its owner


async def test_another_session_of_the_same_person_is_refused(
    amazon: Amazon, browser: Browser, oktee: Any, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    async with arrive(oktee, owner) as elsewhere:
        assert (await come_back(elsewhere, location))[1] == {"result": "state_mismatch"}
    assert await amazon.token_calls() == 0


@pytest.mark.parametrize("state", ["", "?state=", "?state=made-up", "?state=" + "x" * 2000, "?spapi_oauth_code=RH1"])
async def test_an_unknown_state_is_a_mismatch(amazon: Amazon, browser: Browser, state: str) -> None:
    assert (await come_back(browser, f"/oauth/amazon/eu/callback{state}"))[1] == {"result": "state_mismatch"}


async def test_who_is_not_signed_in_is_sent_to_sign_in_and_the_state_stays(
    amazon: Amazon, browser: Browser, oktee: Any
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    async with open_browser(oktee) as nobody:
        assert (await come_back(nobody, location))[0] == "/sign-in"
    assert (await come_back(browser, location))[1]["result"] == "connected"


async def test_a_state_of_one_region_is_refused_at_the_callback_of_another(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    assert (await come_back(browser, location.replace("/eu/", "/na/")))[1] == {"result": "state_mismatch"}
    assert await amazon.token_calls() == 0
    assert await kinds(owner.organization_id, "oauth.") == ["oauth.state_mismatch"]


async def test_an_address_without_a_region_is_not_there(browser: Browser) -> None:
    assert (await browser.get("/oauth/amazon/mars/callback?state=x")).status_code == 404


async def test_a_state_lives_ten_minutes_on_the_clock_of_the_database(
    amazon: Amazon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oktee.kit.clock.now", lambda: pytest.fail("the process clock decides nothing here"))
    location = await amazon.decide(await begin(browser), "approve")
    async with global_session() as session:
        left = await session.scalar(text("select expires_at - created_at from oauth_requests"))
    assert left == timedelta(minutes=10)
    await _globally("update oauth_requests set expires_at = now() - interval '1 ms'")
    assert (await come_back(browser, location))[1] == {"result": "expired"}
    assert await amazon.token_calls() == 0


async def test_a_role_lost_in_between_connects_nothing(amazon: Amazon, browser: Browser, owner: Person) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    await put_member(owner.organization_id, owner.id, "analyst")
    assert (await come_back(browser, location))[1] == {"result": "failed"}
    assert await amazon.token_calls() == 0


async def test_a_membership_lost_in_between_connects_nothing(amazon: Amazon, browser: Browser, owner: Person) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    await _globally("delete from memberships where user_id = :user", user=owner.id)
    assert (await come_back(browser, location))[0] == "/"
    assert await amazon.token_calls() == 0


async def test_signing_out_ends_the_consent_under_way(
    amazon: Amazon, browser: Browser, oktee: Any, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    await browser.delete("/api/v1/session")
    assert (await come_back(browser, location))[0] == "/sign-in"
    async with arrive(oktee, owner) as again:
        assert (await come_back(again, location))[1] == {"result": "state_mismatch"}


async def test_a_code_that_has_expired_fails_and_is_never_tried_again(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    amazon.clock.ahead = timedelta(minutes=6)
    assert (await come_back(browser, location))[1] == {"result": "failed"}
    assert (await come_back(browser, location))[1] == {"result": "expired"}
    assert await amazon.token_calls() == 1
    assert await _claims() == []
    assert await kinds(owner.organization_id, "connection.") == ["connection.authorization_failed"]


async def test_an_exchange_whose_answer_is_lost_is_not_repeated(amazon: Amazon, browser: Browser) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    await amazon.fault(operation="token", kind="error_503", count=1)
    assert (await come_back(browser, location))[1] == {"result": "failed"}
    assert await amazon.token_calls() == 1


@pytest.mark.parametrize("partner", ["", "a/b", "a b", "x" * 81, "<script>", "é"])
async def test_a_selling_partner_id_of_no_form_is_refused(amazon: Amazon, browser: Browser, partner: str) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    tampered = re.sub(r"selling_partner_id=[^&]*", f"selling_partner_id={quote(partner)}", location)
    assert (await come_back(browser, tampered))[1] == {"result": "failed"}
    assert await amazon.token_calls() == 0


async def test_our_own_rejected_secret_fails_the_consent_and_trips_the_breaker(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    location = await amazon.decide(await begin(browser), "approve")
    await amazon.control("POST", "/applications", at_amazon(registration(client_secret=SecretStr("rotated"))))
    assert (await come_back(browser, location))[1] == {"result": "failed"}
    async with global_session() as session:
        assert await session.scalar(text("select count(*) from applications where rejected_at is not null")) == 1


async def test_an_account_of_another_organization_is_refused_without_a_word_about_it(
    amazon: Amazon, browser: Browser, owner: Person, stranger: Browser
) -> None:
    await connect(amazon, browser)
    path, result = await come_back(stranger, await amazon.decide(await begin(stranger), "approve"))
    assert result == {"result": "already_connected"}
    async with global_session() as session:
        other: UUID = await session.scalar(
            text("select id from organizations where slug = :slug"), {"slug": stranger.slug}
        )
    assert await rows(other, "select 1 from connections") == []
    assert await rows(other, "select 1 from secrets") == []
    assert await kinds(other, "connection.") == ["connection.claim_refused"]
    assert await kinds(owner.organization_id, "connection.") == ["connection.authorized", "connection.claim_attempted"]
    for mine, theirs in ((other, owner.slug), (owner.organization_id, stranger.slug)):
        (entry,) = await rows(
            mine, "select row_to_json(j)::text as words from journal_entries j where kind like 'connection.claim%'"
        )
        assert theirs not in entry.words
    assert "Max Fremd" not in entry.words
    assert owner.slug not in path


async def test_a_disconnected_account_is_free_for_another_organization(
    amazon: Amazon, browser: Browser, stranger: Browser
) -> None:
    connection_id = await connect(amazon, browser)
    answer = await browser.delete(browser.at(f"/administration/connections/{connection_id}"))
    assert answer.json()["status"] == "disconnected"
    await connect(amazon, stranger)


async def test_an_account_connected_again_gets_its_connection_back(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    first = await connect(amazon, browser)
    await verify(browser, first)
    await browser.delete(browser.at(f"/administration/connections/{first}"))
    assert await connect(amazon, browser) == first
    (row,) = await rows(owner.organization_id, "select * from connections")
    assert (row.status, row.ended_at, row.verified_at) == ("pending_verification", None, None)
    await tokens.access_token(owner.organization_id, first)
    assert (await verify(browser, first))["status"] == "active"


async def test_several_accounts_are_several_connections(amazon: Amazon, browser: Browser, owner: Person) -> None:
    found = {
        await connect(amazon, browser, NORDHANDEL_DE, GERMANY),
        await connect(amazon, browser, NORDHANDEL_FR, FRANCE),
        await connect(amazon, browser, HARBOR, STATES),
    }
    assert len(found) == 3
    regions = await rows(owner.organization_id, "select region from connections order by created_at")
    assert [row.region for row in regions] == ["EU", "EU", "NA"]
    assert len(await _claims()) == 3


async def _refresh_token(owner: Person, connection_id: UUID) -> str:
    found = await tokens.vault.read(owner.organization_id, kind=lifecycle.REFRESH_TOKEN, owner_id=connection_id)
    assert found is not None
    return found[0].get_secret_value()


async def test_a_renewal_swaps_the_tokens_and_keeps_the_connection_active(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    old = await _refresh_token(owner, connection_id)
    async with lifecycle.tenant_session(owner.organization_id) as session:
        await session.execute(text("update connections set expires_at = now() + interval '3 days'"))
    shown = (await browser.get(browser.at("/administration/connections"))).json()["rows"][0]
    assert (shown["status"], shown["days_left"]) == ("reauthorization_due", 2)
    assert await connect(amazon, browser) == connection_id
    shown = (await browser.get(browser.at("/administration/connections"))).json()["rows"][0]
    assert (shown["status"], shown["days_left"]) == ("active", 364)
    assert await _refresh_token(owner, connection_id) != old
    assert await kinds(owner.organization_id, "connection.") == [
        "connection.authorized", "connection.verified", "connection.renewed",
    ]  # fmt: skip
    (stored,) = await rows(owner.organization_id, "select version from connection_tokens")
    assert stored.version == 2
    token = await tokens.access_token(owner.organization_id, connection_id)
    answer = await amazon.http.get(
        "http://simulator/vendor/orders/v1/purchaseOrders",
        headers={"x-amz-access-token": token.value.get_secret_value()},
    )
    assert answer.status_code == 200


async def test_a_renewal_that_does_not_pass_its_probe_leaves_the_old_token(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    old = await _refresh_token(owner, connection_id)
    await amazon.control("POST", "/applications", at_amazon(registration(roles=("Product Listing",))))
    _, result = await come_back(browser, await amazon.decide(await begin(browser), "approve"))
    assert result == {"result": "failed", "connection": str(connection_id)}
    assert await _refresh_token(owner, connection_id) == old
    (row,) = await rows(owner.organization_id, "select status, authorized_at, verified_at from connections")
    assert row.status == "active"
    assert (await kinds(owner.organization_id, "connection."))[-1] == "connection.renewal_failed"


async def test_a_renewal_with_the_token_of_another_account_is_refused(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    """The id in the address was tampered with: the new token reads the orders of other vendor codes."""
    await amazon.place("LUMD1", "NRDH1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    old = await _refresh_token(owner, connection_id)
    location = await amazon.decide(await begin(browser), "approve", NORDHANDEL_DE)
    _, result = await come_back(browser, location.replace(NORDHANDEL_DE, LUMEA))
    assert result == {"result": "failed", "connection": str(connection_id)}
    assert await _refresh_token(owner, connection_id) == old
    (entry,) = await rows(
        owner.organization_id, "select payload from journal_entries where kind = 'connection.renewal_failed'"
    )
    assert entry.payload == {"reason": "vendor_codes_of_another_account"}


async def test_an_amazon_that_hangs_does_not_hold_the_person(
    amazon: Amazon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor codes are read when the person verifies instead."""
    quick = clients.Patience(clients.RetryPolicy(attempts=1), clients.Limits(total_seconds=0.2))
    monkeypatch.setattr(clients, "HURRIED", quick)
    await amazon.place("LUMD1")
    await amazon.fault(operation="getPurchaseOrders", kind="latency", seconds=5, count=1)
    connection_id = await connect(amazon, browser)
    monkeypatch.undo()
    assert (await verify(browser, connection_id))["status_reason"] == "vendor_codes_not_shown_before"
    assert (await verify(browser, connection_id))["status"] == "active"


async def test_a_crash_between_exchange_and_swap_leaves_the_old_token_working(
    amazon: Amazon, browser: Browser, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = await connect(amazon, browser)
    old = await _refresh_token(owner, connection_id)

    async def killed(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr("oktee.amazon.connection.grants._put_tokens", killed)
        with pytest.raises(asyncio.CancelledError):
            await come_back(browser, await amazon.decide(await begin(browser), "approve"))
    assert await _refresh_token(owner, connection_id) == old
    await tokens.access_token(owner.organization_id, connection_id, refused=1)
    assert await connect(amazon, browser) == connection_id


async def test_another_account_is_another_connection_and_nothing_is_overwritten(
    amazon: Amazon, browser: Browser, owner: Person
) -> None:
    first = await connect(amazon, browser, NORDHANDEL_DE)
    before = await _refresh_token(owner, first)
    second = await connect(amazon, browser, LUMEA)
    assert second != first
    assert await _refresh_token(owner, first) == before


async def test_an_organization_without_permission_to_manage_begins_nothing(
    amazon: Amazon, oktee: Any, owner: Person
) -> None:
    analyst = await hire((owner.organization_id, owner.slug), role="analyst")
    async with arrive(oktee, analyst) as browser:
        answer = await browser.post(
            browser.at("/administration/connections/authorizations"), json={"marketplace_id": GERMANY}
        )
    assert answer.status_code == 403
    async with global_session() as session:
        assert await session.scalar(text("select count(*) from oauth_requests")) == 0
