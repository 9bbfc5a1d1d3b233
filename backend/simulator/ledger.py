"""The ledger: every call the simulated Amazon got, in order, with its outcome."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from simulator.instants import wire
from simulator.store import Store


@dataclass(slots=True, kw_only=True)
class Call:
    """One call; status None means that the caller never got an answer."""

    seq: int
    at: datetime
    operation: str
    method: str
    path: str
    query: str
    request_id: str
    application: str | None = None
    selling_partner_id: str | None = None
    body: bytes | None = None
    keep_body: bool = False
    status: int | None = None
    throttled: bool = False
    changed_state: bool = False
    fault: str | None = None
    purchase_orders: list[str] = field(default_factory=list)


class Ledger:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq = store.last_seq()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def record(self, call: Call) -> None:
        self._store.append_call(
            (
                call.seq,
                wire(call.at),
                call.application,
                call.selling_partner_id,
                call.operation,
                call.method,
                call.path,
                call.query,
                hashlib.sha256(call.body).hexdigest() if call.body else None,
                call.body if call.keep_body else None,
                call.status,
                call.throttled,
                call.changed_state,
                call.request_id,
                call.fault,
                orjson.dumps(call.purchase_orders).decode(),
            )
        )

    def mark_changed(self, seq: int) -> None:
        """The acknowledgement of that call changed an order (it takes effect some time after its 202)."""
        self._store.mark_changed(seq)

    def list_calls(self, *, operation: str | None = None, since: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
        """Calls after sequence number `since`, oldest first; `body` is there for acknowledgements."""
        names = (
            "seq", "at", "application", "selling_partner_id", "operation", "method", "path", "query", "body_sha256", "body",
            "status", "throttled", "changed_state", "request_id", "fault", "purchase_orders",
        )  # fmt: skip
        calls = []
        for row in self._store.calls(operation=operation, since=since, limit=limit):
            call = dict(zip(names, row, strict=True))
            call["body"] = None if call["body"] is None else call["body"].decode("utf-8", "replace")
            call["throttled"] = bool(call["throttled"])
            call["changed_state"] = bool(call["changed_state"])
            call["purchase_orders"] = orjson.loads(call["purchase_orders"])
            calls.append(call)
        return calls

    def clear(self) -> None:
        """Forget the calls; sequence numbers go on, so a `since` kept by a reader stays right."""
        self._store.clear_calls()
