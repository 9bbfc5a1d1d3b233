"""What is free of an item, whether the figure may be trusted, and what arrives in time to leave inside the window."""

from datetime import timedelta

from oktee.modules.supply.rules.inputs import Context
from oktee.modules.supply.rules.line import LineState, Verdict
from oktee.modules.supply.rules.window import promise_inside

_CLOCK_DIFFERENCE = timedelta(minutes=5)


def stock(state: LineState, ctx: Context) -> Verdict:
    """Free = stock - reserved - quality hold - our promises - safety; too old a figure needs a person."""
    item = state.known_item
    snapshot = ctx.stock.get(item.item_id)
    balance = state.ledger.balance(item)
    if snapshot is None or balance is None:
        return ("stops", "supply.stock.unknown", (item.sku,))
    state.stock, state.balance = snapshot, balance
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
    gross = snapshot.on_hand if snapshot.available is None else snapshot.available
    raw = (
        state.asked,
        gross,
        0 if snapshot.available is not None else snapshot.reserved + snapshot.quality_hold,
        snapshot.reserved_by_us + balance.opening - free,
        item.safety_stock,
        state.free,
        as_of,
        age,
        snapshot.source,
    )
    if state.free >= state.asked:
        return ("pass", "supply.stock.enough", raw)
    return ("limits", "supply.stock.limits", raw)


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
