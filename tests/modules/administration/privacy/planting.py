"""A row in every table an organization can have rows in, each with a canary: made from the catalog, so none is forgotten."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from conftest import Stack
from oktee.kit import work
from oktee.kit.database import global_session, tenant_session
from oktee.kit.work import Crew, Kind
from oktee.modules.administration.privacy.catalog import KEPT, Edge, StoredTable, list_edges, list_owned, list_tables
from sqlalchemy import text

AT = datetime(2026, 3, 4, 5, 6, 7, 890000, tzinfo=UTC)
LEFT = frozenset({"memberships", "work"}) | KEPT
"""Rows of these are made otherwise."""


async def owner(stack: Stack, organization: UUID | None = None) -> asyncpg.Connection:
    """A connection of the owner role that sees one organization's rows."""
    connection: asyncpg.Connection = await asyncpg.connect(stack.owner_dsn)
    await connection.execute("select set_config('app.organization_id', $1, false)", str(organization or ""))
    return connection


async def plant(stack: Stack, organization: UUID, canary: str, *, skip: Sequence[str] = ()) -> list[str]:
    """One row with the canary in each table that is empty for this organization; answers the tables."""
    async with tenant_session(organization) as session:
        tables, edges = await list_owned(session), await list_edges(session)
        every = {table.name: table for table in await list_tables(session)}
    connection = await owner(stack, organization)
    planted = []
    try:
        for table in reversed(tables):  # parents first
            if table.name in LEFT or table.name in skip:
                continue
            there = await connection.fetchval(
                f'select exists (select 1 from "{table.name}" where organization_id = $1)', organization
            )
            if there:
                planted.append(table.name)
                continue
            await _insert(connection, every, edges, table, organization, canary)
            planted.append(table.name)
    finally:
        await connection.close()
    return planted


async def _insert(
    connection: asyncpg.Connection, every: dict[str, StoredTable], edges: Sequence[Edge], table: StoredTable,
    organization: UUID, canary: str,
) -> None:  # fmt: skip
    """One row, pointing to rows that are there; a parent that belongs to nobody is made without the canary."""
    row: dict[str, Any] = {column.name: _value(column.type, column.name, canary) for column in table.columns}
    row |= await _allowed(connection, table)
    for edge in edges:
        if edge.child != table.name:
            continue
        if edge.parent == table.name:
            row |= dict.fromkeys(edge.columns)
            continue
        parent = every[edge.parent]
        mine = "where organization_id = $1" if parent.has("organization_id") else "where $1::uuid is not null"
        question = f'select {", ".join(edge.targets)} from "{edge.parent}" {mine} limit 1'
        if await connection.fetchrow(question, organization) is None:
            assert not parent.has("organization_id"), f"{table.name} needs a row of {edge.parent}"
            await _insert(connection, every, edges, parent, organization, "of nobody")
        row |= dict(zip(edge.columns, list(await connection.fetchrow(question, organization)), strict=True))
    if "organization_id" in row:
        row["organization_id"] = organization
    for name in await _generated(connection, table.name):
        row.pop(name)
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f'insert into "{table.name}" ({names}) values ({places})', *row.values())


async def _allowed(connection: asyncpg.Connection, table: StoredTable) -> dict[str, Any]:
    """The first value that a check on a single text column names."""
    rows = await connection.fetch(
        "select a.attname, pg_get_constraintdef(o.oid) as rule from pg_constraint o join pg_attribute a "
        "on a.attrelid = o.conrelid and a.attnum = o.conkey[1] where o.contype = 'c' and cardinality(o.conkey) = 1 "
        "and o.conrelid = $1::regclass",
        f'"{table.name}"',
    )
    found = {row["attname"]: re.search(r"'([^']+)'::", row["rule"]) for row in rows}
    return {
        name: match[1] for name, match in found.items() if match and table.type_of(name).startswith(("text", "char"))
    }


async def _generated(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped "
        "and (attidentity <> '' or attgenerated <> '')",
        f'"{table}"',
    )
    return [row["attname"] for row in rows]


def _value(kind: str, name: str, canary: str) -> Any:
    if kind.endswith("[]"):
        return [_value(kind[:-2], name, canary)]
    if kind == "uuid":
        return uuid4()
    if kind.startswith("timestamp"):
        return AT + timedelta(hours=1) if name == "until_at" else AT  # a span ends after it began
    if kind == "date":
        return AT.date()
    if kind.startswith("time "):
        return (AT + timedelta(hours=1)).time() if name == "closes" else AT.time()
    if kind == "boolean":
        return False
    if kind in {"integer", "bigint", "smallint"}:
        return 1
    if kind.startswith("numeric"):
        return 1
    if kind == "jsonb":
        return json.dumps({"note": canary})
    if kind == "bytea":
        return f"{canary}".encode()
    if kind == "inet" or kind == "cidr":
        return "192.0.2.1"
    if name in {"state", "status"}:
        return "done"
    return canary


async def run(*kinds: Kind, admit: Any = None, queues: Sequence[str] = work.QUEUES) -> None:
    """One worker takes what is due, also what failed and waits for its next try, until nothing is left."""
    for _ in range(8):
        crew = Crew(kinds, admit=admit)
        for queue in queues:
            await crew.drain(queue)
        await crew.stop(grace=60)
        async with global_session() as session:
            left = await session.execute(
                text("select 1 from work where due_at <= now() and lease_until is null and kind = any(:kinds) limit 1"),
                {"kinds": [kind.name for kind in kinds]},
            )
        if left.first() is None:
            return


async def pending(organization: UUID) -> list[tuple[str, str | None, datetime | None]]:
    """(kind, last error, parked) of the work of an organization."""
    async with global_session() as session:
        found = await session.execute(
            text("select kind, last_error, parked_at from work where organization_id = :org order by kind"),
            {"org": organization},
        )
        return [(row.kind, row.last_error, row.parked_at) for row in found]
