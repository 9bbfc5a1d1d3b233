"""Decides an order line by line: passes every line through the rules, draws on the stock once, and keeps the reasons."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from oktee.modules.supply.rules.approvals import approved
from oktee.modules.supply.rules.book import RuleBook, standing
from oktee.modules.supply.rules.calendar import Calendar
from oktee.modules.supply.rules.decision import Amounts, Decision, Drawn, LineDecision, Totals
from oktee.modules.supply.rules.gates import OrderState
from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, LineInput, OrderInput, Window
from oktee.modules.supply.rules.kept import keep
from oktee.modules.supply.rules.ledger import Assembly, Ledger
from oktee.modules.supply.rules.line import DateKey, Dates, LineState, Verdict
from oktee.modules.supply.rules.pipeline import ENGINE_VERSION, GATES, RULES
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.trace import Message, TraceStep

_STEPS = tuple((rule.id, rule.version, rule.apply) for rule in RULES)
_CANCELLED = Message("supply.summary.cancelled", ())
_NO_WINDOW = datetime.max.replace(tzinfo=UTC)
_ZERO = Decimal(0)
RUSH = "RushOrder"


class _Drafted(NamedTuple):
    """An order whose lines are decided."""

    order: OrderInput
    lines: tuple[LineDecision, ...]
    totals: Totals


def decide(
    order: OrderInput, ctx: Context, *, ledger: Ledger | None = None, calendar: Calendar | None = None
) -> Decision:
    """The decision on one order; the same inputs give the same decision.

    Without `ledger` the stock of `ctx` is all there is to give. With one, units that earlier decisions drew from it are
    gone, and those of this decision are drawn from it too. Lines are served by sequence number and returned in the
    order's own order. `calendar` may be shared by decisions of one context.
    """
    if ledger is None:
        ledger = open_ledger(ctx)
    if calendar is None:
        calendar = Calendar(ctx.now, zone=ctx.zone, settings=ctx.settings)
    book = book_of(ctx)
    drafted = _draft(order, ctx, ledger=ledger, calendar=calendar, book=book)
    return _judge(drafted, ctx, book=book, others=())


def book_of(ctx: Context) -> RuleBook:
    """The rule book of these decisions; without one the settings are the standard rule."""
    return ctx.book or standing(ctx.settings)


def _draft(order: OrderInput, ctx: Context, *, ledger: Ledger, calendar: Calendar, book: RuleBook) -> _Drafted:
    """The lines of an order, before anything is asked of the order as a whole."""
    lines = order.lines
    decided: dict[int, LineDecision] = {}
    dates: dict[DateKey, Dates] = {}
    for index in sorted(range(len(lines)), key=lambda i: _sequence_key(lines[i])):
        kept = ctx.kept.get((order.number, lines[index].sequence)) if ctx.kept else None
        if kept is not None:
            decided[index] = keep(kept, book)
            continue
        decided[index] = _decide_line(
            lines[index], order, ctx, ledger=ledger, calendar=calendar, book=book, dates=dates
        )
    decisions = tuple(decided[index] for index in range(len(lines)))
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

    Served and returned by (rush orders first, window end, order date, order number), whatever order they come in.
    """
    if ledger is None:
        ledger = open_ledger(ctx)
    calendar = Calendar(ctx.now, zone=ctx.zone, settings=ctx.settings)
    book = book_of(ctx)
    drafted = [
        _draft(order, ctx, ledger=ledger, calendar=calendar, book=book) for order in sorted(orders, key=serving_order)
    ]
    return tuple(_judge(one, ctx, book=book, others=drafted) for one in drafted)


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
    return Ledger(ctx.stock, today=ctx.now.astimezone(ctx.zone).date())


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


