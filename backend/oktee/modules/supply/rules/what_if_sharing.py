"""How scarce stock would be shared if another strategy came first: the same batch, decided again under each of them."""

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.allocation.demand import Allocation, Strategy
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.decision import Decision
from oktee.modules.supply.rules.inputs import Context, LineKey, OrderInput
from oktee.modules.supply.rules.what_if import item_of


class Shared(NamedTuple):
    """What the line gets, and what all lines get that ask for the same stock. `first`: the strategy that decides first;
    None: as the settings have it."""

    first: Strategy | None
    accepted: int
    backordered: int
    together: int


class Sharing(NamedTuple):
    """`orders`: how many ask for the stock of the line, its own among them."""

    asked: int
    orders: int
    shares: tuple[Shared, ...]


def share_otherwise(orders: Sequence[OrderInput], ctx: Context, *, number: str, sequence: str) -> Sharing:
    """As the settings have it, then with each strategy before the tiers that they name; none where nobody else asks for
    the stock of the line. Raises KeyError for a line that none of the orders has. Lines that cannot draw on that stock,
    whatever they turn out to be, are never decided."""
    orders = _in_reach(orders, ctx, (number, sequence))
    decided = {one.number: one for one in decide_all(orders, ctx)}
    line = next((each for each in decided[number].lines if each.sequence == sequence), None)
    if line is None:
        raise KeyError(sequence)
    if line.item_id is None:
        return Sharing(line.ordered, 1, ())
    wanted = item_of(ctx, (number, sequence), line.item_id).pieces(1).keys()
    rivals = [only for one in orders if (only := _asking(one, decided[one.number], ctx, wanted)).lines]
    if len(rivals) < 2:
        return Sharing(line.ordered, len(rivals), ())
    rules = ctx.settings.allocation
    shares = []
    for first in (None, *Strategy):
        tiers = rules.tiers if first is None else (first, *(tier for tier in rules.tiers if tier is not first))
        settings = replace(ctx.settings, allocation=Allocation(tiers, rules.priority))
        again = {one.number: one for one in decide_all(rivals, replace(ctx, settings=settings))}
        mine = next(each for each in again[number].lines if each.sequence == sequence)
        together = sum(each.accepted for one in again.values() for each in one.lines)
        shares.append(Shared(first, mine.accepted, mine.backordered, together))
    return Sharing(line.ordered, len(rivals), tuple(shares))


def _in_reach(orders: Sequence[OrderInput], ctx: Context, key: LineKey) -> list[OrderInput]:
    """The orders with the line of `key`, and with those lines alone of which a candidate has a SKU in common with one of
    it."""
    wanted = _skus(ctx, key)
    lines_of = (
        tuple(
            line
            for line in one.lines
            if (one.number, line.sequence) == key or not wanted.isdisjoint(_skus(ctx, (one.number, line.sequence)))
        )
        for one in orders
    )
    return [replace(one, lines=lines) for one, lines in zip(orders, lines_of, strict=True) if lines]


def _skus(ctx: Context, key: LineKey) -> set[UUID]:
    hits = ctx.candidates.get(key)
    if hits is None:
        return set()
    return {sku for item in (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin) for sku in item.pieces(1)}


def _asking(order: OrderInput, decision: Decision, ctx: Context, wanted: Set[UUID]) -> OrderInput:
    """The order with those of its lines alone that draw on this stock."""
    same = {
        each.sequence
        for each in decision.lines
        if each.item_id is not None
        and not item_of(ctx, (order.number, each.sequence), each.item_id).pieces(1).keys().isdisjoint(wanted)
    }
    return replace(order, lines=tuple(each for each in order.lines if each.sequence in same))
