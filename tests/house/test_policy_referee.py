"""The referee of BENCH=policy invents no stock, loses no unit, and charges by the fee rules whoever plays."""

from collections.abc import Iterator, Sequence

import pytest

from bench.policy.policies import AcceptAll
from bench.policy.referee import Answered, Erp, _Quarter, judge
from bench.policy.world import Ordered, World, make


class RejectAll:
    """Promises nothing."""

    def hours(self) -> Sequence[float]:
        return ()

    def answer(self, hour: float, orders: Sequence[Ordered], erp: Erp) -> Iterator[tuple[Ordered, list[Answered]]]:
        for each in orders:
            yield each, [Answered(0) for _ in each.order.lines]


@pytest.fixture(scope="module")
def world() -> World:
    return make(3)


def test_a_seed_is_always_the_same_quarter(world: World) -> None:
    assert make(3) == world
    assert make(4) != world
    assert sum(len(orders) for _, orders in world.bursts) == 2000


def test_every_promised_unit_is_delivered_or_missed_and_none_comes_from_nowhere(world: World) -> None:
    quarter = _Quarter(world, AcceptAll())
    found = quarter.play()
    weeks = [week for weeks in quarter.filled.values() for week in weeks.values()]
    confirmed, delivered = (sum(week[n] for week in weeks) for n in (0, 1))
    assert confirmed == found.confirmed == found.asked
    assert confirmed == delivered + found.never_shipped
    arrived = sum(each.arrives for receipts in world.receipts for each in receipts if each.day is not None)
    assert delivered <= sum(world.opening) + arrived
    assert min(quarter.shelf) >= 0
    assert found.value_kept < found.value_shipped < found.value_confirmed
    assert (found.charges["rejected"], found.late_answers) == (0, 0)
    assert judge(world, AcceptAll()) == found


def test_who_rejects_everything_pays_three_percent_of_four_fifths(world: World) -> None:
    found = judge(world, RejectAll())
    cents = sum(
        line.ordered * cost
        for _, orders in world.bursts
        for each in orders
        for line, cost in zip(each.order.lines, each.cents, strict=True)
    )
    assert found.charges["rejected"] == pytest.approx(cents * 0.8 * 0.03)
    assert (found.confirmed, found.value_shipped, found.not_shippable) == (0, 0, 0)
    assert found.charged == found.charges["rejected"]
