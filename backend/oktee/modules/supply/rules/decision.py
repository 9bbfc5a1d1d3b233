"""What comes out: for each line what to take, later and not at all, with the reasons; for the order its totals and holds."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.book import BookRule
from oktee.modules.supply.rules.trace import Check, Message, TraceStep, Verdict, kept_step, kept_text

OF_ANY_ORDER: Final = frozenset({"supply.hold.training", "supply.hold.rule_unproved"})
"""Holds that say nothing of what is in the order."""


class Drawn(NamedTuple):
    """Pieces of one component of a bundle that a decision counts on; `quantity` of it are in each of the ASIN."""

    item_id: UUID
    sku: str
    quantity: int
    on_hand: int
    inbound: int


class Source(NamedTuple):
    """Eaches that one warehouse gives of a line now and later, and the day on which the first of these leave it."""

    warehouse: str
    accepted: int
    backordered: int
    leaves_on: date | None

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the line."""
        leaves = self.leaves_on.isoformat() if self.leaves_on else None
        return {
            "warehouse": self.warehouse,
            "accepted": self.accepted,
            "backordered": self.backordered,
            "leaves_on": leaves,
        }


class LineDecision(NamedTuple):
    """The decision on one line, in eaches: accepted + backordered + rejected + undecided = ordered.

    When `held`, the quantities are a suggestion that a person must approve; `undecided` units have no suggestion (but
    `proposed_reason` may name the rejection that a person could choose). A line that Amazon cancelled has all zeros.
    """

    sequence: str
    ordered: int
    accepted: int
    backordered: int
    rejected: int
    undecided: int
    held: bool
    cancelled: bool
    scheduled_at: datetime | None
    """Ship date (collect) or delivery date (prepaid) of the accepted units."""
    backorder_at: datetime | None
    rejection_reason: str | None
    proposed_reason: str | None
    item_id: UUID | None
    sku: str | None
    reserve_on_hand: int
    """SKU units to reserve from stock on hand; with `reserve_inbound` all that accepted and backordered units need."""
    reserve_inbound: int
    summary: Message
    checks: tuple[Check, ...]
    """The rules that had something to say, and in `verdicts` what each said: the steps of the trace, which few look at."""
    verdicts: tuple[Verdict, ...]
    rule: BookRule
    """The rule of the book that it fell under."""
    components: tuple[Drawn, ...] = ()
    """Of a bundle: what is reserved of each component instead; also with nothing drawn."""
    warehouse: str | None = None
    leaves_on: date | None = None
    """Where the accepted units leave from, and on which day; None when nobody said from where."""
    sources: tuple[Source, ...] = ()
    """Of orders that only some warehouses serve: each of these in its order, also those that give nothing."""

    @property
    def taken(self) -> int:
        """Units confirmed to Amazon, now or later."""
        return self.accepted + self.backordered

    @property
    def trace(self) -> tuple[TraceStep, ...]:
        """What the rules found, in the order in which they saw the line."""
        pairs = zip(self.checks, self.verdicts, strict=True)
        return tuple(TraceStep(check.rule, check.version, *verdict) for check, verdict in pairs)

    @property
    def stopped(self) -> bool:
        """No suggestion was possible."""
        return bool(self.verdicts) and self.verdicts[-1][0] == "stops"

    @property
    def holds(self) -> tuple[TraceStep, ...]:
        """The steps for which a person is needed."""
        pairs = zip(self.checks, self.verdicts, strict=True)
        return tuple(
            TraceStep(check.rule, check.version, *verdict)
            for check, verdict in pairs
            if verdict[0] in ("holds", "stops")
        )

    def trace_json(self) -> list[dict[str, Any]]:
        """What is told of the line: the rule of the book first, then what each check found."""
        rule = self.rule
        first = TraceStep("rule_set", rule.version, "pass", "supply.rule.applies", (rule.name, rule.version))
        return [first.to_json(), *(step.to_json() for step in self.trace)]

    def trace_kept(self) -> str:
        """The same as a decision keeps it: rules/trace.py reads it back."""
        rule = self.rule
        first = kept_step("rule_set", rule.version, ("pass", "supply.rule.applies", (rule.name, rule.version)))
        pairs = zip(self.checks, self.verdicts, strict=True)
        return kept_text([first, *[kept_step(check[0], check[1], verdict) for check, verdict in pairs]])


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cost values of an order in one currency; lines without a cost are left out. Currencies are never added."""

    currency: str
    ordered: Decimal
    accepted: Decimal
    backordered: Decimal
    rejected: Decimal
    undecided: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Eaches of all lines that are not cancelled, and their values by currency."""

    ordered: int
    accepted: int
    backordered: int
    rejected: int
    undecided: int
    amounts: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on one revision of one order; may be sent without a person only when it is not `held`."""

    number: str
    revision: int
    lines: tuple[LineDecision, ...]
    gates: tuple[TraceStep, ...]
    """What holds the order as a whole; the lines' own holds are with the lines."""
    totals: Totals
    decided_at: datetime
    rules: tuple[BookRule, ...]
    """Those its lines fell under, the first line's first."""
    engine_version: str

    @property
    def held(self) -> bool:
        return bool(self.gates) or any(line.held for line in self.lines)

    @property
    def holds(self) -> tuple[TraceStep, ...]:
        """Everything for which a person is needed: the order's gates, then line by line; last what is said of any order, so
        that it stands before no problem of this one."""
        found = self.gates + tuple(step for line in self.lines for step in line.holds)
        return tuple(sorted(found, key=lambda step: step.message in OF_ANY_ORDER))
