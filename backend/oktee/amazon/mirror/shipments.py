"""The poller of shipments; the tables are in shipment_tables.py, storing is in shipment_store.py."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Final, cast, get_args

from oktee.amazon.client.models.vendor_shipments.transport import Shipment
from oktee.amazon.client.page import Page
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_shipments import By, list_shipments
from oktee.amazon.mirror import order_store
from oktee.amazon.mirror.order_hours import order_hours
from oktee.amazon.mirror.poller import Poller
from oktee.amazon.mirror.shipment_store import STREAM, store
from oktee.amazon.mirror.windows import Span

BY: Final[tuple[By, ...]] = get_args(By)


async def fetch(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Shipment]]:
    """Shipments that were created in the window, then those that were confirmed, labelled or shipped in it: Amazon has no
    filter for the latest change. A first load reads every shipment as it is now, so the first kind is enough.

    The token says which kind it belongs to: `created:<Amazon's>`.
    """
    kind, _, rest = (token or f"{BY[0]}:").partition(":")
    kinds = BY[:1] if span.first_load else BY
    for at in range(BY.index(cast(By, kind)), len(kinds)):
        following = f"{kinds[at + 1]}:" if at + 1 < len(kinds) else None
        async for page in list_shipments(client, span.since, span.until, rest or None, by=kinds[at]):
            yield replace(page, next_token=f"{kinds[at]}:{page.next_token}" if page.next_token else following)
        rest = ""


POLLER: Final = Poller(
    name=STREAM,
    operation="GetShipmentDetails",
    every=order_hours(seconds=900, otherwise=3600),
    window=timedelta(days=7),
    overlap=timedelta(minutes=10),
    fetch=fetch,
    store=store,
    follows=order_store.STREAM,
)
