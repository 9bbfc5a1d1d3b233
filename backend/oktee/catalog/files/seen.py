"""Remembers millions of keys of one file in a few dozen bytes each, so that memory stays bounded where a dict would not."""

from array import array
from collections.abc import Iterable

_KEY = (1 << 64) - 1


def key_of(*parts: str) -> int:
    """64 bits for a list of texts, good in this process only: two of two million meet with a chance of 1 in 10 million."""
    return hash(parts) & _KEY


def marks_of(values: Iterable[object], bits: int) -> int:
    """`bits` bits of each value, in their order, as one integer; good in this process only."""
    mask, found = (1 << bits) - 1, 0
    for value in values:
        found = found << bits | hash((value,)) & mask
    return found


class Seen:
    """A map from a 64-bit key to (line, number of a fixed width in bytes); open addressing over flat arrays."""

    def __init__(self, width: int, *, capacity: int = 1 << 12) -> None:
        """`capacity`, a power of two, is how many slots there are at first."""
        self._width = width
        self._slots = array("I", bytes(4 * capacity))
        self._keys = array("Q")
        self._lines = array("I")
        self._numbers = bytearray()

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key: int) -> tuple[int, int] | None:
        """The line and the number put under this key."""
        at = self._slots[self._slot(key)] - 1
        if at < 0:
            return None
        return self._lines[at], int.from_bytes(self._numbers[at * self._width : (at + 1) * self._width])

    def put(self, key: int, line: int, number: int = 0) -> None:
        """Remember the key; a known one keeps its line and gets the new number."""
        slot = self._slot(key)
        at = self._slots[slot] - 1
        if at >= 0:
            self._numbers[at * self._width : (at + 1) * self._width] = number.to_bytes(self._width)
            return
        self._keys.append(key)
        self._lines.append(line)
        self._numbers += number.to_bytes(self._width)
        self._slots[slot] = len(self._keys)
        if len(self._keys) * 3 > len(self._slots) * 2:
            self._grow()

    def _slot(self, key: int) -> int:
        slots, keys = self._slots, self._keys
        mask = len(slots) - 1
        slot = key & mask
        while (at := slots[slot]) and keys[at - 1] != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        self._slots = array("I", bytes(8 * len(self._slots)))
        for number, key in enumerate(self._keys, start=1):
            self._slots[self._slot(key)] = number
