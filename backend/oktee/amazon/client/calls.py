"""The two shapes that vendor operations share: a list by windows of dates, page by page, and a message that is handed in."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from oktee.amazon.client.models.vendor_orders import TransactionIdPayload
from oktee.amazon.client.operations import Operation
from oktee.amazon.client.page import Decoded, Page, read
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.windows import MAX_SPAN, windows, wire_time
from oktee.amazon.client.wire import Answer

Model = TypeVar("Model")


async def pages(
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
    """Pages of what has its `prefix` date in `since`..`until`: windows of 7 days, oldest first.

    Raises as AmazonClient.request, and ValueError for a token with a range of more than 7 days.
    """
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


async def submit(client: AmazonClient, operation: Operation, body: bytes | msgspec.Struct) -> str:
    """Hand a message in; gives the transaction id. 202 means received, not accepted: read the outcome back.

    Raises Refused (400: the schema of the whole message is at fault), Throttled; Unreachable, whose `delivered` says
    whether Amazon may have taken it. Never sent twice by itself unless it certainly did not arrive.
    """
    return await client.request(
        operation,
        body=body if isinstance(body, bytes) else encode(body),
        decode=lambda answer: read(answer.body, TransactionIdPayload).payload.transaction_id,
    )


def encode(message: msgspec.Struct) -> bytes:
    """The exact bytes that `submit` sends for this message; the same message gives the same bytes."""
    return msgspec.json.encode(message)
