"""Warehouses, ways and terms in a decision: whose figure counts, and that a promise is a day on which its warehouse works."""

import string
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, arriving, context, holding, item, line, messages, order, stock
from oktee.modules.supply.rules.decide import decide, decide_all
from oktee.modules.supply.rules.decision import Decision
from oktee.modules.supply.rules.inputs import Context, OrderInput, Window
from oktee.modules.supply.rules.logistics import Centre, Days, Logistics, Terms, Warehouse
from oktee.modules.supply.rules.what_if import what_would_give

PARIS = ZoneInfo("Europe/Paris")
LYON = Warehouse("LYON", PARIS)
LILLE = Warehouse("LILLE", PARIS, cut_off=time(16))
GERMANY = "A1PA6795UKMFR9"


def rules(*warehouses: Warehouse, **over: Any) -> Logistics:
    values: dict[str, Any] = {
        "warehouses": {one.code: one for one in warehouses or (LYON,)},
        "countries": {GERMANY: "DE"},
    }
    return Logistics(**(values | over))


def decided(the_order: OrderInput, logistics: Logistics | None, **over: Any) -> Decision:
    known = {"stocks": stock(500)} | over
    return decide(the_order, replace(context(the_order, **known), logistics=logistics))


def promise(the_order: OrderInput, logistics: Logistics | None, **over: Any) -> str | None:
    at = decided(the_order, logistics, **over).lines[0].scheduled_at
    return at and at.strftime("%m-%d %H:%M")


def test_without_logistics_rules_nothing_is_said_of_them() -> None:
    the_order = order(line(48))
    plain = decided(the_order, None)
    assert decided(the_order, Logistics()) == plain
    assert plain.lines[0].warehouse is None
    assert not [each for each in messages(plain.lines[0]) if "logistics" in each]


def test_the_way_that_says_most_of_the_place_counts() -> None:
    ways = {("LYON", "", "", ""): 9, ("LYON", "country", "DE", ""): 5, ("LYON", "zone", "Ost", ""): 4}
    ways |= {("LYON", "centre", "LEJ1", ""): 3, ("LYON", "centre", "LEJ1", "ltl"): 2, ("LILLE", "", "", ""): 1}
    known = rules(
        transit=ways, centres={"LEJ1": Centre("Ost", None), "LEJ2": Centre("Ost", None), "ORY1": Centre(None, "FR")}
    )

    def days(destination: str | None, mode: str | None = None) -> int | None:
        found = known.travel("LYON", destination=destination, marketplace_id=GERMANY, mode=mode)
        return found and found.days

    assert [days("LEJ1", "ltl"), days("LEJ1", "ftl"), days("LEJ1"), days("LEJ2"), days("XXX1"), days("ORY1")] == [
        2, 3, 3, 4, 5, 9,
    ]  # fmt: skip
    assert days(None) == 5
    assert known.travel("NICE", destination=None, marketplace_id=GERMANY, mode=None) is None


def test_transit_times_win_over_the_product_and_the_product_over_the_settings() -> None:
    # Monday morning: a day to prepare; the window is Friday to Monday.
    the_order = order(line(48), destination="LEJ1")
    ways = {("LYON", "country", "DE", ""): 4}
    assert promise(the_order, rules(transit=ways)) == "11-30 16:00"
    assert promise(the_order, rules(), items=item(lead_time_days=4)) == "11-30 16:00"
    assert promise(the_order, rules()) == "11-27 16:00"
    for known, the_item, message in (
        (rules(transit=ways), item(lead_time_days=1), "supply.logistics.way"),
        (rules(), item(lead_time_days=1), "supply.logistics.way_of_item"),
        (rules(), item(), "supply.logistics.way_of_rule"),
    ):
        assert message in messages(decided(the_order, known, items=the_item).lines[0])


