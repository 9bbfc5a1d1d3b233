"""What a person approved of an order: a hold they saw, with these very values, holds no more."""

from collections.abc import Mapping
from typing import Any, Final

from oktee.modules.supply.rules.trace import typed_values

VOLATILE: Final = frozenset(
    {"age", "free", "earliest", "late", "limit", "tolerance", "order", "first", "usual", "lines"}
)
"""Values that move by themselves: an approval does not hang on them."""

Approvals = Mapping[str, Mapping[str, Any]]
"""Message id -> the values it was approved with."""


def approved(approvals: Approvals | None, message: str, raw: tuple[object, ...]) -> bool:
    """Whether this hold was approved as it is now."""
    if not approvals or message not in approvals:
        return False
    return binding(approvals[message]) == binding(typed_values(message, raw))


def binding(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an approval rests on: as soon as one of these values is another, the hold holds again."""
    return {name: value for name, value in values.items() if name not in VOLATILE}
