"""What an answer to lines comes to, whoever gives it: the date inside the window, and the sums of a decision."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now as present
from oktee.modules.supply.tables import DecisionLine


def default_date(order: PurchaseOrder) -> datetime:
    """A date inside the window: its start, or tomorrow when the window is open already."""
    tomorrow = present().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    if order.window_start is None:
        return tomorrow
    wanted = max(order.window_start, tomorrow)
    return min(wanted, order.window_end) if order.window_end else wanted


def wire_totals(lines: Sequence[DecisionLine], costs: dict[str, Decimal], currency: str | None) -> dict[str, Any]:
    """Totals of an edited decision, in the same shape as those of the rules."""
    units = dict.fromkeys(("asked", "taken", "backordered", "cut", "undecided"), 0)
    values = dict.fromkeys(units, Decimal(0))
    for line in lines:
        parts = {"asked": line.asked}
        if line.taken is None:
            parts["undecided"] = line.asked
        else:
            parts |= {"taken": line.taken, "backordered": line.backordered or 0, "cut": line.cut or 0}
        for name, number in parts.items():
            units[name] += number
            values[name] += costs.get(line.sequence, Decimal(0)) * number
    amounts = (
        [{"currency": currency, **{name: format(value, "f") for name, value in values.items()}}] if currency else []
    )
    return {**units, "amounts": amounts}


def places_of(line: DecisionLine) -> dict[UUID, dict[str, int]] | None:
    """The pieces of each stocked SKU that each warehouse gives; None where nobody said which does."""
    return None if line.sources is None else _pieces_at(line, line.sources)


def places_for(line: DecisionLine, eaches: int) -> dict[UUID, dict[str, int]] | None:
    """The same if so many eaches were taken."""
    return _pieces_at(line, spread(line.sources, taken=eaches)) if line.sources else None


def _pieces_at(line: DecisionLine, sources: Sequence[dict[str, Any]]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for source in sources:
        for item_id, pieces in pieces_of(line, source["accepted"] + source["backordered"]).items():
            found.setdefault(item_id, {})[source["warehouse"]] = pieces
    return found


def follow(line: DecisionLine) -> None:
    """What the warehouses give becomes what the line says by now."""
    if line.sources:
        line.sources = spread(line.sources, taken=line.taken or 0, backordered=line.backordered or 0)


def spread(sources: Sequence[dict[str, Any]], *, taken: int, backordered: int = 0) -> list[dict[str, Any]]:
    """What the warehouses give of another quantity: less from the last of them, more from the first."""
    given = [dict(source) for source in sources]
    for name, wanted in (("accepted", taken), ("backordered", backordered)):
        more = wanted - sum(source[name] for source in given)
        given[0][name] += max(0, more)
        for source in reversed(given):
            less = min(source[name], max(0, -more))
            source[name], more = source[name] - less, more + less
    return given


def pieces_of(line: DecisionLine, eaches: int) -> dict[UUID, int]:
    """The pieces of each stocked SKU that so many eaches of the line's ASIN are made of; none without an item."""
    if line.item_id is None:
        return {}
    if line.components is None:
        return {line.item_id: eaches * line.link_quantity}
    return {UUID(part["item_id"]): eaches * part["quantity"] for part in line.components}
