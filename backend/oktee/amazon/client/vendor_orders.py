"""vendorOrders v1: list purchase orders and their status, read one, submit acknowledgements.

`sortOrder` is never sent: getPurchaseOrders ignores it, and ASC makes getPurchaseOrdersStatus answer 400 on some accounts.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from oktee.amazon.client.calls import pages, submit
from oktee.amazon.client.models.vendor_orders import (
    Order,
    OrderList,
    OrderPayload,
    OrderStatus,
    OrderStatusList,
    SubmitAcknowledgementRequest,
    unusable_order,
    unusable_status,
)
from oktee.amazon.client.operations import (
    GET_PURCHASE_ORDER,
    GET_PURCHASE_ORDERS,
    GET_PURCHASE_ORDERS_STATUS,
    SUBMIT_ACKNOWLEDGEMENT,
)
from oktee.amazon.client.page import Page, PageDecoder, read
from oktee.amazon.client.session import AmazonClient

MAX_LIMIT: Final = 100

_ORDERS: Final = PageDecoder(
    Order,
    whole=OrderList,
    key="orders",
    elements=lambda whole: whole.orders,
    pagination=lambda whole: whole.pagination,
    unusable=unusable_order,
)
_STATUSES: Final = PageDecoder(
    OrderStatus,
    whole=OrderStatusList,
    key="ordersStatus",
    elements=lambda whole: whole.orders_status,
    pagination=lambda whole: whole.pagination,
    unusable=unusable_status,
)
Model = TypeVar("Model")


async def list_purchase_orders(
    client: AmazonClient,
    since: datetime,
    until: datetime,
    token: str | None = None,
    *,
    by: Literal["changed", "created"] = "changed",
    limit: int = MAX_LIMIT,
    vendor_code: str | None = None,
    include_details: bool = True,
) -> AsyncIterator[Page[Order]]:
    """Pages of the orders that changed (or became available, which is not purchaseOrderDate) in `since`..`until`.

    A longer range is read in windows of 7 days, oldest first; an order at a border may come twice. With `token` the
    listing goes on inside one window: `since` and `until` must be those of the page that gave it. Amazon keeps 6 months.
    Raises as AmazonClient.request, and ValueError for a token with a range of more than 7 days.
    """
    filters = {"limit": str(limit), "includeDetails": "true" if include_details else "false"}
    if vendor_code is not None:
        filters["orderingVendorCode"] = vendor_code
    found = pages(client, GET_PURCHASE_ORDERS, _ORDERS, since, until, token, prefix=by, filters=filters)
    async for page in found:
        yield page


async def list_purchase_order_status(
    client: AmazonClient,
    since: datetime,
    until: datetime,
    token: str | None = None,
    *,
    by: Literal["updated", "created"] = "updated",
    limit: int = MAX_LIMIT,
    vendor_code: str | None = None,
) -> AsyncIterator[Page[OrderStatus]]:
    """Pages of the status of orders that were updated (or created) in `since`..`until`; windows and errors as above.

    Amazon has at times ignored updatedAfter/updatedBefore and returned everything: storing must be idempotent.
    """
    filters = {"limit": str(limit)}
    if vendor_code is not None:
        filters["orderingVendorCode"] = vendor_code
    found = pages(client, GET_PURCHASE_ORDERS_STATUS, _STATUSES, since, until, token, prefix=by, filters=filters)
    async for page in found:
        yield page


async def get_purchase_order(client: AmazonClient, number: str) -> Order:
    """One order with its lines. Raises Refused (status 404 or 400) for a number this account does not have."""
    return await client.request(
        GET_PURCHASE_ORDER,
        path={"purchaseOrderNumber": number},
        decode=lambda answer: _usable(read(answer.body, OrderPayload).payload, unusable_order),
    )


async def get_purchase_order_status(client: AmazonClient, number: str) -> OrderStatus | None:
    """The status of one order, None when Amazon knows no such order. The only proof that an answer took effect."""
    decoded = await client.request(
        GET_PURCHASE_ORDERS_STATUS,
        params={"purchaseOrderNumber": number},
        decode=lambda answer: _STATUSES(answer.body),
    )
    # Filters of this operation were once without effect, so the number is compared again.
    for status in decoded.models:
        if status.purchase_order_number == number:
            return status
    return None


async def submit_acknowledgement(client: AmazonClient, body: bytes | SubmitAcknowledgementRequest) -> str:
    """Hand in answers to orders; gives the transaction id. Errors as of `calls.submit`."""
    return await submit(client, SUBMIT_ACKNOWLEDGEMENT, body)


def _usable(model: Model, unusable: Callable[[Model], str | None]) -> Model:
    if reason := unusable(model):
        raise msgspec.DecodeError(reason)
    return model
