"""Rules that behave otherwise than they did: hits or overrides beyond three sigma, the same override three times."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from math import sqrt
from statistics import fmean, pstdev
from typing import Final
from uuid import UUID

from oktee.modules.supply.rules.anomalies.facts import Finding, RuleDay, RuleLine

SIGMAS: Final = 3.0
LEAST_DAYS: Final = 14
LEAST_LINES: Final = 20
LEAST_MOVE: Final = 0.10
"""A rule that moved by less than ten points is not worth a look."""
THREE: Final = 3


def moved(days: Sequence[RuleDay]) -> list[Finding]:
    """The newest day of each rule against its days before: its share of all lines, and the share people changed."""
    rules: dict[UUID, list[RuleDay]] = defaultdict(list)
    for day in days:
        rules[day.rule_id].append(day)
    newest = max((day.day for day in days), default=None)
    findings = []
    for rule_id in sorted(rules, key=str):
        known = sorted(rules[rule_id], key=lambda day: day.day)
        last, before = known[-1], known[:-1]
        if last.day != newest:
            continue
        found = _beyond("overrides", [(each.overrides, each.hits) for each in before], (last.overrides, last.hits))
        found = found or _beyond("hits", [(each.hits, each.lines) for each in before], (last.hits, last.lines))
        if found is not None:
            metric, now, usual = found
            findings.append(
                Finding(
                    "rule_moved",
                    f"rule_moved/{rule_id}",
                    f"supply.anomaly.rule_{metric}",
                    {"rule": last.name, "now": f"{now:.4f}", "usual": f"{usual:.4f}"},
                    subject={"rule_id": str(rule_id)},
                    quiet=timedelta(days=8),
                )
            )
    return findings


def _beyond(metric: str, before: Sequence[tuple[int, int]], last: tuple[int, int]) -> tuple[str, float, float] | None:
    shares = [part / whole for part, whole in before if whole >= LEAST_LINES]
    part, whole = last
    if len(shares) < LEAST_DAYS or whole < LEAST_LINES:
        return None
    usual, now = fmean(shares), part / whole
    # A share of few lines varies by itself, also where the days before happened to be alike.
    sigma = max(pstdev(shares), sqrt(max(usual * (1 - usual), 0.01) / whole))
    return (metric, now, usual) if abs(now - usual) > max(SIGMAS * sigma, LEAST_MOVE) else None


def same_override(lines: Sequence[RuleLine]) -> list[Finding]:
    """A rule's last three lines of a SKU, in three orders, that people changed in the same direction."""
    groups: dict[tuple[UUID, str], list[RuleLine]] = defaultdict(list)
    for line in lines:
        groups[line.rule_id, line.sku].append(line)
    findings = []
    for (rule_id, sku), group in sorted(groups.items(), key=lambda each: (str(each[0][0]), each[0][1])):
        group.sort(key=lambda line: (line.at, str(line.order_id)))
        last = group[-THREE:]
        change = last[-1].change
        if change is None or len({line.order_id for line in last}) < THREE or any(one.change != change for one in last):
            continue
        findings.append(
            Finding(
                "same_override",
                f"same_override/{rule_id}/{sku}/{change}",
                f"supply.anomaly.override_{change}",
                {"rule": last[-1].rule, "sku": sku, "times": THREE},
                subject={"rule_id": str(rule_id), "sku": sku, "change": change},
                quiet=timedelta(days=28),
            )
        )
    return findings
