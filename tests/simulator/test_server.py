"""The simulator as a process: ready file, clean stop, kill and go on, broken connections, and Amazon's own Python SDK."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDERS = "/vendor/orders/v1/purchaseOrders"


class Server:
    """A child process, its address, and an authorised application."""

    def __init__(self, folder: Path, *more: str) -> None:
        ready = folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "simulator",
            "--port",
            "0",
            "--state",
            str(folder / "state"),
            "--speed",
            "0",
            "--ready-file",
            str(ready),
        ]
        self.process = subprocess.Popen(
            [*command, *more], env={**os.environ, "PYTHONPATH": str(ROOT / "backend")}, stderr=subprocess.PIPE
        )
        ends = time.monotonic() + 30
        while not ready.exists():
            assert self.process.poll() is None, self.process.stderr and self.process.stderr.read().decode()
            assert time.monotonic() < ends
            time.sleep(0.02)
        self.address = f"http://127.0.0.1:{json.loads(ready.read_text())['port']}"
        self.http = httpx.Client(base_url=self.address, timeout=5)

    def control(self, path: str, body: Any) -> Any:
        answer = self.http.post(f"/_control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def calls(self, operation: str) -> list[dict[str, Any]]:
        return list(self.http.get("/_control/ledger", params={"operation": operation}).json()["calls"])

    def authorise(self, application: dict[str, Any]) -> str:
        self.control("/applications", application)
        grant = self.control(
            "/grants", {"application": application["client_id"], "selling_partner_id": "amzn1.vg.1001"}
        )
        return str(grant["refresh_token"])

    def token(self, application: dict[str, Any], refresh_token: str) -> dict[str, str]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": application["client_id"],
            "client_secret": application["client_secret"],
        }
        return {"x-amz-access-token": self.http.post("/auth/o2/token", data=form).json()["access_token"]}

    def place(self) -> str:
        line = {"asin": "B0TEST0001", "vendor_product_identifier": "4006381333931", "quantity": 10, "net_cost": "5.00"}
        return str(self.control("/orders", {"vendor_code": "LUMD1", "lines": [line]})["purchase_order_numbers"][0])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.http.close()
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=15)
        return self.process.returncode, errors.decode()


@pytest.fixture
def application() -> dict[str, Any]:
    return {
        "client_id": "amzn1.application-oa2-client.socket",
        "client_secret": "socket-secret",
        "application_id": "amzn1.sp.solution.socket",
        "name": "Over a socket",
        "redirect_uris": ["https://app.test/callback"],
        "roles": ["Inventory and Order Tracking"],
    }


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*more: str) -> Server:
        servers.append(Server(tmp_path, *more))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
        elif server.process.stderr and not server.process.stderr.closed:
            server.process.stderr.close()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("simulator"), "--empty")
    yield server
    # Everything it was put through leaves it able to end in good order, and it complained of nothing.
    assert server.stop() == (0, "")


@pytest.fixture
def server(process: Server) -> Server:
    """One process for the tests that do not end it; each begins with an empty world."""
    process.control("/reset", {"customers": ["lumea"], "items_per_customer": 20})
    process.http.put("/_control/settings", json={"ack_delay_seconds": 0.1})
    return process


def test_a_killed_simulator_goes_on_where_it_was_and_a_terminated_one_stops_cleanly(
    serve: Callable[..., Server], application: dict[str, Any]
) -> None:
    first = serve("--empty")
    refresh_token = first.authorise(application)
    number = first.place()
    assert first.http.get(f"{ORDERS}/{number}", headers=first.token(application, refresh_token)).status_code == 200
    assert first.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    second = serve("--empty")
    found = second.http.get(ORDERS, headers=second.token(application, refresh_token)).json()["payload"]["orders"]
    assert [order["purchaseOrderNumber"] for order in found] == [number]
    assert len(second.calls("getPurchaseOrder")) == 1
    assert second.stop() == (0, "")


def test_a_port_in_use_is_said_clearly(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "backend")}
    second = subprocess.run(
        [sys.executable, "-m", "simulator", "--port", port, "--empty"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"simulator: cannot listen on 127.0.0.1:{port}")
    assert "Traceback" not in second.stderr


def test_broken_connections_reach_a_client_as_broken(server: Server, application: dict[str, Any], ack: Any) -> None:
    headers = server.token(application, server.authorise(application))
    number = server.place()
    server.http.put("/_control/settings", json={"ack_delay_seconds": 0})

    def broken(kind: str, **more: Any) -> type[Exception]:
        server.control("/faults", [{"operation": "getPurchaseOrders", "kind": kind, "count": 1, **more}])
        with pytest.raises(httpx.TransportError) as caught:
            server.http.get(ORDERS, headers=headers, timeout=0.5)
        return caught.type

    assert issubclass(broken("close_after_effect"), httpx.RemoteProtocolError | httpx.ReadError)
    assert issubclass(broken("close_before_body"), httpx.RemoteProtocolError | httpx.ReadError)
    assert broken("hang", seconds=30) is httpx.ReadTimeout
    assert server.http.get(ORDERS, headers=headers).status_code == 200

    server.control("/faults", [{"operation": "submitAcknowledgement", "kind": "close_after_effect", "count": 1}])
    body = {"acknowledgements": [ack.order(number, ack.item("1", ack.portion("Accepted", 10)))]}
    with pytest.raises(httpx.TransportError):
        server.http.post("/vendor/orders/v1/acknowledgements", json=body, headers=headers)
    assert server.http.get(f"/_control/orders/{number}").json()["state"] == "Acknowledged"
    assert server.calls("submitAcknowledgement")[0]["changed_state"] is True


SDK = """
import sys, time
from spapi import SPAPIClient, SPAPIConfig
from spapi.api.vendor_orders_v1.vendor_orders_api import VendorOrdersApi
from spapi.api.vendor_transaction_status_v1.vendor_transaction_api import VendorTransactionApi
from spapi.models import vendor_orders_v1 as models

