"""Writes a batch of a stock file: absolute numbers, never older than what is known, and lets it absorb reservations."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.absorption import Named, absorb
from oktee.catalog.files.cells import MAX_INTEGER
from oktee.catalog.files.faults import RowFault, row_fault
from oktee.catalog.files.stock import StockBatch
from oktee.catalog.history import append
from oktee.catalog.load_items import Loaded
from oktee.kit.database import organization_of
from oktee.kit.staging import stage

_TYPES = {
    "line": "int", "id": "uuid", "sku": "text", "warehouse": "text", "as_of": "timestamptz", "on_hand": "bigint",
    "reserved": "bigint", "quality_hold": "bigint", "available": "bigint", "uom": "text", "inbound": "jsonb",
    "order_refs": "text[]",
}  # fmt: skip
_VALUES = ["on_hand", "reserved", "quality_hold", "available", "inbound"]
_COUNTED = ("on_hand", "reserved", "quality_hold", "available")
_ITEM = text(
    """update stage_stock s set item_id = i.id, factor = case when s.uom = 'each' then 1
        else coalesce((select u.eaches from item_units u where u.organization_id = :org and u.item_id = i.id
          and u.uom = s.uom), case when s.uom = 'case' then i.case_pack end) end
    from items i where i.organization_id = :org and i.sku = s.sku"""
)
_UNKNOWN = text("delete from stage_stock where item_id is null returning line, sku")
# A unit without a declared factor is never taken for pieces.
_NO_FACTOR = text("delete from stage_stock where factor is null returning line, sku, uom")
_TOO_MUCH = text(
    f"""delete from stage_stock where greatest({", ".join(f"abs({name})" for name in _COUNTED)}) * factor > {MAX_INTEGER}
      or exists (select 1 from jsonb_array_elements(inbound) e where (e ->> 'quantity')::bigint * factor > {MAX_INTEGER})
    returning line, on_hand"""  # noqa: S608 - constants only
)
_IN_EACHES = text(
    f"""update stage_stock set {", ".join(f"{name} = {name} * factor" for name in _COUNTED)},
      inbound = coalesce((select jsonb_agg(jsonb_set(e.one, '{{quantity}}',
          to_jsonb((e.one ->> 'quantity')::bigint * factor)) order by e.place)
        from jsonb_array_elements(inbound) with ordinality e(one, place)), '[]'::jsonb)
    where factor <> 1"""  # noqa: S608 - constants only
)
# The same order as a reservation takes: two that want the same rows wait for each other instead of dying together.
# All warehouses of an item, since absorption touches what was promised before any of them was known.
_LOCK = text(
    """select 1 from stock_balances where organization_id = :org and item_id in (select item_id from stage_stock)
    order by item_id, warehouse for update"""
)
# What a full feed names is there, also where its figures are older or as they were.
_NAMED = text(
    """update stock_balances b set fed_by = :import, missing_feeds = 0 from stage_stock s
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse"""
)
# What was so at an earlier moment, than what is known or than another row of the file, changes no balance, and is how it
# was: the history takes it where it knows nothing.
_NEWEST = text(
    """update stage_stock s set newest = greatest(n.as_of, b.as_of), newest_here = s.as_of = n.as_of
    from (select item_id, warehouse, max(as_of) as_of from stage_stock group by 1, 2) n
      left join stock_balances b on b.organization_id = :org and b.item_id = n.item_id and b.warehouse = n.warehouse
    where n.item_id = s.item_id and n.warehouse = s.warehouse"""
)
_PAST = text(
    f"""insert into stock_snapshots
      (organization_id, item_id, warehouse, as_of, confirmed_at, known, {", ".join(_VALUES)})
    select :org, s.item_id, s.warehouse, s.as_of, s.as_of, true, {", ".join(f"s.{name}" for name in _VALUES)}
    from stage_stock s
    where s.newest > s.as_of and not exists (select 1 from stock_snapshots h where h.organization_id = :org
      and h.item_id = s.item_id and h.warehouse = s.warehouse and h.as_of <= s.as_of and h.confirmed_at >= s.as_of)
    on conflict do nothing returning item_id"""  # noqa: S608 - constants only
)
_OLDER = text("delete from stage_stock where newest > as_of returning line, as_of, newest, newest_here")
_BOOKED = text("select item_id, unnest(order_refs), as_of from stage_stock where cardinality(order_refs) > 0")
_SAME = " and ".join(f"b.{name} is not distinct from s.{name}" for name in _VALUES)
_REPEATED = text(
    f"""delete from stage_stock s using stock_balances b
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse
      and b.as_of = s.as_of and b.missing_feeds = 0 and {_SAME}"""  # noqa: S608 - constants only
)
_CHANGED = text(
    f"""select count(*) from stage_stock s where not exists (select 1 from stock_balances b
    where b.organization_id = :org and b.item_id = s.item_id and b.warehouse = s.warehouse and {_SAME})"""  # noqa: S608 - constants only
)
_WRITE = text(
    f"""insert into stock_balances
      (organization_id, id, item_id, warehouse, as_of, {", ".join(_VALUES)}, committed, brand, import_id, fed_by)
    select :org, s.id, s.item_id, s.warehouse, s.as_of, {", ".join(f"s.{name}" for name in _VALUES)}, 0, i.brand, :import,
      cast(:feed as uuid)
    from stage_stock s join items i on i.organization_id = :org and i.id = s.item_id order by s.item_id, s.warehouse
    on conflict (organization_id, item_id, warehouse) do update set
      {", ".join(f"{name} = excluded.{name}" for name in _VALUES)},
      as_of = excluded.as_of, brand = excluded.brand, import_id = excluded.import_id, missing_feeds = 0,
      fed_by = coalesce(excluded.fed_by, stock_balances.fed_by)
    where stock_balances.as_of <= excluded.as_of
    returning item_id"""  # noqa: S608 - constants only
)


_TOLD = text("""create temp table stage_told on commit drop as select item_id, warehouse from stage_stock""")


async def write_stock(
    session: AsyncSession, batch: StockBatch, *, import_id: UUID, full: bool = False
) -> tuple[Loaded, list[RowFault]]:
    """Store the balances of a batch; one that is as it was but counted later gets its new `as_of`. `full`: of a full feed.

    Returns what it did (what went into the history is loaded) and the faults found here: unknown SKUs and units without a
    factor (rejected), and a place whose newest number here is older than the known one (a warning: its stock stays).
    """
    values = {"org": organization_of(session), "import": import_id}
    faults = await stage_stock(session, batch)
    rejected = batch.rejected + len(faults)
    await session.execute(_LOCK, values)
    if full:
        await session.execute(_NAMED, values)
    await session.execute(_NEWEST, values)
    remembered = len((await session.execute(_PAST, values)).all())
    faults += [
        row_fault(line, "as_of", "older_than_known", came.isoformat(), known=known.isoformat())
        for line, came, known, newest_here in (await session.execute(_OLDER)).all()
        if newest_here
    ]
    named = [Named(*row) for row in (await session.execute(_BOOKED)).all()]
    await session.execute(_REPEATED, values)
    changed = int((await session.execute(_CHANGED, values)).scalar_one())
    written = list((await session.execute(_WRITE, values | {"feed": import_id if full else None})).scalars())
    if written:
        await session.execute(text("drop table if exists stage_told"))
        await session.execute(_TOLD)
        await append(session)
    if written or named:
        items = {*written, *(each.item_id for each in named)}
        await absorb(session, sorted(items), source_id=str(import_id), named=named)
    loaded = changed + remembered
    return Loaded(loaded, batch.rows - rejected - loaded), faults


async def stage_stock(session: AsyncSession, batch: StockBatch) -> list[RowFault]:
    """Fill the temporary table stage_stock with the rows in eaches of their item; rows that cannot be are faults."""
    values = {"org": organization_of(session)}
    await stage(session, "stage_stock", _TYPES, batch.stock)
    await session.execute(
        text(
            "alter table stage_stock add column if not exists item_id uuid, add column if not exists factor bigint, "
            "add column if not exists newest timestamptz, add column if not exists newest_here boolean"
        )
    )
    await session.execute(_ITEM, values)
    faults = [
        row_fault(line, "sku", "unknown_sku", sku, sku=sku) for line, sku in (await session.execute(_UNKNOWN)).all()
    ]
    faults += [
        row_fault(line, "uom", "unknown_factor", uom, sku=sku, uom=uom)
        for line, sku, uom in (await session.execute(_NO_FACTOR)).all()
    ]
    faults += [
        row_fault(line, "on_hand", "too_large", str(count), limit=MAX_INTEGER)
        for line, count in (await session.execute(_TOO_MUCH)).all()
    ]
    await session.execute(_IN_EACHES)
    return faults
