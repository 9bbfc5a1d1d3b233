"""What the shipments of an order say on the wire. Quantities are eaches."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from oktee.modules.supply.shipments.rules.packing import MOST_CARTONS
from oktee.modules.supply.wire.words import Actor, Window

Measure = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]
"""A weight or a volume as a decimal string."""
Word = Annotated[str, Field(max_length=80)]
Units = Annotated[int, Field(ge=0, le=10**7)]
ShipmentType = Literal["TruckLoad", "LessThanTruckLoad", "SmallParcel"]
TransportationMode = Literal["Road", "Air", "Ocean"]
Kind = Literal["transport", "confirmation"]
MOST_ORDERS: Final = 20
"""In one shipment."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HeldUnits(Body):
    """Eaches of a line, in a shipment or in one container. `po_number`: whose line; empty = the order that the shipment was
    made from."""

    po_number: str = Field("", max_length=40)
    sequence: str = Field(max_length=40)
    units: Units


class ItemUnits(HeldUnits):
    """Eaches of a line in a shipment, the lot they are of, and when the first of them expires."""

    lot_number: Word | None = None
    expires_on: date | None = None


class ShipmentContainer(Body):
    """A carton or a pallet. `pallet`: the number of the pallet a carton stands on. `weight_proposed`: OKTee reckoned the
    weight, and does so again when the contents change; a weight without it is somebody's own."""

    kind: Literal["carton", "pallet"]
    number: int = Field(ge=1, le=MOST_CARTONS)
    sscc: Annotated[str, Field(max_length=40)] | None = None
    pallet: int | None = Field(None, ge=1, le=MOST_CARTONS)
    tracking: Word | None = None
    weight_kg: Annotated[Measure, Field(ge=0, le=100_000)] | None = None
    weight_proposed: bool = False
    contents: list[HeldUnits] = Field(default_factory=list, max_length=200)


class ShipmentWarehouse(Body):
    """Where a shipment leaves, as Amazon knows it."""

    party_id: str = Field("", max_length=40)
    name: Word = ""
    line1: str = Field("", max_length=120)
    city: Word = ""
    postal_code: str = Field("", max_length=20)
    country_code: str = Field("", max_length=2)


class ShipmentIn(Body):
    """A shipment as it is to be; all of it. `version`: the one the page showed. `warehouse`: the code of the customer's own
    warehouse. Weight and room that are empty or proposed are reckoned from the catalogue, where it has what that takes."""

    version: int
    identifier: str = Field(max_length=60)
    warehouse: Annotated[str, Field(max_length=60)] | None = None
    ship_from: ShipmentWarehouse
    shipment_type: ShipmentType | None = None
    transportation_mode: TransportationMode | None = None
    carrier_scac: Annotated[str, Field(max_length=10)] | None = None
    carrier_reference: Word | None = None
    bill_of_lading: Word | None = None
    ship_at: datetime | None = None
    deliver_at: datetime | None = None
    pickup_at: datetime | None = None
    weight_kg: Annotated[Measure, Field(ge=0, le=1_000_000)] | None = None
    volume_m3: Annotated[Measure, Field(ge=0, le=10_000)] | None = None
    weight_proposed: bool = False
    volume_proposed: bool = False
    items: list[ItemUnits] = Field(max_length=2000)
    containers: list[ShipmentContainer] = Field(max_length=2 * MOST_CARTONS)


class ShipmentPackingIn(Body):
    """Pack anew what the shipment holds: full cases, all in one carton, or pallets without cartons; so many cases on a
    pallet, or (of the first two) no pallet. numbers: leave everything as it is packed and number what has no number."""

    version: int
    mode: Literal["by_case", "one_carton", "pallets", "numbers"] = "by_case"
    cartons_per_pallet: int | None = Field(None, ge=1, le=500)


class ShipmentSubmissionIn(Body):
    """Send it: ask Amazon to fetch it (or cancel that), or confirm that it left."""

    version: int
    kind: Kind
    cancel: bool = False


class ShipmentOrdersIn(Body):
    """Orders whose open units travel in this shipment too."""

    version: int
    order_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_ORDERS)]


class DepartureIn(Body):
    """Confirm it to Amazon by itself when it departs."""

    version: int


class ShipmentFinding(BaseModel):
    """What is wrong: where (a JSON pointer into the shipment), which, and the charge it would bring; null where Amazon
    refuses the message instead."""

    field: str
    code: str
    charge: str | None
    blocking: bool
    values: dict[str, str | int]


class ShipmentFindings(BaseModel):
    """What stands against confirming it, and against asking Amazon to fetch it (collect freight only)."""

    confirmation: list[ShipmentFinding]
    transport: list[ShipmentFinding]


class ShipmentError(BaseModel):
    """Why it failed: a code of ours, its values, and Amazon's own words."""

    code: str
    values: dict[str, str | int]
    raw: str


class ShipmentSubmission(BaseModel):
    """Something we sent about the shipment and its way to the proof: planned, sending, unknown, sent, seen, failed."""

    number: int
    kind: Kind
    action: str
    state: str
    planned_by: Actor
    planned_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    transaction_id: str | None
    transaction_status: str | None
    resends: int
    error: ShipmentError | None


