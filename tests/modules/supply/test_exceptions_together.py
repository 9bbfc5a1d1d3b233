"""Working together on an exception: given away, noted on, tagged, with files; kept as long as it is found again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import Browser, make_person, open_browser
from modules.supply.test_exceptions import act as fix
from modules.supply.test_exceptions import listed
from modules.supply.test_scopes import reader
from modules.supply.test_teamwork import PDF, act, inbox, make_team
from modules.supply.world import Json, World
from oktee.access.scope import Scope
from oktee.kit.database import tenant_session
from oktee.kit.work import schedule
from oktee.modules.administration.housekeeping import HOUSEKEEPING
from oktee.notify.alerts.words import line_of
from oktee.notify.matters.noting import EXCERPT, excerpt
from sqlalchemy import text


@pytest.fixture(scope="module")
async def held(shared: World) -> Json:
    """An order with two lines whose cost differs, of two brands."""
    aurea, borealis = await shared.item(500, brand="Aurea"), await shared.item(500, brand="Borealis")
    return await shared.arrive(aurea.line(24, net_cost="6.10"), borealis.line(12, net_cost="6.10"))


@pytest.fixture
async def rows(world: World, held: Json) -> list[Json]:
    found = await listed(world, held)
    assert [(row["cause"], row["sequence"]) for row in found] == [("cost_differs", "1"), ("cost_differs", "2")]
    return found


@pytest.fixture
async def operator(world: World) -> AsyncIterator[Browser]:
    owner = world.people["owner"]
    person = await make_person(
        organization=(owner.organization_id, owner.slug), role="supply_operator", name="Omar Diallo"
    )
    async with open_browser(world.app, person) as browser:
        browser.person = person  # type: ignore[attr-defined]
        yield browser


def at(row: Json, what: str) -> str:
    return f"/supply/exceptions/{row['id']}/{what}"


async def give(browser: Browser, row: Json, **holder: Any) -> Json:
    body = {key: str(value) for key, value in holder.items()}
    found: Json = await act(browser, "PUT", at(row, "assignee"), json=body)
    return found


async def theirs(world: World, browser: Browser, assignee: str, order: Json) -> list[str]:
    found = await world.get("/supply/exceptions", browser, assignee=assignee, limit=500)
    return sorted(row["sequence"] for row in found["rows"] if row["order_id"] == order["id"])


async def test_an_exception_is_given_to_a_person_who_is_told_and_finds_it_under_mine(
    world: World, held: Json, rows: list[Json], operator: Browser
) -> None:
    omar, first = operator.person, rows[0]  # type: ignore[attr-defined]
    shown = await give(world.owner, first, person_id=omar.id)
    assert (shown["assignee"]["name"], shown["assigned_how"]) == ("Omar Diallo", "person")
    (told,) = await inbox(operator)
    assert (told["notice"], told["label"]) == ("assigned", f"{held['po_number']}/1")
    assert told["facts"] == {"by": "Lea Martin", "about": "cost_differs"}
    assert await theirs(world, operator, "me", held) == ["1"]
    assert await theirs(world, operator, "none", held) == ["2"]
    assert await theirs(world, world.manager, "me", held) == []
    mine = await world.get("/supply/exceptions", operator, group_by="cause", assignee="me")
    assert [(group["cause"], group["exceptions"]) for group in mine["groups"]] == [("cost_differs", 1)]
    assert (mine["counts"]["mine"], mine["counts"]["my_teams"]) == (1, 0)
    (row,) = [row for row in await listed(world, held) if row["sequence"] == "1"]
    assert (row["assignee"]["name"], row["assigned_with_order"]) == ("Omar Diallo", False)
    entries = (await world.get("/supply/events", object_type="exception", object_id=first["id"]))["rows"]
    (entry,) = [one for one in entries if one["kind"] == "matter.assigned"]
    assert (entry["log"], entry["people"]) == ("audit", {str(omar.id): "Omar Diallo"})
    assert entry["correlation_id"] == f"order:{held['id']}"
    await give(world.owner, first)
    assert await inbox(operator) == []


async def test_what_nobody_was_given_is_with_whoever_has_the_order(
    world: World, held: Json, rows: list[Json], operator: Browser
) -> None:
    omar, sam = operator.person, world.people["supply_manager"]  # type: ignore[attr-defined]
    team = await make_team(world, omar.id)
    await act(world.owner, "PUT", f"/supply/orders/{held['id']}/assignee", json={"team_id": team["id"]})
    await give(world.owner, rows[1], person_id=sam.id)
    assert await theirs(world, operator, "my_team", held) == ["1"]
    assert await theirs(world, operator, team["id"], held) == ["1"]
    assert await theirs(world, world.manager, "me", held) == ["2"]
    assert await theirs(world, world.owner, "none", held) == []
    shown = {
        row["sequence"]: (row["assignee"]["name"], row["assigned_with_order"]) for row in await listed(world, held)
    }
    assert shown == {"1": (team["name"], True), "2": ("Sam Keller", False)}
    answer = await act(world.owner, "GET", "/supply/exceptions?assignee=somebody", 422)
    assert answer["errors"][0]["pointer"] == "/assignee"
    await give(world.owner, rows[1])
    await act(world.owner, "DELETE", f"/administration/teams/{team['id']}")


async def test_several_are_given_at_once_and_only_to_who_may_resolve_them(
    world: World, held: Json, rows: list[Json], operator: Browser
) -> None:
    reading, omar = world.people["analyst"].id, operator.person  # type: ignore[attr-defined]
    ids = [row["id"] for row in rows]
    for method, path, more in (
        ("PUT", at(rows[0], "assignee"), {}),
        ("POST", "/supply/exceptions/assignments", {"ids": ids}),
    ):
        refused = await act(world.owner, method, path, 422, json={"person_id": str(reading)} | more)
        assert refused["errors"][0]["code"] == "only_reads"
    assert {
        one["resolves"] for one in (await world.get("/supply/colleagues"))["people"] if one["id"] == str(reading)
    } == {False}
    body = {"ids": [*ids, str(uuid4())], "person_id": str(omar.id)}
    found = (await act(world.owner, "POST", "/supply/exceptions/assignments", json=body))["results"]
    assert sorted((one["ok"], one["problem"] and one["problem"]["code"]) for one in found) == [
        (False, "not_found"), (True, None), (True, None),
    ]  # fmt: skip
    assert await theirs(world, operator, "me", held) == ["1", "2"]
    await act(world.analyst, "POST", "/supply/exceptions/assignments", 403, json={"ids": ids})
    await act(world.owner, "POST", "/supply/exceptions/assignments", json={"ids": ids})


async def test_another_workspace_and_who_sees_only_a_part_find_nothing(
    world: World, held: Json, rows: list[Json]
) -> None:
    note = {"body": "About Borealis", "mentions": []}
    await act(world.owner, "POST", at(rows[1], "notes"), 201, json=note)
    for what, method, body in (
        ("teamwork", "GET", None),
        ("notes", "POST", note),
        ("assignee", "PUT", {}),
        ("tags", "PUT", {"tags": []}),
    ):
        await act(world.stranger, method, at(rows[1], what), 404, json=body)
    async with reader(world, Scope(brands=("Aurea",))) as part:
        await act(part, "GET", at(rows[1], "teamwork"), 404)
        shown = await act(part, "GET", at(rows[0], "teamwork"))
        assert shown["notes"] == []
        (person,) = await world.rows(
            "select user_id from memberships where scope is not null order by created_at desc limit 1"
        )
        who = str(person["user_id"])
        mention = note | {"mentions": [{"type": "person", "id": who}]}
        hidden = await act(world.owner, "POST", at(rows[1], "notes"), 201, json=mention)
        named = [{one["id"] for one in each["seen_by"]} for each in (shown, hidden)]
        assert (who in named[0], who in named[1]) == (True, False)
        assert named[1] < named[0], "and of another workspace there is nobody"
        assert str(world.people["stranger"].id) not in named[0]
        refused = await act(world.owner, "PUT", at(rows[1], "assignee"), 422, json={"person_id": who})
        assert refused["errors"][0]["code"] == "outside_scope"
        assert await inbox(part) == []
        await act(world.owner, "POST", at(rows[0], "notes"), 201, json=mention | {"body": "About Aurea"})
        assert [told["facts"]["text"] for told in await inbox(part)] == ["About Aurea"]
        await act(part, "POST", at(rows[0], "notes"), 201, json={"body": "I see it", "mentions": []})


async def test_an_exception_of_two_brands_is_for_those_who_see_both(world: World) -> None:
    """The order's own cause, whose rows speak of all its lines: also what is said of it, by the row policies themselves."""
    aurea, borealis = await world.item(5000, brand="Aurea"), await world.item(5000, brand="Borealis")
    order = await world.arrive(aurea.line(24, net_cost="6.10"), borealis.line(12, net_cost="6.10"))
    await world.rows(
        """insert into exceptions (id, cause, key, purchase_order_id, evidence, severity, owner_role, state, until_change, brands, marketplace_id,
            vendor_code) select gen_random_uuid(), 'over_limit', cast(id as text), id, '{"values": {}}', 'info',
            'supply_manager', 'open', false, brands, marketplace_id, vendor_code from purchase_orders where id = $1""",
        UUID(order["id"]),
    )
    (whole,) = [row for row in await listed(world, order) if row["cause"] == "over_limit"]
    async with reader(world, Scope(brands=("Aurea",))) as part:
        (person,) = await world.rows(
            "select user_id from memberships where scope is not null order by created_at desc limit 1"
        )
        mention = {"body": "Both", "mentions": [{"type": "person", "id": str(person["user_id"])}]}
        await act(world.owner, "POST", at(whole, "notes"), 201, json=mention)
        await act(part, "GET", at(whole, "teamwork"), 404)
        assert await inbox(part) == []
    for brands, seen in ((("Aurea",), 0), (("Aurea", "Borealis"), 1)):
        async with tenant_session(world.organization_id, Scope(brands=brands)) as session:
            found = await session.scalar(
                text("select count(*) from matters where object_id = :id"), {"id": whole["id"]}
            )
            assert found == seen


