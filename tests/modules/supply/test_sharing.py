"""Scarce stock in a batch of orders: who gets it, what is said of it, and that nothing is promised twice."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import ITEM_ID, NOW, arriving, context, item, line, messages, order, stock
from modules.supply.test_rules_properties import catalogues, drawn, orders, rule_sets, stocks
from oktee.modules.supply.rules.allocation.demand import Allocation, Strategy
from oktee.modules.supply.rules.decide import decide, decide_all, open_ledger
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot, OrderInput, StockSnapshot, Window
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.what_if_sharing import share_otherwise

SOON = Window(NOW + timedelta(days=4), NOW + timedelta(days=7))
LATER = Window(NOW + timedelta(days=4), NOW + timedelta(days=8))


def rules(*tiers: Strategy, priority: tuple[str, ...] = (), **over: Any) -> Settings:
    return Settings(allocation=Allocation(tiers, priority), **over)


def batch(on_hand: int | StockSnapshot, *asked: OrderInput, **over: Any) -> dict[str, LineDecision]:
    """The one line of each order, decided together."""
    stocks_of = stock(on_hand) if isinstance(on_hand, int) else on_hand
    decisions = decide_all(asked, context(list(asked), stocks=stocks_of, **over))
    return {one.number: one.lines[0] for one in decisions}


def plain(number: str, units: int, **over: Any) -> OrderInput:
    return order(line(units, backorder_allowed=False), **{"number": number, "window": LATER, **over})


def told(of: LineDecision) -> dict[str, Any]:
    (step,) = [step for step in of.trace if step.rule == "allocation"]
    return {"message": step.message, **{name: value["value"] for name, value in step.values.items()}}


def test_the_fair_share_of_250_in_cases_of_12() -> None:
    found = batch(250, plain("A", 144), plain("B", 96), plain("C", 120), settings=rules(Strategy.FAIR_SHARE))
    assert {number: result.accepted for number, result in found.items()} == {"A": 96, "B": 60, "C": 84}
    assert told(found["B"]) == {"message": "supply.allocation.fair_share", "allotted": 60, "asked": 96, "orders": "3"}


def test_by_default_rush_orders_and_new_products_come_first_then_the_earlier_window_then_the_earlier_order() -> None:
    late_rush = plain("R", 24, order_type="RushOrder")
    soon = plain("S", 24, window=SOON)
    found = batch(36, plain("A", 24), soon, late_rush)
    assert {number: result.accepted for number, result in found.items()} == {"R": 24, "S": 12, "A": 0}
    assert told(found["S"]) == {
        "message": "supply.allocation.priority", "allotted": 12, "asked": 24, "order": "R", "units": 24,
    }  # fmt: skip
    assert told(found["A"])["message"] == "supply.allocation.priority"
    found = batch(36, plain("A", 24), soon)
    assert told(found["A"]) == {
        "message": "supply.allocation.window", "allotted": 12, "asked": 24, "order": "S", "units": 24,
    }  # fmt: skip
    assert "supply.allocation.window" not in messages(found["S"])
    found = batch(36, plain("A", 24), plain("B", 24, placed_at=NOW - timedelta(hours=2)))
    assert (found["A"].accepted, told(found["A"])["message"]) == (12, "supply.allocation.placed")


def test_each_strategy_is_tried_on_the_batch_before_the_tiers_of_the_settings() -> None:
    asked = [plain("A", 144, window=SOON), plain("B", 96), plain("C", 120, placed_at=NOW - timedelta(hours=9))]
    ctx = context(asked, stocks=stock(250))
    found = share_otherwise(asked, ctx, number="B", sequence="1")
    got = {each.first: each.accepted for each in found.shares}
    assert (found.asked, found.orders, found.shares[0].first) == (96, 3, None)
    assert set(got) == {None, *Strategy}
    decided = {one.number: one.lines[0] for one in decide_all(asked, ctx)}
    assert got[None] == decided["B"].accepted == 0  # after the earlier window and the earlier order
    assert got[Strategy.FAIR_SHARE] == 60  # the worked example
    fair = context(asked, stocks=stock(250), settings=rules(Strategy.FAIR_SHARE, *ctx.settings.allocation.tiers))
    assert got[Strategy.FAIR_SHARE] == {one.number: one.lines[0].accepted for one in decide_all(asked, fair)}["B"]
    assert all(each.accepted + each.backordered <= 96 for each in found.shares)
    assert all(each.together <= 250 for each in found.shares)


def test_only_lines_that_could_draw_on_the_stock_are_decided_to_share_it_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = item(item_id=UUID(int=2), sku="4421")
    bundle = item(item_id=UUID(int=3), sku="SET", case_pack=None, components=(Component(ITEM_ID, "4420", 2),))
    items = {"4420": item(), "4421": other, "SET": bundle}
    stock_of = {ITEM_ID: stock(36), other.item_id: stock(500)}
    beside = [line(6, sequence=f"{n}", vendor_product_identifier="4421", backorder_allowed=False) for n in range(2, 30)]
    full = [
        order(line(24, backorder_allowed=False), *beside, number="A", window=LATER),
        order(*beside, number="B", window=SOON),
        order(*beside, line(9, vendor_product_identifier="SET", backorder_allowed=False), number="C", window=SOON),
    ]
    bare = [replace(one, lines=tuple(each for each in one.lines if each.sequence == "1")) for one in full]
    decided: list[tuple[str, str]] = []

    def counted(orders: list[OrderInput], ctx: Context) -> tuple[Decision, ...]:
        decided.extend((one.number, each.sequence) for one in orders for each in one.lines)
        return decide_all(orders, ctx)

    monkeypatch.setattr("oktee.modules.supply.rules.what_if_sharing.decide_all", counted)
    found = share_otherwise(full, context(full, items=items, stocks=stock_of), number="A", sequence="1")
    assert set(decided) == {("A", "1"), ("C", "1")}
    alone = [bare[0], bare[2]]
    assert found == share_otherwise(alone, context(alone, items=items, stocks=stock_of), number="A", sequence="1")
    assert (found.orders, len(found.shares)) == (2, 1 + len(Strategy))


def test_nothing_is_shared_otherwise_where_nobody_else_asks_for_it() -> None:
    alone = plain("A", 144)
    assert share_otherwise([alone], context([alone], stocks=stock(36)), number="A", sequence="1").shares == ()
    with pytest.raises(KeyError):
        share_otherwise([alone], context([alone], stocks=stock(36)), number="A", sequence="9")


def test_the_list_of_priorities_decides_before_the_window() -> None:
    german, french = plain("A", 24, window=SOON), plain("B", 24, marketplace_id="A13V1IB3VIYZZH")
    settings = rules(Strategy.PRIORITY, Strategy.EARLIEST_WINDOW_END, priority=("A13V1IB3VIYZZH",))
    found = batch(36, german, french, settings=settings)
    assert (found["A"].accepted, found["B"].accepted) == (12, 24)
    assert told(found["A"]) == {"message": "supply.allocation.elsewhere", "allotted": 12, "asked": 24}


def test_margin_and_charges_and_the_fill_of_a_vendor_code() -> None:
    dear = order(line(24, backorder_allowed=False, net_cost=Decimal("7.00")), number="B", window=LATER)
    cheap = plain("A", 24)
    bought = item(landed_cost=Decimal("4.00"))
    found = batch(36, cheap, dear, settings=rules(Strategy.MARGIN), items=bought)
    assert (found["A"].accepted, found["B"].accepted) == (12, 24)
    assert told(found["A"])["message"] == "supply.allocation.margin"
    found = batch(60, plain("A", 120), plain("B", 60), settings=rules(Strategy.FEE_AVOIDANCE))
    assert (found["A"].accepted, found["B"].accepted) == (12, 48)
    assert told(found["A"])["message"] == "supply.allocation.fees"
    two = [plain("A", 24), plain("B", 24, vendor_code="XYZ99")]
    two = [replace(one, fill=Decimal(fill)) for one, fill in zip(two, ("0.80", "0.94"), strict=True)]
    ctx = context(two, stocks=stock(36), settings=rules(Strategy.FILL_AVOIDANCE))
    assert {one.number: one.lines[0].accepted for one in decide_all(two, ctx)} == {"A": 12, "B": 24}


def test_less_than_a_case_or_the_minimum_goes_whole_to_the_next() -> None:
    first, second, third = plain("A", 36, window=SOON), plain("B", 48), plain("C", 12, placed_at=NOW)
    found = batch(48, first, second, third, items=item(moq=24))
    assert {number: result.accepted for number, result in found.items()} == {"A": 36, "B": 0, "C": 12}
    assert told(found["B"]) == {"message": "supply.allocation.lot", "asked": 48, "lot": 24}


def test_what_arrives_later_is_backordered_in_the_same_order() -> None:
    asked = [order(line(48), number=number, window=window) for number, window in (("A", LATER), ("B", SOON))]
    found = batch(arriving(60, 24, date(2026, 12, 5)), *asked)
    assert [(found[n].accepted, found[n].backordered) for n in ("B", "A")] == [(48, 0), (12, 24)]
    shared = batch(arriving(60, 36, date(2026, 12, 5)), *asked, settings=rules(Strategy.FAIR_SHARE))
    assert [(shared[n].accepted, shared[n].backordered) for n in ("A", "B")] == [(36, 12), (24, 24)]
    assert [(shared[n].reserve_on_hand, shared[n].reserve_inbound) for n in ("A", "B")] == [(36, 12), (24, 24)]


def test_goods_that_arrive_in_time_go_to_those_who_can_wait() -> None:
    far = Window(NOW + timedelta(days=4), NOW + timedelta(days=20))
    asked = [plain("A", 48, window=far, order_type="RushOrder"), plain("B", 48, window=SOON)]
    found = batch(arriving(48, 48, date(2026, 12, 2)), *asked)
    assert {number: result.accepted for number, result in found.items()} == {"A": 48, "B": 48}
    assert found["B"].reserve_on_hand == 48


def test_only_lines_that_compete_are_decided_again() -> None:
    other = item(item_id=UUID(int=2), sku="4421")
    items = {"4420": item(), "4421": other}
    alone = order(line(24, vendor_product_identifier="4421"), number="C", window=LATER)
    stock_of = {ITEM_ID: stock(36), other.item_id: stock(12)}
    asked = [plain("A", 24), plain("B", 24), alone]
    ctx = context(asked, items=items, stocks=stock_of)
    by_number = {one.number: one for one in decide_all(asked, ctx)}
    assert by_number["C"] == decide(alone, ctx)
    assert "allocation" not in {step.rule for each in by_number["C"].lines for step in each.trace}


def test_a_line_and_a_bundle_compete_for_the_component_they_share() -> None:
    part = Component(ITEM_ID, "4420", 2)
    rest = Component(UUID(int=3), "4422", 1)
    bundle = item(item_id=UUID(int=2), sku="SET", case_pack=None, cost_price=Decimal("6.20"), components=(part, rest))
    items = {"4420": item(case_pack=None), "SET": bundle}
    sets = order(line(20, vendor_product_identifier="SET", backorder_allowed=False), number="S", window=SOON)
    stock_of = {ITEM_ID: stock(30), rest.item_id: stock(12)}
    asked = [plain("A", 24), sets]
    decisions = decide_all(asked, context(asked, items=items, stocks=stock_of))
    found = {one.number: one.lines[0] for one in decisions}
    assert (found["S"].accepted, found["A"].accepted) == (12, 6)
    assert told(found["A"])["order"] == "S"


tiers = st.lists(st.sampled_from(list(Strategy)), unique=True, max_size=3).map(tuple)


@settings(max_examples=100, deadline=None)
@given(
    batch_of=st.tuples(orders("P0000001"), orders("P0000002"), orders("P0000003")),
    items=catalogues(),
    stock_of=stocks,
    base=rule_sets,
    chosen=tiers,
    data=st.data(),
)
def test_whatever_the_strategy_nothing_is_promised_twice_and_the_ledger_tells_what_is_left(
    batch_of: tuple[OrderInput, ...],
    items: dict[str, ItemSnapshot],
    stock_of: dict[UUID, StockSnapshot],
    base: Settings,
    chosen: tuple[Strategy, ...],
    data: st.DataObject,
) -> None:
    kept = data.draw(st.sampled_from([{}, {"safety_units": 9}, {"amazon_share": Decimal("0.5")}]))
    used = replace(base, allocation=Allocation(chosen), **kept)
    ctx = context(list(batch_of), items=items, stocks=stock_of, settings=used)
    ledger = open_ledger(ctx)
    decisions = decide_all(batch_of, ctx, ledger=ledger)
    for item_id, (from_hand, from_inbound) in drawn(list(decisions), stock_of).items():
        safety = next(each.safety_stock for each in items.values() if each.item_id == item_id)
        there, coming = max(0, stock_of[item_id].on_hand - safety), stock_of[item_id].inbound
        assert from_hand <= there
        left = ledger.known(item_id)
        if left is not None:
            assert left.free == there - from_hand
            arriving_units = sum(each.quantity for each in coming if each.quantity > 0 and each.eta >= NOW.date())
            owed = max(0, -stock_of[item_id].on_hand)  # what arrives first is for those to whom it was promised
            assert sum(each.quantity for each in left.inbound) == max(0, arriving_units - owed) - from_inbound
    for decision in decisions:
        for each in decision.lines:
            assert each.accepted + each.backordered + each.rejected + each.undecided == each.ordered
            assert min(each.accepted, each.backordered, each.rejected, each.undecided) >= 0
            _in_whole_cases(each, decision, batch_of, items, used)
    assert decide_all(data.draw(st.permutations(batch_of)), ctx) == decisions


def _in_whole_cases(
    of: LineDecision,
    decision: Decision,
    batch_of: tuple[OrderInput, ...],
    items: dict[str, ItemSnapshot],
    used: Settings,
) -> None:
    if used.break_case_percent < 100 or used.case_pack_mode is CasePackMode.LOOSE_OK or not of.taken:
        return
    asked = next(
        each for one in batch_of if one.number == decision.number for each in one.lines if each.sequence == of.sequence
    )
    found = items[asked.vendor_product_identifier or ""]
    pack = asked.unit_size if asked.unit_of_measure == "Cases" else (found.case_pack or 1) // found.link_quantity or 1
    assert of.accepted % (pack or 1) == 0


@settings(max_examples=60, deadline=None)
@given(the_order=orders(), items=catalogues(), stock_of=stocks, used=rule_sets)
def test_an_order_decided_in_a_batch_of_one_is_decided_as_alone(
    the_order: OrderInput, items: dict[str, ItemSnapshot], stock_of: dict[UUID, StockSnapshot], used: Settings
) -> None:
    ctx: Context = context(the_order, items=items, stocks=stock_of, settings=used)
    assert decide_all([the_order], ctx) == (decide(the_order, ctx),)
