"""Finds the catalogue items that a page of order lines may mean: one statement for the whole page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.matching import Candidates, LineIdentifiers, lookup_keys
from oktee.kit.clock import now as present

LineKey = LineIdentifiers
"""What Amazon wrote on a line, and where it is valid."""


@dataclass(frozen=True, slots=True)
class CatalogComponent:
    """One SKU of a bundle, with what a piece of it costs on the line's marketplace and vendor code."""

    item_id: UUID
    sku: str
    quantity: int
    safety_stock: int
    status: str
    cost_price: Decimal | None
    currency: str | None
    cost_as_of: datetime | None
    cost_valid_from: date | None
    cost_valid_to: date | None
    weight_g: Decimal | None


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """An item as one line sees it: its own data, and its name, cost and pieces on that marketplace and vendor code.

    `sellable` is False when the customer's files do not name the item for that marketplace and vendor code: it has no cost
    there, and one piece. The cost is the one agreed for the day of the order where there are dated ones (then its dates are
    given), else the undated one, and `cost_as_of` is when a file last said it. `status` is the one that holds today: before the day from which a file says another, the former.
    """

    item_id: UUID
    sku: str
    gtin: str | None
    title: str
    brand: str | None
    status: str
    case_pack: int
    safety_stock: int
    moq: int | None
    lead_time_days: int | None
    handling_days: int | None
    replaced_by_sku: str | None
    image_url: str | None
    asin: str | None
    vendor_sku: str | None
    quantity: int
    cost_price: Decimal | None
    currency: str | None
    cost_as_of: datetime | None
    cost_valid_from: date | None
    cost_valid_to: date | None
    cost_tolerance: Decimal | None
    as_of: datetime
    sellable: bool
    assembled: bool
    order_multiple: int | None
    launch_on: date | None
    weight_g: Decimal | None
    preferred: bool
    landed_cost: Decimal | None
    """Of one each of the SKU, where it is in the currency of its cost."""
    layer_units: int | None
    pallet_units: int | None
    components: tuple[CatalogComponent, ...] = ()
    """What it is put together from, when it is `assembled`."""


VENDOR_SKU, GTIN, ASIN = 1, 2, 4
"""By which of a line's identifiers an item was found: one row an item, however many led to it."""
# Vendor SKUs and ASINs count where a file said them: on the line's marketplace, for its vendor code or for all ('').
# Right after a first import Postgres has no statistics yet and reads the whole catalogue for each line unless it is told:
# `offset 0` keeps each probe an index probe, and `|| ''` leaves each probe only the index that begins with what it seeks.
# `between` is `=` that is planned without the statistics of the column: as long as they say "all empty" (catalogues begin
# without ASINs) an equality would be taken to find every row.
# Of several links the one with the line's ASIN speaks, then the one of its vendor code, then the one without an ASIN; each
# while it is valid on the day of the order. The same day chooses among dated costs: the one that covers it, of the vendor
# code before the one of all, the latest of several.
_VALID = "(valid_from is null or valid_from <= l.day) and (valid_to is null or valid_to >= l.day)"
_COST = """left join lateral (select * from item_costs c where c.item_id = i.id and c.marketplace_id || '' = l.mp
      and c.vendor_code || '' in ('', l.vc)
      order by (c.valid_from <= l.day and (c.valid_to is null or c.valid_to >= l.day)) desc, c.vendor_code desc,
        c.valid_from desc limit 1) c on true"""
_COSTS = """case when c.id is null then k.cost_price when c.uom = 'case' then round(c.cost / i.case_pack, 6) else c.cost end,
      coalesce(c.currency, k.currency), case when c.id is null then k.as_of end, c.valid_from, c.valid_to"""
# A status from a day on leaves what was before it until then; of a product that had none, one that will be sold is not yet.
_STATUS = """case when i.status_valid_from > cast(:today as date)
      then coalesce(i.status_before, case when i.status = 'active' then 'draft' else 'active' end) else i.status end"""
