"""What a person does to an order before it is sent: edit lines, hold, release, stop a scheduled answer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.journal.record import Actor, person
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.modules.supply import answering, costing, second_person
from oktee.modules.supply.clocks import Closed, closed_lines, read_clock
from oktee.modules.supply.decided import answers_of, copy_decision, count, lines_of
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.exceptions.keeping import By, reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.line_answers import default_date, follow, wire_totals
from oktee.modules.supply.notices import notice
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.proposing.as_input import line_input
from oktee.modules.supply.reserving import in_effect, release
from oktee.modules.supply.tables import Acknowledgement, DecisionLine, OrderState
from oktee.modules.supply.wire.asked import DraftIn, DraftLine
from oktee.notify.outbox import publish

DATES_ONLY = "48 hours after the order, or after its own last change of the line, Amazon takes only new dates."
UNDO_WITHIN = timedelta(minutes=5)
"""So long after a hold it can be undone as if it had not been; afterwards it is released, and the rules look again."""


class NotEditable(Conflict):
    """The order is answered, closed or on its way; its quantities are fixed."""


class NotScheduled(Conflict):
    """Nothing is scheduled for this order any more."""


async def save_draft(
    session: AsyncSession, caller: Caller, order_id: UUID, body: DraftIn, *, mine: Collection[str] | None = None
) -> None:
    """A new version of the decision with these lines changed. Raises Invalid naming each wrong line.

    `mine`: the lines this person sees, where those are not all of the order's; any other line is unknown to them.
    """
    state = await answering.lock_state(session, order_id)
    order = await answering.get_order(session, order_id)
    answering.check_same(state, order, revision=body.revision, decision_id=body.decision_id)
    closed = await _check_open(session, order, state)
    mirrored = await mirrored_lines(session, order_id)
    theirs = mirrored if mine is None else {sequence: mirrored[sequence] for sequence in mirrored if sequence in mine}
    _check_lines(caller, body, theirs, await lines_of(session, body.decision_id))
    _check_dates_only(body, closed)
    decision, lines = await copy_decision(session, state, actor=person(caller))
    by_sequence = {line.sequence: line for line in lines}
    changed = []
    for given in body.lines:
        line, asked = by_sequence[given.sequence], mirrored[given.sequence]
        before = {"taken": line.taken, "backordered": line.backordered, "cut": line.cut}
        _apply(line, given, asked, order, caller)
        changed.append(
            {
                "sequence": line.sequence,
                "was": before,
                "now": {"taken": line.taken, "backordered": line.backordered, "cut": line.cut},
                "reason": line.rejection_reason,
            }
            | ({} if (note := _note(given)) is None else {"note": note})
        )
    await answering.supersede_planned(session, order_id, cause="edited", actor=person(caller))
    await release(session, order_id)
    await costing.keep(session, order, mirrored.values(), lines)
    costs = {sequence: Decimal(line.net_cost or 0) for sequence, line in mirrored.items()}
    sums = count(lines, costs)
    waits = await second_person.hold_of(session, order_id, decision, lines)
    still_held = [*waits, *(step for line in lines for step in line.hold)]
    state.decision_id, state.send_at = decision.id, None
    state.answered_by = "oktee" if await in_effect(session, order_id) is not None else None
    state.decided_by_type, state.decided_by_name = "person", caller.name
    state.taken, state.backordered, state.cut = sums["taken"], sums["backordered"], sums["cut"]
    state.undecided_lines, state.cut_value = sums["undecided_lines"], sums["cut_value"]
    state.hold, state.proposed = still_held, True
    if state.status != "changed":
        state.status = "held" if still_held or sums["undecided_lines"] else "to_confirm"
    decision.totals = wire_totals(lines, costs, order.currency)
    decision.hold = []
    await record_order(
        session,
        order,
        "order.edited",
        actor=person(caller),
        payload={"decision_id": str(decision.id), "revision": order.revision, "lines": changed},
        audit=True,
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await reflect(session, [order.id], by=By(person(caller), "take"))


async def _check_editable(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> None:
    closed = await _check_open(session, order, state)
    if closed and closed.keys() >= (await mirrored_lines(session, order.id)).keys():
        raise NotEditable(DATES_ONLY)


async def _check_open(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> dict[str, Closed]:
    """The lines of which only dates may change any more (H6). Raises NotEditable, AnswerInFlight where nothing may."""
    if state.status in ("cancelled", "closed") or state.answered_by in ("outside", "history"):
        raise NotEditable("This order has its answer; nothing can be changed from here.")
    answers = await answers_of(session, order.id)
    if any(answer.state in ("sending", "unknown", "sent") for answer in answers):
        raise answering.AnswerInFlight("An answer to this order is on its way. Wait until it is seen on Amazon.")
    return closed_lines(order, await read_clock(session, order), answers, present())


def _check_dates_only(body: DraftIn, closed: Mapping[str, Closed]) -> None:
    """The quantities given are those that were answered; only their dates are others. Raises NotEditable."""
    for given in body.lines:
        line = closed.get(given.sequence)
        if line is not None and (given.taken, given.backordered) != (line.taken, line.backordered):
            raise NotEditable(DATES_ONLY)


def _check_waiting(state: OrderState) -> None:
    """There is something to hold or to decide: an answer that Amazon shows as given is changed line by line instead."""
    if state.status not in (*answering.WAITING, "sending", "send_failed", "mismatch"):
        raise NotEditable("This order has its answer; there is nothing to hold. Change its lines instead.")


async def mirrored_lines(session: AsyncSession, order_id: UUID) -> dict[str, PurchaseOrderLine]:
    statement = select(PurchaseOrderLine).where(PurchaseOrderLine.purchase_order_id == order_id)
    return {line.sequence: line for line in (await session.execute(statement)).scalars()}


def _check_lines(
    caller: Caller, body: DraftIn, mirrored: dict[str, PurchaseOrderLine], decided: Sequence[DecisionLine]
) -> None:
    known = {line.sequence: line for line in decided}
    faults: list[FieldError] = []
    seen: set[str] = set()
    for n, given in enumerate(body.lines):
        line = mirrored.get(given.sequence)
        before = known.get(given.sequence)
        if line is None or before is None:
            faults.append(FieldError(f"/lines/{n}/sequence", "unknown_line", f"There is no line {given.sequence}."))
            continue
        if given.sequence in seen:
            faults.append(FieldError(f"/lines/{n}/sequence", "line_twice", f"Line {given.sequence} is given twice."))
        seen.add(given.sequence)
        faults += _line_faults(n, given, line)
        hard = given.rejection_reason in second_person.HARD and given.taken + given.backordered < line.units
        if hard and not caller.may(second_person.REJECT_HARD):
            raise second_person.HardRejectNotAllowed(f"Your role does not include {second_person.REJECT_HARD}.")
        if hard or (given.taken == 0 and given.backordered == 0 and line.units > 0):
            faults += _door_faults(n, given, line, before, hard=hard)
    if faults:
        raise Invalid("Some lines cannot be answered like this.", errors=tuple(faults))


def _line_faults(n: int, given: DraftLine, line: PurchaseOrderLine) -> list[FieldError]:
    faults: list[FieldError] = []
    total = given.taken + given.backordered
    if total > line.units:
        faults.append(
            FieldError(
                f"/lines/{n}/taken", "more_than_ordered", f"Amazon asked {line.units}; {total} is more than that."
            )
        )
    size = line.unit_size if line.unit_of_measure.casefold() == "cases" else 1
    for name, units in (("taken", given.taken), ("backordered", given.backordered)):
        if size > 1 and units % size:
            faults.append(
                FieldError(f"/lines/{n}/{name}", "not_whole_cases", f"This line is ordered in cases of {size}.")
            )
    if given.backordered and not line.backorder_allowed:
        faults.append(
            FieldError(f"/lines/{n}/backordered", "backorder_not_allowed", "Amazon takes no backorder on this line.")
        )
    if given.backordered and given.backorder_at is None:
        faults.append(
            FieldError(f"/lines/{n}/backorder_at", "date_missing", "A backorder needs the date it will ship.")
        )
    for name, at in (("ship_at", given.ship_at), ("backorder_at", given.backorder_at)):
        if at is not None and at.tzinfo is None:
            faults.append(FieldError(f"/lines/{n}/{name}", "no_zone", "Give the instant with its offset."))
    faults += _book_faults(n, given, line)
    if given.rejection_reason is not None and total >= line.units:
        faults.append(
            FieldError(f"/lines/{n}/rejection_reason", "nothing_cut", "Nothing is cut, so there is nothing to explain.")
        )
    return faults


def _book_faults(n: int, given: DraftLine, line: PurchaseOrderLine) -> list[FieldError]:
    faults = []
    for name in ("list_price", "discount_multiplier"):
        said = getattr(given, name)
        if said is not None and not line_input(line).book:
            faults.append(
                FieldError(f"/lines/{n}/{name}", "not_a_book", "Only a book with a list price is answered so.")
            )
        elif said is not None and Decimal(said) == 0:
            faults.append(FieldError(f"/lines/{n}/{name}", "not_positive", "It must be above zero."))
    return faults


def door_name(before: DecisionLine, line: PurchaseOrderLine) -> str:
    """What a person types to say that they mean this line."""
    return before.sku or line.vendor_product_identifier or line.asin or line.sequence


def _door_faults(
    n: int, given: DraftLine, line: PurchaseOrderLine, before: DecisionLine, *, hard: bool
) -> list[FieldError]:
    """A line with nothing taken is a one-way door, and a reason that ends the product is one whatever is taken: the person
    repeats the SKU and names Amazon's reason."""
    name = door_name(before, line)
    faults = []
    if given.confirm_sku != name:
        faults.append(
            FieldError(
                f"/lines/{n}/confirm_sku",
                "one_way_door",
                f"This reason tells Amazon not to order it again. Type {name} to say so."
                if hard
                else f"A rejected line can never be accepted later. Type {name} to reject it.",
            )
        )
    if given.rejection_reason is None:
        faults.append(FieldError(f"/lines/{n}/rejection_reason", "reason_missing", "Amazon needs a reason."))
    return faults


