"""Which marketplaces a file may name. Filled once by the administration module: this package knows no Amazon data."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A marketplace: its id and the country code people write for it."""

    id: str
    country: str


class Places:
    """Finds a marketplace by its id or its country code (any case); `aliases` are other codes of a country."""

    def __init__(self) -> None:
        self._by_name: dict[str, Place] = {}
        self._country: dict[str, str] = {}
        self._bit: dict[str, int] = {}

    def fill(self, places: Iterable[Place], *, aliases: Iterable[tuple[str, str]] = ()) -> None:
        found = tuple(places)
        self._by_name = {name.upper(): place for place in found for name in (place.id, place.country)}
        self._by_name |= {alias.upper(): self._by_name[country.upper()] for alias, country in aliases}
        self._country = {place.id: place.country for place in found}
        self._bit = {place.id: 1 << number for number, place in enumerate(found)}

    def find(self, name: str) -> Place | None:
        return self._by_name.get(name.upper())

    def country_of(self, marketplace_id: str) -> str:
        """The country code; the id itself for a marketplace that is not known (any more)."""
        return self._country.get(marketplace_id, marketplace_id)

    def bit_of(self, marketplace_id: str) -> int:
        """A bit of its own for each marketplace, so that a set of them is one integer."""
        return self._bit[marketplace_id]


places = Places()
"""The marketplaces of this process."""
