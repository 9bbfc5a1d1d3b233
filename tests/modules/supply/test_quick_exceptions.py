"""The quick way to the Exceptions list says, field by field, what its route says; nobody sees more by it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from factories import Browser
from modules.supply import both_ways
from modules.supply.both_ways import ROUTE_ONLY, plain, reader
from modules.supply.world import Json, World
from oktee.access.scope import Scope
from oktee.kit.database import new_id
from oktee.modules.supply.exceptions import list_json, wire
from oktee.modules.supply.exceptions.causes import CAUSES
from oktee.modules.supply.quick import read_exceptions_question
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from pydantic import TypeAdapter

PATH = "/supply/exceptions"


@pytest.fixture(scope="module")
async def listed(shared: World) -> list[Json]:
    """Exceptions of lines, orders and rules; given to people and teams, tagged, noted on, snoozed, resolved."""
    aurea, other = await shared.item(500, brand="Aurea"), await shared.item(500, brand="Borealis")
    french = await shared.item(500, brand="Aurea", code="LUMF1")
    stray = {
        "asin": "B0QUICKEX1",
        "vendor_product_identifier": "NOBODY",
        "quantity": 24,
        "net_cost": "6.20",
        "uom": "Eaches",
    }
    numbers = [
        await shared.place(aurea.line(24, net_cost="6.10"), other.line(12, net_cost="6.15"), aurea.line(36)),
        await shared.place(french.line(36, net_cost="6.10"), code="LUMF1"),
        await shared.place(stray | {"backorder": False}, other.line(12)),
        await shared.place(other.line(48)),
        await shared.place(aurea.line(12, net_cost="6.10")),
    ]
    await shared.poll()
    made = [await shared.order(number) for number in numbers]
    await shared.confirmed(made[3])
    await shared.change(numbers[3], lines=[{"item_sequence_number": "1", "quantity": 60}])
    await shared.poll()
    rows: list[Json] = (await shared.get(PATH, limit=500))["rows"]
    (first, *_), owner = rows, shared.owner
    mine = [row for row in rows if row["order_id"] == made[0]["id"]]
    manager = {"person_id": str(shared.people["supply_manager"].id)}
    for path, body in (
        (f"/supply/orders/{made[0]['id']}/assignee", manager),
        (f"{PATH}/{mine[0]['id']}/assignee", {"person_id": str(shared.people["owner"].id)}),
    ):
        done = await owner.put(owner.at(path), json=body)
        assert done.status_code == 200, done.text
    for name in ("z tag", 'a "tag" \\'):
        tags = await owner.post(owner.at("/administration/tags"), json={"name": name, "colour": "caution"})
    body = {"tags": [tag["id"] for tag in tags.json()["tags"]]}
    assert (await owner.put(owner.at(f"{PATH}/{first['id']}/tags"), json=body)).status_code == 200
    note = {"body": "seen", "mentions": []}
    assert (await owner.post(owner.at(f"{PATH}/{first['id']}/notes"), json=note)).status_code == 201
    gone = [row["id"] for row in rows if row["order_id"] == made[4]["id"]]
    fixed = await owner.post(owner.at(f"{PATH}/actions"), json={"fix": "accept_cost", "ids": gone})
    assert fixed.status_code == 200, fixed.text
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    snoozed = await owner.post(owner.at(f"{PATH}/snooze"), json={"ids": [mine[1]["id"]], "until": later})
    assert snoozed.status_code == 200, snoozed.text
    await shared.turn()
    subjects: tuple[tuple[str, str | None, Json], ...] = (
        ("rule_moved", None, {"rule_id": str(STANDARD_ID)}),
        ("rule_moved", None, {"rule_id": str(new_id())}),
        ("same_override", None, {"rule_id": str(STANDARD_ID), "change": "more", "sku": aurea.sku}),
        ("asked_twice", made[0]["id"], {"lines": ["1", "3"]}),
        ("unlike", made[2]["id"], {}),
    )
    for n, (cause, order_id, subject) in enumerate(subjects):
        await shared.db.execute(
            "insert into exceptions (organization_id, id, cause, key, purchase_order_id, evidence, severity, owner_role, "
            "due_at, marketplace_id, vendor_code, state, snoozed_until, until_change) values ($1, $2, $3, $4, $5, $6::text::jsonb, "
            "'warning', 'supply_manager', $7, $8, 'LUMD1', $9, $10, false)",
            shared.organization_id, new_id(), cause, f"seeded {n}", order_id,
            TypeAdapter(Any).dump_json({"subject": subject, "message": "supply.x", "values": {"n": {"v": None}}}).decode(),
            datetime(2026, 12, 1, 8, 0, 0, 250_000, tzinfo=UTC) if n % 2 else None,
            "A1PA6795UKMFR9" if n else "A0UNKNOWN", "snoozed" if n == 1 else "open",
            datetime.now(UTC) - timedelta(hours=1) if n == 1 else None,
        )  # fmt: skip
    plain_ones = 'update exceptions set evidence = \'{"message": ""}\', due_at = null where id = $1'
    await shared.db.execute(plain_ones, rows[-1]["id"])
    return rows


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[list_json.Asked]:
    """What the quick way answered."""
    answered: list[list_json.Asked] = []
    made = list_json.body_of

    def noted(asked: list_json.Asked, found: Any) -> bytes:
        answered.append(asked)
        return made(asked, found)

    monkeypatch.setattr(list_json, "body_of", noted)
    return answered


async def same(browser: Browser, quick: list[list_json.Asked], query: Json) -> Json:
    """Asked both ways, a page at a time, until there is no next one: the rows of all pages, or the groups."""
    after: Json = {}
    rows: list[Json] = []
    while True:
        before = len(quick)
        short = await both_ways.ask(browser, PATH, query | after)
        assert len(quick) == before + 1, f"{query} went by the route"
        whole = await both_ways.ask(browser, PATH, query | after | ROUTE_ONLY)
        assert len(quick) == before + 1
        assert plain(short) == plain(whole)
        assert [list(row) for row in short["rows"]] == [list(row) for row in whole["rows"]]
        assert list(short) == list(whole)
        assert list(short["counts"]) == list(whole["counts"])
        assert (short["next"] is None) == (whole["next"] is None)
        TypeAdapter(wire.ExceptionList).validate_python(short)
        rows += short["rows"]
        if short["next"] is None:
            return short | {"rows": rows}
        after = {"after": whole["next"] if len(quick) % 2 else short["next"]}  # each continues the other's pages


QUERIES: tuple[Json, ...] = (
    {},
    {"group_by": "cause"},
    {"limit": 4},
    {"state": "resolved", "limit": 1},
    {"state": "snoozed", "severity": "warning"},
    {"cause": "cost_differs", "vc": "LUMD1,LUMF1"},
    {"mp": "DE", "clock": "8_24h,overdue"},
    {"brand": "Aurea", "group_by": "cause"},
    {"assignee": "me"},
    {"assignee": "my_team,none", "group_by": "cause"},
)


@pytest.mark.parametrize("scope", [None, Scope(brands=("Aurea",)), Scope(marketplaces=("A13V1IB3VIYZZH",))])
async def test_both_ways_say_the_same(
    world: World, listed: list[Json], quick: list[list_json.Asked], scope: Scope | None
) -> None:
    async with reader(world, scope) as browser:
        for query in QUERIES if scope is None else QUERIES[:2]:
            found = await same(browser, quick, query)
            if not query:
                seen = found["rows"]
    if scope is None:
        assert len(seen) >= len(listed) + 2
        assert {"changed", "cost_differs", "no_match", "rule_moved"} <= {row["cause"] for row in seen}
        moved = [row["fixes"] for row in seen if row["cause"] == "rule_moved"]
        assert sorted(map(len, moved)) == [2, 3], "the standard rule is not paused"
        assert {row["assigned_with_order"] for row in seen} == {True, False}
        assert any(len(row["tags"]) == 2 and row["notes"] == 1 for row in seen)
    else:
        everything = await world.db.fetchval("select count(*) from exceptions where state <> 'resolved'")
        assert 0 < len(seen) < everything


async def test_whose_work_is_theirs_is_said_by_the_statement(
    world: World, listed: list[Json], quick: list[list_json.Asked]
) -> None:
    """The analyst stands in for the manager, who stands in for the owner: both ways count the same, also when one is back."""
    away = (
        "insert into absences (organization_id, user_id, from_at, until_at, substitute_id) "
        "values ($1, $2, now() - interval '1 hour', now() + interval '1 hour', $3)"
    )
    owner, manager = world.people["owner"].id, world.people["supply_manager"].id
    for browser in (world.manager, world.analyst):
        await browser.get(browser.at("/supply/orders/summary"))  # the first visit is noted by a route
    before = (await same(world.manager, quick, {}))["counts"]["mine"]
    await world.db.execute(away, world.organization_id, owner, manager)
    with_owner = await same(world.manager, quick, {"assignee": "me"})
    assert with_owner["counts"]["mine"] >= before
    assert len({row["assignee"]["name"] for row in with_owner["rows"]}) == 2
    await world.db.execute(away, world.organization_id, manager, world.people["analyst"].id)
    assert (await same(world.manager, quick, {}))["counts"]["mine"] == before, "who is away stands in for nobody"
    chain = await same(world.analyst, quick, {"assignee": "me"})
    assert {row["assignee"]["name"] for row in chain["rows"]} == {row["assignee"]["name"] for row in with_owner["rows"]}
    await world.db.execute("delete from absences")


async def test_what_the_quick_way_does_not_know_is_answered_by_the_route(
    world: World, listed: list[Json], quick: list[list_json.Asked]
) -> None:
    async with reader(world) as browser:
        for wrong in (
            {"state": "x"}, {"cause": "x"}, {"limit": "501"}, {"limit": "x"}, {"assignee": "somebody"}, {"after": "x"},
            {"group_by": "x"},
        ):  # fmt: skip
            problem = await both_ways.ask(browser, PATH, wrong, 422)
            assert problem["errors"]
    async with reader(world, role="marketing_editor") as browser:
        assert (await both_ways.ask(browser, PATH, {}, 403))["code"] == "permission_missing"
    assert quick == []
    await world.stranger.get(world.stranger.at("/supply/orders/summary"))
    assert (await both_ways.ask(world.stranger, PATH, {}))["rows"] == []
    assert len(quick) == 1


def test_nothing_that_somebody_typed_stands_in_the_statement() -> None:
    words = {"mp": "DE", "clock": "under_2h", "vc": "TYPED2,TYPED3", "brand": "TYPED4", "severity": "TYPED5", "cause": "changed",
             "assignee": "00000000-7777-7000-8000-000000000077"}  # fmt: skip
    for more in ({}, {"group_by": "cause"}):
        question = read_exceptions_question(urlencode(words | more))
        assert question is not None
        made = question.statement(None)
        assert made is not None
        assert "TYPED" not in made.sql
        assert "7777" not in made.sql
        assert "IN ('A1PA6795UKMFR9" not in made.sql  # it stands there among all countries
        assert [word for word in ("A1PA6795UKMFR9", "TYPED2", "TYPED3") if word not in made.values] == []


async def test_every_cause_has_its_fixes(world: World, listed: list[Json], quick: list[list_json.Asked]) -> None:
    """One exception after the other is made one of each cause, as a hold and as something else."""
    columns = "evidence = evidence || jsonb_build_object('outcome', $2::text, 'message', $3::text)"
    for outcome, message in (
        ("holds", "supply.hold.line_value"),
        ("holds", "supply.price.by_weight"),
        ("asks", "supply.x"),
    ):
        seen: set[str] = set()
        ids = [row["id"] for row in listed]
        for n, cause in enumerate(CAUSES):
            await world.db.execute(
                f"update exceptions set cause = $4, {columns}, state = 'open' where id = $1",
                ids[n % len(ids)], outcome, message, cause,
            )  # fmt: skip
            if n % len(ids) == len(ids) - 1 or n == len(CAUSES) - 1:
                seen |= {row["cause"] for row in (await same(world.manager, quick, {}))["rows"]}
        assert seen == set(CAUSES)
