"""After a restore: organizations that were deleted and came back with a backup are closed before anything is served."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy import func, select

from oktee.kit import work
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.modules.administration.privacy.purge import PURGE, close
from oktee.modules.administration.privacy.tables import Deletion
from oktee.modules.administration.privacy.tombstones import risen

log = structlog.get_logger(__name__)


async def close_risen() -> list[UUID]:
    """Compare the organizations that are there with the tombstones of the database and of the object store; close each
    that was deleted and ask for its purge. Called before the API serves and before a worker claims work."""
    found = await risen()
    for organization_id in found:
        async with tenant_session(organization_id) as session:
            wanted = select(Deletion).where(Deletion.state.in_(("waiting", "purging")))
            open_id = await session.scalar(wanted.with_only_columns(Deletion.id))
            if open_id is not None:  # work before data, as the purge itself locks them
                await work.schedule(session, PURGE, str(open_id))
            open_one = (await session.scalars(wanted.where(Deletion.id == open_id).with_for_update())).first()
            if open_one is None:
                number = await session.scalar(select(func.coalesce(func.max(Deletion.number), 0)))
                open_one = Deletion(number=(number or 0) + 1, requested_at=now(), purge_at=now())
                session.add(open_one)
                await session.flush()
                await work.schedule(session, PURGE, str(open_one.id))
            if open_one.state != "purging":
                await close(session, open_one)
        log.warning("deleted_organization_came_back", closed=True)
    return list(found)


async def close_risen_first(stopped: asyncio.Event | None = None) -> None:
    """Before anything is served: asked again each second until the database and the store have answered. A process that
    is told to stop meanwhile (`stopped`) goes on without an answer, and serves nothing either."""
    while stopped is None or not stopped.is_set():
        try:
            await close_risen()
            return
        except Exception as error:
            log.warning("restore_check_waits", error=repr(error)[:200])
            await asyncio.sleep(1)
