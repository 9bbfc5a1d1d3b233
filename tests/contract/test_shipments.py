"""Shipments, by our client against the simulated Amazon: asked for, labelled, confirmed, listed, never sent twice."""

from datetime import timedelta

import pytest
from contract.simulated import Account, Simulated
from oktee.amazon.client.errors import Refused, Unreachable
from oktee.amazon.client.models.vendor_shipments.confirmations import (
    Carton,
    ConfirmationType,
    ContainerItem,
    Item,
    ShipmentConfirmation,
    SubmitShipmentConfirmationsRequest,
)
from oktee.amazon.client.models.vendor_shipments.parts import (
    ContainerIdentification,
    ContainerIdentificationType,
    FreightTerm,
    ItemDetails,
    Measure,
    ShipmentParty,
    ShipmentType,
    ShippedQuantity,
)
from oktee.amazon.client.models.vendor_shipments.transport import (
    PickupDetails,
    Shipment,
    ShipmentState,
    ShippedOrder,
    ShippedOrderItem,
    SubmitShipmentsRequest,
    TransactionType,
    Transport,
    TransportMeasurements,
)
from oktee.amazon.client.vendor_shipments import (
    get_shipment,
    get_shipment_labels,
    list_shipments,
    submit_shipment_confirmations,
    submit_shipments,
)
from oktee.amazon.client.vendor_transactions import get_transaction

SELLER, WAREHOUSE = ShipmentParty(party_id="LUMD1"), ShipmentParty(party_id="WH1")


async def a_confirmed_order(amazon: Simulated, freight: str = "prepaid") -> tuple[Account, str]:
    account = await amazon.authorise("amzn1.vg.1001")
    line = {"asin": "B0TEST0000", "vendor_product_identifier": "SKU-1", "quantity": 10, "uom": "Eaches"}
    asked = {"vendor_code": "LUMD1", "lines": [line], "fulfilment_center": "DUS2", "freight": freight}
    (number,) = (await amazon.control("POST", "/orders", asked))["purchase_order_numbers"]
    await amazon.control("POST", f"/orders/{number}/answers", {})
    return account, number


def confirmation(amazon: Simulated, number: str, identifier: str = "SHP-1") -> SubmitShipmentConfirmationsRequest:
    quantity = ShippedQuantity(amount=10, unit_of_measure="Eaches", unit_size=1)
    sscc = ContainerIdentification(
        container_identification_type=ContainerIdentificationType.SSCC,
        container_identification_number="034531200000000011",
    )
    one = ShipmentConfirmation(
        shipment_identifier=identifier,
        shipment_confirmation_type=ConfirmationType.ORIGINAL,
        shipment_confirmation_date=amazon.clock(),
        selling_party=SELLER,
        ship_from_party=WAREHOUSE,
        ship_to_party=ShipmentParty(party_id="DUS2"),
        shipped_date=amazon.clock(),
        estimated_delivery_date=amazon.clock() + timedelta(days=2),
        shipped_items=[
            Item(
                item_sequence_number="1",
                vendor_product_identifier="SKU-1",
                shipped_quantity=quantity,
                item_details=ItemDetails(purchase_order_number=number),
            )
        ],
        cartons=[
            Carton(
                carton_sequence_number="001",
                carton_identifiers=[sscc],
                items=[ContainerItem(item_reference="1", shipped_quantity=quantity)],
            )
        ],
    )
    return SubmitShipmentConfirmationsRequest(shipment_confirmations=[one])


async def test_a_confirmation_takes_effect_and_is_listed_and_found(amazon: Simulated) -> None:
    account, number = await a_confirmed_order(amazon)
    client = account.client()
    assert await get_shipment(client, "SHP-1") is None
    transaction_id = await submit_shipment_confirmations(client, confirmation(amazon, number))
    assert (await get_transaction(client, transaction_id)).status == "Success"
    found = await get_shipment(client, "SHP-1")
    assert found is not None
    assert found.current_shipment_status == ShipmentState.SHIPPED
    assert found.purchase_orders[0].items[0].shipped_quantity.eaches == 10
    now = amazon.clock() + timedelta(minutes=1)
    pages = [page async for page in list_shipments(client, now - timedelta(days=20), now, by="shipmentConfirmed")]
    assert [model for page in pages for model in page.models] == [found]
    assert (len(pages), [page.rejects for page in pages]) == (3, [[], [], []])


async def test_collect_freight_is_asked_for_and_labelled(amazon: Simulated) -> None:
    account, number = await a_confirmed_order(amazon, freight="collect")
    client = account.client()
    item = ShippedOrderItem(
        item_sequence_number="1",
        vendor_product_identifier="SKU-1",
        shipped_quantity=ShippedQuantity(amount=10, unit_of_measure="Eaches"),
    )
    request = Shipment(
        vendor_shipment_identifier="SHP-2",
        transaction_type=TransactionType.NEW,
        transaction_date=amazon.clock(),
        shipment_freight_term=FreightTerm.COLLECT,
        selling_party=SELLER,
        ship_from_party=WAREHOUSE,
        ship_to_party=ShipmentParty(party_id="DUS2"),
        shipment_measurements=TransportMeasurements(
            total_carton_count=2, shipment_weight=Measure(unit_of_measure="Kg", value="4.5")
        ),
        collect_freight_pickup_details=PickupDetails(requested_pick_up=amazon.clock() + timedelta(days=2)),
        transportation_details=Transport(ship_mode=ShipmentType.SMALL_PARCEL),
        purchase_orders=[ShippedOrder(purchase_order_number=number, items=[item])],
    )
    transaction_id = await submit_shipments(client, SubmitShipmentsRequest(shipments=[request]))
    assert (await get_transaction(client, transaction_id)).status == "Success"
    amazon.clock.ahead += timedelta(seconds=60)
    found = await get_shipment(client, "SHP-2")
    assert found is not None
    assert (found.current_shipment_status, bool(found.buyer_reference_number)) == (ShipmentState.CARRIER_ASSIGNED, True)
    (labels,) = await get_shipment_labels(client, "SHP-2")
    assert [(one.label_sequence_number, one.label_format) for one in labels.label_data] == [(1, "PDF"), (2, "PDF")]


async def test_a_shipment_without_its_identifier_is_refused_and_a_lost_answer_is_not_sent_again(
    amazon: Simulated,
) -> None:
    account, number = await a_confirmed_order(amazon)
    with pytest.raises(Refused) as refusal:
        await submit_shipment_confirmations(account.client(), confirmation(amazon, number, identifier=""))
    assert (refusal.value.code, refusal.value.message) == ("InvalidInput", "Invalid Shipment ID")
    rule = {"kind": "close_after_effect", "operation": "SubmitShipmentConfirmations", "count": 1}
    await amazon.control("POST", "/faults", [rule])
    with pytest.raises(Unreachable) as lost:
        await submit_shipment_confirmations(account.client(), confirmation(amazon, number))
    assert lost.value.delivered is None
    assert len(await amazon.calls("SubmitShipmentConfirmations")) == 2
    assert await get_shipment(account.client(), "SHP-1") is not None
