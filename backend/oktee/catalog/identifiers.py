"""Reads product identifiers as people and spreadsheets write them: GTIN, ASIN and SKU, or says what is wrong with them.

A GTIN is kept as 14 digits with leading zeros, so that GTIN-8, UPC-A, EAN-13 and GTIN-14 compare equal. Left-padding
never changes the check digit, because its weights are counted from the right.
"""

import re
from typing import ClassVar, Literal

GtinFault = Literal["empty", "scientific", "not_digits", "length", "check_digit", "zero"]
AsinFault = Literal["empty", "scientific", "format"]
SkuFault = Literal["empty", "too_long", "control_character"]

SKU_MAX_LENGTH = 40

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE][+-]?\d+")
_TRAILING_ZERO_FRACTION = re.compile(r"[.,]0+$")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_SEPARATORS = str.maketrans("", "", " -\u00a0\u202f\u2009")


class InvalidIdentifier(ValueError):
    """A value that cannot be used as an identifier; `code` is stable, `fault` says why, `received` is the value as it came."""

    code: ClassVar[str] = "invalid_identifier"

    def __init__(self, fault: str, *, received: str) -> None:
        super().__init__(f"{self.code}: {fault}: {received!r}")
        self.fault = fault
        self.received = received


class InvalidGtin(InvalidIdentifier):
    """Not a GTIN-8, UPC-E, UPC-A, EAN-13 or GTIN-14."""

    code = "invalid_gtin"

    def __init__(self, fault: GtinFault, *, received: str) -> None:
        super().__init__(fault, received=received)


class InvalidAsin(InvalidIdentifier):
    """Not ten of A-Z and 0-9."""

    code = "invalid_asin"

    def __init__(self, fault: AsinFault, *, received: str) -> None:
        super().__init__(fault, received=received)


class InvalidSku(InvalidIdentifier):
    """Not a printable text of 1 to 40 characters."""

    code = "invalid_sku"

    def __init__(self, fault: SkuFault, *, received: str) -> None:
        super().__init__(fault, received=received)


def check_digit(body: str) -> str:
    """The mod-10 check digit of a GTIN body (its ASCII digits without the check digit): weights 3, 1, 3 ... from the right."""
    odd = sum(map(int, body[-1::-2]))
    even = sum(map(int, body[-2::-2]))
    return str(-(3 * odd + even) % 10)


def expand_upc_e(code: str) -> str | None:
    """The 12 digits of the UPC-A that an 8-digit UPC-E (number system, six digits, check digit) stands for.

    None when the number system is not 0 or 1. The check digit is carried over, not verified: it is defined on the UPC-A.
    """
    if code[0] not in "01":
        return None
    system, d, check = code[0], code[1:7], code[7]
    last = d[5]
    if last in "012":
        body = d[0:2] + last + "0000" + d[2:5]
    elif last == "3":
        body = d[0:3] + "00000" + d[3:5]
    elif last == "4":
        body = d[0:4] + "00000" + d[4]
    else:
        body = d[0:5] + "0000" + last
    return system + body + check


def normalize_gtin(received: str) -> str:
    """The GTIN as 14 digits. Raises InvalidGtin.

    Heals what spreadsheets do harmlessly (spaces, hyphens, a text mark, a trailing `.0`, lost leading zeros when the check
    digit then passes) and refuses scientific notation, because its lost digits cannot be known.
    """
    digits = _as_written(received)
    if not digits:
        raise InvalidGtin("empty", received=received)
    if _SCIENTIFIC.fullmatch(digits):
        raise InvalidGtin("scientific", received=received)
    digits = _TRAILING_ZERO_FRACTION.sub("", digits).translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidGtin("not_digits", received=received)
    # Under seven digits nothing says how many zeros are missing; seven can only be a UPC-E that lost its leading zero.
    if not 7 <= len(digits) <= 14:
        raise InvalidGtin("length", received=received)
    if not digits.strip("0"):
        raise InvalidGtin("zero", received=received)
    if len(digits) in (7, 8):
        found = _of_eight(digits.zfill(8), may_be_gtin_8=len(digits) == 8)
    else:
        found = digits if _passes(digits) else None
    if found is None:
        raise InvalidGtin("check_digit", received=received)
    return found.zfill(14)


def find_gtin(text: str | None) -> str | None:
    """The GTIN as 14 digits when the text is one, else None: for fields that hold a SKU or a GTIN."""
    if not text:
        return None
    try:
        return normalize_gtin(text)
    except InvalidGtin:
        return None


def normalize_asin(received: str) -> str:
    """The ASIN: ten of A-Z and 0-9, in upper case. Raises InvalidAsin.

    An ISBN-10 used as ASIN is all digits, so a spreadsheet may have dropped its leading zeros or added `.0`: it is padded
    again only when the ISBN check digit then passes.
    """
    text = _as_written(received).upper()
    if not text:
        raise InvalidAsin("empty", received=received)
    if _ASIN.fullmatch(text):
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidAsin("scientific", received=received)
    digits = _TRAILING_ZERO_FRACTION.sub("", text)
    # ISBNs start with up to two zeros (English group, then its oldest publishers); shorter numbers pass by chance too easily.
    if 8 <= len(digits) <= 10 and digits.isascii() and digits[:-1].isdigit() and _is_isbn_10(digits.zfill(10)):
        return digits.zfill(10)
    raise InvalidAsin("format", received=received)


def normalize_sku(received: str) -> str:
    """The customer's own key: trimmed, case kept, 1 to 40 characters, nothing unprintable. Raises InvalidSku."""
    text = received.strip()
    if not text:
        raise InvalidSku("empty", received=received)
    if len(text) > SKU_MAX_LENGTH:
        raise InvalidSku("too_long", received=received)
    if not text.isprintable():
        raise InvalidSku("control_character", received=received)
    return text


def _as_written(received: str) -> str:
    """Without the marks that keep a spreadsheet from turning text into a number: '400..., ="400...", "400..."."""
    text = received.strip().removeprefix("=").strip('"').lstrip("'\u2019")
    return text.strip()


def _passes(digits: str) -> bool:
    return check_digit(digits[:-1]) == digits[-1]


def _of_eight(code: str, *, may_be_gtin_8: bool) -> str | None:
    """Eight digits are a GTIN-8 or a UPC-E; both may pass.

    GTIN-8 prefixes that start with 0 are for restricted circulation (GS1 General Specifications), so 0 means UPC-E first;
    number system 1 of UPC-E is rare, so 1 means GTIN-8 first.
    """
    upc_a = expand_upc_e(code)
    as_upc_e = upc_a if upc_a is not None and _passes(upc_a) else None
    as_gtin_8 = code if may_be_gtin_8 and _passes(code) else None
    return (as_upc_e or as_gtin_8) if code[0] == "0" else (as_gtin_8 or as_upc_e)


def _is_isbn_10(text: str) -> bool:
    if not text[:9].isdigit() or text[9] not in "0123456789X":
        return False
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), text[:9], strict=True))
    return (total + (10 if text[9] == "X" else int(text[9]))) % 11 == 0
