"""What the role oktee_staff sees, asked in SQL as that role: row security decides, not the code of the console."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Stack
from factories import make_organization
from oktee.access.support.tables import StaffUser, SupportGrant
from oktee.catalog.tables import Item
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import global_session, new_id, staff_session, tenant_session
from oktee.notify.outbox import publish
from sqlalchemy import text

AREAS = ("orders", "catalog", "connection", "journal", "settings")
BY_AREA = {
    "orders": {"order_states", "automation_pauses", "module_settings", "journal_entries"},
    "catalog": {"items"},
    "connection": {"connections"},
    "journal": {"journal_entries"},
    "settings": {"module_settings"},
}
"""Of the tables that `fill` puts a row in: which each area opens. Orders open their own entries of the journal."""
CLOSED = (
    "users", "memberships", "sessions", "staff_users", "staff_sessions", "secrets", "connection_tokens",
    "organization_deks", "factors", "recovery_codes", "once_tokens", "old_passwords", "mails", "api_keys",
    "oauth_requests", "inbox", "work", "idempotency_keys", "support_reads", "write_stops", "hook_endpoints",
)  # fmt: skip


@dataclass(frozen=True)
class Tenant:
    id: UUID
    connection: UUID


async def fill(owner_dsn: str) -> Tenant:
    """An organization with one row in a table of each area, written past row security's tenant by its own name."""
    organization, _ = await make_organization()
    connection, application, order = uuid4(), uuid4(), uuid4()
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute(f"select set_config('app.organization_id', '{organization}', false)")
        await owner.execute(
            "insert into applications (id, name, kind, region, application_id, client_id, secret_blob, roles, token_url, "
            "endpoint, consent_url, draft, enabled) values ($1, 'OKTee', 'live', 'EU', 'a', $2, 's', '{}', 't', 'e', 'c', "
            "false, true)",
            application,
            str(application),
        )
        await owner.execute(
            "insert into connections (id, application_id, region, selling_partner_id, name, auth_mode, status, "
            "home_marketplace_id, expires_at, granted_roles) values ($1, $2, 'EU', 'A1', 'Vendor Central FR', 'oauth', "
            "'active', 'A13V1IB3VIYZZH', now() + interval '1 year', '{}')",
            connection,
            application,
        )
        await owner.execute(
            "insert into automation_pauses (connection_id, vendor_code, reason) values ($1, 'ABC12', '{}')", connection
        )
    finally:
        await owner.close()
    async with tenant_session(organization) as session:
        await session.execute(text("insert into module_settings (module, value, version) values ('supply', '{}', 2)"))
        session.add(
            Item(
                sku="SKU-1", title="Kettle", status="active", case_pack=1, safety_stock=0, content_hash=b"1",
                import_id=uuid4(), as_of=now(),
            )
        )  # fmt: skip
        await record(session, "order.decided", actor=SYSTEM, subject=Subject("order", str(order), "PO1"))
        await record(
            session, "settings.changed", actor=SYSTEM, subject=Subject("settings", "supply", "Supply"), audit=True
        )
        await publish(session, "order.changed", order_id=str(order), po_number="PO1")
        await publish(session, "sync.changed", connection_id=str(connection), stream="purchase_orders")
    return Tenant(organization, connection)


async def make_staff(name: str = "Anna Berg") -> UUID:
    async with global_session() as session:
        made = StaffUser(email=f"{uuid4().hex[:8]}@oktee.example", name=name)
        session.add(made)
        await session.flush()
        return made.id


async def make_grant(
    organization: UUID, staff: UUID, *, scope: tuple[str, ...] = ("orders",), read_only: bool = True, **over: Any
) -> UUID:
    """A live grant of one hour, unless told otherwise: `starts` and `expires` are SQL intervals from now."""
    starts, expires = over.pop("starts", "0"), over.pop("expires", "1 hour")
    grant = SupportGrant(
        staff_id=staff, staff_name="Anna Berg", reason="An order is stuck", ticket="8812", scope=list(scope), hours=1,
        read_only=read_only,
    )  # fmt: skip
    async with tenant_session(organization) as session:
        session.add(grant)
        await session.flush()
        await session.execute(
            text(
                "update support_grants set state = :state, approved_by = :by, approved_by_name = 'Lea', starts_at = "
                "now() + cast(cast(:starts as text) as interval), expires_at = now() + cast(cast(:expires as text) as interval), ended_at = "
                "now() + cast(cast(:ended as text) as interval) where id = :id"
            ),
            {
                "state": over.pop("state", "granted"), "by": uuid4(), "starts": starts, "expires": expires,
                "ended": over.pop("ended", None), "id": grant.id,
            },
        )  # fmt: skip
    assert not over
    return grant.id


