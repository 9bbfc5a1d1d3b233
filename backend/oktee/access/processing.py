"""May work of this organization run? Only under an accepted data processing agreement, and not while it is deleted."""

import time
from typing import Final
from uuid import UUID

from oktee.kit.database import database

REMEMBERED_SECONDS: Final = 2.0
_MAY = "select dpa_accepted_at is not null and closed_at is null as may from organizations where id = $1"


class Admission:
    """Asked before each item of work; a yes is remembered for two seconds, a no never."""

    def __init__(self) -> None:
        self._yes: dict[UUID, float] = {}

    async def may_process(self, organization_id: UUID) -> bool:
        """False for an organization that is gone, closed, or has accepted no agreement (GDPR Art. 28(3))."""
        clock = time.monotonic()
        if self._yes.get(organization_id, 0.0) > clock:
            return True
        found = await database.singles.row(_MAY, organization_id)
        allowed = found is not None and bool(found["may"])
        if allowed:
            if len(self._yes) > 10_000:
                self._yes.clear()
            self._yes[organization_id] = clock + REMEMBERED_SECONDS
        return allowed


admission = Admission()
