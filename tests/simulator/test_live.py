"""The world goes on: orders arrive and change at the speed that is set, and are never stamped later than the clock."""

from typing import Any

from simulator.settings import WorldSize

SMALL = WorldSize(history_days=12, items_per_customer=60, orders_per_day=2)


def snapshot(sim: Any) -> dict[str, tuple[str, Any, Any]]:
    return {order.number: (order.state, order.changed_at, order.updated_at) for order in sim.amazon.book}


async def test_at_speed_one_an_order_arrives_every_ninety_seconds_or_so(simulate: Any, clock: Any) -> None:
    sim = simulate(size=SMALL, speed=1)
    before = len(sim.amazon.book)
    for _ in range(60):
        clock.move(minutes=1)
        sim.amazon.advance()
    assert 30 <= len(sim.amazon.book) - before <= 55


async def test_speed_multiplies_how_often_and_zero_stops(simulate: Any, clock: Any) -> None:
    sim = simulate(size=SMALL, speed=0)
    before = len(sim.amazon.book)
    clock.move(hours=3)
    sim.amazon.advance()
    assert len(sim.amazon.book) == before
    await sim.control("PUT", "/settings", {"speed": 30})
    clock.move(minutes=5)
    sim.amazon.advance()
    assert 75 <= len(sim.amazon.book) - before <= 130


async def test_orders_change_are_cancelled_and_received_also_after_their_answer(simulate: Any, clock: Any) -> None:
    sim = simulate(size=SMALL, speed=20)
    before = snapshot(sim)
    for _ in range(20):
        clock.move(minutes=1)
        sim.amazon.advance()
        for order in sim.amazon.book:
            assert max(order.available_at, order.updated_at, order.changed_at or order.placed_at) <= clock.now
    after = snapshot(sim)
    arrived = [order for order in sim.amazon.book if order.number not in before]
    assert len({order.customer for order in arrived}) == 3
    changed = [number for number, row in after.items() if row[1] and row[1] != before.get(number, (None, None))[1]]
    assert len(changed) > 20
    assert any(number in before and before[number][0] == "Acknowledged" for number in changed)
    assert any(order.cancelled for order in sim.amazon.book)
    assert any(number in before and row[2] != before[number][2] and not row[1] for number, row in after.items())


async def test_a_new_order_is_listed_as_soon_as_it_is_there(simulate: Any, clock: Any) -> None:
    sim = simulate(size=WorldSize(history_days=0, open_orders=0, items_per_customer=60, customers=("lumea",)), speed=1)
    await sim.authorise()
    assert await sim.orders() == []
    clock.move(seconds=130)
    found = await sim.orders()
    assert found
    assert found[0]["purchaseOrderState"] == "New"


async def test_what_happens_depends_on_the_seed_alone(simulate: Any, clock: Any) -> None:
    one, two = simulate(size=SMALL, speed=5), simulate(size=SMALL, speed=5)
    clock.move(minutes=30)
    one.amazon.advance()
    two.amazon.advance()
    assert snapshot(one) == snapshot(two)
    assert len(one.amazon.book) > 90
