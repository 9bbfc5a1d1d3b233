"""vendorShipments v1: confirm shipments (ASN), ask for transport of collect freight, see where they are, fetch labels."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, Literal

from oktee.amazon.client.calls import pages, submit
from oktee.amazon.client.models.vendor_shipments.confirmations import SubmitShipmentConfirmationsRequest
from oktee.amazon.client.models.vendor_shipments.transport import (
    Shipment,
    ShipmentList,
    SubmitShipmentsRequest,
    TransportLabel,
    TransportLabelList,
    usable,
)
from oktee.amazon.client.operations import (
    GET_SHIPMENT_DETAILS,
    GET_SHIPMENT_LABELS,
    SUBMIT_SHIPMENT_CONFIRMATIONS,
    SUBMIT_SHIPMENTS,
)
from oktee.amazon.client.page import Page, PageDecoder
from oktee.amazon.client.session import AmazonClient

MAX_LIMIT: Final = 50
MOST_PAGES: Final = 20
"""Of what is asked about one shipment: more would be a token that leads in a circle."""

By = Literal["created", "shipmentConfirmed", "packageLabelCreated", "shipped"]
"""The date pairs that shipments are listed by; Amazon has none for the latest change."""

_SHIPMENTS: Final = PageDecoder(
    Shipment,
    whole=ShipmentList,
    key="shipments",
    elements=lambda whole: whole.shipments,
    pagination=lambda whole: whole.pagination,
    unusable=usable,
)
_LABELS: Final = PageDecoder(
    TransportLabel,
    whole=TransportLabelList,
    key="transportLabels",
    elements=lambda whole: whole.transport_labels,
    pagination=lambda whole: whole.pagination,
    unusable=usable,
)


async def list_shipments(
    client: AmazonClient,
    since: datetime,
    until: datetime,
    token: str | None = None,
    *,
    by: By = "created",
    limit: int = MAX_LIMIT,
) -> AsyncIterator[Page[Shipment]]:
    """Pages of the shipments whose date `by` lies in `since`..`until`; windows of 7 days, oldest first, as for orders.

    Raises as AmazonClient.request, and ValueError for a token with a range of more than 7 days.
    """
    found = pages(
        client, GET_SHIPMENT_DETAILS, _SHIPMENTS, since, until, token, prefix=by, filters={"limit": str(limit)}
    )
    async for page in found:
        yield page


async def get_shipment(client: AmazonClient, identifier: str) -> Shipment | None:
    """One shipment by the vendor's own identifier; None when Amazon shows none (yet)."""
    token: str | None = None
    for _ in range(MOST_PAGES):
        params = {"vendorShipmentIdentifier": identifier} | ({"nextToken": token} if token else {})
        decoded = await client.request(
            GET_SHIPMENT_DETAILS, params=params, decode=lambda answer: _SHIPMENTS(answer.body)
        )
        for shipment in decoded.models:  # a filter that Amazon overlooks is none: the identifier is compared again
            if shipment.vendor_shipment_identifier == identifier:
                return shipment
        if decoded.next_token in (None, token):
            return None
        token = decoded.next_token
    return None


async def get_shipment_labels(client: AmazonClient, identifier: str) -> list[TransportLabel]:
    """The transport labels of one shipment, as they are now; none before Amazon has made them."""
    found: list[TransportLabel] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        params = {"vendorShipmentIdentifier": identifier} | ({"nextToken": token} if token else {})
        decoded = await client.request(GET_SHIPMENT_LABELS, params=params, decode=lambda answer: _LABELS(answer.body))
        found += [one for one in decoded.models if one.vendor_shipment_identifier in (identifier, None)]
        if decoded.next_token in (None, token):
            break
        token = decoded.next_token
    return found


async def submit_shipment_confirmations(client: AmazonClient, body: bytes | SubmitShipmentConfirmationsRequest) -> str:
    """Hand in shipment confirmations; gives the transaction id. Errors as of `calls.submit`."""
    return await submit(client, SUBMIT_SHIPMENT_CONFIRMATIONS, body)


async def submit_shipments(client: AmazonClient, body: bytes | SubmitShipmentsRequest) -> str:
    """Ask Amazon to fetch collect freight, or cancel that; gives the transaction id. Errors as of `calls.submit`."""
    return await submit(client, SUBMIT_SHIPMENTS, body)
