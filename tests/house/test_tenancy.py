"""Tenancy in the live schema: what the migrations made is looked at, not what the code says."""

import importlib.util
import re
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from conftest import Stack
from oktee.kit.database import global_session, tenant_session
from oktee.notify.outbox import publish
from sqlalchemy import text

_SPEC = importlib.util.spec_from_file_location(
    "tenancy", Path(__file__).resolve().parent.parent.parent / "migrations" / "tenancy.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
tenancy = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tenancy)
GLOBAL_TABLES: frozenset[str] = tenancy.GLOBAL_TABLES | tenancy.LATER_GLOBAL_TABLES


async def rows(dsn: str, question: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch(question)
        return found
    finally:
        await connection.close()


TABLES = """
select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, c.relkind,
       exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped) as owned,
       (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive and 0 = any(p.polroles)) as policies,
       (select string_agg(coalesce(pg_get_expr(p.polqual, p.polrelid), '') || '|' ||
               coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''), ';') from pg_policy p
         where p.polrelid = c.oid and p.polpermissive and 0 = any(p.polroles)) as policy,
       (select bool_and(p.polcmd = '*') from pg_policy p
         where p.polrelid = c.oid and p.polpermissive and 0 = any(p.polroles)) as general,
       (select pg_get_expr(p.polqual, p.polrelid) from pg_policy p where p.polrelid = c.oid and p.polname = 'scope'
          and not p.polpermissive and p.polcmd = '*' and 0 = any(p.polroles)) as scope,
       pg_get_userbyid(c.relowner) as owner, c.relispartition as partition
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'
order by 1
"""
KEYS = """
select t.relname as table, o.conname as name, o.contype as kind, f.relname as target,
       (select array_agg(a.attname::text order by k.place) from unnest(o.conkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number) as columns,
       (select array_agg(a.attname::text order by k.place) from unnest(o.confkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.number) as targets
from pg_constraint o join pg_class t on t.oid = o.conrelid join pg_namespace n on n.oid = t.relnamespace
left join pg_class f on f.oid = o.confrelid
where n.nspname = 'public' and o.contype in ('p', 'u', 'f') and not t.relispartition
"""
UNIQUE_INDEXES = """
select t.relname as table, i.relname as name, pg_get_indexdef(x.indexrelid, 1, true) as first
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
join pg_namespace n on n.oid = t.relnamespace
where n.nspname = 'public' and x.indisunique and not t.relispartition and t.relname <> 'alembic_version'
"""


@pytest.fixture
async def tables(db: Stack) -> list[asyncpg.Record]:
    return await rows(db.owner_dsn, TABLES)


def tenant(tables: list[asyncpg.Record]) -> list[str]:
    return [row["name"] for row in tables if row["name"] not in GLOBAL_TABLES]


async def test_every_table_belongs_to_an_organization_or_is_named_global(tables: list[asyncpg.Record]) -> None:
    names = {row["name"] for row in tables if not row["partition"]}
    assert {row["name"] for row in tables if not row["owned"]} <= GLOBAL_TABLES
    assert names >= GLOBAL_TABLES, "the list names a table that does not exist"
    assert len(names) - len(GLOBAL_TABLES) >= 25


async def test_row_security_is_enabled_and_forced_with_one_policy_on_every_tenant_table(
    tables: list[asyncpg.Record],
) -> None:
    organization = re.compile(r"organization_id = \( SELECT \(NULLIF\(current_setting\('app\.organization_id'.*uuid")
    for row in tables:
        if row["name"] in GLOBAL_TABLES:
            continue
        if row["partition"]:  # only reached through its parent: the runtime role has no right on it
            continue
        assert row["enabled"], row["name"]
        assert row["forced"], row["name"]
        assert row["policies"] == 1, row["name"]
        assert row["general"], row["name"]
        using, check = row["policy"].split("|")
        assert organization.search(using), row["name"]
        assert organization.search(check), row["name"]


async def test_every_tenant_table_has_a_scope_policy_or_a_reason_to_have_none(tables: list[asyncpg.Record]) -> None:
    """Who sees only some marketplaces, vendor codes or brands is kept to them by the table, not by each query."""
    exempt: dict[str, str] = tenancy.SCOPE_EXEMPT
    ours = {row["name"]: row["scope"] for row in tables if row["name"] in tenant(tables) and not row["partition"]}
    undecided = sorted(name for name, policy in ours.items() if policy is None and name not in exempt)
    assert not undecided, f"call scope() or hide_from_scoped() in the migration, or name a reason: {undecided}"
    assert {name for name, policy in ours.items() if policy is not None}.isdisjoint(exempt)
    assert set(exempt) <= set(ours), "an exemption names a table that is not there"
    assert all(len(reason) > 20 for reason in exempt.values())


async def test_scope_policies_cost_a_reader_without_scope_one_look(tables: list[asyncpg.Record]) -> None:
    """Each begins with the same test in a subquery of its own, so that PostgreSQL asks once per statement."""
    first = re.compile(
        r"^\(*\( SELECT\s+CASE\s+WHEN \(COALESCE\(current_setting\('app\.scope'::text, true\).*IS NOT NULL", re.S
    )
    for row in tables:
        if row["scope"] is not None:
            assert first.match(row["scope"]), row["name"]


async def test_partitions_are_closed_to_the_runtime_role(db: Stack, tables: list[asyncpg.Record]) -> None:
    granted = await rows(
        db.owner_dsn,
        "select c.relname from pg_class c where c.relispartition and c.relkind = 'r' and not c.relrowsecurity "
        "and has_table_privilege('oktee_app', c.oid, 'select, insert, update, delete')",
    )
    assert [row["relname"] for row in granted] == []


async def test_keys_of_tenant_tables_start_with_the_organization(db: Stack, tables: list[asyncpg.Record]) -> None:
    ours = set(tenant(tables))
    keys = [row for row in await rows(db.owner_dsn, KEYS) if row["table"] in ours]
    assert {row["table"] for row in keys if row["kind"] == b"p"} == {
        row["name"] for row in tables if row["name"] in ours and not row["partition"]
    }
    for row in keys:
        if row["kind"] != b"f":
            assert row["columns"][0] == "organization_id", f"{row['table']}.{row['name']}"
            continue
        if row["target"] in ours:
            assert row["columns"][0] == row["targets"][0] == "organization_id", f"{row['table']}.{row['name']}"
        else:
            assert row["target"] in GLOBAL_TABLES, f"{row['table']}.{row['name']}"
    for row in await rows(db.owner_dsn, UNIQUE_INDEXES):
        if row["table"] in ours:
            assert row["first"] == "organization_id", f"{row['table']}.{row['name']}"


async def test_the_runtime_role_is_neither_owner_nor_superuser_nor_exempt(
    db: Stack, tables: list[asyncpg.Record]
) -> None:
    [role] = await rows(db.owner_dsn, "select * from pg_roles where rolname = 'oktee_app'")
    assert not role["rolsuper"]
    assert not role["rolbypassrls"]
    assert not role["rolcreaterole"]
    assert not role["rolcreatedb"]
    assert {row["owner"] for row in tables} == {"oktee_owner"}
    member = await rows(db.owner_dsn, "select 1 from pg_auth_members where member = 'oktee_app'::regrole")
    assert member == []


async def test_the_suite_itself_runs_as_the_runtime_role(db: Stack) -> None:
    async with global_session() as session:
        assert await session.scalar(text("select current_user")) == "oktee_app"


async def test_without_a_tenant_every_tenant_table_is_empty_although_it_has_rows(
    db: Stack, tables: list[asyncpg.Record]
) -> None:
    """The outbox is filled for two organizations; each sees its own, and without a tenant nothing is seen at all."""
    for organization in (uuid4(), uuid4()):
        async with tenant_session(organization) as session:
            await publish(session, "sync.changed")
        async with tenant_session(organization) as session:
            assert await session.scalar(text("select count(*) from outbox")) == 1
    async with global_session() as session:
        for name in tenant(tables):
            if name.startswith(("journal_entries_", "stock_snapshots_")):
                continue
            assert await session.scalar(text(f"select count(*) from {name}")) == 0, name


async def test_without_a_tenant_an_insert_is_refused(db: Stack) -> None:
    with pytest.raises(Exception, match=r"row-level security|null value"):
        async with global_session() as session:
            await session.execute(text("insert into outbox (topic, payload) values ('x', '{}')"))


async def test_a_row_of_another_organization_is_refused(db: Stack) -> None:
    with pytest.raises(Exception, match="row-level security"):
        async with tenant_session(uuid4()) as session:
            await session.execute(
                text("insert into outbox (organization_id, topic, payload) values (:other, 'x', '{}')"),
                {"other": uuid4()},
            )


async def test_the_runtime_role_cannot_become_another(db: Stack) -> None:
    for role in ("postgres", "oktee_owner"):
        with pytest.raises(Exception, match="permission denied to set role"):
            async with global_session() as session:
                await session.execute(text(f"set role {role}"))


async def test_the_journal_cannot_be_rewritten_by_the_runtime_role(db: Stack) -> None:
    for statement in (
        "delete from journal_entries",
        "update journal_entries set kind = 'x'",
        "truncate journal_entries",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with global_session() as session:
                await session.execute(text(statement))


async def test_no_view_passes_by_row_security(db: Stack) -> None:
    views = await rows(
        db.owner_dsn,
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and (c.relkind = 'm' or (c.relkind = 'v' and "
        "not coalesce(c.reloptions::text[] @> array['security_invoker=true'], false))) and c.relname not like 'pg_stat%'",
    )
    assert [row["relname"] for row in views] == []


async def test_a_fresh_database_knows_nobody(db: Stack) -> None:
    for table in ("organizations", "users", "memberships", "sessions", "applications"):
        assert (await rows(db.owner_dsn, f"select count(*) as n from {table}"))[0]["n"] == 0
