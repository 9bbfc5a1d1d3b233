"""`make bench BENCH=sync`: share of Amazon's quota used by one and two processes, and CPU per validated page."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.environments import ROOT, NotInstalled, environment
from bench.report import Report, progress
from bench.servers import APPLICATION, Account, Amazon, running_valkey, simulated_amazon, temporary_folder

HERE: Final = Path(__file__).resolve().parent
OPERATION: Final = "getPurchaseOrders"
RATE, BURST = 10.0, 10.0
REQUESTS: Final = 400
CURSORS: Final = 20
LATENCY_MS: Final = 100
ROUNDS: Final = 5
ORDERS_A_PAGE, LINES_AN_ORDER, PAGES, WARM_UP_PAGES = 100, 20, 10, 2
QUOTA_GOAL: Final = 0.97
SLOWEST_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Contestant:
    """A client under measurement: its program, how many cursors it runs, whether it builds checked models."""

    name: str
    command: tuple[str, ...]
    cursors: int = 1
    validates: bool = False


OURS: Final = Contestant("oktee", (sys.executable, "-m", "bench.sync.oktee_client"), cursors=CURSORS, validates=True)


def peers() -> list[Contestant]:
    """The peers, installed from their locks. Raises NotInstalled."""
    found = []
    for name, cursors, validates in (
        ("python-amazon-sp-api", 1, False),
        ("amzn-selling-partner", CURSORS, True),
        ("amzn-sp-api", 1, False),
    ):
        python = environment(HERE / "peers" / f"{name}.txt")
        program = HERE / "peers" / f"{name.replace('-', '_')}.py"
        found.append(Contestant(name, (str(python), str(program)), cursors=cursors, validates=validates))
    return found


def main() -> int:
    report = Report()
    try:
        others = peers()
    except NotInstalled as error:
        progress(f"FAILED: {error}")
        return 2
    with temporary_folder() as folder, running_valkey(folder) as valkey_url, simulated_amazon(folder) as amazon:
        measure_quota(report, amazon, [OURS, *others], valkey_url=valkey_url)
        measure_cpu(report, amazon, [OURS, *others], valkey_url=valkey_url)
    for sentence in report.missed:
        progress(f"goal missed: {sentence}")
    return report.exit_code


def measure_quota(report: Report, amazon: Amazon, contestants: Sequence[Contestant], *, valkey_url: str) -> None:
    """quota = served / (burst + rate x span): what Amazon would have allowed between the first call and the last."""
    plan = {"quotas": {OPERATION: {"rate": RATE, "burst": BURST}}, "latency_ms": LATENCY_MS}
    amazon.control("PUT", "/settings", plan)
    for processes in (1, 2):
        ours = 0.0
        for each in contestants:
            progress(f"quota: {each.name}, {processes} process(es), {REQUESTS} requests")
            account = amazon.account(orders=REQUESTS, lines=1)
            windows = cut(account, CURSORS * processes)
            jobs = [
                job(amazon, account, each, windows=windows[place::processes], limit=1, valkey_url=valkey_url)
                for place in range(processes)
            ]
            results = drive(each, jobs)
            calls = amazon.calls(OPERATION, account)
            served = sum(call["status"] == 200 for call in calls)
            throttled = sum(call["throttled"] for call in calls)
            moments = [datetime.fromisoformat(call["at"]) for call in calls]
            span = (max(moments) - min(moments)).total_seconds()
            share = served / (BURST + RATE * span)
            lost = REQUESTS - sum(result["pages"] for result in results)
            where = f"sync.{processes}_process{'es' if processes > 1 else ''}.{each.name}"
            if each is OURS:
                ours = share
                reference, ratio = f"goal >= {QUOTA_GOAL}", share / QUOTA_GOAL
            else:
                reference, ratio = f"oktee {ours:.4f}", share / ours
            report.line(f"{where}.quota", share, unit="share of Amazon's quota", reference=reference, ratio=ratio)
            zero = "goal = 0" if each is OURS else "oktee"
            report.line(f"{where}.throttled", throttled, unit="calls refused with 429", reference=zero, ratio=None)
            report.line(f"{where}.lost", lost, unit=f"pages of {REQUESTS} not read", reference=zero, ratio=None)
            if each is OURS:
                report.goal(f"{where}: quota >= {QUOTA_GOAL} ({share:.4f})", met=share >= QUOTA_GOAL)
                report.goal(f"{where}: nothing throttled ({throttled})", met=throttled == 0)
                report.goal(f"{where}: nothing lost ({lost})", met=lost == 0)


def measure_cpu(report: Report, amazon: Amazon, contestants: Sequence[Contestant], *, valkey_url: str) -> None:
    """CPU of the client's process per page of 100 orders x 20 lines, from request to models; rounds alternated, median.

    Amazon's SDK slows down with every page it has read, so it reads one page in a fresh process: its best.
    """
    wide = {"rate": 10_000, "burst": 10_000}
    amazon.control("PUT", "/settings", {"quotas": {OPERATION: wide}, "latency_ms": 0})
    account = amazon.account(orders=ORDERS_A_PAGE * (PAGES + WARM_UP_PAGES), lines=LINES_AN_ORDER)
    parts = cut(account, PAGES + WARM_UP_PAGES)
    found: dict[str, list[float]] = {each.name: [] for each in contestants}
    for turn in range(ROUNDS):
        progress(f"CPU per page: round {turn + 1} of {ROUNDS}")
        for each in contestants:
            sequential = Contestant(each.name, each.command, cursors=1, validates=each.validates)
            slow = each.name == "amzn-sp-api"
            measured = parts[:1] if slow else [[parts[WARM_UP_PAGES][0], parts[-1][1]]]
            warm_up = [] if slow else parts[:WARM_UP_PAGES]
            (result,) = drive(
                sequential,
                [
                    job(
                        amazon,
                        account,
                        sequential,
                        windows=measured,
                        warm_up=warm_up,
                        limit=ORDERS_A_PAGE,
                        valkey_url=valkey_url,
                    )
                ],
            )
            if result["pages"] != (1 if slow else PAGES) or result["orders"] != result["pages"] * ORDERS_A_PAGE:
                raise RuntimeError(f"{each.name} read {result['pages']} pages with {result['orders']} orders")
            found[each.name].append(1000 * result["cpu_seconds"] / result["pages"])
    figures = {name: median(values) for name, values in found.items()}
    ours = figures[OURS.name]
    best = min((figures[each.name], each.name) for each in contestants if each.validates and each is not OURS)
    unit = "ms of CPU per page of 100 orders x 20 lines"
    reference = f"{best[1]} {best[0]:.2f} ms, goal <= 1/4"
    report.line("sync.cpu.oktee", ours, unit=f"{unit}, validated", reference=reference, ratio=ours / best[0])
    sdk = figures["amzn-sp-api"]
    reference = f"amzn-sp-api {sdk:.2f} ms, goal <= 1/100"
    report.line("sync.cpu.oktee", ours, unit=f"{unit}, validated", reference=reference, ratio=ours / sdk)
    for each in contestants:
        if each is not OURS:
            checked = "validated" if each.validates else "not validated"
            value = figures[each.name]
            report.line(
                f"sync.cpu.{each.name}",
                value,
                unit=f"{unit}, {checked}",
                reference=f"oktee {ours:.2f} ms",
                ratio=value / ours,
            )
    report.goal(f"CPU per page <= 1/4 of {best[1]} ({ours / best[0]:.3f})", met=ours <= best[0] / 4)
    report.goal(f"CPU per page <= 1/100 of amzn-sp-api ({ours / sdk:.4f})", met=ours <= sdk / 100)


def cut(account: Account, parts: int) -> list[list[str]]:
    """The account's window in equal parts, as text."""
    since, until = datetime.fromisoformat(account.since), datetime.fromisoformat(account.until)
    edges = [since + (until - since) / parts * place for place in range(parts)] + [until]
    return [[_text(start), _text(end)] for start, end in pairwise(edges)]


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def job(
    amazon: Amazon,
    account: Account,
    contestant: Contestant,
    *,
    windows: list[list[str]],
    limit: int,
    valkey_url: str,
    warm_up: Sequence[list[str]] = (),
) -> dict[str, Any]:
    """What a client is told to do (contestant.read_job)."""
    return {
        "endpoint": amazon.address,
        "token_url": f"{amazon.address}/auth/o2/token",
        "client_id": APPLICATION["client_id"],
        "client_secret": APPLICATION["client_secret"],
        "refresh_token": account.refresh_token,
        "selling_partner_id": account.selling_partner_id,
        "valkey_url": valkey_url,
        "windows": windows,
        "warm_up": list(warm_up),
        "limit": limit,
        "cursors": contestant.cursors,
    }


def drive(contestant: Contestant, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run one process a job, started together; what each printed. A process that breaks ends the measurement."""
    processes: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryFile("w+") as errors:

        def broken(what: str) -> RuntimeError:
            errors.seek(0)
            return RuntimeError(f"{contestant.name} {what}: {errors.read()[-3000:]}")

        try:
            for each in jobs:
                process = subprocess.Popen(
                    contestant.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    cwd=ROOT,
                )
                processes.append(process)
                _say(process, json.dumps(each))
            for process in processes:
                assert process.stdout is not None
                if process.stdout.readline().strip() != "ready":
                    raise broken("did not start")
            for process in processes:
                _say(process, "go")
            results = []
            for process in processes:
                out, _ = process.communicate(timeout=SLOWEST_SECONDS)
                if process.returncode != 0:
                    raise broken("failed")
                results.append(json.loads(out))
            return results
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()


def _say(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


if __name__ == "__main__":
    sys.exit(main())
