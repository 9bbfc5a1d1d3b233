"""The three customers of the simulated world and how Amazon buys from them."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.accounts import VendorCode, VendorGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    key: str
    name: str
    sku_prefix: str
    gtin_prefixes: tuple[str, ...]
    brands: tuple[str, ...]
    ranges: tuple[str, ...]
    """The product ranges of catalog.RANGES it sells."""
    groups: tuple[VendorGroup, ...]
    warehouses: tuple[str, ...]
    cost_factors: dict[str, Decimal]
    """Cost in a country's currency for 1 euro of base cost."""
    orders_per_day: float
    lines: tuple[int, int]
    open_orders: int

    @property
    def vendor_codes(self) -> tuple[VendorCode, ...]:
        return tuple(code for group in self.groups for code in group.vendor_codes)


LUMEA = Customer(
    key="lumea",
    name="Lumea Beauty",
    sku_prefix="LUM",
    gtin_prefixes=("4026", "4027"),
    brands=("Lumea",),
    ranges=("skin", "hair", "body", "colour"),
    groups=(
        VendorGroup(
            selling_partner_id="amzn1.vg.1001",
            customer="lumea",
            name="Lumea Beauty Europe",
            freight="prepaid",
            vendor_codes=(
                VendorCode(code="LUMD1", country="DE", identifier="ean"),
                VendorCode(code="LUMF1", country="FR", identifier="sku"),
                VendorCode(code="LUMI1", country="IT", identifier="ean"),
                VendorCode(code="LUMS1", country="ES", identifier="sku", cases=True),
                VendorCode(code="LUMU1", country="UK", identifier="ean"),
            ),
        ),
    ),
    warehouses=("BER1", "LYN1"),
    cost_factors={
        "DE": Decimal(1),
        "FR": Decimal(1),
        "IT": Decimal("1.02"),
        "ES": Decimal("1.02"),
        "UK": Decimal("0.87"),
    },
    orders_per_day=12,
    lines=(5, 25),
    open_orders=16,
)

NORDHANDEL = Customer(
    key="nordhandel",
    name="Nordhandel Distribution",
    sku_prefix="NH",
    gtin_prefixes=("4101", "4201", "3311", "5701", "8711"),
    brands=(
        "Alvaro",
        "Bjornsund",
        "Brennwerk",
        "Calder & Low",
        "Dunkirk Mills",
        "Ekeblad",
        "Falkenrath",
        "Gruenhof",
        "Hestia Home",
        "Isenbeck",
        "Jolimont",
        "Kielholm",
        "Lindqvist",
        "Maison Perrin",
        "Norrland",
        "Oststern",
        "Pellworm",
        "Quellbach",
        "Rosenhain",
        "Sandvik & Sohn",
        "Tannberg",
        "Uferhaus",
        "Vesterbro",
        "Wattenkamp",
    ),
    ranges=("kitchen", "home", "tools", "garden"),
    groups=(
        VendorGroup(
            selling_partner_id="amzn1.vg.2001",
            customer="nordhandel",
            name="Nordhandel Distribution DE",
            freight="prepaid",
            vendor_codes=(
                VendorCode(code="NRDH1", country="DE", identifier="sku"),
                VendorCode(code="NRDH2", country="DE", identifier="ean", cases=True),
            ),
        ),
        VendorGroup(
            selling_partner_id="amzn1.vg.2002",
            customer="nordhandel",
            name="Nordhandel Distribution FR",
            freight="prepaid",
            vendor_codes=(
                VendorCode(code="NRDF1", country="FR", identifier="ean"),
                VendorCode(code="NRDF2", country="FR", identifier="sku"),
            ),
        ),
    ),
    warehouses=("HAM1",),
    cost_factors={"DE": Decimal(1), "FR": Decimal("1.03")},
    orders_per_day=7,
    lines=(4, 20),
    open_orders=10,
)

HARBOR = Customer(
    key="harbor",
    name="Harbor Wholesale",
    sku_prefix="HW",
    gtin_prefixes=("0614", "0715", "0816"),
    brands=(
        "Cedar Point",
        "Blue Anchor",
        "Mason Ridge",
        "Oakhaven",
        "Pinecrest",
        "Red Lantern",
        "Silver Creek",
        "Westward",
    ),
    ranges=("kitchen", "home", "garden", "body"),
    groups=(
        VendorGroup(
            selling_partner_id="amzn1.vg.3001",
            customer="harbor",
            name="Harbor Wholesale US",
            freight="collect",
            vendor_codes=(VendorCode(code="HRBR1", country="US", identifier="upc", cases=True),),
        ),
    ),
    warehouses=("OAK1",),
    cost_factors={"US": Decimal("1.10")},
    orders_per_day=5,
    lines=(3, 18),
    open_orders=8,
)

CUSTOMERS = {customer.key: customer for customer in (LUMEA, NORDHANDEL, HARBOR)}
