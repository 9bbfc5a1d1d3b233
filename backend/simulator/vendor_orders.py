"""vendorOrders v1: the four operations of retail procurement orders (amazon/FACTS e)."""

from collections.abc import Callable
from datetime import datetime

import orjson
from starlette.requests import Request

from simulator.acknowledgement_schema import SchemaFault, read_acknowledgements
from simulator.amazon import Amazon
from simulator.book import Position
from simulator.gateway import invalid_input
from simulator.ledger import Call
from simulator.orders import Order
from simulator.paging import (
    HORIZON,
    BadRequest,
    PageTokens,
    Window,
    latest_week,
    read_choice,
    read_flag,
    read_limit,
    read_page,
    read_window,
)
from simulator.replies import Reply, error_reply, json_reply

LARGEST_BODY = 4_000_000
"""Bytes of a submitAcknowledgement; Amazon documents a 413 but not its limit."""

Filter = Callable[[Order], bool]


class VendorOrders:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def get_purchase_orders(self, request: Request, call: Call, partner: str) -> Reply:
        query = dict(request.query_params)
        now = self._amazon.clock()
        try:
            limit = read_limit(query)
            details = read_flag(query, "includeDetails", default=True)
            read_choice(query, "sortOrder", ("ASC", "DESC"))  # checked, then ignored as by Amazon
            created, changed = read_window(query, "created", now=now), read_window(query, "changed", now=now)
            wanted = _order_filter(query, created=created, now=now)
            tokens = PageTokens(query)
            after = tokens.read()
        except BadRequest as fault:
            return invalid_input(fault.message, fault.details)
        index = self._amazon.book.index(partner)
        by, window = (index.changed, changed) if changed else (index.created, created or latest_week(now))
        orders, end = read_page(
            self._amazon.book, by, window, after=after, limit=limit, wanted=wanted, descending=False
        )
        book = self._amazon.book
        parts: list[bytes] = []
        for order in orders:
            parts.append(b",")
            parts.extend(book.detail_parts(order) if details else (book.brief(order),))
        return _page(b"orders", parts[1:], end, tokens)

    def get_purchase_order(self, request: Request, call: Call, partner: str) -> Reply:
        number = request.path_params["purchaseOrderNumber"]
        order = self._visible(number, partner)
        if order is None:
            return error_reply(
                404, "NotFound", "The requested purchase order does not exist.", f"purchaseOrderNumber {number}"
            )
        return Reply(200, b"".join((b'{"payload":', *self._amazon.book.detail_parts(order), b"}")))

    def get_purchase_orders_status(self, request: Request, call: Call, partner: str) -> Reply:
        query = dict(request.query_params)
        now = self._amazon.clock()
        book = self._amazon.book
        try:
            limit = read_limit(query)
            order_of_rows = read_choice(query, "sortOrder", ("ASC", "DESC"))
            if order_of_rows == "ASC" and self._amazon.live.refuses_ascending:
                raise BadRequest("The sortOrder ASC is not supported.", "")
            descending = order_of_rows == "DESC"
            created, updated = read_window(query, "created", now=now), read_window(query, "updated", now=now)
            wanted = _status_filter(query, created=created, updated=updated, now=now)
            tokens = PageTokens(query)
            after = tokens.read()
        except BadRequest as fault:
            return invalid_input(fault.message, fault.details)
        index = book.index(partner)
        end: Position | None = None
        if "purchaseOrderNumber" in query:
            order = self._visible(query["purchaseOrderNumber"], partner)
            orders = [order] if order is not None and wanted(order) else []
        else:
            by, window = (index.updated, updated) if updated else (index.created, created or latest_week(now))
            orders, end = read_page(book, by, window, after=after, limit=limit, wanted=wanted, descending=descending)
        parts = [part for order in orders for part in (b",", book.status(order))]
        return _page(b"ordersStatus", parts[1:], end, tokens)

    def submit_acknowledgement(self, request: Request, call: Call, partner: str) -> Reply:
        call.keep_body = True
        body = call.body or b""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return error_reply(415, "UnsupportedMediaType", "The request's Content-Type header is invalid.")
        if len(body) > LARGEST_BODY:
            return error_reply(413, "RequestTooLarge", "The request size exceeded the maximum accepted size.")
        try:
            acknowledgements = read_acknowledgements(orjson.loads(body))
        except orjson.JSONDecodeError:
            return error_reply(400, "InvalidInput", "Could not parse the request body.")
        except SchemaFault as fault:
            return error_reply(400, "InvalidInput", str(fault))
        call.purchase_orders = list(dict.fromkeys(each.number for each in acknowledgements))
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
        )
        return json_reply(202, {"payload": {"transactionId": transaction.id}})

    def _visible(self, number: str, partner: str) -> Order | None:
        order = self._amazon.book.find(number)
        now = self._amazon.clock()
        mine = order is not None and order.selling_partner_id == partner and now - HORIZON <= order.available_at <= now
        return order if mine else None


def _order_filter(query: dict[str, str], *, created: Window | None, now: datetime) -> Filter:
    state = read_choice(query, "purchaseOrderState", ("New", "Acknowledged", "Closed"))
    cancelled = read_choice(query, "poItemState", ("Cancelled",)) is not None
    changed_only = read_flag(query, "isPOChanged", default=False)
    code = query.get("orderingVendorCode")

    def wanted(order: Order) -> bool:
        return (
            order.available_at <= now
            and (created is None or created.since <= order.available_at < created.until)
            and (state is None or order.state == state)
            and (code is None or order.vendor_code == code)
            and (not changed_only or order.changed_at is not None)
            and (not cancelled or any(line.quantity == 0 for line in order.lines))
        )

    return wanted


def _status_filter(query: dict[str, str], *, created: Window | None, updated: Window | None, now: datetime) -> Filter:
    status = read_choice(query, "purchaseOrderStatus", ("OPEN", "CLOSED"))
    confirmation = read_choice(
        query, "itemConfirmationStatus", ("ACCEPTED", "PARTIALLY_ACCEPTED", "REJECTED", "UNCONFIRMED")
    )
    receipt = read_choice(query, "itemReceiveStatus", ("NOT_RECEIVED", "PARTIALLY_RECEIVED", "RECEIVED"))
    code, center = query.get("orderingVendorCode"), query.get("shipToPartyId")

    def wanted(order: Order) -> bool:
        return (
            order.available_at <= now
            and (created is None or created.since <= order.available_at < created.until)
            and (updated is None or updated.since <= order.updated_at < updated.until)
            and (status is None or (order.state == "Closed") == (status == "CLOSED"))
            and (code is None or order.vendor_code == code)
            and (center is None or order.fulfilment_center == center)
            and (confirmation is None or any(line.confirmation == confirmation for line in order.lines))
            and (receipt is None or any(line.receive_status == receipt for line in order.lines))
        )

    return wanted


def _page(name: bytes, parts: list[bytes], end: Position | None, tokens: PageTokens) -> Reply:
    pagination = b"" if end is None else b'"pagination":{"nextToken":"%b"},' % tokens.write(end).encode()
    return Reply(200, b"".join((b'{"payload":{', pagination, b'"', name, b'":[', *parts, b"]}}")))
