"""Who sells to Amazon: customers, their vendor groups (what a consent covers) and the vendor codes in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCode:
    """sellingParty.partyId of an order. What Amazon orders by and in is a matter of the code's set-up."""

    code: str
    country: str
    identifier: str = "sku"
    """What vendorProductIdentifier holds: sku, ean (13 digits) or upc (12 digits)."""
    cases: bool = False
    """Whether lines of this code may be ordered in Cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorGroup:
    """The account a person signs in to at Vendor Central; its id is the selling_partner_id of a consent."""

    selling_partner_id: str
    customer: str
    name: str
    freight: str
    vendor_codes: tuple[VendorCode, ...]

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code.country for code in self.vendor_codes))

    def find_code(self, code: str) -> VendorCode | None:
        return next((each for each in self.vendor_codes if each.code == code), None)
