"""Users & roles: who may change whom, that what shrinks ends at once, and that one owner always stays."""

import asyncio
from typing import Any

import factories
import pytest
from factories import Browser, Person
from modules.administration.people.acting import PEOPLE, code, colleague, entries, member, no_longer_fresh, people
from oktee.access.keys.keeping import Asked, make_key
from oktee.access.sessions import COOKIE
from oktee.kit.database import tenant_session
from oktee.notify.stream import follow


async def test_the_list_shows_the_people_of_this_workspace_and_nobody_else(
    browser: Browser, owner: Person, stranger: Person
) -> None:
    lea = await colleague(owner, "analyst", name="Lea Martin", factor=False)
    found = await people(browser)
    assert {row["id"] for row in found["members"]} == {str(owner.id), str(lea.id)}
    mine = next(row for row in found["members"] if row["me"])
    assert (mine["role"], mine["factors"], mine["sessions"], mine["last_owner"]) == ("owner", ["totp"], 1, True)
    assert mine["last_seen_at"] is not None
    hers = next(row for row in found["members"] if not row["me"])
    assert (hers["factors"], hers["sessions"], hers["last_seen_at"], hers["can_touch"]) == ([], 0, None, True)


async def test_a_changed_role_is_a_new_session_and_stands_in_the_audit_log(
    app: Any, browser: Browser, owner: Person
) -> None:
    lea = await colleague(owner, "supply_manager")
    async with factories.open_browser(app, lea) as hers:
        answer = await browser.put(browser.at(f"{PEOPLE}/{lea.id}/access"), json={"role": "analyst"})
        assert answer.status_code == 200
        assert (await hers.get("/api/v1/me")).status_code == 401
        await hers.sign_in(lea)
        assert (await hers.get(hers.at("/administration/audit"))).status_code in (403, 404)
    [entry] = await entries(owner, "people.access_changed")
    assert entry.log == "audit"
    assert entry.payload["before"]["role"] == "supply_manager"
    assert entry.payload["after"]["role"] == "analyst"
    assert entry.actor_id == str(owner.id)


async def test_raising_rights_asks_for_a_fresh_factor_and_ending_them_does_not(browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "analyst")
    await no_longer_fresh(owner)
    answer = await browser.put(browser.at(f"{PEOPLE}/{lea.id}/access"), json={"role": "admin"})
    assert (answer.status_code, code(answer)) == (403, "fresh_factor_required")
    assert (await browser.put(browser.at(f"{PEOPLE}/{lea.id}/suspension"))).status_code == 200
    answer = await browser.delete(browser.at(f"{PEOPLE}/{lea.id}/suspension"))
    assert (answer.status_code, code(answer)) == (403, "fresh_factor_required")


async def test_an_admin_neither_makes_nor_touches_an_owner(app: Any, owner: Person) -> None:
    second = await colleague(owner, "owner")
    admin = await colleague(owner, "admin")
    lea = await colleague(owner, "analyst")
    async with factories.open_browser(app, admin) as his:
        for answer in (
            await his.put(his.at(f"{PEOPLE}/{lea.id}/access"), json={"role": "owner"}),
            await his.put(his.at(f"{PEOPLE}/{admin.id}/access"), json={"role": "owner"}),
            await his.put(his.at(f"{PEOPLE}/{second.id}/access"), json={"role": "analyst"}),
            await his.put(his.at(f"{PEOPLE}/{second.id}/suspension")),
            await his.delete(his.at(f"{PEOPLE}/{second.id}")),
            await his.post(his.at(f"{PEOPLE}/{second.id}/preview")),
            await his.post(his.at("/administration/invitations"), json={"emails": ["a@example.com"], "role": "owner"}),
        ):
            assert (answer.status_code, code(answer)) == (403, "more_than_yours"), answer.text
        bulk = await his.post(his.at(f"{PEOPLE}/suspensions"), json={"ids": [str(second.id), str(lea.id)]})
        assert {each["id"]: each["code"] for each in bulk.json()["results"]} == {
            str(second.id): "more_than_yours", str(lea.id): None,
        }  # fmt: skip
        assert (await member(his, second))["state"] == "active"


