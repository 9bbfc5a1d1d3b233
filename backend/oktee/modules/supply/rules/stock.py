"""What is free of an item, whether the figure may be trusted, and what arrives in time to leave inside the window."""

from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from uuid import UUID

from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.ledger import Assembly, Balance, Portion
from oktee.modules.supply.rules.line import LineState
from oktee.modules.supply.rules.trace import Verdict
from oktee.modules.supply.rules.window import due_after, promise_inside

CLOCK_DIFFERENCE = timedelta(minutes=5)


def stock(state: LineState, ctx: Context) -> Verdict:
    """Free = stock - reserved - quality hold - our promises - safety; too old a figure needs a person."""
    item = state.known_item
    if item.components:
        return _of_components(state, ctx)
    snapshot = ctx.stock.get(item.item_id)
    balance: Balance | Portion | None = state.ledger.single(item)
    if snapshot is None or balance is None:
        return ("stops", "supply.stock.unknown", (item.sku,))
    if state.settings.rations:
        balance = Portion(_whole(balance), kept_back(state, item, snapshot, item.link_quantity))
    state.balance = state.known_balance = balance
    free = balance.free
    state.free = state.available = free if item.link_quantity == 1 else free // item.link_quantity
    as_of = snapshot.as_of
    age = ctx.now - as_of
    settings = state.settings
    limit = settings.stock_max_age if state.calendar.warehouse_open else settings.stock_max_age_closed
    if age > limit:
        return ("holds", "supply.stock.too_old", (as_of, age, limit, snapshot.source))
    if age < -CLOCK_DIFFERENCE:
        return ("holds", "supply.stock.from_the_future", (as_of, snapshot.source))
    if item.link_quantity != 1:
        return _in_pieces(state, item, item.link_quantity, snapshot, balance, age)
    raw = (state.asked, *_figures(item, snapshot, balance), state.free, as_of, age, snapshot.source)
    if state.free >= state.asked:
        return ("pass", "supply.stock.enough", raw)
    return ("limits", "supply.stock.limits", raw)


def _figures(
    item: ItemSnapshot | Component, snapshot: StockSnapshot, balance: Balance | Portion
) -> tuple[int, int, int, int]:
    """Stock, what its owner holds of it, what we promised of it, safety stock; in pieces."""
    keep, whole = (balance.keep, balance.whole) if isinstance(balance, Portion) else (0, balance)
    return (
        snapshot.on_hand if snapshot.available is None else snapshot.available,
        0 if snapshot.available is not None else snapshot.reserved + snapshot.quality_hold,
        snapshot.reserved_by_us + whole.opening - whole.free,
        item.safety_stock + keep,
    )


