"""Full stock feeds and the history: what is left out is unknown, then none; what changes much waits for a person."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from catalog.loading import ITEMS, STOCK, ended, hand_in, item_row, load, rows, run_worker, stock_row
from factories import make_organization, make_person
from oktee.catalog import imports, stock
from oktee.catalog.history import stock_at
from oktee.journal.record import SYSTEM
from oktee.kit import operations
from oktee.kit.database import tenant_session

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
SKUS = [f"S{n}" for n in range(1, 11)]


def feed(hour: float, **on_hand: int) -> str:
    at = (START + timedelta(hours=hour)).isoformat()
    return STOCK + "".join(stock_row(sku, units, as_of=at) for sku, units in on_hand.items())


def all_but(*left_out: str, units: int = 10) -> dict[str, int]:
    return {sku: units for sku in SKUS if sku not in left_out}


async def stocked() -> tuple[UUID, dict[str, UUID]]:
    organization, slug = await make_organization()
    for role in ("admin", "analyst"):
        await make_person(organization=(organization, slug), role=role, factor=False, name=role)
    await load(organization, "items", ITEMS + "".join(item_row(sku) for sku in SKUS))
    await load(organization, "stock", feed(0, **all_but()), mode="full")
    ids = dict(await rows(organization, "select sku, id from items"))
    return organization, ids


async def known(organization: UUID, item_id: UUID) -> int | None:
    async with tenant_session(organization) as session:
        found = (await stock.snapshot(session, [item_id])).get(item_id)
        return None if found is None else found.on_hand


async def test_what_a_full_feed_leaves_out_is_unknown_until_a_second_confirms_it(db: Any) -> None:
    organization, ids = await stocked()
    other = STOCK + stock_row("S1", 5, as_of=START.isoformat(), warehouse="METZ")
    await load(organization, "stock", other)
    _, operation = await load(organization, "stock", feed(1, **all_but("S1", "S2")), mode="full")
    assert operation.state == "done"
    assert await known(organization, ids["S1"]) == 5, "the feed says nothing of the other warehouse"
    assert await known(organization, ids["S2"]) is None
    await load(organization, "stock", feed(2, **all_but("S2")), mode="full")
    assert [await known(organization, ids[sku]) for sku in ("S1", "S2", "S3")] == [15, 0, 10]
    await load(organization, "stock", feed(3, **all_but("S2")), mode="full")
    assert await known(organization, ids["S2"]) == 0, "and stays so"
    await load(organization, "stock", feed(4, S2=7))
    assert await known(organization, ids["S2"]) == 7
    await load(organization, "stock", feed(5, **all_but("S2")), mode="full", missing="zero")
    assert await known(organization, ids["S2"]) == 0


async def test_a_feed_that_changes_much_waits_until_somebody_lets_it_through_or_leaves_it_out(db: Any) -> None:
    organization, ids = await stocked()
    found, operation = await load(organization, "stock", feed(1, **all_but("S1", "S2", "S3")), mode="full")
    assert operation.state == "parked"
    assert found.parked == {"reasons": ["removed"], "skus": 10, "removed": 3, "stock_before": 100, "stock_after": 70}
    await run_worker()
    assert await known(organization, ids["S1"]) == 10
    waiting = (
        "select m.role, n.resolved_at is not null from notifications n join memberships m using (user_id) "
        "where n.notice = 'import_parked'"
    )
    assert [tuple(row) for row in await rows(organization, waiting)] == [("admin", False)], "who may act, nobody else"
    async with tenant_session(organization) as session:
        await imports.approve(session, found.id, actor=SYSTEM)
    with pytest.raises(imports.NotParked):
        async with tenant_session(organization) as session:
            await imports.discard(session, found.id, actor=SYSTEM)
    await run_worker()
    assert (await ended(organization, found.id))[1].state == "done"
    assert await known(organization, ids["S1"]) is None
    assert [tuple(row) for row in await rows(organization, waiting)] == [("admin", True)]

    more = all_but("S1", "S2", "S3", units=16)
    found, operation = await load(organization, "stock", feed(2, **more), mode="full")
    assert (operation.state, found.parked and found.parked["reasons"]) == ("parked", ["moved"])
    async with tenant_session(organization) as session:
        await imports.discard(session, found.id, actor=SYSTEM)
    await run_worker()
    found, operation = await ended(organization, found.id)
    assert (operation.state, found.rows, found.finished_at is not None) == ("cancelled", 0, True)
    assert await known(organization, ids["S4"]) == 10
    told = await rows(
        organization, "select kind, log from journal_entries where kind like 'import.%ed' order by at, sequence"
    )
    assert {("import.parked", "event"), ("import.approved", "audit"), ("import.discarded", "audit")} <= {
        (row[0], row[1]) for row in told
    }


async def test_a_parked_feed_can_be_cancelled_like_any_long_job(db: Any) -> None:
    organization, _ = await stocked()
    found, _ = await load(organization, "stock", feed(1, **all_but("S1", "S2", "S3")), mode="full")
    async with tenant_session(organization) as session:
        await operations.request_cancel(session, found.operation_id)
        await imports.let_go(session, found.operation_id)
    await run_worker()
    assert (await ended(organization, found.id))[1].state == "cancelled"


async def test_bad_rows_of_a_full_feed_are_not_taken_for_stock(db: Any) -> None:
    organization, ids = await stocked()
    content = feed(1, **all_but("S1")) + stock_row("S1", "many", as_of=START.isoformat())
    import_id = await hand_in(organization, "stock", content, mode="full")
    await run_worker()
    found, operation = await ended(organization, import_id)
    assert (operation.state, found.rejected) == ("done", 1)
    assert await known(organization, ids["S1"]) is None


async def then(organization: UUID, item_id: UUID, *hours: float) -> list[Any]:
    async with tenant_session(organization) as session:
        found = await stock_at(session, [item_id] * len(hours), [START + timedelta(hours=hour) for hour in hours])
    return [one and (one.on_hand, one.age / timedelta(hours=1)) for one in found]


async def test_the_past_is_told_as_it_was_known_with_its_age(db: Any) -> None:
    organization, ids = await stocked()
    foreign, theirs = await stocked()
    await load(foreign, "stock", feed(1, S1=999))
    for hour in (1, 2, 3):
        await load(organization, "stock", feed(hour, S1=10, S2=10 + hour))
    await load(organization, "stock", feed(30, S1=4))
    assert await then(organization, ids["S1"], -1, 0.5, 3, 5, 29, 31, 200) == [
        None, (10, 0), (10, 0), (10, 2), (10, 26), (4, 1), None
    ]  # fmt: skip
    assert await then(organization, ids["S2"], 1.5, 2) == [(11, 0.5), (12, 0)]
    assert await then(organization, theirs["S1"], 2) == [None]
    counts = dict(
        await rows(
            organization,
            "select i.sku, count(*) from stock_snapshots h join items i on i.id = h.item_id where i.sku in ('S1', 'S2') group by 1",
        )
    )
    assert counts == {"S1": 2, "S2": 4}, "what is said again within four hours adds no row"


async def test_the_past_knows_what_a_feed_left_out_and_sums_warehouses(db: Any) -> None:
    organization, ids = await stocked()
    at = START.isoformat()
    await load(
        organization,
        "stock",
        STOCK + stock_row("S1", 5, as_of=at, warehouse="METZ", available=-2, inbound_qty=6, inbound_eta="2026-12-01"),
    )
    await load(organization, "stock", feed(1, **all_but("S2")), mode="full")
    assert await then(organization, ids["S2"], 0.5, 1.5) == [(10, 0.5), None]
    async with tenant_session(organization) as session:
        (both,) = await stock_at(session, [ids["S1"]], [START + timedelta(hours=2)])
    assert both is not None
    assert (both.on_hand, both.available, both.inbound, both.source) == (
        15,
        10,
        ((6, date(2026, 12, 1)),),
        "LYON, METZ",
    )
    assert both.age == timedelta(hours=2), "the older of the two warehouses counts"
