"""Proof and repair: an answer is corrected within 48 hours by a new one."""

from oktee.check.desk import Desk, Json
from oktee.check.story import expect, wait_for
from oktee.check.supply.goods import Goods, line_of


def corrected_by_a_new_answer(desk: Desk, goods: Goods, order: Json) -> None:
    """Seen with everything, then fewer of one line: Amazon shows the second answer, and its ledger holds two of them."""
    current = _seen(desk, order, answers=1)
    line = line_of(current, goods.asin("TWO"))
    fewer = line["taken"] - 6
    change = {"sequence": line["sequence"], "taken": fewer, "rejection_reason": "TemporarilyUnavailable"}
    stamp = {"revision": current["revision"], "decision_id": current["decision_id"]}
    edited = desk.send("PUT", f"supply/orders/{order['id']}/draft", {**stamp, "lines": [change]})
    stamp = {"revision": edited["revision"], "decision_id": edited["decision_id"]}
    desk.client.post_once(desk.path(f"supply/orders/{order['id']}/confirmation"), stamp)
    after = _seen(desk, order, answers=2)
    shown = {each["sequence"]: each["accepted"] for each in after["answers"][-1]["seen"]}
    expect(shown[line["sequence"]] == fewer, f"Amazon shows {shown}")
    effective = [call for call in desk.control.submissions(order["po_number"]) if call["changed_state"]]
    expect(len(effective) == 2, f"{len(effective)} submissions of {order['po_number']} had effect")
    desk.story.step(f"{order['po_number']} corrected from {line['taken']} to {fewer}: two answers, each seen on Amazon")


def _seen(desk: Desk, order: Json, *, answers: int) -> Json:
    def proven() -> Json | None:
        current: Json = desk.get(f"supply/orders/{order['id']}")
        given = current["answers"]
        return current if len(given) == answers and given[-1]["state"] == "seen" else None

    return wait_for(f"answer {answers} of {order['po_number']} to be seen", proven, within=120)
