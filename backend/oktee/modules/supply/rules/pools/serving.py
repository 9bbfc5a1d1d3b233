"""The rules of a line whose goods come from a pool of warehouses, in place of those that know one stock and one warehouse."""

from collections.abc import Iterator
from typing import NamedTuple

from oktee.modules.supply.rules.decision import Drawn, Source
from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.line import Dates, LineState
from oktee.modules.supply.rules.origin import Origin
from oktee.modules.supply.rules.pools.rooms import Pooled, Room, together
from oktee.modules.supply.rules.stock import CLOCK_DIFFERENCE, gross, kept_back
from oktee.modules.supply.rules.trace import Verdict
from oktee.modules.supply.rules.window import dates_at, ways_of


class Place(NamedTuple):
    """A warehouse that may give goods for this line, and when they would be there."""

    code: str
    origin: Origin
    dates: Dates


def origin(state: LineState, ctx: Context) -> Verdict:
    """Which warehouses serve such orders, and who says so."""
    pool = state.origin.pool or ()
    codes = ", ".join(code for code, _ in pool)
    if state.origin.declared is None:
        return ("pass", "supply.pool.all", (codes,))
    marketplace, vendor_code = state.origin.declared
    if vendor_code:
        return ("pass", "supply.pool.of_vendor_code", (codes, vendor_code))
    if marketplace:
        return ("pass", "supply.pool.of_marketplace", (codes, ctx.country(marketplace)))
    return ("pass", "supply.pool.of_all", (codes,))


def travel(state: LineState, ctx: Context) -> Verdict | None:
    """How many days it takes to prepare, and to bring the goods from each of them."""
    if state.order.freight != "prepaid":
        return None
    said, handling = [], 0
    for code, here in state.origin.pool or ():
        handling, transit = ways_of(state, here)
        said.append(f"{code} {transit}")
    return ("pass", "supply.pool.ways", (handling, " · ".join(said), state.order.destination))


def window(state: LineState, ctx: Context) -> Verdict:
    """The warehouses from which the goods are in time; without one, those from which they may come later. What is said of
    dates is said of the slowest of them."""
    found = [Place(code, here, dates_at(state, ctx, here)) for code, here in state.origin.pool or ()]
    in_time = [each for each in found if not each.dates.late and each.dates.verdict[0] != "stops"]
    chosen = in_time or [each for each in found if each.dates.late]
    if chosen:
        slowest = max(chosen, key=lambda each: (each.dates.due_day, each.dates.travel_days))
    else:
        slowest = min(found, key=lambda each: each.dates.due_day)
    state.places = tuple(chosen or found)
    state.origin, state.calendar = slowest.origin, slowest.origin.calendar
    (
        verdict, state.travel_days, state.due_day, state.start_day, state.end_day, state.scheduled_at, state.late,
        state.leaves_on, state.full_day,
    ) = slowest.dates  # fmt: skip
    return verdict


