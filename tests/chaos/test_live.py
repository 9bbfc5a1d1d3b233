"""Two API processes and a worker: what happens in one reaches a browser on the other, also when Valkey forgets everything."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from chaos.procs import Process, Processes, free_port, soon
from factories import ORIGIN, Browser
from modules.supply.world import Item, Json, World
from redis.asyncio import Redis

pytestmark = pytest.mark.timeout(240)
WITHIN = 30.0
WAIT_NO_MORE = (
    "update work set due_at = now() where kind in ('submit_answer', 'verify_answer') "
    "and lease_until is null and due_at > now() and due_at < 'infinity'"
)


@pytest.fixture(scope="module")
async def item(world: World) -> Item:
    return await world.item(5000)


@pytest.fixture(scope="module")
async def apis(world: World, processes: Processes) -> list[str]:
    """The addresses of two API processes on the same database."""
    ports = [free_port() for _ in range(2)]
    started = [processes.api(f"api-{port}", port) for port in ports]
    async with httpx.AsyncClient(timeout=5) as probe:
        for process, port in zip(started, ports, strict=True):
            await soon(lambda process=process, port=port: ready(probe, process, port), what=process.name)
    return [f"http://127.0.0.1:{port}" for port in ports]


async def ready(probe: httpx.AsyncClient, process: Process, port: int) -> bool:
    assert process.popen.poll() is None, process.text()
    try:
        return (await probe.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@asynccontextmanager
async def browser_at(world: World, address: str, who: str) -> AsyncIterator[Browser]:
    """A person's browser on one of the processes."""
    async with Browser(base_url=address, headers={"Origin": ORIGIN}, timeout=30) as browser:
        answer = await browser.sign_in(world.people[who])
        assert answer.status_code == 200, answer.text
        yield browser


class Live:
    """What an EventSource would have heard so far."""

    def __init__(self) -> None:
        self.events: list[tuple[int, str, Json]] = []
        self.connected = asyncio.Event()

    async def listen(self, browser: Browser, last: int | None = None) -> None:
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
        async with browser.stream("GET", browser.at("/stream"), headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            found: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    found[name] = value
                elif "event" in found:
                    self.events.append((int(found["id"]), found["event"], json.loads(found["data"])))
                    found = {}
                    self.connected.set()

    def heard(self, order: Json, topic: str = "order.changed") -> list[int]:
        return [at for at, name, data in self.events if name == topic and data.get("order_id") == order["id"]]


@asynccontextmanager
async def listening(browser: Browser, last: int | None = None) -> AsyncIterator[Live]:
    live = Live()
    task = asyncio.create_task(live.listen(browser, last))
    try:
        await asyncio.wait_for(live.connected.wait(), WITHIN)
        yield live
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hold(browser: Browser, order: Json, reason: str) -> None:
    answer = await browser.post(browser.at(f"/supply/orders/{order['id']}/hold"), json={"reason": reason})
    assert answer.status_code == 200, answer.text


async def test_an_event_made_in_one_process_reaches_a_browser_on_the_other(
    world: World, item: Item, apis: list[str]
) -> None:
    order = await world.arrive(item.line(24))
    async with (
        browser_at(world, apis[0], "owner") as acting,
        browser_at(world, apis[1], "analyst") as watching,
        browser_at(world, apis[1], "stranger") as foreign,
        listening(watching) as live,
        listening(foreign) as strangers,
    ):
        await hold(acting, order, "first")
        await soon(lambda: live.heard(order), within=WITHIN, what="the event")
        before = len(strangers.events)
        (row,) = (await foreign.get(foreign.at("/administration/connections"))).json()["rows"]
        path = f"/administration/sync/{row['id']}/purchase_orders/runs"
        assert (await foreign.post(foreign.at(path))).status_code == 202
        await soon(lambda: len(strangers.events) > before, within=WITHIN, what="the stranger's own event")
        assert strangers.heard(order) == []
        told = {data.get("connection_id") for _, _, data in strangers.events if "connection_id" in data}
        assert told == {str(world.strangers_connection)}


async def test_a_browser_that_lost_its_connection_hears_what_it_missed(
    world: World, item: Item, apis: list[str]
) -> None:
    order = await world.arrive(item.line(24))
    async with browser_at(world, apis[0], "owner") as acting, browser_at(world, apis[1], "analyst") as watching:
        async with listening(watching) as live:
            last = live.events[0][0]
        await hold(acting, order, "while nobody listened")
        async with listening(watching, last) as again:
            await soon(lambda: any(at > last for at in again.heard(order)), within=WITHIN, what="the missed event")


async def test_signing_out_ends_what_the_stream_tells(world: World, apis: list[str]) -> None:
    async with browser_at(world, apis[0], "analyst") as browser:
        assert (await browser.delete("/api/v1/session")).status_code == 204
        refused = await browser.get(browser.at("/stream"), headers={"Accept": "text/event-stream"})
        assert refused.status_code == 401


async def test_a_stream_of_another_process_ends_within_five_seconds_of_its_session(
    world: World, apis: list[str]
) -> None:
    async with browser_at(world, apis[0], "analyst") as acting, browser_at(world, apis[1], "analyst") as watching:
        headers = {"Accept": "text/event-stream"}
        async with watching.stream("GET", watching.at("/stream"), headers=headers) as live:
            assert live.status_code == 200
            assert len((await acting.delete("/api/v1/me/sessions")).json()["sessions"]) == 1
            async with asyncio.timeout(5):
                async for _ in live.aiter_bytes():
                    pass
        assert (await watching.get("/api/v1/me")).status_code == 401


async def test_valkey_forgetting_everything_loses_nothing(
    world: World, item: Item, apis: list[str], processes: Processes, opened: Any
) -> None:
    """FLUSHALL in the middle of it: work and events are rows of PostgreSQL, Valkey only rings."""
    valkey = Redis.from_url(opened.valkey_url)
    orders = [await world.arrive(item.line(12)) for _ in range(4)]
    worker = processes.worker("worker")
    async with (
        browser_at(world, apis[0], "owner") as acting,
        browser_at(world, apis[1], "supply_manager") as watching,
        listening(watching) as live,
    ):
        for order in orders:
            body = {"revision": order["revision"], "decision_id": order["decision"]["id"]}
            confirmed = await acting.post(acting.at(f"/supply/orders/{order['id']}/confirmation"), json=body)
            assert confirmed.status_code == 201, confirmed.text
            await valkey.flushall()
        await soon(lambda: worker.said("worker_started"), what="the worker")

        async def seen() -> bool:
            await valkey.flushall()
            await world.db.execute(WAIT_NO_MORE)
            states = [(await world.answers(order["po_number"]))[-1]["state"] for order in orders]
            return set(states) == {"seen"}

        await soon(seen, what="all answers seen")
        await soon(lambda: all(live.heard(order) for order in orders), within=WITHIN, what="all events")
    await valkey.aclose()
    for order in orders:
        assert len(await world.submissions(order["po_number"])) == 1
        assert (await world.again(order))["status"] == "confirmed"
    parked = await world.rows("select kind, key, last_error from work where parked_at is not null")
    assert parked == []
