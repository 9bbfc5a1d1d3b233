"""One step of the reasoning, as it was: rule, version, outcome, message id and typed values; nothing is rendered here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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


Kept = list[Any] | dict[str, Any]


def kept_step(rule: str, version: int, verdict: Verdict) -> Kept:
    """The step as a decision keeps it: the values bare, in the order of MESSAGES; of a rule without an objection one flat
    list. Ten steps a line with names and types were half of what deciding an order wrote. Rules that stepped in stay objects,
    since they are searched (`trace @> [{"rule": ...}]`). Raises KeyError for an unknown id, ValueError when the values do not
    fit it."""
    outcome, message, raw = verdict
    if len(raw) != len(_PARTS[message]):
        raise ValueError(f"{message} has {len(_PARTS[message])} values, not {len(raw)}")
    if outcome == "pass":
        return [rule, version, message, *raw]
    return {"rule": rule, "version": version, "outcome": outcome, "message": message, "values": raw}


def kept_text(steps: Sequence[Kept]) -> str:
    """Steps of `kept_step` as JSON; `told_steps` reads them back."""
    return orjson.dumps(steps, default=_bare, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS).decode()


def told_steps(kept: Iterable[Kept]) -> list[dict[str, Any]]:
    """What `TraceStep.to_json` had answered, from the steps as they are kept. Decisions of before keep them as told."""
    return [_told_step(step) for step in kept]


def told_trace(kept: Any) -> Any:
    """The trace of a decision for whoever takes it away: every value with its name and type. What cannot be read leaves as
    it is, since an export that stops would be worse."""
    try:
        return told_steps(kept)
    except (KeyError, TypeError, ValueError, AttributeError):
        return kept


def _told_step(step: Kept) -> dict[str, Any]:
    if isinstance(step, list):
        rule, version, message, *bare = step
        step = {"rule": rule, "version": version, "outcome": "pass", "message": message, "values": bare}
    if isinstance(step["values"], list):
        return {**step, "values": _told(step["message"], step["values"])}
    return step


def _told(message: str, bare: list[Any]) -> dict[str, dict[str, Any]]:
    """A value that was declared since is not known of this decision."""
    known = [*bare, *([None] * (len(_PARTS[message]) - len(bare)))]
    return {name: _told_value(kind, value) for (name, kind, _), value in zip(_PARTS[message], known, strict=True)}


def _told_value(kind: str, value: Any) -> dict[str, Any]:
    if kind == "money":
        amount, currency = (None, None) if value is None else value
        return {"type": kind, "amount": amount, "currency": currency}
    if kind == "instant" and value is not None and not value.endswith("Z"):
        value = instant_text(datetime.fromisoformat(value))
    return {"type": kind, "value": value}


def _bare(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"{type(value).__name__} is no value of a message")


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
