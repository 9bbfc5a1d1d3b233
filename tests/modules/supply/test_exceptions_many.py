"""Exceptions in numbers: filtered, fixed by their filter, handed to a worker, taken out as a file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from modules.supply.world import Json, World, as_shown
from oktee.kit.database import tenant_session
from oktee.modules.supply.desk.bulk import runs
from oktee.modules.supply.exceptions import fixing, many, words
from oktee.modules.supply.exceptions.causes import CAUSES
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import MOST, MOST_SHOWN, ActionIn
from oktee.web import BODY_LIMIT
from sqlalchemy import func, select

COST = {"cause": "cost_differs"}
LOCALES = Path(__file__).parents[3] / "frontend/src/locales"


@pytest.fixture(scope="module")
async def held(shared: World) -> list[Json]:
    """Six orders whose cost is below the agreed one, of two products."""
    first, second = await shared.item(5000), await shared.item(5000)
    for n in range(6):
        await shared.place((first if n % 2 else second).line(24, net_cost="6.10"))
    await shared.poll()
    rows: list[Json] = (await shared.get("/supply/exceptions", limit=100, **COST))["rows"]
    assert len(rows) == 6
    return rows


async def act(world: World, body: Json, browser: Any = None) -> Any:
    browser = browser or world.manager
    return await browser.post(browser.at("/supply/exceptions/actions"), json=body)


async def test_the_list_is_filtered_by_what_is_left_of_the_clock_and_by_brand(world: World, held: list[Json]) -> None:
    day = await world.get("/supply/exceptions", clock="8_24h", **COST)
    assert {row["id"] for row in day["rows"]} == {row["id"] for row in held}
    assert (await world.get("/supply/exceptions", clock="overdue,under_2h", **COST))["rows"] == []
    assert (await world.get("/supply/exceptions", brand="Nobody", **COST))["rows"] == []
    refused = await world.owner.get(world.owner.at("/supply/exceptions?clock=soon"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/clock")
    wrong = await world.owner.get(world.owner.at("/supply/exceptions?state=gone"))
    assert wrong.status_code == 422


async def test_a_fix_is_for_a_filter_with_as_many_as_were_counted(world: World, held: list[Json]) -> None:
    as_of = (await world.get("/supply/exceptions", group_by="cause"))["as_of"]
    body = {"fix": "accept_cost", "filter": {"cause": "cost_differs"}, "expected_count": 5, "as_of": as_of}
    moved = await act(world, body)
    assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
    blind = await act(world, body | {"fix": "decide_again", "filter": {}, "expected_count": 6})
    assert blind.status_code == 422, "a fix is for one cause"
    dateless = await act(world, body | {"as_of": None, "expected_count": 6})
    assert dateless.status_code == 422, "of which list?"
    both = await act(world, body | {"ids": [held[0]["id"]]})
    assert both.status_code == 422
    unseen = await act(world, body | {"fix": "backorder", "at": "2030-01-01T12:00:00Z", "expected_count": 6})
    assert (unseen.status_code, unseen.json()["errors"][0]["pointer"]) == (422, "/ids")
    assert len((await world.get("/supply/exceptions", **COST))["rows"]) == 6


async def test_a_fix_takes_what_was_shown_and_nothing_that_came_or_changed_since(
    world: World, held: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_of = (await world.get("/supply/exceptions", group_by="cause"))["as_of"]
    changed, *rest = held
    body = {"fix": "accept_cost", "filter": {"cause": "cost_differs"}, "as_of": as_of}
    one = UUID(changed["id"])
    before = await world.db.fetchval("select updated_at from exceptions where id = $1", one)
    await world.db.execute("update exceptions set updated_at = now() where id = $1", one)
    try:
        # One of six changed: neither all that match now, nor five that nobody named, nor the one by its name.
        moved = await act(world, body | {"expected_count": 6})
        assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
        named = await act(world, {"fix": "accept_cost", "ids": [changed["id"]], "as_of": as_of})
        assert [one["code"] for one in named.json()["results"]] == ["exception_changed"]
        assert await world.db.fetchval("select count(*) from order_approvals") == 0
        # Handed to a worker, it is looked at again when its turn comes.
        monkeypatch.setattr(many, "AT_ONCE", 0)
        took = await act(world, {"fix": "accept_cost", "ids": [changed["id"]], "as_of": as_of})
        await world.turn()
        progress = await world.get(f"/supply/exceptions/actions/{took.json()['operation_id']}", world.manager)
        assert [one["code"] for one in progress["refused"]] == ["exception_changed"]
        assert len((await world.get("/supply/exceptions", **COST))["rows"]) == len(held)
        # Six match when one more has come and one has gone; five of them were shown, and they are not six.
        await world.db.execute("update exceptions set state = 'resolved' where id = $1", UUID(rest[0]["id"]))
        others = await act(world, body | {"expected_count": 5})
        assert (others.status_code, others.json()["code"]) == (409, "count_moved")
    finally:
        await world.db.execute("update exceptions set updated_at = $2 where id = $1", one, before)
        await world.db.execute("update exceptions set state = 'open' where id = $1", UUID(rest[0]["id"]))


async def test_a_change_is_dated_when_it_is_written_however_long_its_transaction_lasted(
    world: World, held: list[Json]
) -> None:
    async with tenant_session(world.organization_id) as session:
        began = await session.scalar(select(func.now()))
        as_of = datetime.fromisoformat((await world.get("/supply/exceptions", **COST))["as_of"])
        row = await session.get_one(OrderException, UUID(held[0]["id"]))
        row.evidence = row.evidence | {"outcome": "x"}
        await session.flush()
        await session.refresh(row)
        assert began < as_of < row.updated_at
        await session.rollback()


async def test_a_worker_stops_where_the_person_may_no_longer_do_it(
    world: World, held: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 1)
    person = world.people["supply_manager"].id
    took = await act(world, {"fix": "decide_again", "ids": [row["id"] for row in held]})
    assert took.status_code == 202, took.text
    done: list[Any] = []
    fix = many.apply_fix

    async def one_and_then_removed(*args: Any, **more: Any) -> Any:
        done.append(results := await fix(*args, **more))
        await world.db.execute("update memberships set state = 'suspended' where user_id = $1", person)
        return results

    monkeypatch.setattr(many, "apply_fix", one_and_then_removed)
    try:
        await world.turn()
    finally:
        await world.db.execute("update memberships set state = 'active' where user_id = $1", person)
    assert len(done) == 1
    progress = await world.get(f"/supply/exceptions/actions/{took.json()['operation_id']}", world.manager)
    assert (progress["state"], progress["done"]) == ("failed", 2)
    assert [one["code"] for one in progress["refused"]] == ["forbidden"]
    assert "Sam Keller" in progress["refused"][0]["detail"]


async def test_what_went_before_a_worker_died_is_not_told_as_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 1)
    item = await world.item(5000, code="LUMF1")
    for _ in range(2):
        await world.place(item.line(24, net_cost="6.10"), code="LUMF1")
    await world.poll()
    rows = (await world.get("/supply/exceptions", limit=100, mp="FR", **COST))["rows"]
    assert len(rows) == 2
    took = await act(world, {"fix": "accept_cost", "ids": [row["id"] for row in rows]})
    assert took.status_code == 202, took.text
    advance, died = runs.operations.advance, []

    async def die(*args: Any, **more: Any) -> Any:
        if not died:
            died.append(True)
            raise RuntimeError("the process ends here")
        return await advance(*args, **more)

    monkeypatch.setattr(runs.operations, "advance", die)
    await world.turn()
    assert died
    await world.db.execute("update work set due_at = now(), lease_until = null where kind = $1", many.BULK_FIX.name)
    await world.turn()
    progress = await world.get(f"/supply/exceptions/actions/{took.json()['operation_id']}", world.manager)
    assert (progress["state"], progress["done"], progress["refused"]) == ("done", len(rows), [])


async def test_a_file_says_what_the_list_shows_in_the_readers_words(world: World, held: list[Json]) -> None:
    body = {"filter": {"cause": "cost_differs"}, "words": "Cost differs"}
    path = world.analyst.at("/supply/exceptions/exports")
    made = await world.analyst.post(path, json=body)
    assert (made.status_code, made.json()["total"]) == (202, 6)
    raw = await world.analyst.post(path, json=body | {"style": "raw"})
    await world.turn()
    listed = {one["id"]: one for one in (await world.get("/exports", world.analyst))["rows"]}
    assert listed[made.json()["id"]] | {"state": "done", "rows": 6, "kind": "exceptions"} == listed[made.json()["id"]]

    async def table(export: Any) -> list[list[str]]:
        file = await world.analyst.get(world.analyst.at(f"/exports/{export.json()['id']}/file"))
        return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))

    shown, machine = await table(made), await table(raw)
    assert shown[0][:4] == ["Cause", "Severity", "State", "Order"]
    assert {tuple(row[:3]) for row in shown[1:]} == {("Cost differs", "Needs a decision", "Open")}
    assert {row[3] for row in shown[1:]} == {row["po_number"] for row in held}
    assert machine[0][0] == "cause"
    assert {row[0] for row in machine[1:]} == {"cost_differs"}
    kinds = await world.db.fetch("select kind from journal_entries where log = 'audit' and object_label = 'exceptions'")
    assert {row["kind"] for row in kinds} == {"list.exported"}
    foreign = await world.stranger.get(world.stranger.at(f"/exports/{made.json()['id']}/file"))
    assert foreign.status_code == 404


async def test_more_than_a_worker_leaves_to_the_moment_are_an_operation(
    world: World, held: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 3)
    gone = held[0]
    await act(world, {"fix": "note", "ids": [gone["id"]], "note": "agreed"})
    took = await act(world, {"fix": "accept_cost", "ids": [row["id"] for row in held]})
    assert took.status_code == 202, took.text
    operation = took.json()["operation_id"]
    assert took.headers["location"].endswith(f"/operations/{operation}")
    path = f"/supply/exceptions/actions/{operation}"
    foreign = await world.owner.get(world.owner.at(path))
    assert foreign.status_code == 404, "somebody else's act"
    await world.turn()
    progress = await world.get(path, world.manager)
    assert (progress["state"], progress["done"], progress["total"]) == ("done", 6, 6)
    assert [(one["id"], one["code"], one["po_number"]) for one in progress["refused"]] == [
        (gone["id"], "exception_gone", gone["po_number"])
    ]
    assert (await world.get("/supply/exceptions", **COST))["rows"] == []
    today = await world.get("/supply/exceptions", state="resolved", since="midnight", limit=3, **COST)
    assert (len(today["rows"]), today["next"] is None) == (3, False)
    rest = await world.get(
        "/supply/exceptions", state="resolved", since="midnight", limit=3, after=today["next"], **COST
    )
    assert {row["id"] for row in [*today["rows"], *rest["rows"]]} == {row["id"] for row in held}
    later = await world.get("/supply/exceptions", state="resolved", since="2999-01-01T00:00:00+00:00", **COST)
    assert later["rows"] == []


async def test_a_fix_that_sends_carries_what_was_seen_of_each_to_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 1)
    known = await world.item(500)
    orders = [await world.confirmed(await world.arrive(known.line(24))) for _ in range(2)]
    for order in orders:
        await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 36}])
    await world.poll()
    rows = (await world.get("/supply/exceptions", cause="changed"))["rows"]
    rows = [row for row in rows if row["order_id"] in {order["id"] for order in orders}]
    assert len(rows) == 2
    shown = as_shown(rows)
    shown[0] = shown[0] | {"revision": shown[0]["revision"] - 1}
    body = {"fix": "accept_change", "ids": [row["id"] for row in rows], "shown": shown}
    took = await act(world, body)
    assert took.status_code == 202, took.text
    await world.turn()
    progress = await world.get(f"/supply/exceptions/actions/{took.json()['operation_id']}", world.manager)
    assert [(one["code"]) for one in progress["refused"]] == ["order_changed"]
    answers = {row["order_id"]: len((await world.again({"id": row["order_id"]}))["answers"]) for row in rows}
    assert sorted(answers.values()) == [1, 2], "one was sent as it was seen, the other was not sent at all"


async def test_a_rush_order_has_amazons_clock_here_too_and_its_own_limit_beside_it(world: World) -> None:
    item = await world.item(500, code="LUMI1")
    placed = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    line = item.line(24, net_cost="6.10")
    rush = await world.arrive(line, code="LUMI1", order_type="RushOrder", placed_at=placed)
    listed = await world.row(rush["po_number"])
    rows = (await world.get("/supply/exceptions", mp="IT"))["rows"]
    clocks = [datetime.fromisoformat(listed[name]) for name in ("deadline_at", "hold_due_at")]
    for row in rows:
        assert [datetime.fromisoformat(row[name]) for name in ("due_at", "hold_due_at")] == clocks
    assert datetime.fromisoformat(rows[0]["hold_due_at"]) < datetime.now(UTC)
    groups = (await world.get("/supply/exceptions", mp="IT", group_by="cause"))["groups"]
    assert {datetime.fromisoformat(group["first_due_at"]) for group in groups} == {clocks[0]}


async def test_of_many_orders_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Json] = []

    async def hear(_: Any, topic: str, **data: str) -> None:
        assert topic == "exception.changed"
        said.append(data)

    monkeypatch.setattr(fixing, "publish", hear)
    session: Any = None
    rows = [OrderException(purchase_order_id=uuid4()) for _ in range(fixing.TOLD_ONE_BY_ONE + 1)]
    await fixing.tell(session, rows)
    assert said == [{}]
    said.clear()
    await fixing.tell(session, [*rows[:2], *rows[:2]])
    assert sorted(one["order_id"] for one in said) == sorted(str(row.purchase_order_id) for row in rows[:2])


async def test_the_largest_act_fits_into_a_request() -> None:
    ids = [str(uuid4()) for _ in range(MOST)]
    seen = [{"id": one, "revision": 10_000, "decision_id": one} for one in ids[:MOST_SHOWN]]
    takes = dict.fromkeys(ids[:MOST_SHOWN], 10000000)
    for body in (
        {"fix": "take", "ids": ids[:MOST_SHOWN], "quantities": takes, "shown": seen},
        {"fix": "confirm", "ids": ids, "shown": seen},
    ):
        ActionIn.model_validate(body)
        assert len(json.dumps(body).encode()) < BODY_LIMIT
    with pytest.raises(ValueError, match="4000"):
        ActionIn.model_validate({"fix": "confirm", "ids": ids, "shown": [*seen, seen[0]]})


def test_files_and_screens_have_the_same_words() -> None:
    for language in ("en", "fr"):
        screen = json.loads((LOCALES / language / "exceptions.json").read_text())
        assert words.CAUSE[language] == screen["cause"]
        assert words.CAUSE[language].keys() == CAUSES.keys()
        assert words.SEVERITY[language] == screen["severity"]
        assert words.RESOLUTION[language] == screen["fix"] | screen["resolution"]
