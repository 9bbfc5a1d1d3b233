"""Stock as it was: each file appends what it changed, and a past instant can be asked for.

A figure that is said again within CONFIRM makes the row last longer instead of adding one: a shelf that nobody touches
costs one row a day with a daily file, and one row a week with an hourly one.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import organization_of

CONFIRM = timedelta(hours=4)
"""Between two confirmations of a row nothing is known of the figure: at most this long, which is how old stock may be."""
LASTS = timedelta(days=7)
"""A row is confirmed for a week at most, so that what was known at an instant is found near it."""
LOOK_BACK = timedelta(days=3)
"""How long before an instant a figure is looked for; an older one would be no use to anybody."""
ITEMS = 2000
"""Items that are read with one statement."""

_VALUES = ("on_hand", "reserved", "quality_hold", "available", "inbound")
_SAME = " and ".join(f"h.{name} is not distinct from t.{name}" for name in _VALUES)
# `told`: the balances as a file left them, in stage_told (item_id, warehouse).
_APPEND = text(
    f"""with told as (
      select b.item_id, b.warehouse, b.as_of, b.snapshot_at, b.missing_feeds <> 1 as known,
        {", ".join(f"b.{name}" for name in _VALUES)}
      from stage_told s join stock_balances b on b.organization_id = :org and b.item_id = s.item_id
        and b.warehouse = s.warehouse
    ), again as (
      update stock_snapshots h set confirmed_at = t.as_of from told t
      where h.organization_id = :org and h.item_id = t.item_id and h.warehouse = t.warehouse and h.as_of = t.snapshot_at
        and h.known = t.known and {_SAME} and t.as_of >= h.confirmed_at
        and t.as_of <= h.confirmed_at + cast(:confirm as interval) and t.as_of <= h.as_of + cast(:lasts as interval)
      returning h.item_id, h.warehouse
    ), fresh as (
      insert into stock_snapshots
        (organization_id, item_id, warehouse, as_of, confirmed_at, known, {", ".join(_VALUES)})
      select :org, t.item_id, t.warehouse, t.as_of, t.as_of, t.known, {", ".join(f"t.{name}" for name in _VALUES)}
      from told t where not exists (select 1 from again a where a.item_id = t.item_id and a.warehouse = t.warehouse)
      on conflict (organization_id, item_id, warehouse, as_of) do update set known = excluded.known,
        {", ".join(f"{name} = excluded.{name}" for name in _VALUES)}
      returning item_id, warehouse, as_of
    )
    update stock_balances b set snapshot_at = f.as_of from fresh f
    where b.organization_id = :org and b.item_id = f.item_id and b.warehouse = f.warehouse"""  # noqa: S608 - constants only
)
# One row for each SKU and warehouse, with its whole history of that time as arrays: a fifth of the time of a row a figure.
_READ = text(
    """select item_id, warehouse, array_agg(as_of order by as_of), array_agg(confirmed_at order by as_of),
      array_agg(known order by as_of), array_agg(on_hand order by as_of), array_agg(reserved order by as_of),
      array_agg(quality_hold order by as_of), array_agg(available order by as_of),
      array_agg(case when inbound = '[]'::jsonb then null else inbound::text end order by as_of)
    from stock_snapshots where organization_id = :org and item_id = any(cast(:items as uuid[]))
      and as_of <= :until and as_of >= :first and confirmed_at >= :since
    group by item_id, warehouse order by item_id, warehouse"""
)


async def append(session: AsyncSession) -> None:
    """Add the balances named in the temporary table stage_told (item_id, warehouse) to the history."""
    await session.execute(_APPEND, {"org": organization_of(session), "confirm": CONFIRM, "lasts": LASTS})


@dataclass(frozen=True, slots=True)
class StockThen:
    """Eaches of one item over its warehouses as they were known at an instant; `age` is that of the oldest figure.

    `available` is given where a source gave one, or where a warehouse had less than nothing.
    """

    on_hand: int
    reserved: int
    quality_hold: int
    available: int | None
    inbound: tuple[tuple[int, date], ...]
    as_of: datetime
    age: timedelta
    source: str


class _Figure(NamedTuple):
    confirmed_at: datetime
    known: bool
    on_hand: int
    reserved: int
    quality_hold: int
    available: int | None
    inbound: str | None


class History:
    """The figures of some items over some time, to ask for any instant of it."""

    def __init__(self) -> None:
        self._places: dict[UUID, list[tuple[str, list[datetime], list[_Figure]]]] = defaultdict(list)

    def put(self, item_id: UUID, warehouse: str, since: list[datetime], figures: list[_Figure]) -> None:
        self._places[item_id].append((warehouse, since, figures))

    def at(self, item_id: UUID, instant: datetime) -> StockThen | None:
        """What was known then; None when nothing was, or only that a feed had left the item out."""
        return self._sum(self._places.get(item_id, ()), instant)

    def places_at(self, item_id: UUID, instant: datetime) -> dict[str, StockThen]:
        """The same by warehouse."""
        known = ((place[0], self._sum((place,), instant)) for place in self._places.get(item_id, ()))
        return {warehouse: then for warehouse, then in known if then is not None}

    @staticmethod
    def _sum(places: Sequence[tuple[str, list[datetime], list[_Figure]]], instant: datetime) -> StockThen | None:
        on_hand = reserved = quality_hold = usable = 0
        plain, oldest, found = True, instant, False
        inbound: list[tuple[int, date]] = []
        source = ""
        earliest = instant - LOOK_BACK
        for warehouse, since, figures in places:
            at = bisect_right(since, instant) - 1
            if at < 0:
                continue
            confirmed_at, known, there, kept, held, available, arrivals = figures[at]
            if not known or confirmed_at < earliest:
                continue
            source = f"{source}, {warehouse}" if found else warehouse
            found = True
            oldest = min(oldest, confirmed_at)
            on_hand += max(0, there)
            reserved += kept
            quality_hold += held
            whole = there - kept - held if available is None else available
            plain = plain and available is None and whole >= 0
            usable += max(0, whole)
            if arrivals:
                inbound += [(int(one["quantity"]), date.fromisoformat(one["eta"])) for one in orjson.loads(arrivals)]
        if not found:
            return None
        return StockThen(
            on_hand=on_hand,
            reserved=reserved,
            quality_hold=quality_hold,
            available=None if plain else usable,
            inbound=tuple(sorted(inbound, key=lambda arrival: (arrival[1], arrival[0]))) if inbound else (),
            as_of=oldest,
            age=instant - oldest,
            source=source,
        )


async def read_history(session: AsyncSession, item_ids: Sequence[UUID], *, since: datetime, until: datetime) -> History:
    """What was known of these items between two instants: one statement for each ITEMS of them."""
    found = History()
    wanted = sorted(set(item_ids))
    asked = {
        "org": organization_of(session), "since": since - LOOK_BACK, "first": since - LOOK_BACK - LASTS, "until": until,
    }  # fmt: skip
    for start in range(0, len(wanted), ITEMS):
        values = asked | {"items": wanted[start : start + ITEMS]}
        for item_id, warehouse, as_of, *columns in (await session.execute(_READ, values)).all():
            found.put(item_id, warehouse, as_of, [_Figure(*figure) for figure in zip(*columns, strict=True)])
    return found


async def stock_at(
    session: AsyncSession, item_ids: Sequence[UUID], instants: Sequence[datetime]
) -> list[StockThen | None]:
    """The stock of each item at the instant beside it. Whoever needs it fresh looks at its `age`; nothing is filled in."""
    if not item_ids:
        return []
    history = await read_history(session, item_ids, since=min(instants), until=max(instants))
    return [history.at(item_id, instant) for item_id, instant in zip(item_ids, instants, strict=True)]
