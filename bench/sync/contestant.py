"""How a client under measurement is driven: the same job for each, in a process of its own, on stdin and stdout.

A client's program reads the job (one JSON line), gets its token, says `ready`, waits for `go`, lists, and prints what it
has done. Imports and the token are outside the measurement. Runs in the peers' environments: standard library only.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def read_job() -> dict[str, Any]:
    """endpoint, token_url, client_id, client_secret, refresh_token, windows [[since, until]], limit, cursors, warm_up."""
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    return job


def run(job: dict[str, Any], list_pages: Callable[[list[list[str]]], tuple[int, int]]) -> None:
    """Warm up, wait for the start, measure `list_pages(windows)`, which gives (pages, orders) it has really got."""
    list_pages(job["warm_up"])
    print("ready", flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    cpu = time.process_time()
    pages, orders = list_pages(job["windows"])
    cpu = time.process_time() - cpu
    print(json.dumps({"pages": pages, "orders": orders, "cpu_seconds": cpu}), flush=True)
