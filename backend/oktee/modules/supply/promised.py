"""Pieces that are spoken for: by proposals that wait for a person, and by the answers of an order itself."""

from collections import Counter
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import StockLedgerEntry

WAITING: Final = ("to_confirm", "held")
HOLDING: Final = ("changed", "send_failed")
"""Waiting for a person too, while an answer before holds stock for them: only what is more is spoken for by the proposal."""


_AT = text(
    """with waiting as (
      select l.item_id, l.link_quantity, l.components, coalesce(p.warehouse, '') as warehouse,
        case when s.status = any(cast(:holding as text[])) then s.purchase_order_id end as holder,
        coalesce(p.accepted + p.backordered, l.taken + coalesce(l.backordered, 0)) as eaches
      from decision_lines l join order_states s on s.decision_id = l.decision_id
        left join lateral jsonb_to_recordset(l.sources) as p(warehouse text, accepted int, backordered int) on true
      where s.status = any(cast(:waiting as text[]) || cast(:holding as text[])) and l.taken is not null
        and not s.purchase_order_id = any(cast(:leave_out as uuid[]))
    )
    select item_id, warehouse, holder, sum(eaches * link_quantity) from waiting
      where components is null and item_id = any(cast(:items as uuid[])) group by 1, 2, 3
    union all
    select c.item_id, w.warehouse, w.holder, sum(w.eaches * c.quantity) from waiting w,
      lateral jsonb_to_recordset(w.components) as c(item_id uuid, quantity int)
      where w.components is not null and c.item_id = any(cast(:items as uuid[])) group by 1, 2, 3"""
)


async def open_proposals_at(
    session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]
) -> Counter[tuple[UUID, str]]:
    """The same by warehouse; UNPLACED where nobody said from which."""
    found: Counter[tuple[UUID, str]] = Counter()
    if not items:
        return found
    values = {"items": items, "leave_out": leave_out, "waiting": list(WAITING), "holding": list(HOLDING)}
    more: Counter[tuple[UUID, UUID, str]] = Counter()
    for item, warehouse, holder, units in (await session.execute(_AT, values)).all():
        if holder is None:
            found[item, warehouse] += int(units or 0)
        else:
            more[holder, item, warehouse] += int(units or 0)
    if more:
        entry = StockLedgerEntry
        held = (
            select(entry.purchase_order_id, entry.item_id, entry.warehouse, func.sum(entry.quantity))
            .where(entry.purchase_order_id.in_({order for order, _, _ in more}))
            .group_by(entry.purchase_order_id, entry.item_id, entry.warehouse)
        )
        for order, item, warehouse, units in (await session.execute(held)).all():
            if order is not None:
                more[order, item, warehouse] -= int(units)
        for (_, item, warehouse), units in more.items():
            found[item, warehouse] += max(0, units)
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


# From the orders that wait to their lines: they are few, while every line that was ever decided stays. What is read of a
# line is in an index beside the wide rows, and bundles have one of their own.
_WANTED = text(
    """with waiting as (
      select decision_id, case when status = any(cast(:holding as text[])) then purchase_order_id end as holder
      from order_states where status = any(cast(:waiting as text[]) || cast(:holding as text[]))
        and not purchase_order_id = any(cast(:leave_out as uuid[]))
    )
    select l.item_id, w.holder, sum((l.taken + coalesce(l.backordered, 0)) * l.link_quantity)
      from waiting w join decision_lines l on l.decision_id = w.decision_id
        join unnest(cast(:items as uuid[])) as asked(item_id) on asked.item_id = l.item_id
      where l.components is null group by 1, 2
    union all
    select c.item_id, w.holder, sum((l.taken + coalesce(l.backordered, 0)) * c.quantity)
      from waiting w join decision_lines l on l.decision_id = w.decision_id
        cross join lateral jsonb_to_recordset(l.components) as c(item_id uuid, quantity int)
        join unnest(cast(:items as uuid[])) as asked(item_id) on asked.item_id = c.item_id
      where l.components is not null group by 1, 2"""
)


async def open_proposals(session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]) -> dict[UUID, int]:
    """Units that proposals still waiting for a person would take: two proposals must not count on the same unit."""
    if not items:
        return {}
    promised: Counter[UUID] = Counter()
    more: Counter[tuple[UUID, UUID]] = Counter()
    values = {"items": items, "leave_out": leave_out, "waiting": list(WAITING), "holding": list(HOLDING)}
    for item, holder, units in (await session.execute(_WANTED, values)).all():
        if holder is None:
            promised[item] += int(units or 0)
        else:
            more[holder, item] += int(units or 0)
    if more:
        held = (
            select(StockLedgerEntry.purchase_order_id, StockLedgerEntry.item_id, func.sum(StockLedgerEntry.quantity))
            .where(StockLedgerEntry.purchase_order_id.in_({order for order, _ in more}))
            .group_by(StockLedgerEntry.purchase_order_id, StockLedgerEntry.item_id)
        )
        for order, item, units in (await session.execute(held)).all():
            if order is not None:
                more[order, item] -= int(units)
        for (_, item), units in more.items():
            promised[item] += max(0, units)
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
