"""What the checks of a shipment look at: the shipment as it is written, its orders as Amazon shows them, the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Key = tuple[str, str]
"""A line: the number of its order and its own."""


Size = tuple[Decimal, Decimal, Decimal]
"""Length, width and height in mm."""


@dataclass(frozen=True, slots=True)
class Goods:
    """The product of a line by our catalogue. Weights and sizes are of one each of the ASIN, whatever it is made of, and of
    one full case of `case_units` of them."""

    case_units: int | None = None
    weight_g: Decimal | None = None
    volume_mm3: Decimal | None = None
    case_weight_g: Decimal | None = None
    case_size_mm: Size | None = None
    expiry_managed: bool = False
    shelf_life_days: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Which lot the units of an item are of, and when the first of them expires."""

    number: str | None = None
    expires_on: date | None = None


UNSAID = Lot()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order. `confirmed` and `elsewhere` are eaches: what Amazon shows as accepted, and what other
    confirmations say has left."""

    po_number: str
    sequence: str
    asin: str | None
    vendor_product_identifier: str | None
    unit_of_measure: str
    unit_size: int
    confirmed: int
    elsewhere: int = 0

    @property
    def key(self) -> Key:
        return (self.po_number, self.sequence)

    @property
    def in_cases(self) -> bool:
        return self.unit_of_measure.casefold() == "cases"

    @property
    def left(self) -> int:
        """Eaches that may still leave."""
        return max(0, self.confirmed - self.elsewhere)


@dataclass(frozen=True, slots=True)
class Held:
    """Eaches of a line: of the shipment, or in one container."""

    po_number: str
    sequence: str
    units: int

    @property
    def key(self) -> Key:
        return (self.po_number, self.sequence)


@dataclass(frozen=True, slots=True)
class Container:
    """A carton or a pallet; a carton may stand on a pallet."""

    kind: str
    number: int
    sscc: str | None = None
    pallet: int | None = None
    tracking: str | None = None
    weight_kg: Decimal | None = None
    contents: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where it leaves: the id that Amazon knows, and its address."""

    party_id: str = ""
    name: str = ""
    line1: str = ""
    city: str = ""
    postal_code: str = ""
    country_code: str = ""

    @property
    def has_address(self) -> bool:
        return bool(self.name and self.line1 and self.country_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInput:
    """An order that the shipment holds goods of, as Amazon shows it now."""

    po_number: str
    vendor_code: str
    freight: str | None
    ship_to: str | None
    window: tuple[datetime, datetime] | None
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentInput:
    """One shipment of one order or of several. `before`: eaches by line of the confirmation in effect; empty when there is
    none. `orders`: the one it was made from first. `freight` of an order and of the shipment: by the order, else by the terms
    of the vendor code. `warehouse_unsaid`: the warehouse it leaves, where nobody
    says what that is and the workspace's address stands for it. `same_truck`: other shipments whose confirmations name the same full truck."""

    identifier: str
    orders: tuple[OrderInput, ...]
    vendor_code: str
    country: str
    freight: str | None
    ship_to: str | None
    ship_from: Warehouse = field(default_factory=Warehouse)
    warehouse_unsaid: str | None = None
    shipment_type: str | None = None
    transportation_mode: str | None = None
    carrier_scac: str | None = None
    carrier_reference: str | None = None
    bill_of_lading: str | None = None
    amazon_reference: str | None = None
    ship_at: datetime | None = None
    deliver_at: datetime | None = None
    pickup_at: datetime | None = None
    weight_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    items: tuple[Held, ...] = ()
    containers: tuple[Container, ...] = ()
    lines: Mapping[Key, Line] = field(default_factory=dict)
    before: Mapping[Key, int] = field(default_factory=dict)
    goods: Mapping[Key, Goods] = field(default_factory=dict)
    lots: Mapping[Key, Lot] = field(default_factory=dict)
    same_truck: int = 0
    first_confirmed_at: datetime | None = None
    delivered_at: datetime | None = None
    sscc_elsewhere: frozenset[str] = frozenset()

    @property
    def joint(self) -> bool:
        """It holds goods of several orders."""
        return len(self.orders) > 1

    @property
    def collect(self) -> bool:
        """Amazon pays and fetches."""
        return self.freight == "collect"

    @property
    def replaces(self) -> bool:
        return self.first_confirmed_at is not None

    @property
    def cartons(self) -> tuple[Container, ...]:
        return tuple(one for one in self.containers if one.kind == "carton")

    @property
    def pallets(self) -> tuple[Container, ...]:
        return tuple(one for one in self.containers if one.kind == "pallet")
