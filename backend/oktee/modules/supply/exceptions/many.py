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
from oktee.kit import work
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import Forbidden
from oktee.modules.supply.desk.bulk.runs import Going, begin_run
from oktee.modules.supply.desk.bulk.wire import Refusal
from oktee.modules.supply.desk.tables import BulkRun
from oktee.modules.supply.exceptions.choosing import choose
from oktee.modules.supply.exceptions.fixing import apply_fix, check, check_one_product
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ActionIn, ActionResult, ActionResults

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
    organization = item.organization_id
    async with tenant_session(organization) as session:
        taken = await Going.taken_up(session, item)
        if taken is None:
            return
        going, run = taken
        fix, details, left = run.action, dict(run.details), going.ids[going.done :]
        orders = await _orders_of(session, left)
    cancelled, gone = False, None
    for _, group in groupby(left, key=lambda one: str(orders.get(one))):
        several = list(group)
        body = _part(details, several, orders)
        scope = None
        try:
            caller = await going.asked_by.as_they_are(organization, RESOLVES)
            scope = caller.scope
            check(caller, body)
            noted = _Noted(going.id, going.done, going.done + len(several))
            results = await apply_fix(caller, body, several, noted=noted)
        except Forbidden as refused_now:
            gone = refused_now
            results = [ActionResult(id=one, ok=False, code=gone.code, detail=gone.detail) for one in several]
        going.refuse(await _refusals(organization, scope, [result for result in results if not result.ok]))
        going.done += len(several)
        cancelled = await going.note()
        if cancelled or gone is not None:
            break
    result = {"action": fix, "exceptions": len(going.ids)}
    await going.end(gone, cancelled=cancelled, result=result, says=("exception.changed",))


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


async def _refusals(organization: UUID, scope: Scope | None, results: Sequence[ActionResult]) -> list[Refusal]:
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
        Refusal(id=one.id, po_number=numbers.get(one.id, ""), code=one.code or "", detail=one.detail or "")
        for one in results
    ]


BULK_FIX: Final = work.Kind("bulk_exceptions", run=run_fix, queue="bulk", timeout=3600.0, attempts=20)
"""Key: the run's id."""
