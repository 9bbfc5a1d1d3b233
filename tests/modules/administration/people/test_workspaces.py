"""Workspaces: making, listing and leaving them; signing up; and that an old tab of somebody else changes nothing."""

import asyncio
from typing import Any

import factories
import pytest
from factories import Browser, Person
from mailbox_server import Mailbox
from modules.administration.people.acting import code, colleague, entries
from oktee.access.workspaces import find_organization
from oktee.kit.settings import settings

FIVE = {
    "company": "Lumea Café & Söhne",
    "country": "FR",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
    "language": "fr",
}
PASSWORD = "Fr3sh-and-Long-Words!"


@pytest.fixture
def open_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "sign_up", "open")


async def test_an_owner_makes_another_workspace_with_five_fields(browser: Browser, owner: Person) -> None:
    answer = await browser.post("/api/v1/workspaces", json=FIVE)
    assert answer.status_code == 201, answer.text
    slug = answer.json()["slug"]
    assert slug == "lumea-cafe-sohne"
    me = (await browser.get("/api/v1/me")).json()
    made = next(each for each in me["workspaces"] if each["slug"] == slug)
    assert (made["role"], made["modules"], made["currency"], made["locale"]) == (
        "owner",
        ["administration"],
        "EUR",
        "fr",
    )
    second = (await browser.post("/api/v1/workspaces", json=FIVE)).json()["slug"]
    assert second.startswith("lumea-cafe-sohne-")
    rows = {row["slug"]: row for row in (await browser.get("/api/v1/workspaces")).json()["rows"]}
    assert set(rows) == {owner.slug, slug, second}
    assert (rows[owner.slug]["waiting"], rows[owner.slug]["exceptions"], rows[owner.slug]["unfinished"]) == (
        0,
        0,
        False,
    )
    assert (rows[slug]["waiting"], rows[slug]["unfinished"]) == (None, True)


@pytest.mark.parametrize("name", ["Workspaces", "API", "Sign in", "!?a", "管理"])
async def test_no_workspace_takes_an_address_that_means_something_else(browser: Browser, name: str) -> None:
    answer = await browser.post("/api/v1/workspaces", json=FIVE | {"company": name})
    assert answer.status_code == 201
    assert len(answer.json()["slug"]) > 7
    assert answer.json()["slug"] not in ("workspaces", "api", "sign-in")


async def test_what_is_no_workspace_is_refused(browser: Browser) -> None:
    for wrong in (
        {"time_zone": "Mars/Base"},
        {"currency": "euro"},
        {"country": "France"},
        {"company": " "},
        {"slug": "x"},
    ):
        assert (await browser.post("/api/v1/workspaces", json=FIVE | wrong)).status_code == 422, wrong


async def test_who_owns_none_makes_none_unless_sign_up_is_open(
    app: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lea = await colleague(owner, "admin")
    async with factories.open_browser(app, lea) as hers:
        assert (await hers.get("/api/v1/workspaces")).json()["may_create"] is False
        answer = await hers.post("/api/v1/workspaces", json=FIVE)
        assert (answer.status_code, code(answer)) == (403, "sign_up_by_invitation")
        monkeypatch.setattr(settings(), "sign_up", "open")
        assert (await hers.post("/api/v1/workspaces", json=FIVE)).status_code == 201


async def test_five_a_day_are_the_most_even_side_by_side(browser: Browser) -> None:
    answers = await asyncio.gather(*(browser.post("/api/v1/workspaces", json=FIVE) for _ in range(7)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 201, 201, 201, 429, 429, 429]


async def test_a_stranger_signs_up_and_makes_a_workspace(open_house: None, nobody: Browser, mailbox: Mailbox) -> None:
    asked = await nobody.post("/api/v1/sign-up-requests", json={"email": "neu@example.com"})
    assert asked.status_code == 202
    link = (await mailbox.next(to="neu@example.com")).links[0]
    token = link.split("/sign-up#", 1)[1]
    body = {"token": token, "name": "Nina Neu", "password": PASSWORD}
    answer = await nobody.post("/api/v1/sign-ups", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["workspaces"] == []
    again = await nobody.post("/api/v1/sign-ups", json=body)
    assert (again.status_code, code(again)) == (404, "link_expired")
    headers = {"Cookie": answer.headers["set-cookie"].split(";")[0], "X-CSRF-Token": answer.json()["csrf_token"]}
    made = await nobody.post("/api/v1/workspaces", json=FIVE, headers=headers)
    assert made.status_code == 201
    assert (await nobody.get("/api/v1/me", headers=headers)).json()["next"] == "enrol"
    organization_id = await find_organization(made.json()["slug"])
    assert organization_id is not None


async def test_signing_up_tells_nobody_who_has_an_account(
    open_house: None, nobody: Browser, owner: Person, mailbox: Mailbox
) -> None:
    known = await nobody.post("/api/v1/sign-up-requests", json={"email": owner.email})
    unknown = await nobody.post("/api/v1/sign-up-requests", json={"email": "neu@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert not [link for link in (await mailbox.next(to=owner.email)).links if "#" in link]
    assert [link for link in (await mailbox.next(to="neu@example.com")).links if "#" in link]


async def test_where_sign_up_is_by_invitation_the_answer_is_one_for_all(nobody: Browser, owner: Person) -> None:
    answers = [
        await nobody.post("/api/v1/sign-up-requests", json={"email": email}) for email in (owner.email, "a@example.com")
    ]
    assert {(answer.status_code, code(answer)) for answer in answers} == {(403, "sign_up_by_invitation")}


async def test_my_workspaces_are_side_by_side_and_only_mine(
    app: Any, browser: Browser, owner: Person, stranger: Person
) -> None:
    from oktee.access.workspaces import put_member

    await put_member(stranger.organization_id, owner.id, "marketing_editor")
    rows = {row["slug"]: row for row in (await browser.get("/api/v1/workspaces")).json()["rows"]}
    assert set(rows) == {owner.slug, stranger.slug}
    assert rows[stranger.slug]["waiting"] is None, "a role that may not read orders is told no number of them"
    left = await browser.delete(f"/api/v1/workspaces/{stranger.slug}/membership")
    assert left.status_code == 204
    assert (await browser.get("/api/v1/me")).status_code == 401
    [entry] = await entries(stranger, "people.left")
    assert entry.payload["before"]["role"] == "marketing_editor"
    async with factories.open_browser(app, owner) as again:
        assert (await again.delete(f"/api/v1/workspaces/{stranger.slug}/membership")).status_code == 404


async def test_a_tab_loaded_for_somebody_else_changes_nothing(app: Any, browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "owner")
    path = browser.at(f"/administration/people/{lea.id}/suspension")
    loaded_for_lea = await browser.put(path, headers={"X-OKTee-Person": str(lea.id)})
    assert (loaded_for_lea.status_code, code(loaded_for_lea)) == (409, "stale_tab")
    async with factories.open_browser(app, lea) as hers:
        stale = dict(browser.headers) | {"Cookie": hers.headers["Cookie"], "X-OKTee-Person": str(owner.id)}
        answer = await browser.put(path, headers=stale)
        assert (answer.status_code, code(answer)) == (409, "stale_tab")
    assert await entries(owner, "people.suspended") == []
    assert (await browser.put(path, headers={"X-OKTee-Person": str(owner.id)})).status_code == 200
