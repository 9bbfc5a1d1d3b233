"""Control over orders: place them, change them, answer them elsewhere, receive them, look at them."""

import random
from collections.abc import Iterable
from datetime import datetime

import orjson
from fastapi import APIRouter

from simulator.accounts import VendorCode, VendorGroup
from simulator.amazon import Amazon
from simulator.changing import (
    LineChange,
    NotPossible,
    add_lines,
    answer_elsewhere,
    cancel,
    change_currency,
    change_lines,
    move_window,
    receive,
    redirect,
    remove_lines,
    shifted,
    uncancel,
)
from simulator.control.binding import Simulated
from simulator.control.models import AnswerIn, AnswersIn, ChangesIn, Json, LineIn, OrdersIn, ReceiptsIn
from simulator.control.problems import Problem
from simulator.instants import cut, wire
from simulator.marketplaces import find_marketplace
from simulator.orders import Order
from simulator.world.placing import WantedLine, build_line, draw_lines, draw_number, place_order, wanted_item

router = APIRouter(tags=["orders"])


def _known(amazon: Amazon, number: str) -> Order:
    order = amazon.book.find(number)
    if order is None:
        raise Problem(404, f"no order {number}")
    return order


def _select(amazon: Amazon, customer: str | None, partner: str | None) -> Iterable[Order]:
    if customer is not None and customer not in amazon.customers:
        raise Problem(404, f"no customer {customer}")
    if partner is not None and amazon.find_group(partner) is None:
        raise Problem(404, f"no vendor group {partner}")
    chosen = (
        order
        for order in amazon.book
        if customer in (None, order.customer) and partner in (None, order.selling_partner_id)
    )
    return sorted(chosen, key=lambda order: (order.available_at, order.number))


@router.get("/orders")
async def list_orders(
    amazon: Simulated,
    customer: str | None = None,
    selling_partner_id: str | None = None,
    state: str | None = None,
    limit: int = 1_000,
) -> Json:
    """Orders oldest first, each as Amazon's two operations show it, with who answered; more than `limit` are cut off."""
    amazon.advance()
    orders = [order for order in _select(amazon, customer, selling_partner_id) if state in (None, order.state)]
    return {"total": len(orders), "orders": [_view(amazon, order) for order in orders[:limit]]}


@router.get("/orders/{number}")
async def get_order(amazon: Simulated, number: str) -> Json:
    amazon.advance()
    return _view(amazon, _known(amazon, number))


@router.post("/orders", status_code=201)
async def place_orders(amazon: Simulated, body: OrdersIn) -> Json:
    """Place orders now, or with a purchaseOrderDate in the past; never with an instant later than the clock."""
    amazon.advance()
    now = amazon.clock()
    rng = amazon.next_rng("control")
    orders = [_placed(amazon, body, rng, now=now) for _ in range(body.count)]
    return {"purchase_order_numbers": [order.number for order in orders]}


@router.post("/orders/{number}/changes")
async def change_order(amazon: Simulated, number: str, body: ChangesIn) -> Json:
    amazon.advance()
    _known(amazon, number)
    rng = amazon.next_rng("control")
    try:
        with amazon.book.edit(number) as order:
            _change(amazon, order, body, rng)
    except NotPossible as fault:
        raise Problem(409, str(fault)) from None
    return _view(amazon, _known(amazon, number))


@router.post("/orders/{number}/answers")
async def answer_order(amazon: Simulated, number: str, body: AnswerIn) -> Json:
    """Answer as the vendor's EDI, or a person in Vendor Central, does: it takes effect at once."""
    amazon.advance()
    _known(amazon, number)
    _answer(amazon, number, body)
    return _view(amazon, _known(amazon, number))


@router.post("/answers")
async def answer_orders(amazon: Simulated, body: AnswersIn) -> Json:
    amazon.advance()
    waiting = [
        order.number for order in _select(amazon, body.customer, body.selling_partner_id) if order.state == "New"
    ][: body.count]
    for number in waiting:
        _answer(amazon, number, AnswerIn(by=body.by, accepted_share=body.accepted_share))
    return {"purchase_order_numbers": waiting}


@router.post("/receipts")
async def receive_goods(amazon: Simulated, body: ReceiptsIn) -> Json:
    amazon.advance()
    if body.purchase_order_number is not None:
        chosen = [_known(amazon, body.purchase_order_number)]
    else:
        chosen = [
            order for order in _select(amazon, body.customer, body.selling_partner_id) if order.state == "Acknowledged"
        ][: body.count]
    for order in chosen:
        amounts = {
            line.sequence: max(line.received, int(line.accepted * body.share)) for line in order.lines if line.accepted
        }
        try:
            with amazon.book.edit(order.number) as edited:
                receive(edited, {**amounts, **body.received}, at=amazon.clock())
        except NotPossible as fault:
            raise Problem(409, str(fault)) from None
    return {"purchase_order_numbers": [order.number for order in chosen]}


