"""Fixes: one act for one or many exceptions of one cause, order by order, each in a transaction of its own."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import organization_zone
from oktee.catalog.linking import link_item
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import Conflict, Forbidden, NotFound, OKTeeError, field_error
from oktee.modules.supply import answering, second_person
from oktee.modules.supply.confirming import confirm_as_shown
from oktee.modules.supply.decided import copy_decision
from oktee.modules.supply.deciding.batch import decide_batch
from oktee.modules.supply.deciding.keys import ALL
from oktee.modules.supply.drafting import release_hold, save_draft
from oktee.modules.supply.exceptions.anomaly_fixes import ANOMALY_FIXES, FixNotPossible, close, mend_anomaly
from oktee.modules.supply.exceptions.approving import approve
from oktee.modules.supply.exceptions.causes import APPROVING, fixes_of
from oktee.modules.supply.exceptions.keeping import FIXING, NOTE, By, reflect
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ActionIn, ActionResult
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.sight import must_see_all, seen_lines
from oktee.modules.supply.tables import DecisionLine
from oktee.modules.supply.wire.asked import BulkOrder, DraftIn, DraftLine
from oktee.notify.outbox import publish

ALSO_NEEDS: Final = {"hold": "orders.hold", "pause_code": "rules.write", "pause_rule": "rules.write"}
CONFIRMING: Final = ("take", "backorder", "accept_change", "confirm", "send_again", "ship", "redate")
"""Fixes that are an answer, or change one: they need the permission to answer."""
SEEN: Final = ("take", "backorder", "accept_change", "confirm", "send_again", "redate")
"""Fixes that need what the caller saw of each."""


TOLD_ONE_BY_ONE: Final = 50
"""Orders of one act that are told of by name."""
DONE: Final = ("acknowledge", "told")
"""Nothing follows from these here: a person saw it, or wrote to Amazon."""


class ExceptionGone(Conflict):
    """It was resolved meanwhile."""


class ExceptionChanged(Conflict):
    """It rests on other values than those that were shown."""


def check(caller: Caller, body: ActionIn) -> None:
    """What a fix needs. Raises Forbidden, Invalid."""
    needed_permission = "orders.confirm" if body.fix in CONFIRMING else ALSO_NEEDS.get(body.fix)
    if needed_permission is not None and not caller.may(needed_permission):
        raise Forbidden(f"Your role does not include {needed_permission}.")
    needed = {
        "match_sku": ("sku", body.sku, "Which SKU is it?"),
        "backorder": ("at", body.at, "From which date?"),
        "redate": ("at", body.at, "To which date?"),
        "note": ("note", body.note, "Write why it needs nothing more."),
    }
    if body.fix in needed:
        name, value, words = needed[body.fix]
        if value is None:
            raise field_error(f"/{name}", "missing", words)
    if body.at is not None and body.at.tzinfo is None:
        raise field_error("/at", "no_zone", "Give the instant with its offset.")
    if body.fix == "take" and (body.ids is None or set(body.ids) - set(body.quantities)):
        raise field_error("/quantities", "missing", "Give a quantity for each exception.")
    if body.fix in SEEN and body.ids is None:
        raise field_error("/ids", "missing", "What is sent is named one by one, each as it was seen.")


async def check_one_product(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """A SKU is said of one product. Raises Invalid."""
    rows = (await session.execute(select(OrderException).where(OrderException.id.in_(ids)))).scalars()
    if len({_product(row) for row in rows}) > 1:
        raise field_error("/ids", "different_products", "These lines are of different products: match them one by one.")


async def apply_fix(
    caller: Caller,
    body: ActionIn,
    ids: Sequence[UUID],
    *,
    noted: Callable[[AsyncSession], Awaitable[None]] | None = None,
) -> list[ActionResult]:
    """One result for each id, in their order. The caller has asked `check`. `noted`: written down with what was mended of
    an order, in the same transaction."""
    async with tenant_session(caller.organization_id, caller.scope) as session:
        rows = (await session.execute(select(OrderException).where(OrderException.id.in_(ids)))).scalars().all()
    results = {one: _refused(one, NotFound("There is no such exception.")) for one in ids}
    groups: dict[UUID | None, list[OrderException]] = defaultdict(list)
    for row in rows:
        groups[row.purchase_order_id].append(row)
    for order_id in sorted(groups, key=str):
        try:
            async with tenant_session(caller.organization_id, caller.scope) as session:
                await _fix_order(session, caller, order_id, groups[order_id], body)
                if noted is not None:
                    await noted(session)
            results |= {row.id: ActionResult(id=row.id, ok=True, code=None, detail=None) for row in groups[order_id]}
        except OKTeeError as refused:
            results |= {row.id: _refused(row.id, refused) for row in groups[order_id]}
    return [results[one] for one in dict.fromkeys(ids)]


def _product(row: OrderException) -> tuple[str | None, ...]:
    """What Amazon calls the product of a line that has no match."""
    said = row.evidence["values"]
    return tuple(said.get(name, {}).get("value") for name in ("asin", "identifier"))


def _refused(exception_id: UUID, error: OKTeeError) -> ActionResult:
    fault = error.errors[0] if error.errors else None
    return ActionResult(
        id=exception_id,
        ok=False,
        code=fault.code if fault else error.code,
        detail=fault.message if fault else error.detail,
    )


async def _fix_order(
    session: AsyncSession, caller: Caller, order_id: UUID | None, rows: Sequence[OrderException], body: ActionIn
) -> None:
    actor = person(caller)
    session.info[FIXING] = By(actor, body.fix)
    for row in rows:
        if row.state == "resolved":
            raise ExceptionGone("It is resolved already.")
        if body.fix in APPROVING and body.as_of is not None and row.updated_at > body.as_of:
            raise ExceptionChanged("It has other values now than those that were shown. Look at it again.")
        evidence = row.evidence
        offered = fixes_of(row.cause, evidence.get("message", ""), evidence.get("outcome", ""))
        if body.fix != NOTE and body.fix not in offered:
            raise FixNotPossible(f"{row.cause} does not take {body.fix}.")
    if body.fix in (NOTE, *DONE):
        await close(session, caller, rows, body)
    elif body.fix in ANOMALY_FIXES:
        await mend_anomaly(session, caller, order_id, rows, body)
    else:
        assert order_id is not None, "only anomalies are about no order"
        await _answer_or_decide(session, caller, order_id, rows, body)
    await _note(session, caller, rows, body)


async def _answer_or_decide(
    session: AsyncSession, caller: Caller, order_id: UUID, rows: Sequence[OrderException], body: ActionIn
) -> None:
    if body.fix in ("take", "backorder"):
        await _edit(session, caller, order_id, rows, body)
    elif body.fix in ("accept_change", "confirm", "send_again"):
        await confirm_as_shown(session, caller, order_id, _shown(order_id, body), fix=body.fix, many=True)
    elif body.fix == "decide_again":
        await must_see_all(session, order_id)
        async with widened(session):
            await release_hold(session, caller, order_id)
    elif body.fix == "match_sku":
        await _match(session, order_id, rows, body.sku or "")
    else:
        assert body.fix in APPROVING
        await _approve(session, caller, order_id, rows)


def _shown(order_id: UUID, body: ActionIn) -> BulkOrder:
    """What the caller saw of this order: what came after is not answered unseen."""
    found = next((one for one in body.shown if one.id == order_id), None)
    if found is None:
        raise field_error("/shown", "missing", "Name the revision and the decision that you saw of each order.")
    return found


async def _edit(
    session: AsyncSession, caller: Caller, order_id: UUID, rows: Sequence[OrderException], body: ActionIn
) -> None:
    """The person's own quantities for these lines: the rest is cut, or backordered to the date."""
    shown = _shown(order_id, body)
    statement = select(DecisionLine).where(DecisionLine.decision_id == shown.decision_id)
    decided = {line.sequence: line for line in (await session.execute(statement)).scalars()}
    given: dict[str, DraftLine] = {}
    for row in rows:
        line = decided.get(row.sequence or "")
        if line is None:
            raise FixNotPossible("It is about the whole order: open it and decide line by line.")
        taken = body.quantities[row.id] if body.fix == "take" else line.taken or 0
        later = line.asked - taken if body.fix == "backorder" else 0
        given[line.sequence] = DraftLine(
            sequence=line.sequence, taken=taken, backordered=later, backorder_at=body.at if later else None,
            list_price=line.list_price, discount_multiplier=line.discount_multiplier,
        )  # fmt: skip
    draft = DraftIn(revision=shown.revision, decision_id=shown.decision_id, lines=list(given.values()))
    mine = await seen_lines(session, order_id)
    async with widened(session):
        await save_draft(session, caller, order_id, draft, mine=mine)


