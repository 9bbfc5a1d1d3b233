"""The body of an answer, the rules that forbid sending it, and the proof that Amazon shows it."""

import copy
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, arriving, context, decide_one, line, order
from oktee.modules.supply.answers.body import (
    AcknowledgementBody,
    AnswerError,
    LineAnswer,
    answer_of,
    build,
    encode,
)
from oktee.modules.supply.answers.read_back import Mismatch, NotYet, ReadBackLine, Seen, compare
from oktee.modules.supply.answers.validation import blocking, validate
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.inputs import LineInput, OrderInput
from oktee.modules.supply.rules.messages import MESSAGES

IN_WINDOW = datetime(2026, 11, 27, 16, tzinfo=UTC)
AFTER_WINDOW = datetime(2026, 12, 10, 16, tzinfo=UTC)


def answer(
    accepted: int = 0, backordered: int = 0, rejected: int = 0, *, sequence: str = "1", **over: Any
) -> LineAnswer:
    values: dict[str, Any] = {
        "scheduled_at": IN_WINDOW if accepted else None,
        "backorder_at": AFTER_WINDOW if backordered else None,
        "rejection_reason": "TemporarilyUnavailable" if rejected else None,
    }
    return LineAnswer(
        sequence=sequence, accepted=accepted, backordered=backordered, rejected=rejected, **{**values, **over}
    )


def body_of(the_order: OrderInput, *answers: LineAnswer) -> AcknowledgementBody:
    return build(the_order, answers, acknowledgement_date=NOW)


def first_item(body: AcknowledgementBody) -> Any:
    return body["acknowledgements"][0]["items"][0]


def found(
    the_order: OrderInput, body: AcknowledgementBody, *, now: datetime = NOW, earlier: Any = ()
) -> list[tuple[str, str]]:
    violations = validate(the_order, body, now=now, earlier=earlier)
    for violation in violations:
        assert list(violation.values) == list(MESSAGES[violation.message])
    return [(violation.code, violation.message.removeprefix("supply.answer.")) for violation in violations]


# Building


def test_the_mapping_of_a_three_way_split() -> None:
    the_order = order(line(100, net_cost=Decimal("6.20"), net_cost_text="6.2000"))
    assert body_of(the_order, answer(24, 36, 40)) == {
        "acknowledgements": [
            {
                "purchaseOrderNumber": "4K8QX2PD",
                "sellingParty": {"partyId": "ABC12"},
                "acknowledgementDate": "2026-11-23T09:55:00Z",
                "items": [
                    {
                        "itemSequenceNumber": "1",
                        "amazonProductIdentifier": "B0ABCD1234",
                        "vendorProductIdentifier": "4420",
                        "orderedQuantity": {"amount": 100, "unitOfMeasure": "Eaches", "unitSize": 1},
                        "netCost": {"currencyCode": "EUR", "amount": "6.2000"},
                        "itemAcknowledgements": [
                            {
                                "acknowledgementCode": "Accepted",
                                "acknowledgedQuantity": {"amount": 24, "unitOfMeasure": "Eaches", "unitSize": 1},
                                "scheduledDeliveryDate": "2026-11-27T16:00:00Z",
                            },
                            {
                                "acknowledgementCode": "Backordered",
                                "acknowledgedQuantity": {"amount": 36, "unitOfMeasure": "Eaches", "unitSize": 1},
                                "scheduledDeliveryDate": "2026-12-10T16:00:00Z",
                            },
                            {
                                "acknowledgementCode": "Rejected",
                                "acknowledgedQuantity": {"amount": 40, "unitOfMeasure": "Eaches", "unitSize": 1},
                                "rejectionReason": "TemporarilyUnavailable",
                            },
                        ],
                    }
                ],
            }
        ]
    }


def test_a_full_rejection_carries_the_ordered_amount() -> None:
    item = first_item(body_of(order(line(40)), answer(rejected=40)))
    assert item["itemAcknowledgements"] == [
        {
            "acknowledgementCode": "Rejected",
            "acknowledgedQuantity": {"amount": 40, "unitOfMeasure": "Eaches", "unitSize": 1},
            "rejectionReason": "TemporarilyUnavailable",
        }
    ]


