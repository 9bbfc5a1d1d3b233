"""Every static sandbox answer that Amazon publishes for these APIs is read, those that break its own schema included."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import respx
from oktee.amazon.client.errors import Refused
from oktee.amazon.client.operations import OPERATIONS
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    list_purchase_order_status,
    list_purchase_orders,
    submit_acknowledgement,
)
from oktee.amazon.client.vendor_shipments import (
    get_shipment_labels,
    list_shipments,
    submit_shipment_confirmations,
    submit_shipments,
)
from oktee.amazon.client.vendor_transactions import get_transaction

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


async def first_page(pages: Any) -> Any:
    try:
        return await anext(pages)
    finally:
        await pages.aclose()


CALLS: dict[str, Callable[[AmazonClient], Awaitable[Any]]] = {
    "getPurchaseOrders": lambda client: first_page(list_purchase_orders(client, SINCE, UNTIL)),
    "getPurchaseOrder": lambda client: get_purchase_order(client, "4Z32PABC"),
    "getPurchaseOrdersStatus": lambda client: first_page(list_purchase_order_status(client, SINCE, UNTIL)),
    "submitAcknowledgement": lambda client: submit_acknowledgement(client, b"{}"),
    "SubmitShipmentConfirmations": lambda client: submit_shipment_confirmations(client, b"{}"),
    "SubmitShipments": lambda client: submit_shipments(client, b"{}"),
    "GetShipmentDetails": lambda client: first_page(list_shipments(client, SINCE, UNTIL)),
    "GetShipmentLabels": lambda client: get_shipment_labels(client, "7822"),
    "getTransaction": lambda client: get_transaction(client, "20190904190535-eef8cad8"),
}

LISTS = {"getPurchaseOrders": "orders", "getPurchaseOrdersStatus": "ordersStatus", "GetShipmentDetails": "shipments"}


def without_empty(value: Any) -> Any:
    """What of a published answer must be found in the model: everything but nulls and empty lists."""
    if isinstance(value, dict):
        return {key: without_empty(inner) for key, inner in value.items() if inner is not None and inner != []}
    return [without_empty(inner) for inner in value] if isinstance(value, list) else value


def assert_holds(model: Any, published: Any) -> None:
    """Each published field is in the model under its snake-case name with an equal value."""
    if isinstance(published, dict):
        names = dict(zip(model.__struct_encode_fields__, model.__struct_fields__, strict=True))
        for key, inner in published.items():
            assert_holds(getattr(model, names[key]), inner)
    elif isinstance(published, list):
        assert len(model) == len(published)
        for one, other in zip(model, published, strict=True):
            assert_holds(one, other)
    elif isinstance(model, datetime):
        moment = datetime.fromisoformat(published)
        assert model == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        assert model.tzinfo is not None
    elif isinstance(model, Decimal):
        assert model == Decimal(published)
    else:
        assert model == published


@respx.mock
async def test_every_published_answer_is_read(case: tuple[str, int, int, Any], make_client: Any) -> None:
    name, status, _, body = case
    respx.route().respond(status, json=body)
    call = CALLS[name](make_client().client)
    if status >= 400:
        with pytest.raises(Refused) as refusal:
            await call
        error = body["errors"][0]
        assert (refusal.value.code, refusal.value.message, refusal.value.delivered) == (
            error["code"],
            error["message"],
            False,
        )
        return
    result, payload = await call, without_empty(body["payload"])
    match name:
        case "getPurchaseOrders" | "getPurchaseOrdersStatus" | "GetShipmentDetails":
            assert result.rejects == []
            assert_holds(result.models, payload[LISTS[name]])
            assert result.next_token == payload.get("pagination", {}).get("nextToken")
            assert json.loads(result.body) == body
        case "getPurchaseOrder":
            assert_holds(result, payload)
        case "GetShipmentLabels":
            # The published page names a next one, so the same answer is read twice before the circle is noticed.
            assert_holds(result[:1], payload["transportLabels"])
        case "submitAcknowledgement" | "SubmitShipmentConfirmations" | "SubmitShipments":
            assert result == payload["transactionId"]
        case _:
            assert_holds(result, payload["transactionStatus"])


def test_registry_names_method_path_quota_of_amazons_models(published: dict[str, dict[str, Any]]) -> None:
    assert set(OPERATIONS) == set(published)
    for name, operation in OPERATIONS.items():
        found = published[name]
        assert (operation.method, operation.path) == (found["method"], found["path"])
        assert (operation.rate, operation.burst) == (found["rate"], found["burst"])
