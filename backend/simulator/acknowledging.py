"""What an acknowledgement does to an order: Amazon's rules, each fault of one order, and the effect (amazon/FACTS e)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from simulator.acknowledgement_schema import Acknowledgement, ItemAnswer, Portion
from simulator.orders import Answer, AnsweredBy, Line, Order

CORRECTION_WINDOW = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry of a failed transaction's errors; INVALID_ORDER_ID is Amazon's own, the others follow its form."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """The new answer to one line, in the line's unit; accepted includes backordered."""

    sequence: str
    accepted: int
    backordered: int
    rejected: int
    cost: Decimal | None
    scheduled: list[str]


def judge(
    acknowledgement: Acknowledgement, order: Order | None, *, selling_partner_id: str, now: datetime
) -> list[LineAnswer] | list[Fault]:
    """The answers to apply, or every fault found; one fault and nothing of this order's acknowledgement takes effect."""
    number = acknowledgement.number
    if order is None or order.selling_partner_id != selling_partner_id or order.available_at > now:
        return [Fault("INVALID_ORDER_ID", "Invalid order ID.")]
    if acknowledgement.party_id != order.vendor_code:
        return [
            Fault(
                "INVALID_SELLING_PARTY", f"Selling party {acknowledgement.party_id} is not the one of order {number}."
            )
        ]
    if order.state == "Closed":
        return [Fault("ORDER_CLOSED", f"Order {number} is closed.")]
    answers: list[LineAnswer] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for item in acknowledgement.items:
        line = _find_line(order, item)
        if line is None or line.sequence in seen:
            faults.append(Fault("INVALID_ITEM", f"Order {number} has no such item, or it is named twice."))
            continue
        seen.add(line.sequence)
        found = _line_faults(order, line, item, now=now)
        faults += found
        if not found and item.portions:
            answers.append(_answer(line, item))
    return faults or answers


def apply(order: Order, answers: list[LineAnswer], *, by: AnsweredBy) -> bool:
    """Let the answers take effect at by.at; the lines the FIRST acknowledgement leaves out are rejected. False = nothing was new."""
    first = not order.answered
    given = {answer.sequence: answer for answer in answers}
    changed = first
    for line in order.lines:
        answer = given.get(line.sequence)
        if answer is None and first and line.quantity > 0:
            answer = LineAnswer(line.sequence, 0, 0, line.quantity, None, [])
        if answer is not None:
            changed |= _apply_line(line, answer, at=by.at)
    if changed:
        order.answered.append(by)
        order.updated_at = by.at
        order.settle(at=by.at)
    return changed


def _apply_line(line: Line, answer: LineAnswer, *, at: datetime) -> bool:
    before = (line.accepted, line.backordered, line.rejected, line.confirmed_cost, line.scheduled, bool(line.answers))
    after = (answer.accepted, answer.backordered, answer.rejected, answer.cost, answer.scheduled, True)
    if before == after:
        return False
    if not line.answers:
        line.first_code_rejected = answer.accepted == 0
    if before[:3] != after[:3] or not line.answers:
        line.answers.append(Answer(at, answer.accepted, answer.rejected))
    line.accepted, line.backordered, line.rejected = answer.accepted, answer.backordered, answer.rejected
    line.confirmed_cost, line.scheduled = answer.cost, answer.scheduled
    return True


def _find_line(order: Order, item: ItemAnswer) -> Line | None:
    if item.sequence is not None:
        return order.find_line(item.sequence)
    matches = [
        line
        for line in order.lines
        if (item.identifier is not None and line.identifier == item.identifier)
        or (item.identifier is None and line.asin == item.asin)
    ]
    return matches[0] if len(matches) == 1 else None


