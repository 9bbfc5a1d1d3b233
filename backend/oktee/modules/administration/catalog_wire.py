"""What the catalogue screens say on the wire: imports, their faults, items, operations."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from oktee.catalog.files.faults import HEADER, WARNINGS
from oktee.catalog.tables import CatalogImport, CatalogImportError
from oktee.kit.operations import Operation

Money = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


class OperationError(BaseModel):
    """Why it failed: a stable code, a sentence, and the values the sentence speaks of."""

    code: str
    detail: str
    values: dict[str, Any] = {}


class OperationOut(BaseModel):
    """A long job: state, progress, result."""

    id: UUID
    kind: str
    state: str
    done: int
    total: int | None
    unit: str
    result: dict[str, Any] | None
    error: OperationError | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


ImportKind = Literal[
    "items", "stock", "components", "costs", "units",
    "warehouses", "calendars", "closures", "transit_times", "fulfilment_centres", "carriers", "vendor_terms", "stock_pools",
]  # fmt: skip


class Parked(BaseModel):
    """Why a full feed waits: it would remove too many SKUs (`removed`) or move too much stock (`moved`)."""

    reasons: list[Literal["removed", "moved"]]
    skus: int
    removed: int
    stock_before: int
    stock_after: int


class ImportOut(BaseModel):
    """A file of the catalogue or of stock, and what became of its rows. state `parked`: it waits for a person. `error`: why
    it was not loaded to its end."""

    id: UUID
    kind: ImportKind
    mode: Literal["changes", "full"]
    missing: Literal["unknown", "zero"]
    parked: Parked | None
    file_name: str
    size: int
    operation_id: UUID
    state: str
    error: OperationError | None
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    created_by: str | None
    created_at: datetime
    finished_at: datetime | None


class ImportStarted(BaseModel):
    """The import and the operation to watch."""

    model_config = ConfigDict(populate_by_name=True)

    import_: ImportOut = Field(alias="import")
    operation: OperationOut


class ImportList(BaseModel):
    """The newest imports first."""

    rows: list[ImportOut]


class ErrorMessage(BaseModel):
    """A message id and typed values."""

    message: str
    values: dict[str, dict[str, Any]]


class ImportErrorRow(BaseModel):
    """One fault of one row. A warning is said of a row that was not rejected. `header`: the column as the file writes it,
    where we call it otherwise."""

    line: int
    column: str
    header: str | None
    code: str
    severity: Literal["error", "warning"]
    received: str
    message: ErrorMessage


class ImportErrors(BaseModel):
    """A page of faults, by line."""

    rows: list[ImportErrorRow]
    next: str | None


class ItemLinkOut(BaseModel):
    """What an item is called and costs in one place."""

    id: UUID
    marketplace_id: str
    country: str
    vendor_code: str
    asin: str
    vendor_sku: str | None
    quantity: int
    cost_price: Money | None
    currency: str | None


class ItemComponentOut(BaseModel):
    """Pieces of a SKU in each bundle."""

    sku: str
    quantity: int


class ItemCostOut(BaseModel):
    """What was agreed from a day on. `cost` is per `uom`; `tolerance` is a share."""

    marketplace_id: str
    country: str
    vendor_code: str
    valid_from: date
    valid_to: date | None
    cost: Money
    currency: str
    uom: Literal["each", "case"]
    tolerance: Money | None


class ItemStock(BaseModel):
    """Stock over all warehouses. `free` is what is left after safety stock and what our answers hold; of a bundle it is what
    its scarcest component gives, and `on_hand` is what could be put together without safety stock and promises."""

    on_hand: int
    free: int
    committed: int
    as_of: datetime
    warehouses: int


class ItemOut(BaseModel):
    """One SKU. `landed_cost` is null for people who may not read finance. `details`: what else the product file said, by its
    columns; sizes in mm, weights in g; what it did not say is left out."""

    id: UUID
    sku: str
    gtin: str | None
    title: str
    brand: str | None
    status: str
    case_pack: int
    safety_stock: int
    image_url: str | None
    details: dict[str, str]
    links: list[ItemLinkOut]
    components: list[ItemComponentOut]
    costs: list[ItemCostOut]
    landed_cost: Money | None
    landed_cost_currency: str | None
    stock: ItemStock | None
    updated_at: datetime


class ItemList(BaseModel):
    """A page of items by SKU, and how many match."""

    rows: list[ItemOut]
    next: str | None
    count: int


def operation_of(found: Operation) -> OperationOut:
    return OperationOut(
        id=found.id, kind=found.kind, state=found.state, done=found.done, total=found.total, unit=found.unit,
        result=found.result, error=OperationError.model_validate(found.error) if found.error else None,
        cancel_requested=found.cancel_requested, created_at=found.created_at, started_at=found.started_at,
        finished_at=found.finished_at,
    )  # fmt: skip


def import_of(found: CatalogImport, operation: Operation, names: Mapping[UUID, str]) -> ImportOut:
    """`names`: of the people who handed files in."""
    return ImportOut(
        id=found.id, kind=found.kind, mode=found.mode, missing=found.missing,
        parked=Parked.model_validate(found.parked) if found.parked and operation.state == "parked" else None,
        file_name=found.file_name, size=found.size,
        operation_id=found.operation_id, state=operation.state,
        error=OperationError.model_validate(operation.error) if operation.error else None, rows=found.rows, loaded=found.loaded,
        unchanged=found.unchanged, rejected=found.rejected, created_by=names.get(found.created_by) if found.created_by else None, created_at=found.created_at,
        finished_at=found.finished_at,
    )  # fmt: skip


def header_of(found: CatalogImportError) -> str | None:
    """The column as the file writes it, where that differs."""
    written = found.values.get(HEADER)
    return None if written is None else str(written["value"])


def fault_of(found: CatalogImportError) -> ImportErrorRow:
    message = ErrorMessage(
        message=f"catalog.import.{found.code}",
        values={name: value for name, value in found.values.items() if name != HEADER},
    )
    return ImportErrorRow(
        line=found.line,
        column=found.column_name,
        header=header_of(found),
        code=found.code,
        severity="warning" if found.code in WARNINGS else "error",
        received=found.received,
        message=message,
    )
