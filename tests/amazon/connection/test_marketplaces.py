"""The marketplaces as data."""

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from oktee.amazon.connection.marketplaces import MARKETPLACES, REGIONS, Marketplace, find_by_country, find_marketplace


@pytest.mark.parametrize("marketplace", MARKETPLACES.values(), ids=lambda each: each.country)
def test_every_marketplace_is_complete(marketplace: Marketplace) -> None:
    assert marketplace.region in REGIONS
    assert ZoneInfo(marketplace.time_zone)
    assert ZoneInfo(marketplace.report_time_zone)
    assert len(marketplace.currency) == 3
    assert marketplace.languages
    assert all(len(tag.split("-")) == 2 for tag in marketplace.languages)
    if marketplace.vendor_central_url is not None:
        parts = urlsplit(marketplace.vendor_central_url)
        assert parts.scheme == "https"
        assert parts.netloc.startswith("vendorcentral.amazon.")
        assert parts.path == ""


def test_ids_and_countries_are_unique() -> None:
    assert len({each.id for each in MARKETPLACES.values()}) == 23
    assert len({each.country for each in MARKETPLACES.values()}) == 23


def test_only_ireland_has_no_known_vendor_central() -> None:
    assert [each.country for each in MARKETPLACES.values() if each.vendor_central_url is None] == ["IE"]


def test_belgium_and_canada_have_two_content_languages() -> None:
    belgium, canada = find_by_country("be"), find_by_country("CA")
    assert belgium is not None
    assert belgium.languages == ("nl-BE", "fr-BE")
    assert canada is not None
    assert canada.languages == ("en-CA", "fr-CA")


def test_amazons_uk_and_isos_gb_are_one() -> None:
    assert find_by_country("GB") is find_by_country("UK") is find_marketplace("A1F83G8C2ARO7P")


def test_a_marketplace_added_later_is_unknown_and_not_fatal() -> None:
    assert find_marketplace("A0NEW") is None
    assert find_by_country("XX") is None
