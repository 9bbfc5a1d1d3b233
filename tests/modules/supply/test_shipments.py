"""Shipments from the confirmed order to what Amazon shows: drafted, checked, sent once, proved, replaced, labelled."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from modules.supply.world import Json, World
from oktee.modules.supply.settings import SupplySettings

WAREHOUSE = {
    "ship_from_id": "WH-LYON", "ship_from_name": "Lumea", "ship_from_line1": "Dock 1", "ship_from_city": "Lyon",
    "ship_from_postal_code": "69007", "ship_from_country": "FR",
}  # fmt: skip
FIELDS = (
    "version", "identifier", "ship_from", "shipment_type", "carrier_scac", "carrier_reference", "bill_of_lading", "ship_at",
    "deliver_at", "pickup_at", "weight_kg", "volume_m3", "containers",
)  # fmt: skip


@pytest.fixture(autouse=True)
async def numbered(shared: World) -> None:
    """A GS1 prefix and a warehouse, as an admin sets them on the modules page."""
    value = SupplySettings(gs1_prefix="3453120", **WAREHOUSE).model_dump(mode="json")
    await shared.db.execute(
        "insert into module_settings (module, value, version) values ('supply', $1, 2) "
        "on conflict on constraint pk_module_settings do update set value = excluded.value",
        json.dumps(value),
    )


async def confirmed(world: World, quantity: int = 60, **over: Any) -> Json:
    """An order confirmed whole and seen, its window open."""
    item = await world.item(500, case_pack=12)
    now = datetime.now(UTC)
    window = {
        "window_start": (now - timedelta(hours=1)).isoformat(),
        "window_end": (now + timedelta(days=8)).isoformat(),
    }
    order = await world.arrive(item.line(quantity), **{**window, **over})
    found = await world.confirmed(order)
    await world.poll()
    return found


def at(order: Json, path: str = "") -> str:
    return f"/supply/orders/{order['id']}/shipments{path}"


async def draft(world: World, order: Json) -> Json:
    answer = await world.owner.post(world.owner.at(at(order)))
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["shipments"][-1])


async def page(world: World, order: Json) -> Json:
    return dict(await world.get(at(order)))


async def test_the_lines_of_a_shipment_stand_in_the_order_of_their_numbers(world: World) -> None:
    item = await world.item(5000, case_pack=12)
    order = await world.confirmed(await world.arrive(*[item.line(12) for _ in range(11)]))
    await world.poll()
    await draft(world, order)
    (shipment,) = (await page(world, order))["shipments"]
    assert [int(line["sequence"]) for line in shipment["items"]] == list(range(1, 12))


async def one(world: World, order: Json, shipment: Json) -> Json:
    (found,) = [each for each in (await page(world, order))["shipments"] if each["id"] == shipment["id"]]
    return dict(found)


def as_written(shipment: Json, **over: Any) -> Json:
    items = [{"sequence": item["sequence"], "units": item["units"]} for item in shipment["items"]]
    return {**{name: shipment[name] for name in FIELDS}, "items": items, **over}


async def put(world: World, order: Json, shipment: Json, **over: Any) -> Json:
    answer = await world.owner.put(world.owner.at(at(order, f"/{shipment['id']}")), json=as_written(shipment, **over))
    assert answer.status_code == 200, answer.text
    return await one(world, order, shipment)


def leaves_now(days: int = 2) -> Json:
    now = datetime.now(UTC)
    return {"ship_at": now.isoformat(), "deliver_at": (now + timedelta(days=days)).isoformat()}


async def send(world: World, order: Json, shipment: Json, kind: str = "confirmation", **over: Any) -> httpx.Response:
    body = {"version": shipment["version"], "kind": kind, **over}
    return await world.owner.post(world.owner.at(at(order, f"/{shipment['id']}/submissions")), json=body)


async def sent(world: World, order: Json, shipment: Json, kind: str = "confirmation", **over: Any) -> Json:
    answer = await send(world, order, shipment, kind, **over)
    assert answer.status_code == 202, answer.text
    await world.turn()
    await world.later()
    return await one(world, order, shipment)


async def shipments_at_amazon(world: World, order: Json) -> list[Json]:
    query = f"/shipments?purchase_order_number={order['po_number']}"
    return list((await world.amazon.control("GET", query))["shipments"])


async def test_a_confirmed_order_is_shipped_seen_on_amazon_and_received(world: World) -> None:
    order = await confirmed(world)
    before = (await page(world, order))["lines"][0]
    assert (before["confirmed"], before["shipped"], before["left"], before["case_pack"]) == (60, 0, 60, 12)
    made = await draft(world, order)
    cartons = [one for one in made["containers"] if one["kind"] == "carton"]
    assert (len(cartons), made["status"], made["ship_from"]["party_id"]) == (5, "draft", "WH-LYON")
    assert len({one["sscc"] for one in cartons}) == 5
    assert {one["code"] for one in made["findings"]["confirmation"]} == {"ship_date_missing", "delivery_date_missing"}
    refused = await send(world, order, made)
    assert (refused.status_code, refused.json()["code"]) == (422, "shipment_not_ready")
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/ship_at", "/deliver_at"}
    ready = await put(world, order, made, **leaves_now())
    assert ready["findings"]["confirmation"] == []
    seen = await sent(world, order, ready)
    assert (seen["status"], seen["amazon_status"], seen["items"][0]["confirmed_units"]) == ("seen", "Shipped", 60)
    (submission,) = seen["submissions"]
    assert (submission["state"], submission["action"], submission["transaction_status"]) == (
        "seen",
        "Original",
        "Success",
    )
    (known,) = await shipments_at_amazon(world, order)
    assert (known["identifier"], known["confirmations"][0]["defects"]) == (made["identifier"], [])
    after = await page(world, order)
    assert (after["lines"][0]["shipped"], after["lines"][0]["left"]) == (60, 0)
    assert [one["name"] for one in after["closings"]] == ["arrival", "replace_until"]
    nothing = await world.owner.post(world.owner.at(at(order)))
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_ship")
    await world.amazon.control("POST", f"/shipments/{made['identifier']}/arrival")
    await world.later()
    await world.poll()
    arrived = await page(world, order)
    assert arrived["lines"][0]["received"] == 60
    assert (arrived["shipments"][0]["locked"], arrived["shipments"][0]["delivered_at"] is not None) == (
        "delivered",
        True,
    )
    kinds = [event["kind"] for event in await world.events(order) if event["kind"].startswith("shipment.")]
    assert kinds[:5] == ["shipment.created", "shipment.changed", "shipment.planned", "shipment.sent", "shipment.seen"]
    others = "select 1 from shipments where purchase_order_id = $1 and identifier <> $2"
    assert await world.rows(others, UUID(order["id"]), made["identifier"]) == []


async def test_a_replacement_goes_down_and_frees_what_did_not_leave(world: World) -> None:
    order = await confirmed(world)
    made = await draft(world, order)
    seen = await sent(world, order, await put(world, order, made, **leaves_now()))
    more = await put(world, order, seen, items=[{"sequence": "1", "units": 61}])
    codes = {one["code"] for one in more["findings"]["confirmation"]}
    assert {"replaced_with_more", "more_than_confirmed"} <= codes
    less = await put(world, order, more, items=[{"sequence": "1", "units": 48}])
    packed = await world.owner.post(
        world.owner.at(at(order, f"/{made['id']}/packing")), json={"version": less["version"], "cartons_per_pallet": 3}
    )
    assert packed.status_code == 200, packed.text
    ready = await one(world, order, made)
    assert [c["kind"] for c in ready["containers"]].count("pallet") == 2
    assert ready["containers"][0]["sscc"] == made["containers"][0]["sscc"]
    replaced = await sent(world, order, ready)
    assert [(one["action"], one["state"]) for one in replaced["submissions"]] == [
        ("Original", "seen"),
        ("Replace", "seen"),
    ]
    assert replaced["items"][0]["confirmed_units"] == 48
    rest = await draft(world, order)
    assert [item["units"] for item in rest["items"]] == [12]


async def test_pallets_without_cartons_are_confirmed_as_they_stand(world: World) -> None:
    order = await confirmed(world)
    made = await draft(world, order)
    packing = {"version": made["version"], "mode": "pallets", "cartons_per_pallet": 3}
    packed = await world.owner.post(world.owner.at(at(order, f"/{made['id']}/packing")), json=packing)
    assert packed.status_code == 200, packed.text
    loose = await one(world, order, made)
    assert [(c["kind"], c["contents"][0]["units"]) for c in loose["containers"]] == [("pallet", 36), ("pallet", 24)]
    ready = await put(world, order, loose, **leaves_now())
    assert [each["code"] for each in ready["findings"]["confirmation"] if each["blocking"]] == []
    seen = await sent(world, order, ready)
    assert (seen["status"], seen["items"][0]["confirmed_units"]) == ("seen", 60)


@pytest.mark.parametrize("kind", ["error_500", "close_after_effect"])
async def test_a_confirmation_whose_answer_was_lost_is_not_sent_twice_with_effect(world: World, kind: str) -> None:
    order = await confirmed(world)
    ready = await put(world, order, await draft(world, order), **leaves_now())
    await world.fault(kind, "SubmitShipmentConfirmations", count=1, after_effect=kind == "close_after_effect")
    assert (await send(world, order, ready)).status_code == 202
    await world.turn()
    assert (await one(world, order, ready))["confirmation"] == "unknown"
    for _ in range(5):
        await world.later()
    (submission,) = (await one(world, order, ready))["submissions"]
    assert (submission["state"], submission["resends"]) == ("seen", 1 if kind == "error_500" else 0)
    (known,) = await shipments_at_amazon(world, order)
    assert len(known["confirmations"]) == 1
    calls = await world.amazon.calls("SubmitShipmentConfirmations")
    (effective,) = [call for call in calls if order["po_number"] in call["purchase_orders"] and call["changed_state"]]
    (row,) = await world.rows("select payload from shipment_submissions where shipment_id = $1", UUID(ready["id"]))
    assert effective["body"].encode() == row["payload"]


async def test_what_amazon_refuses_says_so_and_frees_the_units(world: World) -> None:
    order = await confirmed(world)
    ready = await put(world, order, await draft(world, order), **leaves_now())
    await world.configure(transaction_mode="failure")
    failed = await sent(world, order, ready)
    (submission,) = failed["submissions"]
    assert (failed["status"], submission["error"]["code"]) == ("failed", "transaction_failed")
    assert submission["error"]["values"]["code"] == "INTERNAL_ERROR"
    assert (await page(world, order))["lines"][0]["shipped"] == 0
    await world.configure(transaction_mode="wrong_numbers")
    wrong = await sent(world, order, failed)
    assert (wrong["status"], wrong["submissions"][-1]["error"]["code"]) == ("failed", "shown_differently")


async def test_an_order_redirected_before_sending_is_not_confirmed_to_the_old_centre(world: World) -> None:
    order = await confirmed(world, fulfilment_center="DUS2")
    ready = await put(world, order, await draft(world, order), **leaves_now())
    await world.configure(ack_delay_seconds=0)
    assert (await send(world, order, ready)).status_code == 202
    await world.db.execute("update purchase_orders set ship_to = 'LEJ1' where po_number = $1", order["po_number"])
    await world.turn()
    stopped = await one(world, order, ready)
    assert (stopped["status"], stopped["submissions"][0]["error"]["code"]) == ("failed", "order_changed")
    assert await shipments_at_amazon(world, order) == []


async def test_collect_freight_is_fetched_labelled_confirmed_and_a_cancelled_request_takes_a_new_identifier(
    world: World,
) -> None:
    order = await confirmed(world, freight="collect")
    made = await draft(world, order)
    packing = {"version": made["version"], "mode": "one_carton"}
    await world.owner.post(world.owner.at(at(order, f"/{made['id']}/packing")), json=packing)
    parcel = await one(world, order, made)
    (carton,) = parcel["containers"]
    now = datetime.now(UTC)
    ready = await put(
        world, order, parcel, shipment_type="SmallParcel", weight_kg="4.5", volume_m3="0.02",
        pickup_at=(now + timedelta(days=2)).isoformat(), containers=[{**carton, "tracking": "1Z1"}],
    )  # fmt: skip
    assert ready["findings"]["transport"] == []
    assert "reference_missing" in {one["code"] for one in ready["findings"]["confirmation"]}
    asked = await sent(world, order, ready, "transport")
    assert (asked["status"], asked["amazon_status"]) == ("requested", "TransportationRequested")
    cancelled = await sent(world, order, asked, "transport", cancel=True)
    assert (cancelled["status"], cancelled["transport"]) == ("draft", "cancelled")
    assert cancelled["identifier"] != asked["identifier"]
    await world.configure(carrier_delay_seconds=0)
    again = await sent(world, order, cancelled, "transport")
    await world.later()
    again = await one(world, order, again)
    assert (again["amazon_status"], bool(again["amazon_reference"])) == ("CarrierAssigned", True)
    (label,) = again["labels"]
    pdf = await world.owner.get(world.owner.at(at(order, f"/{made['id']}/labels/{label['id']}")))
    assert (pdf.status_code, pdf.content[:5], pdf.headers["content-type"]) == (200, b"%PDF-", "application/pdf")
    stranger = await world.stranger.get(world.stranger.at(at(order, f"/{made['id']}/labels/{label['id']}")))
    assert stranger.status_code == 404
    leaving = await put(world, order, again, **leaves_now())
    seen = await sent(world, order, leaving)
    assert (seen["status"], seen["amazon_status"]) == ("seen", "Shipped")


async def test_what_may_not_be_done_and_what_moved_in_between_is_refused(world: World) -> None:
    order = await confirmed(world)
    made = await draft(world, order)
    path = at(order, f"/{made['id']}")
    body = as_written(made)
    readers = await world.analyst.get(world.analyst.at(at(order)))
    assert readers.status_code == 200
    live = await world.analyst.post(
        world.analyst.at(f"{path}/check"), json={**body, "items": [{"sequence": "1", "units": 72}]}
    )
    assert "more_than_confirmed" in {one["code"] for one in live.json()["confirmation"]}
    assert (await world.analyst.put(world.analyst.at(path), json=body)).status_code == 403
    assert (await world.stranger.get(world.stranger.at(at(order)))).status_code == 404
    stale = await world.owner.put(world.owner.at(path), json={**body, "version": 7})
    assert (stale.status_code, stale.json()["code"]) == (409, "shipment_changed")
    twice = await world.owner.put(world.owner.at(path), json={**body, "items": body["items"] * 2})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/items/1/sequence")
    gone = await world.owner.delete(world.owner.at(f"{path}?version={made['version']}"))
    assert (gone.status_code, gone.json()["shipments"]) == (200, [])


async def test_who_writes_over_a_colleague_is_told_both_values(world: World) -> None:
    order = await confirmed(world)
    made = await draft(world, order)
    path = at(order, f"/{made['id']}")
    assert made["changed_by"] == {"type": "person", "name": made["created_by"]["name"]}
    items = [{"sequence": "1", "units": 36}]
    theirs = await world.manager.put(
        world.manager.at(path), json=as_written(made, bill_of_lading="BOL-1", carrier_scac="DHLX") | {"items": items}
    )
    assert theirs.status_code == 200, theirs.text
    mine = as_written(made, carrier_reference="REF-9", carrier_scac="DHLX")
    answer = await world.owner.put(world.owner.at(path), json=mine)
    assert (answer.status_code, answer.json()["code"]) == (409, "shipment_changed")
    assert {one["pointer"]: one["message"] for one in answer.json()["errors"]} == {
        "/bill_of_lading": "It is BOL-1 now.",
        "/carrier_reference": "It is empty now.",
        "/items/0/units": "It is 36 now.",
    }
    now = await one(world, order, made)
    assert (now["version"], now["bill_of_lading"], now["carrier_reference"]) == (2, "BOL-1", None)
    assert (now["changed_by"]["name"], now["changed_at"] > made["changed_at"]) == ("Sam Keller", True)
    again = await world.owner.put(world.owner.at(path), json=as_written(now, carrier_reference="REF-9"))
    assert again.status_code == 200, again.text
    both = await one(world, order, made)
    assert (both["bill_of_lading"], both["carrier_reference"], both["items"][0]["units"]) == ("BOL-1", "REF-9", 36)


async def test_a_shipment_made_elsewhere_is_shown_counted_and_left_alone(world: World) -> None:
    order = await confirmed(world)
    ready = await put(world, order, await draft(world, order), **leaves_now())
    await sent(world, order, ready)
    await world.db.execute("delete from shipments where identifier = $1", ready["identifier"])
    answer = await world.owner.post(world.owner.at(f"/administration/sync/{world.connection_id}/shipments/runs"))
    assert answer.status_code == 202, answer.text
    await world.turn()
    (found,) = (await page(world, order))["shipments"]
    assert (found["origin"], found["status"], found["locked"]) == ("outside", "outside", "outside")
    assert [c["kind"] for c in found["containers"]].count("carton") == 5
    assert (await page(world, order))["lines"][0]["left"] == 0
    changed = await world.owner.put(world.owner.at(at(order, f"/{found['id']}")), json=as_written(found))
    assert (changed.status_code, changed.json()["code"]) == (409, "shipment_locked")
    assert "shipment.found" in [event["kind"] for event in await world.events(order)]
