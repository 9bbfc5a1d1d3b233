"""An order from Amazon to "Seen on Amazon", by a person."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from modules.supply.world import Json, World
from oktee.kit.database import database
from oktee.modules.supply import orders


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).replace(minute=0, second=0, microsecond=0).isoformat()


async def test_48_of_120_from_the_order_to_seen_on_amazon(world: World) -> None:
    """The example of the product's page: 60 on the shelf, 12 of them safety stock, cases of 12, 200 on their way."""
    eta = datetime.now(UTC).date() + timedelta(days=17)
    item = await world.item(60, safety_stock=12, inbound=(200, eta))
    other = await world.item(1000)
    order = await world.arrive(item.line(120), other.line(240))
    assert order["status"] == "to_confirm"
    line = order["lines"][0]
    assert (line["asked"], line["taken"], line["backordered"], line["cut"]) == (120, 48, 72, 0)
    assert line["free_stock"] == 48
    by_rule = {step["rule"]: step for step in line["trace"]}
    assert by_rule["stock"]["outcome"] == "limits"
    assert by_rule["stock"]["values"]["stock"]["value"] == 60
    assert by_rule["stock"]["values"]["safety"]["value"] == 12
    assert by_rule["case_pack"]["values"]["take"]["value"] == 48
    assert line["summary"]["values"]["accepted"]["value"] == 48
    assert await world.submissions(order["po_number"]) == []

    edited = await world.draft(order, {"sequence": "2", "taken": 228, "rejection_reason": "TemporarilyUnavailable"})
    assert edited.status_code == 200, edited.text
    shown = edited.json()
    assert shown["decision"]["id"] != order["decision"]["id"]
    assert [line["decided_by"]["type"] for line in shown["lines"]] == ["rule", "person"]
    assert shown["totals"]["cut"] == 12

    answer = await world.confirm(shown)
    assert answer.status_code == 201
    assert answer.json()["state"] == "planned"
    assert answer.json()["planned_by"] == {"type": "person", "name": "Lea Martin"}
    assert (await world.again(order))["status"] == "sending"
    await world.turn()
    sent = await world.again(order)
    assert (sent["status"], sent["answers"][-1]["state"]) == ("processing", "sent")
    stages = {stage["name"]: stage["state"] for stage in sent["stages"]}
    assert (stages["sent"], stages["processing"], stages["seen"]) == ("done", "current", "todo")
    await world.later()
    seen = await world.again(order)
    assert (seen["status"], seen["answers"][-1]["state"]) == ("partly_confirmed", "seen")
    assert seen["answers"][-1]["seen"] == [
        {"sequence": "1", "accepted": 120, "rejected": 0},
        {"sequence": "2", "accepted": 228, "rejected": 12},
    ]
    assert {stage["name"]: stage["state"] for stage in seen["stages"]}["seen"] == "done"

    (call,) = await world.submissions(order["po_number"])
    (stored,) = await world.answers(order["po_number"])
    assert call["changed_state"]
    assert call["body"].encode() == stored["payload"]
    items = json.loads(call["body"])["acknowledgements"][0]["items"]
    assert [split["acknowledgementCode"] for split in items[0]["itemAcknowledgements"]] == ["Accepted", "Backordered"]
    assert [split["acknowledgedQuantity"]["amount"] for split in items[1]["itemAcknowledgements"]] == [228, 12]
    assert await world.held(order) == 48 + 72 + 228
    await world.check_stock()
    kinds = [event["kind"] for event in await world.events(order)]
    assert kinds == ["order.proposed", "order.edited", "answer.planned", "answer.sent", "answer.seen"]


