"""What Amazon says became of an order: lines in eaches, and what they add up to. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from oktee.amazon.client.models.fields import ItemQuantity
from oktee.amazon.client.models.vendor_orders import ConfirmationStatus, OrderItemStatus, OrderStatus
from oktee.amazon.mirror.order_content import LARGEST_INT, NUL, Unstorable


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """A line's status in eaches. `accepted_units` includes what was backordered: Amazon has no third number."""

    sequence: str
    confirmation_status: str | None
    ordered_units: int
    cancelled_units: int
    accepted_units: int
    rejected_units: int
    receive_status: str | None
    received_units: int | None
    last_received_at: datetime | None
    acknowledgements: tuple[dict[str, Any], ...]
    """[{at, accepted, rejected}], oldest first; `at` is RFC 3339 in UTC, or None where Amazon gives no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusContent:
    """An order's status. `received_units` is None where Amazon says nothing of receipts for any line."""

    po_number: str
    status: str
    status_updated_at: datetime | None
    confirmation: str | None
    accepted_units: int
    rejected_units: int
    received_units: int | None
    first_acknowledged_at: datetime | None
    lines: tuple[LineStatus, ...]
    hash: bytes


def read_status(status: OrderStatus) -> StatusContent:
    """Map a status. Raises Unstorable when a quantity cannot be known in eaches or a text cannot be kept."""
    lines = tuple(_read_line(item) for item in status.item_status)
    if len({line.sequence for line in lines}) != len(lines):
        raise Unstorable("an item sequence number comes twice")
    received = [line.received_units for line in lines if line.received_units is not None]
    acknowledged = [
        detail.acknowledgement_date
        for item in status.item_status
        if item.acknowledgement_status
        for detail in item.acknowledgement_status.acknowledgement_status_details
        if detail.acknowledgement_date is not None
    ]
    head: dict[str, Any] = {
        "status": status.purchase_order_status,
        "status_updated_at": status.last_updated_date.astimezone(UTC) if status.last_updated_date else None,
        "confirmation": confirmation(lines),
        "accepted_units": _sum(line.accepted_units for line in lines),
        "rejected_units": _sum(line.rejected_units for line in lines),
        "received_units": _sum(received) if received else None,
        "first_acknowledged_at": min(acknowledged).astimezone(UTC) if acknowledged else None,
    }
    return StatusContent(
        **head,
        po_number=status.purchase_order_number,
        lines=lines,
        hash=_hash(head | {"lines": sorted(lines, key=lambda line: line.sequence)}),
    )


def confirmation(lines: tuple[LineStatus, ...]) -> str | None:
    """What the lines' answers add up to: UNCONFIRMED while none is answered, ACCEPTED or REJECTED when all agree, else
    PARTIALLY_ACCEPTED. Cancelled lines ask for no answer and do not count, unless there are only such lines."""
    live = [line for line in lines if line.ordered_units > 0] or list(lines)
    answers = {line.confirmation_status for line in live}
    if len(answers) == 1:
        return next(iter(answers))
    unanswered = {None, ConfirmationStatus.UNCONFIRMED.value}
    if not live or answers <= unanswered:
        return ConfirmationStatus.UNCONFIRMED.value if live else None
    return ConfirmationStatus.PARTIALLY_ACCEPTED.value


def _read_line(item: OrderItemStatus) -> LineStatus:
    sequence = item.item_sequence_number
    if not sequence:
        raise Unstorable("a line without its sequence number")
    ordered, answer, receipt = item.ordered_quantity, item.acknowledgement_status, item.receiving_status
    details = ordered.ordered_quantity_details if ordered else []
    acknowledgements: list[dict[str, Any]] = []
    for entry in answer.acknowledgement_status_details if answer else []:
        at = entry.acknowledgement_date.astimezone(UTC) if entry.acknowledgement_date else None
        acknowledgements.append(
            {
                "at": at.isoformat().replace("+00:00", "Z") if at else None,
                "accepted": _units(entry.accepted_quantity, sequence) or 0,
                "rejected": _units(entry.rejected_quantity, sequence) or 0,
            }
        )
    acknowledgements.sort(key=lambda entry: entry["at"] or "")
    return LineStatus(
        sequence=sequence,
        confirmation_status=answer.confirmation_status if answer else None,
        ordered_units=_units(ordered.ordered_quantity if ordered else None, sequence) or 0,
        cancelled_units=_sum(_units(detail.cancelled_quantity, sequence) or 0 for detail in details),
        accepted_units=_units(answer.accepted_quantity if answer else None, sequence) or 0,
        rejected_units=_units(answer.rejected_quantity if answer else None, sequence) or 0,
        receive_status=receipt.receive_status if receipt else None,
        received_units=_units(receipt.received_quantity if receipt else None, sequence),
        last_received_at=receipt.last_receive_date if receipt else None,
        acknowledgements=tuple(acknowledgements),
    )


def _units(quantity: ItemQuantity | None, sequence: str) -> int | None:
    if quantity is None or quantity.amount is None:
        return None
    if quantity.amount == 0:  # nothing is nothing in every unit
        return 0
    eaches = quantity.eaches
    if eaches is None:
        raise Unstorable(f"line {sequence}: a quantity in {quantity.unit_of_measure or 'no unit'} of unknown size")
    if abs(eaches) > LARGEST_INT:
        raise Unstorable(f"line {sequence}: a quantity beyond any real order")
    return eaches


def _sum(values: Any) -> int:
    total = sum(values)
    if total > LARGEST_INT:
        raise Unstorable("the order's total is beyond any real order")
    return int(total)


OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def _hash(document: dict[str, Any]) -> bytes:
    try:
        body = orjson.dumps(document, option=OPTIONS)
    except TypeError as error:
        raise Unstorable(f"a text that is no Unicode: {error}") from None
    if b"\\u0000" in body and NUL.search(body):
        raise Unstorable("a text holds a NUL character")
    return sha256(body).digest()
