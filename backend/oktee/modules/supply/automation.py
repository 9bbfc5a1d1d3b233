"""Supply / Automation: what is sent without a person, and the vendor codes for which it is paused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.people.ladder import OWNER
from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.kit.errors import Conflict, Forbidden, NotFound, OKTeeError
from oktee.modules.supply import answering
from oktee.modules.supply.answering import ALSO_THESE
from oktee.modules.supply.confirming import check_whole_lines, confirming
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.deciding.leaving import read_automation
from oktee.modules.supply.detail import answer_of
from oktee.modules.supply.exceptions.keeping import By, reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.reserving import release
from oktee.modules.supply.settings import (
    Fallback,
    Mode,
    SupplySettings,
    read_settings,
    settings_to_change,
    write_settings,
)
from oktee.modules.supply.sight import scope_of, whole_within
from oktee.modules.supply.tables import Acknowledgement, AutomationPause, OrderState
from oktee.modules.supply.wire.answers import BulkProblem, BulkResult, BulkResults
from oktee.modules.supply.wire.asked import BulkConfirmationIn
from oktee.modules.supply.wire.words import Message
from oktee.notify.outbox import publish

router = APIRouter(prefix="/automation")


class AutomationOff(Conflict):
    """Automation sends nothing: choose a mode that does first."""


class OwnersAct(Forbidden):
    """What is answered in the last hour without a person is an Owner's own choice, whatever else a role may do."""


class Pause(BaseModel):
    """A vendor code for which automatic sending stopped, and why."""

    connection_id: UUID
    vendor_code: str
    reason: Message
    paused_at: datetime


class AutomationInfo(BaseModel):
    """What is sent without a person. `waiting_before`: ready orders that waited before it was switched on. `fallback_acts`:
    whether the fallback of the last hour does anything in this mode. `paused_mode`: all of it is paused since `paused_at`, and
    this is the mode that comes back when it is resumed; until then the mode is suggest."""

    mode: Mode
    delay_minutes: int
    paused_mode: Mode | None
    paused_at: datetime | None
    since: datetime | None
    changed_by: str | None
    paused: list[Pause]
    waiting_before: int
    can_change: bool
    fallback: Fallback
    fallback_changed_by: str | None
    fallback_acts: bool
    can_change_fallback: bool


class FallbackIn(BaseModel):
    """What OKTee does an hour before the end of the 24 when nobody has answered."""

    model_config = ConfigDict(extra="forbid")

    fallback: Fallback


