"""Writes a batch of a stock file: absolute numbers, never older than what is known, and lets it absorb reservations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.absorption import absorb
from oktee.catalog.files.faults import RowFault, row_fault
from oktee.catalog.files.stock import StockBatch
from oktee.catalog.load_items import Loaded
from oktee.kit.database import organization_of
from oktee.kit.staging import stage

_TYPES = {
    "line": "int", "id": "uuid", "sku": "text", "warehouse": "text", "as_of": "timestamptz", "on_hand": "int",
    "reserved": "int", "quality_hold": "int", "available": "int", "inbound_quantity": "int", "inbound_on": "date",
}  # fmt: skip
_VALUES = ["on_hand", "reserved", "quality_hold", "available", "inbound_quantity", "inbound_on"]
_ITEM = text("update stage_stock s set item_id = i.id from items i where i.organization_id = :org and i.sku = s.sku")
_UNKNOWN = text("delete from stage_stock where item_id is null returning line, sku")
# The same order as a reservation takes: two that want the same rows wait for each other instead of dying together.
# All warehouses of an item, since absorption touches what was promised before any of them was known.
_LOCK = text(
    """select 1 from stock_balances where organization_id = :org and item_id in (select item_id from stage_stock)
    order by item_id, warehouse for update"""
)
_OLDER = text(
    """delete from stage_stock s using stock_balances b
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse and b.as_of > s.as_of
    returning s.line, s.as_of, b.as_of"""
)
_SAME = " and ".join(f"b.{name} is not distinct from s.{name}" for name in _VALUES)
_REPEATED = text(
    f"""delete from stage_stock s using stock_balances b
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse
      and b.as_of = s.as_of and {_SAME}"""  # noqa: S608 - constants only
)
_CHANGED = text(
    f"""select count(*) from stage_stock s where not exists (select 1 from stock_balances b
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse and {_SAME})"""  # noqa: S608 - constants only
)
_WRITE = text(
    f"""insert into stock_balances
      (organization_id, id, item_id, warehouse, as_of, {", ".join(_VALUES)}, committed, brand, import_id)
    select :org, s.id, s.item_id, s.warehouse, s.as_of, {", ".join(f"s.{name}" for name in _VALUES)}, 0, i.brand, :import
    from stage_stock s join items i on i.organization_id = :org and i.id = s.item_id order by s.item_id, s.warehouse
    on conflict (organization_id, item_id, warehouse) do update set
      {", ".join(f"{name} = excluded.{name}" for name in _VALUES)},
      as_of = excluded.as_of, brand = excluded.brand, import_id = excluded.import_id
    where stock_balances.as_of <= excluded.as_of
    returning item_id"""  # noqa: S608 - constants only
)


async def write_stock(session: AsyncSession, batch: StockBatch, *, import_id: UUID) -> tuple[Loaded, list[RowFault]]:
    """Store the balances of a batch; one that is as it was but counted later gets its new `as_of`.

    Returns what it did and the faults found here: unknown SKUs (rejected) and numbers older than the known ones (ignored,
    said as a warning).
    """
    values = {"org": organization_of(session), "import": import_id}
    await stage(session, "stage_stock", _TYPES, batch.stock)
    await session.execute(text("alter table stage_stock add column item_id uuid"))
    await session.execute(_ITEM, values)
    faults = [
        row_fault(line, "sku", "unknown_sku", sku, sku=sku) for line, sku in (await session.execute(_UNKNOWN)).all()
    ]
    rejected = batch.rejected + len(faults)
    await session.execute(_LOCK, values)
    older: list[tuple[int, datetime, datetime]] = [tuple(row) for row in (await session.execute(_OLDER, values)).all()]
    faults += [
        row_fault(line, "as_of", "older_than_known", came.isoformat(), known=known.isoformat())
        for line, came, known in older
    ]
    await session.execute(_REPEATED, values)
    changed = int((await session.execute(_CHANGED, values)).scalar_one())
    written = list((await session.execute(_WRITE, values)).scalars())
    if written:
        await absorb(session, sorted(set(written)), source_id=str(import_id))
    return Loaded(changed, batch.rows - rejected - changed), faults
