"""How Supply stands at a glance: what "My workspaces" shows of a workspace."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.module import Glance
from oktee.modules.supply.rows import VIEWS
from oktee.modules.supply.tables import OrderState

EXCEPTIONS = ("held", "send_failed", "mismatch", "changed")
"""Orders that automation gave up on, or that need a look: a person has to act."""


async def glance(session: AsyncSession) -> Glance:
    """Within the scope of the session."""
    waits = OrderState.status.in_(VIEWS["waiting"])
    row = (
        await session.execute(
            select(
                func.count().filter(waits),
                func.min(OrderState.deadline_at).filter(waits, OrderState.deadline_at > func.now()),
                func.count().filter(OrderState.status.in_(EXCEPTIONS)),
            )
        )
    ).one()
    return Glance(waiting=row[0], next_at=row[1], exceptions=row[2])
