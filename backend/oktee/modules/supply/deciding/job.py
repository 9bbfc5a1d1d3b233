"""The decide job: finds orders that are new, changed or touched by a new catalogue, some hundred at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply.answers.protocol import FLYING
from oktee.modules.supply.collecting import COLLECT, of_the_burst
from oktee.modules.supply.deciding.batch import decide_batch
from oktee.modules.supply.deciding.keys import ALL, CLOCKS, WHOLE
from oktee.modules.supply.notices import CONNECTION_LOST
from oktee.modules.supply.promised import Promises
from oktee.modules.supply.rules.gates import MINIMUM_ORDER
from oktee.modules.supply.shadows.running import ask_shadows
from oktee.modules.supply.tables import Acknowledgement, OrderState

BATCH = 200
"""Orders decided in one transaction. Orders of one day name the same products again and again: the more there are, the less is
read for each. It holds the balances of all these products meanwhile, so it stays below a second of work."""
LOOKED_AT = timedelta(minutes=10)


def decide_kind(submit: work.Kind, watch: work.Kind, look: work.Kind) -> Any:
    """The handler of the decide job; planned answers are handed to `submit`, the clocks of what waits to `watch`, and what
    came is soon compared with what came before by `look`."""

    async def run(item: work.Item) -> None:
        # What ends a burst is decided by this same job; it waits for nothing more itself.
        collect = None if item.key.startswith(COLLECT) else work.Kind(item.kind, run, queue="interactive")
        zone = await organization_zone(item.organization_id)
        whole = item.key.startswith((ALL, COLLECT))
        decided, left = False, None
        promises: Promises | None = None
        started: datetime | None = None  # by the database's clock, as what of_the_burst compares it with
        while True:
            async with tenant_session(item.organization_id) as session:
                await item.guard(session)
                started = started or (await session.execute(select(func.now()))).scalar_one()
                if left is None or not whole:
                    left = await _find(session, item.key, started)
                ids, left = left[:BATCH], left[BATCH:]
                if len(ids) == BATCH:  # there is more than one batch: all that is promised is read once
                    promises = promises or Promises()
                orders = await _lock(session, item.key, started, ids)
                if orders:
                    await decide_batch(session, orders, zone=zone, submit=submit, collect=collect, promises=promises)
            decided = decided or bool(orders)
            more = bool(left) if whole else len(ids) == BATCH
            if not more:
                break
        if decided or item.attempts > 1:  # one that died after its last batch has decided something, too
            async with item.record() as session:
                await work.schedule(session, look, WHOLE, due_at=present() + LOOKED_AT)
                await work.schedule(session, watch, CLOCKS)
                await ask_shadows(session)

    return run


def _to_decide(key: str, started: datetime) -> Select[UUID]:
    """Orders without a state, with a newer revision, or (a new catalogue, the end of a burst) proposed by a rule and still
    waiting. An order whose answer is on its way is left alone: its proof comes first, and the change is taken up after it.
    """
    flying = exists().where(Acknowledgement.purchase_order_id == PurchaseOrder.id, Acknowledgement.state.in_(FLYING))
    needs = or_(
        OrderState.purchase_order_id.is_(None),
        and_(OrderState.revision != PurchaseOrder.revision, ~flying),
        and_(OrderState.status == "held", OrderState.hold.contains([{"message": CONNECTION_LOST}])),
        _company_came(),
    )
    statement = select(PurchaseOrder.id).outerjoin(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
    if key.startswith(ALL):
        again = and_(OrderState.status.in_(("to_confirm", "held")), OrderState.decided_by_type == "rule")
        statement = statement.where(or_(needs, again))
    elif key.startswith(COLLECT):
        statement = statement.where(
            PurchaseOrder.connection_id == UUID(key.removeprefix(COLLECT)), of_the_burst(started)
        )
    else:
        statement = statement.where(PurchaseOrder.connection_id == UUID(key), needs)
    return statement.order_by((PurchaseOrder.state == "New").desc(), PurchaseOrder.ordered_at, PurchaseOrder.id)


async def _find(session: AsyncSession, key: str, started: datetime) -> list[UUID]:
    """What is to be decided, the most pressing first. All of it at once where an order that was decided still looks as
    before: nothing that its row says tells whether this run has been there (others write it, too)."""
    found = _to_decide(key, started)
    if not key.startswith((ALL, COLLECT)):
        found = found.limit(BATCH)
    return list((await session.execute(found)).scalars())


async def _lock(session: AsyncSession, key: str, started: datetime, ids: Sequence[UUID]) -> list[PurchaseOrder]:
    """Those of them that still are to be decided once they are locked: another job may have decided the rest meanwhile."""
    if not ids:
        return []
    # Locked by id, as the mirror does when it stores a page: two orders of locking could deadlock.
    chosen = select(PurchaseOrder).where(PurchaseOrder.id.in_(ids)).order_by(PurchaseOrder.id).with_for_update()
    orders = (await session.execute(chosen)).scalars().all()
    still = set((await session.execute(_to_decide(key, started).where(PurchaseOrder.id.in_(ids)))).scalars())
    return [order for order in orders if order.id in still]


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
