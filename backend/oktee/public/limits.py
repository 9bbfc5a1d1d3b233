"""How often a key and its organization may ask: counted in Valkey for all processes, told in every answer's headers."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from redis.asyncio import Redis

from oktee.kit.errors import TooMany
from oktee.kit.settings import settings

WINDOW: Final = 60
"""Seconds."""
PER_KEY: Final = 300
PER_ORGANIZATION: Final = 900
PER_ADDRESS: Final = 60
"""Refused attempts from one address."""
AWAY: Final = 5.0
log = structlog.get_logger(__name__)

# KEYS: counters. ARGV: seconds of the window. Answers count and seconds left of each.
_COUNT: Final = """
local found = {}
for n, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, ARGV[1]) end
  found[2 * n - 1] = count
  found[2 * n] = redis.call('TTL', key)
end
return found
"""


class RateLimited(TooMany):
    """Too many requests with this key, from this organization, or too many refused ones from this address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a key stands in the window that is closest to its limit."""

    policy: str
    limit: int
    left: int
    resets_in: int

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-11, and the older triple that clients parse (reset: seconds from now)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={max(0, self.left)};t={self.resets_in}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.left)),
            "X-RateLimit-Reset": str(self.resets_in),
        }


class Limits:
    """The counters. With Valkey away each process counts by itself: never without a limit, never closed."""

    def __init__(self) -> None:
        self._valkey: Redis | None = None
        self._away_until = 0.0
        self._own: dict[str, tuple[int, float]] = {}

    async def count(self, counters: list[str]) -> list[tuple[int, int]]:
        """One more request on each counter: how many in this window, and the seconds until it ends."""
        present = time.monotonic()
        if present >= self._away_until:
            try:
                if self._valkey is None:
                    self._valkey = Redis.from_url(settings().valkey_url.get_secret_value())
                async with asyncio.timeout(0.5):
                    found: Any = await self._valkey.eval(_COUNT, len(counters), *counters, str(WINDOW))  # type: ignore[misc]  # redis types the answer as one or an awaitable of one
                return [(int(found[n]), max(1, int(found[n + 1]))) for n in range(0, len(found), 2)]
            except Exception as error:
                self._away_until = present + AWAY
                log.info("limits_counted_alone", error=type(error).__name__)
        return [self._count_alone(counter, present) for counter in counters]

    def _count_alone(self, counter: str, present: float) -> tuple[int, int]:
        if len(self._own) > 10_000:
            self._own = {name: kept for name, kept in self._own.items() if kept[1] > present}
        count, ends = self._own.get(counter, (0, 0.0))
        if ends <= present:
            count, ends = 0, present + WINDOW
        self._own[counter] = (count + 1, ends)
        return count + 1, max(1, round(ends - present))

    async def close(self) -> None:
        if self._valkey is not None:
            await self._valkey.aclose()
            self._valkey = None


limits = Limits()


async def take(organization_id: UUID, key_id: str) -> Standing:
    """Count a request of this key. The caller refuses it where nothing is left (`left` < 0)."""
    by_key, by_organization = await limits.count(
        [f"oktee:public:{organization_id}:{key_id}", f"oktee:public:{organization_id}"]
    )
    standings = (
        Standing("key", PER_KEY, PER_KEY - by_key[0], by_key[1]),
        Standing("organization", PER_ORGANIZATION, PER_ORGANIZATION - by_organization[0], by_organization[1]),
    )
    return min(standings, key=lambda standing: standing.left / standing.limit)


async def take_refusal(address: str) -> None:
    """Count a refused attempt of an address. Raises RateLimited: guessing is slow however many keys are tried."""
    [(count, resets_in)] = await limits.count([f"oktee:public:refused:{address}"])
    if count > PER_ADDRESS:
        raise RateLimited("Too many refused requests from this address.", headers={"Retry-After": str(resets_in)})
