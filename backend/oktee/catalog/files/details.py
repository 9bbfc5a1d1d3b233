"""What a file may say of an item besides what an answer needs: packing, prices, sizes, origin, the customer's own columns."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from oktee.catalog.files import cells
from oktee.catalog.files.faults import CellFault
from oktee.catalog.files.rows import Row
from oktee.catalog.identifiers import InvalidIdentifier, find_gtin, normalize_gtin

OWN: Final = "ext."
"""Columns that begin with this are the customer's own; they are kept and given back as they are."""
MOST_OWN: Final = 50
OWN_LENGTH: Final = 500
REPLACEMENTS: Final = ("none", "suggest", "auto")
UNITS: Final = ("each", "case")
MAX_DAYS: Final = 36_500
_COUNTRY = re.compile(r"[A-Z]{2}")
_HS_CODE = re.compile(r"\d{6,10}")


@dataclass(frozen=True, slots=True)
class Detail:
    """A column of `items`, the column of the file it comes from, its SQL type and how a cell becomes its value."""

    name: str
    column: str
    sql: str
    read: Callable[[Row, str], Any]


def _words(limit: int) -> Callable[[Row, str], str | None]:
    return lambda row, column: row.words(column, limit=limit)


def _whole(least: int, most: int = cells.MAX_INTEGER) -> Callable[[Row, str], int | None]:
    return lambda row, column: row.whole(column, least=least, most=most)


def _one_of(words: tuple[str, ...]) -> Callable[[Row, str], str | None]:
    def read(row: Row, column: str) -> str | None:
        word = row.text(column).lower()
        if word and word not in words:
            row.refuse(column, "unknown_word", words=", ".join(words))
            return None
        return word or None

    return read


def read_gtin(row: Row, column: str) -> str | None:
    """The trade item number as 14 digits; None when the cell is empty or at fault."""
    text = row.text(column)
    if not text:
        return None
    try:
        return normalize_gtin(text)
    except InvalidIdentifier as fault:
        code = {"scientific": "scientific_notation", "not_digits": "not_a_number", "check_digit": "check_digit"}
        row.refuse(column, code.get(fault.fault, "invalid_gtin"))
        return None


def _gtin_of_case(row: Row, column: str) -> str | None:
    found = read_gtin(row, column)
    if found is not None and found == find_gtin(row.text("gtin")):
        row.refuse(column, "case_gtin_is_unit_gtin")
        return None
    return found


def _money(currency: str) -> Callable[[Row, str], Decimal | None]:
    def read(row: Row, column: str) -> Decimal | None:
        found = row.amount(column)
        if found is not None and not row.text(currency):
            row.refuse(currency, "currency_required")
        return found

    return read


def _currency(row: Row, column: str) -> str | None:
    return row.cell(column, cells.currency)


def _measure(unit: str, convert: Callable[[Decimal, str], Decimal]) -> Callable[[Row, str], Decimal | None]:
    def read(row: Row, column: str) -> Decimal | None:
        if not row.text(column):
            return None
        given = row.text(unit).lower()
        if not given:
            row.refuse(unit, "unit_required")
            return None
        value = row.cell(column, lambda text: cells.measure(text, decimal_comma=row.decimal_comma))
        if value is None:
            return None
        try:
            return convert(value, given)
        except CellFault as fault:
            row.refuse(unit, fault.code, **fault.values)
            return None

    return read


def _unit(row: Row, column: str) -> str | None:
    return row.text(column).lower()[:8] or None


def read_country(row: Row, column: str) -> str | None:
    """The country code in upper case; None when the cell is empty or at fault."""
    code = row.text(column).upper()
    if code and not _COUNTRY.fullmatch(code):
        row.refuse(column, "invalid_country")
        return None
    return code or None


def _hs_code(row: Row, column: str) -> str | None:
    digits = row.text(column).replace(".", "").replace(" ", "")
    if digits and not (digits.isascii() and _HS_CODE.fullmatch(digits)):
        row.refuse(column, "invalid_hs_code")
        return None
    return digits or None


def _flag(row: Row, column: str) -> bool | None:
    return row.cell(column, cells.flag)


def read_day(row: Row, column: str) -> date | None:
    """The day; None when the cell is empty or at fault."""
    return row.cell(column, cells.day)


def _sizes(prefix: str) -> tuple[Detail, ...]:
    unit, weight = f"{prefix}dimension_unit", f"{prefix}weight_unit"
    size = _measure(unit, cells.in_millimetres)
    return (
        *(
            Detail(f"{prefix}{side}_mm", f"{prefix}{side}", "numeric(12,3)", size)
            for side in ("length", "width", "height")
        ),
        Detail(unit, unit, "text", _unit),
        Detail(f"{prefix}weight_g", f"{prefix}weight", "numeric(14,3)", _measure(weight, cells.in_grams)),
        Detail(weight, weight, "text", _unit),
    )


def _same(name: str, sql: str, read: Callable[[Row, str], Any]) -> Detail:
    return Detail(name, name, sql, read)


DETAILS: Final = (
    _same("gtin_case", "text", _gtin_of_case),
    _same("gtin_pallet", "text", _gtin_of_case),
    _same("model_number", "text", _words(80)),
    _same("manufacturer_code", "text", _words(80)),
    _same("base_uom", "text", _one_of(UNITS)),
    _same("cases_per_layer", "int", _whole(1, 10_000)),
    _same("layers_per_pallet", "int", _whole(1, 1_000)),
    _same("order_multiple", "int", _whole(1, 1_000_000)),
    _same("list_price", "numeric(18,4)", _money("list_price_currency")),
    _same("list_price_currency", "text", _currency),
    _same("vat_class", "text", _words(40)),
    _same("landed_cost", "numeric(18,4)", _money("landed_cost_currency")),
    _same("landed_cost_currency", "text", _currency),
    _same("status_valid_from", "date", read_day),
    _same("replacement_mode", "text", _one_of(REPLACEMENTS)),
    *_sizes(""),
    *_sizes("case_"),
    _same("country_of_origin", "text", read_country),
    _same("hs_code", "text", _hs_code),
    _same("dangerous_goods", "boolean", _flag),
    _same("expiry_managed", "boolean", _flag),
    _same("shelf_life_days", "int", _whole(0, MAX_DAYS)),
    _same("launch_on", "date", read_day),
)
"""In the order in which they are staged."""


def read_own(row: Row, columns: list[str]) -> dict[str, str]:
    """The customer's own columns by name, without the empty ones."""
    found = {}
    for column in columns:
        value = row.words(column, limit=OWN_LENGTH)
        if value is not None:
            found[column.removeprefix(OWN)] = value
    return found