@asynccontextmanager
async def as_staff(url: str, organization: UUID | None, staff: UUID | None) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection as oktee_staff, with the two names its transactions carry."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        assert await connection.fetchval("select current_user") == "oktee_staff"
        for name, value in (("app.organization_id", organization), ("app.staff_id", staff)):
            await connection.execute("select set_config($1, $2, false)", name, str(value or ""))
        yield connection
    finally:
        await connection.close()


async def seen(connection: asyncpg.Connection) -> set[str]:
    """The tables, of those with a row, in which this connection sees one."""
    names = sorted({name for names in BY_AREA.values() for name in names} | {"outbox"})
    return {name for name in names if await connection.fetchval(f"select count(*) from {name}")}


async def test_without_a_grant_there_are_no_rows(console: Stack, staff_opened: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        assert await seen(connection) == set()
    async with as_staff(staff_opened, tenant.id, None) as connection:
        assert await seen(connection) == set()
        assert await connection.fetchval("select count(*) from support_grants") == 0


@pytest.mark.parametrize("area", AREAS)
async def test_a_grant_opens_its_area_and_no_other(console: Stack, staff_opened: str, area: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=(area,))
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        opened = await seen(connection) - {"outbox"}
        expected = set(BY_AREA[area])
        if area == "orders":
            expected.discard("order_states")  # no order was placed
        assert opened == expected
        entries = await connection.fetch("select object_type from journal_entries")
        if area == "orders":
            assert {row["object_type"] for row in entries} == {"order"}
        topics = {row["topic"] for row in await connection.fetch("select topic from outbox")}
        assert topics == {"orders": {"order.changed"}, "connection": {"sync.changed"}}.get(area, set())


@pytest.mark.parametrize(
    "over",
    [
        {"starts": "-2 hours", "expires": "-1 second"},
        {"ended": "-1 second", "state": "ended"},
        {"ended": "-1 second"},
        {"state": "requested"},
        {"state": "refused"},
        {"starts": "10 minutes"},
    ],
    ids=["expired", "ended", "ended although granted", "not decided", "refused", "not begun"],
)
async def test_a_grant_that_is_not_live_opens_nothing(console: Stack, staff_opened: str, over: dict[str, str]) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=AREAS, **over)
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        assert await seen(connection) == set()


async def test_a_grant_opens_neither_another_organization_nor_anything_for_a_colleague(
    console: Stack, staff_opened: str
) -> None:
    ours, theirs = await fill(console.owner_dsn), await fill(console.owner_dsn)
    anna, boris = await make_staff(), await make_staff("Boris Klein")
    await make_grant(ours.id, anna, scope=AREAS)
    for organization, person in ((theirs.id, anna), (ours.id, boris), (None, anna)):
        async with as_staff(staff_opened, organization, person) as connection:
            assert await seen(connection) == set()


