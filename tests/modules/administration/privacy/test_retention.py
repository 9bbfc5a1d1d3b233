"""Retention: each class leaves exactly at its limit, children first; a hold keeps its order; limits only get shorter."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Stack
from factories import Browser, Person, make_person
from modules.administration.privacy.planting import owner, plant, run
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit import objects, work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.work import Item, Kind
from oktee.modules.administration.audit.chain import verify
from oktee.modules.administration.housekeeping import HOUSEKEEPING, keep_house
from oktee.modules.administration.privacy import retention
from oktee.modules.administration.privacy.catalog import list_edges
from oktee.modules.administration.privacy.holds import place_hold, release_hold
from oktee.modules.administration.privacy.inventory import inventory
from oktee.modules.administration.privacy.tombstones import hash_of
from sqlalchemy import text

RETENTION = "/administration/privacy/retention"
AGES = {
    "sync_windows": ("done_at",),
    "ingest_rejects": ("created_at",),
    "operations": ("finished_at",),
    "sync_runs": ("started_at",),
}
SHIPPED = {name: limit.days for name, limit in inventory().limits.items()}


async def expire(organization: UUID, at: datetime) -> dict[str, int]:
    """One run of the engine under a real item of work."""
    done: dict[str, int] = {}

    async def handler(item: Item) -> None:
        done.update(await retention.expire(item, at=at))

    kind = Kind(f"expire_{uuid4().hex[:6]}", handler, queue="bulk", attempts=1)
    async with tenant_session(organization) as session:
        await work.schedule(session, kind, "once")
    await run(kind)
    return done


async def order(connection: asyncpg.Connection, organization: UUID, number: str, *, closed: datetime) -> UUID:
    """A closed order with whatever hangs on orders, copied from the planted one."""
    made = uuid4()
    planted = await connection.fetchrow(
        "select * from purchase_orders where organization_id = $1 limit 1", organization
    )
    assert planted is not None
    row = dict(planted) | {"id": made, "po_number": number, "state": "Closed", "state_changed_at": closed}
    await _copy(connection, "purchase_orders", row)
    return made


async def _copy(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(f'insert into "{table}" ({names}) values ({places})', *row.values())


@pytest.fixture
async def planted(
    desk: tuple[Browser, Person], db: Stack, token: str
) -> AsyncIterator[tuple[Browser, Person, asyncpg.Connection]]:
    browser, person = desk
    await plant(db, person.organization_id, f"w{token}", skip=("legal_holds",))
    connection = await owner(db, person.organization_id)
    yield browser, person, connection
    await connection.close()


@pytest.mark.parametrize("table", sorted(AGES))
async def test_a_row_leaves_exactly_at_the_limit_of_its_class(
    planted: tuple[Browser, Person, asyncpg.Connection], table: str
) -> None:
    _, person, connection = planted
    (aged,) = AGES[table]
    days = SHIPPED[inventory().tables[table].retention]
    at = now()
    row = dict(await connection.fetchrow(f"select * from {table} where organization_id = $1", person.organization_id))
    await connection.execute(f"update {table} set {aged} = $1 where organization_id = $2", at, person.organization_id)
    for age in (timedelta(days=days, seconds=1), timedelta(days=days, seconds=-1)):
        await _copy(connection, table, row | {"id": uuid4(), aged: at - age})
    async with tenant_session(person.organization_id) as session:
        dry = {due.retention: due for due in await retention.dry_run(session, at=at)}
    assert dry[inventory().tables[table].retention].tables[table] == 1
    assert (await expire(person.organization_id, at))[table] == 1
    left = await connection.fetch(
        f"select {aged} from {table} where organization_id = $1 order by 1", person.organization_id
    )
    assert [row[0] for row in left] == [at - timedelta(days=days, seconds=-1), at]


async def test_orders_leave_by_their_close_date_with_all_that_hangs_on_them(
    planted: tuple[Browser, Person, asyncpg.Connection],
) -> None:
    browser, person, connection = planted
    org, at = person.organization_id, now()
    days = SHIPPED["amazon"]
    await connection.execute(
        "update purchase_orders set state = 'Closed', state_changed_at = $1 where organization_id = $2",
        at - timedelta(days=days, seconds=1), org,
    )  # fmt: skip
    kept = await order(connection, org, "KEPT", closed=at - timedelta(days=days, seconds=-1))
    await connection.execute(
        "update stock_ledger set at = now() - interval '31 days', purchase_order_id = (select id from purchase_orders "
        "where po_number <> 'KEPT' and organization_id = $1) where organization_id = $1",
        org,
    )
    async with tenant_session(org) as session:
        children = {name for name, _ in retention.doomed("purchase_orders", await list_edges(session), "true")}
        dry = {due.retention: due.tables for due in await retention.dry_run(session, at=at)}["amazon"]
    amazon = {name for name, table in inventory().tables.items() if table.retention == "amazon"}
    assert amazon <= children | {"stock_ledger"}, "every table of the class hangs on orders"
    gone = await expire(org, at)
    assert {name for name in gone if name in amazon} >= {"purchase_orders", "purchase_order_lines", "decision_lines"}
    assert {name: gone[name] for name in dry} == dry, "the dry run said what the run did"
    for name in amazon - {"purchase_orders"}:
        assert await connection.fetchval(f"select count(*) from {name} where organization_id = $1", org) == 0, name
    left = await connection.fetch("select id from purchase_orders where organization_id = $1", org)
    assert [row["id"] for row in left] == [kept]
    gone_id = await connection.fetchval(
        "select object_id from journal_entries where organization_id = $1 and kind = 'order.expired'", org
    )
    path = f"/supply/orders/{gone_id}"
    assert (await browser.get(browser.at(path))).status_code == 404
    expiry = (await browser.get(browser.at(f"{path}/expiry"))).json()
    assert (expiry["retention"], expiry["days"], expiry["expired_at"][:10]) == ("amazon", days, str(now().date()))
    told = await connection.fetchrow(
        "select * from journal_entries where kind = 'order.expired' and organization_id = $1", org
    )
    assert (told["object_label"], told["log"], told["actor_type"]) == ("", "event", "system")
    assert (await browser.get(browser.at(f"/supply/orders/{kept}/expiry"))).status_code == 404  # it is there


async def test_an_order_that_was_never_closed_counts_from_its_last_sign_of_life(
    planted: tuple[Browser, Person, asyncpg.Connection],
) -> None:
    _, person, connection = planted
    org, at = person.organization_id, now()
    await connection.execute(
        "update purchase_orders set state = 'New', ordered_at = $1, changed_at = $2, window_end = $2 where organization_id = $3",
        at - timedelta(days=900), at - timedelta(days=547), org,
    )  # fmt: skip
    await expire(org, at)
    assert await connection.fetchval("select count(*) from purchase_orders where organization_id = $1", org) == 1
    await expire(org, at + timedelta(days=1, seconds=1))
    assert await connection.fetchval("select count(*) from purchase_orders where organization_id = $1", org) == 0


async def test_a_hold_keeps_its_order_and_one_of_a_case_for_ninety_days_more(
    planted: tuple[Browser, Person, asyncpg.Connection],
) -> None:
    _, person, connection = planted
    org, at = person.organization_id, now()
    await connection.execute(
        "update purchase_orders set state = 'Closed', state_changed_at = $1, po_number = 'HELD' where organization_id = $2",
        at - timedelta(days=600), org,
    )  # fmt: skip
    async with tenant_session(org) as session:
        (hold,) = await place_hold(session, po_number="HELD", reason="claim", case_reference="CASE-7", actor=SYSTEM)
        dry = {due.retention: due for due in await retention.dry_run(session, at=at)}["amazon"]
    assert (dry.tables, dry.held) == ({}, 1)
    await expire(org, at)
    async with tenant_session(org) as session:
        await release_hold(session, hold.id, actor=SYSTEM)
    await expire(org, at)
    assert await connection.fetchval("select count(*) from purchase_orders where organization_id = $1", org) == 1
    assert await connection.fetchval("select count(*) from purchase_order_lines where organization_id = $1", org) == 1
    await connection.execute(
        "update legal_holds set released_at = now() - interval '90 days 1 second' where organization_id = $1", org
    )
    await expire(org, at)
    assert await connection.fetchval("select count(*) from purchase_orders where organization_id = $1", org) == 0


async def test_thousands_of_rows_go_in_batches(
    planted: tuple[Browser, Person, asyncpg.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person, connection = planted
    org = person.organization_id
    monkeypatch.setattr(retention, "BATCH", 50)
    monkeypatch.setattr(retention, "ORDERS", 7)
    old = now() - timedelta(days=700)
    for number in range(20):
        await order(connection, org, f"OLD{number}", closed=old)
    await connection.execute(
        "update purchase_orders set state = 'Closed', state_changed_at = $1 where organization_id = $2", old, org
    )
    reject = dict(await connection.fetchrow("select * from ingest_rejects where organization_id = $1", org))
    for _ in range(173):
        await _copy(connection, "ingest_rejects", reject | {"id": uuid4(), "created_at": now() - timedelta(days=31)})
    gone = await expire(org, now())
    assert (gone["purchase_orders"], gone["ingest_rejects"]) == (21, 174)


async def test_old_audit_entries_go_into_a_sealed_archive_and_their_hashes_stay(
    desk: tuple[Browser, Person], db: Stack
) -> None:
    _, person = desk
    connection = await owner(db, person.organization_id)
    org = person.organization_id
    await connection.execute(
        "update journal_entries set at = at - interval '401 days' where organization_id = $1 and log = 'audit' and sequence <= 1",
        org,
    )
    before = await connection.fetch(
        "select sequence, hash, previous_hash, at from journal_entries where organization_id = $1 and log = 'audit' order by sequence",
        org,
    )
    await connection.execute(
        "insert into journal_entries (organization_id, at, id, log, kind, outcome, actor_type, actor_name, object_type, "
        "object_id, object_label, payload) select $1, now() - make_interval(days => d), gen_random_uuid(), 'event', 'x', 'ok', "
        "'system', 'OKTee', 'x', 'x', 'x', '{}' from unnest(array[399, 401]) d",
        org,
    )
    await expire(org, now())
    left = await connection.fetch(
        "select log, sequence, previous_hash, at from journal_entries where organization_id = $1 order by at", org
    )
    assert [row["at"] > now() - timedelta(days=400) for row in left] == [True] * len(left)
    bones = await connection.fetch(
        "select sequence, hash from audit_skeletons where organization_hash = $1 order by sequence", hash_of(org)
    )
    assert [(row["sequence"], row["hash"]) for row in bones] == [(row["sequence"], row["hash"]) for row in before[:1]]
    following = [row for row in left if row["sequence"] == 2]
    assert [row["previous_hash"] for row in following] == [bones[0]["hash"]] * len(following)
    assert len(following) == 1
    assert (await verify(org)).fault is None
    assert (await verify(org)).archived == 1
    (key,) = await objects.list_keys(org)
    body = b"".join([piece async for piece in objects.open_stream(key)])
    assert b"dpa.accepted" in body
    await connection.close()


async def test_the_database_itself_keeps_audit_entries_for_a_year(desk: tuple[Browser, Person], db: Stack) -> None:
    _, person = desk
    connection = await owner(db, person.organization_id)
    await connection.execute(
        "update journal_entries set at = at - interval '364 days' where organization_id = $1", person.organization_id
    )
    ids = [
        row["id"]
        for row in await connection.fetch(
            "select id from journal_entries where organization_id = $1 and log = 'audit'", person.organization_id
        )
    ]
    assert ids
    async with tenant_session(person.organization_id) as session:
        gone = await session.scalar(text("select expire_rows('journal_entries', cast(:ids as uuid[]))"), {"ids": ids})
    assert gone == 0
    await connection.close()


async def test_the_database_itself_keeps_young_entries_of_the_stock_ledger_and_of_the_journal(
    planted: tuple[Browser, Person, asyncpg.Connection],
) -> None:
    _, person, connection = planted
    org = person.organization_id
    placed = await order(connection, org, "OLD", closed=now() - timedelta(days=600))
    await connection.execute("update stock_ledger set purchase_order_id = $1 where organization_id = $2", placed, org)
    async with tenant_session(org) as session:
        await record(session, "sync.rejected", actor=SYSTEM, subject=Subject("connection", "c", "c"))

    async def as_runtime(table: str, ids: list[UUID]) -> int:
        async with tenant_session(org) as session:
            gone = await session.scalar(text(f"select expire_rows('{table}', cast(:ids as uuid[]))"), {"ids": ids})
            return int(gone or 0)

    async def age(days: int) -> None:
        await connection.execute(f"update stock_ledger set at = now() - interval '{days} days'")
        await connection.execute(f"update journal_entries set at = now() - interval '{days} days' where log = 'event'")

    await age(29)
    events = [row["id"] for row in await connection.fetch("select id from journal_entries where log = 'event'")]
    assert events
    assert (await as_runtime("stock_ledger", [placed]), await as_runtime("journal_entries", events)) == (0, 0)
    assert "purchase_orders" not in await expire(org, now()), "the order waits for its ledger"
    await age(31)
    assert await as_runtime("stock_ledger", [placed]) == 1
    assert await as_runtime("journal_entries", events) == len(events)
    assert (await expire(org, now()))["purchase_orders"] == 1


async def test_limits_get_shorter_and_never_longer_than_what_ships(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    for days, field in ((549, "/days"), (29, "/days")):
        refused = await browser.put(browser.at(f"{RETENTION}/amazon"), json={"days": days})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, field)
    assert (await browser.put(browser.at(f"{RETENTION}/nothing"), json={"days": 30})).status_code == 404
    answer = await browser.put(browser.at(f"{RETENTION}/amazon"), json={"days": 100})
    rows = {row["retention"]: row for row in answer.json()["rows"]}
    assert (rows["amazon"]["days"], rows["amazon"]["shipped_days"], rows["raw"]["days"]) == (100, 548, 30)
    async with tenant_session(person.organization_id) as session:
        assert (await retention.limits(session))["amazon"] == 100
    await browser.put(browser.at(f"{RETENTION}/amazon"), json={"days": 548})
    async with tenant_session(person.organization_id) as session:
        assert await session.scalar(text("select count(*) from retention_limits")) == 0


async def test_every_table_of_a_class_with_a_limit_has_a_way_out(
    planted: tuple[Browser, Person, asyncpg.Connection],
) -> None:
    _, person, _ = planted
    async with tenant_session(person.organization_id) as session:
        schema = await retention.plan(session)
    for name in inventory().limits:
        for table in schema.of(name):
            if name != "amazon":
                assert "cutoff" in retention.over(table), table.name


async def test_housekeeping_runs_the_engine_and_drops_empty_months(desk: tuple[Browser, Person], db: Stack) -> None:
    _, person = desk
    connection = await asyncpg.connect(db.owner_dsn)
    await connection.execute(
        "create table journal_entries_2020_01 partition of journal_entries for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00')"
    )
    await connection.execute(
        "create table journal_entries_2020_02 partition of journal_entries for values from ('2020-02-01 00:00+00') to ('2020-03-01 00:00+00')"
    )
    await connection.execute("select set_config('app.organization_id', $1, false)", str(person.organization_id))
    await connection.execute(
        "insert into journal_entries (organization_id, at, id, log, kind, outcome, actor_type, actor_name, object_type, "
        "object_id, object_label, payload) values ($1, '2020-02-02', gen_random_uuid(), 'event', 'x', 'ok', 'system', 'OKTee', "
        "'x', 'x', 'x', '{}')",
        person.organization_id,
    )
    await keep_house()
    for _ in range(2):
        await connection.execute("update work set due_at = now() where kind = 'housekeeping'")
        await run(HOUSEKEEPING)
    left = await connection.fetch(
        "select relname from pg_class where relname like 'journal_entries_2020_%' and relkind = 'r' order by 1"
    )
    assert [row["relname"] for row in left] == [], "the one was empty, the other is once its row has expired"
    await connection.close()


async def test_what_is_over_at_another_customer_is_neither_counted_nor_removed(
    planted: tuple[Browser, Person, asyncpg.Connection], db: Stack, token: str
) -> None:
    """Also in tables without row security, which hide nobody's rows from the engine."""
    _, person, connection = planted
    other = await make_person()
    await plant(db, other.organization_id, f"o{token}", skip=("legal_holds",))
    at = now() + timedelta(days=5000)
    async with tenant_session(person.organization_id) as session:
        schema = await retention.plan(session)
        tables = [table for name in inventory().limits if name != "amazon" for table in schema.of(name)]
        open_to_all = {table.name for table in tables if not table.tenant}
        counted = {name: n for due in await retention.dry_run(session, at=at) for name, n in due.tables.items()}
        mine = {
            name: await session.scalar(
                text(f'select count(*) from "{name}" where organization_id = :org'), {"org": person.organization_id}
            )
            for name in open_to_all
        }
    theirs = {
        name: await connection.fetchval(
            f'select count(*) from "{name}" where organization_id = $1', other.organization_id
        )
        for name in open_to_all
    }
    assert open_to_all
    assert sum(theirs.values()) > 0
    assert all(counted.get(name, 0) <= mine[name] for name in open_to_all)
    await expire(person.organization_id, at)
    for name, rows in theirs.items():
        left = await connection.fetchval(
            f'select count(*) from "{name}" where organization_id = $1', other.organization_id
        )
        assert left == rows, name