def test_lines_in_cases_are_answered_in_cases_and_collect_gives_the_ship_date() -> None:
    the_order = order(line(10, unit_of_measure="CASES", unit_size=12), freight="collect")
    item = first_item(body_of(the_order, answer(96, 0, 24)))
    assert item["orderedQuantity"] == {"amount": 10, "unitOfMeasure": "Cases", "unitSize": 12}
    assert [split["acknowledgedQuantity"]["amount"] for split in item["itemAcknowledgements"]] == [8, 2]
    assert item["itemAcknowledgements"][0]["scheduledShipDate"] == "2026-11-27T16:00:00Z"
    with pytest.raises(AnswerError, match="not_whole_cases"):
        body_of(the_order, answer(95, 0, 25))


def test_the_cost_is_sent_as_the_order_wrote_it() -> None:
    assert first_item(body_of(order(line(12, net_cost=Decimal("12.50"))), answer(12)))["netCost"]["amount"] == "12.50"


def test_an_answer_cannot_leave_out_double_or_invent_a_line() -> None:
    the_order = order(line(12), line(12, sequence="2"))
    with pytest.raises(AnswerError, match="line_missing") as caught:
        body_of(the_order, answer(12))
    assert caught.value.line == "2"
    with pytest.raises(AnswerError, match="line_twice"):
        body_of(the_order, answer(12), answer(12))
    with pytest.raises(AnswerError, match="line_unknown"):
        body_of(the_order, answer(12, sequence="7"))


def test_a_cancelled_line_is_left_out() -> None:
    the_order = order(line(12), line(0, sequence="2"), line(5, sequence="3", cancelled=True))
    body = body_of(the_order, answer(12), answer(sequence="2"), answer(sequence="3"))
    assert [item["itemSequenceNumber"] for item in body["acknowledgements"][0]["items"]] == ["1"]
    assert found(the_order, body) == []


def test_a_resend_sends_the_same_bytes_also_from_the_stored_json() -> None:
    body = body_of(order(line(12, vendor_product_identifier="CRÈME 50")), answer(12))
    stored = json.loads(json.dumps(body))
    reordered = json.loads(json.dumps(body, sort_keys=True))
    assert encode(body) == encode(stored) == encode(reordered)
    assert json.loads(encode(body)) == body


def test_an_undecided_line_has_no_answer() -> None:
    with pytest.raises(AnswerError, match="undecided"):
        answer_of(decide_one(12, on_hand=0)[1])


@settings(max_examples=50, deadline=None)
@given(
    asked=st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=4),
    on_hand=st.integers(1, 200),
    freight=st.sampled_from(["collect", "prepaid"]),
)
def test_what_the_rules_decide_can_be_sent_and_reads_back_as_seen(
    asked: list[tuple[int, bool]], on_hand: int, freight: str
) -> None:
    lines = [
        line(amount, sequence=str(n), unit_of_measure="Cases" if cases else "Eaches", unit_size=12 if cases else None)
        for n, (amount, cases) in enumerate(asked, start=1)
    ]
    the_order = order(*lines, freight=freight)
    snapshot = arriving(on_hand, 100, datetime(2026, 12, 7, tzinfo=UTC).date())
    decision = decide(the_order, context(the_order, stocks=snapshot))
    answers = [
        answer_of(each) if not each.undecided else answer(rejected=each.ordered, sequence=each.sequence)
        for each in decision.lines
    ]
    body = build(the_order, answers, acknowledgement_date=NOW)
    assert validate(the_order, body, now=NOW) == []
    shown = [ReadBackLine(one.sequence, "ACCEPTED", one.accepted + one.backordered, one.rejected) for one in answers]
    assert compare(body, shown) == Seen()


# Amazon's rules


def test_h1_every_line_and_every_unit_is_answered() -> None:
    the_order = order(line(12), line(12, sequence="2"))
    body = body_of(the_order, answer(12), answer(12, sequence="2"))
    assert found(the_order, body) == []
    missing = copy.deepcopy(body)
    del missing["acknowledgements"][0]["items"][1]
    assert found(the_order, missing) == [("H1", "line_missing")]
    assert found(the_order, missing, earlier=[body]) == []  # a later answer may update one line
    twice = copy.deepcopy(body)
    twice["acknowledgements"][0]["items"][1]["itemSequenceNumber"] = "1"
    assert found(the_order, twice) == [("H1", "line_twice"), ("H1", "line_missing")]
    unknown = copy.deepcopy(body)
    unknown["acknowledgements"][0]["items"][1]["itemSequenceNumber"] = "9"
    assert found(the_order, unknown) == [("H1", "line_unknown"), ("H1", "line_missing")]
    assert found(order(line(12)), body_of(order(line(12)), answer(10))) == [("H1", "not_fully_answered")]


