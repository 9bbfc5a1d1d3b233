"""Orders that need a person: why, for how many of their lines, by when, and which of them were put out of sight for a while."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, and_, exists, not_, select

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wanted import in_state
from oktee.modules.supply.wire.lists import OrderRow
from oktee.modules.supply.wire.words import Message

RANK = {"critical": 0, "warning": 1, "info": 2}


class Need(BaseModel):
    """Why one order needs a person. `message`: the gravest of what holds it, None where it only waits for an answer.
    `lines`: of how many lines that is; 0: of the whole order. `due_at`: so long it may wait. `exceptions`: what can be put out
    of sight for a while."""

    order_id: UUID
    cause: str | None
    message: Message | None
    lines: int
    due_at: datetime
    exceptions: list[UUID]


def in_sight() -> ColumnElement[bool]:
    """Orders of which not everything that is wrong was put out of sight."""
    mine = OrderException.purchase_order_id == PurchaseOrder.id
    asleep = exists().where(mine, in_state("snoozed"))
    awake = exists().where(mine, in_state("open"))
    return not_(and_(asleep, not_(awake)))


def needs_of(orders: Select[Any]) -> Select[Any]:
    """What is open of these orders (their ids)."""
    one = OrderException
    return (
        select(one.id, one.purchase_order_id, one.cause, one.severity, one.evidence, one.sequence, one.due_at)
        .where(one.purchase_order_id.in_(orders), in_state("open"))
        .order_by(one.opened_at, one.id)
    )


def needs_by_order(rows: Sequence[OrderRow], found: Sequence[Any]) -> list[Need]:
    """In the order of these rows; `found`: rows of `needs_of`."""
    by_order: dict[UUID, list[Any]] = defaultdict(list)
    for one in found:
        by_order[one.purchase_order_id].append(one)
    return [_need(row, by_order[row.id]) for row in rows]


def _need(row: OrderRow, found: Sequence[Any]) -> Need:
    # That its time runs out is said by its clock.
    first = min(found, key=lambda one: (one.cause == "deadline", RANK[one.severity]), default=None)
    said = first.evidence.get("message") if first is not None else None
    alike = {one.sequence for one in found if first is not None and one.cause == first.cause and one.sequence}
    return Need(
        order_id=row.id,
        cause=first.cause if first is not None else None,
        message=Message(message=said, values=first.evidence.get("values") or {}) if first and said else None,
        lines=len(alike),
        due_at=min([row.deadline_at, *(one.due_at for one in found if one.due_at is not None)]),
        exceptions=[one.id for one in found],
    )
