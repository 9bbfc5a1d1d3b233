"""Who is at work on an order now. Nothing is stored: Valkey forgets a person 45 seconds after their page last spoke."""

import asyncio
import time
from collections.abc import Collection
from typing import Annotated, Final
from uuid import UUID

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrderLine
from oktee.kit.settings import settings

FORGOTTEN_AFTER: Final = 45
"""Seconds; a page speaks every 20."""
WITHIN: Final = 0.5
"""Seconds that an answer may take: nobody waits for this."""
log = structlog.get_logger(__name__)


class PresenceIn(BaseModel):
    """The lines that the reader has typed into; none: they only look."""

    model_config = ConfigDict(extra="forbid")

    lines: list[Annotated[str, Field(max_length=40)]] = Field(default=[], max_length=5000)


class Editor(BaseModel):
    """Somebody else who is typing. `lines`: those that the reader sees."""

    id: UUID
    name: str
    lines: list[str]


class Presence(BaseModel):
    """The others at work on an order."""

    editors: list[Editor]


async def typed(session: AsyncSession, order_id: UUID, said: Collection[str]) -> list[str]:
    """Those of them that are lines of the order."""
    if not said:
        return []
    lines = select(PurchaseOrderLine.sequence).where(
        PurchaseOrderLine.purchase_order_id == order_id, PurchaseOrderLine.sequence.in_(set(said))
    )
    return list((await session.execute(lines)).scalars())


async def tell(caller: Caller, order_id: UUID, lines: Collection[str], *, seen: Collection[str] | None) -> Presence:
    """Says that this person types into these lines (or no more), and answers who else does. `seen`: the lines that they see,
    where those are not all. Without Valkey nobody seems to be there."""
    key = f"oktee:presence:{caller.organization_id}:{order_id}"
    try:
        async with asyncio.timeout(WITHIN), Redis.from_url(settings().valkey_url.get_secret_value()) as valkey:
            return await _exchange(valkey, key, caller, lines, seen)
    except (RedisError, OSError, TimeoutError) as error:
        log.info("presence_lost", error=type(error).__name__)
        return Presence(editors=[])


async def _exchange(
    valkey: Redis, key: str, caller: Caller, lines: Collection[str], seen: Collection[str] | None
) -> Presence:
    at = time.time()
    async with valkey.pipeline(transaction=False) as pipe:
        if lines:
            said = {"name": caller.name, "lines": sorted(lines), "at": at}
            pipe.hset(key, str(caller.user_id), orjson.dumps(said))  # type: ignore[arg-type]  # it takes bytes
            pipe.expire(key, FORGOTTEN_AFTER)
        else:
            pipe.hdel(key, str(caller.user_id))
        pipe.hgetall(key)
        *_, told = await pipe.execute()
    editors = []
    for person, value in sorted(told.items()):
        said = orjson.loads(value)
        theirs = [line for line in said["lines"] if seen is None or line in seen]
        if person.decode() != str(caller.user_id) and theirs and at - said["at"] < FORGOTTEN_AFTER:
            editors.append(Editor(id=UUID(person.decode()), name=said["name"], lines=theirs))
    return Presence(editors=editors)