def test_h1_order_party_and_identifiers_are_those_of_the_order() -> None:
    the_order = order(line(12))
    body = body_of(the_order, answer(12))
    body["acknowledgements"][0]["purchaseOrderNumber"] = "OTHER000"
    body["acknowledgements"][0]["sellingParty"]["partyId"] = "XXXXX"
    first_item(body)["vendorProductIdentifier"] = "4421"
    assert found(the_order, body) == [
        ("H1", "order_number_differs"),
        ("H1", "vendor_code_differs"),
        ("H1", "identifier_differs"),
    ]


def test_h2_a_code_is_required() -> None:
    the_order = order(line(12))
    body = body_of(the_order, answer(12))
    del first_item(body)["itemAcknowledgements"][0]["acknowledgementCode"]
    assert found(the_order, body) == [("H2", "code_missing")]
    first_item(body)["itemAcknowledgements"] = []
    assert found(the_order, body) == [("H2", "code_missing")]


@pytest.mark.parametrize(
    ("cost", "message", "blocks"),
    [
        (None, "cost_missing", True),
        ({"currencyCode": "EUR", "amount": "0"}, "cost_not_positive", True),
        ({"currencyCode": "EUR", "amount": "-1"}, "cost_not_positive", True),
        ({"currencyCode": "EUR", "amount": "six"}, "cost_not_positive", True),
        ({"currencyCode": "EUR", "amount": "NaN"}, "cost_not_positive", True),
        ({"currencyCode": "EUR", "amount": "6.21"}, "cost_above_order", True),
        ({"currencyCode": "EUR", "amount": "6.19"}, "cost_below_order", False),
        ({"currencyCode": "GBP", "amount": "6.20"}, "currency_differs", True),
    ],
)
def test_h3_the_cost(cost: dict[str, str] | None, message: str, blocks: bool) -> None:
    the_order = order(line(12))
    body = body_of(the_order, answer(12))
    if cost is None:
        del first_item(body)["netCost"]
    else:
        first_item(body)["netCost"] = cost
    violations = validate(the_order, body, now=NOW)
    assert [(one.code, one.message) for one in violations] == [("H3", f"supply.answer.{message}")]
    assert bool(blocking(violations)) is blocks


def test_h4_not_more_than_ordered() -> None:
    the_order = order(line(12))
    assert found(the_order, body_of(the_order, answer(13))) == [("H4", "more_than_ordered")]


def test_h5_a_late_first_answer_is_shown_and_sent() -> None:
    the_order = order(line(12), placed_at=NOW - timedelta(hours=24, seconds=1))
    violations = validate(the_order, body_of(the_order, answer(12)), now=NOW)
    assert [(one.code, one.blocking) for one in violations] == [("H5", False)]
    on_time = order(line(12), placed_at=NOW - timedelta(hours=24))
    assert found(on_time, body_of(on_time, answer(12))) == []


def test_h6_after_48_hours_only_dates_may_change() -> None:
    placed = NOW - timedelta(hours=48)
    the_order = order(line(12), placed_at=placed)
    before = body_of(the_order, answer(12))
    other_quantity = body_of(the_order, answer(6, 0, 6))
    assert found(the_order, other_quantity, earlier=[before]) == []
    late = NOW + timedelta(seconds=1)
    assert found(the_order, other_quantity, now=late, earlier=[before]) == [("H6", "dates_only")]
    other_date = body_of(the_order, answer(12, scheduled_at=IN_WINDOW + timedelta(days=1)))
    assert found(the_order, other_date, now=late, earlier=[before]) == []
    other_cost = copy.deepcopy(before)
    first_item(other_cost)["netCost"]["amount"] = "6.10"
    assert ("H6", "dates_only") in found(the_order, other_cost, now=late, earlier=[before])


def test_h6_the_latest_answer_is_the_one_that_may_not_change() -> None:
    the_order = order(line(12), placed_at=NOW - timedelta(hours=50))
    first, latest = body_of(the_order, answer(12)), body_of(the_order, answer(6, 0, 6))
    other_date = body_of(the_order, answer(6, 0, 6, scheduled_at=IN_WINDOW + timedelta(hours=1)))
    assert found(the_order, other_date, earlier=[first, latest]) == []
    assert found(the_order, first, earlier=[first, latest]) == [("H6", "dates_only")]


def test_h8_there_is_no_way_back_from_a_first_rejection() -> None:
    the_order = order(line(12))
    rejected = body_of(the_order, answer(rejected=12))
    accepted = body_of(the_order, answer(12))
    backordered = body_of(the_order, answer(backordered=12))
    assert found(the_order, accepted, earlier=[rejected]) == [("H8", "no_way_back_from_rejected")]
    assert found(the_order, backordered, earlier=[rejected]) == [("H8", "no_way_back_from_rejected")]
    assert found(the_order, rejected, earlier=[rejected]) == []
    assert found(the_order, accepted, earlier=[accepted, rejected]) == []  # first answered Accepted
    assert found(the_order, accepted, earlier=[body_of(the_order, answer(6, 0, 6))]) == []


