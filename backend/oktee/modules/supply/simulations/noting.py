"""A part of a simulation as it is kept, so that a changed draft can be asked without deciding all of it again."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from oktee.modules.supply.rules.simulation.facts import Promised
from oktee.modules.supply.rules.simulation.sums import Noted, Partial
from oktee.modules.supply.simulations.reading import Found

FAST = 1
"""Of zlib's levels: half a million numbers are written while somebody waits."""


class Kept:
    """One part: its orders as they were found, and its moments as they were noted."""

    def __init__(self, content: bytes) -> None:
        self._stored = orjson.loads(zlib.decompress(content))

    @property
    def found(self) -> list[Found]:
        return [
            Found(UUID(order), UUID(connection), datetime.fromisoformat(at), _id(ruled), _id(current), outside)
            for order, connection, at, ruled, current, outside in self._stored["found"]
        ]

    @property
    def noted(self) -> list[Noted]:
        items = [UUID(one) for one in self._stored["items"]]
        skus = self._stored["skus"]

        def name(at: int, warehouse: str | None) -> Promised:
            return items[at] if warehouse is None else (items[at], warehouse)

        return [
            Noted(
                datetime.fromisoformat(one["at"]),
                tuple(items[at] for at in one["items"]),
                tuple(skus[at] for at in one["skus"]),
                {
                    version: {name(at, warehouse): units for at, warehouse, units in given}
                    for version, given in one["given"].items()
                },
                tuple((items[at], datetime.fromisoformat(as_of), pieces) for at, as_of, pieces in one["beyond"]),
                Partial.of_json(one["sums"]),
            )
            for one in self._stored["moments"]
        ]


def pack(found: Sequence[Found], noted: Sequence[Noted]) -> bytes:
    """As it is stored: SKUs by their place in a list, since each stands in many moments."""
    items: dict[UUID, int] = {}
    skus: dict[str, int] = {}
    moments: list[dict[str, Any]] = []
    for one in noted:
        moments.append(
            {
                "at": one.at,
                "items": [items.setdefault(item_id, len(items)) for item_id in one.items],
                "skus": [skus.setdefault(sku, len(skus)) for sku in one.skus],
                "given": {
                    version: [
                        (items.setdefault(item[0], len(items)), item[1], units)
                        if isinstance(item, tuple)
                        else (items.setdefault(item, len(items)), None, units)
                        for item, units in given.items()
                    ]
                    for version, given in one.given.items()
                },
                "beyond": [
                    (items.setdefault(item_id, len(items)), as_of, pieces) for item_id, as_of, pieces in one.beyond
                ],
                "sums": one.sums.to_json(),
            }
        )
    stored = {"found": [tuple(one) for one in found], "items": list(items), "skus": list(skus), "moments": moments}
    return zlib.compress(orjson.dumps(stored, default=str), FAST)  # asyncpg has ids of a kind of its own


def _id(stored: str | None) -> UUID | None:
    return UUID(stored) if stored is not None else None
