"""Our own work rows under measurement: the worker as it is installed, with one more kind of work, whose handler only notes."""

import asyncio
import sys
import time
from uuid import UUID

import uvloop
from oktee import worker
from oktee.kit import work
from oktee.kit.database import after_commit, database, tenant_session
from oktee.kit.module import Module, installed
from oktee.kit.settings import settings
from oktee.modules import registry
from redis.asyncio import Redis

from bench.queue.contestant import URL, ask, note


async def _start(item: work.Item) -> None:
    at = time.time()
    await note(VALKEY[0], item.key, at)


VALKEY: list["Redis[bytes]"] = []
NOTE = work.Kind("bench_note", _start, queue="interactive")


def _install() -> None:
    registry.install()
    VALKEY.append(Redis.from_url(URL))
    installed().fill([*installed().modules, Module("bench", "Bench", jobs=(NOTE,))])


async def _ask(organization: UUID) -> None:
    database.open(settings().database_url.get_secret_value(), pool_size=2)
    work.bells.open(URL)

    async def hand_in(key: str) -> float:
        committed: list[float] = []

        async def note_commit() -> None:
            committed.append(time.time())

        async with tenant_session(organization) as session:
            after_commit(session, note_commit)  # before the bell
            await work.schedule(session, NOTE, key)
        return committed[0]

    await ask(hand_in)
    await work.bells.close()
    await database.close()


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        worker.install = _install  # type: ignore[attr-defined]  # the one line in which it differs from `oktee worker`
        worker.run()
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_ask(UUID(sys.argv[3])))
