"""The token bucket that all processes share: GCRA in Valkey, one Lua round trip per call (rules: PERFORMANCE 1c).

One bucket per (application, region, selling partner, operation), as Amazon keeps them. The arithmetic is that of
client/throttle.py, on the clock of Valkey. Quotas are never pooled over accounts or applications.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from oktee.amazon.client.operations import Operation
from oktee.amazon.client.throttle import PUSH_AFTER_429, reserve
from oktee.kit.settings import settings

MAX_CONNECTIONS: Final = 20
AWAY_SECONDS: Final = 5.0
"""How long a Valkey that did not answer is left alone."""

SEEN_SECONDS: Final = 60
"""A process counts as a worker for this long after its last call."""

KEPT_SECONDS: Final = 40 * 24 * 3600
"""A bucket that nobody used for so long is forgotten; it also says when an operation was last used."""

WORKERS: Final = "oktee:throttle:workers"

log = structlog.get_logger(__name__)

# KEYS: the bucket, the workers. ARGV: rate to assume, burst, this process. Gives {seconds to wait, rate in effect, workers}.
_ACQUIRE: Final = f"""
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local found = redis.call('HMGET', KEYS[1], 'tat', 'rate')
local rate = tonumber(found[2]) or tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local ahead = (math.max(1, math.floor((burst + 1) / 2)) - 1) / rate
local tat = tonumber(found[1])
if not tat then
  tat = now + ahead
  if rate < 1 then tat = tat + 1 / rate end
end
local wait = math.max(0, tat - ahead - now)
tat = math.max(tat, now) + 1 / rate
redis.call('HSET', KEYS[1], 'tat', string.format('%.6f', tat), 'used', string.format('%.3f', now))
redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
redis.call('ZADD', KEYS[2], now, ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - {SEEN_SECONDS})
return {{string.format('%.6f', wait), string.format('%.6f', rate), redis.call('ZCARD', KEYS[2])}}
"""

# KEYS: the bucket. ARGV: rate to assume, burst, seconds of the push, Retry-After in seconds or ''.
_PUNISH: Final = f"""
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local found = redis.call('HMGET', KEYS[1], 'tat', 'rate')
local rate = tonumber(found[2]) or tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local ahead = (math.max(1, math.floor((burst + 1) / 2)) - 1) / rate
local tat = math.max(tonumber(found[1]) or now, now) + tonumber(ARGV[3])
local after = tonumber(ARGV[4])
if after then tat = math.max(tat, now + after + ahead) end
redis.call('HSET', KEYS[1], 'tat', string.format('%.6f', tat))
redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
return 1
"""


def bucket(application: str, region: str, selling_partner_id: str, operation: str) -> str:
    """The key of a bucket in Valkey."""
    return f"oktee:throttle:{application}:{region}:{selling_partner_id}:{operation}"


class SharedBuckets:
    """The connection of this process to the buckets, and what it last saw: whether they are there, and how many share them."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.process = uuid4().hex
        self.workers = 1
        self._clock = clock
        self._away_until = 0.0
        self._valkey: Redis | None = None
        self._scripts: dict[str, Any] = {}

    def open(self, url: str, *, seconds: float = 1.0) -> None:
        """Use this Valkey. The pool is bounded and waits (redis-py's default raises at its limit)."""
        pool = BlockingConnectionPool.from_url(
            url, max_connections=MAX_CONNECTIONS, timeout=10, socket_timeout=seconds, socket_connect_timeout=seconds,
            decode_responses=True,
        )  # fmt: skip
        self._valkey = Redis.from_pool(pool)
        self._scripts = {text: self._valkey.register_script(text) for text in (_ACQUIRE, _PUNISH)}
        self._away_until = 0.0

    async def close(self) -> None:
        if self._valkey is not None:
            await self._valkey.aclose()
            self._valkey = None

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[object]) -> Any | None:
        """The script's answer; None while Valkey is away."""
        return await self._ask(lambda: self._scripts[script](keys=list(keys), args=list(arguments)))

    async def set_rate(self, key: str, rate: float) -> None:
        """Tell the bucket which rate Amazon has named."""

        async def ask() -> Any:
            pipe = self._connected.pipeline(transaction=False)
            pipe.hset(key, "rate", f"{rate:.6f}")
            return await pipe.execute()

        await self._ask(ask)

    async def last_used(self, keys: Sequence[str]) -> list[datetime | None]:
        """When each bucket was last asked, as far as Valkey remembers."""

        async def ask() -> Any:
            pipe = self._connected.pipeline(transaction=False)
            for key in keys:
                pipe.hget(key, "used")
            return await pipe.execute()

        found = await self._ask(ask)
        return [datetime.fromtimestamp(float(each), UTC) if each else None for each in found or [None] * len(keys)]

    @property
    def _connected(self) -> Redis:
        if self._valkey is None:
            self.open(settings().valkey_url.get_secret_value())
        assert self._valkey is not None
        return self._valkey

    async def _ask(self, call: Callable[[], Awaitable[Any]]) -> Any | None:
        if self._clock() < self._away_until:
            return None
        try:
            self._connected  # noqa: B018 - opens at the first use
            return await call()
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._clock() + AWAY_SECONDS
            log.warning("throttle_alone", error=type(error).__name__, workers=self.workers)
            return None


