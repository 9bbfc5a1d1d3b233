"""Lines of an order that somebody answered past OKTee: what Amazon shows of them is their answer, whatever was proposed."""

from collections.abc import Iterable

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.modules.supply.wire.lines import Line
from oktee.modules.supply.wire.words import Actor

ELSEWHERE = frozenset({"outside", "history"})


def shown_parts(statuses: Iterable[PurchaseOrderLineStatus]) -> dict[str, dict[str, int]]:
    """By line, the units that Amazon shows as accepted and rejected; lines of which it shows nothing yet are left out."""
    return {
        one.sequence: {"taken": one.accepted_units, "backordered": 0, "cut": one.rejected_units}
        for one in statuses
        if one.accepted_units or one.rejected_units
    }


def as_shown(line: Line, parts: dict[str, dict[str, int]], by: Actor | None) -> Line:
    """The line with the answer that Amazon shows, given by whoever answered the order."""
    found = parts.get(line.sequence)
    return line if found is None else line.model_copy(update=found | {"decided_by": by, "rejection_reason": None})
