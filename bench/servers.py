"""The servers of a measurement: a simulated Amazon and a Valkey, in a temporary folder, ended afterwards."""

import json
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oktee.embedded.valkey import Valkey

from bench.environments import ROOT

APPLICATION = {
    "client_id": "amzn1.application-oa2-client.bench",
    "client_secret": "amzn1.oa2-cs.v1.bench",
    "application_id": "amzn1.sp.solution.bench",
    "name": "OKTee bench",
    "redirect_uris": ["http://localhost/callback"],
    "roles": ["Inventory and Order Tracking"],
}


@dataclass(frozen=True, slots=True)
class Account:
    """An authorised vendor group whose orders lie evenly between `since` and `until`."""

    selling_partner_id: str
    refresh_token: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Amazon:
    """A simulated Amazon by its address."""

    address: str

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.address}/_control{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def account(self, *, orders: int, lines: int) -> Account:
        """A vendor group of its own with so many orders in a window that one request may cover."""
        asked = {"orders": orders, "lines": lines, "days": 6.9, "application": APPLICATION["client_id"]}
        made = self.control("POST", "/worlds/bulk", asked)
        return Account(made["selling_partner_id"], made["refresh_token"], made["since"], made["until"])

    def calls(self, operation: str, account: Account) -> list[dict[str, Any]]:
        """What the ledger holds of this account's calls, oldest first."""
        found: list[dict[str, Any]] = []
        since = 0
        while True:
            part = self.control("GET", f"/ledger?operation={operation}&since={since}&limit=5000")
            if not part["calls"]:
                return [call for call in found if call["selling_partner_id"] == account.selling_partner_id]
            found += part["calls"]
            since = part["last"]


@contextmanager
def simulated_amazon(folder: Path) -> Iterator[Amazon]:
    """A simulated Amazon without orders where nothing happens by itself."""
    ready = folder / "simulator.json"
    command = [sys.executable, "-m", "simulator", "--empty", "--speed", "0", "--ready-file", str(ready)]
    with (folder / "simulator.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT / "backend")
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the simulator did not start: {(folder / 'simulator.log').read_text()[-2000:]}")
            time.sleep(0.05)
        amazon = Amazon(f"http://127.0.0.1:{json.loads(ready.read_text())['port']}")
        amazon.control("POST", "/applications", APPLICATION)
        yield amazon
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """The address of a Valkey of our own."""
    valkey = Valkey(home=folder / "valkey", log=folder / "valkey.log", password=secrets.token_hex(8))
    valkey.start()
    try:
        yield valkey.url
    finally:
        valkey.stop()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="oktee-bench-") as name:
        yield Path(name)
