"""Reads one cell as a number, an amount, an instant or a word, or says what is wrong with it; never guesses."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from oktee.catalog.files.faults import CellFault

MAX_INTEGER = 1_000_000_000
MAX_AMOUNT = Decimal(100_000_000)
SCALE = 4
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE][+-]?\d+")
_WHOLE = re.compile(r"([+-]?)(\d{1,15})(?:[.,](0*))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d{1,15})(?:([.,])(\d+))?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d*)?", re.ASCII)
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND "
    "VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES = frozenset(_CODES.split())
"""ISO 4217 codes of money in use."""


def _together(text: str) -> str:
    """`1 234,5` as French spreadsheets write it; a space between groups of three can mean nothing else."""
    if text.isascii() and " " not in text:
        return text  # nearly every cell of a file of millions
    return "".join(text.split()) if _GROUPED.fullmatch(text) else text


def whole(text: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
    """A whole number; `12.0` and `1 234` are, `12.5`, `1,234` and `4E+5` are not."""
    text = _together(text)
    if _SCIENTIFIC.fullmatch(text):
        raise CellFault("scientific_notation")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise CellFault("not_whole" if _DECIMAL.fullmatch(text) else "not_a_number")
    if found[3] == "000" and text[-4] == ",":
        raise CellFault("ambiguous_number")  # 12,000 is twelve in one country and twelve thousand in another
    value = int(found[1] + found[2])
    if value < least:
        raise CellFault("too_small", limit=least)
    if value > most:
        raise CellFault("too_large", limit=most)
    return value


def amount(text: str, *, decimal_comma: bool = False) -> Decimal:
    """An amount of money, zero or more, up to four decimals, with a point or a comma.

    `1,234` says too little, and so does `1.234` in a file of the countries that write a decimal comma.
    """
    text = _together(text)
    if _SCIENTIFIC.fullmatch(text):
        raise CellFault("scientific_notation")
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise CellFault("not_a_number")
    decimals = (found[4] or "").rstrip("0")
    if len(found[4] or "") == 3 and (found[3] == "," or decimal_comma):
        raise CellFault("ambiguous_number")
    if len(decimals) > SCALE:
        raise CellFault("too_many_decimals", limit=SCALE)
    value = Decimal(f"{found[1]}{found[2]}.{decimals or '0'}")
    if value < 0:
        raise CellFault("too_small", limit=0)
    if value >= MAX_AMOUNT:
        raise CellFault("too_large", limit=int(MAX_AMOUNT))
    return value


def measure(text: str, *, decimal_comma: bool = False) -> Decimal:
    """A length or a weight, more than zero. In a file with decimal commas `1.250` says too little, else `1,250` does."""
    text = _together(text)
    if _SCIENTIFIC.fullmatch(text):
        raise CellFault("scientific_notation")
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise CellFault("not_a_number")
    decimals = found[4] or ""
    if len(decimals) == 3 and found[2].strip("0") and found[3] == ("." if decimal_comma else ","):
        raise CellFault("ambiguous_number")
    value = Decimal(f"{found[1]}{found[2]}.{decimals or '0'}")
    if value <= 0:
        raise CellFault("too_small", limit=0)
    if value >= MAX_AMOUNT:
        raise CellFault("too_large", limit=int(MAX_AMOUNT))
    return value


def share(text: str, *, decimal_comma: bool = False) -> Decimal:
    """A share: `2 %` or `0.02`. A number above one without its sign says too little."""
    number = text.rstrip("% ")
    value = amount(number, decimal_comma=decimal_comma)
    if text.rstrip().endswith("%"):
        value = value / 100
    if value > 1:
        raise CellFault("too_large", limit=1)
    return value.quantize(Decimal("0.0001"))


_LENGTHS = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "in": Decimal("25.4")}
_WEIGHTS = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}
_THOUSANDTH = Decimal("0.001")


def in_millimetres(value: Decimal, unit: str) -> Decimal:
    """Raises CellFault for a unit nobody declared."""
    return _converted(value, unit, _LENGTHS)


def in_grams(value: Decimal, unit: str) -> Decimal:
    """Raises CellFault for a unit nobody declared."""
    return _converted(value, unit, _WEIGHTS)


def _converted(value: Decimal, unit: str, factors: dict[str, Decimal]) -> Decimal:
    factor = factors.get(unit)
    if factor is None:
        raise CellFault("unknown_unit", units=", ".join(factors))
    return (value * factor).quantize(_THOUSANDTH)


_YES = frozenset(
    {"1", "true", "yes", "y", "x", "oui", "o", "vrai", "ja", "j", "wahr", "si", "sí", "s", "vero", "verdadero"}
)
_NO = frozenset({"0", "false", "no", "n", "non", "faux", "nein", "falsch", "falso"})


def flag(text: str) -> bool:
    """Yes or no, as people write it in five languages."""
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellFault("not_yes_or_no")


def currency(text: str) -> str:
    code = text.upper()
    if code not in CURRENCIES:
        raise CellFault("unknown_currency")
    return code


def instant(text: str) -> datetime:
    """An RFC 3339 instant with its offset, in UTC: without an offset nobody knows which hour is meant."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CellFault("invalid_instant") from None
    if found.tzinfo is None:
        raise CellFault("time_zone_missing")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise CellFault("invalid_instant") from None


def day(text: str) -> date:
    """A day as YYYY-MM-DD; the day of an instant is not one, because the zone decides it."""
    if len(text) != 10:
        raise CellFault("invalid_date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellFault("invalid_date") from None


def words(text: str, *, limit: int) -> str:
    """A printable text of at most `limit` characters; line breaks inside become spaces."""
    found = " ".join(text.split())
    if len(found) > limit:
        raise CellFault("too_long", limit=limit)
    if not found.isprintable():
        raise CellFault("unprintable")
    return found


def web_address(text: str) -> str:
    if not text.lower().startswith(("https://", "http://")) or any(mark.isspace() or mark in "\"'<>" for mark in text):
        raise CellFault("invalid_url")
    if len(text) > 2000:
        raise CellFault("too_long", limit=2000)
    return text
