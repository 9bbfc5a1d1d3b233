"""How a queue under measurement is asked: the same for each, in the queue's own environment (standard library and redis).

A queue's program is run twice: as `worker` until it is stopped, and as `ask N`, which hands in N jobs one by one and prints
the milliseconds to the first line of its handler, as one JSON list of pairs: from when the job was there (a row: committed;
where there is no row: just before it was handed in), and from just before it was handed in.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

URL = os.environ.get("VALKEY_URL", "")
STARTED = "bench:started:"
APART = float(os.environ.get("BENCH_APART", "0.3"))
"""Jobs are handed in at most so far apart, in seconds, at random: a worker that polls is met at every point of its round."""


async def note(valkey: "Redis[bytes]", key: str, at: float) -> None:
    """What each handler does, and nothing else: it says when it began."""
    await valkey.rpush(STARTED + key, repr(at))


async def ask(hand_in: Callable[[str], Awaitable[object]]) -> None:
    """Hand in, wait for the start, again."""
    valkey = Redis.from_url(URL, socket_timeout=30)
    taken = []
    for number in range(int(sys.argv[2]) + 3):
        await asyncio.sleep(random.uniform(0, APART))
        key = f"{os.getpid()}:{number}"
        before = time.time()
        there = await hand_in(key)
        answer = await valkey.blpop([STARTED + key], timeout=20)
        if answer is None:
            raise RuntimeError(f"job {key} did not start within 20 seconds")
        began = float(answer[1])
        taken.append((1000 * (began - (there if isinstance(there, float) else before)), 1000 * (began - before)))
    print(json.dumps(taken[3:]), flush=True)
    await valkey.aclose()
