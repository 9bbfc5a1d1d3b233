"""What would have given more of a line: the same rules, run again over one changed input at a time, smallest change first.

Nothing here knows what a rule does. A change counts when the decision that comes of it takes the wanted quantity now and
asks nobody; the smallest such change of an input is found by halving, since more of each never gives less.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.book import BookRule
from oktee.modules.supply.rules.decide import book_of, decide
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.gates import MINIMUM_ORDER
from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, LineInput, OrderInput, StockSnapshot
from oktee.modules.supply.rules.origin import Origins
from oktee.modules.supply.rules.pools.wondering import changed_stock, codes_of, stock_for
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode, FarBelow, Settings
from oktee.modules.supply.rules.trace import Message, Money
from oktee.modules.supply.rules.what_if_components import DAYS, WEEK, Inputs, Try, of_component
from oktee.modules.supply.rules.what_if_logistics import of_logistics

SAYS = {
    "case_pack": "supply.what_if.case_pack",
    "below_minimum": "supply.what_if.below_minimum",
    "line_value": "supply.what_if.line_value",
    "take_nothing": "supply.what_if.take_nothing",
    "rule_safety": "supply.what_if.rule_safety",
    "amazon_share": "supply.what_if.amazon_share",
    "margin_floor": "supply.what_if.margin_floor",
    "spike": "supply.what_if.spike",
    "layers": "supply.what_if.layers",
    "far_below": "supply.what_if.far_below",
}
"""What is said of a setting that is chosen otherwise."""


class NotAsked(ValueError):
    """More than Amazon ordered of the line, or nothing of it."""


class Change(NamedTuple):
    """One input, changed by as little as gives the quantity. `size`: the part of the input's own measure it was changed by
    (of the quantity asked, of a week); a yes or no counts as one."""

    input: str
    message: Message
    size: Decimal


class WhatIf(NamedTuple):
    """The line as the rules decide it with these inputs, and what alone would have given `quantity` of it."""

    line: LineDecision
    quantity: int
    changes: tuple[Change, ...]


def what_would_give(order: OrderInput, ctx: Context, *, sequence: str, quantity: int | None = None) -> WhatIf:
    """The changes, smallest first; none when the line gives the quantity already or no single input is in the way.

    `quantity` in eaches of the ASIN, by default what Amazon asks. Raises KeyError for a line the order does not have,
    NotAsked for a quantity below one or above what was asked.
    """
    decision = decide(order, ctx)
    line = _line_of(decision, sequence)
    wanted = line.ordered if quantity is None else quantity
    if line.cancelled or (not 1 <= wanted <= line.ordered):
        if quantity is None:
            return WhatIf(line, wanted, ())
        raise NotAsked(f"quantity must be 1 to {line.ordered}")
    if _gives(line, wanted):
        return WhatIf(line, wanted, _of_minimum(order, ctx, decision))
    if line.item_id is None:
        return WhatIf(line, wanted, ())
    # Lines that draw on other stock say nothing: deciding them again and again would only cost time.
    pieces = {
        each.sequence: item_of(ctx, (order.number, each.sequence), each.item_id).pieces(each.ordered)
        for each in decision.lines
        if each.item_id is not None
    }
    same = _sharing(pieces, sequence)
    order = replace(order, lines=tuple(each for each in order.lines if each.sequence in same))
    asked = next(each for each in order.lines if each.sequence == sequence)
    drawn = sum((Counter(pieces[number]) for number in same), Counter[UUID]())
    item = item_of(ctx, (order.number, sequence), line.item_id)
    found = []
    for attempt in _attempts(order, ctx, asked, item, wanted, drawn, line.rule):
        least = _least(attempt, sequence, wanted)
        if least is not None:
            size = Decimal(least) / attempt.measure
            found.append(Change(attempt.input, attempt.say(least), size))
    return WhatIf(line, wanted, tuple(sorted(found, key=lambda change: change.size)))


def _of_minimum(order: OrderInput, ctx: Context, decision: Decision) -> tuple[Change, ...]:
    """Nothing but the least value of an order is in the way of it: what it is worth together would have had to do."""
    gate = next((each for each in decision.gates if each.message == MINIMUM_ORDER), None)
    if gate is None:
        return ()
    (worth, currency), (limit, _) = cast(tuple[Money, Money], gate.raw)
    book = book_of(ctx)
    for rule in decision.rules:
        if rule.settings.minimum_order_value is not None:
            book = book.changed(rule, replace(rule.settings, minimum_order_value=worth))
    if any(each.message == MINIMUM_ORDER for each in decide(order, replace(ctx, book=book)).gates):
        return ()
    said = Message("supply.what_if.minimum_order_value", ((worth, currency), (limit, currency)))
    return (Change("minimum_order_value", said, (limit - worth) / limit),)


def _gives(line: LineDecision, wanted: int) -> bool:
    return line.accepted >= wanted and not line.held


def _line_of(decision: Decision, sequence: str) -> LineDecision:
    for line in decision.lines:
        if line.sequence == sequence:
            return line
    raise KeyError(sequence)


def item_of(ctx: Context, key: tuple[str, str], item_id: UUID) -> ItemSnapshot:
    hits = ctx.candidates[key]
    return next(item for item in (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin) if item.item_id == item_id)


def _sharing(pieces: Mapping[str, Mapping[UUID, int]], sequence: str) -> set[str]:
    """The lines whose stock has to do with that of this one, directly or through the components of others."""
    lines, skus = {sequence}, set(pieces[sequence])
    while more := {number for number, each in pieces.items() if number not in lines and not skus.isdisjoint(each)}:
        lines |= more
        skus = skus.union(*(pieces[number] for number in more))
    return lines


def _least(attempt: Try, sequence: str, wanted: int) -> int | None:
    """The smallest change that gives it, None when the largest does not."""

    def gives(by: int) -> bool:
        order, ctx = attempt.made(by)
        return _gives(_line_of(decide(order, ctx), sequence), wanted)

    low, high = 1, attempt.most
    if high < 1 or not gives(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if gives(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _attempts(
    order: OrderInput,
    ctx: Context,
    line: LineInput,
    item: ItemSnapshot,
    wanted: int,
    drawn: Mapping[UUID, int],
    rule: BookRule,
) -> Iterator[Try]:
    if item.components:
        for part in item.components:
            units = wanted * item.link_quantity * part.quantity
            yield from of_component(order, ctx, part, units, drawn[part.item_id])
    else:
        yield from _of_stock(order, ctx, item, wanted, drawn[item.item_id])
    yield from _of_item(order, ctx, line, item, rule.settings)
    yield from _of_dates(order, ctx, item)
    yield from of_logistics(order, ctx, item)
    yield from _of_settings(order, ctx, rule, item)


def _of_stock(order: OrderInput, ctx: Context, item: ItemSnapshot, wanted: int, drawn: int) -> Iterator[Try]:
    # `drawn`: SKU units that all lines of the item ask for together; no more than that is ever missing.
    codes = codes_of(order, ctx)
    stock = stock_for(ctx, codes, item.item_id)
    units = wanted * item.link_quantity

    def with_stock(changed: StockSnapshot) -> Inputs:
        return order, changed_stock(ctx, codes, item.item_id, changed)

    if stock is None:
        yield Try(
            "stock", drawn + item.safety_stock, units,
            lambda n: with_stock(StockSnapshot(on_hand=n, as_of=ctx.now, source="")),
            lambda n: Message("supply.what_if.stock_known", (n,)),
        )  # fmt: skip
        return

    def more(n: int) -> StockSnapshot:
        available = None if stock.available is None else stock.available + n
        return replace(stock, on_hand=stock.on_hand + n, available=available)

    missing = drawn + item.safety_stock + stock.reserved + stock.quality_hold + max(0, stock.reserved_by_us)
    missing += max(0, -stock.on_hand) + max(0, -(stock.available or 0))
    counted = stock.on_hand if stock.available is None else stock.available
    yield Try(
        "stock", missing, units,
        lambda n: with_stock(more(n)),
        lambda n: Message("supply.what_if.stock", (n, counted + n)),
    )  # fmt: skip
    yield Try(
        "promised", max(0, stock.reserved_by_us), units,
        lambda n: with_stock(replace(stock, reserved_by_us=stock.reserved_by_us - n)),
        lambda n: Message("supply.what_if.promised", (n, stock.reserved_by_us)),
    )  # fmt: skip
    if stock.available is None:
        yield Try(
            "reserved", stock.reserved, units,
            lambda n: with_stock(replace(stock, reserved=stock.reserved - n)),
            lambda n: Message("supply.what_if.reserved", (n, stock.reserved)),
        )  # fmt: skip
        yield Try(
            "quality_hold", stock.quality_hold, units,
            lambda n: with_stock(replace(stock, quality_hold=stock.quality_hold - n)),
            lambda n: Message("supply.what_if.quality_hold", (n, stock.quality_hold)),
        )  # fmt: skip
    yield Try(
        "stock_age", 1, 1,
        lambda _: with_stock(replace(stock, as_of=ctx.now)),
        lambda _: Message("supply.what_if.stock_age", (stock.as_of,)),
    )  # fmt: skip
    if stock.inbound:
        today = ctx.now.astimezone(ctx.zone).date()

        def earlier(n: int) -> Inputs:
            moved = (each._replace(eta=max(each.eta - timedelta(n), min(each.eta, today))) for each in stock.inbound)
            return with_stock(replace(stock, inbound=tuple(moved)))

        yield Try("arrival", DAYS, WEEK, earlier, lambda n: Message("supply.what_if.arrival", (n,)))


def _of_item(order: OrderInput, ctx: Context, line: LineInput, item: ItemSnapshot, settings: Settings) -> Iterator[Try]:
    def with_item(change: Callable[[ItemSnapshot], ItemSnapshot]) -> Inputs:
        """Each line keeps its own link to the item: what it is called, how many it holds."""

        def changed(hits: tuple[ItemSnapshot, ...]) -> tuple[ItemSnapshot, ...]:
            return tuple(change(hit) if hit.item_id == item.item_id else hit for hit in hits)

        candidates = dict(ctx.candidates)
        for each in order.lines:
            hits = candidates[order.number, each.sequence]
            candidates[order.number, each.sequence] = Candidates(
                changed(hits.by_vendor_sku), changed(hits.by_gtin), changed(hits.by_asin)
            )
        return order, replace(ctx, candidates=candidates)

    units = max(1, line.ordered * item.link_quantity)
    yield Try(
        "safety", 0 if item.components else item.safety_stock, units,
        lambda n: with_item(lambda hit: replace(hit, safety_stock=item.safety_stock - n)),
        lambda n: Message("supply.what_if.safety", (n, item.safety_stock - n)),
    )  # fmt: skip
    if item.moq is not None:
        moq = item.moq
        yield Try(
            "moq", moq - 1, moq,
            lambda n: with_item(lambda hit: replace(hit, moq=moq - n)),
            lambda n: Message("supply.what_if.moq", (moq - n, moq)),
        )  # fmt: skip
    if item.status != "active":
        yield Try(
            "status", 1, 1,
            lambda _: with_item(lambda hit: replace(hit, status="active")),
            lambda _: Message("supply.what_if.status", (item.status,)),
        )  # fmt: skip
    if item.embargo_until is not None:
        until = item.embargo_until
        yield Try(
            "embargo", DAYS, WEEK,
            lambda n: with_item(lambda hit: replace(hit, embargo_until=until - timedelta(n))),
            lambda n: Message("supply.what_if.embargo", (n, until - timedelta(n))),
        )  # fmt: skip
    if (
        item.cost_price is not None
        and item.currency == line.currency
        and line.net_cost is not None
        and line.net_cost > 0
    ):
        cost, currency = line.net_cost / item.link_quantity, line.currency
        yield Try(
            "agreed_cost", 1, 1,
            lambda _: with_item(lambda hit: replace(hit, cost_price=cost)),
            lambda _: Message("supply.what_if.agreed_cost", ((cost, currency), (item.cost_price, item.currency))),
        )  # fmt: skip
    handling = settings.handling_days if item.handling_days is None else item.handling_days
    yield Try(
        "handling", handling, WEEK,
        lambda n: with_item(lambda hit: replace(hit, handling_days=handling - n)),
        lambda n: Message("supply.what_if.handling", (handling - n, handling)),
    )  # fmt: skip
    if order.freight == "prepaid":
        travel = Origins(ctx).of(order).travel
        if travel is not None and ctx.logistics is not None:
            known = ctx.logistics
            yield Try(
                "transit", travel.days, WEEK,
                lambda n: (
                    order,
                    replace(ctx, logistics=replace(known, transit={**known.transit, travel.way: travel.days - n})),
                ),
                lambda n: Message("supply.what_if.transit", (travel.days - n, travel.days)),
            )  # fmt: skip
            return
        transit = settings.transit_days if item.lead_time_days is None else item.lead_time_days
        yield Try(
            "transit", transit, WEEK,
            lambda n: with_item(lambda hit: replace(hit, lead_time_days=transit - n)),
            lambda n: Message("supply.what_if.transit", (transit - n, transit)),
        )  # fmt: skip


def _of_dates(order: OrderInput, ctx: Context, item: ItemSnapshot) -> Iterator[Try]:
    if order.window is None:
        return
    window = order.window
    calendar = Origins(ctx).of(order).calendar
    yield Try(
        "window", DAYS, WEEK,
        lambda n: (replace(order, window=window._replace(end=window.end + timedelta(n))), ctx),
        lambda n: Message("supply.what_if.window", (n, calendar.day_of(window.end + timedelta(n)))),
    )  # fmt: skip


def _of_settings(order: OrderInput, ctx: Context, rule: BookRule, item: ItemSnapshot) -> Iterator[Try]:
    settings, book = rule.settings, book_of(ctx)

    def ruled(changed: Settings) -> Inputs:
        return order, replace(ctx, book=book.changed(rule, changed))

    def choose(name: str, changed: Settings) -> Try:
        made = ruled(changed)
        return Try(name, 1, 1, lambda _: made, lambda _: Message(SAYS[name], ()))

    if settings.case_pack_mode is not CasePackMode.LOOSE_OK:
        yield choose("case_pack", replace(settings, case_pack_mode=CasePackMode.LOOSE_OK))
    if settings.below_minimum is not BelowMinimum.ACCEPT_ANYWAY:
        yield choose("below_minimum", replace(settings, below_minimum=BelowMinimum.ACCEPT_ANYWAY))
    if settings.hold_line_value is not None:
        yield choose("line_value", replace(settings, hold_line_value=None))
    if settings.take_nothing:
        yield choose("take_nothing", replace(settings, take_nothing=False))
    if settings.keeps_back:
        yield choose("rule_safety", replace(settings, safety_units=0, safety_share=None, safety_days=None))
    if settings.amazon_share is not None:
        yield choose("amazon_share", replace(settings, amazon_share=None))
    if settings.margin_floor is not None:
        yield choose("margin_floor", replace(settings, margin_floor=None))
    if settings.spike_value is not None:
        yield choose("spike", replace(settings, spike_value=None))
    if settings.far_below is not FarBelow.ACCEPT:
        yield choose("far_below", replace(settings, far_below=FarBelow.ACCEPT))
    if settings.round_to_layers:
        yield choose("layers", replace(settings, round_to_layers=False))
    if item.cost_tolerance is None:  # one of the product's own is told by the agreed cost
        allowed = int(settings.price_tolerance * 1000)
        yield Try(
            "price_tolerance", 1000 - allowed, 1000,
            lambda n: ruled(replace(settings, price_tolerance=Decimal(allowed + n) / 1000)),
            lambda n: Message(
                "supply.what_if.price_tolerance", (Decimal(allowed + n) / 1000, settings.price_tolerance)
            ),
        )  # fmt: skip
    share = int(settings.cut_tolerance * 100)
    yield Try(
        "cut_tolerance", 100 - share, 100,
        lambda n: ruled(replace(settings, cut_tolerance=Decimal(share + n) / 100)),
        lambda n: Message("supply.what_if.cut_tolerance", (Decimal(share + n) / 100, settings.cut_tolerance)),
    )  # fmt: skip
