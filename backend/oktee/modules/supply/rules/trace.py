"""One step of the reasoning, as it was: rule, version, outcome, message id and typed values; nothing is rendered here."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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
    declared = MESSAGES[message]
    return {
        name: {"type": kind, **_RENDER[kind](value)} for (name, kind), value in zip(declared.items(), raw, strict=True)
    }


def instant_text(instant: datetime) -> str:
    """UTC to the second, as Amazon and our own JSON write it: 2026-11-22T10:51:00Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> dict[str, Any]:
    return {"value": value}


def _money(value: Any) -> dict[str, Any]:
    if value is None:
        return {"amount": None, "currency": None}
    amount, currency = value
    return {"amount": format(amount, "f"), "currency": currency}


def _percent(value: Any) -> dict[str, Any]:
    return {"value": None if value is None else format(value, "f")}


def _date(value: Any) -> dict[str, Any]:
    return {"value": None if value is None else value.isoformat()}


def _instant(value: Any) -> dict[str, Any]:
    return {"value": None if value is None else instant_text(value)}


def _duration(value: timedelta | None) -> dict[str, Any]:
    return {"value": None if value is None else int(value.total_seconds())}


_RENDER: Mapping[ValueType, Callable[[Any], dict[str, Any]]] = {
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
