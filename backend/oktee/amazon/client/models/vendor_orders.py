"""Wire models of vendorOrders v1: orders, acknowledgements, order status (FACTS e, appendix B)."""

from collections.abc import Sequence
from enum import StrEnum

from oktee.amazon.client.models.fields import (
    Instant,
    Interval,
    ItemQuantity,
    Money,
    Pagination,
    Party,
    Wire,
    interval,
)


class PurchaseOrderState(StrEnum):
    """States of getPurchaseOrders. Wire fields are plain text: a value not listed here is kept as Amazon wrote it."""

    NEW = "New"
    ACKNOWLEDGED = "Acknowledged"
    CLOSED = "Closed"


class PurchaseOrderStatus(StrEnum):
    """States of getPurchaseOrdersStatus: another vocabulary on purpose."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class PurchaseOrderType(StrEnum):
    REGULAR = "RegularOrder"
    CONSIGNED = "ConsignedOrder"
    NEW_PRODUCT_INTRODUCTION = "NewProductIntroduction"
    RUSH = "RushOrder"


class PaymentMethod(StrEnum):
    INVOICE = "Invoice"
    CONSIGNMENT = "Consignment"
    CREDIT_CARD = "CreditCard"
    PREPAID = "Prepaid"


class ConfirmationStatus(StrEnum):
    ACCEPTED = "ACCEPTED"
    PARTIALLY_ACCEPTED = "PARTIALLY_ACCEPTED"
    REJECTED = "REJECTED"
    UNCONFIRMED = "UNCONFIRMED"


class ReceiveStatus(StrEnum):
    NOT_RECEIVED = "NOT_RECEIVED"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED"
    RECEIVED = "RECEIVED"


class AcknowledgementCode(StrEnum):
    ACCEPTED = "Accepted"
    BACKORDERED = "Backordered"
    REJECTED = "Rejected"


class RejectionReason(StrEnum):
    TEMPORARILY_UNAVAILABLE = "TemporarilyUnavailable"
    INVALID_PRODUCT_IDENTIFIER = "InvalidProductIdentifier"
    OBSOLETE_PRODUCT = "ObsoleteProduct"


class ImportDetails(Wire, frozen=True):
    method_of_payment: str | None = None
    international_commercial_terms: str | None = None
    port_of_delivery: str | None = None
    import_containers: str | None = None
    shipping_instructions: str | None = None


class OrderItem(Wire, frozen=True):
    """One line. A cancelled line has an ordered quantity of 0. `net_cost` is per each, never per case."""

    item_sequence_number: str
    ordered_quantity: ItemQuantity
    amazon_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    is_back_order_allowed: bool | None = None
    net_cost: Money | None = None
    list_price: Money | None = None


class OrderDetails(Wire, frozen=True):
    """What `includeDetails=true` adds. Windows are kept as Amazon wrote them; the intervals are None when unreadable.

    `items` has no default: an order whose lines are null or absent is a reject, not an order without lines.
    """

    purchase_order_date: Instant
    items: list[OrderItem]
    purchase_order_changed_date: Instant | None = None
    purchase_order_state_changed_date: Instant | None = None
    purchase_order_type: str | None = None
    import_details: ImportDetails | None = None
    deal_code: str | None = None
    payment_method: str | None = None
    buying_party: Party | None = None
    selling_party: Party | None = None
    ship_to_party: Party | None = None
    bill_to_party: Party | None = None
    ship_window: str | None = None
    delivery_window: str | None = None

    @property
    def ship_interval(self) -> Interval | None:
        """When to ship: set where Amazon pays the freight (collect)."""
        return interval(self.ship_window)

    @property
    def delivery_interval(self) -> Interval | None:
        """When to arrive: set where the vendor pays the freight."""
        return interval(self.delivery_window)


class Order(Wire, frozen=True):
    """A purchase order. Amazon's own sandbox leaves the required state out, so it may be None."""

    purchase_order_number: str
    purchase_order_state: str | None = None
    order_details: OrderDetails | None = None


class OrderPayload(Wire, frozen=True):
    payload: Order


class OrderedQuantityDetail(Wire, frozen=True):
    """One change of a line's ordered quantity."""

    updated_date: Instant | None = None
    ordered_quantity: ItemQuantity | None = None
    cancelled_quantity: ItemQuantity | None = None


