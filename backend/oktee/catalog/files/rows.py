"""One row of a file by column name: reads its cells and gathers every fault, so that a person repairs a row once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from oktee.catalog.files import cells
from oktee.catalog.files.faults import CellFault, RowFault, row_fault
from oktee.catalog.files.reading import Reader, Record
from oktee.catalog.identifiers import SKU_MAX_LENGTH, InvalidIdentifier, normalize_sku

Value = TypeVar("Value")


class Header(Protocol):
    """Where each column stands, and how numbers are written."""

    @property
    def columns(self) -> Mapping[str, int]: ...

    @property
    def decimal_comma(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Form:
    """The header of a row that a person typed into a form."""

    columns: Mapping[str, int]
    decimal_comma: bool = False


class Row:
    """The cells of a row by column name, and the faults found in it, at most one a column."""

    def __init__(self, record: Record, reader: Header) -> None:
        self.line = record.line
        self.decimal_comma = reader.decimal_comma
        self.faults: list[RowFault] = []
        self._cells = record.cells
        self._columns = reader.columns

    def text(self, column: str) -> str:
        """The cell, empty when the file has no such column."""
        at = self._columns.get(column)
        return "" if at is None else self._cells[at]

    def fault(self, column: str, code: str, **values: str | int) -> RowFault:
        """The fault, for the caller to keep."""
        return row_fault(self.line, column, code, self.text(column), **values)

    def refuse(self, column: str, code: str, **values: str | int) -> None:
        """Keep a fault of this row."""
        self.faults.append(self.fault(column, code, **values))

    def words(self, column: str, *, limit: int, required: bool = False) -> str | None:
        """The text; None when the cell is empty or at fault."""
        text = self.text(column)
        if not text:
            if required:
                self.refuse(column, "required")
            return None
        try:
            return cells.words(text, limit=limit)
        except CellFault as fault:
            self.refuse(column, fault.code, **fault.values)
            return None

    def cell(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """What `read` makes of the cell; None when it is empty or at fault."""
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except CellFault as fault:
            self.refuse(column, fault.code, **fault.values)
            return None

    def amount(self, column: str) -> Decimal | None:
        """The amount of money; None when the cell is empty or at fault."""
        return self.cell(column, lambda text: cells.amount(text, decimal_comma=self.decimal_comma))

    def whole(self, column: str, *, least: int, most: int = cells.MAX_INTEGER, empty: str | None = None) -> int | None:
        """The number; None when the cell is empty, which is a fault of code `empty` when that is given."""
        text = self.text(column)
        if not text:
            if empty:
                self.refuse(column, empty)
            return None
        try:
            return cells.whole(text, least=least, most=most)
        except CellFault as fault:
            self.refuse(column, fault.code, **fault.values)
            return None


def read_sku(row: Row, column: str, *, required: bool) -> str | None:
    """The SKU; None when the cell is empty or at fault."""
    text = row.text(column)
    if not text and not required:
        return None
    try:
        return normalize_sku(text)
    except InvalidIdentifier as fault:
        if fault.fault == "too_long":
            row.refuse(column, "too_long", limit=SKU_MAX_LENGTH)
        else:
            row.refuse(column, "required" if fault.fault == "empty" else "unprintable")
        return None


def column_count_fault(record: Record, reader: Reader) -> RowFault | None:
    """A row with more or fewer cells than the header: nobody knows which value belongs where."""
    if record.count == reader.width:
        return None
    count, width = record.count, reader.width
    return row_fault(record.line, "", "wrong_column_count", str(count), found=count, expected=width)
