"""The job that proves one sent answer."""

from datetime import timedelta
from typing import Final

from oktee.kit import work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.modules.supply.jobs import journey
from oktee.modules.supply.jobs.held import find_rows
from oktee.modules.supply.jobs.means import GIVES_WAY, Means, others_first

SOME: Final = timedelta(seconds=1)
"""Of a few answers that leave just now no proof keeps out of the way."""


async def verify(item: work.Item) -> None:
    """A proof that was due when fewer orders waited gives way once more to those that were planned since."""
    wait = await _gives_way(item)
    if wait is not None:
        async with item.record(next_at=now() + wait):
            return
    await journey.verify(Means(item))


async def _gives_way(item: work.Item) -> timedelta | None:
    async with tenant_session(item.organization_id) as session:
        rows = await find_rows(session, item.key)
        if rows is None or rows.answer.state != "sent" or rows.answer.sent_at is None:
            return None
        if now() - rows.answer.sent_at > GIVES_WAY:
            return None
        wait = await others_first(session, rows.order.connection_id)
    return wait if wait >= SOME else None