def _decide_line(
    line: LineInput,
    order: OrderInput,
    ctx: Context,
    *,
    ledger: Ledger,
    calendar: Calendar,
    book: RuleBook,
    dates: dict[DateKey, Dates],
) -> LineDecision:
    if line.cancelled or line.ordered <= 0:
        return _cancelled(line, book)
    eaches = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size)
    state = LineState(line, order, eaches=eaches, calendar=calendar, ledger=ledger, book=book, dates=dates)
    trace: list[TraceStep] = []
    holding: Verdict | None = None
    stopped = False
    waived = ctx.approvals.get((order.number, line.sequence)) if ctx.approvals else None
    new = tuple.__new__  # half the time of TraceStep(...), which is most of what a step costs
    for rule, version, apply in _STEPS:
        verdict = apply(state, ctx)
        if verdict is None:
            continue
        outcome, message, raw = verdict
        if waived and outcome == "holds" and approved(waived, message, raw):
            outcome = "flag"  # a person saw it with these values
        trace.append(new(TraceStep, (rule, version, outcome, message, raw)))
        if outcome == "stops" or outcome == "holds":
            holding = holding or verdict
            if outcome == "stops":
                stopped = True
                break
    asked, item = state.asked, state.item
    accepted, backordered, rejected = (0, 0, 0) if stopped else (state.accepted, state.backordered, state.rejected)
    on_hand = inbound = 0
    taken = accepted + backordered
    components: tuple[Drawn, ...] = ()
    if item is not None:
        if item.components:
            components = _draw_components(state, item, taken * item.link_quantity)
        elif taken:
            balance = state.balance
            assert balance is not None
            assert not isinstance(balance, Assembly)
            on_hand, inbound = balance.draw(taken * item.link_quantity)
    summary = Message(holding[1], holding[2]) if holding is not None else _summary(state)
    return LineDecision(
        line.sequence,
        asked,
        accepted,
        backordered,
        rejected,
        asked - taken - rejected,
        holding is not None,
        False,
        state.scheduled_at if accepted else None,
        state.backorder_at if backordered else None,
        state.rejection_reason if rejected else None,
        state.proposed_reason,
        item.item_id if item is not None else None,
        item.sku if item is not None else None,
        on_hand,
        inbound,
        summary,
        tuple(trace),
        state.rule,
        components,
    )


def _draw_components(state: LineState, item: ItemSnapshot, units: int) -> tuple[Drawn, ...]:
    """Takes the pieces of so many bundles from every component, or says what they would be made of."""
    if not units:
        return tuple(
            Drawn(part.item_id, part.sku, item.link_quantity * part.quantity, 0, 0) for part in item.components
        )
    assert isinstance(state.balance, Assembly)  # nothing is taken of a bundle one of whose components is not known
    return tuple(
        Drawn(part.item_id, part.sku, item.link_quantity * part.quantity, *balance.draw(units * part.quantity))
        for part, balance in state.balance.parts
    )


def _cancelled(line: LineInput, book: RuleBook) -> LineDecision:
    """Nothing is ordered any more, so there is nothing to answer and nothing to hold."""
    return LineDecision(
        sequence=line.sequence,
        ordered=0,
        accepted=0,
        backordered=0,
        rejected=0,
        undecided=0,
        held=False,
        cancelled=True,
        scheduled_at=None,
        backorder_at=None,
        rejection_reason=None,
        proposed_reason=None,
        item_id=None,
        sku=None,
        reserve_on_hand=0,
        reserve_inbound=0,
        summary=_CANCELLED,
        trace=(),
        rule=book.standard,
    )


def _summary(state: LineState) -> Message:
    accepted, backordered, rejected, free = state.accepted, state.backordered, state.rejected, state.available
    if backordered and accepted:
        later = (accepted, free, backordered, state.inbound, state.backorder_eta)
        if rejected:
            return Message("supply.summary.limited_with_backorder_and_cut", (*later, rejected))
        return Message("supply.summary.limited_with_backorder", later)
    if backordered:
        if rejected:
            return Message("supply.summary.backordered_with_cut", (backordered, state.backorder_at, rejected))
        return Message("supply.summary.backordered", (backordered, state.backorder_at))
    if not rejected:
        return Message("supply.summary.accepted", (accepted, free))
    if not accepted:
        return Message("supply.summary.rejected", (rejected, state.rejection_reason))
    if state.pack_rest:
        return Message("supply.summary.accepted_but_pack_rest", (accepted, state.pack, rejected))
    return Message("supply.summary.limited_with_cut", (accepted, free, rejected))


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
