"""The decide job: orders that are new, changed or touched by a new catalogue get a proposal, and maybe an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oktee.access.workspaces import organization_zone
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.tables import Stream
from oktee.journal.record import AMAZON, Actor, Subject, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.kit.errors import OKTeeError
from oktee.modules.supply import answering
from oktee.modules.supply.answers.protocol import FLYING
from oktee.modules.supply.branding import look_up_brands
from oktee.modules.supply.clocks import UNTOUCHED, read_clocks
from oktee.modules.supply.collecting import COLLECT, came_short, collected_until, of_the_burst
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.keeping_lines import untouched_lines
from oktee.modules.supply.notices import CONNECTION_LOST, notice
from oktee.modules.supply.observing import answered_status, mark_outside, note_outside, refresh_outside, rejected_values
from oktee.modules.supply.proposing import (
    deadline,
    decided_by,
    propose,
    put_states,
    read_inputs,
    store,
    totals_json,
)
from oktee.modules.supply.retelling import Said, read_said, said_of
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.rules.gates import MINIMUM_ORDER
from oktee.modules.supply.rules.sending import leaves_at
from oktee.modules.supply.second_person import SECOND as SECOND_PERSON
from oktee.modules.supply.second_person import Confirming, is_hard
from oktee.modules.supply.settings import SupplySettings, read_settings
from oktee.modules.supply.shadows.running import ask_shadows
from oktee.modules.supply.tables import Acknowledgement, AutomationPause, OrderState
from oktee.modules.supply.unsent import hold_unsent, hours_too_late, why_not
from oktee.notify.outbox import publish

BATCH = 100
ALL = "all"
"""The key with which a new catalogue, stock file or rule asks for every waiting order to be decided again; with a moment
behind it (`all@...`) for one that is yet to come."""
CLOCKS = "clocks"
"""The key of the one run that watches all clocks of an organization."""
WHOLE = "whole"
"""The key of the one run that looks for anomalies in an organization."""
LOOKED_AT = timedelta(minutes=10)
LIVE = ("active", "reauthorization_due")
MARGIN, CATCH_UP = timedelta(minutes=30), timedelta(minutes=15)
HELD_BY_PERSON = ("supply.hold.by_person", "supply.answer.stopped_by_person")
UNCANCELLED = "supply.hold.uncancelled"
KEPT = (*HELD_BY_PERSON, UNCANCELLED)
"""Holds that no rule gives or takes: only a person ends them."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Automation:
    """Whether this organization's answers leave by themselves, and for which orders."""

    settings: SupplySettings
    version: int
    book: RuleBook
    verified: dict[UUID, datetime]
    loaded: dict[UUID, datetime | None]
    paused: set[tuple[UUID, str]]

    def sends(self, order: PurchaseOrder, available: datetime) -> bool:
        """Only orders that became available after it was switched on, on a live connection, not paused."""
        if self.settings.mode == "suggest" or self.settings.automation_since is None:
            return False
        verified = self.verified.get(order.connection_id)
        if verified is None or (order.connection_id, order.vendor_code) in self.paused:
            return False
        return available > max(self.settings.automation_since, verified)

    def send_at(self, now: datetime, order: PurchaseOrder, rules: Sequence[BookRule]) -> datetime | None:
        """Now, or after the delay and inside the hours of its rules; never so late that the 24 hours run out: None then."""
        delay = timedelta(minutes=self.settings.delay_minutes if self.settings.mode == "delayed" else 0)
        return leaves_at(rules, now, delay=delay, latest=deadline(order) - MARGIN)

    def available_at(self, order: PurchaseOrder) -> datetime:
        """When the order became available to us. What the first load brings, or the first minutes after a new consent,
        was there before: its own date counts."""
        loaded, verified = self.loaded.get(order.connection_id), self.verified.get(order.connection_id)
        if loaded is None or order.first_seen_at <= loaded:
            return order.ordered_at
        if verified is not None and order.first_seen_at < verified + CATCH_UP:
            return min(order.ordered_at, order.first_seen_at)
        return order.first_seen_at


