"""A file of items or stock: good rows are loaded, bad rows say where and why, nothing is lost or loaded twice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from catalog.loading import ITEMS, STOCK, ended, hand_in, item_row, load, rows, run_worker, stock_row
from factories import make_organization
from oktee.catalog import imports, stock
from oktee.kit import objects, operations
from oktee.kit.database import tenant_session
from sqlalchemy import text

FAULTS = "select line, column_name, code, received from catalog_import_errors order by line, column_name"


async def test_good_rows_are_loaded_and_bad_rows_say_line_column_and_value(db: Any) -> None:
    organization, _ = await make_organization()
    foreign, _ = await make_organization()
    await load(foreign, "items", ITEMS + item_row("THEIRS"))
    content = (
        ITEMS
        + item_row("4420", gtin="4006381333931", asin="B0C4LM3B02")
        + item_row("4421", gtin="4.00638E+12")
        + item_row("4422", gtin="4006381333932")
        + item_row("4423", marketplaces="XX")
        + item_row("4424", case_pack="twelve", cost_price="6;20")
        + "\n"
        + item_row("4425", marketplaces="DE FR")
    )
    found, operation = await load(organization, "items", content)
    assert (operation.state, found.rows, found.loaded, found.rejected) == ("done", 6, 2, 4)
    assert await rows(organization, FAULTS) == [
        (3, "gtin", "scientific_notation", "4.00638E+12"),
        (4, "gtin", "check_digit", "4006381333932"),
        (5, "marketplaces", "unknown_marketplace", "XX"),
        (6, "case_pack", "not_a_number", "twelve"),
        (6, "cost_price", "not_a_number", "6;20"),
    ]
    assert await rows(organization, "select sku, gtin from items order by sku") == [
        ("4420", "04006381333931"),
        ("4425", None),
    ]
    assert len(await rows(organization, "select 1 from item_links")) == 3


async def test_a_missing_column_fails_the_whole_import_with_its_name(db: Any) -> None:
    organization, _ = await make_organization()
    found, operation = await load(organization, "items", "sku,title,marketplaces\n4420,Balm,DE\n")
    assert operation.state == "failed"
    assert operation.error is not None
    assert operation.error["code"] == "missing_column"
    assert "case_pack" in operation.error["detail"]
    assert found.loaded == 0


async def test_a_file_of_two_encodings_changes_nothing_and_names_the_line(db: Any) -> None:
    organization, _ = await make_organization()
    content = (ITEMS + item_row("1", title="Crème")).encode() + item_row("2", title="Crème").encode("cp1252")
    _, operation = await load(organization, "items", content)
    assert operation.error is not None
    assert operation.error["code"] == "wrong_encoding"
    assert "Line 3" in operation.error["detail"]
    assert await rows(organization, "select 1 from items") == []


async def test_the_same_file_again_changes_nothing(db: Any) -> None:
    organization, _ = await make_organization()
    content = ITEMS + "".join(item_row(f"S{n:03}") for n in range(50))
    await load(organization, "items", content)
    before = await rows(organization, "select id, xmin::text from items order by id")
    found, _ = await load(organization, "items", content)
    assert (found.loaded, found.unchanged, found.rejected) == (0, 50, 0)
    assert await rows(organization, "select id, xmin::text from items order by id") == before
    changed, _ = await load(organization, "items", content.replace("Item S007", "Item seven"))
    assert (changed.loaded, changed.unchanged) == (1, 49)


async def test_ten_percent_bad_rows_do_not_stop_a_file(db: Any) -> None:
    organization, _ = await make_organization()
    lines = [item_row(f"S{n:04}", case_pack="" if n % 10 == 0 else 6) for n in range(2000)]
    found, operation = await load(organization, "items", ITEMS + "".join(lines))
    assert operation.state == "done"
    assert (found.rows, found.loaded, found.rejected) == (2000, 1800, 200)
    assert len(await rows(organization, FAULTS)) == 200


async def test_stock_names_unknown_skus_and_ignores_older_numbers(db: Any) -> None:
    organization, _ = await make_organization()
    await load(organization, "items", ITEMS + item_row("4420"))
    await load(organization, "stock", STOCK + stock_row("4420", 60))
    older = STOCK + stock_row("4420", 10, as_of="2026-11-21T10:00:00Z") + stock_row("9999", 5)
    found, _ = await load(organization, "stock", older)
    assert (found.loaded, found.unchanged, found.rejected) == (1, 0, 1)
    assert [tuple(row)[:3] for row in await rows(organization, FAULTS)] == [
        (2, "as_of", "older_than_known"),
        (3, "sku", "unknown_sku"),
    ]
    assert await rows(organization, "select on_hand from stock_balances") == [(60,)]
    kept = await rows(organization, "select on_hand, known from stock_snapshots order by as_of")
    assert kept == [(10, True), (60, True)], "what was so earlier is how it was"
    await load(organization, "stock", older)
    assert len(await rows(organization, "select 1 from stock_snapshots")) == 2


async def test_one_file_with_many_dates_sets_todays_stock_and_fills_the_history(db: Any) -> None:
    organization, _ = await make_organization()
    await load(organization, "items", ITEMS + item_row("4420"))
    days = [stock_row("4420", count, as_of=f"2026-11-{count}T10:00:00Z") for count in (11, 13, 12, 10)]
    found, _ = await load(organization, "stock", STOCK + "".join(days))
    assert (found.loaded, found.unchanged, found.rejected) == (4, 0, 0)
    assert await rows(organization, "select on_hand from stock_balances") == [(13,)]
    kept = await rows(organization, "select on_hand from stock_snapshots order by as_of")
    assert kept == [(10,), (11,), (12,), (13,)]
    assert await rows(organization, FAULTS) == []


async def test_an_import_cancelled_before_it_starts_loads_nothing(db: Any) -> None:
    organization, _ = await make_organization()
    import_id = await hand_in(organization, "items", ITEMS + item_row("4420"))
    found, _ = await ended(organization, import_id)
    async with tenant_session(organization) as session:
        await operations.request_cancel(session, found.operation_id)
    await run_worker()
    found, operation = await ended(organization, import_id)
    assert (operation.state, found.rows) == ("cancelled", 0)
    assert found.finished_at is not None
    assert await rows(organization, "select 1 from items") == []


async def test_an_import_cancelled_while_it_runs_stops_after_its_batch(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, _ = await make_organization()
    monkeypatch.setattr(imports, "BATCH", 10)
    written: list[str] = []

    def cancel_after_the_second(name: str) -> None:
        written.append(name)
        if len(written) == 2:
            cancelling.append(asyncio.ensure_future(_cancel(organization, import_id)))

    async def store(*given: Any) -> bool:
        await asyncio.gather(*cancelling)
        return await write(*given)

    cancelling: list[asyncio.Future[None]] = []
    write = imports._write
    monkeypatch.setattr(imports, "point", cancel_after_the_second)
    monkeypatch.setattr(imports, "_write", store)
    import_id = await hand_in(organization, "items", ITEMS + "".join(item_row(f"S{n:03}") for n in range(90)))
    await run_worker()
    found, operation = await ended(organization, import_id)
    assert (operation.state, found.rows, found.loaded) == ("cancelled", 30, 30)
    assert len(await rows(organization, "select 1 from items")) == 30


async def _cancel(organization: UUID, import_id: UUID) -> None:
    async with tenant_session(organization) as session:
        found = await imports.get_import(session, import_id)
        await operations.request_cancel(session, found.operation_id)


async def test_a_corrected_asin_replaces_the_old_one_and_a_second_asin_does_not(db: Any) -> None:
    organization, _ = await make_organization()
    asins = "select asin from item_links order by asin"
    await load(organization, "items", ITEMS + item_row("4420", asin="B0WRONG001") + item_row("5000", asin="B0OTHER001"))
    found, _ = await load(organization, "items", ITEMS + item_row("4420", asin="B0RIGHT001"))
    assert (found.loaded, found.unchanged) == (1, 0)
    assert await rows(organization, asins) == [("B0OTHER001",), ("B0RIGHT001",)]
    both = ITEMS + item_row("4420", asin="B0RIGHT001") + item_row("4420", asin="B0SECOND01")
    found, _ = await load(organization, "items", both)
    assert (found.loaded, found.unchanged) == (1, 1)
    found, _ = await load(organization, "items", both)
    assert (found.loaded, found.unchanged) == (0, 2)
    assert await rows(organization, asins) == [("B0OTHER001",), ("B0RIGHT001",), ("B0SECOND01",)]


async def test_two_asins_of_a_place_stay_also_when_a_batch_lies_between(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, _ = await make_organization()
    monkeypatch.setattr(imports, "BATCH", 1)
    both = ITEMS + item_row("4420", asin="B0RIGHT001") + item_row("4420", asin="B0SECOND01")
    for _ in range(3):
        await load(organization, "items", both)
        links = await rows(organization, "select asin from item_links order by asin")
        assert links == [("B0RIGHT001",), ("B0SECOND01",)]


async def test_a_changed_cost_changes_its_place_and_no_other(db: Any) -> None:
    organization, _ = await make_organization()
    await load(organization, "items", ITEMS + item_row("4420") + item_row("4420", marketplaces="FR", cost_price="6.40"))
    found, _ = await load(organization, "items", ITEMS + item_row("4420", marketplaces="FR", cost_price="6.50"))
    assert found.loaded == 1
    costs = await rows(organization, "select marketplace_id, cost_price::text from item_links order by cost_price")
    assert costs == [("A1PA6795UKMFR9", "6.2000"), ("A13V1IB3VIYZZH", "6.5000")]


async def test_a_file_handed_in_earlier_never_overwrites_a_later_one(db: Any) -> None:
    organization, _ = await make_organization()
    early = await hand_in(organization, "items", ITEMS + item_row("4420", title="Early", cost_price="1.00"))
    late = await hand_in(organization, "items", ITEMS + item_row("4420", title="Late", cost_price="2.00"))
    await _only(db, late)
    await run_worker()
    await _only(db, early)
    await run_worker()
    found, operation = await ended(organization, early)
    assert (operation.state, found.loaded, found.unchanged) == ("done", 0, 1)
    assert await rows(organization, "select title from items") == [("Late",)]
    assert await rows(organization, "select cost_price::text from item_links") == [("2.0000",)]


async def test_a_cost_that_files_confirm_does_not_grow_old(db: Any) -> None:
    organization, _ = await make_organization()
    content = ITEMS + item_row("4420")
    await load(organization, "items", content)
    async with tenant_session(organization) as session:
        for table in ("items", "item_links"):
            await session.execute(text(f"update {table} set as_of = as_of - interval '10 days'"))
    found, _ = await load(organization, "items", content)
    assert (found.loaded, found.unchanged) == (0, 1)
    fresh = "select (select min(as_of) from items) > now() - interval '1 hour', min(as_of) > now() - interval '1 hour' from item_links"
    assert await rows(organization, fresh) == [(True, True)]


async def test_a_stored_file_that_is_gone_ends_the_import(db: Any) -> None:
    organization, _ = await make_organization()
    import_id = await hand_in(organization, "items", ITEMS + item_row("4420"))
    found, _ = await ended(organization, import_id)
    await objects.delete(found.object_key)
    await run_worker()
    found, operation = await ended(organization, import_id)
    assert operation.state == "failed"
    assert operation.error is not None
    assert operation.error["code"] == "file_missing"


async def test_an_import_that_can_never_end_well_ends_all_the_same(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organization, _ = await make_organization()

    async def broken(*given: Any, **named: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(imports, "write_items", broken)
    import_id = await hand_in(organization, "items", ITEMS + item_row("4420"))
    for attempt in range(imports.LOAD.attempts):
        _, operation = await ended(organization, import_id)
        assert operation.state == ("queued" if attempt == 0 else "running")
        owner = await asyncpg.connect(db.owner_dsn)
        await owner.execute("update work set due_at = now()")
        await owner.close()
        await run_worker()
    found, operation = await ended(organization, import_id)
    assert operation.state == "failed"
    assert operation.error is not None
    assert operation.error["code"] == "internal"
    assert "disk" not in operation.error["detail"]
    assert found.finished_at is not None


async def test_files_and_promises_at_the_same_time_neither_stop_nor_miscount_each_other(db: Any) -> None:
    organization, _ = await make_organization()
    skus = [f"S{n}" for n in range(12)]
    await load(organization, "items", ITEMS + "".join(item_row(sku) for sku in skus))
    start = datetime(2026, 11, 22, 8, tzinfo=UTC)
    await load(organization, "stock", STOCK + "".join(stock_row(sku, 500, as_of=start.isoformat()) for sku in skus))
    ids = [row[0] for row in await rows(organization, "select id from items order by sku")]

    async def files() -> None:
        for hour in range(1, 5):
            as_of = (start + timedelta(hours=hour)).isoformat()
            lines = [stock_row(sku, 500, as_of=as_of, warehouse=house) for sku in skus for house in ("METZ", "LYON")]
            await load(organization, "stock", STOCK + "".join(random.Random(hour).sample(lines, len(lines))))

    async def promises(seed: int) -> None:
        chance, order = random.Random(seed), uuid4()
        for turn in range(6):
            lines = {str(n): {item: chance.randint(0, 9)} for n, item in enumerate(chance.sample(ids, 5))}
            async with tenant_session(organization) as session:
                await stock.set_reservation(
                    session, purchase_order_id=order, source_type="order", source_id=f"{order}/{turn}", lines=lines
                )

    await asyncio.gather(files(), *(promises(seed) for seed in range(6)))
    told = (
        "select count(*), count(*) filter (where committed = coalesce((select sum(quantity) from stock_ledger l "
        "where l.item_id = b.item_id and l.warehouse = b.warehouse), 0)), sum(committed) > 0 from stock_balances b"
    )
    assert await rows(organization, told) == [(24, 24, True)]


async def _only(db: Any, import_id: UUID) -> None:
    """Let the worker see this import and no other."""
    owner = await asyncpg.connect(db.owner_dsn)
    await owner.execute("update work set due_at = case when key = $1 then now() else 'infinity' end", str(import_id))
    await owner.close()


async def test_an_import_survives_a_worker_killed_in_the_middle(db: Any) -> None:
    organization, _ = await make_organization()
    undisturbed, _ = await make_organization()
    skus = [
        f"S{n % 5_300:05}" for n in range(10_600)
    ]  # each SKU comes twice: in Germany, then, a batch later, in France
    content = ITEMS + "".join(
        item_row(sku, marketplaces="DE" if n < 5_300 else "FR", case_pack="" if n % 100 == 7 else 12)
        for n, sku in enumerate(skus)
    )
    content += item_row("S00001", marketplaces="IT", title="Another title")
    import_id = await hand_in(organization, "items", content)
    killed = await _worker(db, CHAOS_POINT="catalog.after_batch:1")
    try:  # on a busy machine its start alone may take a minute; a worker left behind would take the import back
        assert await asyncio.to_thread(killed.wait, 240) == -signal.SIGKILL
    finally:
        killed.kill()
    found, operation = await ended(organization, import_id)
    assert (found.rows, operation.state) == (10_000, "running")
    owner = await asyncpg.connect(db.owner_dsn)
    for _ in range(imports.LOAD.attempts):
        # The last beat of the dead worker may reach PostgreSQL after its death and hold the import once more; and whoever
        # takes over may itself be hindered. Then it is taken up again, as any worker does each second.
        await owner.execute("update work set lease_until = null, due_at = now() where key = $1", str(import_id))
        await run_worker()
        found, operation = await ended(organization, import_id)
        if operation.state != "running":
            break
    await owner.close()
    straight, _ = await load(undisturbed, "items", content)
    for each in (found, straight):
        assert (each.rows, each.loaded, each.unchanged, each.rejected) == (10_601, 10_494, 0, 107)
    assert (operation.state, operation.done, operation.total) == ("done", found.size, found.size)
    for sql in (FAULTS, "select sku, content_hash from items order by sku", "select count(*) from item_links"):
        assert await rows(organization, sql) == await rows(undisturbed, sql)
    assert (10_602, "title", "conflicting_value", "Another title") in await rows(organization, FAULTS)


async def _worker(db: Any, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "oktee.cli", "worker"],
        env=os.environ | db.environment | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
