"""Expected costs: the worked examples of the definitions by number, what is not known, and what holds for any numbers."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, order, stock
from oktee.amazon.mirror.purchase_orders import PurchaseOrderLine
from oktee.catalog.fee_facts import FACTS, rule_of
from oktee.modules.supply.history import History
from oktee.modules.supply.rules.allocation.demand import Allocation, Demand, Strategy
from oktee.modules.supply.rules.allocation.ranking import spared
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.expected_cost import (
    KNOWN,
    Answer,
    Book,
    LineFacts,
    Policy,
    add_working_days,
    expected_costs,
    facts_of,
    fee_of_unit,
    line_costs,
    policy_of,
    rejecting,
    rejection,
)
from oktee.modules.supply.rules.inputs import Rejecting
from oktee.modules.supply.rules.settings import Settings

TODAY = date(2026, 11, 23)
AMERICA = policy_of(FACTS, country="US", on=TODAY)
GERMANY = policy_of(FACTS, country="DE", on=TODAY)
EIGHT = LineFacts(100, Decimal("8.00"), "USD", "B0ABCD1234", free=60, backorder_allowed=True)


def amounts(facts: LineFacts, answer: Answer | None, book: Book) -> dict[str, Decimal | None]:
    return {each.kind: each.amount for each in line_costs(facts, answer, book).alternatives}


def test_order_rules_7_forty_of_a_hundred_short() -> None:
    """Reject now 4.80; confirm and never ship 16.00; confirm and cut in time 0.00; after that 3 %."""
    assert amounts(EIGHT, Answer(60, 0, 40), Book(AMERICA)) == {
        "reject": Decimal("4.80"),
        "never_ship": Decimal("16.00"),
        "cut_early": Decimal(0),
        "cut_late": Decimal("9.60"),
        "backorder": Decimal(0),
    }


def test_order_rules_7_never_shipping_is_waived_above_95_percent() -> None:
    found = {
        each.kind: each for each in line_costs(EIGHT, Answer(60, 0, 40), Book(AMERICA, Decimal("0.96"))).alternatives
    }
    assert (found["never_ship"].amount, found["never_ship"].why) == (Decimal(0), "waived")
    exactly = amounts(EIGHT, Answer(60, 0, 40), Book(AMERICA, Decimal("0.95")))
    assert exactly["never_ship"] == Decimal("16.00")


def test_definitions_4_a_thousand_confirmed_and_93_percent_arrive() -> None:
    costs = line_costs(LineFacts(1000, Decimal("8.00"), "USD"), Answer(1000), Book(AMERICA, Decimal("0.93")))
    assert costs.expected == Decimal("28.00")
    assert [(each.kind, each.units) for each in costs.charges] == [("not_arrived", Decimal(70))]
    assert costs.alternatives == ()


def test_definitions_4_fifteen_cut_to_ten_after_the_fifth_day() -> None:
    found = amounts(LineFacts(15, Decimal("12.00"), "USD", free=10), Answer(15), Book(AMERICA))
    assert found["cut_late"] == Decimal("1.80")


def test_definitions_4_what_scarce_stock_spares_is_what_rejecting_less_would_cost() -> None:
    """Ordered 100 at 8.00, 40 rejected: (40 - 20) x 8 x 3 % = 4.80; by the unit the same, up to the last one that counts."""
    book = Book(AMERICA)
    terms = rejecting(EIGHT, book)
    assert terms == Rejecting(Decimal("0.24"), Decimal("0.20"))
    asks = Demand(("P", "1"), {UUID(int=1): 1}, 100, NOW, charge=terms.each, free_share=terms.free)
    assert (40 - 100 * terms.free) * terms.each == rejection(EIGHT, 40, book).amount == Decimal("4.80")
    whole = rejection(EIGHT, 100, book).amount
    assert whole is not None
    for given_units in range(101):
        left = rejection(EIGHT, 100 - given_units, book).amount
        assert left is not None
        assert Decimal(str(round(spared(asks, given_units), 6))) == whole - left
    assert rejecting(EIGHT, Book(AMERICA, rejected={"B0ABCD1234": Decimal("0.19")})) == Rejecting(
        Decimal(0), terms.free
    )
    assert rejecting(EIGHT, Book(Policy())) is None
    assert rejecting(EIGHT._replace(cost=None), book) is None


def test_scarce_stock_goes_where_the_accounts_own_history_charges_for_a_rejection() -> None:
    """So little of B was rejected that nothing is charged for it: A comes first, up to its free fifth."""
    books = {"A": Book(AMERICA), "B": Book(AMERICA, rejected={"B0ABCD1234": Decimal("0.05")})}
    asked = []
    for number, cost in (("A", Decimal("6.20")), ("B", Decimal("6.20"))):
        one = line(96, net_cost=cost, currency="USD", backorder_allowed=False)
        asked.append(order(one._replace(rejecting=rejecting(facts_of(one, 96), books[number])), number=number))
    settings = Settings(allocation=Allocation((Strategy.FEE_AVOIDANCE, Strategy.FIFO)))
    ctx = context(asked, items=item(currency="USD"), stocks=stock(96), settings=settings)
    assert {one.number: one.lines[0].accepted for one in decide_all(asked, ctx)} == {"A": 84, "B": 12}


def test_definitions_4_units_beyond_the_order_are_charged_in_full() -> None:
    overage = rule_of(FACTS, "po_overage", country="US", on=TODAY)
    assert overage is not None
    assert overage.rate is not None
    assert 5 * Decimal("12.00") * overage.rate == Decimal("60.00")


def test_definitions_4_a_hundred_ordered_and_forty_rejected() -> None:
    costs = line_costs(EIGHT._replace(free=None), Answer(60, 0, 40), Book(AMERICA, Decimal(1)))
    assert costs.expected == Decimal("4.80")
    assert line_costs(EIGHT, Answer(80, 0, 20), Book(AMERICA, Decimal(1))).charges[0].why == "free_share"


def test_a_product_that_is_seldom_rejected_pays_nothing() -> None:
    book = Book(AMERICA, Decimal(1), {"B0ABCD1234": Decimal("0.19")})
    assert line_costs(EIGHT, Answer(60, 0, 40), book).charges[0].why == "waived"
    often = Book(AMERICA, Decimal(1), {"B0ABCD1234": Decimal("0.20")})
    assert line_costs(EIGHT, Answer(60, 0, 40), often).expected == Decimal("4.80")


def test_what_is_taken_beyond_the_stock_is_not_filled() -> None:
    costs = line_costs(EIGHT, Answer(100), Book(AMERICA, Decimal("0.90")))
    assert {each.kind: each.amount for each in costs.charges} == {
        "beyond_stock": Decimal("16.00"),
        "not_arrived": Decimal("2.40"),
    }
    assert (costs.expected, costs.doubtful, costs.whole) == (Decimal("18.40"), 40, True)


def test_without_history_the_known_part_is_told_and_the_rest_said_to_be_missing() -> None:
    costs = line_costs(EIGHT, Answer(60, 0, 40), Book(AMERICA))
    assert (costs.expected, costs.whole) == (Decimal("4.80"), False)
    assert [each.why for each in costs.charges] == ["charged", "no_history"]
    all_taken = line_costs(EIGHT, Answer(60), Book(AMERICA))
    assert (all_taken.expected, all_taken.whole) == (None, False)


def test_where_nobody_knows_a_rule_nothing_is_zero() -> None:
    japan = policy_of(FACTS, country="JP", on=TODAY)
    assert japan == Policy() == policy_of(FACTS, country=None, on=TODAY)
    costs = line_costs(EIGHT, Answer(60, 0, 40), Book(japan, Decimal("0.90")))
    assert costs.expected is None
    assert {each.amount for each in (*costs.charges, *costs.alternatives)} == {None}
    assert {each.why for each in (*costs.charges, *costs.alternatives)} == {"no_rule"}


def test_a_line_without_a_cost_is_not_known() -> None:
    nothing = EIGHT._replace(cost=None)
    assert line_costs(nothing, Answer(60, 0, 40), Book(AMERICA)).expected is None
    weighed = facts_of(line(10, cost_unit="KILOGRAMS"), 10)
    assert weighed.cost is None


def test_an_undecided_line_has_alternatives_and_no_cost_of_its_own() -> None:
    costs = line_costs(EIGHT, None, Book(AMERICA))
    assert (costs.expected, costs.doubtful) == (None, 40)
    assert len(costs.alternatives) == 5
    unknown_stock = line_costs(EIGHT._replace(free=None), None, Book(AMERICA))
    assert unknown_stock.doubtful == 100


def test_a_backorder_is_offered_only_where_amazon_takes_one() -> None:
    assert "backorder" not in amounts(EIGHT._replace(backorder_allowed=False), Answer(60, 0, 40), Book(AMERICA))


def test_rules_hold_from_their_first_to_their_last_day() -> None:
    on = {day: rule_of(FACTS, "not_filled", country="US", on=day) for day in (date(2025, 7, 20), date(2025, 7, 21))}
    assert [rule.rate for rule in on.values() if rule is not None] == [Decimal("0.10"), Decimal("0.05")]
    assert rule_of(FACTS, "po_overage", country="US", on=date(2025, 7, 20)) is None
    assert rule_of(FACTS, "receive_label", country="DE", on=date(2026, 1, 18)) is None


def test_what_is_assumed_for_a_country_says_so() -> None:
    assert {rule.confidence for rule in GERMANY.rules} == {"assumed"}
    assert "assumed" not in {rule.confidence for rule in AMERICA.rules}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.code)
def test_every_fact_names_its_source_and_has_an_amount_or_is_not_known(fact: Any) -> None:
    assert fact.source
    assert fact.countries
    assert (fact.amount is None) == (fact.currency is None)
    assert (fact.rate is None and fact.amount is None) == (fact.confidence == "unverified" and fact.kind != "prep")
    assert (fact.waived_by is None) == (fact.waiver_rate is None) == (fact.waiver_weeks is None)


def test_facts_of_one_kind_never_hold_twice_on_a_day() -> None:
    assert len({fact.code for fact in FACTS}) == len(FACTS)
    plain = [fact for fact in FACTS if fact.tier_from is None]
    for day in (date(2020, 1, 1), date(2025, 7, 20), date(2025, 7, 21), TODAY):
        for country in {country for fact in plain for country in fact.countries}:
            kinds = [fact.kind for fact in plain if fact.holds(country, day)]
            assert len(kinds) == len(set(kinds)), (day, country)


def test_days_of_grace_are_working_days() -> None:
    assert add_working_days(date(2026, 11, 27), 5) == date(2026, 12, 4)  # a Friday, and the Friday after
    assert add_working_days(date(2026, 11, 29), 1) == date(2026, 11, 30)


def test_the_costs_of_a_decision_are_kept_apart_by_currency() -> None:
    ours = [line(100), line(100, sequence="2", currency="USD"), line(50, sequence="3", net_cost=None)]
    the_order = order(*ours)
    decision = decide(the_order, context(the_order, items=item(case_pack=1), stocks=stock(1000)))
    found = expected_costs(the_order, decision, Book(GERMANY, Decimal("0.90")))
    # 10 of 100 do not arrive, at 6.20 and 10 %; the other two lines are held: another currency, no cost.
    assert found.by_currency["EUR"] == Decimal("6.20")
    assert found.not_known >= 1
    assert set(found.by_currency) <= {"EUR", "USD"}


def test_the_fee_of_a_unit_is_what_experience_says() -> None:
    assert fee_of_unit(EIGHT, Book(AMERICA, Decimal("0.90"))) == Decimal("0.0400")
    assert fee_of_unit(EIGHT, Book(AMERICA)) is None


COSTS = st.decimals(min_value=0, max_value=5000, places=2, allow_nan=False)
SHARES = st.none() | st.decimals(min_value=0, max_value=1, places=2, allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(
    ordered=st.integers(1, 5000),
    cost=COSTS,
    free=st.none() | st.integers(0, 6000),
    fill=SHARES,
    rejected=SHARES,
    country=st.sampled_from(["US", "DE", "JP"]),
    data=st.data(),
)
def test_estimates_are_never_negative_grow_with_the_units_and_are_the_sum_of_their_parts(
    ordered: int,
    cost: Decimal,
    free: int | None,
    fill: Decimal | None,
    rejected: Decimal | None,
    country: str,
    data: Any,
) -> None:
    facts = LineFacts(ordered, cost, "USD", "B0", free, backorder_allowed=True)
    policy = policy_of(FACTS, country=country, on=TODAY)
    book = Book(policy, fill, {} if rejected is None else {"B0": rejected})
    accepted = data.draw(st.integers(0, ordered))
    later = data.draw(st.integers(0, ordered - accepted))
    costs = line_costs(facts, Answer(accepted, later, ordered - accepted - later), book)
    known = [each.amount for each in costs.charges if each.amount is not None]
    assert all(amount >= 0 for amount in known)
    assert costs.expected == (sum(known, Decimal(0)) if known or not costs.charges else None)
    for each in (*costs.charges, *costs.alternatives):
        assert (each.amount is None) == (each.why not in KNOWN)
        assert each.amount is None or each.rule is not None
    assert costs.doubtful == ordered - min(accepted, ordered if free is None else free)
    # One unit more in doubt never makes an alternative cheaper.
    if accepted:
        more = line_costs(facts, Answer(accepted - 1, later, ordered - accepted - later + 1), book)
        for before, after in zip(costs.alternatives, more.alternatives, strict=False):
            assert before.kind == after.kind
            assert before.amount is None or (after.amount is not None and after.amount >= before.amount)
        assert [each.amount for each in more.charges if each.kind == "rejected"] >= [
            each.amount for each in costs.charges if each.kind == "rejected"
        ]


def test_a_margin_floor_counts_the_fees_that_experience_expects() -> None:
    asked = PurchaseOrderLine(
        purchase_order_id=UUID(int=7), sequence="1", asin="B0", units=10, net_cost="8.00", currency="USD",
        backorder_allowed=False,
    )  # fmt: skip
    known = History(books={UUID(int=7): Book(AMERICA, Decimal("0.90"))})
    assert known.fees(asked) == Decimal("0.0400")
    assert History(books={UUID(int=7): Book(AMERICA)}).fees(asked) == 0
    assert History().fees(asked) == 0
    floor = RuleBook((), standard=BookRule("s", "Standard", 1, Settings(margin_floor=Decimal("0.1"))))
    assert floor.asks == {"fees"}
