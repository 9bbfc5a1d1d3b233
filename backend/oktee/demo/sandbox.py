"""The simulated Amazon beside the demo: started, told of our applications and the pace, asked for the customers' files."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from oktee.demo.cast import CUSTOMERS, ROLES_AT_AMAZON, application_name
from oktee.demo.crew import Crew, Member
from oktee.demo.folder import ApplicationKeys, kept_port

SEED = 7
ORDER_EVERY = 90.0
"""Seconds between two orders of one customer. At speed 1 the simulator draws one every 90 s over all customers."""


class Sandbox:
    """The simulator as a process of the crew. Its address is known at once, and the same at every start where that is free
    (the pictures of the products stand in the catalogue by it); `wait()` returns when it listens."""

    def __init__(self, crew: Crew, state: Path, environment: Mapping[str, str], *, port: int) -> None:
        port = kept_port(state, "simulator", port)
        self.address = f"http://127.0.0.1:{port}"
        self._crew = crew
        self._ready_file = state / "simulator-ready.json"
        self._ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "simulator", "--port", str(port), "--state", str(state / "simulator")]
        command += ["--seed", str(SEED), "--ready-file", str(self._ready_file)]
        self.member: Member = crew.start("simulator", command, environment)

    def wait(self) -> None:
        """At the first start it builds its world."""
        self._crew.wait_until(self._ready_file.exists, self.member, within=60)


def introduce(simulator: str, applications: list[ApplicationKeys], public_url: str) -> None:
    """Register our applications at the simulated developer console, with the address consent comes back to."""
    with httpx.Client(base_url=simulator, timeout=10, trust_env=False) as client:
        for keys in applications:
            body = {
                "client_id": keys.client_id,
                "client_secret": keys.client_secret,
                "application_id": keys.application_id,
                "name": application_name(keys),
                "redirect_uris": [f"{public_url}/oauth/amazon/{keys.region.lower()}/callback"],
                "login_uri": f"{public_url}/oauth/amazon/{keys.region.lower()}/login",
                "roles": list(ROLES_AT_AMAZON[keys.covers]),
            }
            client.post("/_control/applications", json=body).raise_for_status()
        pace = {"speed": 90.0 * len(CUSTOMERS) / ORDER_EVERY}
        client.put("/_control/settings", json=pace).raise_for_status()


FILES = (
    "items", "stock", "components", "calendars", "closures", "warehouses", "transit_times", "fulfilment_centres",
    "vendor_terms", "stock_pools",
)  # fmt: skip
"""In an order in which they can be imported."""


def download_files(simulator: str, folder: Path) -> dict[str, dict[str, Path]]:
    """Each customer's items, stock, bundles and logistics rules as CSV, into `folder`: workspace -> kind -> file."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Path]] = {}
    with httpx.Client(base_url=simulator, timeout=30, trust_env=False) as client:
        for customer in CUSTOMERS:
            for kind in FILES:
                answer = client.get(f"/_control/customers/{customer.slug}/{kind}.csv").raise_for_status()
                path = folder / f"{customer.slug}-{kind}.csv"
                path.write_bytes(answer.content)
                found.setdefault(customer.slug, {})[kind] = path
    return found
