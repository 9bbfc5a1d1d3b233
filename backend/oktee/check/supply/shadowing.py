"""A version in shadow: it notes what it would decide of the next order, which the running rules decide; then it is stopped."""

from oktee.check.desk import Desk, Json
from oktee.check.story import expect, wait_for
from oktee.check.supply.goods import AGREED, Goods, decided, line_of, place

WAIT = 60


def a_version_in_shadow_only_notes(desk: Desk, goods: Goods, rule: Json, *, kept: int, less: int, asked: int) -> None:
    """`rule` keeps `kept` pieces as it runs; a version that keeps `less` is put in shadow and would have taken more."""
    body = rule["running"]["body"]
    body["then"]["safety"]["units"] = less
    saved = desk.send("POST", f"supply/rules/{rule['id']}/versions", {"body": body, "note": "tried in shadow"})
    number = saved["newest"]["number"]
    address = f"supply/rules/{rule['id']}/shadow"
    started = desk.send("POST", address, {"version": number, "days": 7})["shadow"]
    expect(started["version"] == number and started["end_reason"] is None, f"in shadow: {started}")
    expect(desk.status("POST", address, {"version": number, "days": 7}) == 409, "a rule has two versions in shadow")
    order = place(desk, goods, [goods.line("SHA", asked, AGREED)])[0]
    line = line_of(decided(desk, [order])[order], goods.asin("SHA"))
    expect(line["taken"] == 1000 - kept, f"the running version takes {line['taken']}")

    def noted() -> Json | None:
        rows = desk.get(f"{address}/lines", **{"class": "better", "sku": goods.sku("SHA")})["rows"]
        return next((row for row in rows if row["po_number"] == order), None)

    changed = wait_for("the version in shadow to look at the order", noted, within=WAIT)
    found = desk.get(address)["shadow"]
    was, now = changed["was"]["accepted"], changed["now"]["accepted"]
    expect((was, now) == (1000 - kept, 1000 - less), f"the report says {was} -> {now}")
    expect(found["now"]["accepted"] > found["was"]["accepted"], f"the sums say {found}")
    desk.story.step(
        f"version {number} in shadow: {order} was decided by the running version, {was} taken; it would have taken {now}"
    )
    expect(desk.status("DELETE", address) == 204, "a version in shadow cannot be stopped")
    stopped = desk.get(address)["shadow"]
    expect(stopped["end_reason"] == "stopped" and stopped["orders"] >= 1, f"stopped: {stopped}")
    watch = desk.get(f"supply/rules/{rule['id']}/watch")["watch"]
    expect(watch is not None and watch["version"] == rule["running"]["number"], f"watched: {watch}")
    desk.story.step(
        f"stopped, its report stays; version {watch['version']} is watched: {watch['now']['orders']} orders since it was "
        f"enabled, {watch['before']['orders']} in the seven days before"
    )
