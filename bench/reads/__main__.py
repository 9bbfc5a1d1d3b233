"""`make bench BENCH=reads`: 50 orders with the facts of their lines over HTTP, beside bare ASGI; lists at 100,000 orders."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from oktee.access.passwords import random_password
from oktee.access.sessions import COOKIE, start_session
from oktee.access.workspaces import put_member, put_user
from oktee.embedded.processes import free_port
from oktee.kit.database import global_session

from bench.environments import ROOT
from bench.house import House, Vendor, a_vendor, opened, running_house
from bench.reads.filling import fill
from bench.report import Report, progress
from bench.servers import temporary_folder

CONNECTIONS, SECONDS, ROUNDS = 16, 6, 3
RATE_GOAL, P99_GOAL, ROWS_GOAL = 0.60, 2.0, 300.0
HOT: Final = (
    ("list", "orders?limit=50&totals=false", "/"),
    ("exceptions", "exceptions?limit=100", "/exceptions"),
    ("center", "command-center", "/center"),
)
"""Its name, what is asked of us, and of the limit."""
LISTS: Final = {
    "clock": "limit=50",
    "changed": "limit=50&filter[changed]=yes",
    "value": "limit=50&sort=-value",
    "status": "limit=50&filter[status]=to_confirm&sort=ordered_at",
    "window": "limit=50&filter[window]=next:14&sort=window",
}
"""What somebody filters and sorts by; each with its count and sums, as the page asks for them."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server under measurement."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Side:
    """What is asked, of whom."""

    port: int
    path: str
    cookie: str
    pid: int


def main() -> int:
    report = Report()
    with temporary_folder() as folder, running_house(folder) as house:
        vendor, token = asyncio.run(prepare(house))
        supply, cookie = f"/api/v1/{vendor.slug}/supply", f"{COOKIE}={token}"
        with running_api(house) as ours, running_bare(house, vendor) as bare:
            for name, asked, limit in HOT:
                sides = {
                    "oktee": Side(ours.port, f"{supply}/{asked}", cookie, ours.pid),
                    "bare": Side(bare.port, limit, "none", bare.pid),
                }
                measure_rate(report, name, sides, database=postmaster(house))
            measure_lists(report, ours.port, f"{supply}/orders", cookie)
    return report.exit_code


async def prepare(house: House) -> tuple[Vendor, str]:
    """100,000 orders, and somebody signed in."""
    async with opened(house):
        vendor = await a_vendor(items=500, pieces=10_000_000)
        user = await put_user(email=f"owner@{vendor.slug}.example", name="Bench", password=random_password())
        await put_member(vendor.organization_id, user, "owner")
        async with global_session() as session:
            token = await start_session(session, user, user_agent="bench", address="127.0.0.1", second_factor=True)
        progress(f"{await fill(house, vendor):,} orders")
        return vendor, token


@contextmanager
def running_api(house: House) -> Iterator[Serving]:
    """Our API, one process, as `oktee serve` runs it."""
    port = free_port(0)
    with _running([sys.executable, "-m", "oktee.cli", "serve", "--port", str(port)], house, port, "/healthz") as pid:
        yield Serving(port, pid)


@contextmanager
def running_bare(house: House, vendor: Vendor) -> Iterator[Serving]:
    """The limit, one process; it connects as the superuser, whom no policy concerns."""
    port = free_port(0)
    own = {"BARE_DSN": house.superuser, "BARE_ORGANIZATION": str(vendor.organization_id), "BARE_PORT": str(port)}
    with _running([sys.executable, "-m", "bench.reads.bare"], house, port, "/", own) as pid:
        yield Serving(port, pid)


@contextmanager
def _running(
    command: list[str], house: House, port: int, path: str, more: dict[str, str] | None = None
) -> Iterator[int]:
    log = house.folder / f"{port}.log"
    environment = os.environ | house.environment | {"PYTHONPATH": f"{ROOT / 'backend'}:{ROOT}"} | (more or {})
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port, path):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not start: {log.read_text()[-2000:]}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def postmaster(house: House) -> int:
    """The process whose children are the connections."""
    (found,) = house.folder.rglob("postmaster.pid")
    return int(found.read_text().split()[0])


def processor_ms(pid: int) -> float:
    """Milliseconds of a process and its children (proc(5): utime and stime are fields 14 and 15)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:  # ended meanwhile
        return 0.0
    own = 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_ms(int(child)) for child in children)


def measure_rate(report: Report, name: str, sides: dict[str, Side], *, database: int) -> None:
    """Answers a second, p99, and what an answer costs in the server and in the database; rounds alternated, medians."""
    figures = ("rate", "p99", "server", "database")
    taken: dict[str, dict[str, list[float]]] = {side: {figure: [] for figure in figures} for side in sides}
    for turn in range(ROUNDS + 1):
        for side_name, side in sides.items():
            before = processor_ms(side.pid), processor_ms(database)
            found = load(side.port, side.path, side.cookie, seconds=2 if turn == 0 else SECONDS)
            spent = processor_ms(side.pid) - before[0], processor_ms(database) - before[1]
            rate = found["answers"] / found["seconds"]
            if turn > 0:  # the first warms up
                values = (rate, found["p99"], *(each / found["answers"] for each in spent))
                for figure, value in zip(figures, values, strict=True):
                    taken[side_name][figure].append(value)
            progress(f"round {turn}: {name}, {side_name} {rate:.0f} answers/s, {found['bytes']:.0f} bytes")
    ours, bare = ({figure: median(values) for figure, values in taken[side].items()} for side in ("oktee", "bare"))
    ratio = {figure: ours[figure] / bare[figure] for figure in figures}
    for figure, unit in (
        ("rate", "answers/s"),
        ("p99", "ms"),
        ("server", "ms of a core"),
        ("database", "ms of a core"),
    ):
        reference = f"bare {bare[figure]:.4g}"
        report.line(f"reads.{name}.{figure}", ours[figure], unit=unit, reference=reference, ratio=ratio[figure])
    report.goal(f"{name}: >= {RATE_GOAL} of bare ASGI ({ratio['rate']:.3f})", met=ratio["rate"] >= RATE_GOAL)
    report.goal(f"{name}: p99 <= {P99_GOAL} x bare ASGI ({ratio['p99']:.2f})", met=ratio["p99"] <= P99_GOAL)


def load(port: int, path: str, cookie: str, *, seconds: float, connections: int = CONNECTIONS) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.reads.load", "127.0.0.1", str(port), path, cookie]
    done = subprocess.run([*command, str(connections), str(seconds)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"asking {path} failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure_lists(report: Report, port: int, path: str, cookie: str) -> None:
    """From a filter to its rows, one reader: the list with its count and sums."""
    for name, query in LISTS.items():
        found = load(port, f"{path}?{query}", cookie, seconds=4, connections=1)
        reference = f"goal <= {ROWS_GOAL:.0f} ms"
        report.line(f"reads.{name}.p50", found["p50"], unit="ms", reference=reference, ratio=found["p50"] / ROWS_GOAL)
        report.goal(f"{query}: rows within {ROWS_GOAL:.0f} ms ({found['p50']:.0f})", met=found["p50"] <= ROWS_GOAL)


if __name__ == "__main__":
    sys.exit(main())
