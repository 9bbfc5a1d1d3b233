"""Files of logistics rules: warehouses, calendars, closures, transit times, fulfilment centres, terms per vendor code.

The form on the screen is read by the same code as a row of a file, so that both refuse the same things in the same words.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import available_timezones

from oktee.catalog.files import headers
from oktee.catalog.files.details import read_country, read_day
from oktee.catalog.files.faults import CellFault
from oktee.catalog.files.items import read_places, read_vendor_code
from oktee.catalog.files.lists import ListFile
from oktee.catalog.files.rows import Row
from oktee.catalog.files.seen import key_of
from oktee.catalog.logistics.days_off import are_known
from oktee.catalog.places import Places
from oktee.kit.database import new_id

MODES: Final = ("parcel", "ltl", "ftl")
TRANSPORTS: Final = ("road", "air", "ocean")
FREIGHT: Final = ("collect", "prepaid")
UNITS: Final = ("each", "case")
CAPACITY_UNITS: Final = ("lines", "units", "pallets")
MOST_DAYS: Final = 60
MOST_CAPACITY: Final = 10_000_000
MOST_RANK: Final = 99
LONGEST_CLOSURE: Final = 366
EVERY_DAY: Final = "1234567"
WEEK: Final = "12345"
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)(?::00)?")
_CENTRE = re.compile(r"[A-Z0-9]{3,10}")
_PART = re.compile(r"[A-Z0-9-]{1,10}")
_DAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        word: str(number)
        for number, words in enumerate(
            (
                "mon lun mo monday lundi montag lunes lunedi",
                "tue mar di tuesday mardi dienstag martes martedi",
                "wed mer mi wednesday mercredi mittwoch mie miercoles mercoledi",
                "thu jeu do thursday jeudi donnerstag jue jueves gio giovedi",
                "fri ven fr friday vendredi freitag vie viernes venerdi",
                "sat sam sa saturday samedi samstag sab sabado sabato",
                "sun dim so sunday dimanche sonntag dom domingo domenica",
            ),
            start=1,
        )
        for word in words.split()
    }
)


class WarehouseRow(NamedTuple):
    line: int
    id: UUID
    code: str
    name: str | None
    country: str | None
    time_zone: str
    working_days: str
    cut_off: time | None
    calendar: str | None
    capacity: int | None
    capacity_unit: str | None
    opens: time | None
    closes: time | None
    party_id: str | None
    address: str | None
    city: str | None
    postal_code: str | None


class CalendarRow(NamedTuple):
    line: int
    id: UUID
    name: str
    country: str | None
    subdivision: str | None


class ClosureRow(NamedTuple):
    line: int
    id: UUID
    calendar: str
    first_day: date
    last_day: date
    reason: str | None


class TransitRow(NamedTuple):
    line: int
    id: UUID
    origin: str
    centre: str
    zone: str
    country: str
    mode: str
    days: int


class CentreRow(NamedTuple):
    line: int
    id: UUID
    code: str
    marketplace_id: str
    zone: str | None
    country: str | None
    city: str | None
    postal_code: str | None
    working_days: str | None
    calendar: str | None


class CarrierRow(NamedTuple):
    line: int
    id: UUID
    name: str
    working_days: str
    calendar: str | None


class TermsRow(NamedTuple):
    line: int
    id: UUID
    vendor_code: str
    freight: str | None
    uom: str | None
    mode: str | None
    warehouse: str | None
    carrier: str | None
    transport: str | None


class PoolRow(NamedTuple):
    line: int
    id: UUID
    marketplace_id: str
    vendor_code: str
    warehouse: str
    rank: int | None


def clock(text: str) -> time:
    """An hour of the day: 14:00, 14h00."""
    found = _CLOCK.fullmatch(text.strip().lower())
    if found is None:
        raise CellFault("invalid_time")
    return time(int(found[1]), int(found[2]))


def weekdays(text: str) -> str:
    """Days of the week as digits, 1 is Monday: `mon tue wed`, `lun-ven` and `12345` are understood."""
    found: set[str] = set()
    for piece in headers.plain(text.replace("-", " to ")).replace("_to_", "-").replace("_", " ").split():
        if piece.isdigit() and set(piece) <= set(EVERY_DAY):
            found |= set(piece)
            continue
        ends = [_DAYS.get(word, word) for word in piece.split("-")]
        if len(ends) > 2 or not all(end in EVERY_DAY and len(end) == 1 for end in ends) or ends[0] > ends[-1]:
            raise CellFault("invalid_weekday")
        found |= {str(day) for day in range(int(ends[0]), int(ends[-1]) + 1)}
    if not found:
        raise CellFault("invalid_weekday")
    return "".join(sorted(found))


def _one_of(row: Row, column: str, words: tuple[str, ...]) -> str | None:
    word = row.text(column).lower()
    if word and word not in words:
        row.refuse(column, "unknown_word", words=", ".join(words))
        return None
    return word or None


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise CellFault("unknown_time_zone")
    return text


def _pattern(row: Row, column: str, pattern: re.Pattern[str], fault: str) -> str | None:
    text = row.text(column).upper()
    if text and not pattern.fullmatch(text):
        row.refuse(column, fault)
        return None
    return text or None


def _one_place(row: Row, places: Places) -> str:
    """The id of the one marketplace that is named, '' for none."""
    named = read_places(row, places, "marketplace") if row.text("marketplace") else []
    if len(named) > 1:
        row.refuse("marketplace", "unknown_marketplace", marketplace=row.text("marketplace")[:40])
    return named[0].id if named else ""


class WarehousesFile(ListFile):
    """code, time_zone; name, country, working_days, opens, closes, cut_off, calendar, capacity, capacity_unit, party_id,
    address, city, postal_code."""

    required = ("code", "time_zone")
    columns = (
        *required, "name", "country", "working_days", "opens", "closes", "cut_off", "calendar", "capacity", "capacity_unit",
        "party_id", "address", "city", "postal_code",
    )  # fmt: skip
    aliases = headers.WAREHOUSES

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        code = row.words("code", limit=60, required=True)
        if not row.text("time_zone"):
            row.refuse("time_zone", "required")
        zone = row.cell("time_zone", _time_zone)
        name, country = row.words("name", limit=80), read_country(row, "country")
        days = row.cell("working_days", weekdays) or WEEK
        cut_off, calendar = row.cell("cut_off", clock), row.words("calendar", limit=60)
        capacity = row.whole("capacity", least=1, most=MOST_CAPACITY)
        unit = _one_of(row, "capacity_unit", CAPACITY_UNITS)
        if capacity is not None and not row.text("capacity_unit"):
            row.refuse("capacity_unit", "unit_required")
        if unit is not None and not row.text("capacity"):
            row.refuse("capacity", "required")
        opens, closes = self._hours(row)
        party_id, address = row.words("party_id", limit=40), row.words("address", limit=120)
        city, postal_code = row.words("city", limit=80), row.words("postal_code", limit=20)
        if row.faults or code is None or zone is None:
            return []
        made = WarehouseRow(
            row.line, new_id(), code, name, country, zone, days, cut_off, calendar, capacity, unit, opens, closes, party_id,
            address, city, postal_code,
        )  # fmt: skip
        return [(key_of(code), made)]

    @staticmethod
    def _hours(row: Row) -> tuple[time | None, time | None]:
        """When somebody is there; one hour alone says nothing."""
        opens, closes = row.cell("opens", clock), row.cell("closes", clock)
        for column, other in (("opens", "closes"), ("closes", "opens")):
            if row.text(other) and not row.text(column):
                row.refuse(column, "required")
        if opens is not None and closes is not None and closes <= opens:
            row.refuse("closes", "ends_before_it_begins")
        return opens, closes


class CalendarsFile(ListFile):
    """name; country, subdivision."""

    required = ("name",)
    columns = (*required, "country", "subdivision")
    aliases = headers.CALENDARS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        name, country = row.words("name", limit=60, required=True), read_country(row, "country")
        part = _pattern(row, "subdivision", _PART, "unknown_holidays")
        if part is not None and not row.text("country"):
            row.refuse("country", "required")
        if country is not None and not row.faults and not are_known(country, part):
            row.refuse("subdivision" if part and are_known(country) else "country", "unknown_holidays")
        if row.faults or name is None:
            return []
        return [(key_of(name), CalendarRow(row.line, new_id(), name, country, part))]


class ClosuresFile(ListFile):
    """calendar, first_day; last_day, reason."""

    required = ("calendar", "first_day")
    columns = (*required, "last_day", "reason")
    aliases = headers.CLOSURES

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        calendar = row.words("calendar", limit=60, required=True)
        if not row.text("first_day"):
            row.refuse("first_day", "required")
        first, last = read_day(row, "first_day"), read_day(row, "last_day")
        reason = row.words("reason", limit=120)
        if first is not None and last is not None:
            if last < first:
                row.refuse("last_day", "ends_before_it_begins")
            elif (last - first).days >= LONGEST_CLOSURE:
                row.refuse("last_day", "too_large", limit=LONGEST_CLOSURE)
        if row.faults or calendar is None or first is None:
            return []
        made = ClosureRow(row.line, new_id(), calendar, first, last or first, reason)
        return [(key_of(calendar, first.isoformat()), made)]


class TransitFile(ListFile):
    """origin, days; centre, zone or country; mode."""

    required = ("origin", "days")
    columns = (*required, "centre", "zone", "country", "mode")
    aliases = headers.TRANSIT_TIMES

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        origin = row.words("origin", limit=60, required=True)
        days = row.whole("days", least=0, most=MOST_DAYS, empty="required")
        centre = _pattern(row, "centre", _CENTRE, "invalid_centre") or ""
        zone, country = row.words("zone", limit=40) or "", read_country(row, "country") or ""
        mode = _one_of(row, "mode", MODES) or ""
        if sum(map(bool, (centre, zone, country))) > 1:
            row.refuse("zone" if centre and zone else "country", "several_destinations")
        if row.faults or origin is None or days is None:
            return []
        made = TransitRow(row.line, new_id(), origin, centre, zone, country, mode, days)
        return [(key_of(origin, centre, zone, country, mode), made)]


class CentresFile(ListFile):
    """code; marketplace, zone, country, city, postal_code, working_days, calendar."""

    required = ("code",)
    columns = (*required, "marketplace", "zone", "country", "city", "postal_code", "working_days", "calendar")
    aliases = headers.CENTRES

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        code = _pattern(row, "code", _CENTRE, "invalid_centre")
        if not row.text("code"):
            row.refuse("code", "required")
        place = _one_place(row, self._places)
        zone, country = row.words("zone", limit=40), read_country(row, "country")
        city, postal_code = row.words("city", limit=80), row.words("postal_code", limit=20)
        days, calendar = row.cell("working_days", weekdays), row.words("calendar", limit=60)
        if row.faults or code is None:
            return []
        made = CentreRow(row.line, new_id(), code, place, zone, country, city, postal_code, days, calendar)
        return [(key_of(code), made)]


class CarriersFile(ListFile):
    """name; working_days, calendar."""

    required = ("name",)
    columns = (*required, "working_days", "calendar")
    aliases = headers.CARRIERS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        name = row.words("name", limit=60, required=True)
        days, calendar = row.cell("working_days", weekdays) or WEEK, row.words("calendar", limit=60)
        if row.faults or name is None:
            return []
        return [(key_of(name), CarrierRow(row.line, new_id(), name, days, calendar))]


class PoolsFile(ListFile):
    """warehouse; marketplace, vendor_code, rank."""

    required = ("warehouse",)
    columns = ("marketplace", "vendor_code", *required, "rank")
    aliases = headers.STOCK_POOLS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        warehouse = row.words("warehouse", limit=60, required=True)
        place, code = _one_place(row, self._places), read_vendor_code(row)
        rank = row.whole("rank", least=1, most=MOST_RANK)
        if row.faults or warehouse is None:
            return []
        return [(key_of(place, code, warehouse), PoolRow(row.line, new_id(), place, code, warehouse, rank))]


class TermsFile(ListFile):
    """vendor_code; freight, uom, mode, warehouse, carrier, transport."""

    required = ("vendor_code",)
    columns = (*required, "freight", "uom", "mode", "warehouse", "carrier", "transport")
    aliases = headers.VENDOR_TERMS

    def _read(self, row: Row) -> list[tuple[int, Any]]:
        code = read_vendor_code(row)
        if not row.text("vendor_code"):
            row.refuse("vendor_code", "required")
        freight, uom = _one_of(row, "freight", FREIGHT), _one_of(row, "uom", UNITS)
        mode, warehouse = _one_of(row, "mode", MODES), row.words("warehouse", limit=60)
        carrier, transport = row.words("carrier", limit=60), _one_of(row, "transport", TRANSPORTS)
        if row.faults:
            return []
        return [(key_of(code), TermsRow(row.line, new_id(), code, freight, uom, mode, warehouse, carrier, transport))]
