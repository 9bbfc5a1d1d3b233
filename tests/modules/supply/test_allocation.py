"""Who gets scarce stock: the worked example, each strategy alone, and what must hold for every batch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.modules.supply.rules.allocation.demand import Allocation, Allotted, Demand, Level, Strategy, Supply
from oktee.modules.supply.rules.allocation.ranking import precedes
from oktee.modules.supply.rules.allocation.serving import allocate

SKU, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ALL = tuple(Strategy)


def demand(number: str, asked: int, **over: Any) -> Demand:
    return Demand(**{"key": (number, "1"), "pieces": {SKU: 1}, "asked": asked, "placed_at": NOON, **over})


def shelf(pieces: int) -> Supply:
    return {SKU: (Level(None, pieces),)}


def by_order(found: Allotted) -> dict[str, int]:
    return {number: units for (number, _), units in found.units.items()}


def first_of(tier: Strategy, *demands: Demand, priority: tuple[str, ...] = ()) -> str:
    """Who gets the ten that all want."""
    rules = Allocation((tier,), priority)
    found = allocate(demands, shelf(10), rules)
    (winner,) = [number for number, units in by_order(found).items() if units]
    assert found.served == ((winner, "1"),)
    won = next(each for each in demands if each.key[0] == winner)
    assert {precedes(won, each, rules) for each in demands if each is not won} == {tier}
    return winner


def test_the_fair_share_of_250_in_cases_of_12_is_96_60_84_and_10_stay() -> None:
    asked = {"A": 144, "B": 96, "C": 120}
    demands = [demand(number, units, multiple=12) for number, units in asked.items()]
    found = by_order(allocate(demands, shelf(250), Allocation((Strategy.FAIR_SHARE,))))
    assert found == {"A": 96, "B": 60, "C": 84}
    assert 250 - sum(found.values()) == 10


def test_rush_orders_and_new_products_come_first_then_the_list() -> None:
    plain, rush = demand("A", 10, marketplace="DE"), demand("B", 10, order_type="RushOrder")
    assert first_of(Strategy.PRIORITY, plain, rush, priority=("DE",)) == "B"
    new = demand("B", 10, order_type="NewProductIntroduction")
    assert first_of(Strategy.PRIORITY, plain, new, priority=("DE",)) == "B"
    for field, value in (
        ("marketplace", "FR"),
        ("vendor_code", "LUMF1"),
        ("order_type", "RegularOrder"),
        ("destination", "XLYZ"),
    ):
        assert first_of(Strategy.PRIORITY, plain, demand("B", 10, **{field: value}), priority=(value, "DE")) == "B"


def test_the_window_that_ends_first_and_an_order_without_one_last() -> None:
    soon, later = demand("B", 10, window_end=NOON), demand("A", 10, window_end=NOON + timedelta(days=1))
    assert first_of(Strategy.EARLIEST_WINDOW_END, later, soon, demand("0", 10)) == "B"


def test_the_margin_counts_by_the_pieces_it_takes() -> None:
    single = demand("A", 10, margin=Decimal("1.00"))
    assert first_of(Strategy.MARGIN, single, demand("B", 10, margin=Decimal("1.01")), demand("C", 10)) == "B"
    pack = demand("B", 5, margin=Decimal("1.80"), pieces={SKU: 2})
    assert first_of(Strategy.MARGIN, single, pack) == "A"


def test_lines_are_brought_to_80_percent_the_nearest_first_and_then_filled() -> None:
    rules = Allocation((Strategy.FEE_AVOIDANCE,))
    demands = [demand(number, units, charge=Decimal(5)) for number, units in (("A", 100), ("B", 50), ("C", 20))]
    assert by_order(allocate(demands, shelf(56), rules)) == {"A": 0, "B": 40, "C": 16}
    assert by_order(allocate(demands, shelf(136), rules)) == {"A": 80, "B": 40, "C": 16}
    assert by_order(allocate(demands, shelf(146), rules)) == {"A": 90, "B": 40, "C": 16}
    dear = [replace(demands[0], charge=Decimal(6)), *demands[1:]]
    assert by_order(allocate(dear, shelf(80), rules)) == {"A": 80, "B": 0, "C": 0}


def test_the_vendor_code_nearest_below_95_percent() -> None:
    fills = {"A": "0.96", "B": "0.90", "C": "0.949"}
    demands = [demand(number, 10, fill=Decimal(fill)) for number, fill in fills.items()]
    assert first_of(Strategy.FILL_AVOIDANCE, *demands, demand("0", 10)) == "C"


def test_the_order_placed_first_and_of_equals_the_lower_number() -> None:
    early = demand("B", 10, placed_at=NOON - timedelta(minutes=1))
    assert first_of(Strategy.FIFO, demand("A", 10), early) == "B"
    found = allocate([demand("B", 10), demand("A", 10)], shelf(10), Allocation(()))
    assert by_order(found) == {"A": 10, "B": 0}


def test_a_later_tier_decides_only_among_equals() -> None:
    rules = Allocation((Strategy.PRIORITY, Strategy.FAIR_SHARE), ("DE",))
    demands = [
        demand("A", 40, marketplace="FR", multiple=10),
        demand("B", 40, marketplace="FR", multiple=10),
        demand("C", 30, marketplace="DE", multiple=10),
    ]
    assert by_order(allocate(demands, shelf(70), rules)) == {"A": 20, "B": 20, "C": 30}


def test_less_than_a_useful_lot_goes_whole_to_the_next_in_order() -> None:
    rules = Allocation((Strategy.EARLIEST_WINDOW_END,))
    first = demand("A", 60, multiple=12, window_end=NOON)
    second = demand("B", 48, multiple=12, lot=36, window_end=NOON + timedelta(days=1))
    third = demand("C", 24, multiple=12, window_end=NOON + timedelta(days=2))
    assert by_order(allocate([first, second, third], shelf(84), rules)) == {"A": 60, "B": 0, "C": 24}
    assert by_order(allocate([first, second, third], shelf(96), rules)) == {"A": 60, "B": 36, "C": 0}
    loose = replace(second, multiple=1, lot=12)
    assert by_order(allocate([first, loose, third], shelf(71), rules)) == {"A": 60, "B": 0, "C": 0}
    assert by_order(allocate([first, loose, third], shelf(73), rules)) == {"A": 60, "B": 13, "C": 0}


def test_a_bundle_takes_of_every_component_and_leaves_the_rest_to_single_lines() -> None:
    bundle = demand("A", 10, pieces={SKU: 2, OTHER: 1})
    supply = {SKU: (Level(None, 15),), OTHER: (Level(None, 4),)}
    rules = Allocation((Strategy.FIFO,))
    assert by_order(allocate([bundle, demand("B", 10)], supply, rules)) == {"A": 4, "B": 7}


def test_what_arrives_serves_those_for_whom_it_comes_in_time() -> None:
    day = date(2026, 12, 3)
    supply = {SKU: (Level(None, 10), Level(day, 30))}
    late, early = demand("A", 30, until=day), demand("B", 10)
    rules = Allocation((Strategy.FIFO,))
    assert by_order(allocate([late, early], supply, rules)) == {"A": 30, "B": 0}, "the first in order takes all"
    assert by_order(allocate([replace(late, asked=20), early], supply, rules)) == {"A": 20, "B": 10}
    assert by_order(allocate([replace(late, until=day - timedelta(days=1)), early], supply, rules)) == {"A": 10, "B": 0}


def test_what_a_line_must_leave_on_hand_is_left_by_it_and_not_by_others() -> None:
    rules = Allocation((Strategy.FIFO,))
    careful = demand("A", 20, keep={SKU: 12})
    assert by_order(allocate([careful, demand("B", 20)], shelf(20), rules)) == {"A": 8, "B": 12}


tiers = st.lists(st.sampled_from(ALL), unique=True, max_size=4).map(tuple)
allocations = st.builds(Allocation, tiers, st.sampled_from([(), ("FR", "V2"), ("RegularOrder",)]))


@st.composite
def one_sku(draw: Any) -> list[Demand]:
    """Lines, packs and cases of several sizes of one SKU."""
    alike = draw(st.booleans())
    sizes = (12,) if alike else (1, 5, 6, 7, 12)
    return [
        Demand(
            key=(f"P{number}", draw(st.sampled_from(["1", "2", "10"]))),
            pieces={SKU: 1 if alike else draw(st.sampled_from([1, 1, 2, 3]))},
            asked=draw(st.integers(0, 90)),
            placed_at=NOON + timedelta(minutes=draw(st.integers(0, 2))),
            multiple=draw(st.sampled_from(sizes)),
            lot=1 if alike else draw(st.sampled_from([1, 1, 12, 24])),
            marketplace=draw(st.sampled_from(["DE", "FR"])),
            vendor_code=draw(st.sampled_from(["V1", "V2"])),
            order_type=draw(st.sampled_from(["RegularOrder", "RushOrder", None])),
            window_end=draw(st.sampled_from([None, NOON, NOON + timedelta(days=1)])),
            margin=draw(st.sampled_from([None, Decimal("-0.10"), Decimal("1.25"), Decimal("2.00")])),
            charge=draw(st.sampled_from([None, Decimal("4.00"), Decimal("6.20")])),
            fill=draw(st.sampled_from([None, Decimal("0.80"), Decimal("0.97")])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


@settings(max_examples=120, deadline=None)
@given(demands=one_sku(), pieces=st.integers(0, 250), rules=allocations, data=st.data())
def test_nothing_beyond_the_stock_nothing_beyond_what_was_asked_whole_cases_and_the_same_in_any_order(
    demands: list[Demand], pieces: int, rules: Allocation, data: st.DataObject
) -> None:
    found = allocate(demands, shelf(pieces), rules)
    assert sum(found.units[each.key] * each.pieces[SKU] for each in demands) <= pieces
    for each in demands:
        units = found.units[each.key]
        assert 0 <= units <= each.asked
        assert units % each.multiple == 0
        assert units == 0 or units >= min(each.lot, each.asked - each.asked % each.multiple)
    assert set(found.served) == {key for key, units in found.units.items() if units}
    assert allocate(data.draw(st.permutations(demands)), shelf(pieces), rules) == found


@settings(max_examples=120, deadline=None)
@given(demands=one_sku(), pieces=st.integers(0, 200), rules=allocations)
def test_more_stock_never_gives_less_in_all(demands: list[Demand], pieces: int, rules: Allocation) -> None:
    def total(there: int) -> int:
        found = allocate(demands, shelf(there), rules)
        return sum(found.units[each.key] * each.pieces[SKU] for each in demands)

    assert total(pieces + 1) >= total(pieces)


@st.composite
def many_skus(draw: Any) -> tuple[list[Demand], Supply]:
    skus = [UUID(int=n) for n in range(1, 4)]
    days = [None, date(2026, 12, 3), date(2026, 12, 7)]
    supply = {}
    for sku in skus:
        at, levels = 0, []
        for day in days:
            at += draw(st.integers(0, 60))
            levels.append(Level(day, at))
        supply[sku] = tuple(levels)
    demands = [
        Demand(
            key=(f"P{number}", "1"),
            pieces=draw(st.dictionaries(st.sampled_from(skus), st.integers(1, 4), min_size=1)),
            asked=draw(st.integers(0, 60)),
            placed_at=NOON,
            multiple=draw(st.sampled_from([1, 4, 6])),
            until=draw(st.sampled_from(days)),
            margin=draw(st.sampled_from([None, Decimal(1), Decimal(2)])),
            charge=draw(st.sampled_from([None, Decimal(3)])),
        )
        for number in range(draw(st.integers(1, 6)))
    ]
    return demands, supply


@settings(max_examples=120, deadline=None)
@given(batch=many_skus(), rules=allocations)
def test_no_component_is_promised_beyond_what_is_there_by_any_day(
    batch: tuple[list[Demand], Supply], rules: Allocation
) -> None:
    demands, supply = batch
    found = allocate(demands, supply, rules)
    for sku, levels in supply.items():
        for level in levels:
            taken = sum(
                found.units[each.key] * each.pieces.get(sku, 0)
                for each in demands
                if each.until is None or (level.day is not None and each.until <= level.day)
            )
            assert taken <= level.pieces
    left = {key: units for key, units in found.units.items() if units}
    assert set(found.served) == set(left)
