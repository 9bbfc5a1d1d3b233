"""Reads the logistics rules that some orders need: one statement, whatever there is of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_READ = text(
    """select
      (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from warehouses w),
      (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from calendars c),
      (select coalesce(jsonb_agg(to_jsonb(d)), '[]') from closures d where d.last_day >= cast(:since as date)),
      (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from vendor_terms t where t.vendor_code = any(cast(:codes as text[]))),
      (select coalesce(jsonb_agg(to_jsonb(f)), '[]') from fulfilment_centres f
        where f.code = any(cast(:centres as text[]))),
      (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from transit_times w
        where w.centre = '' or w.centre = any(cast(:centres as text[]))),
      (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from carriers c),
      (select coalesce(jsonb_agg(to_jsonb(p) order by p.rank nulls last, p.warehouse), '[]') from stock_pools p),
      exists (select 1 from fulfilment_centres)"""
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as JSON; `pools` are all there are, in the order in which they give. `directory`: there are fulfilment centres, whether or not one of those that were asked for."""

    warehouses: list[dict[str, Any]]
    calendars: list[dict[str, Any]]
    closures: list[dict[str, Any]]
    terms: list[dict[str, Any]]
    centres: list[dict[str, Any]]
    transit: list[dict[str, Any]]
    carriers: list[dict[str, Any]]
    pools: list[dict[str, Any]]
    directory: bool


async def read_rows(
    session: AsyncSession, *, vendor_codes: Collection[str], centres: Collection[str], since: Any
) -> Rows:
    """`since`: closures that were over before this day are left out."""
    values = {"codes": sorted(vendor_codes), "centres": sorted(centres), "since": since}
    return Rows(*(await session.execute(_READ, values)).one())
