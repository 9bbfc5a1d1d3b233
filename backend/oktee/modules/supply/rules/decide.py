"""Decides an order line by line: passes every line through the rules, draws on the stock once, and keeps the reasons."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from oktee.modules.supply.rules.approvals import approved
from oktee.modules.supply.rules.book import RuleBook, standing
from oktee.modules.supply.rules.decision import Amounts, Decision, LineDecision, Totals
from oktee.modules.supply.rules.gates import OrderState
from oktee.modules.supply.rules.inputs import Context, LineInput, OrderInput, Window
from oktee.modules.supply.rules.kept import keep
from oktee.modules.supply.rules.ledger import Ledger
from oktee.modules.supply.rules.line import DateKey, Dates, LineState
from oktee.modules.supply.rules.origin import Origin, Origins
from oktee.modules.supply.rules.passage import decide_line
from oktee.modules.supply.rules.pipeline import ENGINE_VERSION, GATES
from oktee.modules.supply.rules.pools.sharing import drawn_on, share_pooled
from oktee.modules.supply.rules.sharing import Asking, contested, share
from oktee.modules.supply.rules.trace import TraceStep

_NO_WINDOW = datetime.max.replace(tzinfo=UTC)
_ZERO = Decimal(0)
RUSH = "RushOrder"


class _Drafted(NamedTuple):
    """An order whose lines are decided."""

    order: OrderInput
    lines: tuple[LineDecision, ...]
    totals: Totals


def decide(
    order: OrderInput, ctx: Context, *, ledger: Ledger | None = None, origins: Origins | None = None
) -> Decision:
    """The decision on one order; the same inputs give the same decision.

    Without `ledger` the stock of `ctx` is all there is to give. With one, units that earlier decisions drew from it are
    gone, and those of this decision are drawn from it too. Lines are served by sequence number and returned in the
    order's own order. `origins` may be shared by decisions of one context.
    """
    if ledger is None:
        ledger = open_ledger(ctx)
    if origins is None:
        origins = Origins(ctx)
    book = book_of(ctx)
    drafted = _draft(order, ctx, ledger=ledger, origin=origins.of(order), book=book)
    return _judge(drafted, ctx, book=book, others=())


def book_of(ctx: Context) -> RuleBook:
    """The rule book of these decisions; without one the settings are the standard rule."""
    return ctx.book or standing(ctx.settings)


def _draft(
    order: OrderInput,
    ctx: Context,
    *,
    ledger: Ledger,
    origin: Origin,
    book: RuleBook,
    asking: list[Asking] | None = None,
) -> _Drafted:
    """The lines of an order, before anything is asked of the order as a whole; `asking` gathers who asks for stock."""
    lines = order.lines
    decided: dict[int, LineDecision] = {}
    dates: dict[DateKey, Dates] = {}
    states: list[LineState] | None = None if asking is None else []
    for index in sorted(range(len(lines)), key=lambda i: _sequence_key(lines[i])):
        kept = ctx.kept.get((order.number, lines[index].sequence)) if ctx.kept else None
        if kept is not None:
            decided[index] = keep(kept, book)
            continue
        decided[index] = decide_line(
            lines[index], order, ctx, ledger=ledger, origin=origin, book=book, dates=dates, states=states
        )
        if states and asking is not None:
            state = states.pop()
            if state.asks_for_stock:
                asking.append(Asking(order, index, state.known_item, state.available < state.asked))
    decisions = tuple(decided[index] for index in range(len(lines)))
    origin.book(decisions)
    return _Drafted(order, decisions, _totals(lines, decisions))


def _judge(drafted: _Drafted, ctx: Context, *, book: RuleBook, others: Sequence[_Drafted]) -> Decision:
    """Passes a drafted order through the gates; `others` are decided with it and may travel with it."""
    order, decisions, totals = drafted
    rules = tuple({line.rule.id: line.rule for line in decisions if not line.cancelled}.values()) or (book.standard,)
    settings = book.strictest(rules)
    together = _together(drafted, ctx, others) if settings.minimum_order_value is not None else {}
    state = OrderState(order, decisions, totals, rules, settings, together)
    gates: list[TraceStep] = []
    waived = ctx.approvals.get((order.number, ""))
    for gate in GATES:
        verdict = gate.apply(state, ctx)
        if verdict is not None and not approved(waived, verdict[1], verdict[2]):
            gates.append(TraceStep(gate.id, gate.version, *verdict))
    return Decision(
        number=order.number,
        revision=order.revision,
        lines=decisions,
        gates=tuple(gates),
        totals=totals,
        decided_at=ctx.now,
        rules=rules,
        engine_version=ENGINE_VERSION,
    )


def decide_all(orders: Iterable[OrderInput], ctx: Context, *, ledger: Ledger | None = None) -> tuple[Decision, ...]:
    """Decisions on several orders of one customer that share the stock.

    Returned by (rush orders first, window end, order date, order number), whatever order they come in. Stock that several
    of them ask for and that does not suffice is given by the strategies of the settings; everything else costs nothing more.
    """
    if ledger is None:
        ledger = open_ledger(ctx)
    origins = Origins(ctx)
    book = book_of(ctx)
    before, asking = ledger.copy(), list[Asking]()
    ranked = sorted(orders, key=serving_order)
    drafted = [
        _draft(order, ctx, ledger=ledger, origin=origins.of(order), book=book, asking=asking) for order in ranked
    ]
    changed: dict[int, dict[int, LineDecision]] = {}
    if ctx.placed is None:
        groups, divide = contested(asking), share
    else:
        groups, divide = contested(asking, partial(drawn_on, origins=origins)), share_pooled
    for competing in groups:
        again = divide(competing, ctx, before=before, ledger=ledger, origins=origins, book=book)
        for order, lines in again.items():
            changed.setdefault(order, {}).update(lines)
    if changed:
        drafted = [_redrafted(one, changed.get(id(one.order), {})) for one in drafted]
    return tuple(_judge(one, ctx, book=book, others=drafted) for one in drafted)


def _redrafted(drafted: _Drafted, changed: Mapping[int, LineDecision]) -> _Drafted:
    if not changed:
        return drafted
    lines = tuple(changed.get(index, line) for index, line in enumerate(drafted.lines))
    return _Drafted(drafted.order, lines, _totals(drafted.order.lines, lines))


def _together(drafted: _Drafted, ctx: Context, others: Sequence[_Drafted]) -> dict[str, Decimal]:
    """Confirmed by currency of the other orders to the same place whose windows overlap with this one's."""
    order, sums = drafted.order, dict[str, Decimal]()
    if order.destination is None or order.window is None:
        return sums
    for other in others:
        its = other.order
        if its.number != order.number and _one_truck(order, its.destination, its.window):
            for amounts in other.totals.amounts:
                confirmed = amounts.accepted + amounts.backordered
                sums[amounts.currency] = sums.get(amounts.currency, _ZERO) + confirmed
    decided = {order.number, *(other.order.number for other in others)}
    for before in ctx.open_orders:
        if before.number not in decided and _one_truck(order, before.destination, before.window):
            for currency, confirmed in before.confirmed.items():
                sums[currency] = sums.get(currency, _ZERO) + confirmed
    return sums