def test_each_warehouse_has_its_own_days_its_own_hour_and_its_own_zone() -> None:
    window = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 4, 22, 59, tzinfo=UTC))
    the_order = order(line(48), freight="collect", window=window)
    afternoon = NOW + timedelta(hours=4)  # 14:55 in Paris
    assert promise(the_order, rules(LYON), now=afternoon) == "11-25 16:00"  # after the cut-off of noon
    assert promise(the_order, rules(LILLE), now=afternoon) == "11-24 16:00"
    closed = replace(LILLE, closed=(date(2026, 11, 24), date(2026, 11, 25)))
    assert promise(the_order, rules(closed), now=afternoon) == "11-26 16:00"
    weekend = replace(LILLE, working_days=frozenset((5, 6)))
    assert promise(the_order, rules(weekend), now=afternoon) == "11-29 16:00"
    tokyo = replace(LYON, zone=ZoneInfo("Asia/Tokyo"))  # it is 18:55 there already
    assert promise(the_order, rules(tokyo)) == "11-25 08:00"


def test_stock_has_to_be_fresh_in_the_hours_in_which_somebody_is_in_the_warehouse() -> None:
    the_order, old = order(line(48)), stock(500, as_of=NOW - timedelta(hours=10))  # 10:55 in Paris
    early = replace(LYON, opens=time(5), closes=time(10))
    assert decided(the_order, rules(LYON), stocks=old).held
    assert not decided(the_order, rules(early), stocks=old).held
    assert decided(the_order, rules(replace(LYON, opens=time(10, 55), closes=time(11))), stocks=old).held


def test_the_terms_of_a_vendor_code_choose_the_warehouse_and_the_mode() -> None:
    known = rules(LYON, LILLE, terms={"ABC12": Terms(warehouse="LILLE", mode="ltl")}, transit={
        ("LILLE", "", "", "ltl"): 1, ("LILLE", "", "", ""): 9,
    })  # fmt: skip
    found = decided(order(line(48), destination="LEJ1"), known).lines[0]
    assert (found.warehouse, found.leaves_on) == ("LILLE", date(2026, 11, 26))
    assert [each for each in messages(found) if "logistics" in each] == [
        "supply.logistics.warehouse",
        "supply.logistics.way",
    ]
    nobody = decided(order(line(48)), rules(LYON, LILLE)).lines[0]  # two, and nothing says which
    assert (nobody.warehouse, nobody.leaves_on) == (None, None)


def test_terms_say_who_pays_freight_where_the_order_does_not() -> None:
    unknown = order(line(48), freight=None)
    assert holding(decided(unknown, rules()).lines[0]) == ["supply.window.freight_unknown"]
    resolved = replace(unknown, freight="collect", freight_of_terms=True)
    found = decided(resolved, rules(terms={"ABC12": Terms(freight="collect")})).lines[0]
    assert not found.held
    assert "supply.logistics.collect" in messages(found)


def test_a_line_in_another_unit_than_the_terms_say_is_shown() -> None:
    cases = rules(terms={"ABC12": Terms(uom="case")})
    assert "supply.logistics.not_in_case" in messages(decided(order(line(48)), cases).lines[0])
    pieces = rules(terms={"ABC12": Terms(uom="each")})
    assert not [each for each in messages(decided(order(line(48)), pieces).lines[0]) if "not_in" in each]


def busy(unit: Any, capacity: int, **promised: int) -> Logistics:
    days = {("LYON", date(2026, 11, int(day[1:]))): size for day, size in promised.items()}
    return rules(replace(LYON, capacity=capacity, capacity_unit=unit), promised=days)


def test_a_full_day_makes_way_for_the_next_working_day() -> None:
    window = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 4, 22, 59, tzinfo=UTC))
    the_order = order(line(48), line(12, sequence="2"), freight="collect", window=window)
    assert promise(the_order, busy("lines", 10)) == "11-24 16:00"
    assert promise(the_order, busy("lines", 10, d24=8)) == "11-24 16:00"
    assert promise(the_order, busy("lines", 10, d24=9)) == "11-25 16:00"
    assert promise(the_order, busy("lines", 10, d24=9, d25=10, d26=10, d27=10)) == "11-30 16:00"
    assert promise(the_order, busy("units", 100, d24=41)) == "11-25 16:00"
    assert promise(the_order, busy("units", 50)) == "11-24 16:00"  # larger than a day: it begins on a free one
    pallets = busy("pallets", 2, d24=1400)
    assert promise(the_order, pallets, items=item(pallet_units=100)) == "11-24 16:00"
    assert promise(the_order, pallets, items=item(pallet_units=99)) == "11-25 16:00"
    found = decided(the_order, busy("lines", 10, d24=9)).lines[0]
    assert "supply.logistics.full_lines" in messages(found)