address, client_id, client_secret, refresh_token, number = sys.argv[1:]
config = SPAPIConfig(client_id=client_id, client_secret=client_secret, refresh_token=refresh_token, region="EU")
client = SPAPIClient(config, oauth_endpoint=address + "/auth/o2/token", endpoint=address)
"""


def run_sdk(server: Server, application: dict[str, Any], script: str, *more: str) -> list[str]:
    """Run the official SDK in a process of its own (it leaks log handlers) and answer the lines it prints."""
    refresh_token = server.authorise(application)
    arguments = [server.address, application["client_id"], application["client_secret"], refresh_token, *more]
    done = subprocess.run(
        [sys.executable, "-c", SDK + script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_amazons_own_sdk_lists_every_order_by_pages(server: Server, application: dict[str, Any]) -> None:
    numbers = sorted(server.place() for _ in range(5))
    script = """
orders, token = [], None
while True:
    page = VendorOrdersApi(client.api_client).get_purchase_orders(limit=2, **({"next_token": token} if token else {})).payload
    orders += page.orders
    token = page.pagination.next_token if page.pagination else None
    if not token:
        break
for order in sorted(orders, key=lambda each: each.purchase_order_number):
    item = order.order_details.items[0]
    print(order.purchase_order_number, order.purchase_order_state, item.ordered_quantity.amount, item.net_cost.amount, item.vendor_product_identifier)
"""
    assert run_sdk(server, application, script, "") == [f"{number} New 10 5.00 4006381333931" for number in numbers]
    assert len(server.calls("getPurchaseOrders")) == 3


def test_amazons_own_sdk_acknowledges_an_order_and_reads_it_back(server: Server, application: dict[str, Any]) -> None:
    number = server.place()
    script = """
orders = VendorOrdersApi(client.api_client)
order = orders.get_purchase_order(number).payload
item = order.order_details.items[0]
def quantity(amount):
    return models.ItemQuantity(amount=amount, unit_of_measure="Eaches")
answer = models.OrderAcknowledgementItem(
    item_sequence_number=item.item_sequence_number, vendor_product_identifier=item.vendor_product_identifier,
    ordered_quantity=quantity(10), net_cost=models.Money(currency_code="EUR", amount="5.00"),
    item_acknowledgements=[
        models.OrderItemAcknowledgement(acknowledgement_code="Accepted", acknowledged_quantity=quantity(7)),
        models.OrderItemAcknowledgement(
            acknowledgement_code="Rejected", acknowledged_quantity=quantity(3), rejection_reason="TemporarilyUnavailable"),
    ],
)
body = models.SubmitAcknowledgementRequest(acknowledgements=[models.OrderAcknowledgement(
    purchase_order_number=number, selling_party=models.PartyIdentification(party_id="LUMD1"),
    acknowledgement_date="2026-11-24T12:00:00Z", items=[answer])])
transaction_id = orders.submit_acknowledgement(body).payload.transaction_id
transactions = VendorTransactionApi(client.api_client)
status = "Processing"
while status == "Processing":
    time.sleep(0.1)
    status = transactions.get_transaction(transaction_id).payload.transaction_status.status
line = orders.get_purchase_orders_status(purchase_order_number=number).payload.orders_status[0].item_status[0].acknowledgement_status
print(status, line.confirmation_status, line.accepted_quantity.amount, line.rejected_quantity.amount)
"""
    assert run_sdk(server, application, script, number) == ["Success PARTIALLY_ACCEPTED 7 3"]
    assert [call["changed_state"] for call in server.calls("submitAcknowledgement")] == [True]
