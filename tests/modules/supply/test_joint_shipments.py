"""One shipment for several orders, and a confirmation that leaves by itself at the departure."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from factories import Browser
from modules.supply.test_scopes import reader
from modules.supply.test_shipments import (
    as_written,
    at,
    draft,
    leaves_now,
    numbered,
    one,
    page,
    put,
    send,
    sent,
    shipments_at_amazon,
)
from modules.supply.world import Item, Json, World
from oktee.access.scope import Scope
from oktee.kit.module import installed
from oktee.kit.work import QUEUES, Crew

__all__ = ["numbered"]
CENTRE = "DUS2"


async def ordered(world: World, item: Item, quantity: int, **over: Any) -> Json:
    """An order to the same centre, confirmed whole and seen, its window open."""
    now = datetime.now(UTC)
    window = {
        "window_start": (now - timedelta(hours=1)).isoformat(),
        "window_end": (now + timedelta(days=8)).isoformat(),
    }
    order = await world.arrive(item.line(quantity), **{"fulfilment_center": CENTRE, **window, **over})
    found = await world.confirmed(order)
    await world.poll()
    return found


async def join(
    world: World, order: Json, shipment: Json, *others: Json, browser: Browser | None = None
) -> httpx.Response:
    browser = browser or world.owner
    body = {"version": shipment["version"], "order_ids": [each["id"] for each in others]}
    return await browser.post(browser.at(at(order, f"/{shipment['id']}/orders")), json=body)


async def joined(world: World, order: Json, *others: Json) -> Json:
    made = await draft(world, order)
    answer = await join(world, order, made, *others)
    assert answer.status_code == 200, answer.text
    return await one(world, order, made)


def whole(shipment: Json) -> list[Json]:
    return [{name: item[name] for name in ("po_number", "sequence", "units")} for item in shipment["items"]]


async def write(world: World, order: Json, shipment: Json, **over: Any) -> Json:
    return await put(world, order, shipment, items=whole(shipment), **over)


async def depart(world: World, shipment: Json, ago: timedelta = timedelta(seconds=1)) -> None:
    """The moment of its departure is over by so much."""
    await world.db.execute(
        "update shipments set ship_at = now() - $2::interval, send_at = now() - $2::interval where id = $1",
        UUID(shipment["id"]), ago,
    )  # fmt: skip
    await world.db.execute(
        "update work set due_at = now() - interval '1 second' where kind = 'confirm_departure' and key = $1",
        shipment["id"],
    )


async def timer(world: World, order: Json, shipment: Json) -> httpx.Response:
    address = world.owner.at(at(order, f"/{shipment['id']}/departure"))
    return await world.owner.put(address, json={"version": shipment["version"]})


async def leaving(world: World, quantity: int = 24) -> tuple[Json, Json]:
    """An order and its shipment, ready, to be confirmed at its departure in an hour."""
    order = await ordered(world, await world.item(500, case_pack=12), quantity)
    hour = datetime.now(UTC) + timedelta(hours=1)
    dates = {"ship_at": hour.isoformat(), "deliver_at": (hour + timedelta(days=2)).isoformat()}
    ready = await write(world, order, await draft(world, order), **dates)
    answer = await timer(world, order, ready)
    assert answer.status_code == 200, answer.text
    return order, await one(world, order, ready)


async def told(world: World, order: Json) -> list[Json]:
    groups = (await world.get("/notifications"))["groups"]
    items = [item for group in groups if group["object_id"] == order["id"] for item in group["items"]]
    return [item for item in items if item["notice"] == "shipment_not_sent" and not item["resolved"]]


async def test_two_orders_travel_in_one_shipment_and_both_are_shipped_and_received(world: World) -> None:
    first = await ordered(world, await world.item(500, case_pack=12), 24)
    second = await ordered(world, await world.item(500, case_pack=6), 12)
    elsewhere = await ordered(world, await world.item(500, case_pack=1), 10, fulfilment_center="LEJ1")
    french = await world.item(500, code="LUMF1")
    foreign = await world.arrive(french.line(10), code="LUMF1")
    made = await draft(world, first)
    offered = await world.get(at(first, f"/{made['id']}/joinable-orders"))
    (offer,) = offered["orders"]
    assert (offer["po_number"], offer["units"], offer["lines"], offer["fits"]) == (second["po_number"], 12, 1, True)
    refused = await join(world, first, made, elsewhere, foreign)
    assert (refused.status_code, refused.json()["code"]) == (422, "cannot_travel_together")
    assert {(each["pointer"], each["code"]) for each in refused.json()["errors"]} >= {
        ("/order_ids/0", "destination_differs"),
        ("/order_ids/1", "vendor_code_differs"),
        ("/order_ids/1", "nothing_open"),
    }
    assert (await join(world, first, made, second)).status_code == 200
    both = await one(world, first, made)
    held = sorted((item["po_number"], item["sequence"], item["units"]) for item in both["items"])
    assert held == sorted([(first["po_number"], "1", 24), (second["po_number"], "1", 12)])
    assert [each["po_number"] for each in both["others"]] == [second["po_number"]]
    assert len({each["sscc"] for each in both["containers"]}) == len(both["containers"]) == 4
    # The other order's page shows the same shipment, and offers nothing of what stands in it.
    mirrored = await page(world, second)
    assert ([each["id"] for each in mirrored["shipments"]], mirrored["lines"][0]["left"]) == ([made["id"]], 0)
    more = await put(world, first, both, items=[{**item, "units": item["units"] + 1} for item in whole(both)])
    over = [each for each in more["findings"]["confirmation"] if each["code"] == "more_than_confirmed"]
    assert {each["values"]["order"] for each in over} == {first["po_number"], second["po_number"]}
    packing = {"version": more["version"], "cartons_per_pallet": 10}
    right = await put(world, first, more, items=whole(both))
    packing["version"] = right["version"]
    address = world.owner.at(at(second, f"/{made['id']}/packing"))
    assert (await world.owner.post(address, json=packing)).status_code == 200
    ready = await write(world, second, await one(world, second, made), **leaves_now())
    assert [each["code"] for each in ready["findings"]["confirmation"]] == []
    seen = await sent(world, second, ready)
    assert (seen["status"], [item["confirmed_units"] for item in seen["items"]]) == (
        "seen", [item["units"] for item in seen["items"]],
    )  # fmt: skip
    for order, units in ((first, 24), (second, 12)):
        shown = await page(world, order)
        assert (shown["lines"][0]["shipped"], shown["lines"][0]["left"]) == (units, 0)
        (known,) = await shipments_at_amazon(world, order)
        assert (known["identifier"], len(known["parts"]), known["confirmations"][0]["defects"]) == (
            made["identifier"], 2, [],
        )  # fmt: skip
        kinds = [event["kind"] for event in await world.events(order)]
        assert {"shipment.joined", "shipment.sent", "shipment.seen"} <= set(kinds)
    await world.amazon.control("POST", f"/shipments/{made['identifier']}/arrival")
    await world.later()
    await world.poll()
    assert [(await page(world, order))["lines"][0]["received"] for order in (first, second)] == [24, 12]
    assert (await world.stranger.get(world.stranger.at(at(second)))).status_code == 404
    strange = await join(world, second, seen, first, browser=world.stranger)
    assert strange.status_code == 404


async def test_one_carton_holds_goods_of_both_and_is_read_back_line_by_line(world: World) -> None:
    first = await ordered(world, await world.item(500, case_pack=1), 5)
    second = await ordered(world, await world.item(500, case_pack=1), 7)
    both = await joined(world, first, second)
    packing = {"version": both["version"], "mode": "one_carton"}
    await world.owner.post(world.owner.at(at(first, f"/{both['id']}/packing")), json=packing)
    mixed = await one(world, first, both)
    assert [len(each["contents"]) for each in mixed["containers"]] == [2]
    await sent(world, first, await write(world, first, mixed, **leaves_now()))
    await world.db.execute("delete from shipments where identifier = $1", both["identifier"])
    await world.owner.post(world.owner.at(f"/administration/sync/{world.connection_id}/shipments/runs"))
    await world.turn()
    for order in (first, second):
        (found,) = (await page(world, order))["shipments"]
        assert (found["origin"], len(found["others"])) == ("outside", 1)
        held = {(each["po_number"], each["sequence"], each["units"]) for each in found["containers"][0]["contents"]}
        assert held == {(first["po_number"], "1", 5), (second["po_number"], "1", 7)}


async def test_an_order_is_taken_out_again_until_amazon_has_the_shipment(world: World) -> None:
    first = await ordered(world, await world.item(500, case_pack=12), 24)
    second = await ordered(world, await world.item(500, case_pack=12), 12)
    both = await joined(world, first, second)
    base = at(second, f"/{both['id']}/orders/{first['id']}")
    stale = await world.owner.delete(world.owner.at(f"{base}?version=1"))
    assert (stale.status_code, stale.json()["code"]) == (409, "shipment_changed")
    out = await world.owner.delete(world.owner.at(f"{base}?version={both['version']}"))
    assert out.status_code == 200, out.text
    alone = await one(world, second, both)
    assert (whole(alone), alone["others"]) == ([{"po_number": second["po_number"], "sequence": "1", "units": 12}], [])
    assert [each["contents"][0]["po_number"] for each in alone["containers"]] == [second["po_number"]]
    free = await page(world, first)
    assert (free["shipments"], free["lines"][0]["left"]) == ([], 24)
    last = await world.owner.delete(
        world.owner.at(at(second, f"/{both['id']}/orders/{second['id']}?version={alone['version']}"))
    )
    assert (last.status_code, last.json()["code"]) == (422, "cannot_travel_together")
    seen = await sent(world, second, await write(world, second, alone, **leaves_now()))
    late = await join(world, second, seen, first)
    assert (late.status_code, late.json()["code"]) == (409, "shipment_locked")


async def test_an_order_whose_centre_changed_keeps_the_whole_shipment_back(world: World) -> None:
    first = await ordered(world, await world.item(500, case_pack=1), 5)
    second = await ordered(world, await world.item(500, case_pack=1), 7)
    ready = await write(world, first, await joined(world, first, second), **leaves_now())
    assert (await send(world, first, ready)).status_code == 202
    await world.db.execute("update purchase_orders set ship_to = 'LEJ1' where po_number = $1", second["po_number"])
    await world.turn()
    stopped = await one(world, first, ready)
    assert (stopped["status"], stopped["submissions"][0]["error"]["code"]) == ("failed", "order_changed")
    assert await shipments_at_amazon(world, second) == []
    (alert,) = await told(world, first)
    assert alert["facts"]["code"] == "order_changed"


async def test_who_does_not_see_one_of_its_orders_sees_no_joint_shipment_but_true_numbers(world: World) -> None:
    mine = await ordered(world, await world.item(500, brand="Aurea"), 24)
    theirs = await ordered(world, await world.item(500, brand="Borealis"), 12)
    async with reader(world, Scope(brands=("Aurea",))) as aurea:
        alone = await draft(world, mine)
        seen = await world.get(at(mine), aurea)
        assert ([each["id"] for each in seen["shipments"]], seen["hidden_shipments"]) == ([alone["id"]], 0)
        offered = await world.get(at(mine, f"/{alone['id']}/joinable-orders"), aurea)
        assert offered["orders"] == []
        unseen = await join(world, mine, alone, theirs, browser=aurea)
        assert unseen.status_code == 404
        assert (await join(world, mine, alone, theirs)).status_code == 200
        answer = await aurea.get(aurea.at(at(mine)))
        found = answer.json()
        assert (found["shipments"], found["hidden_shipments"], found["lines"][0]["drafted"]) == ([], 1, 24)
        assert theirs["po_number"] not in answer.text
        assert (await aurea.get(aurea.at(at(theirs)))).status_code == 404
        for method, path in (("put", f"/{alone['id']}/departure"), ("post", f"/{alone['id']}/packing")):
            gone = await getattr(aurea, method)(aurea.at(at(mine, path)), json={"version": 2})
            assert gone.status_code == 404
    async with reader(world, Scope(brands=("Aurea", "Borealis"))) as both:
        found = await world.get(at(mine), both)
        assert ([each["id"] for each in found["shipments"]], found["hidden_shipments"]) == ([alone["id"]], 0)
        assert len(found["shipments"][0]["containers"]) > 0


async def test_a_shipment_is_confirmed_by_itself_when_it_departs(world: World) -> None:
    order, timed = await leaving(world)
    assert (timed["status"], timed["send_at"], timed["send_by"]["name"]) == (
        "scheduled",
        timed["ship_at"],
        "Lea Martin",
    )
    assert [each["name"] for each in (await page(world, order))["closings"]][1:3] == ["send_at", "confirm_by"]
    await world.turn()
    assert await shipments_at_amazon(world, order) == []
    await depart(world, timed)
    # Another process, after a restart, finds the work in the table.
    fresh = Crew(installed().kinds(), lanes=4)
    for queue in QUEUES:
        await fresh.drain(queue)
    while fresh.held:
        await asyncio.wait(list(fresh.held))
    await world.turn()
    await world.later()
    seen = await one(world, order, timed)
    (submission,) = seen["submissions"]
    assert (seen["status"], submission["planned_by"]["name"], seen["send_at"]) == ("seen", "Lea Martin", None)
    (known,) = await shipments_at_amazon(world, order)
    assert known["confirmations"][0]["defects"] == []
    assert await told(world, order) == []


async def test_the_timer_is_stopped_and_follows_the_departure(world: World) -> None:
    order, timed = await leaving(world)
    later = datetime.now(UTC) + timedelta(hours=3)
    moved = await write(world, order, timed, ship_at=later.isoformat())
    assert datetime.fromisoformat(moved["send_at"]) == later
    stopped = await world.owner.delete(world.owner.at(at(order, f"/{timed['id']}/departure")))
    assert stopped.status_code == 200, stopped.text
    await world.db.execute("update work set due_at = now() - interval '1 second' where kind = 'confirm_departure'")
    await world.turn()
    now = await one(world, order, timed)
    assert (now["status"], now["submissions"], await shipments_at_amazon(world, order)) == ("draft", [], [])
    kinds = [event["kind"] for event in await world.events(order)]
    assert {"shipment.timed", "shipment.timer_stopped"} <= set(kinds)
    past = await write(world, order, now, **leaves_now())
    none = await timer(world, order, past)
    assert (none.status_code, none.json()["code"]) == (409, "no_departure")
    bare = await write(world, order, past, ship_at=later.isoformat(), deliver_at=None)
    unready = await timer(world, order, bare)
    assert (unready.status_code, unready.json()["errors"][0]["pointer"]) == (422, "/deliver_at")
    assert (await world.analyst.delete(world.analyst.at(at(order, f"/{timed['id']}/departure")))).status_code == 403


async def test_a_timed_shipment_is_not_written_by_who_saw_it_untimed(world: World) -> None:
    """Their page asked for no work at the new time, so the timer would still ring at the old one."""
    order = await ordered(world, await world.item(500, case_pack=12), 24)
    hours = [datetime.now(UTC) + timedelta(hours=n) for n in (1, 3)]
    deliver_at = (hours[1] + timedelta(days=2)).isoformat()
    untimed = await write(world, order, await draft(world, order), ship_at=hours[1].isoformat(), deliver_at=deliver_at)
    assert (await timer(world, order, untimed)).status_code == 200
    late = await world.owner.put(
        world.owner.at(at(order, f"/{untimed['id']}")),
        json=as_written(untimed, items=whole(untimed), ship_at=hours[0].isoformat(), deliver_at=deliver_at),
    )
    assert (late.status_code, late.json()["code"]) == (409, "shipment_changed")
    seen = await one(world, order, untimed)
    sooner = await write(world, order, seen, ship_at=hours[0].isoformat(), deliver_at=deliver_at)
    assert datetime.fromisoformat(sooner["send_at"]) == hours[0]
    (due,) = await world.rows("select due_at from work where kind = 'confirm_departure' and key = $1", untimed["id"])
    assert due["due_at"] <= hours[0]


async def test_what_is_wrong_at_the_departure_is_not_sent_and_people_hear_of_it(world: World) -> None:
    order, timed = await leaving(world)
    await world.db.execute("update purchase_orders set ship_to = 'LEJ1' where po_number = $1", order["po_number"])
    await depart(world, timed)
    await world.turn()
    kept = await one(world, order, timed)
    assert (kept["status"], kept["send_trouble"]["code"], kept["send_trouble"]["raw"]) == (
        "draft", "not_ready", "destination_changed",
    )  # fmt: skip
    assert await shipments_at_amazon(world, order) == []
    (alert,) = await told(world, order)
    assert (alert["action"], alert["facts"]["shipment"]) == ("fix", kept["identifier"])
    await world.db.execute("update purchase_orders set ship_to = $2 where po_number = $1", order["po_number"], CENTRE)
    ready = await write(world, order, kept, **leaves_now())
    assert (await sent(world, order, ready))["status"] == "seen"
    assert await told(world, order) == []


async def test_an_order_that_waits_for_a_person_or_a_stop_of_all_writing_holds_it_back(world: World) -> None:
    order, timed = await leaving(world)
    stop = world.owner.at(f"/administration/connections/{world.connection_id}/write-stop")
    assert (await world.owner.put(stop, json={"reason": "Wrong quantities went out"})).status_code == 200
    await depart(world, timed)
    await world.turn()
    waiting = await one(world, order, timed)
    assert (waiting["status"], waiting["send_trouble"]["code"]) == ("scheduled", "writes_stopped")
    assert len(await told(world, order)) == 1
    assert (await world.owner.delete(stop)).status_code == 204
    await world.db.execute("update order_states set status = 'held' where purchase_order_id = $1", UUID(order["id"]))
    await depart(world, timed, ago=timedelta(minutes=5))
    await world.turn()
    held = await one(world, order, timed)
    assert (held["status"], held["send_trouble"]["code"], held["submissions"]) == ("draft", "order_waits", [])
    assert await shipments_at_amazon(world, order) == []
