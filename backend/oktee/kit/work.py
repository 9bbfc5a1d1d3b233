"""Durable work: Postgres holds what is due and who holds it; a bell only says "look now" and may be lost or doubled.

A handler does its HTTP without a transaction and writes inside `async with item.record(next_at) as session`: its
effects and the end of the item commit together, or not at all. Any write in between starts with `item.guard(session)`.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import TimeoutError as ValkeyTimeoutError
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import after_commit, database, organization_of, tenant_session

QUEUES = ("interactive", "sync", "bulk")
CHANNEL = "oktee:work"
LEASE = timedelta(seconds=30)
BEAT = 10.0
NOBODY = UUID(int=0)
"""The organization of work that belongs to no tenant (the inbox)."""

log = structlog.get_logger(__name__)


class Fenced(Exception):
    """Somebody else holds this item now: drop everything, write nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work: who runs it, on which queue, how long, how often and how it backs off (full jitter)."""

    name: str
    run: Callable[["Item"], Awaitable[None]]
    queue: str = "sync"
    timeout: float = 55.0
    attempts: int = 8
    base: float = 1.0
    cap: float = 300.0
    essential: bool = False
    """Runs also for an organization whose data may not be processed: its deletion, its export, its mails."""


@dataclass(eq=False, slots=True)
class Item:
    """A claimed row of `work`, held under a fence until it is recorded, failed or lost."""

    kind: str
    organization_id: UUID
    key: str
    fence: int
    attempts: int
    recorded: bool = field(default=False, init=False)

    @property
    def id(self) -> dict[str, Any]:
        return {"kind": self.kind, "org": self.organization_id, "key": self.key, "fence": self.fence}

    @property
    def row(self) -> tuple[UUID, str, str, int]:
        """Which row of `work` it is, and under which fence."""
        return self.organization_id, self.kind, self.key, self.fence

    @asynccontextmanager
    async def record(self, next_at: datetime | None = None) -> AsyncIterator[AsyncSession]:
        """The last transaction of a handler. `next_at` re-dates recurring work; None ends it. Raises Fenced."""
        tenant = None if self.organization_id == NOBODY else self.organization_id
        async with tenant_session(tenant) as session:
            done = next_at is None and await _rows(session, FORGET, self.id)
            if not done and not await _rows(session, FINISH, self.id | {"next": next_at}):
                raise Fenced(f"{self.kind}/{self.key}")
            yield session
        self.recorded = True

    async def guard(self, session: AsyncSession) -> None:
        """First statement of any write in between: locks the row, refuses a worker that lost its lease."""
        if (await session.execute(GUARD, self.id)).first() is None:
            raise Fenced(f"{self.kind}/{self.key}")


_PK = "organization_id = :org and kind = :kind and key = :key"
SCHEDULE = text(
    """insert into work (kind, organization_id, key, queue, due_at)
       values (:kind, :org, :key, :queue, coalesce(cast(:due as timestamptz), now()))
    on conflict (organization_id, kind, key) do update set parked_at = null,
        attempts = case when work.parked_at is null then work.attempts else 0 end,
        due_at = case when work.lease_until is null then least(work.due_at, excluded.due_at) else work.due_at end,
        again_at = case when work.lease_until is null then null else least(work.again_at, excluded.due_at) end"""
)
CLAIM = """update work w set lease_until = now() + $1::interval, again_at = null,
        fence = nextval('work_fence'), attempts = attempts + 1
    from (select organization_id, kind, key from work where queue = $2 and due_at <= now()
          and kind = any($3::text[]) and (lease_until is null or lease_until <= now())
          order by due_at limit $4 for update skip locked) d
    where w.organization_id = d.organization_id and w.kind = d.kind and w.key = d.key
    returning w.kind, w.organization_id, w.key, w.fence, w.attempts"""
"""On the driver itself: somebody waits for what it starts."""
GUARD = text(f"select 1 from work where {_PK} and fence = :fence and lease_until is not null for update")  # noqa: S608 - constants only
FINISH = text(
    f"""update work set lease_until = null, again_at = null, attempts = 0, last_error = null,
        due_at = coalesce(least(again_at, cast(:next as timestamptz)), 'infinity')
    where {_PK} and fence = :fence and lease_until is not null"""  # noqa: S608 - constants only
)
PENDING = text(f"select 1 from work where {_PK} and (lease_until > now() or lease_until is null and due_at <= now())")  # noqa: S608 - constants only
FORGET = text(f"delete from work where {_PK} and fence = :fence and lease_until is not null and again_at is null")  # noqa: S608 - constants only
_HELD_ROW = "organization_id = $1 and kind = $2 and key = $3 and fence = $4 and lease_until is not null"
FAIL = f"""update work set lease_until = null, again_at = null, last_error = $5::text,
        parked_at = case when $6::bool then now() end,
        due_at = case when $6::bool then 'infinity' else now() + $7::interval end
    where {_HELD_ROW}"""  # noqa: S608 - constants only
"""These and the beats on single statements: what a crew says of its work never waits for a connection that its work has."""
HELD = "held: this organization's data may not be processed"
HOLD = f"""update work set lease_until = null, again_at = null, due_at = now() + interval '10 minutes',
        attempts = greatest(attempts - 1, 0), last_error = '{HELD.replace("'", "''")}'
    where {_HELD_ROW}"""  # noqa: S608 - constants only
LET_GO = text("update work set due_at = now(), last_error = null where organization_id = :org and last_error = :held")
RELEASE = f"""update work set lease_until = null, due_at = now(), attempts = greatest(attempts - 1, 0)
    where {_HELD_ROW}"""  # noqa: S608 - constants only
BEATS = """update work w set lease_until = now() + $1::interval
    from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) as d(o, k, y, f)
    where w.organization_id = d.o and w.kind = d.k and w.key = d.y and w.fence = d.f and w.lease_until is not null
    returning w.fence"""
CANCEL = text("delete from work where organization_id = :org and kind = any(cast(:kinds as text[])) and key like :like")


async def _rows(session: AsyncSession, statement: Any, values: dict[str, Any]) -> int:
    result = await session.execute(statement, values)
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def valkey_settings(url: str) -> RedisSettings:
    """arq's connection settings that survive a restart of Valkey (STACK 4)."""
    found = RedisSettings.from_dsn(url)
    found.conn_retries = 30
    found.retry_on_timeout = True
    found.retry_on_error = [ValkeyConnectionError, ValkeyTimeoutError, OSError]
    found.retry = Retry(ExponentialBackoff(cap=2, base=0.1), 12)
    return found