class OrderedQuantityStatus(Wire, frozen=True):
    ordered_quantity: ItemQuantity | None = None
    ordered_quantity_details: list[OrderedQuantityDetail] = []


class AcknowledgementStatusDetail(Wire, frozen=True):
    """One answer to a line, whoever gave it: API, EDI or a person in Vendor Central."""

    acknowledgement_date: Instant | None = None
    accepted_quantity: ItemQuantity | None = None
    rejected_quantity: ItemQuantity | None = None


class AcknowledgementStatus(Wire, frozen=True):
    """Where the answer to a line stands. Backordered units are counted as accepted: Amazon has no third number."""

    confirmation_status: str | None = None
    accepted_quantity: ItemQuantity | None = None
    rejected_quantity: ItemQuantity | None = None
    acknowledgement_status_details: list[AcknowledgementStatusDetail] = []


class ReceivingStatus(Wire, frozen=True):
    """Best effort at Amazon: missing for whole accounts, or below what Vendor Central shows."""

    receive_status: str | None = None
    received_quantity: ItemQuantity | None = None
    last_receive_date: Instant | None = None


class OrderItemStatus(Wire, frozen=True):
    item_sequence_number: str
    buyer_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    net_cost: Money | None = None
    list_price: Money | None = None
    ordered_quantity: OrderedQuantityStatus | None = None
    acknowledgement_status: AcknowledgementStatus | None = None
    receiving_status: ReceivingStatus | None = None


class OrderStatus(Wire, frozen=True):
    """Where an order stands, line by line, with the dated history of quantities and answers."""

    purchase_order_number: str
    purchase_order_status: str
    purchase_order_date: Instant
    item_status: list[OrderItemStatus]
    last_updated_date: Instant | None = None
    selling_party: Party | None = None
    ship_to_party: Party | None = None


class ItemAcknowledgement(Wire, frozen=True):
    """One part of a line's answer. Backordered needs a scheduled date, Rejected a reason."""

    acknowledgement_code: str
    acknowledged_quantity: ItemQuantity
    scheduled_ship_date: Instant | None = None
    scheduled_delivery_date: Instant | None = None
    rejection_reason: str | None = None


class OrderAcknowledgementItem(Wire, frozen=True):
    """The whole answer to a line; it replaces an earlier one. The product identifiers must be those of the order."""

    ordered_quantity: ItemQuantity
    item_acknowledgements: list[ItemAcknowledgement]
    item_sequence_number: str | None = None
    amazon_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    net_cost: Money | None = None
    list_price: Money | None = None
    discount_multiplier: str | None = None


class OrderAcknowledgement(Wire, frozen=True):
    """The answer to an order. In a first answer a line that is missing counts as rejected."""

    purchase_order_number: str
    selling_party: Party
    acknowledgement_date: Instant
    items: list[OrderAcknowledgementItem]


class SubmitAcknowledgementRequest(Wire, frozen=True):
    acknowledgements: list[OrderAcknowledgement]


class TransactionId(Wire, frozen=True):
    transaction_id: str


class TransactionIdPayload(Wire, frozen=True):
    payload: TransactionId


class OrderList(Wire, frozen=True):
    """A page's payload, decoded whole: the fast path."""

    orders: list[Order] = []
    pagination: Pagination | None = None


class OrderStatusList(Wire, frozen=True):
    orders_status: list[OrderStatus] = []
    pagination: Pagination | None = None


def unusable_order(order: Order) -> str | None:
    """Why an order that decoded cannot be used: a price that is no number. None when it can."""
    return _without_price(order.order_details.items) if order.order_details else None


def unusable_status(status: OrderStatus) -> str | None:
    """Why a status that decoded cannot be used: a price that is no number. None when it can."""
    return _without_price(status.item_status)


def _without_price(lines: Sequence[OrderItem | OrderItemStatus]) -> str | None:
    """A decimal reader takes the texts `NaN` and `Infinity`, and no price is that. Written flat: it runs for every line."""
    for line in lines:
        if (cost := line.net_cost) is not None and (amount := cost.amount) is not None and not amount.is_finite():
            return f"line {line.item_sequence_number}: the net cost is not a finite number"
        if (cost := line.list_price) is not None and (amount := cost.amount) is not None and not amount.is_finite():
            return f"line {line.item_sequence_number}: the list price is not a finite number"
    return None
