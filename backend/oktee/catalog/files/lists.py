"""Reads the smaller files of the catalogue: what bundles are made of, agreed costs by date, and the customer's own units."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, ClassVar, NamedTuple
from uuid import UUID

from oktee.catalog.files import cells, headers
from oktee.catalog.files.details import UNITS
from oktee.catalog.files.faults import RowFault
from oktee.catalog.files.items import read_places, read_span, read_vendor_code
from oktee.catalog.files.reading import UTF_8, Reader, Record
from oktee.catalog.files.rows import Form, Row, column_count_fault, read_sku
from oktee.catalog.files.seen import Seen, key_of
from oktee.catalog.files.stock import EACH, unit_of
from oktee.catalog.identifiers import InvalidIdentifier, normalize_asin
from oktee.catalog.places import Places
from oktee.kit.database import new_id

MOST_PIECES = 10_000
MOST_EACHES = 1_000_000


class ComponentRow(NamedTuple):
    """`quantity` pieces of a SKU in a bundle, named by its own SKU, or by what it is called on a marketplace; 0 = no more."""

    line: int
    id: UUID
    sku: str | None
    asin: str | None
    vendor_sku: str | None
    marketplace_id: str | None
    component_sku: str
    quantity: int


class CostRow(NamedTuple):
    """What was agreed for a SKU on one marketplace from a day on."""

    line: int
    id: UUID
    sku: str
    marketplace_id: str
    vendor_code: str
    valid_from: date
    valid_to: date | None
    cost: Decimal
    currency: str
    uom: str
    tolerance: Decimal | None


class UnitRow(NamedTuple):
    """How many eaches a unit of a SKU holds."""

    line: int
    sku: str
    uom: str
    eaches: int


@dataclass(slots=True)
class ListBatch:
    """Some thousand rows, as they are staged."""

    rows: int = 0
    rejected: int = 0
    position: int = 0
    faults: list[RowFault] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    """Those that the file has; of the others it says nothing."""


class ListFile(ABC):
    """The batches of such a file. Run it in a thread."""

    required: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[str, ...]]
    aliases: ClassVar[Any]

    def __init__(self, file: BinaryIO, places: Places, *, encoding: str = UTF_8) -> None:
        """Reads the header. Raises FileFault."""
        self.reader = Reader(file, known=self.columns, required=self.required, encoding=encoding, aliases=self.aliases)
        self._places = places
        self._seen = Seen(0)

    def batches(self, size: int, *, skip: int = 0) -> Iterator[ListBatch]:
        """The rows after the first `skip`, which are read again only to be remembered. Raises FileFault where quotes never
        close, after the rows before that."""
        columns = frozenset(self.reader.columns)
        batch = ListBatch(columns=columns)
        for seen, record in enumerate(self.reader.records(), start=1):
            batch.rows += 1
            faults = self._take(record, batch)
            if faults:
                batch.rejected += 1
                batch.faults += faults
            if seen <= skip:
                batch = ListBatch(columns=columns)
            elif batch.rows >= size:
                batch.position = self.reader.position
                yield batch
                batch = ListBatch(columns=columns)
        batch.position = self.reader.position
        yield batch
        self.reader.finish()

    @classmethod
    def read_form(cls, cells: Mapping[str, str], places: Places) -> tuple[Any, list[RowFault]]:
        """One row that a person typed, read as a row of a file would be: the row, or what is wrong with it."""
        reader = cls.__new__(cls)
        reader._places = places
        typed = [" ".join(cells.get(name, "").split()) for name in cls.columns]
        row = Row(Record(0, typed, len(typed)), Form({name: number for number, name in enumerate(cls.columns)}))
        found = reader._read(row)
        return (found[0][1] if found else None), row.faults

    def _take(self, record: Record, batch: ListBatch) -> list[RowFault]:
        wrong = column_count_fault(record, self.reader)
        if wrong:
            return [wrong]
        row = Row(record, self.reader)
        found = self._read(row)
        if row.faults or not found:
            return row.faults
        for key, _ in found:
            known = self._seen.find(key)
            if known is not None:
                return [row.fault(self.required[0], "duplicate_row", first_line=known[0])]
        for key, made in found:
            self._seen.put(key, record.line)
            batch.found.append(made)
        return []

    @abstractmethod
    def _read(self, row: Row) -> list[tuple[int, Any]]:
        """What the row says, each with the key that may come once in a file."""


class ComponentsFile(ListFile):
    """asin, vendor_sku or sku of the bundle; component_sku, quantity."""

    required = ("component_sku", "quantity")
    columns = (*required, "sku", "asin", "vendor_sku", "marketplace")
    aliases = headers.COMPONENTS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        sku, vendor_sku = read_sku(row, "sku", required=False), read_sku(row, "vendor_sku", required=False)
        asin = None
        if row.text("asin"):
            try:
                asin = normalize_asin(row.text("asin"))
            except InvalidIdentifier as fault:
                row.refuse("asin", "scientific_notation" if fault.fault == "scientific" else "invalid_asin")
        component = read_sku(row, "component_sku", required=True)
        quantity = row.whole("quantity", least=0, most=MOST_PIECES, empty="required")
        if not (sku or asin or vendor_sku):
            row.refuse("asin", "bundle_required")
        place = None
        if sku is None and (asin or vendor_sku):
            named = read_places(row, self._places, "marketplace")
            if len(named) > 1:
                row.refuse("marketplace", "unknown_marketplace", marketplace=row.text("marketplace")[:40])
            place = named[0].id if named else None
        if row.faults or component is None or quantity is None:
            return []
        made = ComponentRow(row.line, new_id(), sku, asin, vendor_sku, place, component, quantity)
        return [(key_of(sku or "", asin or "", vendor_sku or "", place or "", component), made)]


class CostsFile(ListFile):
    """sku, marketplace, cost_price, currency, valid_from; vendor_code, valid_to, uom, tolerance."""

    required = ("sku", "marketplace", "cost_price", "currency", "valid_from")
    columns = (*required, "vendor_code", "valid_to", "uom", "tolerance")
    aliases = headers.COSTS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        sku, code = read_sku(row, "sku", required=True), read_vendor_code(row)
        places = read_places(row, self._places, "marketplace")
        for column in ("cost_price", "currency", "valid_from"):
            if not row.text(column):
                row.refuse(column, "required")
        cost, currency = row.amount("cost_price"), row.cell("currency", cells.currency)
        since, until = read_span(row)
        uom = unit_of(row.text("uom"))
        if uom not in UNITS:
            row.refuse("uom", "unknown_word", words=", ".join(UNITS))
        tolerance = row.cell("tolerance", lambda text: cells.share(text, decimal_comma=row.decimal_comma))
        if row.faults or sku is None or since is None or cost is None or currency is None:
            return []
        return [
            (
                key_of(sku, place.id, code, since.isoformat()),
                CostRow(row.line, new_id(), sku, place.id, code, since, until, cost, currency, uom, tolerance),
            )
            for place in places
        ]


class UnitsFile(ListFile):
    """sku, uom, eaches."""

    required = ("sku", "uom", "eaches")
    columns = required
    aliases = headers.UNITS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        sku = read_sku(row, "sku", required=True)
        if not row.text("uom"):
            row.refuse("uom", "required")
        uom = unit_of(row.text("uom"))
        eaches = row.whole("eaches", least=1, most=MOST_EACHES, empty="required")
        if uom == EACH and eaches not in (None, 1):
            row.refuse("eaches", "factor_of_a_piece")
        if row.faults or sku is None or eaches is None:
            return []
        return [(key_of(sku, uom), UnitRow(row.line, sku, uom, eaches))]
