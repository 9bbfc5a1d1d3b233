"""The recurring look for anomalies: exceptions about orders, vendor codes and rules, once each, gone when it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from modules.supply.world import World
from oktee.modules.administration.privacy import retention
from oktee.modules.supply.jobs import kinds

COPIES = """
insert into purchase_orders (id, connection_id, po_number, revision, content_hash, marketplace_id, vendor_code, brand, brands,
    state, import_order, ordered_at, currency, units, value, line_count, fetched_at, source_ref, sync_run_id, order_type,
    ship_to, window_end, accepted_units, received_units)
select gen_random_uuid(), connection_id, $2 || lpad(n::text, 4, '0'), revision, content_hash, marketplace_id, vendor_code,
    brand, brands, state, import_order, date_trunc('day', now()) - n * interval '1 day' + interval '9 hours', currency, units,
    value, line_count, fetched_at, source_ref, sync_run_id, order_type, ship_to,
    date_trunc('day', now()) - n * interval '1 day' + interval '8 days', 24, case when n % 2 = 0 then 24 end
from purchase_orders, generate_series($3::int, $4::int) n where po_number = $1"""
STATES = """
insert into order_states (purchase_order_id, connection_id, revision, status, deadline_at, became_available_at, hold,
    undecided_lines, proposed, marketplace_id, vendor_code, brands, answered_by, answered_at)
select id, connection_id, revision, 'confirmed', ordered_at + interval '24 hours', ordered_at, '[]', 0, false,
    marketplace_id, vendor_code, brands, 'oktee', ordered_at from purchase_orders where po_number like $1 || '%'"""
LINES = """
insert into purchase_order_lines (id, purchase_order_id, sequence, position, asin, vendor_product_identifier, amount,
    unit_of_measure, unit_size, units, net_cost, currency, backorder_allowed, marketplace_id, vendor_code, brand)
select gen_random_uuid(), o.id, l.sequence, l.position, l.asin, l.vendor_product_identifier, l.amount, l.unit_of_measure,
    l.unit_size, l.units, l.net_cost, l.currency, l.backorder_allowed, l.marketplace_id, l.vendor_code, l.brand
