"""The customer's logistics rules as the pure rules take them, and what the days of its warehouses hold already."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.catalog.logistics.days_off import public_holidays
from oktee.catalog.logistics.lookup import Rows, read_rows
from oktee.catalog.logistics.tables import VendorTerms
from oktee.catalog.places import places
from oktee.modules.supply.rules.inputs import Freight
from oktee.modules.supply.rules.logistics import Centre, Days, Logistics, Place, Terms, Warehouse, Way

AHEAD = timedelta(days=500)
"""How far ahead days off are worked out."""

_PROMISED = text(
    """with leaving as (
      select coalesce(p.warehouse, l.warehouse) as warehouse, coalesce(p.leaves_on, l.leaves_on) as leaves_on,
        coalesce(p.accepted, l.taken) as taken, l.link_quantity, l.item_id
      from decision_lines l join order_states s on s.decision_id = l.decision_id
        left join lateral jsonb_to_recordset(l.sources) as p(warehouse text, accepted int, leaves_on date) on true
      where l.leaves_on >= cast(:today as date) and l.taken > 0
        and s.status <> 'cancelled' and not s.purchase_order_id = any(cast(:ids as uuid[]))
    )
    select l.warehouse, l.leaves_on, count(*), sum(l.taken),
      sum(ceil(1000.0 * l.taken * l.link_quantity / nullif(i.case_pack * i.cases_per_layer * i.layers_per_pallet, 0)))
    from leaving l left join items i on i.id = l.item_id
    where l.leaves_on >= cast(:today as date) and l.warehouse = any(cast(:warehouses as text[])) and l.taken > 0
    group by l.warehouse, l.leaves_on"""
)


@dataclass(frozen=True, slots=True)
class Known:
    """The rules, and what they say of orders before these are decided. `directory`: the customer keeps one of centres."""

    logistics: Logistics | None
    terms: Mapping[str, Terms]
    centres: frozenset[str]
    directory: bool

    def freight(self, order: PurchaseOrder) -> tuple[Freight | None, bool]:
        """Who pays freight, and whether only the terms of the vendor code say so."""
        return freight_of(order.freight, self.terms.get(order.vendor_code))


def freight_of(said: str | None, terms: Terms | None) -> tuple[Freight | None, bool]:
    """Who pays freight by the order and the terms of its vendor code, and whether only these say so."""
    known = _freight(said)
    if known is not None:
        return known, False
    meant = _freight(terms.freight) if terms else None
    return meant, meant is not None


def freight_column() -> Any:
    """The same of an order in a statement, for those who read pages of them."""
    known = ("collect", "prepaid")
    terms = (
        select(VendorTerms.freight)
        .where(
            VendorTerms.organization_id == PurchaseOrder.organization_id,
            VendorTerms.vendor_code == PurchaseOrder.vendor_code,
            VendorTerms.freight.in_(known),
        )
        .correlate(PurchaseOrder)
        .scalar_subquery()
    )
    return case((PurchaseOrder.freight.in_(known), PurchaseOrder.freight), else_=terms)


async def read_terms(session: AsyncSession, vendor_codes: Collection[str]) -> dict[str, Terms]:
    """What is said of these vendor codes, without the rest of the rules."""
    statement = select(VendorTerms).where(VendorTerms.vendor_code.in_(sorted(set(vendor_codes))))
    return {
        one.vendor_code: Terms(one.freight, one.uom, one.mode, one.warehouse, one.carrier, one.transport)
        for one in await session.scalars(statement)
    }


NOTHING = Known(None, {}, frozenset(), directory=False)
"""Nobody said anything."""


def _freight(word: str | None) -> Freight | None:
    return "collect" if word == "collect" else "prepaid" if word == "prepaid" else None


async def read_logistics(
    session: AsyncSession, orders: Sequence[PurchaseOrder], *, now: datetime, days_held: bool = True
) -> Known:
    """One statement, and a second one where a warehouse has a capacity and `days_held` asks what its days hold."""
    since = (now - timedelta(days=30)).date()
    rows = await read_rows(
        session,
        vendor_codes={order.vendor_code for order in orders},
        centres={order.ship_to for order in orders if order.ship_to},
        since=since,
    )
    terms = {
        one["vendor_code"]: Terms(
            one["freight"], one["uom"], one["mode"], one["warehouse"], one["carrier"], one["transport"]
        )
        for one in rows.terms
    }
    if not rows.warehouses and not terms and not rows.centres:
        return Known(None, terms, frozenset(one["code"] for one in rows.centres), rows.directory)
    # The first look at a country takes a moment; everybody else goes on meanwhile.
    closed = await asyncio.to_thread(_closed, rows, since)
    warehouses = _warehouses(rows, closed)
    centres = {one["code"]: _centre(one, closed) for one in rows.centres}
    limited = {code: one for code, one in warehouses.items() if one.capacity is not None}
    promised = await _promised(session, limited, [order.id for order in orders], now) if limited and days_held else {}
    logistics = Logistics(
        warehouses=warehouses,
        terms=terms,
        centres=centres,
        transit=dict(_way(one) for one in rows.transit),
        countries={order.marketplace_id: _iso(places.country_of(order.marketplace_id)) for order in orders},
        promised=promised,
        pools=_pools(rows),
        carriers={one["name"]: _days(one, closed) for one in rows.carriers},
    )
    return Known(logistics, terms, frozenset(centres), rows.directory)


def _pools(rows: Rows) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in rows.pools:
        found.setdefault((one["marketplace_id"], one["vendor_code"]), []).append(one["warehouse"])
    return {key: tuple(codes) for key, codes in found.items()}


def _way(row: Mapping[str, Any]) -> tuple[Way, int]:
    kinds: tuple[Place, ...] = ("centre", "zone", "country")
    kind: Place = next((each for each in kinds if row[each]), "")
    name = row[kind] if kind else ""
    return (row["origin"], kind, _iso(name) if kind == "country" else name, row["mode"]), row["days"]


def _iso(country: str) -> str:
    """Amazon writes UK for what the rest of the world writes GB."""
    return "GB" if country == "UK" else country


def _centre(row: Mapping[str, Any], closed: Mapping[str, tuple[date, ...]]) -> Centre:
    told = row["working_days"] or row["calendar"]
    return Centre(row["zone"], _iso(row["country"]) if row["country"] else None, _days(row, closed) if told else None)


def _days(row: Mapping[str, Any], closed: Mapping[str, tuple[date, ...]]) -> Days:
    week = row["working_days"]
    working = frozenset(int(digit) - 1 for digit in week) if week else frozenset(range(7))
    return Days(working, frozenset(closed.get(row["calendar"], ())))


def _warehouses(rows: Rows, closed: Mapping[str, tuple[date, ...]]) -> dict[str, Warehouse]:
    return {
        one["code"]: Warehouse(
            code=one["code"],
            zone=ZoneInfo(one["time_zone"]),
            working_days=frozenset(int(digit) - 1 for digit in one["working_days"]),
            cut_off=time.fromisoformat(one["cut_off"]) if one["cut_off"] else None,
            closed=closed.get(one["calendar"], ()),
            capacity=one["capacity"],
            capacity_unit=one["capacity_unit"],
            **_hours(one),
        )
        for one in rows.warehouses
    }


def _hours(row: Mapping[str, Any]) -> dict[str, time]:
    """Those the warehouse says."""
    return {name: time.fromisoformat(row[name]) for name in ("opens", "closes") if row[name]}


def _closed(rows: Rows, since: date) -> dict[str, tuple[date, ...]]:
    years = (since.year, (since + AHEAD).year)
    found: dict[str, set[date]] = {
        one["name"]: set(public_holidays(one["country"], one["subdivision"], *years)) if one["country"] else set()
        for one in rows.calendars
    }
    for one in rows.closures:
        first, last = max(since, date.fromisoformat(one["first_day"])), date.fromisoformat(one["last_day"])
        found[one["calendar"]] |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return {name: tuple(sorted(days)) for name, days in found.items()}


async def _promised(
    session: AsyncSession, limited: Mapping[str, Warehouse], ids: Collection[UUID], now: datetime
) -> dict[tuple[str, date], int]:
    """What leaves these warehouses from now on by other orders, each in its own unit."""
    today = min(now.astimezone(one.zone).date() for one in limited.values())
    found = await session.execute(_PROMISED, {"today": today, "warehouses": sorted(limited), "ids": list(ids)})
    promised = {}
    for code, day, lines, units, pallets in found.all():
        unit = limited[code].capacity_unit
        promised[code, day] = int((lines if unit == "lines" else units if unit == "units" else pallets) or 0)
    return promised
