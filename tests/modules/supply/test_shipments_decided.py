"""Shipments carry what was decided: who pays freight, which warehouse, full cases, weights, lots and days of expiry."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from catalog.loading import STOCK, stock_row
from modules.supply.test_joint_shipments import CENTRE, join, ordered
from modules.supply.test_shipments import (
    as_written,
    at,
    confirmed,
    draft,
    leaves_now,
    numbered,
    one,
    page,
    sent,
    shipments_at_amazon,
)
from modules.supply.world import Item, Json, World
from oktee.kit.database import tenant_session
from oktee.modules.supply.anomalies.reading import read_world

__all__ = ["numbered"]

WAREHOUSES = (
    "code,name,time_zone,country,party_id,address,city,postal_code\n"
    "LYON,Lumea Lyon,Europe/Paris,FR,WH-LY,1 quai Sud,Lyon,69007\n"
    "LILLE,Lumea Lille,Europe/Paris,FR,WH-LI,2 rue Nord,Lille,59000\n"
    "NICE,Lumea Nice,Europe/Paris,FR,,,,\n"
)


@pytest.fixture
async def pooled(world: World) -> AsyncIterator[World]:
    """LYON, LILLE and NICE serve the vendor code."""
    await world.upload("warehouses", WAREHOUSES)
    await world.upload("stock_pools", "vendor_code,warehouse,rank\nLUMD1,LYON,1\nLUMD1,LILLE,2\nLUMD1,NICE,3\n")
    yield world
    await world.db.execute("delete from stock_pools")
    await world.db.execute("delete from vendor_terms")
    await world.db.execute("delete from warehouses")


async def shelves(world: World, item: Item, **units: int) -> None:
    at_now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = (stock_row(item.sku, on_hand, as_of=at_now, warehouse=code) for code, on_hand in units.items())
    await world.upload("stock", STOCK + "".join(rows))


async def put(world: World, order: Json, shipment: Json, **over: Any) -> Json:
    said = {name: shipment[name] for name in ("warehouse", "transportation_mode")}
    body = as_written(shipment, **said | over)
    answer = await world.owner.put(world.owner.at(at(order, f"/{shipment['id']}")), json=body)
    assert answer.status_code == 200, answer.text
    return await one(world, order, shipment)


async def told(world: World, order: Json, operation: str = "SubmitShipmentConfirmations") -> Json:
    """The last body about this order that reached Amazon."""
    calls = [each for each in await world.amazon.calls(operation) if order["po_number"] in each["purchase_orders"]]
    (shipment,) = next(iter(json.loads(calls[-1]["body"]).values()))
    return dict(shipment)


def held(shipment: Json) -> list[int]:
    return [item["units"] for item in shipment["items"]]


async def test_terms_that_say_amazon_pays_reach_the_shipment_and_its_dates(world: World) -> None:
    await world.upload("vendor_terms", "vendor_code,freight,mode,transport\nLUMD1,collect,ftl,air\n")
    order = await confirmed(world, freight="collect", fulfilment_center="LEJ1")
    other = await confirmed(world, freight="collect", fulfilment_center="LEJ1")
    for each in (order, other):
        await world.db.execute("update purchase_orders set freight = null where po_number = $1", each["po_number"])
    made = await draft(world, order)
    whole = await page(world, order)
    assert (whole["freight"], whole["window"]["kind"], made["freight"]) == ("collect", "ship", "collect")
    detail, row = await world.again(order), await world.row(order["po_number"])
    assert (detail["freight"], detail["window"]["kind"], row["window"]["kind"]) == ("collect", "ship", "ship")
    assert (made["shipment_type"], made["transportation_mode"]) == ("TruckLoad", "Air")
    joint = await join(world, order, made, other)
    assert joint.status_code == 200, joint.text
    made = await one(world, order, made)
    now = datetime.now(UTC)
    # It leaves inside the window and arrives after it: who fetches promises the departure.
    items = [{name: item[name] for name in ("po_number", "sequence", "units")} for item in made["items"]]
    ready = await put(
        world, order, made, items=items, weight_kg="120", volume_m3="1.5", ship_at=(now + timedelta(days=2)).isoformat(),
        deliver_at=(now + timedelta(days=20)).isoformat(), pickup_at=(now + timedelta(days=2)).isoformat(),
    )  # fmt: skip
    assert {each["code"] for each in ready["findings"]["transport"]} == set()
    assert "outside_window" not in {each["code"] for each in ready["findings"]["confirmation"]}
    asked = await sent(world, order, ready, "transport")
    assert (asked["status"], asked["amazon_status"]) == ("requested", "TransportationRequested")
    assert (await told(world, order, "SubmitShipments"))["transportationDetails"]["transportationMode"] == "Air"
    # What Amazon was asked for is not another freight term because somebody changes a row afterwards.
    await world.db.execute("delete from vendor_terms")
    assert (await one(world, order, asked))["freight"] == "collect"


async def test_each_warehouse_that_gives_has_a_draft_with_its_lines_and_its_address(pooled: World) -> None:
    first, second = await pooled.item(None), await pooled.item(None)
    await shelves(pooled, first, LYON=36, LILLE=24)
    await shelves(pooled, second, LILLE=12, NICE=12)
    now = datetime.now(UTC)
    window = {
        "window_start": (now - timedelta(hours=1)).isoformat(),
        "window_end": (now + timedelta(days=8)).isoformat(),
    }
    order = await pooled.arrive(first.line(60), second.line(24), fulfilment_center=CENTRE, **window)
    order = await pooled.confirmed(order)
    await pooled.poll()
    await draft(pooled, order)
    whole = await page(pooled, order)
    by_code = {each["warehouse"]: each for each in whole["shipments"]}
    assert {code: held(each) for code, each in by_code.items()} == {"LYON": [36], "LILLE": [24, 12], "NICE": [12]}
    assert {code: each["ship_from"]["party_id"] for code, each in by_code.items()} == {
        "LYON": "WH-LY", "LILLE": "WH-LI", "NICE": "WH-LYON",
    }  # fmt: skip
    assert by_code["LYON"]["ship_from"] == {
        "party_id": "WH-LY", "name": "Lumea Lyon", "line1": "1 quai Sud", "city": "Lyon", "postal_code": "69007",
        "country_code": "FR",
    }  # fmt: skip
    assert [(line["left"], line["drafted"]) for line in whole["lines"]] == [(0, 60), (0, 24)]
    # Less leaves of LILLE, and that draft goes: what is made again is of the same warehouses, each unit once.
    ready = await put(pooled, order, by_code["LYON"], **leaves_now())
    seen = await sent(pooled, order, ready)
    assert (seen["status"], seen["items"][0]["confirmed_units"]) == ("seen", 36)
    assert (await told(pooled, order))["shipFromParty"]["partyId"] == "WH-LY"
    gone = by_code["LILLE"]
    await pooled.owner.delete(pooled.owner.at(at(order, f"/{gone['id']}?version={gone['version']}")))
    await draft(pooled, order)
    again = {each["warehouse"]: held(each) for each in (await page(pooled, order))["shipments"]}
    assert again == {"LYON": [36], "LILLE": [24, 12], "NICE": [12]}
    unknown = as_written(by_code["NICE"], warehouse="NOWHERE")
    refused = await pooled.owner.put(pooled.owner.at(at(order, f"/{by_code['NICE']['id']}")), json=unknown)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_warehouse")
    stranger = await pooled.stranger.get(pooled.stranger.at(at(order)))
    assert stranger.status_code == 404


async def test_only_what_leaves_from_the_same_warehouse_joins(pooled: World) -> None:
    item = await pooled.item(None)
    await shelves(pooled, item, LYON=36, LILLE=48)
    first = await ordered(pooled, item, 24)
    second = await ordered(pooled, item, 36)  # twelve are left in Lyon, the rest is Lille's
    made = await draft(pooled, first)
    assert made["warehouse"] == "LYON"
    offered = await pooled.get(at(first, f"/{made['id']}/joinable-orders"))
    assert {each["po_number"]: each["units"] for each in offered["orders"]} == {second["po_number"]: 12}
    assert (await join(pooled, first, made, second)).status_code == 200
    assert sum(held(await one(pooled, first, made))) == 36
    rest = await draft(pooled, second)
    assert (rest["warehouse"], held(rest)) == ("LILLE", [24])


async def test_what_was_answered_elsewhere_is_packed_in_the_cases_of_the_catalogue_and_weighed(world: World) -> None:
    item = await world.item(500, case_pack=12)
    await world.upload(
        "items",
        "sku,title,case_pack,asin,vendor_sku,vendor_code,marketplaces,quantity,weight,weight_unit,"
        "case_weight,case_weight_unit,case_length,case_width,case_height,case_dimension_unit\n"
        f"{item.sku},Pack of three,12,{item.asin},{item.sku},LUMD1,DE,3,400,g,5.5,kg,40,30,20,cm\n",
    )
    number = await world.place(item.line(10), fulfilment_center=CENTRE)
    await world.answer_elsewhere(number, line_1=10)
    await world.poll()
    order = await world.order(number)
    await world.db.execute("update order_states set decision_id = null where purchase_order_id = $1::uuid", order["id"])
    made = await draft(world, order)
    # Twelve pieces are four packs of three; two packs are left over for a carton of their own.
    assert [sum(c["units"] for c in each["contents"]) for each in made["containers"]] == [4, 4, 2]
    assert [(each["weight_kg"], each["weight_proposed"]) for each in made["containers"]] == [
        ("5.500", True), ("5.500", True), ("2.400", True),
    ]  # fmt: skip
    assert (made["weight_kg"], made["weight_proposed"]) == ("13.400", True)
    (line,) = (await page(world, order))["lines"]
    assert (line["case_pack"], line["case_size_mm"]) == (4, ["400.000", "300.000", "200.000"])
    typed = await put(world, order, made, weight_kg="20", weight_proposed=False)
    assert (typed["weight_kg"], typed["weight_proposed"]) == ("20.000", False)
    fewer = await put(
        world,
        order,
        typed,
        items=[{"sequence": "1", "units": 8}],
        containers=made["containers"][:2],
        weight_proposed=False,
    )
    assert (fewer["weight_kg"], fewer["containers"][1]["weight_kg"]) == ("20.000", "5.500")
    empty = await put(world, order, fewer, weight_kg=None)
    assert (empty["weight_kg"], empty["weight_proposed"]) == ("11.000", True)


async def test_lots_and_expiry_are_asked_for_checked_and_told(world: World) -> None:
    item = await world.item(500, case_pack=12)
    await world.db.execute("update items set expiry_managed = true, shelf_life_days = 400 where sku = $1", item.sku)
    order = await ordered(world, item, 24)
    made = await draft(world, order)
    (line,) = (await page(world, order))["lines"]
    assert (line["expiry_managed"], line["shelf_life_days"]) == (True, 400)
    assert {"expiry_missing", "lot_missing"} <= {each["code"] for each in made["findings"]["confirmation"]}
    expires = (datetime.now(UTC).date() + timedelta(days=10)).isoformat()
    lots = [{"sequence": "1", "units": 24, "lot_number": " L-1 ", "expires_on": expires}]
    ready = await put(world, order, made, items=lots, **leaves_now())
    assert [(each["code"], each["charge"]) for each in ready["findings"]["confirmation"]] == [("expires_soon", "asn")]
    assert (ready["items"][0]["lot_number"], ready["items"][0]["expires_on"]) == ("L-1", expires)
    assert (await sent(world, order, ready))["status"] == "seen"
    (known,) = await shipments_at_amazon(world, order)
    (item_sent,) = (await told(world, order))["shippedItems"]
    assert item_sent["itemDetails"]["lotNumber"] == "L-1"
    assert date.fromisoformat(item_sent["itemDetails"]["expiry"]["expiryDate"][:10]).isoformat() == expires
    assert known["confirmations"][0]["defects"] == ["EXPIRES_SOON"]


async def test_a_prefix_that_comes_later_numbers_what_has_no_number(world: World) -> None:
    async def prefix(value: str) -> None:
        await world.db.execute(
            "update module_settings set value = jsonb_set(value, '{gs1_prefix}', $1::jsonb) where module = 'supply'",
            json.dumps(value),
        )

    await prefix("")
    order = await confirmed(world)
    made = await draft(world, order)
    assert {each["sscc"] for each in made["containers"]} == {None}
    own = [{**made["containers"][0], "sscc": "106141412345678908"}, *made["containers"][1:]]
    made = await put(world, order, made, containers=own)
    await prefix("3453120")
    path = world.owner.at(at(order, f"/{made['id']}/packing"))
    answer = await world.owner.post(path, json={"version": made["version"], "mode": "numbers"})
    assert answer.status_code == 200, answer.text
    done = await one(world, order, made)
    numbers = [each["sscc"] for each in done["containers"]]
    assert numbers[0] == "106141412345678908"
    assert len(set(numbers)) == len(numbers) == 5
    await prefix("9453120")
    kept = await put(
        world,
        order,
        done,
        containers=[{**each, "sscc": None} if each["number"] == 5 else each for each in done["containers"]],
    )
    changed = [each["sscc"] for each in kept["containers"]]
    assert changed[:4] == numbers[:4]
    assert "9453120" in changed[4]


async def test_a_warehouse_that_nobody_describes_is_said_before_a_truck_is_sent_elsewhere(pooled: World) -> None:
    item = await pooled.item(None)
    await shelves(pooled, item, NICE=36)
    order = await ordered(pooled, item, 24)
    made = await draft(pooled, order)

    def unsaid(shipment: Json) -> list[Json]:
        return [each for each in shipment["findings"]["confirmation"] if each["code"] == "warehouse_unsaid"]

    (found,) = unsaid(made)
    assert (found["field"], found["values"], found["blocking"]) == ("/warehouse", {"warehouse": "NICE"}, False)
    await pooled.db.execute("update purchase_orders set freight = 'collect' where po_number = $1", order["po_number"])
    collect = await put(pooled, order, made)
    assert [each["blocking"] for each in unsaid(collect)] == [True]
    typed = await put(pooled, order, collect, ship_from=collect["ship_from"] | {"line1": "3 quai Est"})
    assert unsaid(typed) == []


async def test_boxes_that_amazon_has_are_numbered_only_when_somebody_asks(world: World) -> None:
    order = await confirmed(world)
    made = await put(world, order, await draft(world, order), **leaves_now())
    seen = await sent(world, order, made)
    assert seen["status"] == "seen"
    # Two labels do not say what Amazon has: they are emptied here, and a correction must not invent others.
    bare = [{**each, "sscc": None} if each["number"] > 3 else each for each in seen["containers"]]
    kept = await put(world, order, seen, containers=bare)
    assert [bool(each["sscc"]) for each in kept["containers"]] == [True, True, True, False, False]
    path = world.owner.at(at(order, f"/{made['id']}/packing"))
    assert (await world.owner.post(path, json={"version": kept["version"], "mode": "by_case"})).status_code == 200
    packed = await one(world, order, made)
    assert [bool(each["sscc"]) for each in packed["containers"]] == [True, True, True, False, False]
    assert (await world.owner.post(path, json={"version": packed["version"], "mode": "numbers"})).status_code == 200
    assert all(each["sscc"] for each in (await one(world, order, made))["containers"])


async def test_what_amazon_was_only_asked_to_fetch_has_not_left(world: World) -> None:
    order = await confirmed(world, freight="collect")
    made = await draft(world, order)
    now = datetime.now(UTC)
    ready = await put(
        world, order, made, weight_kg="120", volume_m3="1.5", pickup_at=(now + timedelta(days=2)).isoformat()
    )
    asked = await sent(world, order, ready, "transport")
    await world.poll()
    shown = await one(world, order, asked)
    assert (asked["status"], shown["items"][0]["shown_units"]) == ("requested", 60)

    # Its window goes by and nothing was confirmed as gone: nothing is short, and it was accepted and never shipped.
    past = "update purchase_orders set window_end = now() - interval '1 day' where po_number = $1"
    await world.db.execute(past, order["po_number"])
    assert await goods(world, order) == (None, "todo", 0)
    gone = await sent(world, order, await put(world, order, shown, **leaves_now()))
    assert (gone["status"], gone["amazon_status"]) == ("seen", "Shipped")
    assert await goods(world, order) == ("short", "done", 60)


async def goods(world: World, order: Json) -> tuple[str | None, str, int]:
    """What the mark, the stage and the anomalies say of what left."""
    detail = await world.again(order)
    stages = {each["name"]: each["state"] for each in detail["stages"]}
    async with tenant_session(world.organization_id) as session:
        seen = await read_world(session, datetime.now(UTC))
    (shipped,) = [each.shipped for each in seen.deliveries if each.order.number == order["po_number"]]
    return detail["mark"], stages.get("shipped", "todo"), shipped
