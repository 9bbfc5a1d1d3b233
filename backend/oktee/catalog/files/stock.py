"""Reads the rows of a stock file: what there is of one SKU in one warehouse at one moment, as absolute numbers.

Each row may announce one arrival; further rows of the same SKU and warehouse, right after it, announce more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

import orjson

from oktee.catalog.files import cells, headers
from oktee.catalog.files.faults import CellFault, RowFault
from oktee.catalog.files.headers import plain
from oktee.catalog.files.reading import UTF_8, Reader, Record
from oktee.catalog.files.rows import Row, column_count_fault, read_sku
from oktee.catalog.files.seen import Seen, key_of
from oktee.kit.database import new_id

REQUIRED = ("sku", "warehouse", "as_of", "on_hand")
COLUMNS = (
    *REQUIRED, "reserved", "quality_hold", "available", "inbound_qty", "inbound_eta", "inbound_ref", "uom",
    "order_refs",
)  # fmt: skip
MAX_REFS = 4000
"""Characters of the order numbers that one row names."""
_BETWEEN = re.compile(r"[\s,;|]+")
CLOCK_SKEW = timedelta(minutes=10)
"""How far the clock of the customer's system may be ahead of ours."""
EACH = "each"
_EACHES = frozenset(
    {
        "each", "eaches", "ea", "pc", "pcs", "pce", "piece", "pieces", "unit", "units", "c62", "h87", "pieza", "piezas", "pezzo",
        "pezzi", "stuck", "stueck", "st", "stk", "unite", "unites", "unidad", "unidades", "unita", "pz",
    }
)  # fmt: skip
"""Words for one piece. Every other unit needs a factor that the customer declared."""


class StockRow(NamedTuple):
    """A balance as it is staged, in the unit of the row; `on_hand` may be negative, as the source says it.

    `inbound`: arrivals as JSON.
    `order_refs`: the orders whose goods are booked out of these numbers already, by Amazon's number.
    """

    line: int
    id: UUID
    sku: str
    warehouse: str
    as_of: datetime
    on_hand: int
    reserved: int
    quality_hold: int
    available: int | None
    uom: str
    inbound: str
    order_refs: list[str]


@dataclass(slots=True)
class StockBatch:
    """Some thousand rows. `faults` also holds warnings, whose rows are in `stock` all the same.

    `more`: rows that only add an arrival to the row before them.
    """

    rows: int = 0
    rejected: int = 0
    more: int = 0
    position: int = 0
    faults: list[RowFault] = field(default_factory=list)
    stock: list[StockRow] = field(default_factory=list)


class StockFile:
    """The batches of a stock file that was handed in at `received_at`. Run it in a thread."""

    def __init__(self, file: BinaryIO, *, received_at: datetime, encoding: str = UTF_8, full: bool = False) -> None:
        """Reads the header. `full`: each place is named once, as it is; else also with figures of earlier moments.

        Raises FileFault.
        """
        self.reader = Reader(file, known=COLUMNS, required=REQUIRED, encoding=encoding, aliases=headers.STOCK)
        self._latest = received_at + CLOCK_SKEW
        self._places = Seen(0)
        self._full = full
        self._last: StockRow | None = None

    def batches(self, size: int, *, skip: int = 0) -> Iterator[StockBatch]:
        """The rows after the first `skip`, which are read again only to be remembered. Raises FileFault where quotes never
        close, after the rows before that.

        The rows of one SKU in one warehouse that follow each other are never parted: each adds its arrival.
        """
        batch, total = StockBatch(), 0
        for seen, record in enumerate(self.reader.records()):
            total = seen + 1
            row = Row(record, self.reader)
            if seen == skip:
                batch = StockBatch()
            elif seen > skip and batch.rows >= size and not self._continues(row):
                batch.position = self.reader.position
                yield batch
                batch = StockBatch()
            batch.rows += 1
            if not self._read(record, row, batch):
                batch.rejected += 1
        if total <= skip:
            batch = StockBatch()
        batch.position = self.reader.position
        yield batch
        self.reader.finish()

    def _continues(self, row: Row) -> bool:
        """The row speaks of the same place as the one before it."""
        last = self._last
        return last is not None and (row.text("sku"), row.text("warehouse")) == (last.sku, last.warehouse)

    def _read(self, record: Record, row: Row, batch: StockBatch) -> bool:
        wrong = column_count_fault(record, self.reader)
        if wrong:
            batch.faults.append(wrong)
            return False
        again = self._continues(row) and bool(row.text("inbound_qty"))
        found = _stock(row, latest=self._latest, before=self._last if again else None)
        if found is not None and not row.faults:
            if again and batch.stock and batch.stock[-1] is self._last and _same(found, batch.stock[-1]):
                arrivals = orjson.loads(batch.stock[-1].inbound) + orjson.loads(found.inbound)
                self._last = batch.stock[-1] = batch.stock[-1]._replace(inbound=orjson.dumps(arrivals).decode())
                batch.more += 1
                return True
            key = key_of(found.sku, found.warehouse, *(() if self._full else (found.as_of.isoformat(),)))
            known = self._places.find(key)
            if known is None:
                self._places.put(key, record.line)
                self._last = found
                batch.stock.append(found)
                if found.on_hand < 0:
                    batch.faults.append(row.fault("on_hand", "negative_on_hand"))
                if row.text("inbound_qty") and not row.text("inbound_eta") and row.text("inbound_qty") != "0":
                    batch.faults.append(row.fault("inbound_eta", "inbound_date_missing"))
                return True
            row.refuse("sku", "duplicate_row", first_line=known[0])
        batch.faults += row.faults
        return False


def _same(one: StockRow, other: StockRow) -> bool:
    """Both say the same of what is there."""
    return one[4:10] == other[4:10]


def _stock(row: Row, *, latest: datetime, before: StockRow | None) -> StockRow | None:
    """The row; what a row that adds an arrival leaves empty is as in the row before it."""
    sku = read_sku(row, "sku", required=True)
    warehouse = row.words("warehouse", limit=60, required=True)
    arrivals = orjson.dumps(_arrivals(row)).decode()
    if before is not None and not row.text("on_hand"):
        return before._replace(line=row.line, inbound=arrivals)
    as_of = _as_of(row, latest=latest)
    on_hand = row.whole("on_hand", least=-cells.MAX_INTEGER, empty="required")
    reserved = row.whole("reserved", least=0) or 0
    quality_hold = row.whole("quality_hold", least=0) or 0
    available = row.whole("available", least=-cells.MAX_INTEGER)
    refs = row.words("order_refs", limit=MAX_REFS) or ""
    if sku is None or warehouse is None or as_of is None or on_hand is None:
        return None
    uom = unit_of(row.text("uom"))
    return StockRow(
        row.line, new_id(), sku, warehouse, as_of, on_hand, reserved, quality_hold, available, uom, arrivals,
        sorted({ref.upper() for ref in _BETWEEN.split(refs) if ref}),
    )  # fmt: skip


def unit_of(text: str) -> str:
    """A unit in one writing; every word for a piece, and no word at all, is `each`."""
    word = plain(text)
    return EACH if not word or word in _EACHES else word[:20]


def _arrivals(row: Row) -> list[dict[str, Any]]:
    """The arrival this row announces; without a day it is no promise."""
    quantity = row.whole("inbound_qty", least=0) or 0
    arrives = row.cell("inbound_eta", cells.day)
    reference = row.words("inbound_ref", limit=60)
    if not quantity or arrives is None:
        return []
    return [{"quantity": quantity, "eta": arrives.isoformat(), "reference": reference}]


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
