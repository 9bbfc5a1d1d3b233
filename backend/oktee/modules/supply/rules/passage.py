"""Passes one line through the rules, draws what it takes from the stock once, and keeps the reasons."""

from collections.abc import Sequence

from oktee.modules.supply.rules.approvals import approved
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.decision import Drawn, LineDecision
from oktee.modules.supply.rules.identity import match_item
from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, LineInput, OrderInput
from oktee.modules.supply.rules.ledger import Assembly, Balance, Ledger, Portion
from oktee.modules.supply.rules.line import Apply, DateKey, Dates, LineState, Rule, Share
from oktee.modules.supply.rules.origin import Origin
from oktee.modules.supply.rules.pipeline import MOVED, POOLED, RULES
from oktee.modules.supply.rules.pools.serving import draw as draw_pooled
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.trace import Check, Message, Outcome, Verdict

_MATCH, *_OTHERS = RULES
_MATCHED = Check(_MATCH.id, _MATCH.version)
_SEEN: Outcome = "flag"
_CANCELLED = Message("supply.summary.cancelled", ())


def decide_line(
    line: LineInput,
    order: OrderInput,
    ctx: Context,
    *,
    ledger: Ledger,
    origin: Origin,
    book: RuleBook,
    dates: dict[DateKey, Dates],
    share: Share | None = None,
    states: list[LineState] | None = None,
) -> LineDecision:
    """The decision on one line, drawn from the ledger; `share` is what it may have of scarce stock, `states` gathers the
    worksheets."""
    if line.cancelled or line.ordered <= 0:
        return _cancelled(line, book)
    eaches = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size)
    state = LineState(line, order, eaches=eaches, origin=origin, ledger=ledger, book=book, dates=dates)
    state.share = share
    waived = ctx.approvals.get((order.number, line.sequence)) if ctx.approvals else None
    found = match_item(state, ctx)
    checks, verdicts = [_MATCHED], [found]
    stopped = found[0] == "stops"
    holding: Verdict | None = found if stopped else None
    if origin.pool is not None:
        state.sources = ()
    if not stopped:
        rule = state.rule
        if origin.pool is None and origin.road is None:
            steps = book.steps.get(rule.id) or _steps(book, rule)
        else:
            steps = _steps_apart(book, rule, pooled=origin.pool is not None)
        for check, apply in steps:
            verdict = apply(state, ctx)
            if verdict is None:
                continue
            outcome = verdict[0]
            if outcome == "holds" or outcome == "stops":
                if waived and outcome == "holds" and approved(waived, verdict[1], verdict[2]):
                    verdict = _SEEN, verdict[1], verdict[2]  # a person saw it with these values
                else:
                    holding = holding or verdict
                    stopped = outcome == "stops"
            checks.append(check)
            verdicts.append(verdict)
            if stopped:
                break
    asked, item = state.asked, state.item
    if states is not None:
        state.stopped = stopped
        states.append(state)
    accepted, backordered, rejected = (0, 0, 0) if stopped else (state.accepted, state.backordered, state.rejected)
    on_hand = inbound = 0
    taken = accepted + backordered
    components: tuple[Drawn, ...] = ()
    if item is not None:
        if origin.pool is not None:
            on_hand, inbound, components = draw_pooled(state, item, taken)
        elif item.components:
            components = _draw_components(state, item, taken * item.link_quantity)
        elif taken:
            balance = state.balance
            assert balance is not None
            assert isinstance(balance, Balance | Portion)
            on_hand, inbound = balance.draw(taken * item.link_quantity)
    summary = Message(holding[1], holding[2]) if holding is not None else _summary(state)
    sources = () if origin.pool is None or stopped else state.sources
    warehouse = origin.warehouse.code if origin.warehouse is not None else None
    if sources and origin.declared is not None:
        warehouse = next((each.warehouse for each in sources if each.accepted), warehouse)
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
        tuple(checks),
        tuple(verdicts),
        state.rule,
        components,
        warehouse,
        state.leaves_on if accepted else None,
        sources,
    )


def _steps(book: RuleBook, rule: BookRule) -> tuple[tuple[Check, Apply], ...]:
    """The rules after the match that may have something to say under the settings of this rule of the book."""
    return _found(book, rule, rule.id, _OTHERS)


def _steps_apart(book: RuleBook, rule: BookRule, *, pooled: bool) -> tuple[tuple[Check, Apply], ...]:
    """The same for an order that only some warehouses serve, or that is carried or received on some days only."""
    key = f"{rule.id} {'pooled' if pooled else 'moved'}"
    return book.steps.get(key) or _found(book, rule, key, POOLED[1:] if pooled else MOVED[1:])


def _found(book: RuleBook, rule: BookRule, key: str, rules: Sequence[Rule]) -> tuple[tuple[Check, Apply], ...]:
    found = tuple((Check(each.id, each.version), each.apply) for each in rules if each.speaks(rule.settings))
    book.steps[key] = found
    return found


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
        checks=(),
        verdicts=(),
        rule=book.standard,
    )


def _summary(state: LineState) -> Message:
    accepted, backordered, rejected, free = state.accepted, state.backordered, state.rejected, state.available
    if accepted and state.loose > free:
        return _pooled(state)
    if backordered and accepted:
        later = (accepted, free, backordered, state.backorder_at, state.inbound, state.backorder_eta)
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


def _pooled(state: LineState) -> Message:
    """There was more in the warehouses together than whole cases of one warehouse could be made of."""
    said = (state.accepted, state.loose, state.available)
    later = (state.backordered, state.backorder_at)
    if not state.backordered:
        if not state.rejected:
            return Message("supply.summary.accepted", (state.accepted, state.available))
        return Message("supply.summary.pooled_with_cut", (*said, state.rejected))
    if not state.rejected:
        return Message("supply.summary.pooled_with_backorder", (*said, *later))
    return Message("supply.summary.pooled_with_backorder_and_cut", (*said, *later, state.rejected))
