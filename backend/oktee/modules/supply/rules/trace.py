"""One step of the reasoning, as it was: rule, version, outcome, message id and typed values; nothing is rendered here."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson

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

    def to_text(self) -> str:
        """The same, written as JSON."""
        return f'{{"message":"{self.id}","values":{values_text(self.id, self.raw)}}}'


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


def step_text(rule: str, version: int, verdict: Verdict) -> str:
    """What `TraceStep.to_json` answers, written as JSON: a decision stores ten steps a line."""
    outcome, message, raw = verdict
    return (
        f'{{"rule":"{rule}","version":{version},"outcome":"{outcome}","message":"{message}",'
        f'"values":{values_text(message, raw)}}}'
    )


def typed_values(message: str, raw: tuple[object, ...]) -> dict[str, dict[str, Any]]:
    """The typed JSON values of a message. Raises KeyError for an unknown id, ValueError when the values do not fit it."""
    return {name: render(kind, value) for (name, kind, render), value in zip(_PARTS[message], raw, strict=True)}


def values_text(message: str, raw: tuple[object, ...]) -> str:
    """The same, written as JSON. Raises as `typed_values` does."""
    return f"{{{','.join([head + write(value) for (head, write), value in zip(_WRITTEN[message], raw, strict=True)])}}}"


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


def _text_of(value: Any) -> str:
    return str(value) if type(value) is int else orjson.dumps(value).decode()


def _written(kind: str, render: Render) -> Callable[[Any], str]:
    """Writes what `render` makes, without the parts that are the same for every value of the kind."""
    if render is _plain:
        return lambda value: f"{_text_of(value)}}}"
    if render is _money:
        return lambda value: (
            'null,"currency":null}'
            if value is None
            else f'"{value[0]:f}","currency":{"null" if value[1] is None else _text_of(value[1])}}}'
        )
    return lambda value: f"{_text_of(render(kind, value)['value'])}}}"


_WRITTEN: Mapping[str, tuple[tuple[str, Callable[[Any], str]], ...]] = {
    message: tuple(
        (
            f'"{name}":{{"type":"{kind}","{"amount" if render is _money else "value"}":',
            _written(kind, render),
        )
        for name, kind, render in parts
    )
    for message, parts in _PARTS.items()
}
"""Of each message what stands before each value, and how the value is written."""
