"""A fix for many exceptions: done at once when they are few, else by a worker that can be watched and stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit import operations, work
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import Forbidden
from oktee.modules.supply.desk.bulk.runs import REFUSED_KEPT, Doer, begin_run, why_ended
from oktee.modules.supply.desk.bulk.wire import Refusal
from oktee.modules.supply.desk.tables import BulkRun
from oktee.modules.supply.exceptions.choosing import choose
from oktee.modules.supply.exceptions.fixing import apply_fix, check, check_one_product
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ActionIn, ActionResult, ActionResults
from oktee.notify.outbox import publish

AT_ONCE: Final = 100
"""So many are mended while the person waits; more are handed to a worker."""
RESOLVES: Final = "exceptions.resolve"
"""What whoever asks for a fix may do, for as long as it goes on in their name."""


class Overtaken(Exception):
    """Another worker has noted these meanwhile: what this one did of them is undone."""


async def begin(caller: Caller, body: ActionIn) -> ActionResults:
    """Do it, or hand it to a worker. Raises Forbidden, Invalid, CountMoved."""
    check(caller, body)
    async with tenant_session(caller.organization_id, caller.scope) as session:
        ids = list(dict.fromkeys(await choose(session, caller, body)))
        if body.fix == "match_sku":
            await check_one_product(session, ids)
        if len(ids) > AT_ONCE:
            orders = await _orders_of(session, ids)
            ids.sort(key=lambda one: (str(orders.get(one)), one))  # those of one order stand together
            operation_id = await begin_run(
                session, caller, BULK_FIX, unit="exceptions", action=body.fix, reason=body.note, ids=ids,
                details=body.model_dump(mode="json", exclude={"ids", "filter", "expected_count"}),
                said={"fix": body.fix, "exceptions": len(ids), "note": body.note},
            )  # fmt: skip
            return ActionResults(results=[], operation_id=operation_id)
    return ActionResults(results=await apply_fix(caller, body, ids))


async def run_fix(item: work.Item) -> None:
    """Order by order; a worker that takes over goes on behind the last one that was noted. Stops at a wish to cancel, and
    where the person in whose name it goes on may no longer do it."""
    run_id, organization = UUID(item.key), item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        run = await session.get(BulkRun, run_id)
        if run is None:
            return
        ids, done, refused = list(run.object_ids), run.done, list(run.refused)
        operation_id, details = run.operation_id, dict(run.details)
        fix, asked_by = run.action, Doer.of(run)
        orders = await _orders_of(session, ids[done:])
    cancelled, gone = False, None
    for _, group in groupby(ids[done:], key=lambda one: str(orders.get(one))):
        several = list(group)
        body = _part(details, several, orders)
        scope = None
        try:
            caller = await asked_by.as_they_are(organization, RESOLVES)
            scope = caller.scope
            check(caller, body)
            results = await apply_fix(caller, body, several, noted=_Noted(run_id, done, done + len(several)))
        except Forbidden as refused_now:
            gone = refused_now
            results = [ActionResult(id=one, ok=False, code=gone.code, detail=gone.detail) for one in several]
        wrong = await _refusals(organization, scope, [result for result in results if not result.ok])
        done, refused = done + len(several), [*refused, *wrong][:REFUSED_KEPT]
        async with tenant_session(organization) as session:
            await item.guard(session)
            await session.execute(update(BulkRun).where(BulkRun.id == run_id).values(done=done, refused=refused))
            cancelled = await operations.advance(session, operation_id, done=done)
            await publish(session, "operation.changed", operation_id=str(operation_id))
        if cancelled or gone is not None:
            break
    state, error = why_ended(gone, cancelled=cancelled and done < len(ids))
    result = {"action": fix, "exceptions": len(ids), "refused": refused}
    async with item.record() as session:
        await operations.finish(session, operation_id, state=state, result=result, error=error)
        await publish(session, "operation.changed", operation_id=str(operation_id))
        await publish(session, "exception.changed")


@dataclass(frozen=True, slots=True)
class _Noted:
    """That an order is done stands with what was done: no worker does it again, or reports it as refused."""

    run_id: UUID
    before: int
    after: int

    async def __call__(self, session: AsyncSession) -> None:
        async with widened(session):
            noted = await session.execute(
                update(BulkRun)
                .where(BulkRun.id == self.run_id, BulkRun.done == self.before)
                .values(done=self.after)
                .returning(BulkRun.id)
            )
            if noted.first() is None:
                raise Overtaken(str(self.run_id))


def _part(details: dict[str, Any], several: Sequence[UUID], orders: dict[UUID, UUID | None]) -> ActionIn:
    """What was asked, of these alone: the quantities of the others and what was seen of other orders belong to them."""
    mine = {str(one) for one in several}
    seen = {str(orders.get(one)) for one in several}
    return ActionIn.model_validate(
        details
        | {
            "ids": several,
            "quantities": {key: units for key, units in details["quantities"].items() if key in mine},
            "shown": [one for one in details["shown"] if one["id"] in seen],
        }
    )


async def _orders_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    statement = select(OrderException.id, OrderException.purchase_order_id).where(OrderException.id.in_(ids))
    return dict((await session.execute(statement)).all())


async def _refusals(organization: UUID, scope: Scope | None, results: Sequence[ActionResult]) -> list[dict[str, Any]]:
    """What was refused, with the number of its order."""
    if not results:
        return []
    statement = (
        select(OrderException.id, PurchaseOrder.po_number)
        .join(PurchaseOrder, PurchaseOrder.id == OrderException.purchase_order_id)
        .where(OrderException.id.in_([result.id for result in results]))
    )
    async with tenant_session(organization, scope) as session:
        numbers = dict((await session.execute(statement)).all())
    return [
        Refusal(
            id=one.id, po_number=numbers.get(one.id, ""), code=one.code or "", detail=one.detail or ""
        ).model_dump(mode="json")
        for one in results
    ]  # fmt: skip


BULK_FIX: Final = work.Kind("bulk_exceptions", run=run_fix, queue="bulk", timeout=3600.0, attempts=20)
"""Key: the run's id."""
