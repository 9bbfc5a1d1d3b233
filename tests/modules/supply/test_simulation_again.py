"""A simulation of which only what a change can touch is decided again gives what a whole one gives."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, context, item, line, order, stock
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.book import BookRule, Condition, RuleBook, standing
from oktee.modules.supply.rules.expected_cost import Book, Policy
from oktee.modules.supply.rules.inputs import Component, StockSnapshot
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.simulation.again import Again, changed_skus
from oktee.modules.supply.rules.simulation.facts import Carried, LaterStock, Moment, Outcome, PastOrder, Question
from oktee.modules.supply.rules.simulation.replay import monday, simulate
from oktee.modules.supply.rules.simulation.sums import ChangedLine, Noted, Partial
from oktee.modules.supply.simulations.noting import Kept, pack
from oktee.modules.supply.simulations.reading import Found

SKUS = ("1", "2", "3", "4")
IDS = {sku: UUID(int=int(sku)) for sku in SKUS}
FIRM = Settings()
LOOSE = replace(FIRM, case_pack_mode=CasePackMode.LOOSE_OK)
ZONE = context([order(line(1))]).zone
CONNECTION = UUID(int=99)
ALONE = {sku: item(item_id=IDS[sku], sku=sku, case_pack=12) for sku in SKUS}
KNOWN = ALONE | {
    "B": item(
        item_id=UUID(int=9),
        sku="B",
        case_pack=1,
        components=(Component(IDS["1"], "1", 2), Component(IDS["2"], "2", 1)),
    )
}


def a_book(left_out: frozenset[str]) -> RuleBook:
    conditions: dict[Any, Any] = {"sku": (Condition(left_out, negated=True),)} if left_out else {}
    return RuleBook(
        (BookRule("r", "Loose", 1, LOOSE, conditions),), standard=BookRule("standard", "Standard rules", 1, FIRM)
    )


def a_question(left_out: frozenset[str], *, compared: bool) -> Question:
    return Question(ZONE, FIRM, a_book(left_out), standing(FIRM) if compared else None, timedelta(hours=6))


@st.composite
def histories(draw: Any) -> list[Moment]:
    """Orders over some days, some decided together, that share four SKUs and a bundle of two of them."""
    made, at = [], NOW
    for n in range(draw(st.integers(1, 9))):
        at += timedelta(minutes=draw(st.integers(1, 1500)))
        orders = []
        for m in range(draw(st.integers(1, 2))):
            wanted = draw(
                st.lists(st.tuples(st.sampled_from([*SKUS, "B"]), st.integers(1, 70)), min_size=1, max_size=3)
            )
            lines = (
                line(units, sequence=str(k), vendor_product_identifier=sku, backorder_allowed=False)
                for k, (sku, units) in enumerate(wanted, 1)
            )
            orders.append(order(*lines, number=f"P{n}-{m}"))
        figures = {
            IDS[sku]: replace(
                stock(draw(st.integers(0, 150))), as_of=at - timedelta(minutes=draw(st.integers(0, 1500)))
            )
            for sku in SKUS
        }
        made.append(a_moment(at, orders, figures, draw(st.booleans()), draw(st.integers(0, 40))))
    return made


def a_moment(
    at: datetime, orders: list[Any], figures: dict[UUID, StockSnapshot], known_later: bool, left: int
) -> Moment:
    ctx = context(orders, items=KNOWN, stocks=figures)
    past = tuple(
        PastOrder(
            UUID(int=abs(hash(one.number)) % 2**64),
            one,
            tuple(Outcome(0, 0, each.ordered, False) for each in one.lines),
            False,
            Book(Policy()),
        )
        for one in orders
    )
    # The figure of the next day, the same for all that is decided on this one.
    as_of = at.replace(hour=23, minute=59) if at.hour < 23 else at + timedelta(hours=2)
    later = {item_id: LaterStock(as_of, left) for item_id in figures} if known_later else {}
    return Moment(at, past, ctx.candidates, figures, later)


def decide_again(
    first: Partial, moments: list[Moment], question: Question, skus: frozenset[str]
) -> tuple[Partial, list[ChangedLine], list[Noted], int]:
    again, whole, noted, changed, touched = Again(question, skus), Partial(), [], [], 0
    whole.merge(first)
    for was, moment in zip(first.noted, moments, strict=True):
        if not again.touches(was):
            again.keep(was)
            noted.append(was)
            changed.extend(was.sums.changed)
            continue
        found = again.decide(was, moment)
        whole.take(was.sums, monday(was.at, ZONE), -1)
        whole.take(found.noted[0].sums, monday(was.at, ZONE))
        noted.extend(found.noted)
        changed.extend(found.changed)
        touched += 1
    return whole.pruned(), changed, noted, touched


@settings(max_examples=200, deadline=None)
@given(
    moments=histories(),
    was=st.frozensets(st.sampled_from([*SKUS, "B"]), max_size=2),
    change=st.frozensets(st.sampled_from([*SKUS, "B"]), min_size=1, max_size=2),
    compared=st.booleans(),
)
def test_what_a_change_can_touch_decided_again_gives_what_all_of_it_gives(
    moments: list[Moment], was: frozenset[str], change: frozenset[str], compared: bool
) -> None:
    first = simulate(moments, a_question(was, compared=compared), Carried())
    asked = a_question(was ^ change, compared=compared)
    expected = simulate(moments, asked, Carried())
    whole, changed, noted, _ = decide_again(first, moments, asked, change)
    assert whole.to_json() == expected.pruned().to_json()
    assert changed == expected.changed
    assert noted == expected.noted, "so that the next change can be tried on this one"


def test_only_the_moments_that_share_stock_with_the_change_are_decided_again() -> None:
    def one(at: datetime, sku: str, n: int) -> Moment:
        asked = order(line(50, vendor_product_identifier=sku, backorder_allowed=False), number=f"P{n}")
        return a_moment(
            at, [asked], {IDS[s]: replace(stock(60), as_of=at - timedelta(hours=1)) for s in SKUS}, False, 0
        )

    soon, later = NOW + timedelta(hours=2), NOW + timedelta(days=3)
    moments = [one(NOW, "1", 1), one(soon, "2", 2), one(soon + timedelta(minutes=5), "1", 3), one(later, "2", 4)]
    first = simulate(moments, a_question(frozenset(), compared=True), Carried())
    asked = a_question(frozenset({"1"}), compared=True)
    _, changed, _, touched = decide_again(first, moments, asked, frozenset({"1"}))
    assert touched == 2
    assert {each.sku for each in changed} == {"2"}, "kept as they were"


@settings(max_examples=60, deadline=None)
@given(moments=histories())
def test_a_part_is_kept_as_it_was(moments: list[Moment]) -> None:
    noted = simulate(moments, a_question(frozenset(), compared=True), Carried()).noted
    found = [
        Found(past.order_id, CONNECTION, moment.at, UUID(int=5), None, False)
        for moment in moments
        for past in moment.orders
    ]
    kept = Kept(pack(found, noted))
    assert kept.found == found
    for one in noted:
        one.sums.changed.clear()  # lines are kept apart
    assert kept.noted == noted


def test_only_a_change_of_left_out_skus_is_a_part() -> None:
    plain = RuleBody.model_validate({"when": [{"field": "brand", "values": ["Lumea"]}]})
    without = RuleBody.model_validate(
        {"when": [{"field": "brand", "values": ["Lumea"]}, {"field": "sku", "negated": True, "values": ["1", "2"]}]}
    )
    other = RuleBody.model_validate({"when": [{"field": "brand", "values": ["Lumea"]}], "then": {"backorder_days": 3}})
    named = RuleBody.model_validate({"when": [{"field": "sku", "values": ["1"]}]})
    assert changed_skus(plain, without) == {"1", "2"} == changed_skus(without, plain)
    assert changed_skus(plain, plain) == frozenset()
    assert changed_skus(plain, other) is None
    assert changed_skus(RuleBody(), named) is None
