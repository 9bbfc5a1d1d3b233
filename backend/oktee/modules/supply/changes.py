"""What Amazon changed since the answer that stands, each thing once, as a person reads it; pure."""

from collections.abc import Collection, Iterable
from typing import Any

SAID_BY_UNITS = ("amount", "unit_size")
"""Amazon's own count of a quantity: the eaches say it already."""


def changed_since(revisions: Iterable[tuple[int, list[dict[str, Any]]]], answered: int) -> list[dict[str, Any]]:
    """The changes of all revisions after `answered`, in one: what moved twice stands once, from its first value to its
    last; what came back to where it was did not change."""
    merged: dict[tuple[str | None, str], dict[str, Any]] = {}
    for _, changes in sorted((one for one in revisions if one[0] > answered), key=lambda one: one[0]):
        for change in changes:
            key = (change.get("sequence"), change["field"])
            before = merged.get(key)
            # A line that came or went has nothing before it that its fields could be compared with.
            first = before["was"] if before is not None and change["field"] != "line" else change.get("was")
            merged[key] = {"field": key[1], "sequence": key[0], "was": first, "now": change.get("now")}
    left = [change for change in merged.values() if change["was"] != change["now"]]
    counted = {change["sequence"] for change in left if change["field"] == "units"}
    return [change for change in left if change["field"] not in SAID_BY_UNITS or change["sequence"] not in counted]


def touched_lines(changes: Iterable[dict[str, Any]]) -> Collection[str]:
    """The lines that these changes name."""
    return {change["sequence"] for change in changes if change["sequence"] is not None}
