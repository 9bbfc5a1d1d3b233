"""What Amazon changes after it was looked at: only what it touched is decided anew, and nothing is sent by itself."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from modules.supply.world import World, as_shown
from oktee.modules.supply.keeping_lines import touched


async def causes(world: World, order: dict[str, Any]) -> set[tuple[str, str | None]]:
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    return {(row["cause"], row["sequence"]) for row in rows if row["order_id"] == order["id"]}


async def act(world: World, order: dict[str, Any], fix: str) -> list[bool]:
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    mine = [row for row in rows if row["order_id"] == order["id"] and fix in row["fixes"]]
    body = {"fix": fix, "ids": [row["id"] for row in mine], "shown": as_shown(mine)}
    answer = await world.manager.post(world.manager.at("/supply/exceptions/actions"), json=body)
    return [one["ok"] for one in answer.json()["results"]]


async def test_lines_that_amazon_left_alone_keep_their_answer_and_its_reason(world: World) -> None:
    item, other = await world.item(500), await world.item(500)
    order = await world.arrive(item.line(24), other.line(36))
    edited = await world.draft(order, {"sequence": "2", "taken": 30})
    assert edited.status_code == 200
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 48}])
    await world.poll()
    fresh = await world.again(order)
    assert [(line["taken"], line["cut"]) for line in fresh["lines"]] == [(48, 0), (30, 6)]
    assert [line["decided_by"]["type"] for line in fresh["lines"]] == ["rule", "person"]
    assert fresh["lines"][1]["summary"]["message"] == "supply.summary.by_person"
    # A window is about every line.
    start = datetime.now(UTC) + timedelta(days=9)
    await world.change(
        order["po_number"], window_start=start.isoformat(), window_end=(start + timedelta(days=5)).isoformat()
    )
    await world.poll()
    moved = await world.again(order)
    assert [line["decided_by"]["type"] for line in moved["lines"]] == ["rule", "rule"]


async def test_a_change_after_the_answer_waits_for_a_person_who_accepts_it(world: World) -> None:
    item, other = await world.item(500), await world.item(500)
    await world.automation("at_once")
    order = await world.arrive(item.line(24), other.line(36))
    await world.later()
    assert (await world.again(order))["status"] == "confirmed"
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    await world.later()
    changed = await world.again(order)
    assert (changed["status"], len(changed["answers"])) == ("changed", 1)
    assert ("changed", None) in await causes(world, order)
    assert await act(world, order, "accept_change") == [True]
    await world.turn()
    await world.later()
    done = await world.again(order)
    assert (done["status"], done["answers"][-1]["state"], done["taken"]) == ("confirmed", "seen", 48)
    assert await causes(world, order) == set()
    assert len(await world.submissions(order["po_number"])) == 2


async def test_page_and_exception_count_the_same_changes_since_the_answer(world: World) -> None:
    item, other = await world.item(500), await world.item(500)
    order = await world.confirmed(await world.arrive(item.line(24), other.line(36)))
    assert order["changed"] is None
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    await world.change(
        order["po_number"],
        lines=[{"item_sequence_number": "1", "quantity": 18}, {"item_sequence_number": "2", "quantity": 30}],
    )
    await world.poll()
    page = await world.again(order)
    changed = page["changed"]
    assert [(one["sequence"], one["field"], one["was"], one["now"]) for one in changed["changes"]] == [
        ("1", "units", 24, 18),
        ("2", "units", 36, 30),
    ]
    assert (changed["answer"], changed["since"], changed["revision"], changed["lines"]) == (1, 1, 3, 2)
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    (told,) = [row["message"] for row in rows if row["order_id"] == order["id"] and row["cause"] == "changed"]
    assert told["values"]["changes"]["value"] == 2
    stages = [(stage["name"], stage["state"]) for stage in page["stages"]]
    assert stages[-2:] == [("changed", "current"), ("closed", "todo")]
    moments = [stage["at"] for stage in page["stages"] if stage["at"]]
    assert moments == sorted(moments), "the steps are in the order of time"


async def test_cancelled_and_wanted_again_waits_for_a_person(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 30)
    order = await world.arrive(item.line(24))
    assert order["status"] == "scheduled"
    await world.change(order["po_number"], cancel=True)
    await world.poll()
    assert ((await world.again(order))["status"], await world.held(order)) == ("cancelled", 0)
    await world.change(order["po_number"], uncancel=True)
    await world.poll()
    assert (await world.again(order))["status"] == "held"
    assert await causes(world, order) == {("uncancelled", None)}
    await world.stock(item, 400)
    assert await causes(world, order) == {("uncancelled", None)}, "a new file ends no hold that is a person's"
    assert await act(world, order, "confirm") == [True]
    await world.turn()
    await world.later()
    assert (await world.again(order))["status"] == "confirmed"


async def test_a_line_that_is_cancelled_is_not_answered_and_one_that_comes_is_decided(world: World) -> None:
    item, other = await world.item(500), await world.item(500)
    order = await world.arrive(item.line(24), other.line(36))
    await world.change(order["po_number"], cancel_lines=["2"], new_lines=[other.line(12)])
    await world.poll()
    fresh = await world.again(order)
    assert [(line["cancelled"], line["taken"]) for line in fresh["lines"]] == [(False, 24), (True, 0), (False, 12)]
    confirmed = await world.confirmed(fresh)
    (sent,) = await world.answers(order["po_number"])
    assert [line["sequence"] for line in json.loads(sent["lines"])] == ["1", "3"]
    assert confirmed["status"] == "confirmed"


async def test_a_window_that_is_over_holds(world: World) -> None:
    item = await world.item(500)
    past = datetime.now(UTC) - timedelta(days=3)
    order = await world.arrive(
        item.line(24, backorder=False),
        window_start=(past - timedelta(days=2)).isoformat(),
        window_end=past.isoformat(),
    )
    assert (order["status"], await causes(world, order)) == ("held", {("window", "1")})


async def test_a_product_in_two_lines_is_promised_from_one_stock(world: World) -> None:
    item = await world.item(36)
    order = await world.arrive(item.line(24, backorder=False), item.line(24, backorder=False))
    assert [(line["sku"], line["taken"]) for line in order["lines"]] == [(item.sku, 24), (item.sku, 12)]
    # Amazon adds it a third time: nothing is left, and what was decided for the two others stands.
    await world.change(order["po_number"], new_lines=[item.line(12, backorder=False)])
    await world.poll()
    fresh = await world.again(order)
    assert [line["taken"] for line in fresh["lines"][:2]] == [24, 12]
    assert ("nothing_to_take", fresh["lines"][2]["sequence"]) in await causes(world, order)
    assert fresh["status"] == "held"


async def test_another_currency_holds_every_line_and_is_shown_as_changed(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24), item.line(12))
    assert order["status"] == "to_confirm"
    await world.change(order["po_number"], currency="GBP")
    await world.poll()
    fresh = await world.again(order)
    assert (fresh["status"], fresh["currency"]) == ("held", "GBP")
    assert {("cost_differs", "1"), ("cost_differs", "2")} <= await causes(world, order)
    changes = fresh["revisions"][0]["changes"]
    assert {(one["sequence"], one["was"], one["now"]) for one in changes} >= {
        ("1", "EUR", "GBP"), ("2", "EUR", "GBP")
    }  # fmt: skip


async def test_an_order_whose_window_runs_out_while_it_waits_is_held_when_it_is_decided_again(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24, backorder=False))
    assert order["status"] == "to_confirm"
    past = datetime.now(UTC) - timedelta(days=1)
    await world.change(
        order["po_number"], window_start=(past - timedelta(days=2)).isoformat(), window_end=past.isoformat()
    )
    await world.poll()
    assert ((await world.again(order))["status"], await causes(world, order)) == ("held", {("window", "1")})


async def test_after_48_hours_dates_go_through_and_quantities_do_not(world: World) -> None:
    item = await world.item(500)
    order = await world.confirmed(await world.arrive(item.line(24)))
    await world.db.execute(
        "update purchase_orders set ordered_at = now() - interval '50 hours' where po_number = $1", order["po_number"]
    )
    locked = await world.again(order)
    assert (locked["window_status"], locked["lines"][0]["locked"]["quantity"]) == ("DATES_ONLY", True)
    less = await world.draft(locked, {"sequence": "1", "taken": 12})
    assert (less.status_code, less.json()["code"]) == (409, "not_editable")
    later = datetime.fromisoformat(locked["window"]["start"]) + timedelta(days=3)
    moved = await world.draft(locked, {"sequence": "1", "taken": 24, "ship_at": later.isoformat()})
    assert moved.status_code == 200, moved.text
    sent = await world.confirm(moved.json())
    assert sent.status_code == 201, sent.text
    await world.turn()
    answers = [json.loads(row["payload"]) for row in await world.answers(order["po_number"])]
    dates = [one["acknowledgements"][0]["items"][0]["itemAcknowledgements"][0] for one in answers]
    assert dates[0] != dates[1]
    assert {each["acknowledgedQuantity"]["amount"] for each in dates} == {24}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ([{"field": "amount", "sequence": "2"}], frozenset({"2"})),
        ([{"field": "line", "sequence": "3"}, {"field": "net_cost", "sequence": "1"}], frozenset({"1", "3"})),
        ([{"field": "deal_code", "sequence": None}], frozenset()),
        ([{"field": "delivery_window", "sequence": None}, {"field": "amount", "sequence": "1"}], None),
        ([{"field": "freight", "sequence": None}], None),
        ([{"field": "ship_to", "sequence": None}], None),
        ([{"field": "order_type", "sequence": None}], None),
        ([{"field": "currency", "sequence": "1"}], frozenset({"1"})),
    ],
)
def test_what_a_change_touches(changes: list[dict[str, Any]], wanted: frozenset[str] | None) -> None:
    assert touched(changes) == wanted
