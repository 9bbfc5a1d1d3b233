"""The consent page, driven by a plain HTTP client as a person's browser would."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PAGE = "/vendorcentral/{}/apps/authorize/consent"
CALLBACK = "https://app.test/callback"


class Form(HTMLParser):
    """The one form of a page: its address, its hidden fields and the accounts to choose from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.accounts: list[str] = []
        self.buttons: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and given["type"] == "hidden":
            self.fields[given["name"]] = given["value"]
        elif tag == "input":
            self.accounts.append(given["value"])
        elif tag == "button":
            self.buttons.append(given["value"])


async def show(sim: Any, country: str = "de", **query: str) -> Form:
    asked = {"application_id": sim.application["application_id"], "state": 'st"&<1', **query}
    answer = await sim.http.get(PAGE.format(country), params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    return Form(answer.text)


async def decide(sim: Any, form: Form, decision: str, account: str) -> tuple[str, dict[str, str]]:
    answer = await sim.http.post(form.action, data={**form.fields, "selling_partner_id": account, "decision": decision})
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["location"])
    return target._replace(query="").geturl(), {name: values[0] for name, values in parse_qs(target.query).items()}


async def test_approving_returns_a_code_that_becomes_a_working_refresh_token(sim: Any) -> None:
    form = await show(sim, redirect_uri=CALLBACK)
    assert form.buttons == ["approve", "decline"]
    target, query = await decide(sim, form, "approve", "amzn1.vg.2001")
    assert target == CALLBACK
    assert set(query) == {"state", "selling_partner_id", "spapi_oauth_code"}
    assert (query["state"], query["selling_partner_id"]) == ('st"&<1', "amzn1.vg.2001")
    body = (
        await sim.lwa(grant_type="authorization_code", code=query["spapi_oauth_code"], redirect_uri=CALLBACK)
    ).json()
    assert body["refresh_token"].startswith("Atzr|")
    number = await sim.place(vendor_code="NRDH1")
    sim.token = body["access_token"]
    assert [order["purchaseOrderNumber"] for order in await sim.orders()] == [number]


async def test_a_code_works_once(sim: Any) -> None:
    _, query = await decide(sim, await show(sim, redirect_uri=CALLBACK), "approve", sim.lumea)
    exchange = {"grant_type": "authorization_code", "code": query["spapi_oauth_code"], "redirect_uri": CALLBACK}
    assert (await sim.lwa(**exchange)).status_code == 200
    again = await sim.lwa(**exchange)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_code_ends_after_five_minutes(sim: Any) -> None:
    _, query = await decide(sim, await show(sim, redirect_uri=CALLBACK), "approve", sim.lumea)
    sim.clock.move(minutes=5)
    answer = await sim.lwa(grant_type="authorization_code", code=query["spapi_oauth_code"], redirect_uri=CALLBACK)
    assert answer.json()["error"] == "invalid_grant"


async def test_a_code_is_bound_to_its_redirect_uri(sim: Any) -> None:
    _, query = await decide(sim, await show(sim, redirect_uri=CALLBACK), "approve", sim.lumea)
    answer = await sim.lwa(
        grant_type="authorization_code", code=query["spapi_oauth_code"], redirect_uri="https://app.test/other?keep=1"
    )
    assert answer.json()["error"] == "invalid_grant"


async def test_declining_returns_with_state_and_without_a_code(sim: Any) -> None:
    target, query = await decide(
        sim, await show(sim, redirect_uri="https://app.test/other?keep=1"), "decline", sim.lumea
    )
    assert target == "https://app.test/other"
    assert query == {"keep": "1", "state": 'st"&<1', "error": "access_denied"}


async def test_the_first_registered_redirect_uri_is_the_default(sim: Any) -> None:
    target, _ = await decide(sim, await show(sim), "approve", sim.lumea)
    assert target == CALLBACK


@pytest.mark.parametrize(
    ("country", "accounts"),
    [
        ("de", ["amzn1.vg.1001", "amzn1.vg.2001"]),
        ("fr", ["amzn1.vg.1001", "amzn1.vg.2002"]),
        ("uk", ["amzn1.vg.1001"]),
        ("us", ["amzn1.vg.3001"]),
    ],
)
async def test_the_page_offers_the_vendor_accounts_of_its_marketplace(
    sim: Any, country: str, accounts: list[str]
) -> None:
    assert (await show(sim, country)).accounts == accounts


async def test_the_page_names_the_application_its_roles_and_itself(sim: Any) -> None:
    await sim.control("POST", "/applications", {**sim.application, "name": "<b>Evil</b>"})
    answer = await sim.http.get(
        PAGE.format("de"), params={"application_id": sim.application["application_id"], "state": "s"}
    )
    assert "&lt;b&gt;Evil&lt;/b&gt;" in answer.text
    assert "Inventory and Order Tracking" in answer.text
    assert "simulator" in answer.text


@pytest.mark.parametrize(
    ("country", "query"),
    [
        ("de", {"application_id": "amzn1.sp.solution.unknown"}),
        ("de", {"redirect_uri": "https://evil.test/callback"}),
        ("xx", {}),
    ],
)
async def test_what_is_not_registered_is_a_page_and_never_a_redirect(
    sim: Any, country: str, query: dict[str, str]
) -> None:
    asked = {"application_id": sim.application["application_id"], "state": "s", **query}
    answer = await sim.http.get(PAGE.format(country), params=asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    posted = await sim.http.post(
        PAGE.format(country), data={**asked, "decision": "approve", "selling_partner_id": sim.lumea}
    )
    assert posted.status_code == 400
    assert "location" not in posted.headers


async def test_an_account_of_another_marketplace_cannot_be_approved(sim: Any) -> None:
    form = await show(sim)
    answer = await sim.http.post(
        form.action, data={**form.fields, "selling_partner_id": "amzn1.vg.3001", "decision": "approve"}
    )
    assert answer.status_code == 400


async def test_a_draft_needs_version_beta(sim: Any) -> None:
    await sim.control("POST", "/applications", {**sim.application, "draft": True})
    asked = {"application_id": sim.application["application_id"], "state": "s"}
    assert (await sim.http.get(PAGE.format("de"), params=asked)).status_code == 400
    form = await show(sim, version="beta")
    _, query = await decide(sim, form, "approve", sim.lumea)
    assert "spapi_oauth_code" in query
