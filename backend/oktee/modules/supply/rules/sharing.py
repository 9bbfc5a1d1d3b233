"""Stock that several orders of a batch ask for and that does not suffice: who gets it, and why, in the words of the trace.

Their lines are decided again, each with its share. What is on hand or arrives in time for a window is given by the
strategies; what is left, and what arrives later, is there for backorders in the same order.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import FREE_SHARE, Allotted, Demand, Level, Strategy
from oktee.modules.supply.rules.allocation.ranking import precedes
from oktee.modules.supply.rules.allocation.serving import allocate
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.inputs import Context, Inbound, ItemSnapshot, OrderInput
from oktee.modules.supply.rules.ledger import Assembly, Balance, Ledger, Portion
from oktee.modules.supply.rules.line import DateKey, Dates, LineState, Share
from oktee.modules.supply.rules.origin import Origins
from oktee.modules.supply.rules.passage import decide_line
from oktee.modules.supply.rules.settings import CasePackMode
from oktee.modules.supply.rules.stock import last_arrival

_SAYS = {
    Strategy.PRIORITY: "supply.allocation.priority",
    Strategy.EARLIEST_WINDOW_END: "supply.allocation.window",
    Strategy.MARGIN: "supply.allocation.margin",
    Strategy.FEE_AVOIDANCE: "supply.allocation.fees",
    Strategy.FILL_AVOIDANCE: "supply.allocation.fill",
    Strategy.FIFO: "supply.allocation.placed",
}


class Asking(NamedTuple):
    """A line that asks for stock: its order, its place there, what it asks for, whether it came short."""

    order: OrderInput
    place: int
    item: ItemSnapshot
    short: bool


@dataclass(eq=False, slots=True)
class Rival:
    """A line that competes."""

    order: OrderInput
    place: int
    state: LineState
    demand: Demand
    kept: dict[UUID, int]
    own: dict[UUID, tuple[int, tuple[Inbound, ...]]]


def _skus(asking: Asking) -> Iterable[Hashable]:
    return asking.item.pieces(1)


def contested(asking: Sequence[Asking], of: Callable[[Asking], Iterable[Hashable]] = _skus) -> list[list[Asking]]:
    """The lines that compete, in groups that have no SKU in common: what one came short of is asked for by another order
    too, or hangs together with that through the components of bundles. `of`: the stock that a line draws on."""
    short = {sku for each in asking if each.short for sku in of(each)}
    if not short:
        return []
    group_of: dict[Hashable, Hashable] = {}

    def root(sku: Hashable) -> Hashable:
        while (above := group_of.setdefault(sku, sku)) != sku:
            sku = above
        return sku

    for each in asking:
        first, *others = of(each)
        for sku in others:
            group_of[root(sku)] = root(first)
    groups: dict[Hashable, list[Asking]] = defaultdict(list)
    short_groups = {root(sku) for sku in short}
    for each in asking:
        group = root(next(iter(of(each))))
        if group in short_groups:
            groups[group].append(each)
    return [group for group in groups.values() if len({id(each.order) for each in group}) > 1]


def share(
    competing: Sequence[Asking], ctx: Context, *, before: Ledger, ledger: Ledger, origins: Origins, book: RuleBook
) -> dict[int, dict[int, LineDecision]]:
    """The lines decided again, by their order's id() and their place in it; `ledger` is left as after them, and `before`
    is what it was before any of the batch."""
    skus = sorted({sku for each in competing for sku in each.item.pieces(1)})
    for each in competing:
        before.balance(each.item)
    opening = {sku: _known(before, sku) for sku in skus}
    dates: dict[int, dict[DateKey, Dates]] = defaultdict(dict)

    def pass_through(
        order: OrderInput, index: int, view: Ledger, told: Share | None = None
    ) -> tuple[LineDecision, LineState]:
        states: list[LineState] = []
        decision = decide_line(
            order.lines[index], order, ctx,
            ledger=view, origin=origins.of(order), book=book, dates=dates[id(order)], share=told, states=states,
        )  # fmt: skip
        return decision, states[0]

    lines = []
    for rank, each in enumerate(competing):
        alone = {sku: opening[sku].copy() for sku in each.item.pieces(1)}
        decision, state = pass_through(each.order, each.place, before.view(alone))
        kept = _kept(state, opening)
        demand = demand_of(each, state, decision, ctx, rank=rank, kept=kept, until=_until(state, opening))
        lines.append(Rival(each.order, each.place, state, demand, kept, {}))
    supply = {sku: _levels(opening[sku]) for sku in skus}
    rules = ctx.settings.allocation
    found = allocate([line.demand for line in lines], supply, rules)
    left = {sku: opening[sku].copy() for sku in skus}
    # Goods are set aside for those who can wait the least first: so every share can be met by its day.
    for line in sorted(lines, key=lambda line: (line.demand.until or date.min, line.demand.key)):
        line.own = _set_aside(left, line.demand, found.units[line.demand.key])
    place = {key: n for n, key in enumerate(found.served)}
    lines.sort(key=lambda line: (place.get(line.demand.key, len(place)), line.demand.placed_at, line.demand.key))
    again: dict[int, dict[int, LineDecision]] = defaultdict(dict)
    for line in lines:
        view = {}
        lent = {}
        for sku, (on_hand, arriving) in line.own.items():
            free = left[sku].free
            lent[sku] = max(0, line.kept.get(sku, 0) - free)
            merged = Balance(free=on_hand + free + lent[sku], inbound=(*arriving, *left[sku].inbound))
            merged.opening = opening[sku].opening
            view[sku] = merged
        told = told_of(line, lines, found, ctx)
        again[id(line.order)][line.place], _ = pass_through(line.order, line.place, before.view(view), told)
        for sku, merged in view.items():
            left[sku].free = max(0, merged.free - lent[sku])
            left[sku].inbound = merged.inbound
    for sku in skus:
        now = _known(ledger, sku)
        now.free, now.inbound = left[sku].free, left[sku].inbound
    return again


def _known(ledger: Ledger, sku: UUID) -> Balance:
    found = ledger.known(sku)
    assert found is not None  # a line that asks for stock that is not known was stopped
    return found


def _parts(state: LineState) -> dict[UUID, Balance | Portion]:
    balance = state.balance
    if balance is None:
        return {}
    if isinstance(balance, Assembly):
        return {part.item_id: left for part, left in balance.parts}
    assert isinstance(balance, Balance | Portion)
    return {state.known_item.item_id: balance}


def _kept(state: LineState, opening: Mapping[UUID, Balance]) -> dict[UUID, int]:
    """Pieces on hand that the rule of this line does not give: kept back, or beyond Amazon's part."""
    return {
        sku: opening[sku].free
        - max(0, min(opening[sku].free - left.keep, opening[sku].free if left.cap is None else left.cap))
        for sku, left in _parts(state).items()
        if isinstance(left, Portion)
    }


