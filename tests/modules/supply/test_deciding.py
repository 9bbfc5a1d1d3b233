"""Which orders are decided, when again, and what a proposal may count on."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from modules.supply.world import World
from oktee.modules.supply.proposing.storing import _line_rows


async def test_an_item_nobody_knows_is_held_and_decided_once_it_is_imported(world: World) -> None:
    known = await world.item(500)
    stray = {"asin": "B0UNKNOWN1", "vendor_product_identifier": "NOT-YET", "quantity": 24, "net_cost": "6.20"}
    order = await world.arrive(known.line(24), stray | {"uom": "Eaches", "backorder": False})
    assert order["status"] == "held"
    assert [line["taken"] for line in order["lines"]] == [24, None]
    late = await world.item(500, asin="B0UNKNOWN1", vendor_sku="NOT-YET")
    await world.stock(late, 500)
    fresh = await world.again(order)
    assert ([line["taken"] for line in fresh["lines"]], fresh["status"]) == ([24, 24], "to_confirm")
    assert fresh["decision"]["number"] > order["decision"]["number"]


async def test_a_new_stock_file_decides_waiting_orders_again_and_leaves_a_persons_edit(world: World) -> None:
    item = await world.item(24)
    proposed, edited = await world.arrive(item.line(24)), await world.arrive(item.line(12))
    assert [proposed["lines"][0]["taken"], edited["lines"][0]["taken"]] == [24, None]
    changed = await world.draft(edited, {"sequence": "1", "taken": 12})
    assert changed.status_code == 200
    await world.stock(item, 480)
    assert (await world.again(proposed))["decision"]["number"] > proposed["decision"]["number"]
    kept = await world.again(edited)
    assert kept["decision"]["id"] == changed.json()["decision"]["id"]
    assert kept["lines"][0]["decided_by"]["type"] == "person"


async def test_two_proposals_do_not_count_on_the_same_unit(world: World) -> None:
    eta = datetime.now(UTC).date() + timedelta(days=17)
    item = await world.item(60, inbound=(60, eta))
    first = await world.arrive(item.line(96))
    line = first["lines"][0]
    assert (line["taken"], line["backordered"]) == (60, 36)
    second = await world.arrive(item.line(96, backorder=True))
    line = second["lines"][0]
    promised = (line["taken"] or 0) + (line["backordered"] or 0)
    assert promised <= 24, "36 of the 60 on their way are in the first proposal"


async def test_stock_that_is_too_old_holds(world: World) -> None:
    item = await world.item(None)
    await world.stock(item, 500, as_of=datetime.now(UTC) - timedelta(hours=30))
    order = await world.arrive(item.line(24))
    assert order["status"] == "held"
    assert "supply.stock.too_old" in {step["message"] for step in order["lines"][0]["hold"]}
    await world.stock(item, 500)
    assert (await world.again(order))["status"] == "to_confirm"


async def test_the_same_order_read_again_is_not_decided_again(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    for _ in range(2):
        await world.poll()
    again = await world.again(order)
    assert again["decision"] == order["decision"]
    assert [event["kind"] for event in await world.events(order)] == ["order.proposed"]


async def test_a_changed_order_says_what_changed_and_is_proposed_anew(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24), item.line(36, backorder=False))
    await world.change(
        order["po_number"],
        lines=[{"item_sequence_number": "1", "quantity": 48, "net_cost": "6.25"}],
        cancel_lines=["2"],
    )
    await world.poll()
    fresh = await world.again(order)
    assert (fresh["revision"], fresh["asked"], fresh["status"]) == (2, 48, "to_confirm")
    assert (fresh["lines"][0]["taken"], fresh["lines"][1]["cancelled"]) == (48, True)
    (changes,) = [revision["changes"] for revision in fresh["revisions"] if revision["revision"] == 2]
    assert {change["sequence"] for change in changes} >= {"1", "2"}
    kinds = [event["kind"] for event in await world.events(order)]
    assert kinds == ["order.proposed", "order.changed", "order.proposed"]


async def test_the_second_vendor_sees_and_decides_only_its_own(world: World) -> None:
    mine = await world.item(500)
    foreign = await world.item(500, code="NRDH1", browser=world.stranger, brand="Alvaro")
    await world.arrive(mine.line(24))
    number = await world.place(foreign.line(36), code="NRDH1")
    await world.poll(world.stranger)
    order = await world.order(number, world.stranger)
    assert (order["status"], order["lines"][0]["taken"], order["brand"]) == ("to_confirm", 36, "Alvaro")
    seen = await world.get("/supply/orders", world.stranger, limit=200)
    assert [row["po_number"] for row in seen["rows"]] == [number]
    assert number not in {row["po_number"] for row in (await world.get("/supply/orders", limit=200))["rows"]}


async def test_what_would_have_given_all_of_a_line_is_asked_of_the_rules_and_changes_nothing(world: World) -> None:
    item = await world.item(60, safety_stock=12)
    order = await world.arrive(item.line(120))
    path = f"/supply/orders/{order['id']}/lines/1/what-if"
    before = await world.get(f"/supply/orders/{order['id']}")
    for browser in (world.owner, world.analyst):
        found = await world.get(path, browser)
        assert (found["accepted"], found["quantity"]) == (48, 120)
        assert [(each["input"], each["message"]) for each in found["changes"]] == [("stock", "supply.what_if.stock")]
        assert found["changes"][0]["values"]["more"] == {"type": "quantity", "value": 72}
    less = await world.get(path, quantity=60)
    assert {each["input"] for each in less["changes"]} == {"stock", "safety"}
    assert await world.get(f"/supply/orders/{order['id']}") == before
    await world.stock(item, 500)
    assert (await world.get(path))["changes"] == []


async def test_what_if_names_a_wrong_quantity_and_knows_no_foreign_line(world: World) -> None:
    item = await world.item(60)
    order = await world.arrive(item.line(120))
    path = f"/supply/orders/{order['id']}/lines/1/what-if"
    wrong = await world.owner.get(world.owner.at(f"{path}?quantity=121"))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/quantity")
    missing = await world.owner.get(world.owner.at(path.replace("/lines/1/", "/lines/9/")))
    assert missing.status_code == 404
    assert (await world.stranger.get(world.stranger.at(path))).status_code == 404


async def test_the_same_hold_is_told_once_however_often_it_is_decided(world: World) -> None:
    known, other = await world.item(500), await world.item(500)
    strange = known.line(10, vendor_product_identifier="NEVER-SEEN", asin="B0NEVERSEE")
    order = await world.arrive(other.line(48), strange)
    assert order["status"] == "held"

    async def kinds() -> list[tuple[str, str]]:
        return [(event["kind"], event["outcome"]) for event in await world.events(order)]

    first = [("order.held", "held")]
    assert await kinds() == first
    for units in (480, 460):  # each snapshot has every waiting order decided again
        await world.stock(known, units)
    assert await kinds() == first
    decided = await world.rows("select count(*) as n from decisions where purchase_order_id = $1", UUID(order["id"]))
    assert decided[0]["n"] > 0
    await world.stock(other, 36)  # less of another line: a new answer beneath the same hold
    assert await kinds() == [*first, ("order.proposed", "held")]
    await world.stock(other, 0)  # nothing of it is left: one more line is held
    assert await kinds() == [*first, ("order.proposed", "held"), *first]


def test_lines_that_stand_in_another_order_than_those_of_the_order_are_not_written() -> None:
    key = uuid4()
    order = SimpleNamespace(id=key, marketplace_id="A1PA6795UKMFR9", vendor_code="LUMD1")
    inputs: Any = SimpleNamespace(orders={"P": order}, lines={key: [SimpleNamespace(sequence=n) for n in ("2", "1")]})
    proposal: Any = SimpleNamespace(number="P", lines=[SimpleNamespace(sequence=n) for n in ("1", "2")])
    books: dict[UUID, Any] = {key: None}
    with pytest.raises(RuntimeError, match="P: decided line 1 where the order has 2"):
        next(iter(_line_rows(inputs, [proposal], {key: uuid4()}, {}, books, {}, None)))
