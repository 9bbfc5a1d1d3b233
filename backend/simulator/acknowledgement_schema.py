"""The schema of SubmitAcknowledgementRequest: what makes Amazon refuse a whole batch with 400 InvalidInput (amazon/FACTS e)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from simulator.instants import parse_instant

CODES = ("Accepted", "Backordered", "Rejected")
REASONS = ("TemporarilyUnavailable", "InvalidProductIdentifier", "ObsoleteProduct")
UNITS = ("Cases", "Eaches")


class SchemaFault(ValueError):
    """The body does not satisfy the model; the message is what Amazon's error says."""


@dataclass(frozen=True, slots=True)
class Portion:
    """One itemAcknowledgement: so many of the line under one code."""

    code: str
    amount: int
    unit: str | None
    ship_at: datetime | None
    deliver_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    sequence: str | None
    asin: str | None
    identifier: str | None
    cost: Decimal | None
    currency: str | None
    list_price: Decimal | None
    discount_multiplier: str | None
    portions: tuple[Portion, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    number: str
    party_id: str
    items: tuple[ItemAnswer, ...]


def read_acknowledgements(body: Any) -> tuple[Acknowledgement, ...]:
    """The acknowledgements of a parsed body; SchemaFault on the first thing that the model forbids."""
    root = _object(body, "body")
    acknowledgements = _array(root, "acknowledgements", "body")
    if not acknowledgements:
        raise SchemaFault("The content of element 'acknowledgements' is not complete.")
    return tuple(_acknowledgement(each) for each in acknowledgements)


def _acknowledgement(value: Any) -> Acknowledgement:
    data = _object(value, "acknowledgements")
    number = _text(data, "purchaseOrderNumber", "acknowledgements")
    party = _object(_required(data, "sellingParty", "acknowledgements"), "sellingParty")
    if "partyId" not in party:
        raise SchemaFault(
            "The content of element 'sellingParty' is not complete. One of '{partyId, address, taxInfo}' is expected."
        )
    _instant(_text(data, "acknowledgementDate", "acknowledgements"), "acknowledgementDate")
    items = tuple(_item(each) for each in _array(data, "items", "acknowledgements"))
    return Acknowledgement(number, _text(party, "partyId", "sellingParty"), items)


def _item(value: Any) -> ItemAnswer:
    data = _object(value, "items")
    _quantity(_required(data, "orderedQuantity", "items"), "orderedQuantity")
    cost, currency = _money(data.get("netCost"), "netCost")
    price, _ = _money(data.get("listPrice"), "listPrice")
    return ItemAnswer(
        _optional_text(data, "itemSequenceNumber"),
        _optional_text(data, "amazonProductIdentifier"),
        _optional_text(data, "vendorProductIdentifier"),
        cost,
        currency,
        price,
        _optional_text(data, "discountMultiplier"),
        tuple(_portion(each) for each in _array(data, "itemAcknowledgements", "items")),
    )


def _portion(value: Any) -> Portion:
    data = _object(value, "itemAcknowledgements")
    code = _enum(_text(data, "acknowledgementCode", "itemAcknowledgements"), "acknowledgementCode", CODES)
    amount, unit = _quantity(_required(data, "acknowledgedQuantity", "itemAcknowledgements"), "acknowledgedQuantity")
    reason = _optional_text(data, "rejectionReason")
    ship, deliver = _optional_text(data, "scheduledShipDate"), _optional_text(data, "scheduledDeliveryDate")
    return Portion(
        code,
        amount,
        unit,
        None if ship is None else _instant(ship, "scheduledShipDate"),
        None if deliver is None else _instant(deliver, "scheduledDeliveryDate"),
        None if reason is None else _enum(reason, "rejectionReason", REASONS),
    )


def _quantity(value: Any, name: str) -> tuple[int, str | None]:
    data = _object(value, name)
    amount = _required(data, "amount", name)
    size = data.get("unitSize", 1)
    for field, number in (("amount", amount), ("unitSize", size)):
        if isinstance(number, bool) or not isinstance(number, int):
            raise SchemaFault(f"The value '{number}' of element '{field}' is not valid.")
    unit = _optional_text(data, "unitOfMeasure")
    return amount, None if unit is None else _enum(unit, "unitOfMeasure", UNITS)


def _money(value: Any, name: str) -> tuple[Decimal | None, str | None]:
    if value is None:
        return None, None
    data = _object(value, name)
    amount = _optional_text(data, "amount")
    try:
        number = None if amount is None else Decimal(amount)
    except InvalidOperation:
        raise SchemaFault(f"The value '{amount}' of element 'amount' is not valid.") from None
    if number is not None and not number.is_finite():
        raise SchemaFault(f"The value '{amount}' of element 'amount' is not valid.")
    return number, _optional_text(data, "currencyCode")


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaFault(f"The content of element '{name}' is not valid.")
    return value


def _required(data: dict[str, Any], field: str, within: str) -> Any:
    if data.get(field) is None:
        raise SchemaFault(f"The content of element '{within}' is not complete. One of '{{{field}}}' is expected.")
    return data[field]


def _array(data: dict[str, Any], field: str, within: str) -> list[Any]:
    value = _required(data, field, within)
    if not isinstance(value, list):
        raise SchemaFault(f"The content of element '{field}' is not valid.")
    return value


def _text(data: dict[str, Any], field: str, within: str) -> str:
    value = _required(data, field, within)
    if not isinstance(value, str):
        raise SchemaFault(f"The value '{value}' of element '{field}' is not valid.")
    return value


def _optional_text(data: dict[str, Any], field: str) -> str | None:
    return None if data.get(field) is None else _text(data, field, "items")


def _enum(value: str, field: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SchemaFault(
            f"Value '{value}' is not valid with respect to enumeration '[{', '.join(allowed)}]' of element '{field}'."
        )
    return value


def _instant(value: str, field: str) -> datetime:
    try:
        return parse_instant(value)
    except ValueError:
        raise SchemaFault(f"The value '{value}' of element '{field}' is not valid.") from None