def _placed(amazon: Amazon, body: OrdersIn, rng: random.Random, *, now: datetime) -> Order:
    group, code = _code(amazon, body, rng)
    placed_at = now if body.placed_at is None else cut(body.placed_at)
    available_at = max(placed_at, now if body.available_at is None else cut(body.available_at))
    if available_at > now:
        raise Problem(422, "nothing is stamped later than the real clock")
    if body.purchase_order_number is not None and (body.count > 1 or body.purchase_order_number in amazon.book):
        raise Problem(409, f"there is an order {body.purchase_order_number}")
    items = amazon.catalogs.get(group.customer, {}).get(code.code, [])
    if body.lines is not None:
        lines = [_wanted(amazon, code, line) for line in body.lines]
    elif items:
        lines = draw_lines(rng, code, items, body.random_lines or rng.randint(3, 12))
    else:
        raise Problem(422, f"vendor code {code.code} has no catalogue: name the lines")
    number = body.purchase_order_number or draw_number(rng, amazon.book.__contains__)
    order = place_order(rng, group, code, number=number, lines=lines, placed_at=placed_at, available_at=available_at)
    order.order_type = body.order_type or "RegularOrder"
    order.fulfilment_center = body.fulfilment_center or order.fulfilment_center
    order.freight = body.freight or order.freight
    order.window_start = order.window_start if body.window_start is None else cut(body.window_start)
    order.window_end = order.window_end if body.window_end is None else cut(body.window_end)
    amazon.book.add([order])
    return order


def _code(amazon: Amazon, body: OrdersIn, rng: random.Random) -> tuple[VendorGroup, VendorCode]:
    marketplace = None if body.marketplace is None else find_marketplace(body.marketplace)
    if body.marketplace is not None and marketplace is None:
        raise Problem(422, f"no marketplace {body.marketplace}")
    fitting = [
        (group, code)
        for group in amazon.groups
        for code in group.vendor_codes
        if body.customer in (None, group.customer)
        and body.selling_partner_id in (None, group.selling_partner_id)
        and body.vendor_code in (None, code.code)
        and (marketplace is None or code.country == marketplace.country)
    ]
    if not fitting:
        raise Problem(422, "no vendor code fits this customer, group, marketplace and code")
    return rng.choice(fitting)


def _wanted(amazon: Amazon, code: VendorCode, line: LineIn) -> WantedLine:
    items = [item for catalog in amazon.items.values() for item in catalog if code.code in item.costs]
    keys = {"asin": line.asin, "vendor_sku": line.vendor_sku, "gtin": line.ean}
    given = {name: value for name, value in keys.items() if value is not None}
    item = next(
        (item for item in items if given and all(getattr(item, name) == value for name, value in given.items())), None
    )
    if item is None and line.asin is None:
        raise Problem(
            422,
            f"vendor code {code.code} has no item {given or 'without asin, vendor_sku or ean'}: give an asin of your own",
        )
    ordered = None if item is None else wanted_item(code, item)
    identifier = line.vendor_product_identifier or (
        line.ean or line.vendor_sku if ordered is None else ordered.identifier
    )
    return WantedLine(
        item=item,
        asin=item.asin if item is not None else line.asin or "",
        identifier=identifier,
        quantity=line.quantity,
        unit=line.uom,
        unit_size=line.unit_size,
        net_cost=line.net_cost,
        backorder=line.backorder,
    )


def _change(amazon: Amazon, order: Order, body: ChangesIn, rng: random.Random) -> None:
    now = amazon.clock()
    if body.cancel:
        cancel(order, at=now)
    if body.uncancel:
        uncancel(order, at=now)
    changes = [
        LineChange(sequence=each.item_sequence_number, quantity=each.quantity, net_cost=each.net_cost)
        for each in body.lines
    ]
    changes += [LineChange(sequence=sequence, quantity=0) for sequence in body.cancel_lines]
    if changes:
        change_lines(order, changes, at=now)
    if body.remove_lines:
        remove_lines(order, body.remove_lines, at=now)
    found = amazon.find_code(order.vendor_code)
    if body.new_lines and found is not None:
        first = max(int(line.sequence) for line in order.lines) + 1
        wanted = [_wanted(amazon, found[1], line) for line in body.new_lines]
        add_lines(
            order,
            [build_line(rng, found[1], each, sequence=str(first + place), at=now) for place, each in enumerate(wanted)],
            at=now,
        )
    if body.shift_window_days is not None:
        start, end = shifted(order, body.shift_window_days)
        move_window(order, start=start, end=end, at=now)
    if body.window_start is not None or body.window_end is not None:
        start, end = body.window_start or order.window_start, body.window_end or order.window_end
        move_window(order, start=cut(start), end=cut(end), at=now)
    if body.fulfilment_center is not None:
        redirect(order, body.fulfilment_center, at=now)
    if body.currency is not None:
        change_currency(order, body.currency, at=now)


def _answer(amazon: Amazon, number: str, body: AnswerIn) -> None:
    try:
        with amazon.book.edit(number) as order:
            accepted = dict(body.accepted)
            if body.accepted_share is not None:
                accepted = {line.sequence: int(line.quantity * body.accepted_share) for line in order.lines} | accepted
            answer_elsewhere(order, accepted, by=body.by, at=amazon.clock())
    except NotPossible as fault:
        raise Problem(409, str(fault)) from None


def _view(amazon: Amazon, order: Order) -> Json:
    return {
        "purchase_order_number": order.number,
        "customer": order.customer,
        "selling_partner_id": order.selling_partner_id,
        "vendor_code": order.vendor_code,
        "marketplace": order.country,
        "state": order.state,
        "available_at": wire(order.available_at),
        "answered": [
            {"at": wire(each.at), "by": each.by, "transaction_id": each.transaction_id} for each in order.answered
        ],
        "order": orjson.loads(b"".join(amazon.book.detail_parts(order))),
        "status": orjson.loads(amazon.book.status(order)),
    }
