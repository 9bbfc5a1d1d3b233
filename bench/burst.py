"""`make bench BENCH=burst`: 1,000 orders at once, *Send at once*: from available at Amazon to the acknowledgement sent."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final
from uuid import UUID

from oktee.access.passwords import random_password
from oktee.access.workspaces import put_member, put_user
from oktee.amazon.client.lwa import refresh
from oktee.amazon.client.session import open_http
from oktee.amazon.connection import grants, lifecycle
from oktee.amazon.connection.applications import Registration, register
from oktee.amazon.connection.tables import Application
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.tables import Stream
from oktee.journal.record import SYSTEM
from oktee.kit import work
from oktee.kit.database import global_session, tenant_session
from oktee.modules.supply.settings import read_settings, write_settings
from pydantic import SecretStr
from sqlalchemy import select

from bench.environments import ROOT
from bench.house import GERMANY, VENDOR_CODE, House, an_organization, opened, running_house
from bench.report import Report, progress
from bench.servers import APPLICATION, Amazon, simulated_amazon, temporary_folder

LUMEA: Final = "amzn1.vg.1001"
ORDERS, LINES, ITEMS, SINGLES = 1_000, 20, 500, 10
RATE, LATENCY_MS = 10, 100
POLL_SECONDS, SPARE_SECONDS, SINGLE_GOAL = 60, 10, 75
FLOOR: Final = ORDERS / RATE
"""Seconds that Amazon's quota alone takes for that many acknowledgements."""


def main() -> int:
    report = Report()
    with temporary_folder() as folder, running_house(folder) as house, simulated_amazon(folder) as amazon:
        amazon.control("PUT", "/settings", {"latency_ms": LATENCY_MS})
        organization = asyncio.run(connect(house, amazon))
        with running_worker(house):
            wait_for_first_load(house, organization)
            show_singles(report, singles(amazon))
            show_burst(report, burst(amazon))
    return report.exit_code


async def connect(house: House, amazon: Amazon) -> UUID:
    """The vendor as it is after consent and verification, with automation on and nobody waiting for others."""
    async with opened(house):
        work.bells.open(house.environment["VALKEY_URL"])
        organization, slug = await an_organization(items=ITEMS, pieces=100_000_000)
        user = await put_user(email=f"owner@{slug}.example", name="Bench", password=random_password())
        await put_member(organization, user, "owner")
        async with global_session() as session:
            await register(session, _registration(amazon))
            application = (await session.scalars(select(Application))).one()
        granted = amazon.control(
            "POST", "/grants", {"application": APPLICATION["client_id"], "selling_partner_id": LUMEA}
        )
        token = SecretStr(granted["refresh_token"])
        http = open_http()
        tokens = await refresh(
            http,
            token_url=application.token_url,
            client_id=application.client_id,
            client_secret=SecretStr(str(APPLICATION["client_secret"])),
            refresh_token=token,
        )
        await http.aclose()
        _, connection = await grants.store(
            grants.Grant(organization, application, LUMEA, GERMANY, token, tokens, SYSTEM, user)
        )
        assert connection is not None
        async with tenant_session(organization) as session:
            settings, _ = await read_settings(session)
            settings.mode, settings.automation_since, settings.collect_minutes = "at_once", datetime.now(UTC), 0
            settings.first_orders, settings.new_places = 0, False
            await write_settings(session, settings, by=user)
        async with tenant_session(organization) as session:
            await lifecycle.activate(session, connection, actor=SYSTEM)
            await runner.start_streams(session, connection)
        await work.bells.close()
    return organization


def _registration(amazon: Amazon) -> Registration:
    return Registration(
        name="OKTee bench",
        kind="sandbox",
        region="EU",
        application_id=str(APPLICATION["application_id"]),
        client_id=str(APPLICATION["client_id"]),
        client_secret=SecretStr(str(APPLICATION["client_secret"])),
        roles=tuple(APPLICATION["roles"]),
        token_url=f"{amazon.address}/auth/o2/token",
        endpoint=amazon.address,
        consent_url=amazon.address + "/vendorcentral/{country}/apps/authorize/consent",
    )


