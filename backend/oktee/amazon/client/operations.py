"""The SP-API operations the client knows: where they live, their default quota, the roles Amazon asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

ORDER_TRACKING: Final = "Inventory and Order Tracking"
FULFILLMENT: Final = "Amazon Fulfillment"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of Amazon's models, named by its operationId.

    `rate` is calls per second and `burst` the bucket size of the usage plan in the model; the rate in effect is taught
    by the header x-amzn-RateLimit-Limit. The application needs at least one of `roles`.
    """

    name: str
    method: str
    path: str
    rate: float
    burst: int
    roles: frozenset[str]

    @property
    def writes(self) -> bool:
        """Whether a second delivery of the same request may have a second effect."""
        return self.method != "GET"

    @property
    def family(self) -> str:
        """The API it belongs to: what fails together is judged together."""
        return "_".join(self.path.split("/")[1:3])

    def url(self, endpoint: str, path: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None) -> str:
        """The full address with path and query parameters filled in, each percent-encoded whole."""
        filled = self.path.format_map({name: quote(value, safe="") for name, value in (path or {}).items()})
        query = "?" + urlencode(params, quote_via=quote, safe="") if params else ""
        return endpoint.rstrip("/") + filled + query


GET_PURCHASE_ORDERS: Final = Operation(
    name="getPurchaseOrders",
    method="GET",
    path="/vendor/orders/v1/purchaseOrders",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
GET_PURCHASE_ORDER: Final = Operation(
    name="getPurchaseOrder",
    method="GET",
    path="/vendor/orders/v1/purchaseOrders/{purchaseOrderNumber}",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
SUBMIT_ACKNOWLEDGEMENT: Final = Operation(
    name="submitAcknowledgement",
    method="POST",
    path="/vendor/orders/v1/acknowledgements",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
GET_PURCHASE_ORDERS_STATUS: Final = Operation(
    name="getPurchaseOrdersStatus",
    method="GET",
    path="/vendor/orders/v1/purchaseOrdersStatus",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
GET_TRANSACTION: Final = Operation(
    name="getTransaction",
    method="GET",
    path="/vendor/transactions/v1/transactions/{transactionId}",
    rate=10.0,
    burst=20,
    roles=frozenset({ORDER_TRACKING}),
)

SUBMIT_SHIPMENT_CONFIRMATIONS: Final = Operation(
    name="SubmitShipmentConfirmations",
    method="POST",
    path="/vendor/shipping/v1/shipmentConfirmations",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
SUBMIT_SHIPMENTS: Final = Operation(
    name="SubmitShipments",
    method="POST",
    path="/vendor/shipping/v1/shipments",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
GET_SHIPMENT_DETAILS: Final = Operation(
    name="GetShipmentDetails",
    method="GET",
    path="/vendor/shipping/v1/shipments",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)
GET_SHIPMENT_LABELS: Final = Operation(
    name="GetShipmentLabels",
    method="GET",
    path="/vendor/shipping/v1/transportLabels",
    rate=10.0,
    burst=10,
    roles=frozenset({FULFILLMENT, ORDER_TRACKING}),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            GET_PURCHASE_ORDERS,
            GET_PURCHASE_ORDER,
            SUBMIT_ACKNOWLEDGEMENT,
            GET_PURCHASE_ORDERS_STATUS,
            GET_TRANSACTION,
            SUBMIT_SHIPMENT_CONFIRMATIONS,
            SUBMIT_SHIPMENTS,
            GET_SHIPMENT_DETAILS,
            GET_SHIPMENT_LABELS,
        )
    }
)
