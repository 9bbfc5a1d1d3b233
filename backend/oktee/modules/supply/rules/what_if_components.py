"""Inputs that can be changed one at a time, and those of a bundle's components."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot, OrderInput, StockSnapshot
from oktee.modules.supply.rules.pools.wondering import changed_stock, codes_of, stock_for
from oktee.modules.supply.rules.trace import Message

DAYS = 60
"""How far dates are moved in search of an answer."""
WEEK = 7
Inputs = tuple[OrderInput, Context]


class Try(NamedTuple):
    """An input that can be changed by 1 to `most`; `made` is what to decide from then, `say` the sentence."""

    input: str
    most: int
    measure: int
    made: Callable[[int], Inputs]
    say: Callable[[int], Message]


def of_component(order: OrderInput, ctx: Context, part: Component, units: int, drawn: int) -> Iterator[Try]:
    """What can be changed of one component: `units` are what the line needs of it, `drawn` what all lines ask of it."""
    codes = codes_of(order, ctx)
    sku, stock = part.sku, stock_for(ctx, codes, part.item_id)

    def with_stock(changed: StockSnapshot) -> Inputs:
        return order, changed_stock(ctx, codes, part.item_id, changed)

    if stock is None:
        yield Try(
            f"stock {sku}", drawn + part.safety_stock, units,
            lambda n: with_stock(StockSnapshot(on_hand=n, as_of=ctx.now, source="")),
            lambda n: Message("supply.what_if.component_known", (sku, n)),
        )  # fmt: skip
        return

    def more(n: int) -> StockSnapshot:
        available = None if stock.available is None else stock.available + n
        return replace(stock, on_hand=stock.on_hand + n, available=available)

    missing = drawn + part.safety_stock + stock.reserved + stock.quality_hold + max(0, stock.reserved_by_us)
    missing += max(0, -stock.on_hand) + max(0, -(stock.available or 0))
    counted = stock.on_hand if stock.available is None else stock.available
    yield Try(
        f"stock {sku}", missing, units,
        lambda n: with_stock(more(n)),
        lambda n: Message("supply.what_if.component_stock", (sku, n, counted + n)),
    )  # fmt: skip
    yield Try(
        f"promised {sku}", max(0, stock.reserved_by_us), units,
        lambda n: with_stock(replace(stock, reserved_by_us=stock.reserved_by_us - n)),
        lambda n: Message("supply.what_if.component_promised", (sku, n, stock.reserved_by_us)),
    )  # fmt: skip
    yield Try(
        f"safety {sku}", part.safety_stock, units,
        lambda n: (order, replace(ctx, candidates=_with_safety(ctx, part, part.safety_stock - n))),
        lambda n: Message("supply.what_if.component_safety", (sku, n, part.safety_stock - n)),
    )  # fmt: skip
    yield Try(
        f"stock_age {sku}", 1, 1,
        lambda _: with_stock(replace(stock, as_of=ctx.now)),
        lambda _: Message("supply.what_if.component_stock_age", (sku, stock.as_of)),
    )  # fmt: skip
    if stock.inbound:
        today = ctx.now.astimezone(ctx.zone).date()

        def earlier(n: int) -> Inputs:
            moved = (each._replace(eta=max(each.eta - timedelta(n), min(each.eta, today))) for each in stock.inbound)
            return with_stock(replace(stock, inbound=tuple(moved)))

        yield Try(
            f"arrival {sku}", DAYS, WEEK, earlier,
            lambda n: Message("supply.what_if.component_arrival", (sku, n)),
        )  # fmt: skip


def _with_safety(ctx: Context, part: Component, safety: int) -> dict[tuple[str, str], Candidates[ItemSnapshot]]:
    """All lines know the component, alone or in other bundles, with this safety stock."""

    def changed(hits: tuple[ItemSnapshot, ...]) -> tuple[ItemSnapshot, ...]:
        return tuple(
            replace(
                hit,
                safety_stock=safety if hit.item_id == part.item_id else hit.safety_stock,
                components=tuple(
                    replace(each, safety_stock=safety) if each.item_id == part.item_id else each
                    for each in hit.components
                ),
            )
            for hit in hits
        )

    return {
        key: Candidates(changed(hits.by_vendor_sku), changed(hits.by_gtin), changed(hits.by_asin))
        for key, hits in ctx.candidates.items()
    }
