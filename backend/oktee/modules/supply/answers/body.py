"""Builds the body of submitAcknowledgement from the answers to every line of one order, and encodes it to stable bytes.

Field names and spellings are those of Amazon's model vendorOrders.json (SubmitAcknowledgementRequest).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.inputs import LineInput, OrderInput
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.trace import instant_text

_FACTOR = Decimal("0.0001")
UNITS = {"cases": "Cases", "eaches": "Eaches"}


class ItemQuantity(TypedDict):
    amount: int
    unitOfMeasure: str
    unitSize: NotRequired[int]


class Money(TypedDict):
    currencyCode: str
    amount: str


class ItemAcknowledgement(TypedDict):
    acknowledgementCode: str
    acknowledgedQuantity: ItemQuantity
    scheduledShipDate: NotRequired[str]
    scheduledDeliveryDate: NotRequired[str]
    rejectionReason: NotRequired[str]


class AcknowledgementItem(TypedDict):
    itemSequenceNumber: str
    amazonProductIdentifier: NotRequired[str]
    vendorProductIdentifier: NotRequired[str]
    orderedQuantity: ItemQuantity
    netCost: NotRequired[Money]
    listPrice: NotRequired[Money]
    discountMultiplier: NotRequired[str]
    itemAcknowledgements: list[ItemAcknowledgement]


class SellingParty(TypedDict):
    partyId: str


class OrderAcknowledgement(TypedDict):
    purchaseOrderNumber: str
    sellingParty: SellingParty
    acknowledgementDate: str
    items: list[AcknowledgementItem]


class AcknowledgementBody(TypedDict):
    """The whole request; one order in each, so that one order's failure cannot hide another's answer."""

    acknowledgements: list[OrderAcknowledgement]


class AnswerError(ValueError):
    """No body can be built; `code` is line_missing, line_unknown, line_twice, unit_unknown, not_whole_cases or undecided."""

    def __init__(self, code: str, *, line: str) -> None:
        super().__init__(f"{code}: line {line}")
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a rule or a person answers to one line, in eaches; the dates are aware UTC instants."""

    sequence: str
    accepted: int
    backordered: int
    rejected: int
    scheduled_at: datetime | None
    backorder_at: datetime | None
    rejection_reason: str | None
    list_price: str | None = None
    discount_multiplier: str | None = None
    """Of a book, where a person said otherwise than the order."""


def answer_of(decision: LineDecision) -> LineAnswer:
    """The answer that a decision proposes. Raises AnswerError(undecided) while units of the line have no answer."""
    if decision.undecided:
        raise AnswerError("undecided", line=decision.sequence)
    return LineAnswer(
        sequence=decision.sequence,
        accepted=decision.accepted,
        backordered=decision.backordered,
        rejected=decision.rejected,
        scheduled_at=decision.scheduled_at,
        backorder_at=decision.backorder_at,
        rejection_reason=decision.rejection_reason,
    )


def to_answer(order: OrderInput) -> tuple[LineInput, ...]:
    """The lines that an answer must hold: all but those that Amazon cancelled, of which no quantity could be named."""
    return tuple(line for line in order.lines if not line.cancelled and line.ordered > 0)


def build(order: OrderInput, answers: Iterable[LineAnswer], *, acknowledgement_date: datetime) -> AcknowledgementBody:
    """The body that answers every line of the order; a line without an answer would be rejected by omission.

    `acknowledgement_date` is the moment at which the answer was planned, stored with it and never recomputed. Amounts are
    in the order's own unit, identifiers and cost exactly as received. Raises AnswerError.
    """
    lines = to_answer(order)
    known = {line.sequence for line in lines}
    cancelled = {line.sequence for line in order.lines} - known
    given: dict[str, LineAnswer] = {}
    for answer in answers:
        if answer.sequence in cancelled:
            continue
        if answer.sequence not in known:
            raise AnswerError("line_unknown", line=answer.sequence)
        if answer.sequence in given:
            raise AnswerError("line_twice", line=answer.sequence)
        given[answer.sequence] = answer
    for line in lines:
        if line.sequence not in given:
            raise AnswerError("line_missing", line=line.sequence)
    return {
        "acknowledgements": [
            {
                "purchaseOrderNumber": order.number,
                "sellingParty": {"partyId": order.vendor_code},
                "acknowledgementDate": instant_text(acknowledgement_date),
                "items": [_item(line, given[line.sequence], order) for line in lines],
            }
        ]
    }


