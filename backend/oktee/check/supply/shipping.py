"""A shipment of a confirmed order: what is wrong with it before it is sent, then sent, then seen at Amazon."""

import secrets
from datetime import datetime, timedelta

from oktee.check.desk import Desk, Json
from oktee.check.story import Failed, expect, wait_for

CHECK_DIGIT = 10


def confirm_for_shipping(desk: Desk, order: Json) -> None:
    """The answer that the shipment follows from; its proof comes while other things are looked at."""
    stamp = {"revision": order["revision"], "decision_id": order["decision_id"]}
    desk.client.post_once(desk.path(f"supply/orders/{order['id']}/confirmation"), stamp)
    desk.story.step(f"confirmed {order['po_number']}, which will be shipped")


def ship(desk: Desk, order: Json) -> None:
    """Made from what Amazon shows as confirmed, packed, checked, sent and seen."""

    def proven() -> Json | None:
        current: Json = desk.get(f"supply/orders/{order['id']}")
        return current if current["answers"] and current["answers"][-1]["state"] == "seen" else None

    wait_for(f"{order['po_number']} to be seen as confirmed", proven, within=120)
    made = desk.client.post_once(desk.path(f"supply/orders/{order['id']}/shipments"), {})
    shipment = made["shipments"][0]
    confirmed = sum(line["confirmed"] for line in made["lines"])
    expect(
        confirmed > 0 and sum(item["units"] for item in shipment["items"]) == confirmed, f"made: {shipment['items']}"
    )
    cartons = [each for each in shipment["containers"] if each["kind"] == "carton"]
    desk.story.step(f"a shipment of {confirmed} pieces in {len(cartons)} cartons, made from the confirmed order")
    address = f"supply/orders/{order['id']}/shipments/{shipment['id']}"
    body = _written(made, shipment)
    too_many = [{**item, "units": item["units"] + 1} for item in body["items"]]
    wrong = {**body, "items": too_many, "containers": [{**each, "sscc": None} for each in body["containers"]]}
    findings = desk.send("POST", f"{address}/check", wrong)["confirmation"]
    found = {each["code"]: each for each in findings}
    expect({"more_than_confirmed", "sscc_missing"} <= set(found), f"what is found: {sorted(found)}")
    expect(found["more_than_confirmed"]["blocking"] and found["more_than_confirmed"]["charge"], f"{found}")
    charges = sorted({each["charge"] for each in findings if each["charge"]})
    desk.story.step(
        f"{len(findings)} findings before sending, each at its field, with its charge: {', '.join(charges)}"
    )
    written = desk.send("PUT", address, body)
    shipment = next(each for each in written["shipments"] if each["id"] == shipment["id"])
    left = [each for each in shipment["findings"]["confirmation"] if each["blocking"]]
    expect(not left, f"still in the way: {left}")
    send = {"version": shipment["version"], "kind": "confirmation"}
    desk.client.post_once(desk.path(f"{address}/submissions"), send)
    desk.story.step(f"shipment {shipment['identifier']} is whole, and is sent")

    def seen() -> Json | None:
        page = desk.get(f"supply/orders/{order['id']}/shipments")
        current: Json = next(each for each in page["shipments"] if each["id"] == shipment["id"])
        last = current["submissions"][-1]
        expect(last["state"] != "failed", f"the confirmation failed: {last['error']}")
        return current if current["status"] == "seen" else None

    shown = wait_for("Amazon to show the shipment", seen, within=90)
    theirs = desk.control.get("/shipments", purchase_order_number=order["po_number"])["shipments"]
    expect(len(theirs) == 1 and len(theirs[0]["confirmations"]) == 1, f"Amazon has {theirs}")
    units = {item["sequence"]: (item["units"], item["shown_units"]) for item in shown["items"]}
    expect(all(ours == amazon for ours, amazon in units.values()), f"sent and shown: {units}")
    desk.story.step(f"seen on Amazon: one confirmation, {len(units)} lines alike")


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
        "items": [{"sequence": item["sequence"], "units": item["units"]} for item in shipment["items"]],
        "containers": containers,
    }


def _sscc() -> str:
    """A number of a container with its check digit: weights 3, 1, 3, ... from the right."""
    body = "3453120" + "".join(secrets.choice("0123456789") for _ in range(10))
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % CHECK_DIGIT}"
