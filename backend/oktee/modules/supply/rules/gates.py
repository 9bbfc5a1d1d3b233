"""What holds a line or a whole order for a person although every quantity is decided."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from oktee.modules.supply.rules.decision import LineDecision, Totals
from oktee.modules.supply.rules.inputs import Context, OrderInput
from oktee.modules.supply.rules.line import LineState, Verdict

ORDER_TYPES = frozenset({"RegularOrder", "ConsignedOrder", "NewProductIntroduction", "RushOrder"})
_SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order after all its lines were decided."""

    order: OrderInput
    lines: tuple[LineDecision, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate on the order; `apply` returns None when it lets the order through."""

    id: str
    version: int
    apply: Callable[[OrderState, Context], Verdict | None]


def line_value(state: LineState, ctx: Context) -> Verdict | None:
    """The confirmed value of one line above the limit."""
    limit, cost, currency = ctx.settings.hold_line_value, state.line.net_cost, state.line.currency
    if limit is None or cost is None or currency is None:
        return None
    value = cost * (state.accepted + state.backordered)
    if value <= limit:
        return None
    return ("holds", "supply.hold.line_value", ((value, currency), (limit, currency)))


def order_value(state: OrderState, ctx: Context) -> Verdict | None:
    """The confirmed value of the order above the limit, in any one currency."""
    limit = ctx.settings.hold_order_value
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
    limit = ctx.settings.hold_confirmed_share
    if limit is None:
        return None
    asked = confirmed = 0
    for line in state.lines:
        if line.trace and line.trace[-1].outcome != "stops":
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
        if kind == "ConsignedOrder" and ctx.settings.hold_consigned:
            return ("holds", "supply.hold.consigned_order", ())
        return None
    return ("holds", "supply.hold.unknown_order_type", (kind,))


def import_order(state: OrderState, ctx: Context) -> Verdict | None:
    """Import orders have their own terms of delivery."""
    if state.order.import_order and ctx.settings.hold_import:
        return ("holds", "supply.hold.import_order", ())
    return None


def changed_after_answer(state: OrderState, ctx: Context) -> Verdict | None:
    """Amazon changed an order that we had answered."""
    order = state.order
    answered = order.answered_revision
    if answered is None or answered >= order.revision or not ctx.settings.hold_changed_after_answer:
        return None
    return ("holds", "supply.hold.changed_after_answer", (str(answered), str(order.revision)))
