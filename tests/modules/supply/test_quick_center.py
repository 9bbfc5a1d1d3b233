"""The Command Center in one statement: every question in it gives the rows that it gives by itself; nobody sees more by it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from modules.supply import both_ways
from modules.supply.both_ways import plain, reader
from modules.supply.world import Json, World
from oktee.access.scope import Scope
from oktee.kit.clock import now
from oktee.kit.database import database
from oktee.kit.quick import TENANT, as_tenant, written
from oktee.modules.supply.command_center import screen
from oktee.modules.supply.command_center.answer import read
from oktee.modules.supply.command_center.questions import AT, Asked
from oktee.modules.supply.command_center.screen import CenterQuestion, read_center_question
from oktee.modules.supply.command_center.wire import CommandCenter

PATH = "/supply/command-center"
TWICE = {"by_the_route": "1"}
FILTERS: tuple[Json, ...] = (
    {},
    {"brand": "Aurea", "mp": "DE,FR"},
    {"assignee": "me"},
    {"assignee": "none", "vc": "LUMD1"},
)
SCOPES = (None, Scope(brands=("Aurea",)), Scope(marketplaces=("A13V1IB3VIYZZH",)))


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


@pytest.fixture(scope="module")
async def seeded(shared: World) -> AsyncIterator[list[Json]]:
    """Orders of every lane and of some weeks, two currencies' worth of brands; held, given away, tagged, sent, answered
    elsewhere, changed; a paused vendor code, a circuit, an old warehouse and one below zero."""
    mine, theirs = await shared.item(60, brand="Aurea"), await shared.item(5000, brand="Borealis")
    french = await shared.item(500, brand="Aurea", code="LUMF1")
    numbers = [
        await shared.place(mine.line(48), theirs.line(24), placed_at=ago(25)),
        await shared.place(mine.line(12, net_cost="6.10"), theirs.line(12), placed_at=ago(23)),
        await shared.place(theirs.line(36), placed_at=ago(20)),
        await shared.place(french.line(36), code="LUMF1"),
        await shared.place(theirs.line(60)),
        await shared.place(theirs.line(24), placed_at=ago(24 * 9)),
        await shared.place(theirs.line(48)),
    ]
    await shared.poll()
    made = [await shared.order(number) for number in numbers]
    await shared.confirmed(made[4])
    await shared.answer_elsewhere(numbers[6])
    await shared.poll()
    await shared.change(numbers[4], lines=[{"item_sequence_number": "1", "quantity": 30}])
    await shared.poll()
    owner = shared.owner
    for order, who in ((made[0], "supply_manager"), (made[1], "owner")):
        body = {"person_id": str(shared.people[who].id)}
        done = await owner.put(owner.at(f"/supply/orders/{order['id']}/assignee"), json=body)
        assert done.status_code == 200, done.text
    tags = await owner.post(owner.at("/administration/tags"), json={"name": 'a "tag" \\', "colour": "caution"})
    body = {"tags": [tag["id"] for tag in tags.json()["tags"]]}
    assert (await owner.put(owner.at(f"/supply/orders/{made[1]['id']}/tags"), json=body)).status_code == 200
    held = await owner.post(owner.at(f"/supply/orders/{made[2]['id']}/hold"), json={"reason": "l'été"})
    assert held.status_code == 200, held.text
    await shared.turn()
    statements = (
        "insert into automation_pauses (organization_id, connection_id, vendor_code, reason) select organization_id, id, 'LUMF1', "
        '\'{"message": "supply.pause.refused", "values": {"n": {"v": 2}}}\'::jsonb from connections where organization_id = $1',
        "update connections set circuits = jsonb_build_object('vendor_orders', jsonb_build_object('since', now(), 'failed_at', now())) where organization_id = $1",
        "update stock_balances set on_hand = -3 where organization_id = $1 and item_id = (select item_id from stock_balances "
        "where organization_id = $1 order by item_id limit 1)",
    )
    for statement in statements:
        await shared.db.execute(statement, shared.organization_id)
    yield made
    await shared.db.execute("delete from automation_pauses")
    await shared.db.execute("update connections set circuits = '{}'")


async def alone(asked: Asked, caller: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Each question by itself, as the driver reads its rows."""
    found = {}
    for name, part in asked.parts.items():
        statement = written(part.asked).having({AT: asked.statement.values[asked.statement.names.index(AT)]})
        count = len(statement.values)
        tenant = TENANT.format(f"${count + 1}::text", f"${count + 2}::text")
        sql = as_tenant(statement.sql, tenant, f"select ${count + 3}::uuid as id, ${count + 4}::text as zone")
        scope = caller.scope.to_json() if caller.scope else ""
        rows = await database.singles.rows(
            sql, *statement.values, str(caller.organization_id), scope, caller.user_id, caller.time_zone
        )
        found[name] = [tuple(row.values()) for row in rows]
    return found


def comparable(value: Any) -> Any:
    """The driver gives JSON as text and numbers of no kind of ours as decimals; the order of groups is nobody's."""
    if isinstance(value, str) and value[:1] in "{[":
        return orjson.loads(value)
    return float(value) if isinstance(value, int | float) or type(value).__name__ == "Decimal" else value


