"""Work that is shared: a team, an assignment, a note whose mention reaches somebody; views, many orders at once, files."""

import csv
import io
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from oktee.check.client import Client
from oktee.check.desk import Desk, Json
from oktee.check.order import finished_operation
from oktee.check.place import Account
from oktee.check.story import Failed, expect, wait_for
from oktee.check.supply.goods import Goods

CONFIRMED = 4
"""Orders of the many that are confirmed on one sheet."""


def shared_work(desk: Desk, goods: Goods, order: Json, colleague: Account | None) -> None:
    """A team gets an order, a note names somebody, and it stands in their inbox with their name left out of nobody's."""
    me = desk.client.me["user"]
    people = {each["id"]: each["name"] for each in desk.get("supply/colleagues")["people"]}
    others = [each for each in people if each != me["id"]]
    expect(me["id"] in people and others, f"colleagues: {people}")
    if colleague is None:
        desk.story.note("no colleague is named: nobody's inbox is looked into")
        _assigned(desk, goods, order, [me["id"]])
        return
    with closing(Client(desk.client.url)) as client:
        client.sign_in(colleague.email, colleague.password, colleague.totp_seed)
        them = client.me["user"]
        team = _assigned(desk, goods, order, [me["id"], them["id"]])
        text = f"Please look at this, @{them['name']} - journey {goods.word}"
        mention = {"type": "person", "id": them["id"]}
        page = desk.send("POST", f"supply/orders/{order['id']}/notes", {"body": text, "mentions": [mention]})
        expect(any(note["body"] == text for note in page["notes"]), f"the notes are {page['notes']}")

        def told() -> Json | None:
            inbox = client.get(desk.path("notifications"))
            about = [group for group in inbox["groups"] if group["object_id"] == order["id"]]
            items = [item for group in about for item in group["items"] if item["notice"] == "mentioned"]
            return items[0] if items else None

        item = wait_for("the mention to reach the inbox", told, within=30)
        expect(item["facts"]["by"] == me["name"] and not item["read"], f"the inbox says {item}")
        desk.story.step(f"a note with a mention stands in the inbox of {them['name']}, from {me['name']}")
        mine = client.get(desk.path("supply/orders"), view="all", **{"filter[assignee]": "my_team"})
        numbers = [row["po_number"] for row in mine["rows"]]
        expect(order["po_number"] in numbers, f"their team's orders are {numbers}")
        desk.story.step(f"{them['name']} finds it among what is of the team {team}")
        _away(desk, client, order, me, them)
        client.sign_out()


def _away(desk: Desk, client: Client, order: Json, me: Json, them: Json) -> None:
    """While they are away, what is given to them is in the inbox of whoever stands in for them."""
    now = datetime.now(UTC)
    absence = {"from_at": now.isoformat(), "until_at": (now + timedelta(days=1)).isoformat(), "substitute_id": me["id"]}
    client.send("PUT", desk.path("administration/absence"), absence)
    try:
        text = f"One more look, @{them['name']}"
        mention = {"type": "person", "id": them["id"]}
        desk.send("POST", f"supply/orders/{order['id']}/notes", {"body": text, "mentions": [mention]})

        def told() -> Json | None:
            groups = desk.get("notifications")["groups"]
            items = [item for group in groups if group["object_id"] == order["id"] for item in group["items"]]
            return next((item for item in items if item["instead_of"]), None)

        item = wait_for("the substitute to be told", told, within=30)
        expect(item["instead_of"] == them["name"], f"told instead of {item['instead_of']}")
        desk.story.step(f"{them['name']} is away: {me['name']} is told in their place")
    finally:
        client.send("DELETE", desk.path("administration/absence"))


def _assigned(desk: Desk, goods: Goods, order: Json, members: Sequence[str]) -> str:
    name = f"Team {goods.word}"
    teams = desk.send("POST", "administration/teams", {"name": name, "members": list(members), "modules": ["supply"]})
    team = next(each for each in teams["teams"] if each["name"] == name)
    done = desk.send("POST", "supply/assignments", {"ids": [order["id"]], "team_id": team["id"]})["results"]
    expect(all(each["ok"] for each in done), f"the assignment: {done}")
    holder = desk.get(f"supply/orders/{order['id']}/teamwork")["assignee"]
    expect(holder and holder["type"] == "team" and holder["name"] == name, f"{order['po_number']} is of {holder}")
    desk.story.step(f"{order['po_number']} is assigned to {name}, {len(members)} people")
    return name


