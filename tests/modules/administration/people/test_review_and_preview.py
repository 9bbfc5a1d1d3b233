"""The access review, and looking at the workspace as somebody else."""

import csv
import io
from datetime import timedelta
from typing import Any

import factories
from factories import Browser, Person
from modules.administration.people.acting import PEOPLE, code, colleague, entries, people
from oktee.access.keys.keeping import Asked, make_key
from oktee.access.people.tables import AccessReview, Preview
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.modules.administration.people.reviewing import is_overdue, last_review_ended
from sqlalchemy import func, text, update

REVIEW = "/administration/access-review"


async def test_a_review_decides_on_each_person_and_key_and_becomes_a_record(
    browser: Browser, owner: Person, stranger: Person
) -> None:
    lea = await colleague(owner, "analyst", name="=Lea()")
    async with tenant_session(owner.organization_id) as session:
        await make_key(session, owner.organization_id, Asked("ERP", ("orders.read",), None, (), 30), by=owner.id)
    started = await browser.post(browser.at(REVIEW))
    assert started.status_code == 201, started.text
    assert (await browser.post(browser.at(REVIEW))).status_code == 409
    rows = {row["label"]: row for row in started.json()["rows"]}
    assert {(row["kind"], row["label"]) for row in rows.values()} == {
        ("person", "Olive Owner"), ("person", "=Lea()"), ("key", "ERP"),
    }  # fmt: skip
    early = await browser.post(browser.at(f"{REVIEW}/end"))
    assert (early.status_code, code(early)) == (409, "rows_undecided")
    for label, decision in (("Olive Owner", "keep"), ("=Lea()", "remove"), ("ERP", "remove")):
        answer = await browser.put(browser.at(f"{REVIEW}/rows/{rows[label]['id']}"), json={"decision": decision})
        assert answer.status_code == 200, answer.text
    assert {row["id"] for row in (await people(browser))["members"]} == {str(owner.id)}
    keys = (await browser.get(browser.at("/administration/api-keys"))).json()["rows"]
    assert [key["state"] for key in keys] == ["revoked"]
    ended = (await browser.post(browser.at(f"{REVIEW}/end"))).json()
    assert ended["id"] is None
    assert (ended["past"][0]["kept"], ended["past"][0]["removed"], ended["overdue"]) == (1, 2, False)
    answer = await browser.get(browser.at(f"{REVIEW}/{ended['past'][0]['id']}/csv"))
    sheet = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["workspace"] for row in sheet} == {f"Organization {owner.slug}"}
    assert {row["name"]: row["decision"] for row in sheet} == {
        "Olive Owner": "keep",
        "'=Lea()": "remove",
        "ERP": "remove",
    }
    assert len(await entries(owner, "access_review.decided")) == 3
    assert str(lea.id) in {entry.object_id for entry in await entries(owner, "people.removed")}
    late = await browser.put(browser.at(f"{REVIEW}/rows/{rows['ERP']['id']}"), json={"decision": "keep"})
    assert late.status_code == 404


async def test_nobody_approves_their_own_access_where_another_could(app: Any, browser: Browser, owner: Person) -> None:
    await colleague(owner, "owner", name="Second")
    rows = (await browser.post(browser.at(REVIEW))).json()["rows"]
    mine = next(row for row in rows if row["label"] == "Olive Owner")
    assert mine["can_decide"] is False
    answer = await browser.put(browser.at(f"{REVIEW}/rows/{mine['id']}"), json={"decision": "keep"})
    assert (answer.status_code, code(answer)) == (409, "decide_by_another")


async def test_a_review_older_than_90_days_is_overdue(browser: Browser, owner: Person) -> None:
    async with tenant_session(owner.organization_id) as session:
        assert await last_review_ended(session) is None
        assert await is_overdue(session) is False
    await browser.post(browser.at(REVIEW))
    for row in (await browser.get(browser.at(REVIEW))).json()["rows"]:
        await browser.put(browser.at(f"{REVIEW}/rows/{row['id']}"), json={"decision": "keep"})
    await browser.post(browser.at(f"{REVIEW}/end"))
    async with tenant_session(owner.organization_id) as session:
        await session.execute(update(AccessReview).values(finished_at=now() - timedelta(days=91)))
    async with tenant_session(owner.organization_id) as session:
        assert await is_overdue(session) is True
    assert (await people(browser))["review_overdue"] is True


async def test_a_review_of_another_workspace_does_not_exist_here(app: Any, browser: Browser, stranger: Person) -> None:
    async with factories.open_browser(app, stranger) as theirs:
        sheet = (await theirs.post(theirs.at(REVIEW))).json()
    assert (await browser.get(browser.at(REVIEW))).json()["rows"] == []
    assert (await browser.get(browser.at(f"{REVIEW}/{sheet['id']}/csv"))).status_code == 404
    row = sheet["rows"][0]["id"]
    answer = await browser.put(browser.at(f"{REVIEW}/rows/{row}"), json={"decision": "remove"})
    assert answer.status_code == 404


async def test_looking_as_somebody_shows_what_they_see_and_changes_nothing(
    app: Any, browser: Browser, owner: Person
) -> None:
    lea = await colleague(owner, "marketing_editor", name="Lea Martin")
    answer = await browser.post(browser.at(f"{PEOPLE}/{lea.id}/preview"))
    assert answer.status_code == 201
    [workspace] = (await browser.get("/api/v1/me")).json()["workspaces"]
    assert (workspace["role"], workspace["preview"]["name"]) == ("marketing_editor", "Lea Martin")
    assert "users.manage" not in workspace["permissions"]
    assert (await browser.get(browser.at(PEOPLE))).status_code == 403
    assert (await browser.get(browser.at("/supply/orders"))).status_code == 403
    assert (await browser.get(browser.at("/administration/catalog/items"))).status_code == 200
    for method, path in (("POST", f"{PEOPLE}/{lea.id}/preview"), ("PUT", f"{PEOPLE}/{lea.id}/suspension")):
        refused = await browser.request(method, browser.at(path))
        assert (refused.status_code, code(refused)) == (403, "preview_read_only")
    async with factories.open_browser(app, owner) as other_session:
        assert (await other_session.get(other_session.at(PEOPLE))).status_code == 200
    assert (await browser.delete(f"/api/v1/workspaces/{owner.slug}/preview")).status_code == 204
    assert (await browser.get(browser.at(PEOPLE))).status_code == 200
    [started] = await entries(owner, "preview.started")
    assert (started.actor_id, started.object_id) == (str(owner.id), str(lea.id))
    assert len(await entries(owner, "preview.ended")) == 1


async def test_a_preview_ends_by_itself(browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "analyst")
    await browser.post(browser.at(f"{PEOPLE}/{lea.id}/preview"))
    async with global_session() as session:
        left = await session.scalar(
            text("select ends_at - now() between interval '29 minutes' and interval '30 minutes' from previews")
        )
        assert left is True
        await session.execute(update(Preview).values(ends_at=func.now()))
    assert (await browser.get(browser.at(PEOPLE))).status_code == 200


async def test_a_preview_shows_only_the_scope_of_the_person(browser: Browser, owner: Person) -> None:
    lea = await colleague(owner, "analyst")
    given = await browser.put(
        browser.at(f"{PEOPLE}/{lea.id}/access"), json={"role": "analyst", "scope": {"brands": ["Lumea"]}}
    )
    assert given.status_code == 200
    await browser.post(browser.at(f"{PEOPLE}/{lea.id}/preview"))
    [workspace] = (await browser.get("/api/v1/me")).json()["workspaces"]
    assert workspace["scope"]["brands"] == ["Lumea"]
