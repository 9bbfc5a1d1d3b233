"""How many requests to the pages before a workspace one network may make: a bucket per network in this process.

It keeps floods of challenges, mails and token guesses from the database; who guesses passwords or codes is stopped long
before by the lock-out.
"""

import time
from collections import OrderedDict
from typing import Final

from fastapi import Request

from oktee.access.caller import SAFE, address_of
from oktee.access.lockout import network_of
from oktee.kit.errors import TooMany
from oktee.kit.settings import settings

MOST_NETWORKS: Final = 20_000


class TooManyRequests(TooMany):
    """This network asks too much; the header says when to come back."""


class Buckets:
    """Tokens that refill evenly: as many at once as fit into a minute."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, network: str, per_minute: int, at: float) -> float:
        """Seconds until there is room; 0 when there was some, and it is taken now."""
        left, since = self._left.pop(network, (float(per_minute), at))
        left = min(float(per_minute), left + (at - since) * per_minute / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
        self._left[network] = (left - 1 if wait == 0 else left, at)
        while len(self._left) > MOST_NETWORKS:  # the one that has been quiet longest
            self._left.popitem(last=False)
        return wait

    def clear(self) -> None:
        self._left.clear()


buckets: Final = Buckets()


async def paced(request: Request) -> None:
    """Raises TooManyRequests. Reading costs nothing."""
    if request.method not in SAFE:
        await paced_always(request)


async def paced_always(request: Request) -> None:
    """For an address that is read and yet writes, without anybody signed in. Raises TooManyRequests."""
    wait = buckets.take(network_of(address_of(request)), settings().identity_requests_per_minute, time.monotonic())
    if wait > 0:
        raise TooManyRequests(
            "Too many requests from your network. Try again in a moment.", headers={"Retry-After": str(int(wait) + 1)}
        )
