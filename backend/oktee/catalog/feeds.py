"""Full stock feeds: what they leave out is unknown until a second one confirms it, and one that changes much waits."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.files.stock import StockBatch
from oktee.catalog.history import append
from oktee.catalog.load_stock import stage_stock
from oktee.catalog.stock import UNPLACED
from oktee.kit.database import organization_of

MOST_REMOVED = Decimal("0.20")
MOST_MOVED = Decimal("0.50")

_FEED = text("create temp table stage_feed (item_id uuid, warehouse text, on_hand bigint) on commit drop")
_GATHER = text("insert into stage_feed select item_id, warehouse, greatest(on_hand, 0) from stage_stock")
# Only the warehouses that the feed names: a file of one warehouse says nothing of the others.
_WEIGH = text(
    """with places as (select distinct warehouse from stage_feed), known as (
      select b.item_id, b.warehouse, greatest(b.on_hand, 0) as on_hand from stock_balances b
      where b.organization_id = :org and b.missing_feeds = 0 and b.warehouse in (select warehouse from places)
    )
    select (select count(distinct item_id) from known),
      (select count(distinct k.item_id) from known k
        where not exists (select 1 from stage_feed f where f.item_id = k.item_id)),
      coalesce((select sum(on_hand) from known), 0), coalesce((select sum(on_hand) from stage_feed), 0)"""
)


async def weigh(session: AsyncSession, following: Callable[[], Awaitable[StockBatch | None]]) -> dict[str, Any] | None:
    """Read a full feed without writing it. Answers the figures for which a person has to look at it, None when it may in."""
    await session.execute(_FEED)
    while (batch := await following()) is not None:
        await stage_stock(session, batch)
        await session.execute(_GATHER)
    await session.execute(text("analyze stage_feed"))
    known, removed, before, after = (await session.execute(_WEIGH, {"org": organization_of(session)})).one()
    reasons = []
    if removed > MOST_REMOVED * known:
        reasons.append("removed")
    if before and abs(after - before) > MOST_MOVED * before:
        reasons.append("moved")
    if not reasons:
        return None
    return {
        "reasons": reasons, "skus": int(known), "removed": int(removed), "stock_before": int(before), "stock_after": int(after),
    }  # fmt: skip


_LATEST = """(select warehouse, max(as_of) as as_of from stock_balances
      where organization_id = :org and fed_by = :import group by warehouse)"""
_LEFT_OUT = text(
    f"""create temp table stage_told on commit drop as
    select b.item_id, b.warehouse, p.as_of from stock_balances b join {_LATEST} p on p.warehouse = b.warehouse
    where b.organization_id = :org and b.fed_by is distinct from :import and b.warehouse <> :unplaced
    order by b.item_id, b.warehouse for update of b"""  # noqa: S608 - constants only
)
# Once: unknown. Twice, or where the customer says that it means so: there is none.
_UNKNOWN = text(
    """update stock_balances b set missing_feeds = b.missing_feeds + 1, fed_by = :import,
      as_of = greatest(b.as_of, t.as_of), brand = b.brand
    from stage_told t where b.organization_id = :org and b.item_id = t.item_id and b.warehouse = t.warehouse"""
)
_NONE = text(
    """update stock_balances b set missing_feeds = greatest(b.missing_feeds, 2), on_hand = 0, reserved = 0, quality_hold = 0,
      available = null, inbound = '[]'::jsonb
    from stage_told t where b.organization_id = :org and b.item_id = t.item_id and b.warehouse = t.warehouse
      and (b.missing_feeds >= 2 or :zero)"""
)


async def leave_out(session: AsyncSession, *, import_id: UUID, zero: bool) -> int:
    """What the full feed `import_id`, now loaded, did not name: unknown the first time, none the second. Answers how many.

    Doing it again changes nothing.
    """
    values = {"org": organization_of(session), "import": import_id, "unplaced": UNPLACED}
    await session.execute(_LEFT_OUT, values)
    await session.execute(_UNKNOWN, values)
    await session.execute(_NONE, values | {"zero": zero})
    await append(session)
    return int((await session.execute(text("select count(*) from stage_told"))).scalar_one())
