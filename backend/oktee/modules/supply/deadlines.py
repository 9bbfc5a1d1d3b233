"""The last hours of an order's clock: a reminder at T+18 h, an escalation at T+22 h, the Owner's fallback at T+23 h.

Where Amazon changes an answered order, T is the moment of the change; there the fallback never acts, since an answer counts.

Whatever is late is dealt with by remaining time: after downtime the order with least of it comes first, and of the stages
it passed meanwhile only the last one acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import Organization
from oktee.access.workspaces import enabled_modules
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import SYSTEM
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.errors import OKTeeError
from oktee.kit.settings import settings as deployment
from oktee.modules.supply import answering
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.deciding.leaving import Automation, read_automation
from oktee.modules.supply.exceptions.keeping import follow_clocks, reflect
from oktee.modules.supply.falling_back import answer_by_fallback
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.rushing import next_rush, tell_rush
from oktee.modules.supply.second_person import asked_of
from oktee.modules.supply.settings import MODULE
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.told import CONFIRM, who_answers
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.mail import send_mail
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish
from oktee.notify.recipients import Place

REMIND, ESCALATE, FALL_BACK = timedelta(hours=6), timedelta(hours=2), timedelta(hours=1)
"""Before the end of the 24 hours."""
LATE: Final = timedelta(hours=24)
"""So long after its deadline an order without an answer is still talked about."""
LOOK_AGAIN: Final = timedelta(minutes=1)
"""After which a clock is looked at that passed a stage while its answer was under way: it may come back unanswered."""
BATCH: Final = 200
LISTED: Final = 20
UNANSWERED: Final = ("to_confirm", "held", "send_failed", "changed")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """An order whose clock passed a stage that nobody has acted on: which stage, and whether one before it has been.
    `again`: it is the clock of a change by Amazon."""

    order: PurchaseOrder
    deadline_at: datetime
    stage: str
    escalated_before: bool
    again: bool


def _open() -> list[ColumnElement[bool]]:
    return [
        OrderState.status.in_(UNANSWERED),
        OrderState.answered_at.is_(None),
        OrderState.deadline_at > func.now() - LATE,
    ]


def _passed() -> ColumnElement[bool]:
    """A stage has begun that is not dealt with."""
    left = OrderState.deadline_at - func.now()
    return or_(
        and_(OrderState.reminded_at.is_(None), left <= REMIND),
        and_(OrderState.escalated_at.is_(None), left <= ESCALATE),
        and_(OrderState.fallback_at.is_(None), left <= FALL_BACK),
    )


def watch_kind(submit: work.Kind) -> work.Kind:
    """One run for all orders of an organization; it comes again when the next clock reaches a stage."""

    async def watch(item: work.Item) -> None:
        if MODULE not in await enabled_modules(item.organization_id):
            return  # switched on again, it is asked for again
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            await tell_rush(session)
        while True:
            async with tenant_session(item.organization_id) as session:
                await item.guard(session)
                more = await follow_clocks(session)
            if not more:
                break
        while True:
            async with tenant_session(item.organization_id) as session:
                await item.guard(session)
                full = await _act(session, submit)
            if not full:
                break
        async with tenant_session(item.organization_id) as session:
            following = await _next(session)
        async with item.record(next_at=following):
            pass

    return work.Kind("watch_deadlines", watch, queue="interactive", timeout=300.0, attempts=1_000_000, cap=60.0)


async def _next(session: AsyncSession) -> datetime | None:
    """When the next stage of any clock begins; None while no order waits. The decide job asks for a run of its own."""
    following = case(
        (OrderState.reminded_at.is_(None), OrderState.deadline_at - REMIND),
        (OrderState.escalated_at.is_(None), OrderState.deadline_at - ESCALATE),
        else_=OrderState.deadline_at - FALL_BACK,
    )
    # An answer under way may come back unanswered, so its clock counts as well.
    waits = [OrderState.answered_at.is_(None), OrderState.fallback_at.is_(None), OrderState.deadline_at > func.now()]
    live = OrderState.status.not_in(("cancelled", "closed"))
    found: datetime | None = await session.scalar(select(func.min(following)).where(*waits, live))
    first = min((at for at in (found, await next_rush(session)) if at is not None), default=None)
    now = present()
    return first if first is None or first > now else now + LOOK_AGAIN


async def _act(session: AsyncSession, submit: work.Kind) -> bool:
    """Deal with a batch; answers whether there may be more."""
    due = await _take(session)
    if not due:
        return False
    left_over: list[_Due] = []
    sent: set[UUID] = set()
    automation = await read_automation(session)
    if automation.settings.fallback != "DO_NOTHING" and automation.settings.mode != "suggest":
        for one in due:
            if one.stage != "fallback" or one.again:
                continue
            if await _fall_back(session, one.order, automation, submit):
                sent.add(one.order.id)
            else:
                left_over.append(one)
    reminded = [one for one in due if one.stage == "reminder"]
    escalated = [one for one in due if _escalates(one) and one.order.id not in sent and one not in left_over]
    await _tell(session, "orders_due", reminded, notice=Notice.ORDER_DUE_SOON)
    # It leaves whatever somebody wishes to hear: with two hours left nobody is told tomorrow at eight.
    await _tell(session, "orders_escalated", escalated, notice=None)
    await _tell(session, "orders_not_sent", left_over, notice=None)
    loud = (*reminded, *escalated, *left_over)
    asked = await asked_of(session, {one.order.id: _place(one.order) for one in loud})
    await tell(session, *(_alert(one, asked.get(one.order.id, ())) for one in loud))
    for kind, found in (
        ("order.due_soon", reminded),
        ("order.escalated", escalated),
        ("order.fallback_held", left_over),
    ):
        for one in found:
            await _note(session, one, kind)
    await reflect(session, [one.order.id for one in due])
    for one in due:
        await publish(session, "order.changed", order_id=str(one.order.id), po_number=one.order.po_number)
    return len(due) == BATCH


def _escalates(one: _Due) -> bool:
    return one.stage == "escalation" or (one.stage == "fallback" and not one.escalated_before)


async def _take(session: AsyncSession) -> list[_Due]:
    """Those with least time left, locked by id as everywhere, and stamped in one statement."""
    soonest = (
        select(OrderState.purchase_order_id).where(*_open(), _passed()).order_by(OrderState.deadline_at).limit(BATCH)
    )
    ids = (await session.execute(soonest)).scalars().all()
    if not ids:
        return []
    left = OrderState.deadline_at - func.now()
    stage = case((left <= FALL_BACK, "fallback"), (left <= ESCALATE, "escalation"), else_="reminder")
    rows = (
        await session.execute(
            select(
                PurchaseOrder,
                OrderState.deadline_at,
                stage,
                OrderState.escalated_at.is_not(None),
                OrderState.changed_at.is_not(None),
            )
            .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
            .where(PurchaseOrder.id.in_(ids), *_open(), _passed())
            .order_by(PurchaseOrder.id)
            .with_for_update(of=(PurchaseOrder, OrderState))
        )
    ).all()
    await session.execute(
        update(OrderState)
        .where(OrderState.purchase_order_id.in_([order.id for order, *_ in rows]))
        .values(
            reminded_at=func.coalesce(OrderState.reminded_at, func.now()),
            escalated_at=_stamp(OrderState.escalated_at, left <= ESCALATE),
            fallback_at=_stamp(OrderState.fallback_at, left <= FALL_BACK),
        )
        .execution_options(synchronize_session=False)
    )
    found = [_Due(*row) for row in rows]
    return sorted(found, key=lambda one: one.deadline_at)


def _stamp(column: ColumnElement[datetime | None] | object, begun: ColumnElement[bool]) -> ColumnElement[datetime]:
    return case((begun, func.coalesce(column, func.now())), else_=column)


async def _fall_back(session: AsyncSession, order: PurchaseOrder, automation: Automation, submit: work.Kind) -> bool:
    """Whether the Owner's fallback has answered this order; one that it may not answer whole is not answered at all."""
    state = await answering.lock_state(session, order.id)
    await session.refresh(state)
    if not automation.sends(order, state.became_available_at):
        return False
    try:
        async with session.begin_nested():
            answer = await answer_by_fallback(session, order, state, automation.settings.fallback)
            if answer is not None:
                await work.schedule(session, submit, answer_key(answer), due_at=answer.send_at)
            return answer is not None
    except OKTeeError as refused:
        log.warning("fallback_refused", po_number=order.po_number, code=refused.code, detail=refused.detail)
        return False