def _one_truck(order: OrderInput, destination: str | None, window: Window | None) -> bool:
    mine = order.window
    if mine is None or window is None or destination != order.destination:
        return False
    return window.start <= mine.end and mine.start <= window.end


def open_ledger(ctx: Context) -> Ledger:
    """Balances with everything in the context's stock still to give."""
    today, margin = ctx.now.astimezone(ctx.zone).date(), timedelta(days=ctx.settings.receipt_margin_days)
    return Ledger(ctx.stock, today=today, placed=ctx.placed, margin=margin)


def serving_order(order: OrderInput) -> tuple[bool, datetime, datetime, str]:
    """Who gets scarce stock first: rush orders, then the window that ends first; an order without a window comes last."""
    return (
        order.order_type != RUSH,
        order.window.end if order.window is not None else _NO_WINDOW,
        order.placed_at,
        order.number,
    )


def _sequence_key(line: LineInput) -> tuple[int, int, str]:
    """Sequence numbers are text: numbers in their order, anything else after them."""
    text = line.sequence
    return (0, int(text), text) if text.isascii() and text.isdigit() else (1, 0, text)


def _totals(lines: tuple[LineInput, ...], decisions: tuple[LineDecision, ...]) -> Totals:
    ordered = accepted = backordered = rejected = 0
    values: dict[str, list[Decimal]] = {}
    for line, decision in zip(lines, decisions, strict=True):
        ordered += decision.ordered
        accepted += decision.accepted
        backordered += decision.backordered
        rejected += decision.rejected
        cost, currency = line.net_cost, line.currency
        if cost is None or currency is None or not cost.is_finite():
            continue
        sums = values.setdefault(currency, [_ZERO, _ZERO, _ZERO, _ZERO])
        whole = cost * decision.ordered
        sums[0] += whole
        if decision.accepted:
            sums[1] += whole if decision.accepted == decision.ordered else cost * decision.accepted
        if decision.backordered:
            sums[2] += cost * decision.backordered
        if decision.rejected:
            sums[3] += cost * decision.rejected
    amounts = tuple(
        Amounts(currency, whole, now, later, never, whole - now - later - never)
        for currency, (whole, now, later, never) in sorted(values.items())
    )
    undecided = ordered - accepted - backordered - rejected
    return Totals(ordered, accepted, backordered, rejected, undecided, amounts)
