"""Packing: full cases of one item each, what is left over in cartons of its own, cartons on pallets in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from oktee.modules.supply.shipments.rules.inputs import Key

MOST_CARTONS: Final = 2000


class TooManyCartons(ValueError):
    """More cartons than one shipment may hold here: it is to be split."""


@dataclass(frozen=True, slots=True)
class Packable:
    """So many eaches of a line, and how many go into one case."""

    key: Key
    units: int
    case_pack: int


@dataclass(frozen=True, slots=True)
class PackedCarton:
    """What one carton holds, and the pallet it stands on."""

    number: int
    contents: tuple[tuple[Key, int], ...]
    pallet: int | None = None


def pack(
    items: Sequence[Packable], *, one_carton: bool = False, cartons_per_pallet: int | None = None
) -> list[PackedCarton]:
    """Cartons that hold exactly these items, whichever orders they are of. `one_carton`: all in one, as a parcel. Raises
    TooManyCartons."""
    wanted = [item for item in items if item.units > 0]
    if one_carton:
        contents = [tuple((item.key, item.units) for item in wanted)] if wanted else []
    else:
        count = sum(-(-item.units // max(1, item.case_pack)) for item in wanted)
        if count > MOST_CARTONS:
            raise TooManyCartons(f"{count} cartons")
        contents = [((item.key, units),) for item in wanted for units in _cases(item)]
    return [
        PackedCarton(number, held, None if cartons_per_pallet is None else (number - 1) // cartons_per_pallet + 1)
        for number, held in enumerate(contents, start=1)
    ]


def _cases(item: Packable) -> list[int]:
    case = max(1, item.case_pack)
    full, rest = divmod(item.units, case)
    return [case] * full + ([rest] if rest else [])
