"""The past of a customer: orders placed, answered and received before the simulator started, and those still waiting for an answer."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from simulator.accounts import VendorCode, VendorGroup
from simulator.instants import cut
from simulator.orders import Answer, AnsweredBy, Line, Order, QuantityChange
from simulator.world.catalog import TRAITS, Item
from simulator.world.customers import Customer
from simulator.world.placing import draw_lines, draw_number, place_order

Catalog = Mapping[str, Sequence[Item]]
"""A customer's items by the vendor code that carries them."""


def past_orders(
    customer: Customer,
    catalog: Catalog,
    *,
    seed: int,
    now: datetime,
    days: int,
    per_day: float,
    taken: Callable[[str], bool],
) -> Iterator[Order]:
    """Orders from days ago to one day ago, every one answered; those whose window has passed received and closed.

    Every instant is `now` minus a drawn offset, so two worlds of one seed differ only by their start.
    """
    rng = random.Random(f"{seed}:history:{customer.key}")
    for day in range(days, 1, -1):
        for _ in range(round(per_day * rng.uniform(0.67, 1.25))):
            group, code = draw_code(rng, customer)
            placed_at = now - timedelta(days=day) + timedelta(seconds=rng.randrange(86_000))
            lines = draw_lines(rng, code, catalog[code.code], rng.randint(*customer.lines))
            order = place_order(rng, group, code, number=draw_number(rng, taken), lines=lines, placed_at=placed_at)
            _live_through(rng, order, now=now)
            yield order


def waiting_orders(
    customer: Customer, catalog: Catalog, *, seed: int, now: datetime, count: int, taken: Callable[[str], bool]
) -> Iterator[Order]:
    """Unanswered orders placed within the last half to 22 hours, so that their clocks differ; every other one has a difficult line."""
    rng = random.Random(f"{seed}:waiting:{customer.key}")
    difficult = [trait for trait, _ in TRAITS]
    for place in range(count):
        group, code = draw_code(rng, customer, turn=place)
        hours = 0.5 + 21.5 * (place + rng.random()) / count
        items = catalog[code.code]
        trait = difficult[place // 2 % len(difficult)] if place % 2 else None
        troubled = [item for item in items if item.trait == trait] if trait else []
        lines = draw_lines(
            rng, code, items, rng.randint(*customer.lines), with_item=rng.choice(troubled) if troubled else None
        )
        placed_at = now - timedelta(hours=hours)
        yield place_order(rng, group, code, number=draw_number(rng, taken), lines=lines, placed_at=placed_at)


def draw_code(rng: random.Random, customer: Customer, *, turn: int | None = None) -> tuple[VendorGroup, VendorCode]:
    pairs = [(group, code) for group in customer.groups for code in group.vendor_codes]
    return rng.choice(pairs) if turn is None else pairs[turn % len(pairs)]


def _live_through(rng: random.Random, order: Order, *, now: datetime) -> None:
    answered_at = cut(order.placed_at + timedelta(hours=rng.uniform(1, 20)))
    if rng.random() < 0.08:
        _cut_a_line(rng, order, at=cut(order.available_at + timedelta(minutes=rng.uniform(5, 50))))
    for line in order.lines:
        if line.quantity:
            accepted = _accepted(rng, line.quantity)
            line.accepted = accepted
            line.rejected = line.quantity - accepted
            line.first_code_rejected = accepted == 0
            line.confirmed_cost = line.net_cost
            line.answers.append(Answer(answered_at, accepted, line.rejected))
    order.answered.append(AnsweredBy(answered_at, rng.choice(("edi", "edi", "person"))))
    order.updated_at = answered_at
    order.settle(at=answered_at)
    _receive(rng, order, now=now)


def _cut_a_line(rng: random.Random, order: Order, *, at: datetime) -> None:
    line = rng.choice(order.lines)
    less = rng.choice((line.quantity, line.quantity // 2))
    if less:
        line.quantity -= less
        line.quantities.append(QuantityChange(at, -less))
        order.changed_at = at


def _accepted(rng: random.Random, quantity: int) -> int:
    draw = rng.random()
    if draw < 0.85:
        return quantity
    return 0 if draw > 0.94 else max(1, int(quantity * rng.uniform(0.3, 0.9)))


def _receive(rng: random.Random, order: Order, *, now: datetime) -> None:
    arrival = cut(order.window_start + timedelta(hours=rng.uniform(4, 160)))
    if arrival > now:
        return
    last = arrival
    for line in order.lines:
        at = min(cut(arrival + timedelta(minutes=rng.uniform(0, 2000))), now)
        line.received = _received(rng, line)
        line.received_at = at if line.received else None
        last = max(last, at)
    order.updated_at = last
    order.settle(at=last)
    if order.state != "Closed" and now - order.window_end > timedelta(days=14):
        # What never came is written off: the order is closed short.
        order.set_state("Closed", at=cut(order.window_end + timedelta(days=14)))
        order.updated_at = order.state_changed_at


def _received(rng: random.Random, line: Line) -> int:
    return line.accepted if rng.random() < 0.93 else int(line.accepted * rng.uniform(0, 0.95))
