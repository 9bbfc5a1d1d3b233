"""What follows from an anomaly when a person presses it: hold the order, ask Amazon again, stop automation, pause the rule."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.runner import fetch_now, sweep_now
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.kit.errors import Conflict, field_error
from oktee.modules.supply import answering
from oktee.modules.supply.anomalies.promises import TOLD, over
from oktee.modules.supply.confirming import confirm_as_shown
from oktee.modules.supply.decided import lines_of
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.drafting import door_name, hold, mirrored_lines, save_draft
from oktee.modules.supply.exceptions.causes import OF_ARRIVAL
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ActionIn
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.notices import notice
from oktee.modules.supply.rule_sets.ordering import pause
from oktee.modules.supply.shipments.writing import create
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.tables import Acknowledgement, AutomationPause
from oktee.modules.supply.wire.asked import BulkOrder, DraftIn, DraftLine
from oktee.notify.alerts.telling import settle
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

ANOMALY_FIXES: Final = ("hold", "ask_amazon", "pause_code", "pause_rule", "ship", "redate")
STREAMS: Final = {
    "unreadable": ("purchase_orders",),
    "silence": ("purchase_orders",),
    "not_shipped": ("purchase_order_status", "shipments"),
    "not_received": ("purchase_order_status", "shipments"),
    "free_days": ("purchase_order_status", "shipments"),
    "stuck": ("purchase_order_status", "shipments"),
}
ASKED: Final = timedelta(minutes=45)
"""So long an anomaly is out of sight after Amazon was asked about it; if its answer changes nothing, it is back."""


class FixNotPossible(Conflict):
    """This exception does not take this fix."""


async def close(session: AsyncSession, caller: Caller, rows: Sequence[OrderException], body: ActionIn) -> None:
    """A person dealt with these."""
    await session.execute(
        update(OrderException)
        .where(OrderException.id.in_([row.id for row in rows]))
        .values(
            state="resolved",
            resolution=body.fix,
            note=body.note,
            resolved_at=func.now(),
            resolved_by_type="person",
            resolved_by_id=caller.user_id,
            resolved_by_name=caller.name,
        )
    )
    await settle(session, "exception", [row.id for row in rows], [Notice.ASSIGNED, Notice.EXCEPTION_CRITICAL])
    await over(session, [row.purchase_order_id for row in rows if row.cause in TOLD])


async def mend_anomaly(
    session: AsyncSession, caller: Caller, order_id: UUID | None, rows: Sequence[OrderException], body: ActionIn
) -> None:
    """One order's anomalies, or those that are about none."""
    if body.fix == "ask_amazon":
        await _ask(session, rows)
        return
    if body.fix in ("ship", "redate"):
        assert order_id is not None, "both are about an order"
        if body.fix == "ship":
            await must_see_all(session, order_id)
            async with widened(session):
                await create(session, caller, order_id)
        else:
            await _redate(session, caller, order_id, rows, body)
    if body.fix == "hold":
        if order_id is None:
            raise FixNotPossible("It is about no order.")
        await must_see_all(session, order_id)
        async with widened(session):
            await hold(session, caller, order_id, body.note or rows[0].cause)
        also = select(OrderException).where(
            OrderException.purchase_order_id == order_id,
            OrderException.cause.in_(OF_ARRIVAL),
            OrderException.state != "resolved",
        )
        rows = (await session.execute(also)).scalars().all()  # whoever holds the order has all that is odd about it
    for row in rows:
        if body.fix == "pause_code":
            await _pause_code(session, caller, row)
        elif body.fix == "pause_rule":
            await pause(session, caller, UUID(row.evidence["subject"]["rule_id"]))
    await close(session, caller, rows, body)


async def _redate(
    session: AsyncSession, caller: Caller, order_id: UUID, rows: Sequence[OrderException], body: ActionIn
) -> None:
    """The same quantities, with another date for what comes later: sent as a new answer."""
    shown = next((one for one in body.shown if one.id == order_id), None)
    if shown is None:
        raise field_error("/shown", "missing", "Name the revision and the decision that you saw of each order.")
    await must_see_all(session, order_id)
    wanted = {row.sequence for row in rows}
    lines = [line for line in await lines_of(session, shown.decision_id) if line.sequence in wanted]
    if {line.sequence for line in lines} != wanted:
        raise answering.DecisionChanged("Somebody else decided about this order meanwhile. Look at it again.")
    asked = await mirrored_lines(session, order_id)
    draft = DraftIn(
        revision=shown.revision,
        decision_id=shown.decision_id,
        lines=[
            DraftLine(
                sequence=line.sequence, taken=line.taken or 0, backordered=line.backordered or 0, backorder_at=body.at,
                rejection_reason=cast(Any, line.rejection_reason) if line.cut else None,
                # Its cut stays what a person typed the name for when it was sent.
                confirm_sku=door_name(line, asked[line.sequence]),
                list_price=line.list_price, discount_multiplier=line.discount_multiplier,
            )
            for line in lines
        ],
    )  # fmt: skip
    async with widened(session):
        await save_draft(session, caller, order_id, draft)
        state = await answering.lock_state(session, order_id)
        assert state.decision_id is not None, "the draft is one"
    again = BulkOrder(id=order_id, revision=state.revision, decision_id=state.decision_id)
    await confirm_as_shown(session, caller, order_id, again, fix="redate")


async def _ask(session: AsyncSession, rows: Sequence[OrderException]) -> None:
    """The streams that would show it are fetched as soon as a worker is free, the message is read back at once."""
    orders = sorted({row.purchase_order_id for row in rows if row.cause == "stuck" and row.purchase_order_id})
    open_answers = select(Acknowledgement).where(
        Acknowledgement.purchase_order_id.in_(orders), Acknowledgement.state.in_(("unknown", "sent"))
    )
    answers = (await session.execute(open_answers)).scalars()
    for key in sorted(answer_key(answer) for answer in answers):
        await work.schedule(session, kinds.VERIFY, key)
    for connection_id, stream in sorted(
        {(row.connection_id, stream) for row in rows if row.connection_id for stream in STREAMS[row.cause]}
    ):
        await fetch_now(session, connection_id, stream, "manual")
    for connection_id in sorted({row.connection_id for row in rows if row.cause == "unreadable" and row.connection_id}):
        await sweep_now(session, connection_id, "purchase_orders")  # a poll begins where the last one ended
    await session.execute(
        update(OrderException)
        .where(OrderException.id.in_([row.id for row in rows]))
        .values(state="snoozed", snoozed_until=present() + ASKED, until_change=False)
    )


async def _pause_code(session: AsyncSession, caller: Caller, row: OrderException) -> None:
    """Nothing of this vendor code is sent without a person until somebody ends the pause."""
    if row.connection_id is None or row.vendor_code is None:
        raise FixNotPossible("It is about no vendor code.")
    why = notice("supply.automation.paused_by_person", vendor_code=row.vendor_code, name=caller.name)
    await session.execute(
        insert(AutomationPause)
        .values(connection_id=row.connection_id, vendor_code=row.vendor_code, reason=why)
        .on_conflict_do_nothing()
    )
    await record(
        session,
        "automation.paused",
        actor=person(caller),
        subject=Subject("vendor_code", row.vendor_code, row.vendor_code),
        payload=why,
        audit=True,
        vendor_code=row.vendor_code,
    )
    await publish(session, "automation.changed")
