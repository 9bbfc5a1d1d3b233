"""Decides past orders again, moment by moment, with the function that decides new ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from oktee.catalog.matching import Candidates, Matched, match
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.expected_cost import Answer, Book, LineFacts, facts_of, line_costs
from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, LineInput, LineKey, StockSnapshot
from oktee.modules.supply.rules.price import ACCEPTED_LOSS
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.settings import FarBelow
from oktee.modules.supply.rules.simulation.facts import (
    FRESH,
    Carried,
    LaterStock,
    Moment,
    Outcome,
    PastOrder,
    Promised,
    Question,
)
from oktee.modules.supply.rules.simulation.sums import ChangedLine, Class, Noted, Partial
from oktee.modules.supply.rules.trace import Money

_NONE: Candidates[ItemSnapshot] = Candidates()
_ZERO = Decimal(0)


def simulate(moments: Iterable[Moment], question: Question, carried: Carried) -> Partial:
    """The sums of these moments, which are in the order of time; `carried` goes from one call to the next."""
    found = Partial()
    for moment in moments:
        _replay(moment, question, carried, found)
    return found


def _replay(moment: Moment, question: Question, carried: Carried, whole: Partial) -> None:
    fresh = {item_id: each for item_id, each in moment.stock.items() if moment.at - each.as_of <= FRESH}
    found = Partial()
    kept: list[tuple[PastOrder, list[int]]] = []
    items: dict[UUID, None] = {}
    skus: dict[str, None] = {}
    for past in moment.orders:
        at = [n for n, line in enumerate(past.order.lines) if not line.cancelled and line.ordered > 0]
        known = []
        for n in at:
            line = past.order.lines[n]
            item = _item(moment.candidates, (past.order.number, line.sequence))
            if item is None:
                known.append(n)
                continue
            pieces = item.pieces(1)
            if all(item_id in fresh for item_id in pieces):
                known.append(n)
                skus[item.sku] = None
                items.update(dict.fromkeys(pieces))
                continue
            found.not_simulated += 1
            found.changed.append(_unknown(past, n, item, moment))
        if not at:
            continue
        found.orders += 1
        found.lines += len(known)
        if known:
            kept.append((past, known))
    given: dict[str, dict[Promised, int]] = {}
    beyond: list[tuple[UUID, datetime, int]] = []
    if kept:
        after, given["after"] = _decide(moment, kept, fresh, question, "after", question.after, carried)
        before = None
        if question.before is not None:
            before, given["before"] = _decide(moment, kept, fresh, question, "before", question.before, carried)
        found.orders_simulated += len(kept)
        tally = Tally(found, beyond)
        for past, known in kept:
            number = past.order.number
            compare(moment, past, known, after[number], before[number] if before else None, tally, carried)
    whole.take(found, monday(moment.at, question.zone))
    whole.noted.append(Noted(moment.at, tuple(items), tuple(skus), given, tuple(beyond), found))


def _item(candidates: Mapping[LineKey, Candidates[ItemSnapshot]], key: LineKey) -> ItemSnapshot | None:
    matched = match(candidates.get(key, _NONE))
    return matched.item if isinstance(matched, Matched) else None


def _unknown(past: PastOrder, n: int, item: ItemSnapshot, moment: Moment) -> ChangedLine:
    line = past.order.lines[n]
    asked = _eaches(line)
    return ChangedLine(
        "not_simulated", past.order_id, past.order.number, line.sequence, moment.at, item.sku, line.asin, asked,
        past.happened[n], None, None, None, None, None, None, line.currency,
    )  # fmt: skip


def _decide(
    moment: Moment,
    kept: Sequence[tuple[PastOrder, list[int]]],
    fresh: Mapping[UUID, StockSnapshot],
    question: Question,
    version: str,
    book: RuleBook,
    carried: Carried,
) -> tuple[dict[str, Decision], dict[Promised, int]]:
    """The decisions of one version, and what they promise, which is carried on."""
    promised = carried.promised.setdefault(version, {})
    stock = {
        item_id: _with_promises(each, promised.get(item_id), question, moment.at) for item_id, each in fresh.items()
    }
    orders = [
        past.order
        if len(known) == len(past.order.lines)
        else replace(past.order, lines=tuple(past.order.lines[n] for n in known))
        for past, known in kept
    ]
    ctx = Context(
        now=moment.at,
        zone=question.zone,
        candidates=moment.candidates,
        stock=stock,
        settings=question.settings,
        book=book,
        logistics=moment.logistics,
        placed=_placed(moment, promised, question),
    )
    found = {}
    given: dict[Promised, int] = {}
    for decision in decide_all(orders, ctx):
        found[decision.number] = decision
        for line in decision.lines:
            if ctx.placed is not None:
                _give_from_places(given, moment, decision.number, line)
            elif line.components:
                for part in line.components:
                    _give(given, part.item_id, part.on_hand + part.inbound)
            elif line.item_id is not None:
                _give(given, line.item_id, line.reserve_on_hand + line.reserve_inbound)
    for name, units in given.items():
        carried.promise(version, name, moment.at, units)
    return found, given


def _placed(
    moment: Moment, promised: dict[Promised, list[tuple[datetime, int]]], question: Question
) -> dict[UUID, dict[str, StockSnapshot]] | None:
    if moment.placed is None:
        return None
    return {
        item_id: {
            code: _with_promises(each, promised.get((item_id, code)), question, moment.at)
            for code, each in places.items()
            if moment.at - each.as_of <= FRESH
        }
        for item_id, places in moment.placed.items()
    }


def _give_from_places(given: dict[Promised, int], moment: Moment, number: str, line: LineDecision) -> None:
    """What each warehouse gives of a line."""
    item = _item(moment.candidates, (number, line.sequence))
    for source in line.sources:
        if item is not None:
            for item_id, pieces in item.pieces(source.accepted + source.backordered).items():
                _give(given, (item_id, source.warehouse), pieces)


def _give(given: dict[Promised, int], item: Promised, units: int) -> None:
    if units:
        given[item] = given.get(item, 0) + units


def _with_promises(
    stock: StockSnapshot, promises: list[tuple[datetime, int]] | None, question: Question, now: datetime
) -> StockSnapshot:
    """With what was promised and is not in the figure; what is in every figure that still counts is forgotten."""
    if not promises:
        return stock
    if promises[0][0] <= (over := now - FRESH - question.absorb_after):
        promises[:] = [each for each in promises if each[0] > over]
    known = stock.as_of - question.absorb_after
    return replace(stock, reserved_by_us=stock.reserved_by_us + sum(units for at, units in promises if at > known))


class Tally(NamedTuple):
    """Where what is compared of a moment is counted, and what is promised beyond the other version."""

    found: Partial
    beyond: list[tuple[UUID, datetime, int]]

    def lose(self, version: str, on_each: Money, units: int) -> None:
        """Count what so many units lose."""
        amount, currency = on_each
        if units:
            loss = self.found.sums(version).loss
            loss[currency] = loss.get(currency, _ZERO) + amount * units


def monday(at: datetime, zone: tzinfo) -> date:
    """The week of an instant, by its Monday."""
    local = at.astimezone(zone).date()
    return local - timedelta(days=local.weekday())


class _Line(NamedTuple):
    """A line with what is the same for every version of it."""

    line: LineInput
    asked: int
    facts: LineFacts
    book: Book


def compare(
    moment: Moment,
    past: PastOrder,
    known: Sequence[int],
    after: Decision,
    before: Decision | None,
    tally: Tally,
    carried: Carried,
) -> None:
    """Count an order under each version, and each of its `known` lines that the draft answers otherwise."""
    waited = past.held or any(each.held for n in known if (each := past.happened[n]) is not None)
    held: dict[str, bool] = {"happened": waited, "after": after.held}
    if before is not None:
        held["before"] = before.held
    counted = False
    for at, n in enumerate(known):
        line = past.order.lines[n]
        decided, was_decided = after.lines[at], before.lines[at] if before is not None else None
        one = _Line(line, decided.ordered, facts_of(line, decided.ordered), past.costs)
        now = _outcome(decided)
        happened = past.happened[n]
        if was_decided is None and happened is None:
            tally.found.lines -= 1  # nobody answered it, so there is nothing to compare with
            continue
        counted = True
        outcomes = {"after": now}
        if was_decided is not None:
            outcomes["before"] = _outcome(was_decided)
        was = outcomes["before"] if was_decided is not None else happened
        if happened is not None:
            outcomes["happened"] = happened
        costs: dict[tuple[int, int, int], tuple[Decimal | None, bool]] = {}
        lost = {
            "after": lost_on_each(decided),
            "before": lost_on_each(was_decided) if was_decided is not None else None,
        }
        lost["happened"] = lost["after"] or lost["before"]  # it is the same line; whoever answered it lost as much
        for version, outcome in outcomes.items():
            _add(tally, version, one, outcome, costs)
            each_lost = lost[version]
            if each_lost is not None and not outcome.held:
                tally.lose(version, each_lost, outcome.confirmed)
        if was is None or was == now:
            continue
        kind, left = _class_of(was, now, decided, moment.later, carried, tally.beyond)
        if kind == "better" and lost["after"] is not None and not now.held:
            kind = "at_a_loss"  # taken at a cost that a person would have looked at: no gain to be shown as one
        tally.found.classes[kind] = tally.found.classes.get(kind, 0) + 1
        cost = one.facts.cost
        tally.found.changed.append(
            ChangedLine(
                kind,
                past.order_id,
                past.order.number,
                line.sequence,
                moment.at,
                decided.sku,
                line.asin,
                one.asked,
                was,
                now,
                was_decided.summary if was_decided is not None else None,
                decided.summary,
                decided.rule.name,
                left,
                None if cost is None else cost * (now.confirmed - was.confirmed),
                one.facts.currency,
            )
        )
    if not counted:
        tally.found.orders_simulated -= 1  # none of its lines is in a sum, so it is in none either
        return
    for version, waits in held.items():
        if waits:
            tally.found.sums(version).orders_held += 1


def lost_on_each(line: LineDecision) -> Money | None:
    """What the agreed cost of a unit is more than the order's, where the rule takes that loss."""
    if line.rule.settings.far_below is not FarBelow.ACCEPT:
        return None
    for _, message, raw in line.verdicts:
        if message == ACCEPTED_LOSS:
            asked, agreed = cast("Money", raw[0]), cast("Money", raw[1])
            return agreed[0] - asked[0], asked[1]
    return None


