"""Amazon's vendor marketplaces as data: ids, currencies, regions, zones, content languages, Vendor Central addresses.

Ids, currencies, regions and addresses: the table of Amazon's developer guide ("Vendor Central URLs"); Belgium, Saudi Arabia
and South Africa from two independent OAuth libraries; Ireland has no known address (UNVERIFIED whether one exists).
Report days: the one first-hand word is a Solutions Architect's "All the timezones are in PST" (selling-partner-api-docs
#3107, about retail analytics); whether that holds outside North America was asked and never answered
(selling-partner-api-models #5209). North America is therefore set to Pacific time and every other marketplace to its own
zone, which is UNVERIFIED. Only the real-time reports are known to count in full UTC hours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Region = Literal["NA", "EU", "FE"]
REGIONS: Final[tuple[Region, ...]] = ("NA", "EU", "FE")


@dataclass(frozen=True, slots=True)
class Marketplace:
    """`time_zone`: of the country (Amazon's own office hours where it has several); `report_time_zone`: where the day of
    Amazon's reports begins and ends; `languages`: BCP 47 tags of product content, the marketplace's first one first."""

    id: str
    country: str
    name: str
    currency: str
    region: Region
    time_zone: str
    report_time_zone: str
    languages: tuple[str, ...]
    vendor_central_url: str | None


PACIFIC: Final = "America/Los_Angeles"

_ALL: Final = (
    Marketplace(
        "ATVPDKIKX0DER", "US", "United States", "USD", "NA",
        PACIFIC, PACIFIC, ("en-US", "es-US"), "https://vendorcentral.amazon.com",
    ),
    Marketplace(
        "A2EUQ1WTGCTBG2", "CA", "Canada", "CAD", "NA",
        "America/Toronto", PACIFIC, ("en-CA", "fr-CA"), "https://vendorcentral.amazon.ca",
    ),
    Marketplace(
        "A1AM78C64UM0Y8", "MX", "Mexico", "MXN", "NA",
        "America/Mexico_City", PACIFIC, ("es-MX",), "https://vendorcentral.amazon.com.mx",
    ),
    Marketplace(
        "A2Q3Y263D00KWC", "BR", "Brazil", "BRL", "NA",
        "America/Sao_Paulo", PACIFIC, ("pt-BR",), "https://vendorcentral.amazon.com.br",
    ),
    Marketplace(
        "A1F83G8C2ARO7P", "UK", "United Kingdom", "GBP", "EU",
        "Europe/London", "Europe/London", ("en-GB",), "https://vendorcentral.amazon.co.uk",
    ),
    Marketplace(
        "A13V1IB3VIYZZH", "FR", "France", "EUR", "EU",
        "Europe/Paris", "Europe/Paris", ("fr-FR",), "https://vendorcentral.amazon.fr",
    ),
    Marketplace(
        "A1PA6795UKMFR9", "DE", "Germany", "EUR", "EU",
        "Europe/Berlin", "Europe/Berlin", ("de-DE",), "https://vendorcentral.amazon.de",
    ),
    Marketplace(
        "APJ6JRA9NG5V4", "IT", "Italy", "EUR", "EU",
        "Europe/Rome", "Europe/Rome", ("it-IT",), "https://vendorcentral.amazon.it",
    ),
    Marketplace(
        "A1RKKUPIHCS9HS", "ES", "Spain", "EUR", "EU",
        "Europe/Madrid", "Europe/Madrid", ("es-ES",), "https://vendorcentral.amazon.es",
    ),
    Marketplace(
        "A1805IZSGTT6HS", "NL", "Netherlands", "EUR", "EU",
        "Europe/Amsterdam", "Europe/Amsterdam", ("nl-NL",), "https://vendorcentral.amazon.nl",
    ),
    Marketplace(
        "AMEN7PMS3EDWL", "BE", "Belgium", "EUR", "EU",
        "Europe/Brussels", "Europe/Brussels", ("nl-BE", "fr-BE"), "https://vendorcentral.amazon.com.be",
    ),
    Marketplace(
        "A2NODRKZP88ZB9", "SE", "Sweden", "SEK", "EU",
        "Europe/Stockholm", "Europe/Stockholm", ("sv-SE",), "https://vendorcentral.amazon.se",
    ),
    Marketplace(
        "A1C3SOZRARQ6R3", "PL", "Poland", "PLN", "EU",
        "Europe/Warsaw", "Europe/Warsaw", ("pl-PL",), "https://vendorcentral.amazon.pl",
    ),
    Marketplace(
        "A28R8C7NBKEWEA", "IE", "Ireland", "EUR", "EU",
        "Europe/Dublin", "Europe/Dublin", ("en-IE",), None,
    ),
    Marketplace(
        "A33AVAJ2PDY3EV", "TR", "Türkiye", "TRY", "EU",
        "Europe/Istanbul", "Europe/Istanbul", ("tr-TR",), "https://vendorcentral.amazon.com.tr",
    ),
    Marketplace(
        "A2VIGQ35RCS4UG", "AE", "United Arab Emirates", "AED", "EU",
        "Asia/Dubai", "Asia/Dubai", ("en-AE", "ar-AE"), "https://vendorcentral.amazon.me",
    ),
    Marketplace(
        "ARBP9OOSHTCHU", "EG", "Egypt", "EGP", "EU",
        "Africa/Cairo", "Africa/Cairo", ("ar-EG", "en-EG"), "https://vendorcentral.amazon.me",
    ),
    Marketplace(
        "A17E79C6D8DWNP", "SA", "Saudi Arabia", "SAR", "EU",
        "Asia/Riyadh", "Asia/Riyadh", ("ar-SA", "en-SA"), "https://vendorcentral.amazon.me",
    ),
    Marketplace(
        "AE08WJ6YKNBMC", "ZA", "South Africa", "ZAR", "EU",
        "Africa/Johannesburg", "Africa/Johannesburg", ("en-ZA",), "https://vendorcentral.amazon.co.za",
    ),
    Marketplace(
        "A21TJRUUN4KGV", "IN", "India", "INR", "EU",
        "Asia/Kolkata", "Asia/Kolkata", ("en-IN", "hi-IN"), "https://vendorcentral.amazon.in",
    ),
    Marketplace(
        "A1VC38T7YXB528", "JP", "Japan", "JPY", "FE",
        "Asia/Tokyo", "Asia/Tokyo", ("ja-JP",), "https://vendorcentral.amazon.co.jp",
    ),
    Marketplace(
        "A39IBJ37TRP1C6", "AU", "Australia", "AUD", "FE",
        "Australia/Sydney", "Australia/Sydney", ("en-AU",), "https://vendorcentral.amazon.com.au",
    ),
    Marketplace(
        "A19VAU5U5O7RUS", "SG", "Singapore", "SGD", "FE",
        "Asia/Singapore", "Asia/Singapore", ("en-SG",), "https://vendorcentral.amazon.com.sg",
    ),
)  # fmt: skip

MARKETPLACES: Final[Mapping[str, Marketplace]] = MappingProxyType({each.id: each for each in _ALL})
"""By marketplace id, in the order of Amazon's table."""

_BY_COUNTRY: Final = {each.country: each for each in _ALL} | {"GB": MARKETPLACES["A1F83G8C2ARO7P"]}


def find_marketplace(marketplace_id: str) -> Marketplace | None:
    """None for an id that Amazon added after this table was written."""
    return MARKETPLACES.get(marketplace_id)


def find_by_country(country: str) -> Marketplace | None:
    """The marketplace of an ISO 3166 country code in any case; Amazon's UK and ISO's GB are one."""
    return _BY_COUNTRY.get(country.upper())


def marketplaces_named(words: Iterable[str]) -> tuple[tuple[str, ...], str | None]:
    """The ids of marketplaces that are named by their id or their country, and the first word that names none."""
    found: set[str] = set()
    for word in words:
        each = find_marketplace(word) or find_by_country(word)
        if each is None:
            return (), word
        found.add(each.id)
    return tuple(sorted(found)), None
