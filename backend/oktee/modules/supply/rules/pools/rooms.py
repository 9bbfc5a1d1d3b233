"""What several warehouses have together of a SKU or of the components of a bundle; speaks as a balance does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from oktee.modules.supply.rules.inputs import Inbound, StockSnapshot
from oktee.modules.supply.rules.ledger import Balance, sellable


class Room(NamedTuple):
    """One warehouse: its running balance of each part."""

    code: str
    balances: tuple[Balance, ...]


class Pooled:
    """Units are SKU units, or whole bundles of `needs` pieces of each part. A pack, a case and a bundle lie whole in one
    warehouse: each gives a multiple of `grain`. Warehouses are drawn on in their order, what is there before what arrives.

    `keeps`: pieces of each part that stay on hand in all of them together, in the last ones first; `caps`: the most of each
    part, on hand and arriving.
    """

    __slots__ = ("caps", "grain", "keeps", "needs", "rooms")

    def __init__(self, rooms: Sequence[Room], needs: tuple[int, ...], *, keeps: Sequence[int], grain: int = 1) -> None:
        self.rooms = tuple(rooms)
        self.needs = needs
        self.keeps = list(keeps)
        self.caps: list[int | None] = [None] * len(needs)
        self.grain = grain

    @property
    def free(self) -> int:
        return self.by(None)

    @property
    def inbound(self) -> list[Inbound]:
        """The units that each day of arrival adds."""
        found, before = [], self.free
        for day in self._days():
            after = self.by(day)
            if after > before:
                found.append(Inbound(after - before, day))
                before = after
        return found

    def by(self, day: date | None) -> int:
        """Units there on that day; None: on hand."""
        kept = self.kept()
        units = sum(self._units(room, kept[n], day) for n, room in enumerate(self.rooms))
        capped = [cap // need for cap, need in zip(self.caps, self.needs, strict=True) if cap is not None]
        return min(units, *(most - most % self.grain for most in capped)) if capped else units

    def loose(self, grain: int) -> int:
        """Units on hand if only packs of `grain`, and not cases, had to lie in one warehouse."""
        kept = self.kept()
        return sum(self._units(room, kept[n], None, grain) for n, room in enumerate(self.rooms))

    def eta_of(self, units: int) -> date | None:
        """The day on which the last of so many units is there; None when they are on hand."""
        if units <= self.free:
            return None
        last = None
        for last in self._days():
            if self.by(last) >= units:
                break
        return last

    def plan(self, units: int) -> tuple[int, ...]:
        """How many of so many units each warehouse gives; of more units none gives less."""
        kept, taken = self.kept(), [0] * len(self.rooms)
        for day in self._moments():
            for n, room in enumerate(self.rooms):
                more = min(units, self._units(room, kept[n], day) - taken[n])
                if more > 0:
                    taken[n] += more
                    units -= more
            if not units:
                break
        return tuple(taken)

    def draw(self, units: int) -> list[tuple[int, int]]:
        """Takes them away; of each part how many pieces came from hand and how many from what arrives."""
        kept = self.kept()
        drawn = [(0, 0)] * len(self.needs)
        for n, taken in enumerate(self.plan(units)):
            for part, balance in enumerate(self.rooms[n].balances):
                hand, arriving = balance.draw(taken * self.needs[part], keep=kept[n][part])
                drawn[part] = (drawn[part][0] + hand, drawn[part][1] + arriving)
        return drawn

    def free_of(self, part: int) -> int:
        """Pieces of a part on hand, without those that are kept."""
        return sum(
            max(0, room.balances[part].free - kept[part]) for room, kept in zip(self.rooms, self.kept(), strict=True)
        )

    def drawn_of(self, part: int) -> int:
        """Pieces of a part that this run has taken so far."""
        return sum(room.balances[part].opening - room.balances[part].free for room in self.rooms)

    def _units(self, room: Room, kept: Sequence[int], day: date | None, grain: int | None = None) -> int:
        units = min(
            (max(0, balance.free - keep) + (0 if day is None else balance.by(day) - balance.free)) // need
            for balance, keep, need in zip(room.balances, kept, self.needs, strict=True)
        )
        return units - units % (grain or self.grain)

    def kept(self) -> list[list[int]]:
        """What stays in each warehouse of each part."""
        found = [[0] * len(self.needs) for _ in self.rooms]
        for part, keep in enumerate(self.keeps):
            left = keep
            for n in reversed(range(len(self.rooms))):
                if left <= 0:
                    break
                found[n][part] = min(left, self.rooms[n].balances[part].free)
                left -= found[n][part]
        return found

    def _moments(self) -> Iterator[date | None]:
        yield None
        yield from self._days()

    def _days(self) -> list[date]:
        return sorted({arrival.eta for room in self.rooms for each in room.balances for arrival in each.inbound})


def together(places: Mapping[str, StockSnapshot], codes: Sequence[str]) -> StockSnapshot | None:
    """The stock of these warehouses as one, as old as the oldest; None when none of them is known."""
    known = [places[code] for code in codes if code in places]
    if len(known) < 2:
        return known[0] if known else None
    plain = all(each.available is None and sellable(each) >= 0 for each in known)
    return replace(
        known[0],
        on_hand=sum(each.on_hand for each in known),
        as_of=min(each.as_of for each in known),
        source=", ".join(each.source for each in known),
        reserved=sum(each.reserved for each in known),
        quality_hold=sum(each.quality_hold for each in known),
        available=None if plain else sum(max(0, sellable(each)) for each in known),
        inbound=tuple(sorted((one for each in known for one in each.inbound), key=lambda one: (one.eta, one.quantity))),
        reserved_by_us=sum(each.reserved_by_us for each in known),
    )
