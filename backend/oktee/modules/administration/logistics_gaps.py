"""What the logistics rules do not say yet of what orders and stock files name: told on their screen."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.modules.administration.logistics_wire import LogisticsGap

SHOWN: Final = 5
# Stock and orders are looked at as far as a screen may take: the balances of some thousand products, the latest orders.
_GAPS: Final = text(
    """with stocked as (
      select distinct warehouse as name from (select warehouse from stock_balances where warehouse <> '' limit 20000) b
    ), bound as (
      select distinct ship_to as name from (select ship_to from purchase_orders order by id desc limit 2000) o
      where ship_to is not null
    ), codes as (select code as name, bool_or(freight is not null) as says from vendor_codes group by code)
    select 'stock_unknown' as code, 'warehouses' as kind, name from stocked
      where name not in (select code from warehouses)
    union all select 'address_missing', 'warehouses', code from warehouses where party_id is null or address is null
    union all select 'transit_missing', 'transit_times', code from warehouses w
      where not exists (select 1 from transit_times t where t.origin = w.code)
    union all select 'freight_missing', 'vendor_terms', name from codes c where not says
      and not exists (select 1 from vendor_terms t where t.vendor_code = c.name and t.freight is not null)
    union all select 'origin_missing', 'vendor_terms', name from codes c
      where (select count(*) from warehouses) > 1 and not exists (select 1 from stock_pools)
      and not exists (select 1 from vendor_terms t where t.vendor_code = c.name and t.warehouse is not null)
    union all select 'centre_unknown', 'fulfilment_centres', name from bound
      where exists (select 1 from fulfilment_centres) and name not in (select code from fulfilment_centres)"""
)


async def read_gaps(session: AsyncSession) -> list[LogisticsGap]:
    """Each with the first names and how many there are, in the order in which files are best loaded."""
    found: dict[tuple[str, str], list[str]] = {}
    for code, kind, name in await session.execute(_GAPS):
        found.setdefault((code, kind), []).append(name)
    return [
        LogisticsGap.model_validate({"code": code, "kind": kind, "names": sorted(names)[:SHOWN], "count": len(names)})
        for (code, kind), names in found.items()
    ]
