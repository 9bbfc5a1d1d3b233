"""Scarce stock of several warehouses, of which not every order may draw on each: who gets it, by the same strategies."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import Demand, Level
from oktee.modules.supply.rules.allocation.serving import allocate
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.inputs import Context, Inbound, OrderInput
from oktee.modules.supply.rules.ledger import Balance, Ledger
from oktee.modules.supply.rules.line import DateKey, Dates, LineState, Share
from oktee.modules.supply.rules.origin import Origins
from oktee.modules.supply.rules.passage import decide_line
from oktee.modules.supply.rules.pools.rooms import Pooled, Room
from oktee.modules.supply.rules.sharing import Asking, Rival, demand_of, told_of
from oktee.modules.supply.rules.stock import last_arrival

MOST_POOLS = 5
"""Up to so many pools that overlap every union of them is a stock of its own; of more, each pool and all of them together."""
Place = tuple[UUID, str]
"""A SKU in a warehouse."""
Own = tuple[int, tuple[Inbound, ...]]
"""Pieces on hand and arriving."""
Part = tuple[UUID, frozenset[str]]
"""A SKU in a set of warehouses."""


def drawn_on(asking: Asking, *, origins: Origins) -> Iterator[tuple[UUID, str]]:
    """The stock that a line may draw on: each of its SKUs in each warehouse of its pool."""
    pool = origins.of(asking.order).pool or ()
    return ((sku, code) for sku in asking.item.pieces(1) for code, _ in pool)


def share_pooled(
    competing: Sequence[Asking], ctx: Context, *, before: Ledger, ledger: Ledger, origins: Origins, book: RuleBook
) -> dict[int, dict[int, LineDecision]]:
    """As `share` does. What a set of warehouses has bounds all who draw on these alone: shares that keep to that for every
    union of pools can be met, and each is then drawn from the warehouses themselves, so that nothing is promised twice."""
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

    alone = [pass_through(each.order, each.place, before.scratch()) for each in competing]
    stocks = _Stocks(before, [state for _, state in alone])
    lines = []
    for rank, (each, (decision, state)) in enumerate(zip(competing, alone, strict=True)):
        plain = demand_of(each, state, decision, ctx, rank=rank, kept={}, until=_until(state))
        lines.append(Rival(each.order, each.place, state, stocks.bounded(plain, state), {}, {}))
    found = allocate([line.demand for line in lines], stocks.supply, ctx.settings.allocation)
    place = {key: n for n, key in enumerate(found.served)}
    left = before.scratch()
    # Who may draw on few warehouses chooses first, of equals who can wait the least: the others have more to choose from.
    own = {
        line.demand.key: _set_aside(left, line.state, found.units[line.demand.key])
        for line in sorted(
            lines,
            key=lambda line: (len(line.state.places), line.demand.until or date.min, line.demand.key),
        )
    }
    lines.sort(key=lambda line: (place.get(line.demand.key, len(place)), line.demand.placed_at, line.demand.key))
    again: dict[int, dict[int, LineDecision]] = defaultdict(dict)
    for line in lines:
        view, lent = _merged(before, left, line.state, own[line.demand.key])
        told = told_of(line, lines, found, ctx)
        again[id(line.order)][line.place], _ = pass_through(line.order, line.place, before.scratch(view), told)
        for (sku, code), merged in view.items():
            now = _known(left, sku, code)
            now.free, now.inbound = max(0, merged.free - lent.get((sku, code), 0)), merged.inbound
    for each in competing:
        for sku, code in drawn_on(each, origins=origins):
            if (there := ledger.room(sku, code)) is not None:
                now = _known(left, sku, code)
                there.free, there.inbound = now.free, list(now.inbound)
    return again


def _known(ledger: Ledger, sku: UUID, code: str) -> Balance:
    found = ledger.room(sku, code)
    assert found is not None  # a line is given nothing of a warehouse whose stock is not known
    return found


def _set_aside(left: Ledger, state: LineState, units: int) -> dict[Place, Own]:
    """Takes a line's share away from its warehouses: of each SKU in each what comes from hand and from which arrivals."""
    item, balance = state.known_item, state.balance
    own: dict[Place, Own] = {}
    if not isinstance(balance, Pooled) or not units:
        return own
    skus = list(item.pieces(1))
    rooms = [Room(room.code, tuple(_known(left, sku, room.code) for sku in skus)) for room in balance.rooms]
    view = Pooled(rooms, balance.needs, keeps=balance.keeps, grain=balance.grain)
    kept = view.kept()
    for n, taken in enumerate(view.plan(units * item.link_quantity)):
        for part, there in enumerate(rooms[n].balances):
            arriving = list(there.inbound)
            hand, missing = there.draw(taken * balance.needs[part], keep=kept[n][part])
            taken_of = []
            for quantity, eta in arriving:
                if missing <= 0:
                    break
                taken_of.append(Inbound(min(quantity, missing), eta))
                missing -= quantity
            own[skus[part], rooms[n].code] = hand, tuple(taken_of)
    return own


