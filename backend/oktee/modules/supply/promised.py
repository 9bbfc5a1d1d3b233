"""Pieces that are spoken for: by proposals that wait for a person, and by the answers of an order itself."""

from collections import Counter
from uuid import UUID

from sqlalchemy import Integer, Uuid, column, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import StockLedgerEntry
from oktee.modules.supply.tables import DecisionLine, OrderState


async def open_proposals(session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]) -> dict[UUID, int]:
    """Units that proposals still waiting for a person would take: two proposals must not count on the same unit."""
    if not items:
        return {}
    eaches = DecisionLine.taken + func.coalesce(DecisionLine.backordered, 0)
    waiting = (
        OrderState.status.in_(("to_confirm", "held")),
        OrderState.purchase_order_id.not_in(leave_out),
        DecisionLine.taken.is_not(None),
    )
    on = OrderState.decision_id == DecisionLine.decision_id
    single = (
        select(DecisionLine.item_id, func.sum(eaches * DecisionLine.link_quantity))
        .join(OrderState, on)
        .where(DecisionLine.item_id.in_(items), DecisionLine.components.is_(None), *waiting)
        .group_by(DecisionLine.item_id)
    )
    part = (
        func.jsonb_to_recordset(DecisionLine.components)
        .table_valued(column("item_id", Uuid), column("quantity", Integer), name="part")
        .render_derived(with_types=True)
    )
    bundled = (
        select(part.c.item_id, func.sum(eaches * part.c.quantity))
        .select_from(DecisionLine)
        .join(OrderState, on)
        .join(part, true())
        .where(DecisionLine.components.is_not(None), part.c.item_id.in_(items), *waiting)
        .group_by(part.c.item_id)
    )
    promised: Counter[UUID] = Counter()
    for item, units in (await session.execute(single.union_all(bundled))).all():
        if item is not None:
            promised[item] += int(units or 0)
    return promised


async def held_by(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    """Units these orders hold themselves, by item: what an answered order was promised is there for its next answer.

    Only an order that is decided alone may count on it (deciding.decide_batch).
    """
    statement = (
        select(StockLedgerEntry.item_id, func.sum(StockLedgerEntry.quantity))
        .where(StockLedgerEntry.purchase_order_id.in_(ids))
        .group_by(StockLedgerEntry.item_id)
    )
    return {item: int(units) for item, units in (await session.execute(statement)).all()}
