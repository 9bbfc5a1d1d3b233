"""May work of this organization run? Only under an accepted data processing agreement, and not while it is deleted."""

import time
from typing import Final
from uuid import UUID

from sqlalchemy import text

from oktee.kit.database import database

REMEMBERED_SECONDS: Final = 2.0
_MAY = text("select dpa_accepted_at is not null and closed_at is null from organizations where id = :id")


class Admission:
    """Asked before each item of work; a yes is remembered for two seconds, a no never."""

    def __init__(self) -> None:
        self._yes: dict[UUID, float] = {}

    async def may_process(self, organization_id: UUID) -> bool:
        """False for an organization that is gone, closed, or has accepted no agreement (GDPR Art. 28(3))."""
        clock = time.monotonic()
        if self._yes.get(organization_id, 0.0) > clock:
            return True
        async with database.autocommit() as connection:
            allowed = bool((await connection.execute(_MAY, {"id": organization_id})).scalar_one_or_none())
        if allowed:
            if len(self._yes) > 10_000:
                self._yes.clear()
            self._yes[organization_id] = clock + REMEMBERED_SECONDS
        return allowed


admission = Admission()
