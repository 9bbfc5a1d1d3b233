"""Decides which item of the customer's catalogue a line of Amazon's order means; never guesses.

Amazon names a product by the vendor's own identifier (a SKU, or an EAN, UPC or GTIN, as the vendor code was set up) and by
ASIN. The order of trust is: vendor identifier as SKU, then as GTIN, then the ASIN of the marketplace. Several items for one
identifier, or identifiers that point to different items, are two hits: a person decides, unless the customer said which
of the items of an ASIN is preferred.
Pure: the hits are looked up by the caller, one statement for many lines, from `lookup_keys`.
"""

from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar
from uuid import UUID

from oktee.catalog.identifiers import InvalidAsin, find_gtin, normalize_asin

MatchedBy = Literal["vendor_sku", "gtin", "asin"]


class Identified(Protocol):
    """Anything that stands for one item of the catalogue."""

    @property
    def item_id(self) -> UUID: ...
    @property
    def preferred(self) -> bool: ...


ItemT = TypeVar("ItemT", bound=Identified)
ItemCo = TypeVar("ItemCo", bound=Identified, covariant=True)


@dataclass(frozen=True, slots=True)
class LineIdentifiers:
    """What Amazon wrote on the line, and the scope in which it is valid."""

    marketplace_id: str
    vendor_code: str
    vendor_product_identifier: str | None
    asin: str | None


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """What to look up: vendor_sku among vendor SKUs and SKUs of the vendor code, gtin (14 digits), asin in the marketplace."""

    vendor_sku: str | None
    gtin: str | None
    asin: str | None


@dataclass(frozen=True, slots=True)
class Candidates(Generic[ItemCo]):
    """The items found for each identifier of one line; an item found twice for one identifier counts once."""

    by_vendor_sku: tuple[ItemCo, ...] = ()
    by_gtin: tuple[ItemCo, ...] = ()
    by_asin: tuple[ItemCo, ...] = ()


class Matched(NamedTuple, Generic[ItemCo]):
    """Exactly one item; `by` is the most trusted identifier that named it."""

    item: ItemCo
    by: MatchedBy


@dataclass(frozen=True, slots=True)
class Unmapped:
    """No identifier names an item."""


@dataclass(frozen=True, slots=True)
class Ambiguous(Generic[ItemCo]):
    """Two or more items: of one identifier (`conflict` false), or identifiers that contradict each other (true)."""

    items: tuple[ItemCo, ...]
    by: MatchedBy
    conflict: bool


Match = Matched[ItemT] | Unmapped | Ambiguous[ItemT]


def lookup_keys(identifiers: LineIdentifiers) -> LookupKeys:
    """The keys to look up for a line; a damaged ASIN or an identifier that is no GTIN gives None there."""
    written = (identifiers.vendor_product_identifier or "").strip()
    asin: str | None = None
    if identifiers.asin:
        try:
            asin = normalize_asin(identifiers.asin)
        except InvalidAsin:
            asin = None
    return LookupKeys(vendor_sku=written or None, gtin=find_gtin(written), asin=asin)


def match(candidates: Candidates[ItemT]) -> Match[ItemT]:
    """The one item that the hits name, or why there is none."""
    by_vendor_sku, by_gtin, by_asin = candidates.by_vendor_sku, candidates.by_gtin, candidates.by_asin
    if len(by_vendor_sku) == 1 and not by_gtin and not by_asin:  # the everyday case, without the loops below
        return Matched(by_vendor_sku[0], "vendor_sku")
    first: Matched[ItemT] | None = None
    stages: tuple[tuple[MatchedBy, tuple[ItemT, ...]], ...] = (
        ("vendor_sku", by_vendor_sku),
        ("gtin", by_gtin),
        ("asin", by_asin),
    )
    for by, hits in stages:
        if not hits:
            continue
        if first is None:
            items = _distinct(hits)
            if len(items) > 1:
                # Several SKUs may carry one ASIN; the customer may have said which one is sold under it.
                chosen = tuple(item for item in items if item.preferred) if by == "asin" else ()
                if len(chosen) != 1:
                    return Ambiguous(items, by, conflict=False)
                items = chosen
            first = Matched(items[0], by)
        # A less trusted identifier may name more items (one ASIN, several SKUs), but it must not deny the one found.
        elif all(hit.item_id != first.item.item_id for hit in hits):
            return Ambiguous(_distinct((first.item, *hits)), by, conflict=True)
    return first if first is not None else Unmapped()


def _distinct(hits: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    return tuple({hit.item_id: hit for hit in hits}.values())
