"""Answers: planned in one transaction with their reservation and journal entry (trust/RELIABILITY 3, step 1)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.catalog import stock
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit.clock import now as present
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound
from oktee.modules.supply import second_person
from oktee.modules.supply.answers.body import AcknowledgementBody, AnswerError, LineAnswer, build, encode
from oktee.modules.supply.answers.protocol import AT_AMAZON, EFFECTIVE, follows, held_after, held_meanwhile
from oktee.modules.supply.answers.protocol import OPEN as OPEN
from oktee.modules.supply.answers.validation import Violation, blocking, validate
from oktee.modules.supply.clocks import read_clock
from oktee.modules.supply.line_answers import pieces_of, places_of
from oktee.modules.supply.proposing import order_input
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState
from oktee.notify.outbox import publish

ALSO_THESE = "also_these"
"""Why an answer is planned that a person handed to automation: with it switched off, it does not leave either."""
WAITING = ("to_confirm", "scheduled", "held", "changed")


class OrderChanged(Conflict):
    """Amazon changed the order after this page was read."""


class DecisionChanged(Conflict):
    """Somebody else, or a rule, decided again after this page was read."""


class AlreadyAnswered(Conflict):
    """The order has its answer already."""


class AnswerInFlight(Conflict):
    """An answer of this order is on its way; the next one waits for its proof."""


class LinesUndecided(Conflict):
    """Amazon rejects lines that are left out, so every line needs an answer first."""


class AnswerInvalid(Invalid):
    """The answer breaks a rule of Amazon; each line names which. `broken`: the rules themselves."""

    broken: tuple[Violation, ...] = ()


async def get_order(session: AsyncSession, order_id: UUID) -> PurchaseOrder:
    found = await session.get(PurchaseOrder, order_id)
    if found is None:
        raise NotFound("There is no such order.")
    return found


async def lock_state(session: AsyncSession, order_id: UUID) -> OrderState:
    """The order's state, locked: whoever decides about one order does so alone. Raises NotFound.

    The order's row comes first, as everywhere: a row that points to it would ask for it later, and two could deadlock.
    """
    await session.execute(select(PurchaseOrder.id).where(PurchaseOrder.id == order_id).with_for_update())
    statement = select(OrderState).where(OrderState.purchase_order_id == order_id).with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such order, or it has not been looked at yet.")
    return found


async def lines_of(session: AsyncSession, decision_id: UUID) -> list[DecisionLine]:
    statement = select(DecisionLine).where(DecisionLine.decision_id == decision_id).order_by(DecisionLine.sequence)
    return list((await session.execute(statement)).scalars())


async def answers_of(session: AsyncSession, order_id: UUID) -> list[Acknowledgement]:
    """Our answers to an order, oldest first."""
    statement = (
        select(Acknowledgement).where(Acknowledgement.purchase_order_id == order_id).order_by(Acknowledgement.answer)
    )
    return list((await session.execute(statement)).scalars())


def check_same(state: OrderState, order: PurchaseOrder, *, revision: int, decision_id: UUID) -> None:
    """The page and the store speak of the same revision and decision. Raises OrderChanged, DecisionChanged."""
    if order.revision != revision or state.revision != revision:
        raise OrderChanged("Amazon changed this order after you opened it. Look at what changed, then decide again.")
    if state.decision_id != decision_id:
        raise DecisionChanged("Somebody else decided about this order after you opened it. Reload to see their answer.")


async def plan(
    session: AsyncSession,
    order: PurchaseOrder,
    state: OrderState,
    *,
    by: second_person.Confirming,
    send_at: datetime,
    reason: str,
    now: datetime | None = None,
) -> Acknowledgement:
    """Plan the answer that the state's decision holds. The caller has locked `state` and checked the revision.

    Reserves stock, writes the answer with the very bytes to send, the state and the audit entry: all or nothing.
    Raises AlreadyAnswered, AnswerInFlight, LinesUndecided, AnswerInvalid, and what `second_person.check` raises.
    """
    now, actor = now or present(), by.actor
    if state.answered_by in ("outside", "history") or state.status in ("cancelled", "closed"):
        raise AlreadyAnswered("This order was answered outside OKTee; nothing is sent from here.")
    earlier = await answers_of(session, order.id)
    place = follows([(answer.answer, answer.state) for answer in earlier])
    if place is None:
        raise AnswerInFlight("An answer to this order is on its way. Wait until it is seen on Amazon.")
    if state.decision_id is None:
        raise LinesUndecided("This order has no decision yet.")
    decision = await session.get(Decision, state.decision_id)
    if decision is None or decision.revision != order.revision:
        raise OrderChanged("Amazon changed this order after it was decided. It is being decided again.")
    lines = await lines_of(session, state.decision_id)
    await second_person.check(session, decision, lines, earlier, by)
    asked = await order_input(session, order)
    body = build_body(asked, lines, now)
    sent = [json.loads(answer.payload) for answer in earlier if answer.state in EFFECTIVE]
    since = (await read_clock(session, order)).since if sent else {}
    check_body(asked, body, lines, now=now, earlier=sent, since=since)
    payload = encode(body)
    hashed = hashlib.sha256(payload).digest()
    if earlier and earlier[-1].state == "seen" and _same_lines(json.loads(earlier[-1].payload), body):
        raise AlreadyAnswered("Amazon shows exactly this answer already.")
    number, supersedes = place
    answer = Acknowledgement(
        connection_id=order.connection_id,
        po_number=order.po_number,
        answer=number,
        purchase_order_id=order.id,
        revision=order.revision,
        decision_id=state.decision_id,
        state="planned",
        supersedes=supersedes,
        payload=payload,
        payload_hash=hashed,
        lines=[_line_json(line) for line in lines if line.asked > 0],
        planned_by_type=actor.type,
        planned_by_id=UUID(actor.id) if actor.id else None,
        planned_by_name=actor.name,
        planned_at=now,
        send_at=send_at,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        brands=order.brands,
    )
    session.add(answer)
    await _reserve_both(session, order.id, lines)
    state.status = "scheduled" if send_at > now else "sending"
    state.send_at = send_at
    state.send_reason = reason
    state.answered_by = "oktee"
    state.hold = []
    state.proposed = True
    await record(
        session,
        "answer.planned",
        actor=actor,
        subject=Subject("order", str(order.id), order.po_number),
        payload={
            "answer": number,
            "revision": order.revision,
            "decision_id": str(state.decision_id),
            "payload_hash": hashed.hex(),
            "send_at": send_at.isoformat(),
            "asked": order.units,
            "taken": state.taken,
            "backordered": state.backordered,
            "cut": state.cut,
        },
        cause=reason,
        audit=True,
        correlation_id=correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await session.flush()
    return answer


def correlation(order: PurchaseOrder) -> str:
    """What ties all entries about one order together."""
    return f"order:{order.id}"


def build_body(asked: Any, lines: Sequence[DecisionLine], now: datetime) -> AcknowledgementBody:
    """The body of these lines. Raises LinesUndecided naming the lines without an answer, AnswerInvalid."""
    missing = [line.sequence for line in lines if line.asked > 0 and line.taken is None]
    if missing:
        raise LinesUndecided(
            f"{len(missing)} lines have no answer. Amazon rejects lines that are left out, "
            f"and a rejected line cannot be accepted later: {', '.join(missing[:10])}."
        )
    answers = [
        LineAnswer(
            line.sequence,
            line.taken or 0,
            line.backordered or 0,
            line.cut or 0,
            line.ship_at,
            line.backorder_at,
            line.rejection_reason if line.cut else None,
            line.list_price,
            line.discount_multiplier,
        )
        for line in lines
    ]
    try:
        return build(asked, answers, acknowledgement_date=now)
    except AnswerError as error:
        position = next((n for n, line in enumerate(lines) if line.sequence == error.line), 0)
        fault = FieldError(f"/lines/{position}", error.code, f"Line {error.line}: {error.code.replace('_', ' ')}.")
        raise AnswerInvalid("This answer cannot be built.", errors=(fault,)) from error


def check_body(
    asked: Any,
    body: AcknowledgementBody,
    lines: Sequence[DecisionLine],
    *,
    now: datetime,
    earlier: Sequence[AcknowledgementBody],
    since: Mapping[str, datetime],
) -> None:
    """Amazon's hard rules H1 to H15. Raises AnswerInvalid with every breach."""
    broken = blocking(validate(asked, body, now=now, earlier=earlier, since=since))
    if broken:
        places = {line.sequence: n for n, line in enumerate(lines)}
        refused = AnswerInvalid(
            "Amazon does not take this answer.",
            errors=tuple(
                FieldError(
                    f"/lines/{places[fault.line]}" if fault.line in places else "",
                    fault.message.rsplit(".", 1)[-1],
                    f"{fault.code}: {fault.message.rsplit('.', 1)[-1].replace('_', ' ')}"
                    + (f" on line {fault.line}" if fault.line else ""),
                )
                for fault in broken
            ),
        )
        refused.broken = broken
        raise refused


