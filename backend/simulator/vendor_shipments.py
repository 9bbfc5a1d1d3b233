"""vendorShipments v1: confirmations, transport requests, their details and labels (amazon/FACTS f)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request

from simulator.acknowledgement_schema import SchemaFault
from simulator.amazon import Amazon
from simulator.ledger import Call
from simulator.paging import BadRequest, PageTokens, Window, read_choice, read_window
from simulator.replies import Reply, error_reply, json_reply
from simulator.shipment_schema import read_confirmations, read_requests
from simulator.shipment_wire import details, labels
from simulator.shipments import Shipment
from simulator.vendor_orders import LARGEST_BODY

LARGEST_PAGE = 50
DATES: dict[str, Callable[[dict[str, Any], Shipment], str | datetime | None]] = {
    "created": lambda shown, shipment: shipment.created_at,
    "shipmentConfirmed": lambda shown, shipment: shipment.confirmed_at,
    "packageLabelCreated": lambda shown, shipment: shipment.labelled_at,
    "shipped": lambda shown, shipment: shown["transportationDetails"].get("shippedDate"),
    "estimatedDelivery": lambda shown, shipment: shown["transportationDetails"].get("estimatedDeliveryDate"),
    "shipmentDelivery": lambda shown, shipment: shipment.arrived_at,
    "requestedPickUp": lambda shown, shipment: (shown.get("collectFreightPickupDetails") or {}).get("requestedPickUp"),
    "scheduledPickUp": lambda shown, shipment: shipment.scheduled_pickup if shipment.carrier_at else None,
}


class VendorShipments:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def submit_confirmations(self, request: Request, call: Call, partner: str) -> Reply:
        return self._submit(request, call, partner, read_confirmations)

    def submit_shipments(self, request: Request, call: Call, partner: str) -> Reply:
        return self._submit(request, call, partner, read_requests)

    def get_shipments(self, request: Request, call: Call, partner: str) -> Reply:
        query = dict(request.query_params)
        now = self._amazon.clock()
        try:
            limit = _limit(query)
            read_choice(query, "sortOrder", ("ASC", "DESC"))
            status = read_choice(
                query, "currentShipmentStatus", ("Created", "TransportationRequested", "CarrierAssigned", "Shipped")
            )
            windows = {name: read_window(query, name, now=now) for name in DATES}
            _named(query, "vendorShipmentIdentifier", "vendor Shipment Identifier")
            tokens = PageTokens(query)
            after = tokens.read()
        except BadRequest as fault:
            return _invalid(fault)
        found: list[tuple[Shipment, dict[str, Any]]] = []
        for shipment in self._of(partner):
            shown = details(shipment, self._amazon.book)
            if (
                (status is None or shipment.status == status)
                and _within(windows, shown, shipment)
                and query.get("vendorShipmentIdentifier") in (None, shipment.identifier)
                and query.get("buyerReferenceNumber") in (None, shipment.reference)
                and query.get("buyerWarehouseCode") in (None, shipment.fulfilment_center)
                and query.get("sellerWarehouseCode") in (None, shown["shipFromParty"]["partyId"])
            ):
                found.append((shipment, shown))
        return _page("shipments", found, limit=limit, after=after, tokens=tokens)

    def get_labels(self, request: Request, call: Call, partner: str) -> Reply:
        query = dict(request.query_params)
        now = self._amazon.clock()
        try:
            limit = _limit(query)
            read_choice(query, "sortOrder", ("ASC", "DESC"))
            window = read_window(query, "labelCreated", now=now)
            _named(query, "vendorShipmentIdentifier", "vendor Shipment Identifier")
            tokens = PageTokens(query)
            after = tokens.read()
        except BadRequest as fault:
            return _invalid(fault)
        found = [
            (shipment, labels(shipment))
            for shipment in self._of(partner)
            if shipment.labelled_at is not None
            and (window is None or window.since <= shipment.labelled_at < window.until)
            and query.get("vendorShipmentIdentifier") in (None, shipment.identifier)
            and query.get("buyerReferenceNumber") in (None, shipment.reference)
        ]
        return _page("transportLabels", found, limit=limit, after=after, tokens=tokens)

    def _submit(self, request: Request, call: Call, partner: str, read: Callable[[Any], list[dict[str, Any]]]) -> Reply:
        call.keep_body = True
        body = call.body or b""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return error_reply(415, "UnsupportedMediaType", "The request's Content-Type header is invalid.")
        if len(body) > LARGEST_BODY:
            return error_reply(413, "RequestTooLarge", "The request size exceeded the maximum accepted size.")
        try:
            given = read(orjson.loads(body))
        except orjson.JSONDecodeError:
            return error_reply(400, "InvalidInput", "Could not parse the request body.")
        except SchemaFault as fault:
            return error_reply(400, "InvalidInput", str(fault))
        call.purchase_orders = list(dict.fromkeys(number for each in given for number in _orders_of(each)))
        amazon = self._amazon
        transaction = amazon.transactions.submit(
            body,
            client_id=call.application or "",
            selling_partner_id=partner,
            now=amazon.clock(),
            delay=amazon.live.ack_delay_seconds,
            mode=amazon.live.transaction_mode,
            call_seq=call.seq,
            guid=call.request_id,
            operation=call.operation,
        )
        return json_reply(202, {"payload": {"transactionId": transaction.id}})

    def _of(self, partner: str) -> list[Shipment]:
        mine = [
            each for each in self._amazon.shipments if each.selling_partner_id == partner and each.cancelled_at is None
        ]
        return sorted(mine, key=lambda each: (each.created_at, each.identifier))


def _orders_of(body: dict[str, Any]) -> list[str]:
    items = [(item.get("itemDetails") or {}).get("purchaseOrderNumber") for item in body.get("shippedItems") or []]
    orders = [order.get("purchaseOrderNumber") for order in body.get("purchaseOrders") or []]
    return [number for number in (*items, *orders) if number]


def _limit(query: dict[str, str]) -> int:
    text = query.get("limit", str(LARGEST_PAGE))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise BadRequest("Invalid limit.", f"limit must be between 1 and {LARGEST_PAGE}")
    return int(text)


def _named(query: dict[str, str], name: str, words: str) -> None:
    if query.get(name) in ("", "null"):
        raise BadRequest("Request is missing or has invalid parameters", f"{words} cannot be null")


def _invalid(fault: BadRequest) -> Reply:
    return error_reply(400, "InvalidRequest", fault.message, fault.details)


def _within(windows: dict[str, Window | None], shown: dict[str, Any], shipment: Shipment) -> bool:
    for name, window in windows.items():
        if window is None:
            continue
        value = DATES[name](shown, shipment)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if moment is None or not window.since <= moment < window.until:
            return False
    return True


def _page(
    name: str,
    found: list[tuple[Shipment, dict[str, Any]]],
    *,
    limit: int,
    after: tuple[datetime, str] | None,
    tokens: PageTokens,
) -> Reply:
    rest = [(one, shown) for one, shown in found if after is None or (one.created_at, one.identifier) > after]
    page = rest[:limit]
    payload: dict[str, Any] = {name: [shown for _, shown in page]}
    if len(rest) > limit:
        last = page[-1][0]
        payload["pagination"] = {"nextToken": tokens.write((last.created_at, last.identifier))}
    return json_reply(200, {"payload": payload})
