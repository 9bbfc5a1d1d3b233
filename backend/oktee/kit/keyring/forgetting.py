"""A data key that was destroyed or replaced is dropped by every process at once, not after the five minutes it is kept.

Told by Valkey. A message may be lost: then the five minutes hold; and a process that was not connected drops all it has.
"""

import asyncio
from typing import Final
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import after_commit, organization_of
from oktee.kit.keyring.data_keys import DataKeys, data_keys
from oktee.kit.settings import settings
from oktee.kit.work import bells

CHANNEL: Final = "oktee:forget-keys"
log = structlog.get_logger(__name__)


def forget_everywhere(session: AsyncSession) -> None:
    """Once this transaction has committed no process holds a data key of its organization any more."""
    organization_id = organization_of(session)

    async def forget() -> None:
        data_keys.forget(organization_id)
        await bells.tell(CHANNEL, str(organization_id))

    after_commit(session, forget)


class Forgetting:
    """One subscription per process."""

    def __init__(self, keys: DataKeys = data_keys) -> None:
        self._keys = keys
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                async with Redis.from_url(settings().valkey_url.get_secret_value()) as valkey:
                    async with valkey.pubsub() as channel:
                        await channel.subscribe(CHANNEL)
                        async for message in channel.listen():
                            if message["type"] == "subscribe":
                                self._keys.clear()  # what was told before nobody heard
                            elif message["type"] == "message":
                                self._keys.forget(UUID(message["data"].decode()))
            except Exception as error:
                log.info("forgetting_lost", error=type(error).__name__)
                await asyncio.sleep(0.5)


forgetting = Forgetting()
