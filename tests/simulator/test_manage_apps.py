"""Manage Your Apps: each authorised application with roles, date and expiry; disable it, or authorise it again."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

LOGIN = "https://app.test/oauth/amazon/eu/login"
PAGE = "/vendorcentral/de/apps/manage"


async def _registered(sim: Any, **over: Any) -> None:
    await sim.control("POST", "/applications", sim.application | {"login_uri": LOGIN} | over)


async def _act(sim: Any, act: str, **over: str) -> httpx.Response:
    form = {"application_id": sim.application["application_id"], "selling_partner_id": sim.lumea, "act": act} | over
    answer: httpx.Response = await sim.http.post(PAGE, data=form)
    return answer


def _query(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def test_each_application_shows_its_roles_its_date_and_its_end(sim: Any) -> None:
    page = (await sim.http.get(PAGE)).text
    today = sim.clock()
    assert "Test application" in page
    assert "<li>Inventory and Order Tracking</li>" in page
    assert f"Authorized on {today:%Y-%m-%d}, expires on {today.replace(year=today.year + 1):%Y-%m-%d}" in page
    assert "Harbor" not in page  # another country's customer
    assert (await sim.http.get("/vendorcentral/xx/apps/manage")).status_code == 404


async def test_disabling_ends_the_grant_of_this_application_and_account_only(sim: Any) -> None:
    mine = await sim.authorise()
    other = await sim.authorise("amzn1.vg.2001")
    assert (await _act(sim, "disable")).status_code == 302
    refused = await sim.lwa(grant_type="refresh_token", refresh_token=mine)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=other)).status_code == 200
    page = (await sim.http.get(PAGE)).text
    assert page.count("No application is authorized.") == page.count("<section>") - 1


async def test_a_grant_ends_after_a_year(sim: Any) -> None:
    token = await sim.authorise()
    sim.clock.move(days=364)
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=token)).status_code == 200
    sim.clock.move(days=1)
    refused = await sim.lwa(grant_type="refresh_token", refresh_token=token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "expired on" in (await sim.http.get(PAGE)).text


async def test_authorising_again_goes_by_the_applications_login_page_and_back(sim: Any) -> None:
    await _registered(sim)
    leaving = await _act(sim, "reauthorize")
    assert leaving.headers["location"].startswith(LOGIN + "?")
    sent = _query(leaving.headers["location"])
    assert set(sent) == {"amazon_callback_uri", "amazon_state", "selling_partner_id"}
    assert sent["selling_partner_id"] == sim.lumea
    back = urlsplit(sent["amazon_callback_uri"])
    assert back.path == f"/vendorcentral/de/apps/authorize/confirm/{sim.application['application_id']}"
    ours = {"redirect_uri": "https://app.test/callback", "amazon_state": sent["amazon_state"], "state": "ours"}
    answer = await sim.http.get(back.path, params=ours)
    assert answer.status_code == 302
    got = _query(answer.headers["location"])
    assert got["state"] == "ours"
    assert got["selling_partner_id"] == sim.lumea
    code = {"grant_type": "authorization_code", "code": got["spapi_oauth_code"], "redirect_uri": ours["redirect_uri"]}
    assert (await sim.lwa(**code)).status_code == 200
    assert (await sim.http.get(back.path, params=ours)).status_code == 400  # Amazon's state works once


async def test_a_callback_that_did_not_begin_here_gets_no_code(sim: Any) -> None:
    await _registered(sim)
    sent = _query((await _act(sim, "reauthorize")).headers["location"])
    path = urlsplit(sent["amazon_callback_uri"]).path
    good = {"redirect_uri": "https://app.test/callback", "amazon_state": sent["amazon_state"], "state": "ours"}
    for wrong in ({"amazon_state": "other"}, {"redirect_uri": "https://evil.test/"}, {"state": ""}):
        assert (await sim.http.get(path, params=good | wrong)).status_code == 400
    sim.clock.move(minutes=31)
    assert (await sim.http.get(path, params=good)).status_code == 400


async def test_an_application_without_a_login_page_cannot_be_authorised_again_here(sim: Any) -> None:
    assert "Re-authorize" not in (await sim.http.get(PAGE)).text
    assert (await _act(sim, "reauthorize")).status_code == 400
    assert (await _act(sim, "disable", selling_partner_id="amzn1.vg.3001")).status_code == 400  # not of this country


async def test_a_wrong_pairing_names_another_account_than_the_one_that_consented(sim: Any) -> None:
    await sim.control("PUT", "/settings", {"reported_partner": "amzn1.vg.2001"})
    form = {
        "application_id": sim.application["application_id"], "state": "s", "decision": "approve",
        "selling_partner_id": sim.lumea,
    }  # fmt: skip
    answer = await sim.http.post("/vendorcentral/de/apps/authorize/consent", data=form)
    assert _query(answer.headers["location"])["selling_partner_id"] == "amzn1.vg.2001"
    assert [each["selling_partner_id"] for each in await sim.control("GET", "/grants")] == [sim.lumea]
    settings = await sim.control("PUT", "/settings", {"reported_partner": ""})
    assert settings["reported_partner"] is None
