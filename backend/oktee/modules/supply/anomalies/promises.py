"""Confirmed units in no shipment, and backorders whose date is near: read for the look at everything, and told to people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.catalog import stock
from oktee.catalog.fee_rules import read_fee_rules
from oktee.modules.supply import costing
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.rules.anomalies.facts import OrderFact, Place
from oktee.modules.supply.rules.anomalies.promising import LOOK_AGAIN, Backorder, Unshipped
from oktee.modules.supply.rules.expected_cost import policy_of
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.shipments.facts import drafted_units
from oktee.modules.supply.stocks import stock_of
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.notices import Notice
from oktee.notify.recipients import Place as Whose

OPEN: Final = ("confirmed", "partly_confirmed", "receiving")
BEGUN: Final = timedelta(days=21)
"""So long after its window opened an order has no free day left, whatever the rule."""
MOST: Final = 2000
TOLD: Final = {"free_days": "free_days", "backorder_due": "backorder"}
"""Which findings people are told of, and in which words."""


async def read_unshipped(session: AsyncSession, now: datetime) -> list[Unshipped]:
    """Orders whose last free day is to come and of which something confirmed is in no shipment, also in no draft."""
    statement = (
        select(PurchaseOrder)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(
            OrderState.status.in_(OPEN),
            OrderState.answered_by != "history",
            PurchaseOrder.accepted_units > 0,
            PurchaseOrder.window_start.between(now - BEGUN, now + timedelta(days=1)),
        )
        .order_by(PurchaseOrder.window_start, PurchaseOrder.id)
        .limit(MOST)
    )
    orders = (await session.execute(statement)).scalars().all()
    if not orders:
        return []
    rules = await read_fee_rules(session)
    ids = [order.id for order in orders]
    packed: dict[UUID, int] = {}
    for units in (await shipped_units(session, ids), await drafted_units(session, ids)):
        for (order_id, _), count in units.items():
            packed[order_id] = packed.get(order_id, 0) + count
    found = []
    for order in orders:
        market = find_marketplace(order.marketplace_id)
        assert order.window_start is not None, "asked for above"
        policy = policy_of(rules, country=market.country if market else None, on=order.window_start.date())
        free_until = costing.free_until(order, policy.down_confirmed)
        if free_until is None or market is None:
            continue
        zone = ZoneInfo(market.time_zone)
        ends_at = datetime.combine(free_until + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
        left = (order.accepted_units or 0) - packed.get(order.id, 0)
        found.append(Unshipped(_fact(order), left, free_until, ends_at, now.astimezone(zone).date()))
    return found


async def read_backorders(session: AsyncSession, now: datetime) -> list[Backorder]:
    """Lines of answers that stand whose backorder is due soon, with what the shelf holds for them today."""
    statement = (
        select(PurchaseOrder, DecisionLine)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .join(DecisionLine, DecisionLine.decision_id == OrderState.decision_id)
        .where(
            OrderState.status.in_(OPEN),
            OrderState.answered_by == "oktee",
            DecisionLine.backordered > 0,
            DecisionLine.backorder_at.between(now, now + LOOK_AGAIN),
        )
        .order_by(DecisionLine.backorder_at, DecisionLine.id)
        .limit(MOST)
    )
    rows = (await session.execute(statement)).all()
    if not rows:
        return []
    ids = sorted({order.id for order, _ in rows})
    shipped = await shipped_units(session, ids)
    parts = {line.id: _parts(line) for _, line in rows}
    balances = await stock.snapshot(session, sorted({item_id for each in parts.values() for item_id in each}))
    held = await stock.promised_to_all(session, ids)
    found = []
    for order, line in rows:
        # What has left is of what was taken first, and what has not left of that has the shelf before the backorder.
        gone, taken = shipped.get((order.id, line.sequence), 0), line.taken or 0
        own = {item_id: held[order.id].get((line.sequence, item_id), 0) for item_id in parts[line.id]}
        free = _free(parts[line.id], balances, own)
        if free is not None:
            free = max(0, free - max(0, taken - gone))
        assert line.backorder_at is not None, "asked for above"
        units = (line.backordered or 0) - max(0, gone - taken)
        found.append(Backorder(_fact(order), line.sequence, line.sku, units, line.backorder_at, free, line.brand))
    return found


def _parts(line: DecisionLine) -> dict[UUID, int]:
    """Pieces of each stocked SKU in one of the ASIN."""
    if line.components:
        return {UUID(part["item_id"]): int(part["quantity"]) for part in line.components}
    return {line.item_id: line.link_quantity} if line.item_id is not None else {}


def _free(parts: dict[UUID, int], balances: dict[UUID, stock.Stock], own: dict[UUID, int]) -> int | None:
    """How many of the ASIN the shelf holds beside what others were promised; None where a part is not known."""
    if not parts or any(item_id not in balances for item_id in parts):
        return None
    rooms = []
    for item_id, quantity in parts.items():
        here = stock_of(balances[item_id], -own[item_id])
        rooms.append(max(0, sellable(here) - here.reserved_by_us) // max(1, quantity))
    return min(rooms)


def _fact(order: PurchaseOrder) -> OrderFact:
    place = Place(order.connection_id, order.vendor_code, order.marketplace_id)
    return OrderFact(
        order.id, order.po_number, place, order.ordered_at, order.ship_to, order.window_end, tuple(order.brands)
    )


async def tell_of(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Exceptions that are new: whoever answers the order is told, in the inbox and by mail."""
    told = [row for row in rows if row["cause"] in TOLD and row["purchase_order_id"] is not None]
    if not told:
        return
    ids = {row["purchase_order_id"] for row in told}
    numbers = dict(
        (
            await session.execute(select(PurchaseOrder.id, PurchaseOrder.po_number).where(PurchaseOrder.id.in_(ids)))
        ).all()
    )
    alerts = []
    for row in told:
        values = row["evidence"]["values"]
        day = str((values.get("day") or values["at"])["value"])[:10]
        alerts.append(
            Alert(
                Notice.PROMISE_DUE,
                "order",
                str(row["purchase_order_id"]),
                numbers[row["purchase_order_id"]],
                facts={"state": TOLD[row["cause"]], "day": day},
                version=row["key"],
                action="fix",
                due_at=row["due_at"],
                place=Whose(row["marketplace_id"], row["vendor_code"], tuple(row["brands"])),
                permission="orders.hold",
            )
        )
    await tell(session, *alerts)


async def over(session: AsyncSession, order_ids: Sequence[UUID | None]) -> None:
    """Those of these orders that no such exception is open for any more need nobody."""
    ids = {order_id for order_id in order_ids if order_id is not None}
    if not ids:
        return
    still = select(OrderException.purchase_order_id).where(
        OrderException.purchase_order_id.in_(ids), OrderException.cause.in_(TOLD), OrderException.state != "resolved"
    )
    left = set((await session.execute(still.group_by(OrderException.purchase_order_id))).scalars())
    await settle(session, "order", [order_id for order_id in ids if order_id not in left], [Notice.PROMISE_DUE])
