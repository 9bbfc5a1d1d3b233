"""`make bench BENCH=queue`: from a work row to the start of its handler, and an idle worker, beside arq, saq and taskiq."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.environments import ROOT, NotInstalled
from bench.environments import environment as installed
from bench.house import House, a_vendor, opened, running_house
from bench.report import Report, progress
from bench.servers import temporary_folder

PEERS: Final = Path(__file__).resolve().parent / "peers"
JOBS, ROUNDS = 25, 3
IDLE_SECONDS = 20
CALM, LONGEST_START = 0.1, 40.0
"""A worker has started when it takes less than this share of a core; it is waited for no longer than so many seconds."""
P50_GOAL, IDLE_GOAL = 10.0, 0.02


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue under measurement: its program, and what follows `worker` and `ask N`."""

    name: str
    command: tuple[str, ...]
    more: tuple[str, ...] = ()
    apart: float = 0.1
    """Its jobs are handed in at most so far apart, in seconds, at random."""
    rounds: int = ROUNDS


def peers() -> list[Queue]:
    """arq is in our own environment; the others are installed from their locks. Raises NotInstalled."""
    own = (sys.executable, "-m", "bench.queue.peers.arq_queue")
    found = [
        Queue("arq, as it comes", own, ("0.5",), apart=0.5, rounds=1),  # met at every point of its round
        Queue("arq, poll_delay 0.02", own, ("0.02",)),
    ]
    for name in ("saq", "taskiq"):
        found.append(Queue(name, (str(installed(PEERS / f"{name}.txt")), "-m", f"bench.queue.peers.{name}_queue")))
    return found


def main() -> int:
    report = Report()
    try:
        others = peers()
    except NotInstalled as error:
        progress(f"FAILED: {error}")
        return 2
    with temporary_folder() as folder, running_house(folder) as house:
        organization = asyncio.run(_organization(house))
        ours = Queue("oktee", (sys.executable, "-m", "bench.queue.oktee_queue"), (organization,))
        queues = [ours, *others]
        with ExitStack() as workers:
            processes = {queue: workers.enter_context(running_worker(house, queue)) for queue in queues}
            wait_until_calm(processes)
            taken: dict[Queue, list[float]] = {queue: [] for queue in queues}
            with_commit: list[float] = []
            for turn in range(ROUNDS):
                for queue in queues:
                    if turn >= queue.rounds:
                        continue
                    found = ask(house, queue)
                    taken[queue] += [since_there for since_there, _ in found]
                    with_commit += [whole for _, whole in found if queue is ours]
                    progress(f"round {turn + 1}: {queue.name} {median(taken[queue][-JOBS:]):.1f} ms")
            progress(f"idle for {IDLE_SECONDS} seconds")
            idle = measure_idle(processes)
    show(report, ours, taken, idle)
    whole, unit = median(with_commit), "ms to the handler, the durable commit of the row included"
    report.line("queue.oktee.with_commit.p50", whole, unit=unit, reference="no peer keeps a row", ratio=None)
    return report.exit_code


async def _organization(house: House) -> str:
    async with opened(house):
        return str((await a_vendor(items=1, pieces=1)).organization_id)


@contextmanager
def running_worker(house: House, queue: Queue) -> Iterator["subprocess.Popen[bytes]"]:
    log = house.folder / f"{queue.name.replace(' ', '-')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*queue.command, "worker", "", *queue.more],
            env=_environment(house),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"the worker of {queue.name} ended: {log.read_text()[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask(house: House, queue: Queue) -> list[tuple[float, float]]:
    """Milliseconds to the start of the handler, a pair a job (contestant.py)."""
    command = [*queue.command, "ask", str(JOBS), *queue.more]
    environment = _environment(house) | {"BENCH_APART": str(queue.apart)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{queue.name} was asked and failed: {done.stderr[-2000:]}")
    found: list[tuple[float, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(house: House) -> dict[str, str]:
    return os.environ | house.environment | {"PYTHONPATH": f"{ROOT / 'backend'}:{ROOT}"}


def wait_until_calm(processes: dict[Queue, "subprocess.Popen[bytes]"]) -> None:
    """They start, and do what they do first."""
    deadline = time.monotonic() + LONGEST_START
    time.sleep(3)
    while time.monotonic() < deadline and max(_shares(processes, 1.0).values()) > CALM:
        pass


def measure_idle(processes: dict[Queue, "subprocess.Popen[bytes]"]) -> dict[Queue, float]:
    """The share of a core that each worker, with what it has started, takes while there is nothing to do."""
    return _shares(processes, IDLE_SECONDS)


def _shares(processes: dict[Queue, "subprocess.Popen[bytes]"], seconds: float) -> dict[Queue, float]:
    before = {queue: _cpu(process.pid) for queue, process in processes.items()}
    start = time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - start
    return {queue: (_cpu(process.pid) - before[queue]) / passed for queue, process in processes.items()}


def _cpu(pid: int) -> float:
    """Seconds of a process and its children (proc(5): utime and stime are fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu(int(child)) for child in children)


def show(report: Report, ours: Queue, taken: dict[Queue, list[float]], idle: dict[Queue, float]) -> None:
    for queue, times in taken.items():
        p50, p99 = median(times), quantiles(times, n=100)[98]
        goal = f"goal <= {P50_GOAL:.0f} ms" if queue is ours else "oktee"
        ratio = p50 / (P50_GOAL if queue is ours else median(taken[ours]))
        report.line(f"queue.{queue.name}.p50", p50, unit="ms to the handler", reference=goal, ratio=ratio)
        report.line(f"queue.{queue.name}.p99", p99, unit="ms to the handler", reference=goal, ratio=None)
        report.line(
            f"queue.{queue.name}.idle", idle[queue], unit="of a core, idle", reference="goal <= 0.02", ratio=None
        )
    p50 = median(taken[ours])
    report.goal(f"p50 from row to handler <= {P50_GOAL:.0f} ms ({p50:.1f})", met=p50 <= P50_GOAL)
    report.goal(f"an idle worker <= {IDLE_GOAL:.0%} of a core ({idle[ours]:.2%})", met=idle[ours] <= IDLE_GOAL)


if __name__ == "__main__":
    sys.exit(main())
