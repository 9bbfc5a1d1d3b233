"""The way in from Amazon's Manage Your Apps, and every address that only looks like it (trust/OAUTH 1 and 2).

The threats of trust/OAUTH 2 and where each is tried:
- login or connect CSRF: test_consent::test_a_foreign_state_connects_nothing_and_is_on_the_record,
  test_consent::test_another_session_of_the_same_person_is_refused; from Amazon: test_a_visit_is_finished_only_by_who_went_on
- replay of state or code: test_consent::test_twenty_equal_callbacks_make_one_token_call; of a visit: test_a_visit_is_used_once
- code injection, wrong pairing: test_life::test_a_wrong_pairing_stays_unverified_and_fetches_nothing
- tampered selling_partner_id, account of another organization:
  test_consent::test_an_account_of_another_organization_is_refused_without_a_word_about_it, test_life::test_both_owners_are_told
- another account on renewal: test_life::test_a_renewal_that_brings_another_account_asks_whether_to_replace_or_add
- renewal that fails half-way: test_consent::test_a_crash_between_exchange_and_swap_leaves_the_old_token_working
- mix-up of regions: test_consent::test_a_state_of_one_region_is_refused_at_the_callback_of_another; of draft and live:
  test_a_draft_and_a_published_application_are_never_mixed_up
- open redirect after connecting: test_nothing_in_the_address_decides_where_the_person_lands
- open redirect through amazon_callback_uri: test_an_address_that_is_not_amazons_callback_leads_nowhere
- leakage: test_consent::test_the_callback_leaks_nothing, test_the_login_address_leaks_nothing
- clickjacking: test_no_page_of_these_can_be_framed
- session fixation: test_consent::test_signing_out_ends_the_consent_under_way
- role lost in between: test_consent::test_a_role_lost_in_between_connects_nothing
- declined, missing code: test_consent::test_a_declined_consent_stores_nothing_and_uses_the_state_up and its neighbour
- clock skew: test_consent::test_a_state_lives_ten_minutes_on_the_clock_of_the_database
- invalid_grant at the exchange: test_consent::test_a_code_that_has_expired_fails_and_is_never_tried_again
"""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from amazon.connection.connecting import (
    LUMEA,
    Amazon,
    arrive,
    come_back,
    connect,
    hire,
    kinds,
    rows,
    verify,
)
from amazon.connection.role_sets import SETS, known
from factories import Browser, Person, open_browser
from oktee.access.pace import buckets
from oktee.access.sessions import COOKIE
from oktee.amazon.connection.arrivals import read_callback
from oktee.amazon.connection.callback import ARRIVAL
from oktee.amazon.connection.tables import Application
from oktee.kit.database import global_session
from oktee.kit.settings import settings
from sqlalchemy import text

APPLICATION_ID = "amzn1.sp.solution.supply"
GOOD = f"https://vendorcentral.amazon.de/apps/authorize/confirm/{APPLICATION_ID}"

HOSTILE = [
    "https://evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.com.evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de.evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://evilvendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de@evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://user@vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://user:word@vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de:8443/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de:443/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de:port/apps/authorize/confirm/amzn1.sp.solution.supply",
    "http://vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "javascript:alert(1)//vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "//vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https:\\\\vendorcentral.amazon.de\\apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://evil.example\\@vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de\t.evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de\n/apps/authorize/confirm/amzn1.sp.solution.supply",
    " https://vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://xn--vendorcentral-amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amàzon.de/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de./apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://VENDORCENTRAL.amazon.de.evil.example/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply#@evil.example",
    "https://vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.supply?next=https://evil.example",
    "https://vendorcentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.other",
    "https://vendorcentral.amazon.de/apps/authorize/confirm/../../redirect/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de/apps/authorize/confirm/%2e%2e/amzn1.sp.solution.supply",
    "https://vendorcentral.amazon.de/gp/redirect/apps/authorize/confirm/amzn1.sp.solution.supply",
    "https://[::1/apps/authorize/confirm/amzn1.sp.solution.supply",
    "",
]


