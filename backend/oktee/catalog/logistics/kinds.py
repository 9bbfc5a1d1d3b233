"""The eight kinds of logistics rules: where each is kept, what names a row, and how a row is written into a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import Any, Final

from oktee.catalog.files.lists import ListFile
from oktee.catalog.files.logistics import (
    CalendarsFile,
    CarriersFile,
    CentresFile,
    ClosuresFile,
    PoolsFile,
    TermsFile,
    TransitFile,
    WarehousesFile,
)
from oktee.catalog.logistics.tables import (
    Carrier,
    Closure,
    FulfilmentCentre,
    StockPool,
    TransitTime,
    VendorTerms,
    Warehouse,
    WorkingCalendar,
)
from oktee.catalog.places import places

Table = type[Warehouse | WorkingCalendar | Closure | TransitTime | FulfilmentCentre | Carrier | VendorTerms | StockPool]
Row = Warehouse | WorkingCalendar | Closure | TransitTime | FulfilmentCentre | Carrier | VendorTerms | StockPool
_SQL: Final = {"line": "int", "id": "uuid"}
_TYPES: Final = {
    "capacity": "int",
    "days": "int",
    "rank": "int",
    "first_day": "date",
    "last_day": "date",
    "cut_off": "time",
    "opens": "time",
    "closes": "time",
}
"""Everything else is text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `keys` name a row; `needs`: column -> (table, column, fault) of what it must name."""

    name: str
    table: Table
    file: type[ListFile]
    keys: tuple[str, ...]
    values: tuple[str, ...]
    needs: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return self.table.__tablename__

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.keys, *self.values)

    @property
    def types(self) -> dict[str, str]:
        """Of the staged rows, in the order of the row's own fields."""
        return _SQL | {name: _TYPES.get(name, "text") for name in self.columns}

    def cells(self, row: Any) -> dict[str, str]:
        """The row as its file would say it."""
        return {column: _cell(column, getattr(row, _ATTRIBUTE.get(column, column))) for column in self.file.columns}

    def label(self, row: Any) -> str:
        """What people call the row."""
        named = ((self.called.get(name, name), getattr(row, name)) for name in self.keys)
        return " · ".join(text for name, value in named if (text := _cell(name, value)))

    @property
    def called(self) -> Mapping[str, str]:
        """Column of the table -> column of the file, where they differ."""
        return _COLUMN


_ATTRIBUTE: Final = {"marketplace": "marketplace_id"}
_COLUMN: Final = {"marketplace_id": "marketplace"}
_DAYS: Final = ("", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPELL: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "working_days": lambda digits: " ".join(_DAYS[int(digit)] for digit in digits),
        "marketplace": lambda value: places.country_of(value) if value else "",
    }
)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    spell = _SPELL.get(column)
    return spell(value) if spell else str(value)


_WAREHOUSE: Final = ("warehouses", "code", "unknown_warehouse")
_CALENDAR: Final = ("calendars", "name", "unknown_calendar")
_ALL: Final = (
    Kind(
        "warehouses", Warehouse, WarehousesFile, ("code",),
        (
            "name", "country", "time_zone", "working_days", "cut_off", "calendar", "capacity", "capacity_unit",
            "opens", "closes", "party_id", "address", "city", "postal_code",
        ),
        {"calendar": _CALENDAR},
    ),
    Kind("calendars", WorkingCalendar, CalendarsFile, ("name",), ("country", "subdivision")),
    Kind(
        "closures", Closure, ClosuresFile, ("calendar", "first_day"), ("last_day", "reason"), {"calendar": _CALENDAR}
    ),
    Kind(
        "transit_times", TransitTime, TransitFile, ("origin", "centre", "zone", "country", "mode"), ("days",),
        {"origin": _WAREHOUSE},
    ),
    Kind(
        "fulfilment_centres", FulfilmentCentre, CentresFile, ("code",),
        ("marketplace_id", "zone", "country", "city", "postal_code", "working_days", "calendar"),
        {"calendar": _CALENDAR},
    ),
    Kind("carriers", Carrier, CarriersFile, ("name",), ("working_days", "calendar"), {"calendar": _CALENDAR}),
    Kind(
        "vendor_terms", VendorTerms, TermsFile, ("vendor_code",),
        ("freight", "uom", "mode", "warehouse", "carrier", "transport"),
        {"warehouse": _WAREHOUSE, "carrier": ("carriers", "name", "unknown_carrier")},
    ),
    Kind(
        "stock_pools", StockPool, PoolsFile, ("marketplace_id", "vendor_code", "warehouse"), ("rank",),
        {"warehouse": _WAREHOUSE},
    ),
)  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
