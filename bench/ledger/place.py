"""One vendor in the demo's own set-up (PostgreSQL, Valkey, simulated Amazon, API, workers, each a process), and what happens there."""

import csv
import io
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oktee.check.client import Client, Control, Refused
from oktee.check.desk import Desk, connect, fetch_now, sign_in
from oktee.check.order import import_file, set_supply, watch_first_load
from oktee.check.place import Account
from oktee.check.story import Story
from oktee.demo.crew import Crew
from oktee.demo.run import bring_up

from bench.servers import Amazon

WIDE: Final = {"rate": 100_000, "burst": 100_000}
OPERATIONS: Final = (
    "getPurchaseOrders", "getPurchaseOrder", "submitAcknowledgement", "getPurchaseOrdersStatus", "getTransaction",
)  # fmt: skip
FAULTS: Final = (
    ("submitAcknowledgement", "throttle", 0.10, False),
    ("submitAcknowledgement", "error_500", 0.03, False),
    ("submitAcknowledgement", "error_500", 0.03, True),
    ("submitAcknowledgement", "close_after_effect", 0.03, False),
    ("submitAcknowledgement", "error_400", 0.01, False),
    ("getPurchaseOrdersStatus", "throttle", 0.05, False),
    ("getPurchaseOrdersStatus", "error_500", 0.03, False),
    ("getTransaction", "error_503", 0.05, False),
)
"""Operation, fault, how often, and whether the call takes effect before its answer is lost."""
MODES: Final = ("normal", "normal", "failure", "processing_forever", "wrong_numbers", "normal")


@dataclass(frozen=True, slots=True)
class Place:
    """The vendor's desk, the simulated Amazon behind it, and the address of the database."""

    desk: Desk
    amazon: Amazon
    database: str
    numbers: list[str]

    @property
    def key(self) -> str:
        return str(self.desk.customer["key"])

    def faults(self, on: bool) -> None:
        self.amazon.control("DELETE", "/faults")
        self.amazon.control("PUT", "/settings", {"transaction_mode": "normal"})
        if on:
            rules = [
                {"operation": operation, "kind": kind, "probability": often, "after_effect": after, "seed": n}
                for n, (operation, kind, often, after) in enumerate(FAULTS)
            ]
            self.amazon.control("POST", "/faults", rules)

    def judge(self, n: int) -> None:
        """What Amazon makes of answers from now on: one mode of all after the other."""
        self.amazon.control("PUT", "/settings", {"transaction_mode": MODES[n % len(MODES)]})

    def arrive(self, orders: int, chance: random.Random, part: int) -> None:
        """Orders in parts; what Amazon makes of answers changes from part to part, and it changes some orders."""
        codes = [code["code"] for code in self.desk.customer["groups"][0]["vendor_codes"]]
        for n, at in enumerate(range(0, orders, part)):
            self.judge(n)
            made: list[str] = []
            for code in codes:
                count = min(part, orders - at) // len(codes) + (
                    code == codes[0] and min(part, orders - at) % len(codes)
                )
                if count:
                    body = {"customer": self.key, "vendor_code": code, "count": int(count), "random_lines": 3}
                    made += self.amazon.control("POST", "/orders", body)["purchase_order_numbers"]
            self.numbers.extend(made)
            self._fetch()
            time.sleep(1)
            for number in chance.sample(made, len(made) // 25):
                change = chance.choice(
                    ({"shift_window_days": 1}, {"lines": [{"item_sequence_number": "1", "quantity": 36}]})
                )
                self.amazon.control("POST", f"/orders/{number}/changes", change)
            self._fetch()

    def _fetch(self) -> None:
        """Sooner than by itself, where the API has the time."""
        try:
            fetch_now(self.desk)
        except Refused as refused:
            if refused.status != 503:
                raise


@contextmanager
def a_place(workers: int) -> Iterator[Place]:
    """Everything up, the vendor connected, its catalogue and stock imported, automation at once."""
    folder = Path(tempfile.mkdtemp(prefix="oktee-ledger-"))
    folder.chmod(0o711)
    crew = Crew(folder / "logs")
    try:
        up = bring_up(crew, folder, {}, port=0, dev=False, began=time.monotonic())
        for n in range(workers - 1):
            crew.start(f"worker-{n}", [sys.executable, "-m", "oktee.cli", "worker"], dict(os.environ))
        owner = next(each for each in up.accounts if each.workspace == "lumea" and each.role == "owner")
        amazon = Amazon(up.control.rstrip("/").removesuffix("/_control"))
        quiet = {"speed": 0, "ack_delay_seconds": 1, "quotas": dict.fromkeys(OPERATIONS, WIDE)}
        amazon.control("PUT", "/settings", quiet)
        with closing(Client(up.url)) as client, closing(Control(up.control)) as control:
            desk = sign_in(Story("ledger"), client, control, Account(owner.email, owner.password, owner.totp_seed))
            connection = connect(desk)
            import_file(desk, "items")
            import_file(desk, "stock", content=_stock(control.file(desk.customer["stock_csv"])))
            watch_first_load(desk, connection)
            set_supply(desk, first_orders=0, new_places=False)
            desk.send("PUT", "supply/automation", {"mode": "at_once", "delay_minutes": 20})
            yield Place(desk, amazon, os.environ["DATABASE_URL"].replace("+asyncpg", ""), [])
    finally:
        crew.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _stock(content: bytes) -> bytes:
    """The customer's own stock file with plenty of most items and little of some."""
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    for n, row in enumerate(rows):
        row["on_hand"] = "30" if n % 6 == 0 else "200000"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