@pytest.mark.parametrize("act", ["demote", "scope", "suspend", "remove", "leave", "deprovision"])
async def test_the_last_active_owner_stays(browser: Browser, owner: Person, act: str) -> None:
    asleep = await colleague(owner, "owner")
    assert (await browser.put(browser.at(f"{PEOPLE}/{asleep.id}/suspension"))).status_code == 200
    path = browser.at(f"{PEOPLE}/{owner.id}")
    if act == "demote":
        answer = await browser.put(f"{path}/access", json={"role": "admin"})
    elif act == "scope":
        answer = await browser.put(f"{path}/access", json={"role": "owner", "scope": {"brands": ["Lumea"]}})
    elif act == "suspend":
        answer = await browser.put(f"{path}/suspension")
    elif act == "remove":
        answer = await browser.delete(path)
    elif act == "leave":
        answer = await browser.delete(f"/api/v1/workspaces/{owner.slug}/membership")
    else:
        bulk = await browser.post(browser.at(f"{PEOPLE}/deprovisions"), json={"emails": [owner.email]})
        assert [each["code"] for each in bulk.json()["results"]] == ["last_owner"]
        return
    assert (answer.status_code, code(answer)) == (409, "last_owner")
    assert (await member(browser, owner))["role"] == "owner"


async def test_an_owner_of_a_part_is_no_owner_of_the_whole(app: Any, browser: Browser, owner: Person) -> None:
    """Whoever sees one brand only cannot put the workspace right: another who sees all of it has to stay."""
    part = await colleague(owner, "owner")
    scoped = {"role": "owner", "scope": {"brands": ["Lumea"]}}
    assert (await browser.put(browser.at(f"{PEOPLE}/{part.id}/access"), json=scoped)).status_code == 200
    for body in (scoped, {"role": "admin"}):
        answer = await browser.put(browser.at(f"{PEOPLE}/{owner.id}/access"), json=body)
        assert (answer.status_code, code(answer)) == (409, "last_owner")
    answer = await browser.delete(f"/api/v1/workspaces/{owner.slug}/membership")
    assert (answer.status_code, code(answer)) == (409, "last_owner")
    assert (await browser.put(browser.at(f"{PEOPLE}/{part.id}/suspension"))).status_code == 200


async def test_of_two_owners_who_demote_each_other_at_once_one_stays(app: Any, browser: Browser, owner: Person) -> None:
    other = await colleague(owner, "owner")
    async with factories.open_browser(app, other) as theirs:
        answers = await asyncio.gather(
            browser.put(browser.at(f"{PEOPLE}/{other.id}/access"), json={"role": "analyst"}),
            theirs.put(theirs.at(f"{PEOPLE}/{owner.id}/access"), json={"role": "analyst"}),
        )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    async with tenant_session(owner.organization_id) as session:
        from oktee.access.people.members import list_members

        left = [each for each in await list_members(session, owner.organization_id) if each.role == "owner"]
    assert len(left) == 1


async def test_whoever_is_suspended_is_out_everywhere_at_once(app: Any, browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "developer")
    async with tenant_session(owner.organization_id) as session:
        asked = Asked("ERP", ("orders.read",), None, (), 30)
        _, words = await make_key(session, owner.organization_id, asked, by=lea.id)
    async with factories.open_browser(app, lea) as hers:
        token = hers.headers["Cookie"].removeprefix(f"{COOKIE}=")
        live = follow(owner.organization_id, token, None)
        assert b"ready" in await anext(live)
        authorization = {"Authorization": f"Bearer {words}"}
        async with factories.open_browser(app) as erp:
            assert (await erp.get("/v1/me", headers=authorization)).status_code == 200
            assert (await browser.put(browser.at(f"{PEOPLE}/{lea.id}/suspension"))).status_code == 200
            assert (await erp.get("/v1/me", headers=authorization)).status_code == 401
        assert (await hers.get("/api/v1/me")).status_code == 401

        async def over() -> None:
            async for _ in live:
                pass

        await asyncio.wait_for(over(), 5)
        await hers.sign_in(lea)
        assert (await hers.get("/api/v1/me")).json()["workspaces"] == []
        assert (await hers.get(hers.at("/supply/orders"))).status_code == 404
    [entry] = await entries(owner, "people.suspended")
    assert (entry.payload["ended_sessions"], entry.payload["ended_keys"]) == (1, 1)
    answer = await browser.delete(browser.at(f"{PEOPLE}/{lea.id}/suspension"))
    assert answer.status_code == 200
    assert (await member(browser, lea))["state"] == "active"
    again = await browser.delete(browser.at(f"{PEOPLE}/{lea.id}/suspension"))
    assert (again.status_code, code(again)) == (409, "already_so")


