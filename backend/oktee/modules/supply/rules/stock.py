"""What is free of an item, whether the figure may be trusted, and what arrives in time to leave inside the window."""

from datetime import timedelta

from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.ledger import Assembly, Balance
from oktee.modules.supply.rules.line import LineState, Verdict
from oktee.modules.supply.rules.window import promise_inside

_CLOCK_DIFFERENCE = timedelta(minutes=5)


def stock(state: LineState, ctx: Context) -> Verdict:
    """Free = stock - reserved - quality hold - our promises - safety; too old a figure needs a person."""
    item = state.known_item
    if item.components:
        return _of_components(state, ctx)
    snapshot = ctx.stock.get(item.item_id)
    balance = state.ledger.single(item)
    if snapshot is None or balance is None:
        return ("stops", "supply.stock.unknown", (item.sku,))
    state.balance = balance
    free = balance.free
    state.free = state.available = free if item.link_quantity == 1 else free // item.link_quantity
    as_of = snapshot.as_of
    age = ctx.now - as_of
    settings = ctx.settings
    limit = settings.stock_max_age if state.calendar.warehouse_open else settings.stock_max_age_closed
    if age > limit:
        return ("holds", "supply.stock.too_old", (as_of, age, limit, snapshot.source))
    if age < -_CLOCK_DIFFERENCE:
        return ("holds", "supply.stock.from_the_future", (as_of, snapshot.source))
    if item.link_quantity != 1:
        return _in_pieces(state, item, item.link_quantity, snapshot, balance, age)
    raw = (state.asked, *_figures(item, snapshot, balance), state.free, as_of, age, snapshot.source)
    if state.free >= state.asked:
        return ("pass", "supply.stock.enough", raw)
    return ("limits", "supply.stock.limits", raw)


def _figures(item: ItemSnapshot | Component, snapshot: StockSnapshot, balance: Balance) -> tuple[int, int, int, int]:
    """Stock, what its owner holds of it, what we promised of it, safety stock; in pieces."""
    return (
        snapshot.on_hand if snapshot.available is None else snapshot.available,
        0 if snapshot.available is not None else snapshot.reserved + snapshot.quality_hold,
        snapshot.reserved_by_us + balance.opening - balance.free,
        item.safety_stock,
    )


def _in_pieces(
    state: LineState,
    item: ItemSnapshot | Component,
    pieces: int,
    snapshot: StockSnapshot,
    balance: Balance,
    age: timedelta,
) -> Verdict:
    """Packs and bundles: what is there of the SKU in pieces (`pieces` in each of the ASIN), and how many that makes."""
    enough = state.free >= state.asked
    raw = (
        state.asked, state.asked * pieces, item.sku, *_figures(item, snapshot, balance), balance.free, state.free,
        snapshot.as_of, age, snapshot.source,
    )  # fmt: skip
    return ("pass", "supply.stock.pieces_enough", raw) if enough else ("limits", "supply.stock.pieces_limit", raw)


def _of_components(state: LineState, ctx: Context) -> Verdict:
    """A bundle has what its scarcest component gives; one component that is unknown or too old is enough to stop or hold it."""
    item = state.known_item
    made = state.ledger.balance(item)
    if not isinstance(made, Assembly):
        unknown = next(part.sku for part in item.components if part.item_id not in ctx.stock)
        return ("stops", "supply.stock.component_unknown", (item.sku, unknown))
    state.balance = made
    state.free = state.available = made.free // item.link_quantity
    settings = ctx.settings
    limit = settings.stock_max_age if state.calendar.warehouse_open else settings.stock_max_age_closed
    known = [ctx.stock[part.item_id] for part in item.components]
    oldest = min(known, key=lambda each: each.as_of)
    newest = max(known, key=lambda each: each.as_of)
    if ctx.now - oldest.as_of > limit:
        return ("holds", "supply.stock.too_old", (oldest.as_of, ctx.now - oldest.as_of, limit, oldest.source))
    if newest.as_of - ctx.now > _CLOCK_DIFFERENCE:
        return ("holds", "supply.stock.from_the_future", (newest.as_of, newest.source))
    part, balance = made.scarcest()
    pieces, snapshot = item.link_quantity * part.quantity, ctx.stock[part.item_id]
    return _in_pieces(state, part, pieces, snapshot, balance, ctx.now - snapshot.as_of)


def arrives_in_window(state: LineState, ctx: Context) -> Verdict | None:
    """Units that arrive early enough to leave (or be delivered) inside the window count as available."""
    if state.available >= state.asked or state.late or state.end_day is None:
        return None
    balance, bundle = state.known_balance, state.known_item.link_quantity
    missing = state.asked - state.available
    units, eta = balance.free, None
    for arrival in balance.inbound:
        if arrival.eta > state.end_day or state.calendar.add(arrival.eta, state.travel_days) > state.end_day:
            break
        units, eta = units + arrival.quantity, arrival.eta
        if units // bundle >= state.asked:
            break
    available = units // bundle
    if eta is None or available <= state.free:
        return None
    state.available = available
    return ("pass", "supply.stock.arrives_in_window", (missing, available - state.free, eta))


def date_accepted(state: LineState, ctx: Context) -> None:
    """Moves the promised date when part of what is accepted has yet to arrive."""
    asked = state.order.window
    if asked is None or state.accepted <= state.free:
        return
    eta = state.known_balance.eta_of(state.accepted * state.known_item.link_quantity)
    if eta is not None and state.due_day is not None:
        due = max(state.calendar.add(eta, state.travel_days), state.due_day)
        state.scheduled_at = promise_inside(state.calendar, asked, due, now=ctx.now)
