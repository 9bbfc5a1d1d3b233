"""The rules in the order in which they see a line, and the gates in the order in which they see the order."""

from dataclasses import replace

from oktee.modules.supply.rules.allotment import backorder, case_pack, cut, layers, line_cut, minimum
from oktee.modules.supply.rules.departure import capacity, freight_term, origin, road, travel, unit_terms
from oktee.modules.supply.rules.gates import (
    Gate,
    changed_after_answer,
    confirmed_share,
    cut_value,
    deal,
    import_order,
    launch,
    line_value,
    minimum_order,
    order_type,
    order_value,
    spike,
    training,
    unknown_place,
    unproved,
)
from oktee.modules.supply.rules.identity import contents, eligibility, lifecycle, match_item, units
from oktee.modules.supply.rules.line import Apply, Rule
from oktee.modules.supply.rules.pools import serving as pool
from oktee.modules.supply.rules.price import book_item, margin, price
from oktee.modules.supply.rules.stock import arrives_in_window, channel_cap, receipts, scarce, stock
from oktee.modules.supply.rules.window import window

ENGINE_VERSION = "6"
"""Raised whenever the same inputs and settings may lead to another decision."""

RULES: tuple[Rule, ...] = (
    Rule("match", 1, match_item),
    Rule("units", 1, units),
    Rule("unit_terms", 1, unit_terms),
    Rule("contents", 1, contents),
    Rule("lifecycle", 1, lifecycle),
    Rule("eligibility", 1, eligibility, lambda settings: settings.take_nothing),
    Rule("price", 2, price),
    Rule("book_item", 1, book_item, lambda settings: settings.hold_books),
    Rule("margin", 2, margin, lambda settings: settings.margin_floor is not None),
    Rule("freight_term", 1, freight_term),
    Rule("origin", 1, origin),
    Rule("travel", 1, travel),
    Rule("window", 2, window),
    Rule("capacity", 1, capacity),
    Rule("stock", 1, stock),
    Rule("channel_cap", 1, channel_cap, lambda settings: settings.amazon_share is not None),
    Rule("arrives_in_window", 1, arrives_in_window),
    Rule("allocation", 1, scarce),
    Rule("spike", 1, spike, lambda settings: settings.spike_value is not None),
    Rule("minimum", 1, minimum),
    Rule("case_pack", 1, case_pack),
    Rule("layers", 1, layers, lambda settings: settings.round_to_layers),
    Rule("backorder", 1, backorder),
    Rule("receipts", 1, receipts, lambda settings: settings.receipt_margin_days > 0),
    Rule("cut", 1, cut),
    Rule("line_cut", 1, line_cut, lambda settings: settings.hold_line_cut is not None),
    Rule("line_value", 1, line_value, lambda settings: settings.hold_line_value is not None),
    Rule("launch", 1, launch, lambda settings: settings.hold_incomplete_launch),
)

_ROAD = Rule("road", 1, road)
MOVED: tuple[Rule, ...] = tuple(rule for each in RULES for rule in ((each, _ROAD) if each.id == "window" else (each,)))
"""The same where somebody said on which days who carries or who receives works."""
_POOLED: dict[str, Apply] = {
    "origin": pool.origin,
    "travel": pool.travel,
    "window": pool.window,
    "stock": pool.stock,
    "channel_cap": pool.channel_cap,
}
_AFTER = {"channel_cap": Rule("whole_cases", 1, pool.whole), "backorder": Rule("sources", 1, pool.sources)}
POOLED: tuple[Rule, ...] = tuple(
    rule
    for each in MOVED
    for rule in (replace(each, apply=_POOLED.get(each.id, each.apply)), _AFTER.get(each.id))
    if rule is not None
)
"""The same for an order that only some warehouses serve."""

GATES: tuple[Gate, ...] = (
    Gate("order_value", 1, order_value),
    Gate("minimum_order", 1, minimum_order),
    Gate("cut_value", 1, cut_value),
    Gate("confirmed_share", 1, confirmed_share),
    Gate("order_type", 1, order_type),
    Gate("import_order", 1, import_order),
    Gate("unknown_place", 1, unknown_place),
    Gate("deal", 1, deal),
    Gate("training", 1, training),
    Gate("unproved", 1, unproved),
    Gate("changed_after_answer", 1, changed_after_answer),
)
