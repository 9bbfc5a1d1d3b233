"""Answers that are not ours: what follows when somebody answered an order past OKTee, or changes such an answer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, and_, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import stock
from oktee.journal.record import OUTSIDE, SYSTEM, Subject, record
from oktee.journal.tables import JournalEntry
from oktee.kit.database import new_id
from oktee.modules.supply import answering
from oktee.modules.supply.line_answers import pieces_of, places_for
from oktee.modules.supply.order_entries import correlation, record_order
from oktee.modules.supply.reserving import release_all
from oktee.modules.supply.tables import Acknowledgement, AutomationPause, DecisionLine, OrderState
from oktee.notify.outbox import publish

AGAIN_WITHIN = timedelta(days=7)
CONFIRMED = {"ACCEPTED": "confirmed", "PARTIALLY_ACCEPTED": "partly_confirmed", "REJECTED": "rejected"}


def answered_status(order: PurchaseOrder) -> str:
    """The shown status of an order that has its answer (web/PRODUCT 0.5)."""
    if order.received_units and order.accepted_units:
        return "received" if order.received_units >= order.accepted_units else "receiving"
    if order.state == "Closed" or order.status == "CLOSED":
        return "rejected" if order.confirmation == "REJECTED" else "closed"
    return CONFIRMED.get(order.confirmation or "", "confirmed")


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch of orders needs when somebody else answered them, read in one statement each: by order what Amazon shows
    as accepted of each line, the lines decided, the value rejected, whether an answer is planned; by vendor code how often
    it happened this week."""

    accepted: Mapping[UUID, Mapping[str, int]]
    decided: Mapping[UUID, Sequence[DecisionLine]]
    rejected: Mapping[UUID, Decimal]
    planned: frozenset[UUID]
    earlier: Mapping[str, int]


async def read_known(session: AsyncSession, orders: Sequence[PurchaseOrder], states: Iterable[OrderState]) -> Known:
    """The caller holds the orders, so what is read stays true until the commit."""
    ids = [order.id for order in orders]
    if not ids:
        return Known({}, {}, {}, frozenset(), {})
    lines: dict[UUID, list[DecisionLine]] = defaultdict(list)
    decisions = [state.decision_id for state in states if state.decision_id is not None]
    statement = select(DecisionLine).where(DecisionLine.decision_id.in_(decisions))
    for line in (await session.execute(statement)).scalars() if decisions else ():
        lines[line.decision_id].append(line)
    planned = select(Acknowledgement.purchase_order_id).where(
        Acknowledgement.purchase_order_id.in_(ids), Acknowledgement.state == "planned"
    )
    return Known(
        await read_accepted(session, ids),
        lines,
        await rejected_values(session, ids),
        frozenset((await session.execute(planned)).scalars()),
        await read_earlier(session, {order.vendor_code for order in orders}),
    )