_FIND = text(
    f"""with lines as (
      select * from unnest(cast(:n as int[]), cast(:mp as text[]), cast(:vc as text[]), cast(:sku as text[]),
        cast(:gtin as text[]), cast(:asin as text[]), cast(:day as date[])) as l(n, mp, vc, sku, gtin, asin, day)
    ), every as (
      select l.n, {VENDOR_SKU} as by, k.item_id from lines l cross join lateral (select item_id from item_links
        where vendor_sku = l.sku and marketplace_id || '' = l.mp and vendor_code || '' in ('', l.vc) and {_VALID}
        offset 0) k
      union all select l.n, {VENDOR_SKU}, i.id from lines l
        cross join lateral (select id from items where sku = l.sku offset 0) i
      union all select l.n, {GTIN}, i.id from lines l
        cross join lateral (select id from items where gtin = l.gtin offset 0) i
      union all select l.n, {ASIN}, k.item_id from lines l cross join lateral (select item_id from item_links
        where asin between l.asin and l.asin and marketplace_id = l.mp and vendor_code || '' in ('', l.vc) and {_VALID}
        offset 0) k
    ), hits as (
      select n, item_id, bit_or(by) as by from every group by n, item_id
    )
    select h.n, h.by, i.id, i.sku, i.gtin, i.title, i.brand, {_STATUS}, i.case_pack, i.safety_stock, i.moq,
      i.lead_time_days, i.handling_days, i.replaced_by_sku, i.image_url, nullif(k.asin, ''), k.vendor_sku,
      coalesce(k.quantity, 1), {_COSTS}, c.tolerance, i.as_of, k.id is not null, i.assembled, i.order_multiple, i.launch_on,
      i.weight_g, coalesce(k.is_preferred and k.asin = l.asin, false),
      case when i.landed_cost_currency = coalesce(c.currency, k.currency) then i.landed_cost end,
      i.case_pack * i.cases_per_layer, i.case_pack * i.cases_per_layer * i.layers_per_pallet
    from hits h join lines l on l.n = h.n
    cross join lateral (select * from items where id = h.item_id offset 0) i
    left join lateral (select * from item_links k where k.item_id = h.item_id and k.marketplace_id || '' = l.mp
      and k.vendor_code || '' in ('', l.vc) and {_VALID}
      order by (k.asin is not distinct from l.asin) desc, k.vendor_code desc, k.asin, k.id limit 1) k on true
    {_COST}
    order by h.n, i.sku"""  # noqa: S608 - constants only
)

_COMPONENTS = text(
    f"""select l.n, p.item_id, i.id, i.sku, p.quantity, i.safety_stock, {_STATUS}, {_COSTS}, i.weight_g
    from unnest(cast(:n as int[]), cast(:item as uuid[]), cast(:mp as text[]), cast(:vc as text[]), cast(:day as date[]))
      as l(n, item, mp, vc, day)
    join item_components p on p.item_id = l.item join items i on i.id = p.component_id
    left join lateral (select * from item_links k where k.item_id = i.id and k.marketplace_id || '' = l.mp
      and k.vendor_code || '' in ('', l.vc) and k.cost_price is not null
      order by k.vendor_code desc, k.asin, k.id limit 1) k on true
    {_COST}
    order by l.n, p.item_id, i.sku"""  # noqa: S608 - constants only
)


async def find_candidates(
    session: AsyncSession, keys: Sequence[LineKey], *, days: Sequence[date] | None = None, today: date | None = None
) -> list[Candidates[CatalogItem]]:
    """The hits of each line by each identifier, in the order of `keys`; catalog.matching decides which one it is. Lines that
    name the same share one answer.

    `days`: when each line was ordered, for what is valid by date; without it, and for what holds now, `today` (UTC's day).
    """
    if not keys:
        return []
    today = today or present().date()
    days = [today] * len(keys) if days is None else days
    # Orders of one day name the same products again and again: each is looked up once, and those lines share the answer.
    asked = list(dict.fromkeys(zip(keys, days, strict=True)))
    wanted = [lookup_keys(key) for key, _ in asked]
    values = {
        "n": list(range(len(asked))),
        "day": [day for _, day in asked],
        "today": today,
        "mp": [key.marketplace_id for key, _ in asked],
        "vc": [key.vendor_code for key, _ in asked],
        "sku": [one.vendor_sku for one in wanted],
        "gtin": [one.gtin for one in wanted],
        "asin": [one.asin for one in wanted],
    }
    found: list[list[tuple[int, CatalogItem]]] = [[] for _ in asked]
    for n, by, *columns in (await session.execute(_FIND, values)).all():
        found[n].append((by, CatalogItem(*columns)))
    await _put_together(session, asked, found, today)
    answers = {key: _candidates(hits) for key, hits in zip(asked, found, strict=True)}
    return [answers[key] for key in zip(keys, days, strict=True)]


def _candidates(hits: Sequence[tuple[int, CatalogItem]]) -> Candidates[CatalogItem]:
    return Candidates(
        tuple(item for by, item in hits if by & VENDOR_SKU),
        tuple(item for by, item in hits if by & GTIN),
        tuple(item for by, item in hits if by & ASIN),
    )


async def _put_together(
    session: AsyncSession,
    asked: Sequence[tuple[LineKey, date]],
    found: list[list[tuple[int, CatalogItem]]],
    today: date,
) -> None:
    """Give the bundles among the hits their components; a page without one asks nothing."""
    bundles = [(n, item.item_id) for n, hits in enumerate(found) for _, item in hits if item.assembled]
    if not bundles:
        return
    values = {
        "n": [n for n, _ in bundles],
        "item": [item_id for _, item_id in bundles],
        "day": [asked[n][1] for n, _ in bundles],
        "today": today,
        "mp": [asked[n][0].marketplace_id for n, _ in bundles],
        "vc": [asked[n][0].vendor_code for n, _ in bundles],
    }
    parts: dict[tuple[int, UUID], list[CatalogComponent]] = defaultdict(list)
    for n, item_id, *columns in (await session.execute(_COMPONENTS, values)).all():
        parts[n, item_id].append(CatalogComponent(*columns))
    for n, hits in enumerate(found):
        hits[:] = [(by, replace(item, components=tuple(parts.get((n, item.item_id), ())))) for by, item in hits]