def _note(given: DraftLine) -> str | None:
    """In one line: it stands in a sentence."""
    return " ".join((given.note or "").split()) or None


def _apply(
    line: DecisionLine, given: DraftLine, asked: PurchaseOrderLine, order: PurchaseOrder, caller: Caller
) -> None:
    cut = asked.units - given.taken - given.backordered
    # The trace stays as what the rules had proposed; the sentence of the line is the person's from now on.
    said = {"was": line.taken, "now": given.taken, "backordered": given.backordered, "cut": cut}
    note = _note(given)
    if note is None:
        line.summary = notice("supply.summary.by_person", name=caller.name, **said)
    else:
        line.summary = notice("supply.summary.by_person_because", name=caller.name, **said, note=note)
    line.taken, line.backordered, line.cut = given.taken, given.backordered, cut
    line.rejection_reason = (given.rejection_reason or "TemporarilyUnavailable") if cut else None
    line.ship_at = (given.ship_at or line.ship_at or default_date(order)) if given.taken else None
    line.backorder_at = given.backorder_at if given.backordered else None
    line.list_price, line.discount_multiplier = given.list_price, given.discount_multiplier
    follow(line)
    line.decided_by_type, line.decided_by_name, line.decided_by_id = "person", caller.name, caller.user_id
    line.hold = []


