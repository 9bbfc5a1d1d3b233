"""What people do with the list of orders: filter it, save views of it, act on many orders, take it out as a file."""

import csv
import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest
from modules.supply.world import Json, World
from oktee.kit.database import tenant_session
from oktee.kit.work import schedule
from oktee.modules.supply.answering import DecisionChanged
from oktee.modules.supply.desk.bulk import acting, runs
from oktee.modules.supply.forgetting import EVERYTHING, FORGET

ORDERS = 30


@pytest.fixture(scope="module")
async def orders(shared: World) -> list[Json]:
    """Thirty orders that wait, some of them short of stock; and one of another vendor."""
    plenty = await shared.item(100_000)
    short = await shared.item(30)
    for n in range(ORDERS):
        await shared.place(plenty.line(12 + n), *([short.line(40)] if n % 10 == 0 else []))
    await shared.poll()
    rows: list[Json] = (await shared.get("/supply/orders", limit=100))["rows"]
    assert len(rows) == ORDERS
    return rows


async def act(world: World, body: Json, browser: Any = None) -> Any:
    browser = browser or world.owner
    return await browser.post(browser.at("/supply/orders/bulk"), json=body)


async def released(world: World, rows: list[Json]) -> None:
    held = [row["id"] for row in rows]
    answer = await act(world, {"action": "release", "ids": held})
    assert answer.status_code in (200, 202), answer.text
    await world.turn()


async def test_the_address_filters_the_list_and_a_wrong_field_is_named(world: World, orders: list[Json]) -> None:
    big = await world.get("/supply/orders", **{"filter[units]": "40..", "limit": 100})
    assert {row["id"] for row in big["rows"]} == {row["id"] for row in orders if row["asked"] >= 40}
    asin = await world.get("/supply/orders", **{"filter[product]": "SKU-0002", "limit": 100})
    assert asin["count"] == 3
    cut = await world.get("/supply/orders", **{"filter[rule]": "stock", "limit": 100})
    assert {row["id"] for row in cut["rows"]} <= {row["id"] for row in asin["rows"]}
    assert cut["rows"]
    refused = await world.owner.get(world.owner.at("/supply/orders?filter[colour]=red&filter[value]=1"))
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/filter/colour", "/filter/value"]
    few = await world.get("/supply/orders", fields="po_number,value", totals=False, limit=3)
    assert [set(row) for row in few["rows"]] == [{"id", "po_number", "value"}] * 3
    assert (few["count"], few["sums"]) == (None, None)
    unknown = await world.owner.get(world.owner.at("/supply/orders?fields=po_number,colour"))
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/fields")
    strangers = await world.get("/supply/orders", world.stranger, limit=100)
    assert not {row["id"] for row in strangers["rows"]} & {row["id"] for row in orders}


async def test_a_few_orders_are_held_at_once_and_one_that_refuses_stops_no_other(
    world: World, orders: list[Json]
) -> None:
    chosen = [row["id"] for row in orders[:3]]
    answer = await act(world, {"action": "hold", "ids": chosen, "reason": "price talks"})
    assert (answer.status_code, answer.json()["done"], answer.json()["refused"]) == (200, 3, [])
    held = await world.get("/supply/orders", **{"filter[hold]": "yes", "filter[status]": "held", "limit": 100})
    assert set(chosen) <= {row["id"] for row in held["rows"]}
    strange = await act(world, {"action": "hold", "ids": chosen, "reason": "x"}, world.stranger)
    assert strange.status_code == 409
    analyst = await act(world, {"action": "hold", "ids": chosen, "reason": "x"}, world.analyst)
    assert analyst.status_code == 403
    await released(world, orders[:3])
    again = await world.get("/supply/orders", **{"filter[decided_by]": "Lea Martin", "limit": 100})
    assert again["rows"] == []


async def test_many_orders_are_an_operation_and_a_count_that_moved_is_refused(world: World, orders: list[Json]) -> None:
    matching = {"filter": {"filter": {"units": "12.."}}, "expected_count": ORDERS}
    moved = await act(world, {"action": "hold", "reason": "x"} | matching | {"expected_count": ORDERS - 1})
    assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
    answer = await act(world, {"action": "hold", "reason": "stocktaking"} | matching)
    assert (answer.status_code, answer.json()["orders"]) == (202, ORDERS)
    assert answer.headers["Location"].endswith(answer.json()["operation_id"])
    await world.turn()
    operation = await world.get(f"/operations/{answer.json()['operation_id']}")
    assert (operation["state"], operation["done"]) == ("done", ORDERS), operation
    assert (operation["result"]["done"], operation["result"]["refused"]) == (ORDERS, [])
    at = f"/supply/orders/bulk/{answer.json()['operation_id']}"
    assert (await world.get(at))["done"] == ORDERS
    assert (await world.manager.get(world.manager.at(at))).status_code == 404
    summary = await world.get("/supply/orders/summary")
    assert summary["views"]["held"] == ORDERS
    assert summary["sums"]["held"]["asked"] == summary["sums"]["waiting"]["asked"] == summary["sums"]["all"]["asked"]
    await released(world, orders)
    assert (await world.get("/supply/orders/summary"))["views"]["held"] < ORDERS


