"""Which passwords are good enough: `dpp`, what Amazon's Data Protection Policy asks for (the default), or `nist`.

NIST SP 800-63B and OWASP ASVS 6.2.5 and 6.2.10 advise against composition rules and expiry. Amazon audits for them, so
the default deviates from ASVS; PASSWORD_POLICY=nist follows it (docs/decisions.md).
"""

from functools import cache
from pathlib import Path
from typing import Final

from oktee.access.passwords import LONGEST, SHORTEST, normal
from oktee.kit.errors import FieldError, Invalid
from oktee.kit.settings import settings

HISTORY: Final = 10
"""So many earlier passwords may not come back (dpp)."""
LEAST_DAYS: Final = 1
"""A password is changed once a day at most (dpp), so that nobody runs through the history."""
LEET: Final = str.maketrans("@4831!0$57", "aabeiiosst")
"""As people write words with digits and signs."""
ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "0123456789012345", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop")
RUN: Final = 4
"""So many neighbours in a row are no choice any more."""


@cache
def _common() -> frozenset[str]:
    words = (Path(__file__).parent / "common_passwords.txt").read_text().split()
    return frozenset(words)


def check_policy(password: str, *, name: str, email: str) -> None:
    """Raises Invalid with every reason at once."""
    value = normal(password)
    faults = [_length(value)] if not SHORTEST <= len(value) <= LONGEST else []
    if settings().expects_dpp:
        faults += _composition(value)
    if _contains_name(value, name, email):
        faults.append(FieldError("/password", "contains_name", "Leave your name and e-mail out of the password."))
    if is_common(value):
        faults.append(FieldError("/password", "common", "Passwords like this one are the first that are guessed."))
    if faults:
        raise Invalid("This password does not meet the policy.", errors=tuple(faults))


def _length(value: str) -> FieldError:
    return FieldError("/password", "length", f"Use {SHORTEST} to {LONGEST} characters.")


def _composition(value: str) -> list[FieldError]:
    classes = (
        any(c.islower() for c in value),
        any(c.isupper() for c in value),
        any(c.isdigit() for c in value),
        any(not c.isalnum() for c in value),
    )
    if all(classes):
        return []
    return [FieldError("/password", "classes", "Use a small and a capital letter, a digit and another character.")]


def _contains_name(value: str, name: str, email: str) -> bool:
    local = email.lower().split("@")[0]
    pieces = "".join(c if c.isalnum() else " " for c in f"{name.lower()} {local}").split()
    return any(piece in value.lower() for piece in {*pieces, local} if len(piece) >= 3)


def is_common(value: str) -> bool:
    """Whether it is one of the passwords everybody tries: a known one or several, decorated, a run of keys, a repetition."""
    plain = value.lower()
    bare = "".join(c for c in plain if c.isalpha())
    leet = "".join(c for c in plain.translate(LEET) if c.isalpha())
    if len(set(plain)) < 5 or _repeats(plain):
        return True
    if sum(not c.isalpha() for c in plain) > 0 and not bare:
        return _is_runs("".join(c for c in plain if c.isdigit()))
    rest = [text for text in (bare, leet) if text]
    digits = "".join(c for c in plain if c.isdigit())
    decoration = len(digits) <= 4 or _is_runs(digits) or _repeats(digits)
    return decoration and any(_is_words(text) or _is_runs(text) for text in rest)


def _repeats(text: str) -> bool:
    """The same few characters over and over."""
    return any(len(text) >= 3 * size and (text[:size] * len(text))[: len(text)] == text for size in range(1, 7))


def _is_runs(text: str) -> bool:
    """Nothing but neighbours of the alphabet, the digits or a keyboard row, either way."""
    place = 0
    while place < len(text):
        size = max((_run_at(text, place, way) for row in ROWS for way in (row, row[::-1])), default=0)
        if size < RUN:
            return False
        place += size
    return bool(text)


def _run_at(text: str, place: int, row: str) -> int:
    start = row.find(text[place])
    size = 0
    while start >= 0 and place + size < len(text) and row[start + size : start + size + 1] == text[place + size]:
        size += 1
    return size


def _is_words(text: str) -> bool:
    """At most three common passwords or words in a row, with nothing in between."""
    common = _common()
    ends = {0: 0}
    for end in range(1, len(text) + 1):
        counts = [ends[start] + 1 for start in ends if text[start:end] in common]
        if counts:
            ends[end] = min(counts)
    return ends.get(len(text), 99) <= 3
