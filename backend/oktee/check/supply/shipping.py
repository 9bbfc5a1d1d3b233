"""Shipments of confirmed orders: two in one, what is wrong before it is sent, then seen at Amazon; one at its departure."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from oktee.check.desk import Desk, Json
from oktee.check.story import Failed, expect, wait_for

CHECK_DIGIT = 10
DEPARTS_IN = 8
"""Seconds."""
IN_TIME = 60
"""Seconds after the departure; Amazon gives half an hour."""


def confirm_for_shipping(desk: Desk, orders: Sequence[Json]) -> None:
    """The answers that shipments follow from; their proof comes while other things are looked at."""
    for order in orders:
        stamp = {"revision": order["revision"], "decision_id": order["decision_id"]}
        desk.client.post_once(desk.path(f"supply/orders/{order['id']}/confirmation"), stamp)
    desk.story.step(f"confirmed {', '.join(order['po_number'] for order in orders)}: to be shipped, or corrected")


def ship_together(desk: Desk, order: Json, beside: Json) -> None:
    """Made from what Amazon shows as confirmed of two orders to one centre, packed, checked, sent and seen."""
    for each in (order, beside):
        _seen_as_confirmed(desk, each)
    base = f"supply/orders/{order['id']}/shipments"
    made = desk.client.post_once(desk.path(base), {})
    shipment = made["shipments"][0]
    confirmed = sum(line["confirmed"] for line in made["lines"])
    expect(confirmed > 0 and _units(shipment) == confirmed, f"made: {shipment['items']}")
    address = f"{base}/{shipment['id']}"
    offered = {each["order_id"]: each for each in desk.get(f"{address}/joinable-orders")["orders"]}
    expect(beside["id"] in offered, f"{beside['po_number']} is not among {list(offered.values())}")
    joined = desk.send("POST", f"{address}/orders", {"version": shipment["version"], "order_ids": [beside["id"]]})
    shipment = _one(joined, shipment)
    numbers = {item["po_number"] for item in shipment["items"]}
    expect(numbers == {order["po_number"], beside["po_number"]}, f"it holds goods of {numbers}")
    expect(_units(shipment) == confirmed + offered[beside["id"]]["units"], f"it holds {shipment['items']}")
    cartons = [each for each in shipment["containers"] if each["kind"] == "carton"]
    desk.story.step(
        f"one shipment of {_units(shipment)} pieces in {len(cartons)} cartons for {' and '.join(sorted(numbers))}"
    )
    body = _written(joined, shipment)
    too_many = [{**item, "units": item["units"] + 1} for item in body["items"]]
    wrong = {**body, "items": too_many, "containers": [{**each, "sscc": None} for each in body["containers"]]}
    findings = desk.send("POST", f"{address}/check", wrong)["confirmation"]
    found = {each["code"]: each for each in findings}
    expect({"more_than_confirmed", "sscc_missing"} <= set(found), f"what is found: {sorted(found)}")
    expect(found["more_than_confirmed"]["blocking"] and found["more_than_confirmed"]["charge"], f"{found}")
    named = {each["values"]["order"] for each in findings if each["code"] == "more_than_confirmed"}
    expect(named == numbers, f"too many is said of {named}")
    charges = sorted({each["charge"] for each in findings if each["charge"]})
    desk.story.step(
        f"{len(findings)} findings before sending, each at its field, with its charge: {', '.join(charges)}"
    )
    shipment = _one(desk.send("PUT", address, body), shipment)
    left = [each for each in shipment["findings"]["confirmation"] if each["blocking"]]
    expect(not left, f"still in the way: {left}")
    send = {"version": shipment["version"], "kind": "confirmation"}
    desk.client.post_once(desk.path(f"{address}/submissions"), send)
    desk.story.step(f"shipment {shipment['identifier']} is whole, and is sent")
    _shown(desk, order, shipment)
    there = desk.get(f"supply/orders/{beside['id']}/shipments")
    expect([each["id"] for each in there["shipments"]] == [shipment["id"]], "the other order does not show it")
    expect(all(line["left"] == 0 for line in there["lines"]), f"the other order has {there['lines']} left")
    desk.story.step(f"seen on Amazon: one confirmation, {len(shipment['items'])} lines alike; both orders show it")


def let_it_be_confirmed_at_its_departure(desk: Desk, order: Json) -> Json:
    """Ready now, and it leaves in a moment: OKTee confirms it then. Before, it can be stopped."""
    _seen_as_confirmed(desk, order)
    base = f"supply/orders/{order['id']}/shipments"
    made = desk.client.post_once(desk.path(base), {})
    shipment = made["shipments"][0]
    address = f"{base}/{shipment['id']}"
    leaves = datetime.now(UTC) + timedelta(seconds=DEPARTS_IN)
    body = _written(made, shipment) | {"ship_at": leaves.isoformat()}
    if datetime.fromisoformat(body["deliver_at"]) <= leaves:
        body["deliver_at"] = (leaves + timedelta(days=2)).isoformat()
    shipment = _one(desk.send("PUT", address, body), shipment)
    for stopping in (True, False):
        timed = _one(desk.send("PUT", f"{address}/departure", {"version": shipment["version"]}), shipment)
        expect(timed["status"] == "scheduled" and timed["send_at"] == timed["ship_at"], f"timed: {timed['status']}")
        if stopping:
            stopped = _one(desk.send("DELETE", f"{address}/departure"), shipment)
            expect(stopped["status"] == "draft" and stopped["send_at"] is None, f"stopped: {stopped['status']}")
            shipment = stopped
    desk.story.step(f"shipment {shipment['identifier']} is confirmed at its departure; stopped once, and set again")
    return shipment


def confirmed_at_its_departure(desk: Desk, order: Json, shipment: Json) -> None:
    """Nobody pressed a button: it was checked and sent at its departure."""
    shown = _shown(desk, order, shipment)
    submission = shown["submissions"][0]
    leaves, planned = (datetime.fromisoformat(at) for at in (shown["ship_at"], submission["planned_at"]))
    late = (planned - leaves).total_seconds()
    expect(-1 <= late < IN_TIME, f"it left at {leaves} and was confirmed at {planned}")
    desk.story.step(f"{shipment['identifier']} was confirmed by itself at its departure, and is seen on Amazon")


def _seen_as_confirmed(desk: Desk, order: Json) -> None:
    def proven() -> Json | None:
        current: Json = desk.get(f"supply/orders/{order['id']}")
        return current if current["answers"] and current["answers"][-1]["state"] == "seen" else None

    wait_for(f"{order['po_number']} to be seen as confirmed", proven, within=120)


def _shown(desk: Desk, order: Json, shipment: Json) -> Json:
    """Once Amazon shows it: confirmed once, and alike."""

    def seen() -> Json | None:
        current = _one(desk.get(f"supply/orders/{order['id']}/shipments"), shipment)
        expect(current["send_trouble"] is None, f"it was not sent: {current['send_trouble']}")
        if not current["submissions"]:
            return None
        last = current["submissions"][-1]
        expect(last["state"] != "failed", f"the confirmation failed: {last['error']}")
        return current if current["status"] == "seen" else None

    shown = wait_for(f"Amazon to show {shipment['identifier']}", seen, within=90)
    theirs = desk.control.get("/shipments", purchase_order_number=order["po_number"])["shipments"]
    expect(len(theirs) == 1 and len(theirs[0]["confirmations"]) == 1, f"Amazon has {theirs}")
    alike = all(item["units"] == item["shown_units"] for item in shown["items"])
    expect(alike, f"sent and shown: {shown['items']}")
    return shown


def _one(page: Json, shipment: Json) -> Json:
    found: Json = next(each for each in page["shipments"] if each["id"] == shipment["id"])
    return found


def _units(shipment: Json) -> int:
    return sum(item["units"] for item in shipment["items"])


def _written(page: Json, shipment: Json) -> Json:
    """The draft with all that a person fills in."""
    window = page["window"]
    if window is None:
        raise Failed("the order has no window")
    arrives = datetime.fromisoformat(window["start"]) + timedelta(hours=3)
    leaves = arrives - timedelta(days=1)
    containers = [{**each, "sscc": _sscc()} for each in shipment["containers"]]
    return {
        "version": shipment["version"],
        "identifier": shipment["identifier"],
        "ship_from": shipment["ship_from"] | {"party_id": shipment["ship_from"]["party_id"] or "BER1"},
        "shipment_type": "LessThanTruckLoad",
        "carrier_scac": "DHLC",
        "carrier_reference": "JOURNEY-1",
        "bill_of_lading": "BOL-1",
        "ship_at": leaves.isoformat(),
        "deliver_at": arrives.isoformat(),
        "items": [{name: item[name] for name in ("po_number", "sequence", "units")} for item in shipment["items"]],
        "containers": containers,
    }


def _sscc() -> str:
    """A number of a container with its check digit: weights 3, 1, 3, ... from the right."""
    body = "3453120" + "".join(secrets.choice("0123456789") for _ in range(10))
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % CHECK_DIGIT}"
