"""Transactions: answers and shipments received with 202 that take effect, or fail, some time later."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from simulator.acknowledgement_schema import read_acknowledgements
from simulator.acknowledging import Fault, LineAnswer, apply, judge
from simulator.book import OrderBook
from simulator.ledger import Ledger
from simulator.orders import AnsweredBy, Order
from simulator.settings import TransactionMode
from simulator.shipment_schema import read_confirmations, read_requests
from simulator.shipments import Shipment, ShipmentBook
from simulator.shipping import Judge
from simulator.store import Store


@dataclass(slots=True, kw_only=True)
class Transaction:
    id: str
    client_id: str
    selling_partner_id: str
    submitted_at: datetime
    due_at: datetime
    mode: TransactionMode
    body: str
    call_seq: int
    operation: str = "submitAcknowledgement"
    pending: bool = True
    status: str = "Processing"
    errors: list[dict[str, str]] = field(default_factory=list)


class Transactions:
    def __init__(self, store: Store, book: OrderBook, shipments: ShipmentBook, ledger: Ledger) -> None:
        self._store = store
        self._book = book
        self._shipments = shipments
        self._ledger = ledger
        self._all: dict[str, Transaction] = {key: Transaction(**_dated(row)) for key, row in store.all("transaction")}
        self._pending = sorted((each for each in self._all.values() if each.pending), key=lambda each: each.due_at)

    def submit(
        self,
        body: bytes,
        *,
        client_id: str,
        selling_partner_id: str,
        now: datetime,
        delay: float,
        mode: TransactionMode,
        call_seq: int,
        guid: str,
        operation: str = "submitAcknowledgement",
    ) -> Transaction:
        """Take a batch that satisfies the schema; it is judged against the orders as they are when it falls due."""
        transaction = Transaction(
            id=f"{now:%Y%m%d%H%M%S}-{guid}",
            client_id=client_id,
            selling_partner_id=selling_partner_id,
            submitted_at=now,
            due_at=now + timedelta(seconds=delay),
            mode=mode,
            body=body.decode(),
            call_seq=call_seq,
            operation=operation,
        )
        self._all[transaction.id] = transaction
        self._pending.append(transaction)
        self._pending.sort(key=lambda each: each.due_at)
        self._save(transaction)
        return transaction

    def find(self, transaction_id: str) -> Transaction | None:
        return self._all.get(transaction_id)

    def run_due(self, now: datetime) -> None:
        while self._pending and self._pending[0].due_at <= now:
            self._run(self._pending.pop(0))

    def clear(self) -> None:
        self._all.clear()
        self._pending.clear()

    def _run(self, transaction: Transaction) -> None:
        transaction.pending = False
        if transaction.mode == "failure":
            faults = [Fault("INTERNAL_ERROR", "The transaction could not be processed.")]
        else:
            effects = {
                "SubmitShipmentConfirmations": self._confirm_shipments,
                "SubmitShipments": self._request_transport,
            }
            faults = effects.get(transaction.operation, self._take_effect)(transaction)
        if faults:
            transaction.status = "Failure"
            transaction.errors = [asdict(fault) for fault in faults]
        elif transaction.mode != "processing_forever":
            transaction.status = "Success"
        self._save(transaction)

    def _take_effect(self, transaction: Transaction) -> list[Fault]:
        faults: list[Fault] = []
        by = AnsweredBy(transaction.due_at, "api", transaction.id)
        for acknowledgement in read_acknowledgements(orjson.loads(transaction.body)):
            order = self._book.find(acknowledgement.number)
            judged = judge(
                acknowledgement, order, selling_partner_id=transaction.selling_partner_id, now=transaction.due_at
            )
            answers = [each for each in judged if isinstance(each, LineAnswer)]
            found = [each for each in judged if isinstance(each, Fault)]
            faults += found
            # A batch is a list of orders: the fault of one does not undo the others.
            if order is not None and not found:
                if transaction.mode == "wrong_numbers":
                    answers = [_spoilt(answer) for answer in answers]
                if transaction.mode == "rejection_ignored":
                    answers = [each for each in answers if each.accepted or not _was_accepted(order, each)]
                with self._book.edit(order.number) as edited:
                    changed = apply(edited, answers, by=by)
                    for line in edited.lines:
                        line.rejection_hidden = transaction.mode == "rejection_shown_as_zero" and line.rejected > 0
                if changed:
                    self._ledger.mark_changed(transaction.call_seq)
        return faults

    def _confirm_shipments(self, transaction: Transaction) -> list[Fault]:
        faults: list[Fault] = []
        for body in read_confirmations(orjson.loads(transaction.body)):
            judge = self._judge(transaction)
            shipment = judge.confirmation(body)
            faults += judge.faults
            if shipment is not None:
                judge.note(
                    shipment,
                    body,
                    transaction_id=transaction.id,
                    call_seq=transaction.call_seq,
                    sent_at=transaction.submitted_at,
                )
                self._keep(shipment, transaction)
        return faults

    def _request_transport(self, transaction: Transaction) -> list[Fault]:
        faults: list[Fault] = []
        for body in read_requests(orjson.loads(transaction.body)):
            judge = self._judge(transaction)
            shipment = judge.request(body)
            faults += judge.faults
            if shipment is not None:
                self._keep(shipment, transaction)
        return faults

    def _judge(self, transaction: Transaction) -> Judge:
        return Judge(self._book, self._shipments, partner=transaction.selling_partner_id, now=transaction.due_at)

    def _keep(self, shipment: Shipment, transaction: Transaction) -> None:
        if transaction.mode == "wrong_numbers" and shipment.parts:
            shipment.parts[0].amount = max(1, shipment.parts[0].amount * 3 // 4)
        self._shipments.put(shipment)
        self._ledger.mark_changed(transaction.call_seq)

    def _save(self, transaction: Transaction) -> None:
        self._store.put("transaction", transaction.id, asdict(transaction))


def _spoilt(answer: LineAnswer) -> LineAnswer:
    """The answer with a part of what was taken recorded as rejected: a read-back that does not match."""
    lost = max(1, answer.accepted // 4) if answer.accepted else 0
    backordered = min(answer.backordered, answer.accepted - lost)
    return LineAnswer(
        answer.sequence, answer.accepted - lost, backordered, answer.rejected + lost, answer.cost, answer.scheduled
    )


def _was_accepted(order: Order, answer: LineAnswer) -> bool:
    line = order.find_line(answer.sequence)
    return line is not None and bool(line.answers) and line.accepted > 0


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: datetime.fromisoformat(row[name]) for name in ("submitted_at", "due_at")}}
