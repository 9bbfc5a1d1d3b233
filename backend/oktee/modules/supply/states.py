"""The states of orders: written set-based, and until when each wants its answer."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.answers.clock import ANSWER_WITHIN
from oktee.modules.supply.tables import OrderState


async def put_states(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Insert or replace order states; every row has the same columns."""
    if not rows:
        return
    statement = upsert(OrderState)
    columns = [name for name in rows[0] if name != "purchase_order_id"]
    await session.execute(
        statement.on_conflict_do_update(
            constraint="pk_order_states",
            set_={name: statement.excluded[name] for name in columns} | {"updated_at": func.now()},
        ),
        rows,
    )


def deadline(order: PurchaseOrder) -> datetime:
    """Amazon wants the first answer within 24 h of the order (FACTS e)."""
    return order.ordered_at.astimezone(UTC) + ANSWER_WITHIN
