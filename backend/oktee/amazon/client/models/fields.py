"""Fields that several vendor APIs share: quantities, money, parties, time intervals (FACTS appendix B)."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware moment; Amazon writes RFC 3339."""

Interval = tuple[datetime, datetime]
"""Start and end, aware, start <= end."""


class Unit(StrEnum):
    """Units of a quantity. Amazon's own sandbox also writes `CASES`, so compare through `ItemQuantity`."""

    EACHES = "Eaches"
    CASES = "Cases"


class Wire(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True, gc=False):
    """A JSON object of Amazon's: camelCase on the wire, unknown fields ignored, absent fields left out when sent."""


class ItemQuantity(Wire, frozen=True):
    """An amount of units or of cases of `unit_size` units. No field is required by Amazon's model."""

    amount: int | None = None
    unit_of_measure: str | None = None
    unit_size: int | None = None

    @property
    def eaches(self) -> int | None:
        """Units in eaches: amount x unit size for cases, the amount itself for eaches (1 or no unit size there).

        None when it cannot be known: no amount, a unit that is neither, or cases without a size. Never a guess.
        """
        if self.amount is None or self.unit_of_measure is None:
            return None
        match self.unit_of_measure.strip().casefold():
            case "eaches":
                return self.amount
            case "cases" if self.unit_size is not None:
                return self.amount * self.unit_size
            case _:
                return None


class Money(Wire, frozen=True):
    """An amount per each, or per weight unit when `unit_of_measure` names one (POUNDS, OUNCES, GRAMS, KILOGRAMS)."""

    currency_code: str | None = None
    amount: Decimal | None = None
    unit_of_measure: str | None = None


class TaxRegistration(Wire, frozen=True):
    """A tax number; the type is VAT or GST."""

    tax_registration_type: str | None = None
    tax_registration_number: str | None = None


class Address(Wire, frozen=True):
    """A postal address. Filled in Europe and India, mostly absent in North America."""

    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    county: str | None = None
    district: str | None = None
    state_or_region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Party(Wire, frozen=True):
    """Somebody by id: a vendor code as selling party, a fulfilment centre code as ship-to party."""

    party_id: str
    address: Address | None = None
    tax_info: TaxRegistration | None = None


class Error(Wire, frozen=True):
    """One entry of Amazon's `errors`."""

    code: str = ""
    message: str = ""
    details: str | None = None


class Pagination(Wire, frozen=True):
    """`next_token` is opaque; absent on the last page."""

    next_token: str | None = None


def money(amount: Decimal, *, currency_code: str) -> Money:
    """Money to send: written in plain digits, since `1E+2` is valid JSON-number text but not every reader of EDI knows it.

    Raises ValueError for an amount that is not a finite number or is too small to be written plainly (below a millionth).
    """
    if not amount.is_finite():
        raise ValueError("money must be a finite number")
    plain = Decimal(format(amount, "f"))
    if "E" in str(plain):
        raise ValueError("money is written down to a millionth")
    return Money(currency_code=currency_code, amount=plain)


def interval(text: str | None) -> Interval | None:
    """`start--end` as two aware moments (UTC where no offset is written); None when absent, unreadable or reversed."""
    if not text:
        return None
    start_text, mark, end_text = text.partition("--")
    if not mark:
        return None
    try:
        start, end = (_moment(part) for part in (start_text, end_text))
    except ValueError:
        return None
    return (start, end) if start <= end else None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_MOMENTS: Final = ("Date", "Time", "PickUp")
"""How the names of fields end that hold a moment."""
_NAIVE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def tolerant(value: Any) -> Any:
    """A decoded JSON value with what breaks a strict reader and means nothing: nulls dropped, dates without offset in UTC."""
    match value:
        case dict():
            return {key: _tolerant_field(key, inner) for key, inner in value.items() if not _says_nothing(key, inner)}
        case list():
            return [tolerant(inner) for inner in value if inner is not None]
        case _:
            return value


def _tolerant_field(key: str, value: Any) -> Any:
    if isinstance(value, str) and key.endswith(_MOMENTS) and _NAIVE.fullmatch(value):
        return value + "Z"
    return tolerant(value)


def _says_nothing(key: str, value: Any) -> bool:
    return value is None or (value == "" and key.endswith(_MOMENTS))
