"""Reads the rows of a stock file: what there is of one SKU in one warehouse at one moment, as absolute numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import BinaryIO, NamedTuple
from uuid import UUID

from oktee.catalog.files import cells
from oktee.catalog.files.faults import CellFault, RowFault
from oktee.catalog.files.reading import Reader, Record
from oktee.catalog.files.rows import Row, column_count_fault, read_sku
from oktee.catalog.files.seen import Seen, key_of
from oktee.kit.database import new_id

REQUIRED = ("sku", "warehouse", "as_of", "on_hand")
COLUMNS = (*REQUIRED, "reserved", "quality_hold", "available", "inbound_qty", "inbound_eta")
CLOCK_SKEW = timedelta(minutes=10)
"""How far the clock of the customer's system may be ahead of ours."""


class StockRow(NamedTuple):
    """A balance as it is staged. Quantities are eaches; `on_hand` may be negative, as the source says it."""

    line: int
    id: UUID
    sku: str
    warehouse: str
    as_of: datetime
    on_hand: int
    reserved: int
    quality_hold: int
    available: int | None
    inbound_quantity: int
    inbound_on: date | None


@dataclass(slots=True)
class StockBatch:
    """Some thousand rows. `faults` also holds warnings, whose rows are in `stock` all the same."""

    rows: int = 0
    rejected: int = 0
    position: int = 0
    faults: list[RowFault] = field(default_factory=list)
    stock: list[StockRow] = field(default_factory=list)


class StockFile:
    """The batches of a stock file that was handed in at `received_at`. Run it in a thread."""

    def __init__(self, file: BinaryIO, *, received_at: datetime) -> None:
        """Reads the header. Raises FileFault."""
        self.reader = Reader(file, known=COLUMNS, required=REQUIRED)
        self._latest = received_at + CLOCK_SKEW
        self._places = Seen(0)

    def batches(self, size: int, *, skip: int = 0) -> Iterator[StockBatch]:
        """The rows after the first `skip`, which are read again only to be remembered. Raises FileFault where quotes never
        close."""
        batch = StockBatch()
        for seen, record in enumerate(self.reader.records(), start=1):
            batch.rows += 1
            if not self._read(record, batch):
                batch.rejected += 1
            if seen <= skip:
                batch = StockBatch()
            elif batch.rows >= size:
                batch.position = self.reader.position
                yield batch
                batch = StockBatch()
        batch.position = self.reader.position
        yield batch

    def _read(self, record: Record, batch: StockBatch) -> bool:
        wrong = column_count_fault(record, self.reader)
        if wrong:
            batch.faults.append(wrong)
            return False
        row = Row(record, self.reader)
        found = _stock(row, latest=self._latest)
        if found is not None and not row.faults:
            key = key_of(found.sku, found.warehouse)
            known = self._places.find(key)
            if known is None:
                self._places.put(key, record.line)
                batch.stock.append(found)
                if found.on_hand < 0:
                    batch.faults.append(row.fault("on_hand", "negative_on_hand"))
                return True
            row.refuse("sku", "duplicate_row", first_line=known[0])
        batch.faults += row.faults
        return False


def _stock(row: Row, *, latest: datetime) -> StockRow | None:
    sku = read_sku(row, "sku", required=True)
    warehouse = row.words("warehouse", limit=60, required=True)
    as_of = _as_of(row, latest=latest)
    on_hand = row.whole("on_hand", least=-cells.MAX_INTEGER, empty="required")
    reserved = row.whole("reserved", least=0) or 0
    quality_hold = row.whole("quality_hold", least=0) or 0
    available = row.whole("available", least=-cells.MAX_INTEGER)
    inbound = row.whole("inbound_qty", least=0) or 0
    arrives: date | None = None
    if row.text("inbound_eta"):
        try:
            arrives = cells.day(row.text("inbound_eta"))
        except CellFault as fault:
            row.refuse("inbound_eta", fault.code, **fault.values)
    if sku is None or warehouse is None or as_of is None or on_hand is None:
        return None
    return StockRow(
        row.line, new_id(), sku, warehouse, as_of, on_hand, reserved, quality_hold, available, inbound, arrives
    )


def _as_of(row: Row, *, latest: datetime) -> datetime | None:
    if not row.text("as_of"):
        row.refuse("as_of", "required")
        return None
    try:
        found = cells.instant(row.text("as_of"))
    except CellFault as fault:
        row.refuse("as_of", fault.code, **fault.values)
        return None
    if found > latest:
        row.refuse("as_of", "in_the_future")
        return None
    return found
