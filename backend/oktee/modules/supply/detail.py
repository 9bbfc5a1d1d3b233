"""Everything about one order, read in a handful of statements and put together for its page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine, PurchaseOrderRevision
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound
from oktee.modules.supply.answered_elsewhere import ELSEWHERE, as_shown, shown_parts
from oktee.modules.supply.answers.body import book_terms
from oktee.modules.supply.answers.clock import Revised
from oktee.modules.supply.answers.protocol import AT_AMAZON
from oktee.modules.supply.changes import changed_since, touched_lines
from oktee.modules.supply.clocks import Clock, clock_of, closed_lines
from oktee.modules.supply.cost_showing import kept_costs
from oktee.modules.supply.decided import answers_of, lines_of
from oktee.modules.supply.event_log import list_entries
from oktee.modules.supply.feasibility import feasibility_of
from oktee.modules.supply.goods import Goods, read_goods
from oktee.modules.supply.logistics import freight_of, read_terms
from oktee.modules.supply.marking import marks_of
from oktee.modules.supply.notices import notice
from oktee.modules.supply.picking import Shelf, picks_of, shelves_of
from oktee.modules.supply.proposing.as_input import line_input
from oktee.modules.supply.rows import row_of
from oktee.modules.supply.rules.trace import told_steps
from oktee.modules.supply.second_person import SECOND, waits_by_order, who_chose, who_may
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import Seen, extra_columns, only_seen, scope_info, seen_of
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState
from oktee.modules.supply.wire.answers import Answer, AnswerError, AnswerLine, SeenLine
from oktee.modules.supply.wire.detail import (
    Change,
    Changed,
    DecisionInfo,
    OrderDetail,
    ReadBack,
    Revision,
    SecondOf,
    SecondPeople,
    SecondPerson,
    Stage,
    Totals,
)
from oktee.modules.supply.wire.lines import Book, Line, LineLock, TraceStep
from oktee.modules.supply.wire.words import Actor, Message
from oktee.notify.recipients import Place, read_roster

STAGE_BY_STATE = {"planned": "sent", "sending": "sent", "unknown": "processing", "sent": "processing"}


async def read_detail(session: AsyncSession, order_id: UUID) -> OrderDetail:
    """The page of one order. Raises NotFound."""
    row = (
        await session.execute(
            select(PurchaseOrder, OrderState, *extra_columns(session))
            .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
            .where(PurchaseOrder.id == order_id)
        )
    ).first()
    if row is None:
        raise NotFound("There is no such order, or it has not been looked at yet.")
    order, state, *extra = row
    seen = seen_of(order, state, extra)
    lines = (
        await session.execute(
            select(PurchaseOrderLine)
            .where(PurchaseOrderLine.purchase_order_id == order_id)
            .order_by(PurchaseOrderLine.position)
        )
    ).scalars()
    answers = await answers_of(session, order_id)
    shown_decision = state.decision_id or (answers[-1].decision_id if answers else None)
    decision = await session.get(Decision, shown_decision) if shown_decision else None
    decided = {line.sequence: line for line in await lines_of(session, shown_decision)} if shown_decision else {}
    read = await session.execute(
        select(PurchaseOrderLineStatus)
        .where(PurchaseOrderLineStatus.purchase_order_id == order_id)
        .order_by(PurchaseOrderLineStatus.sequence)
    )
    statuses = list(read.scalars())
    elsewhere = shown_parts(statuses) if state.answered_by in ELSEWHERE else {}
    found = await session.execute(
        select(PurchaseOrderRevision)
        .where(PurchaseOrderRevision.purchase_order_id == order_id)
        .order_by(PurchaseOrderRevision.revision.desc())
    )
    revisions = list(found.scalars())
    settings, _ = await read_settings(session)
    timeline = await list_entries(session, object_type="order", object_id=str(order_id), limit=100)
    mirrored = list(lines)
    sequences = frozenset(line.sequence for line in mirrored)
    standing = next((answer for answer in reversed(answers) if answer.state in AT_AMAZON), None)
    last = next((answer for answer in reversed(answers) if answer.state != "superseded"), None)
    answered_with = decision
    if last is not None and last.decision_id != shown_decision:
        answered_with = await session.get(Decision, last.decision_id)
    clock = clock_of(order, [Revised(one.revision, one.received_at, one.changes) for one in revisions])
    locks = _locks(order, state, answers, clock)
    terms = await read_terms(session, [order.vendor_code])
    head = row_of(order, state, seen, terms)
    head.mark = (await marks_of(session, [order_id])).get(order_id)
    goods = await read_goods(session, order_id)
    shelves = await shelves_of(session, decided.values())
    return OrderDetail(
        **head.model_dump(),
        lines=[
            as_shown(
                line_of(line, decided.get(line.sequence), locks(line.sequence), shelves), elsewhere, head.decided_by
            )
            for line in mirrored
        ],
        decision=_decision(decision, whole=seen.hidden_lines == 0),
        totals=totals_of(mirrored, decided, elsewhere),
        costs=await kept_costs(session, order, mirrored, decided) if decided else None,
        answers=[answer_of(answer, None if seen.hidden_lines == 0 else sequences) for answer in answers],
        read_back=[
            ReadBack(
                sequence=status.sequence,
                confirmation_status=status.confirmation_status,
                ordered=status.ordered_units,
                accepted=status.accepted_units,
                rejected=status.rejected_units,
                received=status.received_units,
                acknowledgements=status.acknowledgements,
            )
            for status in statuses
        ],
        status_fetched_at=order.status_fetched_at,
        stages=_stages(order, state, answered_with, last, revisions, goods),
        feasibility=feasibility_of(list(decided.values())),
        revisions=[
            Revision(
                revision=one.revision,
                received_at=one.received_at,
                changes=[Change.model_validate({"sequence": None, **change}) for change in one.changes],
            )
            for one in revisions
        ],
        changed=_changed(revisions, standing, None if seen.hidden_lines == 0 else sequences),
        timeline=timeline,
        freight=freight_of(order.freight, terms.get(order.vendor_code))[0],
        mode=settings.mode,
        window_status="FREE" if present() < clock.open_until(order) else "DATES_ONLY",
        portal_url=_portal_of(order),
        outside=_outside(order, state, seen),
        second_person=await _second_person(session, order, state),
        two_people=settings.second_person,
        scope=scope_info(session, seen.hidden_lines),
    )


async def _second_person(session: AsyncSession, order: PurchaseOrder, state: OrderState) -> SecondPerson | None:
    if any(step["message"] == SECOND for step in state.hold):
        chose = await who_chose(session, [order.id])
        chose.setdefault(order.id, set())
    elif state.status == "to_confirm":
        chose = await waits_by_order(session, [order.id])
    else:
        return None
    return next(iter(await _seconds(session, [order], chose)), None)


async def second_people(session: AsyncSession, order_ids: Sequence[UUID]) -> SecondPeople:
    """Of these orders those whose answer, as it is proposed, waits for a second person, and who can be it."""
    chose = await waits_by_order(session, order_ids)
    orders = await session.scalars(select(PurchaseOrder).where(PurchaseOrder.id.in_(chose)))
    return SecondPeople(orders=await _seconds(session, orders.all(), chose))


async def _seconds(
    session: AsyncSession, orders: Sequence[PurchaseOrder], chose: Mapping[UUID, set[UUID]]
) -> list[SecondOf]:
    roster = None
    if chose and "staff_id" not in session.info:  # staff of ours sees no list of a customer's people
        roster = await read_roster(session)
    found = []
    for order in orders:
        if order.id not in chose:
            continue
        place = Place(order.marketplace_id, order.vendor_code, tuple(order.brands))
        chosen_by = chose[order.id]
        may = [] if roster is None else sorted(roster.members[who].name for who in who_may(roster, place, chosen_by))
        found.append(SecondOf(id=order.id, chose=sorted(chosen_by), may=may))
    return found


def _portal_of(order: PurchaseOrder) -> str | None:
    marketplace = find_marketplace(order.marketplace_id)
    return marketplace.vendor_central_url if marketplace is not None else None


def _locks(
    order: PurchaseOrder, state: OrderState, answers: Sequence[Acknowledgement], clock: Clock
) -> Callable[[str], dict[str, Any] | None]:
    """By line, why its quantity cannot be changed now; None when it can."""
    whole = _lock(state, answers)
    closed = closed_lines(order, clock, answers, present())

    def lock(sequence: str) -> dict[str, Any] | None:
        if whole is None and sequence in closed:
            return notice("supply.lock.dates_only", since=closed[sequence].since.isoformat())
        return whole

    return lock


def _lock(state: OrderState, answers: Sequence[Acknowledgement]) -> dict[str, Any] | None:
    """Why quantities of the whole order cannot be changed now; None when they can."""
    if state.status in ("cancelled", "closed"):
        return notice("supply.lock.cancelled")
    if state.answered_by in ELSEWHERE:
        return notice("supply.lock.answered")
    if answers and answers[-1].state in ("sending", "unknown", "sent"):
        return notice("supply.lock.in_flight")
    return None


def line_of(
    line: PurchaseOrderLine, decided: DecisionLine | None, lock: dict[str, Any] | None, shelves: Mapping[UUID, Shelf]
) -> Line:
    """A mirrored line with what was decided about it."""
    undecided = decided is None or decided.taken is None
    return Line(
        sequence=line.sequence,
        asin=line.asin,
        vendor_product_identifier=line.vendor_product_identifier,
        sku=decided.sku if decided else None,
        title=decided.title if decided else None,
        brand=decided.brand if decided else None,
        image_url=decided.image_url if decided else None,
        asked=line.units,
        amount=line.amount,
        unit_of_measure=line.unit_of_measure,
        unit_size=line.unit_size,
        net_cost=line.net_cost,
        currency=line.currency,
        catalog_cost=decided.catalog_cost if decided else None,
        case_pack=decided.case_pack if decided else None,
        free_stock=free_of(decided) if decided else None,
        backorder_allowed=line.backorder_allowed,
        cancelled=line.units == 0,
        taken=decided.taken if decided else None,
        backordered=decided.backordered if decided else None,
        cut=decided.cut if decided else None,
        rejection_reason=decided.rejection_reason if decided else None,
        ship_at=decided.ship_at if decided else None,
        backorder_at=decided.backorder_at if decided else None,
        decided_by=Actor(type=decided.decided_by_type, name=decided.decided_by_name) if decided else None,
        rule_id=decided.rule_set_id if decided else None,
        rule_version=decided.rule_set_version if decided else None,
        summary=Message.model_validate(decided.summary) if decided and decided.summary else None,
        trace=[TraceStep.model_validate(step) for step in told_steps(decided.trace)] if decided else [],
        hold=[TraceStep.model_validate(step) for step in decided.hold] if decided else [],
        needs_person=line.units > 0 and lock is None and (undecided or bool(decided and decided.hold)),
        book=_book(line, decided),
        picks=picks_of(decided, shelves),
        locked=LineLock(quantity=lock is not None, reason=Message.model_validate(lock) if lock else None),
    )


def _book(line: PurchaseOrderLine, decided: DecisionLine | None) -> Book | None:
    asked = line_input(line)
    if not asked.book:
        return None
    said = (None, None) if decided is None else (decided.list_price, decided.discount_multiplier)
    price, multiplier = book_terms(asked, *said)
    return Book(list_price=price, discount_multiplier=multiplier)


def free_of(decided: DecisionLine) -> int | None:
    """What was free when the line was decided, counted as the line counts: in packs or bundles where it asks for those."""
    return None if decided.free_stock is None else decided.free_stock // max(1, decided.link_quantity)


def totals_of(
    lines: Sequence[PurchaseOrderLine],
    decided: Mapping[str, DecisionLine],
    elsewhere: Mapping[str, Mapping[str, int]],
) -> Totals:
    """Units and values; a line without an answer counts as undecided. `elsewhere`: answers that were not given in OKTee."""
    units: dict[str, int] = dict.fromkeys(("asked", "taken", "backordered", "cut", "undecided"), 0)
    values: dict[str, Decimal] = dict.fromkeys(units, Decimal(0))
    for line in lines:
        cost = Decimal(line.net_cost) if line.net_cost else Decimal(0)
        answer = decided.get(line.sequence)
        parts = {"asked": line.units}
        if line.sequence in elsewhere:
            parts |= elsewhere[line.sequence]
        elif answer is None or answer.taken is None:
            parts["undecided"] = line.units
        else:
            parts |= {"taken": answer.taken, "backordered": answer.backordered or 0, "cut": answer.cut or 0}
        for name, number in parts.items():
            units[name] += number
            values[name] += number * cost
    return Totals(**units, **{f"{name}_value": value for name, value in values.items()})


def _decision(decision: Decision | None, *, whole: bool) -> DecisionInfo | None:
    """`whole`: the reader sees every line; what holds the order may be about one they do not see."""
    if decision is None:
        return None
    return DecisionInfo(
        id=decision.id,
        number=decision.number,
        revision=decision.revision,
        decided_by=Actor(type=decision.decided_by_type, name=decision.decided_by_name),
        decided_at=decision.decided_at,
        rule_set_version=decision.rule_set_version,
        hold=[Message(message=step["message"], values=step["values"]) for step in decision.hold if whole],
    )


def answer_of(answer: Acknowledgement, sequences: Collection[str] | None = None) -> Answer:
    """An answer as the page shows it; the bytes that were sent stay in the store. `sequences`: the lines that the reader
    sees where those are not all: then Amazon's own words, which may name the others, are left out too."""
    error = AnswerError.model_validate(answer.error) if answer.error else None
    lines, shown = answer.lines, answer.seen
    if sequences is not None:
        lines, shown = only_seen(lines, sequences) or [], only_seen(shown, sequences)
        error = AnswerError(message=error.message, raw="") if error else None
    return Answer(
        answer=answer.answer,
        state=answer.state,
        planned_by=Actor(type=answer.planned_by_type, name=answer.planned_by_name),
        planned_at=answer.planned_at,
        send_at=answer.send_at,
        sent_at=answer.sent_at,
        finished_at=answer.finished_at,
        transaction_id=answer.transaction_id,
        transaction_status=answer.transaction_status,
        error=error,
        lines=[AnswerLine.model_validate(line) for line in lines],
        seen=[SeenLine.model_validate(line) for line in shown] if shown is not None else None,
        resends=answer.resends,
    )


