"""Idempotency-Key: the first answer to a POST is kept for 24 h and given again to the same request."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import IdempotencyKey
from oktee.kit.database import sqlstate, tenant_session
from oktee.kit.errors import Conflict, Invalid

Model = TypeVar("Model", bound=BaseModel)
IN_FLIGHT = "The first request with this Idempotency-Key is still being answered."
LOCK_NOT_AVAILABLE = "55P03"
"""After four seconds, so that it comes before the statement's own limit and says what is the matter."""


class KeyReused(Invalid):
    """The same Idempotency-Key came with another request."""


class RequestInFlight(Conflict):
    """The first request with this Idempotency-Key is still being answered."""


@dataclass
class Replay(Generic[Model]):
    """`answer` is the kept answer, or None: then do the work and put its answer here."""

    answer: Model | None


async def identified(request: Request, user_id: UUID) -> bytes:
    """What makes a request the same: who asks, for what address, with which words."""
    head = f"{user_id}\n{request.method}\n{request.url.path}\n{request.url.query}\n"
    return head.encode() + await request.body()


@asynccontextmanager
async def replayed(
    session: AsyncSession, key: str | None, body: bytes, response: Response, model: type[Model]
) -> AsyncIterator[Replay[Model]]:
    """The work and its kept answer commit together. Without a key the work is simply done. `body`: of `identified`."""
    if key is None:
        yield Replay(None)
        return
    replay = await _claim(session, key, body, response, model)
    claimed = replay.answer is None
    yield replay
    if claimed:
        await _keep(session, key, replay.answer)


@asynccontextmanager
async def replayed_apart(
    organization_id: UUID, key: str | None, body: bytes, response: Response, model: type[Model]
) -> AsyncIterator[Replay[Model]]:
    """For work in many transactions of its own: the key is claimed in one, the answer kept in another, and none is open
    in between. The work has to be repeatable: when it fails, or its process dies, it is done again with the same key
    (at once, or after ten minutes)."""
    if key is None:
        yield Replay(None)
        return
    async with tenant_session(organization_id) as session:
        replay = await _claim(session, key, body, response, model)
    if replay.answer is not None:
        yield replay
        return
    try:
        yield replay
    except Exception:
        with suppress(Exception):  # the fault of the work is the one to tell; this one lapses by itself
            async with tenant_session(organization_id) as session:
                await session.execute(_GIVE_UP, {"key": key})
        raise
    async with tenant_session(organization_id) as session:
        await _keep(session, key, replay.answer)


_LAPSED = text("delete from idempotency_keys where key = :key and created_at < now() - interval '24 hours'")
_GIVE_UP = text("delete from idempotency_keys where key = :key and response is null")
_ABANDONED = text("idempotency_keys.response is null and idempotency_keys.created_at < now() - interval '10 minutes'")


async def _claim(session: AsyncSession, key: str, body: bytes, response: Response, model: type[Model]) -> Replay[Model]:
    """The kept answer, or the right to make it: then nobody else has it. Raises KeyReused, RequestInFlight."""
    hashed = hashlib.sha256(body).digest()
    fresh = insert(IdempotencyKey).values(key=key, request_hash=hashed)
    claim = fresh.on_conflict_do_update(
        index_elements=["organization_id", "key"],
        set_={"created_at": func.now()},
        where=_ABANDONED & (IdempotencyKey.request_hash == hashed),
    )
    try:
        await session.execute(text("set local lock_timeout = '4s'"))
        await session.execute(_LAPSED, {"key": key})
        made = (await session.execute(claim.returning(IdempotencyKey.key))).first()
        await session.execute(text("set local lock_timeout to default"))
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise RequestInFlight(IN_FLIGHT) from error
        raise
    if made is not None:
        return Replay(None)
    kept = (await session.execute(select(IdempotencyKey).where(IdempotencyKey.key == key))).scalar_one()
    if kept.request_hash != hashed:
        raise KeyReused("This Idempotency-Key was used for another request.")
    if kept.response is None:
        raise RequestInFlight(IN_FLIGHT)
    response.headers["Idempotent-Replayed"] = "true"
    return Replay(model.model_validate(kept.response))


async def _keep(session: AsyncSession, key: str, answer: BaseModel | None) -> None:
    if answer is not None:
        values = {"response": answer.model_dump(mode="json"), "created_at": func.now()}
        await session.execute(update(IdempotencyKey).where(IdempotencyKey.key == key).values(**values))
