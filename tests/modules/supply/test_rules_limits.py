"""What a rule keeps back, limits and looks at (order rules 3, 4, 5 and 8), and what is said of a rule that cannot be."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from modules.supply.scenes import NOW, arriving, context, decide_one, holding, item, line, messages, order, stock
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.guards import Known, KnownSku, look_at, never_matches
from oktee.modules.supply.rules.inputs import Usual, Window
from oktee.modules.supply.rules.settings import Settings


def test_safety_is_units_a_share_or_days_and_never_less_than_the_items_own() -> None:
    def taken(own: int, **safety: Any) -> int:
        usual = Usual(Decimal(20), 5, Decimal("2.5"))
        return decide_one(
            line(120)._replace(usual=usual), on_hand=60, the_item=item(safety_stock=own), settings=Settings(**safety)
        )[1].accepted

    assert taken(0, safety_units=12) == 48
    assert taken(0, safety_share=Decimal("0.20")) == 48
    assert taken(0, safety_days=4) == 48  # 2.5 a day for 4 days: 10 of 60, then whole cases of 12
    assert taken(24, safety_units=12) == 36


def test_amazon_gets_its_share_of_what_is_on_hand_promises_included() -> None:
    capped = Settings(amazon_share=Decimal("0.50"))
    _, result = decide_one(120, on_hand=replace(stock(200), reserved_by_us=40), settings=capped)
    assert result.accepted == 60  # half of 200, less the 40 promised
    assert "supply.stock.channel_cap" in messages(result)
    _, with_inbound = decide_one(120, on_hand=arriving(100, 500, date(2026, 12, 2)), settings=capped)
    assert with_inbound.taken == 48


def test_a_margin_below_the_floor_is_held() -> None:
    cheap = item(landed_cost=Decimal("6.00"))
    settings = Settings(margin_floor=Decimal("0.05"))
    assert holding(decide_one(12, on_hand=500, the_item=cheap, settings=settings)[1]) == ["supply.price.margin"]
    fees = line(12)._replace(expected_fees=Decimal("1.00"))
    fair = item(landed_cost=Decimal("5.00"))
    assert holding(decide_one(12, on_hand=500, the_item=fair, settings=settings)[1]) == []
    assert holding(decide_one(fees, on_hand=500, the_item=fair, settings=settings)[1]) == ["supply.price.margin"]


def test_more_than_three_times_the_usual_and_worth_more_than_the_limit_is_held_but_no_launch() -> None:
    settings = Settings(spike_value=Decimal(500))

    def holds(asked: int, lines: int = 5, **over: Any) -> list[str]:
        usual = line(asked)._replace(usual=Usual(Decimal(36), lines, Decimal(3)))
        return holding(decide_one(usual, on_hand=5000, settings=settings, **over)[1])

    assert holds(108) == []  # 3 x 36 is not more than three times
    assert holds(120) == ["supply.hold.spike"]
    assert holds(120, order_type="NewProductIntroduction") == []
    assert holds(120, lines=2) == []


def test_layers_are_rounded_to_only_where_less_than_three_percent_is_lost() -> None:
    layered = item(case_pack=1, layer_units=100)
    settings = Settings(round_to_layers=True)
    assert decide_one(302, on_hand=5000, the_item=layered, settings=settings)[1].accepted == 300
    assert decide_one(310, on_hand=5000, the_item=layered, settings=settings)[1].accepted == 310


def test_books_deals_new_places_and_first_orders_are_held() -> None:
    book = line(12)._replace(asin="2070368229", list_price=True)
    assert holding(decide_one(book, on_hand=500)[1]) == ["supply.price.book"]

    def gates(settings: Settings, **over: Any) -> list[str]:
        return [gate.message for gate in decide_one(12, on_hand=500, settings=settings, **over)[0].gates]

    assert gates(Settings(known_deals=frozenset({"A"})), deal_code="B") == ["supply.hold.unknown_deal"]
    assert gates(Settings(known_deals=frozenset({"B"})), deal_code="B") == []
    assert gates(Settings(hold_unknown_places=True), new_destination=True, destination="LEJ1") == [
        "supply.hold.new_destination"
    ]
    assert gates(Settings(training_orders=5), earlier_answers=4) == ["supply.hold.training"]
    assert gates(Settings(training_orders=5), earlier_answers=5) == []
    first, _ = decide_one(book, on_hand=500, settings=Settings(training_orders=5), earlier_answers=4)
    told = [step.message for step in first.holds]
    assert told == ["supply.price.book", "supply.hold.training"], "the line's own problem first"


@pytest.mark.parametrize(("apart", "held"), [(0, False), (30, True)])
def test_three_orders_of_180_to_one_place_pass_a_minimum_of_500(apart: int, held: bool) -> None:
    """ORDER-RULES 3; with windows that do not overlap each is judged alone."""
    base = Window(NOW + timedelta(days=5), NOW + timedelta(days=9))
    orders = [
        order(
            line(30, net_cost=Decimal("6.00")),
            number=f"P000000{n}",
            destination="DTM2",
            window=Window(base.start + timedelta(days=apart * n), base.end + timedelta(days=apart * n)),
        )
        for n in range(3)
    ]
    goods = item(case_pack=1, cost_price=Decimal("6.00"))
    settings = Settings(minimum_order_value=Decimal(500))
    decisions = decide_all(orders, context(orders, items=goods, stocks=stock(500), settings=settings))
    assert [one.held for one in decisions] == [held] * 3


def test_an_order_multiple_of_zero_divides_nothing() -> None:
    assert decide_one(24, on_hand=500, the_item=item(order_multiple=0))[1].accepted == 24


# Guards


def when(**conditions: list[str]) -> RuleBody:
    rows = [{"field": key.partition("__")[0], "negated": "__" in key, "values": of} for key, of in conditions.items()]
    return RuleBody.model_validate({"when": rows})


def codes(body: RuleBody, known: Known | None = None) -> set[str]:
    return {one.code for one in look_at(body, known)}


def test_a_rule_behind_one_or_several_that_take_all_of_it_never_matches() -> None:
    bodies = {"DE": when(marketplace=["DE"]), "FR": when(marketplace=["FR"]), "both": when(marketplace=["DE", "FR"])}
    found = never_matches([(name, body.conditions()) for name, body in bodies.items()])
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert (found[2].code, found[2].rules) == ("shadowed", ("DE", "FR"))
    wider = never_matches([("DE", bodies["DE"].conditions()), ("not FR", when(marketplace__not=["FR"]).conditions())])
    assert wider == [None, None]


def test_conditions_that_exclude_each_other_are_impossible() -> None:
    assert "impossible" in codes(when(brand=["A"], brand__not=["A"]))
    assert "impossible" not in codes(when(brand=["A", "B"], brand__not=["A"]))


def test_contradictions_and_empty_packs_are_said() -> None:
    wrong = RuleBody.model_validate({"then": {"price_tolerance": "0.05", "price_max_loss": "0.02"}})
    assert "loss_below_tolerance" in codes(wrong)
    loses = RuleBody.model_validate({"then": {"far_below": "REJECT"}})
    assert "loss_needs_right" in codes(loses)
    assert loses.settings(Settings()).far_below == "REJECT"
    assert "sells_at_a_loss" in codes(RuleBody.model_validate({"then": {"far_below": "ACCEPT"}}))
    layered = {"when": [{"field": "sku", "values": ["1", "2"]}], "then": {"whole_layers": True}}
    shelves = Known(skus={"1": KnownSku("A", 12, 60), "2": KnownSku("B", 12)})
    [bare] = [one for one in look_at(RuleBody.model_validate(layered), shelves) if one.code == "no_layers"]
    assert bare.values == ("2",)
    floor = RuleBody.model_validate({"then": {"margin_floor": "0.15"}})
    assert codes(floor, Known(landed_costs=False)) == {"no_landed_cost"}
    assert codes(floor, Known(landed_costs=True)) == codes(floor, Known()) == codes(RuleBody(), Known()) == set()
    known = Known({"V1": frozenset({"DE"})}, frozenset({"A"}), {"1": KnownSku("A", 1), "2": KnownSku("B", 12)})
    assert codes(when(sku=["1", "2"]), known) == {"no_case_pack"}
    assert codes(when(sku=["9"]), known) == {"nobody_has"}
    assert codes(when(marketplace=["DE"]), Known(marketplaces=frozenset({"A1PA6795UKMFR9"}))) == {"nobody_has"}
    assert codes(when(sku=["2"], brand=["A"]), known) == {"other_brand"}
    assert codes(when(vendor_code=["V1"], marketplace=["FR"]), known) == {"elsewhere"}
