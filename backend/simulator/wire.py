"""The JSON of the vendorOrders model: an order, its short form and its status (amazon/FACTS e and appendix B)."""

from decimal import Decimal
from typing import Any

import orjson

from simulator.instants import interval, wire
from simulator.orders import Line, Order
from simulator.parties import buying_party, ship_to_party


def brief_json(order: Order) -> bytes:
    """The form of includeDetails=false: number and state alone."""
    return orjson.dumps({"purchaseOrderNumber": order.number, "purchaseOrderState": order.state})


def detail_head(order: Order) -> bytes:
    """The order up to its items, to be followed by items_json and detail_tail: bulk orders share their items."""
    details: dict[str, Any] = {
        "purchaseOrderDate": wire(order.placed_at),
        "purchaseOrderStateChangedDate": wire(order.state_changed_at),
        "purchaseOrderType": order.order_type,
        "paymentMethod": order.payment_method,
        "buyingParty": buying_party(order.country),
        "sellingParty": {"partyId": order.vendor_code},
        "shipToParty": ship_to_party(order.fulfilment_center, country=order.country),
        "billToParty": buying_party(order.country, tax=True),
    }
    if order.changed_at is not None:
        details["purchaseOrderChangedDate"] = wire(order.changed_at)
    window = "shipWindow" if order.freight == "collect" else "deliveryWindow"
    details[window] = interval(order.window_start, order.window_end)
    details["items"] = []
    body = {"purchaseOrderNumber": order.number, "purchaseOrderState": order.state, "orderDetails": details}
    return orjson.dumps(body)[: -len(DETAIL_TAIL)]


DETAIL_TAIL = b"]}}"


def items_json(lines: list[Line], *, currency: str) -> bytes:
    return b",".join(orjson.dumps(_item(line, currency)) for line in lines)


def _item(line: Line, currency: str) -> dict[str, Any]:
    item: dict[str, Any] = {"itemSequenceNumber": line.sequence, "amazonProductIdentifier": line.asin}
    if line.identifier is not None:
        item["vendorProductIdentifier"] = line.identifier
    item["orderedQuantity"] = _quantity(line, line.quantity)
    item["isBackOrderAllowed"] = line.backorder_allowed
    item["netCost"] = _money(line.net_cost, currency)
    if line.list_price is not None:
        item["listPrice"] = _money(line.list_price, currency)
    return item


def status_json(order: Order) -> bytes:
    return orjson.dumps(
        {
            "purchaseOrderNumber": order.number,
            "purchaseOrderStatus": "CLOSED" if order.state == "Closed" else "OPEN",
            "purchaseOrderDate": wire(order.placed_at),
            "lastUpdatedDate": wire(order.updated_at),
            "sellingParty": {"partyId": order.vendor_code},
            "shipToParty": ship_to_party(order.fulfilment_center, country=order.country),
            "itemStatus": [_item_status(line, order.currency) for line in order.lines],
        }
    )


def _item_status(line: Line, currency: str) -> dict[str, Any]:
    status: dict[str, Any] = {"itemSequenceNumber": line.sequence, "buyerProductIdentifier": line.asin}
    if line.identifier is not None:
        status["vendorProductIdentifier"] = line.identifier
    status["netCost"] = _money(line.net_cost, currency)
    if line.list_price is not None:
        status["listPrice"] = _money(line.list_price, currency)
    status["orderedQuantity"] = {
        "orderedQuantity": _quantity(line, line.quantity),
        # Newest first, each entry what was added or cancelled, as in the samples of Amazon's model.
        "orderedQuantityDetails": [
            {
                "updatedDate": wire(change.at),
                ("orderedQuantity" if change.delta >= 0 else "cancelledQuantity"): _quantity(line, abs(change.delta)),
            }
            for change in reversed(line.quantities)
        ],
    }
    acknowledgement: dict[str, Any] = {
        "confirmationStatus": line.confirmation,
        "acceptedQuantity": _quantity(line, line.accepted),
        "rejectedQuantity": _quantity(line, 0 if line.rejection_hidden else line.rejected),
    }
    if line.answers:
        acknowledgement["acknowledgementStatusDetails"] = [
            {
                "acknowledgementDate": wire(answer.at),
                "acceptedQuantity": _quantity(line, answer.accepted),
                "rejectedQuantity": _quantity(line, answer.rejected),
            }
            for answer in reversed(line.answers)
        ]
    status["acknowledgementStatus"] = acknowledgement
    receiving: dict[str, Any] = {
        "receiveStatus": line.receive_status,
        "receivedQuantity": _quantity(line, line.received),
    }
    if line.received_at is not None:
        receiving["lastReceiveDate"] = wire(line.received_at)
    status["receivingStatus"] = receiving
    return status


def _quantity(line: Line, amount: int) -> dict[str, Any]:
    return {"amount": amount, "unitOfMeasure": line.unit, "unitSize": line.unit_size}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"currencyCode": currency, "amount": str(amount)}
