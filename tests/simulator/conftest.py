"""A simulated Amazon in this process, with a clock that tests move and an application that is authorised."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from simulator.amazon import Amazon
from simulator.app import create_app
from simulator.identity import Application
from simulator.instants import cut, wire
from simulator.settings import EMPTY_WORLD, LiveSettings, SimulatorSettings, WorldSize

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("AMAZON_MODELS_DIR") or ROOT.parent / "shared" / "amazon" / "models") / "openapi"
collect_ignore = [] if (MODELS / "vendorOrders.json").is_file() else ["test_models.py"]

CLIENT = {"client_id": "amzn1.application-oa2-client.test", "client_secret": "secret-one"}
APPLICATION: dict[str, Any] = {
    **CLIENT,
    "application_id": "amzn1.sp.solution.test",
    "name": "Test application",
    "redirect_uris": ["https://app.test/callback", "https://app.test/other?keep=1"],
    "roles": ["Inventory and Order Tracking"],
}
LUMEA = "amzn1.vg.1001"


class MovingClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = cut(datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now = cut(self.now + timedelta(**by))


class Simulated:
    """What a test holds: the application in process, its clock, its throttle's ticks, and calls with a token."""

    client = CLIENT
    application = APPLICATION
    lumea = LUMEA

    def __init__(self, settings: SimulatorSettings, clock: MovingClock) -> None:
        self.clock = clock
        self.app = create_app(settings)
        self.amazon: Amazon = self.app.state.amazon
        self.ticks = 0.0
        self.amazon.throttle._ticks = lambda: self.ticks
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), trust_env=False, base_url="http://amazon.test"
        )
        self.token = ""

    async def control(self, method: str, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = await self.http.request(method, f"/_control{path}", json=body)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def authorise(self, selling_partner_id: str = LUMEA) -> str:
        """A grant and an access token, made without HTTP: nearly every test begins so."""
        application = Application(**APPLICATION)
        self.amazon.identity.register(application)
        grant = self.amazon.identity.grant(application, selling_partner_id=selling_partner_id)
        self.token = self.amazon.identity.issue_access(application, grant=grant).token
        return grant.refresh_token

    async def lwa(self, **form: str) -> httpx.Response:
        return await self.http.post("/auth/o2/token", data={**CLIENT, **form})

    async def get(self, path: str, **query: Any) -> httpx.Response:
        self.ticks += 1  # one second a call, so that only tests of the quota meet it
        return await self.http.get(path, params=query, headers={"x-amz-access-token": self.token})

    async def orders(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get("/vendor/orders/v1/purchaseOrders", **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["payload"]["orders"])

    async def order(self, number: str) -> dict[str, Any]:
        answer = await self.get(f"/vendor/orders/v1/purchaseOrders/{number}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["payload"])

    async def status(self, number: str) -> dict[str, Any]:
        answer = await self.get("/vendor/orders/v1/purchaseOrdersStatus", purchaseOrderNumber=number)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["payload"]["ordersStatus"][0])

    async def place(self, *lines: dict[str, Any], **order: Any) -> str:
        """One order for LUMD1 of lines of 10 eaches at 5.00, backorder allowed, unless they say otherwise."""
        wanted = [
            {"asin": f"B0TEST{place:04d}", "quantity": 10, "net_cost": "5.00", "backorder": True, **line}
            for place, line in enumerate(lines or ({},))
        ]
        placed = await self.control("POST", "/orders", {"vendor_code": "LUMD1", "lines": wanted, **order})
        return str(placed["purchase_order_numbers"][0])

    async def submit(self, *acknowledgements: dict[str, Any]) -> httpx.Response:
        self.ticks += 1
        return await self.http.post(
            "/vendor/orders/v1/acknowledgements",
            json={"acknowledgements": list(acknowledgements)},
            headers={"x-amz-access-token": self.token},
        )

    async def acknowledge(self, *acknowledgements: dict[str, Any]) -> dict[str, Any]:
        """Submit, let the delay pass, and answer the transaction's status."""
        answer = await self.submit(*acknowledgements)
        assert answer.status_code == 202, answer.text
        self.clock.move(seconds=self.amazon.live.ack_delay_seconds)
        return await self.transaction(answer.json()["payload"]["transactionId"])

    async def transaction(self, transaction_id: str) -> dict[str, Any]:
        answer = await self.get(f"/vendor/transactions/v1/transactions/{transaction_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["payload"]["transactionStatus"])

    async def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        query = "" if operation is None else f"?operation={operation}"
        return list((await self.control("GET", f"/ledger{query}"))["calls"])


def portion(code: str, amount: int, **more: Any) -> dict[str, Any]:
    extra = {"rejectionReason": "TemporarilyUnavailable"} if code == "Rejected" else {}
    extra |= {"scheduledDeliveryDate": "2026-12-20T00:00:00Z"} if code == "Backordered" else {}
    return {
        "acknowledgementCode": code,
        "acknowledgedQuantity": {"amount": amount, "unitOfMeasure": "Eaches"},
        **extra,
        **more,
    }


def item(
    sequence: str, *portions: dict[str, Any], ordered: int = 10, cost: str = "5.00", **more: Any
) -> dict[str, Any]:
    return {
        "itemSequenceNumber": sequence,
        "orderedQuantity": {"amount": ordered, "unitOfMeasure": "Eaches"},
        "netCost": {"amount": cost, "currencyCode": "EUR"},
        "itemAcknowledgements": list(portions),
        **more,
    }


def acknowledgement(number: str, *items: dict[str, Any], party: str = "LUMD1") -> dict[str, Any]:
    return {
        "purchaseOrderNumber": number,
        "sellingParty": {"partyId": party},
        "acknowledgementDate": "2026-11-24T12:00:00Z",
        "items": list(items),
    }


class Words:
    """The builders of acknowledgements, for tests that take the fixture `ack`."""

    portion = staticmethod(portion)
    item = staticmethod(item)
    order = staticmethod(acknowledgement)


@pytest.fixture(scope="session")
def ack() -> type[Words]:
    return Words


class Shipping:
    """Confirmed orders, and the builders of confirmations and transport requests."""

    SHIPMENTS = "/vendor/shipping/v1/shipments"
    CONFIRMATIONS = "/vendor/shipping/v1/shipmentConfirmations"
    LABELS = "/vendor/shipping/v1/transportLabels"

    def __init__(self, sim: Simulated) -> None:
        self.sim = sim

    async def confirmed(self, *lines: dict[str, Any], **order: Any) -> str:
        """An order to DUS2 whose window is open, taken whole by EDI."""
        now = self.sim.clock()
        window = {
            "window_start": (now - timedelta(days=1)).isoformat(), "window_end": (now + timedelta(days=6)).isoformat(),
        }  # fmt: skip
        number = await self.sim.place(*(lines or ({},)), **{"fulfilment_center": "DUS2", **window, **order})
        await self.sim.control("POST", f"/orders/{number}/answers", {})
        return number

    def confirmation(
        self, number: str, *, identifier: str = "SHP-1", amount: int = 10, reference: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Ten eaches of line 1 in one carton, leaving now and there in two days."""
        now = self.sim.clock()
        quantity = {"amount": amount, "unitOfMeasure": "Eaches", "unitSize": 1}
        sscc = {"containerIdentificationType": "SSCC", "containerIdentificationNumber": "034531200000000011"}
        more = {"amazonReferenceNumber": reference, **more} if reference else more
        return {
            "shipmentIdentifier": identifier,
            "shipmentConfirmationType": "Original",
            "shipmentConfirmationDate": wire(now),
            "shippedDate": wire(now),
            "estimatedDeliveryDate": wire(now + timedelta(days=2)),
            "sellingParty": {"partyId": "LUMD1"},
            "shipFromParty": {"partyId": "WH1"},
            "shipToParty": {"partyId": "DUS2"},
            "shippedItems": [
                {
                    "itemSequenceNumber": "1",
                    "amazonProductIdentifier": "B0TEST0000",
                    "shippedQuantity": quantity,
                    "itemDetails": {"purchaseOrderNumber": number},
                }
            ],
            "cartons": [
                {
                    "cartonSequenceNumber": "001",
                    "cartonIdentifiers": [sscc],
                    "items": [{"itemReference": "1", "shippedQuantity": quantity}],
                }
            ],
            **more,
        }

    def request(
        self, number: str, *, identifier: str = "SHP-1", mode: str = "TruckLoad", **more: Any
    ) -> dict[str, Any]:
        now = self.sim.clock()
        return {
            "vendorShipmentIdentifier": identifier,
            "transactionType": "New",
            "transactionDate": wire(now),
            "shipmentFreightTerm": "Collect",
            "sellingParty": {"partyId": "LUMD1"},
            "shipFromParty": {"partyId": "WH1"},
            "shipToParty": {"partyId": "DUS2"},
            "shipmentMeasurements": {"totalCartonCount": 1, "shipmentWeight": {"unitOfMeasure": "Kg", "value": "4.5"}},
            "collectFreightPickupDetails": {"requestedPickUp": wire(now + timedelta(days=2))},
            "transportationDetails": {"shipMode": mode},
            "purchaseOrders": [
                {
                    "purchaseOrderNumber": number,
                    "items": [
                        {
                            "itemSequenceNumber": "1",
                            "buyerProductIdentifier": "B0TEST0000",
                            "shippedQuantity": {"amount": 10, "unitOfMeasure": "Eaches"},
                        }
                    ],
                }
            ],
            **more,
        }

    async def confirm(self, *bodies: dict[str, Any]) -> httpx.Response:
        return await self._post(self.CONFIRMATIONS, "shipmentConfirmations", bodies)

    async def ask(self, *bodies: dict[str, Any]) -> httpx.Response:
        return await self._post(self.SHIPMENTS, "shipments", bodies)

    async def _post(self, path: str, name: str, bodies: tuple[dict[str, Any], ...]) -> httpx.Response:
        self.sim.ticks += 1
        return await self.sim.http.post(path, json={name: list(bodies)}, headers={"x-amz-access-token": self.sim.token})

    async def outcome(self, answer: httpx.Response) -> tuple[str, list[str]]:
        """The state of a submission once its delay has passed, and the codes of its errors."""
        assert answer.status_code == 202, answer.text
        self.sim.clock.move(seconds=self.sim.amazon.live.ack_delay_seconds)
        found = await self.sim.transaction(answer.json()["payload"]["transactionId"])
        return found["status"], [error["code"] for error in found.get("errors", [])]

    async def shown(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.sim.get(self.SHIPMENTS, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["payload"]["shipments"])


@pytest.fixture(scope="session")
def shipping_of() -> type[Shipping]:
    return Shipping


@pytest.fixture
def shipping(sim: Any) -> Shipping:
    return Shipping(sim)


@pytest.fixture(scope="session")
def models_folder() -> Path:
    return MODELS


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest_asyncio.fixture
async def simulate(clock: MovingClock) -> AsyncIterator[Callable[..., Simulated]]:
    """Makes simulators: `simulate(size=..., state=..., seed=..., speed=...)`; nothing happens by itself unless there is a speed."""
    made: list[Simulated] = []

    def make(*, size: WorldSize = EMPTY_WORLD, state: Path | None = None, seed: int = 7, speed: float = 0) -> Simulated:
        settings = SimulatorSettings(state=state, seed=seed, size=size, live=LiveSettings(speed=speed), clock=clock)
        made.append(Simulated(settings, clock))
        return made[-1]

    yield make
    for each in made:
        await each.http.aclose()
        each.amazon.store.close()


@pytest_asyncio.fixture
async def sim(simulate: Callable[..., Simulated]) -> Simulated:
    """The customers and their catalogues without an order, and a token for Lumea."""
    simulated = simulate(size=WorldSize(history_days=0, open_orders=0, items_per_customer=60))
    await simulated.authorise()
    return simulated


@pytest_asyncio.fixture
async def whole_world(simulate: Callable[..., Simulated]) -> Simulated:
    """Three customers with some days of history and their waiting orders."""
    simulated = simulate(size=WorldSize(history_days=3, items_per_customer=300))
    await simulated.authorise()
    return simulated
