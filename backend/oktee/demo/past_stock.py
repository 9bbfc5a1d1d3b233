"""The stock of the last weeks in the demo: what a customer's ERP would have handed in, loaded once the customer imported
its products and its stock, so that a simulation of past orders finds what was there."""

import asyncio
import io
import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import httpx
import structlog
from sqlalchemy import text

from oktee.access.workspaces import find_organization
from oktee.catalog.files.stock import StockBatch, StockFile
from oktee.catalog.load_stock import write_stock
from oktee.demo.cast import CUSTOMERS
from oktee.kit.database import database, new_id, tenant_session
from oktee.notify.outbox import horn

DAYS = 61
"""A simulation looks at the last 60 days."""
HOURS = (6, 10, 14)
"""When the ERP hands its stock in, UTC: within working hours a figure is never older than the rules let it be."""
EVERY, PAUSE = 3.0, 0.3
"""Seconds between two looks whether somebody imported a catalogue; and between two days, for whoever works meanwhile."""
log = structlog.get_logger(__name__)

_STOCKED = text("select exists (select 1 from stock_balances)")
_KNOWN = text(
    """select distinct as_of from stock_snapshots where organization_id = :org
      and as_of = any(cast(:moments as timestamptz[]))"""
)


def remember_in_background(database_url: str, simulator: str) -> None:
    """In a thread that ends with the demo; the demo goes on whatever becomes of it."""

    def run() -> None:
        try:
            asyncio.run(remember(database_url, simulator))
        except Exception as fault:  # the servers stop before this thread does
            log.info("past_stock_ended", error=type(fault).__name__)

    threading.Thread(target=run, name="past-stock", daemon=True).start()


async def remember(database_url: str, simulator: str) -> None:
    """Until every customer that imports its stock has that of the last weeks, too."""
    database.open(database_url, pool_size=2, statement_seconds=60)
    try:
        async with httpx.AsyncClient(base_url=simulator, timeout=30, trust_env=False) as erp:
            left = {customer.slug for customer in CUSTOMERS}
            while left:
                for slug in sorted(left):
                    organization = await find_organization(slug)
                    if organization is not None and await _stocked(organization):
                        await remember_customer(organization, slug, erp, now=datetime.now(UTC))
                        left.discard(slug)
                await asyncio.sleep(EVERY)
    finally:
        await horn.close()
        await database.close()


async def _stocked(organization: UUID) -> bool:
    async with tenant_session(organization) as session:
        return bool(await session.scalar(_STOCKED))


async def remember_customer(
    organization: UUID, slug: str, erp: httpx.AsyncClient, *, now: datetime, days: int = DAYS, pause: float = PAUSE
) -> int:
    """The feeds of past days, the newest first; those that are there are left out. Answers how many feeds were loaded."""
    loaded = 0
    for back in range(days):
        day = (now - timedelta(days=back)).date()
        moments = [at for hour in HOURS if (at := datetime.combine(day, time(hour), UTC)) < now - timedelta(hours=1)]
        async with tenant_session(organization) as session:
            known = set(await session.scalars(_KNOWN, {"org": organization, "moments": moments}))
        feeds = [await _feed(erp, slug, at) for at in moments if at not in known]
        if not feeds:
            continue
        async with tenant_session(organization) as session:
            await write_stock(session, _together(feeds), import_id=new_id())
        loaded += len(feeds)
        await asyncio.sleep(pause)
    return loaded


async def _feed(erp: httpx.AsyncClient, slug: str, at: datetime) -> StockBatch:
    """A full feed, read as any stock file is."""
    answer = await erp.get(f"/_control/customers/{slug}/past-stock.csv", params={"at": at.isoformat()})
    content = answer.raise_for_status().content

    def read() -> StockBatch:
        source = StockFile(io.BytesIO(content), received_at=datetime.now(UTC))
        with closing(source.reader):
            return _together(source.batches(10_000))

    return await asyncio.to_thread(read)


def _together(batches: Iterable[StockBatch]) -> StockBatch:
    """One batch of some feeds: what is older than the balances goes to the history, whatever its day."""
    whole = StockBatch()
    for one in batches:
        whole.rows += one.rows
        whole.rejected += one.rejected
        whole.stock += one.stock
    return whole
