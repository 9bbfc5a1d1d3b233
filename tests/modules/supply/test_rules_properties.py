"""What must hold for every order, whatever its quantities, packs and stock."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, decide_one, item, line, order, stock
from oktee.modules.supply.rules.decide import decide, decide_all, open_ledger
from oktee.modules.supply.rules.decision import Decision
from oktee.modules.supply.rules.inputs import Inbound, ItemSnapshot, LineInput, OrderInput, StockSnapshot, Window
from oktee.modules.supply.rules.messages import MESSAGES
from oktee.modules.supply.rules.pipeline import GATES, RULES
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode, Settings
from oktee.modules.supply.rules.trace import told_steps

ITEMS = {str(n): UUID(int=n) for n in (1, 2)}

rule_sets = st.builds(
    Settings,
    case_pack_mode=st.sampled_from(list(CasePackMode)),
    break_case_percent=st.sampled_from([100, 100, 50]),
    may_reject_lines=st.booleans(),
    cut_tolerance=st.sampled_from([Decimal(0), Decimal("0.05"), Decimal(1)]),
    below_minimum=st.sampled_from(list(BelowMinimum)),
    hold_line_value=st.sampled_from([None, Decimal(300)]),
    hold_order_value=st.sampled_from([None, Decimal(500)]),
)
inbounds = st.lists(
    st.builds(Inbound, st.integers(-3, 60), st.integers(-5, 40).map(lambda n: date(2026, 11, 23) + timedelta(days=n))),
    max_size=3,
).map(tuple)


@st.composite
def catalogues(draw: Any) -> dict[str, ItemSnapshot]:
    return {
        sku: item(
            item_id=item_id,
            sku=sku,
            case_pack=draw(st.sampled_from([None, 1, 6, 12])),
            status=draw(st.sampled_from(["active", "active", "active", "phase_out", "discontinued", "blocked"])),
            safety_stock=draw(st.sampled_from([0, 5])),
            link_quantity=draw(st.sampled_from([1, 1, 2])),
            moq=draw(st.sampled_from([None, 6])),
            cost_price=draw(st.sampled_from([Decimal("6.20"), Decimal("6.30"), None])),
        )
        for sku, item_id in ITEMS.items()
    }


stocks = st.fixed_dictionaries(
    {
        item_id: st.builds(
            lambda on_hand, inbound: replace(stock(on_hand), inbound=inbound), st.integers(-5, 200), inbounds
        )
        for item_id in ITEMS.values()
    }
)


@st.composite
def lines(draw: Any, sequence: str) -> LineInput:
    cases = draw(st.booleans())
    return line(
        draw(st.integers(0, 12 if cases else 90)),
        sequence=sequence,
        vendor_product_identifier=draw(st.sampled_from(["1", "1", "2", "nobody's"])),
        unit_of_measure="Cases" if cases else "Eaches",
        unit_size=draw(st.sampled_from([6, 12])) if cases else 1,
        backorder_allowed=draw(st.booleans()),
        net_cost=draw(st.sampled_from([Decimal("6.20"), Decimal("12.40"), Decimal("6.195"), None])),
    )


@st.composite
def orders(draw: Any, number: str = "P0000001") -> OrderInput:
    count = draw(st.integers(1, 5))
    days = draw(st.integers(-3, 12))
    return order(
        *(draw(lines(str(n))) for n in range(1, count + 1)),
        number=number,
        freight=draw(st.sampled_from(["collect", "prepaid", None])),
        window=draw(st.sampled_from([None, Window(NOW, NOW + timedelta(days=days))])),
        order_type=draw(st.sampled_from(["RegularOrder", "ConsignedOrder", "New"])),
    )


def drawn(decisions: list[Decision], stock_of: dict[UUID, StockSnapshot]) -> dict[UUID, tuple[int, int]]:
    return {
        item_id: (
            sum(each.reserve_on_hand for one in decisions for each in one.lines if each.item_id == item_id),
            sum(each.reserve_inbound for one in decisions for each in one.lines if each.item_id == item_id),
        )
        for item_id in stock_of
    }


@settings(max_examples=60, deadline=None)
@given(first=orders(), second=orders("P0000002"), items=catalogues(), stock_of=stocks, rules=rule_sets)
def test_no_unit_is_promised_twice_and_every_line_adds_up(
    first: OrderInput,
    second: OrderInput,
    items: dict[str, ItemSnapshot],
    stock_of: dict[UUID, StockSnapshot],
    rules: Settings,
) -> None:
    ctx = context([first, second], items=items, stocks=stock_of, settings=rules)
    decisions = decide_all([first, second], ctx)
    by_number = {one.number: one for one in decisions}
    for item_id, (from_hand, from_inbound) in drawn(list(decisions), stock_of).items():
        safety = next(each.safety_stock for each in items.values() if each.item_id == item_id)
        assert from_hand <= max(0, stock_of[item_id].on_hand - safety)
        assert from_inbound <= sum(max(0, each.quantity) for each in stock_of[item_id].inbound)
    for the_order in (first, second):
        decision = by_number[the_order.number]
        for asked, result in zip(the_order.lines, decision.lines, strict=True):
            assert result.sequence == asked.sequence
            parts = (result.accepted, result.backordered, result.rejected, result.undecided)
            assert min(parts) >= 0
            assert sum(parts) == result.ordered
            if asked.unit_of_measure == "Cases":
                assert all(part % asked.unit_size == 0 for part in parts if asked.unit_size)
            elif result.taken and rules.break_case_percent == 100 and rules.case_pack_mode is not CasePackMode.LOOSE_OK:
                the_item = items[asked.vendor_product_identifier or ""]
                pack = (the_item.case_pack or 1) // the_item.link_quantity or 1
                assert result.accepted % pack == 0
                assert result.taken % pack == 0
            if result.taken:
                linked = items[asked.vendor_product_identifier or ""].link_quantity
                assert result.reserve_on_hand + result.reserve_inbound == result.taken * linked
            if result.ordered and not result.taken and not rules.may_reject_lines:
                assert result.held
            if result.undecided:
                assert result.held
            if result.backordered:
                assert asked.backorder_allowed
                assert result.backorder_at is not None
                assert the_order.window is None or result.backorder_at > the_order.window.end
            if result.accepted:
                assert result.scheduled_at is not None
                assert result.scheduled_at > NOW
                assert the_order.window is None or (
                    the_order.window.start <= result.scheduled_at <= the_order.window.end
                )
            assert result.rejection_reason == ("TemporarilyUnavailable" if result.rejected else None)


@settings(max_examples=60, deadline=None)
@given(the_order=orders(), items=catalogues(), stock_of=stocks, rules=rule_sets)
def test_money_is_exact_and_the_totals_are_the_lines(
    the_order: OrderInput, items: dict[str, ItemSnapshot], stock_of: dict[UUID, StockSnapshot], rules: Settings
) -> None:
    decision = decide(the_order, context(the_order, items=items, stocks=stock_of, settings=rules))
    totals = decision.totals
    assert totals.ordered == sum(each.ordered for each in decision.lines)
    assert totals.ordered == totals.accepted + totals.backordered + totals.rejected + totals.undecided
    for amounts in totals.amounts:
        priced = [
            (asked.net_cost, result)
            for asked, result in zip(the_order.lines, decision.lines, strict=True)
            if asked.net_cost is not None
        ]
        assert amounts.accepted == sum(cost * result.accepted for cost, result in priced)
        assert amounts.undecided == sum(cost * result.undecided for cost, result in priced)


@settings(max_examples=60, deadline=None)
@given(the_order=orders(), items=catalogues(), stock_of=stocks, rules=rule_sets, data=st.data())
def test_the_decision_depends_on_nothing_but_its_inputs(
    the_order: OrderInput,
    items: dict[str, ItemSnapshot],
    stock_of: dict[UUID, StockSnapshot],
    rules: Settings,
    data: st.DataObject,
) -> None:
    ctx = context(the_order, items=items, stocks=stock_of, settings=rules)
    decision = decide(the_order, ctx)
    assert decide(the_order, ctx) == decision
    shuffled = replace(the_order, lines=tuple(data.draw(st.permutations(the_order.lines))))
    again = decide(shuffled, ctx)
    assert {each.sequence: each for each in again.lines} == {each.sequence: each for each in decision.lines}
    assert again.gates == decision.gates


@settings(max_examples=60, deadline=None)
@given(
    asked=st.lists(st.integers(1, 90), min_size=1, max_size=4),
    on_hand=st.integers(0, 200),
    more=st.integers(1, 60),
    inbound=st.sampled_from([(), (Inbound(40, date(2026, 12, 5)),)]),
    pack=st.sampled_from([None, 6, 12]),
    rules=rule_sets,
)
def test_more_stock_never_takes_less(
    asked: list[int],
    on_hand: int,
    more: int,
    inbound: tuple[Inbound, ...],
    pack: int | None,
    rules: Settings,
) -> None:
    the_order = order(*(line(quantity, sequence=str(n)) for n, quantity in enumerate(asked, start=1)))

    def taken(units: int) -> int:
        stocks_of = replace(stock(units), inbound=inbound)
        ctx = context(the_order, items=item(case_pack=pack), stocks=stocks_of, settings=rules)
        return sum(each.taken for each in decide(the_order, ctx).lines)

    assert taken(on_hand + more) >= taken(on_hand)


@settings(max_examples=60, deadline=None)
@given(quantity=st.integers(1, 200), on_hand=st.integers(0, 200), more=st.integers(1, 60), rules=rule_sets)
def test_more_stock_never_accepts_less_of_a_line(quantity: int, on_hand: int, more: int, rules: Settings) -> None:
    before = decide_one(quantity, on_hand=on_hand, settings=rules)[1]
    after = decide_one(quantity, on_hand=on_hand + more, settings=rules)[1]
    assert after.accepted >= before.accepted


@settings(max_examples=40, deadline=None)
@given(pair=st.tuples(orders("P0000001"), orders("P0000002")), items=catalogues(), stock_of=stocks)
def test_the_order_in_which_orders_arrive_does_not_matter(
    pair: tuple[OrderInput, OrderInput], items: dict[str, ItemSnapshot], stock_of: dict[UUID, StockSnapshot]
) -> None:
    ctx = context(list(pair), items=items, stocks=stock_of)
    assert decide_all(pair, ctx) == decide_all(pair[::-1], ctx)


@settings(max_examples=40, deadline=None)
@given(pair=st.tuples(orders("P0000001"), orders("P0000001")), items=catalogues(), stock_of=stocks, rules=rule_sets)
def test_everything_said_is_in_the_table_of_messages(
    pair: tuple[OrderInput, OrderInput],
    items: dict[str, ItemSnapshot],
    stock_of: dict[UUID, StockSnapshot],
    rules: Settings,
) -> None:
    ctx = context(pair[0], items=items, stocks=stock_of, settings=rules)
    versions = {rule.id: rule.version for rule in RULES} | {gate.id: gate.version for gate in GATES}
    decision = decide(pair[0], ctx, ledger=open_ledger(ctx))
    for step in (*decision.gates, *(step for each in decision.lines for step in each.trace)):
        assert versions[step.rule] == step.version
        stored = step.to_json()
        assert list(stored["values"]) == list(MESSAGES[step.message])
    for each in decision.lines:
        assert list(each.summary.values) == list(MESSAGES[each.summary.id])
        assert told_steps(json.loads(each.trace_kept())) == each.trace_json()
        assert (each.summary.id in {step.message for step in each.holds}) is each.held


def test_what_lies_on_the_shelf_for_others_is_no_backorder() -> None:
    """One pack is left, the line takes two or nothing: nothing is announced, so nothing comes later either."""
    pack = item(moq=6, link_quantity=2, case_pack=None)
    first = order(line(2, backorder_allowed=True))
    tomorrow = Window(NOW, NOW + timedelta(days=1))
    second = order(line(15), number="P0000002", window=tomorrow, freight="collect")
    rules = Settings(below_minimum=BelowMinimum.ACCEPT_ANYWAY)
    items = {pack.sku: pack}
    ctx = context([first, second], items=items, stocks={pack.item_id: stock(32)}, settings=rules)
    decided = {one.number: one.lines[0] for one in decide_all([first, second], ctx)}
    assert (decided["P0000002"].accepted, decided[first.number].taken, decided[first.number].undecided) == (15, 0, 2)