def _line_faults(order: Order, line: Line, item: ItemAnswer, *, now: datetime) -> list[Fault]:
    name = f"Item {line.sequence} of order {order.number}"
    if line.quantity == 0 and not item.portions:
        return []
    faults = []
    if item.identifier not in (None, line.identifier) or item.asin not in (None, line.asin):
        faults.append(Fault("INVALID_PRODUCT_IDENTIFIER", f"{name}: the product identifier is not the one ordered."))
    if item.cost is None or item.cost <= 0:
        faults.append(Fault("INVALID_NET_COST", f"{name}: net cost is required and must be above zero."))
    elif item.cost > line.net_cost:
        faults.append(Fault("INVALID_NET_COST", f"{name}: net cost is above the cost ordered."))
    if item.currency not in (None, order.currency):
        faults.append(Fault("INVALID_CURRENCY", f"{name}: the currency is not the one ordered."))
    faults += _book_faults(line, item, name)
    faults += [fault for portion in item.portions for fault in _portion_faults(line, portion, name)]
    total = sum(portion.amount for portion in item.portions)
    if total > line.quantity:
        faults.append(Fault("INVALID_QUANTITY", f"{name}: more is acknowledged than the {line.quantity} ordered."))
    elif total < line.quantity:
        faults.append(
            Fault(
                "INVALID_QUANTITY", f"{name}: the acknowledged quantities do not add up to the {line.quantity} ordered."
            )
        )
    taken = sum(portion.amount for portion in item.portions if portion.code != "Rejected")
    if line.answers and line.first_code_rejected and taken:
        faults.append(Fault("ITEM_REJECTED", f"{name} was rejected and cannot be accepted or backordered any more."))
    if not faults and _too_late(order, line, item, now=now):
        faults.append(Fault("CORRECTION_WINDOW_CLOSED", f"{name}: after 48 hours only dates may change."))
    return faults


def _book_faults(line: Line, item: ItemAnswer, name: str) -> list[Fault]:
    """Books (their ISBN is their ASIN) with a list price are answered with that and the multiplier of their discount."""
    if line.list_price is None or line.asin is None or line.asin.startswith("B"):
        return []
    faults = []
    if item.list_price is None or item.list_price <= 0:
        faults.append(Fault("MISSING_LIST_PRICE", f"{name}: a book needs its list price."))
    if not item.discount_multiplier:
        faults.append(Fault("MISSING_DISCOUNT_MULTIPLIER", f"{name}: a book needs its discount multiplier."))
    return faults


def _portion_faults(line: Line, portion: Portion, name: str) -> list[Fault]:
    faults = []
    if portion.amount <= 0:
        faults.append(Fault("INVALID_QUANTITY", f"{name}: an acknowledged quantity must not be zero."))
    if portion.unit not in (None, line.unit):
        faults.append(Fault("INVALID_UNIT_OF_MEASURE", f"{name} is ordered in {line.unit}."))
    if portion.code == "Backordered" and not line.backorder_allowed:
        faults.append(Fault("BACKORDER_NOT_ALLOWED", f"{name} must not be backordered."))
    if portion.code == "Backordered" and portion.ship_at is None and portion.deliver_at is None:
        faults.append(Fault("MISSING_DATE", f"{name}: a backordered quantity needs a date."))
    if portion.code == "Rejected" and portion.reason is None:
        faults.append(Fault("MISSING_REJECTION_REASON", f"{name}: a rejected quantity needs a reason."))
    return faults


def _too_late(order: Order, line: Line, item: ItemAnswer, *, now: datetime) -> bool:
    if not line.answers:
        return False
    # Amazon's documents count from the order; what Amazon itself changed later can only be answered later.
    since = max(order.placed_at, line.quantities[-1].at, line.cost_changed_at or order.placed_at)
    new = _answer(line, item)
    same = (new.accepted, new.backordered, new.rejected, new.cost) == (
        line.accepted,
        line.backordered,
        line.rejected,
        line.confirmed_cost,
    )
    return not same and now > since + CORRECTION_WINDOW


def _answer(line: Line, item: ItemAnswer) -> LineAnswer:
    amounts = {
        code: sum(portion.amount for portion in item.portions if portion.code == code)
        for code in ("Accepted", "Backordered", "Rejected")
    }
    dates = [f"{portion.code} {portion.ship_at or ''} {portion.deliver_at or ''}" for portion in item.portions]
    return LineAnswer(
        line.sequence,
        amounts["Accepted"] + amounts["Backordered"],
        amounts["Backordered"],
        amounts["Rejected"],
        item.cost,
        dates,
    )
