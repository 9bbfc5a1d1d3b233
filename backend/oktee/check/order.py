"""Journey `order`: from consent to "Seen on Amazon", by a person first and then by itself."""

from contextlib import closing
from typing import Any

from oktee.check.client import Client, Control, Refused
from oktee.check.desk import Desk, Json, connect, fetch_now, sign_in
from oktee.check.place import Place
from oktee.check.story import Failed, Story, expect, wait_for

ANSWERED = {"confirmed", "partly_confirmed"}
STREAMS = {"purchase_orders", "purchase_order_status", "shipments"}
WRONG = {"send_failed", "mismatch", "rejected", "cancelled"}


def walk(story: Story, place: Place) -> None:
    """The whole journey. Raises Failed."""
    with closing(Client(place.url)) as client, closing(Control(place.control)) as amazon:
        desk = sign_in(story, client, amazon, place.account)
        connection = connect(desk)
        import_file(desk, "items")
        import_file(desk, "stock")
        watch_first_load(desk, connection)
        order = find_waiting_order(desk)
        order = change_a_line(desk, order)
        answer = confirm(desk, order)
        compare_with_ledger(desk, order, answer)
        answered_by_itself(desk)
        client.sign_out()
        story.step("signed out; the cookie is worth nothing any more")


def import_file(desk: Desk, kind: str, *, content: bytes | None = None, rejected: int | None = None) -> Json:
    """A file as an ERP exports it, the customer's own unless `content` is another: an operation with progress, done by the
    worker. `rejected`: so many rows are to be refused; else fewer than are taken."""
    address = f"{kind}_csv"
    begun = desk.client.send(
        "POST",
        desk.path("administration/catalog/imports"),
        content if content is not None else desk.control.file(desk.customer[address]),
        headers={"Content-Type": "text/csv"},
        kind=kind,
        file_name=f"{kind}.csv",
    )
    operation = finished_operation(desk, begun["operation"]["id"], what=f"the import of {kind}")
    expect(operation["state"] == "done", f"the import of {kind} {operation['state']}: {operation['error']}")
    made: Json = desk.get(f"administration/catalog/imports/{begun['import']['id']}")
    taken = made["loaded"] + made["unchanged"]
    expect(made["rows"] > 0 and taken + made["rejected"] == made["rows"], f"of {made['rows']} rows {taken} are loaded")
    right = made["rejected"] < taken if rejected is None else made["rejected"] == rejected
    expect(right, f"{made['rejected']} of {made['rows']} rows of {kind} rejected")
    if rejected is None:
        desk.story.step(f"imported {kind}: {made['rows']} rows, {made['loaded']} loaded, {made['rejected']} rejected")
    return made


def finished_operation(desk: Desk, identity: str, *, what: str) -> Json:
    """Long work, once it is over."""

    def finished() -> Json | None:
        operation: Json = desk.get(f"operations/{identity}")
        return operation if operation["state"] in {"done", "failed", "cancelled"} else None

    return wait_for(what, finished, within=60)


def watch_first_load(desk: Desk, connection: str) -> None:
    """The first synchronisation, window by window, newest orders first."""
    seen: dict[str, int] = {}

    def done() -> Json | None:
        streams = {
            each["name"]: each
            for each in desk.get("administration/sync")["streams"]
            if each["connection_id"] == connection
        }
        for name, stream in streams.items():
            load = stream["first_load"]
            if load and load["windows_done"] != seen.get(name):
                seen[name] = load["windows_done"]
        loads = [stream["first_load"] for stream in streams.values()]
        whole = set(streams) >= STREAMS and all(load and load["done_at"] for load in loads)
        return streams if whole else None

    streams = wait_for("the first synchronisation", done, within=120)
    for name, stream in sorted(streams.items()):
        load = stream["first_load"]
        expect(
            load["windows_done"] == load["windows_total"], f"{name}: {load['windows_done']} of {load['windows_total']}"
        )
        desk.story.note(f"{name}: {load['windows_total']} windows, {load['items']} items, since {load['since']}")
    setup = {step["name"]: step["state"] for step in desk.get("administration/setup")["steps"]}
    expect(all(setup[name] == "done" for name in ("connect", "import_items", "import_stock", "first_sync")), f"{setup}")
    desk.story.step("first synchronisation done")


def find_waiting_order(desk: Desk) -> Json:
    """An order that waits for a person, decided in full, with a line of which one case less can be taken."""
    views = desk.get("supply/orders/summary")["views"]
    expect(views["waiting"] > 0, "no order waits")

    def suitable() -> Json | None:
        for row in desk.get("supply/orders", view="to_decide", sort="clock", limit=50)["rows"]:
            if row["undecided_lines"] == 0:
                order = _order(desk, row["id"])
                if _reducible(order) is not None:
                    return order
        return None

    order = suitable()
    if order is None:
        placed = place_easy_order(desk)
        desk.story.note(f"none can be confirmed as it stands, so Amazon places {placed}")
        fetch_now(desk)
        order = wait_for("an order that can be confirmed", suitable, within=60)
    line = _line(order, _reducible(order))
    expect(line["trace"], f"line {line['sequence']} of {order['po_number']} has no reason")
    why = line["summary"] or line["trace"][-1]
    desk.story.step(
        f"{views['waiting']} orders wait; {order['po_number']}: {order['asked']} asked, {order['taken']} proposed"
    )
    desk.story.note(f"line {line['sequence']}: {line['taken']} of {line['asked']}, because {_words(why)}")
    return order


