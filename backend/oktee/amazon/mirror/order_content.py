"""What of a purchase order counts: the mapped fields, their hash, and what differs between two revisions. Pure."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import orjson

from oktee.amazon.client.models.fields import ItemQuantity, Money, Party
from oktee.amazon.client.models.vendor_orders import Order, OrderItem

LARGEST_INT: Final = 2**31 - 1
LARGEST_AMOUNT: Final = Decimal(10) ** 12
NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL character in JSON text: PostgreSQL keeps none. An escaped backslash before `u0000` is plain text."""
TWO_DECIMALS: Final = re.compile(r"(?:0|[1-9]\d*)\.\d\d")
"""How Amazon writes a cost, almost always."""
UNKNOWN_STATE: Final = "Unknown"
"""Amazon's own sandbox leaves purchaseOrderState out; an order whose state nobody said is not taken for a new one."""


class Unstorable(Exception):
    """A model that decoded but cannot be stored; the reason goes to `ingest_rejects`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineContent:
    """A line as Amazon ordered it. `units` is eaches (see `units_of`); costs keep Amazon's characters."""

    sequence: str
    asin: str | None
    vendor_product_identifier: str | None
    amount: int
    unit_of_measure: str
    unit_size: int
    units: int
    net_cost: str | None
    cost_unit: str | None
    list_price: str | None
    currency: str | None
    backorder_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContent:
    """An order as Amazon offers it, `lines` in Amazon's order.

    `freight`: collect where a shipWindow is given (Amazon pays), prepaid where only a deliveryWindow is. The state and
    its dates are kept, but are no content: our own answer moves them, and an answer points to a revision.
    """

    po_number: str
    vendor_code: str
    order_type: str | None
    payment_method: str | None
    deal_code: str | None
    freight: str | None
    import_order: bool
    import_details: dict[str, str]
    ordered_at: datetime
    ship_window: str | None
    delivery_window: str | None
    ship_to: str | None
    ship_to_country: str | None
    buying_party: str | None
    bill_to: str | None
    lines: tuple[LineContent, ...]
    state: str | None
    changed_at: datetime | None
    state_changed_at: datetime | None
    window_start: datetime | None
    window_end: datetime | None
    currency: str | None
    units: int
    value: Decimal
    json: bytes = field(repr=False)
    """What a revision keeps: the content alone, lines by sequence."""
    hash: bytes
    """SHA-256 of the content with costs in one form, so that 12.5 and 12.50 are the same content."""

    @property
    def document(self) -> dict[str, Any]:
        """The content as a revision gives it back."""
        found: dict[str, Any] = orjson.loads(self.json)
        return found


def read_order(order: Order) -> OrderContent:
    """Map an order. Raises Unstorable when it says too little, contradicts itself or holds what no column can keep."""
    details = order.order_details
    if details is None:
        raise Unstorable("the answer holds no order details")
    if details.selling_party is None or not details.selling_party.party_id.strip():
        raise Unstorable("the order names no selling party, so no vendor code")
    lines = tuple(_read_line(item) for item in details.items)
    if len({line.sequence for line in lines}) != len(lines):
        raise Unstorable("an item sequence number comes twice")
    collect = details.ship_window is not None
    window = details.ship_interval if collect else details.delivery_interval
    imported = details.import_details
    import_details = {
        name: value
        for name in (
            "method_of_payment",
            "international_commercial_terms",
            "port_of_delivery",
            "import_containers",
            "shipping_instructions",
        )
        if imported is not None and (value := getattr(imported, name)) is not None
    }
    head: dict[str, Any] = {
        "vendor_code": details.selling_party.party_id,
        "order_type": details.purchase_order_type,
        "payment_method": details.payment_method,
        "deal_code": details.deal_code,
        "freight": "collect" if collect else "prepaid" if details.delivery_window is not None else None,
        "import_order": imported is not None,
        "import_details": import_details,
        "ordered_at": details.purchase_order_date.astimezone(UTC),
        "ship_window": details.ship_window,
        "delivery_window": details.delivery_window,
        "ship_to": _party(details.ship_to_party),
        "ship_to_country": _country(details.ship_to_party),
        "buying_party": _party(details.buying_party),
        "bill_to": _party(details.bill_to_party),
    }
    units = sum(line.units for line in lines)
    value = sum((_value(line) for line in lines), Decimal(0))
    if units > LARGEST_INT or value >= LARGEST_AMOUNT:
        raise Unstorable("the order's total is beyond any real order")
    ordered = sorted(lines, key=_by_sequence)
    body = _json(head | {"lines": ordered})
    alike = [_alike(line) for line in ordered]
    return OrderContent(
        **head,
        po_number=_text(order.purchase_order_number),
        lines=lines,
        state=order.purchase_order_state,
        changed_at=details.purchase_order_changed_date,
        state_changed_at=details.purchase_order_state_changed_date,
        window_start=window[0] if window else None,
        window_end=window[1] if window else None,
        currency=next((line.currency for line in lines if line.currency), None),
        units=units,
        value=value,
        json=body,
        # The rule: costs have two decimals and the content is read once. Else it is written again with alike costs.
        hash=sha256(body if alike == ordered else _json(head | {"lines": alike})).digest(),
    )


