"""Which item a line of an order means; never a guess."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.catalog.matching import (
    Ambiguous,
    Candidates,
    LineIdentifiers,
    LookupKeys,
    Matched,
    Unmapped,
    lookup_keys,
    match,
)


@dataclass(frozen=True, slots=True)
class Item:
    item_id: UUID
    preferred: bool = False


A, B, C = (Item(UUID(int=n)) for n in (1, 2, 3))
CHOSEN = Item(UUID(int=2), preferred=True)
hits = st.lists(st.sampled_from([A, B, C]), max_size=3).map(tuple)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (Candidates(by_vendor_sku=(A,)), Matched(A, "vendor_sku")),
        (Candidates(by_gtin=(A,)), Matched(A, "gtin")),
        (Candidates(by_asin=(A,)), Matched(A, "asin")),
        (Candidates(by_vendor_sku=(A,), by_gtin=(A,), by_asin=(A,)), Matched(A, "vendor_sku")),
        (Candidates(by_gtin=(A,), by_asin=(B, A)), Matched(A, "gtin")),  # one ASIN, several SKUs
        (Candidates(by_vendor_sku=(A, A)), Matched(A, "vendor_sku")),  # its SKU and its vendor SKU
        (Candidates(), Unmapped()),
        (Candidates(by_asin=(A, B)), Ambiguous((A, B), "asin", conflict=False)),
        (Candidates(by_asin=(A, CHOSEN, C)), Matched(CHOSEN, "asin")),
        (Candidates(by_gtin=(A, CHOSEN)), Ambiguous((A, CHOSEN), "gtin", conflict=False)),
        (Candidates(by_vendor_sku=(A, B), by_asin=(A,)), Ambiguous((A, B), "vendor_sku", conflict=False)),
        (Candidates(by_vendor_sku=(A,), by_gtin=(B,)), Ambiguous((A, B), "gtin", conflict=True)),
        (Candidates(by_vendor_sku=(A,), by_asin=(B, C)), Ambiguous((A, B, C), "asin", conflict=True)),
    ],
)
def test_the_order_of_trust(candidates: Candidates[Item], expected: object) -> None:
    assert match(candidates) == expected


@settings(max_examples=60, deadline=None)
@given(by_vendor_sku=hits, by_gtin=hits, by_asin=hits)
def test_a_match_is_named_by_every_identifier_that_names_anything(
    by_vendor_sku: tuple[Item, ...], by_gtin: tuple[Item, ...], by_asin: tuple[Item, ...]
) -> None:
    result = match(Candidates(by_vendor_sku, by_gtin, by_asin))
    named = [stage for stage in (by_vendor_sku, by_gtin, by_asin) if stage]
    if isinstance(result, Matched):
        assert all(result.item in stage for stage in named)
        assert set(named[0]) == {result.item}
    elif isinstance(result, Ambiguous):
        assert len(result.items) >= 2
    else:
        assert not named


def test_what_to_look_up_for_a_line() -> None:
    def keys(identifier: str | None, asin: str | None) -> LookupKeys:
        return lookup_keys(LineIdentifiers("A1PA6795UKMFR9", "ABC12", identifier, asin))

    assert keys("4006381333931", "b0abcd1234") == LookupKeys("4006381333931", "04006381333931", "B0ABCD1234")
    assert keys(" Sku-1 ", None) == LookupKeys("Sku-1", None, None)
    assert keys(None, "not an asin") == LookupKeys(None, None, None)
    assert keys("  ", "0141439513") == LookupKeys(None, None, "0141439513")