def change_a_line(desk: Desk, order: Json) -> Json:
    """One case less by hand. More than was ordered is refused, and the fault names the field."""
    for _ in range(5):
        try:
            return _change_once(desk, order)
        except Refused as refused:
            if refused.body.get("code") not in {"decision_changed", "order_changed"}:
                raise
            order = _order(desk, order["id"])  # newer stock or a newer order: read again, as the page asks
            desk.story.note("it was decided again meanwhile, so the page is read again")
    raise Failed(f"{order['po_number']} is decided again and again")


def _change_once(desk: Desk, order: Json) -> Json:
    line = _line(order, _reducible(order))
    pack = line["case_pack"] or 1
    address = f"supply/orders/{order['id']}/draft"
    stamp = {"revision": order["revision"], "decision_id": order["decision_id"]}
    try:
        too_much = [{"sequence": line["sequence"], "taken": line["asked"] + pack}]
        desk.send("PUT", address, {**stamp, "lines": too_much})
    except Refused as refused:
        if refused.status != 422:
            raise
        pointers = [fault["pointer"] for fault in refused.body.get("errors", [])]
        expect("/lines/0/taken" in pointers, f"taking too much is refused otherwise: {refused.body}")
    else:
        raise Failed("more than was ordered could be taken")
    wanted = line["taken"] - pack
    change = {"sequence": line["sequence"], "taken": wanted, "rejection_reason": "TemporarilyUnavailable"}
    changed: Json = desk.send("PUT", address, {**stamp, "lines": [change]})
    after = _line(changed, line["sequence"])
    expect(after["taken"] == wanted, f"line {line['sequence']} says {after['taken']}, not {wanted}")
    expect(after["decided_by"]["type"] == "person", f"the line was decided by {after['decided_by']}")
    desk.story.step(f"changed line {line['sequence']} from {line['taken']} to {wanted}")
    return changed


def confirm(desk: Desk, order: Json) -> Json:
    """Confirm, twice with one key, and watch until Amazon itself shows the answer."""
    body = {"revision": order["revision"], "decision_id": order["decision_id"]}
    address = desk.path(f"supply/orders/{order['id']}/confirmation")
    key = f"check-{order['decision_id']}"
    answer: Json = desk.client.post_once(address, body, key)
    again: Json = desk.client.post_once(address, body, key)
    expect(again["answer"] == answer["answer"], "the same key planned a second answer")
    desk.story.step(f"confirmed {order['po_number']}")
    shown: list[str] = []

    def seen() -> Json | None:
        current = _order(desk, order["id"])
        if current["status"] not in shown:
            shown.append(current["status"])
        expect(current["status"] not in WRONG, f"{order['po_number']} is {current['status']}: {current['answers']}")
        latest: Json = current["answers"][-1]
        return latest if latest["state"] == "seen" and current["status"] in ANSWERED else None

    proven = wait_for("Amazon to show the answer", seen, within=120, every=0.2)
    expect(proven["transaction_id"], "the answer has no transaction id")
    desk.story.step(f"seen on Amazon: {' -> '.join(shown)}")
    stages = {stage["name"]: stage["state"] for stage in _order(desk, order["id"])["stages"]}
    expect(all(stages[name] == "done" for name in ("received", "sent", "processing", "seen")), f"stages: {stages}")
    return proven


def compare_with_ledger(desk: Desk, order: Json, answer: Json) -> None:
    """What Amazon holds: one submission with effect, the same transaction, the same amounts line by line."""
    number = order["po_number"]
    effective = [call for call in desk.control.submissions(number) if call["changed_state"]]
    expect(len(effective) == 1, f"{len(effective)} submissions of {number} had effect")
    view = desk.control.get(f"/orders/{number}")
    expect(view["state"] == "Acknowledged", f"{number} is {view['state']} at Amazon")
    transactions = [each["transaction_id"] for each in view["answered"]]
    expect(transactions == [answer["transaction_id"]], f"Amazon: {transactions}, OKTee: {answer['transaction_id']}")
    ours = {line["sequence"]: line["accepted"] + line["backordered"] for line in answer["lines"]}
    theirs = {line["sequence"]: line["accepted"] for line in answer["seen"]}
    expect(ours == theirs, f"answered {ours}, seen {theirs}")
    desk.story.step(f"Amazon's ledger agrees: one submission with effect, {len(ours)} lines alike")