async def _approve(session: AsyncSession, caller: Caller, order_id: UUID, rows: Sequence[OrderException]) -> None:
    """Keep what was approved, and decide again with it. An order that a person edits keeps their edit: there the hold is
    taken off the line as it stands."""
    await must_see_all(session, order_id)
    zone = await organization_zone(caller.organization_id)
    actor = person(caller)
    async with widened(session):
        state = await answering.lock_state(session, order_id)
        order = await answering.get_order(session, order_id)
        for row in rows:
            await approve(session, order, row.evidence, sequence=row.sequence, brands=row.brands, actor=actor)
        if state.decided_by_type != "person" or state.decision_id is None:
            await decide_batch(session, [order], zone=zone, submit=kinds.SUBMIT)
            return
        approved = {(row.sequence, row.evidence["message"]) for row in rows}
        decision, lines = await copy_decision(session, state, actor=actor)
        for line in lines:
            line.hold = [step for step in line.hold if (line.sequence, step["message"]) not in approved]
        decision.hold = [step for step in decision.hold if (None, step["message"]) not in approved]
        waits = await second_person.hold_of(session, order_id, decision, lines)
        state.hold = [*waits, *decision.hold, *(step for line in lines for step in line.hold)]
        state.decision_id = decision.id
        if state.status == "held" and not state.hold and not state.undecided_lines:
            state.status = "to_confirm"
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        await reflect(session, [order.id])


