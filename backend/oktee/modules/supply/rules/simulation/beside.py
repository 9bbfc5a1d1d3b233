"""Orders decided by a second rule book beside the one that decided them, on the same inputs. Pure; nothing follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.inputs import Context
from oktee.modules.supply.rules.simulation.facts import Carried, Moment, PastOrder
from oktee.modules.supply.rules.simulation.replay import Tally, compare, monday, pieces_beyond
from oktee.modules.supply.rules.simulation.sums import ChangedLine, Partial

WHOLE = ""
"""In the place of a line's sequence: the order as a whole, of which only is known whether it waited."""


class Stored(NamedTuple):
    """A line as its decision is stored: units or None while nobody decided them, and whether it waited for a person."""

    taken: int | None
    backordered: int | None
    cut: int | None
    held: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """One order under both books. `beyond`: by line what it would take of the stock beyond the running rules, in pieces."""

    sums: Partial
    beyond: dict[str, list[tuple[UUID, int]]]

    @property
    def changed(self) -> list[ChangedLine]:
        return self.sums.changed


@dataclass(frozen=True, slots=True)
class Together:
    """Orders that were decided together, on the inputs as they were, and what was decided: by (number, sequence)."""

    orders: tuple[PastOrder, ...]
    context: Context
    running: RuleBook
    stored: Mapping[tuple[str, str], Stored]


def decide_beside(together: Together, books: Mapping[UUID, RuleBook]) -> dict[UUID, dict[UUID, Beside | None]]:
    """By book and order what it would have been. None: the running rules do not decide again what they decided, so the
    inputs are not those of then any more, and what the other book makes of them would say nothing."""
    again = _decisions(together, together.running)
    same = {past.order_id: _same(again[past.order.number], together.stored) for past in together.orders}
    found: dict[UUID, dict[UUID, Beside | None]] = {}
    for key, book in books.items():
        decided = _decisions(together, book)
        found[key] = {
            past.order_id: _beside(past, again[past.order.number], decided[past.order.number], together.context)
            if same[past.order_id]
            else None
            for past in together.orders
        }
    return found


def _same(decision: Decision, stored: Mapping[tuple[str, str], Stored]) -> bool:
    number = decision.number
    whole = stored.get((number, WHOLE))
    if whole is not None and whole.held != bool(decision.gates):
        return False
    return all(stored_of(line) == stored.get((number, line.sequence)) for line in decision.lines)


def stored_of(line: LineDecision) -> Stored:
    """As a decision of the rules is stored."""
    if line.undecided > 0 or (line.held and line.taken == 0 and not line.cancelled):
        return Stored(None, None, None, bool(line.holds))
    return Stored(line.accepted, line.backordered, line.rejected, bool(line.holds))


def _decisions(together: Together, book: RuleBook) -> dict[str, Decision]:
    orders = [past.order for past in together.orders]
    return {one.number: one for one in decide_all(orders, replace(together.context, book=book))}


def _beside(past: PastOrder, before: Decision, after: Decision, context: Context) -> Beside:
    sums, counted = Partial(), Partial()
    known = [n for n, line in enumerate(past.order.lines) if not line.cancelled and line.ordered > 0]
    if known:
        counted.orders = counted.orders_simulated = 1
        counted.lines = len(known)
        moment = Moment(context.now, (past,), {}, {}, {})
        compare(moment, past, known, _only(after, known), _only(before, known), Tally(counted, []), Carried())
        sums.take(counted, monday(context.now, context.zone))
    lines = {line.sequence: line for line in after.lines}
    beyond = {}
    for one in sums.changed:
        more = one.now.confirmed - one.was.confirmed if one.now is not None and one.was is not None else 0
        pieces = pieces_beyond(lines[one.sequence], more) if more > 0 else []
        if pieces:
            beyond[one.sequence] = pieces
    return Beside(sums, beyond)


def _only(decision: Decision, known: Sequence[int]) -> Decision:
    """`compare` takes the lines that count, in their order."""
    if len(known) == len(decision.lines):
        return decision
    return replace(decision, lines=tuple(decision.lines[n] for n in known))
