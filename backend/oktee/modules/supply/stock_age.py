"""How old the stock is that proposals count on, against the age from which the rules do not trust it any more."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now as present
from oktee.modules.supply.stock_watch import read_limit, read_sources


class StockAge(BaseModel):
    """`as_of`: when the warehouse that was counted the longest ago was counted last, none before the first stock file. A
    product that its file names no more is old by itself, where it is counted on. `limit_seconds`: of the standard rule, now:
    it is shorter while the warehouse is open."""

    as_of: datetime | None
    limit_seconds: int
    old: bool


async def read_stock_age(session: AsyncSession, zone: str) -> StockAge:
    """`zone`: where the warehouse's hours are read, the organization's."""
    now = present()
    limit = await read_limit(session, now, zone)
    as_of = min((one.as_of for one in await read_sources(session)), default=None)
    return StockAge(
        as_of=as_of, limit_seconds=int(limit.total_seconds()), old=as_of is not None and now - as_of > limit
    )