async def test_of_many_refusals_all_are_counted_and_the_first_are_told(
    world: World, orders: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four of five changed under the hand."""
    monkeypatch.setattr(acting, "AT_ONCE", 1)
    monkeypatch.setattr(runs, "REFUSED_KEPT", 2)
    chosen = [row["id"] for row in orders][:5]
    hold = acting.hold

    async def only_the_last(session: Any, caller: Any, order_id: UUID, reason: str) -> None:
        if str(order_id) != chosen[-1]:
            raise DecisionChanged("Somebody else decided about this order meanwhile.")
        await hold(session, caller, order_id, reason)

    monkeypatch.setattr(acting, "hold", only_the_last)
    took = await act(world, {"action": "hold", "reason": "a look", "ids": chosen})
    assert took.status_code == 202, took.text
    await world.turn()
    progress = await world.get(f"/supply/orders/bulk/{took.json()['operation_id']}")
    assert (progress["state"], progress["done"], progress["error"]) == ("done", 5, None)
    assert (progress["refused_count"], [one["id"] for one in progress["refused"]]) == (4, chosen[:2])
    result = (await world.get(f"/operations/{took.json()['operation_id']}"))["result"]
    assert (result["done"], result["refused_count"], len(result["refused"])) == (1, 4, 2)
    await released(world, orders[4:5])


async def test_a_worker_stops_where_the_person_may_no_longer_act(
    world: World, orders: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed, or given a role that only reads, after the first order: nothing more changes in their name."""
    sam = world.people["supply_manager"].id
    held = {"filter[status]": "held", "limit": 100}
    before = {row["id"] for row in (await world.get("/supply/orders", **held))["rows"]}
    chosen = [row["id"] for row in orders if row["id"] not in before]
    monkeypatch.setattr(acting, "AT_ONCE", 1)
    done: list[Any] = []
    one = acting.act
    for change, word in (("state = 'suspended'", "belong"), ("role = 'analyst'", "orders.hold")):

        async def one_and_then_changed(*args: Any, change: str = change) -> Any:
            done.append(refusal := await one(*args))
            await world.db.execute(f"update memberships set {change} where user_id = $1", sam)
            return refusal

        monkeypatch.setattr(acting, "act", one_and_then_changed)
        took = await act(
            world, {"action": "hold", "reason": "a look", "ids": chosen[len(done) : len(done) + 3]}, world.manager
        )
        assert took.status_code == 202, took.text
        try:
            await world.turn()
        finally:
            back = "update memberships set state = 'active', role = 'supply_manager' where user_id = $1"
            await world.db.execute(back, sam)
        operation = await world.get(f"/operations/{took.json()['operation_id']}")
        assert (operation["state"], operation["done"], operation["error"]["code"]) == ("failed", 1, "forbidden")
        assert "Sam Keller" in operation["error"]["detail"]
        assert word in operation["error"]["detail"]
        shown = await world.get(f"/supply/orders/bulk/{took.json()['operation_id']}", world.manager)
        assert (shown["state"], shown["done"]) == ("failed", 1)
        assert (shown["error"]["code"], shown["error"]["detail"]) == ("forbidden", operation["error"]["detail"])
        monkeypatch.setattr(acting, "act", one)
    after = {row["id"] for row in (await world.get("/supply/orders", **held))["rows"]}
    assert (len(done), after - before) == (2, set(chosen[:2]))
    await released(world, [row for row in orders if row["id"] in after - before])


async def test_many_orders_are_given_away_and_marked_and_nothing_else_of_them_changes(
    world: World, orders: list[Json]
) -> None:
    made = [await world.owner.post(world.owner.at("/administration/tags"), json={"name": name, "colour": "accent"})
            for name in ("Launch", "Urgent")]  # fmt: skip
    launch, urgent = (next(tag for tag in answer.json()["tags"] if tag["name"] == name)
                      for name, answer in zip(("Launch", "Urgent"), made, strict=True))  # fmt: skip
    chosen = [row["id"] for row in orders[:2]]
    sam = world.people["supply_manager"]
    for body in (
        {"action": "assign", "person_id": str(sam.id)},
        {"action": "tag", "tags": [launch["id"]]},
        {"action": "tag", "tags": [urgent["id"]]},
        {"action": "untag", "tags": [launch["id"]]},
    ):
        answer = await act(world, body | {"ids": chosen})
        assert (answer.status_code, answer.json().get("done")) == (200, 2), answer.text
    listed = await world.get("/supply/orders", world.manager, **{"filter[assignee]": "me", "limit": 100})
    assert {row["id"]: row["status"] for row in listed["rows"]} == {row["id"]: row["status"] for row in orders[:2]}
    for order_id in chosen:
        assert listed["hands"][order_id]["assignee"]["id"] == str(sam.id)
        assert [tag["name"] for tag in listed["hands"][order_id]["tags"]] == ["Urgent"]
    # The worker knows whose `me` it is, and a team that went is said before the first order.
    mine = {"filter": {"filter": {"assignee": "me"}}, "expected_count": 2}
    nobody = await act(world, {"action": "assign"} | mine, world.manager)
    assert (nobody.status_code, nobody.json()["done"]) == (200, 2), nobody.text
    assert (await act(world, {"action": "assign"} | mine)).status_code == 409
    for wrong in ({"action": "assign", "team_id": str(uuid4())}, {"action": "tag", "tags": [str(uuid4())]},
                  {"action": "tag"}, {"action": "hold", "reason": "x", "person_id": str(sam.id)}):  # fmt: skip
        assert (await act(world, wrong | {"ids": chosen})).status_code in (404, 422)
    many = {"filter": {"filter": {}}, "expected_count": ORDERS}
    answer = await act(world, {"action": "assign", "person_id": str(sam.id)} | many)
    assert answer.status_code == 202
    await world.turn()
    assert (await world.get("/supply/orders", world.manager, **{"filter[assignee]": "me"}))["count"] == ORDERS
    await act(world, {"action": "assign"} | many)
    await world.turn()
    assert (await world.get("/supply/orders", **{"filter[assignee]": "none"}))["count"] == ORDERS


async def test_an_operation_stops_when_somebody_asks(world: World, orders: list[Json]) -> None:
    ids = [row["id"] for row in orders]
    answer = await act(world, {"action": "hold", "ids": ids, "reason": "x"})
    operation = answer.json()["operation_id"]
    asked = await world.owner.delete(world.owner.at(f"/operations/{operation}"))
    assert asked.status_code in (200, 202), asked.text
    await world.turn()
    found = await world.get(f"/operations/{operation}")
    assert (found["state"], found["done"]) == ("cancelled", 1)
    await released(world, orders[:20])
    await released(world, orders[20:])


async def test_running_the_rules_again_is_looked_at_first(world: World, orders: list[Json]) -> None:
    same = await world.owner.post(
        world.owner.at("/supply/orders/bulk/preview"), json={"ids": [row["id"] for row in orders]}
    )
    assert same.status_code == 200, same.text
    assert (same.json()["orders"], same.json()["waiting"], same.json()["looked_at"]) == (ORDERS, ORDERS, ORDERS)
    before = (await world.get("/supply/orders", limit=100))["rows"]
    changes = {row["id"] for row in same.json()["changed"]}
    held = {row["id"]: row for row in before if row["status"] == "held"}
    assert changes <= set(held) | {row["id"] for row in before if row["cut"]}
    after = (await world.get("/supply/orders", limit=100))["rows"]
    assert [row["decision_id"] for row in after] == [row["decision_id"] for row in before]


async def test_what_somebody_says_was_answered_elsewhere_is_held_until_amazon_shows_it(
    world: World, orders: list[Json]
) -> None:
    row = orders[5]
    answer = await act(
        world, {"action": "answered_outside", "ids": [row["id"]], "reason": "Confirmed in Vendor Central by Lea"}
    )
    assert answer.json()["done"] == 1
    found = await world.get(f"/supply/orders/{row['id']}")
    assert (found["status"], found["answered_by"]) == ("held", None)
    assert [event["kind"] for event in await world.events(found)][-2:] == ["order.held", "order.said_answered"]
    await world.answer_elsewhere(row["po_number"], by="person")
    await world.poll()
    shown = await world.get(f"/supply/orders/{row['id']}")
    assert (shown["status"], shown["answered_by"]) == ("confirmed", "outside")


@pytest.mark.parametrize(
    "body",
    [
        {"action": "reject", "ids": ["0199a5f0-0000-7000-8000-000000000000"]},
        {"action": "hold", "ids": ["0199a5f0-0000-7000-8000-000000000000"]},
        {"action": "release", "ids": []},
        {"action": "release", "filter": {}},
        {"action": "release", "filter": {}, "expected_count": 1, "ids": ["0199a5f0-0000-7000-8000-000000000000"]},
    ],
)
async def test_an_act_that_is_none_is_refused(world: World, body: Json) -> None:
    assert (await act(world, body)).status_code == 422


async def export(world: World, browser: Any = None, path: str = "/supply/orders/exports", **body: Any) -> Json:
    browser = browser or world.owner
    answer = await browser.post(browser.at(path), json=body)
    assert answer.status_code == 202, answer.text
    await world.turn()
    (made,) = [row for row in (await world.get("/exports", browser))["rows"] if row["id"] == answer.json()["id"]]
    assert (made["state"], made["size"] > 0) == ("done", True), made
    return dict(made)


async def file_of(world: World, made: Json, browser: Any = None) -> bytes:
    browser = browser or world.owner
    answer = await browser.get(browser.at(f"/exports/{made['id']}/file"))
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


async def test_a_file_holds_what_the_screen_shows_and_only_its_owner_gets_it(world: World, orders: list[Json]) -> None:
    wanted = {"filter": {"units": "40.."}}
    made = await export(
        world,
        filter=wanted,
        columns=["po_number", "asked", "value", "window"],
        sort="-value",
        style="raw",
        words="40 or more",
    )
    rows = list(csv.reader(io.StringIO((await file_of(world, made)).decode())))
    big = await world.get("/supply/orders", **{"filter[units]": "40..", "sort": "-value", "limit": 100})
    assert rows[0] == ["po_number", "asked", "value", "currency", "window_start", "window_end"]
    assert [(row[0], int(row[1])) for row in rows[1:]] == [(row["po_number"], row["asked"]) for row in big["rows"]]
    assert made["rows"] == len(big["rows"])
    denied = await world.manager.get(world.manager.at(f"/exports/{made['id']}/file"))
    assert denied.status_code == 404
    assert (await world.get("/exports", world.stranger))["rows"] == []
    kinds = [e["kind"] for e in (await world.get("/supply/events", kind="list.", limit=200))["rows"]]
    assert {"list.exported", "list.downloaded"} <= set(kinds)
    mails = await world.rows("select count(*) as n from mails where template = 'list_export'")
    assert mails[0]["n"] >= 1
    gone = await world.owner.delete(world.owner.at(f"/exports/{made['id']}"))
    assert gone.status_code == 204
    again = await world.owner.get(world.owner.at(f"/exports/{made['id']}/file"))
    assert (again.status_code, again.json()["code"]) == (409, "export_not_ready")


async def test_lines_and_sheets_and_events_come_as_files_too(world: World, orders: list[Json]) -> None:
    lines = await export(world, what="lines", ids=[row["id"] for row in orders], style="shown")
    text = (await file_of(world, lines)).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0][:6] == ["Order", "Marketplace", "Vendor code", "Ship to", "Status", "Line"]
    assert len(table) - 1 == ORDERS + 3
    sheet = await export(world, format="xlsx")
    body = await file_of(world, sheet)
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    log = await export(world, path="/supply/events/exports?kind=order.", format="ndjson", style="raw")
    lines_of_log = (await file_of(world, log)).decode().splitlines()
    assert len(lines_of_log) == log["rows"] > ORDERS
    assert all('"kind":"order.' in line for line in lines_of_log)


