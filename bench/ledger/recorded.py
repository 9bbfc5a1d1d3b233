"""Where the runs are gathered, and the code of which they speak."""

from typing import Final

from bench.record import Record

SUPPLY: Final = "backend/oktee/modules/supply"
RECORD: Final = Record(
    "ledger",
    (
        f"{SUPPLY}/answers",
        f"{SUPPLY}/jobs",
        f"{SUPPLY}/answering.py",
        f"{SUPPLY}/answer_bodies.py",
        f"{SUPPLY}/reserving.py",
        f"{SUPPLY}/decided.py",
        f"{SUPPLY}/order_entries.py",
        "backend/oktee/catalog/stock.py",
        "backend/oktee/kit/work.py",
        "bench/ledger",
    ),
)