async def test_a_mention_says_the_words_and_a_note_taken_away_takes_them_along(
    world: World, rows: list[Json], operator: Browser
) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    words = "@Omar Diallo <b>the cost</b> is agreed,\n\n see the mail of " + "our buyer " * 60
    body = {"body": words, "mentions": [{"type": "person", "id": str(omar.id)}]}
    shown = await act(world.analyst, "POST", at(rows[0], "notes"), 201, json=body)
    (told,) = [item for item in await inbox(operator) if item["notice"] == "mentioned"]
    said = told["facts"]["text"]
    assert said.startswith("@Omar Diallo <b>the cost</b> is agreed, see the mail")
    assert (len(said) <= EXCERPT, said.endswith("…")) == (True, True)
    note = shown["notes"][-1]
    await act(world.owner, "DELETE", f"{at(rows[0], 'notes')}/{note['id']}", 403)
    await act(world.analyst, "DELETE", f"{at(rows[0], 'notes')}/{note['id']}")
    (told,) = [item for item in await inbox(operator) if item["notice"] == "mentioned"]
    assert "text" not in told["facts"]
    assert (
        await world.rows("select count(*) as n from notifications where facts ? 'text' and version = $1", note["id"])
    )[0]["n"] == 0
    await act(operator, "POST", "/notifications/readings", json={})


