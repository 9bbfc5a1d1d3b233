"""Notes and files that were taken away and not given back in time go for good, words and bytes."""

from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.undo import KEPT, is_over
from oktee.notify.matters.files import forget_files
from oktee.notify.matters.tables import Attachment, Note

TAKEN_AWAY: Final = "taken_away"
KEEPING: Final[tuple[Any, ...]] = (Note, Attachment)


async def _forget(item: work.Item) -> None:
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await session.execute(delete(Note).where(is_over(Note.deleted_at)))
        await forget_files(session)
        left = [at for table in KEEPING if (at := await session.scalar(select(func.min(table.deleted_at)))) is not None]
    async with item.record(min(left) + KEPT if left else None):
        pass


FORGET_MATTERS: Final = work.Kind("forget_matters", _forget, queue="bulk", attempts=1_000_000, cap=300.0)


async def forget_matters_later(session: AsyncSession) -> None:
    """In the transaction that takes away."""
    await work.schedule(session, FORGET_MATTERS, TAKEN_AWAY, due_at=now() + KEPT)