async def test_who_may_change_a_shared_view_gives_it_no_name_that_its_maker_has_already(world: World) -> None:
    made = {}
    for name in ("Sam's first", "Sam's second"):
        answer = await world.manager.post(world.manager.at("/views"), json={"name": name, "shared": True})
        assert answer.status_code == 201, answer.text
        made[name] = world.owner.at(f"/views/{answer.json()['id']}")
    second = made["Sam's second"]
    taken = await world.owner.patch(second, json={"name": "SAM'S FIRST"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    await world.owner.delete(second)
    renamed = await world.owner.patch(made["Sam's first"], json={"name": "Sam's second", "is_default": True})
    assert renamed.status_code == 200, renamed.text
    back = await world.owner.post(f"{second}/restoration")
    assert (back.status_code, back.json()["code"]) == (409, "name_taken")
    assert (await world.owner.delete(made["Sam's first"])).status_code == 204
    await world.rows("delete from saved_views")


async def test_a_view_is_kept_shared_and_only_its_maker_changes_it(world: World) -> None:
    body = {"name": "Big ones", "filters": {"view": "waiting", "value": "1000.."}, "sort": "-value", "is_default": True}
    made = await world.owner.post(world.owner.at("/views"), json=body)
    assert made.status_code == 201, made.text
    view = made.json()
    assert (await world.get("/views", world.manager))["views"] == []
    twice = await world.owner.post(world.owner.at("/views"), json=body | {"name": "big ONES"})
    assert (twice.status_code, twice.json()["code"]) == (409, "name_taken")
    wrong = await world.owner.post(world.owner.at("/views"), json=body | {"name": "x", "filters": {"value": "much"}})
    assert wrong.status_code == 422
    at = f"/views/{view['id']}"
    shared = await world.owner.patch(world.owner.at(at), json={"shared": True})
    assert shared.json()["shared"] is True
    (seen,) = (await world.get("/views", world.manager))["views"]
    assert (seen["name"], seen["mine"], seen["is_default"]) == ("Big ones", False, False)
    theirs = await world.manager.patch(world.manager.at(at), json={"name": "mine"})
    assert (theirs.status_code, theirs.json()["code"]) == (403, "not_yours")
    columns = [{"id": "po_number", "width": 120, "pinned": True}, {"id": "value"}]
    laid = await world.manager.put(world.manager.at(f"/views/layouts/{view['id']}"), json={"columns": columns})
    assert laid.status_code == 200, laid.text
    mine = (await world.get("/views", world.manager))["layouts"]
    assert [(one["view"], [c["id"] for c in one["columns"]]) for one in mine] == [(view["id"], ["po_number", "value"])]
    assert (await world.get("/views"))["layouts"] == []
    second = await world.owner.post(world.owner.at("/views"), json={"name": "Second", "is_default": True})
    assert [v["name"] for v in (await world.get("/views"))["views"] if v["is_default"]] == ["Second"]
    stranger = await world.stranger.delete(world.stranger.at(at))
    assert stranger.status_code == 404
    assert (await world.owner.delete(world.owner.at(at))).status_code == 204
    assert [v["name"] for v in (await world.get("/views"))["views"]] == ["Second"]
    assert (await world.get("/views", world.manager)) == {"views": [], "layouts": []}
    named = await world.owner.post(world.owner.at("/views"), json={"name": "Big ones"})  # the name is free at once
    assert named.status_code == 201
    taken = await world.owner.post(world.owner.at(f"{at}/restoration"))
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    await world.owner.delete(world.owner.at(f"/views/{named.json()['id']}"))
    assert (await world.manager.post(world.manager.at(f"{at}/restoration"))).status_code == 403
    assert (await world.stranger.post(world.stranger.at(f"{at}/restoration"))).status_code == 404
    back = await world.owner.post(world.owner.at(f"{at}/restoration"))
    assert (back.status_code, back.json()["is_default"]) == (200, False)  # another is the default by now
    assert (await world.get("/views", world.manager))["layouts"] == mine
    told = await world.rows("select kind, log from journal_entries where kind like 'view.%' order by id")
    assert [tuple(row) for row in told][-2:] == [("view.deleted", "audit"), ("view.restored", "audit")]
    for one in (view["id"], second.json()["id"]):
        assert (await world.owner.delete(world.owner.at(f"/views/{one}"))).status_code == 204
    assert (await world.get("/views", world.manager)) == {"views": [], "layouts": []}
    await world.rows("update saved_views set deleted_at = deleted_at - interval '2 minutes'")
    late = await world.owner.post(world.owner.at(f"{at}/restoration"))
    assert late.status_code == 404
    async with tenant_session(world.organization_id) as session:
        await schedule(session, FORGET, EVERYTHING)
    await world.turn()
    assert await world.rows("select 1 from saved_views union all select 1 from view_layouts") == []


async def test_the_histogram_counts_what_the_log_lists_and_the_nearest_event_is_named(
    world: World, orders: list[Json]
) -> None:
    bars = await world.get("/supply/events/histogram", kind="order.")
    assert bars["events"] == sum(bar["events"] for bar in bars["bars"]) >= ORDERS
    narrow = await world.get(
        "/supply/events/histogram", kind="order.", **{"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    )
    assert (narrow["events"], narrow["bars"]) == (0, [])
    empty = await world.get(
        "/supply/events", kind="order.", **{"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    )
    first = await world.get("/supply/events", kind="order.", limit=200)
    assert empty["rows"] == []
    assert empty["nearest"] <= first["rows"][-1]["at"]