def _live(**over: Any) -> Application:
    values = {
        "application_id": APPLICATION_ID, "consent_url": "{vendor_central}/apps/authorize/consent", "draft": False,
    }  # fmt: skip
    return Application(**(values | over))


def _sandbox(base: str = "http://simulator") -> Application:
    return _live(consent_url=base + "/vendorcentral/{country}/apps/authorize/consent")


@pytest.mark.parametrize("uri", HOSTILE, ids=range(len(HOSTILE)))
def test_an_address_that_is_not_amazons_callback_leads_nowhere(uri: str) -> None:
    assert read_callback(uri, [_live()]) is None


def test_there_are_more_hostile_addresses_than_twenty_five() -> None:
    assert len(set(HOSTILE)) >= 25


@pytest.mark.parametrize(
    "host",
    [
        "vendorcentral.amazon.de",
        "vendorcentral.amazon.co.uk",
        "sellercentral.amazon.fr",
        "sellercentral-europe.amazon.com",
    ],
)
def test_amazons_own_callbacks_are_rebuilt_from_their_parts(host: str) -> None:
    uri = f"https://{host}/apps/authorize/confirm/{APPLICATION_ID}"
    found = read_callback(uri, [_live()])
    assert found is not None
    assert found[1] == uri


def test_a_sandbox_leads_back_to_its_own_origin_and_country_only() -> None:
    good = f"http://simulator/vendorcentral/DE/apps/authorize/confirm/{APPLICATION_ID}"
    assert read_callback(good, [_sandbox()]) is not None
    for wrong in (
        good.replace("simulator", "simulator.evil"),
        good.replace("http:", "https:"),
        good.replace("/DE/", "/../"),
        good.replace("/DE/", "/D/E/"),
        good.replace("/DE/", "//"),
        good.replace("/DE/", "/QQ/"),
        GOOD,
    ):
        assert read_callback(wrong, [_sandbox()]) is None, wrong
    assert read_callback(good, [_live()]) is None


async def _leave_amazon(amazon: Amazon, partner: str = LUMEA, country: str = "de") -> str:
    """On Manage Your Apps: press Re-authorize; the address of our login page."""
    form = {"application_id": APPLICATION_ID, "selling_partner_id": partner, "act": "reauthorize"}
    answer = await amazon.http.post(f"http://simulator/vendorcentral/{country}/apps/manage", data=form)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def _arrive(browser: httpx.AsyncClient, location: str) -> httpx.Response:
    """Follow Amazon to our login page; the browser keeps the cookie as a real one does."""
    parts = urlsplit(location)
    answer = await browser.get(f"{parts.path}?{parts.query}")
    if answer.status_code == 303:
        cookie = answer.headers["set-cookie"].split(";")[0]
        before = browser.headers.get("Cookie", "")
        browser.headers["Cookie"] = "; ".join(filter(None, (before, cookie)))
    return answer


async def _go_on(browser: Browser) -> httpx.Response:
    return await browser.post(browser.at("/administration/connections/arrivals"))


@pytest.fixture(name="set_up")
async def an_account_that_is_connected(amazon: Amazon, browser: Browser) -> Any:
    await known(amazon, *SETS)
    await amazon.place("LUMD1", "LUMF1")
    connection_id = await connect(amazon, browser)
    await verify(browser, connection_id)
    return connection_id


async def test_a_vendor_authorises_again_from_manage_your_apps(
    amazon: Amazon, browser: Browser, owner: Person, set_up: Any
) -> None:
    before = (await rows(owner.organization_id, "select authorized_at from connections"))[0].authorized_at
    answer = await _arrive(browser, await _leave_amazon(amazon))
    assert (answer.status_code, answer.headers["location"]) == (303, "/connect/amazon")
    info = (await browser.get("/api/v1/amazon/arrival")).json()
    assert (info["selling_partner_id"], info["application"]) == (LUMEA, "OKTee Supply (EU)")
    assert [(each["slug"], each["may_connect"]) for each in info["workspaces"]] == [(owner.slug, True)]
    gone = await _go_on(browser)
    assert gone.status_code == 201, gone.text
    there = urlsplit(gone.json()["url"])
    assert there.path == f"/vendorcentral/de/apps/authorize/confirm/{APPLICATION_ID}"
    back = await amazon.http.get(gone.json()["url"])
    assert back.status_code == 302, back.text
    path, result = await come_back(browser, back.headers["location"])
    assert (path, result) == (
        f"/{owner.slug}/administration/connections",
        {"result": "connected", "connection": str(set_up)},
    )
    (row,) = await rows(owner.organization_id, "select * from connections")
    assert row.status == "active"
    assert row.authorized_at > before
    assert (await kinds(owner.organization_id, "connection."))[-2:] == ["connection.arrival", "connection.renewed"]


