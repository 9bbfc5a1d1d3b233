"""The decision that stands for an order: its lines, the answers that were made of it, a new version of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor
from oktee.kit.clock import now as present
from oktee.modules.supply.answer_bodies import (
    LinesUndecided,
)
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState


async def lines_of(session: AsyncSession, decision_id: UUID) -> list[DecisionLine]:
    statement = select(DecisionLine).where(DecisionLine.decision_id == decision_id).order_by(DecisionLine.sequence)
    return list((await session.execute(statement)).scalars())


async def answers_of(session: AsyncSession, order_id: UUID) -> list[Acknowledgement]:
    """Our answers to an order, oldest first."""
    statement = (
        select(Acknowledgement).where(Acknowledgement.purchase_order_id == order_id).order_by(Acknowledgement.answer)
    )
    return list((await session.execute(statement)).scalars())


async def copy_decision(
    session: AsyncSession, state: OrderState, *, actor: Actor
) -> tuple[Decision, list[DecisionLine]]:
    """A new version of the current decision, line by line; only what the actor changes differs from the old one."""
    old = await session.get(Decision, state.decision_id)
    if old is None or state.decision_id is None:
        raise LinesUndecided("This order has no decision yet.")
    lines = await lines_of(session, state.decision_id)
    last = await session.scalar(
        select(func.max(Decision.number)).where(Decision.purchase_order_id == state.purchase_order_id)
    )
    copied = Decision(**_columns(old, {"id", "organization_id", "decided_at"}))
    copied.number = (last or 0) + 1
    copied.decided_by_type, copied.decided_by_name = actor.type, actor.name
    copied.decided_by_id = UUID(actor.id) if actor.id else None
    copied.decided_at = present()
    session.add(copied)
    await session.flush()
    fresh = []
    for line in lines:
        made = DecisionLine(**_columns(line, {"id", "organization_id", "decision_id"}), decision_id=copied.id)
        session.add(made)
        fresh.append(made)
    await session.flush()
    return copied, fresh


def _columns(row: Any, leave_out: set[str]) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in row.__mapper__.column_attrs if c.key not in leave_out}


def count(lines: Sequence[DecisionLine], costs: dict[str, Decimal]) -> dict[str, Any]:
    """Sums of a decision's lines for the order's state: eaches, lines without an answer, value of what is cut."""
    return {
        "taken": sum(line.taken or 0 for line in lines),
        "backordered": sum(line.backordered or 0 for line in lines),
        "cut": sum(line.cut or 0 for line in lines),
        "undecided_lines": sum(1 for line in lines if line.asked > 0 and line.taken is None),
        "cut_value": sum((costs.get(line.sequence, Decimal(0)) * (line.cut or 0) for line in lines), Decimal(0)),
    }
