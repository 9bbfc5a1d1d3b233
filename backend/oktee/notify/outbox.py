"""publish(): a thin event in the business transaction, and a bell on Valkey for the streams that listen."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import after_commit, before_commit, organization_of, to_json
from oktee.kit.settings import settings

CHANNEL = "oktee:live:"
Follower = Callable[[AsyncSession, Sequence[dict[str, Any]]], Awaitable[None]]
FOLLOWERS: Final[dict[str, Follower]] = {}
"""What follows from an event of a topic, in its own transaction and before its last act, for all payloads at once: whoever
changes an order need not know who is told of it."""
_WRITE = text(  # now() is when the work began
    """insert into outbox (topic, payload, created_at) select topic, payload, clock_timestamp()
    from unnest(cast(:topics as text[]), cast(:payloads as jsonb[])) with ordinality as told (topic, payload, n) order by n"""
)
log = structlog.get_logger(__name__)


class Horn:
    """Tells the other processes that an organization has news. May fail: they also look every two seconds."""

    def __init__(self) -> None:
        self._valkey: Redis | None = None
        self._away_until = 0.0

    async def sound(self, organization: str) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return
        try:
            if self._valkey is None:
                self._valkey = Redis.from_url(settings().valkey_url.get_secret_value())
            async with asyncio.timeout(0.5):
                await self._valkey.publish(CHANNEL + organization, b"1")
        except Exception as error:
            self._away_until = loop.time() + 5
            log.info("live_bell_lost", error=type(error).__name__)

    async def close(self) -> None:
        if self._valkey is not None:
            await self._valkey.aclose()
            self._valkey = None


horn = Horn()


async def publish(session: AsyncSession, topic: str, **payload: Any) -> None:
    """Ids only, never data: who hears it fetches what they may see.

    Written as the transaction's last act, each event once: an id is handed out just before its commit, so that a stream
    that has passed it looks back a little and finds it, however long the transaction was.
    """
    organization = str(organization_of(session))
    waiting: list[tuple[str, dict[str, Any]]] = session.info.setdefault("outbox", [])
    _follow(session, topic, payload)
    if not waiting:

        async def write() -> None:
            told = {"topics": [name for name, _ in waiting], "payloads": [to_json(ids) for _, ids in waiting]}
            waiting.clear()  # what a later hook tells is written after it
            await session.execute(_WRITE, told)

        async def sound() -> None:
            await horn.sound(organization)

        before_commit(session, write)
        after_commit(session, sound)
    if (topic, payload) not in waiting:
        waiting.append((topic, payload))


def _follow(session: AsyncSession, topic: str, payload: dict[str, Any]) -> None:
    follower = FOLLOWERS.get(topic)
    if follower is None:
        return
    followed: dict[str, list[dict[str, Any]]] = session.info.setdefault("followed", {})
    if topic not in followed:
        payloads = followed[topic] = []

        async def run() -> None:
            await follower(session, payloads)

        before_commit(session, run, first=True)
    if payload not in followed[topic]:
        followed[topic].append(payload)
