"""What stops automation, by cause: which hold belongs to which, whose work it is, and what mends it. Pure, and no rule: some holds are people's and Amazon's.

A hold that is not named here falls to the family of its id, so that a new rule has a cause from its first day.
"""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Cause:
    """`fixes`: acts that mend it, the most likely first (open_rule and change_rule lead to the rule). `anomaly`: found by looking at many orders, not by deciding one."""

    severity: Severity
    owner_role: str
    fixes: tuple[str, ...]
    anomaly: bool = False


CAUSES: Final[dict[str, Cause]] = {
    "no_match": Cause("warning", "supply_operator", ("match_sku", "take", "decide_again")),
    "ambiguous_match": Cause("warning", "supply_operator", ("take", "decide_again")),
    "stock_missing": Cause("warning", "supply_operator", ("take", "decide_again")),
    "stock_old": Cause("warning", "supply_operator", ("use_stock", "take", "decide_again")),
    "nothing_to_take": Cause("warning", "supply_manager", ("take", "backorder", "decide_again")),
    "cost_differs": Cause("warning", "supply_manager", ("accept_cost", "take", "decide_again")),
    "case_pack": Cause("warning", "supply_operator", ("accept_pack", "take", "decide_again")),
    "window": Cause("warning", "supply_operator", ("backorder", "take", "decide_again")),
    "below_minimum": Cause("info", "supply_operator", ("accept_minimum", "take", "decide_again")),
    "blocked_item": Cause("warning", "supply_manager", ("accept_item", "take", "decide_again")),
    "over_limit": Cause("info", "supply_manager", ("accept_order",)),
    "low_share": Cause("warning", "supply_manager", ("accept_order", "decide_again")),
    "order_type": Cause("info", "supply_manager", ("accept_order",)),
    "unknown_deal": Cause("info", "supply_manager", ("accept_order", "decide_again")),
    "rule_conflict": Cause("warning", "supply_manager", ("accept_order", "take", "decide_again")),
    "other_rule": Cause("warning", "supply_manager", ("accept_order", "take", "decide_again")),
    "deadline": Cause("critical", "supply_manager", ("confirm", "decide_again")),
    "send_failed": Cause("critical", "supply_manager", ("send_again", "decide_again")),
    "mismatch": Cause("critical", "supply_manager", ("send_again", "decide_again")),
    "changed": Cause("warning", "supply_operator", ("accept_change", "decide_again")),
    "second_person": Cause("warning", "supply_manager", ("decide_again",)),
    "not_sent": Cause("critical", "supply_manager", ("confirm", "decide_again")),
    "uncancelled": Cause("warning", "supply_operator", ("confirm", "decide_again")),
    "connection": Cause("critical", "admin", ("decide_again",)),
    "unreadable": Cause("critical", "supply_manager", ("ask_amazon", "acknowledge"), anomaly=True),
    "silence": Cause("warning", "supply_manager", ("ask_amazon", "acknowledge"), anomaly=True),
    "season": Cause("warning", "supply_manager", ("pause_code", "acknowledge"), anomaly=True),
    "asked_twice": Cause("warning", "supply_operator", ("hold", "acknowledge"), anomaly=True),
    "unlike": Cause("warning", "supply_operator", ("hold", "acknowledge"), anomaly=True),
    "not_shipped": Cause("critical", "supply_operator", ("ask_amazon", "acknowledge"), anomaly=True),
    "not_received": Cause("warning", "supply_operator", ("ask_amazon", "acknowledge"), anomaly=True),
    "free_days": Cause("warning", "supply_operator", ("ship", "ask_amazon", "acknowledge"), anomaly=True),
    "backorder_due": Cause("warning", "supply_operator", ("redate", "acknowledge"), anomaly=True),
    "cost_update": Cause("warning", "supply_manager", ("told",), anomaly=True),
    "replacement": Cause("warning", "supply_manager", ("told",), anomaly=True),
    "stuck": Cause("critical", "supply_operator", ("ask_amazon", "acknowledge"), anomaly=True),
    "rule_moved": Cause("warning", "supply_manager", ("pause_rule", "open_rule", "acknowledge"), anomaly=True),
    "same_override": Cause("info", "supply_manager", ("change_rule", "acknowledge"), anomaly=True),
}
"""Every cause. A message holds for exactly one of them."""

BY_MESSAGE: Final = {
    "supply.match.unmapped": "no_match",
    "supply.stock.unknown": "stock_missing",
    "supply.cut.nothing_taken": "nothing_to_take",
    "supply.cut.pack_rest_too_large": "case_pack",
    "supply.hold.line_value": "over_limit",
    "supply.hold.order_value": "over_limit",
    "supply.hold.unknown_deal": "unknown_deal",
    "supply.hold.line_cut": "rule_conflict",
    "supply.hold.cut_value": "rule_conflict",
    "supply.hold.minimum_order": "below_minimum",
    "supply.hold.confirmed_share": "low_share",
    "supply.hold.consigned_order": "order_type",
    "supply.hold.unknown_order_type": "order_type",
    "supply.hold.import_order": "order_type",
    "supply.hold.changed_after_answer": "changed",
    "supply.hold.uncancelled": "uncancelled",
    "supply.hold.second_person": "second_person",
    "supply.hold.not_planned": "not_sent",
    "supply.hold.hours_too_late": "not_sent",
    "supply.answer.connection_lost": "connection",
}
BY_FAMILY: Final = {
    "answer": "not_sent",
    "match": "ambiguous_match",
    "units": "case_pack",
    "pack": "case_pack",
    "lifecycle": "blocked_item",
    "price": "cost_differs",
    "margin": "cost_differs",
    "window": "window",
    "stock": "stock_old",
    "minimum": "below_minimum",
    "backorder": "nothing_to_take",
    "cut": "nothing_to_take",
}
BY_A_PERSON: Final = frozenset({"supply.hold.by_person", "supply.answer.stopped_by_person"})
"""A person's own hold is no problem that somebody else has to find."""

NEVER_APPROVED: Final = frozenset(
    {
        "supply.price.order_cost_missing",
        "supply.price.order_cost_not_positive",
        "supply.price.by_weight",
        "supply.cut.nothing_taken",
    }
)
"""Amazon takes no answer like this, or there is no quantity to approve."""


def cause_of(message: str) -> str | None:
    """The cause of a hold by its message; None for what a person held."""
    if message in BY_A_PERSON:
        return None
    if message in BY_MESSAGE:
        return BY_MESSAGE[message]
    return BY_FAMILY.get(message.split(".")[1], "other_rule")


def approvable(message: str, outcome: str) -> bool:
    """Whether a person may say that this hold need not hold: only where the rules have a suggestion beneath it."""
    return outcome == "holds" and message not in NEVER_APPROVED


def fixes_of(cause: str, message: str, outcome: str) -> tuple[str, ...]:
    """The fixes that this very hold takes."""
    return tuple(fix for fix in CAUSES[cause].fixes if not fix.startswith(APPROVING) or approvable(message, outcome))


APPROVING: Final = ("accept_cost", "accept_pack", "accept_minimum", "accept_item", "accept_order", "use_stock")
"""Fixes that approve the hold as it stands; the order is then decided again with that in mind."""
OF_ARRIVAL: Final = ("asked_twice", "unlike")
"""Anomalies of an order as it came: to be looked at before it is answered."""