async def test_a_line_with_nothing_taken_is_held_for_a_person(world: World) -> None:
    empty, full = await world.item(0), await world.item(500)
    order = await world.arrive(empty.line(24), full.line(24))
    assert order["status"] == "held"
    assert (order["lines"][0]["taken"], order["lines"][1]["taken"]) == (None, 24)
    assert order["lines"][0]["hold"]
    assert order["undecided_lines"] == 1
    refused = await world.confirm(order)
    assert (refused.status_code, refused.json()["code"]) == (409, "lines_undecided")
    assert await world.answers(order["po_number"]) == []


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ({"taken": 36}, "/lines/0/taken", "more_than_ordered"),
        ({"taken": 12, "backordered": 24, "backorder_at": in_days(20)}, "/lines/0/taken", "more_than_ordered"),
        (
            {"taken": 12, "backordered": 12, "backorder_at": in_days(20)},
            "/lines/0/backordered",
            "backorder_not_allowed",
        ),
        ({"taken": 7, "rejection_reason": "TemporarilyUnavailable"}, "/lines/0/taken", "not_whole_cases"),
        ({"taken": 0, "rejection_reason": "TemporarilyUnavailable"}, "/lines/0/confirm_sku", "one_way_door"),
        (
            {"taken": 0, "rejection_reason": "TemporarilyUnavailable", "confirm_sku": "SKU-9999"},
            "/lines/0/confirm_sku",
            "one_way_door",
        ),
        ({"taken": 24, "rejection_reason": "ObsoleteProduct"}, "/lines/0/rejection_reason", "nothing_cut"),
        ({"sequence": "7", "taken": 1}, "/lines/0/sequence", "unknown_line"),
    ],
)
async def test_a_draft_that_amazon_would_not_take_names_the_line(
    world: World, cased: Json, line: Json, pointer: str, code: str
) -> None:
    refused = await world.draft(cased, {"sequence": "1"} | line)
    assert refused.status_code == 422
    assert (pointer, code) in {(fault["pointer"], fault["code"]) for fault in refused.json()["errors"]}
    assert (await world.again(cased))["decision"] == cased["decision"]


@pytest.fixture(scope="module")
async def cased(shared: World) -> Json:
    """An order of four cases of six, of which no backorder is taken."""
    item = await shared.item(500, case_pack=6)
    return await shared.arrive(item.line(4, uom="Cases", unit_size=6, backorder=False))


async def test_a_line_ordered_in_cases_is_answered_in_cases(world: World, cased: Json) -> None:
    assert (cased["lines"][0]["asked"], cased["lines"][0]["amount"]) == (24, 4)
    edited = await world.draft(cased, {"sequence": "1", "taken": 18, "rejection_reason": "TemporarilyUnavailable"})
    await world.confirmed(edited.json())
    (call,) = await world.submissions(cased["po_number"])
    splits = json.loads(call["body"])["acknowledgements"][0]["items"][0]["itemAcknowledgements"]
    assert [(s["acknowledgedQuantity"]["amount"], s["acknowledgedQuantity"]["unitOfMeasure"]) for s in splits] == [
        (3, "Cases"),
        (1, "Cases"),
    ]


async def test_a_whole_line_is_rejected_only_by_somebody_who_types_its_sku(world: World) -> None:
    gone, full = await world.item(0), await world.item(500)
    order = await world.arrive(gone.line(24), full.line(24))
    line = {"sequence": "1", "taken": 0, "rejection_reason": "ObsoleteProduct", "confirm_sku": gone.sku}
    edited = await world.draft(order, line)
    assert edited.status_code == 200, edited.text
    assert edited.json()["status"] == "to_confirm"
    seen = await world.confirmed(edited.json())
    assert seen["answers"][-1]["seen"][0] == {"sequence": "1", "accepted": 0, "rejected": 24}
    assert seen["status"] == "partly_confirmed"


async def test_whoever_edits_what_somebody_else_changed_is_told(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    first = await world.draft(
        order, {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"}, browser=world.manager
    )
    assert first.status_code == 200
    for late in (await world.draft(order, {"sequence": "1", "taken": 48}), await world.confirm(order)):
        assert (late.status_code, late.json()["code"]) == (409, "decision_changed")
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 60}])
    await world.poll()
    for late in (await world.draft(first.json(), {"sequence": "1", "taken": 48}), await world.confirm(first.json())):
        assert (late.status_code, late.json()["code"]) == (409, "order_changed")
    assert await world.answers(order["po_number"]) == []
    fresh = await world.again(order)
    assert (fresh["revision"], fresh["lines"][0]["taken"]) == (2, 60)


