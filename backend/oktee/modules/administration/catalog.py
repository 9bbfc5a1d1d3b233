"""Administration / Catalog: the customer's items and stock, and the files they came in."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.workspaces import names_of
from oktee.amazon.connection.marketplaces import MARKETPLACES
from oktee.catalog import imports
from oktee.catalog.files.examples import EXAMPLES
from oktee.catalog.files.reading import MAX_BYTES
from oktee.catalog.linking import unlink_item
from oktee.catalog.places import Place, places
from oktee.catalog.tables import CatalogImport, CatalogImportError
from oktee.journal.record import Subject, person, record
from oktee.kit import objects, operations
from oktee.kit.errors import field_error
from oktee.kit.operations import Operation
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.administration.catalog_rows import find_items
from oktee.modules.administration.catalog_wire import (
    ImportErrors,
    ImportKind,
    ImportList,
    ImportOut,
    ImportStarted,
    ItemList,
    OperationOut,
    fault_of,
    header_of,
    import_of,
    operation_of,
)
from oktee.notify.outbox import publish

router = APIRouter(prefix="/catalog")
operations_router = APIRouter()
places.fill((Place(one.id, one.country) for one in MARKETPLACES.values()), aliases=(("GB", "UK"),))


@router.post(
    "/imports",
    status_code=202,
    dependencies=[needs("catalog.write")],
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def create_import(
    request: Request,
    response: Response,
    session: Session,
    caller: CallerIn,
    kind: ImportKind,
    file_name: Annotated[str, Query(min_length=1, max_length=200)],
    mode: Literal["changes", "full"] = "changes",
    missing: Literal["unknown", "zero"] = "unknown",
) -> ImportStarted:
    """Hand in a file (the body itself). It is stored now and loaded by the worker.

    `mode=full`, for stock: the file names everything there is in its warehouses. `missing`: what it leaves out is unknown
    until a second one leaves it out too, or zero at once.
    """
    if mode == "full" and kind != "stock":
        raise field_error("/mode", "only_stock_is_full", "Only a stock file can be a full feed.")

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            if chunk:
                yield chunk

    stored = await objects.put(
        caller.organization_id, chunks(), max_bytes=MAX_BYTES, content_type="text/csv", purpose="import"
    )
    if stored.size == 0:
        await objects.delete(stored.key)
        raise field_error("", "empty_file", "The file is empty.")
    try:
        found, operation = await imports.begin(
            session, kind=kind, file_name=file_name, stored=stored, actor=person(caller), mode=mode, missing=missing
        )
    except BaseException:
        await objects.delete(stored.key)
        raise
    response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{operation.id}"
    return ImportStarted(
        import_=import_of(found, operation, {caller.user_id: caller.name}), operation=operation_of(operation)
    )


@router.get("/imports", dependencies=[needs("catalog.read")])
async def list_imports(session: Session, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> ImportList:
    """The newest imports."""
    statement = (
        select(CatalogImport, Operation)
        .join(Operation, Operation.id == CatalogImport.operation_id)
        .order_by(CatalogImport.created_at.desc(), CatalogImport.id.desc())
        .limit(limit)
    )
    found = (await session.execute(statement)).all()
    names = await names_of(one.created_by for one, _ in found)
    return ImportList(rows=[import_of(one, operation, names) for one, operation in found])


@router.get("/imports/{import_id}", dependencies=[needs("catalog.read")])
async def get_import(session: Session, import_id: UUID) -> ImportOut:
    """One import."""
    return await _import_out(session, await imports.get_import(session, import_id))


@router.post("/imports/{import_id}/approval", status_code=202, dependencies=[needs("catalog.write")])
async def approve_import(session: Session, caller: CallerIn, import_id: UUID) -> ImportOut:
    """Let a parked full feed through: it is loaded as it is."""
    return await _import_out(session, await imports.approve(session, import_id, actor=person(caller)))


@router.post("/imports/{import_id}/dismissal", status_code=202, dependencies=[needs("catalog.write")])
async def discard_import(session: Session, caller: CallerIn, import_id: UUID) -> ImportOut:
    """Leave a parked full feed out: nothing of it is loaded, and its file is deleted."""
    return await _import_out(session, await imports.discard(session, import_id, actor=person(caller)))


async def _import_out(session: AsyncSession, found: CatalogImport) -> ImportOut:
    operation = await operations.get_operation(session, found.operation_id)
    await session.refresh(operation)
    return import_of(found, operation, await names_of([found.created_by]))


@router.get("/imports/{import_id}/errors", dependencies=[needs("catalog.read")])
async def list_import_errors(
    session: Session, import_id: UUID, limit: Annotated[int, Query(ge=1, le=200)] = 100, after: str | None = None
) -> ImportErrors:
    """The faults of an import, by line and column."""
    await imports.get_import(session, import_id)
    filters = {"import": str(import_id)}
    statement = select(CatalogImportError).where(CatalogImportError.import_id == import_id)
    place = tuple_(CatalogImportError.line, CatalogImportError.column_name)
    if after is not None:
        line, column = open_cursor(after, filters=filters)
        statement = statement.where(place > tuple_(line, column))
    found = (await session.execute(statement.order_by(place).limit(limit + 1))).scalars().all()
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = seal_cursor([found[-1].line, found[-1].column_name], filters=filters)
    return ImportErrors(rows=[fault_of(one) for one in found], next=following)


@router.get(
    "/imports/{import_id}/errors.csv",
    dependencies=[needs("catalog.read")],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The faults as a table"}},
)
async def download_import_errors(session: Session, import_id: UUID) -> Response:
    """The faults as a CSV file; a cell that a spreadsheet would run as a formula opens as text."""
    found = await imports.get_import(session, import_id)
    statement = (
        select(CatalogImportError)
        .where(CatalogImportError.import_id == import_id)
        .order_by(CatalogImportError.line, CatalogImportError.column_name)
    )
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["line", "column", "code", "received", "header"])
    for fault in (await session.execute(statement)).scalars():
        written = header_of(fault) or fault.column_name
        table.writerow(
            [fault.line, _as_text(fault.column_name), fault.code, _as_text(fault.received), _as_text(written)]
        )
    headers = {"Content-Disposition": f'attachment; filename="import-{found.id}-errors.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _as_text(value: str) -> str:
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@router.get(
    "/templates/{kind}",
    dependencies=[needs("catalog.read")],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "An empty file with its columns and one example"}},
)
async def download_template(kind: ImportKind) -> Response:
    """A file to start from: every column there is, and one row that shows how they are filled."""
    example = EXAMPLES[kind]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(example)
    table.writerow(example.values())
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/items", dependencies=[needs("catalog.read")])
async def list_items(
    session: Session,
    caller: CallerIn,
    q: Annotated[str | None, Query(max_length=120)] = None,
    status: str | None = None,
    brand: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> ItemList:
    """Items by SKU, found by SKU, EAN, ASIN or words of the title."""
    finance = caller.may("finance.read")
    return await find_items(session, q=q, status=status, brand=brand, limit=limit, after=after, finance=finance)


@router.delete("/items/{item_id}/links/{link_id}", status_code=204, dependencies=[needs("catalog.write")])
async def delete_item_link(session: Session, caller: CallerIn, item_id: UUID, link_id: UUID) -> None:
    """Untie a product from what Amazon calls it in one place. Orders that wait are decided again; a later file that names
    the place again has the last word."""
    await unlink_item(session, item_id, link_id, actor=person(caller), modules=caller.modules)


@operations_router.get("/{operation_id}", dependencies=[needs("catalog.read")])
async def get_operation(session: Session, operation_id: UUID) -> OperationOut:
    """A long job: how far it is."""
    return operation_of(await operations.get_operation(session, operation_id))


@operations_router.delete("/{operation_id}", status_code=202, dependencies=[needs("catalog.write")])
async def cancel_operation(session: Session, caller: CallerIn, operation_id: UUID) -> OperationOut:
    """Ask a long job to stop at its next safe point; what it did until then stays."""
    found = await operations.request_cancel(session, operation_id)
    await imports.let_go(session, operation_id)
    subject = Subject("operation", str(found.id), found.kind)
    await record(session, "operation.cancel_requested", actor=person(caller), subject=subject, audit=True)
    await publish(session, "operation.changed", operation_id=str(found.id))
    return operation_of(found)