def views_and_many_orders(desk: Desk, goods: Goods, numbers: Sequence[str]) -> None:
    """A filter kept as a view, its sums, an act on all it finds by a worker, some confirmed on one sheet."""
    wanted = {"product": goods.asin("ONE"), "units": "6..6"}
    view = {"name": f"Journey {goods.word}", "filters": {"view": "waiting", **wanted}, "sort": "clock"}
    saved = desk.send("POST", "views", {**view, "page": "orders"})
    try:
        kept = next((each for each in desk.get("views", page="orders")["views"] if each["id"] == saved["id"]), None)
        expect(kept and kept["filters"] == view["filters"], f"the view was kept as {kept}")
        filters = {f"filter[{name}]": found for name, found in wanted.items()}
        listed = desk.get("supply/orders", view="waiting", sort="clock", limit=200, **filters)
        found = {row["po_number"]: row for row in listed["rows"]}
        expect(set(numbers) <= set(found), f"of {len(numbers)} orders the view finds {len(set(numbers) & set(found))}")
        summary = desk.get("supply/orders/summary", view="waiting", **filters)
        expect(
            summary["views"]["waiting"] == listed["count"] == len(found), f"counted {summary['views']}, {len(found)}"
        )
        desk.story.step(f"a saved view finds {len(found)} orders; the summary counts the same")
        _held_and_released(desk, {"view": "waiting", "filter": wanted}, len(found))
        rows = desk.get("supply/orders", view="to_decide", limit=200, **filters)["rows"]
        _confirmed_together(desk, [row for row in rows if row["po_number"] in numbers][:CONFIRMED])
    finally:
        desk.send("DELETE", f"views/{saved['id']}")


def _held_and_released(desk: Desk, chosen: Json, count: int) -> None:
    """A few are done at once, many by a worker: then there is an operation to watch."""
    for action, reason in (("hold", "the journey looks at them"), ("release", None)):
        body = {"action": action, "reason": reason, "filter": chosen, "expected_count": count}
        outcome = desk.client.post_once(desk.path("supply/orders/bulk"), body)
        if not outcome["operation_id"]:
            raise Failed(f"{count} orders were {action} without an operation: {outcome}")
        operation = finished_operation(desk, outcome["operation_id"], what=f"{action} of {count} orders")
        expect(operation["state"] == "done" and operation["done"] == count, f"{action}: {operation}")
        desk.story.step(f"{action}: {operation['done']} orders by a worker, watched as an operation")


def _confirmed_together(desk: Desk, rows: Sequence[Json]) -> None:
    sheet = [{"id": row["id"], "revision": row["revision"], "decision_id": row["decision_id"]} for row in rows]
    costs = desk.send("POST", "supply/expected-costs", {"orders": [row["id"] for row in rows]})["orders"]
    expect(len(costs) == len(rows), f"the sheet shows what {len(costs)} of {len(rows)} may cost")
    results = desk.client.post_once(desk.path("supply/confirmations"), {"orders": sheet})["results"]
    expect(len(results) == CONFIRMED and all(each["ok"] for each in results), f"the sheet: {results}")
    desk.story.step(f"{len(results)} orders confirmed on one review sheet")
    numbers = [row["po_number"] for row in rows]

    def seen() -> bool | None:
        found = desk.get("supply/orders", view="answered", q=" ".join(numbers), limit=50)["rows"]
        done = [row for row in found if row["po_number"] in numbers and row["status"] == "confirmed"]
        return True if len(done) == len(numbers) else None

    wait_for("the sheet's orders to be seen on Amazon", seen, within=120)
    for number in numbers:
        effective = [call for call in desk.control.submissions(number) if call["changed_state"]]
        expect(len(effective) == 1, f"{len(effective)} submissions of {number} had effect")
    desk.story.step(f"all {len(numbers)} seen on Amazon, each answered once")


def a_file_of_the_list(desk: Desk, goods: Goods, numbers: Sequence[str]) -> None:
    """The list as a file, made by a job, fetched by who asked for it."""
    filters = {"view": "all", "filter": {"product": goods.asin("ONE")}}
    asked = desk.send("POST", "supply/orders/exports", {"what": "lines", "style": "raw", "filter": filters})
    operation = finished_operation(desk, asked["operation_id"], what="the export")
    expect(operation["state"] == "done", f"the export {operation['state']}: {operation['error']}")
    answer = desk.client.raw("GET", desk.path(f"exports/{asked['id']}/file"))
    expect(answer.status_code == 200, f"the file answers {answer.status_code}")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    there = {cell for row in rows for cell in row}
    missing = set(numbers) - there
    expect(not missing, f"the file of {len(rows)} rows lacks {sorted(missing)[:3]}")
    desk.story.step(f"exported as a job: {len(rows) - 1} lines, {len(answer.content)} bytes, downloaded")
    desk.send("DELETE", f"exports/{asked['id']}")


def what_happened(desk: Desk, order: Json) -> None:
    """The event log counts over time what it lists, and holds the reason of the order."""
    asked = {"object_type": "order", "object_id": order["id"]}
    bars = desk.get("supply/events/histogram", **asked)
    listed = desk.get("supply/events", limit=200, **asked)["rows"]
    total = sum(bar["events"] for bar in bars["bars"])
    expect(total == bars["events"] == len(listed), f"bars {total}, counted {bars['events']}, listed {len(listed)}")
    whole = desk.get("supply/events/histogram")
    tall = max(whole["bars"], key=lambda bar: bar["events"])
    desk.story.step(
        f"the event log: {total} events of {order['po_number']}, {whole['events']} in all, most at {tall['at']}"
    )
