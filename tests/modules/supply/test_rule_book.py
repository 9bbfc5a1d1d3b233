"""The rule book: the first rule that a line meets decides it, gates are the strictest of the rules met, and a book without
rules decides as settings alone do."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, order, stock
from modules.supply.test_rules_properties import catalogues, orders, rule_sets, stocks
from oktee.modules.supply.rules.body import RuleBody, differences
from oktee.modules.supply.rules.book import FIELDS, BookRule, Condition, RuleBook, standing
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.pipeline import RULES
from oktee.modules.supply.rules.sending import leaves_at
from oktee.modules.supply.rules.settings import CasePackMode, SendHours, Settings, strictest
from oktee.modules.supply.rules.trace import Check
from pydantic import ValidationError

STANDARD = BookRule("standard", "Standard rules", 3, Settings())


def rule(name: str, *, version: int = 1, settings: Settings | None = None, **conditions: Any) -> BookRule:
    """`brand={"Aurea"}` is, `brand__not={"Aurea"}` is not."""
    made: dict[Any, tuple[Condition, ...]] = {}
    for key, values in conditions.items():
        field, _, negated = key.partition("__")
        made[field] = (*made.get(field, ()), Condition(frozenset(values), bool(negated)))
    return BookRule(name, name, version, settings or Settings(), made)


values = {field: st.sampled_from(["a", "b", "c"]) for field in FIELDS}
conditions = st.dictionaries(
    st.sampled_from(FIELDS),
    st.lists(st.builds(Condition, st.frozensets(st.sampled_from("abc"), min_size=1), st.booleans()), max_size=2).map(
        tuple
    ),
    max_size=3,
)
lines = st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), *[st.sampled_from(["a", "b", "c", None])] * 3)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.lists(conditions, max_size=5), st.lists(lines, min_size=1, max_size=6))
def test_the_first_rule_that_a_line_meets_wins(of_rules: list[Any], keys: list[Any]) -> None:
    rules = [BookRule(str(n), f"rule {n}", 1, Settings(), met) for n, met in enumerate(of_rules)]
    book = RuleBook(rules, standard=STANDARD)
    for key in (*keys, *keys):  # asked twice: what is remembered answers as what was looked up
        expected = next(
            (
                one
                for one in rules
                if all(
                    (value in condition.values) != condition.negated
                    for field, value in zip(FIELDS, key, strict=True)
                    for condition in one.conditions.get(field, ())
                )
            ),
            STANDARD,
        )
        assert book.find(*key).id == expected.id


@hypothesis_settings(max_examples=60, deadline=None)
@given(first=orders(), items=catalogues(), stock_of=stocks, rules=rule_sets)
def test_a_book_without_rules_decides_as_its_settings_do(
    first: Any, items: Any, stock_of: Any, rules: Settings
) -> None:
    ctx = context(first, items=items, stocks=stock_of, settings=rules)
    assert decide(first, replace(ctx, book=standing(rules))) == decide(first, ctx)


@hypothesis_settings(max_examples=60, deadline=None)
@given(first=orders(), items=catalogues(), stock_of=stocks, rules=rule_sets)
def test_rules_that_are_left_out_for_the_settings_would_have_said_nothing(
    first: Any, items: Any, stock_of: Any, rules: Settings
) -> None:
    ctx = context(first, items=items, stocks=stock_of)
    for settings in (rules, Settings(hold_books=False, hold_incomplete_launch=False)):
        all_shown = standing(settings)
        all_shown.steps["standard"] = tuple((Check(each.id, each.version), each.apply) for each in RULES[1:])
        assert decide(first, replace(ctx, book=all_shown)) == decide(first, replace(ctx, book=standing(settings)))


def test_a_book_whose_rules_meet_nothing_decides_as_today() -> None:
    the_order = order(line(50))
    ctx = context(the_order, stocks=stock(500))
    other = RuleBook([rule("Elsewhere", marketplace={"A13V1IB3VIYZZH"})], standard=standing(Settings()).standard)
    assert decide(the_order, replace(ctx, book=other)) == decide(the_order, ctx)


def test_each_line_is_decided_by_its_own_rule_and_names_it() -> None:
    loose = rule("Core 90", version=7, settings=Settings(case_pack_mode=CasePackMode.LOOSE_OK), brand={"Aurea"})
    the_order = order(
        line(50, sequence="1", vendor_product_identifier="a"), line(50, sequence="2", vendor_product_identifier="b")
    )
    items = {"a": item(brand="Aurea"), "b": item(brand="Borealis")}
    ctx = context(the_order, items=items, stocks=stock(500))
    decision = decide(the_order, replace(ctx, book=RuleBook([loose], standard=STANDARD)))
    assert [(one.rule.label, one.accepted) for one in decision.lines] == [("Core 90 v7", 50), ("Standard rules", 48)]
    assert [one.name for one in decision.rules] == ["Core 90", "Standard rules"]
    assert decision.lines[0].trace_json()[0] == {
        "rule": "rule_set",
        "version": 7,
        "outcome": "pass",
        "message": "supply.rule.applies",
        "values": {"name": {"type": "text", "value": "Core 90"}, "version": {"type": "quantity", "value": 7}},
    }


def test_an_order_is_held_by_the_strictest_of_the_rules_its_lines_fell_under() -> None:
    lax = Settings(hold_order_value=None, hold_confirmed_share=Decimal("0.10"), hold_import=False)
    strict = Settings(hold_order_value=Decimal(100), hold_confirmed_share=Decimal("0.90"), training_orders=5)
    tight = strictest([lax, strict])
    assert (tight.hold_order_value, tight.hold_confirmed_share, tight.hold_import) == (100, Decimal("0.90"), True)
    assert tight.training_orders == 5
    assert strictest([strict, lax]).hold_order_value == 100
    the_order = order(
        line(12, sequence="1", vendor_product_identifier="a"), line(12, sequence="2", vendor_product_identifier="b")
    )
    ctx = context(the_order, items={"a": item(brand="Aurea"), "b": item(brand="Borealis")}, stocks=stock(500))
    book = RuleBook([rule("Strict", settings=strict, brand={"Aurea"})], standard=replace(STANDARD, settings=lax))
    assert [gate.message for gate in decide(the_order, replace(ctx, book=book)).gates] == ["supply.hold.order_value"]


def test_a_line_nobody_knows_meets_no_rule_for_a_brand_or_a_product() -> None:
    book = RuleBook([rule("Aurea", brand={"Aurea"}), rule("One", sku={"4420"})], standard=STANDARD)
    assert book.find("M", "V", None, None, None) is STANDARD
    assert RuleBook([rule("Not", brand__not={"Aurea"})], standard=STANDARD).find("M", "V", None, None, None).id == "Not"


def test_the_book_reads_of_the_past_only_what_its_rules_look_at() -> None:
    assert standing(Settings()).asks == frozenset()
    asking = Settings(
        spike_value=Decimal(1), training_orders=1, minimum_order_value=Decimal(1), hold_unknown_places=True
    )
    assert RuleBook([rule("All", settings=asking)], standard=STANDARD).asks == {
        "usual", "answered", "open_orders", "places",
    }  # fmt: skip


# What a rule says


def test_an_empty_body_is_the_standard_rule_of_everybody() -> None:
    assert RuleBody().settings(Settings()) == Settings()
    assert RuleBody.model_validate({}).conditions() == {}


def test_a_body_reads_back_as_it_was_written() -> None:
    body = RuleBody.model_validate(
        {
            "when": [
                {"field": "sku", "values": ["4420", " 4420 ", "4421"]},
                {"field": "marketplace", "values": ["A1PA6795UKMFR9"]},
                {"field": "order_type", "values": ["NewProductIntroduction"], "negated": True},
            ],
            "then": {"safety": {"kind": "share", "share": "0.10"}, "case_pack": "LOOSE_OK"},
            "send": {"between": {"opens": "08:00", "closes": "18:00", "zone": "Europe/Paris"}},
            "stop": {"cut_value": "2000"},
        }
    )
    assert RuleBody.model_validate(body.model_dump(mode="json")) == body
    assert [one.field for one in body.when] == ["marketplace", "order_type", "sku"]
    assert body.when[2].values == ("4420", "4421")
    compiled = body.compiled("1", "Core 90", 7, Settings(handling_days=3))
    assert compiled.settings.handling_days == 3
    assert compiled.settings.send_hours == SendHours(time(8), time(18), "Europe/Paris")
    assert compiled.meets(("A1PA6795UKMFR9", "V", "RegularOrder", None, "4421"))
    assert not compiled.meets(("A1PA6795UKMFR9", "V", "NewProductIntroduction", None, "4421"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"then": {"cut_tolerance": "1.01"}},
        {"then": {"case_pack": "UP"}},
        {"when": [{"field": "sku", "values": []}]},
        {"when": [{"field": "colour", "values": ["red"]}]},
        {"send": {"between": {"zone": "Europe/Nowhere"}}},
        {"stop": {"cut_value": "0"}},
        {"else": {}},
    ],
)
def test_what_no_rule_can_say_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RuleBody.model_validate(wrong)


def test_two_versions_are_compared_field_by_field() -> None:
    was = RuleBody.model_validate(
        {"when": [{"field": "brand", "values": ["Aurea"]}], "then": {"cut_tolerance": "0.05"}}
    )
    now = RuleBody.model_validate({"then": {"cut_tolerance": "0.10", "safety": {"kind": "units", "units": 5}}})
    assert differences(was, was) == []
    assert {each["pointer"]: (each["was"], each["now"]) for each in differences(was, now)} == {
        "/when/brand/is": (["Aurea"], None),
        "/then/cut_tolerance": ("0.05", "0.10"),
        "/then/safety/kind": ("item", "units"),
        "/then/safety/units": (0, 5),
    }


# When it is sent


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def sending(**over: Any) -> BookRule:
    return rule("Sending", settings=Settings(**over))


PARIS = SendHours(time(8), time(18), "Europe/Paris")
NIGHT = SendHours(time(22), time(6), "Europe/Paris")


def test_a_rule_only_makes_sending_later() -> None:
    slow = sending(send_delay=timedelta(minutes=60))
    assert leaves_at([slow], at(9), delay=timedelta(minutes=20), latest=at(20)) == at(10)
    assert leaves_at([slow], at(9), delay=timedelta(minutes=90), latest=at(20)) == at(10, 30)
    assert leaves_at([slow], at(9), delay=timedelta(0), latest=at(9, 30)) == at(9, 30)


def test_between_its_hours_it_waits_for_the_next_opening() -> None:
    # Paris is an hour ahead of UTC in November.
    daily = sending(send_hours=PARIS)
    assert leaves_at([daily], at(9), delay=timedelta(0), latest=at(20)) == at(9)
    assert leaves_at([daily], at(5), delay=timedelta(0), latest=at(20)) == at(7)
    assert leaves_at([daily], at(17), delay=timedelta(0), latest=at(16, day=24)) == at(7, day=24)
    over_night = sending(send_hours=NIGHT)
    assert leaves_at([over_night], at(23), delay=timedelta(0), latest=at(16, day=24)) == at(23)
    assert leaves_at([over_night], at(12), delay=timedelta(0), latest=at(16, day=24)) == at(21)


def test_hours_that_open_after_the_deadline_or_never_together_leave_it_to_a_person() -> None:
    assert leaves_at([sending(send_hours=PARIS)], at(17), delay=timedelta(0), latest=at(20)) is None
    both = [sending(send_hours=PARIS), sending(send_hours=NIGHT)]
    assert leaves_at(both, at(9), delay=timedelta(0), latest=at(16, day=27)) is None


def test_what_leaves_without_rules_leaves_as_the_workspace_says() -> None:
    assert leaves_at([STANDARD], at(9), delay=timedelta(minutes=20), latest=at(20)) == at(9, 20)
    assert leaves_at((), at(21), delay=timedelta(minutes=20), latest=at(20)) == at(21)


# An order waits for nobody twice


def test_rush_orders_are_served_before_others() -> None:
    ordinary, rush = order(line(48), number="P0000001"), order(line(48), number="P0000002", order_type="RushOrder")
    decisions = decide_all([ordinary, rush], context([ordinary, rush], stocks=stock(60)))
    assert [(one.number, one.totals.accepted) for one in decisions] == [("P0000002", 48), ("P0000001", 12)]


def test_a_rule_enabled_without_a_simulation_is_looked_at_for_its_first_day() -> None:
    the_order = order(line(12))
    ctx = context(the_order, stocks=stock(500))

    def gates(until: datetime, **over: Any) -> list[str]:
        new = replace(rule("New", version=2, settings=Settings(**over)), unproved_until=until)
        return [gate.message for gate in decide(the_order, replace(ctx, book=RuleBook([new], standard=STANDARD))).gates]

    assert gates(NOW + timedelta(hours=1)) == ["supply.hold.rule_unproved"]
    assert gates(NOW) == []
    assert gates(NOW + timedelta(hours=1), hold_unproved=False) == []
