"""What the customer says of its warehouses and their ways to Amazon, frozen; and what follows from it for one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, tzinfo
from typing import Literal, NamedTuple

WEEK = frozenset(range(5))
"""Monday to Friday, as date.weekday() counts."""
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


class Terms(NamedTuple):
    """What holds for a vendor code. `uom`: the unit its orders are expected in, each or case."""

    freight: str | None = None
    uom: str | None = None
    mode: str | None = None
    warehouse: str | None = None


class Centre(NamedTuple):
    """A fulfilment centre of Amazon's, as far as the customer knows it."""

    zone: str | None = None
    country: str | None = None


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
    countries: Mapping[str, str] = field(default_factory=dict)
    promised: Mapping[tuple[str, date], int] = field(default_factory=dict)

    def warehouse_of(self, vendor_code: str) -> Warehouse | None:
        """The one its terms name, else the only one there is."""
        terms = self.terms.get(vendor_code)
        if terms is not None and terms.warehouse is not None:
            return self.warehouses.get(terms.warehouse)
        return next(iter(self.warehouses.values())) if len(self.warehouses) == 1 else None

    def origin_of(
        self, vendor_code: str, destination: str | None, marketplace_id: str
    ) -> tuple[Warehouse | None, Terms | None, Travel | None]:
        """Where such orders leave from, their terms, and their way."""
        terms, warehouse = self.terms.get(vendor_code), self.warehouse_of(vendor_code)
        if warehouse is None:
            return None, terms, None
        mode = terms.mode if terms else None
        way = self.travel(warehouse.code, destination=destination, marketplace_id=marketplace_id, mode=mode)
        return warehouse, terms, way

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
