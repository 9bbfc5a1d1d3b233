"""What Amazon did not touch keeps its decision: which lines those are, and how they enter the next decision."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderRevision
from oktee.catalog.stock import UNPLACED
from oktee.kit.database import new_id
from oktee.modules.supply.line_answers import pieces_of, places_of
from oktee.modules.supply.rules.kept import KeptLine
from oktee.modules.supply.tables import Decision, DecisionLine, OrderState

Kept = Mapping[tuple[str, str], DecisionLine]
"""(order number, sequence) -> the line as it was decided."""

ABOUT_ALL: Final = frozenset(
    {
        "vendor_code", "order_type", "freight", "import_order", "ordered_at", "ship_window", "delivery_window", "ship_to",
        "ship_to_country",
    }
)  # fmt: skip
"""Fields of an order from which every line is decided: where one of these changed, every line was touched."""


def touched(changes: Iterable[dict[str, Any]]) -> frozenset[str] | None:
    """The sequences of the lines that these changes touch; None = all of them."""
    found = set()
    for change in changes:
        if change["sequence"] is not None:
            found.add(change["sequence"])
        elif change["field"] in ABOUT_ALL:
            return None
    return frozenset(found)


async def untouched_lines(
    session: AsyncSession, orders: Iterable[PurchaseOrder], states: Mapping[UUID, OrderState]
) -> dict[tuple[str, str], DecisionLine]:
    """Of orders that Amazon changed since they were decided the lines that it left alone and that had an answer.

    Without a decision of an older revision, or where everything is asked to be decided again (revision 0), there are none.
    """
    decided = {}
    for order in orders:
        state = states.get(order.id)
        if state is not None and state.decision_id is not None and 0 < state.revision < order.revision:
            decided[state.decision_id] = order
    if not decided:
        return {}
    rows = await session.execute(select(Decision.id, Decision.revision).where(Decision.id.in_(decided)))
    since = {decided[decision_id].id: revision for decision_id, revision in rows.all()}
    changes: dict[UUID, list[dict[str, Any]]] = {order_id: [] for order_id in since}
    statement = select(
        PurchaseOrderRevision.purchase_order_id, PurchaseOrderRevision.revision, PurchaseOrderRevision.changes
    )
    for order_id, revision, made in (
        await session.execute(statement.where(PurchaseOrderRevision.purchase_order_id.in_(since)))
    ).all():
        if revision > since[order_id]:
            changes[order_id] += made
    left: dict[tuple[str, str], DecisionLine] = {}
    lines = await session.execute(select(DecisionLine).where(DecisionLine.decision_id.in_(decided)))
    for line in lines.scalars():
        order = decided[line.decision_id]
        moved = touched(changes.get(order.id, []))
        if moved is not None and line.sequence not in moved and line.taken is not None and not line.hold:
            left[order.po_number, line.sequence] = line
    return left


def as_decided(line: DecisionLine) -> KeptLine:
    """The line as the rules take it."""
    return KeptLine(
        line.sequence,
        line.asked,
        line.taken or 0,
        line.backordered or 0,
        line.cut or 0,
        line.ship_at,
        line.backorder_at,
        line.rejection_reason,
        line.item_id,
        line.sku,
        str(line.rule_set_id) if line.rule_set_id is not None else None,
    )


def copied(line: DecisionLine, decision_id: UUID) -> dict[str, Any]:
    """The row of the same line in the next decision: quantities, dates, who decided and why stay as they were."""
    row = {column.key: getattr(line, column.key) for column in line.__mapper__.column_attrs}
    row.pop("organization_id")
    return row | {"id": new_id(), "decision_id": decision_id}


def held_by_kept_at(kept: Kept) -> Counter[tuple[UUID, str]]:
    """Pieces of each SKU that these lines promise of each warehouse, UNPLACED where nobody said of which."""
    found: Counter[tuple[UUID, str]] = Counter()
    for line in kept.values():
        places = places_of(line)
        if places is None:
            units = pieces_of(line, (line.taken or 0) + (line.backordered or 0))
            places = {item_id: {UNPLACED: pieces} for item_id, pieces in units.items()}
        for item_id, each in places.items():
            for warehouse, pieces in each.items():
                found[item_id, warehouse] += pieces
    return found


def held_by_kept(kept: Kept) -> dict[UUID, int]:
    """Pieces of each SKU that these lines promise."""
    found: dict[UUID, int] = {}
    for line in kept.values():
        for item_id, units in pieces_of(line, (line.taken or 0) + (line.backordered or 0)).items():
            found[item_id] = found.get(item_id, 0) + units
    return found
