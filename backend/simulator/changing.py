"""What Amazon does to an order after it placed it, and what others than the API do: changes, answers elsewhere, receipts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from simulator.acknowledging import LineAnswer, apply
from simulator.orders import AnsweredBy, Line, Order, QuantityChange


class NotPossible(ValueError):
    """The order does not allow this; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    sequence: str
    quantity: int | None = None
    net_cost: Decimal | None = None


def change_lines(order: Order, changes: list[LineChange], *, at: datetime) -> None:
    """New quantities (0 cancels a line) and costs; an answer given before stays, cut to what is still ordered."""
    for change in changes:
        line = order.find_line(change.sequence)
        if line is None:
            raise NotPossible(f"order {order.number} has no line {change.sequence}")
        if change.net_cost is not None:
            line.net_cost, line.cost_changed_at = change.net_cost, at
        if change.quantity is not None:
            _set_quantity(line, change.quantity, at=at)
    _mark_changed(order, at=at)


def add_lines(order: Order, lines: list[Line], *, at: datetime) -> None:
    order.lines.extend(lines)
    _mark_changed(order, at=at)


def remove_lines(order: Order, sequences: list[str], *, at: datetime) -> None:
    """Lines that the order does not hold any more; one stays."""
    left = [line for line in order.lines if line.sequence not in sequences]
    if not left or len(left) == len(order.lines):
        raise NotPossible(f"order {order.number} keeps at least one line, and only lines it has can go")
    order.lines[:] = left
    _mark_changed(order, at=at)


def move_window(order: Order, *, start: datetime, end: datetime, at: datetime) -> None:
    if end <= start:
        raise NotPossible("the window ends before it starts")
    order.window_start, order.window_end = start, end
    _mark_changed(order, at=at)


def change_currency(order: Order, currency: str, *, at: datetime) -> None:
    order.currency = currency
    _mark_changed(order, at=at)


def redirect(order: Order, center: str, *, at: datetime) -> None:
    order.fulfilment_center = center
    _mark_changed(order, at=at)


def cancel(order: Order, *, at: datetime) -> None:
    """Cancel every line: ordered quantity 0, state Closed."""
    for line in order.lines:
        _set_quantity(line, 0, at=at)
    order.cancelled = True
    _mark_changed(order, at=at)


def uncancel(order: Order, *, at: datetime) -> None:
    """Bring a cancelled order back with the quantities it had."""
    if not order.cancelled:
        raise NotPossible(f"order {order.number} is not cancelled")
    order.cancelled = False
    for line in order.lines:
        last = line.quantities[-1]
        if line.quantity == 0 and last.delta < 0:
            _set_quantity(line, -last.delta, at=at)
    _mark_changed(order, at=at)


def answer_elsewhere(order: Order, accepted: dict[str, int], *, by: str, at: datetime) -> bool:
    """An answer by EDI or by a person in Vendor Central: accepted per line in its unit, the rest rejected; lines left out taken whole."""
    answers = []
    for line in order.lines:
        taken = accepted.get(line.sequence, line.quantity)
        if not 0 <= taken <= line.quantity:
            raise NotPossible(f"line {line.sequence} of order {order.number} has {line.quantity} ordered, not {taken}")
        if line.quantity:
            answers.append(LineAnswer(line.sequence, taken, 0, line.quantity - taken, line.net_cost, []))
    if order.state == "Closed":
        raise NotPossible(f"order {order.number} is closed")
    return apply(order, answers, by=AnsweredBy(at, by))


def receive(order: Order, received: dict[str, int], *, at: datetime) -> None:
    """Set how much of each line has arrived in all, in its unit; fully received orders close."""
    for sequence, amount in received.items():
        line = order.find_line(sequence)
        if line is None:
            raise NotPossible(f"order {order.number} has no line {sequence}")
        line.received = amount
        line.received_at = at
    order.updated_at = at
    order.settle(at=at)


def shifted(order: Order, days: int) -> tuple[datetime, datetime]:
    return order.window_start + timedelta(days=days), order.window_end + timedelta(days=days)


def _set_quantity(line: Line, quantity: int, *, at: datetime) -> None:
    if quantity == line.quantity:
        return
    line.quantities.append(QuantityChange(at, quantity - line.quantity))
    line.quantity = quantity
    if line.answers:
        line.accepted = min(line.accepted, quantity)
        line.backordered = min(line.backordered, line.accepted)
        line.rejected = min(line.rejected, quantity - line.accepted)


def _mark_changed(order: Order, *, at: datetime) -> None:
    order.changed_at = at
    order.updated_at = at
    order.settle(at=at)