def answered_as(state: OrderState) -> str:
    """The status of an order whose answer Amazon shows, by what was taken of it."""
    if (state.taken or 0) + (state.backordered or 0) == 0:
        return "rejected"
    return "partly_confirmed" if state.cut or state.backordered else "confirmed"


async def reserve(session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine]) -> None:
    """Hold in stock what these lines promise, now or later; an earlier reservation of the order is replaced."""
    await _reserve(session, order_id, lines, _pieces(lines))


async def _reserve_both(session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine]) -> None:
    """Hold what these lines promise, and until Amazon shows them what is held already."""
    held = await stock.promised_to(session, order_id)
    await _reserve(session, order_id, lines, held_meanwhile(_pieces(lines), held))


def _pieces(lines: Sequence[DecisionLine]) -> dict[tuple[str, UUID], int]:
    return {
        (line.sequence, item): units
        for line in lines
        for item, units in pieces_of(line, (line.taken or 0) + (line.backordered or 0)).items()
    }


async def _reserve(
    session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine], pieces: dict[tuple[str, UUID], int]
) -> None:
    """Hold these pieces; from the warehouses that the lines name, where it is as many as they promise."""
    wanted: dict[str, dict[UUID, int]] = {}
    for (sequence, item), units in pieces.items():
        wanted.setdefault(sequence, {})[item] = units
    own = _pieces(lines)
    placed = {
        line.sequence: {
            item: at for item, at in places.items() if pieces.get((line.sequence, item)) == own[line.sequence, item]
        }
        for line in lines
        if (places := places_of(line)) is not None
    }
    await stock.set_reservation(
        session, purchase_order_id=order_id, source_type="order", source_id=str(new_id()), lines=wanted, placed=placed
    )


