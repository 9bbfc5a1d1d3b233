"""Writes batches of components, agreed costs and units: only what is new or changed counts as loaded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.files.faults import RowFault, row_fault
from oktee.catalog.files.lists import ListBatch
from oktee.catalog.load_items import Loaded
from oktee.kit.database import organization_of
from oktee.kit.staging import stage

_COMPONENT_TYPES = {
    "line": "int", "id": "uuid", "sku": "text", "asin": "text", "vendor_sku": "text", "marketplace_id": "text",
    "component_sku": "text", "quantity": "int",
}  # fmt: skip
_COST_TYPES = {
    "line": "int", "id": "uuid", "sku": "text", "marketplace_id": "text", "vendor_code": "text", "valid_from": "date",
    "valid_to": "date", "cost": "numeric(18,4)", "currency": "text", "uom": "text", "tolerance": "numeric(6,4)",
}  # fmt: skip
_UNIT_TYPES = {"line": "int", "sku": "text", "uom": "text", "eaches": "int"}

# The bundle by its own SKU, or by what it is called on the marketplace; two items of one name are not guessed between.
_BUNDLE = text(
    """update stage_parts s set item_id = f.item_id, hits = f.hits, component_id = f.component_id from (
      select s.line, (array_agg(h.item_id))[1] as item_id, count(distinct h.item_id) as hits,
        (select i.id from items i where i.organization_id = :org and i.sku = s.component_sku) as component_id
      from stage_parts s left join lateral (
        select i.id as item_id from items i where i.organization_id = :org and i.sku = s.sku
        union select k.item_id from item_links k where s.sku is null and k.organization_id = :org and k.asin = s.asin
          and k.marketplace_id = s.marketplace_id
        union select k.item_id from item_links k where s.sku is null and s.asin is null and k.organization_id = :org
          and k.vendor_sku = s.vendor_sku and k.marketplace_id = s.marketplace_id) h on true
      group by s.line, s.component_sku) f
    where f.line = s.line"""
)
_REFUSED = text(
    """delete from stage_parts s where s.component_id is null or s.hits <> 1 or s.item_id = s.component_id
      or exists (select 1 from item_components c where c.organization_id = :org
        and (c.item_id = s.component_id or c.component_id = s.item_id))
      or exists (select 1 from stage_parts o where o.item_id = s.component_id or o.component_id = s.item_id)
    returning line, coalesce(sku, asin, vendor_sku), component_sku, component_id is null, hits, item_id = component_id"""
)
_PARTS_CHANGED = text(
    """select count(*) from stage_parts s left join item_components c on c.organization_id = :org
      and c.item_id = s.item_id and c.component_id = s.component_id
    where coalesce(c.quantity, 0) <> s.quantity"""
)
_PARTS_WRITE = text(
    """insert into item_components (organization_id, id, item_id, component_id, quantity, import_id, as_of)
    select distinct on (item_id, component_id) :org, id, item_id, component_id, quantity, :import, :as_of
    from stage_parts where quantity > 0 order by item_id, component_id, line
    on conflict (organization_id, item_id, component_id) do update set quantity = excluded.quantity,
      import_id = excluded.import_id, as_of = excluded.as_of where item_components.as_of <= excluded.as_of"""
)
_PARTS_GONE = text(
    """delete from item_components c using stage_parts s where c.organization_id = :org and c.item_id = s.item_id
      and c.component_id = s.component_id and s.quantity = 0 and c.as_of <= :as_of"""
)
# A file says what a bundle is made of as a whole: what an earlier one had besides is not in it any more.
_PARTS_LEFT = text(
    """delete from item_components c where c.organization_id = :org and c.import_id <> :import and c.as_of <= :as_of
      and exists (select 1 from item_components o where o.organization_id = :org and o.item_id = c.item_id
        and o.import_id = :import)"""
)
_ASSEMBLED = text(
    """update items i set assembled = made.yes, updated_at = now() from (
      select i.id, exists (select 1 from item_components c where c.organization_id = :org and c.item_id = i.id) as yes
      from items i where i.organization_id = :org and (i.assembled
        or i.id in (select item_id from item_components where organization_id = :org))) made
    where i.organization_id = :org and i.id = made.id and i.assembled <> made.yes"""
)


async def write_components(
    session: AsyncSession, batch: ListBatch, *, import_id: UUID, as_of: datetime
) -> tuple[Loaded, list[RowFault]]:
    """Store what bundles are made of; `finish_components` follows once the whole file is in."""
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of}
    await stage(session, "stage_parts", _COMPONENT_TYPES, batch.found)
    await session.execute(
        text("alter table stage_parts add column item_id uuid, add column component_id uuid, add column hits int")
    )
    await session.execute(_BUNDLE, values)
    faults = []
    for line, bundle, component, unknown, hits, itself in (await session.execute(_REFUSED, values)).all():
        if unknown:
            faults.append(row_fault(line, "component_sku", "unknown_sku", component, sku=component))
        elif hits == 0:
            faults.append(row_fault(line, "asin", "unknown_bundle", bundle))
        elif hits > 1:
            faults.append(row_fault(line, "asin", "ambiguous_bundle", bundle))
        else:
            code = "bundle_of_itself" if itself else "bundle_of_bundles"
            faults.append(row_fault(line, "component_sku", code, component, sku=component))
    changed = int((await session.execute(_PARTS_CHANGED, values)).scalar_one())
    await session.execute(_PARTS_WRITE, values)
    await session.execute(_PARTS_GONE, values)
    await session.execute(_ASSEMBLED, values)
    return Loaded(changed, batch.rows - batch.rejected - len(faults) - changed), faults


async def finish_components(session: AsyncSession, *, import_id: UUID, as_of: datetime) -> None:
    """What the file's bundles had before and the file does not name leaves them. Doing it again changes nothing."""
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of}
    await session.execute(_PARTS_LEFT, values)
    await session.execute(_ASSEMBLED, values)