async def test_tags_and_files_are_the_exceptions_own(world: World, held: Json, rows: list[Json]) -> None:
    made = await act(
        world.owner, "POST", "/administration/tags", 201, json={"name": "Buyer asked", "colour": "caution"}
    )
    (tag,) = [one for one in made["tags"] if one["name"] == "Buyer asked"]
    await act(world.manager, "PUT", at(rows[0], "tags"), json={"tags": [tag["id"]]})
    large = PDF + b"%" * (2 << 20)  # more than any other request may hold
    shown = await act(world.manager, "POST", f"{at(rows[0], 'attachments')}?file_name=mail.pdf", 201, content=large)
    (file,) = shown["files"]
    back = await act(world.analyst, "GET", f"{at(rows[0], 'attachments')}/{file['id']}")
    assert back.content == large
    await act(world.analyst, "GET", f"{at(rows[1], 'attachments')}/{file['id']}", 404)
    await act(world.analyst, "DELETE", f"{at(rows[0], 'attachments')}/{file['id']}", 403)
    (row,) = [row for row in await listed(world, held) if row["sequence"] == "1"]
    assert ([one["name"] for one in row["tags"]], row["files"]) == (["Buyer asked"], 1)
    assert (await world.get(f"/supply/orders/{held['id']}/teamwork"))["files"] == []
    export = await act(world.owner, "POST", "/supply/exceptions/exports", 202, json={})
    await world.turn()
    table = await world.owner.get(world.owner.at(f"/exports/{export['id']}/file"))
    assert "Buyer asked" in table.text
    await act(world.manager, "DELETE", f"{at(rows[0], 'attachments')}/{file['id']}")
    await act(world.owner, "DELETE", f"/administration/tags/{tag['id']}")


