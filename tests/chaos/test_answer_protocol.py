"""Workers killed with -9 at each point of the answer protocol: nothing is sent twice with effect, nothing is lost (F1)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from chaos.procs import Process, Processes, soon
from modules.supply.world import Item, Json, World

pytestmark = pytest.mark.timeout(240)
POINTS = ("ack.planned", "ack.sending", "ack.after_http", "ack.sent", "ack.polled", "ack.read_back")
LEASES_LAPSE = "update work set lease_until = now() - interval '1 second' where lease_until is not null"
WAIT_NO_MORE = (
    "update work set due_at = now() where kind in ('submit_answer', 'verify_answer') "
    "and lease_until is null and due_at > now() and due_at < 'infinity'"
)


@pytest.fixture(scope="module")
async def item(world: World) -> Item:
    return await world.item(5000)


@pytest.fixture(scope="module")
async def workers(world: World, processes: Processes) -> dict[str, Process]:
    """A worker for each point at which it will die, and two that live; all asleep."""
    made = {point: processes.worker(point, CHAOS_POINT=point) for point in POINTS}
    made |= {name: processes.worker(name) for name in ("first", "second")}
    made["frozen"] = processes.worker("frozen", CHAOS_POINT="stop:stock.reserved")
    for worker in made.values():
        await soon(lambda worker=worker: worker.said("worker_started"), what=worker.name)
    await soon(lambda: idle(world), what="idle workers")
    for worker in made.values():
        worker.pause()
    return made


async def idle(world: World) -> bool:
    return not await world.rows("select 1 from work where lease_until is not null")


async def confirmed(world: World, item: Item) -> Json:
    """An order of 48, confirmed by a person; its answer is planned."""
    order = await world.arrive(item.line(48))
    assert (await world.confirm(order)).status_code == 201
    return order


async def state_of(world: World, order: Json) -> str:
    return str((await world.answers(order["po_number"]))[-1]["state"])


async def prove(world: World, *orders: Json) -> None:
    """Until Amazon shows the answers; what would be waited for by minutes is due at once."""

    async def seen() -> bool:
        await world.db.execute(WAIT_NO_MORE)
        return {await state_of(world, order) for order in orders} == {"seen"}

    await soon(seen, what="seen")


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_there_sends_nothing_twice_and_loses_nothing(
    world: World, item: Item, workers: dict[str, Process], point: str
) -> None:
    order = await confirmed(world, item)
    doomed, rescuer = workers[point], workers["first"]
    doomed.go_on()

    async def dead() -> bool:
        await world.db.execute(WAIT_NO_MORE)
        return doomed.killed

    await soon(dead, what=f"death at {point}")
    expected = {"ack.planned": "planned", "ack.sending": "sending", "ack.after_http": "sending"}
    assert await state_of(world, order) == expected.get(point, "sent")
    arrived = len(await world.effective(order["po_number"]))
    assert arrived == (0 if point in ("ack.planned", "ack.sending") else 1)

    await world.db.execute(LEASES_LAPSE)
    rescuer.go_on()
    await prove(world, order)
    await soon(lambda: idle(world), what="an idle rescuer")
    rescuer.pause()

    (effective,) = await world.effective(order["po_number"])
    (answer,) = await world.answers(order["po_number"])
    assert effective["body"].encode() == answer["payload"]
    assert answer["resends"] == (1 if point == "ack.sending" else 0)
    assert len(await world.submissions(order["po_number"])) == 1
    at_amazon = await world.at_amazon(order["po_number"])
    assert (at_amazon["state"], len(at_amazon["answered"])) == ("Acknowledged", 1)
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["seen"][0]["accepted"]) == ("confirmed", 48)
    assert await world.held(order) == 48
    await world.check_stock()
    kinds = [event["kind"] for event in await world.events(order)]
    assert (kinds.count("answer.planned"), kinds.count("answer.seen")) == (1, 1)
    left = await world.rows("select kind, key from work where key like '%' || $1 || '%'", order["po_number"])
    assert left == [], "nothing is left to do"


async def test_two_workers_at_once_send_each_answer_once(world: World, item: Item, workers: dict[str, Process]) -> None:
    orders = [await confirmed(world, item) for _ in range(5)]
    for name in ("first", "second"):
        workers[name].go_on()
    await prove(world, *orders)
    await soon(lambda: idle(world), what="idle workers")
    for name in ("first", "second"):
        workers[name].pause()
    for order in orders:
        assert len(await world.submissions(order["po_number"])) == 1
        assert len(await world.answers(order["po_number"])) == 1


async def test_a_worker_killed_between_the_call_and_the_commit_of_a_poll_skips_nothing(
    world: World, item: Item, workers: dict[str, Process], owner: asyncpg.Connection
) -> None:
    numbers = [await world.place(item.line(12)) for _ in range(3)]
    calls = len(await world.amazon.calls("getPurchaseOrders"))
    doomed, rescuer = workers["second"], workers["first"]
    barrier = owner.transaction()
    await barrier.start()
    await owner.execute("lock table purchase_orders in share mode")  # reading goes on, storing waits
    for stream in ("purchase_orders", "purchase_order_status"):
        path = f"/administration/sync/{world.connection_id}/{stream}/runs"
        assert (await world.owner.post(world.owner.at(path))).status_code == 202
    doomed.go_on()

    async def read_and_waiting() -> bool:
        waiting = await world.rows("select 1 from pg_locks where not granted")
        return bool(waiting) and len(await world.amazon.calls("getPurchaseOrders")) > calls

    await soon(read_and_waiting, what="a page that was read and is not stored")
    doomed.kill()
    await barrier.rollback()
    await asyncio.sleep(0.2)
    known = "select po_number from purchase_orders where po_number = any($1::text[])"
    assert await world.rows(known, numbers) == []
    await world.db.execute(LEASES_LAPSE)
    rescuer.go_on()

    async def arrived() -> bool:
        return (
            len(
                await world.rows(
                    "select 1 from order_states s join purchase_orders p on p.id = s.purchase_order_id "
                    "where p.po_number = any($1::text[])",
                    numbers,
                )
            )
            == 3
        )

    await soon(arrived, what="the orders")
    await soon(lambda: idle(world), what="an idle rescuer")
    rescuer.pause()
    assert len(await world.rows(known, numbers)) == 3
    for number in numbers:
        assert (await world.order(number))["status"] == "to_confirm"


LAPSED = (
    "update work set lease_until = now() - interval '1 second' where (organization_id, kind, key) in (select "
    "organization_id, kind, key from work where lease_until is not null and fence <= $1 for update skip locked)"
)
"""The leases of whoever had claimed by then; what is locked by a transaction is passed over, as by everybody who claims."""


@pytest.mark.timeout(180, func_only=True)
async def test_a_worker_frozen_while_it_holds_a_reservation_is_passed_by_and_writes_nothing_when_it_wakes(
    world: World, workers: dict[str, Process]
) -> None:
    """SIGSTOP with the balances, the orders and the work row locked: Postgres ends its session after 15 s, somebody else
    does the work, and what it does when it wakes is refused."""
    item = await world.item(100)
    await world.automation("at_once")
    frozen, rescuer = workers["frozen"], workers["first"]
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()  # whose window ends first is served first
    numbers = [await world.place(item.line(84)), await world.place(item.line(48), window_end=later)]
    for stream in ("purchase_orders", "purchase_order_status"):
        path = f"/administration/sync/{world.connection_id}/{stream}/runs"
        assert (await world.owner.post(world.owner.at(path))).status_code == 202
    frozen.go_on()

    async def holds_stock() -> bool:
        held = "select 1 from pg_locks where relation = 'stock_ledger'::regclass and mode = 'RowExclusiveLock'"
        return frozen.stopped and bool(await world.rows(held))

    await soon(holds_stock, within=25, what="a worker that froze with stock reserved")
    (last,) = await world.rows("select max(fence) as fence from work")
    rescuer.go_on()

    async def rescued() -> bool:
        await world.db.execute(LAPSED, last["fence"])
        await world.db.execute(WAIT_NO_MORE)
        return [answer["state"] for answer in await world.answers(numbers[0])] == ["seen"]

    await soon(rescued, within=120, what="the answer of the rescuer")
    assert frozen.stopped
    frozen.go_on()
    # It hears that its session was ended, or first, from its own beat, that the lease is somebody else's.
    await soon(lambda: any(frozen.said(word) for word in ("work_failed", "fenced", "lease_lost")), what="its end")
    await soon(lambda: idle(world), what="idle workers")
    frozen.pause()
    rescuer.pause()
    await world.automation("suggest")
    orders = [await world.order(number) for number in numbers]
    assert [await world.held(order) for order in orders] == [84, 0], "12 of 48 is for a person to say"
    assert [order["lines"][0]["taken"] for order in orders] == [84, 12]
    assert len(await world.submissions(numbers[0])) == 1
    assert [len(await world.answers(number)) for number in numbers] == [1, 0]
    await world.check_stock()


@pytest.fixture
async def owner(opened: object) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own, for what must hold a lock."""
    connection = await asyncpg.connect(opened.owner_dsn)  # type: ignore[attr-defined]
    yield connection
    await connection.close()
