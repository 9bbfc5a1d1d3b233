"""The content of an order: what counts, what makes a revision, what cannot be stored."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.mirror.order_content import Unstorable, differences, read_order


def line(sequence: str = "1", **over: Any) -> dict[str, Any]:
    return {
        "itemSequenceNumber": sequence,
        "amazonProductIdentifier": f"B0{sequence:0>8}",
        "vendorProductIdentifier": f"SKU-{sequence}",
        "orderedQuantity": {"amount": 10, "unitOfMeasure": "Eaches", "unitSize": 1},
        "isBackOrderAllowed": True,
        "netCost": {"amount": "12.50", "currencyCode": "EUR"},
        **over,
    }


def order(*lines: dict[str, Any], state: str | None = "New", **details: Any) -> Order:
    found = {
        "purchaseOrderDate": "2026-11-24T08:00:00Z",
        "purchaseOrderType": "RegularOrder",
        "sellingParty": {"partyId": "LUMD1"},
        "shipToParty": {"partyId": "MUC3", "address": {"name": "A", "addressLine1": "B", "countryCode": "de"}},
        "deliveryWindow": "2026-12-01T00:00:00Z--2026-12-08T00:00:00Z",
        "items": list(lines or (line(),)),
        **details,
    }
    whole = {"purchaseOrderNumber": "AB12CD34", "orderDetails": {k: v for k, v in found.items() if v is not None}}
    return msgspec.convert(whole | ({"purchaseOrderState": state} if state else {}), Order, strict=False)


def test_fields_units_and_money_are_mapped() -> None:
    cases = line("2", orderedQuantity={"amount": 3, "unitOfMeasure": "CASES", "unitSize": 12}, netCost={"amount": "0.3333", "currencyCode": "EUR"})  # fmt: skip
    content = read_order(order(line(), cases))
    assert (content.units, content.value, content.currency) == (46, Decimal("136.9988"), "EUR")
    assert (content.freight, content.ship_to, content.ship_to_country) == ("prepaid", "MUC3", "DE")
    assert content.window_end == datetime(2026, 12, 8, tzinfo=UTC)
    assert [(each.amount, each.unit_size, each.units) for each in content.lines] == [(10, 1, 10), (3, 12, 36)]
    assert [each.net_cost for each in content.lines] == ["12.50", "0.3333"]


def test_freight_follows_from_the_window_that_is_present() -> None:
    window = "2026-12-01T00:00:00Z--2026-12-02T00:00:00Z"
    assert read_order(order(shipWindow=window, deliveryWindow=None)).freight == "collect"
    assert read_order(order(shipWindow=window)).window_end == datetime(2026, 12, 2, tzinfo=UTC)
    assert read_order(order(deliveryWindow=None)).freight is None


def test_a_cost_by_weight_adds_nothing_to_the_value() -> None:
    weighed = line(netCost={"amount": "4.00", "currencyCode": "USD", "unitOfMeasure": "POUNDS"})
    content = read_order(order(weighed))
    assert (content.value, content.lines[0].cost_unit) == (0, "POUNDS")


def test_unknown_units_types_and_states_are_kept() -> None:
    content = read_order(order(line(orderedQuantity={"amount": 4, "unitOfMeasure": "Pallets"}), state="Paused", purchaseOrderType="GiftOrder"))  # fmt: skip
    assert (content.state, content.order_type) == ("Paused", "GiftOrder")
    assert (content.lines[0].unit_of_measure, content.lines[0].units) == ("Pallets", 4)
    assert read_order(order(state=None)).state is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (order(line(), line()), "comes twice"),
        (order(sellingParty=None), "no selling party"),
        (order(line(orderedQuantity={"unitOfMeasure": "Eaches"})), "no ordered quantity"),
        (order(line(orderedQuantity={"amount": 2**31, "unitOfMeasure": "Eaches"})), "beyond any real order"),
        (order(line(orderedQuantity={"amount": 2**20, "unitOfMeasure": "Cases", "unitSize": 2**20})), "beyond"),
        (order(line(orderedQuantity={"amount": -1, "unitOfMeasure": "Eaches"})), "beyond any real order"),
        (order(line(netCost={"amount": "1E+400", "currencyCode": "EUR"})), "beyond any real cost"),
        (order(*[line(str(n), orderedQuantity={"amount": 2**30, "unitOfMeasure": "Eaches"}) for n in range(3)]), "total"),
        (order(line(vendorProductIdentifier="a\x00b")), "NUL"),
        (order(line("1\x00")), "identifier"),
        (msgspec.convert({"purchaseOrderNumber": "AB12CD34", "purchaseOrderState": "New"}, Order), "no order details"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_says_why(broken: Order, reason: str) -> None:
    with pytest.raises(Unstorable, match=reason):
        read_order(broken)


def test_a_backslash_before_u0000_is_plain_text() -> None:
    assert read_order(order(line(vendorProductIdentifier="\\u0000"))).lines[0].vendor_product_identifier == "\\u0000"


SEQUENCES = st.lists(st.integers(1, 40).map(str), min_size=1, max_size=6, unique=True)


@given(sequences=SEQUENCES, data=st.data())
@settings(max_examples=50)
def test_the_order_of_lines_the_form_of_costs_and_the_state_are_no_content(
    sequences: list[str], data: st.DataObject
) -> None:
    lines = [line(sequence) for sequence in sequences]
    shuffled = [
        each
        | {
            "netCost": {
                "amount": data.draw(st.sampled_from(["12.5", "12.50", "12.500", "1.25E1"])),
                "currencyCode": "EUR",
            }
        }
        for each in data.draw(st.permutations(lines))
    ]
    zone = timezone(timedelta(hours=data.draw(st.integers(-11, 11))))
    placed = datetime(2026, 11, 24, 8, tzinfo=UTC).astimezone(zone).isoformat()
    one = read_order(order(*lines))
    other = read_order(
        order(
            *shuffled,
            state="Acknowledged",
            purchaseOrderDate=placed,
            purchaseOrderStateChangedDate="2026-11-25T00:00:00Z",
        )
    )
    assert one.hash == other.hash
    assert differences(one.document, other.document) == []


CHANGES = st.sampled_from(
    [
        ("amount", {"orderedQuantity": {"amount": 9, "unitOfMeasure": "Eaches", "unitSize": 1}}),
        ("net_cost", {"netCost": {"amount": "12.49", "currencyCode": "EUR"}}),
        ("backorder_allowed", {"isBackOrderAllowed": False}),
        ("vendor_product_identifier", {"vendorProductIdentifier": "other"}),
    ]
)


@given(sequences=SEQUENCES, change=CHANGES, data=st.data())
@settings(max_examples=50)
def test_each_change_of_a_line_is_named_with_what_it_was(
    sequences: list[str], change: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    field, over = change
    chosen = data.draw(st.sampled_from(sequences))
    was = read_order(order(*[line(sequence) for sequence in sequences]))
    now = read_order(order(*[line(sequence, **(over if sequence == chosen else {})) for sequence in sequences]))
    assert was.hash != now.hash
    changes = differences(was.document, now.document)
    assert {each["sequence"] for each in changes} == {chosen}
    assert field in {each["field"] for each in changes}
    back = differences(now.document, was.document)
    assert [(each["was"], each["now"]) for each in back] == [(each["now"], each["was"]) for each in changes]


def test_lines_that_come_and_go_and_fields_of_the_order_are_changes() -> None:
    was = read_order(order(line("1"), line("2")))
    now = read_order(order(line("2"), line("10"), shipToParty={"partyId": "LEJ1"}))
    changes = differences(was.document, now.document)
    assert [(each["field"], each["sequence"]) for each in changes] == [
        ("ship_to", None), ("ship_to_country", None), ("line", "1"), ("line", "10"),
    ]  # fmt: skip
    assert (changes[0]["was"], changes[0]["now"]) == ("MUC3", "LEJ1")
    assert (changes[2]["now"], changes[3]["was"]) == (None, None)
