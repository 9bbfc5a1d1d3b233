"""A later stock file absorbs what our answers held: by then the customer's own numbers know of it (ORDER-RULES 5)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import ModuleSettings
from oktee.catalog.stock import ABSORBED, UNPLACED
from oktee.catalog.tables import StockLedgerEntry
from oktee.kit.database import new_id, organization_of

ABSORB_AFTER = timedelta(hours=6)
"""How long after an answer the customer's system is given to book it; a file older than that changes nothing."""

# What each order line still holds in a warehouse, and when it last took something there. What was promised before any
# stock was known is in no warehouse: there the oldest number of the item decides. An order that a newer row of the item
# names is booked by the customer's system, wherever it took the goods from: there is nothing to wait for.
_HELD = text(
    """with numbers as (
      select item_id, warehouse, as_of from stock_balances
        where organization_id = :org and item_id = any(cast(:items as uuid[])) and warehouse <> :unplaced
      union all select item_id, :unplaced, min(as_of) from stock_balances
        where organization_id = :org and item_id = any(cast(:items as uuid[])) and warehouse <> :unplaced
        group by item_id
    ), named as (
      select o.id, r.item_id, max(r.as_of) as as_of
      from unnest(cast(:named_items as uuid[]), cast(:named_orders as text[]), cast(:named_at as timestamptz[]))
        as r(item_id, po_number, as_of)
      join purchase_orders o on o.organization_id = :org and o.po_number = r.po_number
      group by o.id, r.item_id
    )
    select l.item_id, l.warehouse, l.purchase_order_id, l.line, sum(l.quantity)
    from stock_ledger l join numbers n on n.item_id = l.item_id and n.warehouse = l.warehouse
      left join named on named.id = l.purchase_order_id and named.item_id = l.item_id
    where l.organization_id = :org and l.item_id = any(cast(:items as uuid[]))
    group by l.item_id, l.warehouse, l.purchase_order_id, l.line, n.as_of, named.as_of
    having sum(l.quantity) > 0 and (
      max(l.at) filter (where l.quantity > 0 and l.source_type <> :absorbed) + cast(:after as interval) < n.as_of
      or max(l.at) filter (where l.quantity > 0 and l.source_type <> :absorbed) < named.as_of)"""
)
_BALANCE = text(
    """update stock_balances set committed = committed - :quantity
    where organization_id = :org and item_id = :item and warehouse = :warehouse"""
)


class Named(NamedTuple):
    """An order that the customer's numbers of an item know of, by Amazon's number, and as of when."""

    item_id: UUID
    po_number: str
    as_of: datetime


async def absorb(
    session: AsyncSession, item_ids: Sequence[UUID], *, source_id: str, named: Sequence[Named] = ()
) -> int:
    """Release what the numbers of these items know by now: the orders they name at once, the others after a time.

    Answers how many promises were absorbed.

    The caller has locked all balances of the items and written the newer `as_of`.
    """
    organization = organization_of(session)
    values = {
        "org": organization, "items": list(item_ids), "after": await absorb_after(session),
        "unplaced": UNPLACED, "absorbed": ABSORBED, "named_items": [each.item_id for each in named],
        "named_orders": [each.po_number for each in named], "named_at": [each.as_of for each in named],
    }  # fmt: skip
    held = (await session.execute(_HELD, values)).all()
    if not held:
        return 0
    given_back: Counter[tuple[UUID, str]] = Counter()
    entries = []
    for item_id, warehouse, order_id, line, quantity in held:
        given_back[item_id, warehouse] += int(quantity)
        entries.append(
            {
                "id": new_id(), "item_id": item_id, "warehouse": warehouse, "quantity": -int(quantity), "line": line,
                "source_type": ABSORBED, "source_id": f"{source_id}/{order_id}", "purchase_order_id": order_id,
            }
        )  # fmt: skip
    await session.execute(insert(StockLedgerEntry), entries)
    for (item_id, warehouse), quantity in sorted(given_back.items()):
        place = {"org": organization, "item": item_id, "warehouse": warehouse}
        await session.execute(_BALANCE, place | {"quantity": quantity})
    return len(held)


async def absorb_after(session: AsyncSession) -> timedelta:
    """`absorb_after_hours` of this organization's Supply settings, 6 hours while nobody changed it."""
    stored = await session.scalar(
        select(ModuleSettings.value["absorb_after_hours"].as_integer()).where(ModuleSettings.module == "supply")
    )
    return ABSORB_AFTER if stored is None else timedelta(hours=stored)
