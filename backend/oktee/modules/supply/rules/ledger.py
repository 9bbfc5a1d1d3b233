"""Running balances of one run of decisions, so that no unit is promised twice: across lines, and across orders when shared."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from oktee.modules.supply.rules.inputs import Component, Inbound, ItemSnapshot, StockSnapshot

Places = Mapping[UUID, Mapping[str, StockSnapshot]]
"""The stock of a SKU by warehouse."""


class Balance:
    """What is left of one item, in eaches of its SKU: on hand first, then inbound by day of arrival."""

    __slots__ = ("free", "inbound", "opening")

    def __init__(self, *, free: int, inbound: tuple[Inbound, ...]) -> None:
        self.opening = free
        self.free = free
        self.inbound = sorted((arrival for arrival in inbound if arrival.quantity > 0), key=_eta) if inbound else []

    def copy(self) -> "Balance":
        """Another that begins where this one is; what was drawn so far stays drawn."""
        found = Balance(free=self.free, inbound=tuple(self.inbound))
        found.opening = self.opening
        return found

    def by(self, day: date) -> int:
        """Units there on that day: on hand and what has arrived until then."""
        if not self.inbound:
            return self.free
        return self.free + sum(quantity for quantity, eta in self.inbound if eta <= day)

    def eta_of(self, units: int, *, keep: int = 0) -> date | None:
        """The day on which the last of so many units is there; None when they are on hand."""
        missing = units - max(0, self.free - keep)
        if missing <= 0:
            return None
        last: date | None = None
        for quantity, eta in self.inbound:
            last = eta
            missing -= quantity
            if missing <= 0:
                break
        return last

    def draw(self, units: int, *, keep: int = 0) -> tuple[int, int]:
        """Takes units away, on hand first; returns how many came from hand and how many from inbound."""
        from_hand = min(units, max(0, self.free - keep))
        self.free -= from_hand
        missing = from_inbound = units - from_hand
        while missing > 0 and self.inbound:
            quantity, eta = self.inbound[0]
            if quantity > missing:
                self.inbound[0] = Inbound(quantity - missing, eta)
                missing = 0
            else:
                del self.inbound[0]
                missing -= quantity
        return from_hand, from_inbound - missing


class Portion:
    """What one line may have of a balance: without the units on hand that its rule keeps back, and no more than its cap."""

    __slots__ = ("cap", "keep", "whole")

    def __init__(self, whole: Balance, keep: int) -> None:
        self.whole = whole
        self.keep = keep
        self.cap: int | None = None
        """The most of on hand and inbound together."""

    @property
    def free(self) -> int:
        free = max(0, self.whole.free - self.keep)
        return free if self.cap is None else min(free, self.cap)

    @property
    def inbound(self) -> list[Inbound]:
        """What arrives, until the cap is reached."""
        if self.cap is None:
            return self.whole.inbound
        found, left = [], self.cap - self.free
        for quantity, eta in self.whole.inbound:
            if left > 0:
                found.append(Inbound(min(quantity, left), eta))
                left -= quantity
        return found

    def by(self, day: date) -> int:
        units = self.free + sum(quantity for quantity, eta in self.whole.inbound if eta <= day)
        return units if self.cap is None else min(units, self.cap)

    def eta_of(self, units: int) -> date | None:
        return self.whole.eta_of(units, keep=self.keep)

    def draw(self, units: int) -> tuple[int, int]:
        return self.whole.draw(units, keep=self.keep)


class Assembly:
    """What can be put together of a bundle from the running balances of its components; speaks as a balance does.

    Quantities are whole bundles: the component that gives the fewest decides.
    """

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[tuple[Component, Balance | Portion], ...]) -> None:
        self.parts = parts

    @property
    def free(self) -> int:
        return min(balance.free // part.quantity for part, balance in self.parts)

    @property
    def inbound(self) -> list[Inbound]:
        """The bundles that each day of arrival adds."""
        found, before = [], self.free
        for day in sorted({arrival.eta for _, balance in self.parts for arrival in balance.inbound}):
            after = self.by(day)
            if after > before:
                found.append(Inbound(after - before, day))
                before = after
        return found

    def by(self, day: date) -> int:
        """Bundles that can be put together on that day."""
        return min(balance.by(day) // part.quantity for part, balance in self.parts)

    def eta_of(self, units: int) -> date | None:
        """The day on which the last piece for so many bundles is there; None when all are on hand."""
        days = (balance.eta_of(units * part.quantity) for part, balance in self.parts)
        return max((day for day in days if day is not None), default=None)

    def scarcest(self) -> tuple[Component, Balance | Portion]:
        """The component that gives the fewest bundles now; of equals the first."""
        return min(self.parts, key=lambda each: each[1].free // each[0].quantity)


class Ledger:
    """The balances of all items that a run has touched; hand the same one to several decisions to share the stock."""

    __slots__ = ("_assemblies", "_balances", "_below", "_margin", "_placed", "_rooms", "_stock", "_today")

    def __init__(
        self,
        stock: Mapping[UUID, StockSnapshot],
        *,
        today: date,
        placed: Places | None = None,
        margin: timedelta = timedelta(0),
    ) -> None:
        """`margin`: what is announced counts so much later than its day."""
        self._stock = stock
        self._placed = placed
        self._rooms: dict[tuple[UUID, str], Balance] = {}
        self._below: Ledger | None = None
        self._today = today
        self._margin = margin
        self._balances: dict[UUID, Balance] = {}
        self._assemblies: dict[tuple[Component, ...], Assembly] = {}

    def copy(self) -> "Ledger":
        """Another that begins where this one is."""
        found = Ledger(self._stock, today=self._today, placed=self._placed, margin=self._margin)
        found._rooms = {place: balance.copy() for place, balance in self._rooms.items()}
        found._balances = {item_id: balance.copy() for item_id, balance in self._balances.items()}
        return found

    def view(self, balances: Mapping[UUID, Balance]) -> "Ledger":
        """Another that has these balances and no other yet."""
        found = Ledger(self._stock, today=self._today, margin=self._margin)
        found._balances = dict(balances)
        return found

    def scratch(self, rooms: Mapping[tuple[UUID, str], Balance] | None = None) -> "Ledger":
        """Another whose warehouses begin where these are, each copied when it is first asked for, except for these."""
        found = Ledger(self._stock, today=self._today, placed=self._placed, margin=self._margin)
        found._below = self
        found._rooms.update(rooms or {})
        return found

    def room(self, item_id: UUID, warehouse: str) -> Balance | None:
        """The running balance of a SKU in one warehouse, None when its stock there is not known. No safety stock is taken
        off: what stays is kept by all warehouses of a pool together."""
        found = self._rooms.get((item_id, warehouse))
        if found is None:
            below = self._below.room(item_id, warehouse) if self._below is not None else None
            if below is not None:
                found = below.copy()
            else:
                snapshot = (self._placed or {}).get(item_id, {}).get(warehouse)
                if snapshot is None:
                    return None
                found = self._open(snapshot, safety=0)
            self._rooms[item_id, warehouse] = found
        return found

    def balance(self, item: ItemSnapshot) -> Balance | Assembly | None:
        """The running balance of an item, None when its stock, or that of one of its components, is not known."""
        if item.components:
            return self._assembly(item.components)
        return self.single(item)

    def _assembly(self, components: tuple[Component, ...]) -> Assembly | None:
        made = self._assemblies.get(components)
        if made is None:
            parts = []
            for part in components:
                balance = self.single(part)
                if balance is None:
                    return None
                parts.append((part, balance))
            made = self._assemblies[components] = Assembly(tuple(parts))
        return made

    def known(self, item_id: UUID) -> Balance | None:
        """The running balance of a SKU that was asked for before, None when nobody did."""
        return self._balances.get(item_id)

    def single(self, item: ItemSnapshot | Component) -> Balance | None:
        """The running balance of one SKU."""
        found = self._balances.get(item.item_id)
        if found is None:
            snapshot = self._stock.get(item.item_id)
            if snapshot is None:
                return None
            found = self._balances[item.item_id] = self._open(snapshot, safety=item.safety_stock)
        return found

    def _open(self, snapshot: StockSnapshot, *, safety: int) -> Balance:
        whole = sellable(snapshot) - safety
        free = max(0, whole - snapshot.reserved_by_us)
        inbound = snapshot.inbound
        if inbound:
            # An announced day that has passed without arrival is no promise any more.
            inbound = tuple(arrival for arrival in inbound if arrival.eta >= self._today)
            if self._margin:
                inbound = tuple(Inbound(each.quantity, _later(each.eta, self._margin)) for each in inbound)
        found = Balance(free=free, inbound=inbound)
        # What was promised beyond the shelf, by us or by its owner, was promised from what arrives first.
        beyond = snapshot.reserved_by_us - max(0, whole) + max(0, -sellable(snapshot))
        if beyond > 0:
            found.draw(beyond)
        return found


def sellable(stock: StockSnapshot) -> int:
    """Units before safety stock and our own promises; may be negative when the source says so."""
    if stock.available is not None:
        return stock.available
    return stock.on_hand - stock.reserved - stock.quality_hold


def _later(day: date, margin: timedelta) -> date:
    return day + margin if day <= date.max - margin else day


def _eta(inbound: Inbound) -> date:
    return inbound.eta
