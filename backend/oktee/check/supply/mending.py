"""Exceptions: grouped by cause, and one fix that clears several lines at once."""

from collections.abc import Sequence

from oktee.check.desk import Desk, Json
from oktee.check.story import Failed, expect

CAUSE, FIX = "cost_differs", "accept_cost"


def one_fix_clears_several(desk: Desk, orders: Sequence[Json]) -> None:
    """Lines whose cost is far below what was agreed stand under one cause; accepting it for all of them clears them."""
    numbers = {order["po_number"] for order in orders}
    groups = {group["cause"]: group for group in desk.get("supply/exceptions", group_by="cause")["groups"]}
    if CAUSE not in groups:
        raise Failed(f"the causes are {sorted(groups)}")
    group = groups[CAUSE]
    expect(FIX in group["fixes"] and group["first_due_at"], f"{CAUSE}: {group}")
    rows = desk.get("supply/exceptions", cause=CAUSE, limit=500)["rows"]
    own = [row for row in rows if row["po_number"] in numbers]
    lines = [line for order in orders for line in order["lines"]]
    expect(len(own) == len(lines), f"{len(own)} exceptions for {len(lines)} lines")
    desk.story.step(
        f"{CAUSE}: {group['exceptions']} exceptions in {group['orders']} orders, {len(own)} of this journey"
    )
    results = desk.send("POST", "supply/exceptions/actions", {"fix": FIX, "ids": [row["id"] for row in own]})["results"]
    expect(all(result["ok"] for result in results), f"the fix: {results}")
    left = [row for row in desk.get("supply/exceptions", cause=CAUSE, limit=500)["rows"] if row["po_number"] in numbers]
    expect(not left, f"{len(left)} are still open")
    for order in orders:
        after = desk.get(f"supply/orders/{order['id']}")
        expect(after["status"] == "to_confirm", f"{after['po_number']} is {after['status']}: {after['status_detail']}")
    done = desk.get("supply/exceptions", cause=CAUSE, state="resolved", limit=500)["rows"]
    mended = [row for row in done if row["po_number"] in numbers]
    name = desk.client.me["user"]["name"]
    expect(all(row["resolved_by"] == name for row in mended) and len(mended) == len(own), f"resolved by: {mended}")
    desk.story.step(f"one fix cleared {len(results)} lines; {len(orders)} orders can be confirmed")
