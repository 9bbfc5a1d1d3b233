"""Automation rules: written as a draft, tried on the last lines, enabled on the Owner's word, and deciding the next order."""

from oktee.check.client import Refused
from oktee.check.desk import Desk, Json
from oktee.check.order import finished_operation
from oktee.check.story import Failed, expect
from oktee.check.supply.goods import AGREED, Goods, decided, line_of, place, steps, value
from oktee.check.supply.shadowing import a_version_in_shadow_only_notes

KEPT = 600
"""Pieces that the rule keeps of a thousand."""
ASKED = 800


def a_rule_is_written_and_decides(desk: Desk, goods: Goods) -> None:
    """From the draft with its examples to the order that it decides; then it is paused, and its draft copies go."""
    wrong = _refused(desk, {"name": "Never", "body": {"when": [{"field": "brand", "values": []}]}})
    desk.story.note(f"a condition without a value is refused at {wrong}")
    body = _body(goods, KEPT // 2)
    made = desk.send("POST", "supply/rules", {"name": f"Journey {goods.word}", "body": body, "note": "a first try"})
    expect(made["state"] == "draft" and made["running"] is None, f"a new rule is {made['state']}")
    examples = desk.send("POST", "supply/rules/evaluate", {"rule_id": made["id"], "body": _body(goods, KEPT)})
    shown = next((each for each in examples["examples"] if each["asin"] == goods.asin("RUL")), None)
    if shown is None:
        raise Failed(f"the draft shows no example: it looked at {examples['looked_at']} orders")
    now, was = shown["now"]["taken"], shown["was"]["taken"]
    expect(was == ASKED and now == 1000 - KEPT, f"the example says {was} -> {now}")
    desk.story.step(f"a draft with live examples: {shown['po_number']} would give {now} instead of {was}")
    saved = desk.send(
        "POST", f"supply/rules/{made['id']}/versions", {"body": _body(goods, KEPT), "note": "more stays on hand"}
    )
    changes = desk.get(f"supply/rules/{made['id']}/differences", was=1, now=2)["changes"]
    expect(
        [(each["pointer"], each["was"], each["now"]) for each in changes] == [("/then/safety/units", KEPT // 2, KEPT)],
        f"the two versions differ in {changes}",
    )
    desk.story.step(
        f"version {saved['newest']['number']} says otherwise: {changes[0]['pointer']} {KEPT // 2} -> {KEPT}"
    )
    _enabled_by_override(desk, made)
    _enabled_by_simulation(desk, made)
    try:
        number = place(desk, goods, [goods.line("NEW", ASKED, AGREED)])[0]
        order = decided(desk, [number])[number]
        line = line_of(order, goods.asin("NEW"))
        applied = steps(line)["supply.rule.applies"]
        expect(value(applied, "name") == made["name"], f"{number} was decided by {applied['values']}")
        free = 1000 - KEPT
        expect(line["taken"] == free, f"{line['taken']} are taken, not {free}")
        desk.story.step(f"{number} was decided by it: {line['taken']} of {ASKED}, {KEPT} stay on hand")
        rule = desk.get(f"supply/rules/{made['id']}")
        a_version_in_shadow_only_notes(desk, goods, rule, kept=KEPT, less=KEPT // 2, asked=ASKED)
        _brought_back(desk, made)
        _through_a_file(desk, made)
    finally:
        desk.send("POST", f"supply/rules/{made['id']}/pause")
    expect(desk.status("DELETE", f"supply/rules/{made['id']}") == 409, "a rule that decided an order can be deleted")
    desk.story.step("paused; it cannot be deleted, since a decision is of it")


def _enabled_by_override(desk: Desk, made: Json) -> None:
    """Without a simulation nobody lets a version decide, but an Owner who says why."""
    address = f"supply/rules/{made['id']}/enable"
    bare = desk.status("POST", address, {"version": 1})
    expect(bare in {409, 422}, f"enabling without a simulation and without a reason answers {bare}")
    reason = "This journey looks at the orders themselves instead of a simulation."
    running = desk.send("POST", address, {"version": 1, "override_reason": reason})["running"]
    expect(running["number"] == 1 and running["override_reason"] == reason, f"enabled: {running}")
    desk.story.step(f"version 1 enabled without a simulation by {running['enabled_by']}, whose reason is kept")


def _enabled_by_simulation(desk: Desk, made: Json) -> None:
    """The last sixty days decided again by the second version, against what runs now; then it may decide."""
    asked = desk.send("POST", "supply/rules/simulations", {"rule_id": made["id"], "version": 2, "days": 60})
    operation = finished_operation(desk, asked["operation_id"], what="the simulation")
    expect(operation["state"] == "done", f"the simulation {operation['state']}: {operation['error']}")
    found = desk.get(f"supply/rules/simulations/{asked['id']}")
    expect(
        (found["version"], found["running_version"], found["done"]) == (2, 1, found["orders"]), f"simulated: {found}"
    )
    expect(found["lines"] > 0 and found["was"] and found["now"], f"nothing was simulated: {found}")
    desk.story.step(
        f"simulated {found['days']} days: {found['orders_simulated']} of {found['orders']} orders, {found['lines']} lines; "
        f"{found['not_simulated']} lines without stock of their day are counted, not filled in"
    )
    body = {"version": 2, "simulation_id": asked["id"]}
    running = desk.send("POST", f"supply/rules/{made['id']}/enable", body)["running"]
    expect(running["number"] == 2 and running["override_reason"] is None, f"enabled: {running}")
    desk.story.step("version 2 enabled on its simulation")


def _brought_back(desk: Desk, made: Json) -> None:
    """One request, and the version before decides again, as a new one."""
    before = desk.get(f"supply/rules/{made['id']}")["newest"]["number"]
    running = desk.send("POST", f"supply/rules/{made['id']}/bring-back", {"version": 1})["running"]
    expect(running["number"] > before and running["body"]["then"]["safety"]["units"] == KEPT // 2, f"runs: {running}")
    desk.story.step(f"version 1 decides again as version {running['number']}: brought back with one request")


def _through_a_file(desk: Desk, made: Json) -> None:
    """All rules out as a file, the journey's own in again: a draft that says the same and decides nothing."""
    file = desk.get("supply/rules/file")
    own = [rule for rule in file["rules"] if rule["name"] == made["name"]]
    expect(len(own) == 1, f"the file holds {[rule['name'] for rule in file['rules']]}")
    before = {rule["id"] for rule in desk.get("supply/rules")["rules"]}
    imported = desk.send("POST", "supply/rules/file", {**file, "rules": own})
    expect(imported["created"] == 1, f"imported: {imported}")
    new = [rule for rule in desk.get("supply/rules")["rules"] if rule["id"] not in before]
    drafts = [rule for rule in new if rule["state"] == "draft" and rule["newest"]["body"] == own[0]["body"]]
    expect(len(drafts) == len(new) == 1, f"the imported rules are {[(rule['name'], rule['state']) for rule in new]}")
    desk.send("DELETE", f"supply/rules/{drafts[0]['id']}")
    desk.story.step(f"exported {len(file['rules'])} rules, imported one: a draft that says the same, thrown away again")


def _body(goods: Goods, units: int) -> Json:
    return {
        "when": [{"field": "brand", "values": [goods.brand]}],
        "then": {"safety": {"kind": "units", "units": units}},
        "stop": {"confirmed_share": None, "unproved": False},
    }


def _refused(desk: Desk, rule: Json) -> str:
    try:
        desk.send("POST", "supply/rules", rule)
    except Refused as refused:
        pointers = [fault["pointer"] for fault in refused.body.get("errors", [])]
        expect(refused.status == 422 and pointers, f"a wrong rule is refused as {refused}")
        return str(pointers[0])
    raise Failed("a rule that can never match was taken")