def pack(job: dict[str, Any]) -> bytes:
    """JSON, never pickle: who can write Valkey must not run code here."""
    return json.dumps(job, default=str).encode()


class Bells:
    """Rings after a commit: an arq job `drain(queue)`; for interactive work a publish, and the job only where nobody heard it.
    Both may be lost."""

    def __init__(self) -> None:
        self._url: str | None = None
        self._pool: ArqRedis | None = None
        self._away_until = 0.0

    def open(self, url: str) -> None:
        self._url = url

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def ring(self, queue: str) -> None:
        """Never raises: a lost bell costs a second, since every worker also looks each second."""

        async def ring(pool: ArqRedis) -> None:
            if queue == "interactive" and await pool.publish(CHANNEL, queue) > 0:
                return  # a worker has heard it: a job of arq's would make it look a second time
            await pool.enqueue_job("drain", queue)

        await self._try(ring, queue)

    async def tell(self, channel: str, message: str) -> None:
        """Publish to every process that listens. Never raises; the message may be lost."""

        async def publish(pool: ArqRedis) -> None:
            await pool.publish(channel, message)

        await self._try(publish, channel)

    async def _try(self, act: Callable[[ArqRedis], Awaitable[None]], what: str) -> None:
        if self._url is None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return
        try:
            async with asyncio.timeout(0.5):
                if self._pool is None:
                    quick = RedisSettings.from_dsn(self._url)
                    quick.conn_retries = 0
                    self._pool = await create_pool(quick, job_serializer=pack, job_deserializer=json.loads)
                await act(self._pool)
        except Exception as error:
            self._away_until = loop.time() + 5  # a dead Valkey must not slow every commit
            log.info("bell_lost", what=what, error=type(error).__name__)


bells = Bells()


def _ring_after_commit(session: AsyncSession, queue: str) -> None:
    rung: set[str] = session.info.setdefault("rung", set())
    if queue not in rung:  # one bell per queue and commit
        rung.add(queue)

        async def ring() -> None:
            await bells.ring(queue)

        after_commit(session, ring)


async def schedule(
    session: AsyncSession,
    kind: Kind,
    key: str,
    *,
    due_at: datetime | None = None,
    organization_id: UUID | None = None,
) -> None:
    """In the caller's transaction (so it is the outbox). The same key twice is one run; asked while it runs, it runs
    once more afterwards. Schedule several keys in sorted order (deadlocks)."""
    organization = organization_id or organization_of(session)
    values = {"kind": kind.name, "org": organization, "key": key, "queue": kind.queue, "due": due_at}
    await session.execute(SCHEDULE, values)
    if due_at is None or due_at <= datetime.now(UTC):
        _ring_after_commit(session, kind.queue)


async def schedule_many(
    session: AsyncSession, kind: Kind, keys: Iterable[str], *, apart: timedelta = timedelta(milliseconds=5)
) -> None:
    """Bulk: due dates are spread, so that one organization's 100,000 items delay the others by a second."""
    organization, start = organization_of(session), datetime.now(UTC)
    rows = [
        {"kind": kind.name, "org": organization, "key": key, "queue": kind.queue, "due": start + apart * n}
        for n, key in enumerate(sorted(set(keys)))
    ]
    if rows:
        await session.execute(SCHEDULE, rows)
        _ring_after_commit(session, kind.queue)


