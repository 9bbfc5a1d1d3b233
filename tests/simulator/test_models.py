"""Every answer of every operation validates against Amazon's own models."""

import json
from typing import Any

import jsonschema
import pytest

OPERATIONS = {
    "getPurchaseOrders": ("vendorOrders", "/vendor/orders/v1/purchaseOrders", "get"),
    "getPurchaseOrder": ("vendorOrders", "/vendor/orders/v1/purchaseOrders/{purchaseOrderNumber}", "get"),
    "submitAcknowledgement": ("vendorOrders", "/vendor/orders/v1/acknowledgements", "post"),
    "getPurchaseOrdersStatus": ("vendorOrders", "/vendor/orders/v1/purchaseOrdersStatus", "get"),
    "SubmitShipmentConfirmations": ("vendorShipments", "/vendor/shipping/v1/shipmentConfirmations", "post"),
    "SubmitShipments": ("vendorShipments", "/vendor/shipping/v1/shipments", "post"),
    "GetShipmentDetails": ("vendorShipments", "/vendor/shipping/v1/shipments", "get"),
    "GetShipmentLabels": ("vendorShipments", "/vendor/shipping/v1/transportLabels", "get"),
    "getTransaction": ("vendorTransactionStatus", "/vendor/transactions/v1/transactions/{transactionId}", "get"),
}


class Models:
    def __init__(self, folder: Any) -> None:
        self._documents = {
            name: json.loads((folder / f"{name}.json").read_text())
            for name in ("vendorOrders", "vendorTransactionStatus", "vendorShipments")
        }

    def check(self, operation: str, answer: Any) -> dict[str, Any]:
        """Validate the body against the schema that the model gives for this operation and status."""
        name, path, method = OPERATIONS[operation]
        document = self._documents[name]
        schema = {
            "definitions": document["definitions"],
            **document["paths"][path][method]["responses"][str(answer.status_code)]["schema"],
        }
        checker = jsonschema.FormatChecker()
        body: dict[str, Any] = answer.json()
        # In Draft 4 a $ref hides its siblings, so the definitions are reached through a schema of their own.
        validator = jsonschema.Draft4Validator(
            {"definitions": schema["definitions"], "allOf": [{"$ref": schema["$ref"]}]}, format_checker=checker
        )
        validator.validate(body)
        return body


@pytest.fixture(scope="session")
def models(models_folder: Any) -> Models:
    return Models(models_folder)


async def test_a_body_that_breaks_the_model_is_noticed(models: Models, sim: Any) -> None:
    await sim.place({})
    answer = await sim.get(OPERATIONS["getPurchaseOrders"][1])
    broken = answer.json()
    broken["payload"]["orders"][0]["orderDetails"]["items"][0]["orderedQuantity"]["unitOfMeasure"] = "CASES"
    answer._content = json.dumps(broken).encode()
    with pytest.raises(jsonschema.ValidationError):
        models.check("getPurchaseOrders", answer)


@pytest.mark.parametrize("group", ["amzn1.vg.1001", "amzn1.vg.2001", "amzn1.vg.2002", "amzn1.vg.3001"])
async def test_a_worlds_orders_and_statuses_validate(whole_world: Any, models: Models, group: str) -> None:
    sim = whole_world
    await sim.authorise(group)
    count = 0
    for operation, rows in (("getPurchaseOrders", "orders"), ("getPurchaseOrdersStatus", "ordersStatus")):
        token: dict[str, str] = {}
        while True:
            body = models.check(operation, await sim.get(OPERATIONS[operation][1], limit=40, **token))
            count += len(body["payload"][rows])
            if "pagination" not in body["payload"]:
                break
            token = {"nextToken": body["payload"]["pagination"]["nextToken"]}
    assert count > 20
    number = (await sim.orders(limit=1))[0]["purchaseOrderNumber"]
    models.check("getPurchaseOrder", await sim.get(f"/vendor/orders/v1/purchaseOrders/{number}"))
    brief = models.check("getPurchaseOrders", await sim.get(OPERATIONS["getPurchaseOrders"][1], includeDetails="false"))
    assert "orderDetails" not in brief["payload"]["orders"][0]


async def test_an_acknowledgement_and_its_transaction_validate(sim: Any, ack: Any, models: Models) -> None:
    number = await sim.place({}, {})
    for submitted in (
        ack.order(number, ack.item("1", ack.portion("Accepted", 10))),
        ack.order("9NOTHERE", ack.item("1", ack.portion("Accepted", 10))),
    ):
        answer = await sim.submit(submitted)
        transaction_id = models.check("submitAcknowledgement", answer)["payload"]["transactionId"]
        path = f"/vendor/transactions/v1/transactions/{transaction_id}"
        assert (
            models.check("getTransaction", await sim.get(path))["payload"]["transactionStatus"]["status"]
            == "Processing"
        )
        sim.clock.move(seconds=2)
        assert (
            models.check("getTransaction", await sim.get(path))["payload"]["transactionStatus"]["status"]
            != "Processing"
        )
    models.check("getPurchaseOrdersStatus", await sim.get(OPERATIONS["getPurchaseOrdersStatus"][1]))


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_error_bodies_validate(sim: Any, models: Models, operation: str) -> None:
    _, path, method = OPERATIONS[operation]
    path = path.replace("{purchaseOrderNumber}", "9NOTHERE").replace("{transactionId}", "no-such-form")
    headers = {"x-amz-access-token": sim.token}

    async def call(token: str) -> Any:
        return await sim.http.request(
            method,
            path,
            headers={**headers, "x-amz-access-token": token},
            json={"acknowledgements": []},
            params={"limit": "0"},
        )

    for kind, status in (("error_500", 500), ("error_503", 503), ("throttle", 429)):
        await sim.control("POST", "/faults", [{"kind": kind, "count": 1}])
        answer = await call(sim.token)
        assert answer.status_code == status
        models.check(operation, answer)
    refused = await call("Atza|nobody")
    assert refused.status_code == 403
    models.check(operation, refused)
    malformed = await call(sim.token)
    assert malformed.status_code in (400, 404)
    models.check(operation, malformed)


async def test_shipments_their_labels_and_refusals_validate(sim: Any, shipping: Any, models: Models) -> None:
    number = await shipping.confirmed(freight="collect")
    answer = await shipping.ask(shipping.request(number, mode="SmallParcel"))
    models.check("SubmitShipments", answer)
    sim.clock.move(seconds=60)
    shown = models.check("GetShipmentDetails", await sim.get(shipping.SHIPMENTS))["payload"]["shipments"][0]
    labels = models.check("GetShipmentLabels", await sim.get(shipping.LABELS))["payload"]["transportLabels"]
    assert (shown["currentShipmentStatus"], len(labels)) == ("CarrierAssigned", 1)
    confirmation = shipping.confirmation(number, reference=shown["buyerReferenceNumber"])
    models.check("SubmitShipmentConfirmations", await shipping.confirm(confirmation))
    sim.clock.move(seconds=60)
    models.check("GetShipmentDetails", await sim.get(shipping.SHIPMENTS))
    nameless = await shipping.confirm({**confirmation, "shipmentIdentifier": ""})
    assert models.check("SubmitShipmentConfirmations", nameless)["errors"][0]["message"] == "Invalid Shipment ID"
    refused = await sim.get(shipping.LABELS, vendorShipmentIdentifier="null")
    assert models.check("GetShipmentLabels", refused)["errors"][0]["code"] == "InvalidRequest"
