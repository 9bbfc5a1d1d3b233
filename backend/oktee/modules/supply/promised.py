"""Pieces that are spoken for: by proposals that wait for a person, and by the answers of an order itself."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import StockLedgerEntry

WAITING: Final = ("to_confirm", "held")
HOLDING: Final = ("changed", "send_failed")
"""Waiting for a person too, while an answer before holds stock for them: only what is more is spoken for by the proposal."""


_AT = text(
    """with waiting as (
      select l.item_id, l.link_quantity, l.components, coalesce(p.warehouse, '') as warehouse,
        case when s.status = any(cast(:holding as text[])) then s.purchase_order_id end as holder,
        coalesce(p.accepted + p.backordered, l.taken + coalesce(l.backordered, 0)) as eaches
      from decision_lines l join order_states s on s.decision_id = l.decision_id
        left join lateral jsonb_to_recordset(l.sources) as p(warehouse text, accepted int, backordered int) on true
      where s.status = any(cast(:waiting as text[]) || cast(:holding as text[])) and l.taken is not null
        and not s.purchase_order_id = any(cast(:leave_out as uuid[]))
    )
    select item_id, warehouse, holder, sum(eaches * link_quantity) from waiting
      where components is null and item_id = any(cast(:items as uuid[])) group by 1, 2, 3
    union all
    select c.item_id, w.warehouse, w.holder, sum(w.eaches * c.quantity) from waiting w,
      lateral jsonb_to_recordset(w.components) as c(item_id uuid, quantity int)
      where w.components is not null and c.item_id = any(cast(:items as uuid[])) group by 1, 2, 3"""
)


async def open_proposals_at(
    session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]
) -> Counter[tuple[UUID, str]]:
    """The same by warehouse; UNPLACED where nobody said from which."""
    found: Counter[tuple[UUID, str]] = Counter()
    if not items:
        return found
    values = {"items": items, "leave_out": leave_out, "waiting": list(WAITING), "holding": list(HOLDING)}
    more: Counter[tuple[UUID, UUID, str]] = Counter()
    for item, warehouse, holder, units in (await session.execute(_AT, values)).all():
        if holder is None:
            found[item, warehouse] += int(units or 0)
        else:
            more[holder, item, warehouse] += int(units or 0)
    if more:
        entry = StockLedgerEntry
        held = (
            select(entry.purchase_order_id, entry.item_id, entry.warehouse, func.sum(entry.quantity))
            .where(entry.purchase_order_id.in_({order for order, _, _ in more}))
            .group_by(entry.purchase_order_id, entry.item_id, entry.warehouse)
        )
        for order, item, warehouse, units in (await session.execute(held)).all():
            if order is not None:
                more[order, item, warehouse] -= int(units)
        for (_, item, warehouse), units in more.items():
            found[item, warehouse] += max(0, units)
    return found


async def held_at(session: AsyncSession, ids: list[UUID]) -> dict[tuple[UUID, str], int]:
    """What `held_by` answers, by warehouse."""
    entry = StockLedgerEntry
    statement = (
        select(entry.item_id, entry.warehouse, func.sum(entry.quantity))
        .where(entry.purchase_order_id.in_(ids))
        .group_by(entry.item_id, entry.warehouse)
    )
    return {(item, warehouse): int(units) for item, warehouse, units in (await session.execute(statement)).all()}


# From the orders that wait to their lines: they are few, while every line that was ever decided stays. What is read of a
# line is in an index beside the wide rows, and bundles have one of their own. The items asked for are a list to look into (as
# `case` keeps it), never one to join: with new tables the planner took the lines for a handful and went through the items for
# each of them.
_WANTED = text(
    """with waiting as (
      select decision_id, case when status = any(cast(:holding as text[])) then purchase_order_id end as holder
      from order_states where status = any(cast(:waiting as text[]) || cast(:holding as text[]))
        and not purchase_order_id = any(cast(:leave_out as uuid[]))
    )
    select l.item_id, w.holder, sum((l.taken + coalesce(l.backordered, 0)) * l.link_quantity)
      from waiting w join decision_lines l on l.decision_id = w.decision_id
      where l.components is null and case when l.item_id in (select unnest(cast(:items as uuid[]))) then true end
      group by 1, 2
    union all
    select c.item_id, w.holder, sum((l.taken + coalesce(l.backordered, 0)) * c.quantity)
      from waiting w join decision_lines l on l.decision_id = w.decision_id
        cross join lateral jsonb_to_recordset(l.components) as c(item_id uuid, quantity int)
      where l.components is not null and case when c.item_id in (select unnest(cast(:items as uuid[]))) then true end
      group by 1, 2"""
)


async def open_proposals(session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]) -> dict[UUID, int]:
    """Units that proposals still waiting for a person would take: two proposals must not count on the same unit."""
    if not items:
        return {}
    promised: Counter[UUID] = Counter()
    more: Counter[tuple[UUID, UUID]] = Counter()
    values = {"items": items, "leave_out": leave_out, "waiting": list(WAITING), "holding": list(HOLDING)}
    for item, holder, units in (await session.execute(_WANTED, values)).all():
        if holder is None:
            promised[item] += int(units or 0)
        else:
            more[holder, item] += int(units or 0)
    return promised + await _beyond_held(session, more)


async def _beyond_held(session: AsyncSession, more: Counter[tuple[UUID, UUID]]) -> Counter[UUID]:
    """Of what proposals would take of orders that hold stock already (by order and item) only what is more, by item."""
    promised: Counter[UUID] = Counter()
    if more:
        held = (
            select(StockLedgerEntry.purchase_order_id, StockLedgerEntry.item_id, func.sum(StockLedgerEntry.quantity))
            .where(StockLedgerEntry.purchase_order_id.in_({order for order, _ in more}))
            .group_by(StockLedgerEntry.purchase_order_id, StockLedgerEntry.item_id)
        )
        for order, item, units in (await session.execute(held)).all():
            if order is not None:
                more[order, item] -= int(units)
        for (_, item), units in more.items():
            promised[item] += max(0, units)
    return promised


_UNITS = """select l.item_id, w.holder, sum(w.way * (l.taken + coalesce(l.backordered, 0)) * l.link_quantity), null
      from counted w join decision_lines l on l.decision_id = w.decision_id
      where l.components is null and l.item_id is not null group by 1, 2
    union all
    select c.item_id, w.holder, sum(w.way * (l.taken + coalesce(l.backordered, 0)) * c.quantity), null
      from counted w join decision_lines l on l.decision_id = w.decision_id
        cross join lateral jsonb_to_recordset(l.components) as c(item_id uuid, quantity int)
      where l.components is not null group by 1, 2"""
_HOLDERS = """select decision_id, purchase_order_id as holder, 1 as way from order_states
      where status = any(cast(:holding as text[])) and not purchase_order_id = any(cast(:leave_out as uuid[]))"""
# Both also answer, without an item, which proposals were read: the sum of their hashes. One statement each, so that the sum
# and the units are of the same moment.
_ALL = text(
    f"""with waiting as materialized (
      select decision_id, cast(null as uuid) as holder, 1 as way from order_states
      where status = any(cast(:waiting as text[])) and decision_id is not null
        and not purchase_order_id = any(cast(:leave_out as uuid[]))
    ), counted as materialized (select * from waiting union all {_HOLDERS})
    select cast(null as uuid), cast(null as uuid), coalesce(sum(uuid_hash_extended(decision_id, 0)), 0), 0 from waiting
    union all {_UNITS}"""  # noqa: S608 - constants only
)
_SINCE = text(
    f"""with moved as materialized (
      select s.decision_id, cast(null as uuid) as holder, g.way, g.known
      from unnest(cast(:ids as uuid[]), cast(:ways as int[]), cast(:known as bool[])) as g(id, way, known)
        join order_states s on s.purchase_order_id = g.id
      where s.status = any(cast(:waiting as text[])) and s.decision_id is not null
    ), counted as materialized (select decision_id, holder, way from moved where way <> 0 union all {_HOLDERS})
    select cast(null as uuid), cast(null as uuid), coalesce(sum(uuid_hash_extended(decision_id, 0)), 0)
        - coalesce((select sum(uuid_hash_extended(decision_id, 0)) from moved where not known), 0),
        coalesce((select sum(way * uuid_hash_extended(decision_id, 0)) from moved), 0)
      from order_states where status = any(cast(:waiting as text[])) and decision_id is not null
    union all {_UNITS}"""  # noqa: S608 - constants only
)


class Promises:
    """What `open_proposals` answers, carried from one batch of a run to the next.

    All that waits is read once. From then on only the orders of the batch before and of this one are read, as long as the
    others still wait with the very proposals they had: a proposal is never changed, another takes its place.
    """

    def __init__(self) -> None:
        self._units: Counter[UUID] = Counter()
        self._read: int | None = None
        """The sum of the hashes of the proposals in `_units`; None: nothing was read."""
        self._left_out: frozenset[UUID] = frozenset()

    async def of(self, session: AsyncSession, items: list[UUID], *, leave_out: list[UUID]) -> dict[UUID, int]:
        if not items:
            return {}
        more = await self._since(session, leave_out)
        if more is None:
            more = await self._all(session, leave_out)
        beyond = await _beyond_held(session, more)
        return {item: self._units[item] + beyond[item] for item in items}

    async def _all(self, session: AsyncSession, leave_out: list[UUID]) -> Counter[tuple[UUID, UUID]]:
        values = {"waiting": list(WAITING), "holding": list(HOLDING), "leave_out": leave_out}
        self._units, self._left_out = Counter(), frozenset(leave_out)
        self._read, _, more = self._count((await session.execute(_ALL, values)).all())
        return more

    async def _since(self, session: AsyncSession, leave_out: list[UUID]) -> Counter[tuple[UUID, UUID]] | None:
        """None: nothing was read yet, or others decided meanwhile and all has to be read again."""
        if self._read is None:
            return None
        now = frozenset(leave_out)
        moved = sorted(self._left_out | now)
        values = {
            "waiting": list(WAITING),
            "holding": list(HOLDING),
            "leave_out": leave_out,
            "ids": moved,
            "ways": [(one not in now) - (one not in self._left_out) for one in moved],
            "known": [one not in self._left_out for one in moved],
        }
        read, came, more = self._count((await session.execute(_SINCE, values)).all())
        if read != self._read:
            return None
        self._read, self._left_out = read + came, now
        return more

    def _count(self, rows: Iterable[Any]) -> tuple[int, int, Counter[tuple[UUID, UUID]]]:
        read = came = 0
        more: Counter[tuple[UUID, UUID]] = Counter()
        for item, holder, units, moved in rows:
            if item is None:
                read, came = int(units), int(moved)
            elif holder is None:
                self._units[item] += int(units or 0)
            else:
                more[holder, item] += int(units or 0)
        return read, came, more


async def held_by(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    """Units these orders hold themselves, by item: what an answered order was promised is there for its next answer.

    Only an order that is decided alone may count on it (deciding.decide_batch).
    """
    statement = (
        select(StockLedgerEntry.item_id, func.sum(StockLedgerEntry.quantity))
        .where(StockLedgerEntry.purchase_order_id.in_(ids))
        .group_by(StockLedgerEntry.item_id)
    )
    return {item: int(units) for item, units in (await session.execute(statement)).all()}