class ShipmentLabel(BaseModel):
    """A transport label that Amazon made."""

    id: UUID
    number: int
    tracking_id: str | None
    carrier_code: str | None
    size: int
    labelled_at: datetime | None


class ShipmentItem(BaseModel):
    """A line in a shipment: as written now, in the confirmation in effect, and as Amazon shows it."""

    po_number: str
    sequence: str
    units: int
    confirmed_units: int | None
    shown_units: int | None
    lot_number: str | None
    expires_on: date | None


class ShippedLine(BaseModel):
    """A line of the order: confirmed at Amazon, in confirmed shipments, in drafts, what is left, and what was received.
    `case_size_mm`: length, width and height of a full case. `expiry_managed`: its lots and days of expiry are to be said."""

    sequence: str
    asin: str | None
    sku: str | None
    title: str | None
    vendor_product_identifier: str | None
    unit_of_measure: str
    unit_size: int
    case_pack: int | None
    case_size_mm: list[Measure] | None
    expiry_managed: bool
    shelf_life_days: int | None
    confirmed: int
    shipped: int
    drafted: int
    left: int
    received: int | None


class TravellingOrder(BaseModel):
    """Another order whose goods a shipment holds, with its lines."""

    order_id: UUID
    po_number: str
    window: Window | None
    lines: list[ShippedLine]


class JoinableOrder(BaseModel):
    """A confirmed order that may travel in the same shipment: the same vendor code, fulfilment centre and freight term.
    `fits`: its window and those of the shipment's orders have a moment in common."""

    order_id: UUID
    po_number: str
    window: Window | None
    units: int
    lines: int
    fits: bool


class JoinableOrders(BaseModel):
    """`ship_to`: where all of them go. `more`: how many are not listed."""

    ship_to: str | None
    orders: list[JoinableOrder]
    more: int


class Shipment(BaseModel):
    """One shipment of the order. status: draft, scheduled (confirmed when it departs), sending, processing, requested (Amazon
    fetches it), seen, failed, outside.

    `locked`: why it cannot be changed now (in_flight, outside, delivered, week_over); null = it can. `replace_until`: the
    last moment a confirmation may be replaced. `others`: the other orders that it holds goods of; with `partly`, some line
    of one of them is not shown. `send_at`: when OKTee confirms it by itself, as `send_by` asked; `send_trouble`: why it did
    not, or does not yet. `changed_by`: who wrote this version of it, at `changed_at`; null of one made outside.
    """

    id: UUID
    identifier: str
    origin: str
    status: str
    locked: str | None
    version: int
    freight: str | None
    ship_to: str | None
    warehouse: str | None
    ship_from: ShipmentWarehouse
    shipment_type: str | None
    transportation_mode: str | None
    carrier_scac: str | None
    carrier_reference: str | None
    bill_of_lading: str | None
    ship_at: datetime | None
    deliver_at: datetime | None
    pickup_at: datetime | None
    weight_kg: Measure | None
    volume_m3: Measure | None
    weight_proposed: bool
    volume_proposed: bool
    transport: str | None
    confirmation: str | None
    first_confirmed_at: datetime | None
    replace_until: datetime | None
    amazon_reference: str | None
    amazon_status: str | None
    amazon_status_at: datetime | None
    pickup_scheduled_at: datetime | None
    carrier_name: str | None
    labelled_at: datetime | None
    delivered_at: datetime | None
    fetched_at: datetime | None
    send_at: datetime | None
    send_by: Actor | None
    send_trouble: ShipmentError | None
    created_by: Actor
    created_at: datetime
    changed_by: Actor | None
    changed_at: datetime | None
    others: list[TravellingOrder]
    partly: bool
    items: list[ShipmentItem]
    containers: list[ShipmentContainer]
    hidden_contents: bool
    submissions: list[ShipmentSubmission]
    labels: list[ShipmentLabel]
    findings: ShipmentFindings | None


class ShipmentClosing(BaseModel):
    """A moment that closes something: window_start, window_end, pickup, send_at (OKTee confirms it by itself), confirm_by
    (half an hour after the departure), arrival, replace_until. `over`: it has passed; `missed`: and what it was for is not done."""

    name: str
    shipment: str | None
    at: datetime
    over: bool
    missed: bool


class OwnWarehouse(BaseModel):
    """A warehouse of the customer's logistics rules, as a shipment that leaves there would name it."""

    code: str
    ship_from: ShipmentWarehouse


class OrderShipments(BaseModel):
    """Everything about the shipments of one order. `gs1_prefix`: numbers of containers can be made. `warehouses`: where
    goods can leave. `hidden_shipments`: those that also hold goods of an order which is not shown."""

    order_id: UUID
    po_number: str
    freight: str | None
    ship_to: str | None
    window: Window | None
    time_zone: str
    order_open: bool
    gs1_prefix: bool
    warehouses: list[OwnWarehouse]
    lines: list[ShippedLine]
    shipments: list[Shipment]
    closings: list[ShipmentClosing]
    hidden_lines: int
    hidden_shipments: int
