"""Where a simulation may be cut: what is carried over a moment, as a digest that two runs can compare. Pure.

What a run carries over a moment is all by which what came before can change what comes after. Two runs that carry the same
go on the same, so a later stretch may be simulated ahead of its turn and is kept if it began with what is carried to it.
"""

import hashlib
from datetime import datetime

from oktee.modules.supply.rules.simulation.facts import FRESH, Carried, Promised, Question


def digest(carried: Carried, at: datetime, question: Question) -> bytes:
    """Of what counts from `at` on: promises that a figure of then may not know of, and what is promised beyond a figure
    that is yet to come. The rest is forgotten either way."""
    over = at - FRESH - question.absorb_after
    found = hashlib.sha256()
    for version, items in sorted(carried.promised.items()):
        for item, promises in sorted(items.items(), key=lambda each: _name(each[0])):
            live = [(when.timestamp(), units) for when, units in promises if when > over]
            if live:
                found.update(repr((version, *_name(item), live)).encode())
    for item_id, (as_of, pieces) in sorted(carried.extra.items()):
        if as_of > at:
            found.update(repr((item_id.int, as_of.timestamp(), pieces)).encode())
    return found.digest()


def _name(item: Promised) -> tuple[int, str]:
    return (item[0].int, item[1]) if isinstance(item, tuple) else (item.int, "")