class AutomationIn(BaseModel):
    """One of three: people send; sent after n minutes unless stopped; sent at once."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    delay_minutes: Annotated[int, Field(ge=1, le=720)] = 20


@router.get("", dependencies=[needs("rules.read")])
async def get_automation(session: Session, caller: CallerIn) -> AutomationInfo:
    """What is sent without a person, and what is not."""
    return await read_info(session, caller)


@router.put("", dependencies=[needs("rules.write")])
async def put_automation(session: Session, caller: CallerIn, body: AutomationIn) -> AutomationInfo:
    """Choose who sends. Acts only on orders that become available from now on."""
    settings = await settings_to_change(session)
    before = settings.mode
    if body.mode == "suggest":
        settings.automation_since = None
    elif before == "suggest" or settings.automation_since is None:
        settings.automation_since = present()
    settings.paused_mode = settings.paused_at = None
    settings.mode, settings.delay_minutes, settings.automation_changed_by = body.mode, body.delay_minutes, caller.name
    said = {"was": before, "now": body.mode, "delay_minutes": body.delay_minutes}
    return await _changed(session, caller, settings, "automation.changed", said, takes_back=body.mode == "suggest")


@router.post("/pause", dependencies=[needs("rules.write")])
async def pause_automation(session: Session, caller: CallerIn) -> AutomationInfo:
    """Nothing is sent without a person until it is resumed; the mode is kept. What is planned and has not left waits again."""
    settings = await settings_to_change(session)
    if settings.mode == "suggest":
        raise AutomationOff("Automation sends nothing: there is nothing to pause.")
    settings.paused_mode, settings.paused_at = settings.mode, present()
    settings.mode, settings.automation_since, settings.automation_changed_by = "suggest", None, caller.name
    said = {"mode": settings.paused_mode}
    return await _changed(session, caller, settings, "automation.all_paused", said, takes_back=True)


@router.delete("/pause", dependencies=[needs("rules.write")])
async def resume_automation(session: Session, caller: CallerIn) -> AutomationInfo:
    """The mode that was paused. It acts on orders that become available from now on; what waited meanwhile is for people."""
    settings = await settings_to_change(session)
    if settings.paused_mode is None:
        raise AutomationOff("Automation is not paused.")
    settings.mode, settings.paused_mode, settings.paused_at = settings.paused_mode, None, None
    settings.automation_since, settings.automation_changed_by = present(), caller.name
    return await _changed(session, caller, settings, "automation.all_resumed", {"mode": settings.mode})


@router.put("/fallback", dependencies=[needs("rules.write")])
async def put_fallback(session: Session, caller: CallerIn, body: FallbackIn) -> AutomationInfo:
    """Choose what happens at T+23 h. Only an Owner does; in Suggest only it never acts, and it never rejects a line."""
    if caller.role != OWNER:
        raise OwnersAct("Only an Owner chooses what OKTee answers in the last hour.")
    settings = await settings_to_change(session)
    before = settings.fallback
    settings.fallback, settings.fallback_changed_by = body.fallback, caller.name
    said = {"was": before, "now": body.fallback}
    return await _changed(session, caller, settings, "automation.fallback_changed", said)


async def _changed(
    session: AsyncSession,
    caller: Caller,
    settings: SupplySettings,
    kind: str,
    said: Mapping[str, Any],
    *,
    takes_back: bool = False,
) -> AutomationInfo:
    """Store what a person chose, and say so. `takes_back`: nothing is sent by itself from now on, also what was planned."""
    await write_settings(session, settings, by=caller.user_id)
    about = Subject("settings", "supply", "Automation")
    await record(session, kind, actor=person(caller), subject=about, payload=dict(said), audit=True)
    if takes_back:
        await _take_back_scheduled(session)
    await publish(session, "automation.changed")
    return await read_info(session, caller)


async def _take_back_scheduled(session: AsyncSession) -> None:
    """Suggest only sends nothing, ever: what a rule had planned, now or for later, waits for a person again."""
    statement = (
        select(Acknowledgement.purchase_order_id)
        .join(OrderState, OrderState.purchase_order_id == Acknowledgement.purchase_order_id)
        .where(
            Acknowledgement.state == "planned",
            or_(Acknowledgement.planned_by_type == "rule", OrderState.send_reason == ALSO_THESE),
        )
        .order_by(Acknowledgement.purchase_order_id)
    )
    for order_id in (await session.execute(statement)).scalars().all():
        state = await answering.lock_state(session, order_id)
        if await answering.supersede_planned(session, order_id, cause="suggest_only"):
            order = await answering.get_order(session, order_id)
            await release(session, order_id)
            state.status, state.answered_by, state.send_at = "to_confirm", None, None
            await publish(session, "order.changed", order_id=str(order_id), po_number=order.po_number)


@router.post("/waiting", dependencies=[needs("orders.confirm")])
async def send_waiting(session: Session, caller: CallerIn, body: BulkConfirmationIn) -> BulkResults:
    """Also send these ready orders that waited before automation was switched on: those the person reviewed, each as it was
    shown. They leave as automation sends, and can be stopped until then."""
    automation = await read_automation(session)
    if automation.settings.mode == "suggest":
        raise AutomationOff("Automation is set to suggest only. Choose a mode that sends first.")
    ready, now = set(await _waiting_before(session)), present()
    results = []
    for one in sorted(body.orders, key=lambda shown: str(shown.id)):
        try:
            if one.id not in ready:
                raise answering.OrderChanged("This order does not wait any more as it was shown.")
            async with session.begin_nested():
                async with widened(session):
                    state = await answering.lock_state(session, one.id)
                    order = await answering.get_order(session, one.id)
                    answering.check_same(state, order, revision=one.revision, decision_id=one.decision_id)
                    await check_whole_lines(session, one.id, one.decision_id)
                    answer = await answering.plan(
                        session,
                        order,
                        state,
                        by=confirming(caller),
                        send_at=automation.send_at(now, order, ()) or now,
                        reason=ALSO_THESE,
                    )
                    await work.schedule(session, kinds.SUBMIT, answer_key(answer), due_at=answer.send_at)
                    await reflect(session, [one.id], by=By(person(caller), "confirm"))
            results.append(BulkResult(id=one.id, ok=True, answer=answer_of(answer), problem=None))
        except OKTeeError as error:  # it changed under our hands: it stays waiting
            problem = BulkProblem(code=error.code, detail=error.detail)
            results.append(BulkResult(id=one.id, ok=False, answer=None, problem=problem))
    return BulkResults(results=results)


async def _waiting_before(session: AsyncSession) -> list[UUID]:
    """Orders that are ready to be sent as proposed, that automation will not touch by itself and that are seen whole."""
    return list((await session.execute(ready_before(scope_of(session)))).scalars())


def ready_before(scope: Scope | None) -> Select[UUID]:
    """Their ids, for somebody with this scope."""
    return (
        select(OrderState.purchase_order_id)
        .join(PurchaseOrder, PurchaseOrder.id == OrderState.purchase_order_id)
        .where(
            OrderState.status == "to_confirm",
            OrderState.undecided_lines == 0,
            OrderState.decision_id.is_not(None),
            OrderState.answered_by.is_(None),
            OrderState.revision == PurchaseOrder.revision,
            *whole_within(scope),
        )
        .order_by(OrderState.purchase_order_id)
    )


@router.delete("/pauses/{connection_id}/{vendor_code}", status_code=204, dependencies=[needs("rules.write")])
async def end_pause(
    session: Session, caller: CallerIn, connection_id: UUID, vendor_code: Annotated[str, Path(max_length=20)]
) -> None:
    """Let automation send for this vendor code again."""
    ended = await session.execute(
        delete(AutomationPause)
        .where(AutomationPause.connection_id == connection_id, AutomationPause.vendor_code == vendor_code)
        .returning(AutomationPause.vendor_code)
    )
    if ended.first() is None:
        raise NotFound("Automation is not paused for this vendor code.")
    await record(
        session,
        "automation.resumed",
        actor=person(caller),
        audit=True,
        subject=Subject("vendor_code", vendor_code, vendor_code),
        vendor_code=vendor_code,
    )
    await publish(session, "automation.changed")


async def read_info(session: AsyncSession, caller: Caller) -> AutomationInfo:
    """The state of automation, for its own page and the Command Center."""
    settings, _ = await read_settings(session)
    pauses = (await session.execute(list_pauses())).all()
    before = 0 if settings.mode == "suggest" else len(await _waiting_before(session))
    return info_of(settings, pauses, before, caller)


def list_pauses() -> Select[Any]:
    """The vendor codes for which it is paused."""
    pause = AutomationPause
    return select(pause.connection_id, pause.vendor_code, pause.reason, pause.paused_at).order_by(pause.paused_at)


def info_of(settings: SupplySettings, pauses: Sequence[Any], before: int, caller: Caller) -> AutomationInfo:
    """`pauses`: rows of `list_pauses`; `before`: so many ready orders waited before it was switched on."""
    return AutomationInfo(
        mode=settings.mode,
        delay_minutes=settings.delay_minutes,
        paused_mode=settings.paused_mode,
        paused_at=settings.paused_at,
        since=settings.automation_since,
        changed_by=settings.automation_changed_by,
        paused=[
            Pause(
                connection_id=pause.connection_id,
                vendor_code=pause.vendor_code,
                reason=Message.model_validate(pause.reason),
                paused_at=pause.paused_at,
            )
            for pause in pauses
        ],
        waiting_before=before,
        can_change=caller.may("rules.write"),
        fallback=settings.fallback,
        fallback_changed_by=settings.fallback_changed_by,
        fallback_acts=settings.fallback != "DO_NOTHING" and settings.mode != "suggest",
        can_change_fallback=caller.role == OWNER and caller.may("rules.write"),
    )