def test_h9_a_backorder_is_allowed_and_has_a_date_of_its_own() -> None:
    the_order = order(line(12))
    assert found(the_order, body_of(the_order, answer(6, 6))) == []
    not_allowed = order(line(12, backorder_allowed=False))
    assert found(not_allowed, body_of(not_allowed, answer(6, 6))) == [("H9", "backorder_not_allowed")]
    same_date = body_of(the_order, answer(6, 6, backorder_at=IN_WINDOW))
    assert found(the_order, same_date) == [("H9", "backorder_needs_other_date")]
    assert found(the_order, body_of(the_order, answer(6, 6, backorder_at=None))) == [("H9", "date_missing")]


def test_h10_no_amount_is_zero() -> None:
    the_order = order(line(12))
    body = body_of(the_order, answer(12))
    zero = copy.deepcopy(first_item(body)["itemAcknowledgements"][0])
    zero["acknowledgedQuantity"]["amount"] = 0
    first_item(body)["itemAcknowledgements"].append(zero)
    assert found(the_order, body) == [("H10", "amount_zero")]


def test_h11_spellings() -> None:
    the_order = order(line(12))
    shouted = body_of(the_order, answer(12))
    first_item(shouted)["itemAcknowledgements"][0]["acknowledgementCode"] = "ACCEPTED"
    assert found(the_order, shouted) == [("H11", "code_unknown")]
    reason = body_of(the_order, answer(rejected=12, rejection_reason="TEMPORARILYUNAVAILABLE"))
    assert found(the_order, reason) == [("H11", "reason_unknown")]
    assert found(the_order, body_of(the_order, answer(rejected=12, rejection_reason=None))) == [
        ("H11", "reason_missing")
    ]
    surplus = body_of(the_order, answer(12))
    first_item(surplus)["itemAcknowledgements"][0]["rejectionReason"] = "ObsoleteProduct"
    assert found(the_order, surplus) == [("H11", "reason_not_expected")]
    unit = body_of(the_order, answer(12))
    first_item(unit)["itemAcknowledgements"][0]["acknowledgedQuantity"]["unitOfMeasure"] = "EACHES"
    assert found(the_order, unit) == [("H11", "unit_unknown")]


def test_h12_an_answer_to_an_older_revision_is_not_sent() -> None:
    body = body_of(order(line(12)), answer(12))
    assert ("H12", "order_changed") in found(order(line(24)), body)


@pytest.mark.parametrize("freight", ["collect", "prepaid"])
def test_h14_the_date_of_the_freight_term_inside_the_window(freight: str) -> None:
    the_order = order(line(12), freight=freight)
    assert found(the_order, body_of(the_order, answer(12))) == []
    assert found(the_order, body_of(the_order, answer(12, scheduled_at=None))) == [("H14", "date_missing")]
    outside = body_of(the_order, answer(12, scheduled_at=datetime(2026, 12, 1, 9, tzinfo=UTC)))
    assert found(the_order, outside) == [("H14", "date_outside_window")]
    past = body_of(the_order, answer(12))
    after = IN_WINDOW + timedelta(hours=1)
    assert ("H14", "date_in_the_past") in found(the_order, past, now=after)
    other = body_of(order(line(12), freight="collect" if freight == "prepaid" else "prepaid"), answer(12))
    assert found(the_order, other) == [("H14", "date_of_other_freight"), ("H14", "date_missing")]
    unreadable = body_of(the_order, answer(12))
    field = "scheduledShipDate" if freight == "collect" else "scheduledDeliveryDate"
    first_item(unreadable)["itemAcknowledgements"][0][field] = "tomorrow"
    assert found(the_order, unreadable) == [("H14", "date_unreadable")]


def test_h15_one_order_in_each_call() -> None:
    the_order = order(line(12))
    body = body_of(the_order, answer(12))
    body["acknowledgements"].append(copy.deepcopy(body["acknowledgements"][0]))
    assert found(the_order, body) == [("H15", "several_orders")]


# Reading back


def two_lines(*lines: LineInput) -> AcknowledgementBody:
    the_order = order(*(lines or (line(10), line(12, sequence="2"))))
    return body_of(the_order, answer(6, 4), answer(6, 0, 6, sequence="2"))


