"""What is stored stays as long as the inventory says, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import yaml
from factories import Person, make_organization, make_person
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.operations import Operation
from oktee.kit.work import NOBODY, Crew
from oktee.modules.administration import housekeeping
from oktee.modules.administration.housekeeping import HOUSEKEEPING, OF_NOBODY, OF_ORGANIZATION, keep_house
from oktee.modules.administration.privacy import retention
from sqlalchemy import func, select, text

INVENTORY = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs" / "data-inventory.yaml").read_text())
NEW = "gen_random_uuid()"


@pytest.fixture
async def owner(db: Any) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(db.owner_dsn)
    yield connection
    await connection.close()


async def run_what_is_due(owner: asyncpg.Connection) -> None:
    crew = Crew([HOUSEKEEPING])
    await owner.execute("update work set due_at = now() where due_at < now() + interval '1 hour'")
    while await owner.fetchval("select count(*) from work where due_at <= now()"):
        await crew.drain("bulk")
        await asyncio.gather(*crew.held)
        await owner.execute("update work set due_at = now() where due_at < now() + interval '1 hour'")


@pytest.mark.parametrize("table", sorted(OF_NOBODY | OF_ORGANIZATION))
def test_each_rule_says_what_the_inventory_promises(table: str) -> None:
    promise = INVENTORY["retentions"][INVENTORY["tables"][table]["retention"]]
    rule = (OF_NOBODY | OF_ORGANIZATION)[table]
    assert promise.startswith(rule.split("interval '")[1].rstrip("'"))


async def fill(owner: asyncpg.Connection, person: Person) -> None:
    """In each table without a tenant one row that is just over, one that is not, and one that nothing has ended."""
    for name, age in (("over", "+ interval '1 hour'"), ("young", "- interval '1 hour'")):
        await owner.execute(
            f"insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, ended_at, user_agent, address) "
            f"values ({NEW}, sha256('{name}'), $1, now() - interval '91 days', now(), now() - (interval '90 days' {age}), "
            f"null, '{name}', '')",
            person.id,
        )
        await owner.execute(
            f"insert into sessions (id, token_hash, user_id, last_seen_at, expires_at, ended_at, user_agent, address) "
            f"values ({NEW}, sha256('ended {name}'), $1, now(), now(), now() - (interval '90 days' {age}), '{name}', '')",
            person.id,
        )
        await owner.execute(
            f"insert into sign_in_events (id, email_hash, address, outcome, at) "
            f"values ({NEW}, '', '{name}', 'wrong', now() - (interval '400 days' {age}))"
        )
        await owner.execute(
            f"insert into passkey_challenges (challenge_hash, purpose, expires_at) "
            f"values (sha256('{name}'), '{name}', now() - (interval '24 hours' {age}))"
        )
        for used in ("null", f"now() - (interval '30 days' {age})"):
            await owner.execute(
                f"insert into once_tokens (token_hash, purpose, email, payload, expires_at, consumed_at) "
                f"values (sha256('{name} {used[:4]}'), '{name}', '', '{{}}', now() - (interval '30 days' {age}), {used})"
            )
        await owner.execute(
            f"insert into mails (id, template, locale, created_at) "
            f"values ({NEW}, '{name}', 'en', now() - (interval '30 days' {age}))"
        )
        for status in ("new", "done", "ignored", "quarantined"):
            await owner.execute(
                f"insert into inbox (id, source, dedupe_key, endpoint_id, raw, raw_hash, status, attempts, received_at) "
                f"values ({NEW}, '{name}', '{name} {status}', '', '', '', '{status}', 0, now() - (interval '30 days' {age}))"
            )
        await owner.execute(
            f"insert into inbox_quarantine (id, source, endpoint_id, raw, reason, received_at) "
            f"values ({NEW}, '{name}', '', '', '', now() - (interval '30 days' {age}))"
        )


async def test_what_belongs_to_no_tenant_goes_when_it_is_over(owner: asyncpg.Connection) -> None:
    await fill(owner, await make_person())
    await keep_house()
    await run_what_is_due(owner)
    assert await owner.fetch("select distinct user_agent from sessions") == [("young",)]
    assert await owner.fetchval("select count(*) from sessions") == 2
    assert await owner.fetch("select address from sign_in_events") == [("young",)]
    assert await owner.fetch("select source from inbox_quarantine") == [("young",)]
    assert await owner.fetch("select purpose from passkey_challenges") == [("young",)]
    assert await owner.fetch("select purpose from once_tokens") == [("young",)] * 2
    assert await owner.fetch("select template from mails") == [("young",)]
    kept = await owner.fetch("select dedupe_key from inbox order by dedupe_key")
    assert [row[0] for row in kept] == ["over new", "young done", "young ignored", "young new", "young quarantined"]


async def test_each_organizations_rows_go_in_its_own_run(
    owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    organizations = [(await make_organization())[0] for _ in range(2)]
    for organization in organizations:
        async with tenant_session(organization) as session:
            for hours in (25, 23):
                await session.execute(
                    text(
                        "insert into outbox (topic, payload, created_at) "
                        "select 'x', '{}', now() - make_interval(hours => :hours) from generate_series(1, 7)"
                    ),
                    {"hours": hours},
                )
                await session.execute(
                    text(
                        "insert into idempotency_keys (key, request_hash, created_at) "
                        "values (:key, '', now() - make_interval(hours => :hours))"
                    ),
                    {"hours": hours, "key": str(hours)},
                )
    await keep_house()
    await run_what_is_due(owner)
    assert [await counted(organization) for organization in organizations] == [(7, 1), (7, 1)]


async def counted(organization: UUID) -> tuple[int, int]:
    async with tenant_session(organization) as session:
        events = await session.scalar(text("select count(*) from outbox"))
        keys = await session.scalar(text("select count(*) from idempotency_keys"))
    return events or 0, keys or 0


async def test_it_is_asked_for_once_however_many_workers_start_and_comes_again_in_a_day(
    owner: asyncpg.Connection,
) -> None:
    await make_organization()
    await keep_house()
    first = await owner.fetchval("select due_at from work")
    await keep_house()
    assert await owner.fetch("select due_at from work") == [(first,)]
    await run_what_is_due(owner)
    rows = await owner.fetch("select organization_id, due_at - now() > interval '23 hours' from work")
    assert [(row[0].int, row[1]) for row in rows] == [(0, True)]


async def test_one_part_that_fails_keeps_no_other_from_its_work_and_is_told(
    owner: asyncpg.Connection, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, _ = await make_organization()
    monkeypatch.setattr(housekeeping, "OF_NOBODY", OF_NOBODY | {"sessions": "no_such_column < now()"})
    monkeypatch.setitem(retention.OVER, "sync_runs", "t.no_such_column < :cutoff")
    await owner.execute(
        "insert into once_tokens (token_hash, purpose, email, payload, expires_at) values "
        "(sha256('x'), 'x', '', '{}', now() - interval '31 days')"
    )
    async with tenant_session(organization) as session:
        session.add(Operation(kind="x", unit="rows", state="done", finished_at=now() - timedelta(days=31)))
    await keep_house()
    crew = Crew([HOUSEKEEPING])
    for _ in range(2):  # nobody's run asks for the organization's
        await owner.execute("update work set due_at = now() where attempts = 0")
        await crew.drain("bulk")
        await asyncio.gather(*crew.held)
    assert await owner.fetchval("select count(*) from once_tokens") == 0
    async with tenant_session(organization) as session:
        assert await session.scalar(select(func.count()).select_from(Operation)) == 0
    waiting = await owner.fetch(
        "select organization_id, last_error, due_at < now() + interval '10 minutes' from work "
        "where kind = 'housekeeping'"
    )
    assert {row[0]: (row[1], row[2]) for row in waiting} == {
        NOBODY: ("Unfinished('sessions')", True),
        organization: ("Unfinished('sync_runs')", True),
    }
    told = await owner.fetch("select organization_id, facts from security_alerts where kind = 'housekeeping_failed'")
    assert {row["organization_id"] for row in told} == {None, organization}
