"""`make bench BENCH=ledger`: ORDERS orders (10,000) arrive while calls are throttled, fail, are lost and answered wrongly.

What rules hold, and what fails, a person answers through the API. Then the simulated Amazon's ledger is looked through.
"""

import os
import random
import sys
import time
from collections import Counter
from itertools import count
from typing import Any

from oktee.check.client import Refused

from bench.ledger.place import Place, a_place
from bench.ledger.recorded import RECORD
from bench.ledger.watch import Database
from bench.ledger.words import unreadable
from bench.report import Report, progress

UNDER_WAY = ("scheduled", "sending", "processing")
PERSON_ROUNDS = 12


def main() -> int:
    orders, seed = int(os.environ.get("ORDERS") or 10_000), int(os.environ.get("SEED") or RECORD.next_seed())
    part, workers = max(20, orders // 40), int(os.environ.get("WORKERS") or 2)
    report, begun = Report(), time.monotonic()
    with a_place(workers) as place:
        database = Database(place.database, place.desk.workspace)
        progress(f"{time.monotonic() - begun:.0f} s: everything is up")
        place.faults(True)
        place.arrive(orders, random.Random(seed), part)
        progress(f"{time.monotonic() - begun:.0f} s: {len(place.numbers)} orders placed")
        _settle(place, database, begun, faults=True)
        by_itself = sum(1 for row in database.answers(place.numbers) if row["answer"] == 1 and row["state"] == "seen")
        place.faults(False)
        for _ in range(PERSON_ROUNDS):
            waiting = database.persons(place.numbers)
            progress(f"{time.monotonic() - begun:.0f} s: {len(waiting)} wait for a person")
            if not waiting:
                break
            for order in waiting:
                _answer(place, order)
            _settle(place, database, begun)
        found = _check(place, database)
        words = Counter(each for step in database.reasons(place.numbers) if (each := unreadable(step)) is not None)
    seconds = time.monotonic() - begun
    found["reasons_unreadable"] = sum(words.values())
    for each, times in words.most_common(10):
        progress(f"{times} x {each}")
    broken = {name: n for name, n in found.items() if n}
    RECORD.append(
        first=seed, seeds=1, seconds=seconds, verdict="broken" if broken else "kept", orders=orders,
        answered_by_itself=by_itself, broken=broken,
    )  # fmt: skip
    report.line("ledger.orders", orders, unit="orders", reference="goal", ratio=orders / 10_000)
    report.line("ledger.minutes", seconds / 60, unit="minutes", reference="", ratio=None)
    for name, n in found.items():
        report.line(f"ledger.{name}", n, unit="orders", reference="goal", ratio=None)
        report.goal(f"{name}: none", met=not n)
    return report.exit_code


def _settle(place: Place, database: Database, begun: float, *, faults: bool = False) -> None:
    """Until every order is known and no answer is under way. `faults`: what Amazon makes of answers goes on changing, so that
    those who come late are not all judged by the mode of the last part."""
    told = time.monotonic()
    for n in count():
        if faults:
            place.judge(n)
        database.hurry()
        statuses = database.statuses(place.numbers)
        if sum(statuses.values()) == len(place.numbers) and not sum(statuses.get(name, 0) for name in UNDER_WAY):
            return
        if time.monotonic() - told > 20:
            told = time.monotonic()
            progress(f"{told - begun:.0f} s: {statuses}")
        time.sleep(1)


def _answer(place: Place, order_id: str) -> None:
    """A person looks at what waits: answers the lines that have none, and confirms."""
    desk = place.desk
    try:
        order = desk.get(f"supply/orders/{order_id}")
        missing = [line for line in order["lines"] if line["asked"] and line["taken"] is None]
        if missing:
            lines = [{"sequence": line["sequence"], "taken": line["asked"]} for line in missing]
            body = {"revision": order["revision"], "decision_id": order["decision"]["id"], "lines": lines}
            order = desk.send("PUT", f"supply/orders/{order_id}/draft", body)
        shown = {"revision": order["revision"], "decision_id": order["decision"]["id"]}
        desk.client.post_once(desk.path(f"supply/orders/{order_id}/confirmation"), shown)
    except Refused as refused:
        progress(f"{order_id}: {refused}")


def _check(place: Place, database: Database) -> dict[str, int]:
    numbers = set(place.numbers)
    orders = [
        each for each in place.amazon.control("GET", f"/orders?customer={place.key}&limit=1000000")["orders"]
        if each["order"]["purchaseOrderNumber"] in numbers
    ]  # fmt: skip
    calls = [call for call in _calls(place) if set(call["purchase_orders"]) & numbers]
    answers = {(row["po_number"], row["hash"]): row for row in database.answers(place.numbers)}
    effects: Counter[tuple[str, str]] = Counter()
    arrived: Counter[tuple[str, str]] = Counter()
    for call in calls:
        key = (call["purchase_orders"][0], call["body_sha256"])
        arrived[key] += 1
        effects[key] += call["changed_state"]
    lines = [line for order in orders for line in order["status"]["itemStatus"]]
    return {
        "orders_lost": len(numbers) - sum(database.statuses(place.numbers).values()),
        "orders_not_answered": sum(not order["answered"] for order in orders if _wanted(order)),
        "lines_missing": sum(
            line["acknowledgementStatus"]["confirmationStatus"] == "UNCONFIRMED" and _ordered(line) > 0 for line in lines
        ),
        "amounts_above_ordered": sum(
            line["acknowledgementStatus"]["acceptedQuantity"]["amount"] > _ordered(line) for line in lines
        ),
        "effects_twice": sum(n > 1 for n in effects.values()),
        "bytes_of_nobody": sum(key not in answers for key in arrived),
        "sent_too_often": sum(
            n > 1 + answers[key]["resends"] + answers[key]["refused"] for key, n in arrived.items() if key in answers
        ),
        "open_answers": sum(row["state"] in ("planned", "sending", "unknown", "sent") for row in answers.values()),
        "balances_wrong": database.wrong_stock(),
    }  # fmt: skip


def _wanted(order: dict[str, Any]) -> bool:
    return any(_ordered(line) > 0 for line in order["status"]["itemStatus"])


def _ordered(line: dict[str, Any]) -> int:
    return int(line["orderedQuantity"]["orderedQuantity"]["amount"])


def _calls(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        since = found[-1]["seq"] if found else 0
        calls = place.amazon.control("GET", f"/ledger?operation=submitAcknowledgement&since={since}&limit=5000")[
            "calls"
        ]
        if not calls:
            return found
        found += calls


if __name__ == "__main__":
    sys.exit(main())
