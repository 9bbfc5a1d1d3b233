"""Administration / Logistics rules: warehouses, days off, transit times, fulfilment centres, terms per vendor code."""

import csv
import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from oktee.access.caller import CallerIn, Session, needs
from oktee.catalog.logistics import editing
from oktee.catalog.logistics.kinds import KINDS, Kind
from oktee.journal.record import person
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.administration.logistics_gaps import read_gaps
from oktee.modules.administration.logistics_wire import (
    LogisticsKind,
    LogisticsList,
    LogisticsRow,
    LogisticsRowIn,
)

router = APIRouter(prefix="/logistics")


@router.get("/{kind}", dependencies=[needs("catalog.read")])
async def list_logistics(
    session: Session,
    kind: LogisticsKind,
    q: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: str | None = None,
) -> LogisticsList:
    """Rows of one kind, found by any of their words."""
    found, filters = KINDS[kind], {"kind": kind, "q": q}
    last = open_cursor(after, filters=filters) if after is not None else None
    rows, count = await editing.list_rows(session, found, q=q, after=last, limit=limit + 1)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = seal_cursor([str(getattr(rows[-1], name)) for name in found.keys], filters=filters)
    return LogisticsList(
        rows=[_row(found, row) for row in rows],
        next=following,
        count=count,
        kinds=await editing.count_rows(session),
        gaps=[] if after is not None or q else await read_gaps(session),
    )


@router.get(
    "/{kind}/file",
    dependencies=[needs("catalog.read")],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "All rows as a file that can be handed in again"}},
)
async def download_logistics(session: Session, kind: LogisticsKind) -> Response:
    """All rows of one kind as a CSV file; a cell that a spreadsheet would run as a formula opens as text."""
    found = KINDS[kind]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(found.file.columns)
    rows, _ = await editing.list_rows(session, found)
    for row in rows:
        table.writerow("'" + cell if cell[:1] in ("=", "+", "-", "@") else cell for cell in found.cells(row).values())
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{kind}", status_code=201, dependencies=[needs("catalog.write")])
async def create_logistics_row(
    session: Session, caller: CallerIn, kind: LogisticsKind, body: LogisticsRowIn
) -> LogisticsRow:
    """Add a row. Orders that wait are decided again."""
    found = KINDS[kind]
    return _row(found, await editing.add_row(session, found, body.values, actor=person(caller), modules=caller.modules))


@router.put("/{kind}/{row_id}", dependencies=[needs("catalog.write")])
async def change_logistics_row(
    session: Session, caller: CallerIn, kind: LogisticsKind, row_id: UUID, body: LogisticsRowIn
) -> LogisticsRow:
    """Change a row; what names it stays as it is. Orders that wait are decided again."""
    found = KINDS[kind]
    return _row(
        found,
        await editing.change_row(session, found, row_id, body.values, actor=person(caller), modules=caller.modules),
    )


@router.delete("/{kind}/{row_id}", status_code=204, dependencies=[needs("catalog.write")])
async def delete_logistics_row(session: Session, caller: CallerIn, kind: LogisticsKind, row_id: UUID) -> None:
    """Remove a row, and with a warehouse its transit times, with a calendar its closures. Orders that wait are decided
    again."""
    await editing.remove_row(session, KINDS[kind], row_id, actor=person(caller), modules=caller.modules)


def _row(kind: Kind, row: Any) -> LogisticsRow:
    return LogisticsRow(
        id=row.id, label=kind.label(row), values=kind.cells(row), from_file=row.import_id is not None, as_of=row.as_of
    )