async def test_two_people_confirming_at_once_make_one_answer(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    tries = await asyncio.gather(
        *(world.confirm(order, browser=browser) for browser in (world.owner, world.manager, world.owner))
    )
    assert sorted(answer.status_code for answer in tries) == [201, 409, 409]
    assert {answer.json()["code"] for answer in tries if answer.status_code == 409} <= {
        "answer_in_flight",
        "decision_changed",
    }
    await world.turn()
    await world.later()
    assert len(await world.answers(order["po_number"])) == 1
    assert len(await world.submissions(order["po_number"])) == 1


async def test_an_idempotency_key_gives_the_first_answer_again_and_no_other(world: World) -> None:
    item = await world.item(500)
    order, another = await world.arrive(item.line(48)), await world.arrive(item.line(24))
    first = await world.confirm(order, key="confirm-once")
    await world.turn()
    await world.later()
    again = await world.confirm(order, key="confirm-once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await world.answers(order["po_number"])) == 1
    reused = await world.confirm(another, key="confirm-once")
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert await world.answers(another["po_number"]) == []


async def test_the_same_key_from_two_clicks_at_once_makes_one_answer(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    tries = await asyncio.gather(*(world.confirm(order, key="double-click") for _ in range(2)))
    assert [answer.status_code for answer in tries] == [201, 201]
    assert tries[0].json() == tries[1].json()
    assert len(await world.answers(order["po_number"])) == 1


async def test_a_key_of_a_refused_request_may_be_used_again(world: World) -> None:
    empty, full = await world.item(0), await world.item(500)
    held, ready = await world.arrive(empty.line(24)), await world.arrive(full.line(24))
    assert (await world.confirm(held, key="second-chance")).status_code == 409
    assert (await world.confirm(ready, key="second-chance")).status_code == 201


async def test_an_answered_order_is_not_answered_again_the_same_way(world: World) -> None:
    item = await world.item(500)
    order = await world.confirmed(await world.arrive(item.line(48)))
    again = await world.confirm(order)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert len(await world.submissions(order["po_number"])) == 1


async def test_a_correction_within_48_hours_is_a_second_answer(world: World) -> None:
    item = await world.item(100)
    order = await world.confirmed(await world.arrive(item.line(96)))
    assert await world.held(order) == 96
    edited = await world.draft(order, {"sequence": "1", "taken": 60, "rejection_reason": "TemporarilyUnavailable"})
    assert edited.status_code == 200, edited.text
    assert await world.held(order) == 96, "what Amazon shows as ours stays held until the correction is planned"
    seen = await world.confirmed(edited.json())
    assert [answer["answer"] for answer in seen["answers"]] == [1, 2]
    assert seen["answers"][-1]["seen"] == [{"sequence": "1", "accepted": 60, "rejected": 36}]
    assert await world.held(order) == 60
    await world.check_stock()


async def test_after_48_hours_quantities_are_fixed(world: World) -> None:
    item = await world.item(100)
    placed = datetime.now(UTC) - timedelta(hours=47)
    order = await world.confirmed(await world.arrive(item.line(96), placed_at=placed.isoformat()))
    await world.db.execute(
        "update purchase_orders set ordered_at = now() - interval '49 hours' where po_number = $1", order["po_number"]
    )
    shown = await world.again(order)
    assert (shown["window_status"], shown["lines"][0]["locked"]["quantity"]) == ("DATES_ONLY", True)
    late = await world.draft(order, {"sequence": "1", "taken": 60, "rejection_reason": "TemporarilyUnavailable"})
    assert (late.status_code, late.json()["code"]) == (409, "not_editable")


async def test_a_held_order_stays_until_a_person_releases_it(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    path = world.owner.at(f"/supply/orders/{order['id']}")
    held = (await world.owner.post(f"{path}/hold", json={"reason": "Call Amazon first"})).json()
    assert held["status"] == "held"
    assert held["status_detail"]["values"]["reason"]["value"] == "Call Amazon first"
    await world.stock(item, 400)
    assert (await world.again(order))["status"] == "held"
    await world.automation("at_once")
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 60}])
    await world.poll()
    changed = await world.again(order)
    assert (changed["revision"], changed["status"]) == (2, "held")
    assert await world.answers(order["po_number"]) == []
    await world.automation("suggest")
    released = await world.owner.delete(f"{path}/hold")
    assert released.status_code == 200
    await world.turn()
    assert (await world.again(order))["status"] == "to_confirm"
    kinds = [event["kind"] for event in await world.events(order)]
    assert [kind for kind in kinds if kind in ("order.held", "order.released")] == ["order.held", "order.released"]


async def test_a_confirmed_order_is_not_held_and_keeps_its_stock(world: World) -> None:
    item = await world.item(500)
    order = await world.confirmed(await world.arrive(item.line(48)))
    path = world.owner.at(f"/supply/orders/{order['id']}")
    refusals = (
        await world.owner.post(f"{path}/hold", json={"reason": "too late"}),
        await world.owner.delete(f"{path}/hold"),
        await world.owner.post(f"{path}/decision"),
    )
    assert [(r.status_code, r.json()["code"]) for r in refusals] == [(409, "not_editable")] * 3
    assert (await world.again(order))["status"] == "confirmed"
    assert await world.held(order) == 48


async def test_the_rules_run_again_on_the_stock_of_now(world: World) -> None:
    item = await world.item(24)
    order = await world.arrive(item.line(24))
    await world.draft(order, {"sequence": "1", "taken": 12, "rejection_reason": "TemporarilyUnavailable"})
    again = await world.owner.post(world.owner.at(f"/supply/orders/{order['id']}/decision"))
    assert again.status_code == 202
    await world.turn()
    fresh = await world.again(order)
    assert (fresh["lines"][0]["taken"], fresh["lines"][0]["decided_by"]["type"]) == (24, "rule")


async def test_a_review_sheet_confirms_each_order_by_itself(world: World) -> None:
    item, empty = await world.item(500), await world.item(0)
    good = [await world.arrive(item.line(24)) for _ in range(2)]
    held = await world.arrive(empty.line(24))
    stale = dict(await world.arrive(item.line(12)))
    await world.draft(stale, {"sequence": "1", "taken": 12})
    foreign: dict[str, Any] = {"id": "00000000-0000-7000-8000-000000000001", "revision": 1, "decision_id": held["id"]}
    sheet = [
        {"id": order["id"], "revision": order["revision"], "decision_id": order["decision"]["id"]}
        for order in (*good, held, stale)
    ]
    sent = await world.owner.post(
        world.owner.at("/supply/confirmations"),
        json={"orders": [*sheet, foreign]},
        headers={"Idempotency-Key": "sheet-one"},
    )
    assert sent.status_code == 200, sent.text
    results = {result["id"]: result for result in sent.json()["results"]}
    assert [results[order["id"]]["ok"] for order in good] == [True, True]
    assert results[held["id"]]["problem"]["code"] == "lines_undecided"
    assert results[stale["id"]]["problem"]["code"] == "decision_changed"
    assert results[foreign["id"]]["problem"]["code"] == "not_found"
    again = await world.owner.post(
        world.owner.at("/supply/confirmations"),
        json={"orders": [*sheet, foreign]},
        headers={"Idempotency-Key": "sheet-one"},
    )
    assert again.json() == sent.json()
    await world.turn()
    await world.later()
    for order in good:
        assert len(await world.effective(order["po_number"])) == 1


async def test_a_line_rejected_whole_is_never_confirmed_with_many(world: World) -> None:
    item, gone = await world.item(500), await world.item(500)
    order = await world.arrive(item.line(24), gone.line(24))
    nothing = {"sequence": "2", "taken": 0, "rejection_reason": "TemporarilyUnavailable", "confirm_sku": gone.sku}
    drafted = (await world.draft(order, nothing)).json()
    sheet = [{"id": order["id"], "revision": drafted["revision"], "decision_id": drafted["decision"]["id"]}]
    answer = await world.owner.post(world.owner.at("/supply/confirmations"), json={"orders": sheet})
    assert answer.json()["results"][0]["problem"]["code"] == "rejects_whole_line"
    assert (await world.again(order))["answers"] == []
    sent = await world.confirmed(drafted)
    assert [line["cut"] for line in sent["lines"]] == [0, 24], "on its own page a person may"
    # What Amazon has rejected already is not lost again: a later answer of this order may go with others.
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 36}])
    await world.poll()
    fresh = await world.again(order)
    sheet = [{"id": fresh["id"], "revision": fresh["revision"], "decision_id": fresh["decision"]["id"]}]
    answer = await world.owner.post(world.owner.at("/supply/confirmations"), json={"orders": sheet})
    assert [one["ok"] for one in answer.json()["results"]] == [True], answer.text