async def _tell(session: AsyncSession, template: str, found: Sequence[_Due], *, notice: Notice | None) -> None:
    """One mail for each person, about the orders of this batch that are theirs to answer."""
    if not found:
        return
    organization = await session.get_one(Organization, organization_of(session))
    page = f"{deployment().public_url}/{organization.slug}/supply/orders?view=waiting"
    until = {one.order.id: one.deadline_at for one in found}
    for reader, orders in await who_answers(session, [one.order for one in found]):
        zone = ZoneInfo(reader.zone)
        await send_mail(
            session,
            to=reader.email,
            template=template,
            locale=reader.locale,
            values={
                "name": reader.name,
                "count": len(orders),
                "orders": [_line(order, until[order.id].astimezone(zone)) for order in orders[:LISTED]],
                "more": max(0, len(orders) - LISTED),
                "zone": reader.zone,
                "page": page,
            },
            organization_id=organization.id,
            notice=notice,
        )


def _place(order: PurchaseOrder) -> Place:
    return Place(order.marketplace_id, order.vendor_code, tuple(order.brands))


def _alert(one: _Due, asked: tuple[UUID, ...]) -> Alert:
    """The same in the inbox of each, open until the order is answered; each stage is news. The mail has gone already."""
    order = one.order
    return Alert(
        Notice.ORDER_DUE_SOON, "order", str(order.id), order.po_number, version=one.stage, action="fix",
        due_at=one.deadline_at, place=_place(order), people=asked,
        permission=CONFIRM, mail=False,
    )  # fmt: skip


def _line(order: PurchaseOrder, until: datetime) -> dict[str, str]:
    marketplace = find_marketplace(order.marketplace_id)
    return {
        "number": order.po_number,
        "country": marketplace.country if marketplace else "",
        "vendor_code": order.vendor_code,
        "until": until.strftime("%Y-%m-%d %H:%M"),
    }


async def _note(session: AsyncSession, one: _Due, kind: str) -> None:
    order = one.order
    await record_order(
        session,
        order,
        kind,
        actor=SYSTEM,
        outcome="held",
        payload={"deadline_at": one.deadline_at.isoformat(), "stage": one.stage, "at": present().isoformat()},
    )