def encode(body: AcknowledgementBody) -> bytes:
    """The bytes to send: the same body always gives the same bytes, also after a round trip through a JSON column."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def date_field(order: OrderInput) -> str | None:
    """Collect vendors promise the shipment, prepaid vendors the delivery; None when the freight term is not known."""
    if order.freight is None:
        return None
    return "scheduledShipDate" if order.freight == "collect" else "scheduledDeliveryDate"


def _item(line: LineInput, answer: LineAnswer, order: OrderInput) -> AcknowledgementItem:
    splits: list[ItemAcknowledgement] = []
    # Amazon refuses an amount of zero, so a split without units is left out.
    if answer.accepted:
        splits.append(_split("Accepted", answer.accepted, line, order, at=answer.scheduled_at))
    if answer.backordered:
        splits.append(_split("Backordered", answer.backordered, line, order, at=answer.backorder_at))
    if answer.rejected:
        rejected = _split("Rejected", answer.rejected, line, order, at=None)
        if answer.rejection_reason is not None:
            rejected["rejectionReason"] = answer.rejection_reason
        splits.append(rejected)
    ordered = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size)
    if ordered is None:
        raise AnswerError("unit_unknown", line=line.sequence)
    item: AcknowledgementItem = {
        "itemSequenceNumber": line.sequence,
        "orderedQuantity": _quantity(ordered, line),
        "itemAcknowledgements": splits,
    }
    if line.asin is not None:
        item["amazonProductIdentifier"] = line.asin
    if line.vendor_product_identifier is not None:
        item["vendorProductIdentifier"] = line.vendor_product_identifier
    if line.net_cost is not None and line.currency is not None:
        amount = str(line.net_cost) if line.net_cost_text is None else line.net_cost_text
        item["netCost"] = {"currencyCode": line.currency, "amount": amount}
    if line.book and line.currency is not None:
        price, multiplier = book_terms(line, answer.list_price, answer.discount_multiplier)
        if price is not None:
            item["listPrice"] = {"currencyCode": line.currency, "amount": price}
        if multiplier is not None:
            item["discountMultiplier"] = multiplier
    return item


def book_terms(line: LineInput, price: str | None, multiplier: str | None) -> tuple[str | None, str | None]:
    """A book's list price, the order's unless another is said, and the factor that leads from it to the order's cost, unless
    that is said; None where they cannot be told."""
    price = price or line.list_price_text
    if multiplier is None and price is not None and line.net_cost is not None and Decimal(price) > 0:
        factor = (line.net_cost / Decimal(price)).quantize(_FACTOR)
        multiplier = format(factor, "f") if 0 < factor <= 1 else None
    return price, multiplier


def _split(code: str, eaches: int, line: LineInput, order: OrderInput, *, at: datetime | None) -> ItemAcknowledgement:
    split: ItemAcknowledgement = {"acknowledgementCode": code, "acknowledgedQuantity": _quantity(eaches, line)}
    field = date_field(order)
    if at is not None and field == "scheduledShipDate":
        split["scheduledShipDate"] = instant_text(at)
    elif at is not None and field == "scheduledDeliveryDate":
        split["scheduledDeliveryDate"] = instant_text(at)
    return split


def _quantity(eaches: int, line: LineInput) -> ItemQuantity:
    unit = UNITS.get(line.unit_of_measure.casefold())
    size = line.unit_size
    if unit is None or (unit == "Cases" and (size is None or size <= 0)):
        raise AnswerError("unit_unknown", line=line.sequence)
    amount = eaches
    if unit == "Cases" and size is not None:
        amount, loose = divmod(eaches, size)
        if loose:
            raise AnswerError("not_whole_cases", line=line.sequence)
    quantity: ItemQuantity = {"amount": amount, "unitOfMeasure": unit}
    if size is not None:
        quantity["unitSize"] = size
    return quantity


def quantity_in_eaches(quantity: ItemQuantity | dict[str, Any]) -> int | None:
    """Eaches of an ItemQuantity of a body; None when it cannot be read."""
    amount, unit = quantity.get("amount"), quantity.get("unitOfMeasure")
    if not isinstance(amount, int) or not isinstance(unit, str):
        return None
    return eaches_ordered(amount, unit_of_measure=unit, unit_size=quantity.get("unitSize"))
