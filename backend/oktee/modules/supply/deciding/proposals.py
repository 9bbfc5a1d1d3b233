"""Proposals for orders that wait, and their answers where automation sends."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor
from oktee.kit import work
from oktee.kit.errors import OKTeeError
from oktee.modules.supply import answering
from oktee.modules.supply.clocks import UNTOUCHED, read_clocks
from oktee.modules.supply.collecting import COLLECT, came_short, collected_until
from oktee.modules.supply.deciding.holds import KEPT, UNCANCELLED
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.deciding.leaving import MARGIN, Automation, read_pauses
from oktee.modules.supply.deciding.state_rows import state_row
from oktee.modules.supply.keeping_lines import untouched_lines
from oktee.modules.supply.notices import notice
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.promised import Promises
from oktee.modules.supply.proposing.inputs import propose, read_inputs
from oktee.modules.supply.proposing.storing import store
from oktee.modules.supply.proposing.totals import decided_by, totals_json
from oktee.modules.supply.retelling import Said, read_said, said_of
from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.second_person import SECOND as SECOND_PERSON
from oktee.modules.supply.second_person import Confirming, is_hard
from oktee.modules.supply.states import deadline, put_states
from oktee.modules.supply.tables import Acknowledgement, OrderState
from oktee.modules.supply.unsent import hold_unsent, hours_too_late, why_not

log = structlog.get_logger(__name__)


async def propose_together(
    session: AsyncSession,
    orders: list[PurchaseOrder],
    states: dict[UUID, OrderState],
    answers: dict[UUID, Acknowledgement],
    automation: Automation,
    *,
    zone: str,
    now: datetime,
    submit: work.Kind,
    collect: work.Kind | None,
    promises: Promises | None = None,
) -> None:
    kept = await untouched_lines(session, orders, states)
    inputs = await read_inputs(
        session,
        orders,
        settings=automation.settings,
        book=automation.book,
        zone=zone,
        now=now,
        kept=kept,
        promises=promises,
    )
    proposals = propose(inputs)
    # What a person rejected whole stays so, and is never sent without one.
    one_way = {number for (number, _), line in kept.items() if line.asked and not line.taken and not line.backordered}
    # So does a reason that ends a product, and who chose it stays asked for a second person.
    for_good = {number for (number, _), line in kept.items() if is_hard(line)}
    one_way |= for_good
    told = await read_said(
        session, proposals, {order.po_number: states[order.id] for order in orders if order.id in states}
    )
    summaries: dict[tuple[str, str], str] = {}
    made = await store(session, inputs, proposals, settings_version=automation.version, kept=kept, summaries=summaries)
    clocks = await read_clocks(session, orders)
    rows: list[dict[str, Any]] = []
    ready: list[tuple[PurchaseOrder, datetime, Actor]] = []
    bursts: list[datetime] = []
    held_for = {key: [step["message"] for step in state.hold] for key, state in states.items()}
    unsent: list[tuple[PurchaseOrder, dict[str, Any], Actor]] = []
    for proposal in proposals:
        order = inputs.orders[proposal.number]
        before = states.get(order.id)
        answered = answers.get(order.id)
        changed = answered is not None and answered.state in ("seen", "mismatch")
        # A person's hold outlives what Amazon changes: only a person ends it.
        own = [step for step in before.hold if step["message"] in KEPT] if before is not None else []
        if before is not None and order.po_number in for_good:
            own += [step for step in before.hold if step["message"] == SECOND_PERSON]
        if before is not None and before.status == "cancelled":
            own.append(notice(UNCANCELLED))
        status = "changed" if changed else "held" if proposal.held or own else "to_confirm"
        holds = [step.to_json() for step in proposal.holds] if proposal.held else []
        available = before.became_available_at if before is not None else automation.available_at(order)
        undecided = sum(
            1 for line in proposal.lines if line.undecided or (line.held and not line.taken and not line.cancelled)
        )
        row = state_row(
            order, automation, status=status, decided_by=("rule", decided_by(proposal)), available=available
        ) | {
            "decision_id": made[order.id],
            "hold": [*own, *holds],
            "answered_by": "oktee" if changed and before is not None else None,
            "taken": proposal.totals.accepted,
            "backordered": proposal.totals.backordered,
            "cut": proposal.totals.rejected,
            "undecided_lines": undecided,
            "cut_value": _cut_value(proposal),
        }
        row |= clocks.get(order.id, UNTOUCHED).columns(order, before, answered if changed else None)
        rows.append(row)
        await _note_proposal(session, order, proposal, made[order.id], told.get(order.po_number), holds, summaries)
        free = not row["hold"] and not changed and undecided == 0 and order.po_number not in one_way
        if collect is not None and not changed and came_short(proposal):
            latest = deadline(order) - MARGIN
            minutes = automation.settings.collect_minutes
            until = collected_until(order, available=available, minutes=minutes, latest=latest, now=now)
            if until is not None:
                bursts.append(until)
                continue
        if free and automation.sends(order, available):
            at = automation.send_at(now, order, proposal.rules)
            by = Actor("rule", decided_by(proposal))
            if at is not None:
                ready.append((order, at, by))
            else:
                unsent.append((order, hours_too_late(deadline(order)), by))
    await put_states(session, rows)
    if collect is not None and bursts:
        await work.schedule(session, collect, f"{COLLECT}{orders[0].connection_id}", due_at=min(bursts))
    paused = await read_pauses(session)  # this very batch may have paused a vendor code
    for order, at, rule in sorted(ready, key=lambda one: one[0].po_number):
        if (order.connection_id, order.vendor_code) in paused:
            continue
        state = await answering.lock_state(session, order.id)
        await session.refresh(state)
        try:
            answer = await answering.plan(
                session, order, state, by=Confirming(rule, may_reject_hard=False), send_at=at, reason=automation.settings.mode, now=now
            )  # fmt: skip
        except OKTeeError as refused:  # one order's fault stops no other; this one waits for a person
            log.warning("not_answered", po_number=order.po_number, code=refused.code, detail=refused.detail)
            unsent.append((order, why_not(refused), rule))
            continue
        await work.schedule(session, submit, answer_key(answer), due_at=answer.send_at)
    for order, why, by in unsent:
        state = await answering.lock_state(session, order.id)
        await session.refresh(state)
        await hold_unsent(session, order, state, why, by=by, told=held_for.get(order.id, ()))


def _cut_value(proposal: Proposed) -> Decimal | None:
    amounts = proposal.totals.amounts
    return amounts[0].rejected if len(amounts) == 1 else None


async def _note_proposal(
    session: AsyncSession,
    order: PurchaseOrder,
    proposal: Proposed,
    decision_id: UUID,
    told: Said | None,
    holds: list[dict[str, Any]],
    summaries: dict[tuple[str, str], str],
) -> None:
    """One entry per order; its lines, with every value as it was, are in the payload. A hold that is told already is told
    again when its reasons or lines are others; a new answer beneath the same hold is a proposal."""
    held_anew = proposal.held
    if told is not None:
        now_said = said_of(proposal)
        if told == now_said:
            return
        held_anew = held_anew and not now_said.holds_as(told)
    await record_order(
        session,
        order,
        "order.held" if held_anew else "order.proposed",
        actor=Actor("rule", decided_by(proposal)),
        outcome="held" if proposal.held else "ok",
        payload={
            "decision_id": str(decision_id),
            "revision": proposal.revision,
            "totals": totals_json(proposal),
            "holds": holds[:20],
            "lines": [
                {
                    "sequence": line.sequence,
                    "asked": line.ordered,
                    "taken": line.accepted,
                    "backordered": line.backordered,
                    "cut": line.rejected,
                    "summary": orjson.Fragment(
                        str(summaries.get((proposal.number, line.sequence)) or line.summary.to_text())
                    ),
                }
                for line in proposal.lines
            ],
        },
    )
