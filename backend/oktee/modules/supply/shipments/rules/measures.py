"""What cartons, pallets and a shipment weigh and how much room they take, reckoned from what the catalogue says of a piece
and of a case. What cannot be reckoned whole is not proposed at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from oktee.modules.supply.shipments.rules.inputs import Container, Goods, Held, Key, Size

GRAMS: Final = Decimal(1000)
CUBIC: Final = Decimal(1000) ** 3
NOTHING: Final = Goods()
MOST_CONTAINER_KG, MOST_KG, MOST_M3 = Decimal(100_000), Decimal(1_000_000), Decimal(10_000)
Name = tuple[str, int]
"""The kind and the number of a container."""


def held_weight(contents: Iterable[Held], goods: Mapping[Key, Goods]) -> Decimal | None:
    """Kilograms of what one container holds: a full case weighs what its case does, the rest by the piece."""
    return _kg(_sum(_grams(held, goods.get(held.key, NOTHING)) for held in contents if held.units > 0))


def case_size(contents: Sequence[Held], goods: Mapping[Key, Goods]) -> Size | None:
    """The outer size of a carton that is one full case."""
    filled = [held for held in contents if held.units > 0]
    if len(filled) != 1:
        return None
    one = goods.get(filled[0].key, NOTHING)
    return one.case_size_mm if one.case_units is not None and filled[0].units == one.case_units else None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What follows from the catalogue; None where it does not say enough. `weights`: kilograms by kind and number."""

    weights: Mapping[Name, Decimal | None]
    weight_kg: Decimal | None
    volume_m3: Decimal | None


def reckon(containers: Sequence[Container], items: Sequence[Held], goods: Mapping[Key, Goods]) -> Reckoned:
    """Of these containers; a weight that one of them carries is somebody's own and stands. Pallets weigh what is on them,
    without themselves."""
    cartons = [one for one in containers if one.kind == "carton"]
    pallets = [one for one in containers if one.kind == "pallet"]
    weights: dict[Name, Decimal | None] = {}
    for carton in cartons:
        weights[carton.kind, carton.number] = _or(carton.weight_kg, held_weight(carton.contents, goods))
    for pallet in pallets:
        on_it = [weights[one.kind, one.number] for one in cartons if one.pallet == pallet.number]
        own = [held_weight(pallet.contents, goods)] if any(held.units for held in pallet.contents) else []
        weights[pallet.kind, pallet.number] = _or(pallet.weight_kg, _sum([*on_it, *own]))
    standing = {pallet.number for pallet in pallets}
    outer = [*pallets, *(one for one in cartons if one.pallet not in standing)]
    whole = _sum(weights[one.kind, one.number] for one in outer) if outer else held_weight(items, goods)
    held = [one.contents for one in containers if one.contents] or [tuple(items)]
    room = _cubic(_sum(_room(one, goods) for one in held))
    return Reckoned(_within(weights), _limited(whole, MOST_KG), _limited(room, MOST_M3))


def _cubic(room: Decimal | None) -> Decimal | None:
    return None if room is None else (room / CUBIC).quantize(Decimal("0.0001"), ROUND_HALF_UP) or None


def _within(weights: Mapping[Name, Decimal | None]) -> dict[Name, Decimal | None]:
    return {name: _limited(weight, MOST_CONTAINER_KG) for name, weight in weights.items()}


def _limited(figure: Decimal | None, most: Decimal) -> Decimal | None:
    """Nothing that no truck could carry is proposed: the catalogue is wrong then."""
    return figure if figure is not None and figure <= most else None


def _or(given: Decimal | None, follows: Decimal | None) -> Decimal | None:
    return follows if given is None else given


def _room(contents: Sequence[Held], goods: Mapping[Key, Goods]) -> Decimal | None:
    size = case_size(contents, goods)
    if size is not None:
        return size[0] * size[1] * size[2]
    each = [(held.units, goods.get(held.key, NOTHING).volume_mm3) for held in contents if held.units > 0]
    return _sum(None if volume is None else units * volume for units, volume in each)


def _grams(held: Held, one: Goods) -> Decimal | None:
    if one.case_units and one.case_weight_g is not None and held.units % one.case_units == 0:
        return held.units // one.case_units * one.case_weight_g
    return None if one.weight_g is None else held.units * one.weight_g


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    """None where one of them is not known, or there are none."""
    known, empty = Decimal(0), True
    for one in parts:
        if one is None:
            return None
        known, empty = known + one, False
    return None if empty else known


def _kg(grams: Decimal | None) -> Decimal | None:
    return None if not grams else (grams / GRAMS).quantize(Decimal("0.001"), ROUND_HALF_UP)
