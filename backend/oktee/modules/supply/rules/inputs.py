"""What a decision is made from: the order, the items, the stock, as they were at one moment; frozen, without I/O.

Quantities of items and stock are eaches of the customer's SKU. A line keeps the amount in Amazon's own unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.approvals import Approvals
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.kept import KeptLine
from oktee.modules.supply.rules.logistics import Logistics
from oktee.modules.supply.rules.settings import Settings

Freight = Literal["collect", "prepaid"]
LineKey = tuple[str, str]
"""(purchase order number, item sequence number)."""


class Window(NamedTuple):
    """The ship window (collect) or delivery window (prepaid) of an order, aware UTC instants, both ends included."""

    start: datetime
    end: datetime


class Inbound(NamedTuple):
    """Units announced to arrive at the warehouse on a day."""

    quantity: int
    eta: date


class Usual(NamedTuple):
    """What was ordered of a product in the eight weeks before, in eaches of the ASIN."""

    median: Decimal
    lines: int
    per_day: Decimal


class Rejecting(NamedTuple):
    """What Amazon is expected to charge for each unit of a line that is rejected beyond the share of it that is `free`."""

    each: Decimal
    free: Decimal


class LineInput(NamedTuple):
    """One line as Amazon ordered it. `net_cost` is per each; `net_cost_text` keeps the exact characters of the order."""

    sequence: str
    asin: str | None
    vendor_product_identifier: str | None
    ordered: int
    unit_of_measure: str
    unit_size: int | None
    net_cost: Decimal | None
    currency: str | None
    backorder_allowed: bool
    cancelled: bool = False
    net_cost_text: str | None = None
    cost_unit: str | None = None
    """POUNDS, OUNCES, GRAMS or KILOGRAMS when the item is priced by weight, else None."""
    list_price: bool = False
    """The order names a list price."""
    list_price_text: str | None = None
    """Its exact characters, in the line's currency."""
    usual: Usual | None = None
    expected_fees: Decimal = Decimal(0)
    """What Amazon is expected to take back per each, in the line's currency."""
    rejecting: Rejecting | None = None
    """What rejecting it costs, in the line's currency; None when that is not known or no strategy asks for it."""

    @property
    def book(self) -> bool:
        """Books have their ISBN as ASIN; the answer to one with a list price names that and a discount."""
        return self.list_price and self.asin is not None and not self.asin.startswith("B")


@dataclass(frozen=True, slots=True)
class OrderInput:
    """One purchase order at one revision. `answered_revision` is the revision of our last answer, None when there is none."""

    number: str
    marketplace_id: str
    vendor_code: str
    order_type: str | None
    placed_at: datetime
    revision: int
    freight: Freight | None
    window: Window | None
    import_order: bool
    lines: tuple[LineInput, ...]
    answered_revision: int | None = None
    destination: str | None = None
    """The place the goods go to, as Amazon names it."""
    deal_code: str | None = None
    new_vendor_code: bool = False
    new_destination: bool = False
    """No earlier order had it."""
    earlier_answers: int | None = None
    """Orders of this account that were answered before from here; None when it was not asked."""
    fill: Decimal | None = None
    """What arrived of what was confirmed in the last twelve weeks, of its vendor code; where a strategy asks for it."""
    freight_of_terms: bool = False
    """Amazon did not say who pays freight: it is what the terms of the vendor code say."""


@dataclass(frozen=True, slots=True)
class Component:
    """One SKU that a bundle is put together from, as it was known: `quantity` pieces of it in each bundle.

    Cost, dates of the cost and weight are those of one piece, where the bundle is sold.
    """

    item_id: UUID
    sku: str
    quantity: int
    safety_stock: int = 0
    status: str = "active"
    cost_price: Decimal | None = None
    currency: str | None = None
    cost_as_of: date | None = None
    cost_valid_from: date | None = None
    cost_valid_to: date | None = None
    weight_g: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """One item of the catalogue as it was known at `as_of`.

    `cost_price` is the agreed cost per each of the SKU; `link_quantity` is how many SKU units one each of the ASIN holds;
    `status` is active, phase_out, discontinued, blocked or draft (others are kept and held).
    `components`: what a bundle is put together from; it has no stock of its own then, theirs decides.
    """

    item_id: UUID
    sku: str
    status: str = "active"
    asin: str | None = None
    vendor_sku: str | None = None
    gtin: str | None = None
    brand: str | None = None
    title: str | None = None
    case_pack: int | None = None
    order_multiple: int | None = None
    moq: int | None = None
    cost_price: Decimal | None = None
    currency: str | None = None
    cost_as_of: date | None = None
    cost_valid_from: date | None = None
    cost_valid_to: date | None = None
    cost_tolerance: Decimal | None = None
    """A share that overrides the tenant's `price_tolerance`."""
    safety_stock: int = 0
    handling_days: int | None = None
    lead_time_days: int | None = None
    """Working days from our warehouse to Amazon's, for prepaid freight."""
    link_quantity: int = 1
    replaced_by: str | None = None
    sellable: bool = True
    landed_cost: Decimal | None = None
    """What one each of the SKU costs us at our own door, in `currency`."""
    layer_units: int | None = None
    """Eaches of the SKU in one layer of a pallet."""
    pallet_units: int | None = None
    embargo_until: date | None = None
    as_of: datetime | None = None
    weight_g: Decimal | None = None
    """Of one each of the SKU."""
    components: tuple[Component, ...] = ()
    preferred: bool = False
    """Of several items of one ASIN, the one the customer sells under it."""

    def pieces(self, eaches: int) -> dict[UUID, int]:
        """The pieces of each stocked SKU that so many eaches of the ASIN are made of."""
        units = eaches * self.link_quantity
        if not self.components:
            return {self.item_id: units}
        return {part.item_id: units * part.quantity for part in self.components}


