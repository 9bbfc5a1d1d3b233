"""Writes a batch of an items file: only what is new or changed, so that unchanged rows cost no write."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.files.items import Fields, ItemBatch
from oktee.kit.database import organization_of
from oktee.kit.staging import stage

REFRESH = timedelta(days=7)
"""An unchanged row that was last confirmed longer ago gets its `as_of` again: agreed costs go stale by age."""

_LINK_TYPES = {
    "line": "int", "id": "uuid", "sku": "text", "marketplace_id": "text", "vendor_code": "text", "asin": "text",
    "vendor_sku": "text", "quantity": "int", "cost_price": "numeric(18,4)", "currency": "text", "brand": "text",
    "valid_from": "date", "valid_to": "date", "is_preferred": "boolean", "first": "boolean",
}  # fmt: skip
_LINK_VALUES = [
    "vendor_sku", "quantity", "cost_price", "currency", "brand", "valid_from", "valid_to", "is_preferred",
]  # fmt: skip

# A file that was handed in later has the last word, whichever worker finishes first.
_ITEMS_KNOWN = text(
    """delete from stage_items s using items i
    where i.organization_id = :org and i.sku = s.sku and (i.content_hash = s.content_hash or i.as_of > :as_of)"""
)
_ITEMS_CONFIRM = text(
    """update items i set as_of = :as_of from
      (select i.id from stage_items s join items i on i.organization_id = :org and i.sku = s.sku
        where i.content_hash = s.content_hash and i.as_of < :stale order by i.sku for update of i) known
    where i.organization_id = :org and i.id = known.id"""
)
_LINKS_ITEM = text(
    """update stage_links s set item_id = i.id, brand = i.brand from items i
    where i.organization_id = :org and i.sku = s.sku"""
)
# A place the file names for the first time is said anew: another ASIN there is a correction, not a second name.
_LINKS_REPLACED = text(
    """delete from item_links k using
      (select k.id, min(s.line) as line from stage_links s join item_links k on k.organization_id = :org
          and k.item_id = s.item_id and k.marketplace_id = s.marketplace_id and k.vendor_code = s.vendor_code
        where s.first and k.import_id <> :import and k.as_of <= :as_of
          and not exists (select 1 from stage_links o where o.item_id = k.item_id
            and o.marketplace_id = k.marketplace_id and o.vendor_code = k.vendor_code and o.asin = k.asin)
        group by k.id) gone
    where k.organization_id = :org and k.id = gone.id returning gone.line"""
)
# Where an item is sold stands on the item too: row policies ask it of every item (migrations/tenancy.py).
_ITEMS_SOLD = text(
    """update items i set marketplaces = k.marketplaces, vendor_codes = k.vendor_codes from (
        select k.item_id, array_agg(distinct k.marketplace_id::text) as marketplaces,
               array_agg(distinct k.vendor_code::text) as vendor_codes
        from item_links k where k.organization_id = :org and k.item_id in (select item_id from stage_links)
        group by k.item_id) k
    where i.organization_id = :org and i.id = k.item_id
      and (i.marketplaces, i.vendor_codes) is distinct from (k.marketplaces, k.vendor_codes)"""
)
# Until the day from which a file says a status, what held before holds. Said without a day, another status holds at once.
_TODAY = "cast(now() at time zone 'UTC' as date)"
_DATE_KEPT = "case when excluded.status is not distinct from items.status then items.status_valid_from end"
_HOLDS_NOW = f"""case when items.status_valid_from > {_TODAY} then items.status_before else items.status end"""
_LINES = text("select line from stage_items union select line from stage_links")


class Loaded(NamedTuple):
    """Rows that changed something, and good rows that changed nothing."""

    loaded: int
    unchanged: int


@lru_cache(maxsize=64)
def _statements(fields: Fields) -> tuple[TextClause, TextClause, TextClause, TextClause]:
    """How a file with these columns is written; what it has no column for stays as it was."""
    names = ", ".join(name for name, _ in fields.staged)
    sets = {name: f"excluded.{name}" for name in [*fields.items, "content_hash"]}
    if "status" in fields.items and "status_valid_from" not in fields.items:
        sets["status_valid_from"] = _DATE_KEPT
    if "status_valid_from" in sets:
        sets["status_before"] = f"case when {sets['status_valid_from']} > {_TODAY} then {_HOLDS_NOW} end"
    items = f"""insert into items (organization_id, id, sku, {names}, content_hash, import_id, as_of, updated_at)
      select :org, id, sku, {names}, content_hash, :import, :as_of, now() from stage_items order by sku
      on conflict (organization_id, sku) do update set {", ".join(f"{name} = {value}" for name, value in sets.items())},
        import_id = excluded.import_id, as_of = excluded.as_of, updated_at = excluded.updated_at"""  # noqa: S608 - constants only
    same = " and ".join(f"k.{name} is not distinct from s.{name}" for name in fields.links) or "true"
    confirm = f"""update item_links k set as_of = :as_of from
      (select k.id from stage_links s join item_links k on k.organization_id = :org and k.item_id = s.item_id
          and k.marketplace_id = s.marketplace_id and k.vendor_code = s.vendor_code and k.asin = s.asin
        where k.as_of < :stale and {same} order by k.id for update of k) known
      where k.organization_id = :org and k.id = known.id"""  # noqa: S608 - constants only
    known = f"""delete from stage_links s using item_links k
      where k.organization_id = :org and k.item_id = s.item_id and k.marketplace_id = s.marketplace_id
        and k.vendor_code = s.vendor_code and k.asin = s.asin and (k.as_of > :as_of or ({same}))"""  # noqa: S608 - constants only
    values = ", ".join(_LINK_VALUES)
    write = f"""insert into item_links
        (organization_id, id, item_id, marketplace_id, vendor_code, asin, {values}, import_id, as_of)
      select :org, id, item_id, marketplace_id, vendor_code, asin, {values}, :import, :as_of
      from stage_links order by sku, marketplace_id, vendor_code, asin
      on conflict (organization_id, item_id, marketplace_id, vendor_code, asin) do update set
        {"".join(f"{name} = excluded.{name}, " for name in fields.links)}
        import_id = excluded.import_id, as_of = excluded.as_of"""  # noqa: S608 - constants only
    return text(items), text(confirm), text(known), text(write)


async def write_items(session: AsyncSession, batch: ItemBatch, *, import_id: UUID, as_of: datetime) -> Loaded:
    """Insert or change the items and links of a batch. `as_of` is when the file was handed in."""
    values = {"org": organization_of(session), "import": import_id, "as_of": as_of, "stale": as_of - REFRESH}
    items, links_confirm, links_known, links = _statements(batch.fields)
    types = {"line": "int", "id": "uuid", "sku": "text", **dict(batch.fields.staged), "content_hash": "bytea"}
    await session.execute(text("drop table if exists stage_items"))  # the columns are those of this file
    await stage(session, "stage_items", types, batch.items)
    await stage(session, "stage_links", _LINK_TYPES, batch.links)
    await session.execute(_ITEMS_CONFIRM, values)
    await session.execute(_ITEMS_KNOWN, values)
    await session.execute(items, values)
    await session.execute(text("alter table stage_links add column item_id uuid"))
    await session.execute(_LINKS_ITEM, values)
    replaced = set((await session.execute(_LINKS_REPLACED, values)).scalars())
    await session.execute(links_confirm, values)
    await session.execute(links_known, values)
    await session.execute(links, values)
    await session.execute(_ITEMS_SOLD, values)
    changed = len(replaced.union((await session.execute(_LINES)).scalars()))
    return Loaded(changed, batch.rows - batch.rejected - changed)