def _outcome(line: LineDecision) -> Outcome:
    return Outcome(line.accepted, line.backordered, line.rejected, line.held)


def _add(
    tally: Tally,
    version: str,
    one: _Line,
    outcome: Outcome,
    known: dict[tuple[int, int, int], tuple[Decimal | None, bool]],
) -> None:
    accepted, backordered, rejected, held = outcome
    undecided = one.asked - accepted - backordered - rejected
    answer = accepted, backordered, rejected
    if answer in known:
        fees, whole = known[answer]
    elif undecided > 0:
        fees, whole = known[answer] = None, True  # nobody answered it, so nothing is charged for it yet
    else:
        costs = line_costs(one.facts, Answer(*answer), one.book)
        fees, whole = known[answer] = costs.expected, costs.whole
    cost, currency = one.facts.cost, one.facts.currency
    value = cost * (accepted + backordered) if cost is not None else None
    sums = tally.found.sums(version)
    sums.asked += one.asked
    sums.accepted += accepted
    sums.backordered += backordered
    sums.rejected += rejected
    sums.undecided += undecided
    sums.lines_held += held
    sums.fees_unknown += not whole
    if currency is not None:
        if fees:
            sums.fees[currency] = sums.fees.get(currency, _ZERO) + fees
        if value:
            sums.value[currency] = sums.value.get(currency, _ZERO) + value


