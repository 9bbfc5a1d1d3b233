"""Logistics rules and real orders: what waits is decided again, the answer carries the date, a full day makes way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from modules.supply.world import World
from oktee.catalog.logistics.days_off import public_holidays

WAREHOUSE = "code,time_zone,working_days,cut_off,capacity,capacity_unit\n"


def said(order: dict[str, Any], message: str) -> dict[str, Any] | None:
    steps = (step for step in order["lines"][0]["trace"] if step["message"] == message)
    return next(({name: each["value"] for name, each in step["values"].items()} for step in steps), None)


async def test_what_waits_is_decided_again_when_a_rule_is_handed_in_changed_or_removed(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    assert said(order, "supply.logistics.only_warehouse") is None
    await world.upload("warehouses", WAREHOUSE + "LYON,Europe/Paris,mon-fri,23:59,,\n")
    await world.upload("transit_times", "origin,country,days\nLYON,DE,3\n")
    told = await world.again(order)
    way = said(told, "supply.logistics.way")
    assert way is not None
    assert (way["transit"], way["warehouse"], way["place"]) == (3, "LYON", "DE")
    listed = (await world.get("/administration/logistics/transit_times"))["rows"]
    at = world.manager.at(f"/administration/logistics/transit_times/{listed[0]['id']}")
    changed = await world.manager.put(at, json={"values": {"origin": "LYON", "country": "DE", "days": "5"}})
    assert changed.status_code == 200
    await world.turn()
    way = said(await world.again(order), "supply.logistics.way")
    assert way is not None
    assert way["transit"] == 5
    assert (await world.manager.delete(at)).status_code == 204
    await world.turn()
    assert said(await world.again(order), "supply.logistics.way") is None


async def test_terms_say_who_pays_freight_so_that_the_order_is_not_held_and_the_answer_has_its_date(
    world: World,
) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    await world.db.execute("update purchase_orders set freight = null where po_number = $1", order["po_number"])
    await world.stock(item, 480)
    held = await world.again(order)
    assert [step["message"] for step in held["lines"][0]["hold"]] == ["supply.window.freight_unknown"]
    await world.upload("vendor_terms", "vendor_code,freight\nLUMD1,collect\n")
    fresh = await world.again(order)
    assert (fresh["status"], fresh["lines"][0]["hold"]) == ("to_confirm", [])
    await world.confirmed(fresh)
    (sent,) = await world.submissions(order["po_number"])
    assert "scheduledShipDate" in str(sent)
    assert "scheduledDeliveryDate" not in str(sent)


async def test_nothing_leaves_on_a_public_holiday_or_while_the_warehouse_is_closed(world: World) -> None:
    item = await world.item(500)
    await world.upload("calendars", "name,country\nOurs,FR\n")
    today = datetime.now(UTC).date()
    closed = [(today + timedelta(days=n)).isoformat() for n in (0, 30)]
    await world.upload("closures", f"calendar,first_day,last_day\nOurs,{closed[0]},{closed[1]}\n")
    await world.upload("warehouses", "code,time_zone,calendar\nLYON,Europe/Paris,Ours\n")
    order = await world.arrive(item.line(12))
    told = said(order, "supply.logistics.only_warehouse")
    assert told is not None
    assert date.fromisoformat(told["first"]) > today + timedelta(days=30)
    assert date.fromisoformat(told["first"]) not in public_holidays("FR", None, today.year, today.year + 1)
    await world.upload("warehouses", "code,time_zone,calendar\nLYON,Europe/Paris,\n")


async def test_a_day_that_other_orders_fill_makes_way(world: World) -> None:
    item = await world.item(500)
    await world.upload("warehouses", WAREHOUSE + "LYON,Europe/Paris,mon-sun,12:00,1,lines\n")
    first, second = await world.arrive(item.line(12)), await world.arrive(item.line(12))
    full = said(second, "supply.logistics.full_lines")
    assert full is not None
    days = {
        row["po_number"]: row["leaves_on"]
        for row in await world.rows(
            "select o.po_number, l.leaves_on from decision_lines l join order_states s on s.decision_id = l.decision_id "
            "join purchase_orders o on o.id = s.purchase_order_id where o.po_number = any($1)",
            [first["po_number"], second["po_number"]],
        )
    }
    assert date.fromisoformat(full["full"]) <= days[first["po_number"]] < days[second["po_number"]]
    assert days[second["po_number"]] == date.fromisoformat(full["day"])
    promised = datetime.fromisoformat(second["lines"][0]["ship_at"])
    assert promised.date() >= days[second["po_number"]]


async def test_the_page_says_what_the_rules_do_not_say_yet(world: World) -> None:
    async def gaps() -> dict[str, list[str]]:
        page = await world.get("/administration/logistics/warehouses")
        return {gap["code"]: gap["names"] for gap in page["gaps"]}

    for table in ("stock_pools", "vendor_terms", "transit_times", "fulfilment_centres", "warehouses"):
        await world.db.execute(f"delete from {table}")
    item = await world.item(500)
    await world.arrive(item.line(12), fulfilment_center="DUS2")
    assert (await gaps())["stock_unknown"] == ["LYON"]
    await world.upload("warehouses", "code,time_zone,party_id,address\nLYON,Europe/Paris,WH1,1 quai Sud\nLILLE,UTC,,\n")
    await world.upload("fulfilment_centres", "code\nORY1\n")
    found = await gaps()
    assert "stock_unknown" not in found
    assert (found["address_missing"], found["transit_missing"]) == (["LILLE"], ["LILLE", "LYON"])
    assert "LUMD1" in found["origin_missing"]
    assert "DUS2" in found["centre_unknown"]
    await world.upload("transit_times", "origin,days\nLYON,2\nLILLE,2\n")
    await world.upload("vendor_terms", "vendor_code,warehouse\nLUMD1,LYON\n")
    found = await gaps()
    assert "transit_missing" not in found
    assert "LUMD1" not in found.get("origin_missing", [])
    strangers = await world.get("/administration/logistics/warehouses", world.stranger)
    assert "LILLE" not in str(strangers["gaps"])