@contextmanager
def running_worker(house: House) -> Iterator[None]:
    """One worker, as it is installed."""
    log = house.folder / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "oktee.cli", "worker"],
            env=os.environ | house.environment | {"PYTHONPATH": str(ROOT / "backend")},
            stdout=output,
            stderr=output,
        )
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the worker ended: {log.read_text()[-2000:]}")
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for_first_load(house: House, organization: UUID) -> None:
    """Until both streams have read the empty past."""
    deadline = time.monotonic() + 120
    while asyncio.run(_unread(house, organization)):
        if time.monotonic() > deadline:
            raise RuntimeError("the first load did not end within two minutes")
        time.sleep(1)


async def _unread(house: House, organization: UUID) -> bool:
    async with opened(house), tenant_session(organization) as session:
        return (
            await session.scalars(select(Stream.name).where(Stream.first_load_done_at.is_(None)))
        ).first() is not None


def singles(amazon: Amazon) -> list[float]:
    """One order at a time, at any moment between two polls; seconds to each answer."""
    placed: dict[str, datetime] = {}
    for turn in range(SINGLES):
        time.sleep(random.uniform(5, 15))
        (number,) = place(amazon, 1, seed=turn)
        placed[number] = datetime.now(UTC)
    return answered(amazon, placed, within=SINGLE_GOAL * 2)


def burst(amazon: Amazon) -> list[float]:
    """All at once: available from before the first was placed."""
    at = datetime.now(UTC)
    placed = {number: at for part in range(ORDERS // 50) for number in place(amazon, 50, seed=1000 + part)}
    progress(f"{len(placed)} orders placed within {(datetime.now(UTC) - at).total_seconds():.1f} seconds")
    return answered(amazon, placed, within=FLOOR + 4 * POLL_SECONDS)


def place(amazon: Amazon, count: int, *, seed: int) -> list[str]:
    chance = random.Random(seed)
    opens = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        {
            "asin": f"B0{item:08d}",
            "vendor_product_identifier": f"V-{item:06d}",
            "quantity": 12 * chance.randint(1, 6),
            "uom": "Eaches",
            "net_cost": "6.20",
            "backorder": True,
        }
        for item in chance.sample(range(ITEMS), LINES)
    ]
    asked = {
        "vendor_code": VENDOR_CODE,
        "count": count,
        "lines": lines,
        "window_start": opens.isoformat(),
        "window_end": (opens + timedelta(days=8)).isoformat(),
    }
    found: list[str] = amazon.control("POST", "/orders", asked)["purchase_order_numbers"]
    return found


def answered(amazon: Amazon, placed: dict[str, datetime], *, within: float) -> list[float]:
    """Seconds from available to the acknowledgement that Amazon took, one an order; one that got none counts as never."""
    sent: dict[str, datetime] = {}
    since, deadline = 0, time.monotonic() + within
    while len(sent) < len(placed) and time.monotonic() < deadline:
        time.sleep(2)
        part = amazon.control("GET", f"/ledger?operation=submitAcknowledgement&since={since}&limit=5000")
        since = max(since, part["last"] if part["calls"] else since)
        for call in part["calls"]:
            if call["status"] == 202:
                for number in call["purchase_orders"]:
                    sent.setdefault(number, datetime.fromisoformat(call["at"]))
        progress(f"{len(sent.keys() & placed.keys())} of {len(placed)} answered")
    never = float("inf")
    return [(sent[number] - at).total_seconds() if number in sent else never for number, at in placed.items()]


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95 + 0.5) - 1]


def show_singles(report: Report, taken: list[float]) -> None:
    found = p95(taken)
    reference = f"goal <= {SINGLE_GOAL} s"
    report.line("burst.single.p50", median(taken), unit="s", reference=reference, ratio=median(taken) / SINGLE_GOAL)
    report.line("burst.single.p95", found, unit="s", reference=reference, ratio=found / SINGLE_GOAL)
    report.goal(f"a single order: p95 <= {SINGLE_GOAL} s ({found:.1f})", met=found <= SINGLE_GOAL)


def show_burst(report: Report, taken: list[float]) -> None:
    goal = FLOOR + POLL_SECONDS + SPARE_SECONDS
    reference = f"Amazon's quota alone: {FLOOR:.0f} s"
    for name, found in (("p50", median(taken)), ("p95", p95(taken))):
        report.line(f"burst.{name}", found, unit="s", reference=reference, ratio=found / FLOOR)
    report.goal(f"{ORDERS} at once: p95 <= {goal:.0f} s ({p95(taken):.1f})", met=p95(taken) <= goal)


if __name__ == "__main__":
    sys.exit(main())