def _class_of(
    was: Outcome,
    now: Outcome,
    decided: LineDecision,
    later: Mapping[UUID, LaterStock],
    carried: Carried,
    beyond: list[tuple[UUID, datetime, int]],
) -> tuple[Class, int | None]:
    more = now.confirmed - was.confirmed
    if more > 0:
        # What the later figure left, where it would not have covered what is promised beyond the other version.
        pieces = pieces_beyond(decided, more)
        beyond.extend((item_id, later[item_id].as_of, units) for item_id, units in pieces if item_id in later)
        left = short_of(pieces, later, carried)
        if left is not None:
            return "lacked_stock", left
    if decided.ordered and now.rejected == decided.ordered and was.rejected < decided.ordered:
        return "newly_rejected", None
    if more > 0 or (more == 0 and now.accepted > was.accepted):
        return "better", None
    if more < 0 or now.accepted < was.accepted:
        return "worse", None
    if was.held != now.held:
        return ("worse" if now.held else "better"), None
    return "same", None


def pieces_beyond(decided: LineDecision, more: int) -> list[tuple[UUID, int]]:
    """The pieces of each SKU that confirming so many units more asks of the stock."""
    if not decided.accepted or decided.item_id is None:
        return []
    units = decided.reserve_on_hand + decided.reserve_inbound
    parts = [(part.item_id, part.on_hand + part.inbound) for part in decided.components] or [(decided.item_id, units)]
    return [(item_id, pieces * more // decided.taken) for item_id, pieces in parts]


def short_of(beyond: Iterable[tuple[UUID, int]], later: Mapping[UUID, LaterStock], carried: Carried) -> int | None:
    """What a later figure left, where that is less than was promised beyond by these pieces and by others before them."""
    short: int | None = None
    for item_id, pieces in beyond:
        figure = later.get(item_id)
        if figure is None:
            continue
        if carried.go_beyond(item_id, figure.as_of, pieces) > figure.sellable:
            short = figure.sellable if short is None else min(short, figure.sellable)
    return short


def _eaches(line: LineInput) -> int:
    eaches = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size)
    return line.ordered if eaches is None else eaches
