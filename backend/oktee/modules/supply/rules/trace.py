"""One step of the reasoning, as it was: rule, version, outcome, message id and typed values; nothing is rendered here."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from oktee.modules.supply.rules.messages import MESSAGES, ValueType

Money = tuple[Decimal, str]
"""An amount and its currency (ISO 4217)."""

Outcome = Literal["pass", "limits", "stops", "holds", "later", "flag"]
"""pass: no objection. limits: takes less. later: moves units to a backorder. flag: goes on, shown. holds: goes on to a
suggestion that a person must approve. stops: no suggestion is possible, a person decides."""


Verdict = tuple[Outcome, str, tuple[object, ...]]
"""What a rule found: an outcome, a message id of MESSAGES and its values in that order."""


class Check(NamedTuple):
    """A rule as the trace names it."""

    rule: str
    version: int


class Message(NamedTuple):
    """A message id and its values in the order of MESSAGES."""

    id: str
    raw: tuple[object, ...]

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """The values by name, each typed JSON as MESSAGES describes."""
        return typed_values(self.id, self.raw)

    def to_json(self) -> dict[str, Any]:
        return {"message": self.id, "values": self.values}


class TraceStep(NamedTuple):
    """What one rule found."""

    rule: str
    version: int
    outcome: Outcome
    message: str
    raw: tuple[object, ...]

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """The values by name, each typed JSON as MESSAGES describes."""
        return typed_values(self.message, self.raw)

    def to_json(self) -> dict[str, Any]:
        """The step as it is stored with the decision."""
        return {
            "rule": self.rule,
            "version": self.version,
            "outcome": self.outcome,
            "message": self.message,
            "values": self.values,
        }


def typed_values(message: str, raw: tuple[object, ...]) -> dict[str, dict[str, Any]]:
    """The typed JSON values of a message. Raises KeyError for an unknown id, ValueError when the values do not fit it."""
    return {name: render(kind, value) for (name, kind, render), value in zip(_PARTS[message], raw, strict=True)}


@lru_cache(maxsize=4096)
def instant_text(instant: datetime) -> str:
    """UTC to the second, as Amazon and our own JSON write it: 2026-11-22T10:51:00Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value}


def _money(kind: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"type": kind, "amount": None, "currency": None}
    amount, currency = value
    return {"type": kind, "amount": format(amount, "f"), "currency": currency}


def _percent(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": None if value is None else format(value, "f")}


def _date(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": None if value is None else value.isoformat()}


def _instant(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": None if value is None else instant_text(value)}


def _duration(kind: str, value: timedelta | None) -> dict[str, Any]:
    return {"type": kind, "value": None if value is None else int(value.total_seconds())}


Render = Callable[[str, Any], dict[str, Any]]
_RENDER: Mapping[ValueType, Render] = {
    "quantity": _plain,
    "days": _plain,
    "text": _plain,
    "sku": _plain,
    "money": _money,
    "percent": _percent,
    "date": _date,
    "instant": _instant,
    "duration": _duration,
}
_PARTS: Mapping[str, tuple[tuple[str, str, Render], ...]] = {
    message: tuple((name, kind, _RENDER[kind]) for name, kind in declared.items())
    for message, declared in MESSAGES.items()
}
"""Of each message the names of its values, their types and how they are written: a decision has ten a line."""
