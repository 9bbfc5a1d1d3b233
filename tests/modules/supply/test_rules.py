"""The worked examples of the order rules, one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from modules.supply.scenes import (
    BERLIN,
    NOW,
    arriving,
    context,
    decide_one,
    holding,
    item,
    line,
    messages,
    order,
    stock,
)
from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules import calendar
from oktee.modules.supply.rules.calendar import Calendar
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.inputs import Context, Inbound, Window
from oktee.modules.supply.rules.logistics import Warehouse
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode, Settings


def test_48_of_120_are_taken_and_72_wait_for_the_receipt_of_5_december() -> None:
    decision, result = decide_one(120, on_hand=arriving(60, 200, date(2026, 12, 5)), the_item=item(safety_stock=12))
    assert (result.accepted, result.backordered, result.rejected, result.undecided) == (48, 72, 0, 0)
    assert not decision.held
    assert messages(result) == [
        "supply.match.by_vendor_sku",
        "supply.units.eaches",
        "supply.lifecycle.active",
        "supply.price.equal",
        "supply.window.fits",
        "supply.stock.limits",
        "supply.pack.whole",
        "supply.backorder.planned",
    ]
    limits = result.trace[5]
    assert limits.outcome == "limits"
    assert limits.values == {
        "asked": {"type": "quantity", "value": 120},
        "stock": {"type": "quantity", "value": 60},
        "reserved": {"type": "quantity", "value": 0},
        "promised": {"type": "quantity", "value": 0},
        "safety": {"type": "quantity", "value": 12},
        "free": {"type": "quantity", "value": 48},
        "as_of": {"type": "instant", "value": "2026-11-23T08:51:00Z"},
        "age": {"type": "duration", "value": 64 * 60},
        "source": {"type": "text", "value": "ERP"},
    }
    assert result.summary.to_json() == {
        "message": "supply.summary.limited_with_backorder",
        "values": {
            "accepted": {"type": "quantity", "value": 48},
            "free": {"type": "quantity", "value": 48},
            "backordered": {"type": "quantity", "value": 72},
            "at": {"type": "instant", "value": "2026-12-10T16:00:00Z"},
            "inbound": {"type": "quantity", "value": 200},
            "eta": {"type": "date", "value": "2026-12-05"},
        },
    }
    assert (result.reserve_on_hand, result.reserve_inbound) == (48, 72)
    # 5 December is a Saturday: work begins on Monday, one day of handling, two of transit, 17:00 in Berlin.
    assert result.backorder_at == datetime(2026, 12, 10, 16, tzinfo=UTC)
    amounts = decision.totals.amounts[0]
    assert (amounts.ordered, amounts.accepted, amounts.backordered) == (
        Decimal("744.00"),
        Decimal("297.60"),
        Decimal("446.40"),
    )


# 2.1 match


def test_a_line_that_no_item_answers_to_is_held_and_never_rejected() -> None:
    the_order = order(line(10))
    ctx = Context(now=NOW, zone=BERLIN, candidates={}, stock={}, settings=Settings(may_reject_lines=True))
    result = decide(the_order, ctx).lines[0]
    assert result.held
    assert (result.rejected, result.undecided) == (0, 10)
    assert messages(result) == ["supply.match.unmapped"]
    assert result.summary.id == "supply.match.unmapped"


def test_two_hits_are_held() -> None:
    the_order = order(line(10))
    twin = item(item_id=UUID(int=2), sku="4421")
    candidates = {(the_order.number, "1"): Candidates(by_asin=(item(), twin))}
    result = decide(the_order, Context(NOW, BERLIN, candidates, {})).lines[0]
    assert result.held
    assert result.trace[0].values == {
        "identifier": {"type": "text", "value": "B0ABCD1234"},
        "skus": {"type": "text", "value": "4420, 4421"},
    }


def test_identifiers_that_contradict_each_other_are_held() -> None:
    the_order = order(line(10))
    candidates = {
        (the_order.number, "1"): Candidates(by_vendor_sku=(item(),), by_asin=(item(item_id=UUID(int=2), sku="X"),))
    }
    assert messages(decide(the_order, Context(NOW, BERLIN, candidates, {})).lines[0]) == ["supply.match.conflict"]


# 2.2 units


def test_cases_are_decided_in_eaches() -> None:
    cases = line(10, unit_of_measure="Cases", unit_size=12)
    _, result = decide_one(cases, on_hand=100)
    assert (result.ordered, result.accepted, result.rejected) == (120, 96, 24)


def test_upper_case_units_are_read() -> None:
    _, result = decide_one(line(10, unit_of_measure="CASES", unit_size=12), on_hand=500)
    assert (result.ordered, result.accepted, result.held) == (120, 120, False)


def test_another_case_size_than_the_catalogue_is_held_with_a_suggestion() -> None:
    _, result = decide_one(line(10, unit_of_measure="Cases", unit_size=10), on_hand=500)
    assert holding(result) == ["supply.units.pack_mismatch"]
    assert result.accepted == 100


@pytest.mark.parametrize(
    ("unit", "size", "message"),
    [("Pallets", 5, "supply.units.unknown_unit"), ("Cases", None, "supply.units.case_size_missing")],
)
def test_a_quantity_that_cannot_be_read_is_held(unit: str, size: int | None, message: str) -> None:
    _, result = decide_one(line(10, unit_of_measure=unit, unit_size=size), on_hand=500)
    assert holding(result) == [message]
    assert result.undecided == 10


def test_a_bundle_uses_several_units_of_stock_and_costs_as_many() -> None:
    bundle = item(link_quantity=3, case_pack=12)
    _, result = decide_one(line(10, net_cost=Decimal("18.60")), on_hand=29, the_item=bundle)
    assert (result.accepted, result.reserve_on_hand) == (8, 24)  # nine bundles are there, two cases of four are whole
    assert "supply.price.equal" in messages(result)


# 2.3 lifecycle


def test_a_discontinued_item_without_stock_is_held_and_obsolete_is_only_proposed() -> None:
    _, result = decide_one(
        10, on_hand=0, the_item=item(status="discontinued"), settings=Settings(may_reject_lines=True)
    )
    assert (result.rejected, result.undecided, result.proposed_reason) == (0, 10, "ObsoleteProduct")
    assert holding(result) == ["supply.lifecycle.obsolete"]


@pytest.mark.parametrize("status", ["phase_out", "discontinued"])
def test_what_runs_out_is_sold_from_the_shelf_and_nothing_more_is_promised(status: str) -> None:
    _, result = decide_one(36, on_hand=arriving(24, 500, date(2026, 12, 5)), the_item=item(status=status))
    assert (result.accepted, result.backordered, result.rejected) == (24, 0, 12)
    assert result.rejection_reason == "TemporarilyUnavailable"
    assert "supply.backorder.run_out" in messages(result)


@pytest.mark.parametrize("status", ["blocked", "draft", "something_new"])
def test_any_other_status_is_held(status: str) -> None:
    _, result = decide_one(12, on_hand=500, the_item=item(status=status))
    assert holding(result) == ["supply.lifecycle.blocked"]


def test_a_successor_is_never_substituted() -> None:
    _, result = decide_one(12, on_hand=500, the_item=item(replaced_by="4430"))
    assert holding(result) == ["supply.lifecycle.replaced"]
    assert result.sku == "4420"


def test_an_item_not_sold_on_this_marketplace_is_held() -> None:
    _, result = decide_one(12, on_hand=500, the_item=item(sellable=False))
    assert holding(result) == ["supply.lifecycle.not_sellable"]


# 4 price


@pytest.mark.parametrize(
    ("cost", "agreed", "message", "held"),
    [
        ("10.00", "10.00", "supply.price.equal", False),
        ("10.000", "10.00", "supply.price.equal", False),
        ("9.995", "10.00", "supply.price.within_tolerance", False),
        ("9.99", "10.00", "supply.price.below", True),
        ("10.01", "10.00", "supply.price.order_pays_more", False),
        ("9.80", "10.00", "supply.price.below", True),
        ("9.79", "10.00", "supply.price.far_below", True),
        ("0", "10.00", "supply.price.order_cost_not_positive", True),
        ("9.00", None, "supply.price.no_agreed_cost", False),
    ],
)
def test_the_order_cost_against_the_agreed_cost(cost: str, agreed: str | None, message: str, held: bool) -> None:
    agreed_cost = None if agreed is None else Decimal(agreed)
    _, result = decide_one(line(12, net_cost=Decimal(cost)), on_hand=500, the_item=item(cost_price=agreed_cost))
    assert result.trace[3].message == message
    assert result.held is held
    assert result.accepted == 12  # a price hold still comes with a suggestion


def test_a_tolerance_of_one_percent_lets_one_percent_through() -> None:
    settings = Settings(price_tolerance=Decimal("0.01"))
    cheap = line(12, net_cost=Decimal("9.90"))
    _, result = decide_one(cheap, on_hand=500, the_item=item(cost_price=Decimal(10)), settings=settings)
    assert result.trace[3].values["difference"] == {"type": "percent", "value": "-0.0100"}
    assert not result.held
    own = item(cost_price=Decimal(10), cost_tolerance=Decimal(0))
    assert decide_one(cheap, on_hand=500, the_item=own, settings=settings)[1].held


def test_another_currency_is_held() -> None:
    _, result = decide_one(12, on_hand=500, the_item=item(currency="GBP"))
    assert holding(result) == ["supply.price.other_currency"]


def test_an_agreed_cost_of_another_time_is_flagged_not_compared() -> None:
    cheap = line(12, net_cost=Decimal("1.00"))
    old = item(cost_as_of=date(2026, 8, 24))
    assert decide_one(cheap, on_hand=500, the_item=old)[1].trace[3].message == "supply.price.agreed_cost_old"
    fresh = item(cost_as_of=date(2026, 8, 25))
    assert decide_one(cheap, on_hand=500, the_item=fresh)[1].held
    later = item(cost_valid_from=date(2026, 12, 1))
    found = decide_one(cheap, on_hand=500, the_item=later)[1].trace[3]
    assert (found.outcome, found.message) == ("flag", "supply.price.agreed_cost_not_valid")


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"net_cost": None}, "supply.price.order_cost_missing"),
        ({"net_cost": Decimal("NaN")}, "supply.price.order_cost_missing"),
        ({"cost_unit": "KILOGRAMS"}, "supply.price.by_weight"),
    ],
)
def test_a_cost_that_cannot_be_answered_is_held(over: dict[str, object], message: str) -> None:
    assert holding(decide_one(line(12, **over), on_hand=500)[1]) == [message]


# 6 dates


def test_prepaid_promises_the_delivery_inside_the_window() -> None:
    _, result = decide_one(12, on_hand=500)
    # Work begins today, one day of handling, two of transit: Thursday 26; the window opens on Friday 27.
    assert result.scheduled_at == datetime(2026, 11, 27, 16, tzinfo=UTC)


def test_after_the_cut_off_work_begins_on_the_next_working_day() -> None:
    window = Window(NOW, NOW + timedelta(days=14))
    before = decide_one(12, on_hand=500, freight="collect", window=window)[1]
    assert before.scheduled_at == datetime(2026, 11, 24, 16, tzinfo=UTC)
    friday_afternoon = datetime(2026, 11, 27, 14, tzinfo=UTC)
    late = decide_one(
        12, on_hand=stock(500, as_of=friday_afternoon), freight="collect", window=window, now=friday_afternoon
    )[1]
    assert late.scheduled_at == datetime(2026, 12, 1, 16, tzinfo=UTC)  # Monday begins, Tuesday leaves


def test_closed_days_are_skipped() -> None:
    closed = Warehouse("LYON", BERLIN, closed=(date(2026, 11, 24), date(2026, 11, 25)))
    calendar = Calendar(NOW, zone=BERLIN, settings=Settings(), warehouse=closed)
    assert calendar.add(date(2026, 11, 23), 1) == date(2026, 11, 26)
    assert Calendar(NOW, zone=BERLIN, settings=Settings()).add(date(2026, 11, 23), 1) == date(2026, 11, 24)


def test_a_window_that_is_missed_by_little_becomes_a_backorder_from_stock() -> None:
    window = Window(NOW - timedelta(days=1), datetime(2026, 11, 25, 22, tzinfo=UTC))
    _, result = decide_one(12, on_hand=500, window=window)
    assert (result.accepted, result.backordered, result.held) == (0, 12, False)
    assert result.backorder_at == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert "supply.window.late_backorder" in messages(result)
    assert result.summary.id == "supply.summary.backordered"


def test_a_window_that_is_missed_without_backorder_is_held() -> None:
    window = Window(NOW - timedelta(days=1), datetime(2026, 11, 25, 22, tzinfo=UTC))
    assert holding(decide_one(line(12, backorder_allowed=False), on_hand=500, window=window)[1]) == [
        "supply.window.too_late"
    ]
    long_past = Window(NOW - timedelta(days=40), NOW - timedelta(days=20))
    assert holding(decide_one(12, on_hand=500, window=long_past)[1]) == ["supply.window.too_late"]


def test_a_missing_window_is_flagged_and_a_missing_freight_term_is_held() -> None:
    flagged = decide_one(12, on_hand=500, window=None)[1]
    assert ("supply.window.none" in messages(flagged), flagged.held) == (True, False)
    assert holding(decide_one(12, on_hand=500, freight=None)[1]) == ["supply.window.freight_unknown"]


def test_an_embargo_moves_the_date() -> None:
    _, result = decide_one(12, on_hand=500, the_item=item(embargo_until=date(2026, 12, 7)))
    assert (result.accepted, result.backordered) == (0, 12)
    assert result.backorder_at == datetime(2026, 12, 9, 16, tzinfo=UTC)


def test_an_eta_that_means_never_is_ignored() -> None:
    _, result = decide_one(24, on_hand=arriving(12, 500, date.max))
    assert (result.accepted, result.backordered, result.rejected) == (12, 0, 12)


# 5 stock


def test_free_stock_is_what_nobody_else_was_promised() -> None:
    snapshot = stock(100, reserved=10, quality_hold=5, reserved_by_us=20)
    _, result = decide_one(100, on_hand=snapshot, the_item=item(safety_stock=5, case_pack=None))
    assert result.accepted == 60
    values = result.trace[5].values
    assert [values[name]["value"] for name in ("stock", "reserved", "promised", "safety", "free")] == [
        100,
        15,
        20,
        5,
        60,
    ]


def test_available_from_the_source_wins() -> None:
    snapshot = stock(100, reserved=90, available=50)
    _, result = decide_one(100, on_hand=snapshot, the_item=item(case_pack=None))
    assert result.accepted == 50


def test_negative_stock_promises_nothing() -> None:
    _, result = decide_one(12, on_hand=-5)
    assert holding(result) == ["supply.cut.nothing_taken"]


def test_unknown_stock_is_held() -> None:
    assert holding(decide_one(12)[1]) == ["supply.stock.unknown"]


@pytest.mark.parametrize(
    ("now", "age", "held"),
    [
        (NOW, timedelta(hours=4), False),
        (NOW, timedelta(hours=4, seconds=1), True),
        (NOW.replace(hour=20), timedelta(hours=24), False),
        (NOW.replace(hour=20), timedelta(hours=25), True),
        (NOW, timedelta(minutes=-6), True),
    ],
)
def test_old_stock_needs_a_person_sooner_in_warehouse_hours(now: datetime, age: timedelta, held: bool) -> None:
    _, result = decide_one(12, on_hand=stock(500, as_of=now - age), now=now)
    assert result.held is held
    assert result.accepted == 12


def test_two_lines_of_one_item_never_share_a_unit() -> None:
    the_order = order(line(36), line(36, sequence="2"), line(36, sequence="10"))
    results = decide(the_order, context(the_order, stocks=stock(60))).lines
    assert [result.accepted for result in results] == [36, 24, 0]


def test_lines_are_served_by_number_and_returned_as_ordered() -> None:
    the_order = order(line(36, sequence="10"), line(36, sequence="2"))
    results = decide(the_order, context(the_order, stocks=stock(36))).lines
    assert [(result.sequence, result.accepted) for result in results] == [("10", 0), ("2", 36)]


def test_orders_with_the_earlier_window_end_are_served_first() -> None:
    later = order(line(36), number="A0000001", window=Window(NOW, NOW + timedelta(days=9)))
    sooner = order(line(36), number="B0000001", window=Window(NOW, NOW + timedelta(days=7)))
    decisions = decide_all([later, sooner], context([later, sooner], stocks=stock(36)))
    assert [(one.number, one.lines[0].accepted) for one in decisions] == [("B0000001", 36), ("A0000001", 0)]


def test_what_arrives_in_time_for_the_window_is_accepted_at_a_later_date() -> None:
    window = Window(NOW, datetime(2026, 12, 4, 22, tzinfo=UTC))
    _, result = decide_one(36, on_hand=arriving(12, 24, date(2026, 11, 30)), window=window)
    assert (result.accepted, result.reserve_on_hand, result.reserve_inbound) == (36, 12, 24)
    assert result.scheduled_at == datetime(2026, 12, 3, 16, tzinfo=UTC)
    assert "supply.stock.arrives_in_window" in messages(result)


def test_an_announced_day_that_has_passed_is_no_promise() -> None:
    _, result = decide_one(36, on_hand=arriving(12, 24, date(2026, 11, 22)))
    assert (result.accepted, result.backordered, result.rejected) == (12, 0, 24)


# 3 case pack and minimum


def test_50_asked_in_cases_of_12_confirms_48_and_cuts_4_percent() -> None:
    _, result = decide_one(50, on_hand=500)
    assert (result.accepted, result.rejected, result.held) == (48, 2, False)
    assert result.trace[-1].values["share"] == {"type": "percent", "value": "0.0400"}
    assert result.summary.id == "supply.summary.accepted_but_pack_rest"


def test_a_rest_above_the_tolerance_is_held() -> None:
    _, result = decide_one(50, on_hand=500, settings=Settings(cut_tolerance=Decimal("0.03")))
    assert holding(result) == ["supply.cut.pack_rest_too_large"]
    assert (result.accepted, result.rejected) == (48, 2)


@pytest.mark.parametrize(
    ("mode", "asked", "free", "accepted"),
    [
        (CasePackMode.FLOOR, 50, 47, 36),
        (CasePackMode.NEAREST, 50, 500, 48),
        (CasePackMode.LOOSE_OK, 50, 47, 47),
        (CasePackMode.ALL_OR_NOTHING, 48, 47, 0),
        (CasePackMode.ALL_OR_NOTHING, 48, 48, 48),
        (CasePackMode.ALL_OR_NOTHING, 50, 500, 0),
    ],
)
def test_each_mode_of_the_case_pack(mode: CasePackMode, asked: int, free: int, accepted: int) -> None:
    _, result = decide_one(asked, on_hand=free, settings=Settings(case_pack_mode=mode))
    assert result.accepted == accepted


def test_a_case_is_broken_when_the_loose_part_is_large_enough() -> None:
    settings = Settings(break_case_percent=90)
    assert decide_one(50, on_hand=47, settings=settings)[1].accepted == 47
    assert decide_one(50, on_hand=46, settings=settings)[1].accepted == 36
    in_cases = line(5, unit_of_measure="Cases", unit_size=12)
    assert decide_one(in_cases, on_hand=47, settings=settings)[1].accepted == 36


def test_lines_in_cases_are_answered_in_cases_even_when_loose_is_ok() -> None:
    settings = Settings(case_pack_mode=CasePackMode.LOOSE_OK)
    in_cases = line(5, unit_of_measure="Cases", unit_size=12)
    assert decide_one(in_cases, on_hand=47, settings=settings)[1].accepted == 36


def test_an_order_multiple_is_met_together_with_the_case_pack() -> None:
    _, result = decide_one(100, on_hand=500, the_item=item(order_multiple=8))
    assert result.accepted == 96  # multiples of 24


def test_loose_units_and_inbound_together_fill_cases_for_the_backorder() -> None:
    _, result = decide_one(120, on_hand=arriving(50, 70, date(2026, 12, 5)))
    assert (result.accepted, result.backordered, result.rejected) == (48, 72, 0)
    assert (result.reserve_on_hand, result.reserve_inbound) == (50, 70)


def test_below_the_minimum_order_quantity() -> None:
    small = item(moq=24)
    assert holding(decide_one(12, on_hand=500, the_item=small)[1]) == ["supply.minimum.below"]
    anyway = Settings(below_minimum=BelowMinimum.ACCEPT_ANYWAY)
    assert not decide_one(12, on_hand=500, the_item=small, settings=anyway)[1].held
    refuse = Settings(below_minimum=BelowMinimum.REJECT)
    refused = decide_one(12, on_hand=500, the_item=small, settings=refuse)[1]
    assert (refused.rejected, refused.undecided, holding(refused)) == (0, 12, ["supply.cut.nothing_taken"])
    allowed = Settings(below_minimum=BelowMinimum.REJECT, may_reject_lines=True)
    assert decide_one(12, on_hand=500, the_item=small, settings=allowed)[1].rejected == 12


# 7 backorder or cut


def test_a_line_with_nothing_taken_is_held_unless_an_owner_allowed_rejections() -> None:
    _, held = decide_one(12, on_hand=0)
    assert (held.held, held.undecided, held.proposed_reason) == (True, 12, "TemporarilyUnavailable")
    _, rejected = decide_one(12, on_hand=0, settings=Settings(may_reject_lines=True, hold_confirmed_share=None))
    assert (rejected.held, rejected.rejected, rejected.rejection_reason) == (False, 12, "TemporarilyUnavailable")
    assert rejected.summary.id == "supply.summary.rejected"


def test_no_backorder_where_amazon_does_not_allow_it() -> None:
    _, result = decide_one(line(60, backorder_allowed=False), on_hand=arriving(48, 500, date(2026, 12, 5)))
    assert (result.accepted, result.backordered, result.rejected) == (48, 0, 12)
    assert messages(result)[-2:] == ["supply.backorder.not_allowed", "supply.cut.rest"]
    assert result.summary.id == "supply.summary.limited_with_cut"


def test_an_arrival_is_counted_until_the_limit_after_the_window() -> None:
    last = date(2026, 11, 30) + timedelta(days=14)
    assert decide_one(60, on_hand=arriving(48, 500, last))[1].backordered == 12
    too_late = decide_one(60, on_hand=arriving(48, 500, last + timedelta(days=1)))[1]
    assert (too_late.backordered, too_late.rejected) == (0, 12)


def test_accepted_backordered_and_rejected_in_one_line() -> None:
    _, result = decide_one(100, on_hand=arriving(24, 36, date(2026, 12, 5)))
    assert (result.accepted, result.backordered, result.rejected) == (24, 36, 40)
    assert result.summary.id == "supply.summary.limited_with_backorder_and_cut"


def test_the_backorder_is_dated_by_the_last_arrival_it_needs() -> None:
    snapshot = replace(
        stock(24),
        inbound=(Inbound(500, date(2026, 12, 9)), Inbound(12, date(2026, 12, 2)), Inbound(0, date(2026, 12, 1))),
    )
    assert decide_one(36, on_hand=snapshot)[1].backorder_at == datetime(2026, 12, 7, 16, tzinfo=UTC)
    assert decide_one(48, on_hand=snapshot)[1].backorder_at == datetime(2026, 12, 14, 16, tzinfo=UTC)


# 8 gates


def test_a_small_confirmed_share_holds_the_order() -> None:
    decision, result = decide_one(line(100, backorder_allowed=False), on_hand=48)
    assert not result.held
    assert [step.message for step in decision.gates] == ["supply.hold.confirmed_share"]
    assert decision.held
    enough, _ = decide_one(line(80, backorder_allowed=False), on_hand=48)
    assert not enough.held


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"order_type": "ConsignedOrder"}, "supply.hold.consigned_order"),
        ({"order_type": "SomethingNew"}, "supply.hold.unknown_order_type"),
        ({"import_order": True}, "supply.hold.import_order"),
        ({"answered_revision": 1, "revision": 2}, "supply.hold.changed_after_answer"),
    ],
)
def test_orders_that_a_person_must_see(over: dict[str, object], message: str) -> None:
    decision, result = decide_one(12, on_hand=500, **over)
    assert [step.message for step in decision.gates] == [message]
    assert (decision.held, result.held, result.accepted) == (True, False, 12)


@pytest.mark.parametrize("kind", ["RegularOrder", "RushOrder", "NewProductIntroduction", None])
def test_ordinary_orders_pass(kind: str | None) -> None:
    assert not decide_one(12, on_hand=500, order_type=kind)[0].held


def test_value_limits_hold_only_when_they_are_set() -> None:
    settings = Settings(hold_order_value=Decimal(70), hold_line_value=Decimal(80))
    decision, result = decide_one(12, on_hand=500, settings=settings)  # 74.40
    assert ([step.message for step in decision.gates], result.held) == (["supply.hold.order_value"], False)
    assert decision.gates[0].values["value"] == {"type": "money", "amount": "74.40", "currency": "EUR"}
    _, held = decide_one(24, on_hand=500, settings=settings)
    assert holding(held) == ["supply.hold.line_value"]


def test_a_cancelled_line_asks_for_nothing_and_holds_nothing() -> None:
    the_order = order(line(12), line(12, sequence="2", cancelled=True), line(0, sequence="3"))
    decision = decide(the_order, context(the_order, stocks=stock(500)))
    assert [result.cancelled for result in decision.lines] == [False, True, True]
    assert (decision.held, decision.totals.ordered) == (False, 12)


def test_the_cut_off_is_a_setting_of_the_rule_set() -> None:
    window = Window(NOW, NOW + timedelta(days=14))
    settings = Settings(cut_off=time(10), version="7")
    decision, result = decide_one(12, on_hand=500, freight="collect", window=window, settings=settings)
    assert result.scheduled_at == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert [(rule.name, rule.version) for rule in decision.rules] == [("Standard rules", 7)]


# Corners in which two rules meet


def test_two_backorders_share_one_arrival() -> None:
    the_order = order(line(36), line(36, sequence="2"))
    snapshot = arriving(12, 60, date(2026, 12, 5))
    first, second = decide(the_order, context(the_order, stocks=snapshot)).lines
    assert (first.accepted, first.backordered, second.accepted, second.backordered) == (12, 24, 0, 36)
    third = order(line(36), line(36, sequence="2"), line(36, sequence="3"))
    assert [each.taken for each in decide(third, context(third, stocks=snapshot)).lines] == [36, 36, 0]


def test_what_runs_out_gets_nothing_from_later_arrivals_when_the_window_is_missed_either() -> None:
    window = Window(NOW - timedelta(days=1), datetime(2026, 11, 25, 22, tzinfo=UTC))
    snapshot = arriving(12, 500, date(2026, 12, 2))
    assert decide_one(36, on_hand=snapshot, window=window)[1].backordered == 36
    running_out = decide_one(36, on_hand=snapshot, window=window, the_item=item(status="phase_out"))[1]
    assert (running_out.backordered, running_out.rejected) == (12, 24)


def test_an_arrival_that_cannot_leave_inside_the_window_is_a_backorder() -> None:
    window = Window(NOW, datetime(2026, 12, 2, 22, tzinfo=UTC))
    _, result = decide_one(36, on_hand=arriving(12, 24, date(2026, 11, 30)), window=window)
    assert (result.accepted, result.backordered) == (12, 24)
    assert result.backorder_at == datetime(2026, 12, 3, 16, tzinfo=UTC)


def test_a_window_that_closed_an_hour_ago_is_missed_although_the_day_is_right() -> None:
    today = item(handling_days=0)
    window = Window(NOW - timedelta(days=1), NOW - timedelta(hours=1))
    _, result = decide_one(12, on_hand=500, freight="collect", window=window, the_item=today)
    assert (result.accepted, result.backordered) == (0, 12)


def test_a_promise_for_today_is_never_dated_in_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "SHIP_AT", time(9))
    window = Window(NOW - timedelta(days=1), NOW + timedelta(hours=3))
    today = item(handling_days=0)
    _, result = decide_one(12, on_hand=500, freight="collect", window=window, the_item=today)
    assert result.scheduled_at == window.end


def test_a_discontinued_bundle_of_which_no_whole_one_is_left_is_obsolete() -> None:
    bundle = item(status="discontinued", link_quantity=3, case_pack=None)
    assert holding(decide_one(1, on_hand=2, the_item=bundle)[1]) == ["supply.lifecycle.obsolete"]


def test_a_replaced_item_that_runs_out_is_not_promised_from_later_arrivals() -> None:
    old = item(replaced_by="4430", status="phase_out")
    _, result = decide_one(36, on_hand=arriving(12, 500, date(2026, 12, 5)), the_item=old)
    assert (result.accepted, result.backordered) == (12, 0)


def test_a_line_that_nobody_could_decide_does_not_lower_the_confirmed_share() -> None:
    the_order = order(line(12), line(500, sequence="2", vendor_product_identifier="nobody's"))
    decision = decide(the_order, context(the_order, items={"4420": item()}, stocks=stock(500)))
    assert decision.gates == ()
    assert [step.message for step in decision.holds] == ["supply.match.unmapped"]


def test_of_two_orders_with_one_window_the_older_is_served_first() -> None:
    older = order(line(36), number="Z0000001", placed_at=NOW - timedelta(hours=5))
    newer = order(line(36), number="A0000001")
    decisions = decide_all([newer, older], context([newer, older], stocks=stock(36)))
    assert [(one.number, one.lines[0].accepted) for one in decisions] == [("Z0000001", 36), ("A0000001", 0)]
