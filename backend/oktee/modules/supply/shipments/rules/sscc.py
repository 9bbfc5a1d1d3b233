"""Serial Shipping Container Codes (GS1): 18 digits that name one carton or pallet in the world, the last checks the others."""

import re
from typing import Final

DIGITS: Final = re.compile(r"[0-9]{18}")
PREFIX: Final = re.compile(r"[0-9]{7,10}")


class NoSerialsLeft(ValueError):
    """Every number under this prefix was given out."""


def is_prefix(prefix: str) -> bool:
    """A GS1 company prefix: 7 to 10 digits."""
    return PREFIX.fullmatch(prefix) is not None


def is_sscc(number: str) -> bool:
    """18 digits with a true check digit."""
    return DIGITS.fullmatch(number) is not None and check_digit(number[:17]) == number[17]


def check_digit(body: str) -> str:
    """Of the 17 digits before it: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def sscc(prefix: str, serial: int) -> str:
    """The number with this serial under a company prefix. Raises NoSerialsLeft, and ValueError for what is no prefix.

    All ten extension digits are used, so that a prefix lasts ten times as long.
    """
    if not is_prefix(prefix):
        raise ValueError("a GS1 company prefix has 7 to 10 digits")
    width = 16 - len(prefix)
    extension, rest = divmod(serial, 10**width)
    if not 0 <= extension <= 9:
        raise NoSerialsLeft(prefix)
    body = f"{extension}{prefix}{rest:0{width}d}"
    return body + check_digit(body)
