"""Inputs of warehouses and their ways that can be changed one at a time: room on a day, days of work, pools."""

from collections.abc import Iterator
from dataclasses import replace

from oktee.modules.supply.rules.inputs import Context, ItemSnapshot, OrderInput
from oktee.modules.supply.rules.logistics import Days, Logistics
from oktee.modules.supply.rules.origin import PALLET, Origins
from oktee.modules.supply.rules.trace import Message
from oktee.modules.supply.rules.what_if_components import Inputs, Try

EVERY_DAY = Days(frozenset(range(7)))


def of_logistics(order: OrderInput, ctx: Context, item: ItemSnapshot) -> Iterator[Try]:
    """What would have to be otherwise where the goods leave, on their way, and where they arrive."""
    known = ctx.logistics
    if known is None:
        return
    yield from _of_capacity(order, ctx, known)
    yield from _of_days(order, ctx, known)
    yield from _of_pool(order, ctx, known, item)


def _with(order: OrderInput, ctx: Context, changed: Logistics) -> Inputs:
    return order, replace(ctx, logistics=changed)


def _of_capacity(order: OrderInput, ctx: Context, known: Logistics) -> Iterator[Try]:
    """More room on a day; as much as is promised of the fullest one, and a day for this order, is the most it can need."""
    origin = Origins(ctx).of(order)
    places = [each for _, each in origin.pool] if origin.pool is not None else [origin]
    for code in dict.fromkeys(each.warehouse.code for each in places if each.warehouse is not None):
        warehouse = known.warehouses[code]
        capacity, whole = warehouse.capacity, PALLET if warehouse.capacity_unit == "pallets" else 1
        if capacity is None:
            continue
        fullest = max((units for (at, _), units in known.promised.items() if at == code), default=0)
        asked = len(order.lines) if warehouse.capacity_unit == "lines" else sum(each.ordered for each in order.lines)
        most = fullest // whole + max(1, asked)

        def roomier(n: int, code: str = code, capacity: int = capacity) -> Inputs:
            grown = replace(known.warehouses[code], capacity=capacity + n)
            return _with(order, ctx, replace(known, warehouses={**known.warehouses, code: grown}))

        def said(n: int, code: str = code, capacity: int = capacity) -> Message:
            return Message("supply.what_if.capacity", (code, capacity + n, capacity))

        yield Try(f"capacity {code}", most, max(1, capacity), roomier, said)


def _of_days(order: OrderInput, ctx: Context, known: Logistics) -> Iterator[Try]:
    name, carrier, receives = known.moves_of(order.vendor_code, order.destination)
    if carrier is not None and name is not None:
        driving = replace(known, carriers={**known.carriers, name: EVERY_DAY})
        yield Try(
            "carrier_days", 1, 1,
            lambda _: _with(order, ctx, driving),
            lambda _: Message("supply.what_if.carrier_days", (name,)),
        )  # fmt: skip
    if receives is not None and order.destination is not None:
        place = order.destination
        open_ = replace(known, centres={**known.centres, place: known.centres[place]._replace(receives=EVERY_DAY)})
        yield Try(
            "receiving_days", 1, 1,
            lambda _: _with(order, ctx, open_),
            lambda _: Message("supply.what_if.receiving_days", (place,)),
        )  # fmt: skip


def _of_pool(order: OrderInput, ctx: Context, known: Logistics, item: ItemSnapshot) -> Iterator[Try]:
    """Each warehouse that has some of it and does not serve such orders."""
    found = known.pool_of(order.marketplace_id, order.vendor_code)
    if found is None or ctx.placed is None:
        return
    key, codes = found
    skus = [part.item_id for part in item.components] or [item.item_id]
    held = {code for sku in skus for code in ctx.placed.get(sku, {})}
    for code in sorted(held & set(known.warehouses) - set(codes)):
        served = replace(known, pools={**known.pools, key: (*known.pools[key], code)})

        def serving(_: int, served: Logistics = served) -> Inputs:
            return _with(order, ctx, served)

        def said(_: int, code: str = code) -> Message:
            return Message("supply.what_if.pool", (code,))

        yield Try(f"pool {code}", 1, 1, serving, said)
