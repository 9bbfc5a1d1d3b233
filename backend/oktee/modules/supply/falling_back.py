"""The Owner's fallback at T+23 h: what it answers, and the orders that it never answers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.journal.record import Actor
from oktee.kit.clock import now as present
from oktee.modules.supply import answering, costing
from oktee.modules.supply.decided import copy_decision, count, lines_of
from oktee.modules.supply.deciding.holds import HELD_BY_PERSON
from oktee.modules.supply.line_answers import default_date, follow, wire_totals
from oktee.modules.supply.notices import notice
from oktee.modules.supply.second_person import Confirming
from oktee.modules.supply.settings import Fallback
from oktee.modules.supply.tables import Acknowledgement, DecisionLine, OrderState

FALLBACK: Final = Actor("rule", "Fallback at 23 h")


@dataclass(frozen=True, slots=True)
class Quantities:
    """What is answered to a line, in eaches."""

    taken: int
    backordered: int
    cut: int


def quantities(line: DecisionLine, policy: Fallback) -> Quantities | None:
    """What this policy answers to a line; None when it has nothing to give: such a line keeps its whole order back.

    ACCEPT_AVAILABLE sends what the rules suggest, held or not; SEND_PARTIAL_HOLD_AS_ACCEPTED takes held and undecided
    lines whole; ACCEPT_ALL takes every line whole. None of them rejects a whole line.
    """
    suggested = line.taken is not None
    whole = policy == "ACCEPT_ALL" or (policy == "SEND_PARTIAL_HOLD_AS_ACCEPTED" and (bool(line.hold) or not suggested))
    if whole:
        return Quantities(line.asked, 0, 0)
    if policy == "DO_NOTHING" or not suggested:
        return None
    found = Quantities(line.taken or 0, line.backordered or 0, line.cut or 0)
    return found if found.taken + found.backordered > 0 else None


async def answer_by_fallback(
    session: AsyncSession, order: PurchaseOrder, state: OrderState, policy: Fallback
) -> Acknowledgement | None:
    """Plan the answer, or None where a line has nothing, or where a person holds the order: only they end that.

    The caller has locked `state` and asked whether this order may be answered without a person at all.
    """
    if state.decision_id is None or any(step["message"] in HELD_BY_PERSON for step in state.hold):
        return None
    current = await lines_of(session, state.decision_id)
    wanted = {line.sequence: quantities(line, policy) for line in current if line.asked > 0}
    if not wanted or any(found is None for found in wanted.values()):
        return None
    decision, lines = await copy_decision(session, state, actor=FALLBACK)
    for line in lines:
        found = wanted.get(line.sequence)
        if found is not None:
            _apply(line, found, order, policy)
    statement = select(PurchaseOrderLine).where(PurchaseOrderLine.purchase_order_id == order.id)
    mirrored = (await session.execute(statement)).scalars().all()
    await costing.keep(session, order, mirrored, lines)
    costs = {line.sequence: Decimal(line.net_cost or 0) for line in mirrored}
    sums = count(lines, costs)
    decision.totals, decision.hold = wire_totals(lines, costs, order.currency), []
    state.decision_id, state.decided_by_type, state.decided_by_name = decision.id, FALLBACK.type, FALLBACK.name
    state.taken, state.backordered, state.cut = sums["taken"], sums["backordered"], sums["cut"]
    state.undecided_lines, state.cut_value = sums["undecided_lines"], sums["cut_value"]
    state.hold = []
    return await answering.plan(
        session, order, state, by=Confirming(FALLBACK, may_reject_hard=False), send_at=present(), reason="fallback"
    )


def _apply(line: DecisionLine, found: Quantities, order: PurchaseOrder, policy: Fallback) -> None:
    before = line.taken
    if (line.taken, line.backordered, line.cut) == (found.taken, found.backordered, found.cut) and not line.hold:
        return
    line.summary = notice(
        "supply.summary.by_fallback",
        policy=policy,
        was=before,
        now=found.taken,
        backordered=found.backordered,
        cut=found.cut,
    )
    line.taken, line.backordered, line.cut = found.taken, found.backordered, found.cut
    follow(line)
    line.rejection_reason = (line.rejection_reason or "TemporarilyUnavailable") if found.cut else None
    line.ship_at = (line.ship_at or default_date(order)) if found.taken else None
    line.decided_by_type, line.decided_by_name, line.hold = FALLBACK.type, FALLBACK.name, []
    line.decided_by_id = None