def sorted_rows(rows: list[Any]) -> list[Any]:
    return sorted(([comparable(value) for value in row] for row in rows), key=repr)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Asked, Any, Any]]:
    """Every statement that was answered, its row and who read it."""
    found: list[tuple[Asked, Any, Any]] = []

    def noted(asked: Asked, record: Any, caller: Any) -> Any:
        found.append((asked, record, caller))
        return read(asked, record, caller)

    monkeypatch.setattr(screen, "read", noted)
    return found


@pytest.mark.parametrize("scope", SCOPES)
async def test_each_question_gives_in_one_statement_what_it_gives_alone(
    world: World, seeded: list[Json], asked: list[Any], scope: Scope | None
) -> None:
    everything = 0
    async with reader(world, scope) as browser:
        for query in FILTERS if scope is None else FILTERS[:1]:
            short = await both_ways.ask(browser, PATH, query)
            whole = await both_ways.ask(browser, PATH, query | TWICE)
            assert list(short) == list(whole) == list(CommandCenter.model_fields)
            assert plain(short) == plain(whole), query
            (made, record, caller), (_, again, _) = asked[-2:]
            assert (caller.scope, set(record.keys()) >= set(again.keys())) == (scope, True)
            for name, rows in (await alone(made, caller)).items():
                found = made.parts[name].rows(record[f"list_{name}"])
                if name in ("told", "people"):  # to ask is noted, too
                    assert len(found) == len(rows), (query, name)
                else:
                    assert sorted_rows(found) == sorted_rows(rows), (query, name)
            everything = max(everything, len(short["needs_person"]))
            assert {row["order_id"] for row in short["needs"]} == {row["id"] for row in short["needs_person"]}
    mine = {order["id"] for order in seeded}
    assert everything == {None: 6, SCOPES[1]: 3, SCOPES[2]: 1}[scope]
    assert {row["id"] for row in (await world.get(PATH))["needs_person"]} <= mine
    if scope is None:
        page = await world.get(PATH)
        assert [lane["orders"] > 0 for lane in page["lanes"]] == [True] * 4
        assert {one["state"] for one in page["health"]} >= {"circuit_open", "below_zero"}
        assert [one["vendor_code"] for one in page["automation"]["paused"]] == ["LUMF1"]
        hands = [page["hands"][seeded[n]["id"]] for n in (0, 1)]
        assert [(one["assignee"]["type"], len(one["tags"])) for one in hands] == [("person", 0), ("person", 1)]
    stranger = await world.get(PATH, world.stranger)
    assert (stranger["orders_total"], stranger["needs_person"]) == (0, [])
    assert not mine & {event["object"]["id"] for event in stranger["happened"]}


def test_what_stands_in_a_statement_for_some_brands_is_read_by_nobody_with_others() -> None:
    def values(*brands: str) -> str:
        return str(CenterQuestion({}).statement(cast(Any, SimpleNamespace(scope=Scope(brands=brands)))).values)

    assert [("Aurea" in values(brand), "Borealis" in values(brand)) for brand in ("Aurea", "Borealis")] == [
        (True, False), (False, True)
    ]  # fmt: skip


async def test_the_longest_statement_is_kept_prepared(world: World, seeded: list[Json]) -> None:
    """The driver alone would keep no statement of this length, and PostgreSQL plan it for each reading."""
    async with reader(world) as browser:
        await both_ways.ask(browser, PATH, {})
    kept = await database.singles.row("select max(length(statement)) as longest from pg_prepared_statements")
    assert kept is not None
    assert kept["longest"] > 25_000


async def test_one_statement_answers_and_nobody_waits_for_whoever_changes_the_settings(
    world: World, seeded: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks and all that the page shows: one round trip; also while somebody holds the row of the settings."""
    sent: list[str] = []
    ran = type(database.singles)._run

    async def counted(self: Any, how: str, sql: str, values: tuple[Any, ...]) -> Any:
        sent.append(sql)
        return await ran(self, how, sql, values)

    monkeypatch.setattr(type(database.singles), "_run", counted)
    async with reader(world) as browser:
        await both_ways.ask(browser, PATH, {"mp": "FR,DE"})
        del sent[:]
        async with world.db.transaction():
            await world.db.execute("select 1 from module_settings for update")
            await both_ways.ask(browser, PATH, {"mp": "FR,DE"})
            assert len(sent) == 1
            await both_ways.ask(browser, PATH, {"mp": "FR,DE"} | TWICE)


async def test_what_cannot_be_read_is_refused_by_the_route(world: World, seeded: list[Json], asked: list[Any]) -> None:
    async with reader(world) as browser:
        for wrong in ({"mp": "XX"}, {"assignee": "somebody"}, {"assignee": "x" * 401}):
            assert (await both_ways.ask(browser, PATH, wrong, 422))["errors"]
    async with reader(world, role="marketing_editor") as browser:
        assert (await both_ways.ask(browser, PATH, {}, 403))["code"] == "permission_missing"
    assert asked == []


def test_nothing_that_somebody_typed_stands_in_the_statement() -> None:
    words = {"mp": "DE", "vc": "TYPED1", "brand": "TYPED2", "assignee": "00000000-7777-7000-8000-000000000077"}
    question = read_center_question(words)
    assert isinstance(question, CenterQuestion)
    made = question.statement(None)
    assert not any(word in made.sql for word in ("TYPED", "7777"))
    assert UUID(words["assignee"]) in made.values
    assert read_center_question(words | {"filter[brand]": "x"}) is None
    assert made.values[made.names.index(AT)] <= now()