async def test_who_is_not_signed_in_signs_in_first_and_goes_on(
    amazon: Amazon, oktee: Any, owner: Person, set_up: Any
) -> None:
    async with open_browser(oktee) as outside:
        assert (await _arrive(outside, await _leave_amazon(amazon))).status_code == 303
        assert (await outside.get("/api/v1/amazon/arrival")).status_code == 401
        arrival = next(part for part in outside.headers["Cookie"].split("; ") if part.startswith(ARRIVAL))
    async with arrive(oktee, owner) as browser:
        browser.headers["Cookie"] += f"; {arrival}"
        assert (await browser.get("/api/v1/amazon/arrival")).status_code == 200
        assert (await _go_on(browser)).status_code == 201


async def test_a_visit_is_used_once(amazon: Amazon, browser: Browser, set_up: Any) -> None:
    await _arrive(browser, await _leave_amazon(amazon))
    assert (await _go_on(browser)).status_code == 201
    again = await _go_on(browser)
    assert (again.status_code, again.json()["code"]) == (409, "arrival_over")
    assert (await browser.get("/api/v1/amazon/arrival")).status_code == 409


async def test_a_visit_lasts_half_an_hour_on_the_clock_of_the_database(
    amazon: Amazon, browser: Browser, set_up: Any
) -> None:
    await _arrive(browser, await _leave_amazon(amazon))
    async with global_session() as session:
        left = await session.scalar(text("select extract(epoch from expires_at - created_at) from amazon_arrivals"))
        assert left == 1800
        await session.execute(text("update amazon_arrivals set expires_at = now() - interval '1 ms'"))
    assert (await _go_on(browser)).status_code == 409


async def test_a_visit_is_finished_only_by_who_went_on(
    amazon: Amazon, browser: Browser, stranger: Browser, set_up: Any, owner: Person
) -> None:
    await _arrive(browser, await _leave_amazon(amazon))
    back = await amazon.http.get((await _go_on(browser)).json()["url"])
    calls = await amazon.token_calls()
    assert (await come_back(stranger, back.headers["location"]))[1]["result"] == "state_mismatch"
    assert await amazon.token_calls() == calls
    assert (await come_back(browser, back.headers["location"]))[1]["result"] == "connected"


async def test_who_may_not_manage_connections_goes_nowhere(
    amazon: Amazon, oktee: Any, owner: Person, set_up: Any
) -> None:
    async with arrive(oktee, await hire((owner.organization_id, owner.slug), role="analyst")) as analyst:
        await _arrive(analyst, await _leave_amazon(amazon))
        info = (await analyst.get("/api/v1/amazon/arrival")).json()
        assert [each["may_connect"] for each in info["workspaces"]] == [False]
        assert (await _go_on(analyst)).status_code == 403


async def test_the_account_of_another_workspace_is_refused_when_it_comes_back(
    amazon: Amazon, browser: Browser, stranger: Browser, set_up: Any
) -> None:
    await _arrive(stranger, await _leave_amazon(amazon))
    back = await amazon.http.get((await _go_on(stranger)).json()["url"])
    assert (await come_back(stranger, back.headers["location"]))[1] == {"result": "already_connected"}


async def test_amazons_state_is_sealed_and_no_token_is_stored(amazon: Amazon, browser: Browser, set_up: Any) -> None:
    location = await _leave_amazon(amazon)
    await _arrive(browser, location)
    state = parse_qs(urlsplit(location).query)["amazon_state"][0]
    token = browser.headers["Cookie"].split(f"{ARRIVAL}=")[1]
    async with global_session() as session:
        row = (await session.execute(text("select a.*, a::text as everything from amazon_arrivals a"))).one()
    assert state.encode() not in bytes(row.state_blob)
    assert state not in row.everything
    assert token not in row.everything