_UNKNOWN = "delete from {0} s where not exists (select 1 from items i where i.organization_id = :org and i.sku = s.sku) returning line, sku"
_COST_VALUES = ("valid_to", "cost", "currency", "uom", "tolerance")
_SAME_COST = " and ".join(f"c.{name} is not distinct from s.{name}" for name in _COST_VALUES)
_COSTS_CHANGED = text(
    f"""select count(distinct s.line) from stage_costs s join items i on i.organization_id = :org and i.sku = s.sku
    where not exists (select 1 from item_costs c where c.organization_id = :org and c.item_id = i.id
      and c.marketplace_id = s.marketplace_id and c.vendor_code = s.vendor_code and c.valid_from = s.valid_from
      and ({_SAME_COST} or c.as_of > :as_of))"""  # noqa: S608 - constants only
)
_COSTS_WRITE = text(
    f"""insert into item_costs (organization_id, id, item_id, marketplace_id, vendor_code, valid_from,
      {", ".join(_COST_VALUES)}, brand, import_id, as_of)
    select :org, s.id, i.id, s.marketplace_id, s.vendor_code, s.valid_from, {", ".join(f"s.{name}" for name in _COST_VALUES)},
      i.brand, :import, :as_of
    from stage_costs s join items i on i.organization_id = :org and i.sku = s.sku
    order by i.id, s.marketplace_id, s.vendor_code, s.valid_from
    on conflict (organization_id, item_id, marketplace_id, vendor_code, valid_from) do update set
      {", ".join(f"{name} = excluded.{name}" for name in _COST_VALUES)}, brand = excluded.brand,
      import_id = excluded.import_id, as_of = excluded.as_of where item_costs.as_of <= excluded.as_of"""  # noqa: S608 - constants only
)


async def write_costs(
    session: AsyncSession, batch: ListBatch, *, import_id: UUID, as_of: datetime
) -> tuple[Loaded, list[RowFault]]:
    """Store agreed costs; those a file does not name stay, since invoices of old orders are judged by them."""
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of}
    await stage(session, "stage_costs", _COST_TYPES, batch.found)
    faults = await _unknown(session, "stage_costs")
    changed = int((await session.execute(_COSTS_CHANGED, values)).scalar_one())
    await session.execute(_COSTS_WRITE, values)
    return Loaded(changed, batch.rows - batch.rejected - len(faults) - changed), faults


_UNITS_CHANGED = text(
    """select count(*) from stage_units s join items i on i.organization_id = :org and i.sku = s.sku
    where not exists (select 1 from item_units u where u.organization_id = :org and u.item_id = i.id and u.uom = s.uom
      and (u.eaches = s.eaches or u.as_of > :as_of))"""
)
_UNITS_WRITE = text(
    """insert into item_units (organization_id, item_id, uom, eaches, import_id, as_of)
    select :org, i.id, s.uom, s.eaches, :import, :as_of
    from stage_units s join items i on i.organization_id = :org and i.sku = s.sku order by i.id, s.uom
    on conflict (organization_id, item_id, uom) do update set eaches = excluded.eaches, import_id = excluded.import_id,
      as_of = excluded.as_of where item_units.as_of <= excluded.as_of"""
)


async def write_units(
    session: AsyncSession, batch: ListBatch, *, import_id: UUID, as_of: datetime
) -> tuple[Loaded, list[RowFault]]:
    """Store how many eaches the customer's units hold."""
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of}
    await stage(session, "stage_units", _UNIT_TYPES, batch.found)
    faults = await _unknown(session, "stage_units")
    changed = int((await session.execute(_UNITS_CHANGED, values)).scalar_one())
    await session.execute(_UNITS_WRITE, values)
    return Loaded(changed, batch.rows - batch.rejected - len(faults) - changed), faults


async def _unknown(session: AsyncSession, table: str) -> list[RowFault]:
    """Rows of SKUs that no item has, each line once."""
    found = await session.execute(text(_UNKNOWN.format(table)), {"org": organization_of(session)})
    lines: dict[int, str] = dict(found.all())
    return [row_fault(line, "sku", "unknown_sku", sku, sku=sku) for line, sku in sorted(lines.items())]
