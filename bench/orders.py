"""`make bench BENCH=orders`: pages of purchase orders stored, read again unchanged, and decided, beside a raw COPY."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

import asyncpg
import uvloop
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.mirror import order_store
from oktee.amazon.mirror.poller import Batch
from oktee.kit import work
from oktee.kit.database import new_id, tenant_session
from oktee.modules.supply.jobs import kinds

from bench.house import House, Vendor, a_vendor, opened, pages, running_house
from bench.report import Report, progress
from bench.servers import temporary_folder

ORDERS, LINES, ITEMS, ROUNDS = 10_000, 20, 2000, 5
UPSERT_GOAL, AGAIN_GOAL, WAL_GOAL, DECIDE_GOAL = 0.24, 0.40, 1.0, 3.0
COPIED: Final = ("purchase_orders", "purchase_order_lines", "purchase_order_revisions")
WAL: Final = "select pg_current_wal_insert_lsn()"


def main() -> int:
    report = Report()
    with temporary_folder() as folder, running_house(folder) as house:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(measure(report, house))
    return report.exit_code


async def measure(report: Report, house: House) -> None:
    async with opened(house):
        vendor = await a_vendor(items=ITEMS, pieces=10_000_000)
        superuser = await asyncpg.connect(house.superuser)
        for table in COPIED:
            await superuser.execute(f"create table raw_{table} (like {table})")
        await store(vendor, pages(vendor, first=9_000_000, count=200, lines=LINES))  # warms up code, plans and caches
        await decide(vendor)
        rounds: list[dict[str, float]] = []
        for turn in range(ROUNDS):
            count = ORDERS // ROUNDS
            fresh = pages(vendor, first=turn * count, count=count, lines=LINES)
            rounds.append(await one_round(superuser, vendor, fresh, lines=count * LINES))
            progress(f"round {turn + 1}: " + ", ".join(f"{name} {value:,.2f}" for name, value in rounds[-1].items()))
        await superuser.close()
    show(report, {name: median(each[name] for each in rounds) for name in rounds[0]})


async def one_round(
    superuser: asyncpg.Connection, vendor: Vendor, fresh: Sequence[list[Order]], *, lines: int
) -> dict[str, float]:
    """Milliseconds per 1,000 lines of each way, and what an unchanged page writes."""
    taken: dict[str, float] = {}

    async def timed(name: str, act: Callable[[], Awaitable[Any]]) -> None:
        start = time.perf_counter()
        await act()
        taken[name] = 1_000_000 * (time.perf_counter() - start) / lines

    await timed("upsert", lambda: store(vendor, fresh))
    rows = await stored_rows(superuser, fresh)
    await timed("copy", lambda: copy(superuser, rows))
    await store(vendor, fresh[:1])  # the first reader of a new row sets its hint bits
    before = await superuser.fetchval(WAL)
    await timed("again", lambda: store(vendor, fresh))
    taken["wal"] = float(
        await superuser.fetchval("select pg_wal_lsn_diff($1, $2)", await superuser.fetchval(WAL), before)
    )
    taken["wal"] /= lines
    await timed("decide", lambda: decide(vendor))
    return taken


async def store(vendor: Vendor, fresh: Sequence[list[Order]]) -> None:
    """What the mirror does with each page: one transaction, the decide job scheduled in it."""

    for page in fresh:
        async with tenant_session(vendor.organization_id) as session:

            async def before_write() -> None:
                await work.schedule(session, kinds.DECIDE, str(vendor.connection.id))

            batch = Batch(vendor.connection, new_id(), page, datetime.now(UTC), "getPurchaseOrders/bench", before_write)
            await order_store.store(session, batch)


async def decide(vendor: Vendor) -> None:
    """The decide job, as a worker runs it."""
    crew = work.Crew([kinds.DECIDE])
    await crew.drain("interactive")
    while crew.held:
        await asyncio.wait(crew.held)


async def stored_rows(superuser: asyncpg.Connection, fresh: Sequence[list[Order]]) -> list[Any]:
    """The very rows that each page became, in memory, for the copy."""
    found = []
    for page in fresh:
        numbers = [order.purchase_order_number for order in page]
        orders = await superuser.fetch("select * from purchase_orders where po_number = any($1::text[])", numbers)
        ids = [row["id"] for row in orders]
        lines, revisions = [
            await superuser.fetch(f"select * from {table} where purchase_order_id = any($1::uuid[])", ids)
            for table in COPIED[1:]
        ]
        found.append([[tuple(row) for row in rows] for rows in (orders, lines, revisions)])
    return found


async def copy(superuser: asyncpg.Connection, rows: list[Any]) -> None:
    """The limit: COPY of the same rows into logged tables without index, key or policy, one transaction a page."""
    for page in rows:
        async with superuser.transaction():
            for table, records in zip(COPIED, page, strict=True):
                await superuser.copy_records_to_table(f"raw_{table}", records=records)


def show(report: Report, of: dict[str, float]) -> None:
    lines = {name: 1_000_000 / of[name] for name in ("copy", "upsert", "again", "decide")}
    report.line("orders.copy", lines["copy"], unit="lines/s", reference="the limit", ratio=None)
    for name, goal, what in (
        ("upsert", UPSERT_GOAL, "new lines stored"),
        ("again", AGAIN_GOAL, "unchanged pages read again"),
    ):
        ratio = lines[name] / lines["copy"]
        report.line(f"orders.{name}", lines[name], unit="lines/s", reference="raw COPY of the same rows", ratio=ratio)
        report.goal(f"{what}: >= {goal} of a raw COPY ({ratio:.3f})", met=ratio >= goal)
    report.line("orders.again.wal", of["wal"], unit="bytes of WAL a line", reference="goal < 1", ratio=None)
    report.goal(f"an unchanged line writes less than a byte of WAL ({of['wal']:.2f})", met=of["wal"] < WAL_GOAL)
    ratio = of["decide"] / of["upsert"]
    unit = "ms per 1,000 lines matched, decided and stored"
    report.line("orders.decide", of["decide"], unit=unit, reference="the upsert alone", ratio=ratio)
    report.goal(f"match, decide, store: <= {DECIDE_GOAL} x the upsert alone ({ratio:.2f})", met=ratio <= DECIDE_GOAL)


if __name__ == "__main__":
    sys.exit(main())