buckets = SharedBuckets()


class ValkeyThrottle:
    """The throttle of one (application, region, selling partner). With Valkey away it goes on alone, without burst, at the
    rate divided by the workers of the last minute."""

    def __init__(
        self,
        *,
        application: str,
        region: str,
        selling_partner_id: str,
        shared: SharedBuckets = buckets,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._account = (application, region, selling_partner_id)
        self._shared = shared
        self._clock = clock
        self._sleep = sleep
        self._rates: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._alone: dict[str, float] = {}

    async def acquire(self, operation: Operation) -> None:
        """Take the next slot and wait for it."""
        keys = (self._key(operation), WORKERS)
        answer = await self._shared.run(_ACQUIRE, keys, (self._rate(operation), operation.burst, self._shared.process))
        if answer is None:
            wait = self._reserve_alone(operation)
        else:
            wait, self._seen[operation.name], self._shared.workers = float(answer[0]), float(answer[1]), int(answer[2])
            self._alone.pop(operation.name, None)
        if wait > 0:
            await self._sleep(wait)

    async def learn(self, operation: Operation, rate: float | None) -> None:
        """Keep the rate that Amazon named; a round trip only when the bucket has another."""
        if rate is None or rate <= 0:
            return
        self._rates[operation.name] = rate
        if abs(self._seen.get(operation.name, operation.rate) - rate) > 1e-6:
            self._seen[operation.name] = rate
            await self._shared.set_rate(self._key(operation), rate)

    async def punished(self, operation: Operation, retry_after: float | None) -> None:
        """After a 429 everybody's clock moves on, here and in the other processes."""
        after = "" if retry_after is None else f"{retry_after:.3f}"
        values = (self._rate(operation), operation.burst, PUSH_AFTER_429, after)
        if await self._shared.run(_PUNISH, (self._key(operation),), values) is None:
            now = self._clock()
            until = max(self._alone.get(operation.name, now), now) + max(PUSH_AFTER_429, retry_after or 0.0)
            self._alone[operation.name] = until

    def _reserve_alone(self, operation: Operation) -> float:
        now, rate = self._clock(), self._rate(operation) / max(1, self._shared.workers)
        # The first slot comes after a whole period: the burst may just have been spent through Valkey.
        tat = self._alone.get(operation.name, now + 1 / rate)
        self._alone[operation.name], wait = reserve(tat, now, rate=rate, burst=1)
        return wait

    def _rate(self, operation: Operation) -> float:
        return self._rates.get(operation.name, operation.rate)

    def _key(self, operation: Operation) -> str:
        return bucket(*self._account, operation.name)
