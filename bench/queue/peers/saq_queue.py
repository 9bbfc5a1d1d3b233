"""saq under measurement."""

import asyncio
import sys
import time
from typing import Any

from redis.asyncio import Redis
from saq import Queue, Worker

from bench.queue.contestant import URL, ask, note


async def start(ctx: dict[str, Any], *, about: str) -> None:
    at = time.time()
    await note(ctx["valkey"], about, at)


async def _begin(ctx: dict[str, Any]) -> None:
    ctx["valkey"] = Redis.from_url(URL)


async def _work() -> None:
    await Worker(Queue.from_url(URL, name="bench:saq"), functions=[start], startup=_begin, concurrency=50).start()


async def _ask() -> None:
    queue = Queue.from_url(URL, name="bench:saq")
    await queue.connect()
    await ask(lambda key: queue.enqueue("start", about=key))
    await queue.disconnect()


if __name__ == "__main__":
    asyncio.run(_work() if sys.argv[1] == "worker" else _ask())
