"""Answers to orders, by our client against the simulated Amazon: submitted, processed, read back, never sent twice."""

from datetime import UTC, datetime

import pytest
from contract.simulated import Account, Simulated
from oktee.amazon.client.errors import Refused, Unreachable
from oktee.amazon.client.models.vendor_orders import (
    AcknowledgementCode,
    ConfirmationStatus,
    ItemAcknowledgement,
    Order,
    OrderAcknowledgement,
    OrderAcknowledgementItem,
    Party,
    PurchaseOrderState,
    RejectionReason,
    SubmitAcknowledgementRequest,
)
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    get_purchase_order_status,
    submit_acknowledgement,
)
from oktee.amazon.client.vendor_transactions import get_transaction


async def an_order(amazon: Simulated) -> tuple[Account, Order]:
    account = await amazon.authorise("amzn1.vg.1001")
    placed = await amazon.control("POST", "/orders", {"customer": "lumea", "vendor_code": "LUMD1", "random_lines": 3})
    (number,) = placed["purchase_order_numbers"]
    return account, await get_purchase_order(account.client(), number)


def answer_to(order: Order, *codes: AcknowledgementCode) -> SubmitAcknowledgementRequest:
    details = order.order_details
    assert details is not None
    assert details.selling_party is not None
    items = []
    for item, code in zip(details.items, codes, strict=True):
        items.append(
            OrderAcknowledgementItem(
                item_sequence_number=item.item_sequence_number,
                amazon_product_identifier=item.amazon_product_identifier,
                vendor_product_identifier=item.vendor_product_identifier,
                ordered_quantity=item.ordered_quantity,
                net_cost=item.net_cost,
                item_acknowledgements=[
                    ItemAcknowledgement(
                        acknowledgement_code=code,
                        acknowledged_quantity=item.ordered_quantity,
                        rejection_reason=RejectionReason.TEMPORARILY_UNAVAILABLE
                        if code == AcknowledgementCode.REJECTED
                        else None,
                    )
                ],
            )
        )
    return SubmitAcknowledgementRequest(
        acknowledgements=[
            OrderAcknowledgement(
                purchase_order_number=order.purchase_order_number,
                selling_party=Party(party_id=details.selling_party.party_id),
                acknowledgement_date=datetime.now(UTC),
                items=items,
            )
        ]
    )


async def test_an_answer_is_submitted_processed_and_read_back(amazon: Simulated) -> None:
    account, order = await an_order(amazon)
    client = account.client()
    assert order.purchase_order_state == PurchaseOrderState.NEW
    before = await get_purchase_order_status(client, order.purchase_order_number)
    assert before is not None
    assert {
        line.acknowledgement_status.confirmation_status for line in before.item_status if line.acknowledgement_status
    } == {ConfirmationStatus.UNCONFIRMED}
    codes = (AcknowledgementCode.ACCEPTED, AcknowledgementCode.REJECTED, AcknowledgementCode.ACCEPTED)
    transaction_id = await submit_acknowledgement(client, answer_to(order, *codes))
    transaction = await get_transaction(client, transaction_id)
    assert (transaction.transaction_id, transaction.errors) == (transaction_id, [])
    after = await get_purchase_order_status(client, order.purchase_order_number)
    assert after is not None
    found = [line.acknowledgement_status for line in after.item_status]
    assert [status and status.confirmation_status for status in found] == ["ACCEPTED", "REJECTED", "ACCEPTED"]
    for status, line in zip(found, order.order_details.items if order.order_details else [], strict=True):
        assert status is not None
        taken = status.accepted_quantity if status.confirmation_status == "ACCEPTED" else status.rejected_quantity
        assert taken is not None
        assert taken.eaches == line.ordered_quantity.eaches
        assert len(status.acknowledgement_status_details) == 1
    again = await get_purchase_order(client, order.purchase_order_number)
    assert again.purchase_order_state == PurchaseOrderState.ACKNOWLEDGED


async def test_an_answer_that_breaks_the_schema_is_refused_whole(amazon: Simulated) -> None:
    account, order = await an_order(amazon)
    with pytest.raises(Refused) as refusal:
        await submit_acknowledgement(account.client(), b'{"acknowledgements":[{"purchaseOrderNumber":"X"}]}')
    assert (refusal.value.status, refusal.value.code, refusal.value.delivered) == (400, "InvalidInput", False)
    assert order.purchase_order_state == PurchaseOrderState.NEW


async def test_a_throttled_submission_is_delivered_once(amazon: Simulated) -> None:
    account, order = await an_order(amazon)
    await amazon.control("POST", "/faults", [{"operation": "submitAcknowledgement", "kind": "throttle", "count": 2}])
    await submit_acknowledgement(account.client(), answer_to(order, *[AcknowledgementCode.ACCEPTED] * 3))
    calls = await amazon.calls("submitAcknowledgement")
    assert [call["status"] for call in calls] == [429, 429, 202]
    await get_purchase_order(account.client(), order.purchase_order_number)
    assert [call["changed_state"] for call in await amazon.calls("submitAcknowledgement")] == [False, False, True]


@pytest.mark.parametrize("kind", ["error_500", "error_503", "html", "truncate"])
async def test_a_submission_with_unknown_outcome_is_not_sent_again(amazon: Simulated, kind: str) -> None:
    account, order = await an_order(amazon)
    rule = {"operation": "submitAcknowledgement", "kind": kind, "after_effect": True}
    await amazon.control("POST", "/faults", [rule])
    with pytest.raises(Unreachable) as failure:
        await submit_acknowledgement(account.client(), answer_to(order, *[AcknowledgementCode.ACCEPTED] * 3))
    assert failure.value.delivered is None
    assert len(await amazon.calls("submitAcknowledgement")) == 1
    await amazon.control("DELETE", "/faults")
    status = await get_purchase_order_status(account.client(), order.purchase_order_number)
    assert status is not None
    assert {
        line.acknowledgement_status.confirmation_status for line in status.item_status if line.acknowledgement_status
    } == {ConfirmationStatus.ACCEPTED}


async def test_the_client_asks_for_nothing_outside_its_list(amazon: Simulated) -> None:
    account, order = await an_order(amazon)
    await amazon.control("DELETE", "/ledger")
    client = account.client(allowed=frozenset({"getPurchaseOrders"}))
    for call in (
        lambda: get_purchase_order(client, order.purchase_order_number),
        lambda: submit_acknowledgement(client, answer_to(order, *[AcknowledgementCode.ACCEPTED] * 3)),
        lambda: get_transaction(client, "t"),
    ):
        with pytest.raises(Refused, match="OperationNotAllowed"):
            await call()
    assert await amazon.calls() == []
