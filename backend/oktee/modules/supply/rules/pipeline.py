"""The rules in the order in which they see a line, and the gates in the order in which they see the order."""

from oktee.modules.supply.rules.allotment import backorder, case_pack, cut, minimum
from oktee.modules.supply.rules.gates import (
    Gate,
    changed_after_answer,
    confirmed_share,
    import_order,
    line_value,
    order_type,
    order_value,
)
from oktee.modules.supply.rules.identity import contents, lifecycle, match_item, units
from oktee.modules.supply.rules.line import Rule
from oktee.modules.supply.rules.price import price
from oktee.modules.supply.rules.stock import arrives_in_window, stock
from oktee.modules.supply.rules.window import window

ENGINE_VERSION = "2"
"""Raised whenever the same inputs and settings may lead to another decision."""

RULES: tuple[Rule, ...] = (
    Rule("match", 1, match_item),
    Rule("units", 1, units),
    Rule("contents", 1, contents),
    Rule("lifecycle", 1, lifecycle),
    Rule("price", 1, price),
    Rule("window", 1, window),
    Rule("stock", 1, stock),
    Rule("arrives_in_window", 1, arrives_in_window),
    Rule("minimum", 1, minimum),
    Rule("case_pack", 1, case_pack),
    Rule("backorder", 1, backorder),
    Rule("cut", 1, cut),
    Rule("line_value", 1, line_value),
)

GATES: tuple[Gate, ...] = (
    Gate("order_value", 1, order_value),
    Gate("confirmed_share", 1, confirmed_share),
    Gate("order_type", 1, order_type),
    Gate("import_order", 1, import_order),
    Gate("changed_after_answer", 1, changed_after_answer),
)
