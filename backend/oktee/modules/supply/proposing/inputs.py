"""What a batch of orders is decided from, read in a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import lookup, stock
from oktee.catalog.matching import Candidates
from oktee.kit.clock import now as present
from oktee.modules.supply.exceptions.approving import read_approvals
from oktee.modules.supply.history import read_history
from oktee.modules.supply.keeping_lines import Kept, as_decided, held_by_kept
from oktee.modules.supply.logistics import read_logistics
from oktee.modules.supply.promised import Promises, held_by, open_proposals
from oktee.modules.supply.proposing.as_input import order_of, snapshots
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.rules.inputs import (
    Context,
    ItemSnapshot,
    LineKey,
    OrderInput,
)
from oktee.modules.supply.rules.ledger import Places
from oktee.modules.supply.settings import SupplySettings
from oktee.modules.supply.stocks import read_placed, stock_of
from oktee.modules.supply.tables import Acknowledgement


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a batch of orders is decided from, as it was read in one transaction."""

    orders: dict[str, PurchaseOrder]
    lines: dict[UUID, list[PurchaseOrderLine]]
    inputs: tuple[OrderInput, ...]
    context: Context
    images: dict[UUID, str | None]


async def read_inputs(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    *,
    settings: SupplySettings,
    book: RuleBook,
    zone: str,
    now: datetime,
    lock: bool = True,
    kept: Kept | None = None,
    promises: Promises | None = None,
) -> Inputs:
    """Lines, catalogue candidates, stock and what is promised already, for these orders: five statements in all.

    `lock` holds the balances until the commit, for a decision that is stored; what is only asked needs none. `kept`: lines
    that keep the decision they have. `promises`: carried from batch to batch.
    """
    ids = [order.id for order in orders]
    lines: dict[UUID, list[PurchaseOrderLine]] = defaultdict(list)
    # Rows that read as a line does: a mapped object for each would cost more than deciding it.
    found_lines = select(*cast(Table, PurchaseOrderLine.__table__).columns)
    statement = found_lines.where(PurchaseOrderLine.purchase_order_id.in_(ids)).order_by(
        PurchaseOrderLine.purchase_order_id, PurchaseOrderLine.position
    )
    for line in cast("list[PurchaseOrderLine]", (await session.execute(statement)).all()):
        lines[line.purchase_order_id].append(line)
    # A mapped object gives its columns slowly, so what a line needs of its order is read once.
    flat = [(order.po_number, line) for order in orders for line in lines[order.id]]
    days = {order.id: order.ordered_at.astimezone(ZoneInfo(zone)).date() for order in orders}
    found = await lookup.find_candidates(
        session,
        [
            lookup.LineKey(line.marketplace_id, line.vendor_code, line.vendor_product_identifier, line.asin)
            for _, line in flat
        ],
        days=[days[line.purchase_order_id] for _, line in flat],
        today=now.astimezone(ZoneInfo(zone)).date(),
    )
    candidates: dict[LineKey, Candidates[ItemSnapshot]] = {}
    images: dict[UUID, str | None] = {}
    items: set[UUID] = set()
    shown: dict[int, Candidates[ItemSnapshot]] = {}  # lines alike share their hits
    for (number, line), hits in zip(flat, found, strict=True):
        if id(hits) not in shown:
            shown[id(hits)] = snapshots(hits, images, items)
        candidates[number, line.sequence] = shown[id(hits)]
    known = await read_logistics(session, orders, now=now)
    placed: Places | None = None
    if known.logistics is not None and known.logistics.pools:
        balances, places = await stock.by_place(session, sorted(items), for_update=lock)
        placed = await read_placed(session, places, ids=ids, kept=kept or {})
    else:
        balances = await stock.snapshot(session, sorted(items), for_update=lock)
    open_now = promises.of if promises is not None else open_proposals
    promised = await open_now(session, sorted(items), leave_out=ids)
    own = await held_by(session, ids)
    for item_id, units in held_by_kept(kept or {}).items():
        promised[item_id] = promised.get(item_id, 0) + units
    answered = await _answered_revisions(session, ids)
    history = await read_history(session, orders, [line for _, line in flat], asks=book.asks, now=now)
    base = settings.base()
    context = Context(
        now=now,
        zone=ZoneInfo(zone),
        candidates=candidates,
        stock={
            item_id: stock_of(balance, promised.get(item_id, 0) - own.get(item_id, 0))
            for item_id, balance in balances.items()
        },
        settings=base,
        book=book,
        open_orders=history.open_orders,
        approvals=await read_approvals(session, orders),
        kept={key: as_decided(line) for key, line in (kept or {}).items()},
        logistics=known.logistics,
        placed=placed,
    )
    inputs = tuple(order_of(order, lines[order.id], answered.get(order.id), history, known) for order in orders)
    return Inputs({order.po_number: order for order in orders}, lines, inputs, context, images)


async def order_input(session: AsyncSession, order: PurchaseOrder) -> OrderInput:
    """One order with its lines, for building and checking an answer."""
    statement = (
        select(PurchaseOrderLine)
        .where(PurchaseOrderLine.purchase_order_id == order.id)
        .order_by(PurchaseOrderLine.position)
    )
    lines = (await session.execute(statement)).scalars().all()
    answered = await _answered_revisions(session, [order.id])
    known = await read_logistics(session, [order], now=present())
    return order_of(order, lines, answered.get(order.id), known=known)


async def _answered_revisions(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    statement = (
        select(Acknowledgement.purchase_order_id, func.max(Acknowledgement.revision))
        .where(
            Acknowledgement.purchase_order_id.in_(ids),
            Acknowledgement.state.in_(("sent", "seen", "mismatch", "unknown")),
        )
        .group_by(Acknowledgement.purchase_order_id)
    )
    return dict((await session.execute(statement)).all())


def propose(inputs: Inputs) -> tuple[Proposed, ...]:
    """The pure decision on the whole batch: scarce stock goes to the earliest window first."""
    return decide_all(inputs.inputs, inputs.context)