async def read_accepted(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Eaches that Amazon shows as accepted, by order and line."""
    shown = PurchaseOrderLineStatus
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    statement = select(shown.purchase_order_id, shown.sequence, shown.accepted_units).where(
        shown.purchase_order_id.in_(ids)
    )
    for order_id, sequence, units in (await session.execute(statement)).all():
        found[order_id][sequence] = units
    return found


async def read_earlier(session: AsyncSession, codes: Collection[str]) -> dict[str, int]:
    """How often each of these vendor codes was answered past us within a week, as committed."""
    if not codes:
        return {}
    entry = JournalEntry
    statement = (
        select(entry.vendor_code, func.count())
        .where(
            entry.kind == "order.answered_outside",
            entry.vendor_code.in_(codes),
            entry.at > func.now() - AGAIN_WITHIN,
        )
        .group_by(entry.vendor_code)
    )
    return {code: count for code, count in (await session.execute(statement)).all() if code is not None}


async def mark_outside(
    session: AsyncSession, order: PurchaseOrder, state: OrderState, known: Known | None = None
) -> None:
    """Somebody else answered: our send stops, the reservation becomes what was accepted, and it is shown as such."""
    before, known = state.status, known or await read_known(session, [order], [state])
    if order.id in known.planned:
        await answering.supersede_planned(session, order.id, cause="answered_outside", actor=OUTSIDE)
    await _reserve_accepted(session, order, state, known)
    state.status = answered_status(order)
    state.answered_by = "outside"
    state.answered_at = order.first_acknowledged_at
    state.decided_by_type, state.decided_by_name = "outside", "outside OKTee"
    state.taken, state.backordered, state.cut = order.accepted_units, 0, order.rejected_units
    state.cut_value = known.rejected.get(order.id)
    state.undecided_lines, state.hold, state.send_at, state.proposed = 0, [], None, False
    await note_outside(session, order, before=before, earlier=known.earlier)


async def refresh_outside(session: AsyncSession, order: PurchaseOrder, state: OrderState, known: Known) -> None:
    """An order that others answered, as Amazon shows it now: their numbers may change, and come after their answer."""
    if state.answered_by == "outside" and state.decision_id is not None and state.taken != order.accepted_units:
        await _reserve_accepted(session, order, state, known)
    state.status = answered_status(order)
    if state.cut != order.rejected_units or (state.cut_value is None and order.rejected_units):
        state.cut_value = known.rejected.get(order.id)
    state.taken, state.cut = order.accepted_units, order.rejected_units
    state.answered_at = order.first_acknowledged_at or state.answered_at


async def _reserve_accepted(session: AsyncSession, order: PurchaseOrder, state: OrderState, known: Known) -> None:
    if state.decision_id is None:
        await release_all(session, order.id)
        return
    accepted, decided = known.accepted.get(order.id, {}), known.decided.get(state.decision_id, ())
    lines = {line.sequence: pieces_of(line, accepted.get(line.sequence, 0)) for line in decided}
    placed = {
        line.sequence: places
        for line in decided
        if (places := places_for(line, accepted.get(line.sequence, 0))) is not None
    }
    await stock.set_reservation(
        session, purchase_order_id=order.id, source_type="order", source_id=str(new_id()), lines=lines, placed=placed
    )


async def rejected_values(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What these orders were worth where Amazon shows a rejection, in the currency of the order."""
    line, shown = PurchaseOrderLine, PurchaseOrderLineStatus
    same = and_(line.purchase_order_id == shown.purchase_order_id, line.sequence == shown.sequence)
    statement = (
        select(shown.purchase_order_id, func.sum(shown.rejected_units * cast(line.net_cost, Numeric)))
        .join(line, same)
        .where(shown.purchase_order_id.in_(ids), shown.rejected_units > 0, line.net_cost.is_not(None))
        .group_by(shown.purchase_order_id)
    )
    found: dict[UUID, Any] = dict((await session.execute(statement)).all())
    return found


async def note_outside(
    session: AsyncSession, order: PurchaseOrder, *, before: str | None, earlier: Mapping[str, int] | None = None
) -> None:
    """Journal it; the second time within a week automation pauses for that vendor code and says why. `earlier`: how often it
    happened, by vendor code, as committed."""
    known = await read_earlier(session, [order.vendor_code]) if earlier is None else earlier
    # Audit entries are written as the last act of a transaction: those of this one are not in the table yet.
    pending: list[JournalEntry] = session.info.get("audit", [])
    times = known.get(order.vendor_code, 0) + sum(
        entry.kind == "order.answered_outside" and entry.vendor_code == order.vendor_code for entry in pending
    )
    await record_order(
        session,
        order,
        "order.answered_outside",
        actor=OUTSIDE,
        audit=True,
        payload={
            "accepted": order.accepted_units,
            "rejected": order.rejected_units,
            "confirmation": order.confirmation,
            "status_before": before,
        },
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    if not times:
        return
    reason = {
        "message": "supply.automation.paused_outside",
        "values": {
            "vendor_code": {"type": "text", "value": order.vendor_code},
            "orders": {"type": "quantity", "value": times + 1},
            "po_number": {"type": "text", "value": order.po_number},
        },
    }
    made = await session.execute(
        insert(AutomationPause)
        .values(connection_id=order.connection_id, vendor_code=order.vendor_code, reason=reason)
        .on_conflict_do_nothing()
        .returning(AutomationPause.vendor_code)
    )
    if made.first() is not None:
        await record(
            session,
            "automation.paused",
            actor=SYSTEM,
            subject=Subject("vendor_code", order.vendor_code, order.vendor_code),
            payload=reason,
            audit=True,
            correlation_id=correlation(order),
            marketplace_id=order.marketplace_id,
            vendor_code=order.vendor_code,
            brand=order.brand,
        )
        await publish(session, "automation.changed")
