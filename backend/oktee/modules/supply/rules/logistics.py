"""What the customer says of its warehouses and their ways to Amazon, frozen; and what follows from it for one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, tzinfo
from typing import Literal, NamedTuple

WEEK = frozenset(range(5))
"""Monday to Friday, as date.weekday() counts."""
OPENS, CLOSES = time(8), time(18)
"""The hours of a working day in which somebody is there, where the warehouse does not say its own."""
CapacityUnit = Literal["lines", "units", "pallets"]
Place = Literal["centre", "zone", "country", ""]
Way = tuple[str, Place, str, str]
"""(warehouse, kind of place, its name, mode of transport or '' for any)."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse of the customer. `closed`: public holidays and own closures, as far ahead as anybody looks."""

    code: str
    zone: tzinfo
    working_days: frozenset[int] = WEEK
    cut_off: time | None = None
    closed: tuple[date, ...] = ()
    capacity: int | None = None
    """So many of `capacity_unit` leave on a working day."""
    capacity_unit: CapacityUnit | None = None
    opens: time = OPENS
    closes: time = CLOSES


class Days(NamedTuple):
    """The days on which somebody works: of the week, without those that are closed."""

    working: frozenset[int]
    closed: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return day.weekday() in self.working and day not in self.closed


class Terms(NamedTuple):
    """What holds for a vendor code. `uom`: the unit its orders are expected in, each or case. `transport`: road, air, ocean."""

    freight: str | None = None
    uom: str | None = None
    mode: str | None = None
    warehouse: str | None = None
    carrier: str | None = None
    transport: str | None = None


class Centre(NamedTuple):
    """A fulfilment centre of Amazon's, as far as the customer knows it."""

    zone: str | None = None
    country: str | None = None
    receives: Days | None = None
    """The days on which it takes goods in, where the customer knows them."""


class Travel(NamedTuple):
    """Working days on the road, the way they were found for, and how that way is written."""

    days: int
    way: Way

    @property
    def label(self) -> str:
        _, _, place, mode = self.way
        return f"{place or '*'} ({mode})" if mode else place or "*"


@dataclass(frozen=True, slots=True)
class Logistics:
    """All of it at one moment. `countries`: of marketplaces. `promised`: what leaves a warehouse on a day by orders that
    are not decided now, in its own unit; pallets are counted in thousandths."""

    warehouses: Mapping[str, Warehouse] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)
    centres: Mapping[str, Centre] = field(default_factory=dict)
    transit: Mapping[Way, int] = field(default_factory=dict)
    carriers: Mapping[str, Days] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    promised: Mapping[tuple[str, date], int] = field(default_factory=dict)
    pools: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """The warehouses that serve a marketplace and a vendor code ('' = every one), in the order in which they do."""

    def warehouse_of(self, vendor_code: str) -> Warehouse | None:
        """The one its terms name, else the only one there is."""
        terms = self.terms.get(vendor_code)
        if terms is not None and terms.warehouse is not None:
            return self.warehouses.get(terms.warehouse)
        return next(iter(self.warehouses.values())) if len(self.warehouses) == 1 else None

    def pool_of(self, marketplace_id: str, vendor_code: str) -> tuple[tuple[str, str], tuple[str, ...]] | None:
        """The pool that says most of such orders, and what it was declared for; the vendor code says more than the
        marketplace. The warehouse that the terms of the vendor code name comes first."""
        for key in ((marketplace_id, vendor_code), ("", vendor_code), (marketplace_id, ""), ("", "")):
            codes = self.pools.get(key)
            if codes:
                terms = self.terms.get(vendor_code)
                first = terms.warehouse if terms is not None else None
                return key, tuple(sorted(codes, key=lambda code: code != first))
        return None

    def moves_of(self, vendor_code: str, destination: str | None) -> tuple[str | None, Days | None, Days | None]:
        """Who carries such orders, on which days, and on which days they are received."""
        terms = self.terms.get(vendor_code)
        name = terms.carrier if terms is not None else None
        centre = self.centres.get(destination) if destination else None
        return name, self.carriers.get(name) if name else None, centre.receives if centre else None

    def way_from(self, code: str, vendor_code: str, destination: str | None, marketplace_id: str) -> Travel | None:
        """The way of such orders from this warehouse."""
        terms = self.terms.get(vendor_code)
        mode = terms.mode if terms else None
        return self.travel(code, destination=destination, marketplace_id=marketplace_id, mode=mode)

    def origin_of(
        self, vendor_code: str, destination: str | None, marketplace_id: str
    ) -> tuple[Warehouse | None, Terms | None, Travel | None]:
        """Where such orders leave from, their terms, and their way."""
        terms, warehouse = self.terms.get(vendor_code), self.warehouse_of(vendor_code)
        if warehouse is None:
            return None, terms, None
        return warehouse, terms, self.way_from(warehouse.code, vendor_code, destination, marketplace_id)

    def travel(self, origin: str, *, destination: str | None, marketplace_id: str, mode: str | None) -> Travel | None:
        """The days of the way that says most of where the goods go, and of how; None when no way fits."""
        centre = self.centres.get(destination) if destination else None
        country = (centre.country if centre else None) or self.countries.get(marketplace_id)
        places: tuple[tuple[Place, str | None], ...] = (
            ("centre", destination), ("zone", centre.zone if centre else None), ("country", country), ("", ""),
        )  # fmt: skip
        for kind, name in places:
            if name is None:
                continue
            for how in (mode, "") if mode else ("",):
                days = self.transit.get((origin, kind, name, how))
                if days is not None:
                    return Travel(days, (origin, kind, name, how))
        return None