def test_accepted_and_backordered_read_back_as_accepted() -> None:
    shown = [ReadBackLine("1", "ACCEPTED", 10, 0), ReadBackLine("2", "PARTIALLY_ACCEPTED", 6, 6)]
    assert compare(two_lines(), shown) == Seen()


def test_a_rejected_quantity_of_zero_beside_a_split_is_an_oddity_not_a_difference() -> None:
    shown = [ReadBackLine("1", "ACCEPTED", 10, None), ReadBackLine("2", "PARTIALLY_ACCEPTED", 6, 0)]
    assert compare(two_lines(), shown) == Seen()


def test_another_quantity_is_a_mismatch_with_both_numbers() -> None:
    shown = [ReadBackLine("1", "ACCEPTED", 6, 0), ReadBackLine("2", "PARTIALLY_ACCEPTED", 6, 6)]
    result = compare(two_lines(), shown)
    assert isinstance(result, Mismatch)
    (difference,) = result.differences
    assert (difference.sequence, difference.sent_accepted, difference.seen_accepted) == ("1", 10, 6)


def test_an_acceptance_that_amazon_shows_as_rejected_is_a_mismatch() -> None:
    shown = [ReadBackLine("1", "REJECTED", 0, 10), ReadBackLine("2", "PARTIALLY_ACCEPTED", 6, 6)]
    assert isinstance(compare(two_lines(), shown), Mismatch)


def test_another_rejected_quantity_is_a_mismatch() -> None:
    shown = [ReadBackLine("1", "ACCEPTED", 10, 0), ReadBackLine("2", "PARTIALLY_ACCEPTED", 6, 3)]
    result = compare(two_lines(), shown)
    assert isinstance(result, Mismatch)
    assert (result.differences[0].sent_rejected, result.differences[0].seen_rejected) == (6, 3)


def test_unconfirmed_and_absent_lines_wait() -> None:
    shown = [ReadBackLine("1", "UNCONFIRMED", None, None)]
    assert compare(two_lines(), shown) == NotYet(("1", "2"))


def test_a_full_rejection_is_seen_only_when_amazon_says_so() -> None:
    body = body_of(order(line(12)), answer(rejected=12))
    assert compare(body, [ReadBackLine("1", "UNCONFIRMED", 0, 0)]) == NotYet(("1",))
    assert compare(body, [ReadBackLine("1", "REJECTED", 0, 12)]) == Seen()


def test_cases_are_compared_in_eaches() -> None:
    body = body_of(order(line(10, unit_of_measure="Cases", unit_size=12)), answer(96, 0, 24))
    assert compare(body, [ReadBackLine("1", "PARTIALLY_ACCEPTED", 96, 24)]) == Seen()
    assert isinstance(compare(body, [ReadBackLine("1", "PARTIALLY_ACCEPTED", 8, 2)]), Mismatch)


def a_book(cost: str = "6.50", price: str | None = "10.00") -> LineInput:
    return line(
        12, asin="2070368229", vendor_product_identifier=None, net_cost=Decimal(cost), net_cost_text=cost,
        list_price=price is not None, list_price_text=price,
    )  # fmt: skip


def test_a_book_is_answered_with_its_list_price_and_the_factor_that_leads_to_its_cost() -> None:
    the_order = order(a_book())
    body = body_of(the_order, answer(12))
    item = first_item(body)
    assert item["listPrice"] == {"currencyCode": "EUR", "amount": "10.00"}
    assert item["discountMultiplier"] == "0.6500"
    assert found(the_order, body) == []
    said = first_item(body_of(the_order, answer(12, list_price="12.00", discount_multiplier="0.54")))
    assert (said["listPrice"]["amount"], said["discountMultiplier"]) == ("12.00", "0.54")


@pytest.mark.parametrize(
    ("over", "faults"),
    [
        ({"cost": "11.00"}, ["discount_missing"]),
        ({"price": "0"}, ["list_price_missing", "discount_missing"]),
    ],
)
def test_a_book_without_a_price_or_a_discount_is_not_sent(over: Any, faults: list[str]) -> None:
    the_order = order(a_book(**over))
    assert [message for _, message in found(the_order, body_of(the_order, answer(12)))] == faults
    assert blocking(validate(the_order, body_of(the_order, answer(12)), now=NOW))


def test_what_is_no_book_is_answered_without_either() -> None:
    item = first_item(body_of(order(line(12, list_price=True, list_price_text="10.00")), answer(12)))
    assert not {"listPrice", "discountMultiplier"} & set(item)