def _in_pieces(
    state: LineState,
    item: ItemSnapshot | Component,
    pieces: int,
    snapshot: StockSnapshot,
    balance: Balance | Portion,
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
    if state.settings.rations:
        made = Assembly(
            tuple(
                (
                    part,
                    Portion(
                        _whole(left),
                        kept_back(state, part, ctx.stock[part.item_id], item.link_quantity * part.quantity),
                    ),
                )
                for part, left in made.parts
            )
        )
    state.balance = state.known_balance = made
    state.free = state.available = made.free // item.link_quantity
    settings = state.settings
    limit = settings.stock_max_age if state.calendar.warehouse_open else settings.stock_max_age_closed
    known = [ctx.stock[part.item_id] for part in item.components]
    oldest = min(known, key=lambda each: each.as_of)
    newest = max(known, key=lambda each: each.as_of)
    if ctx.now - oldest.as_of > limit:
        return ("holds", "supply.stock.too_old", (oldest.as_of, ctx.now - oldest.as_of, limit, oldest.source))
    if newest.as_of - ctx.now > CLOCK_DIFFERENCE:
        return ("holds", "supply.stock.from_the_future", (newest.as_of, newest.source))
    part, balance = made.scarcest()
    pieces, snapshot = item.link_quantity * part.quantity, ctx.stock[part.item_id]
    return _in_pieces(state, part, pieces, snapshot, balance, ctx.now - snapshot.as_of)


def _whole(balance: Balance | Portion) -> Balance:
    return balance.whole if isinstance(balance, Portion) else balance


def kept_back(state: LineState, item: ItemSnapshot | Component, snapshot: StockSnapshot, pieces: int) -> int:
    """Pieces of a SKU that stay on hand beyond its own safety stock: the most of what the rule says. `pieces` in each of
    the ASIN."""
    settings, usual = state.settings, state.line.usual
    kept = settings.safety_units
    if settings.safety_share is not None:
        kept = max(kept, ceil(settings.safety_share * gross(snapshot)))
    if settings.safety_days is not None and usual is not None:
        kept = max(kept, ceil(settings.safety_days * usual.per_day * pieces))
    return max(0, kept - item.safety_stock)


def gross(snapshot: StockSnapshot) -> int:
    return max(0, snapshot.on_hand if snapshot.available is None else snapshot.available)


def channel_cap(state: LineState, ctx: Context) -> Verdict | None:
    """Amazon may have its part of what is on hand of a SKU, what it was promised of that already included."""
    share, balance, item = state.settings.amazon_share, state.balance, state.known_item
    if share is None or balance is None:
        return None
    before = state.free
    if isinstance(balance, Assembly):
        found = [_cap(share, part.item_id, left, ctx) for part, left in balance.parts]
        scarcest, _ = balance.scarcest()
        figures = found[[part for part, _ in balance.parts].index(scarcest)]
    else:
        figures = _cap(share, item.item_id, balance, ctx)
    state.free = state.available = balance.free // item.link_quantity
    if state.free == before:
        return None
    return ("limits", "supply.stock.channel_cap", (share, *figures, state.free))


def _cap(share: Decimal, item_id: UUID, portion: object, ctx: Context) -> tuple[int, int, int]:
    """Caps it; answers stock, Amazon's part of it and what of that is promised."""
    assert isinstance(portion, Portion)  # the stock rule made it one
    snapshot = ctx.stock[item_id]
    there = gross(snapshot)
    most = int(share * there)
    promised = snapshot.reserved_by_us + portion.whole.opening - portion.whole.free
    portion.cap = max(0, most - promised)
    return there, most, promised


def arrives_in_window(state: LineState, ctx: Context) -> Verdict | None:
    """Units that arrive early enough to leave (or be delivered) inside the window count as available."""
    if state.available >= state.asked or state.late or state.end_day is None:
        return None
    balance, bundle = state.known_balance, state.known_item.link_quantity
    missing = state.asked - state.available
    units, eta = balance.free, None
    for arrival in balance.inbound:
        if arrival.eta > state.end_day or due_after(state, arrival.eta) > state.end_day:
            break
        units, eta = units + arrival.quantity, arrival.eta
        if units // bundle >= state.asked:
            break
    available = units // bundle
    if eta is None or available <= state.free:
        return None
    state.available, state.loose = available, 0
    return ("pass", "supply.stock.arrives_in_window", (missing, available - state.free, announced(eta, ctx)))


def announced(counted: date, ctx: Context) -> date:
    """The day for which a receipt was announced that counts on this one."""
    return counted - timedelta(days=ctx.settings.receipt_margin_days)


def receipts(state: LineState, ctx: Context) -> Verdict | None:
    """Something that has yet to arrive is promised, and it was counted later than it was announced for."""
    days = ctx.settings.receipt_margin_days
    if not days or (state.accepted <= state.free and state.backorder_eta is None):
        return None
    return ("pass", "supply.stock.receipts_later", (days,))


def scarce(state: LineState, ctx: Context) -> Verdict | None:
    """No more than its share of what several orders ask for."""
    share = state.share
    if share is None:
        return None
    if share.units < state.available:
        state.loose = 0
    state.available = min(state.available, share.units)
    state.free = min(state.free, state.available)
    return ("limits", share.message, share.raw)


def last_arrival(state: LineState, balance: Balance | Portion) -> date | None:
    """The last day on which something arrives early enough for the window; None when nothing does."""
    if state.late or state.end_day is None:
        return None
    last = None
    for arrival in balance.inbound:
        if arrival.eta > state.end_day or due_after(state, arrival.eta) > state.end_day:
            break
        last = arrival.eta
    return last


def date_accepted(state: LineState, ctx: Context) -> None:
    """Moves the promised date when part of what is accepted has yet to arrive."""
    asked = state.order.window
    if asked is None or state.accepted <= state.free:
        return
    eta = state.known_balance.eta_of(state.accepted * state.known_item.link_quantity)
    if eta is not None and state.due_day is not None:
        due = max(due_after(state, eta), state.due_day)
        state.scheduled_at = promise_inside(state.calendar, asked, due, now=ctx.now, road=state.origin.road)
