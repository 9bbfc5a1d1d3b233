"""taskiq on streams under measurement; its worker is `taskiq worker` on this file's broker."""

import asyncio
import sys
import time

from redis.asyncio import Redis
from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.run import run_worker
from taskiq_redis import RedisStreamBroker

from bench.queue.contestant import URL, ask, note

broker = RedisStreamBroker(URL, queue_name="bench:taskiq")
VALKEY: list["Redis[bytes]"] = []


@broker.task(task_name="start")  # its module has another name in the worker
async def start(key: str) -> None:
    at = time.time()
    if not VALKEY:
        VALKEY.append(Redis.from_url(URL))
    await note(VALKEY[0], key, at)


async def _ask() -> None:
    await broker.startup()
    await ask(start.kiq)
    await broker.shutdown()


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        run_worker(WorkerArgs(broker="bench.queue.peers.taskiq_queue:broker", modules=[], workers=1))
    else:
        asyncio.run(_ask())