async def cancel(session: AsyncSession, kinds: Iterable[Kind], *, prefix: str) -> None:
    """Take work of this organization back by key prefix; a running handler is fenced at its next write."""
    like = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values = {"org": organization_of(session), "kinds": sorted(kind.name for kind in kinds), "like": like}
    await session.execute(CANCEL, values)


async def is_pending(session: AsyncSession, kind: Kind, key: str) -> bool:
    """Whether this work is due or under way now."""
    values = {"kind": kind.name, "org": organization_of(session), "key": key}
    return (await session.execute(PENDING, values)).first() is not None


async def let_go(session: AsyncSession, queues: Iterable[str] = QUEUES) -> None:
    """What was held back may run now."""
    await session.execute(LET_GO, {"org": organization_of(session), "held": HELD})
    for queue in queues:
        _ring_after_commit(session, queue)


class Crew:
    """The items this process holds: claims in batches, runs them side by side, beats for all of them at once."""

    def __init__(
        self, kinds: Iterable[Kind], lanes: int = 50, admit: Callable[[UUID], Awaitable[bool]] | None = None
    ) -> None:
        """`admit`: whether an organization's data may be processed; its items wait as long as the answer is no."""
        self.kinds = {kind.name: kind for kind in kinds}
        self.lanes = lanes
        self.admit = admit
        self.held: dict[asyncio.Task[None], Item] = {}
        self.stopping = False
        self._claiming: set[str] = set()
        self._again: set[str] = set()

    async def drain(self, queue: str) -> None:
        """Claim and run until nothing is due. A second call in this process makes the first look again."""
        self._again.add(queue)
        if queue in self._claiming:
            return
        self._claiming.add(queue)
        try:
            while queue in self._again and not self.stopping:
                free = self.lanes - len(self.held)
                if free < max(1, self.lanes // 4):  # refill in batches: one claim statement for many items
                    await asyncio.wait(self.held, return_when=asyncio.FIRST_COMPLETED)
                    continue
                self._again.discard(queue)
                rows = await database.singles.rows(CLAIM, LEASE, queue, list(self.kinds), free)
                for row in rows:
                    item = Item(*row)
                    task = asyncio.create_task(self._run(item))
                    self.held[task] = item
                    task.add_done_callback(lambda done: self.held.pop(done, None))
                if rows:
                    self._again.add(queue)
        finally:
            self._claiming.discard(queue)

    async def _run(self, item: Item) -> None:
        kind = self.kinds[item.kind]
        try:
            if not await self._admitted(kind, item):
                return
            async with asyncio.timeout(kind.timeout):
                await kind.run(item)
            if not item.recorded:
                async with item.record():
                    pass
        except Fenced:
            log.info("fenced", kind=item.kind, key=item.key)
        except Exception as error:  # a cancelled task passes: its lease lapses and another worker takes the item
            if item.recorded:
                log.exception("failed_after_record", kind=item.kind, key=item.key)
                return
            log.warning("work_failed", kind=item.kind, key=item.key, attempts=item.attempts, error=repr(error)[:300])
            wait = timedelta(seconds=random.uniform(0, min(kind.cap, kind.base * 2 ** min(item.attempts, 20))))  # noqa: S311 - jitter
            park = item.attempts >= kind.attempts
            with suppress(Exception):  # without Postgres the lease lapses instead
                await database.singles.rows(FAIL, *item.row, repr(error)[:500], park, wait)

    async def _admitted(self, kind: Kind, item: Item) -> bool:
        if self.admit is None or kind.essential or item.organization_id == NOBODY:
            return True
        if await self.admit(item.organization_id):
            return True
        await database.singles.rows(HOLD, *item.row)
        return False

    async def beat(self) -> None:
        """Every 10 s for all held items; an item that is no longer ours is cancelled before it can write."""
        while True:
            await asyncio.sleep(BEAT)
            held = dict(self.held)
            if not held:
                continue
            rows = zip(*(item.row for item in held.values()), strict=True)
            with suppress(Exception):
                ours = {row["fence"] for row in await database.singles.rows(BEATS, LEASE, *map(list, rows))}
                for task, item in held.items():
                    if item.fence not in ours and not item.recorded:
                        log.info("lease_lost", kind=item.kind, key=item.key)
                        task.cancel()

    async def stop(self, grace: float = 20.0) -> None:
        """Claim nothing more, let what runs end, then give back what is left."""
        self.stopping = True
        if self.held:
            await asyncio.wait(self.held, timeout=grace)
        for task, item in list(self.held.items()):
            task.cancel()
            with suppress(Exception):
                await database.singles.rows(RELEASE, *item.row)