def differences(was: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    """What changed from one revision's document to the next: [{field, sequence (None for the order itself), was, now}].

    A line that came or went is one entry, field `line`, with the whole line on the side where it exists.
    """
    changes = [
        {"field": name, "sequence": None, "was": was.get(name), "now": now.get(name)}
        for name in now
        if name != "lines" and was.get(name) != now.get(name)
    ]
    before = {line["sequence"]: line for line in was.get("lines", [])}
    after = {line["sequence"]: line for line in now["lines"]}
    for sequence in sorted(before.keys() | after.keys(), key=_sequence_order):
        old, new = before.get(sequence), after.get(sequence)
        if old is None or new is None:
            changes.append({"field": "line", "sequence": sequence, "was": old, "now": new})
            continue
        changes += [
            {"field": name, "sequence": sequence, "was": old.get(name), "now": new[name]}
            for name in new
            if name != "sequence" and _compared(name, old.get(name)) != _compared(name, new[name])
        ]
    return changes


def units_of(quantity: ItemQuantity) -> int:
    """Eaches of a quantity. Where the unit is none Amazon documents, the amount times the size as given: the unit beside
    it says so, and the rules hold such a line for a person."""
    eaches = quantity.eaches
    return eaches if eaches is not None else (quantity.amount or 0) * (quantity.unit_size or 1)


def _read_line(item: OrderItem) -> LineContent:
    quantity = item.ordered_quantity
    units = units_of(quantity)
    size = 1 if quantity.unit_size is None else quantity.unit_size
    if quantity.amount is None:
        raise Unstorable(f"line {item.item_sequence_number}: no ordered quantity")
    if not (0 <= quantity.amount <= LARGEST_INT and 1 <= size <= LARGEST_INT and units <= LARGEST_INT):
        raise Unstorable(f"line {item.item_sequence_number}: an ordered quantity beyond any real order")
    cost, price = item.net_cost, item.list_price
    currencies = {money.currency_code for money in (cost, price) if money is not None and money.currency_code}
    return LineContent(
        sequence=_text(item.item_sequence_number),
        asin=item.amazon_product_identifier,
        vendor_product_identifier=item.vendor_product_identifier,
        amount=quantity.amount,
        unit_of_measure=quantity.unit_of_measure or "",
        unit_size=size,
        units=units,
        net_cost=_amount(cost, line=item.item_sequence_number),
        cost_unit=cost.unit_of_measure if cost else None,
        list_price=_amount(price, line=item.item_sequence_number),
        currency=(cost.currency_code if cost else None) or next(iter(currencies), None),
        backorder_allowed=item.is_back_order_allowed is True,
    )


def _amount(money: Money | None, *, line: str) -> str | None:
    if money is None or money.amount is None:
        return None
    if abs(money.amount) >= LARGEST_AMOUNT or abs(int(money.amount.as_tuple().exponent)) > 12:
        raise Unstorable(f"line {line}: a cost beyond any real cost")
    return str(money.amount)


def _value(line: LineContent) -> Decimal:
    """A cost by weight says nothing of what an each costs, so it adds nothing."""
    return Decimal(0) if line.net_cost is None or line.cost_unit is not None else line.units * Decimal(line.net_cost)


def _alike(line: LineContent) -> LineContent:
    """The line with its costs in the one form that is hashed; itself where they have it already."""
    net_cost, list_price = _plain(line.net_cost), _plain(line.list_price)
    if (net_cost, list_price) == (line.net_cost, line.list_price):
        return line
    return replace(line, net_cost=net_cost, list_price=list_price)


def _party(party: Party | None) -> str | None:
    return party.party_id if party else None


def _country(party: Party | None) -> str | None:
    code = party.address.country_code if party and party.address else None
    return code.strip().upper() or None if code else None


def _json(document: dict[str, Any]) -> bytes:
    try:
        body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    except TypeError as error:
        raise Unstorable(f"a text that is no Unicode: {error}") from None
    if b"\\u0000" in body and NUL.search(body):
        raise Unstorable("a text holds a NUL character")
    return body


def _text(value: str) -> str:
    if not value or "\x00" in value:
        raise Unstorable("an empty or unreadable identifier")
    return value


def _plain(amount: str | None) -> str | None:
    """A cost in plain digits with at least two decimals and no further zeros at the end."""
    if amount is None or TWO_DECIMALS.fullmatch(amount):
        return amount
    digits = format(Decimal(amount).normalize() + 0, "f")
    whole, _, decimals = digits.partition(".")
    return f"{whole}.{decimals:0<2}"


def _compared(name: str, value: Any) -> Any:
    return _plain(value) if name in {"net_cost", "list_price"} else value


def _by_sequence(line: LineContent) -> tuple[int, int, str]:
    return _sequence_order(line.sequence)


def _sequence_order(sequence: str) -> tuple[int, int, str]:
    """Numbers by value before everything else, so that line 2 comes before line 10."""
    number = sequence.isascii() and sequence.isdigit() and len(sequence) <= 18
    return (0, int(sequence), sequence) if number else (1, 0, sequence)
