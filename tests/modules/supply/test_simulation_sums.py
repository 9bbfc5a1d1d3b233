"""Past orders decided again: identity, sums that can be merged, what is not simulated, what is carried on and absorbed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, order, stock
from oktee.modules.supply.rules.book import BookRule, Condition, RuleBook, standing
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.decision import Decision
from oktee.modules.supply.rules.expected_cost import Book, Policy
from oktee.modules.supply.rules.inputs import OrderInput, StockSnapshot
from oktee.modules.supply.rules.settings import CasePackMode, FarBelow, Settings
from oktee.modules.supply.rules.simulation.facts import Carried, LaterStock, Moment, Outcome, PastOrder, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.seams import digest
from oktee.modules.supply.rules.simulation.sums import Partial, merged

ITEM = UUID(int=1)
KNOWN = {"1": item(item_id=ITEM, sku="1", case_pack=12)}
FIRM = Settings()
LOOSE = replace(FIRM, case_pack_mode=CasePackMode.LOOSE_OK)
ABSORBED = timedelta(hours=6)


def moment(
    at: datetime,
    asked: OrderInput,
    on_hand: int | None,
    happened: Sequence[Outcome | None],
    *,
    age: timedelta = timedelta(hours=1),
    later: int | None = None,
    held: bool = False,
) -> Moment:
    stocks: dict[UUID, StockSnapshot] = {}
    if on_hand is not None:
        stocks[ITEM] = replace(stock(on_hand), as_of=at - age)
    ctx = context([asked], items=KNOWN, stocks=stocks)
    past = PastOrder(UUID(int=abs(hash(asked.number)) % 2**64), asked, tuple(happened), held, Book(Policy()))
    left = {ITEM: LaterStock(at + timedelta(hours=20), later)} if later is not None else {}
    return Moment(at, (past,), ctx.candidates, stocks, left)


def question(after: Settings | RuleBook, before: Settings | None = None) -> Question:
    book = after if isinstance(after, RuleBook) else standing(after)
    zone = context([order(line(1))]).zone
    return Question(zone, FIRM, book, standing(before) if before else None, ABSORBED)


def an_order(number: str, *asked: int, **over: Any) -> OrderInput:
    lines = (
        line(units, sequence=str(n), vendor_product_identifier="1", backorder_allowed=False)
        for n, units in enumerate(asked, 1)
    )
    return order(*lines, number=number, **over)


def decided(asked: OrderInput, at: datetime, on_hand: int, promised: int, age: timedelta) -> Decision:
    """What the standing rules decided then, on this figure and these promises."""
    known = replace(stock(on_hand), as_of=at - age, reserved_by_us=promised)
    ctx = replace(context([asked], items=KNOWN, stocks={ITEM: known}), now=at, book=standing(FIRM))
    return decide(asked, ctx)


@st.composite
def histories(draw: Any) -> list[Moment]:
    """Orders over some days, decided by the standing rules on figures that know of promises after six hours."""
    made, promises, at = [], list[tuple[datetime, int]](), NOW
    for n in range(draw(st.integers(1, 8))):
        at += timedelta(minutes=draw(st.integers(1, 2000)))
        age = timedelta(minutes=draw(st.integers(0, 1300)))
        on_hand = draw(st.integers(0, 150))
        asked = an_order(f"P{n}", *draw(st.lists(st.integers(1, 90), min_size=1, max_size=3)))
        open_ = sum(units for when, units in promises if when > at - age - ABSORBED)
        found = decided(asked, at, on_hand, open_, age)
        happened = [Outcome(one.accepted, one.backordered, one.rejected, one.held) for one in found.lines]
        promises.append((at, sum(each.confirmed for each in happened)))
        made.append(moment(at, asked, on_hand, happened, age=age, held=bool(found.gates)))
    return made


@settings(max_examples=150, deadline=None)
@given(moments=histories(), cut=st.integers(0, 8), loose=st.booleans())
def test_the_rules_that_decided_decide_the_same_again_and_parts_add_up(
    moments: list[Moment], cut: int, loose: bool
) -> None:
    found = simulate(moments, question(FIRM), Carried())
    assert found.changed == []
    assert found.versions["happened"] == found.versions["after"]
    asked = question(LOOSE if loose else FIRM, FIRM)
    whole, carried = simulate(moments, asked, Carried()), Carried()
    parts = [simulate(moments[:cut], asked, carried), simulate(moments[cut:], asked, carried)]
    together = merged(reversed(parts))
    assert together.to_json() == whole.to_json()
    assert Partial.of_json(whole.to_json()).to_json() == whole.to_json()
    sums = whole.versions["after"]
    assert sums.accepted + sums.backordered + sums.rejected + sums.undecided == sums.asked
    assert sum(whole.classes.values()) == len(whole.changed)


def test_lines_are_classed_by_what_becomes_of_them() -> None:
    asked = an_order("P1", 60)
    happened = [Outcome(48, 0, 12, False)]
    for later, kind in ((500, "better"), (1, "lacked_stock"), (None, "better")):
        (changed,) = simulate([moment(NOW, asked, 50, happened, later=later)], question(LOOSE), Carried()).changed
        assert (changed.kind, changed.now and changed.now.accepted, changed.later) == (
            kind, 50, 1 if kind == "lacked_stock" else None,
        )  # fmt: skip
        assert changed.value == 2 * Decimal("6.20")
    for was, kind in (
        (Outcome(60, 0, 0, False), "worse"),
        (Outcome(36, 12, 12, False), "better"),
        (Outcome(48, 0, 12, True), "better"),
        (Outcome(48, 0, 0, False), "same"),
    ):
        (changed,) = simulate([moment(NOW, asked, 50, [was])], question(FIRM), Carried()).changed
        assert changed.kind == kind, was
    nothing = replace(FIRM, take_nothing=True, may_reject_lines=True)
    (changed,) = simulate([moment(NOW, asked, 50, happened)], question(nothing), Carried()).changed
    assert changed.kind == "newly_rejected"


def test_what_is_taken_at_a_loss_is_a_class_with_its_sum_and_no_gain() -> None:
    cheap = line(60, vendor_product_identifier="1", backorder_allowed=False, net_cost=Decimal("5.70"))
    asked, happened = order(cheap, number="P1"), [Outcome(48, 0, 12, True)]
    takes = replace(LOOSE, far_below=FarBelow.ACCEPT)
    found = simulate([moment(NOW, asked, 500, happened)], question(takes, FIRM), Carried())
    assert ([one.kind for one in found.changed], found.classes) == (["at_a_loss"], {"at_a_loss": 1})
    assert found.versions["after"].loss == {"EUR": 60 * Decimal("0.50")}
    assert found.versions["before"].loss == {}, "a person looks before that one loses anything"
    assert Partial.of_json(found.to_json()).to_json() == found.to_json()
    stored = found.to_json()
    del stored["versions"]["after"]["loss"]
    assert Partial.of_json(stored).versions["after"].loss == {}, "from before losses were counted"
    seen = simulate([moment(NOW, asked, 500, happened)], question(LOOSE, takes), Carried())
    assert (seen.changed[0].kind, seen.versions["before"].loss) == ("worse", {"EUR": Decimal("30.00")})


def test_a_line_without_a_figure_of_the_last_day_is_counted_and_in_no_sum() -> None:
    asked, happened = an_order("P1", 24), [Outcome(24, 0, 0, False)]
    for on_hand, age in ((None, timedelta(0)), (500, timedelta(hours=24, seconds=1))):
        found = simulate([moment(NOW, asked, on_hand, happened, age=age)], question(FIRM), Carried())
        assert (found.lines, found.not_simulated, found.versions) == (0, 1, {})
        assert [one.kind for one in found.changed] == ["not_simulated"]
    found = simulate([moment(NOW, asked, 500, happened, age=timedelta(hours=24))], question(FIRM), Carried())
    assert (found.lines, found.not_simulated) == (1, 0)


def test_an_order_that_nobody_answered_is_held_in_no_sum_of_what_was_answered() -> None:
    unanswered = moment(NOW, an_order("P1", 60), 50, [None], held=True)
    found = simulate([unanswered], question(FIRM), Carried())
    assert (found.orders, found.orders_simulated, found.lines, found.versions, found.weeks) == (1, 0, 0, {}, {})
    again = simulate([unanswered], question(FIRM, FIRM), Carried())
    assert (again.orders_simulated, again.versions["after"].asked) == (1, 60), "the running rules decide it"


def test_what_the_draft_promised_is_gone_for_the_next_order_until_a_figure_knows_of_it() -> None:
    first, second = an_order("P1", 60), an_order("P2", 60)
    soon, next_day = NOW + timedelta(hours=2), NOW + timedelta(hours=20)
    happened = [Outcome(0, 0, 60, False)]
    found = simulate([moment(NOW, first, 60, happened), moment(soon, second, 60, happened)], question(FIRM), Carried())
    assert found.versions["after"].accepted == 60
    found = simulate(
        [moment(NOW, first, 60, happened), moment(next_day, second, 60, happened)], question(FIRM), Carried()
    )
    assert found.versions["after"].accepted == 120


def test_an_exception_leaves_the_other_lines_as_they_were() -> None:
    asked, happened = an_order("P1", 60), [Outcome(48, 0, 12, False)]
    rule = BookRule("r", "Loose", 1, LOOSE, {"sku": (Condition(frozenset({"1"}), negated=True),)})
    book = RuleBook((rule,), standard=BookRule("standard", "Standard rules", 1, FIRM))
    assert simulate([moment(NOW, asked, 50, happened)], question(book), Carried()).changed == []


@settings(max_examples=150, deadline=None)
@given(moments=histories(), cut=st.integers(1, 7), warm=st.integers(0, 3))
def test_a_stretch_that_began_with_what_is_carried_to_it_finds_the_same(
    moments: list[Moment], cut: int, warm: int
) -> None:
    asked = question(LOOSE, FIRM)
    before, after = moments[:cut], moments[cut:]
    if not after:
        return
    true, ahead = Carried(), Carried()
    simulate(before, asked, true)
    simulate(before[len(before) - min(warm, len(before)) :], asked, ahead)
    same = digest(true, after[0].at, asked) == digest(ahead, after[0].at, asked)
    if warm >= len(before):
        assert same
    if same:
        assert simulate(after, asked, true).to_json() == simulate(after, asked, ahead).to_json()


def test_only_what_can_still_matter_is_carried() -> None:
    asked, soon = question(FIRM), NOW + timedelta(hours=1)
    nothing, some = Carried(), Carried()
    for promised_at, same in ((NOW - timedelta(hours=31), True), (NOW - timedelta(hours=2), False)):
        some.promised = {"after": {ITEM: [(promised_at, 5)]}}
        assert (digest(some, soon, asked) == digest(nothing, soon, asked)) is same
    some.promised = {}
    for as_of, same in ((NOW, True), (soon + timedelta(minutes=1), False)):
        some.extra = {ITEM: (as_of, 5)}
        assert (digest(some, soon, asked) == digest(nothing, soon, asked)) is same
