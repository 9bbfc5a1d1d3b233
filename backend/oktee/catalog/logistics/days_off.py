"""Public holidays by country and region, from the library `holidays`; loaded only where a calendar asks for a country."""

from datetime import date
from functools import lru_cache


def are_known(country: str, subdivision: str | None = None) -> bool:
    """Whether there are public holidays for the country, and for the region of it."""
    from holidays import list_supported_countries  # half a second, and few processes need it

    regions = list_supported_countries(include_aliases=True).get(country)
    return regions is not None and (subdivision is None or subdivision in regions)


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, first: int, last: int) -> frozenset[date]:
    """Those of the years from `first` to `last`; none for a place that nobody knows (any more)."""
    if not are_known(country, subdivision):
        return frozenset()
    from holidays import country_holidays  # as above

    return frozenset(country_holidays(country, subdiv=subdivision, years=range(first, last + 1)))
