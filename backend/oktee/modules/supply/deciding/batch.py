"""A batch of orders: each gets its state; those that wait get a proposal."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import AMAZON
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.modules.supply import answering
from oktee.modules.supply.answers.protocol import FLYING
from oktee.modules.supply.branding import look_up_brands
from oktee.modules.supply.deciding.leaving import Automation, read_automation
from oktee.modules.supply.deciding.proposals import propose_together
from oktee.modules.supply.deciding.state_rows import state_row
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.outside import (
    answered_status,
    mark_outside,
    note_outside,
    read_earlier,
    read_known,
    refresh_outside,
    rejected_values,
)
from oktee.modules.supply.promised import Promises
from oktee.modules.supply.reserving import release, release_all
from oktee.modules.supply.states import put_states
from oktee.modules.supply.tables import Acknowledgement, OrderState
from oktee.notify.outbox import publish


async def decide_batch(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    *,
    zone: str,
    submit: work.Kind,
    collect: work.Kind | None = None,
    promises: Promises | None = None,
) -> None:
    """Give each of these orders its state; those that wait get a proposal, and an answer where automation sends.

    `collect`: the job that decides a burst when it is over. Orders that came short wait for it; without it none does.
    `promises`: what waiting proposals promise, carried from one batch of a run to the next.
    """
    now = present()
    automation = await read_automation(session)
    ids = [order.id for order in orders]
    await look_up_brands(session, [order for order in orders if order.units == 0 or answered_elsewhere(order)])
    locked = select(OrderState).where(OrderState.purchase_order_id.in_(ids)).order_by(OrderState.purchase_order_id)
    states = {state.purchase_order_id: state for state in (await session.execute(locked.with_for_update())).scalars()}
    answers = await _latest_answers(session, ids)
    others = [order for order in orders if answered_elsewhere(order)]
    earlier = await read_earlier(session, {order.vendor_code for order in others})
    told = [order for order in others if order.id in states]
    known = await read_known(session, told, [states[order.id] for order in told])
    waiting: list[PurchaseOrder] = []
    settled: list[dict[str, Any]] = []
    for order in orders:
        state, answer = states.get(order.id), answers.get(order.id)
        if answer is not None and answer.state in FLYING:
            continue  # it left between the look and the lock
        ours = answer is not None and answer.state in ("seen", "mismatch")
        if order.units == 0:
            await answering.supersede_planned(session, order.id, cause="cancelled", actor=AMAZON)
            await release_all(session, order.id)
            settled.append(state_row(order, automation, status="cancelled", decided_by=("amazon", "Amazon")))
        elif not ours and answered_elsewhere(order):
            if state is None:
                settled.append(await _outside(session, order, automation, earlier))
                continue
            if state.answered_by in ("outside", "history"):
                await refresh_outside(session, order, state, known)
            else:
                await mark_outside(session, order, state, known)
            state.revision = order.revision
        else:
            planned = answer is not None and answer.state == "planned"
            if planned and await answering.supersede_planned(session, order.id, cause="decided_again"):
                await release(session, order.id)  # what it held is free for the new proposal
            waiting.append(order)
    await session.flush()
    cut = await rejected_values(session, [row["purchase_order_id"] for row in settled if row["cut"]])
    for row in settled:
        row["cut_value"] = cut.get(row["purchase_order_id"])
    await put_states(session, settled)
    # An order with an answer of ours in effect is decided alone: only it may count on what it holds already.
    alone = [order for order in waiting if order.id in answers and answers[order.id].state in ("seen", "mismatch")]
    together: dict[UUID, list[PurchaseOrder]] = {}
    for order in waiting:
        if order not in alone:
            together.setdefault(order.connection_id, []).append(order)  # numbers are unique within a connection only
    for group in [*together.values(), *([order] for order in alone)]:
        await propose_together(
            session,
            group,
            states,
            answers,
            automation,
            zone=zone,
            now=now,
            submit=submit,
            collect=collect,
            promises=promises,
        )
    for order in waiting:
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await reflect(session, ids)
    if len(waiting) < len(orders):  # history comes by the hundred: one event says that the lists have grown
        await publish(session, "order.created", orders=len(orders) - len(waiting))


def answered_elsewhere(order: PurchaseOrder) -> bool:
    shown = order.confirmation not in (None, "UNCONFIRMED")
    return shown or order.first_acknowledged_at is not None or order.state in ("Acknowledged", "Closed")


async def _outside(
    session: AsyncSession, order: PurchaseOrder, automation: Automation, earlier: Mapping[str, int]
) -> dict[str, Any]:
    """The state of an order that had its answer when we first saw it."""
    verified = automation.verified.get(order.connection_id)
    answered = order.first_acknowledged_at or order.state_changed_at or order.ordered_at
    history = verified is None or answered <= verified
    row = state_row(
        order,
        automation,
        status=answered_status(order),
        decided_by=("outside", "outside OKTee"),
        answered_by="history" if history else "outside",
        answered_at=answered,
    )
    if not history:
        await note_outside(session, order, before=None, earlier=earlier)
    return row


async def _latest_answers(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Acknowledgement]:
    statement = (
        select(Acknowledgement)
        .where(Acknowledgement.purchase_order_id.in_(ids), Acknowledgement.state.not_in(("superseded", "failed")))
        .order_by(Acknowledgement.purchase_order_id, Acknowledgement.answer)
    )
    return {answer.purchase_order_id: answer for answer in (await session.execute(statement)).scalars()}
