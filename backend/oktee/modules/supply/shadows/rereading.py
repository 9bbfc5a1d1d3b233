"""What some orders were decided from, read again a moment later: the figures as they were then, and what was decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.catalog import history as stock_history
from oktee.kit.database import organization_of
from oktee.modules.supply import costing
from oktee.modules.supply.proposing.inputs import Inputs, read_inputs
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.inputs import ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.rules.simulation.beside import WHOLE, Stored, Together
from oktee.modules.supply.rules.simulation.facts import PastOrder
from oktee.modules.supply.settings import SupplySettings
from oktee.modules.supply.simulations.reading import snapshot_then

_DUE = text(
    """select d.id, d.purchase_order_id, o.connection_id, d.number, d.revision, d.decided_at, d.hold <> '[]'::jsonb as held,
      exists (select from acknowledgements a where a.organization_id = :org and a.purchase_order_id = d.purchase_order_id
        and a.sent_at < d.decided_at) as answered
    from decisions d
      join purchase_orders o on o.organization_id = d.organization_id and o.id = d.purchase_order_id
    where d.organization_id = :org and d.id >= :floor and d.decided_by_type = 'rule'
      and not exists (select from decisions n where n.organization_id = :org and n.purchase_order_id = d.purchase_order_id
        and n.number > d.number and n.decided_by_type = 'rule')
      and exists (select from rule_shadows s where s.organization_id = :org and s.ended_at is null
        and d.decided_at >= s.started_at and d.decided_at < s.ends_at
        and not exists (select from shadow_orders x where x.organization_id = :org and x.shadow_id = s.id
          and x.purchase_order_id = d.purchase_order_id and x.number >= d.number))
    order by d.decided_at, o.connection_id, d.purchase_order_id limit :most"""
)
_LINES = text(
    """select decision_id, sequence, item_id, taken, backordered, cut, hold <> '[]'::jsonb as held, free_stock,
      components is null as single
    from decision_lines where organization_id = :org and decision_id = any(cast(:ids as uuid[]))"""
)


class Due(NamedTuple):
    """The newest decision of the rules on an order; `held`: as a whole; `answered`: the order had an answer before it."""

    decision_id: UUID
    order_id: UUID
    connection_id: UUID
    number: int
    revision: int
    at: datetime
    held: bool
    answered: bool


async def find_due(session: AsyncSession, *, since: datetime, most: int) -> list[list[Due]]:
    """Decisions that a version in shadow did not look at yet, those that were made together in one list each."""
    values = {"org": organization_of(session), "floor": _floor(since), "most": most}
    found = [Due(*row) for row in (await session.execute(_DUE, values)).all()]
    return [list(each) for _, each in groupby(found, key=lambda one: (one.at, one.connection_id))]


def _floor(at: datetime) -> UUID:
    """The least id (UUIDv7) that an instant could have given."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


async def read_again(
    session: AsyncSession,
    due: Sequence[Due],
    *,
    settings: SupplySettings,
    running: RuleBook,
    books: Sequence[RuleBook],
    zone: str,
) -> Together | None:
    """These orders as the pure rules take them, without those that had an answer and those that Amazon changed since;
    None when nothing is left."""
    at = due[0].at
    wanted = {one.order_id: one for one in due if not one.answered}
    statement = select(PurchaseOrder).where(PurchaseOrder.id.in_(list(wanted))).order_by(PurchaseOrder.id)
    orders = [one for one in await session.scalars(statement) if one.revision == wanted[one.id].revision]
    if not orders:
        return None
    # Reads of the past what any of the books asks for.
    reading = RuleBook(
        (*running.rules, running.standard, *(rule for book in books for rule in (*book.rules, book.standard))),
        standard=running.standard,
    )
    inputs = await read_inputs(session, orders, settings=settings, book=reading, zone=zone, now=at, lock=False)
    values = {"org": organization_of(session), "ids": [one.decision_id for one in wanted.values()]}
    numbers = {wanted[order.id].decision_id: order.po_number for order in orders}
    lines = [
        (numbers[row.decision_id], row)
        for row in (await session.execute(_LINES, values)).all()
        if row.decision_id in numbers
    ]
    stock = await _stock_then(session, inputs, lines, at)
    costs = await costing.read_books(session, orders, now=at)
    by_number = {order.po_number: order for order in orders}
    past = tuple(
        PastOrder(
            by_number[one.number].id,
            replace(one, answered_revision=None),
            tuple(None for _ in one.lines),
            held=False,
            costs=costs[by_number[one.number].id],
        )
        for one in inputs.inputs
    )
    stored = {(number, row.sequence): Stored(row.taken, row.backordered, row.cut, row.held) for number, row in lines}
    stored |= {(order.po_number, WHOLE): Stored(None, None, None, wanted[order.id].held) for order in orders}
    return Together(past, replace(inputs.context, stock=stock), running, stored)


async def _stock_then(
    session: AsyncSession, inputs: Inputs, lines: Sequence[tuple[str, Any]], at: datetime
) -> dict[UUID, StockSnapshot]:
    """The figures of that moment. What was promised of a SKU then follows from what was free of it then, which is stored with
    each line; of what bundles are made of, and where orders count on the warehouses of a pool, it is what is promised now."""
    found = dict(inputs.context.stock)
    if inputs.context.placed is not None:
        return found  # what is stored as free then is of some warehouses, not of all
    newer = [item_id for item_id, one in found.items() if one.as_of > at]
    if newer:
        history = await stock_history.read_history(session, newer, since=at, until=at)
        for item_id in newer:
            then = history.at(item_id, at)
            if then is None:
                del found[item_id]
            else:
                found[item_id] = replace(snapshot_then(then), reserved_by_us=found[item_id].reserved_by_us)
    for number, row in lines:
        known = found.get(row.item_id) if row.item_id is not None and row.single else None
        item = _item_of(inputs, number, row) if known is not None else None
        if known is None or item is None or item.components or row.free_stock is None:
            continue
        spare = sellable(known) - item.safety_stock
        promised = spare - row.free_stock if row.free_stock > 0 else max(spare, known.reserved_by_us)
        found[row.item_id] = replace(known, reserved_by_us=max(0, promised))
    return found


def _item_of(inputs: Inputs, number: str, row: Any) -> ItemSnapshot | None:
    hits = inputs.context.candidates.get((number, row.sequence))
    if hits is None:
        return None
    every = (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin)
    return next((item for item in every if item.item_id == row.item_id), None)
