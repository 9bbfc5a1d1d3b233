"""The later parts of a simulation, decided ahead of their turn by a process of its own: started, asked, ended.

The process reads its parts itself (handing rows over takes longer than deciding them) and begins a little before them, so
that it most likely carries what the parts before will carry to it. Whether it does is compared, part by part (seams.py);
what it found under something else is thrown away, so the result is that of one process. When it dies, the rest is decided
without it.
"""

import asyncio
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from typing import NamedTuple
from uuid import UUID

import structlog

from oktee.kit.database import WORK_STATEMENT, database, take_time, tenant_session
from oktee.modules.supply.rules.simulation.facts import FRESH, Carried, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.seams import digest
from oktee.modules.supply.rules.simulation.sums import Partial
from oktee.modules.supply.simulations.reading import Found, Reader

WORTH = 8
"""With fewer parts, starting a process takes longer than it saves."""
AHEAD = 0.48
"""Its share of the parts; it has to start first."""
NICE = 10
"""It gives way to whoever answers a request or an order."""
AT_ONCE = 1
"""Processes of this kind that a worker has at a time."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is told. `warm`: parts before its own, decided only for what they carry."""

    database_url: str
    pooler: str
    organization_id: UUID
    zone: str
    today: date
    asks: frozenset[str]
    question: Question
    warm: list[list[Found]]
    parts: list[list[Found]]


class Ahead(NamedTuple):
    """A part that was decided ahead, and what was carried to it."""

    carried: bytes
    sums: Partial


class SecondProcess:
    """One process that decides parts from `first` on."""

    _going = 0

    def __init__(self, first: int, process: "subprocess.Popen[bytes]", pipe: Connection) -> None:
        self.first = first
        self._process = process
        self._pipe: Connection | None = pipe
        self._next = first

    @classmethod
    def start(
        cls,
        parts: list[list[Found]],
        question: Question,
        *,
        database_url: str,
        pooler: str,
        organization_id: UUID,
        zone: str,
        today: date,
        asks: frozenset[str],
    ) -> "SecondProcess | None":
        """None where it would not pay: few parts, one core, or another one at work."""
        if len(parts) < WORTH or cls._going >= AT_ONCE or _cores() < 2:
            return None
        first = len(parts) - int(len(parts) * AHEAD)
        before = parts[first][0].at - FRESH - question.absorb_after
        warm = [part for part in parts[:first] if part[-1].at > before]
        task = Task(
            database_url, pooler, organization_id, zone, today, asks, question, warm, parts[first:]
        )  # fmt: skip
        ours, theirs = Pipe()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import main; main()", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        except OSError as fault:
            log.warning("simulating_alone", error=type(fault).__name__)
            ours.close()
            return None
        finally:
            theirs.close()
        cls._going += 1
        made = cls(first, process, ours)
        try:
            ours.send(task)
        except OSError:
            made.stop()
            return None
        return made

    async def get(self, number: int) -> Ahead | None:
        """The part of this number, which has its turn: the parts are asked for in order. None: the process has ended."""
        assert number == self._next
        self._next += 1
        pipe = self._pipe
        if pipe is None:
            return None
        try:
            found: Ahead = await asyncio.to_thread(pipe.recv)
        except (EOFError, OSError) as fault:
            log.warning("simulating_alone", error=type(fault).__name__, code=self._process.poll())
            self.stop()
            return None
        return found

    def stop(self) -> None:
        """It ends now, whatever it does."""
        if self._pipe is None:
            return
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        self._pipe = None
        type(self)._going -= 1


class Teller:
    """Sends in a thread of its own: whoever decides does not wait until somebody listens."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._queue: SimpleQueue[object | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._gone = False
        self._thread.start()

    def put(self, found: object) -> None:
        """Raises BrokenPipeError when nobody listens any more."""
        if self._gone:
            raise BrokenPipeError
        self._queue.put(found)

    def close(self) -> None:
        """Returns when everything was sent."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (found := self._queue.get()) is not None:
            try:
                self._pipe.send(found)
            except OSError:
                self._gone = True
                return


def _cores() -> int:
    """Those that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _decide(pipe: Connection, task: Task) -> None:
    database.open(task.database_url, pool_size=2, pooler=task.pooler, statement_seconds=WORK_STATEMENT)
    try:
        async with tenant_session(task.organization_id) as session:
            reader = await Reader.open(session, zone=task.zone, today=task.today, asks=task.asks)
        carried = Carried()
        told = Teller(pipe)
        for number, part in enumerate([*task.warm, *task.parts]):
            async with tenant_session(task.organization_id) as session:
                await take_time(session)
                moments = await reader.read(session, part)
            before = digest(carried, part[0].at, task.question)
            sums = simulate(moments, task.question, carried)
            if number >= len(task.warm):
                told.put(Ahead(before, sums))
        await asyncio.to_thread(told.close)
    finally:
        await database.close()


def main() -> None:
    """Until all parts are told, or nobody listens any more."""
    os.nice(NICE)
    pipe = Connection(int(sys.argv[1]))
    try:
        asyncio.run(_decide(pipe, pipe.recv()))
    except (BrokenPipeError, EOFError):
        sys.exit(1)
