"""What Amazon is known to do otherwise than it says (each a switch of the simulator), and what OKTee makes of it."""

from collections.abc import AsyncIterator

import pytest
from modules.supply.world import Item, Json, World


@pytest.fixture(scope="module")
async def item(shared: World) -> Item:
    return await shared.item(5000, case_pack=12)


@pytest.fixture(autouse=True)
async def usual(world: World) -> AsyncIterator[None]:
    yield
    await world.configure(transaction_mode="normal", refuses_ascending=False)


async def planned(world: World, item: Item) -> Json:
    order = await world.arrive(item.line(48))
    assert (await world.confirm(order)).status_code == 201
    return order


async def causes_of(world: World, order: Json) -> set[str]:
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    return {row["cause"] for row in rows if row["order_id"] == order["id"]}


async def test_a_later_rejection_that_does_not_show_is_a_mismatch_for_a_person_and_the_stock_stays_held(
    world: World, item: Item
) -> None:
    order = await world.confirmed(await world.arrive(item.line(48)))
    await world.configure(transaction_mode="rejection_ignored")
    nothing = {"sequence": "1", "taken": 0, "rejection_reason": "TemporarilyUnavailable", "confirm_sku": item.sku}
    edited = await world.draft(order, nothing)
    assert edited.status_code == 200, edited.text
    assert (await world.confirm(edited.json())).status_code == 201
    await world.turn()
    await world.later()
    shown = await world.again(order)
    assert [answer["state"] for answer in shown["answers"]] == ["seen", "mismatch"]
    assert shown["status"] == "mismatch", "whatever the transaction says: Success"
    assert shown["answers"][-1]["seen"] == [{"sequence": "1", "accepted": 48, "rejected": 0}]
    assert "mismatch" in await causes_of(world, order)
    assert await world.held(order) == 48, "Amazon still counts on them"
    assert len(await world.submissions(order["po_number"])) == 2


async def test_an_error_code_that_nobody_documented_is_a_refusal_in_amazons_own_words(world: World, item: Item) -> None:
    order = await planned(world, item)
    await world.fault("error_400", code="ASC-2107", count=1)
    await world.turn()
    shown = await world.again(order)
    error = shown["answers"][-1]["error"]
    assert (shown["status"], shown["answers"][-1]["state"], error["message"]) == (
        "send_failed", "failed", "supply.answer.refused",
    )  # fmt: skip
    assert {name: each["value"] for name, each in error["values"].items()} == {
        "code": "ASC-2107",
        "text": "The request cannot be processed.",
    }
    assert await world.held(order) == 0
    assert await world.effective(order["po_number"]) == []
    assert (await world.confirmed(shown))["status"] == "confirmed"


async def test_an_answer_whose_proof_amazon_refuses_to_show_goes_to_a_person_after_48_hours(
    world: World, item: Item
) -> None:
    order = await planned(world, item)
    await world.turn()
    await world.fault("error_400", "getPurchaseOrdersStatus", code="ASC-2107")
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "sent", "it is looked at again"
    await world.db.execute(
        "update acknowledgements set sent_at = now() - interval '49 hours' where po_number = $1", order["po_number"]
    )
    await world.later()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("send_failed", "failed")
    assert shown["answers"][-1]["error"]["message"] == "supply.answer.never_seen"
    await world.amazon.control("DELETE", "/faults")


async def test_a_line_that_vanishes_from_an_order_is_neither_answered_nor_waited_for(world: World, item: Item) -> None:
    order = await world.arrive(item.line(24), item.line(36))
    await world.change(order["po_number"], remove_lines=["2"])
    await world.poll()
    shown = await world.again(order)
    assert (shown["revision"], shown["status"], [line["sequence"] for line in shown["lines"]]) == (
        2,
        "to_confirm",
        ["1"],
    )
    seen = await world.confirmed(shown)
    assert [line["sequence"] for line in seen["answers"][-1]["seen"]] == ["1"]
    assert await world.held(order) == 24


async def test_an_account_that_refuses_ascending_order_notices_nothing(world: World, item: Item) -> None:
    await world.configure(refuses_ascending=True)
    order = await world.confirmed(await world.arrive(item.line(24)))
    assert order["status"] == "confirmed"
    calls = await world.amazon.calls("getPurchaseOrdersStatus")
    assert calls
    assert {call["status"] for call in calls[-3:]} == {200}


async def test_a_split_whose_rejection_shows_as_accepted_with_zero_counts_by_its_numbers(
    world: World, item: Item
) -> None:
    await world.configure(transaction_mode="rejection_shown_as_zero")
    order = await world.arrive(item.line(48))
    part = {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"}
    seen = await world.confirmed((await world.draft(order, part)).json())
    assert seen["answers"][-1]["seen"] == [{"sequence": "1", "accepted": 36, "rejected": 0}]
    assert seen["status"] == "partly_confirmed"
    await world.poll()
    assert (await world.again(order))["status"] == "partly_confirmed", "and nobody takes it for somebody else's answer"
    assert (await world.again(order))["answered_by"] == "oktee"