async def test_a_review_sheet_that_was_cut_off_is_sent_again_as_it_is(world: World) -> None:
    """The process dies after the first order: the same sheet tells both as confirmed, and each is answered once."""
    item = await world.item(500)
    orders = [await world.arrive(item.line(24)) for _ in range(2)]
    sheet = [
        {"id": order["id"], "revision": order["revision"], "decision_id": order["decision"]["id"]} for order in orders
    ]
    await world.confirm(orders[0])
    sheets = world.owner.at("/supply/confirmations")
    body = json.dumps({"orders": sheet}).encode()
    await world.db.execute(
        "insert into idempotency_keys (organization_id, key, request_hash, created_at) "
        "values ($1, 'cut-off', sha256($2), now() - interval '11 minutes')",
        world.organization_id,
        f"{world.people['owner'].id}\nPOST\n{sheets}\n\n".encode() + body,
    )
    headers = {"Idempotency-Key": "cut-off", "Content-Type": "application/json"}
    sent = await world.owner.post(sheets, content=body, headers=headers)
    assert sent.status_code == 200, sent.text
    assert [result["ok"] for result in sent.json()["results"]] == [True, True]
    other = await world.manager.post(world.manager.at("/supply/confirmations"), json={"orders": sheet})
    assert {result["problem"]["code"] for result in other.json()["results"]} == {"answer_in_flight"}
    await world.turn()
    await world.later()
    for order in orders:
        assert len(await world.effective(order["po_number"])) == 1