async def test_people_who_left_the_company_are_removed_by_address(
    browser: Browser, owner: Person, stranger: Person
) -> None:
    lea = await colleague(owner, "analyst")
    answer = await browser.post(
        browser.at(f"{PEOPLE}/deprovisions"),
        json={"emails": [lea.email.upper(), stranger.email, "nobody@example.com"]},
    )
    results = {each["id"]: (each["ok"], each["code"], each["detail"]) for each in answer.json()["results"]}
    assert results[lea.email.lower()][0] is True
    assert results[stranger.email.lower()] == results["nobody@example.com"]
    assert str(lea.id) not in {row["id"] for row in (await people(browser))["members"]}
    [entry] = await entries(owner, "people.removed")
    assert entry.payload["before"]["role"] == "analyst"


async def test_a_person_of_another_workspace_does_not_exist_here(
    browser: Browser, owner: Person, stranger: Person
) -> None:
    missing = "00000000-0000-7000-8000-000000000000"
    for method, path, body in (
        ("PUT", "/access", {"role": "analyst"}), ("PUT", "/suspension", None), ("DELETE", "/suspension", None),
        ("DELETE", "", None), ("POST", "/preview", None),
    ):  # fmt: skip
        answers = [
            await browser.request(method, browser.at(f"{PEOPLE}/{each}{path}"), json=body)
            for each in (stranger.id, missing)
        ]
        seen = [(answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in answers]
        assert seen[0] == seen[1]
        assert seen[0][0] == 404
    bulk = await browser.post(
        browser.at(f"{PEOPLE}/access-changes"), json={"ids": [str(stranger.id)], "role": "analyst"}
    )
    assert [each["code"] for each in bulk.json()["results"]] == ["not_found"]


async def test_what_is_not_asked_for_is_refused(browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "analyst")
    for body in (
        {"role": "analyst", "state": "active"}, {"role": "analyst", "organization_id": str(owner.organization_id)},
        {"role": "emperor"}, {"role": "analyst", "scope": {"brands": []}},
    ):  # fmt: skip
        answer = await browser.put(browser.at(f"{PEOPLE}/{lea.id}/access"), json=body)
        assert answer.status_code == 422, body
    assert (await member(browser, lea))["role"] == "analyst"


async def test_whoever_may_not_manage_people_sees_none(app: Any, owner: Person) -> None:
    lea = await colleague(owner, "supply_manager")
    async with factories.open_browser(app, lea) as hers:
        answer = await hers.get(hers.at(PEOPLE))
        assert (answer.status_code, code(answer)) == (403, "permission_missing")


async def test_a_workspace_can_ask_everybody_for_a_second_factor(app: Any, browser: Browser, owner: Person) -> None:
    ana = await colleague(owner, "finance", factor=False)
    async with factories.open_browser(app, ana) as hers:
        assert (await hers.get(hers.at("/administration/marketplaces"))).status_code == 200
        answer = await browser.put(browser.at(f"{PEOPLE}/second-factor"), json={"required": True})
        assert answer.json()["require_second_factor"] is True
        answer = await hers.get(hers.at("/administration/marketplaces"))
        assert (answer.status_code, code(answer)) == (403, "mfa_required")
        assert (await hers.get("/api/v1/me")).json()["next"] == "enrol"
    [entry] = await entries(owner, "people.second_factor")
    assert entry.payload == {"before": {"required": False}, "after": {"required": True}}
