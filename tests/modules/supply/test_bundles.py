"""Packs of one SKU and bundles of several: what is promised is never beyond the stock of any SKU they are made of."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, messages, order, stock
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.inputs import Component, Inbound, ItemSnapshot, StockSnapshot, assembled
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.what_if import what_would_give

A, B, SET = UUID(int=1), UUID(int=2), UUID(int=9)
LOOSE = Settings(case_pack_mode=CasePackMode.LOOSE_OK, hold_confirmed_share=None)


def part(item_id: UUID, quantity: int, **over: Any) -> Component:
    values: dict[str, Any] = {"sku": {A: "4410", B: "4420"}[item_id], "cost_price": Decimal(2), "currency": "EUR"}
    return Component(item_id, quantity=quantity, **{**values, **over})


def a_set(*parts: Component, **over: Any) -> ItemSnapshot:
    values: dict[str, Any] = {"item_id": SET, "sku": "SET", "case_pack": None, "cost_price": None, "currency": None}
    return assembled(item(**{**values, **over}), parts or (part(A, 2), part(B, 1)))


def decide_sets(ordered: int, stocks: dict[UUID, StockSnapshot], of: ItemSnapshot | None = None) -> LineDecision:
    the_order = order(line(ordered, net_cost=Decimal(6)))
    return decide(the_order, context(the_order, items=of or a_set(), stocks=stocks, settings=LOOSE)).lines[0]


def test_a_pack_says_its_pieces() -> None:
    pack = item(sku="4410", link_quantity=6, case_pack=None, cost_price=Decimal(1))
    the_order = order(line(48, net_cost=Decimal(6)))
    found = decide(the_order, context(the_order, items=pack, stocks=stock(300))).lines[0]
    said = {step.message: step.values for step in found.trace}
    assert found.accepted == 48
    assert {name: value["value"] for name, value in said["supply.contents.pack"].items()} == {
        "packs": 48, "pieces": 288, "sku": "4410"
    }  # fmt: skip
    pieces = said["supply.stock.pieces_enough"]
    assert [pieces[name]["value"] for name in ("stock", "free_pieces", "free")] == [300, 300, 50]


def test_the_scarcest_component_decides_and_every_component_is_drawn() -> None:
    found = decide_sets(30, {A: stock(50), B: stock(28)})
    assert (found.accepted, found.rejected) == (25, 5)
    assert [(each.sku, each.quantity, each.on_hand, each.inbound) for each in found.components] == [
        ("4410", 2, 50, 0), ("4420", 1, 25, 0)
    ]  # fmt: skip
    limit = next(step for step in found.trace if step.message == "supply.stock.pieces_limit")
    assert limit.values["sku"]["value"] == "4410"
    contents = next(step for step in found.trace if step.message == "supply.contents.bundle")
    assert contents.values["contents"]["value"] == "60 × 4410, 30 × 4420"
    assert "supply.price.equal" in messages(found)  # 2 × 2 + 1 × 2, as no cost was given for the set


def test_a_bundle_of_one_sku_is_a_pack() -> None:
    found = decide_sets(48, {A: stock(300)}, a_set(part(A, 6)))
    step = next(step for step in found.trace if step.rule == "contents")
    assert (step.message, step.raw) == ("supply.contents.pack", (48, 288, "4410"))


def test_a_bundle_waits_for_the_component_that_comes_last() -> None:
    soon, late = date(2026, 12, 2), date(2026, 12, 3)
    stocks = {A: stock(0, inbound=(Inbound(40, soon),)), B: stock(5, inbound=(Inbound(9, late),))}
    found = decide_sets(20, stocks)
    assert (found.accepted, found.backordered, found.rejected) == (0, 14, 6)
    assert [(each.on_hand, each.inbound) for each in found.components] == [(0, 28), (5, 9)]
    assert found.backorder_at is not None
    assert found.backorder_at.date() > late


def test_an_unknown_old_or_blocked_component_stops_or_holds_the_bundle() -> None:
    assert messages(decide_sets(5, {A: stock(50)}))[-1] == "supply.stock.component_unknown"
    old = decide_sets(5, {A: stock(50), B: replace(stock(50), as_of=NOW - timedelta(days=3))})
    assert old.held
    assert "supply.stock.too_old" in messages(old)
    blocked = a_set(part(A, 2), part(B, 1, status="blocked"))
    assert messages(decide_sets(5, {A: stock(50), B: stock(50)}, blocked))[-1] == "supply.lifecycle.component_blocked"
    ending = a_set(part(A, 2), part(B, 1, status="phase_out"))
    rest = decide_sets(5, {A: stock(50), B: stock(3, inbound=(Inbound(9, date(2026, 12, 3)),))}, ending)
    assert (rest.accepted, rest.backordered) == (3, 0)


def test_cost_and_weight_follow_from_the_components_unless_given() -> None:
    weighed = a_set(part(A, 2, weight_g=Decimal(150)), part(B, 1, weight_g=Decimal(200)))
    assert (weighed.cost_price, weighed.currency, weighed.weight_g) == (Decimal(6), "EUR", Decimal(500))
    given_cost = a_set(cost_price=Decimal("5.40"), currency="EUR", weight_g=Decimal(480))
    assert (given_cost.cost_price, given_cost.weight_g) == (Decimal("5.40"), Decimal(480))
    assert a_set(part(A, 2), part(B, 1, currency="GBP")).cost_price is None
    assert a_set(part(A, 2), part(B, 1, cost_price=None)).cost_price is None
    dated = a_set(part(A, 2, cost_valid_from=date(2026, 1, 1)), part(B, 1, cost_valid_from=date(2026, 6, 1)))
    assert dated.cost_valid_from == date(2026, 6, 1)


def test_what_would_have_given_a_bundle_names_the_component() -> None:
    the_order = order(line(30, net_cost=Decimal(6)), line(10, sequence="2", vendor_product_identifier="4420"))
    items = {"4420": a_set(), "4410": item(item_id=A, sku="4410")}
    ctx = context(the_order, items=items, stocks={A: stock(50), B: stock(60)}, settings=LOOSE)
    found = what_would_give(the_order, ctx, sequence="1")
    assert [(each.input, each.message.raw) for each in found.changes] == [("stock 4410", ("4410", 10, 60))]
    short = replace(ctx, stock={A: stock(50), B: stock(20)})
    assert what_would_give(the_order, short, sequence="1").changes == ()  # two components: no single input gives it


contents = st.lists(
    st.tuples(st.sampled_from([A, B]), st.integers(1, 4)), min_size=1, max_size=2, unique_by=lambda each: each[0]
)
products = st.one_of(
    st.builds(lambda of, n: item(item_id=of, sku=str(of.int), link_quantity=n, case_pack=None),
              st.sampled_from([A, B]), st.sampled_from([1, 1, 6])),
    st.builds(lambda parts, n: a_set(*(part(of, q) for of, q in parts), link_quantity=n), contents, st.integers(1, 2)),
)  # fmt: skip
stocks_of = st.fixed_dictionaries(
    {
        sku: st.builds(
            lambda on_hand, held, came: replace(stock(on_hand), reserved_by_us=held, inbound=came),
            st.integers(-5, 120), st.integers(0, 15),
            st.lists(
                st.builds(Inbound, st.integers(1, 40), st.integers(0, 20).map(lambda n: date(2026, 11, 23) + timedelta(n))),
                max_size=3,
            ).map(tuple),
        )
        for sku in (A, B)
    }
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    asked=st.lists(st.lists(st.tuples(products, st.integers(1, 60)), min_size=1, max_size=4), min_size=1, max_size=4),
    stocks=stocks_of,
    loose=st.booleans(),
)
def test_no_component_is_promised_beyond_its_stock(
    asked: list[list[tuple[ItemSnapshot, int]]], stocks: dict[UUID, StockSnapshot], loose: bool
) -> None:
    # Each line means a product of its own; a set is another item wherever it is made of something else.
    items, orders = {}, []
    for number, wanted in enumerate(asked):
        lines = []
        for position, (product, ordered) in enumerate(wanted):
            name = f"{number}-{position}"
            items[name] = replace(product, item_id=UUID(int=1000 + len(items))) if product.components else product
            lines.append(line(ordered, sequence=str(position), vendor_product_identifier=name))
        orders.append(order(*lines, number=f"P{number:07}"))
    rules = LOOSE if loose else Settings()
    ctx = context(orders, items=items, stocks=stocks, settings=rules)
    hand, coming = Counter[UUID](), Counter[UUID]()
    for decision in decide_all(orders, ctx):
        for found in decision.lines:
            of = items[f"{int(decision.number[1:])}-{found.sequence}"]
            needed = of.pieces(found.taken)
            if of.components:
                assert {each.item_id: each.on_hand + each.inbound for each in found.components} == needed
                for each in found.components:
                    hand[each.item_id] += each.on_hand
                    coming[each.item_id] += each.inbound
            else:
                assert found.reserve_on_hand + found.reserve_inbound == needed.get(of.item_id, 0)
                hand[of.item_id] += found.reserve_on_hand
                coming[of.item_id] += found.reserve_inbound
    for sku, known in stocks.items():
        assert hand[sku] <= max(0, known.on_hand - known.reserved_by_us)
        beyond = max(0, known.reserved_by_us - max(0, known.on_hand))
        assert coming[sku] <= max(0, sum(each.quantity for each in known.inbound) - beyond)
