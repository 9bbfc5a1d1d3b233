"""What can be wrong with a file or a row: stable codes and the values their sentences speak of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

Values = dict[str, dict[str, Any]]

ROW_MESSAGES: Final[MappingProxyType[str, tuple[str, ...]]] = MappingProxyType(
    {
        # any cell
        "required": ("column",),
        "too_long": ("column", "limit"),
        "unprintable": ("column", "received"),
        "not_a_number": ("column", "received"),
        "not_whole": ("column", "received"),
        "ambiguous_number": ("column", "received"),
        "too_many_decimals": ("column", "received", "limit"),
        "too_large": ("column", "received", "limit"),
        "too_small": ("column", "received", "limit"),
        "scientific_notation": ("column", "received"),
        "wrong_column_count": ("found", "expected"),
        # items
        "check_digit": ("received",),
        "invalid_gtin": ("received",),
        "invalid_asin": ("received",),
        "invalid_vendor_code": ("received",),
        "unknown_marketplace": ("marketplace",),
        "unknown_status": ("received", "allowed"),
        "unknown_currency": ("received",),
        "currency_required": (),
        "case_pack_required": (),
        "invalid_url": ("received",),
        "not_yes_or_no": ("column", "received"),
        "unknown_word": ("column", "received", "words"),
        "unknown_unit": ("column", "received", "units"),
        "unit_required": ("column",),
        "invalid_country": ("received",),
        "invalid_hs_code": ("received",),
        "ends_before_it_begins": ("received",),
        "case_gtin_is_unit_gtin": ("received",),
        "conflicting_value": ("column", "sku", "first_line"),
        "duplicate_row": ("first_line",),
        # stock
        "unknown_sku": ("sku",),
        "invalid_instant": ("column", "received"),
        "time_zone_missing": ("column", "received"),
        "invalid_date": ("column", "received"),
        "in_the_future": ("received",),
        "unknown_factor": ("sku", "uom"),
        "inbound_date_missing": (),
        # components, costs, units
        "unknown_bundle": ("received",),
        "ambiguous_bundle": ("received",),
        "bundle_required": (),
        "bundle_of_itself": ("sku",),
        "bundle_of_bundles": ("sku",),
        "factor_of_a_piece": ("received",),
        # logistics
        "unknown_time_zone": ("received",),
        "invalid_time": ("column", "received"),
        "invalid_weekday": ("received",),
        "invalid_centre": ("received",),
        "several_destinations": (),
        "unknown_warehouse": ("received",),
        "unknown_calendar": ("received",),
        "unknown_carrier": ("received",),
        "unknown_holidays": ("received",),
        # said about rows that are not rejected
        "older_than_known": ("received", "known"),
        "negative_on_hand": ("received",),
        "columns_left_out": ("received",),
    }
)
"""Row code -> the names of its values. The sentence is `catalog.import.<code>`, written in the reader's language."""

WARNINGS: Final = frozenset({"older_than_known", "negative_on_hand", "inbound_date_missing", "columns_left_out"})
"""Codes that only tell: the row counts as loaded or unchanged."""

FILE_CODES: Final = frozenset(
    {
        "empty_file", "wrong_encoding", "nul_byte", "missing_column", "duplicate_column", "too_many_lines", "line_too_long",
        "broken_quoting", "too_many_own_columns", "file_missing", "internal",
    }
)  # fmt: skip
"""Why a whole import fails (`operation.error.code`)."""

_TYPES: Final = {
    "limit": "count",
    "first_line": "count",
    "found": "count",
    "expected": "count",
    "sku": "sku",
    "known": "instant",
}


HEADER: Final = "header"
"""Among the values of a fault: the column as the file writes it, where we call it otherwise."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One fault of one row: the line of the file as a person sees it (1 is the header), column, code, value as received."""

    line: int
    column: str
    code: str
    received: str
    values: Values

    def as_written(self, names: Mapping[str, str]) -> "RowFault":
        """It speaks of the column as the file calls it, by these names."""
        written = names.get(self.column, self.column)
        if written == self.column:
            return self
        said = {"type": "text", "value": written}
        named = {"column": said} if "column" in self.values else {}
        return replace(self, values=self.values | named | {HEADER: said})


class CellFault(Exception):
    """A cell that cannot be read. `values` are what the sentence of the code speaks of besides column and received."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class FileFault(Exception):
    """The file as a whole cannot be loaded. `detail` says what to do."""

    def __init__(self, code: str, detail: str, **values: str | int) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.values = values

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "detail": self.detail, "values": self.values}


def row_fault(line: int, column: str, code: str, received: str, **values: str | int) -> RowFault:
    """A fault with the typed values its message names; what was received is cut to 200 characters."""
    shown = received[:200]
    known: dict[str, str | int] = {"column": column, "received": shown, **values}
    typed = {name: {"type": _TYPES.get(name, "text"), "value": known[name]} for name in ROW_MESSAGES[code]}
    return RowFault(line, column, code, shown, typed)
