"""The sums of a simulation: of parts, merged in any order to the same whole, and as they are stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.expected_cost import plain
from oktee.modules.supply.rules.simulation.facts import Outcome, Promised
from oktee.modules.supply.rules.trace import Message

Class = Literal["at_a_loss", "better", "same", "worse", "newly_rejected", "lacked_stock", "not_simulated"]
CHANGED: tuple[Class, ...] = ("at_a_loss", "better", "same", "worse", "newly_rejected", "lacked_stock")
VERSIONS = ("happened", "before", "after")
_UNITS = ("asked", "accepted", "backordered", "rejected", "undecided", "lines_held", "orders_held", "fees_unknown")
_ZERO = Decimal(0)


@dataclass(slots=True)
class Sums:
    """What one version gave all simulated lines; money by currency, which are never added."""

    asked: int = 0
    accepted: int = 0
    backordered: int = 0
    rejected: int = 0
    undecided: int = 0
    lines_held: int = 0
    orders_held: int = 0
    fees_unknown: int = 0
    """Lines in no sum of fees, or not wholly in one."""
    fees: dict[str, Decimal] = field(default_factory=dict)
    value: dict[str, Decimal] = field(default_factory=dict)
    """Of what is confirmed, at cost."""
    loss: dict[str, Decimal] = field(default_factory=dict)
    """What the agreed cost is more than the order's, of what is confirmed at a loss that no person has seen."""

    def merge(self, other: "Sums", sign: int = 1) -> None:
        """Take in another part; `sign` -1 takes it out again."""
        for name in _UNITS:
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))
        for mine, its in ((self.fees, other.fees), (self.value, other.value), (self.loss, other.loss)):
            for currency, amount in its.items():
                mine[currency] = mine.get(currency, _ZERO) + sign * amount

    def to_json(self) -> dict[str, Any]:
        units: dict[str, Any] = {name: getattr(self, name) for name in _UNITS}
        return units | {"fees": _money(self.fees), "value": _money(self.value), "loss": _money(self.loss)}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Sums":
        values: dict[str, Any] = {name: stored[name] for name in _UNITS}
        for name in ("fees", "value", "loss"):  # one that was stored before losses were counted knows of none
            values[name] = {currency: Decimal(amount) for currency, amount in stored.get(name, {}).items()}
        return cls(**values)


class ChangedLine(NamedTuple):
    """A line that the draft answers otherwise, or (`not_simulated`) one whose stock nobody had recorded."""

    kind: Class
    order_id: UUID
    number: str
    sequence: str
    at: Any
    sku: str | None
    asin: str | None
    asked: int
    was: Outcome | None
    now: Outcome | None
    was_message: Message | None
    now_message: Message | None
    now_rule: str | None
    later: int | None
    """What the later figure left to sell of the SKU, in pieces; where the draft would have promised more than that."""
    value: Decimal | None
    currency: str | None


@dataclass(slots=True)
class Noted:
    """What a moment did to the whole and to what comes after it, so that it can be taken out and decided again.

    `given`: by version the pieces that its decisions take of each SKU (in a warehouse); `beyond`: what the draft promised
    more than the other version, against which later figure; `items`, `skus`: what its simulated lines are made of.
    """

    at: datetime
    items: tuple[UUID, ...]
    skus: tuple[str, ...]
    given: dict[str, dict[Promised, int]]
    beyond: tuple[tuple[UUID, datetime, int], ...]
    sums: "Partial"


@dataclass(slots=True)
class Partial:
    """The sums of some moments, and their changed lines."""

    orders: int = 0
    orders_simulated: int = 0
    """Those of which at least a line was."""
    lines: int = 0
    not_simulated: int = 0
    versions: dict[str, Sums] = field(default_factory=dict)
    weeks: dict[date, dict[str, Sums]] = field(default_factory=dict)
    """By the Monday of the week."""
    classes: dict[str, int] = field(default_factory=dict)
    changed: list[ChangedLine] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    """Of its moments, in their order. Neither merged nor stored with the sums."""

    def sums(self, version: str) -> Sums:
        whole = self.versions.get(version)
        if whole is None:
            whole = self.versions[version] = Sums()
        return whole

    def take(self, moment: "Partial", week: date, sign: int = 1) -> None:
        """Take in what was counted of a moment, which knows no week; its changed lines too. `sign` -1 takes its sums out."""
        self.merge(moment, sign)
        if moment.versions:
            of_week = self.weeks.setdefault(week, {})
            for version, sums in moment.versions.items():
                of_week.setdefault(version, Sums()).merge(sums, sign)
        if sign > 0:
            self.changed.extend(moment.changed)

    def pruned(self) -> "Partial":
        """Without what is nothing any more, as if it had never been counted."""
        for sums in (*self.versions.values(), *(one for of_week in self.weeks.values() for one in of_week.values())):
            for amounts in (sums.fees, sums.value, sums.loss):
                for currency in [currency for currency, amount in amounts.items() if not amount]:
                    del amounts[currency]
        self.classes = {kind: count for kind, count in self.classes.items() if count}
        return self

    def merge(self, other: "Partial", sign: int = 1) -> None:
        """Take in the sums of another part; its changed lines are stored apart and not taken. `sign` -1 takes out what was
        taken in before."""
        self.orders += sign * other.orders
        self.orders_simulated += sign * other.orders_simulated
        self.lines += sign * other.lines
        self.not_simulated += sign * other.not_simulated
        for version, sums in other.versions.items():
            self.versions.setdefault(version, Sums()).merge(sums, sign)
        for week, versions in other.weeks.items():
            mine = self.weeks.setdefault(week, {})
            for version, sums in versions.items():
                mine.setdefault(version, Sums()).merge(sums, sign)
        for kind, count in other.classes.items():
            self.classes[kind] = self.classes.get(kind, 0) + sign * count

    def to_json(self) -> dict[str, Any]:
        return {
            "orders": self.orders,
            "orders_simulated": self.orders_simulated,
            "lines": self.lines,
            "not_simulated": self.not_simulated,
            "versions": {name: sums.to_json() for name, sums in self.versions.items()},
            "weeks": {
                week.isoformat(): {name: sums.to_json() for name, sums in versions.items()}
                for week, versions in sorted(self.weeks.items())
            },
            "classes": dict(self.classes),
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Partial":
        return cls(
            orders=stored["orders"],
            orders_simulated=stored["orders_simulated"],
            lines=stored["lines"],
            not_simulated=stored["not_simulated"],
            versions={name: Sums.of_json(sums) for name, sums in stored["versions"].items()},
            weeks={
                date.fromisoformat(week): {name: Sums.of_json(sums) for name, sums in versions.items()}
                for week, versions in stored["weeks"].items()
            },
            classes=dict(stored["classes"]),
        )


def merged(parts: Iterable[Partial]) -> Partial:
    """The whole of these parts."""
    whole = Partial()
    for part in parts:
        whole.merge(part)
    return whole


def _money(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: plain(amount) for currency, amount in sorted(amounts.items())}
