"""From when Amazon's hours count for each line: from the order, or from Amazon's own last change of what it asks or pays.

Amazon takes new quantities and costs for 48 hours (H6). What it changed itself later can only be answered later (H12), so
for a line the hours begin again with each change of its quantity or its cost; for every other line they go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

ANSWER_WITHIN: Final = timedelta(hours=24)
EDIT_WITHIN: Final = timedelta(hours=48)
ASKED: Final = frozenset(
    {"line", "amount", "unit_of_measure", "unit_size", "units", "net_cost", "cost_unit", "currency"}
)
"""Fields of a line that say how much of it is asked and what is paid for it."""


RUSH: Final = "RushOrder"
RUSH_WITHIN: Final = timedelta(hours=2)


def hold_due(order_type: str | None, began: datetime, deadline: datetime) -> datetime | None:
    """By when a person deals with an order that waits for one, where that is before its deadline: a rush order two hours
    after it, or after Amazon changed it."""
    return min(began + RUSH_WITHIN, deadline) if order_type == RUSH else None


@dataclass(frozen=True, slots=True)
class Revised:
    """A revision of an order: when we read it, and what differed from the one before ([{field, sequence, was, now}])."""

    number: int
    received_at: datetime
    changes: Sequence[Mapping[str, Any]]


def moments(revisions: Iterable[Revised], *, amazon_says: datetime | None = None) -> dict[int, datetime]:
    """When each of these revisions began to count, by its number: when we read it. `amazon_says`: Amazon's own moment of its
    last change, which is taken for the newest revision where it lies between the one before and our reading."""
    ordered = sorted(revisions, key=lambda one: one.number)
    found = {one.number: one.received_at for one in ordered}
    if len(ordered) > 1 and amazon_says is not None:
        before, newest = ordered[-2], ordered[-1]
        if before.received_at < amazon_says < newest.received_at:
            found[newest.number] = amazon_says
    return found


def asked_since(revisions: Iterable[Revised], *, amazon_says: datetime | None = None) -> dict[str, datetime]:
    """By line, when Amazon last changed its quantity or its cost; lines it never changed are left out."""
    known = list(revisions)
    at = moments(known, amazon_says=amazon_says)
    first = min(at, default=0)
    found: dict[str, datetime] = {}
    for one in known:
        if one.number == first:
            continue  # as it was ordered
        for change in one.changes:
            sequence = change.get("sequence")
            if sequence is not None and change.get("field") in ASKED:
                found[sequence] = max(found.get(sequence, at[one.number]), at[one.number])
    return found


def open_until(placed_at: datetime, sequence: str | None, since: Mapping[str, datetime]) -> datetime:
    """Until when Amazon takes another quantity or cost for this line; None: for any line of the order."""
    if sequence is not None:
        return max(placed_at, since.get(sequence, placed_at)) + EDIT_WITHIN
    return max(placed_at, *since.values(), placed_at) + EDIT_WITHIN
