"""Which orders an act is about: named one by one, or by the filter of the list with how many it matched."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import Conflict, Invalid
from oktee.modules.supply.asking import terms_of
from oktee.modules.supply.desk.bulk.wire import MOST, ChosenIn, FilterIn
from oktee.modules.supply.rows import Filter, read_filter
from oktee.modules.supply.summing import joined


class CountMoved(Conflict):
    """Other orders match now than those that were counted."""


async def filter_of(session: AsyncSession, given: FilterIn, time_zone: str, user_id: UUID) -> Filter:
    """`user_id`: who `me` is. Raises Invalid."""
    terms = await terms_of(session, given.filter, time_zone, user_id=user_id)
    return read_filter(
        view=given.view, mp=given.mp, vc=given.vc, brand=given.brand, status=given.status, q=given.q, terms=terms
    )


async def choose(session: AsyncSession, caller: Caller, chosen: ChosenIn) -> list[UUID]:
    """The orders, by id. Raises CountMoved, Invalid for too many."""
    statement = joined(PurchaseOrder.id).order_by(PurchaseOrder.id).limit(MOST + 1)
    if chosen.ids is not None:
        statement = statement.where(PurchaseOrder.id.in_(chosen.ids))
    else:
        assert chosen.filter is not None
        where = await filter_of(session, chosen.filter, caller.time_zone, caller.user_id)
        statement = statement.where(*where.conditions())
    found = list((await session.execute(statement)).scalars())
    if len(found) > MOST:
        raise Invalid(f"One act takes at most {MOST} orders. Narrow the filter.")
    expected = len(set(chosen.ids)) if chosen.ids is not None else chosen.expected_count
    if len(found) != expected:
        raise CountMoved(f"{len(found)} orders match now, not {expected}. Look at the list again, then repeat.")
    return found
