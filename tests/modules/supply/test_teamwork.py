"""Working together on an order: given to people and teams, noted on, tagged, with files; told to whoever it concerns."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import Browser, make_person, open_browser
from modules.supply.test_scopes import reader
from modules.supply.world import Json, World
from oktee.access.scope import Scope
from oktee.access.teams.absences import reached
from oktee.kit.database import tenant_session
from oktee.kit.work import schedule
from oktee.modules.administration.housekeeping import HOUSEKEEPING
from oktee.notify.matters import files, noting
from oktee.notify.matters.forgetting import FORGET_MATTERS, TAKEN_AWAY

NAMES = (f"Team {number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
async def order(shared: World) -> Json:
    item = await shared.item(500, brand="Aurea")
    return await shared.arrive(item.line(12))


@pytest.fixture
async def sam(world: World) -> Browser:
    return world.manager


@pytest.fixture
async def operator(world: World) -> AsyncIterator[Browser]:
    """Somebody else of the vendor, who may hold orders."""
    owner = world.people["owner"]
    person = await make_person(
        organization=(owner.organization_id, owner.slug), role="supply_operator", name="Omar Diallo"
    )
    async with open_browser(world.app, person) as browser:
        browser.person = person  # type: ignore[attr-defined]
        yield browser


async def act(browser: Browser, method: str, path: str, status: int = 200, **given: Any) -> Any:
    answer = await browser.request(method, browser.at(path), **given)
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer


async def make_team(world: World, *members: UUID, **over: Any) -> Json:
    body = {"name": next(NAMES), "members": [str(member) for member in members], "auto_assign": False} | over
    made = await act(world.owner, "POST", "/administration/teams", 201, json=body)
    (found,) = (team for team in made["teams"] if team["name"] == body["name"])
    return dict(found)


async def inbox(browser: Browser, box: str = "open") -> list[Json]:
    """Every item, newest first, with the label of its object."""
    groups = (await act(browser, "GET", f"/notifications?box={box}"))["groups"]
    return [item | {"label": group["label"]} for group in groups for item in group["items"]]


async def assigned(browser: Browser, order: Json, **holder: Any) -> Json:
    path = f"/supply/orders/{order['id']}/assignee"
    found: Json = await act(browser, "PUT", path, json={key: str(value) for key, value in holder.items()})
    return found


# -- who has it -----------------------------------------------------------------------------------------------------------


async def test_an_order_is_given_to_a_person_who_is_told_and_finds_it_under_mine(
    world: World, order: Json, operator: Browser
) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    shown = await assigned(world.owner, order, person_id=omar.id)
    assert (shown["assignee"]["name"], shown["assigned_how"]) == ("Omar Diallo", "person")
    (told,) = await inbox(operator)
    assert (told["notice"], told["label"], told["facts"]) == ("assigned", order["po_number"], {"by": "Lea Martin"})
    assert (await act(operator, "GET", "/notifications/unread"))["unread"] == 1
    mine = await world.get("/supply/orders", operator, **{"filter[assignee]": "me"})
    assert [row["po_number"] for row in mine["rows"]] == [order["po_number"]]
    assert mine["hands"][order["id"]]["assignee"]["name"] == "Omar Diallo"
    assert (await world.get("/supply/orders", world.manager, **{"filter[assignee]": "me"}))["rows"] == []
    assert (await world.get("/supply/orders", operator, **{"filter[assignee]": "none"}))["rows"] == []
    assert (await world.get("/supply/command-center", operator, assignee="me"))["orders_total"] == 1
    (entry,) = [event for event in await world.events(order) if event["kind"] == "matter.assigned"]
    assert (entry["log"], entry["payload"]) == ("audit", {"person": str(omar.id), "team": None})
    await assigned(world.owner, order)
    assert await inbox(operator) == []  # it is not theirs any more, so it asks nothing of them


async def test_an_order_is_not_given_to_who_may_only_read_it(world: World, order: Json) -> None:
    reading = world.people["analyst"].id
    for method, path, more in (
        ("PUT", f"/supply/orders/{order['id']}/assignee", {}), ("POST", "/supply/assignments", {"ids": [order["id"]]})
    ):  # fmt: skip
        refused = await act(world.owner, method, path, 422, json={"person_id": str(reading)} | more)
        assert refused["errors"][0]["code"] == "only_reads"
    people = (await world.get("/supply/colleagues"))["people"]
    assert {one["acts"] for one in people if one["id"] == str(reading)} == {False}


async def test_the_team_of_an_order_is_told_and_its_people_find_it(
    world: World, order: Json, operator: Browser
) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    team = await make_team(world, omar.id, world.people["owner"].id)
    shown = await assigned(world.owner, order, team_id=team["id"])
    assert shown["assignee"] == {"type": "team", "id": team["id"], "name": team["name"]}
    assert [told["notice"] for told in await inbox(operator)] == ["assigned"]
    assert [told for told in await inbox(world.owner) if told["notice"] == "assigned"] == []  # who did it knows
    theirs = await world.get("/supply/orders", operator, **{"filter[assignee]": "my_team"})
    assert [row["id"] for row in theirs["rows"]] == [order["id"]]
    assert (await world.get("/supply/orders", operator, **{"filter[assignee]": "me"}))["rows"] == []
    assert (await world.get("/supply/orders", world.analyst, **{"filter[assignee]": "my_team"}))["rows"] == []
    named = await world.get("/supply/orders", world.analyst, **{"filter[assignee]": team["id"]})
    assert named["count"] == 1
    await act(world.owner, "DELETE", f"/administration/teams/{team['id']}")
    assert (await world.get(f"/supply/orders/{order['id']}/teamwork"))["assignee"] is None


async def test_new_orders_go_to_the_team_whose_part_it_is(world: World, operator: Browser) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    french = await make_team(world, omar.id, auto_assign=True, scope={"vendor_codes": ["LUMF1"]})
    everything = await make_team(world, world.people["owner"].id, auto_assign=True)
    item = await world.item(500, code="LUMF1", brand="Aurea")
    german = await world.item(500, brand="Aurea")
    try:
        one = await world.arrive(item.line(12), code="LUMF1")
        other = await world.arrive(german.line(12))
        found = [(await world.get(f"/supply/orders/{each['id']}/teamwork")) for each in (one, other)]
        assert [each["assignee"]["name"] for each in found] == [french["name"], everything["name"]]
        assert {each["assigned_how"] for each in found} == {"rule"}
        (entry,) = [event for event in await world.events(one) if event["kind"] == "matter.assigned_team"]
        assert (entry["actor"]["type"], entry["payload"]["team"]) == ("rule", french["name"])
        await assigned(world.owner, one)  # a person took it back: the rule does not give it again
        await world.draft(
            one, {"sequence": "1", "taken": 6, "backordered": 0, "rejection_reason": "TemporarilyUnavailable"}
        )
        assert (await world.get(f"/supply/orders/{one['id']}/teamwork"))["assignee"] is None
    finally:
        for team in (french, everything):
            await act(world.owner, "DELETE", f"/administration/teams/{team['id']}")


async def test_a_held_order_is_told_to_whoever_may_act_until_it_is_decided(world: World, operator: Browser) -> None:
    strange = await world.item(500)
    held = await world.arrive(strange.line(10, vendor_product_identifier="NOBODY-KNOWS", asin="B0NOBODY01"))
    assert held["status"] == "held"
    label = held["po_number"]
    (told,) = [item for item in await inbox(operator) if item["label"] == label]
    assert (told["notice"], told["action"], told["times"]) == ("order_held", "fix", 1)
    assert told["cause"].startswith("order_held:supply.")
    assert told["facts"]["reasons"][0]["message"] == told["cause"].removeprefix("order_held:")
    assert [item for item in await inbox(world.analyst) if item["label"] == label] == []  # they can do nothing about it
    assert [item for item in await inbox(world.stranger) if item["label"] == label] == []
    await world.stock(strange, 400)  # every waiting order is decided again
    (again,) = [item for item in await inbox(operator) if item["label"] == label]
    assert (again["times"], again["at"]) == (1, told["at"])  # the same reason is no news
    await world.answer_elsewhere(label)
    await world.poll()
    assert [item for item in await inbox(operator) if item["label"] == label] == []
    (done,) = [item for item in await inbox(operator, "done") if item["label"] == label]
    assert done["resolved"]


async def test_several_orders_are_given_at_once_and_one_that_is_not_there_stops_no_other(
    world: World, order: Json
) -> None:
    body = {"ids": [order["id"], str(uuid4())], "person_id": str(world.people["supply_manager"].id)}
    found = await act(world.owner, "POST", "/supply/assignments", json=body)
    by_id = {one["id"]: one for one in found["results"]}
    assert by_id.pop(order["id"])["ok"]
    (missing,) = by_id.values()
    assert missing["problem"]["code"] == "not_found"
    await assigned(world.owner, order)


async def test_somebody_of_another_workspace_is_given_nothing(world: World, order: Json) -> None:
    path = f"/supply/orders/{order['id']}/assignee"
    stranger = str(world.people["stranger"].id)
    answer = await act(world.owner, "PUT", path, 422, json={"person_id": stranger})
    assert answer["errors"][0]["code"] == "unknown_person"
    await act(world.stranger, "PUT", path, 404, json={"person_id": stranger})
    await act(world.analyst, "PUT", path, 403, json={})
    answer = await act(world.owner, "GET", "/supply/orders?filter[assignee]=somebody", 422)
    assert answer["errors"][0]["code"] == "unknown_value"


# -- away -----------------------------------------------------------------------------------------------------------------


async def test_who_is_away_is_not_waited_for(world: World, order: Json, operator: Browser) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    sam = world.people["supply_manager"]
    await assigned(world.owner, order, person_id=omar.id)
    span = {"from_at": datetime.now(UTC), "until_at": datetime.now(UTC) + timedelta(days=5)}
    body = {key: value.isoformat() for key, value in span.items()} | {"substitute_id": str(sam.id)}
    shown = await act(operator, "PUT", "/administration/absence", json=body)
    assert shown["substitute_id"] == str(sam.id)
    await world.turn()  # what is open with them is handed over
    (told,) = [item for item in await inbox(world.manager) if item["notice"] == "assigned"]
    assert (told["label"], told["instead_of"]) == (order["po_number"], "Omar Diallo")
    mine = await world.get("/supply/orders", world.manager, **{"filter[assignee]": "me"})
    assert [row["id"] for row in mine["rows"]] == [order["id"]]
    note = {"body": "@Omar please", "mentions": [{"type": "person", "id": str(omar.id)}]}
    await act(world.owner, "POST", f"/supply/orders/{order['id']}/notes", 201, json=note)
    assert [item["notice"] for item in await inbox(operator)] == ["assigned"]
    assert "mentioned" in [item["notice"] for item in await inbox(world.manager)]
    people = (await world.get("/supply/colleagues"))["people"]
    assert [(one["away"], one["substitute"]) for one in people if one["id"] == str(omar.id)] == [(True, "Sam Keller")]
    assert (await act(world.manager, "GET", "/administration/absence"))["standing_in_for"] == ["Omar Diallo"]
    await act(operator, "DELETE", "/administration/absence")
    assert (await world.get("/supply/orders", world.manager, **{"filter[assignee]": "me"}))["rows"] == []
    await assigned(world.owner, order)


async def test_an_absence_has_an_order_and_somebody_else_in_it(world: World) -> None:
    now = datetime.now(UTC)
    me, reading = str(world.people["owner"].id), world.people["analyst"].id
    for code, body in (
        ("ends_before_it_begins", {"from_at": now + timedelta(days=2), "until_at": now + timedelta(days=1)}),
        ("over_already", {"from_at": now - timedelta(days=2), "until_at": now - timedelta(days=1)}),
        ("too_long", {"from_at": now, "until_at": now + timedelta(days=500)}),
        ("yourself", {"from_at": now, "until_at": now + timedelta(days=1), "substitute_id": me}),
        ("unknown_person", {"from_at": now, "until_at": now + timedelta(days=1), "substitute_id": uuid4()}),
        ("only_reads", {"from_at": now, "until_at": now + timedelta(days=1), "substitute_id": reading}),
    ):
        asked = {key: value.isoformat() if isinstance(value, datetime) else str(value) for key, value in body.items()}
        answer = await act(world.owner, "PUT", "/administration/absence", 422, json=asked)
        assert answer["errors"][0]["code"] == code


def test_the_work_of_a_chain_of_absences_is_its_last_ones() -> None:
    a, b, c, d = (UUID(int=n) for n in range(4))
    away: dict[UUID, UUID | None] = {a: b, b: c, d: None}
    assert reached(away, c) == {a, b, c}
    assert reached(away, b) == {b}
    assert reached({a: b, b: a}, a) == {a}


async def over(world: World, table: str) -> None:
    """A minute later: what was deleted in it is forgotten, what is there stays."""
    before = await world.rows(f"select id from {table} where deleted_at is null order by id")
    await world.rows(f"update {table} set deleted_at = deleted_at - interval '2 minutes'")
    async with tenant_session(world.organization_id) as session:
        await schedule(session, FORGET_MATTERS, TAKEN_AWAY)
    await world.turn()
    assert await world.rows(f"select id from {table} order by id") == before


# -- notes, tags, files ---------------------------------------------------------------------------------------------------


async def test_a_note_tells_who_is_mentioned_and_only_its_author_takes_it_away(
    world: World, order: Json, operator: Browser
) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    team = await make_team(world, world.people["supply_manager"].id)
    path = f"/supply/orders/{order['id']}/notes"
    mentions = [{"type": "person", "id": str(omar.id)}, {"type": "team", "id": team["id"]}]
    shown = await act(
        world.analyst, "POST", path, 201, json={"body": "  @Omar the cost is agreed  ", "mentions": mentions}
    )
    note = shown["notes"][-1]
    assert (note["author"], note["body"], note["mine"]) == ("Ana Ruiz", "@Omar the cost is agreed", True)
    assert [one["name"] for one in note["mentions"]] == ["Omar Diallo", team["name"]]
    for browser in (operator, world.manager):
        assert [item["facts"]["by"] for item in await inbox(browser) if item["notice"] == "mentioned"] == ["Ana Ruiz"]
    (entry,) = [event for event in await world.events(order) if event["kind"] == "note.added"][-1:]
    assert "cost" not in str(entry["payload"])
    refused = await act(world.owner, "DELETE", f"{path}/{note['id']}", 403)
    assert refused["code"] == "not_your_note"
    await act(world.stranger, "DELETE", f"{path}/{note['id']}", 404)
    left = await act(world.analyst, "DELETE", f"{path}/{note['id']}")
    assert note["id"] not in [one["id"] for one in left["notes"]]
    await act(world.analyst, "DELETE", f"{path}/{note['id']}", 404)
    await act(world.owner, "POST", f"{path}/{note['id']}/restoration", 403)
    await act(world.stranger, "POST", f"{path}/{note['id']}/restoration", 404)
    assert "text" not in str([item["facts"] for item in await inbox(operator) if item["notice"] == "mentioned"])
    back = await act(world.analyst, "POST", f"{path}/{note['id']}/restoration")
    assert note in back["notes"]
    (told,) = [item["facts"] for item in await inbox(operator) if item["notice"] == "mentioned"]
    assert told["text"] == "@Omar the cost is agreed"
    await act(world.analyst, "POST", f"{path}/{note['id']}/restoration", 404)  # it is there
    await act(world.analyst, "DELETE", f"{path}/{note['id']}")
    assert [(e["kind"], e["log"]) for e in await world.events(order) if e["kind"].startswith("note.")][-3:] == [
        ("note.deleted", "audit"), ("note.restored", "audit"), ("note.deleted", "audit")
    ]  # fmt: skip
    await over(world, "notes")
    await act(world.analyst, "POST", f"{path}/{note['id']}/restoration", 404)
    assert await world.rows("select 1 from notes where id = $1", UUID(note["id"])) == []
    read = await act(operator, "POST", "/notifications/readings", json={})
    assert read["unread"] == 0
    assert [item for item in await inbox(operator) if item["notice"] == "mentioned"] == []  # read is done
    await act(world.manager, "POST", "/notifications/readings", json={})
    await act(world.owner, "DELETE", f"/administration/teams/{team['id']}")


async def test_tags_are_the_workspaces_own_words_and_a_filter(world: World, order: Json) -> None:
    made = await act(world.owner, "POST", "/administration/tags", 201, json={"name": "Promo", "colour": "caution"})
    (tag,) = [one for one in made["tags"] if one["name"] == "Promo"]
    taken = await act(world.owner, "POST", "/administration/tags", 409, json={"name": "promo"})
    assert taken["code"] == "tag_name_taken"
    path = f"/supply/orders/{order['id']}/tags"
    shown = await act(world.manager, "PUT", path, json={"tags": [tag["id"]]})
    assert shown["tags"] == [{"id": tag["id"], "name": "Promo", "colour": "caution"}]
    found = await world.get("/supply/orders", **{"filter[tag]": tag["id"]})
    assert [row["id"] for row in found["rows"]] == [order["id"]]
    assert found["hands"][order["id"]]["tags"][0]["name"] == "Promo"
    assert (await world.get("/supply/orders/summary", **{"filter[tag]": tag["id"]}))["views"]["all"] == 1
    assert (await world.get("/supply/orders", **{"filter[tag]": str(uuid4())}))["rows"] == []
    (entry,) = [event for event in await world.events(order) if event["kind"] == "matter.tagged"]
    assert entry["payload"] == {"added": ["Promo"], "removed": []}
    answer = await act(world.manager, "PUT", path, 422, json={"tags": [str(uuid4())]})
    assert answer["errors"][0]["code"] == "unknown_tag"
    await act(world.owner, "DELETE", f"/administration/tags/{tag['id']}")
    assert (await world.get(f"/supply/orders/{order['id']}/teamwork"))["tags"] == []


PDF = b"%PDF-1.7\n" + b"x" * 40


async def test_a_file_is_kept_as_it_is_and_given_back_safely(world: World, order: Json) -> None:
    path = f"/supply/orders/{order['id']}/attachments"
    shown = await act(world.manager, "POST", f"{path}?file_name=Préavis n°3.pdf", 201, content=PDF)
    (file,) = shown["files"]
    assert (file["file_name"], file["size"], file["added_by"]) == ("Préavis n°3.pdf", len(PDF), "Sam Keller")
    back = await act(world.analyst, "GET", f"{path}/{file['id']}")
    assert back.content == PDF
    assert back.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''Pr%C3%A9avis%20n%C2%B03.pdf" in back.headers["content-disposition"]
    assert back.headers["x-content-type-options"] == "nosniff"
    await act(world.stranger, "GET", f"{path}/{file['id']}", 404)
    await act(world.analyst, "DELETE", f"{path}/{file['id']}", 403)
    (row,) = await world.rows("select object_key from attachments")
    await act(world.manager, "DELETE", f"{path}/{file['id']}")
    await act(world.analyst, "GET", f"{path}/{file['id']}", 404)
    await act(world.analyst, "POST", f"{path}/{file['id']}/restoration", 403)
    await act(world.stranger, "POST", f"{path}/{file['id']}/restoration", 404)
    again = await act(world.manager, "POST", f"{path}/{file['id']}/restoration")
    assert again["files"] == [file]
    assert (await act(world.analyst, "GET", f"{path}/{file['id']}")).content == PDF
    await act(world.manager, "DELETE", f"{path}/{file['id']}")
    await over(world, "attachments")
    await act(world.manager, "POST", f"{path}/{file['id']}/restoration", 404)
    assert await world.rows("select 1 from stored_objects where key = $1", row["object_key"]) == []
    kinds = [event["kind"] for event in await world.events(order)]
    assert kinds[-4:] == ["attachment.added", "attachment.deleted", "attachment.restored", "attachment.deleted"]


async def test_what_is_given_back_finds_room_and_is_taken_away_once(
    world: World, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = f"/supply/orders/{order['id']}"
    shown = await act(world.manager, "POST", f"{at}/attachments?file_name=one.pdf", 201, content=PDF)
    first = f"{at}/attachments/{shown['files'][0]['id']}"
    monkeypatch.setattr(files, "MOST_FILES", 1)
    full = await act(world.manager, "POST", f"{at}/attachments?file_name=two.pdf", 409, content=PDF)
    assert full["code"] == "too_many_files"
    answers = await asyncio.gather(*(world.manager.delete(world.manager.at(first)) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert [event["kind"] for event in await world.events(order)][-2:] == ["attachment.added", "attachment.deleted"]
    await act(world.manager, "POST", f"{at}/attachments?file_name=two.pdf", 201, content=PDF)
    assert (await act(world.manager, "POST", f"{first}/restoration", 409))["code"] == "too_many_files"

    note = {"body": "One", "mentions": []}
    shown = await act(world.manager, "POST", f"{at}/notes", 201, json=note)
    monkeypatch.setattr(noting, "MOST_NOTES", len(shown["notes"]))
    assert (await act(world.manager, "POST", f"{at}/notes", 409, json=note))["code"] == "too_many_notes"
    mine = f"{at}/notes/{shown['notes'][-1]['id']}"
    await act(world.manager, "DELETE", mine)
    await act(world.manager, "POST", f"{at}/notes", 201, json=note)
    assert (await act(world.manager, "POST", f"{mine}/restoration", 409))["code"] == "too_many_notes"
    for file in (await act(world.manager, "GET", f"{at}/teamwork"))["files"]:
        await act(world.manager, "DELETE", f"{at}/attachments/{file['id']}")
    await over(world, "attachments")
    await over(world, "notes")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("invoice.pdf", b"<html><script>alert(1)</script>", 422, "wrong_content"),
        ("run.exe", b"MZ\x00", 422, "kind_not_taken"),
        ("page.html", b"<html>", 422, "kind_not_taken"),
        ("empty.txt", b"", 422, "invalid"),
        ("large.txt", b"a" * (10 * 1024 * 1024 + 1), 413, "too_large"),
    ],
)
async def test_what_is_no_harmless_file_of_its_kind_is_refused(
    world: World, order: Json, name: str, content: bytes, status: int, code: str
) -> None:
    path = f"/supply/orders/{order['id']}/attachments?file_name={name}"
    answer = await act(world.manager, "POST", path, status, content=content)
    assert answer["code"] == code
    assert await world.rows("select 1 from stored_objects where purpose = 'attachment'") == []


# -- who sees it ----------------------------------------------------------------------------------------------------------


async def test_who_may_not_see_the_order_sees_nothing_of_it_and_hears_nothing(world: World, order: Json) -> None:
    note = {"body": "About Aurea", "mentions": []}
    await act(world.owner, "POST", f"/supply/orders/{order['id']}/notes", 201, json=note)
    async with reader(world, Scope(brands=("Borealis",))) as blind:
        await act(blind, "GET", f"/supply/orders/{order['id']}/teamwork", 404)
        (person,) = await world.rows(
            "select user_id from memberships where scope is not null order by created_at desc limit 1"
        )
        mention = note | {"mentions": [{"type": "person", "id": str(person["user_id"])}]}
        await act(world.owner, "POST", f"/supply/orders/{order['id']}/notes", 201, json=mention)
        assert await inbox(blind) == []
    async with reader(world, Scope(brands=("Aurea",))) as seeing:
        shown = await act(seeing, "GET", f"/supply/orders/{order['id']}/teamwork")
        assert [one["body"] for one in shown["notes"]][-2:] == ["About Aurea", "About Aurea"]
        await act(seeing, "POST", f"/supply/orders/{order['id']}/notes", 201, json=note)
        await assigned(seeing, order, person_id=world.people["supply_manager"].id)
        await assigned(seeing, order)


async def test_what_was_said_about_an_order_goes_with_it(world: World, order: Json) -> None:
    async with tenant_session(world.organization_id) as session:
        await schedule(session, HOUSEKEEPING, "daily")
    (before,) = await world.rows("select count(*) as n from notes")
    assert before["n"] > 0
    await world.rows(
        "insert into matters (id, kind, object_id, label) values ($1, 'order', $2, 'GONE')", uuid4(), str(uuid4())
    )
    await world.turn()
    assert await world.rows("select 1 from matters where label = 'GONE'") == []
    (after,) = await world.rows("select count(*) as n from notes")
    assert after["n"] == before["n"]
