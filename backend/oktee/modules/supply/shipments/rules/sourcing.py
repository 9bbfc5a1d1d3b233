"""From which warehouse the units of a line leave that are in no shipment yet: as the decision said, each unit once."""

from collections.abc import Iterable, Mapping, Sequence

Code = str | None
"""A warehouse; None where nobody said which."""


def by_warehouse(
    left: int, sources: Sequence[tuple[Code, int]], placed: Mapping[Code, int], *, multiple: int = 1
) -> dict[Code, int]:
    """`left` eaches of a line, by warehouse.

    `sources`: what each warehouse gives, in the order in which they give. `placed`: eaches that shipments hold already, by
    the warehouse of the shipment; what is of none that gives is taken off the first that have room. `multiple`: eaches in
    the case that the line is ordered in; no case is split. What is more than the warehouses give leaves from the first.
    """
    if left <= 0:
        return {}
    if not sources:
        return {None: left}
    room: dict[Code, int] = {}
    for code, units in sources:
        room[code] = room.get(code, 0) + max(0, units)
    first = next((code for code, units in room.items() if units), sources[0][0])
    elsewhere = 0
    for code, units in placed.items():
        over = units - room.get(code, 0)
        if code in room:
            room[code] = max(0, -over)
        elsewhere += max(0, over)
    for code in room:
        taken = min(room[code], elsewhere)
        room[code], elsewhere = room[code] - taken, elsewhere - taken
    given: dict[Code, int] = {}
    for code, units in room.items():
        most = min(units, left - sum(given.values()))
        if most >= multiple:
            given[code] = most - most % multiple
    rest = left - sum(given.values())
    if rest:
        given[first] = given.get(first, 0) + rest
    return given


def warehouses_of(split: Iterable[Mapping[Code, int]]) -> list[Code]:
    """Every warehouse that gives something, in the order in which the lines name them."""
    return list(dict.fromkeys(code for one in split for code, units in one.items() if units))