def test_orders_of_one_batch_fill_the_days_of_each_other_and_one_that_then_misses_its_window_is_late() -> None:
    window = Window(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, 22, 59, tzinfo=UTC))
    orders = [order(line(12), number=f"PO{n}", freight="collect", window=window) for n in range(3)]
    ctx = replace(context(orders, stocks=stock(500)), logistics=busy("lines", 1))
    days = [one.lines[0].leaves_on for one in decide_all(orders, ctx)]
    assert days == [date(2026, 11, 24), date(2026, 11, 25), None]
    assert decide_all(orders, ctx) == decide_all(orders[::-1], ctx)


def test_a_shorter_way_is_what_would_have_given_it() -> None:
    the_order = order(line(48, backorder_allowed=False), destination="LEJ1")
    known = rules(transit={("LYON", "centre", "LEJ1", ""): 8})
    ctx = replace(context(the_order, stocks=stock(500)), logistics=known)
    found = what_would_give(the_order, ctx, sequence="1")
    assert [(each.input, each.message.raw) for each in found.changes if each.input == "transit"] == [
        ("transit", (4, 8))
    ]


warehouses = st.builds(
    Warehouse,
    code=st.sampled_from(("LYON", "LILLE")),
    zone=st.sampled_from((PARIS, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"))),
    working_days=st.frozensets(st.integers(0, 6), min_size=1),
    cut_off=st.none() | st.times(),
    closed=st.lists(st.dates(date(2026, 11, 20), date(2027, 1, 10)), max_size=12).map(tuple),
    capacity=st.none(),
    capacity_unit=st.just("lines"),
).flatmap(lambda one: st.sampled_from((None, 1, 3)).map(lambda most: replace(one, capacity=most)))


@settings(max_examples=150, deadline=None)
@given(
    warehouse=warehouses,
    freight=st.sampled_from(("collect", "prepaid")),
    minutes=st.integers(-4_000, 40_000),
    opens=st.integers(-72, 240),
    lasts=st.integers(1, 240),
    days=st.integers(0, 6),
    full=st.dictionaries(st.dates(date(2026, 11, 20), date(2027, 1, 10)), st.integers(1, 3), max_size=10),
    numbers=st.lists(st.text(string.digits, min_size=1, max_size=3), min_size=1, max_size=4, unique=True),
)
def test_a_promise_is_a_working_day_of_its_warehouse_inside_the_window_and_never_before_now(
    warehouse: Warehouse,
    freight: Any,
    minutes: int,
    opens: int,
    lasts: int,
    days: int,
    full: dict[date, int],
    numbers: list[str],
) -> None:
    now = NOW + timedelta(minutes=minutes)
    start = now + timedelta(hours=opens)
    window = Window(start, start + timedelta(hours=lasts))
    orders = [
        order(line(12), number=number, freight=freight, window=window, destination="LEJ1", placed_at=now)
        for number in numbers
    ]
    known = rules(
        warehouse,
        transit={(warehouse.code, "centre", "LEJ1", ""): days},
        promised={(warehouse.code, day): size for day, size in full.items()},
    )
    ctx: Context = replace(context(orders, stocks=stock(5000, as_of=now), now=now), logistics=known)

    def works(day: date) -> bool:
        return day.weekday() in warehouse.working_days and day not in warehouse.closed

    for decision in decide_all(orders, ctx):
        found = decision.lines[0]
        if found.scheduled_at is None:
            continue
        assert window.start <= found.scheduled_at <= window.end
        assert found.scheduled_at > now
        assert works(found.scheduled_at.astimezone(warehouse.zone).date())
        assert found.leaves_on is not None
        assert works(found.leaves_on)
        assert (
            now.astimezone(warehouse.zone).date()
            <= found.leaves_on
            <= found.scheduled_at.astimezone(warehouse.zone).date()
        )
        if warehouse.capacity is not None and full.get(found.leaves_on):
            together = [one for one in decide_all(orders, ctx) if one.lines[0].leaves_on == found.leaves_on]
            assert full[found.leaves_on] + len(together) <= warehouse.capacity


SATURDAYS = Days(frozenset((5,)))
NO_MONDAY = Days(frozenset((1, 2, 3, 4)))


def test_what_is_picked_up_leaves_on_a_day_on_which_the_carrier_comes() -> None:
    window = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 4, 22, 59, tzinfo=UTC))
    the_order = order(line(48), freight="collect", window=window)
    terms = {"ABC12": Terms(carrier="RAPID")}
    daily = rules(terms=terms, carriers={"RAPID": Days(frozenset(range(7)))})
    assert promise(the_order, daily) == promise(the_order, rules()) == "11-24 16:00"
    thursdays = rules(terms=terms, carriers={"RAPID": Days(frozenset((3,)), frozenset((date(2026, 11, 26),)))})
    found = decided(the_order, thursdays).lines[0]
    assert found.leaves_on == date(2026, 12, 3)  # its next Thursday is a day off
    assert "supply.logistics.carried" in messages(found)
    never = rules(terms=terms, carriers={"RAPID": SATURDAYS})  # the warehouse works from Monday to Friday
    assert holding(decided(the_order, never).lines[0]) == ["supply.window.too_late"]


