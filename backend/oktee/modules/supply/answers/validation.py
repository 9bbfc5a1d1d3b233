"""Checks an answer against Amazon's rules H1 to H15 before it is sent; every violation names its rule, its line and its values.

H7 (an update replaces the line) holds because every line carries its full state, H12 is the comparison with the current
revision, H13 (accepted by the API is not applied) is `read_back`, H15 is one order in each body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from oktee.modules.supply.answers.body import (
    UNITS,
    AcknowledgementBody,
    AcknowledgementItem,
    ItemAcknowledgement,
    date_field,
    quantity_in_eaches,
    to_answer,
)
from oktee.modules.supply.answers.clock import ANSWER_WITHIN, open_until
from oktee.modules.supply.rules.inputs import LineInput, OrderInput
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.trace import typed_values

CODES: Final = ("Accepted", "Backordered", "Rejected")
REASONS: Final = ("TemporarilyUnavailable", "InvalidProductIdentifier", "ObsoleteProduct")
UNCHANGED: Final[Mapping[str, datetime]] = MappingProxyType({})
_DATE_FIELDS: Final = ("scheduledShipDate", "scheduledDeliveryDate")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that the answer breaks. `blocking` ones forbid sending; the others are shown and sent."""

    code: str
    line: str | None
    message: str
    raw: tuple[object, ...]
    blocking: bool = True

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """Typed JSON values of the message, as MESSAGES declares them."""
        return typed_values(self.message, self.raw)


def validate(
    order: OrderInput,
    body: AcknowledgementBody,
    *,
    now: datetime,
    earlier: Sequence[AcknowledgementBody] = (),
    since: Mapping[str, datetime] = UNCHANGED,
) -> list[Violation]:
    """Everything that is wrong with sending `body` for `order` at `now`.

    `earlier` are the answers to this order that took effect, oldest first. A first answer must hold every line; a later one
    may hold fewer. `since`: when Amazon last changed the quantity or cost of a line (answers/clock.py).
    """
    acknowledgements = body["acknowledgements"]
    if len(acknowledgements) != 1:
        numbers = ", ".join(one["purchaseOrderNumber"] for one in acknowledgements)
        return [Violation("H15", None, "supply.answer.several_orders", (numbers,))]
    sent = acknowledgements[0]
    found: list[Violation] = []
    if sent["purchaseOrderNumber"] != order.number:
        found.append(Violation("H1", None, "supply.answer.order_number_differs", (sent["purchaseOrderNumber"],)))
    if sent["sellingParty"]["partyId"] != order.vendor_code:
        found.append(Violation("H1", None, "supply.answer.vendor_code_differs", (sent["sellingParty"]["partyId"],)))
    due = order.placed_at + ANSWER_WITHIN
    if not earlier and now > due:
        # Late is chargeable, silence is a rejection of every line: it is sent all the same.
        found.append(Violation("H5", None, "supply.answer.late", (due, now), blocking=False))
    lines = {line.sequence: line for line in to_answer(order)}
    seen: set[str] = set()
    for item in sent["items"]:
        sequence = item["itemSequenceNumber"]
        if sequence in seen:
            found.append(Violation("H1", sequence, "supply.answer.line_twice", (sequence,)))
        elif sequence not in lines:
            found.append(Violation("H1", sequence, "supply.answer.line_unknown", (sequence,)))
        else:
            found += _line(order, lines[sequence], item, now=now)
            until = open_until(order.placed_at, sequence, since)
            found += _history(item, now=now, earlier=earlier, until=until)
        seen.add(sequence)
    answered_before = {item["itemSequenceNumber"] for one in earlier for item in one["acknowledgements"][0]["items"]}
    for sequence in lines:
        if sequence not in seen and sequence not in answered_before:
            found.append(Violation("H1", sequence, "supply.answer.line_missing", (sequence,)))
    return found


