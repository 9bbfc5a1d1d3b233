"""What stands beside an order: late and short, its goods, its window, who is at work on it, its raw data, its rates."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from factories import Browser
from modules.supply.test_scopes import reader
from modules.supply.world import Json, World
from oktee.access.scope import Scope
from oktee.kit.database import new_id


@pytest.fixture(scope="module")
async def order(shared: World) -> Json:
    """A waiting order of two lines; the other vendor has one too."""
    item, scarce = await shared.item(500, brand="Aurea"), await shared.item(20, brand="Borealis")
    theirs = await shared.item(50, browser=shared.stranger, code="NRDH1")
    await shared.place(theirs.line(10), code="NRDH1")
    await shared.poll(shared.stranger)
    return await shared.arrive(item.line(48), scarce.line(60))


@pytest.fixture(scope="module")
async def brand_reader(shared: World) -> AsyncIterator[Browser]:
    async with reader(shared, Scope(brands=("Aurea",))) as browser:
        yield browser


async def numbers(world: World, status: str, browser: Browser | None = None) -> set[str]:
    found = await world.get("/supply/orders", browser, **{"filter[status]": status})
    return {row["po_number"] for row in found["rows"]}


async def test_an_order_whose_hours_are_over_is_late_in_lists_filters_and_on_its_page(
    world: World, order: Json
) -> None:
    assert order["mark"] is None
    assert order["po_number"] not in await numbers(world, "late")
    overdue = "update order_states set deadline_at = $2 where purchase_order_id = $1"
    await world.db.execute(overdue, UUID(order["id"]), datetime.now(UTC) - timedelta(minutes=1))
    try:
        assert (await world.again(order))["mark"] == "late"
        assert (await world.row(order["po_number"]))["mark"] == "late"
        assert order["po_number"] in await numbers(world, "late")
        assert order["po_number"] in await numbers(world, "late,held")
        assert order["po_number"] not in await numbers(world, "not:late")
        assert await numbers(world, "late", world.stranger) == set()
        wrong = await world.owner.get(world.owner.at("/supply/orders"), params={"filter[status]": "later"})
        assert wrong.status_code == 422
    finally:
        await world.db.execute(overdue, UUID(order["id"]), datetime.fromisoformat(order["deadline_at"]))


async def test_less_received_than_shipped_is_short_once_the_window_is_over(world: World) -> None:
    item = await world.item(100)
    sent = await world.confirmed(await world.arrive(item.line(40)))
    assert [step["name"] for step in sent["stages"]][-3:] == ["shipped", "arrived", "closed"]
    await ship(world, sent, 40, received=30)
    shown = await world.again(sent)
    steps = {step["name"]: step["state"] for step in shown["stages"]}
    assert (steps["shipped"], steps["arrived"], shown["mark"]) == ("done", "current", None)
    await world.db.execute(
        "update purchase_orders set window_end = now() - interval '1 day' where id = $1", UUID(sent["id"])
    )
    assert (await world.again(sent))["mark"] == "short"
    assert (await world.row(sent["po_number"]))["mark"] == "short"
    assert await numbers(world, "short") == {sent["po_number"]}
    await receive(world, sent, 40)
    whole = await world.again(sent)
    assert whole["mark"] is None
    assert {step["name"]: step["state"] for step in whole["stages"]}["arrived"] == "done"


async def test_the_window_says_how_early_the_goods_can_be_there(world: World, order: Json) -> None:
    found = order["feasibility"]
    assert (found["lines"], found["too_late"]) == (2, 0)
    assert found["earliest"] <= order["window"]["end"][:10]
    item = await world.item(100)
    start = datetime.now(UTC) - timedelta(days=2)
    window = {"window_start": start.isoformat(), "window_end": (start + timedelta(days=2, hours=6)).isoformat()}
    late = (await world.arrive(item.line(10), **window))["feasibility"]
    assert (late["lines"], late["too_late"]) == (1, 1)


async def test_a_note_stands_in_the_sentence_of_the_line_and_in_the_journal(world: World) -> None:
    item = await world.item(100)
    order = await world.arrive(item.line(20))
    line = {"sequence": order["lines"][0]["sequence"], "taken": 10, "note": "  kept for\n the fair "}
    saved = await world.draft(order, line)
    assert saved.status_code == 200, saved.text
    said = saved.json()["lines"][0]["summary"]
    assert said["message"] == "supply.summary.by_person_because"
    assert said["values"]["note"]["value"] == "kept for the fair"
    edited = next(event for event in await world.events(order) if event["kind"] == "order.edited")
    assert edited["payload"]["lines"][0]["note"] == "kept for the fair"
    plain = await world.draft(saved.json(), {**line, "taken": 12, "note": " "})
    assert plain.json()["lines"][0]["summary"]["message"] == "supply.summary.by_person"


async def test_who_types_is_told_to_the_others_of_the_order_and_to_nobody_else(
    world: World, order: Json, brand_reader: Browser
) -> None:
    first, second = (line["sequence"] for line in order["lines"])

    async def say(browser: Browser, *lines: str) -> list[Any]:
        path = browser.at(f"/supply/orders/{order['id']}/presence")
        answer = await browser.put(path, json={"lines": list(lines)})
        assert answer.status_code == 200, answer.text
        return [(one["name"], one["lines"]) for one in answer.json()["editors"]]

    assert await say(world.manager) == []
    assert await say(world.owner, first, second) == []
    me = "Lea Martin"
    assert await say(world.manager) == [(me, [first, second])]
    # Who sees one line of it hears of that line only.
    assert await say(brand_reader, second) == [(me, [first])]
    # What is no line of the order is not kept, and who may not answer types nothing.
    assert await say(world.analyst, first) == [(me, [first, second])]
    assert await say(world.owner, "x" * 40) == []
    assert await say(world.manager) == []
    long = world.owner.at(f"/supply/orders/{order['id']}/presence")
    assert (await world.owner.put(long, json={"lines": ["x" * 41]})).status_code == 422
    path = world.stranger.at(f"/supply/orders/{order['id']}/presence")
    assert (await world.stranger.put(path, json={"lines": []})).status_code == 404


async def test_raw_data_is_for_who_may_read_it_and_its_reading_is_kept(
    world: World, order: Json, brand_reader: Browser
) -> None:
    item = await world.item(100)
    sent = await world.confirmed(await world.arrive(item.line(24)))
    raw = await world.get(f"/supply/orders/{sent['id']}/raw")
    (answer,) = await world.answers(sent["po_number"])
    assert raw["answers"][0]["body"].encode() == answer["payload"]
    assert raw["answers"][0]["sha256"] == answer["payload_hash"].hex()
    assert [one["revision"] for one in raw["revisions"]] == [1]
    assert [event["kind"] for event in await world.events(sent)].count("order.raw_read") == 1
    for browser in (world.manager, brand_reader):
        assert (await browser.get(browser.at(f"/supply/orders/{order['id']}/raw"))).status_code == 403


async def test_the_rate_of_a_vendor_code_counts_the_answers_of_its_other_orders(world: World) -> None:
    item = await world.item(100, code="LUMI1")
    one = await world.confirmed(await world.arrive(item.line(60), code="LUMI1"))
    two = await world.arrive(item.line(60), code="LUMI1")
    rate = await world.get(f"/supply/orders/{two['id']}/confirmation-rate")
    assert (rate["orders"], rate["asked"], rate["confirmed"]) == (1, 60, 60)
    alone = await world.get(f"/supply/orders/{one['id']}/confirmation-rate")
    assert (alone["orders"], alone["asked"]) == (0, 0)


async def test_the_age_of_the_stock_is_told_with_the_age_that_is_too_old(world: World, order: Json) -> None:
    fresh = await world.get("/supply/stock-age")
    assert fresh["old"] is False
    assert fresh["limit_seconds"] in (4 * 3600, 24 * 3600)
    item = await world.item(None)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    await world.stock(item, 5, as_of=long_ago)
    assert (await world.get("/supply/stock-age"))["old"] is False, "the warehouse was counted since, all but this"
    counted = "update stock_balances set as_of = as_of {} interval '3 days' where organization_id = $1"
    await world.db.execute(counted.format("-"), world.organization_id)
    try:
        assert (await world.get("/supply/stock-age"))["old"] is True
    finally:
        await world.db.execute(counted.format("+"), world.organization_id)


async def ship(world: World, order: Json, units: int, *, received: int) -> None:
    """As if Amazon showed a shipment of the whole first line as gone, and had booked some of it."""
    shipment, organization = new_id(), world.organization_id
    await world.db.execute(
        """insert into shipments (organization_id, id, connection_id, identifier, purchase_order_id, order_ids, origin,
            marketplace_id, vendor_code, ship_at, amazon_status, amazon_confirmed_at, version)
        select organization_id, $2, connection_id, 'ASN-' || po_number, id, array[id], 'outside', marketplace_id,
            vendor_code, now(), 'Shipped', now(), 1 from purchase_orders where id = $1""",
        UUID(order["id"]), shipment,
    )  # fmt: skip
    await world.db.execute(
        """insert into shipment_items (organization_id, id, shipment_id, purchase_order_id, po_number, sequence, units,
            shown_units) values ($1, $2, $3, $4, $5, $6, $7, $7)""",
        organization, new_id(), shipment, UUID(order["id"]), order["po_number"], order["lines"][0]["sequence"], units,
    )  # fmt: skip
    await receive(world, order, received)


async def receive(world: World, order: Json, units: int) -> None:
    await world.db.execute("update purchase_orders set received_units = $2 where id = $1", UUID(order["id"]), units)
    await world.db.execute(
        "update purchase_order_line_status set received_units = $2, last_received_at = now() where purchase_order_id = $1",
        UUID(order["id"]), units,
    )  # fmt: skip


async def test_a_line_is_matched_where_it_stands_and_decided_with_its_product(world: World) -> None:
    item = await world.item(100)
    unknown = {**item.line(24), "asin": "B0NOWHERE1", "vendor_product_identifier": "NOBODY-1"}
    order = await world.arrive(unknown)
    line = order["lines"][0]
    assert (line["sku"], line["needs_person"]) == (None, True)
    path = f"/supply/orders/{order['id']}/lines/{line['sequence']}/match"
    seen = {"decision_id": order["decision"]["id"]}
    missing = await world.manager.put(world.manager.at(path), json={"sku": "NOT-THERE"} | seen)
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/sku")
    foreign = await world.stranger.put(world.stranger.at(path), json={"sku": item.sku} | seen)
    assert foreign.status_code == 404
    elsewhere = {"decision_id": order["id"]}
    overtaken = await world.manager.put(world.manager.at(path), json={"sku": item.sku} | elsewhere)
    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "decision_changed")
    assert (await world.manager.put(world.manager.at(path), json={"sku": item.sku} | seen)).status_code == 204
    await world.turn()
    decided = (await world.again(order))["lines"][0]
    assert (decided["sku"], decided["taken"]) == (item.sku, 24)
    assert "order.matched" in [event["kind"] for event in await world.events(order)]
    other = await world.item(100)
    known = {"sku": other.sku, "decision_id": (await world.again(order))["decision"]["id"]}
    refused = await world.manager.put(world.manager.at(path), json=known)
    assert (refused.status_code, refused.json()["code"]) == (409, "line_matched"), "its product is known by now"
