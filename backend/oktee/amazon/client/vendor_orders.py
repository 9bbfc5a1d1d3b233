"""vendorOrders v1: list purchase orders and their status, read one, submit acknowledgements.

`sortOrder` is never sent: getPurchaseOrders ignores it, and ASC makes getPurchaseOrdersStatus answer 400 on some accounts.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from oktee.amazon.client.models.vendor_orders import (
    Order,
    OrderList,
    OrderPayload,
    OrderStatus,
    OrderStatusList,
    SubmitAcknowledgementRequest,
    TransactionIdPayload,
    unusable_order,
    unusable_status,
)
from oktee.amazon.client.operations import (
    GET_PURCHASE_ORDER,
    GET_PURCHASE_ORDERS,
    GET_PURCHASE_ORDERS_STATUS,
    SUBMIT_ACKNOWLEDGEMENT,
    Operation,
)
from oktee.amazon.client.page import Decoded, Page, PageDecoder, read
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.windows import MAX_SPAN, windows, wire_time
from oktee.amazon.client.wire import Answer

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
    pages = _pages(client, GET_PURCHASE_ORDERS, _ORDERS, since, until, token, prefix=by, filters=filters)
    async for page in pages:
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
    pages = _pages(client, GET_PURCHASE_ORDERS_STATUS, _STATUSES, since, until, token, prefix=by, filters=filters)
    async for page in pages:
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
    """Hand in answers to orders; gives the transaction id. 202 means received, not accepted: read the status back.

    Raises Refused (400: the schema of the whole batch is at fault), Throttled; Unreachable, whose `delivered` says
    whether Amazon may have taken it. Never sent twice by itself unless it certainly did not arrive.
    """
    return await client.request(
        SUBMIT_ACKNOWLEDGEMENT,
        body=body if isinstance(body, bytes) else encode(body),
        decode=lambda answer: read(answer.body, TransactionIdPayload).payload.transaction_id,
    )


def encode(request: SubmitAcknowledgementRequest) -> bytes:
    """The exact bytes that `submit_acknowledgement` sends for this request; the same request gives the same bytes."""
    return msgspec.json.encode(request)


async def _pages(
    client: AmazonClient,
    operation: Operation,
    decoder: Callable[[bytes], Decoded[Model]],
    since: datetime,
    until: datetime,
    token: str | None,
    *,
    prefix: str,
    filters: Mapping[str, str],
) -> AsyncIterator[Page[Model]]:
    if token is not None and until - since > MAX_SPAN:
        raise ValueError("a page token belongs to one window of at most 7 days")
    for start, end in windows(since, until):
        asked = {**filters, f"{prefix}After": wire_time(start), f"{prefix}Before": wire_time(end)}

        def page(answer: Answer, start: datetime = start, end: datetime = end) -> Page[Model]:
            decoded = decoder(answer.body)
            return Page(
                models=decoded.models,
                rejects=decoded.rejects,
                next_token=decoded.next_token,
                since=start,
                until=end,
                received_at=answer.received_at,
                request_id=answer.request_id,
                body=answer.body,
            )

        while True:
            # The filters go with every token, as Amazon's own examples do.
            params = {**asked, "nextToken": token} if token else asked
            current = await client.request(operation, params=params, decode=page)
            token = current.next_token
            yield current
            if token is None:
                break


def _usable(model: Model, unusable: Callable[[Model], str | None]) -> Model:
    if reason := unusable(model):
        raise msgspec.DecodeError(reason)
    return model