def blocking(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Those that forbid sending."""
    return tuple(violation for violation in violations if violation.blocking)


def _line(order: OrderInput, line: LineInput, item: AcknowledgementItem, *, now: datetime) -> list[Violation]:
    found = _identity(line, item) + _cost(line, item) + _book(line, item)
    ordered = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size)
    named = item["orderedQuantity"]
    if named["unitOfMeasure"] not in UNITS.values():
        found.append(Violation("H11", line.sequence, "supply.answer.unit_unknown", (named["unitOfMeasure"],)))
    if ordered is None or quantity_in_eaches(named) != ordered or named["amount"] != line.ordered:
        raw = (_text(named), f"{line.ordered} {line.unit_of_measure}")
        found.append(Violation("H12", line.sequence, "supply.answer.order_changed", raw))
    if not item["itemAcknowledgements"]:
        found.append(Violation("H2", line.sequence, "supply.answer.code_missing", ()))
        return found
    answered = 0
    for split in item["itemAcknowledgements"]:
        found += _split(order, line, split, now=now)
        answered += quantity_in_eaches(split["acknowledgedQuantity"]) or 0
    if ordered is not None and answered > ordered:
        found.append(Violation("H4", line.sequence, "supply.answer.more_than_ordered", (answered, ordered)))
    if ordered is not None and answered < ordered:
        found.append(Violation("H1", line.sequence, "supply.answer.not_fully_answered", (answered, ordered)))
    return found


def _identity(line: LineInput, item: AcknowledgementItem) -> list[Violation]:
    return [
        Violation("H1", line.sequence, "supply.answer.identifier_differs", (received, sent))
        for received, sent in (
            (line.asin, item.get("amazonProductIdentifier")),
            (line.vendor_product_identifier, item.get("vendorProductIdentifier")),
        )
        if received != sent
    ]


def _cost(line: LineInput, item: AcknowledgementItem) -> list[Violation]:
    cost = item.get("netCost")
    if cost is None:
        return [Violation("H3", line.sequence, "supply.answer.cost_missing", ())]
    try:
        amount = Decimal(cost["amount"])
    except InvalidOperation:
        return [Violation("H3", line.sequence, "supply.answer.cost_not_positive", (cost["amount"],))]
    if not amount.is_finite() or amount <= 0:
        return [Violation("H3", line.sequence, "supply.answer.cost_not_positive", (cost["amount"],))]
    found: list[Violation] = []
    if cost["currencyCode"] != line.currency:
        raw = (cost["currencyCode"], line.currency)
        found.append(Violation("H3", line.sequence, "supply.answer.currency_differs", raw))
    if line.net_cost is not None and amount != line.net_cost:
        raw = (cost["amount"], str(line.net_cost))
        above = amount > line.net_cost
        message = "supply.answer.cost_above_order" if above else "supply.answer.cost_below_order"
        # A lower cost is Amazon's gain and is taken; Amazon then counts it as lowered at confirmation.
        found.append(Violation("H3", line.sequence, message, raw, blocking=above))
    return found


def _book(line: LineInput, item: AcknowledgementItem) -> list[Violation]:
    """A book with a list price is answered with that and a factor between 0 and 1."""
    if not line.book:
        return []
    price, factor = item.get("listPrice"), _number(item.get("discountMultiplier"))
    found: list[Violation] = []
    if price is None or (_number(price["amount"]) or 0) <= 0 or price["currencyCode"] != line.currency:
        found.append(Violation("H3", line.sequence, "supply.answer.list_price_missing", ()))
    if factor is None or not 0 < factor <= 1:
        found.append(Violation("H3", line.sequence, "supply.answer.discount_missing", ()))
    return found


def _number(text: str | None) -> Decimal | None:
    try:
        number = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _split(order: OrderInput, line: LineInput, split: ItemAcknowledgement, *, now: datetime) -> list[Violation]:
    code, sequence = split.get("acknowledgementCode"), line.sequence
    found: list[Violation] = []
    if not code:
        found.append(Violation("H2", sequence, "supply.answer.code_missing", ()))
    elif code not in CODES:
        found.append(Violation("H11", sequence, "supply.answer.code_unknown", (code,)))
    quantity = split["acknowledgedQuantity"]
    if quantity["amount"] <= 0:
        found.append(Violation("H10", sequence, "supply.answer.amount_zero", (code,)))
    if quantity["unitOfMeasure"] not in UNITS.values():
        found.append(Violation("H11", sequence, "supply.answer.unit_unknown", (quantity["unitOfMeasure"],)))
    reason = split.get("rejectionReason")
    if code == "Rejected":
        if reason is None:
            found.append(Violation("H11", sequence, "supply.answer.reason_missing", ()))
        elif reason not in REASONS:
            found.append(Violation("H11", sequence, "supply.answer.reason_unknown", (reason,)))
        return found
    if reason is not None:
        found.append(Violation("H11", sequence, "supply.answer.reason_not_expected", (code, reason)))
    if code == "Backordered" and not line.backorder_allowed:
        found.append(Violation("H9", sequence, "supply.answer.backorder_not_allowed", (sequence,)))
    if code in CODES:
        found += _dates(order, line, split, now=now)
    return found


def _dates(order: OrderInput, line: LineInput, split: ItemAcknowledgement, *, now: datetime) -> list[Violation]:
    """Collect gives the ship date, prepaid the delivery date: inside the window, or outside it when backordered."""
    sequence, wanted = line.sequence, date_field(order)
    backordered = split["acknowledgementCode"] == "Backordered"
    given = {field: text for field in _DATE_FIELDS if isinstance(text := split.get(field), str)}
    found = [
        Violation("H14", sequence, "supply.answer.date_of_other_freight", (field,))
        for field in given
        if wanted is not None and field != wanted
    ]
    if wanted is None and not given:
        found.append(Violation("H14", sequence, "supply.answer.date_missing", ("scheduledShipDate",)))
    if wanted is not None and wanted not in given:
        found.append(Violation("H9" if backordered else "H14", sequence, "supply.answer.date_missing", (wanted,)))
    for field, text in given.items():
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            found.append(Violation("H14", sequence, "supply.answer.date_unreadable", (field, text)))
            continue
        if at < now:
            found.append(Violation("H14", sequence, "supply.answer.date_in_the_past", (at, now)))
        if order.window is None:
            continue
        start, end = order.window
        inside = start.replace(microsecond=0) <= at <= end
        if backordered and inside:
            found.append(Violation("H9", sequence, "supply.answer.backorder_needs_other_date", (text,)))
        if not backordered and not inside:
            found.append(Violation("H14", sequence, "supply.answer.date_outside_window", (at, start, end)))
    return found


def _history(
    item: AcknowledgementItem, *, now: datetime, earlier: Sequence[AcknowledgementBody], until: datetime
) -> list[Violation]:
    """H8: no way back from a first Rejected. H6: `until` is when only dates may change."""
    sequence = item["itemSequenceNumber"]
    before = [
        one
        for answer in earlier
        for one in answer["acknowledgements"][0]["items"]
        if one["itemSequenceNumber"] == sequence
    ]
    if not before:
        return []
    found: list[Violation] = []
    first_codes = {split["acknowledgementCode"] for split in before[0]["itemAcknowledgements"]}
    codes = {split["acknowledgementCode"] for split in item["itemAcknowledgements"]}
    if first_codes == {"Rejected"} and codes & {"Accepted", "Backordered"}:
        found.append(Violation("H8", sequence, "supply.answer.no_way_back_from_rejected", (sequence,)))
    if now > until and _without_dates(before[-1]) != _without_dates(item):
        found.append(Violation("H6", sequence, "supply.answer.dates_only", (until,)))
    return found


def _without_dates(item: AcknowledgementItem) -> object:
    """Quantities by code and reason, and the cost: what may not change any more after 48 hours."""
    cost = item.get("netCost")
    splits = sorted(
        (split["acknowledgementCode"], split.get("rejectionReason", ""), _text(split["acknowledgedQuantity"]))
        for split in item["itemAcknowledgements"]
    )
    return (splits, None if cost is None else (cost["currencyCode"], cost["amount"]))


def _text(quantity: Any) -> str:
    return f"{quantity['amount']} {quantity['unitOfMeasure']}"
