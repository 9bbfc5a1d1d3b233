"""Exceptions: opened and healed in the transactions of those who decide, fixed for many lines, snoozed and resolved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from modules.supply.scenes import context, item, line, order, stock
from modules.supply.world import World, as_shown
from oktee.modules.supply.exceptions.causes import CAUSES, approvable, cause_of, fixes_of
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.rules.approvals import binding
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.messages import MESSAGES
from oktee.modules.supply.rules.settings import Settings


async def listed(world: World, order: dict[str, Any] | None = None, state: str = "open") -> list[dict[str, Any]]:
    rows = (await world.get("/supply/exceptions", state=state, limit=500))["rows"]
    return [row for row in rows if order is None or row["order_id"] == order["id"]]


async def act(world: World, fix: str, rows: list[dict[str, Any]], browser: Any = None, **more: Any) -> list[Any]:
    browser = browser or world.manager
    body = {"fix": fix, "ids": [row["id"] for row in rows], "shown": as_shown(rows)} | more
    answer = await browser.post(browser.at("/supply/exceptions/actions"), json=body)
    assert answer.status_code == 200, answer.text
    return [(one["ok"], one["code"]) for one in answer.json()["results"]]


async def test_one_fix_clears_a_cause_of_many_lines_and_the_orders_are_decided_again(world: World) -> None:
    known, other = await world.item(500), await world.item(500)
    first = await world.arrive(known.line(24, net_cost="6.10"), other.line(12, net_cost="6.10"))
    second = await world.arrive(known.line(36, net_cost="6.10"))
    mine = [*(await listed(world, first)), *(await listed(world, second))]
    assert {(row["cause"], row["sequence"], row["suggested"]) for row in await listed(world, first)} == {
        ("cost_differs", "1", 24), ("cost_differs", "2", 12)
    }  # fmt: skip
    rules = {line["rule_id"] for line in (await world.again(first))["lines"]}
    assert {row["decided_rule_id"] for row in mine} == rules == {str(STANDARD_ID)}, "whose limits held them"
    (group,) = [
        each
        for each in (await world.get("/supply/exceptions", group_by="cause"))["groups"]
        if each["cause"] == "cost_differs"
    ]
    assert (group["orders"], group["lines"], group["exceptions"]) == (2, 3, 3)
    assert group["value_by_currency"] == [{"currency": "EUR", "value": "439.2000"}] or float(
        group["value_by_currency"][0]["value"]
    ) == pytest.approx(72 * 6.10)
    assert await act(world, "accept_cost", mine) == [(True, None)] * 3
    for each in (first, second):
        shown = await world.again(each)
        assert (shown["status"], shown["lines"][0]["hold"]) == ("to_confirm", [])
        assert [step["outcome"] for step in shown["lines"][0]["trace"] if step["rule"] == "price"] == ["flag"]
        assert await listed(world, each) == []
    done = await listed(world, first, "resolved")
    assert {(row["resolution"], row["resolved_by"]) for row in done} == {("accept_cost", "Sam Keller")}
    # The approval outlives a new stock file; another cost does not pass with it.
    await world.stock(known, 400)
    assert (await world.again(first))["status"] == "to_confirm"
    await world.change(first["po_number"], lines=[{"item_sequence_number": "1", "net_cost": "6.00"}])
    await world.poll()
    assert [(row["cause"], row["sequence"]) for row in await listed(world, first)] == [("cost_differs", "1")]


async def test_a_cause_that_goes_resolves_by_itself_and_says_so(world: World) -> None:
    stray = {"asin": "B0EXCEPT01", "vendor_product_identifier": "NOBODY", "quantity": 24, "net_cost": "6.20"}
    held = await world.arrive(stray | {"uom": "Eaches", "backorder": False})
    (row,) = await listed(world, held)
    assert (row["cause"], row["fixes"]) == ("no_match", ["match_sku", "take", "decide_again"])
    late = await world.item(500, asin="B0EXCEPT01", vendor_sku="NOBODY")
    await world.stock(late, 500)
    gone = {each["cause"]: each for each in await listed(world, held, "resolved")}
    assert gone.keys() == {"no_match", "stock_missing"}, "between the two files it had a match and no stock"
    first = gone["no_match"]
    assert (first["id"], first["resolution"], first["resolved_by"]) == (row["id"], "by_itself", "OKTee")


async def test_a_line_is_matched_to_a_sku_where_it_stands(world: World) -> None:
    known = await world.item(500)
    stray = {"asin": "B0EXCEPT02", "vendor_product_identifier": "OTHERNAME", "quantity": 24, "net_cost": "6.20"}
    held = await world.arrive(stray | {"uom": "Eaches", "backorder": False})
    rows = await listed(world, held)
    assert await act(world, "match_sku", rows, sku="NO-SUCH-SKU") == [(False, "unknown_sku")]
    assert await act(world, "match_sku", rows, sku=known.sku) == [(True, None)]
    await world.turn()
    shown = await world.again(held)
    assert (shown["status"], shown["lines"][0]["sku"], shown["lines"][0]["taken"]) == ("to_confirm", known.sku, 24)


async def test_lines_of_different_products_are_not_matched_to_one_sku(world: World) -> None:
    known = await world.item(500)
    stray = {"quantity": 24, "net_cost": "6.20", "uom": "Eaches", "backorder": False}
    named = [{"asin": f"B0EXCEPT1{n}", "vendor_product_identifier": f"STRAY{n}"} | stray for n in (1, 2)]
    held = await world.arrive(*named)
    body = {"fix": "match_sku", "ids": [row["id"] for row in await listed(world, held)], "sku": known.sku}
    refused = await world.manager.post(world.manager.at("/supply/exceptions/actions"), json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "different_products")
    assert [row["cause"] for row in await listed(world, held)] == ["no_match", "no_match"]


async def test_a_fix_that_sends_sends_only_what_was_seen(world: World) -> None:
    known = await world.item(500)
    order = await world.confirmed(await world.arrive(known.line(24)))
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 36}])
    await world.poll()
    rows = [row for row in await listed(world, order) if row["cause"] == "changed"]
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 48}])
    await world.poll()
    again = [row for row in await listed(world, order) if row["cause"] == "changed"]
    before = len((await world.again(order))["answers"])
    assert await act(world, "accept_change", again, shown=as_shown(rows)) == [(False, "order_changed")]
    assert await act(world, "accept_change", again, shown=[]) == [(False, "missing")]
    assert len((await world.again(order))["answers"]) == before
    assert await act(world, "accept_change", again) == [(True, None)]


async def test_two_managers_who_type_for_one_line_do_not_overwrite_each_other(world: World) -> None:
    unknown = await world.item(None)
    held = await world.arrive(unknown.line(48), unknown.line(24))
    rows = await listed(world, held)
    first, second = ([row for row in rows if row["sequence"] == sequence] for sequence in ("1", "2"))
    assert await act(world, "take", first, quantities={first[0]["id"]: 36}) == [(True, None)]
    assert await act(world, "take", second, quantities={second[0]["id"]: 12}) == [(False, "decision_changed")]
    (fresh,) = [row for row in await listed(world, held) if row["sequence"] == "2"]
    assert await act(world, "take", [fresh], quantities={fresh["id"]: 12}) == [(True, None)]
    assert [line["taken"] for line in (await world.again(held))["lines"]] == [36, 12]


async def test_a_person_types_what_is_taken_and_never_nothing(world: World) -> None:
    unknown = await world.item(None)
    held = await world.arrive(unknown.line(48))
    rows = await listed(world, held)
    assert [row["cause"] for row in rows] == ["stock_missing"]
    assert await act(world, "take", rows, quantities={rows[0]["id"]: 49}) == [(False, "more_than_ordered")]
    refused = await world.manager.post(
        world.manager.at("/supply/exceptions/actions"),
        json={"fix": "take", "ids": [rows[0]["id"]], "quantities": {rows[0]["id"]: 0}},
    )
    assert refused.status_code == 422
    assert await act(world, "take", rows, quantities={rows[0]["id"]: 36}) == [(True, None)]
    shown = await world.again(held)
    assert (shown["lines"][0]["taken"], shown["lines"][0]["cut"], shown["status"]) == (36, 12, "to_confirm")
    assert (await act(world, "take", rows, quantities={rows[0]["id"]: 36})) == [(False, "exception_gone")]


async def test_old_stock_is_used_for_these_lines_alone(world: World) -> None:
    aged = await world.item(None)
    await world.stock(aged, 500, as_of=datetime.now(UTC) - timedelta(hours=30))
    first, second = await world.arrive(aged.line(24)), await world.arrive(aged.line(12))
    assert await act(world, "use_stock", await listed(world, first)) == [(True, None)]
    assert (await world.again(first))["status"] == "to_confirm"
    assert [row["cause"] for row in await listed(world, second)] == ["stock_old"]


async def test_snoozed_until_its_data_change_and_noted_for_good(world: World) -> None:
    item_ = await world.item(500)
    held = await world.arrive(item_.line(24, net_cost="6.10"))
    (row,) = await listed(world, held)
    path = world.manager.at("/supply/exceptions/snooze")
    assert (await world.manager.post(path, json={"ids": [row["id"]]})).status_code == 422
    over = {"ids": [row["id"]], "until": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    assert (await world.manager.post(path, json=over)).status_code == 422
    briefly = {"ids": [row["id"]], "until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    assert (await world.manager.post(path, json=briefly)).json() == {"snoozed": 1}
    wake = world.manager.at("/supply/exceptions/wake")
    refused = await world.analyst.post(world.analyst.at("/supply/exceptions/wake"), json={"ids": [row["id"]]})
    assert (refused.status_code, await listed(world, held)) == (403, [])
    assert (await world.manager.post(wake, json={"ids": [row["id"]]})).json() == {"woken": 1}
    assert [(one["state"], one["snoozed_until"]) for one in await listed(world, held)] == [("open", None)]
    assert (await world.manager.post(wake, json={"ids": [row["id"]]})).json() == {"woken": 0}
    asleep = await world.manager.post(path, json={"ids": [row["id"]], "until_change": True})
    assert asleep.json() == {"snoozed": 1}
    assert (await listed(world, held), len(await listed(world, held, "snoozed"))) == ([], 1)
    await world.stock(item_, 450)
    assert await listed(world, held) == [], "the cost it is about is the same"
    await world.change(held["po_number"], lines=[{"item_sequence_number": "1", "net_cost": "6.05"}])
    await world.poll()
    (awake,) = await listed(world, held)
    assert awake["id"] == row["id"]
    assert await act(world, "note", [awake], note="agreed with the vendor manager") == [(True, None)]
    await world.stock(item_, 400)
    assert await listed(world, held) == []
    await world.db.execute(
        "update exceptions set state = 'snoozed', snoozed_until = now() - interval '1 minute' where id = $1", row["id"]
    )
    assert len(await listed(world, held)) == 1, "a snooze that is over is open again"


async def test_who_may_not_resolve_reads_and_nobody_sees_another_vendors(world: World) -> None:
    item_ = await world.item(500)
    held = await world.arrive(item_.line(24, net_cost="6.10"))
    (row,) = await listed(world, held)
    body = {"fix": "accept_cost", "ids": [row["id"]]}
    refused = await world.analyst.post(world.analyst.at("/supply/exceptions/actions"), json=body)
    assert refused.status_code == 403
    assert (await world.get(f"/supply/exceptions/{row['id']}", world.analyst))["cause"] == "cost_differs"
    foreign = await world.stranger.post(world.stranger.at("/supply/exceptions/actions"), json=body)
    assert [(one["ok"], one["code"]) for one in foreign.json()["results"]] == [(False, "not_found")]
    assert (await world.get("/supply/exceptions", world.stranger))["rows"] == []


async def test_a_failed_answer_is_an_exception_that_sending_again_mends(world: World) -> None:
    item_ = await world.item(500)
    made = await world.arrive(item_.line(24))
    await world.configure(transaction_mode="failure")
    await world.confirm(made)
    await world.turn()
    await world.later()
    (row,) = await listed(world, made)
    assert (row["cause"], row["severity"], row["fixes"][0]) == ("send_failed", "critical", "send_again")
    await world.configure(transaction_mode="normal")
    assert await act(world, "send_again", [row]) == [(True, None)]
    await world.turn()
    await world.later()
    assert (await world.again(made))["status"] == "confirmed"
    assert await listed(world, made) == []


def test_every_hold_has_a_cause_and_every_cause_a_fix_that_is_an_act() -> None:
    holds = [name for name in MESSAGES if name.startswith(("supply.match.", "supply.units.", "supply.hold."))]
    assert {cause_of(name) for name in holds} <= CAUSES.keys()
    assert cause_of("supply.hold.something_new") == "other_rule"
    assert cause_of("supply.hold.by_person") is None
    for name, cause in CAUSES.items():
        assert cause.fixes, name
    assert "accept_cost" not in fixes_of("cost_differs", "supply.price.order_cost_missing", "holds")
    assert not approvable("supply.lifecycle.blocked", "stops")


def test_an_approval_counts_for_the_values_it_was_given_for() -> None:
    the_order = order(line(24, net_cost=item().cost_price - 1))  # type: ignore[operator]  # the scene has a cost
    ctx = context(the_order, stocks=stock(500))
    held = decide(the_order, ctx).lines[0]
    (step,) = held.holds
    approvals = {(the_order.number, "1"): {step.message: binding(step.values)}}
    free = decide(the_order, replace(ctx, approvals=approvals)).lines[0]
    assert (held.held, free.held, free.accepted) == (True, False, 24)
    dearer = order(line(24, net_cost=item().cost_price - 2))  # type: ignore[operator]
    assert decide(dearer, replace(context(dearer, stocks=stock(500)), approvals=approvals)).lines[0].held


def test_what_was_approved_stays_so_while_only_what_others_did_moves() -> None:
    """How many orders were answered before, and what is usual, move with every other order."""
    first = order(line(24))
    known = replace(context(first, stocks=stock(500)), settings=Settings(training_orders=5))
    [gate] = decide(replace(first, earlier_answers=1), known).gates
    approved = replace(known, approvals={(first.number, ""): {gate.message: binding(gate.values)}})
    assert decide(replace(first, earlier_answers=3), approved).gates == ()


async def test_a_change_of_one_line_counts_that_line_and_its_worth(world: World) -> None:
    known, other = await world.item(500), await world.item(500)
    order = await world.confirmed(await world.arrive(known.line(24), other.line(36)))
    await world.change(order["po_number"], lines=[{"item_sequence_number": "2", "quantity": 30}])
    await world.poll()
    (row,) = [row for row in await listed(world, order) if row["cause"] == "changed"]
    cost = float((await world.again(order))["lines"][1]["net_cost"])
    assert (row["message"]["values"]["changes"]["value"], row["lines"]) == (1, 1)
    assert float(row["value"]) == pytest.approx(30 * cost)
