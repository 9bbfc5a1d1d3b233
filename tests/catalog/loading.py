"""Handing in files and running the worker's job by hand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import oktee.modules.administration.catalog  # noqa: F401 - fills the marketplaces a file may name
from oktee.catalog import imports
from oktee.catalog.tables import CatalogImport
from oktee.journal.record import SYSTEM
from oktee.kit import objects, work
from oktee.kit.database import tenant_session
from oktee.kit.operations import Operation
from sqlalchemy import text

ITEMS = (
    "sku,gtin,asin,vendor_sku,marketplaces,vendor_code,title,brand,case_pack,cost_price,currency,status,"
    "replaced_by_sku,image_url,safety_stock,moq,lead_time_days,handling_days\n"
)
STOCK = "sku,warehouse,as_of,on_hand,reserved,quality_hold,available,inbound_qty,inbound_eta\n"


def item_row(sku: str, **over: Any) -> str:
    """A good row of an items file."""
    values: dict[str, Any] = {
        "gtin": "", "asin": "", "vendor_sku": "", "marketplaces": "DE", "vendor_code": "", "title": f"Item {sku}",
        "brand": "Lumea", "case_pack": 12, "cost_price": "6.20", "currency": "EUR", "status": "active",
        "replaced_by_sku": "", "image_url": "", "safety_stock": 0, "moq": "", "lead_time_days": "", "handling_days": "",
    } | over  # fmt: skip
    return ",".join([sku, *(str(value) for value in values.values())]) + "\n"


def stock_row(
    sku: str, on_hand: Any, *, as_of: str = "2026-11-22T10:51:00Z", warehouse: str = "LYON", **over: Any
) -> str:
    values = {"reserved": 0, "quality_hold": 0, "available": "", "inbound_qty": "", "inbound_eta": ""} | over
    return ",".join([sku, warehouse, as_of, str(on_hand), *(str(value) for value in values.values())]) + "\n"


async def hand_in(organization_id: UUID, kind: str, content: str | bytes, **over: Any) -> UUID:
    """Store a file and schedule its import; answers the import's id."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content.encode() if isinstance(content, str) else content

    stored = await objects.put(organization_id, chunks(), max_bytes=10_000_000)
    async with tenant_session(organization_id) as session:
        found, _ = await imports.begin(session, kind=kind, file_name=f"{kind}.csv", stored=stored, actor=SYSTEM, **over)
        return found.id


async def run_worker() -> None:
    crew = work.Crew([imports.LOAD])
    await crew.drain("bulk")
    while crew.held:
        await asyncio.wait(crew.held)


async def load(organization_id: UUID, kind: str, content: str | bytes, **over: Any) -> tuple[CatalogImport, Operation]:
    """Hand a file in and load it; the import and its operation as they ended. `over`: mode, missing."""
    import_id = await hand_in(organization_id, kind, content, **over)
    await run_worker()
    return await ended(organization_id, import_id)


async def ended(organization_id: UUID, import_id: UUID) -> tuple[CatalogImport, Operation]:
    async with tenant_session(organization_id) as session:
        found = await imports.get_import(session, import_id)
        operation = await session.get(Operation, found.operation_id)
        assert operation is not None
        return found, operation


async def rows(organization_id: UUID, sql: str, **values: Any) -> list[Any]:
    async with tenant_session(organization_id) as session:
        return list((await session.execute(text(sql), values)).all())