async def read_automation(session: AsyncSession) -> Automation:
    settings, version = await read_settings(session)
    connections = await session.execute(
        select(AmazonConnection.id, AmazonConnection.verified_at).where(AmazonConnection.status.in_(LIVE))
    )
    streams = await session.execute(
        select(Stream.connection_id, Stream.first_load_done_at).where(Stream.name == "purchase_orders")
    )
    return Automation(
        settings,
        version,
        await read_book(session, settings.base(), present()),
        {connection: at for connection, at in connections.all() if at is not None},
        dict(streams.all()),
        await _pauses(session),
    )


async def _pauses(session: AsyncSession) -> set[tuple[UUID, str]]:
    found = await session.execute(select(AutomationPause.connection_id, AutomationPause.vendor_code))
    return {(connection, code) for connection, code in found.all()}


def decide_kind(submit: work.Kind, watch: work.Kind, look: work.Kind) -> Any:
    """The handler of the decide job; planned answers are handed to `submit`, the clocks of what waits to `watch`, and what
    came is soon compared with what came before by `look`."""

    async def run(item: work.Item) -> None:
        # What ends a burst is decided by this same job; it waits for nothing more itself.
        collect = None if item.key.startswith(COLLECT) else work.Kind(item.kind, run, queue="interactive")
        zone = await organization_zone(item.organization_id)
        decided = False
        started: datetime | None = None  # by the database's clock, as the states it is compared with
        while True:
            async with tenant_session(item.organization_id) as session:
                await item.guard(session)
                started = started or (await session.execute(select(func.now()))).scalar_one()
                found, orders = await _next_batch(session, item.key, started)
                if orders:
                    await decide_batch(session, orders, zone=zone, submit=submit, collect=collect)
            decided = decided or bool(orders)
            if found < BATCH:
                break
        if decided or item.attempts > 1:  # one that died after its last batch has decided something, too
            async with item.record() as session:
                await work.schedule(session, look, WHOLE, due_at=present() + LOOKED_AT)
                await work.schedule(session, watch, CLOCKS)
                await ask_shadows(session)

    return run