def _changed(
    revisions: Sequence[PurchaseOrderRevision], standing: Acknowledgement | None, sequences: Collection[str] | None
) -> Changed | None:
    """`standing`: our answer that Amazon has; `sequences`: the lines that the reader sees where those are not all."""
    told = [(one.revision, one.changes or []) for one in revisions]
    since = standing.revision if standing is not None else 1
    changes = changed_since(told, since)
    if not changes:  # answered since: what the last revision was about is still told
        last = max((number for number, told_ in told if told_), default=1)
        since, standing = last - 1, None
        changes = changed_since(told, since)
    if sequences is not None:
        changes = [change for change in changes if change["sequence"] is None or change["sequence"] in sequences]
    if not changes:
        return None
    newest = next(one for one in revisions if one.changes)
    return Changed(
        since=since,
        revision=newest.revision,
        received_at=newest.received_at,
        answer=standing.answer if standing is not None else None,
        lines=len(touched_lines(changes)),
        changes=[Change.model_validate(change) for change in changes],
    )


def _stages(
    order: PurchaseOrder,
    state: OrderState,
    decision: Decision | None,
    last: Acknowledgement | None,
    revisions: Sequence[PurchaseOrderRevision],
    goods: Goods,
) -> list[Stage]:
    """Received, proposed, sent, processing, seen, shipped, arrived, closed, in the order of time: what is done, what is next,
    what failed. Of an order of which nothing was taken there is nothing to ship.
    `last`: our newest answer, made of `decision`; what Amazon changed after it is a step of its own."""
    outside = state.answered_by in ELSEWHERE
    amazon = Actor(type="amazon", name="Amazon")
    # What was answered before the account was connected was received then, not when OKTee first read it.
    received = order.ordered_at if state.answered_by == "history" else order.first_seen_at
    done: dict[str, tuple[Any, Actor | None]] = {"received": (received, amazon)}
    failed: str | None = None
    if decision is not None:
        done["proposed"] = (
            decision.decided_at,
            Actor(type=decision.decided_by_type, name=decision.decided_by_name),
        )
    if outside:
        done["seen"] = (state.answered_at, Actor(type="outside", name="outside OKTee"))
    if last is not None:
        planner = Actor(type=last.planned_by_type, name=last.planned_by_name)
        if last.sent_at is not None or last.state in ("seen", "mismatch"):
            done["sent"] = (last.sent_at or last.sending_at, planner)
        if last.state == "seen":
            done["processing"] = (last.finished_at, amazon)
            done["seen"] = (last.finished_at, amazon)
        if last.state == "failed":
            failed = "processing" if last.sent_at else "sent"
        if last.state == "mismatch":
            failed = "seen"
    if state.status in ("closed", "cancelled"):
        done["closed"] = (order.state_changed_at, amazon)
    # What waits for its minute has not left: no step of the sending is under way.
    current = STAGE_BY_STATE.get(last.state) if last is not None and state.status != "scheduled" else None
    taken = state.taken if state.taken is not None else order.accepted_units
    ships = bool(taken or goods.shipped or goods.arrived) or "seen" not in done
    names = ["received", "proposed", "sent", "processing", "seen", *(["shipped", "arrived"] if ships else []), "closed"]
    moments = {name: at for name, (at, _) in done.items()}
    under_way = set()
    for name, units, at in (("shipped", goods.shipped, goods.shipped_at), ("arrived", goods.arrived, goods.arrived_at)):
        if not units:
            continue
        moments[name] = at
        if units >= (taken or 0):
            done[name] = (at, amazon if name == "arrived" else None)
        else:
            under_way.add(name)
    if "arrived" in done:
        done.setdefault("shipped", (goods.shipped_at, None))
    if state.status == "changed":
        current = "changed"
        names.insert(names.index("closed"), current)
        moments[current] = next((one.received_at for one in revisions if one.changes), order.changed_at)
    found = []
    for name in names:
        if name == failed:
            stage = "failed"
        elif name in done:
            stage = "done"
        else:
            stage = "current" if name == current or name in under_way else "todo"
        found.append(Stage(name=name, state=stage, at=moments.get(name), actor=done.get(name, (None, None))[1]))
    return found


def _outside(order: PurchaseOrder, state: OrderState, seen: Seen) -> Message | None:
    if state.answered_by not in ELSEWHERE:
        return None
    name = "supply.outside.answered" if state.answered_by == "outside" else "supply.outside.history"
    accepted, rejected = order.accepted_units, order.rejected_units
    if seen.hidden_lines:
        accepted, rejected = seen.taken, seen.cut
    return Message.model_validate(notice(name, accepted=accepted or 0, rejected=rejected or 0))
