"""The transport request (routing of collect freight) and, by the same type, how a shipment stands at Amazon; labels."""

from collections.abc import Sequence
from enum import StrEnum

from oktee.amazon.client.models.fields import Instant, Money, Pagination, Wire
from oktee.amazon.client.models.vendor_shipments.parts import (
    ContainerIdentification,
    Dimensions,
    ImportDetails,
    ItemDetails,
    Measure,
    ShipmentParty,
    ShippedQuantity,
)


class TransactionType(StrEnum):
    NEW = "New"
    CANCEL = "Cancel"


class ShipmentState(StrEnum):
    """It ends at Shipped: receipts are in the status of the purchase order."""

    CREATED = "Created"
    TRANSPORTATION_REQUESTED = "TransportationRequested"
    CARRIER_ASSIGNED = "CarrierAssigned"
    SHIPPED = "Shipped"


class StatusDetail(Wire, frozen=True):
    shipment_status: str
    shipment_status_date: Instant | None = None


class TransportMeasurements(Wire, frozen=True):
    total_carton_count: int | None = None
    total_pallet_stackable: int | None = None
    total_pallet_non_stackable: int | None = None
    shipment_weight: Measure | None = None
    shipment_volume: Measure | None = None


class PickupDetails(Wire, frozen=True):
    """Of collect freight: when we ask for the truck, when it is planned, when a carrier was found."""

    requested_pick_up: Instant | None = None
    scheduled_pick_up: Instant | None = None
    carrier_assignment_date: Instant | None = None


class ShippedOrderItem(Wire, frozen=True):
    item_sequence_number: str
    shipped_quantity: ShippedQuantity
    buyer_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    maximum_retail_price: Money | None = None


class ShippedOrder(Wire, frozen=True):
    """One purchase order of a shipment. `ship_window` is free text here: `08/25/2021 - 08/31/2021` in the sandbox."""

    purchase_order_number: str | None = None
    purchase_order_date: Instant | None = None
    ship_window: str | None = None
    items: list[ShippedOrderItem] = []


class PackedItem(Wire, frozen=True):
    item_sequence_number: str | None = None
    buyer_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    packed_quantity: ShippedQuantity | None = None
    item_details: ItemDetails | None = None


class ContainerSequence(Wire, frozen=True):
    container_sequence_number: str | None = None


class InnerContainers(Wire, frozen=True):
    container_count: int | None = None
    container_sequence_numbers: list[ContainerSequence] = []


class Container(Wire, frozen=True):
    """A carton or a pallet."""

    container_type: str
    container_identifiers: list[ContainerIdentification]
    container_sequence_number: str | None = None
    tracking_number: str | None = None
    dimensions: Dimensions | None = None
    weight: Measure | None = None
    tier: int | None = None
    block: int | None = None
    inner_containers_details: InnerContainers | None = None
    packed_items: list[PackedItem] = []


class Carrier(Wire, frozen=True):
    name: str | None = None
    code: str | None = None
    phone: str | None = None
    email: str | None = None
    shipment_reference_number: str | None = None


class Transport(Wire, frozen=True):
    ship_mode: str | None = None
    transportation_mode: str | None = None
    shipped_date: Instant | None = None
    estimated_delivery_date: Instant | None = None
    shipment_delivery_date: Instant | None = None
    carrier_details: Carrier | None = None
    bill_of_lading_number: str | None = None


class Shipment(Wire, frozen=True):
    """A transport request as it is sent, and a shipment as GetShipmentDetails shows it.

    Amazon's own sandbox answer leaves out the required transactionDate and transactionType, so both may be None. The name
    `currentshipmentStatusDate` has a small s at Amazon too.
    """

    vendor_shipment_identifier: str
    selling_party: ShipmentParty
    ship_from_party: ShipmentParty
    ship_to_party: ShipmentParty
    transaction_type: str | None = None
    transaction_date: Instant | None = None
    buyer_reference_number: str | None = None
    current_shipment_status: str | None = None
    currentshipment_status_date: Instant | None = None
    shipment_status_details: list[StatusDetail] = []
    shipment_create_date: Instant | None = None
    shipment_confirm_date: Instant | None = None
    package_label_create_date: Instant | None = None
    shipment_freight_term: str | None = None
    shipment_measurements: TransportMeasurements | None = None
    collect_freight_pickup_details: PickupDetails | None = None
    purchase_orders: list[ShippedOrder] = []
    import_details: ImportDetails | None = None
    containers: list[Container] = []
    transportation_details: Transport | None = None


class SubmitShipmentsRequest(Wire, frozen=True):
    shipments: list[Shipment]


class ShipmentList(Wire, frozen=True):
    shipments: list[Shipment] = []
    pagination: Pagination | None = None


class VendorDetails(Wire, frozen=True):
    selling_party: ShipmentParty | None = None
    vendor_shipment_identifier: str | None = None


class LabelledShipment(Wire, frozen=True):
    vendor_details: VendorDetails | None = None
    buyer_reference_number: str | None = None
    ship_to_party: ShipmentParty | None = None
    ship_from_party: ShipmentParty | None = None
    warehouse_id: str | None = None
    master_tracking_id: str | None = None
    total_label_count: int | None = None
    ship_mode: str | None = None


class Label(Wire, frozen=True):
    """One label; `label` is the document in base 64."""

    label_sequence_number: int | None = None
    label_format: str | None = None
    carrier_code: str | None = None
    tracking_id: str | None = None
    label: str | None = None


class TransportLabel(Wire, frozen=True):
    """The labels of one shipment."""

    label_create_date_time: Instant | None = None
    shipment_information: LabelledShipment | None = None
    label_data: list[Label] = []

    @property
    def vendor_shipment_identifier(self) -> str | None:
        details = self.shipment_information and self.shipment_information.vendor_details
        return details.vendor_shipment_identifier if details else None


class TransportLabelList(Wire, frozen=True):
    transport_labels: list[TransportLabel] = []
    pagination: Pagination | None = None


def usable(model: Shipment | TransportLabel) -> str | None:
    """Types say all there is to say: whatever decodes can be used."""
    return None


def orders_of(shipments: Sequence[Shipment]) -> set[str]:
    """The numbers of the purchase orders in these shipments."""
    return {
        order.purchase_order_number
        for shipment in shipments
        for order in shipment.purchase_orders
        if order.purchase_order_number
    }
