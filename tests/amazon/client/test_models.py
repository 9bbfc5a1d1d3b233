"""Quantities, money, windows and pages: read exactly, tolerantly where Amazon is sloppy, never by a guess."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.calls import encode
from oktee.amazon.client.models.fields import ItemQuantity, Money, interval, money
from oktee.amazon.client.models.vendor_orders import (
    AcknowledgementCode,
    ItemAcknowledgement,
    Order,
    OrderAcknowledgement,
    OrderAcknowledgementItem,
    Party,
    PurchaseOrderState,
    SubmitAcknowledgementRequest,
)
from oktee.amazon.client.page import read
from oktee.amazon.client.vendor_orders import _ORDERS, _STATUSES

few = settings(max_examples=60, deadline=None)
amounts = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4),
    st.builds(lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-99, 99), st.integers(0, 12)),
)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]),
)


def an_order(number: str = "2JK3S9VC", **over: Any) -> dict[str, Any]:
    item = {
        "itemSequenceNumber": "1",
        "orderedQuantity": {"amount": 24, "unitOfMeasure": "Cases", "unitSize": 5},
        "netCost": {"amount": "94.97", "currencyCode": "EUR"},
    }
    details = {"purchaseOrderDate": "2026-11-20T10:00:00Z", "items": [item], **over}
    return {"purchaseOrderNumber": number, "purchaseOrderState": "New", "orderDetails": details}


def a_status(number: str = "2JK3S9VC", **over: Any) -> dict[str, Any]:
    return {
        "purchaseOrderNumber": number,
        "purchaseOrderStatus": "OPEN",
        "purchaseOrderDate": "2026-11-20T10:00:00Z",
        "itemStatus": [{"itemSequenceNumber": "1"}],
        **over,
    }


def a_page(*orders: Any, **payload: Any) -> bytes:
    return json.dumps({"payload": {"orders": list(orders), **payload}}).encode()


@given(amount=st.integers(0, 10**6), size=st.integers(1, 1000), data=st.data())
@few
def test_cases_are_counted_in_eaches_whatever_the_casing(amount: int, size: int, data: st.DataObject) -> None:
    casing = data.draw(st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
    cases = ItemQuantity(amount=amount, unit_of_measure=casing("Cases"), unit_size=size)
    assert cases.eaches == amount * size
    assert ItemQuantity(amount=amount, unit_of_measure=casing("Eaches"), unit_size=size).eaches == amount


@pytest.mark.parametrize(
    "quantity",
    [
        ItemQuantity(amount=3, unit_of_measure="Pallets", unit_size=10),
        ItemQuantity(amount=3, unit_of_measure="Cases"),
        ItemQuantity(amount=3, unit_size=10),
        ItemQuantity(unit_of_measure="Eaches"),
    ],
)
def test_eaches_that_cannot_be_known_are_not_guessed(quantity: ItemQuantity) -> None:
    assert quantity.eaches is None


@given(quantity=st.builds(ItemQuantity, amount=st.integers(-(10**9), 10**9), unit_of_measure=st.text(max_size=20)))
@few
def test_a_quantity_survives_the_round_trip(quantity: ItemQuantity) -> None:
    assert read(msgspec.json.encode(quantity), ItemQuantity) == quantity


@given(amount=amounts)
@few
def test_money_survives_the_round_trip_to_the_digit_and_is_sent_without_exponent(amount: Decimal) -> None:
    sent = msgspec.json.encode(money(amount, currency_code="EUR"))
    assert read(sent, Money).amount == amount
    text = json.loads(sent)["amount"]
    assert isinstance(text, str)
    assert "e" not in text.lower()


@pytest.mark.parametrize(("text", "value"), [("1E+2", "100"), ("1.5e-3", "0.0015"), ("0.10", "0.10")])
def test_money_with_an_exponent_is_read_exactly(text: str, value: str) -> None:
    assert read(json.dumps({"amount": text}).encode(), Money).amount == Decimal(value)


def test_money_that_is_no_number_is_never_sent() -> None:
    with pytest.raises(ValueError, match="finite"):
        money(Decimal("NaN"), currency_code="EUR")
    with pytest.raises(ValueError, match="millionth"):
        money(Decimal("1E-7"), currency_code="EUR")


@given(one=moments, other=moments)
@few
def test_a_window_survives_the_round_trip(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    assert interval(f"{start.isoformat()}--{end.isoformat()}") == (start, end)


@given(text=st.text(max_size=60))
@few
def test_no_text_breaks_the_window_parser(text: str) -> None:
    found = interval(text)
    assert found is None or found[0] <= found[1]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2026-11-20T07:00:00Z",
        "2026-11-20T07:00:00Z--",
        "--2026-11-20T07:00:00Z",
        "2026-11-27T07:00:00Z--2026-11-20T07:00:00Z",
        "soon--later",
    ],
)
def test_an_unreadable_window_is_none_and_its_text_is_kept(text: str | None) -> None:
    assert interval(text) is None
    if text:
        (order,) = _ORDERS(a_page(an_order(deliveryWindow=text))).models
        assert order.order_details is not None
        assert order.order_details.delivery_window == text
        assert order.order_details.delivery_interval is None


def test_a_window_of_days_without_offset_is_utc() -> None:
    assert interval("2026-11-20--2026-11-27") == (
        datetime(2026, 11, 20, tzinfo=UTC),
        datetime(2026, 11, 27, tzinfo=UTC),
    )


def test_unknown_fields_are_ignored_and_unknown_enum_values_kept() -> None:
    order = an_order(purchaseOrderType="FlashOrder", somethingNew={"a": [1]})
    order["purchaseOrderState"] = "Paused"
    (found,) = _ORDERS(a_page(order)).models
    assert found.purchase_order_state == "Paused"
    assert found.order_details is not None
    assert found.order_details.purchase_order_type == "FlashOrder"


def test_states_compare_with_their_constants() -> None:
    (found,) = _ORDERS(a_page(an_order())).models
    assert found.purchase_order_state == PurchaseOrderState.NEW


def test_nulls_that_lose_nothing_and_dates_without_offset_are_read() -> None:
    page = _ORDERS(a_page(an_order(shipToParty=None, purchaseOrderDate="2026-11-20T10:00:00", dealCode=None)))
    assert page.rejects == []
    details = page.models[0].order_details
    assert details is not None
    assert details.ship_to_party is None
    assert details.purchase_order_date == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_null_histories_of_a_status_are_empty() -> None:
    line = {
        "itemSequenceNumber": "1",
        "orderedQuantity": {"orderedQuantityDetails": None},
        "acknowledgementStatus": {"confirmationStatus": "UNCONFIRMED", "acknowledgementStatusDetails": None},
        "receivingStatus": None,
    }
    page = _STATUSES(json.dumps({"payload": {"ordersStatus": [a_status(itemStatus=[line])]}}).encode())
    (item,) = page.models[0].item_status
    assert item.ordered_quantity is not None
    assert item.ordered_quantity.ordered_quantity_details == []
    assert item.acknowledgement_status is not None
    assert item.acknowledgement_status.acknowledgement_status_details == []
    assert item.receiving_status is None


@pytest.mark.parametrize("lines", [{"items": None}, {"items": 3}])
def test_an_order_whose_lines_are_lost_is_a_reject_and_not_an_empty_order(lines: dict[str, Any]) -> None:
    page = _ORDERS(a_page(an_order("GOOD0001"), an_order("LOST0001", **lines)))
    assert [order.purchase_order_number for order in page.models] == ["GOOD0001"]
    assert [json.loads(reject.raw)["purchaseOrderNumber"] for reject in page.rejects] == ["LOST0001"]


@pytest.mark.parametrize("payload", ['{"orders":[],"pagination":null}', '{"pagination":{}}', "{}"])
def test_a_page_without_orders_is_empty(payload: str) -> None:
    page = _ORDERS(b'{"payload":%s}' % payload.encode())
    assert (page.models, page.rejects, page.next_token) == ([], [], None)


def test_an_empty_token_ends_the_listing() -> None:
    assert _ORDERS(a_page(an_order(), pagination={"nextToken": ""})).next_token is None


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"null",
        b"[]",
        b'{"payload":null}',
        b'{"payload":{"orders":null}}',
        b'{"payload":{"orders":7}}',
        b'{"errors":[{"code":"InternalFailure"}]}',
        b"<html>",
    ],
)
def test_a_body_that_is_no_page_is_an_error_and_not_an_empty_page(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        _ORDERS(body)


@pytest.mark.parametrize(
    "bad",
    [
        {"purchaseOrderState": "New"},
        "not an order",
        an_order("BADDATE1", purchaseOrderDate="yesterday"),
        an_order("BADCOST1", items=[{"itemSequenceNumber": "1", "orderedQuantity": {}, "netCost": {"amount": "NaN"}}]),
        an_order(
            "BADCOST2", items=[{"itemSequenceNumber": "1", "orderedQuantity": {}, "netCost": {"amount": "12,50"}}]
        ),
    ],
)
def test_one_bad_order_does_not_stop_its_page(bad: Any) -> None:
    page = _ORDERS(a_page(an_order("GOOD0001"), bad, an_order("GOOD0002"), pagination={"nextToken": "next"}))
    assert [order.purchase_order_number for order in page.models] == ["GOOD0001", "GOOD0002"]
    assert page.next_token == "next"
    (reject,) = page.rejects
    assert reject.reason
    raw = json.loads(reject.raw)
    assert raw == bad or raw["purchaseOrderNumber"] == bad["purchaseOrderNumber"]


def test_one_bad_status_does_not_stop_its_page() -> None:
    bad, lost = a_status(purchaseOrderDate=5), a_status(itemStatus=None)
    page = _STATUSES(json.dumps({"payload": {"ordersStatus": [bad, a_status("GOOD0002"), lost]}}).encode())
    assert [status.purchase_order_number for status in page.models] == ["GOOD0002"]
    assert len(page.rejects) == 2


def test_an_order_without_details_or_state_is_read() -> None:
    (order,) = _ORDERS(a_page({"purchaseOrderNumber": "2JK3S9VC"})).models
    assert order == Order(purchase_order_number="2JK3S9VC")


def test_an_acknowledgement_is_written_as_amazons_schema_names_it_without_absent_fields() -> None:
    quantity = ItemQuantity(amount=10, unit_of_measure="Eaches", unit_size=1)
    request = SubmitAcknowledgementRequest(
        acknowledgements=[
            OrderAcknowledgement(
                purchase_order_number="2JK3S9VC",
                selling_party=Party(party_id="999US"),
                acknowledgement_date=datetime(2026, 11, 20, 10, tzinfo=UTC),
                items=[
                    OrderAcknowledgementItem(
                        item_sequence_number="1",
                        ordered_quantity=quantity,
                        net_cost=money(Decimal("1E+1"), currency_code="USD"),
                        item_acknowledgements=[
                            ItemAcknowledgement(
                                acknowledgement_code=AcknowledgementCode.ACCEPTED, acknowledged_quantity=quantity
                            )
                        ],
                    )
                ],
            )
        ]
    )
    wire = {"amount": 10, "unitOfMeasure": "Eaches", "unitSize": 1}
    assert json.loads(encode(request)) == {
        "acknowledgements": [
            {
                "purchaseOrderNumber": "2JK3S9VC",
                "sellingParty": {"partyId": "999US"},
                "acknowledgementDate": "2026-11-20T10:00:00Z",
                "items": [
                    {
                        "itemSequenceNumber": "1",
                        "orderedQuantity": wire,
                        "netCost": {"currencyCode": "USD", "amount": "10"},
                        "itemAcknowledgements": [{"acknowledgementCode": "Accepted", "acknowledgedQuantity": wire}],
                    }
                ],
            }
        ]
    }