def _until(state: LineState, opening: Mapping[UUID, Balance]) -> date | None:
    """The last day on which something that arrives is in time for the window of this line."""
    days = (last_arrival(state, opening[sku]) for sku in _parts(state))
    return max((day for day in days if day is not None), default=None)


def demand_of(
    each: Asking,
    state: LineState,
    alone: LineDecision,
    ctx: Context,
    *,
    rank: int,
    kept: Mapping[UUID, int],
    until: date | None,
) -> Demand:
    """What the line asks of scarce stock: all of it, or what the rules let it take if it were alone."""
    order, line, item, settings = each.order, state.line, state.known_item, state.settings
    asked = alone.taken if state.late else alone.accepted
    if asked and state.available < state.asked:
        asked = state.asked
    breaks = settings.break_case_percent < 100 and not state.in_cases
    lot = state.pack
    if settings.case_pack_mode is CasePackMode.ALL_OR_NOTHING:
        lot = asked
    if item.moq is not None:
        lot = max(lot, ceil(item.moq / item.link_quantity))
    margin = None
    if line.net_cost is not None and item.landed_cost is not None and item.currency == line.currency:
        margin = line.net_cost - item.landed_cost * item.link_quantity - line.expected_fees
    return Demand(
        key=(order.number, str(rank)),  # lines of one order come by their sequence; two may have the same
        pieces=item.pieces(1),
        asked=asked,
        placed_at=order.placed_at,
        multiple=1 if breaks else state.multiple,
        lot=lot,
        keep=kept,
        until=until,
        marketplace=order.marketplace_id,
        vendor_code=order.vendor_code,
        order_type=order.order_type,
        destination=order.destination,
        window_end=order.window.end if order.window is not None else None,
        margin=margin,
        charge=line.rejecting.each if line.rejecting is not None else None,
        free_share=line.rejecting.free if line.rejecting is not None else FREE_SHARE,
        fill=order.fill,
    )


def _levels(balance: Balance) -> tuple[Level, ...]:
    levels, there = [Level(None, balance.free)], balance.free
    for quantity, eta in balance.inbound:
        there += quantity
        levels.append(Level(eta, there))
    return tuple(levels)


def _set_aside(left: Mapping[UUID, Balance], demand: Demand, units: int) -> dict[UUID, tuple[int, tuple[Inbound, ...]]]:
    """Takes the pieces of so many eaches away, on hand first; by SKU what comes from hand and from which arrivals."""
    own = {}
    for sku, pieces in demand.pieces.items():
        arriving = list(left[sku].inbound)
        on_hand, missing = left[sku].draw(units * pieces)
        taken = []
        for quantity, eta in arriving:
            if missing <= 0:
                break
            taken.append(Inbound(min(quantity, missing), eta))
            missing -= quantity
        own[sku] = (on_hand, tuple(taken))
    return own


def told_of(line: Rival, lines: Sequence[Rival], found: Allotted, ctx: Context) -> Share | None:
    """What a line that got less than it asked is told: who came before it, and by what."""
    demand, units = line.demand, found.units[line.demand.key]
    if units >= demand.asked - demand.asked % demand.multiple:
        return None
    rivals = [
        other
        for other in lines
        if other.order is not line.order
        and found.units[other.demand.key]
        and not demand.pieces.keys().isdisjoint(other.demand.pieces)
    ]
    asked = line.state.asked
    if not rivals:
        return None
    if not units and demand.key in found.passed:
        return Share(units, "supply.allocation.lot", (asked, min(demand.lot, asked)))
    first = next((other for other in rivals if _before(other, line, found)), rivals[0])
    strategy = precedes(first.demand, demand, ctx.settings.allocation, found.weights)
    if strategy is Strategy.FAIR_SHARE:
        together = {id(other.order) for other in (*rivals, line)}
        return Share(units, "supply.allocation.fair_share", (units, asked, str(len(together))))
    if not _may_be_named(first, line):
        return Share(units, "supply.allocation.elsewhere", (units, asked))
    return Share(units, _SAYS[strategy], (units, asked, first.order.number, found.units[first.demand.key]))


def _before(other: Rival, line: Rival, found: Allotted) -> bool:
    if not found.units[line.demand.key]:
        return True
    return found.served.index(other.demand.key) < found.served.index(line.demand.key)


def _may_be_named(other: Rival, line: Rival) -> bool:
    """Whoever may read of this line may read of that order: a person may be limited to a marketplace, code or brand."""
    return (
        other.order.marketplace_id == line.order.marketplace_id
        and other.order.vendor_code == line.order.vendor_code
        and other.state.known_item.brand == line.state.known_item.brand
    )
