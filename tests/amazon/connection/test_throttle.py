"""The shared bucket against Valkey: the client's arithmetic, several processes, and Valkey away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from amazon.connection.connecting import LUMEA, at_amazon, forget, registration
from amazon.connection.processes import Worker, serve_simulator
from oktee.amazon.client.operations import GET_PURCHASE_ORDERS, GET_TRANSACTION
from oktee.amazon.client.session import AmazonClient, open_http
from oktee.amazon.client.throttle import opening, reserve
from oktee.amazon.client.vendor_orders import list_purchase_orders
from oktee.amazon.connection.throttle import SharedBuckets, ValkeyThrottle, bucket
from oktee.kit.clock import now
from oktee.kit.settings import settings
from redis.asyncio import Redis

SLOW = replace(GET_PURCHASE_ORDERS, name="createReport", rate=0.0167, burst=15)


@dataclass
class Sleeper:
    """Notes the waits instead of waiting."""

    waits: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
async def shared(db: Any) -> AsyncIterator[SharedBuckets]:
    made = SharedBuckets()
    made.open(settings().valkey_url.get_secret_value())
    yield made
    await made.close()


@pytest.fixture
async def valkey(db: Any) -> AsyncIterator[Redis]:
    made = Redis.from_url(settings().valkey_url.get_secret_value(), decode_responses=True)
    yield made
    await made.aclose()


def _throttle(shared: SharedBuckets, sleeper: Sleeper, partner: str = "", **over: Any) -> ValkeyThrottle:
    return ValkeyThrottle(
        application="app", region="EU", selling_partner_id=partner or uuid4().hex, shared=shared, sleep=sleeper, **over
    )


async def test_a_known_bucket_gives_half_the_burst_at_once_and_then_the_rate(
    shared: SharedBuckets, valkey: Redis
) -> None:
    sleeper = Sleeper()
    throttle = _throttle(shared, sleeper, "known")
    await valkey.hset(bucket("app", "EU", "known", "getPurchaseOrders"), "tat", "0")
    for _ in range(12):
        await throttle.acquire(GET_PURCHASE_ORDERS)
    # Calls take some time, during which the bucket refills a little.
    assert len(sleeper.waits) <= 7
    assert sleeper.waits[-1] == pytest.approx(0.7, abs=0.3)
    assert sleeper.waits == sorted(sleeper.waits)


async def test_the_lua_reckons_as_the_client_does(shared: SharedBuckets, valkey: Redis) -> None:
    """The same slots as client/throttle.py gives on the same clock."""
    sleeper = Sleeper()
    throttle = _throttle(shared, sleeper, "same")
    key = bucket("app", "EU", "same", "getPurchaseOrders")
    for _ in range(5):
        before = await valkey.hget(key, "tat")
        await throttle.acquire(GET_PURCHASE_ORDERS)
        after, at = [float(each) for each in await valkey.hmget(key, "tat", "used")]
        known = float(before) if before else opening(at, rate=10, burst=10)
        assert after == pytest.approx(reserve(known, at, rate=10, burst=10)[0], abs=0.005)


async def test_an_unknown_bucket_has_one_token_or_none(shared: SharedBuckets) -> None:
    sleeper = Sleeper()
    throttle = _throttle(shared, sleeper)
    await throttle.acquire(GET_PURCHASE_ORDERS)
    assert sleeper.waits == []
    await throttle.acquire(GET_PURCHASE_ORDERS)
    assert sleeper.waits[0] == pytest.approx(0.1, abs=0.05)
    await throttle.acquire(SLOW)
    assert sleeper.waits[1] == pytest.approx(1 / 0.0167, abs=0.5)


async def test_each_account_and_each_operation_has_its_own_bucket(shared: SharedBuckets) -> None:
    sleeper = Sleeper()
    first, second = _throttle(shared, sleeper), _throttle(shared, sleeper)
    for throttle in (first, second):
        for operation in (GET_PURCHASE_ORDERS, GET_TRANSACTION):
            await throttle.acquire(operation)
    assert sleeper.waits == []


async def test_what_a_header_taught_one_process_holds_for_the_other(shared: SharedBuckets, db: Any) -> None:
    sleeper, elsewhere = Sleeper(), SharedBuckets()
    elsewhere.open(settings().valkey_url.get_secret_value())
    teacher, other = _throttle(shared, sleeper, "taught"), _throttle(elsewhere, sleeper, "taught")
    await teacher.acquire(GET_PURCHASE_ORDERS)
    await teacher.learn(GET_PURCHASE_ORDERS, 0.5)
    for _ in range(8):
        await other.acquire(GET_PURCHASE_ORDERS)
    assert sleeper.waits[-1] - sleeper.waits[-2] == pytest.approx(2.0, abs=0.2)
    await elsewhere.close()


async def test_a_rate_that_is_known_costs_no_round_trip(shared: SharedBuckets, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = _throttle(shared, Sleeper())
    await throttle.acquire(GET_PURCHASE_ORDERS)
    monkeypatch.setattr(shared, "set_rate", lambda *_: pytest.fail("asked Valkey"))
    for rate in (10.0, None, 0.0, -1.0):
        await throttle.learn(GET_PURCHASE_ORDERS, rate)


async def test_a_rate_survives_the_loss_of_all_of_valkeys_data(shared: SharedBuckets, valkey: Redis) -> None:
    sleeper = Sleeper()
    throttle = _throttle(shared, sleeper)
    await throttle.acquire(GET_PURCHASE_ORDERS)
    await throttle.learn(GET_PURCHASE_ORDERS, 2.0)
    await valkey.flushall()
    await throttle.acquire(GET_PURCHASE_ORDERS)
    await throttle.acquire(GET_PURCHASE_ORDERS)
    assert sleeper.waits[-1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("retry_after", "least"), [(None, 0.55), (3.0, 2.9)])
async def test_a_429_holds_every_process_back(shared: SharedBuckets, retry_after: float | None, least: float) -> None:
    sleeper = Sleeper()
    elsewhere = SharedBuckets()
    elsewhere.open(settings().valkey_url.get_secret_value())
    one, other = _throttle(shared, sleeper, f"p{least}"), _throttle(elsewhere, sleeper, f"p{least}")
    await one.acquire(GET_PURCHASE_ORDERS)
    await one.punished(GET_PURCHASE_ORDERS, retry_after)
    await other.acquire(GET_PURCHASE_ORDERS)
    assert sleeper.waits[-1] >= least - 0.2
    await elsewhere.close()


async def test_the_workers_of_the_last_minute_are_counted(shared: SharedBuckets, valkey: Redis) -> None:
    await valkey.delete("oktee:throttle:workers")
    seconds, _ = await valkey.time()
    await valkey.zadd("oktee:throttle:workers", {"gone": seconds - 61, "here": seconds - 30})
    await _throttle(shared, Sleeper()).acquire(GET_PURCHASE_ORDERS)
    assert shared.workers == 2


async def test_with_valkey_away_each_worker_takes_its_share_without_burst() -> None:
    clock = _Clock()
    away = SharedBuckets(clock=clock)
    away.open("redis://127.0.0.1:1/0", seconds=0.2)
    away.workers = 4
    throttle = _throttle(away, clock, clock=clock)  # type: ignore[arg-type]
    began = clock.at
    for _ in range(10):
        await throttle.acquire(GET_PURCHASE_ORDERS)
    assert clock.at - began == pytest.approx(10 / (10 / 4))
    await throttle.punished(GET_PURCHASE_ORDERS, 7.0)
    began = clock.at
    await throttle.acquire(GET_PURCHASE_ORDERS)
    assert clock.at - began >= 7.0
    await away.close()


async def test_valkey_is_asked_again_after_a_while(shared: SharedBuckets) -> None:
    clock = _Clock()
    returning = SharedBuckets(clock=clock)
    returning.open("redis://127.0.0.1:1/0", seconds=0.2)
    throttle = _throttle(returning, clock, clock=clock)  # type: ignore[arg-type]
    await throttle.acquire(GET_PURCHASE_ORDERS)
    await returning.close()
    returning.open(settings().valkey_url.get_secret_value())
    before = clock.at
    await throttle.acquire(GET_PURCHASE_ORDERS)
    assert clock.at == before
    await returning.close()


class _Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self, seconds: float | None = None) -> Any:
        if seconds is None:
            return self.at
        return self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        self.at += seconds


async def test_when_an_operation_was_last_used_is_remembered(shared: SharedBuckets) -> None:
    throttle = _throttle(shared, Sleeper(), "used")
    keys = [bucket("app", "EU", "used", name) for name in ("getPurchaseOrders", "getTransaction")]
    before = now()
    await throttle.acquire(GET_PURCHASE_ORDERS)
    used, never = await shared.last_used(keys)
    assert never is None
    assert used is not None
    assert abs((used - before).total_seconds()) < 5


@pytest.fixture
async def served(db: Any, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve_simulator(tmp_path) as http:
        await http.post("/_control/applications", json=at_amazon(registration()))
        yield http
    await forget()


async def test_two_processes_on_one_account_are_never_throttled(served: httpx.AsyncClient) -> None:
    """Amazon's own plan, 10 a second and 10 at once: what two workers send stays inside it."""
    base = str(served.base_url).rstrip("/")
    ours = registration()
    made = await served.post("/_control/grants", json={"application": ours.client_id, "selling_partner_id": LUMEA})
    form = {
        "grant_type": "refresh_token", "refresh_token": made.json()["refresh_token"], "client_id": ours.client_id,
        "client_secret": ours.client_secret.get_secret_value(),
    }  # fmt: skip
    token = (await served.post("/auth/o2/token", data=form)).json()["access_token"]
    application = uuid4().hex

    async def many() -> int:
        throttle = ValkeyThrottle(application=application, region="EU", selling_partner_id=LUMEA)

        async def provide(renew: bool) -> str:
            return str(token)

        async with open_http() as http:
            client = AmazonClient(http, endpoint=base, access_token=provide, throttle=throttle)

            async def one() -> int:
                until = now()
                return len([page async for page in list_purchase_orders(client, until.replace(hour=0), until)])

            return sum(await asyncio.gather(*(one() for _ in range(20))))

    workers = [Worker(many) for _ in range(2)]
    for worker in workers:
        worker.go()
    assert [await worker.said() for worker in workers] == [20, 20]
    for worker in workers:
        worker.kill()
    calls = (await served.get("/_control/ledger?operation=getPurchaseOrders")).json()["calls"]
    assert len(calls) == 40
    assert [call for call in calls if call["throttled"] or call["status"] != 200] == []
