"""Steady polling: what is new or changed arrives, what is not costs no write, and nothing is skipped."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amazon.mirror.mirrored import DECIDE, MIRRORING, Mirror, Mirrors, asked_for, place
from contract.simulated import Simulated
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.planning import work_key
from oktee.amazon.mirror.runner import NotCollecting
from oktee.kit.database import database, new_id, tenant_session
from oktee.kit.errors import NotFound
from oktee.kit.module import installed
from oktee.kit.work import Crew, Fenced, Item, cancel, schedule
from sqlalchemy import text

DATA = (
    "purchase_orders", "purchase_order_lines", "purchase_order_revisions", "purchase_order_line_status", "vendor_codes",
    "connection_marketplaces",
)  # fmt: skip


@pytest.fixture
async def loaded(mirror: Mirror, amazon: Simulated) -> Mirror:
    """A mirror whose first load is done: five orders, two of them answered."""
    await place(amazon, count=5)
    await amazon.control("POST", "/answers", {"count": 2, "by": "edi"})
    await mirror.start()
    await mirror.turn()
    return mirror


async def versions(mirror: Mirror) -> dict[str, list[Any]]:
    """The row versions of every table of data: a write of any row changes its xmin."""
    return {table: await mirror.rows(f"select xmin::text, ctid::text from {table} order by ctid") for table in DATA}


async def topics(mirror: Mirror) -> list[str]:
    return [row.topic for row in await mirror.rows("select topic from outbox where topic like 'order%' order by id")]


async def change(amazon: Simulated, number: str, **changes: Any) -> None:
    await amazon.control("POST", f"/orders/{number}/changes", changes)


async def test_polling_again_writes_no_row_of_data(loaded: Mirror) -> None:
    before, events, journal = await versions(loaded), await topics(loaded), await loaded.kinds()
    seen = (await loaded.stream()).items_seen
    await loaded.poll()
    await loaded.poll()
    assert (await loaded.stream()).items_seen == seen + 10
    assert await versions(loaded) == before
    assert await topics(loaded) == events
    assert await loaded.kinds() == journal
    assert all(before.values())


async def test_a_new_order_arrives_and_is_told(loaded: Mirror, amazon: Simulated) -> None:
    async with tenant_session(loaded.organization_id) as session:
        await cancel(session, [DECIDE], prefix="")
    (number,) = await place(amazon, code="LUMF1")
    await loaded.poll()
    order = await loaded.order(number)
    assert (order.revision, order.state, order.marketplace_id) == (1, "New", "A13V1IB3VIYZZH")
    assert (await topics(loaded)).count("order.created") == 2  # one for the first load's page, one for this order
    entry = await loaded.one("select * from journal_entries where kind = 'orders.received' order by at desc limit 1")
    assert (entry.payload["po_numbers"], entry.actor_type, entry.log) == ([number], "amazon", "event")
    assert (entry.marketplace_id, entry.vendor_code) == ("A13V1IB3VIYZZH", "LUMF1")
    assert await loaded.scheduled(DECIDE.name) == [str(loaded.connection_id)]


async def test_a_changed_order_gets_its_next_revision_with_the_differences(loaded: Mirror, amazon: Simulated) -> None:
    (number,) = await place(amazon)
    await loaded.poll()
    first = await loaded.order(number)
    line = {"item_sequence_number": "1", "quantity": 4, "net_cost": "6.25"}
    await change(amazon, number, lines=[line], cancel_lines=["2"])
    await loaded.poll()
    order = await loaded.order(number)
    assert (order.id, order.revision, order.units, str(order.value)) == (first.id, 2, 4, "25.0000")
    assert order.changed_at is not None
    (was, now) = await loaded.rows(
        "select * from purchase_order_revisions where purchase_order_id = :id order by revision", id=order.id
    )
    assert (was.revision, was.changes, now.revision) == (1, [], 2)
    assert now.content_hash == order.content_hash != was.content_hash
    shown = [(each["field"], each["sequence"], each["was"], each["now"]) for each in now.changes]
    assert sorted(shown) == [
        ("amount", "1", 10, 4), ("amount", "2", 11, 0), ("net_cost", "1", "5.50", "6.25"),
        ("units", "1", 10, 4), ("units", "2", 11, 0),
    ]  # fmt: skip
    entry = await loaded.one("select * from journal_entries where kind = 'order.changed'")
    assert (entry.object_id, entry.object_label, entry.payload["revision"]) == (str(order.id), number, 2)
    assert entry.payload["changes"] == now.changes
    assert "order.changed" in await topics(loaded)
    lines = await loaded.rows(
        "select sequence, units, net_cost from purchase_order_lines where purchase_order_id = :id order by position",
        id=order.id,
    )
    assert lines == [("1", 4, "6.25"), ("2", 0, "5.50")]


async def test_a_new_line_and_a_moved_window_are_a_revision(loaded: Mirror, amazon: Simulated) -> None:
    (number,) = await place(amazon)
    await loaded.poll()
    before = await loaded.order(number)
    added = {"asin": "B0NEWLINE1", "quantity": 3, "net_cost": "2.00", "backorder": False}
    await change(amazon, number, new_lines=[added], shift_window_days=2)
    await loaded.poll()
    order = await loaded.order(number)
    assert (order.revision, order.line_count) == (2, 3)
    assert order.window_start == before.window_start + timedelta(days=2)
    changes = (await loaded.one("select changes from purchase_order_revisions where revision = 2")).changes
    assert {each["field"] for each in changes} == {"delivery_window", "line"}
    line = next(each for each in changes if each["field"] == "line")
    assert (line["sequence"], line["was"], line["now"]["asin"]) == ("3", None, "B0NEWLINE1")


async def test_an_order_that_is_only_acknowledged_keeps_its_revision(loaded: Mirror, amazon: Simulated) -> None:
    (number,) = await place(amazon)
    await loaded.poll()
    await amazon.control("POST", f"/orders/{number}/answers", {"by": "edi"})
    await loaded.poll()
    order = await loaded.order(number)
    assert (order.revision, order.state, order.confirmation) == (1, "Acknowledged", "ACCEPTED")
    assert "order.changed" not in await loaded.kinds()
    assert "order.changed" in await topics(loaded)


async def test_every_poll_overlaps_what_was_fetched_and_leaves_no_gap(loaded: Mirror, amazon: Simulated) -> None:
    marks = []
    for name in ("purchase_orders", "purchase_order_status"):
        for _ in range(3):
            high_water = (await loaded.stream(name)).high_water
            last = len(await amazon.calls())
            await loaded.poll(name)
            queries = [asked_for(call) for call in (await amazon.calls())[last:]]
            starts = [query[key] for query in queries for key in query if key.endswith("After")]
            ends = [query[key] for query in queries for key in query if key.endswith("Before")]
            assert datetime.fromisoformat(max(starts)) <= high_water - timedelta(minutes=10)
            marks.append((high_water, (await loaded.stream(name)).high_water, max(ends)))
    for before, after, end in marks:
        assert before <= after <= datetime.fromisoformat(end) - timedelta(minutes=2) + timedelta(milliseconds=1)


async def test_created_and_changed_orders_are_both_asked_for(loaded: Mirror, amazon: Simulated) -> None:
    last = len(await amazon.calls("getPurchaseOrders"))
    await loaded.poll("purchase_orders")
    queries = [asked_for(call) for call in (await amazon.calls("getPurchaseOrders"))[last:]]
    (created,) = [query for query in queries if "createdAfter" in query]
    (changed,) = [query for query in queries if "changedAfter" in query]
    assert created["createdAfter"] == changed["changedAfter"]


async def test_the_status_never_counts_further_than_its_orders(loaded: Mirror) -> None:
    back = datetime.now(UTC) - timedelta(hours=1)
    await loaded.rows("update streams set high_water = :back where name = 'purchase_orders' returning 1", back=back)
    status = (await loaded.stream("purchase_order_status")).high_water
    await loaded.rows("update streams set high_water = :back where name like '%status' returning 1", back=back)
    await loaded.rows("delete from sync_windows where stream like '%status' returning 1")
    await loaded.poll("purchase_order_status")
    assert (await loaded.stream("purchase_order_status")).high_water <= back < status
    await loaded.poll("purchase_orders")
    await loaded.poll("purchase_order_status")
    assert (await loaded.stream("purchase_order_status")).high_water > back


async def test_a_long_absence_is_made_up_in_windows_amazon_accepts(loaded: Mirror, amazon: Simulated) -> None:
    away = datetime.now(UTC) - timedelta(days=20)
    await loaded.rows("delete from sync_windows where stream = 'purchase_orders' returning 1")
    await loaded.rows("update streams set high_water = :away where name = 'purchase_orders' returning 1", away=away)
    last = len(await amazon.calls("getPurchaseOrders"))
    await loaded.poll("purchase_orders")
    calls = (await amazon.calls("getPurchaseOrders"))[last:]
    assert {call["status"] for call in calls} == {200}
    assert len([call for call in calls if "createdAfter" in call["query"]]) == 3
    assert (await loaded.stream()).high_water > datetime.now(UTC) - timedelta(minutes=3)


async def test_an_expired_page_token_begins_its_window_again(mirrors: Mirrors, amazon: Simulated) -> None:
    mirror = await mirrors.connect(await amazon.bulk(orders=150, lines=1, days=0.5))
    await mirror.start(["purchase_orders"])
    await mirror.rows("update sync_windows set page_token = 'created:expired', pages = 1 returning 1")
    await mirror.turn()
    assert (await mirror.stream()).state == "synced"
    assert (await mirror.one("select count(*) from purchase_orders")).count == 150
    assert [call["status"] for call in await amazon.calls("getPurchaseOrders")].count(400) == 3


async def test_two_workers_never_run_one_stream_at_once(loaded: Mirror, amazon: Simulated) -> None:
    other = Crew([runner.POLL])
    async with tenant_session(loaded.organization_id) as session:
        await runner.fetch_now(session, loaded.connection_id, "purchase_orders", "manual")
    last = len(await amazon.calls("getPurchaseOrders"))
    await asyncio.gather(loaded.crew.drain("sync"), other.drain("sync"))
    held = [*loaded.crew.held, *other.held]
    assert len(held) == 1
    await asyncio.wait(held)
    assert len(await amazon.calls("getPurchaseOrders")) == last + 2


async def test_a_worker_that_lost_its_lease_writes_nothing(loaded: Mirror, amazon: Simulated) -> None:
    await place(amazon)
    before = await versions(loaded)
    key = work_key(loaded.connection_id, "purchase_orders")
    with pytest.raises(Fenced):
        await runner.poll(Item("poll", loaded.organization_id, key, fence=1, attempts=1))
    assert await versions(loaded) == before


async def test_asked_while_it_runs_it_runs_once_more(loaded: Mirror) -> None:
    for _ in range(3):
        async with tenant_session(loaded.organization_id) as session:
            await runner.fetch_now(session, loaded.connection_id, "purchase_orders", "manual")
    assert len(await loaded.rows("select 1 from sync_runs where finished_at is null")) == 1
    await loaded.turn()
    runs = await loaded.rows("select outcome from sync_runs where reason = 'manual' and stream = 'purchase_orders'")
    assert runs == [("ok",)]
    assert await loaded.rows("select 1 from sync_runs where finished_at is null") == []


async def test_the_next_poll_is_dated_by_the_hours_in_which_orders_come(loaded: Mirror) -> None:
    stream = await loaded.stream()
    wait = stream.next_due_at - stream.last_success_at
    assert timedelta(seconds=59) < wait < timedelta(seconds=61)
    async with database.autocommit() as connection:
        query = text("select due_at, lease_until from work where organization_id = :org and key = :key")
        values = {"org": loaded.organization_id, "key": work_key(loaded.connection_id, "purchase_orders")}
        row = (await connection.execute(query, values)).one()
    assert (row.due_at, row.lease_until) == (stream.next_due_at, None)


async def test_a_connection_that_ended_stops_collection_and_keeps_its_history(
    loaded: Mirror, amazon: Simulated
) -> None:
    await loaded.rows("update connections set status = 'disconnected' returning 1")
    async with tenant_session(loaded.organization_id) as session:
        await loaded_schedule(session, loaded)
    last = len(await amazon.calls())
    await loaded.turn()
    assert len(await amazon.calls()) == last
    assert await loaded.scheduled("poll") == [work_key(loaded.connection_id, "purchase_order_status")]
    assert ((await loaded.stream()).state, (await loaded.stream()).next_due_at) == ("paused", None)
    assert (await loaded.one("select count(*) from purchase_orders")).count == 5
    with pytest.raises(NotCollecting):
        await loaded.poll("purchase_orders")


async def loaded_schedule(session: Any, mirror: Mirror) -> None:

    await schedule(session, runner.POLL, work_key(mirror.connection_id, "purchase_orders"))


async def test_a_stream_that_no_enabled_module_needs_rests(loaded: Mirror, amazon: Simulated) -> None:
    installed().fill([])
    last = len(await amazon.calls())
    await loaded.poll("purchase_orders")
    assert len(await amazon.calls()) == last
    assert (await loaded.stream()).state == "paused"
    installed().fill([MIRRORING])


async def test_connected_again_a_stream_goes_on_from_its_high_water(loaded: Mirror, amazon: Simulated) -> None:
    before = await loaded.stream()
    await loaded.rows("update connections set status = 'revoked' returning 1")
    async with tenant_session(loaded.organization_id) as session:
        await loaded_schedule(session, loaded)
    await loaded.turn()
    (number,) = await place(amazon)
    await loaded.rows("update connections set status = 'active' returning 1")
    last = len(await amazon.calls("getPurchaseOrders"))
    await loaded.start()
    await loaded.turn()
    after = await loaded.stream()
    assert (after.state, after.first_load_since) == ("synced", before.first_load_since)
    assert len(await amazon.calls("getPurchaseOrders")) == last + 2
    assert (await loaded.order(number)).revision == 1


async def test_an_unknown_stream_or_connection_is_not_found(loaded: Mirror, mirrors: Mirrors) -> None:
    other = await mirrors.make("amzn1.vg.2001")
    async with tenant_session(loaded.organization_id) as session:
        with pytest.raises(NotFound):
            await runner.fetch_now(session, loaded.connection_id, "reports", "manual")
        with pytest.raises(NotFound):
            await runner.fetch_now(session, new_id(), "purchase_orders", "manual")
        with pytest.raises(NotFound):
            await runner.fetch_now(session, other.connection_id, "purchase_orders", "manual")
