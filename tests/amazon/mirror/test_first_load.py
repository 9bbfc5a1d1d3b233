"""The first load: everything Amazon offers arrives, newest first, and goes on where it stopped."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from amazon.mirror.mirrored import DECIDE, MIRRORING, OBSERVE, Mirror, Mirrors, asked_for, place
from contract.simulated import Simulated
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.mirror import purchase_order_status, purchase_orders, runner
from oktee.amazon.mirror.order_content import read_order
from oktee.amazon.mirror.poller import Batch, Poller, Stored
from oktee.amazon.mirror.streams import list_streams
from oktee.kit.database import tenant_session
from oktee.kit.module import installed
from sqlalchemy.ext.asyncio import AsyncSession


async def place_history(amazon: Simulated, *, days: int = 3, count: int = 7) -> None:
    for day in range(days):
        at = (amazon.clock() - timedelta(days=day, hours=1)).isoformat()
        await place(amazon, count=count, placed_at=at, available_at=at)


async def offered(amazon: Simulated, selling_partner_id: str) -> dict[str, Any]:
    """The orders of a vendor group as Amazon shows them, by number."""
    found = await amazon.control("GET", f"/orders?selling_partner_id={selling_partner_id}&limit=100000")
    return {view["purchase_order_number"]: view["order"] for view in found["orders"]}


def install_with(*pollers: Poller) -> None:
    installed().fill([replace(MIRRORING, pollers=pollers)])


async def test_what_was_placed_in_the_very_moment_a_window_ends_comes_with_the_next(
    mirror: Mirror, amazon: Simulated
) -> None:
    await mirror.start(["purchase_orders"])
    ends = await mirror.one("select max(until) as at from sync_windows")
    at = ends.at.replace(microsecond=ends.at.microsecond // 1000 * 1000).isoformat()
    (number,) = await place(amazon, placed_at=at, available_at=at)
    await mirror.turn()
    assert await mirror.rows("select 1 from purchase_orders") == []
    await mirror.poll("purchase_orders")
    assert (await mirror.order(number)).po_number == number


async def test_every_order_offered_is_mirrored_with_equal_content(mirror: Mirror, amazon: Simulated) -> None:
    await place_history(amazon)
    await mirror.start()
    await mirror.turn()
    rows = {row.po_number: row for row in await mirror.rows("select * from purchase_orders")}
    orders = await offered(amazon, mirror.account.selling_partner_id)
    assert rows.keys() == orders.keys()
    assert len(rows) == 21
    for number, order in orders.items():
        row, details = rows[number], order["orderDetails"]
        assert bytes(row.content_hash) == read_order(msgspec.convert(order, Order)).hash
        assert (row.state, row.revision, row.freight) == (order["purchaseOrderState"], 1, "prepaid")
        assert row.ordered_at == datetime.fromisoformat(details["purchaseOrderDate"])
        assert row.units == sum(item["orderedQuantity"]["amount"] for item in details["items"]) == 21
        assert str(row.value) == "115.5000"
        assert (row.currency, row.line_count, row.ship_to) == ("EUR", 2, details["shipToParty"]["partyId"])
    lines = await mirror.rows("select * from purchase_order_lines order by purchase_order_id, position")
    assert [(line.sequence, line.units, line.net_cost) for line in lines[:2]] == [("1", 10, "5.50"), ("2", 11, "5.50")]
    revisions = await mirror.rows("select revision, changes from purchase_order_revisions")
    assert [(row.revision, row.changes) for row in revisions] == [(1, [])] * 21


async def test_the_status_of_every_order_follows_its_order(mirror: Mirror, amazon: Simulated) -> None:
    await place_history(amazon)
    await amazon.control("POST", "/answers", {"count": 5, "by": "edi"})
    await mirror.start()
    await mirror.turn()
    counts = await mirror.one(
        """select count(*) as orders, count(status_fetched_at) as known,
        count(*) filter (where confirmation = 'ACCEPTED') as accepted from purchase_orders"""
    )
    assert (counts.orders, counts.known, counts.accepted) == (21, 21, 5)


async def test_the_newest_orders_are_asked_for_first(mirror: Mirror, amazon: Simulated) -> None:
    await place_history(amazon)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    calls = await amazon.calls("getPurchaseOrders")
    asked = [query["createdAfter"] for query in map(asked_for, calls) if "createdAfter" in query]
    assert asked == sorted(asked, reverse=True)
    assert len(asked) == 3


async def test_progress_is_shown_and_the_first_load_is_one_run(mirror: Mirror, amazon: Simulated) -> None:
    await place_history(amazon)
    await mirror.start()
    async with tenant_session(mirror.organization_id) as session:
        before = {view.name: view for view in await list_streams(session)}
    load = before["purchase_orders"].first_load
    assert load is not None
    assert (load.windows_total, load.windows_done, load.items, load.done_at) == (3, 0, 0, None)
    assert before["purchase_orders"].state == "queued"
    await mirror.turn()
    async with tenant_session(mirror.organization_id) as session:
        after = {view.name: view for view in await list_streams(session)}
    for name in ("purchase_orders", "purchase_order_status"):
        load = after[name].first_load
        assert load is not None
        assert (load.windows_done, load.items) == (3, 21)
        assert load.done_at is not None
        assert (after[name].state, after[name].items_seen, after[name].last_error) == ("synced", 21, None)
    runs = await mirror.rows(
        "select stream, reason, outcome, items, changed from sync_runs order by stream, started_at"
    )
    assert runs[0] == ("purchase_order_status", "first_load", "ok", 21, 21)
    assert [run for run in runs if run.stream == "purchase_orders"] == [("purchase_orders", "first_load", "ok", 21, 21)]
    assert await mirror.scheduled(DECIDE.name) == await mirror.scheduled(OBSERVE.name) == [str(mirror.connection_id)]
    assert (await mirror.kinds()).count("sync.first_load_finished") == 2
    assert "orders.received" in await mirror.kinds()


async def test_a_crash_between_pages_resumes_from_the_saved_token(
    mirrors: Mirrors, amazon: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = await mirrors.connect(await amazon.bulk(orders=250, lines=2, days=0.5))
    died, stored = True, 0

    async def crashing(session: AsyncSession, batch: Batch) -> Stored:
        nonlocal stored
        result = await purchase_orders.POLLER.store(session, batch)
        stored += len(batch.models)
        if stored > 100 and died:
            raise RuntimeError("the process dies between the write and the commit")
        return result

    install_with(replace(purchase_orders.POLLER, store=crashing))
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    assert (await mirror.one("select count(*) from purchase_orders")).count == 100
    assert ((await mirror.stream()).state, (await mirror.stream()).last_error["code"]) == ("failed", "internal")
    window = await mirror.one("select * from sync_windows where page_token is not null")
    assert (window.pages, window.items, window.done_at) == (1, 100, None)
    before, died = len(await amazon.calls("getPurchaseOrders")), False
    await mirror.poll("purchase_orders")
    queries = [asked_for(call) for call in (await amazon.calls("getPurchaseOrders"))[before:]]
    resumed = [query for query in queries if query.get("nextToken") == window.page_token.removeprefix("created:")]
    assert len(resumed) == 1
    begun = [query for query in queries if "nextToken" not in query]
    assert resumed[0]["createdAfter"] not in {query.get("createdAfter") for query in begun}
    assert (await mirror.one("select count(*) from purchase_orders")).count == 250
    assert (await mirror.stream()).state == "synced"


async def test_a_long_first_load_is_cut_into_slices_of_one_run(
    mirrors: Mirrors, amazon: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SLICE", 0.0)
    mirror = await mirrors.connect(await amazon.bulk(orders=450, lines=1, days=0.9))
    await mirror.start(["purchase_orders"])
    seen = []
    for _ in range(20):
        await mirror.crew.drain("sync")
        while mirror.crew.held:
            await next(iter(mirror.crew.held))
            break
        seen.append((await mirror.one("select count(*) from purchase_orders")).count)
        if (await mirror.stream()).state == "synced":
            break
        assert (await mirror.stream()).state == "running"
    await mirror.turn()
    assert (await mirror.one("select count(*) from purchase_orders")).count == 450
    assert min(seen) < 450
    runs = await mirror.rows("select reason, outcome, items from sync_runs")
    assert ("first_load", "ok", 450) in runs
    assert len([run for run in runs if run.reason == "first_load"]) == 1


async def test_statuses_wait_for_their_orders(mirror: Mirror, amazon: Simulated) -> None:
    await place_history(amazon)
    await amazon.control("POST", "/faults", [{"operation": "getPurchaseOrders", "kind": "throttle"}])
    await mirror.start()
    await mirror.turn()
    assert (await mirror.stream()).state == "rate_limited"
    status = await mirror.stream("purchase_order_status")
    assert (status.first_load_done_at, status.high_water) == (None, None)
    await amazon.control("DELETE", "/faults")
    await mirror.poll()
    await mirror.poll("purchase_order_status")
    known = await mirror.one("select count(*) as orders, count(status_fetched_at) as known from purchase_orders")
    assert (known.orders, known.known) == (21, 21)


async def test_each_tenant_sees_its_own_orders_only(mirrors: Mirrors, amazon: Simulated) -> None:
    lumea, nordhandel = await mirrors.make(), await mirrors.make("amzn1.vg.2001")
    mine, theirs = await place(amazon, count=3), await place(amazon, code="NRDH1", count=2)
    for mirror in (lumea, nordhandel):
        await mirror.start()
        await mirror.turn()
    for mirror, numbers in ((lumea, mine), (nordhandel, theirs)):
        for table, column in (
            ("purchase_orders", "po_number"), ("vendor_codes", "code"), ("sync_runs", "stream"), ("streams", "name"),
        ):  # fmt: skip
            rows = await mirror.rows(f"select organization_id, {column} as shown from {table}")
            assert {row.organization_id for row in rows} == {mirror.organization_id}
        shown = {row.po_number for row in await mirror.rows("select po_number from purchase_orders")}
        assert shown == set(numbers)


async def test_a_status_poller_names_what_it_follows() -> None:
    assert purchase_order_status.POLLER.follows == purchase_orders.POLLER.name
    assert purchase_orders.POLLER.notifications == purchase_order_status.POLLER.notifications == ()
