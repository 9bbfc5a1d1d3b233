"""Orders that come together share what is scarce: those that came short wait a while for others, and are decided with them.

Nothing but the decision itself says who waits: an order whose lines are all covered never does.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.answers.clock import RUSH, RUSH_WITHIN
from oktee.modules.supply.rules.decision import Decision
from oktee.modules.supply.tables import DecisionLine, OrderState

COLLECT = "collect:"
"""The key, before a connection's id, of the decision that ends a burst."""
MEMORY = timedelta(hours=4)
"""How long ago an order may have come that is still decided with a burst; no window is longer."""
SHORT = ("supply.stock.limits", "supply.stock.pieces_limit")


def came_short(proposal: Decision) -> bool:
    """A line for which there was less than it asked: others may have to share with it."""
    for line in proposal.lines:
        for check, verdict in zip(line.checks, line.verdicts, strict=True):
            if verdict[1] in SHORT or check.rule == "allocation":
                return True
    return False


def collected_until(
    order: PurchaseOrder, *, available: datetime, minutes: int, latest: datetime, now: datetime
) -> datetime | None:
    """When the burst that began with this order ends, never later than `latest` nor than a rush order may wait; None
    when it has ended."""
    wait = timedelta(minutes=minutes)
    if order.order_type == RUSH:
        wait = min(wait, RUSH_WITHIN)
    until = min(available + wait, latest)
    return until if until > now else None


def of_the_burst(now: datetime) -> ColumnElement[bool]:
    """Orders that came short a while ago and wait as a rule decided them."""
    line = DecisionLine
    short = or_(*(line.trace.contains([{"message": message}]) for message in SHORT))
    return and_(
        OrderState.status.in_(("to_confirm", "held")),
        OrderState.decided_by_type == "rule",
        OrderState.became_available_at > now - MEMORY,
        exists().where(line.decision_id == OrderState.decision_id, short),
    )