def stock(state: LineState, ctx: Context) -> Verdict:
    """What is free in the warehouses of the pool, without the safety stock; too old a figure needs a person."""
    item, settings = state.known_item, state.settings
    parts: tuple[ItemSnapshot | Component, ...] = item.components or (item,)
    codes = [place.code for place in state.places]
    sums = []
    for part in parts:
        known = together((ctx.placed or {}).get(part.item_id, {}), codes)
        if known is None:
            return ("stops", "supply.pool.unknown", (part.sku, ", ".join(codes)))
        sums.append(known)
    balance = state.balance = state.known_balance = _pooled(state, parts, sums, codes)
    state.free = state.available = balance.free // item.link_quantity
    oldest, newest = min(sums, key=lambda each: each.as_of), max(sums, key=lambda each: each.as_of)
    age = ctx.now - oldest.as_of
    limit = settings.stock_max_age if state.calendar.warehouse_open else settings.stock_max_age_closed
    if age > limit:
        return ("holds", "supply.stock.too_old", (oldest.as_of, age, limit, oldest.source))
    if newest.as_of - ctx.now > CLOCK_DIFFERENCE:
        return ("holds", "supply.stock.from_the_future", (newest.as_of, newest.source))
    scarce = min(range(len(parts)), key=lambda n: balance.free_of(n) // balance.needs[n])
    loose = _loose(state, balance)
    end = (loose, oldest.as_of, age, sums[scarce].source)
    figures = _figures(balance, scarce, sums[scarce])
    enough = loose >= state.asked
    if item.link_quantity == 1 and not item.components:
        raw: tuple[object, ...] = (state.asked, *figures, *end)
        return ("pass", "supply.stock.enough", raw) if enough else ("limits", "supply.stock.limits", raw)
    pieces = state.asked * item.link_quantity * balance.needs[scarce]
    raw = (state.asked, pieces, parts[scarce].sku, *figures, balance.free_of(scarce), *end)
    return ("pass", "supply.stock.pieces_enough", raw) if enough else ("limits", "supply.stock.pieces_limit", raw)


def _pooled(
    state: LineState,
    parts: tuple[ItemSnapshot | Component, ...],
    sums: list[StockSnapshot],
    codes: list[str],
) -> Pooled:
    item, settings = state.known_item, state.settings
    needs = tuple(part.quantity for part in item.components) or (1,)
    keeps = [
        part.safety_stock + (kept_back(state, part, known, item.link_quantity * need) if settings.rations else 0)
        for part, known, need in zip(parts, sums, needs, strict=True)
    ]
    rooms = []
    for code in codes:
        balances = [state.ledger.room(part.item_id, code) for part in parts]
        known_all = tuple(each for each in balances if each is not None)
        if len(known_all) == len(parts):
            rooms.append(Room(code, known_all))
    breaks = settings.break_case_percent < 100 and not state.in_cases
    return Pooled(rooms, needs, keeps=keeps, grain=item.link_quantity * (1 if breaks else state.multiple))


def _loose(state: LineState, balance: Pooled) -> int:
    link = state.known_item.link_quantity
    return balance.loose(link) // link


def _figures(balance: Pooled, part: int, known: StockSnapshot) -> tuple[int, int, int, int]:
    """Stock, what its owner holds of it, what we promised of it, what stays; in pieces."""
    return (
        known.on_hand if known.available is None else known.available,
        0 if known.available is not None else known.reserved + known.quality_hold,
        known.reserved_by_us + balance.drawn_of(part),
        balance.keeps[part],
    )


def whole(state: LineState, ctx: Context) -> Verdict | None:
    """Cases are put together in one warehouse: what would only fill one out of several is not there."""
    balance = state.balance
    if not isinstance(balance, Pooled):
        return None
    there = _loose(state, balance)
    if balance.grain == state.known_item.link_quantity:
        return None
    state.loose = there if there > state.free and state.asked > state.free else 0
    loose = min(state.asked, there)
    loose -= loose % state.multiple
    if loose <= state.free:
        return None
    return ("limits", "supply.pool.whole", (loose, state.free, state.pack))


def channel_cap(state: LineState, ctx: Context) -> Verdict | None:
    """Amazon may have its part of what is on hand in the pool."""
    share, balance, item = state.settings.amazon_share, state.balance, state.known_item
    if share is None or not isinstance(balance, Pooled):
        return None
    before = state.free
    parts: tuple[ItemSnapshot | Component, ...] = item.components or (item,)
    codes = [place.code for place in state.places]
    found = []
    for n, part in enumerate(parts):
        known = together((ctx.placed or {})[part.item_id], codes)
        assert known is not None  # the stock rule stopped the line where nothing is known
        most = int(share * gross(known))
        promised = known.reserved_by_us + balance.drawn_of(n)
        balance.caps[n] = max(0, most - promised)
        found.append((gross(known), most, promised))
    state.free = state.available = balance.free // item.link_quantity
    if state.free == before:
        return None
    state.loose = 0
    scarcest = min(range(len(parts)), key=lambda n: (balance.caps[n] or 0) // balance.needs[n])
    return ("limits", "supply.stock.channel_cap", (share, *found[scarcest], state.free))


def sources(state: LineState, ctx: Context) -> Verdict | None:
    """How much each warehouse gives; the goods are promised for the day on which the last of them are there."""
    balance, link = state.balance, state.known_item.link_quantity
    if not isinstance(balance, Pooled):
        return None
    places = {place.code: place for place in state.places}
    now = balance.plan(state.accepted * link)
    both = balance.plan((state.accepted + state.backordered) * link)
    given = [(places[room.code], now[n] // link, (both[n] - now[n]) // link) for n, room in enumerate(balance.rooms)]
    used = [place.dates for place, accepted, _ in given if accepted]
    if used and state.accepted <= state.free and not state.late:
        days = [dates.scheduled_at for dates in used if dates.scheduled_at is not None]
        state.scheduled_at = max(days, default=state.scheduled_at)
        leaving = [dates.leaves_on for dates in used if dates.leaves_on is not None]
        state.leaves_on = max(leaving, default=state.leaves_on)
    state.sources = tuple(
        Source(place.code, accepted, later, place.dates.leaves_on if accepted else None)
        for place, accepted, later in given
    )
    said = " · ".join(_source(each) for each in state.sources if each.accepted or each.backordered)
    return ("pass", "supply.pool.from", (said,)) if said else None


def _source(source: Source) -> str:
    return f"{source.warehouse} {source.accepted + source.backordered}"


def draw(state: LineState, item: ItemSnapshot, taken: int) -> tuple[int, int, tuple[Drawn, ...]]:
    """Takes the pieces from the warehouses; on hand and inbound of a single SKU, or those of each component."""
    balance = state.balance
    drawn = balance.draw(taken * item.link_quantity) if taken and isinstance(balance, Pooled) else None
    if item.components:
        return 0, 0, tuple(_components(item, drawn))
    return (*drawn[0], ()) if drawn else (0, 0, ())


def _components(item: ItemSnapshot, drawn: list[tuple[int, int]] | None) -> Iterator[Drawn]:
    for n, part in enumerate(item.components):
        hand, arriving = drawn[n] if drawn else (0, 0)
        yield Drawn(part.item_id, part.sku, item.link_quantity * part.quantity, hand, arriving)
