"""Real processes that share an account: forked, so that they start at once, each with connections of its own."""

import asyncio
import gc
import json
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
from oktee.amazon.connection import throttle, tokens
from oktee.amazon.connection.clients import accounts
from oktee.amazon.connection.outbound import outbound
from oktee.kit.database import database
from oktee.kit.settings import settings

FORK = multiprocessing.get_context("fork")


class Worker:
    """A process that runs `job` when told to and says what it returned (JSON)."""

    def __init__(self, job: Callable[[], Awaitable[Any]]) -> None:
        self._ours, theirs = FORK.Pipe()
        self.process: BaseProcess = FORK.Process(target=_run, args=(job, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def go(self) -> None:
        self._ours.send("go")

    async def said(self, seconds: float = 60) -> Any:
        until = time.monotonic() + seconds
        while not self._ours.poll():
            assert time.monotonic() < until, "the process said nothing"
            await asyncio.sleep(0.02)
        return self._ours.recv()

    def kill(self) -> None:
        """As kill -9."""
        self.process.kill()
        self.process.join()
        self._ours.close()


def _run(job: Callable[[], Awaitable[Any]], pipe: Pipe) -> None:
    gc.disable()  # what the parent had open is the parent's to close
    inherited = (database._engine, database._autocommit, outbound._lwa, dict(accounts._held), throttle.buckets._valkey)
    outbound.transport = outbound._lwa = None
    accounts._held.clear()
    tokens._kept.clear()
    tokens._locks.clear()
    throttle.buckets.__init__()  # type: ignore[misc]

    async def work() -> None:
        database.open(settings().database_url.get_secret_value(), pool_size=4)
        pipe.recv()
        pipe.send(await job())

    asyncio.run(work())
    assert inherited
    os._exit(0)


def _serve(ready: str) -> None:
    gc.disable()
    from simulator.__main__ import main

    os._exit(main(["--empty", "--speed", "0", "--ready-file", ready]))


@asynccontextmanager
async def serve_simulator(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The simulated Amazon as a process on a port of its own; a client of its address."""
    ready = folder / "ready.json"
    process = FORK.Process(target=_serve, args=(str(ready),), daemon=True)
    process.start()
    try:
        until = time.monotonic() + 60
        while not (ready.exists() and ready.read_text()):
            assert time.monotonic() < until, "the simulator did not start"
            await asyncio.sleep(0.02)
        base = f"http://127.0.0.1:{json.loads(ready.read_text())['port']}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:
            yield http
    finally:
        process.kill()
        process.join()