def assembled(item: ItemSnapshot, components: tuple[Component, ...]) -> ItemSnapshot:
    """The item as a bundle of these components; its cost and its weight follow from theirs unless they were given."""
    changes: dict[str, Any] = {"components": components}
    if item.cost_price is None and item.sellable:
        changes |= _cost_of(components)
    weights = [part.weight_g * part.quantity for part in components if part.weight_g is not None]
    if item.weight_g is None and len(weights) == len(components):
        changes["weight_g"] = sum(weights)
    return replace(item, **changes)


def _cost_of(components: tuple[Component, ...]) -> dict[str, Any]:
    """The sum, when every component has a cost in one currency; as old as the oldest, valid while all of them are."""
    costs = [part.cost_price * part.quantity for part in components if part.cost_price is not None]
    currencies = {part.currency for part in components}
    if len(costs) != len(components) or len(currencies) != 1 or None in currencies:
        return {}
    return {
        "cost_price": sum(costs),
        "currency": currencies.pop(),
        "cost_as_of": min((part.cost_as_of for part in components if part.cost_as_of), default=None),
        "cost_valid_from": max((part.cost_valid_from for part in components if part.cost_valid_from), default=None),
        "cost_valid_to": min((part.cost_valid_to for part in components if part.cost_valid_to), default=None),
    }


@dataclass(frozen=True, slots=True)
class StockSnapshot:
    """Stock of one SKU at `as_of` in `source`.

    When the source sends `available` it wins over on_hand - reserved - quality_hold. `reserved_by_us` are units that our own
    answers promised and that the source does not know of yet.
    """

    on_hand: int
    as_of: datetime
    source: str
    reserved: int = 0
    quality_hold: int = 0
    available: int | None = None
    inbound: tuple[Inbound, ...] = ()
    reserved_by_us: int = 0


class OpenOrder(NamedTuple):
    """An order decided or answered before that shares a truck with those decided now: what is confirmed of it."""

    number: str
    destination: str
    window: Window
    confirmed: Mapping[str, Decimal]
    """By currency."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything else a decision may look at. `zone` is the warehouse's; `candidates` has the hits looked up for each line."""

    now: datetime
    zone: tzinfo
    candidates: Mapping[LineKey, Candidates[ItemSnapshot]]
    stock: Mapping[UUID, StockSnapshot]
    settings: Settings = field(default_factory=Settings)
    """The warehouse's days and hours; and, without a `book`, every other knob."""
    book: RuleBook | None = None
    open_orders: tuple[OpenOrder, ...] = ()
    approvals: Mapping[LineKey, Approvals] = field(default_factory=dict)
    """What a person approved, by line; sequence '' is the order as a whole."""
    kept: Mapping[LineKey, KeptLine] = field(default_factory=dict)
    """Lines that keep the decision they have; what they promise is in `stock` as promised."""
    placed: Mapping[UUID, Mapping[str, StockSnapshot]] | None = None
    """The stock by warehouse, where the customer said which of them serve which orders; None: `stock` serves all alike."""
    logistics: Logistics | None = None
    """Warehouses and ways as the customer gave them; None: `settings` alone says how goods travel."""

    def country(self, marketplace_id: str) -> str:
        """How a reason calls a marketplace: by its country, where that is known."""
        return self.logistics.countries.get(marketplace_id, marketplace_id) if self.logistics else marketplace_id
