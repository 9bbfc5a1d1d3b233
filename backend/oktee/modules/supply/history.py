"""What came before the orders of a batch: what is usual of a product, who was seen before, what travels with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.modules.supply.costing import facts_of_line, read_books
from oktee.modules.supply.rules.expected_cost import Book, fee_of_unit, rejecting
from oktee.modules.supply.rules.inputs import OpenOrder, Rejecting, Usual, Window
from oktee.modules.supply.tables import Acknowledgement, Decision, OrderState

WEEKS = 8
GOING = ("to_confirm", "scheduled", "held", "sending", "processing", "confirmed", "partly_confirmed")


@dataclass(frozen=True, slots=True)
class History:
    """Only what the rules of the book ask for was read; the rest is empty."""

    usual: dict[tuple[str, str], Usual] = field(default_factory=dict)
    """By (marketplace, ASIN)."""
    known_vendor_codes: frozenset[tuple[UUID, str]] | None = None
    known_destinations: frozenset[str] | None = None
    answered: dict[UUID, int] | None = None
    """Orders that were answered from here, by connection."""
    open_orders: tuple[OpenOrder, ...] = ()
    books: dict[UUID, Book] = field(default_factory=dict)
    """By order: with what its expected costs are estimated."""

    def fees(self, line: PurchaseOrderLine) -> Decimal:
        """What Amazon is expected to take back of one unit of a line; nothing while that is not known."""
        book = self.books.get(line.purchase_order_id)
        return (fee_of_unit(facts_of_line(line, None), book) if book else None) or Decimal(0)

    def rejecting(self, line: PurchaseOrderLine) -> Rejecting | None:
        """What it charges for rejecting units of a line."""
        book = self.books.get(line.purchase_order_id)
        return rejecting(facts_of_line(line, None), book) if book else None

    def fill(self, order: PurchaseOrder) -> Decimal | None:
        """What arrived of what the vendor code of an order confirmed."""
        book = self.books.get(order.id)
        return book.fill if book else None


async def read_usual(
    session: AsyncSession,
    lines: Sequence[PurchaseOrderLine],
    *,
    leave_out: Sequence[UUID],
    now: datetime,
    until: datetime | None = None,
) -> dict[tuple[str, str], Usual]:
    """Median, lines and units a day of the last eight weeks, of the products of these lines: one statement. `until`: for a
    past moment, which knows nothing of what was ordered after it."""
    asins = sorted({line.asin for line in lines if line.asin is not None})
    if not asins:
        return {}
    statement = (
        select(
            PurchaseOrderLine.marketplace_id,
            PurchaseOrderLine.asin,
            func.percentile_cont(0.5).within_group(PurchaseOrderLine.units),
            func.count(),
            func.sum(PurchaseOrderLine.units),
        )
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseOrderLine.purchase_order_id)
        .where(
            PurchaseOrderLine.asin.in_(asins),
            PurchaseOrderLine.units > 0,
            PurchaseOrder.ordered_at >= now - timedelta(weeks=WEEKS),
            PurchaseOrder.id.not_in(leave_out),
            *((PurchaseOrder.ordered_at < until,) if until is not None else ()),
        )
        .group_by(PurchaseOrderLine.marketplace_id, PurchaseOrderLine.asin)
    )
    return {
        (marketplace, asin): Usual(
            Decimal(str(median)), count, (Decimal(units) / (WEEKS * 7)).quantize(Decimal("0.01"))
        )
        for marketplace, asin, median, count, units in (await session.execute(statement)).all()
    }


async def read_known_places(
    session: AsyncSession, orders: Sequence[PurchaseOrder]
) -> tuple[frozenset[tuple[UUID, str]], frozenset[str]]:
    """The vendor codes and destinations of these orders that an earlier order had too."""
    ids = [order.id for order in orders]
    codes = {(order.connection_id, order.vendor_code) for order in orders}
    known = await session.execute(
        select(PurchaseOrder.connection_id, PurchaseOrder.vendor_code)
        .where(tuple_(PurchaseOrder.connection_id, PurchaseOrder.vendor_code).in_(sorted(codes)))
        .where(PurchaseOrder.id.not_in(ids))
        .distinct()
    )
    places = sorted({order.ship_to for order in orders if order.ship_to is not None})
    seen = await session.scalars(
        select(PurchaseOrder.ship_to).where(PurchaseOrder.ship_to.in_(places), PurchaseOrder.id.not_in(ids)).distinct()
    )
    return frozenset((connection, code) for connection, code in known.all()), frozenset(filter(None, seen.all()))


async def read_answered(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> dict[UUID, int]:
    """How many orders of each account were answered from here, not counting these."""
    statement = (
        select(Acknowledgement.connection_id, func.count(func.distinct(Acknowledgement.purchase_order_id)))
        .where(
            Acknowledgement.connection_id.in_(sorted({order.connection_id for order in orders})),
            Acknowledgement.state.in_(("sent", "seen", "mismatch", "unknown")),
            Acknowledgement.purchase_order_id.not_in([order.id for order in orders]),
        )
        .group_by(Acknowledgement.connection_id)
    )
    return dict((await session.execute(statement)).all())


async def read_open_orders(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> tuple[OpenOrder, ...]:
    """Orders on their way to the same places whose windows overlap with one of these, and what is confirmed of them."""
    places = sorted({order.ship_to for order in orders if order.ship_to is not None})
    starts = [order.window_start for order in orders if order.window_start is not None]
    ends = [order.window_end for order in orders if order.window_end is not None]
    if not (places and starts and ends):
        return ()
    statement = (
        select(
            PurchaseOrder.po_number,
            PurchaseOrder.ship_to,
            PurchaseOrder.window_start,
            PurchaseOrder.window_end,
            Decision.totals["amounts"],
        )
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .join(Decision, Decision.id == OrderState.decision_id)
        .where(
            PurchaseOrder.ship_to.in_(places),
            PurchaseOrder.window_end >= min(starts),
            PurchaseOrder.window_start <= max(ends),
            PurchaseOrder.id.not_in([order.id for order in orders]),
            OrderState.status.in_(GOING),
        )
    )
    return tuple(
        OpenOrder(
            number,
            place,
            Window(start, end),
            {each["currency"]: Decimal(each["taken"]) + Decimal(each["backordered"]) for each in amounts or ()},
        )
        for number, place, start, end, amounts in (await session.execute(statement)).all()
    )


def products(lines: Iterable[PurchaseOrderLine]) -> set[str]:
    """The ASINs of these lines."""
    return {line.asin for line in lines if line.asin is not None}


async def read_history(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    lines: Sequence[PurchaseOrderLine],
    *,
    asks: frozenset[str],
    now: datetime,
) -> History:
    """What the rules ask for (`RuleBook.asks`), a statement or two each; nothing where none asks."""
    codes, places = await read_known_places(session, orders) if "places" in asks else (None, None)
    return History(
        usual=await read_usual(session, lines, leave_out=[order.id for order in orders], now=now)
        if "usual" in asks
        else {},
        known_vendor_codes=codes,
        known_destinations=places,
        answered=await read_answered(session, orders) if "answered" in asks else None,
        open_orders=await read_open_orders(session, orders) if "open_orders" in asks else (),
        books=await read_books(session, orders, now=now, asins=products(lines) if "rejections" in asks else ())
        if "fees" in asks
        else {},
    )