from purchase_orders o, purchase_order_lines l
where o.po_number like $2 || '%' and l.purchase_order_id = (select id from purchase_orders where po_number = $1)"""


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


async def look(world: World) -> dict[str, list[dict[str, Any]]]:
    """Open anomalies by cause, after a run."""
    await world.db.execute(
        "insert into work (organization_id, kind, key, queue, due_at) values ($1, $2, 'whole', 'sync', now()) "
        "on conflict (organization_id, kind, key) do update set due_at = now(), lease_until = null",
        world.organization_id,
        kinds.LOOK.name,
    )
    await world.turn()
    assert (
        await world.rows("select last_error from work where kind = $1 and last_error is not null", kinds.LOOK.name)
        == []
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in (await world.get("/supply/exceptions", limit=500))["rows"]:
        found.setdefault(row["cause"], []).append(row)
    return found


async def act(world: World, fix: str, row: dict[str, Any], **more: Any) -> Any:
    body = {"fix": fix, "ids": [row["id"]]} | more
    answer = await world.owner.post(world.owner.at("/supply/exceptions/actions"), json=body)
    return (answer.status_code, answer.json()["results"][0]["code"]) if answer.status_code == 200 else answer.json()


async def test_anomalies_are_found_once_mended_by_an_act_and_heal_by_themselves(world: World) -> None:
    item = await world.item(5000)
    pattern = await world.arrive(item.line(24))
    await world.db.execute(COPIES, pattern["po_number"], "OLD", 3, 70)
    await world.db.execute(LINES, pattern["po_number"], "OLD")
    await world.db.execute(STATES, "OLD")
    await world.db.execute("delete from purchase_orders where po_number = $1", pattern["po_number"])
    await world.db.execute("update streams set high_water = now() where name = 'purchase_orders'")
    # Nothing for three days from a code that orders daily; half of the closed windows without a unit shipped.
    found = await look(world)
    assert found.keys() == {"not_shipped"}, "one missed hour a day is not silence yet"
    assert {row["fixes"][0] for row in found["not_shipped"]} == {"ask_amazon"}
    assert len(found["not_shipped"]) == len({row["order_id"] for row in found["not_shipped"]}) > 20
    again = await look(world)
    assert {row["id"] for row in again["not_shipped"]} == {row["id"] for row in found["not_shipped"]}
    assert await act(world, "hold", found["not_shipped"][0]) == (200, "fix_not_possible")
    assert await act(world, "ask_amazon", found["not_shipped"][0]) == (200, None)
    assert len((await look(world))["not_shipped"]) == len(found["not_shipped"]) - 1, "asked: out of sight for a while"
    await world.db.execute("update purchase_orders set received_units = 24 where po_number like 'OLD%'")
    assert "not_shipped" not in await look(world)
    done = (await world.get("/supply/exceptions", state="resolved", cause="not_shipped", limit=500))["rows"]
    assert {row["resolution"] for row in done} == {"by_itself"}

    # A daily rhythm that stops for ten days is silence, and it is about no order.
    await world.db.execute(
        "update purchase_orders set ordered_at = ordered_at - interval '14 days' where po_number like 'OLD%'"
    )
    (silent,) = (await look(world))["silence"]
    assert (silent["order_id"], silent["vendor_code"], silent["message"]["values"]["vendor_code"]["value"]) == (
        None, "LUMD1", "LUMD1"
    )  # fmt: skip
    assert (await world.get("/supply/exceptions", world.stranger))["rows"] == []
    (group,) = [
        one for one in (await world.get("/supply/exceptions", group_by="cause"))["groups"] if one["cause"] == "silence"
    ]
    assert (group["orders"], group["exceptions"], group["lines"]) == (0, 1, 0)
    (stored,) = await world.rows("select brands from exceptions where cause = 'silence'")
    assert list(stored["brands"]) == [""], "nobody whose scope is some brands hears what a vendor code orders"
    assert await act(world, "acknowledge", silent) == (200, None)
    assert "silence" not in await look(world), "a person said that it is as expected"
    await world.db.execute("update exceptions set resolved_at = now() - interval '549 days' where cause = 'silence'")
    async with retention.tenant_session(world.organization_id) as session:
        (due,) = [one for one in await retention.dry_run(session, at=datetime.now(UTC)) if one.retention == "amazon"]
        assert due.tables["exceptions"] >= 1
        gone: Any = await session.execute(
            retention.text(retention.LOOSE), {"cutoff": datetime.now(UTC) - timedelta(days=548)}
        )
        assert gone.rowcount == 1


async def test_an_order_unlike_the_last_ten_is_held_by_one_press(world: World) -> None:
    item = await world.item(5000)
    pattern = await world.arrive(item.line(24))
    await world.db.execute(COPIES, pattern["po_number"], "TEN", 3, 15)
    await world.db.execute(LINES, pattern["po_number"], "TEN")
    await world.db.execute(STATES, "TEN")
    await world.db.execute(
        "update purchase_order_lines set net_cost = '9.20' where purchase_order_id in "
        "(select id from purchase_orders where po_number like 'TEN%')"
    )
    rows = [row for row in (await look(world))["unlike"] if row["po_number"] == pattern["po_number"]]
    found = {row["message"]["message"]: row for row in rows}
    unlike = found["supply.anomaly.unlike_cost"]
    assert (unlike["po_number"], unlike["sequence"]) == (pattern["po_number"], pattern["lines"][0]["sequence"])
    assert at(unlike["due_at"]) == at(pattern["deadline_at"])
    assert unlike["message"]["values"]["usual"] == {"type": "money", "amount": "9.20", "currency": "EUR"}
    assert await act(world, "hold", unlike, note="Unlike the last orders") == (200, None)
    shown = await world.again(pattern)
    assert (shown["status"], shown["decided_by"]["type"]) == ("held", "person")
    left = {row["po_number"] for row in (await look(world)).get("unlike", [])}
    assert pattern["po_number"] not in left, "a person has it"


async def test_a_product_asked_twice_is_due_with_its_order_and_counts_the_lines_that_ask_again(world: World) -> None:
    item, other = await world.item(5000), await world.item(5000)
    first = await world.arrive(item.line(24))
    again = await world.arrive(
        other.line(12), item.line(36, net_cost="6.20"), placed_at=(datetime.now(UTC)).isoformat()
    )

    same_place = "update purchase_orders set ship_to = 'LEJ1' where id = any($1)"
    await world.db.execute(same_place, [UUID(first["id"]), UUID(again["id"])])

    async def group() -> dict[str, Any]:
        groups = (await world.get("/supply/exceptions", group_by="cause"))["groups"]
        return next(one for one in groups if one["cause"] == "asked_twice")

    (row,) = (await look(world))["asked_twice"]
    asked = await world.again({"id": row["order_id"]})
    assert (at(row["due_at"]), row["lines"], row["order_id"] in (first["id"], again["id"])) == (
        at(asked["deadline_at"]), 1, True,
    )  # fmt: skip
    shown = await group()
    assert (shown["orders"], shown["lines"], at(shown["first_due_at"])) == (1, 1, at(asked["deadline_at"]))
    moved = "update order_states set deadline_at = deadline_at + interval '2 hours' where purchase_order_id = $1"
    await world.db.execute(moved, UUID(row["order_id"]))
    (later,) = (await look(world))["asked_twice"]
    assert (later["id"], at(later["due_at"])) == (row["id"], at(row["due_at"]) + timedelta(hours=2))
    await world.confirmed(await world.again(asked))
    (answered,) = (await look(world))["asked_twice"]
    assert (answered["id"], answered["due_at"]) == (row["id"], None), "it is answered: nothing runs out"
    assert (await group())["first_due_at"] is None


async def test_an_answer_without_an_outcome_and_the_same_override_three_times(world: World) -> None:
    item = await world.item(5000)
    for _ in range(3):
        order = await world.arrive(item.line(24))
        answer = await world.draft(order, {"sequence": order["lines"][0]["sequence"], "taken": 12, "backordered": 0})
        assert answer.status_code == 200, answer.text
        await world.confirm(answer.json())
    await world.db.execute(
        "update acknowledgements set state = 'sent', sent_at = now() - interval '5 hours' where po_number = $1",
        order["po_number"],
    )
    found = await look(world)
    (stuck,), (same,) = found["stuck"], found["same_override"]
    assert stuck["po_number"] == order["po_number"]
    assert await act(world, "ask_amazon", stuck) == (200, None)
    assert (same["rule_change"], same["sku"], same["order_id"]) == ("less", item.sku, None)
    assert same["rule_id"] is not None
    assert same["fixes"] == ["change_rule", "acknowledge"]


async def test_an_order_that_cannot_be_read_is_told_and_read_again(world: World) -> None:
    item = await world.item(500)
    number = await world.place(item.line(24) | {"vendor_product_identifier": "SKU\x00"})
    await world.poll()
    assert await world.rows("select 1 from purchase_orders where po_number = $1", number) == []
    await world.turn()
    (row,) = [row for row in (await world.get("/supply/exceptions", limit=500))["rows"] if row["cause"] == "unreadable"]
    assert (row["severity"], row["message"]["message"]) == ("critical", "supply.anomaly.unreadable")
    assert row["message"]["values"]["order"]["value"] == number
    assert timedelta(hours=23) < datetime.fromisoformat(row["due_at"]) - datetime.now(UTC) <= timedelta(hours=24)
    groups = [group for group in (await world.get("/notifications"))["groups"] if group["object_id"] == row["id"]]
    assert [item["notice"] for group in groups for item in group["items"]] == ["exception_critical"]
    assert await act(world, "ask_amazon", row) == (200, None)
    await world.turn()
    swept = await world.rows("select swept_at, drift from streams where name = 'purchase_orders'")
    assert [(each["swept_at"] is not None, each["drift"]) for each in swept] == [(True, 0)]
    assert await act(world, "acknowledge", row) == (200, None)
    assert "unreadable" not in await look(world), "who dealt with it hears no more of it"


async def told_of_stock(world: World) -> list[tuple[str, str]]:
    groups = (await world.get("/notifications"))["groups"]
    return sorted(
        (item["notice"], group["object_id"])
        for group in groups
        if group["object_type"] == "stock"
        for item in group["items"]
    )


async def test_stock_that_grows_old_or_is_below_zero_is_told_once_and_is_over_when_it_is_well(world: World) -> None:
    items = [await world.item(100) for _ in range(2)]
    place = "stock_balances where organization_id = $1 and warehouse <> ''"
    (code,) = {row["warehouse"] for row in await world.rows(f"select warehouse from {place}", world.organization_id)}
    aged = f"update stock_balances set as_of = now() - $2::interval where {place.split(' where ')[1]}"
    await world.db.execute(aged, world.organization_id, timedelta(hours=23))  # the limit is 4 hours, 24 at night
    await world.db.execute(
        "update stock_balances set on_hand = -3 where organization_id = $1 and item_id in "
        "(select id from items where sku = $2)",
        world.organization_id,
        items[0].sku,
    )
    for _ in range(2):
        await look(world)
        assert await told_of_stock(world) == [("stock_ageing", code), ("stock_below_zero", code)]
    mails = await world.rows("select mail_due_at, times from notifications where object_type = 'stock'")
    assert all(row["mail_due_at"] is not None and row["times"] == 1 for row in mails)
    assert mails
    health = {source["name"]: source for source in (await world.get("/supply/command-center"))["health"]}
    assert health["stock"]["stale"] or health["stock"]["state"] == "ageing"
    assert health["stock_below_zero"]["products"] == 1

    await world.db.execute(aged, world.organization_id, timedelta(minutes=1))
    await look(world)
    assert await told_of_stock(world) == [("stock_below_zero", code)]
    await world.db.execute("update stock_balances set on_hand = 0 where on_hand < 0")
    await look(world)
    assert await told_of_stock(world) == []
    names = {source["name"]: source["state"] for source in (await world.get("/supply/command-center"))["health"]}
    assert names["stock"] == "synced"
    assert "stock_below_zero" not in names
