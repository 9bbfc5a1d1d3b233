"""The arq worker: arq runs `drain`; Postgres decides what is due (kit/work.py)."""

import asyncio
import json
import os
import signal
import socket
from contextlib import suppress
from datetime import UTC
from typing import Any

import structlog
import uvloop
from arq import func
from arq.worker import Worker
from redis.asyncio import Redis

from oktee.access.processing import admission
from oktee.kit import work
from oktee.kit.database import WORK_STATEMENT, WORK_WAIT, database
from oktee.kit.keyring.forgetting import forgetting
from oktee.kit.logs import configure_logs
from oktee.kit.module import installed
from oktee.kit.process import collect_seldom, harden
from oktee.kit.settings import settings
from oktee.modules.administration import recurring
from oktee.modules.administration.housekeeping import keep_house
from oktee.modules.administration.privacy.restored import close_risen_first
from oktee.modules.registry import install
from oktee.notify.outbox import horn

log = structlog.get_logger(__name__)


async def _look(crew: work.Crew) -> None:
    """Each second on every queue: a lost bell costs a second, and FLUSHALL loses nothing."""
    while True:
        await asyncio.sleep(1)
        for queue in work.QUEUES:
            try:
                await crew.drain(queue)
            except Exception as error:
                log.warning("look_failed", queue=queue, error=repr(error)[:200])


async def _keep_house() -> None:
    """Once it is asked for, housekeeping goes on by itself; a worker may start before PostgreSQL does."""
    while True:
        try:
            await keep_house()
            await recurring.begin()
            return
        except Exception as error:
            log.warning("housekeeping_not_asked", error=repr(error)[:200])
            await asyncio.sleep(5)


async def _listen(crew: work.Crew, url: str) -> None:
    """Interactive bells also by publish: a few milliseconds instead of arq's poll."""
    heard: set[asyncio.Task[None]] = set()
    while True:
        try:
            valkey = Redis.from_url(url)
            async with valkey.pubsub() as channel:
                await channel.subscribe(work.CHANNEL)
                async for message in channel.listen():
                    if message["type"] == "message":
                        task = asyncio.create_task(crew.drain(message["data"].decode()))
                        heard.add(task)
                        task.add_done_callback(heard.discard)
        except Exception as error:
            log.info("listen_lost", error=type(error).__name__)
            await asyncio.sleep(0.5)


async def main() -> None:
    """Run until SIGTERM or SIGINT. Valkey may come and go: the crew looks at Postgres all the same."""
    options = settings()
    configure_logs(options.env)
    harden()
    install()
    url = options.valkey_url.get_secret_value()
    database.open(
        options.database_url.get_secret_value(),
        pool_size=max(options.db_pool_size, 15),
        pooler=options.db_pooler,
        statement_seconds=WORK_STATEMENT,
        wait_seconds=WORK_WAIT,
    )
    work.bells.open(url)
    module_kinds = installed()
    crew = work.Crew(module_kinds.kinds(), lanes=options.worker_lanes, admit=admission.may_process)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    async def drain(ctx: dict[str, Any], queue: str) -> None:  # the one arq job: no job id, no row
        await crew.drain(queue)

    async def shell() -> None:
        while True:
            worker = Worker(
                [func(drain, name="drain", timeout=60, keep_result=0, max_tries=1)],
                redis_settings=work.valkey_settings(url),
                keep_result=0,
                poll_delay=0.1,
                max_jobs=50,
                job_timeout=60,
                max_tries=1,
                job_completion_wait=0,
                log_results=False,
                handle_signals=False,
                timezone=UTC,
                job_serializer=work.pack,
                job_deserializer=json.loads,
                health_check_interval=15,
                health_check_key=f"arq:health:{socket.gethostname()}:{os.getpid()}",
            )
            try:
                await worker.async_run()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # arq's shell ends when Valkey dies; ours begins again
                log.warning("shell_lost", error=type(error).__name__)
                await asyncio.sleep(1)
            finally:
                with suppress(Exception, asyncio.CancelledError):
                    await worker.close()

    await close_risen_first(stopped)
    jobs = (crew.beat(), _look(crew), _listen(crew, url), shell(), _keep_house())
    tasks = [asyncio.create_task(job) for job in jobs]
    forgetting.start()
    log.info("worker_started", kinds=sorted(crew.kinds), lanes=crew.lanes)
    await stopped.wait()
    for task in tasks[1:]:
        task.cancel()
    await crew.stop()
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await forgetting.stop()
    await module_kinds.close()
    await horn.close()
    await work.bells.close()
    await database.close()


def run() -> None:
    """The process entry: uvloop, since arq's own command does not set it up."""
    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
