"""The world as it goes on: orders arrive and change at the pace of the speed setting, never stamped later than the clock."""

import random
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from simulator.changing import LineChange, cancel, change_lines, move_window, receive, shifted
from simulator.instants import cut
from simulator.orders import Order
from simulator.world.history import draw_code
from simulator.world.placing import draw_lines, draw_number, place_order

if TYPE_CHECKING:
    from simulator.amazon import Amazon

SECONDS_BETWEEN_ORDERS = 90.0
MOST_AT_ONCE = 300
"""After a long silence at high speed no more than this happens in one step; the rest is left out."""


class LiveWorld:
    def __init__(self, amazon: "Amazon") -> None:
        self._amazon = amazon
        self._pace = random.Random(f"{amazon.seed}:pace")
        self._next: datetime | None = None
        self.replan()

    def replan(self) -> None:
        """Count anew from now: the speed changed, the world was rebuilt, or the simulator was away."""
        self._next = self._after(self._amazon.clock())

    def run_due(self, now: datetime) -> None:
        done = 0
        while self._next is not None and self._next <= now:
            if done == MOST_AT_ONCE:
                self.replan()
                return
            self._happen(self._next)
            self._next = self._after(self._next)
            done += 1

    def _after(self, instant: datetime) -> datetime | None:
        speed = self._amazon.live.speed
        if speed == 0 or not self._amazon.customers:
            return None
        return cut(instant + timedelta(seconds=SECONDS_BETWEEN_ORDERS / speed * self._pace.uniform(0.6, 1.4)))

    def _happen(self, at: datetime) -> None:
        rng = self._amazon.next_rng("live")
        self._new_order(rng, at)
        if rng.random() < 0.35:
            self._change(rng, at)
        if rng.random() < 0.3:
            self._receive(rng, at)

    def _new_order(self, rng: random.Random, at: datetime) -> None:
        amazon = self._amazon
        customer = rng.choice(list(amazon.customers.values()))
        group, code = draw_code(rng, customer)
        items = amazon.catalogs[customer.key][code.code]
        lines = draw_lines(rng, code, items, rng.randint(*customer.lines))
        number = draw_number(rng, amazon.book.__contains__)
        placed_at = at - timedelta(seconds=rng.randint(20, 240))
        amazon.book.add(
            [place_order(rng, group, code, number=number, lines=lines, placed_at=placed_at, available_at=at)]
        )

    def _change(self, rng: random.Random, at: datetime) -> None:
        recent = self._recent(at, states=("New", "Acknowledged"))
        if not recent:
            return
        chosen = rng.choice(recent)
        with self._amazon.book.edit(chosen.number) as order:
            line = rng.choice([each for each in order.lines if each.quantity] or order.lines)
            match rng.choices(("quantity", "cost", "window", "cancel_line", "cancel"), (40, 15, 25, 14, 6))[0]:
                case "quantity":
                    step = max(1, line.quantity // 4)
                    change_lines(
                        order,
                        [
                            LineChange(
                                sequence=line.sequence, quantity=max(1, line.quantity + rng.choice((-step, step)))
                            )
                        ],
                        at=at,
                    )
                case "cost":
                    cost = (line.net_cost * Decimal("0.98")).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
                    change_lines(order, [LineChange(sequence=line.sequence, net_cost=cost)], at=at)
                case "window":
                    start, end = shifted(order, rng.choice((-1, 1, 2, 3)))
                    move_window(order, start=start, end=end, at=at)
                case "cancel_line":
                    change_lines(order, [LineChange(sequence=line.sequence, quantity=0)], at=at)
                case _:
                    cancel(order, at=at)

    def _receive(self, rng: random.Random, at: datetime) -> None:
        due = [
            order
            for order in self._amazon.book
            if order.state == "Acknowledged"
            and order.window_start <= at
            and not order.shared
            and not self._amazon.shipments.is_confirmed(order.number)
        ]
        if not due:
            return
        with self._amazon.book.edit(rng.choice(due).number) as order:
            share = rng.choice((0.5, 1.0, 1.0))
            receive(
                order, {line.sequence: max(line.received, int(line.accepted * share)) for line in order.lines}, at=at
            )

    def _recent(self, at: datetime, *, states: tuple[str, ...]) -> list[Order]:
        """Orders of the last two days, found from the end of each group's index."""
        book = self._amazon.book
        found = []
        for group in [group for customer in self._amazon.customers.values() for group in customer.groups]:
            for available_at, number in reversed(book.index(group.selling_partner_id).created):
                if at - available_at > timedelta(days=2):
                    break
                order = book.find(number)
                if order is not None and order.state in states:
                    found.append(order)
        return found
