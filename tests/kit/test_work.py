"""Durable work: what is scheduled runs once with effect, whatever is lost, doubled or killed."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from factories import make_organization
from oktee.access.processing import Admission
from oktee.access.workspaces import names_of, organization_zone
from oktee.amazon.connection.write_stops import is_stopped
from oktee.kit import work
from oktee.kit.database import database, new_id, tenant_session
from sqlalchemy import text


async def _rows(db: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        return list(await connection.fetch("select * from work order by key"))
    finally:
        await connection.close()


async def _run(crew: work.Crew, queue: str = "sync") -> None:
    await crew.drain(queue)
    while crew.held:
        await asyncio.wait(crew.held)
        await crew.drain(queue)


class Counted:
    """A kind of work that counts its runs."""

    def __init__(self, **options: Any) -> None:
        self.runs: list[str] = []
        self.kind = work.Kind("counted", self.run, **options)

    async def run(self, item: work.Item) -> None:
        self.runs.append(item.key)


async def test_work_is_only_there_when_its_transaction_commits(db: Any) -> None:
    organization, _ = await make_organization()
    counted = Counted()
    with pytest.raises(RuntimeError, match="rolled back"):  # noqa: PT012 - the session is the point
        async with tenant_session(organization) as session:
            await work.schedule(session, counted.kind, "a")
            raise RuntimeError("rolled back")
    assert await _rows(db) == []
    async with tenant_session(organization) as session:
        await work.schedule(session, counted.kind, "a")
        await work.schedule(session, counted.kind, "a")
    await _run(work.Crew([counted.kind]))
    assert counted.runs == ["a"]
    assert await _rows(db) == []


async def test_asked_again_while_it_runs_it_runs_once_more(db: Any) -> None:
    organization, _ = await make_organization()
    runs = 0

    async def run(item: work.Item) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            async with tenant_session(organization) as session:
                await work.schedule(session, kind, "a")
                await work.schedule(session, kind, "a")

    kind = work.Kind("again", run)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    await _run(work.Crew([kind]))
    assert runs == 2


async def test_a_handler_that_lost_its_lease_writes_nothing(db: Any) -> None:
    organization, _ = await make_organization()
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def run(item: work.Item) -> None:
        entered.set()
        await go_on.wait()
        async with item.record() as session:
            await session.execute(text("insert into outbox (topic, payload) values ('late', '{}')"))

    kind = work.Kind("slow", run)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    crew = work.Crew([kind])
    await crew.drain("sync")
    await entered.wait()
    owner = await asyncpg.connect(db.owner_dsn)
    await owner.execute("update work set fence = nextval('work_fence'), lease_until = now() + interval '1 minute'")
    go_on.set()
    await asyncio.wait(crew.held)
    await owner.close()
    async with tenant_session(organization) as session:
        written = await session.scalar(text("select count(*) from outbox"))
    assert written == 0
    assert len(await _rows(db)) == 1


async def test_work_that_failed_a_thousand_times_still_backs_off(db: Any) -> None:
    organization, _ = await make_organization()

    async def run(item: work.Item) -> None:
        raise ValueError("no luck")

    kind = work.Kind("patient", run, attempts=1_000_000)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    owner = await asyncpg.connect(db.owner_dsn)
    await owner.execute("update work set attempts = 5000")
    await owner.close()
    crew = work.Crew([kind])
    await crew.drain("sync")
    await asyncio.gather(*crew.held)
    row = (await _rows(db))[0]
    assert (row["attempts"], row["lease_until"], row["parked_at"]) == (5001, None, None)
    assert "no luck" in row["last_error"]


async def test_a_failure_backs_off_and_is_parked_in_the_end(db: Any) -> None:
    organization, _ = await make_organization()

    async def run(item: work.Item) -> None:
        raise ValueError("no luck")

    kind = work.Kind("unlucky", run, attempts=3, base=0.0)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    crew = work.Crew([kind])
    for _ in range(5):
        await _run(crew)
    row = (await _rows(db))[0]
    assert row["attempts"] == 3
    assert row["parked_at"] is not None
    assert "no luck" in row["last_error"]
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    assert (await _rows(db))[0]["parked_at"] is None


async def test_recurring_work_dates_itself_and_its_effect_commits_with_the_date(db: Any) -> None:
    organization, _ = await make_organization()
    later = datetime.now(UTC) + timedelta(hours=1)

    async def run(item: work.Item) -> None:
        async with item.record(next_at=later):
            pass

    kind = work.Kind("recurring", run)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "a")
    await _run(work.Crew([kind]))
    row = (await _rows(db))[0]
    assert row["due_at"] == later
    assert row["lease_until"] is None


async def test_bulk_is_spread_so_that_one_organization_does_not_hold_up_the_others(db: Any) -> None:
    organization, _ = await make_organization()
    counted = Counted(queue="bulk")
    async with tenant_session(organization) as session:
        await work.schedule_many(session, counted.kind, [f"{n:04}" for n in range(200)])
    rows = await _rows(db)
    assert len(rows) == 200
    assert rows[-1]["due_at"] - rows[0]["due_at"] >= timedelta(milliseconds=900)


async def test_a_session_without_a_tenant_sees_and_writes_nothing(db: Any) -> None:
    organization, _ = await make_organization()
    insert = text("insert into outbox (topic, payload) values ('mine', '{}')")
    async with tenant_session(organization) as session:
        await session.execute(insert)
    async with tenant_session(None) as session:
        assert (await session.execute(text("select count(*) from outbox"))).scalar() == 0
    with pytest.raises(Exception, match=r"row-level security|null value"):
        async with tenant_session(None) as session:
            await session.execute(insert)
    async with tenant_session(UUID(int=7)) as session:
        assert (await session.execute(text("select count(*) from outbox"))).scalar() == 0


async def test_what_a_crew_says_of_its_work_waits_for_no_connection_that_work_has(db: Any) -> None:
    """Every connection of the pool is taken: work is claimed, its failure noted, who may be asked for is known all the same."""
    organization, _ = await make_organization()
    failing = work.Kind("failing", _fails, attempts=1)
    async with tenant_session(organization) as session:
        await work.schedule(session, failing, "a")
    pool: Any = database.engine.pool
    async with AsyncExitStack() as stack:
        for _ in range(pool.size()):
            await (await stack.enter_async_context(tenant_session(organization))).execute(text("select 1"))
        async with asyncio.timeout(5):
            await _run(work.Crew([failing], admit=Admission().may_process), "sync")
            assert await organization_zone(organization) == "Europe/Paris"
            assert await names_of([new_id()]) == {}
            assert not await is_stopped(organization, new_id())
    (row,) = await _rows(db)
    assert (row["attempts"], row["lease_until"]) == (1, None)
    assert "over and over" in row["last_error"]


async def _fails(item: work.Item) -> None:
    raise RuntimeError("over and over")