async def _next_batch(session: AsyncSession, key: str, started: datetime) -> tuple[int, Sequence[PurchaseOrder]]:
    """Orders without a state, with a newer revision, or (a new catalogue) proposed by a rule and still waiting: how many
    were found, and those of them that still are so once they are locked; another job may have decided the rest meanwhile.

    An order whose answer is on its way is left alone: its proof comes first, and the change is taken up after it.
    """
    flying = exists().where(Acknowledgement.purchase_order_id == PurchaseOrder.id, Acknowledgement.state.in_(FLYING))
    needs = or_(
        OrderState.purchase_order_id.is_(None),
        and_(OrderState.revision != PurchaseOrder.revision, ~flying),
        and_(OrderState.status == "held", OrderState.hold.contains([{"message": CONNECTION_LOST}])),
        _company_came(),
    )
    statement = select(PurchaseOrder).outerjoin(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
    if key.startswith(ALL):
        again = and_(
            OrderState.status.in_(("to_confirm", "held")),
            OrderState.decided_by_type == "rule",
            OrderState.updated_at < started,
        )
        statement = statement.where(or_(needs, again))
    elif key.startswith(COLLECT):
        statement = statement.where(
            PurchaseOrder.connection_id == UUID(key.removeprefix(COLLECT)),
            OrderState.updated_at < started,
            of_the_burst(started),
        )
    else:
        statement = statement.where(PurchaseOrder.connection_id == UUID(key), needs)
    newest: Select[UUID] = statement.with_only_columns(PurchaseOrder.id).order_by(
        (PurchaseOrder.state == "New").desc(), PurchaseOrder.ordered_at, PurchaseOrder.id
    )
    ids = (await session.execute(newest.limit(BATCH))).scalars().all()
    # Locked by id, as the mirror does when it stores a page: two orders of locking could deadlock.
    chosen = select(PurchaseOrder).where(PurchaseOrder.id.in_(ids)).order_by(PurchaseOrder.id).with_for_update()
    orders = (await session.execute(chosen)).scalars().all()
    still = set((await session.execute(newest.where(PurchaseOrder.id.in_(ids)))).scalars()) if orders else ()
    return len(ids), [order for order in orders if order.id in still]


def _company_came() -> ColumnElement[bool]:
    """Held for being worth too little alone, and an order to the same place has come since: together they may do."""
    other = aliased(PurchaseOrder)
    return and_(
        OrderState.status == "held",
        OrderState.decided_by_type == "rule",
        OrderState.hold.contains([{"message": MINIMUM_ORDER}]),
        exists().where(
            other.ship_to == PurchaseOrder.ship_to,
            other.id != PurchaseOrder.id,
            other.first_seen_at > OrderState.updated_at,
        ),
    )


async def decide_batch(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    *,
    zone: str,
    submit: work.Kind,
    collect: work.Kind | None = None,
) -> None:
    """Give each of these orders its state; those that wait get a proposal, and an answer where automation sends.

    `collect`: the job that decides a burst when it is over. Orders that came short wait for it; without it none does.
    """
    now = present()
    automation = await read_automation(session)
    ids = [order.id for order in orders]
    await look_up_brands(session, [order for order in orders if order.units == 0 or _answered_elsewhere(order)])
    locked = select(OrderState).where(OrderState.purchase_order_id.in_(ids)).order_by(OrderState.purchase_order_id)
    states = {state.purchase_order_id: state for state in (await session.execute(locked.with_for_update())).scalars()}
    answers = await _latest_answers(session, ids)
    waiting: list[PurchaseOrder] = []
    settled: list[dict[str, Any]] = []
    for order in orders:
        state, answer = states.get(order.id), answers.get(order.id)
        if answer is not None and answer.state in FLYING:
            continue  # it left between the look and the lock
        ours = answer is not None and answer.state in ("seen", "mismatch")
        if order.units == 0:
            await answering.supersede_planned(session, order.id, cause="cancelled", actor=AMAZON)
            await answering.release_all(session, order.id)
            settled.append(_state_row(order, automation, status="cancelled", decided_by=("amazon", "Amazon")))
        elif not ours and _answered_elsewhere(order):
            if state is None:
                settled.append(await _outside(session, order, automation))
                continue
            if state.answered_by in ("outside", "history"):
                await refresh_outside(session, order, state)
            else:
                await mark_outside(session, order, state)
            state.revision = order.revision
        else:
            planned = answer is not None and answer.state == "planned"
            if planned and await answering.supersede_planned(session, order.id, cause="decided_again"):
                await answering.release(session, order.id)  # what it held is free for the new proposal
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
        await _propose(session, group, states, answers, automation, zone=zone, now=now, submit=submit, collect=collect)
    for order in waiting:
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await reflect(session, ids)
    if len(waiting) < len(orders):  # history comes by the hundred: one event says that the lists have grown
        await publish(session, "order.created", orders=len(orders) - len(waiting))


def _answered_elsewhere(order: PurchaseOrder) -> bool:
    shown = order.confirmation not in (None, "UNCONFIRMED")
    return shown or order.first_acknowledged_at is not None or order.state in ("Acknowledged", "Closed")


async def _outside(session: AsyncSession, order: PurchaseOrder, automation: Automation) -> dict[str, Any]:
    """The state of an order that had its answer when we first saw it."""
    verified = automation.verified.get(order.connection_id)
    answered = order.first_acknowledged_at or order.state_changed_at or order.ordered_at
    history = verified is None or answered <= verified
    row = _state_row(
        order,
        automation,
        status=answered_status(order),
        decided_by=("outside", "outside OKTee"),
        answered_by="history" if history else "outside",
        answered_at=answered,
    )
    if not history:
        await note_outside(session, order, before=None)
    return row


async def _latest_answers(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Acknowledgement]:
    statement = (
        select(Acknowledgement)
        .where(Acknowledgement.purchase_order_id.in_(ids), Acknowledgement.state.not_in(("superseded", "failed")))
        .order_by(Acknowledgement.purchase_order_id, Acknowledgement.answer)
    )
    return {answer.purchase_order_id: answer for answer in (await session.execute(statement)).scalars()}


async def _propose(
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
) -> None:
    kept = await untouched_lines(session, orders, states)
    inputs = await read_inputs(
        session, orders, settings=automation.settings, book=automation.book, zone=zone, now=now, kept=kept
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
    made = await store(session, inputs, proposals, settings_version=automation.version, kept=kept)
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
        available = before.became_available_at if before is not None else automation.available_at(order)
        undecided = sum(
            1 for line in proposal.lines if line.undecided or (line.held and not line.taken and not line.cancelled)
        )
        row = _state_row(
            order, automation, status=status, decided_by=("rule", decided_by(proposal)), available=available
        ) | {
            "decision_id": made[order.id],
            "hold": [*own, *(step.to_json() for step in proposal.holds)],
            "answered_by": "oktee" if changed and before is not None else None,
            "taken": proposal.totals.accepted,
            "backordered": proposal.totals.backordered,
            "cut": proposal.totals.rejected,
            "undecided_lines": undecided,
            "cut_value": _cut_value(proposal),
        }
        row |= clocks.get(order.id, UNTOUCHED).columns(order, before, answered if changed else None)
        rows.append(row)
        await _note_proposal(session, order, proposal, made[order.id], told.get(order.po_number))
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
    paused = await _pauses(session)  # this very batch may have paused a vendor code
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


def answer_key(answer: Acknowledgement) -> str:
    """The key of the jobs about one answer."""
    return f"{answer.connection_id}/{answer.po_number}/{answer.answer}"


def _cut_value(proposal: Proposed) -> Decimal | None:
    amounts = proposal.totals.amounts
    return amounts[0].rejected if len(amounts) == 1 else None


async def _note_proposal(
    session: AsyncSession, order: PurchaseOrder, proposal: Proposed, decision_id: UUID, told: Said | None
) -> None:
    """One entry per order; its lines, with every value as it was, are in the payload. A hold that is told already is told
    again when its reasons or lines are others; a new answer beneath the same hold is a proposal."""
    now_said = said_of(proposal)
    if told == now_said:
        return
    held_anew = proposal.held and not now_said.holds_as(told)
    await record(
        session,
        "order.held" if held_anew else "order.proposed",
        actor=Actor("rule", decided_by(proposal)),
        subject=Subject("order", str(order.id), order.po_number),
        outcome="held" if proposal.held else "ok",
        payload={
            "decision_id": str(decision_id),
            "revision": proposal.revision,
            "totals": totals_json(proposal),
            "holds": [step.to_json() for step in proposal.holds][:20],
            "lines": [
                {
                    "sequence": line.sequence,
                    "asked": line.ordered,
                    "taken": line.accepted,
                    "backordered": line.backordered,
                    "cut": line.rejected,
                    "summary": orjson.Fragment(line.summary.to_text()),
                }
                for line in proposal.lines
            ],
        },
        correlation_id=answering.correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
    )


def _state_row(
    order: PurchaseOrder,
    automation: Automation,
    *,
    status: str,
    decided_by: tuple[str, str],
    answered_by: str | None = None,
    answered_at: datetime | None = None,
    available: datetime | None = None,
) -> dict[str, Any]:
    settled = answered_by is not None or status == "cancelled"
    return {
        "purchase_order_id": order.id,
        "connection_id": order.connection_id,
        "revision": order.revision,
        "status": status,
        "deadline_at": deadline(order),
        "became_available_at": available or automation.available_at(order),
        "decision_id": None,
        "decided_by_type": decided_by[0],
        "decided_by_name": decided_by[1],
        "hold": [],
        "send_at": None,
        "send_reason": None,
        "answered_by": answered_by,
        "answered_at": answered_at,
        "taken": order.accepted_units if settled else None,
        "backordered": 0 if settled else None,
        "cut": order.rejected_units if settled else None,
        "undecided_lines": 0,
        "cut_value": None,
        "proposed": not settled,
        "marketplace_id": order.marketplace_id,
        "vendor_code": order.vendor_code,
        "brand": order.brand,
        "brands": order.brands,
    }
