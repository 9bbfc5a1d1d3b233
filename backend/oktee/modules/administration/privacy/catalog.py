"""Which tables hold rows of an organization, asked of PostgreSQL itself: so none that comes later can be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.exports import ExportColumn

KEPT: Final = frozenset({"tombstones", "audit_skeletons"})
"""What outlives an organization: hashes only."""

_TABLES = text(
    """select c.relname as name, c.relrowsecurity as tenant, has_table_privilege(c.oid, 'delete') as deletable,
       (select array_agg(a.attname::text || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select array_agg(a.attname::text order by k.place)
          from pg_constraint o cross join unnest(o.conkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number
          where o.conrelid = c.oid and o.contype = 'p') as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by c.relname"""
)
_EDGES = text(
    """select t.relname as child, f.relname as parent, o.confdeltype::text as on_delete,
       (select array_agg(a.attname::text order by k.place) from unnest(o.conkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number) as columns,
       (select array_agg(a.attname::text order by k.place) from unnest(o.confkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.number) as targets
    from pg_constraint o join pg_class t on t.oid = o.conrelid join pg_class f on f.oid = o.confrelid
    join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'public' and o.contype = 'f' and o.conparentid = 0 order by t.relname, o.conname"""
)


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table as it is. `deletable`: the runtime role may delete from it (the journal is append-only for it)."""

    name: str
    tenant: bool
    deletable: bool
    columns: tuple[ExportColumn, ...]
    key: tuple[str, ...]

    def has(self, column: str) -> bool:
        return any(found.name == column for found in self.columns)

    def type_of(self, column: str) -> str:
        return next(found.type for found in self.columns if found.name == column)


@dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key: rows of `child` point to rows of `parent`. on_delete as pg_constraint.confdeltype."""

    child: str
    parent: str
    on_delete: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]


async def list_tables(session: AsyncSession) -> list[StoredTable]:
    """Every table, by name."""
    return [
        StoredTable(
            row.name,
            row.tenant,
            row.deletable,
            tuple(ExportColumn(*column.split(" ", 1)) for column in row.columns),
            tuple(row.key or ()),
        )
        for row in await session.execute(_TABLES)
    ]


async def list_owned(session: AsyncSession) -> list[StoredTable]:
    """Every table with a column that says whose a row is, children before their parents."""
    tables = [table for table in await list_tables(session) if table.has("organization_id")]
    return children_first(tables, await list_edges(session))


async def list_edges(session: AsyncSession) -> list[Edge]:
    """Every foreign key."""
    return [
        Edge(row.child, row.parent, row.on_delete, tuple(row.columns), tuple(row.targets))
        for row in await session.execute(_EDGES)
    ]


def children_first(tables: Sequence[StoredTable], edges: Sequence[Edge]) -> list[StoredTable]:
    """An order in which rows can go without breaking a foreign key."""
    by_name = {table.name: table for table in tables}
    done: dict[str, StoredTable] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done or name in path or name not in by_name:
            return
        for edge in edges:
            if edge.parent == name and edge.child != name:
                visit(edge.child, (*path, name))
        done[name] = by_name[name]

    for table in tables:
        visit(table.name, ())
    return list(done.values())
