"""What the rules make of orders: packs and bundles in pieces, scarce stock, what would have given more, what it may cost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from oktee.check.desk import Desk, Json, fetch_now
from oktee.check.story import Failed, expect, wait_for
from oktee.check.supply.goods import AGREED, SCARCE_STOCK, Goods, line_of, place, steps, value

SINGLE, PACKS, SETS, WANTED = 120, 8, 12, 80
EARLIER = timedelta(hours=22, minutes=15)


def packs_and_bundles(desk: Desk, goods: Goods, order: Json) -> None:
    """One piece, a pack of six and a bundle on one order: each reason counts in pieces of what is on the shelf."""
    single, pack, bundle = (line_of(order, goods.asin(name)) for name in ("ONE", "SIX", "SET"))
    expect(single["taken"] == SINGLE and pack["taken"] == PACKS and bundle["taken"] == SETS, f"taken: {_taken(order)}")
    of_pack = _step(pack, "supply.contents.pack")
    expect(
        value(of_pack, "pieces") == str(6 * PACKS) and value(of_pack, "sku") == goods.sku("ONE"), f"the pack: {of_pack}"
    )
    of_bundle = _step(bundle, "supply.contents.bundle")
    contents = value(of_bundle, "contents")
    named = [f"{SETS * count} × {goods.sku(name)}" for name, count in (("ONE", 1), ("TWO", 2))]
    expect(all(each in contents for each in named), f"the bundle holds {contents}, not {named}")
    desk.story.step(f"{PACKS} packs are {6 * PACKS} pieces of {goods.sku('ONE')}; {SETS} sets are {contents}")
    price = _step(single, "supply.price.equal")
    expect(value(price, "agreed_cost") == str(AGREED.normalize()), f"the agreed cost of today is {price['values']}")
    desk.story.step(
        f"the cost agreed from yesterday on counts: {AGREED} {goods.currency}, not that of the product file"
    )


def scarce_stock(desk: Desk, goods: Goods, orders: Sequence[Json]) -> Json:
    """Two orders ask for more than there is: never more than there is, and the reason names who came first."""
    lines = {order["po_number"]: line_of(order, goods.asin("SCA")) for order in orders}
    taken = {number: line["taken"] for number, line in lines.items()}
    expect(sum(taken.values()) == SCARCE_STOCK, f"{taken} are promised of {SCARCE_STOCK}")
    first, second = sorted(orders, key=lambda order: -lines[order["po_number"]]["taken"])
    line = lines[second["po_number"]]
    why = next((step for step in line["trace"] if step["message"].startswith("supply.allocation.")), None)
    if why is None:
        raise Failed(f"the reason of {second['po_number']} names nobody: {list(steps(line))}")
    expect(value(why, "order") == first["po_number"], f"the reason names {why['values']}, not {first['po_number']}")
    desk.story.step(
        f"{SCARCE_STOCK} pieces, {WANTED} asked twice: {first['po_number']} {taken[first['po_number']]}, "
        f"{second['po_number']} {line['taken']}, because {value(why, 'order')} came first ({why['message']})"
    )
    return second


def what_would_have_given(desk: Desk, goods: Goods, order: Json) -> None:
    """The smallest change of one input that would have given all of it: found by asking the rules again."""
    line = line_of(order, goods.asin("SCA"))
    address = f"supply/orders/{order['id']}/lines/{line['sequence']}/what-if"
    found = desk.get(address, quantity=WANTED)
    inputs = {change["input"]: change for change in found["changes"]}
    expect("stock" in inputs, f"more stock would not have helped: {found}")
    words = "; ".join(f"{name}: {_values(change)}" for name, change in inputs.items())
    desk.story.step(f"what would have given {WANTED} of line {line['sequence']}: {words}")


def costs_before_the_click(desk: Desk, goods: Goods, order: Json) -> None:
    """What each way to answer may cost is shown before anything is sent, with the fee rules and where they come from."""
    line = line_of(order, goods.asin("SCA"))
    shown = desk.send(
        "POST", f"supply/orders/{order['id']}/expected-costs", {"lines": [{"sequence": line["sequence"], "taken": 0}]}
    )
    now = order["costs"]
    expect(now and now["sums"] and now["rules"], f"the page shows no expected cost: {now}")
    expect(all(rule["source"] and rule["confidence"] for rule in shown["rules"]), f"a fee rule without source: {shown}")
    ways = {part["kind"]: part["amount"] for part in now["lines"][0]["alternatives"]}
    expect({"reject", "never_ship"} <= set(ways), f"the ways to answer that are compared: {ways}")
    was, then = (costs["lines"][0]["expected"] for costs in (now, shown))
    expect(was != then, f"taking nothing is said to cost the same, {was}")
    desk.story.step(f"expected before the click: {was} {goods.currency} as proposed, {then} when nothing is taken")
    desk.story.note(f"the other ways: {', '.join(f'{kind} {amount}' for kind, amount in ways.items())}")


def an_order_changed_by_amazon(desk: Desk, goods: Goods, order: Json) -> None:
    """A person answers one line, Amazon changes the other: it says which field, and only that line is decided again."""
    one, two = (line_of(order, goods.asin(name)) for name in ("ONE", "TWO"))
    change = {"sequence": two["sequence"], "taken": two["asked"] - 6, "rejection_reason": "TemporarilyUnavailable"}
    stamp = {"revision": order["revision"], "decision_id": order["decision_id"]}
    desk.send("PUT", f"supply/orders/{order['id']}/draft", {**stamp, "lines": [change]})
    fewer = one["asked"] - 12
    lines = [{"item_sequence_number": one["sequence"], "quantity": fewer}]
    desk.control.post(f"/orders/{order['po_number']}/changes", {"lines": lines})
    fetch_now(desk)

    def taken_up() -> Json | None:
        current: Json = desk.get(f"supply/orders/{order['id']}")
        revised = current["revision"] > order["revision"] and current["decision"]["revision"] == current["revision"]
        return current if revised else None

    after = wait_for("the change to be taken up", taken_up, within=60)
    newest = next(each for each in after["revisions"] if each["revision"] == after["revision"])
    changes = [each for each in newest["changes"] if each["sequence"] == one["sequence"]]
    expect(len(changes) == len(newest["changes"]), f"the difference is of other lines too: {newest['changes']}")
    expect(any(int(each["now"]) == fewer for each in changes if each["now"] is not None), f"the difference: {changes}")
    first, second = (line_of(after, goods.asin(name)) for name in ("ONE", "TWO"))
    expect(first["taken"] == fewer and first["decided_by"]["type"] == "rule", f"the changed line: {_taken(after)}")
    kept = second["taken"] == two["asked"] - 6 and second["decided_by"]["type"] == "person"
    expect(kept, f"the line that Amazon left alone: {second['taken']} by {second['decided_by']}")
    what = ", ".join(f"{each['field']} {each['was']} -> {each['now']}" for each in changes)
    desk.story.step(f"Amazon changed line {one['sequence']} ({what}): decided again; the person's line stays as it was")


def place_running_out(desk: Desk, goods: Goods) -> str:
    """An order whose 24 hours are nearly over."""
    at = (datetime.now(UTC) - EARLIER).isoformat()
    return place(desk, goods, [goods.line("ONE", 6, AGREED)], placed_at=at)[0]


def clocks_that_run_out(desk: Desk, order: Json) -> None:
    """The Command Center shows the order by the time left, and says what happens at 23 h: nothing, unless the Owner wants it."""
    page = desk.get("supply/command-center")
    lanes = {lane["name"]: [tick["po_number"] for tick in lane["ticks"]] for lane in page["lanes"]}
    expect(order["po_number"] in lanes["under_2h"], f"under two hours are {lanes['under_2h']}")
    told = wait_for(f"{order['po_number']} in the inbox", lambda: _told(desk, order), within=30)
    expect(told["action"] == "fix" and not told["resolved"], f"the inbox says {told}")
    said = page["automation"]
    expect(said["fallback"] == "DO_NOTHING" and not said["fallback_acts"], f"the fallback is {said}")
    try:
        desk.send("PUT", "supply/automation/fallback", {"fallback": "ACCEPT_AVAILABLE"})
        said = desk.get("supply/command-center")["automation"]
        expect(said["fallback"] == "ACCEPT_AVAILABLE" and said["fallback_changed_by"], f"the page says {said}")
        expect(not said["fallback_acts"], "in Suggest only the fallback would act")
    finally:
        desk.send("PUT", "supply/automation/fallback", {"fallback": "DO_NOTHING"})
    calls = [call for call in desk.control.submissions(order["po_number"]) if call["changed_state"]]
    expect(not calls, f"{order['po_number']} was answered in Suggest only: {calls}")
    desk.story.step(
        f"{order['po_number']} runs out in under two hours and stands in the inbox; at 23 h nothing is sent"
    )


def _told(desk: Desk, order: Json) -> Json | None:
    """What the inbox says of its clock."""
    after: dict[str, str] = {}
    while True:
        page = desk.get("notifications", **after)
        items = [item for group in page["groups"] if group["object_id"] == order["id"] for item in group["items"]]
        found: Json | None = next((item for item in items if item["notice"] == "order_due_soon"), None)
        if found is not None or page["next"] is None:
            return found
        after = {"after": page["next"]}


def _step(line: Json, message: str) -> Json:
    found = steps(line)
    if message not in found:
        raise Failed(f"line {line['sequence']} ({line['asin']}) does not say {message}: {list(found)}")
    return found[message]


def _taken(order: Json) -> list[object]:
    return [(line["asin"], line["asked"], line["taken"], line["decided_by"]) for line in order["lines"]]


def _values(message: Json) -> str:
    return ", ".join(f"{name} {found.get('value', found.get('amount'))}" for name, found in message["values"].items())