async def _match(session: AsyncSession, order_id: UUID, rows: Sequence[OrderException], sku: str) -> None:
    await must_see_all(session, order_id)
    async with widened(session):
        await work.schedule(session, kinds.DECIDE, ALL)  # every waiting order with this product has its match now
        order = await answering.get_order(session, order_id)
        for row in rows:
            said = {name: value.get("value") for name, value in row.evidence["values"].items()}
            linked = await link_item(
                session,
                sku,
                marketplace_id=order.marketplace_id,
                vendor_code=order.vendor_code,
                asin=said.get("asin"),
                vendor_sku=said.get("identifier"),
                now=present(),
            )
            if linked is None:
                raise field_error("/sku", "unknown_sku", f"There is no SKU {sku} in the catalogue.")


async def _note(session: AsyncSession, caller: Caller, rows: Sequence[OrderException], body: ActionIn) -> None:
    first = rows[0]
    await record(
        session,
        "exception.resolved" if body.fix in (NOTE, *DONE) else "exception.fixed",
        actor=person(caller),
        subject=Subject("exception", str(first.id), first.cause),
        payload={
            "fix": body.fix,
            "cause": first.cause,
            "exceptions": [str(row.id) for row in rows],
            "lines": [row.sequence for row in rows],
            "note": body.note,
        },
        audit=True,
        correlation_id=f"order:{first.purchase_order_id}" if first.purchase_order_id else None,
        marketplace_id=first.marketplace_id,
        vendor_code=first.vendor_code,
    )
    await tell(session, rows)


async def tell(session: AsyncSession, rows: Sequence[OrderException]) -> None:
    """Whoever looks at these sees what became of them. Of many orders it is said once: whoever looks at any of them reads it
    again."""
    orders = {row.purchase_order_id for row in rows}
    for order_id in orders if len(orders) <= TOLD_ONE_BY_ONE else (None,):
        if order_id is None:
            await publish(session, "exception.changed")
        else:
            await publish(session, "exception.changed", order_id=str(order_id))
