"""`make bench BENCH=scroll`: the list of Orders in Chromium, scrolled to the middle and the end of 100,000 orders."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oktee.access.passwords import random_password
from oktee.access.sessions import start_session
from oktee.access.workspaces import put_member, put_user
from oktee.kit.database import global_session

from bench.environments import ROOT
from bench.house import House, Vendor, a_vendor, opened, pages, running_house
from bench.orders import decide, store
from bench.reads.__main__ import running_api
from bench.reads.filling import fill
from bench.report import Report, progress
from bench.servers import temporary_folder

FEW: Final = 200
"""Orders of the limit: one page, drawn in sight only as the long list is."""
MANY: Final = 99_990
"""What counts as the end of 100,000: some orders are decided away while one scrolls."""
FRONTEND: Final = ROOT / "frontend"
GOALS: Final = {"first_rows": 2.0, "rows_drawn": 1.2, "heap": 3.0}
"""Of the long list over the limit, at most."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose list is opened."""

    slug: str
    token: str


def main() -> int:
    report = Report()
    with temporary_folder() as folder:
        web = folder / "web"
        build(web)
        with running_house(folder, WEB_DIR=str(web)) as house:
            many, few = asyncio.run(prepare(house))
            with running_api(house) as ours:
                limit = drive(ours.port, few, long=False)
                progress(f"200 orders: {limit}")
                found = drive(ours.port, many, long=True)
        progress(f"load of the machine: {os.getloadavg()[0]:.1f}")
    tell(report, found, limit)
    return report.exit_code


def build(web: Path) -> None:
    """The pages as they are served, in a folder of their own."""
    command = ["node", "node_modules/vite/bin/vite.js", "build", "--outDir", str(web), "--emptyOutDir"]
    subprocess.run([*command, "--logLevel", "error"], cwd=FRONTEND, check=True, stdout=sys.stderr)


async def prepare(house: House) -> tuple[Reader, Reader]:
    """Somebody with 100,000 orders, and somebody with 200."""
    async with opened(house):
        many = await a_vendor(items=500, pieces=10_000_000)
        progress(f"{await fill(house, many):,} orders")
        few = await a_vendor(items=500, pieces=10_000_000)
        await store(few, pages(few, first=900_000, count=FEW, lines=5))
        await decide(few)
        return await reader(many), await reader(few)


async def reader(vendor: Vendor) -> Reader:
    user = await put_user(email=f"owner@{vendor.slug}.example", name="Bench", password=random_password())
    await put_member(vendor.organization_id, user, "owner")
    async with global_session() as session:
        token = await start_session(session, user, user_agent="bench", address="127.0.0.1", second_factor=True)
    return Reader(vendor.slug, token)


def drive(port: int, who: Reader, *, long: bool) -> dict[str, float]:
    """What the browser measured."""
    script = [str(ROOT / "bench" / "scroll" / "browser.mjs"), str(FRONTEND), str(port), who.slug, who.token]
    done = subprocess.run(
        ["node", *script, "long" if long else "short"], cwd=FRONTEND, capture_output=True, text=True, timeout=1500
    )
    if done.returncode != 0:
        raise RuntimeError(f"the browser failed: {done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def tell(report: Report, found: dict[str, float], limit: dict[str, float]) -> None:
    units = {"first_rows": "ms", "rows_drawn": "rows", "heap": "MB", "dropped": "% of frames", "longest_task": "ms"}
    reached = found.pop("reached")
    for name, value in found.items():
        kind = next((one for one in units if name == one or name.startswith(f"{one}_")), None)
        if kind is None:
            report.line(f"scroll.{name}", value, unit="s", reference="none", ratio=None)
            continue
        beside = limit[kind]
        ratio = value / beside if beside else None
        report.line(f"scroll.{name}", value, unit=units[kind], reference=f"200 orders {beside:.4g}", ratio=ratio)
        if kind in GOALS and ratio is not None:
            report.goal(f"{name}: <= {GOALS[kind]} x that of 200 orders ({ratio:.2f})", met=ratio <= GOALS[kind])
    report.goal(f"every order is reached ({reached:,.0f})", met=reached >= MANY)


if __name__ == "__main__":
    sys.exit(main())
