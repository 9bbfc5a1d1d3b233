"""Compares the order's cost with the agreed one; an answer never carries a cost above the order's."""

from decimal import Decimal
from typing import Final

from oktee.modules.supply.rules.inputs import Context, ItemSnapshot
from oktee.modules.supply.rules.line import LineState
from oktee.modules.supply.rules.settings import FarBelow
from oktee.modules.supply.rules.trace import Money, Verdict

ACCEPTED_LOSS: Final = "supply.price.far_below_accepted"
_SHARE = Decimal("0.0001")
_ROUNDING = Decimal("0.005")
"""An absolute difference that is rounding, not a price."""
_MISTAKE = Decimal("0.5")
"""Under this part of the agreed cost somebody has mistyped: no rule takes it for a loss that one accepts."""
_LARGEST = Decimal(10) ** 12
"""Beyond this a cost is a fault of the data; below it, shares and values stay exact in 28 digits."""


def price(state: LineState, ctx: Context) -> Verdict:
    """Accept at the order's cost when it is the agreed one or better; hold when it is lower than the tolerance allows."""
    line, item = state.line, state.known_item
    cost, currency = line.net_cost, line.currency
    if cost is None or currency is None or not cost.is_finite() or cost >= _LARGEST:
        return ("holds", "supply.price.order_cost_missing", ())
    asked = (cost, currency)
    # The API refuses costs that are zero or negative, so there is nothing that a person could send either.
    if cost <= 0:
        return ("holds", "supply.price.order_cost_not_positive", (asked,))
    if line.cost_unit is not None:
        return ("holds", "supply.price.by_weight", (asked, line.cost_unit))
    if item.cost_price is None or item.currency is None or item.cost_price <= 0:
        return ("flag", "supply.price.no_agreed_cost", (asked,))
    agreed_cost = item.cost_price if item.link_quantity == 1 else item.cost_price * item.link_quantity
    agreed = (agreed_cost, item.currency)
    if item.currency != currency:
        return ("holds", "supply.price.other_currency", (asked, agreed))
    settings = state.settings
    if item.cost_valid_from is not None or item.cost_valid_to is not None or item.cost_as_of is not None:
        unusable = _not_comparable(state, ctx, item, asked, agreed)
        if unusable is not None:
            return unusable
    tolerance = settings.price_tolerance if item.cost_tolerance is None else item.cost_tolerance
    if cost == agreed_cost:
        return ("pass", "supply.price.equal", (asked, agreed, tolerance))
    gap = cost - agreed_cost
    difference = (gap / agreed_cost).quantize(_SHARE)
    if abs(gap) <= max(_ROUNDING, tolerance * agreed_cost):
        return ("pass", "supply.price.within_tolerance", (asked, agreed, difference, tolerance))
    if gap > 0:
        return ("flag", "supply.price.order_pays_more", (asked, agreed, difference))
    max_loss = settings.price_max_loss
    if -gap > max_loss * agreed_cost:
        return _far_below(state, asked, agreed, difference, max_loss)
    return ("holds", "supply.price.below", (asked, agreed, difference, tolerance))


def _far_below(state: LineState, asked: Money, agreed: Money, difference: Decimal, max_loss: Decimal) -> Verdict:
    """A loss beyond what the rule set allows: a person decides, unless the rule set says otherwise."""
    settings, raw = state.settings, (asked, agreed, difference, max_loss)
    if settings.far_below is FarBelow.ACCEPT and asked[0] >= agreed[0] * _MISTAKE:
        return ("flag", ACCEPTED_LOSS, raw)
    if settings.far_below is FarBelow.REJECT and settings.may_reject_lines:
        state.refused = True
        return ("limits", "supply.price.far_below_rejected", raw)
    return ("holds", "supply.price.far_below", raw)


def _not_comparable(state: LineState, ctx: Context, item: ItemSnapshot, asked: Money, agreed: Money) -> Verdict | None:
    """An agreed cost that did not hold on the order's day, or that is too old, says nothing about this order."""
    since, until = item.cost_valid_from, item.cost_valid_to
    placed_on = state.calendar.day_of(state.order.placed_at) if since is not None or until is not None else None
    if placed_on is not None and (
        (since is not None and placed_on < since) or (until is not None and placed_on > until)
    ):
        return ("flag", "supply.price.agreed_cost_not_valid", (asked, agreed, placed_on))
    limit = state.settings.cost_max_age_days
    if item.cost_as_of is not None and (state.calendar.today - item.cost_as_of).days > limit:
        return ("flag", "supply.price.agreed_cost_old", (asked, agreed, item.cost_as_of, limit))
    return None


def book_item(state: LineState, ctx: Context) -> Verdict | None:
    """The answer to a book says what it costs its readers, so a person looks at it first."""
    if not state.line.book or not state.settings.hold_books:
        return None
    return ("holds", "supply.price.book", (state.line.asin,))


def margin(state: LineState, ctx: Context) -> Verdict | None:
    """What is left of the cost after what the goods cost us and what Amazon is expected to take back."""
    floor, line, item = state.settings.margin_floor, state.line, state.known_item
    cost, landed = line.net_cost, item.landed_cost
    if floor is None or cost is None or landed is None or cost <= 0 or item.currency != line.currency:
        return None
    if state.refused:
        return None  # nothing is sold, so nothing is lost
    landed *= item.link_quantity
    share = ((cost - landed - line.expected_fees) / cost).quantize(_SHARE)
    if share >= floor:
        return None
    currency = line.currency
    return ("holds", "supply.price.margin", ((cost, currency), share, floor))
