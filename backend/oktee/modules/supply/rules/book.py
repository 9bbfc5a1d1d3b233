"""The rule book: which rule a line falls under. Order matters, the first rule whose conditions it meets decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from oktee.modules.supply.rules.allocation.demand import Strategy
from oktee.modules.supply.rules.settings import Settings, strictest

Field = Literal["marketplace", "vendor_code", "order_type", "brand", "sku"]
FIELDS: tuple[Field, ...] = ("marketplace", "vendor_code", "order_type", "brand", "sku")
STANDARD_NAME = "Standard rules"
FEE_TIERS = frozenset({Strategy.MARGIN, Strategy.FEE_AVOIDANCE, Strategy.FILL_AVOIDANCE})
"""The strategies that look at what Amazon charges, and at what it measures for it."""
Key = tuple[str, str, str | None, str | None, str | None]
"""A line as conditions see it: values in the order of FIELDS."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A value is one of these, or (`negated`) none of them. A line whose value is not known is none of any."""

    values: frozenset[str]
    negated: bool = False

    def met(self, value: str | None) -> bool:
        return (value in self.values) != self.negated


Conditions = Mapping[Field, tuple[Condition, ...]]
"""All of them must be met; none means every line."""


@dataclass(frozen=True, slots=True)
class BookRule:
    """One version of one rule. `unproved_until`: enabled without a simulation, so what it decides is looked at until then."""

    id: str
    name: str
    version: int
    settings: Settings
    conditions: Conditions = field(default_factory=dict)
    unproved_until: datetime | None = None

    @property
    def label(self) -> str:
        """As people read it beside what it decided: Core 90 v7."""
        return self.name if self.name == STANDARD_NAME else f"{self.name} v{self.version}"

    def meets(self, key: Key) -> bool:
        for name, value in zip(FIELDS, key, strict=True):
            for condition in self.conditions.get(name, ()):
                if not condition.met(value):
                    return False
        return True


class RuleBook:
    """Rules in their order and, last, the standard rule, which takes every line that no other takes.

    Answers are remembered by what the conditions look at, so that a line costs one look into a dictionary.
    """

    __slots__ = ("_found", "_named_skus", "_strictest", "rules", "standard", "steps")

    def __init__(self, rules: Iterable[BookRule], *, standard: BookRule) -> None:
        self.rules = tuple(rules)
        self.standard = standard
        self.steps: dict[str, tuple[Any, ...]] = {}
        """What the settings of each rule leave of the pipeline, by the rule's id: found once, by whoever passes lines on."""
        self._found: dict[Key, BookRule] = {}
        self._strictest: dict[frozenset[str], Settings] = {}
        self._named_skus = frozenset(
            sku for rule in self.rules for each in rule.conditions.get("sku", ()) for sku in each.values
        )

    def find(
        self, marketplace: str, vendor_code: str, order_type: str | None, brand: str | None, sku: str | None
    ) -> BookRule:
        """The first rule that such a line meets."""
        if not self.rules:
            return self.standard
        if sku not in self._named_skus:
            sku = None  # no rule speaks of it: all such lines are alike
        key = (marketplace, vendor_code, order_type, brand, sku)
        found = self._found.get(key)
        if found is None:
            found = next((rule for rule in self.rules if rule.meets(key)), self.standard)
            self._found[key] = found
        return found

    @property
    def asks(self) -> frozenset[str]:
        """What of the past its rules look at: usual, places, answered, open_orders, fees, rejections. No more is read."""
        found = set()
        for rule in (*self.rules, self.standard):
            settings = rule.settings
            if settings.spike_value is not None or settings.safety_days is not None:
                found.add("usual")
            if settings.hold_unknown_places:
                found.add("places")
            if settings.training_orders:
                found.add("answered")
            if settings.minimum_order_value is not None:
                found.add("open_orders")
            tiers = settings.allocation.tiers
            if settings.margin_floor is not None or not FEE_TIERS.isdisjoint(tiers):
                found.add("fees")
            if Strategy.FEE_AVOIDANCE in tiers:
                found.add("rejections")
        return frozenset(found)

    def strictest(self, rules: Iterable[BookRule]) -> Settings:
        """What holds an order whose lines fell under these rules: of each limit the tightest."""
        met = {rule.id: rule for rule in rules}
        if len(met) == 1:
            return next(iter(met.values())).settings
        key = frozenset(met)
        found = self._strictest.get(key)
        if found is None:
            found = strictest([rule.settings for _, rule in sorted(met.items())] or [self.standard.settings])
            self._strictest[key] = found
        return found

    def changed(self, rule: BookRule, settings: Settings) -> "RuleBook":
        """The same book with other settings in one rule: to ask what they would decide."""

        def one(each: BookRule) -> BookRule:
            return replace(each, settings=settings) if each.id == rule.id else each

        return RuleBook((one(each) for each in self.rules), standard=one(self.standard))


def standing(settings: Settings) -> RuleBook:
    """The book of somebody without rules of their own."""
    return RuleBook((), standard=BookRule("standard", STANDARD_NAME, int(settings.version), settings))
