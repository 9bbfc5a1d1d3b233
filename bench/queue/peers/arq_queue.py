"""arq under measurement; its poll's delay is the third argument."""

import asyncio
import sys
import time
from typing import Any

from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, func

from bench.queue.contestant import URL, ask, note

DELAY = float(sys.argv[3])
QUEUE = f"bench:arq:{DELAY}"


async def start(ctx: dict[str, Any], key: str) -> None:
    at = time.time()
    await note(ctx["redis"], key, at)


async def _ask() -> None:
    pool = await create_pool(RedisSettings.from_dsn(URL), default_queue_name=QUEUE)
    await ask(lambda key: pool.enqueue_job("start", key))
    await pool.aclose()


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        settings = RedisSettings.from_dsn(URL)
        Worker(
            [func(start, name="start", keep_result=0)], redis_settings=settings, queue_name=QUEUE, poll_delay=DELAY
        ).run()
    else:
        asyncio.run(_ask())