async def hold(session: AsyncSession, caller: Caller, order_id: UUID, reason: str) -> None:
    """Nothing leaves for this order until a person releases or confirms it."""
    state = await answering.lock_state(session, order_id)
    order = await answering.get_order(session, order_id)
    await _check_editable(session, order, state)
    _check_waiting(state)
    await _hold(
        session, caller, order, state, notice("supply.hold.by_person", name=caller.name, reason=reason), "order.held"
    )


async def stop_scheduled(session: AsyncSession, caller: Caller, order_id: UUID) -> None:
    """Stop an answer before it leaves. Raises NotScheduled when it has left."""
    state = await answering.lock_state(session, order_id)
    order = await answering.get_order(session, order_id)
    if state.status != "scheduled":
        raise NotScheduled("This answer is not waiting to be sent any more.")
    why = notice("supply.answer.stopped_by_person", name=caller.name)
    await _hold(session, caller, order, state, why, "answer.stopped")


async def _hold(
    session: AsyncSession, caller: Caller, order: PurchaseOrder, state: OrderState, why: dict[str, Any], kind: str
) -> None:
    await answering.supersede_planned(session, order.id, cause="held", actor=person(caller))
    await release(session, order.id)
    state.status, state.send_at = "held", None
    state.answered_by = "oktee" if await in_effect(session, order.id) is not None else None
    state.hold = [why, *[step for step in state.hold if step["message"] not in ("supply.hold.by_person",)]]
    state.decided_by_type, state.decided_by_name = "person", caller.name
    await record_order(session, order, kind, actor=person(caller), outcome="held", payload=why, audit=True)
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await reflect(session, [order.id])


