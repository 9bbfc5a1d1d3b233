"""Rows on their way into a table: COPY into a temporary table of this transaction (COPY into a protected table is refused)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import to_json

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


async def stage(
    session: AsyncSession,
    name: str,
    columns: Mapping[str, str],
    rows: Iterable[Iterable[Any]],
    *,
    joined: bool = True,
    like: str | None = None,
) -> None:
    """Fill the temporary table `name` (columns: name -> SQL type) with `rows`, emptied first if it is there already.

    It lives until the transaction ends. Not `joined`: it is only read from end to end, so nobody needs its statistics. `like`:
    the table in which every row ends, so that large values are packed once and as it packs them. Names and types are constants
    of the caller, never input.
    """
    definition = (
        ", ".join(f"{column} {kind}" for column, kind in columns.items())
        if like is None
        else f"like {like} including compression including storage including defaults"
    )
    await session.execute(text(f"create temp table if not exists {name} ({definition}) on commit drop"))
    staged: set[str] = session.info.setdefault("staged", set())
    if name in staged:
        await session.execute(text(f"truncate {name}"))
    staged.add(name)
    if not isinstance(rows, Sized) or rows:
        raw = await (await session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(name, records=rows, columns=list(columns))
    if joined:
        await session.execute(text(f"analyze {name}"))  # without it the planner takes a new table for an empty one


def given(columns: Mapping[str, str]) -> str:
    """Rows that travel with their statement, as `given`: of a few hundred a temporary table costs more than it saves. The
    values are `by_column`."""
    arrays = ", ".join(f"cast(:{column} as {kind}[])" for column, kind in columns.items())
    return f"unnest({arrays}) as given({', '.join(columns)})"


def by_column(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """What `given` binds; there is a row at least."""
    return dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))


def upsert(
    table: str,
    columns: dict[str, str],
    constraint: str,
    *,
    keys: tuple[str, ...],
    provenance: tuple[str, ...] = (),
    source: str | None = None,
) -> str:
    """INSERT ... ON CONFLICT from `stage_<table>` or another `source`: a row that differs is updated, an equal one is left
    alone.

    `keys` are never updated; `provenance` (when and whence) follows the others and makes no difference by itself.
    """
    names = ", ".join(columns)
    rest = [column for column in columns if column not in keys]
    assignments = ", ".join(f"{column} = excluded.{column}" for column in rest)
    ours, theirs = (
        ", ".join(f"{side}.{column}" for column in rest if column not in provenance) for side in (table, "excluded")
    )
    return (
        f"insert into {table} ({names}) select {names} from {source or f'stage_{table}'} "  # noqa: S608 - constants only
        f"on conflict on constraint {constraint} do update set {assignments} "
        f"where ({ours}) is distinct from ({theirs})"
    )


class Written(str):
    """A document that is JSON already, for `insert_many`."""

    __slots__ = ()


async def insert_many(session: AsyncSession, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that are new for certain; all of them say the same columns. They may be made one by one as they are taken:
    the server reads the first ones while the next are made."""
    rest = iter(rows)
    first = next(rest, None)
    if first is None:
        return
    columns = {name: table.columns[name].type.compile(_POSTGRES) for name in first}
    records = _records(chain((first,), rest), columns)
    await stage(session, f"stage_{table.name}", columns, records, joined=False, like=table.name)
    names = ", ".join(columns)
    await session.execute(text(f"insert into {table.name} ({names}) select {names} from stage_{table.name}"))  # noqa: S608 - names of our own tables


def _records(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> Iterator[list[Any]]:
    documents = [n for n, kind in enumerate(columns.values()) if kind == "JSONB"]
    for record in map(list, map(itemgetter(*columns), rows)):
        for n in documents:
            value = record[n]
            if value is not None and type(value) is not Written:
                record[n] = to_json(value)
        yield record
