"""Saved views that were deleted and not given back in time go for good, with everybody's columns of them."""

from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.undo import KEPT, is_over
from oktee.modules.supply.desk.tables import SavedView, ViewLayout

EVERYTHING: Final = "deleted"


async def _forget(item: work.Item) -> None:
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        gone = delete(SavedView).where(is_over(SavedView.deleted_at)).returning(SavedView.page, SavedView.id)
        for page, view in (await session.execute(gone)).all():
            await session.execute(delete(ViewLayout).where(ViewLayout.page == page, ViewLayout.view == str(view)))
        left = await session.scalar(select(func.min(SavedView.deleted_at)))
    async with item.record(left + KEPT if left is not None else None):
        pass


FORGET: Final = work.Kind("forget_deleted", _forget, queue="bulk", attempts=1_000_000, cap=300.0)


async def forget_later(session: AsyncSession) -> None:
    """In the transaction that deletes."""
    await work.schedule(session, FORGET, EVERYTHING, due_at=now() + KEPT)