def answered_by_itself(desk: Desk) -> None:
    """At once: the next order is answered without a person, with its reason in the event log; those before wait on."""
    before = desk.get("supply/automation")
    calls = len(desk.control.submissions())
    shipped = set_supply(desk, first_orders=0)  # its first orders would wait for a person
    changed = desk.send("PUT", "supply/automation", {"mode": "at_once", "delay_minutes": before["delay_minutes"]})
    expect(changed["mode"] == "at_once", f"automation says {changed['mode']}")
    try:
        number = place_easy_order(desk)
        fetch_now(desk)
        desk.story.step(f"switched to Send at once; Amazon places {number}")

        def answered() -> Json | None:
            rows = desk.get("supply/orders", view="all", q=number)["rows"]
            if not rows:
                return None
            order = _order(desk, rows[0]["id"])
            expect(order["status"] not in WRONG | {"held"}, f"{number} is {order['status']}: {order['status_detail']}")
            return order if order["answers"] and order["answers"][-1]["state"] == "seen" else None

        order = wait_for(f"{number} to be answered by itself", answered, within=150)
        latest = order["answers"][-1]
        expect(latest["planned_by"]["type"] == "rule", f"{number} was answered by {latest['planned_by']}")
        desk.story.step(f"{number} was answered by itself: {order['taken']} of {order['asked']} taken")
        events = desk.get("supply/events", object_type="order", object_id=order["id"], limit=50)["rows"]
        decided = [event for event in events if event["actor"]["type"] == "rule" and event["payload"]]
        expect(decided, f"the event log holds no reason for {number}: {[event['kind'] for event in events]}")
        desk.story.step(f"its reason is in the event log: {', '.join(sorted({event['kind'] for event in events}))}")
        others = [call for call in desk.control.submissions()[calls:] if number not in call["purchase_orders"]]
        waiting = {row["po_number"] for row in desk.get("supply/orders", view="waiting", limit=200)["rows"]}
        for call in others:
            expect(not waiting & set(call["purchase_orders"]), f"an order that waited before was sent: {call}")
    finally:
        desk.send("PUT", "supply/automation", {"mode": before["mode"], "delay_minutes": before["delay_minutes"]})
        set_supply(desk, first_orders=shipped["first_orders"])


def set_supply(desk: Desk, **value: Any) -> Json:
    """Change settings of Supply; answers what was set before."""
    form = desk.get("administration/settings/supply")
    desk.send("PUT", "administration/settings/supply", {"version": form["version"], "value": value})
    before: Json = form["value"]
    return before


def place_easy_order(desk: Desk) -> str:
    """Amazon orders two cases of two items that are active, priced and well in stock. Gives the order's number."""
    codes = {code["code"]: code["country"] for group in desk.customer["groups"][:1] for code in group["vendor_codes"]}
    wanted: dict[str, list[Json]] = {}
    after: str | None = None
    while True:
        page = desk.get("administration/catalog/items", limit=200, **({"after": after} if after else {}))
        for item in page["rows"]:
            pack, stock = item["case_pack"] or 1, item["stock"]
            if item["status"] != "active" or not stock or stock["free"] - item["safety_stock"] < 40 * pack:
                continue
            for link in item["links"]:
                if not link["asin"] or not link["cost_price"] or link["quantity"] != 1:
                    continue
                line = {"asin": link["asin"], "quantity": 2 * pack, "net_cost": link["cost_price"], "uom": "Eaches"}
                for code, country in codes.items():
                    if link["country"] == country and link["vendor_code"] in ("", code):
                        wanted.setdefault(code, []).append(line)
        after = page["next"]
        code = next((code for code, lines in wanted.items() if len(lines) >= 2), None)
        if code is not None:
            break
        if after is None:
            raise Failed("no vendor code has two items that are active, priced and well in stock")
    body = {"customer": desk.customer["key"], "vendor_code": code, "lines": wanted[code][:2]}
    return str(desk.control.post("/orders", body)["purchase_order_numbers"][0])


def _order(desk: Desk, identity: str) -> Json:
    found: Json = desk.get(f"supply/orders/{identity}")
    return found


def _line(order: Json, sequence: str | None) -> Json:
    found: Json | None = next((line for line in order["lines"] if line["sequence"] == sequence), None)
    if found is None:
        raise Failed(f"{order['po_number']} has no line {sequence}")
    return found


def _reducible(order: Json) -> str | None:
    """The first line of which at least two cases are taken and the amount may still change."""
    for line in order["lines"]:
        pack = line["case_pack"] or 1
        if not line["locked"]["quantity"] and (line["taken"] or 0) >= 2 * pack and not line["backordered"]:
            return str(line["sequence"])
    return None


def _words(message: Json) -> str:
    values = ", ".join(f"{name} {value['value']}" for name, value in message["values"].items())
    return f"{message.get('id') or message['message']} ({values})"
