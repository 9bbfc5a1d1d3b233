"""The order book: every purchase order, sorted as the two list operations read it, with its rendered bytes."""

import copy
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from simulator.orders import Line, Order, dump_order
from simulator.store import Store
from simulator.wire import DETAIL_TAIL, brief_json, detail_head, items_json, status_json

Position = tuple[datetime, str]
"""Where an order stands in an index: the instant it is sorted by, then its number."""


@dataclass(slots=True)
class GroupIndex:
    """One vendor group's orders by when they became available, changed, and were last updated."""

    created: list[Position] = field(default_factory=list)
    changed: list[Position] = field(default_factory=list)
    updated: list[Position] = field(default_factory=list)

    def add(self, order: Order) -> None:
        insort(self.created, (order.available_at, order.number))
        insort(self.updated, (order.updated_at, order.number))
        if order.changed_at is not None:
            insort(self.changed, (order.changed_at, order.number))

    def remove(self, order: Order) -> None:
        for index, instant in (
            (self.created, order.available_at),
            (self.changed, order.changed_at),
            (self.updated, order.updated_at),
        ):
            if instant is not None:
                place = bisect_left(index, (instant, order.number))
                del index[place]


class OrderBook:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._orders: dict[str, Order] = {}
        self._groups: dict[str, GroupIndex] = defaultdict(GroupIndex)
        self._details: dict[str, tuple[bytes, ...]] = {}
        self._briefs: dict[str, bytes] = {}
        self._statuses: dict[str, bytes] = {}
        self._shared_items: dict[int, tuple[list[Line], bytes]] = {}

    def __contains__(self, number: str) -> bool:
        return number in self._orders

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)

    def find(self, number: str) -> Order | None:
        return self._orders.get(number)

    def index(self, selling_partner_id: str) -> GroupIndex:
        return self._groups[selling_partner_id]

    def add(self, orders: Iterable[Order], *, stored: bool = False) -> None:
        """Take orders in; stored ones come from the state file or are made again from a bulk world's own record."""
        added = list(orders)
        for order in added:
            known = self._orders.get(order.number)
            if known is not None:
                self._groups[known.selling_partner_id].remove(known)
                self._forget_rendering(order.number)
            self._orders[order.number] = order
            self._groups[order.selling_partner_id].add(order)
        if not stored:
            self._store.put_orders((order.number, dump_order(order)) for order in added)

    @contextmanager
    def edit(self, number: str) -> Iterator[Order]:
        """Change an order: its lines are its own afterwards, indexes and rendering follow, the state file has it."""
        order = self._orders[number]
        if order.shared:
            order.lines = copy.deepcopy(order.lines)
            order.shared = False
        index = self._groups[order.selling_partner_id]
        index.remove(order)
        try:
            yield order
        finally:
            index.add(order)
            self._forget_rendering(number)
            self._store.put_orders([(number, dump_order(order))])

    def clear(self) -> None:
        self._orders.clear()
        self._groups.clear()
        self._details.clear()
        self._briefs.clear()
        self._statuses.clear()
        self._shared_items.clear()

    def detail_parts(self, order: Order) -> tuple[bytes, ...]:
        """The whole order in pieces, to be joined into a page; pieces of bulk orders are shared."""
        parts = self._details.get(order.number)
        if parts is None:
            parts = (detail_head(order), self._items(order), DETAIL_TAIL)
            if not order.shared:
                parts = (b"".join(parts),)
            self._details[order.number] = parts
        return parts

    def brief(self, order: Order) -> bytes:
        body = self._briefs.get(order.number)
        if body is None:
            body = self._briefs[order.number] = brief_json(order)
        return body

    def status(self, order: Order) -> bytes:
        body = self._statuses.get(order.number)
        if body is None:
            body = self._statuses[order.number] = status_json(order)
        return body

    def _items(self, order: Order) -> bytes:
        if not order.shared:
            return items_json(order.lines, currency=order.currency)
        known = self._shared_items.get(id(order.lines))
        if known is None:
            # The list is kept beside its bytes, so that its id stays its own.
            known = self._shared_items[id(order.lines)] = (
                order.lines,
                items_json(order.lines, currency=order.currency),
            )
        return known[1]

    def _forget_rendering(self, number: str) -> None:
        self._details.pop(number, None)
        self._briefs.pop(number, None)
        self._statuses.pop(number, None)