async def test_a_grant_that_ends_in_a_transaction_opens_no_further_statement(console: Stack, staff_opened: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    grant = await make_grant(tenant.id, staff, scope=AREAS)
    async with as_staff(staff_opened, tenant.id, staff) as connection, connection.transaction():
        assert await connection.fetchval("select count(*) from items") == 1
        async with tenant_session(tenant.id) as session:
            await session.execute(text("update support_grants set ended_at = now() where id = :id"), {"id": grant})
        assert await connection.fetchval("select count(*) from items") == 0


async def test_a_read_only_grant_refuses_every_write(console: Stack, staff_opened: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=AREAS)
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        for statement in (
            "update module_settings set version = 9",
            "insert into module_settings (organization_id, module, value, version) values "
            f"('{tenant.id}', 'finance', '{{}}', 1)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(statement)
        for statement in (
            "update items set sku = 'x'",
            "delete from automation_pauses",
            "delete from module_settings",
            "insert into outbox (topic, payload) values ('x', '{}')",
            "update support_grants set expires_at = now() + interval '4 hours'",
            "delete from journal_entries",
            "truncate items",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await connection.execute(statement)


async def test_a_grant_for_writing_opens_settings_and_nothing_else(console: Stack, staff_opened: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=AREAS, read_only=False)
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        assert await connection.execute("update module_settings set version = 9") == "UPDATE 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.execute("update connections set status = 'revoked'")
        other = (await make_organization())[0]
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                "insert into module_settings (organization_id, module, value, version) values ($1, 'x', '{}', 1)", other
            )


async def test_a_grant_for_writing_without_settings_in_its_scope_writes_no_settings(
    console: Stack, staff_opened: str
) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=("orders",), read_only=False)
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("update module_settings set version = 9")


async def test_secrets_people_and_keys_are_closed_whatever_the_grant_says(console: Stack, staff_opened: str) -> None:
    tenant, staff = await fill(console.owner_dsn), await make_staff()
    await make_grant(tenant.id, staff, scope=AREAS, read_only=False)
    async with as_staff(staff_opened, tenant.id, staff) as connection:
        for table in CLOSED:
            if await connection.fetchval("select to_regclass($1)", table) is None:
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await connection.execute(f"select 1 from {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.fetch("select secret_blob from applications")
        assert await connection.fetchval("select name from organizations where id = $1", tenant.id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.fetch("select dpa_version from organizations")


async def test_the_facts_of_fees_are_read_without_a_grant_and_never_written(console: Stack, staff_opened: str) -> None:
    async with as_staff(staff_opened, None, uuid4()) as connection:
        assert await connection.fetchval("select count(*) from fee_rules") > 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.execute("delete from fee_rules")


async def test_neither_runtime_role_becomes_the_other(console: Stack, staff_opened: str) -> None:
    with pytest.raises(Exception, match="permission denied to set role"):
        async with global_session() as session:
            await session.execute(text("set role oktee_staff"))
    async with as_staff(staff_opened, None, uuid4()) as connection:
        for role in ("oktee_app", "oktee_owner", "postgres"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied to set role"):
                await connection.execute(f"set role {role}")
        row = await connection.fetchrow(
            "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
        )
        assert row is not None
        assert not any(row.values())


async def test_every_table_the_role_reads_is_guarded_by_a_policy_of_its_own(console: Stack) -> None:
    """A table that a later change opens to the role must bring its policy: looked up in the live schema."""
    owner = await asyncpg.connect(console.owner_dsn)
    try:
        rows = await owner.fetch(
            """select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as secured,
              (select string_agg(pg_get_expr(p.polqual, p.polrelid), ';') from pg_policy p where p.polrelid = c.oid
                 and not p.polpermissive and p.polcmd = '*' and 'oktee_staff'::regrole = any(p.polroles)) as policy
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm') and c.relname not like 'pg_stat%'
              and (has_table_privilege('oktee_staff', c.oid, 'select, insert, update, delete, truncate')
                   or has_any_column_privilege('oktee_staff', c.oid, 'select, insert, update'))"""
        )
    finally:
        await owner.close()
    found = {row["name"]: row for row in rows}
    assert {"organizations", "applications", "support_grants"} <= set(found)
    for name, row in found.items():
        if name in ("organizations", "applications", "support_grants"):
            continue  # names and kinds by column; and the list of grants itself, which is about staff
        if name == "fee_rules":
            continue  # OKTee's own facts, the same for everybody: no row of a customer is in it
        if name == "admin_credentials":  # the decoy: whoever reads it raises an alarm, and it holds nothing
            continue
        assert row["secured"], name
        assert re.search(r"staff_may\(", row["policy"] or ""), name


async def test_the_table_itself_refuses_a_grant_nobody_may_have(console: Stack) -> None:
    """More than four hours, or approved by nobody, by one colleague, or by the person who asked: whoever writes it."""
    tenant, anna, boris, carla = (
        await fill(console.owner_dsn),
        *[await make_staff(n) for n in ("Anna", "Boris", "Carla")],
    )
    grant = await make_grant(tenant.id, anna, state="requested")
    faults = {
        "at_most_four_hours": {"starts_at": "now()", "expires_at": "now() + interval '4 hours 1 second'"},
        "approved": {"approved_by": "null"},
        "granted": {"state": "'granted'", "starts_at": "null"},
        "other_people": {"first_staff_id": f"'{anna}'", "second_staff_id": f"'{boris}'"},
        "bounds": {"hours": "5"},
    }
    for name, values in faults.items():
        changes = ", ".join(f"{column} = {value}" for column, value in values.items())
        with pytest.raises(Exception, match=f"ck_support_grants_{name}"):
            async with tenant_session(tenant.id) as session:
                await session.execute(text(f"update support_grants set {changes} where id = :id"), {"id": grant})
    async with tenant_session(tenant.id) as session:
        await session.execute(
            text(
                "update support_grants set approved_by = null, emergency = true, first_staff_id = :b, "
                "second_staff_id = :c, state = 'granted' where id = :id"
            ),
            {"b": boris, "c": carla, "id": grant},
        )


async def test_a_statement_of_the_console_may_take_five_seconds(console: object) -> None:
    async with staff_session(None, new_id()) as session:
        assert await session.scalar(text("show statement_timeout")) == "5s"
