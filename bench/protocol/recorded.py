"""Where the runs are gathered, and the code of which they speak."""

from typing import Final

from bench.record import Record

SUPPLY: Final = "backend/oktee/modules/supply"
RECORD: Final = Record(
    "protocol",
    (
        f"{SUPPLY}/answers",
        f"{SUPPLY}/jobs/journey.py",
        "backend/simulator/acknowledging.py",
        "bench/protocol",
    ),
)
