"""Pools: an order counts on its own warehouses only, says how much comes from which, and is dated by the slowest it uses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import ITEM_ID, NOW, arriving, context, holding, item, line, messages, order, stock
from oktee.modules.supply.rules.allocation.demand import Allocation, Strategy
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.inputs import (
    Component,
    Context,
    ItemSnapshot,
    OrderInput,
    StockSnapshot,
    Window,
    assembled,
)
from oktee.modules.supply.rules.logistics import Logistics, Terms, Warehouse
from oktee.modules.supply.rules.pools.rooms import together
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.what_if import what_would_give

PARIS = ZoneInfo("Europe/Paris")
A, B, SET = ITEM_ID, UUID(int=2), UUID(int=9)
LOOSE = Settings(case_pack_mode=CasePackMode.LOOSE_OK, hold_confirmed_share=None)
WIDE = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 4, 22, 59, tzinfo=UTC))
Placed = Mapping[UUID, Mapping[str, StockSnapshot]]


def at(**units: int) -> dict[str, StockSnapshot]:
    return {code: stock(on_hand, source=code) for code, on_hand in units.items()}


def logistics(*codes: str, pools: Any = None, **over: Any) -> Logistics:
    values: dict[str, Any] = {
        "warehouses": {code: Warehouse(code, PARIS) for code in codes or ("LILLE", "LYON")},
        "pools": {("", ""): codes or ("LYON", "LILLE")} if pools is None else pools,
    }
    return Logistics(**{**values, **over})


def scene(
    orders: OrderInput | list[OrderInput], placed: Placed, known: Logistics | None = None, **over: Any
) -> Context:
    sums = {}
    for item_id, places in placed.items():
        whole = together(places, sorted(places))
        assert whole is not None
        sums[item_id] = whole
    made = context(orders, stocks=sums, **over)
    return replace(made, placed=placed, logistics=known or logistics())


def one(
    ordered: int, placed: Placed, known: Logistics | None = None, the_order: dict[str, Any] | None = None, **over: Any
) -> LineDecision:
    asked = order(line(ordered), **({"freight": "collect", "window": WIDE} | (the_order or {})))
    return decide(asked, scene(asked, placed, known, **({"settings": LOOSE} | over))).lines[0]


def given_by(found: LineDecision) -> dict[str, int]:
    return {each.warehouse: each.accepted + each.backordered for each in found.sources}


def said(found: LineDecision, message: str) -> tuple[object, ...]:
    return next(step.raw for step in found.trace if step.message == message)


def test_an_order_counts_on_the_warehouses_of_its_pool_and_says_how_much_comes_from_which() -> None:
    found = one(60, {A: at(LYON=48, LILLE=30, NICE=500)})
    assert (found.accepted, found.reserve_on_hand, given_by(found)) == (60, 60, {"LYON": 48, "LILLE": 12})
    assert said(found, "supply.pool.from") == ("LYON 48 · LILLE 12",)
    assert found.warehouse == "LYON"
    short = one(100, {A: at(LYON=48, LILLE=30, NICE=500)})
    assert (short.accepted, short.rejected) == (78, 22)
    assert said(short, "supply.stock.limits")[1:6] == (78, 0, 0, 0, 78)


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ({("", ""): ("NICE",), ("DE", ""): ("LYON",), ("", "ABC12"): ("LILLE",), ("DE", "ABC12"): ("PARIS",)}, "PARIS"),
        ({("", ""): ("NICE",), ("DE", ""): ("LYON",), ("", "ABC12"): ("LILLE",)}, "LILLE"),
        ({("", ""): ("NICE",), ("DE", ""): ("LYON",), ("", "XYZ99"): ("LILLE",)}, "LYON"),
        ({("", ""): ("NICE",), ("FR", ""): ("LYON",)}, "NICE"),
        ({("FR", ""): ("LYON",)}, "LILLE LYON NICE PARIS"),
    ],
)
def test_the_pool_that_says_most_serves(pools: Any, expected: str) -> None:
    known = logistics("LILLE", "LYON", "NICE", "PARIS", pools=pools)
    found = one(10, {A: at(LILLE=9, LYON=9, NICE=9, PARIS=9)}, known, {"marketplace_id": "DE"})
    assert " ".join(each.warehouse for each in found.sources) == expected


def test_the_warehouse_of_the_terms_gives_first_and_ranks_order_the_others() -> None:
    known = logistics(terms={"ABC12": Terms(warehouse="LILLE")})
    assert given_by(one(40, {A: at(LYON=30, LILLE=30)}, known)) == {"LILLE": 30, "LYON": 10}


def test_stock_that_no_warehouse_of_the_pool_tells_stops_the_line() -> None:
    found = one(10, {A: at(NICE=500)})
    assert holding(found) == ["supply.pool.unknown"]
    assert (found.accepted, found.sources) == (0, ())


def test_cases_packs_and_bundles_lie_whole_in_one_warehouse() -> None:
    whole = one(60, {A: at(LYON=50, LILLE=10)}, settings=Settings(hold_confirmed_share=None))
    assert (whole.accepted, given_by(whole)) == (48, {"LYON": 48, "LILLE": 0})
    assert said(whole, "supply.pool.whole") == (60, 48, 12)
    # 30 lie there, and each warehouse fills one case of them: the sentence says both figures that the steps say.
    few = one(60, {A: at(LYON=17, LILLE=13)}, settings=Settings(hold_confirmed_share=None))
    assert (few.summary.id, few.summary.raw) == ("supply.summary.pooled_with_cut", (24, 30, 24, 36))
    assert said(few, "supply.stock.limits")[5] == 30
    packs = one(10, {A: at(LYON=15, LILLE=11)}, items=item(link_quantity=6, case_pack=None))
    assert (packs.accepted, given_by(packs)) == (3, {"LYON": 2, "LILLE": 1})
    parts = (Component(A, "4410", 2), Component(B, "4420", 1))
    bundle = assembled(item(item_id=SET, sku="SET", case_pack=None), parts)
    found = one(10, {A: at(LYON=9, LILLE=2), B: at(LYON=3, LILLE=9)}, items=bundle)
    assert (found.accepted, given_by(found)) == (4, {"LYON": 3, "LILLE": 1})
    assert [(each.sku, each.on_hand) for each in found.components] == [("4410", 8), ("4420", 4)]
    apart = one(10, {A: at(LYON=9), B: at(LILLE=9)}, items=bundle)
    assert apart.accepted == 0


def test_safety_stock_and_the_rules_reserves_are_kept_by_the_pool_as_a_whole() -> None:
    found = one(100, {A: at(LYON=40, LILLE=30, NICE=90)}, items=item(safety_stock=35))
    assert given_by(found) == {"LYON": 35, "LILLE": 0}
    kept = one(100, {A: at(LYON=40, LILLE=60)}, settings=replace(LOOSE, safety_share=Decimal("0.5")))
    assert given_by(kept) == {"LYON": 40, "LILLE": 10}
    capped = one(100, {A: at(LYON=40, LILLE=60)}, settings=replace(LOOSE, amazon_share=Decimal("0.3")))
    assert (capped.accepted, said(capped, "supply.stock.channel_cap")) == (30, (Decimal("0.3"), 100, 30, 0, 30))


def test_the_promised_day_is_that_of_the_slowest_warehouse_that_gives() -> None:
    known = logistics(
        warehouses={
            "LYON": Warehouse("LYON", PARIS, cut_off=time(16)),
            "LILLE": Warehouse("LILLE", PARIS, working_days=frozenset((3,))),
        }
    )
    quick, both = one(20, {A: at(LYON=30, LILLE=30)}, known), one(40, {A: at(LYON=30, LILLE=30)}, known)
    assert (quick.leaves_on, both.leaves_on) == (date(2026, 11, 24), date(2026, 12, 3))
    assert quick.scheduled_at is not None
    assert both.scheduled_at is not None
    assert quick.scheduled_at.date() < both.scheduled_at.date()
    assert [each.leaves_on for each in both.sources] == [date(2026, 11, 24), date(2026, 12, 3)]


def test_a_warehouse_that_cannot_keep_the_window_gives_nothing_while_another_can() -> None:
    slow = replace(logistics().warehouses["LILLE"], closed=tuple(date(2026, 11, 20) + timedelta(n) for n in range(40)))
    known = logistics(warehouses={"LYON": Warehouse("LYON", PARIS), "LILLE": slow})
    found = one(40, {A: at(LYON=30, LILLE=30)}, known)
    assert (found.accepted, given_by(found)) == (30, {"LYON": 30})


def test_what_arrives_counts_where_it_arrives() -> None:
    soon = date(2026, 11, 26)
    places = {"LYON": stock(10, source="LYON"), "LILLE": arriving(5, 20, soon, source="LILLE")}
    found = one(40, {A: places})
    assert (found.accepted, found.rejected, given_by(found)) == (35, 5, {"LYON": 10, "LILLE": 25})
    assert (found.reserve_on_hand, found.reserve_inbound) == (15, 20)


def test_a_warehouse_outside_the_pool_changes_nothing_and_old_figures_outside_it_hold_nothing() -> None:
    places = at(LYON=48, LILLE=30)
    fresh = one(60, {A: places})
    stale = one(60, {A: places | {"NICE": stock(9, source="NICE", as_of=NOW - timedelta(days=9))}})
    assert fresh == stale
    assert holding(one(60, {A: places | {"LILLE": stock(9, as_of=NOW - timedelta(days=9))}})) == [
        "supply.stock.too_old"
    ]


def test_what_if_adds_where_the_order_may_take_from() -> None:
    asked = order(line(100), freight="collect", window=WIDE)
    ctx = scene(asked, {A: at(LYON=48, LILLE=30, NICE=500)}, settings=LOOSE)
    changes = {each.input: each.message for each in what_would_give(asked, ctx, sequence="1").changes}
    assert changes["stock"].raw == (22, 100)


def two(first: Any, second: Any, placed: Placed, **over: Any) -> list[LineDecision]:
    pools = {("", "AAAAA"): first[0], ("", "BBBBB"): second[0]}
    orders = [
        order(line(first[1]), number="P1", vendor_code="AAAAA", freight="collect", window=WIDE),
        order(line(second[1]), number="P2", vendor_code="BBBBB", freight="collect", window=WIDE),
    ]
    known = logistics("LILLE", "LYON", "NICE", pools=pools)
    found = {
        each.number: each for each in decide_all(orders, scene(orders, placed, known, **({"settings": LOOSE} | over)))
    }
    return [found["P1"].lines[0], found["P2"].lines[0]]


def test_who_may_choose_leaves_scarce_stock_to_who_may_not() -> None:
    wide, narrow = two((("LYON", "LILLE"), 100), (("LYON",), 100), {A: at(LYON=100, LILLE=100)})
    assert (wide.accepted, given_by(wide)) == (100, {"LYON": 0, "LILLE": 100})
    assert (narrow.accepted, given_by(narrow)) == (100, {"LYON": 100})


def test_pools_that_have_nothing_in_common_do_not_compete() -> None:
    first, second = two((("LYON",), 100), (("LILLE",), 10), {A: at(LYON=40, LILLE=10)})
    assert (first.accepted, second.accepted) == (40, 10)
    assert not [each for each in messages(first) if "allocation" in each]


def test_scarce_stock_of_one_pool_is_shared_by_the_strategy() -> None:
    fair = replace(LOOSE, allocation=Allocation((Strategy.FAIR_SHARE,)))
    pool = ("LYON", "LILLE")
    first, second = two((pool, 60), (pool, 30), {A: at(LYON=40, LILLE=5)}, settings=fair)
    assert (first.accepted, second.accepted) == (30, 15)
    assert "supply.allocation.fair_share" in messages(first)


CODES = ("LILLE", "LYON", "NICE")
ITEMS: dict[str, ItemSnapshot] = {
    "A": item(item_id=A, sku="A", case_pack=None),
    "A12": item(item_id=A, sku="A", case_pack=12),
    "A6": item(item_id=A, sku="A", case_pack=None, link_quantity=6, safety_stock=4),
    "SET": assembled(item(item_id=SET, sku="SET", case_pack=None), (Component(A, "A", 2), Component(B, "B", 1))),
}


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[OrderInput], Context]:
    pools = {
        ("", f"V{n}"): tuple(draw(st.permutations(CODES)))[: draw(st.integers(1, 3))]
        for n in range(draw(st.integers(1, 3)))
    }
    codes = [code for _, code in pools] + ["FREE0"]  # the last one has no pool: all warehouses serve it
    orders = [
        order(
            *(
                line(
                    draw(st.integers(1, 90)), sequence=str(n), vendor_product_identifier=draw(st.sampled_from([*ITEMS]))
                )
                for n in range(1, draw(st.integers(2, 3)))
            ),
            number=f"P{number}",
            vendor_code=draw(st.sampled_from(codes)),
            freight="collect",
            window=WIDE,
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    placed = {}
    for item_id in (A, B):
        places = {}
        for code in draw(st.sets(st.sampled_from(CODES), min_size=1)):
            known = stock(draw(st.integers(0, 120)), source=code, reserved_by_us=draw(st.sampled_from([0, 0, 7])))
            if draw(st.booleans()):
                eta = date(2026, 11, 24) + timedelta(draw(st.integers(0, 20)))
                known = replace(known, inbound=arriving(0, draw(st.integers(1, 40)), eta).inbound)
            places[code] = known
        placed[item_id] = places
    tiers = draw(st.permutations([Strategy.PRIORITY, Strategy.FAIR_SHARE, Strategy.MARGIN, Strategy.FIFO]))
    chosen = replace(
        LOOSE,
        case_pack_mode=draw(st.sampled_from(list(CasePackMode))),
        allocation=Allocation(tuple(tiers[: draw(st.integers(1, 4))])),
        safety_units=draw(st.sampled_from([0, 0, 9])),
        amazon_share=draw(st.sampled_from([None, None, Decimal("0.7")])),
    )
    known = logistics(*CODES, pools=pools)
    return orders, scene(orders, placed, known, items=ITEMS, settings=chosen)


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_nothing_is_promised_beyond_the_stock_of_the_warehouses_whatever_pools_overlap(
    made: tuple[list[OrderInput], Context],
) -> None:
    orders, ctx = made
    assert ctx.placed is not None
    assert ctx.logistics is not None
    decisions = {each.number: each for each in decide_all(orders, ctx)}
    assert decisions == {each.number: each for each in decide_all(list(reversed(orders)), ctx)}
    drawn: Counter[tuple[UUID, str]] = Counter()
    for asked in orders:
        pool = ctx.logistics.pool_of(asked.marketplace_id, asked.vendor_code)
        allowed = set(pool[1]) if pool else set(CODES)
        for each, wanted in zip(decisions[asked.number].lines, asked.lines, strict=True):
            assert each.taken <= each.ordered
            assert sum(source.accepted for source in each.sources) == each.accepted
            assert sum(source.backordered for source in each.sources) == each.backordered
            assert {source.warehouse for source in each.sources} <= allowed
            its = ITEMS[wanted.vendor_product_identifier or ""]
            for source in each.sources:
                for item_id, pieces in its.pieces(source.accepted + source.backordered).items():
                    drawn[item_id, source.warehouse] += pieces
            booked = (
                sum(part.on_hand + part.inbound for part in each.components)
                if its.components
                else (each.reserve_on_hand + each.reserve_inbound)
            )
            assert booked == sum(its.pieces(each.taken).values())
    for (item_id, code), pieces in drawn.items():
        if pieces:
            there = ctx.placed[item_id][code]
            assert pieces <= there.on_hand + sum(one.quantity for one in there.inbound) - there.reserved_by_us


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_one_order_alone_never_takes_what_its_pool_must_keep(made: tuple[list[OrderInput], Context]) -> None:
    orders, ctx = made
    assert ctx.placed is not None
    [found, *_] = [decide(asked, ctx) for asked in orders]
    keep = ctx.settings.safety_units
    for each in found.lines:
        for source in each.sources:
            if source.accepted and not each.components and each.item_id is not None:
                there = sum(
                    ctx.placed[each.item_id][s.warehouse].on_hand
                    for s in each.sources
                    if s.warehouse in ctx.placed[each.item_id]
                )
                assert each.reserve_on_hand <= max(0, there - keep)


def test_decisions_are_the_same_objects_of_a_run(  # the plain path stays untouched
) -> None:
    asked = order(line(48))
    plain = decide(asked, context(asked, stocks=stock(500)))
    assert isinstance(plain, Decision)
    assert plain.lines[0].sources == ()
