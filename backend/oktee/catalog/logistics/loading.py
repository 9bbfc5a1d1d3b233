"""Writes batches of logistics rules: only what is new or changed counts as loaded; what a file does not name stays, rows
and columns alike."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.files.faults import RowFault, row_fault
from oktee.catalog.files.lists import ListBatch
from oktee.catalog.load_items import Loaded
from oktee.catalog.logistics.kinds import KINDS, Kind
from oktee.kit.database import organization_of
from oktee.kit.staging import stage


async def write_logistics(
    session: AsyncSession, batch: ListBatch, *, kind: str, import_id: UUID, as_of: datetime
) -> tuple[Loaded, list[RowFault]]:
    """Store them; a row that names a warehouse or a calendar nobody knows is refused."""
    found = KINDS[kind]
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of}
    await stage(session, f"stage_{found.sql}", found.types, batch.found)
    faults = []
    for column, (table, name, code) in found.needs.items():
        unknown = text(
            f"delete from stage_{found.sql} s where s.{column} is not null and not exists (select 1 from {table} t "  # noqa: S608 - constants only
            f"where t.organization_id = :org and t.{name} = s.{column}) returning line, {column}"
        )
        for line, received in sorted((await session.execute(unknown, {"org": values["org"]})).all()):
            faults.append(row_fault(line, column, code, received))
    said = tuple(name for name in found.values if found.called.get(name, name) in batch.columns)
    changed = int((await session.execute(_changed(found, said), {"org": values["org"], "as_of": as_of})).scalar_one())
    await session.execute(_write(found, said), values)
    return Loaded(changed, batch.rows - batch.rejected - len(faults) - changed), faults


def _changed(kind: Kind, said: tuple[str, ...]) -> TextClause:
    same = " and ".join(["true", *(f"t.{name} is not distinct from s.{name}" for name in said)])
    keys = " and ".join(f"t.{name} = s.{name}" for name in kind.keys)
    return text(
        f"select count(*) from stage_{kind.sql} s where not exists (select 1 from {kind.sql} t "  # noqa: S608 - constants only
        f"where t.organization_id = :org and {keys} and ({same} or t.as_of > :as_of))"
    )


def _write(kind: Kind, said: tuple[str, ...]) -> TextClause:
    names = ", ".join(kind.columns)
    return text(
        f"insert into {kind.sql} (organization_id, id, {names}, import_id, as_of) "  # noqa: S608 - constants only
        f"select :org, id, {names}, :import, :as_of from stage_{kind.sql} order by {', '.join(kind.keys)} "
        f"on conflict (organization_id, {', '.join(kind.keys)}) do update set "
        f"{''.join(f'{name} = excluded.{name}, ' for name in said)}import_id = excluded.import_id, "
        f"as_of = excluded.as_of where {kind.sql}.as_of <= excluded.as_of"
    )