def _merged(
    before: Ledger, left: Ledger, state: LineState, own: Mapping[Place, Own]
) -> tuple[dict[Place, Balance], dict[Place, int]]:
    """The warehouses as the line sees them: its own share and what nobody was given. Where that is less than what its rule
    keeps, the last warehouse is lent the difference: of the share nothing has to stay."""
    view: dict[Place, Balance] = {}
    lent: dict[Place, int] = {}
    balance = state.balance
    if not isinstance(balance, Pooled):
        return view, lent
    for part, sku in enumerate(state.known_item.pieces(1)):
        there = 0
        for room in balance.rooms:
            hand, arriving = own.get((sku, room.code), (0, ()))
            now = _known(left, sku, room.code)
            merged = view[sku, room.code] = Balance(free=hand + now.free, inbound=(*arriving, *now.inbound))
            merged.opening = _known(before, sku, room.code).opening
            there += now.free
        keep, cap = balance.keeps[part], balance.caps[part]
        if not balance.rooms:
            continue
        last = sku, balance.rooms[-1].code
        if keep > there:
            lent[last] = keep - there
            view[last].free += keep - there
        if cap is not None:
            # Amazon's part of it was given out with the shares: what others got of it does not count a second time.
            beyond = sum(each.balances[part].opening for each in balance.rooms) - cap
            view[last].opening -= max(0, beyond - max(keep, there))
    return view, lent


class _Stocks:
    """The SKUs of each set of warehouses as the strategies see them, each a stock of its own."""

    def __init__(self, ledger: Ledger, states: Sequence[LineState]) -> None:
        self._ledger = ledger
        pools = {_pool(state) for state in states}
        if len(pools) <= MOST_POOLS:
            sets = {frozenset().union(*some) for size in range(1, len(pools) + 1) for some in combinations(pools, size)}
        else:
            sets = pools | {frozenset[str]().union(*pools)}
        skus = sorted({sku for state in states for sku in state.known_item.pieces(1)})
        self._sets = sorted(sets, key=sorted)
        parts = [(sku, codes) for sku in skus for codes in self._sets]
        self._keys: dict[Part, UUID] = {part: UUID(int=n) for n, part in enumerate(parts)}
        self.supply: dict[UUID, tuple[Level, ...]] = {key: self._levels(part) for part, key in self._keys.items()}

    def bounded(self, demand: Demand, state: LineState) -> Demand:
        """The same, of every set that holds all of its warehouses; what its rule keeps stays in its own."""
        pool, balance = _pool(state), state.balance
        pieces = {
            self._keys[sku, codes]: n for codes in self._sets if pool <= codes for sku, n in demand.pieces.items()
        }
        keep: dict[UUID, int] = {}
        if isinstance(balance, Pooled):
            for n, sku in enumerate(demand.pieces):
                key = self._keys[sku, pool]
                free, cap = self.supply[key][0].pieces, balance.caps[n]
                keep[key] = max(balance.keeps[n], 0 if cap is None else free - cap)
        return replace(demand, pieces=pieces, keep=keep)

    def _levels(self, part: Part) -> tuple[Level, ...]:
        sku, codes = part
        balances = [each for code in sorted(codes) if (each := self._ledger.room(sku, code)) is not None]
        there = sum(balance.free for balance in balances)
        levels = [Level(None, there)]
        for arrival in sorted((one for each in balances for one in each.inbound), key=lambda one: one.eta):
            there += arrival.quantity
            levels.append(Level(arrival.eta, there))
        return tuple(levels)


def _pool(state: LineState) -> frozenset[str]:
    return frozenset(place.code for place in state.places)


def _until(state: LineState) -> date | None:
    """The last day on which something that arrives in one of its warehouses is in time for the window of this line."""
    balance = state.balance
    if not isinstance(balance, Pooled):
        return None
    days = (last_arrival(state, each) for room in balance.rooms for each in room.balances)
    return max((day for day in days if day is not None), default=None)