async def test_the_login_address_leaks_nothing(amazon: Amazon, browser: Browser, set_up: Any) -> None:
    answer = await _arrive(browser, await _leave_amazon(amazon))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert urlsplit(answer.headers["location"]).query == ""
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=lax", "path=/", "__host-"))
    assert COOKIE not in answer.headers["set-cookie"]


async def test_no_page_of_these_can_be_framed(amazon: Amazon, browser: Browser, set_up: Any) -> None:
    for answer in (
        await _arrive(browser, await _leave_amazon(amazon)),
        await browser.get("/oauth/amazon/eu/callback?state=x"),
        await browser.get("/oauth/amazon/eu/login"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("uri", [HOSTILE[0], HOSTILE[1], HOSTILE[4], HOSTILE[13], GOOD, ""])
async def test_a_foreign_callback_is_not_there_and_sets_no_cookie(amazon: Amazon, browser: Browser, uri: str) -> None:
    """GOOD too: only sandboxes are registered here, and Amazon's hosts are none of theirs."""
    await known(amazon, *SETS)
    query = f"amazon_callback_uri={quote(uri, safe='')}&amazon_state=s&selling_partner_id={LUMEA}"
    answer = await browser.get(f"/oauth/amazon/eu/login?{query}")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert "evil" not in answer.text


async def test_visits_of_one_network_are_paced(
    amazon: Amazon, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is signed in here, and each visit is kept: a flood stops before the database."""
    monkeypatch.setattr(settings(), "identity_requests_per_minute", 2)
    buckets.clear()
    try:
        answers = [await browser.get("/oauth/amazon/eu/login") for _ in range(4)]
    finally:
        buckets.clear()
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("change", [{"amazon_state": ""}, {"amazon_state": "a b"}, {"selling_partner_id": "<i>"}])
async def test_a_login_address_without_its_parts_is_not_there(
    amazon: Amazon, browser: Browser, change: dict[str, str], set_up: Any
) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(await _leave_amazon(amazon)).query).items()}
    assert (await browser.get("/oauth/amazon/eu/login", params=query | change)).status_code == 404
    assert (
        await browser.get("/oauth/amazon/na/login", params=query)
    ).status_code == 404  # another region's application
    assert (await browser.get("/oauth/amazon/mars/login", params=query)).status_code == 404


async def test_a_draft_and_a_published_application_are_never_mixed_up(
    amazon: Amazon, browser: Browser, set_up: Any
) -> None:
    location = await _leave_amazon(amazon)
    assert (await _arrive(browser, location + "&version=beta")).status_code == 404
    assert (await _arrive(browser, location)).status_code == 303


async def test_nothing_in_the_address_decides_where_the_person_lands(
    amazon: Amazon, browser: Browser, owner: Person, set_up: Any
) -> None:
    await _arrive(browser, await _leave_amazon(amazon) + "&next=//evil.example&redirect_uri=//evil.example")
    back = await amazon.http.get((await _go_on(browser)).json()["url"])
    location = back.headers["location"] + "&next=//evil.example&return_to=https://evil.example"
    assert (await come_back(browser, location))[0] == f"/{owner.slug}/administration/connections"


async def test_an_account_nobody_connected_yet_comes_in_unverified(
    amazon: Amazon, browser: Browser, owner: Person, set_up: Any
) -> None:
    """A vendor who authorised us elsewhere and comes for the first time."""
    await amazon.control("POST", "/grants", {"application": APPLICATION_ID, "selling_partner_id": "amzn1.vg.2001"})
    await _arrive(browser, await _leave_amazon(amazon, "amzn1.vg.2001"))
    back = await amazon.http.get((await _go_on(browser)).json()["url"])
    assert (await come_back(browser, back.headers["location"]))[1]["result"] == "connected"
    found = await rows(owner.organization_id, "select selling_partner_id, status from connections order by 1")
    assert [tuple(row) for row in found] == [(LUMEA, "active"), ("amzn1.vg.2001", "pending_verification")]