async def undo_hold(session: AsyncSession, caller: Caller, order_id: UUID) -> None:
    """Take back a person's hold as if it had not been: the answer it stopped waits for its minute again. Where anything was
    decided or changed since, or nothing was stopped, the rules look at the order again."""
    if not await _stopped(session, order_id):
        await release_hold(session, caller, order_id)
        return
    state = await answering.lock_state(session, order_id)
    order = await answering.get_order(session, order_id)
    await _check_editable(session, order, state)
    stopped = await _stopped(session, order_id)
    if stopped is None:
        raise answering.DecisionChanged("Somebody else decided about this order meanwhile. Look at it again.")
    planned_by = str(stopped.planned_by_id) if stopped.planned_by_id else None
    planner = Actor(stopped.planned_by_type, stopped.planned_by_name, planned_by)
    await record_order(session, order, "order.released", actor=person(caller), cause="undone", audit=True)
    answer = await answering.plan(
        session,
        order,
        state,
        by=second_person.Confirming(planner, may_reject_hard=caller.may(second_person.REJECT_HARD)),
        send_at=max(stopped.send_at, present()),
        reason=state.send_reason or "hold_undone",
    )
    state.decided_by_type, state.decided_by_name = planner.type, planner.name
    await work.schedule(session, kinds.SUBMIT, answer_key(answer), due_at=answer.send_at)
    await reflect(session, [order.id])


async def _stopped(session: AsyncSession, order_id: UUID) -> Acknowledgement | None:
    """The planned answer that a hold of the last minutes stopped, when the order still stands as it stood then."""
    state = await session.scalar(select(OrderState).where(OrderState.purchase_order_id == order_id))
    last = next(iter((await answers_of(session, order_id))[::-1]), None)
    if state is None or last is None or state.status != "held" or last.state != "superseded":
        return None
    held = bool(state.hold) and state.hold[0]["message"] == "supply.hold.by_person"
    same = (last.decision_id, last.revision) == (state.decision_id, state.revision)
    recent = last.finished_at is not None and last.finished_at > present() - UNDO_WITHIN
    return last if held and same and recent else None


async def release_hold(session: AsyncSession, caller: Caller, order_id: UUID) -> None:
    """The rules look at the order again, with the catalogue and stock of now."""
    order = await answering.get_order(session, order_id)
    await work.schedule(session, kinds.DECIDE, str(order.connection_id))  # work rows before data rows, as everywhere
    state = await answering.lock_state(session, order_id)
    await _check_editable(session, order, state)
    _check_waiting(state)
    await answering.supersede_planned(session, order_id, cause="released", actor=person(caller))
    await release(session, order_id)
    state.revision = -abs(
        state.revision
    )  # below every revision: the decide job takes it up, and knows what it had seen
    state.status, state.send_at, state.hold = "to_confirm", None, []
    state.answered_by = "oktee" if await in_effect(session, order_id) is not None else None
    await record_order(session, order, "order.released", actor=person(caller), audit=True)
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
    await reflect(session, [order.id])
