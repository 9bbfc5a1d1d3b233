"""Keeps exceptions in step with orders: what holds one is open, what no longer holds it has resolved by itself.

`reflect` is called by whoever decided, answered or observed orders, at the end of the same transaction and under its locks.
It reads what is true of these orders now, so that calling it twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderRevision
from oktee.journal.record import Actor
from oktee.kit.database import new_id
from oktee.modules.supply.answers.protocol import AT_AMAZON
from oktee.modules.supply.changes import changed_since, touched_lines
from oktee.modules.supply.exceptions.causes import CAUSES, cause_of
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.notices import notice
from oktee.modules.supply.rules.approvals import binding
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState
from oktee.notify.alerts.telling import settle
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish

WAITING: Final = ("to_confirm", "held", "send_failed", "mismatch", "changed")
ANOMALIES: Final = tuple(name for name, cause in CAUSES.items() if cause.anomaly)
ANSWERED: Final = ("scheduled", "sending", "processing", "confirmed", "partly_confirmed", "rejected")
NOTE: Final = "note"
FIXING: Final = "exceptions_fixed_by"
"""In a session's info: the person whose fix this transaction is, and which."""
SHOWN: Final = ("message", "values", "outcome")
EMPTY: Final[list[Any]] = []
AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that holds of an order now. `sequence`: of one line; None of the whole order."""

    cause: str
    sequence: str | None
    evidence: dict[str, Any]
    brand: str | None = None

    def key(self, order_id: UUID) -> str:
        return str(order_id) if self.sequence is None else f"{order_id}/{self.sequence}"


@dataclass(frozen=True, slots=True)
class By:
    """The person whose fix or note resolves what is resolved in this transaction."""

    actor: Actor
    resolution: str


async def reflect(session: AsyncSession, ids: Sequence[UUID], *, by: By | None = None) -> None:
    """Open, change and resolve the exceptions of these orders as they are now."""
    if not ids:
        return
    by = by or session.info.get(FIXING)
    await session.flush()
    rows = (
        await session.execute(
            select(PurchaseOrder, OrderState)
            .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
            .where(PurchaseOrder.id.in_(ids))
            .execution_options(populate_existing=True)
        )
    ).all()
    found = await _found(session, rows)
    open_now = defaultdict(list)
    statement = select(OrderException).where(
        OrderException.purchase_order_id.in_(ids),
        OrderException.state != "resolved",
        OrderException.cause.not_in(ANOMALIES),
    )
    for row in (await session.execute(statement)).scalars():
        open_now[row.purchase_order_id].append(row)
    settled = await _settled_by_note(session, [key for key, causes in found.items() if causes])
    fresh: list[dict[str, Any]] = []
    gone: dict[str, list[UUID]] = defaultdict(list)
    touched: list[PurchaseOrder] = []
    for order, state in rows:
        wanted = {
            (each.cause, each.key(order.id)): each
            for each in found[order.id]
            if settled.get((each.cause, each.key(order.id))) != _rests_on(each.evidence)
        }
        before = len(fresh), sum(map(len, gone.values()))
        changed = False
        for row in open_now[order.id]:
            each = wanted.pop((row.cause, row.key), None)
            if each is None:
                gone[by.resolution if by is not None else _ended_by(state)].append(row.id)
            elif row.evidence != each.evidence or row.due_at != state.deadline_at:
                changed = True
                row.evidence, row.due_at = each.evidence, state.deadline_at
                if row.until_change:
                    row.state, row.until_change, row.snoozed_until = "open", False, None
        fresh += [_row(order, state, each) for each in wanted.values()]
        if changed or before != (len(fresh), sum(map(len, gone.values()))):
            touched.append(order)
    if fresh:
        await session.execute(insert(OrderException).values(updated_at=func.clock_timestamp()), fresh)
    for resolution, resolved in gone.items():
        await resolve(session, resolved, resolution, by.actor if by is not None else None)
    for order in touched:
        await publish(session, "exception.changed", order_id=str(order.id), po_number=order.po_number)


async def follow_clocks(session: AsyncSession) -> bool:
    """What is open is due when its order is, whoever moved that clock: an order is not decided again only because its time is
    another. Orders are locked by id, as everywhere. Answers whether there may be more."""
    statement = (
        select(OrderState.purchase_order_id)
        .join(OrderException, OrderException.purchase_order_id == OrderState.purchase_order_id)
        .where(
            OrderException.state != "resolved",
            OrderException.cause.not_in(ANOMALIES),
            OrderException.due_at.is_distinct_from(OrderState.deadline_at),
        )
        .distinct()
        .limit(AT_A_TIME)
    )
    ids = list((await session.execute(statement)).scalars())
    if ids:
        locked = select(OrderState.purchase_order_id).where(OrderState.purchase_order_id.in_(ids))
        await session.execute(locked.order_by(OrderState.purchase_order_id).with_for_update())
        await reflect(session, ids)
    return len(ids) == AT_A_TIME


async def _settled_by_note(session: AsyncSession, ids: Sequence[UUID]) -> dict[tuple[str, str], Any]:
    """What a person resolved with a note, and what it rested on then: the very same is not opened again."""
    if not ids:
        return {}
    statement = (
        select(OrderException.cause, OrderException.key, OrderException.evidence)
        .where(OrderException.purchase_order_id.in_(ids), OrderException.resolution == NOTE)
        .order_by(OrderException.resolved_at)
    )
    return {(cause, key): _rests_on(evidence) for cause, key, evidence in (await session.execute(statement)).all()}


def _rests_on(evidence: dict[str, Any]) -> tuple[Any, Any]:
    return evidence.get("message"), binding(evidence.get("values") or {})


def _ended_by(state: OrderState) -> str:
    if state.answered_by in ("outside", "history"):
        return "answered_outside"
    if state.status in ("cancelled", "closed"):
        return "closed"
    return "answered" if state.status in ANSWERED else "by_itself"


async def resolve(session: AsyncSession, ids: Sequence[UUID], resolution: str, actor: Actor | None) -> None:
    await session.execute(
        update(OrderException)
        .where(OrderException.id.in_(ids))
        .values(
            state="resolved",
            resolution=resolution,
            resolved_at=func.now(),
            resolved_by_type=actor.type if actor is not None else "system",
            resolved_by_name=actor.name if actor is not None else "OKTee",
            resolved_by_id=UUID(actor.id) if actor is not None and actor.id else None,
            updated_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )
    await settle(
        session, "exception", ids, [Notice.ASSIGNED, Notice.EXCEPTION_CRITICAL]
    )  # who has them need do nothing more


def _row(order: PurchaseOrder, state: OrderState, found: Found) -> dict[str, Any]:
    cause = CAUSES[found.cause]
    return {
        "id": new_id(),
        "cause": found.cause,
        "key": found.key(order.id),
        "purchase_order_id": order.id,
        "sequence": found.sequence,
        "connection_id": order.connection_id,
        "evidence": found.evidence,
        "severity": cause.severity,
        "owner_role": cause.owner_role,
        "due_at": state.deadline_at,
        "state": "open",
        "until_change": False,
        "marketplace_id": order.marketplace_id,
        "vendor_code": order.vendor_code,
        "brands": order.brands if found.sequence is None else [found.brand or ""],
    }


async def _found(session: AsyncSession, rows: Iterable[Any]) -> dict[UUID, list[Found]]:
    """What holds each order now: its gates, its lines, its answer and its clock."""
    found: dict[UUID, list[Found]] = defaultdict(list)
    waiting = {order.id: (order, state) for order, state in rows if state.status in WAITING}
    if not waiting:
        return found
    decisions = {state.decision_id: order.id for order, state in waiting.values() if state.decision_id is not None}
    lines = await session.execute(
        select(DecisionLine.decision_id, DecisionLine.sequence, DecisionLine.brand, DecisionLine.hold).where(
            DecisionLine.decision_id.in_(decisions), DecisionLine.hold != EMPTY
        )
    )
    for decision_id, sequence, brand, held in lines.all():
        found[decisions[decision_id]] += _causes(held, sequence, brand)
    gates = await session.execute(select(Decision.id, Decision.hold).where(Decision.id.in_(decisions)))
    for decision_id, held in gates.all():
        found[decisions[decision_id]] += _causes(held, None, None)
    for order, state in waiting.values():
        mine = found[order.id]
        own = [step for step in state.hold if step["message"].startswith(("supply.hold.", "supply.answer."))]
        known = {each.cause for each in mine if each.sequence is None}
        mine += [each for each in _causes(own, None, None) if each.cause not in known]
        if state.escalated_at is not None and state.answered_at is None:
            when = state.deadline_at.isoformat()
            mine.append(Found("deadline", None, notice("supply.exception.deadline", deadline=when)))
    await _of_answers(session, {key: state for key, (_, state) in waiting.items()}, found)
    await _of_changes(session, [pair for pair in waiting.values() if pair[1].status == "changed"], found)
    return found


def _causes(steps: Iterable[dict[str, Any]], sequence: str | None, brand: str | None) -> list[Found]:
    """One for each cause; the first step of a cause is what is shown."""
    made: dict[str, Found] = {}
    for step in steps:
        cause = cause_of(step["message"])
        if cause is not None and cause != "changed" and cause not in made:
            evidence: dict[str, Any] = {name: step[name] for name in SHOWN if name in step}
            made[cause] = Found(cause, sequence, evidence, brand)
    return list(made.values())


async def _of_answers(session: AsyncSession, states: dict[UUID, OrderState], found: dict[UUID, list[Found]]) -> None:
    """Why the last answer failed, or what Amazon shows instead of it."""
    ids = [key for key, state in states.items() if state.status in ("send_failed", "mismatch")]
    if not ids:
        return
    statement = (
        select(Acknowledgement)
        .where(Acknowledgement.purchase_order_id.in_(ids), Acknowledgement.state.in_(("failed", "mismatch")))
        .order_by(Acknowledgement.answer)
    )
    for answer in {one.purchase_order_id: one for one in (await session.execute(statement)).scalars()}.values():
        if states[answer.purchase_order_id].status == "send_failed":
            error = answer.error or {}
            why: dict[str, Any] = {name: error[name] for name in SHOWN if name in error}
            found[answer.purchase_order_id].append(Found("send_failed", None, why))
            continue
        sent = {line["sequence"]: line["accepted"] + line["backordered"] for line in answer.lines}
        shown = {line["sequence"]: line["accepted"] for line in answer.seen or []}
        wrong = sum(1 for sequence, units in sent.items() if shown.get(sequence) != units)
        evidence = notice("supply.exception.mismatch", lines=wrong, answer=answer.answer)
        found[answer.purchase_order_id].append(Found("mismatch", None, evidence))


async def _of_changes(session: AsyncSession, changed: Sequence[Any], found: dict[UUID, list[Found]]) -> None:
    """What moved since the answer that stands, counted as the page of the order shows it."""
    if not changed:
        return
    orders = {order.id: order for order, _ in changed}
    answered = dict(
        (
            await session.execute(
                select(Acknowledgement.purchase_order_id, func.max(Acknowledgement.revision))
                .where(Acknowledgement.purchase_order_id.in_(orders), Acknowledgement.state.in_(AT_AMAZON))
                .group_by(Acknowledgement.purchase_order_id)
            )
        ).all()
    )
    statement = select(
        PurchaseOrderRevision.purchase_order_id, PurchaseOrderRevision.revision, PurchaseOrderRevision.changes
    ).where(PurchaseOrderRevision.purchase_order_id.in_(orders), PurchaseOrderRevision.revision > 1)
    revisions: dict[UUID, list[tuple[int, list[dict[str, Any]]]]] = {order_id: [] for order_id in orders}
    for order_id, revision, changes in (await session.execute(statement)).all():
        revisions[order_id].append((revision, changes or []))
    for order_id, order in orders.items():
        changes = changed_since(revisions[order_id], answered.get(order_id, 1))
        evidence = notice("supply.exception.changed", revision=order.revision, changes=len(changes))
        if changes and all(change["sequence"] is not None for change in changes):
            evidence["subject"] = {"lines": sorted(touched_lines(changes))}
        found[order_id].append(Found("changed", None, evidence))