async def test_who_is_away_is_not_waited_for(world: World, held: Json, rows: list[Json], operator: Browser) -> None:
    omar, sam = operator.person, world.people["supply_manager"]  # type: ignore[attr-defined]
    await give(world.owner, rows[0], person_id=omar.id)
    now = datetime.now(UTC)
    absence = {
        "from_at": now.isoformat(), "until_at": (now + timedelta(days=2)).isoformat(), "substitute_id": str(sam.id),
    }  # fmt: skip
    await act(operator, "PUT", "/administration/absence", json=absence)
    await world.turn()
    (told,) = [item for item in await inbox(world.manager) if item["notice"] == "assigned"]
    assert (told["label"], told["instead_of"]) == (f"{held['po_number']}/1", "Omar Diallo")
    assert await theirs(world, world.manager, "me", held) == ["1"]
    await act(operator, "DELETE", "/administration/absence")
    assert await theirs(world, world.manager, "me", held) == []
    await give(world.owner, rows[0])


async def test_it_stays_through_new_findings_is_over_when_resolved_and_goes_with_its_exception(
    world: World, operator: Browser
) -> None:
    omar = operator.person  # type: ignore[attr-defined]
    item = await world.item(500)
    order = await world.arrive(item.line(24, net_cost="6.10"))
    (row,) = await listed(world, order)
    await give(world.owner, row, person_id=omar.id)
    await act(world.owner, "POST", at(row, "notes"), 201, json={"body": "Keep", "mentions": []})
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "net_cost": "6.05"}])
    await world.poll()
    (again,) = await listed(world, order)
    assert again["message"] != row["message"], "its keeper found other values"
    assert (again["id"], again["assignee"]["name"], again["notes"]) == (row["id"], "Omar Diallo", 1)
    assert await fix(world, "accept_cost", [again]) == [(True, None)]
    assert [told for told in await inbox(operator) if told["notice"] == "assigned"] == []
    (done,) = [told for told in await inbox(operator, "done") if told["notice"] == "assigned"]
    assert done["resolved"]
    shown = await act(world.owner, "GET", at(row, "teamwork"))
    assert [note["body"] for note in shown["notes"]] == ["Keep"]
    await world.rows("delete from exceptions where id = $1", UUID(row["id"]))
    async with tenant_session(world.organization_id) as session:
        await schedule(session, HOUSEKEEPING, "daily")
    await world.turn()
    assert await world.rows("select 1 from matters where object_id = $1", row["id"]) == []


def test_a_note_is_cut_after_a_word_with_an_ellipsis() -> None:
    assert excerpt("  short\n note ") == "short note"
    cut = excerpt("word, " * 100)
    assert (cut[-2:], len(cut) <= EXCERPT) == ("d…", True)
    assert excerpt("x" * 500) == "x" * (EXCERPT - 1) + "…"


def test_a_mail_quotes_the_note_and_leads_to_the_exception() -> None:
    line = line_of(
        slug="lumea", notice="mentioned", object_type="exception", object_id="7", label="4K8QX2PD/3",
        facts={"by": "Nora Petit", "text": "Please look"}, due_at=None, zone="UTC", locale="fr",
    )  # fmt: skip
    assert line.words == "Nora Petit vous mentionne au sujet de l’exception de 4K8QX2PD/3."
    assert (line.quote, line.page.endswith("/lumea/supply/exceptions?exception=7")) == ("Please look", True)