def test_what_is_brought_is_promised_for_a_day_on_which_the_centre_receives() -> None:
    # Monday morning: a day to prepare, two on the road: Thursday; the window is Friday to Monday.
    the_order = order(line(48), destination="LEJ1")
    for receives, expected in (
        (None, "11-27 16:00"),
        (NO_MONDAY, "11-27 16:00"),
        (Days(frozenset((0,))), "11-30 16:00"),
    ):
        known = rules(centres={"LEJ1": Centre(receives=receives)})
        assert promise(the_order, known) == expected
    sundays = rules(centres={"LEJ1": Centre(receives=Days(frozenset((6,))))})
    assert holding(decided(the_order, sundays).lines[0]) == ["supply.window.too_late"]  # nobody drives on a Sunday
    terms = {"ABC12": Terms(carrier="RAPID")}
    driving = replace(sundays, terms=terms, carriers={"RAPID": Days(frozenset(range(7)))})
    found = decided(the_order, driving).lines[0]
    assert found.scheduled_at is not None
    assert found.scheduled_at.strftime("%m-%d") == "11-29"
    assert found.leaves_on == date(2026, 11, 27)  # the last day on which it may leave to be there on the Sunday
    assert "supply.logistics.carried_received" in messages(found)


def test_days_on_the_road_are_those_of_who_carries() -> None:
    the_order = order(line(48), destination="LEJ1")
    known = rules(
        terms={"ABC12": Terms(carrier="RAPID")},
        carriers={"RAPID": Days(frozenset((1, 3)))},
        transit={("LYON", "", "", ""): 2},
    )
    # Ready on Tuesday; Thursday is one day on the road, the next Tuesday the second.
    late = decided(the_order, known).lines[0]
    assert late.backorder_at is not None
    assert (late.accepted, late.backorder_at.date()) == (0, date(2026, 12, 1))
    later = replace(the_order, window=Window(datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)))
    assert promise(later, known) == "12-01 16:00"


def test_what_arrives_later_is_promised_by_the_same_days() -> None:
    the_order = order(line(48), destination="LEJ1")
    known = rules(centres={"LEJ1": Centre(receives=Days(frozenset((3,))))})
    late = arriving(0, 48, date(2026, 12, 1))
    found = decided(the_order, known, stocks=late).lines[0]
    assert found.backorder_at is not None
    assert found.backorder_at.date() == date(2026, 12, 10)
