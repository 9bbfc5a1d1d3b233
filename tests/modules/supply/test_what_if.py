"""What would have given 120: the rules themselves say it, run again over one changed input at a time."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, order, stock
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.inputs import Context, Inbound, OrderInput
from oktee.modules.supply.rules.settings import Settings
from oktee.modules.supply.rules.what_if import WhatIf, what_would_give


def asked(the_order: OrderInput, ctx: Context, quantity: int | None = None) -> WhatIf:
    return what_would_give(the_order, ctx, sequence="1", quantity=quantity)


def said(found: WhatIf) -> dict[str, tuple[object, ...]]:
    return {change.input: change.message.raw for change in found.changes}


def test_48_of_120_needed_72_more_units_or_no_safety_stock() -> None:
    """The example of the product: 60 in the ERP minus 12 safety gives 48."""
    the_order = order(line(120))
    ctx = context(the_order, items=item(safety_stock=12), stocks=stock(60))
    found = asked(the_order, ctx)
    assert (found.line.accepted, found.quantity) == (48, 120)
    assert said(found) == {"stock": (72, 132)}
    assert said(asked(the_order, ctx, 60)) == {"stock": (12, 72), "safety": (12, 0)}


def test_nothing_is_said_of_a_line_that_gives_it_or_that_no_single_input_can_change() -> None:
    enough = order(line(120))
    assert asked(enough, context(enough, stocks=stock(500))).changes == ()
    assert asked(enough, context(enough, stocks=stock(500)), 48).changes == ()
    both = replace(enough, lines=(line(120, net_cost=Decimal("3.00")),))
    assert asked(both, context(both, stocks=stock(10))).changes == ()


def test_an_unknown_item_has_no_input_to_change() -> None:
    the_order = order(line(120))
    assert asked(the_order, replace(context(the_order, stocks=stock(500)), candidates={})).changes == ()


@pytest.mark.parametrize(
    ("of_item", "of_stock", "of_line", "of_settings", "named"),
    [
        ({}, {"reserved_by_us": 80}, {}, {}, {"promised": (60, 80), "stock": (60, 200)}),
        ({}, {"reserved": 80}, {}, {}, {"reserved": (60, 80), "stock": (60, 200)}),
        ({}, {"quality_hold": 80}, {}, {}, {"quality_hold": (60, 80), "stock": (60, 200)}),
        ({"moq": 240}, {}, {}, {}, {"moq": (120, 240), "below_minimum": ()}),
        ({"status": "blocked"}, {}, {}, {}, {"status": ("blocked",)}),
        ({}, {"as_of": NOW - timedelta(days=3)}, {}, {}, {"stock_age": (NOW - timedelta(days=3),)}),
        (
            {}, {}, {"net_cost": Decimal("6.00")}, {},
            {
                "agreed_cost": ((Decimal("6.00"), "EUR"), (Decimal("6.20"), "EUR")),
                "price_tolerance": (Decimal("0.033"), Decimal(0)),
                "far_below": (),
            },
        ),
        ({}, {}, {}, {"hold_line_value": Decimal(100)}, {"line_value": ()}),
        ({"lead_time_days": 9}, {}, {"backorder_allowed": False}, {}, {"window": (7, date(2026, 12, 7)), "transit": (4, 9)}),
    ],
)  # fmt: skip
def test_each_input_in_the_way_is_found_with_its_smallest_change(
    of_item: dict[str, Any],
    of_stock: dict[str, Any],
    of_line: dict[str, Any],
    of_settings: dict[str, Any],
    named: dict[str, tuple[object, ...]],
) -> None:
    the_order = order(line(120, **of_line))
    ctx = context(the_order, items=item(**of_item), stocks=stock(140, **of_stock), settings=Settings(**of_settings))
    assert said(asked(the_order, ctx)) == named


def test_a_rest_that_fills_no_case_may_be_broken_or_cut() -> None:
    the_order = order(line(50))
    ctx = context(the_order, stocks=stock(500), settings=Settings(cut_tolerance=Decimal("0.01")))
    assert said(asked(the_order, ctx)) == {"case_pack": ()}
    assert said(asked(the_order, ctx, 48)) == {
        "cut_tolerance": (Decimal("0.04"), Decimal("0.01")),
        "case_pack": (),
    }


def test_goods_under_way_would_have_had_to_come_earlier() -> None:
    the_order = order(line(120))
    ctx = context(the_order, stocks=stock(48, inbound=(Inbound(200, date(2026, 12, 5)),)))
    found = said(asked(the_order, ctx))
    assert found["stock"] == (72, 120)
    assert found["arrival"] == (10,)
    assert set(found) == {"stock", "arrival", "window"}


def test_the_smallest_change_comes_first() -> None:
    the_order = order(line(120))
    ctx = context(the_order, items=item(safety_stock=36), stocks=stock(150, reserved_by_us=12))
    changes = asked(the_order, ctx).changes
    assert [change.size for change in changes] == sorted(change.size for change in changes)
    assert changes[0].size == Decimal("0.15")


@pytest.mark.parametrize("quantity", [0, -1, 121])
def test_a_quantity_that_was_not_asked_is_refused(quantity: int) -> None:
    the_order = order(line(120))
    with pytest.raises(ValueError, match="1 to 120"):
        asked(the_order, context(the_order, stocks=stock(10)), quantity)


def test_a_line_the_order_does_not_have_is_refused() -> None:
    the_order = order(line(120))
    with pytest.raises(KeyError):
        what_would_give(the_order, context(the_order, stocks=stock(10)), sequence="9")


@settings(max_examples=60, deadline=None)
@given(
    ordered=st.integers(1, 300),
    on_hand=st.integers(-20, 300),
    safety=st.integers(0, 60),
    promised=st.integers(0, 60),
    pack=st.sampled_from([1, 6, 12]),
    quantity=st.integers(1, 300),
)
def test_one_unit_less_of_a_named_stock_change_would_not_have_given_it(
    ordered: int, on_hand: int, safety: int, promised: int, pack: int, quantity: int
) -> None:
    the_order = order(line(ordered))
    the_item, the_stock = item(safety_stock=safety, case_pack=pack), stock(on_hand, reserved_by_us=promised)
    ctx = context(the_order, items=the_item, stocks=the_stock)
    wanted = min(quantity, ordered)
    for change in asked(the_order, ctx, wanted).changes:
        if change.input != "stock":
            continue
        more = change.message.raw[0]
        assert isinstance(more, int)
        for units, gives in ((more, True), (more - 1, False)):
            tried = replace(ctx, stock={the_item.item_id: replace(the_stock, on_hand=on_hand + units)})
            [decided] = decide(the_order, tried).lines
            assert (decided.accepted >= wanted and not decided.held) is gives


def test_lines_before_it_that_want_the_same_item_are_served_first() -> None:
    """The line before takes 600 of the same item, so all of them have to be there too."""
    the_order = order(line(600), line(120, sequence="2"))
    ctx = context(the_order, stocks=stock(60))
    found = what_would_give(the_order, ctx, sequence="2")
    assert said(found)["stock"] == (660, 720)
