"""What an answer may cost in Amazon's charges, and what the other answers would: an estimate over dated fee rules.

Pure. Quantities are eaches, amounts are in the line's own currency and exact to a ten-thousandth. What nobody knows (no
rule for the country, no cost, no history) stays None and is said; it is never counted as zero.

A line's answer is charged for three things: units that it rejects beyond the free share of the line, units that it
confirms beyond the stock that is free, and the part of what it confirms that experience says will not arrive
(1 - the vendor code's trailing fill). `doubtful` are the units at issue: all that is not accepted out of stock that is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from oktee.catalog.fee_facts import FeeRule, rule_of
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.inputs import LineInput, OrderInput, Rejecting

ChargeKind = Literal["rejected", "beyond_stock", "not_arrived"]
AlternativeKind = Literal["reject", "never_ship", "cut_early", "cut_late", "backorder"]
Why = Literal["charged", "free_share", "waived", "early", "on_its_date", "no_rule", "no_cost", "no_history"]
"""charged: by the rule. free_share: what the rule leaves free. waived: a trailing measure is good enough. early: taken back
within the days of grace. on_its_date: nothing is due when a backorder leaves on its date. no_*: the amount is not known."""

KNOWN: frozenset[str] = frozenset({"charged", "free_share", "waived", "early", "on_its_date"})
LOOKED_UP = ("not_filled", "down_confirmed", "rejected")
_UNIT = Decimal("0.0001")
_ZERO = Decimal(0)
_ONE = Decimal(1)
_LARGEST = Decimal(10) ** 12
"""Beyond this a cost is a fault of the data (rules/price.py)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that hold for one order."""

    not_filled: FeeRule | None = None
    down_confirmed: FeeRule | None = None
    rejected: FeeRule | None = None

    @property
    def rules(self) -> tuple[FeeRule, ...]:
        return tuple(rule for rule in (self.not_filled, self.down_confirmed, self.rejected) if rule is not None)


@dataclass(frozen=True, slots=True)
class Book:
    """What the costs of one order are estimated with. Shares are None where nothing is known yet.

    `fill`: of what the vendor code confirmed in the last 12 weeks, the part that arrived. `rejected`: by ASIN, of what was
    ordered in the last 13 weeks, the part that was rejected.
    """

    policy: Policy
    fill: Decimal | None = None
    rejected: Mapping[str, Decimal] = field(default_factory=dict)


class LineFacts(NamedTuple):
    """What the estimate needs of a line. `free`: eaches of the ASIN that stock covers inside the window; None where that is
    not known or not asked: whatever is accepted is then taken to be there."""

    ordered: int
    cost: Decimal | None
    currency: str | None
    asin: str | None = None
    free: int | None = None
    backorder_allowed: bool = False


class Answer(NamedTuple):
    """An answer to a line; what is left of the ordered units is not decided."""

    accepted: int
    backordered: int = 0
    rejected: int = 0


class Charge(NamedTuple):
    """One part of what an answer may cost; `amount` is None exactly when `why` says what is not known."""

    kind: str
    units: Decimal
    amount: Decimal | None
    rule: FeeRule | None
    why: Why

    def to_json(self) -> dict[str, Any]:
        """With the rate as it was, so that the formula can be told when the rules have moved on."""
        rule = self.rule
        return {
            "kind": self.kind,
            "units": plain(self.units),
            "amount": None if self.amount is None else plain(self.amount),
            "rule": None if rule is None else rule.code,
            "rate": None if rule is None or rule.rate is None else plain(rule.rate),
            "why": self.why,
        }


class LineCosts(NamedTuple):
    """The estimate of one line. `expected` is the sum of the charges whose amount is known; None when there is something to
    charge and no amount is known, or when the line is not decided."""

    expected: Decimal | None
    doubtful: int
    charges: tuple[Charge, ...]
    alternatives: tuple[Charge, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing from `expected`."""
        return self.expected is not None and all(charge.amount is not None for charge in self.charges)

    def to_json(self, facts: LineFacts, book: Book) -> dict[str, Any]:
        """As it is stored with the decision. `free` is kept because an edit is estimated against the same stock."""
        rejected = book.rejected.get(facts.asin) if facts.asin is not None else None
        return {
            "free": facts.free,
            "fill": None if book.fill is None else plain(book.fill),
            "rejected_share": None if rejected is None else plain(rejected),
            "currency": facts.currency,
            "doubtful": self.doubtful,
            "charges": [charge.to_json() for charge in self.charges],
            "alternatives": [charge.to_json() for charge in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class ExpectedCosts:
    """The estimate of a decision: sums by currency, and how many lines are in no sum or not wholly in one."""

    by_currency: Mapping[str, Decimal]
    not_known: int


def policy_of(rules: Iterable[FeeRule], *, country: str | None, on: date) -> Policy:
    """What holds in a country on a day."""
    kept = tuple(rules)
    found = {kind: rule_of(kept, kind, country=country, on=on) for kind in LOOKED_UP}
    return Policy(**found)


def day_of(order: OrderInput) -> date:
    """The day whose rules hold for an order: the first of its window, since charges arise from there on."""
    return (order.window.start if order.window else order.placed_at).date()


def add_working_days(day: date, days: int) -> date:
    """Monday to Friday, as Amazon counts: whose holidays count is not known, so none does."""
    while days > 0:
        day += timedelta(1)
        days -= day.weekday() < 5
    return day


def line_costs(facts: LineFacts, answer: Answer | None, book: Book) -> LineCosts:
    """What an answer to a line may cost, and the alternatives for the units in doubt. None: the line is not decided."""
    if facts.ordered <= 0:
        return LineCosts(_ZERO, 0, (), ())
    if answer is None:
        doubtful = facts.ordered - min(facts.ordered, facts.free or 0)
        return LineCosts(None, doubtful, (), alternatives(facts, doubtful, book))
    covered = answer.accepted if facts.free is None else min(answer.accepted, max(0, facts.free))
    beyond = answer.accepted - covered
    charges: list[Charge] = []
    if answer.rejected:
        charges.append(rejection(facts, answer.rejected, book))
    if beyond:
        charges.append(_not_filled("beyond_stock", facts, Decimal(beyond), book))
    if covered + answer.backordered:
        charges.append(_not_arrived(facts, covered + answer.backordered, book))
    known = [charge.amount for charge in charges if charge.amount is not None]
    expected = sum(known, _ZERO) if known or not charges else None
    doubtful = facts.ordered - covered
    return LineCosts(expected, doubtful, tuple(charges), alternatives(facts, doubtful, book))


def alternatives(facts: LineFacts, units: int, book: Book) -> tuple[Charge, ...]:
    """What each way to answer units in doubt may cost; none where no unit is."""
    if units <= 0:
        return ()
    exact = Decimal(units)
    found = [
        rejection(facts, units, book)._replace(kind="reject"),
        _not_filled("never_ship", facts, exact, book),
        _taken_back(facts, exact, book, early=True),
        _taken_back(facts, exact, book, early=False),
    ]
    if facts.backorder_allowed:
        rule = book.policy.not_filled
        found.append(
            Charge("backorder", exact, None, None, "no_rule")
            if rule is None
            else Charge("backorder", exact, _ZERO, rule, "on_its_date")
        )
    return tuple(found)


def rejection(facts: LineFacts, units: int, book: Book) -> Charge:
    """What rejecting so many units of a line may cost: the share of the line that stays free is free."""
    rule = book.policy.rejected
    exact = Decimal(units)
    if rule is None:
        return Charge("rejected", exact, None, None, "no_rule")
    beyond = max(_ZERO, exact - (rule.threshold or _ZERO) * facts.ordered)
    if not beyond:
        return Charge("rejected", beyond, _ZERO, rule, "free_share")
    if _rejection_waived(facts, rule, book):
        return Charge("rejected", beyond, _ZERO, rule, "waived")
    return _charge("rejected", facts, beyond, rule)


def rejecting(facts: LineFacts, book: Book) -> Rejecting | None:
    """The same by the unit, for whoever shares out what is scarce; None when it is not known."""
    rule = book.policy.rejected
    if rule is None:
        return None
    each = _ZERO if _rejection_waived(facts, rule, book) else _of_each(facts, rule)
    return Rejecting(each, rule.threshold or _ZERO) if isinstance(each, Decimal) else None


def _rejection_waived(facts: LineFacts, rule: FeeRule, book: Book) -> bool:
    share = book.rejected.get(facts.asin) if facts.asin is not None else None
    return (
        rule.waived_by == "rejected" and rule.waiver_rate is not None and share is not None and share < rule.waiver_rate
    )


def fee_of_unit(facts: LineFacts, book: Book) -> Decimal | None:
    """What experience says that one confirmed unit costs in charges, for a margin; None when it is not known."""
    return _not_arrived(facts, 1, book).amount


def expected_costs(order: OrderInput, decision: Decision, book: Book) -> ExpectedCosts:
    """What the rules' decision on one order may cost, by currency. Lines that Amazon cancelled cost nothing."""
    sums: dict[str, Decimal] = {}
    missing = 0
    for line, decided in zip(order.lines, decision.lines, strict=True):
        if decided.cancelled:
            continue
        facts = facts_of(line, decided.ordered)
        costs = line_costs(facts, answer_of(decided), book)
        if costs.expected is not None and facts.currency is not None:
            sums[facts.currency] = sums.get(facts.currency, _ZERO) + costs.expected
        missing += not costs.whole
    return ExpectedCosts(sums, missing)


def facts_of(line: LineInput, ordered: int, *, free: int | None = None) -> LineFacts:
    """A line of the rules as the estimate takes it; `ordered` in eaches. What is priced by weight has no cost by unit."""
    cost = line.net_cost if line.cost_unit is None else None
    if cost is not None and (not cost.is_finite() or cost < 0 or cost >= _LARGEST):
        cost = None
    return LineFacts(ordered, cost, line.currency, line.asin, free, line.backorder_allowed)


def answer_of(decided: LineDecision) -> Answer | None:
    """What the rules propose; None where a person must decide."""
    if decided.undecided or (decided.held and decided.taken == 0):
        return None
    return Answer(decided.accepted, decided.backordered, decided.rejected)


def plain(number: Decimal) -> str:
    """Without exponent and without zeros at the end."""
    return format(number.normalize(), "f") if number else "0"


def _not_arrived(facts: LineFacts, units: int, book: Book) -> Charge:
    if book.policy.not_filled is None:
        return Charge("not_arrived", Decimal(units), None, None, "no_rule")
    if book.fill is None:
        return Charge("not_arrived", Decimal(units), None, book.policy.not_filled, "no_history")
    missing = (_ONE - min(_ONE, max(_ZERO, book.fill))) * units
    return _not_filled("not_arrived", facts, missing, book)


def _not_filled(kind: str, facts: LineFacts, units: Decimal, book: Book) -> Charge:
    rule = book.policy.not_filled
    if rule is None:
        return Charge(kind, units, None, None, "no_rule")
    limit = rule.waiver_rate if rule.waived_by == "fill" else None
    if limit is not None and book.fill is not None and book.fill > limit:
        return Charge(kind, units, _ZERO, rule, "waived")
    return _charge(kind, facts, units, rule)


def _taken_back(facts: LineFacts, units: Decimal, book: Book, *, early: bool) -> Charge:
    kind, rule = ("cut_early" if early else "cut_late"), book.policy.down_confirmed
    if rule is None:
        return Charge(kind, units, None, None, "no_rule")
    return Charge(kind, units, _ZERO, rule, "early") if early else _charge(kind, facts, units, rule)


def _charge(kind: str, facts: LineFacts, units: Decimal, rule: FeeRule) -> Charge:
    each = _of_each(facts, rule)
    if not isinstance(each, Decimal):
        return Charge(kind, units, None, rule, each)
    return Charge(kind, units, (each * units).quantize(_UNIT, ROUND_HALF_UP), rule, "charged")


def _of_each(facts: LineFacts, rule: FeeRule) -> Decimal | Literal["no_rule", "no_cost"]:
    """Of one unit: cost times the rate, and the amount where the rule names one in the line's own currency; or why not."""
    if rule.rate is None and rule.amount is None:
        return "no_rule"
    if facts.currency is None or (rule.rate is not None and facts.cost is None):
        return "no_cost"
    each = _ZERO
    if rule.rate is not None and facts.cost is not None:
        each += facts.cost * rule.rate
    if rule.amount is not None:
        if rule.currency != facts.currency:
            return "no_rule"
        each += rule.amount
    return each
