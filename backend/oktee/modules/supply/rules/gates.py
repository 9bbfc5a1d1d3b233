"""What holds a line or a whole order for a person although every quantity is decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from oktee.modules.supply.rules.book import BookRule
from oktee.modules.supply.rules.decision import LineDecision, Totals
from oktee.modules.supply.rules.inputs import Context, OrderInput
from oktee.modules.supply.rules.line import LineState
from oktee.modules.supply.rules.settings import Settings
from oktee.modules.supply.rules.trace import Verdict

LAUNCH = "NewProductIntroduction"
ENOUGH_LINES = 3
"""Fewer order lines of a product in eight weeks say nothing about what is usual."""
ORDER_TYPES = frozenset({"RegularOrder", "ConsignedOrder", "NewProductIntroduction", "RushOrder"})
MINIMUM_ORDER = "supply.hold.minimum_order"
_SHARE = Decimal("0.0001")
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order after all its lines were decided."""

    order: OrderInput
    lines: tuple[LineDecision, ...]
    totals: Totals
    rules: tuple[BookRule, ...]
    settings: Settings
    """The strictest of those rules."""
    together: Mapping[str, Decimal]
    """Confirmed of other orders for the same truck, by currency."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate on the order; `apply` returns None when it lets the order through."""

    id: str
    version: int
    apply: Callable[[OrderState, Context], Verdict | None]


def line_value(state: LineState, ctx: Context) -> Verdict | None:
    """The confirmed value of one line above the limit."""
    limit, cost, currency = state.settings.hold_line_value, state.line.net_cost, state.line.currency
    if limit is None or cost is None or currency is None:
        return None
    value = cost * (state.accepted + state.backordered)
    if value <= limit:
        return None
    return ("holds", "supply.hold.line_value", ((value, currency), (limit, currency)))


def spike(state: LineState, ctx: Context) -> Verdict | None:
    """Far more than usual of a product, and worth a look. A launch has no usual."""
    limit, usual, cost = state.settings.spike_value, state.line.usual, state.line.net_cost
    if limit is None or usual is None or cost is None or state.order.order_type == LAUNCH:
        return None
    asked = state.asked
    if usual.lines < ENOUGH_LINES or asked <= state.settings.spike_factor * usual.median or cost * asked <= limit:
        return None
    return ("holds", "supply.hold.spike", (asked, int(usual.median), usual.lines, (cost * asked, state.line.currency)))


def launch(state: LineState, ctx: Context) -> Verdict | None:
    """The first order of a new product needs its item complete in the catalogue."""
    if state.order.order_type != LAUNCH or not state.settings.hold_incomplete_launch:
        return None
    item = state.known_item
    missing = [name for name in ("title", "case_pack", "cost_price") if getattr(item, name) is None]
    return ("holds", "supply.hold.launch_incomplete", (item.sku, ", ".join(missing))) if missing else None


def order_value(state: OrderState, ctx: Context) -> Verdict | None:
    """The confirmed value of the order above the limit, in any one currency."""
    limit = state.settings.hold_order_value
    if limit is None:
        return None
    for amounts in state.totals.amounts:
        value = amounts.accepted + amounts.backordered
        if value > limit:
            raw = ((value, amounts.currency), (limit, amounts.currency))
            return ("holds", "supply.hold.order_value", raw)
    return None


def confirmed_share(state: OrderState, ctx: Context) -> Verdict | None:
    """Less than the agreed share confirmed. Lines that were stopped before their quantity was known do not count."""
    limit = state.settings.hold_confirmed_share
    if limit is None:
        return None
    asked = confirmed = 0
    for line in state.lines:
        if line.verdicts and not line.stopped:
            asked += line.ordered
            confirmed += line.accepted + line.backordered
    if asked == 0 or confirmed >= limit * asked:
        return None
    share = (Decimal(confirmed) / asked).quantize(_SHARE)
    return ("holds", "supply.hold.confirmed_share", (confirmed, asked, share, limit))


def order_type(state: OrderState, ctx: Context) -> Verdict | None:
    """Consigned goods stay ours, and a type that Amazon added later has no rules yet."""
    kind = state.order.order_type
    if kind is None or kind in ORDER_TYPES:
        if kind == "ConsignedOrder" and state.settings.hold_consigned:
            return ("holds", "supply.hold.consigned_order", ())
        return None
    return ("holds", "supply.hold.unknown_order_type", (kind,))


def import_order(state: OrderState, ctx: Context) -> Verdict | None:
    """Import orders have their own terms of delivery."""
    if state.order.import_order and state.settings.hold_import:
        return ("holds", "supply.hold.import_order", ())
    return None


def changed_after_answer(state: OrderState, ctx: Context) -> Verdict | None:
    """Amazon changed an order that we had answered."""
    order = state.order
    answered = order.answered_revision
    if answered is None or answered >= order.revision:
        return None
    return ("holds", "supply.hold.changed_after_answer", (str(answered), str(order.revision)))


def cut_value(state: OrderState, ctx: Context) -> Verdict | None:
    """What is cut of the order is worth more than a rule may cut alone, in any one currency."""
    limit = state.settings.hold_cut_value
    if limit is None:
        return None
    for amounts in state.totals.amounts:
        if amounts.rejected > limit:
            return ("holds", "supply.hold.cut_value", ((amounts.rejected, amounts.currency), (limit, amounts.currency)))
    return None


def minimum_order(state: OrderState, ctx: Context) -> Verdict | None:
    """What is confirmed for one truck is worth less than the least we ship; orders that travel together count as one."""
    limit = state.settings.minimum_order_value
    if limit is None:
        return None
    for amounts in state.totals.amounts:
        own = amounts.accepted + amounts.backordered
        together = own + state.together.get(amounts.currency, _NOTHING)
        if own > 0 and together < limit:
            return ("holds", MINIMUM_ORDER, ((together, amounts.currency), (limit, amounts.currency)))
    return None


def unknown_place(state: OrderState, ctx: Context) -> Verdict | None:
    """A vendor code or a destination that was never seen before."""
    if not state.settings.hold_unknown_places:
        return None
    order = state.order
    if order.new_vendor_code:
        return ("holds", "supply.hold.new_vendor_code", (order.vendor_code,))
    return ("holds", "supply.hold.new_destination", (order.destination,)) if order.new_destination else None


def deal(state: OrderState, ctx: Context) -> Verdict | None:
    """A deal that nobody named in the rules."""
    code, known = state.order.deal_code, state.settings.known_deals
    if code is None or known is None or code in known:
        return None
    return ("holds", "supply.hold.unknown_deal", (code,))


def training(state: OrderState, ctx: Context) -> Verdict | None:
    """The first orders of a new account are looked at."""
    first, earlier = state.settings.training_orders, state.order.earlier_answers
    if earlier is None or earlier >= first:
        return None
    return ("holds", "supply.hold.training", (earlier + 1, first))


def unproved(state: OrderState, ctx: Context) -> Verdict | None:
    """A rule that was enabled without a simulation is looked at for its first day."""
    if not state.settings.hold_unproved:
        return None
    for rule in state.rules:
        if rule.unproved_until is not None and ctx.now < rule.unproved_until:
            return ("holds", "supply.hold.rule_unproved", (rule.name, rule.version, rule.unproved_until))
    return None
