"""Where the demo's customers work and how long their ways are, as files: calendars, closures, warehouses, transit, terms, pools."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from simulator.parties import fulfilment_centers
from simulator.world.customers import Customer

_PLACES: Final = MappingProxyType(
    {
        "BER1": ("Berlin", "DE", "BE", "Europe/Berlin", "14:00"),
        "LYN1": ("Lyon", "FR", "", "Europe/Paris", "12:00"),
        "HAM1": ("Hamburg", "DE", "HH", "Europe/Berlin", "13:00"),
        "OAK1": ("Oakland", "US", "CA", "America/Los_Angeles", "11:00"),
    }
)
"""Name, country, part of it, zone and cut-off of each warehouse."""
_ABROAD: Final = MappingProxyType({"DE": 3, "FR": 3, "IT": 4, "ES": 4, "UK": 5, "US": 4})
"""Working days to a country from another one; within one it takes two."""


LOGISTICS: Final = (
    "calendars", "closures", "warehouses", "transit_times", "fulfilment_centres", "vendor_terms", "stock_pools",
)  # fmt: skip
"""The kinds of files, in the order in which they need each other."""


def logistics_csv(customer: Customer) -> Mapping[str, str]:
    """The files by their kind."""
    places = [(code, *_PLACES[code]) for code in customer.warehouses]
    countries = list(dict.fromkeys(code.country for code in customer.vendor_codes))
    return {
        "calendars": _csv(
            ("name", "country", "subdivision"), ((name, country, part) for _, name, country, part, _, _ in places)
        ),
        "closures": _csv(
            ("calendar", "first_day", "last_day", "reason"),
            ((name, "2026-12-28", "2026-12-31", "Stocktaking") for _, name, *_ in places),
        ),
        "warehouses": _csv(
            (
                "code",
                "name",
                "country",
                "time_zone",
                "working_days",
                "cut_off",
                "calendar",
                "capacity",
                "capacity_unit",
            ),
            (
                (code, name, country, zone, "mon-fri", cut_off, name, 2000, "lines")
                for code, name, country, _, zone, cut_off in places
            ),
        ),
        "transit_times": _csv(
            ("origin", "country", "days"),
            (
                (code, _iso(to), 2 if to == country else _ABROAD[to])
                for code, _, country, *_ in places
                for to in countries
            ),
        ),
        "fulfilment_centres": _csv(
            ("code", "marketplace", "country"),
            ((center, _iso(country), _iso(country)) for country in countries for center in fulfilment_centers(country)),
        ),
        "vendor_terms": _csv(
            ("vendor_code", "freight", "uom", "warehouse"),
            (
                (code.code, group.freight, "case" if code.cases else "each", _nearest(customer, code.country))
                for group in customer.groups
                for code in group.vendor_codes
            ),
        ),
        "stock_pools": _csv(("marketplace", "warehouse", "rank"), _pools(customer, countries)),
    }


def _pools(customer: Customer, countries: Sequence[str]) -> Iterable[Sequence[object]]:
    """Every warehouse serves every marketplace, the nearest first."""
    for country in countries:
        nearest = _nearest(customer, country)
        for rank, code in enumerate(sorted(customer.warehouses, key=lambda one: one != nearest), start=1):
            yield _iso(country), code, rank


def _nearest(customer: Customer, country: str) -> str:
    """The warehouse in the country, else the first."""
    at_home = (code for code in customer.warehouses if _PLACES[code][1] == country)
    return next(at_home, customer.warehouses[0])


def _iso(country: str) -> str:
    """The United Kingdom is GB outside of Amazon."""
    return "GB" if country == "UK" else country


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
