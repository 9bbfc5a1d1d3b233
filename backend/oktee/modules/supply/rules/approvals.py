"""What a person approved of an order: a hold they saw, with these very values, holds no more."""

from collections.abc import Mapping
from typing import Any, Final

from oktee.modules.supply.rules.trace import typed_values

VOLATILE: Final = frozenset({"age", "free", "earliest", "late", "limit", "tolerance"})
"""Values that move by themselves: an approval does not hang on them."""

Approvals = Mapping[str, Mapping[str, Any]]
"""Message id -> the values it was approved with."""


def approved(approvals: Approvals | None, message: str, raw: tuple[object, ...]) -> bool:
    """Whether this hold was approved as it is now."""
    return bool(approvals) and message in approvals and approvals[message] == binding(typed_values(message, raw))  # type: ignore[operator,index]  # bool() narrows it


def binding(values: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """What an approval rests on: as soon as one of these values is another, the hold holds again."""
    return {name: value for name, value in values.items() if name not in VOLATILE}
