"""Rows on their way into a table: COPY into a temporary table of this transaction (COPY into a protected table is refused)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def stage(session: AsyncSession, name: str, columns: dict[str, str], rows: Sequence[Iterable[Any]]) -> None:
    """Fill the temporary table `name` (columns: name -> SQL type) with `rows`, emptied first if it is there already.

    It lives until the transaction ends. Names and types are constants of the caller, never input.
    """
    definition = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    await session.execute(text(f"create temp table if not exists {name} ({definition}) on commit drop"))
    await session.execute(text(f"truncate {name}"))
    if rows:
        raw = await (await session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(name, records=rows, columns=list(columns))
    await session.execute(text(f"analyze {name}"))  # without it the planner takes a new table for an empty one


def upsert(
    table: str, columns: dict[str, str], constraint: str, *, keys: tuple[str, ...], provenance: tuple[str, ...] = ()
) -> str:
    """INSERT ... ON CONFLICT from `stage_<table>`: a row that differs is updated, an equal one is left alone.

    `keys` are never updated; `provenance` (when and whence) follows the others and makes no difference by itself.
    """
    names = ", ".join(columns)
    rest = [column for column in columns if column not in keys]
    assignments = ", ".join(f"{column} = excluded.{column}" for column in rest)
    ours, theirs = (
        ", ".join(f"{side}.{column}" for column in rest if column not in provenance) for side in (table, "excluded")
    )
    return (
        f"insert into {table} ({names}) select {names} from stage_{table} "  # noqa: S608 - constants only
        f"on conflict on constraint {constraint} do update set {assignments} "
        f"where ({ours}) is distinct from ({theirs})"
    )