async def in_effect(session: AsyncSession, order_id: UUID) -> Acknowledgement | None:
    """Our newest answer that Amazon has, or may have; None when it has none of ours."""
    statement = (
        select(Acknowledgement)
        .where(
            Acknowledgement.purchase_order_id == order_id,
            Acknowledgement.state.in_(AT_AMAZON),
        )
        .order_by(Acknowledgement.answer.desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def release(session: AsyncSession, order_id: UUID) -> None:
    """Give back what was held for an answer that does not leave. What an answer in effect promised stays held."""
    promised = await in_effect(session, order_id)
    if promised is None:
        await release_all(session, order_id)
        return
    held = await stock.promised_to(session, order_id)
    lines = await lines_of(session, promised.decision_id)
    await _reserve(session, order_id, lines, held_after(held, _pieces(lines)))


async def release_all(session: AsyncSession, order_id: UUID) -> None:
    """Give back everything this order holds: Amazon cancelled it."""
    await stock.set_reservation(
        session, purchase_order_id=order_id, source_type="order", source_id=str(new_id()), lines={}
    )


async def supersede_planned(session: AsyncSession, order_id: UUID, *, cause: str, actor: Actor = SYSTEM) -> bool:
    """A planned answer that has not left is taken back, and the journal says why. Answers whether there was one."""
    statement = (
        update(Acknowledgement)
        .where(Acknowledgement.purchase_order_id == order_id, Acknowledgement.state == "planned")
        .values(state="superseded", finished_at=func.now())
        .returning(Acknowledgement.answer)
    )
    numbers = (await session.execute(statement)).scalars().all()
    if not numbers:
        return False
    order = await get_order(session, order_id)
    await record(
        session,
        "answer.superseded",
        actor=actor,
        subject=Subject("order", str(order.id), order.po_number),
        payload={"answer": numbers[0], "revision": order.revision},
        cause=cause,
        audit=True,
        correlation_id=correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
    )
    return True


async def copy_decision(
    session: AsyncSession, state: OrderState, *, actor: Actor
) -> tuple[Decision, list[DecisionLine]]:
    """A new version of the current decision, line by line; only what the actor changes differs from the old one."""
    old = await session.get(Decision, state.decision_id)
    if old is None or state.decision_id is None:
        raise LinesUndecided("This order has no decision yet.")
    lines = await lines_of(session, state.decision_id)
    last = await session.scalar(
        select(func.max(Decision.number)).where(Decision.purchase_order_id == state.purchase_order_id)
    )
    copied = Decision(**_columns(old, {"id", "organization_id", "decided_at"}))
    copied.number = (last or 0) + 1
    copied.decided_by_type, copied.decided_by_name = actor.type, actor.name
    copied.decided_by_id = UUID(actor.id) if actor.id else None
    copied.decided_at = present()
    session.add(copied)
    await session.flush()
    fresh = []
    for line in lines:
        made = DecisionLine(**_columns(line, {"id", "organization_id", "decision_id"}), decision_id=copied.id)
        session.add(made)
        fresh.append(made)
    await session.flush()
    return copied, fresh


def _columns(row: Any, leave_out: set[str]) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in row.__mapper__.column_attrs if c.key not in leave_out}


def count(lines: Sequence[DecisionLine], costs: dict[str, Decimal]) -> dict[str, Any]:
    """Sums of a decision's lines for the order's state: eaches, lines without an answer, value of what is cut."""
    return {
        "taken": sum(line.taken or 0 for line in lines),
        "backordered": sum(line.backordered or 0 for line in lines),
        "cut": sum(line.cut or 0 for line in lines),
        "undecided_lines": sum(1 for line in lines if line.asked > 0 and line.taken is None),
        "cut_value": sum((costs.get(line.sequence, Decimal(0)) * (line.cut or 0) for line in lines), Decimal(0)),
    }


def _line_json(line: DecisionLine) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "accepted": line.taken or 0,
        "backordered": line.backordered or 0,
        "rejected": line.cut or 0,
        "reason": line.rejection_reason if line.cut else None,
        "ship_at": line.ship_at.isoformat() if line.ship_at and line.taken else None,
        "backorder_at": line.backorder_at.isoformat() if line.backorder_at and line.backordered else None,
    }


def _same_lines(one: AcknowledgementBody, other: AcknowledgementBody) -> bool:
    return one["acknowledgements"][0]["items"] == other["acknowledgements"][0]["items"]
