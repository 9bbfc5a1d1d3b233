"""Pieces that are spoken for: by proposals that wait for a person, and by the answers of an order itself."""

from collections import Counter
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, Uuid, any_, column, func, literal, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import StockLedgerEntry
from oktee.modules.supply.tables import DecisionLine, OrderState


def _waiting(leave_out: list[UUID]) -> tuple[ColumnElement[bool], ...]:
    return (
        OrderState.status.in_(("to_confirm", "held")),
        OrderState.purchase_order_id.not_in(leave_out),
        DecisionLine.taken.is_not(None),
    )


_AT = text(
    """with waiting as (
      select l.item_id, l.link_quantity, l.components, coalesce(p.warehouse, '') as warehouse,
        coalesce(p.accepted + p.backordered, l.taken + coalesce(l.backordered, 0)) as eaches
      from decision_lines l join order_states s on s.decision_id = l.decision_id
        left join lateral jsonb_to_recordset(l.sources) as p(warehouse text, accepted int, backordered int) on true
      where s.status in ('to_confirm', 'held') and l.taken is not null
        and not s.purchase_order_id = any(cast(:leave_out as uuid[]))
    )
    select item_id, warehouse, sum(eaches * link_quantity) from waiting
      where components is null and item_id = any(cast(:items as uuid[])) group by 1, 2
    union all
    select c.item_id, w.warehouse, sum(w.eaches * c.quantity) from waiting w,
      lateral jsonb_to_recordset(w.components) as c(item_id uuid, quantity int)
      where w.components is not null and c.item_id = any(cast(:items as uuid[])) group by 1, 2"""
)


async def open_proposals_at(
    session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]
) -> Counter[tuple[UUID, str]]:
    """The same by warehouse; UNPLACED where nobody said from which."""
    found: Counter[tuple[UUID, str]] = Counter()
    if items:
        for item, warehouse, units in (await session.execute(_AT, {"items": items, "leave_out": leave_out})).all():
            found[item, warehouse] += int(units or 0)
    return found


async def held_at(session: AsyncSession, ids: list[UUID]) -> dict[tuple[UUID, str], int]:
    """What `held_by` answers, by warehouse."""
    entry = StockLedgerEntry
    statement = (
        select(entry.item_id, entry.warehouse, func.sum(entry.quantity))
        .where(entry.purchase_order_id.in_(ids))
        .group_by(entry.item_id, entry.warehouse)
    )
    return {(item, warehouse): int(units) for item, warehouse, units in (await session.execute(statement)).all()}


async def open_proposals(session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]) -> dict[UUID, int]:
    """Units that proposals still waiting for a person would take: two proposals must not count on the same unit."""
    if not items:
        return {}
    wanted = any_(literal(items, ARRAY(Uuid)))
    eaches = DecisionLine.taken + func.coalesce(DecisionLine.backordered, 0)
    waiting = _waiting(leave_out)
    on = OrderState.decision_id == DecisionLine.decision_id
    single = (
        select(DecisionLine.item_id, func.sum(eaches * DecisionLine.link_quantity))
        .join(OrderState, on)
        .where(DecisionLine.item_id == wanted, DecisionLine.components.is_(None), *waiting)
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
        .where(DecisionLine.components.is_not(None), part.c.item_id == wanted, *waiting)
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
