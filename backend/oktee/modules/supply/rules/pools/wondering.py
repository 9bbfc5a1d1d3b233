"""The stock an order may count on as one figure, and the same changed: for what would have given more of a line."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from oktee.modules.supply.rules.inputs import Context, OrderInput, StockSnapshot
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.rules.origin import Origins
from oktee.modules.supply.rules.pools.rooms import together


def codes_of(order: OrderInput, ctx: Context) -> tuple[str, ...] | None:
    """The warehouses of its pool; None where stock is not told apart by warehouse."""
    if ctx.placed is None:
        return None
    return tuple(code for code, _ in Origins(ctx).of(order).pool or ())


def stock_for(ctx: Context, codes: Sequence[str] | None, item_id: UUID) -> StockSnapshot | None:
    """The stock of these warehouses together."""
    if codes is None or ctx.placed is None:
        return ctx.stock.get(item_id)
    return together(ctx.placed.get(item_id, {}), codes)


def changed_stock(ctx: Context, codes: Sequence[str] | None, item_id: UUID, changed: StockSnapshot) -> Context:
    """With that stock in place of what is there: more of it lies in the first warehouse, less is held in the first ones that
    hold any, ages and days change in all of them."""
    stock = {**ctx.stock, item_id: changed}
    if codes is None or ctx.placed is None:
        return replace(ctx, stock=stock)
    places: dict[str, StockSnapshot] = dict(ctx.placed.get(item_id, {}))
    before = together(places, codes)
    if before is None:
        places[codes[0]] = changed
    else:
        known = [code for code in codes if code in places]
        more = (
            sellable(changed) - sellable(before) if changed.available is not None else changed.on_hand - before.on_hand
        )
        first = places[known[0]]
        places[known[0]] = replace(
            first,
            on_hand=first.on_hand + changed.on_hand - before.on_hand,
            available=None if first.available is None else first.available + more,
        )
        days = {old.eta: new.eta for old, new in zip(before.inbound, changed.inbound, strict=True)}
        less = {name: getattr(before, name) - getattr(changed, name) for name in _HELD}
        for code in known:
            each = places[code]
            given = {name: min(getattr(each, name), less[name]) for name in _HELD}
            less = {name: less[name] - given[name] for name in _HELD}
            places[code] = replace(
                each,
                as_of=each.as_of if changed.as_of == before.as_of else changed.as_of,
                inbound=tuple(one._replace(eta=days[one.eta]) for one in each.inbound),
                **{name: getattr(each, name) - given[name] for name in _HELD},
            )
    return replace(ctx, stock=stock, placed={**ctx.placed, item_id: places})


_HELD = ("reserved", "quality_hold", "reserved_by_us")