async def test_a_review_sheet_needs_one_connection_to_the_database_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sheets side by side would otherwise each hold one connection and wait for a second until nobody has any."""
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    confirm, held = orders._confirm, []

    async def watched(session: Any, *arguments: Any, **more: Any) -> Any:
        held.append(database.engine.pool.checkedout())
        return await confirm(session, *arguments, **more)

    monkeypatch.setattr(orders, "_confirm", watched)
    before = database.engine.pool.checkedout()
    sheet = [{"id": order["id"], "revision": order["revision"], "decision_id": order["decision"]["id"]}]
    sent = await world.owner.post(
        world.owner.at("/supply/confirmations"),
        json={"orders": sheet},
        headers={"Idempotency-Key": "one-at-a-time"},
    )
    assert [result["ok"] for result in sent.json()["results"]] == [True]
    assert held == [before]  # its own begins with its first statement


async def test_the_database_takes_no_second_open_answer(world: World) -> None:
    """What the locks promise, a unique index keeps: at most one open answer to an order."""
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    await world.confirm(order)
    with pytest.raises(Exception, match="uq_acknowledgements_open"):
        await world.db.execute(
            "insert into acknowledgements select (jsonb_populate_record(a, '{\"answer\": 2}')).* from acknowledgements a "
            "where po_number = $1",
            order["po_number"],
        )
    await world.turn()
