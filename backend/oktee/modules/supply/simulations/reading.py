"""Past orders as a simulation takes them: read part by part, a few statements each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, literal_column, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import history as stock_history
from oktee.catalog import lookup
from oktee.catalog.matching import Candidates
from oktee.modules.supply import costing, history
from oktee.modules.supply.logistics import Known, read_logistics
from oktee.modules.supply.proposing.as_input import order_of, snapshots
from oktee.modules.supply.rules.expected_cost import Book
from oktee.modules.supply.rules.inputs import Inbound, ItemSnapshot, OrderInput, StockSnapshot, Usual
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.rules.simulation.facts import LATER, LaterStock, Moment, Outcome, PastOrder
from oktee.modules.supply.tables import Decision, DecisionLine, OrderState

SOON_AFTER = timedelta(minutes=15)
"""An order that was answered outside OKTee is decided so long after it came."""
OUTSIDE = ("outside", "history")
_DATED = text(
    """select exists (select 1 from item_costs) or exists (select 1 from item_links
    where valid_from is not null or valid_to is not null)"""
)
_LINE = PurchaseOrderLine
_LINES = (
    _LINE.purchase_order_id, _LINE.sequence, _LINE.asin, _LINE.vendor_product_identifier, _LINE.amount,
    _LINE.unit_of_measure, _LINE.unit_size, _LINE.units, _LINE.net_cost, _LINE.cost_unit, _LINE.list_price, _LINE.currency,
    _LINE.backorder_allowed, _LINE.marketplace_id, _LINE.vendor_code,
)  # fmt: skip


class Found(NamedTuple):
    """A past order and the moment it was decided; `ruled` is the decision of the rules, `current` the one that holds."""

    order_id: UUID
    connection_id: UUID
    at: datetime
    ruled: UUID | None
    current: UUID | None
    outside: bool


async def find_orders(session: AsyncSession, *, since: datetime, until: datetime) -> list[Found]:
    """The orders of a period in the order of their decisions."""
    ruled = (
        select(Decision.id, Decision.decided_at)
        .where(Decision.purchase_order_id == PurchaseOrder.id, Decision.decided_by_type == "rule")
        .order_by(Decision.number.desc())
        .limit(1)
        .lateral()
    )
    at = func.coalesce(ruled.c.decided_at, PurchaseOrder.ordered_at + SOON_AFTER)
    statement = (
        select(
            PurchaseOrder.id, PurchaseOrder.connection_id, at.label("at"), ruled.c.id, OrderState.decision_id,
            func.coalesce(OrderState.answered_by.in_(OUTSIDE), OrderState.decision_id.is_(None)),
        )
        .outerjoin(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .outerjoin(ruled, true())
        .where(PurchaseOrder.ordered_at >= since, PurchaseOrder.ordered_at < until, PurchaseOrder.units > 0)
        .where(or_(OrderState.status.is_(None), OrderState.status != "cancelled"))
        .order_by(literal_column("at"), PurchaseOrder.connection_id, PurchaseOrder.id)
    )  # fmt: skip
    return [Found(*row) for row in (await session.execute(statement)).all()]


def parts(found: Sequence[Found], *, first: int, size: int) -> Iterator[list[Found]]:
    """Some orders at a time, a few at first; what was decided together stays together."""
    part: list[Found] = []
    limit = first
    for _, together in groupby(found, key=lambda one: (one.at, one.connection_id)):
        if len(part) >= limit:
            yield part
            part, limit = [], size
        part.extend(together)
    if part:
        yield part


@dataclass(slots=True)
class Reader:
    """What is the same for every part of a simulation, and what its parts found in the catalogue so far."""

    zone: ZoneInfo
    today: date
    asks: frozenset[str]
    dated: bool
    first_codes: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    first_places: dict[str, datetime] = field(default_factory=dict)
    _items: dict[tuple[lookup.LineKey, date | None], Candidates[ItemSnapshot]] = field(default_factory=dict)

    @classmethod
    async def open(cls, session: AsyncSession, *, zone: str, today: date, asks: frozenset[str]) -> "Reader":
        made = cls(ZoneInfo(zone), today, asks, bool(await session.scalar(_DATED)))
        if "places" in asks:
            order = PurchaseOrder
            codes = select(order.connection_id, order.vendor_code, func.min(order.ordered_at))
            for connection, code, at in (
                await session.execute(codes.group_by(order.connection_id, order.vendor_code))
            ).all():
                made.first_codes[connection, code] = at
            places = select(order.ship_to, func.min(order.ordered_at)).where(order.ship_to.is_not(None))
            for place, at in (await session.execute(places.group_by(order.ship_to))).all():
                made.first_places[str(place)] = at
        return made

    async def read(
        self, session: AsyncSession, part: Sequence[Found], chosen: Sequence[Found] | None = None
    ) -> list[Moment]:
        """The moments of these orders. `chosen`: only these of them, read as they are when all of the part is."""
        within = [one.order_id for one in part]
        first, last = part[0].at, part[-1].at
        orders = {
            order.id: order
            for order in await session.scalars(select(PurchaseOrder).where(PurchaseOrder.id.in_(within)))
        }
        known = [orders[order_id] for order_id in within if order_id in orders]
        part = part if chosen is None else chosen
        ids = [one.order_id for one in part]
        lines: dict[UUID, list[PurchaseOrderLine]] = defaultdict(list)
        statement = select(*_LINES).where(_LINE.purchase_order_id.in_(ids))
        for row in (await session.execute(statement.order_by(_LINE.purchase_order_id, _LINE.position))).all():
            lines[row.purchase_order_id].append(cast("PurchaseOrderLine", row))
        hits = await self._candidates(session, orders, lines)
        ways = await read_logistics(session, known, now=first, days_held=False)
        happened = await _happened(session, part)
        asins = history.products(line for each in lines.values() for line in each)
        books = await costing.read_books(session, known, now=last, asins=asins)
        usual: dict[tuple[str, str], Usual] = {}
        if "usual" in self.asks:
            flat = [line for each in lines.values() for line in each]
            usual = await history.read_usual(session, flat, leave_out=within, now=first, until=first)
        past = history.History(usual=usual, books=books if "fees" in self.asks else {})
        items = {item_id for found in hits.values() for item in _all(found) for item_id in item.pieces(1)}
        stock = await stock_history.read_history(session, sorted(items), since=first, until=last + LATER)
        moments = []
        for (at, _), together in groupby(part, key=lambda one: (one.at, one.connection_id)):
            group = [one for one in together if one.order_id in orders]
            moments.append(self._moment(at, group, orders, lines, hits, happened, books, past, stock, ways))
        return moments

    def _moment(
        self,
        at: datetime,
        group: Sequence[Found],
        orders: dict[UUID, PurchaseOrder],
        lines: dict[UUID, list[PurchaseOrderLine]],
        hits: dict[tuple[UUID, str], Candidates[ItemSnapshot]],
        happened: "_Happened",
        books: dict[UUID, Book],
        past: history.History,
        stock: stock_history.History,
        ways: Known,
    ) -> Moment:
        made, candidates = [], {}
        figures: dict[UUID, StockSnapshot] = {}
        later: dict[UUID, LaterStock] = {}
        seen: set[UUID] = set()
        for one in group:
            order = orders[one.order_id]
            for line in lines[order.id]:
                found = hits[order.id, line.sequence]
                candidates[order.po_number, line.sequence] = found
                for item in _all(found):
                    for item_id in item.pieces(1):
                        if item_id not in seen:
                            seen.add(item_id)
                            _put(stock, item_id, at, figures, later)
            made.append(
                PastOrder(
                    order.id,
                    self._order(order, lines[order.id], past, ways),
                    tuple(happened.of(one, line.sequence) for line in lines[order.id]),
                    happened.held(one),
                    books[order.id],
                )
            )
        placed = None
        if ways.logistics is not None and ways.logistics.pools:
            placed = {
                item_id: {code: snapshot_then(then) for code, then in stock.places_at(item_id, at).items()}
                for item_id in seen
            }
        return Moment(at, tuple(made), candidates, figures, later, ways.logistics, placed)

    def _order(
        self, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], past: history.History, ways: Known
    ) -> OrderInput:
        made = order_of(order, lines, None, past, ways)
        if "places" not in self.asks:
            return made
        return replace(
            made,
            new_vendor_code=self.first_codes.get((order.connection_id, order.vendor_code)) == order.ordered_at,
            new_destination=order.ship_to is not None and self.first_places.get(order.ship_to) == order.ordered_at,
        )

    async def _candidates(
        self, session: AsyncSession, orders: dict[UUID, PurchaseOrder], lines: dict[UUID, list[PurchaseOrderLine]]
    ) -> dict[tuple[UUID, str], Candidates[ItemSnapshot]]:
        wanted: dict[tuple[UUID, str], tuple[lookup.LineKey, date | None]] = {}
        days: dict[UUID, date] = {}
        for order_id, each in lines.items():
            day = days[order_id] = orders[order_id].ordered_at.astimezone(self.zone).date()
            for line in each:
                key = lookup.LineKey(line.marketplace_id, line.vendor_code, line.vendor_product_identifier, line.asin)
                wanted[order_id, line.sequence] = key, day if self.dated else None
        new = [key for key in dict.fromkeys(wanted.values()) if key not in self._items]
        found = await lookup.find_candidates(
            session, [key for key, _ in new], days=[day or self.today for _, day in new], today=self.today
        )
        for wish, items in zip(new, found, strict=True):
            self._items[wish] = snapshots(items, {}, set())
        return {place: self._items[wish] for place, wish in wanted.items()}


def _all(found: Candidates[ItemSnapshot]) -> tuple[ItemSnapshot, ...]:
    return (*found.by_vendor_sku, *found.by_gtin, *found.by_asin)


def _put(
    stock: stock_history.History,
    item_id: UUID,
    at: datetime,
    figures: dict[UUID, StockSnapshot],
    later: dict[UUID, LaterStock],
) -> None:
    then = stock.at(item_id, at)
    if then is None:
        return
    figures[item_id] = snapshot_then(then)
    after = stock.at(item_id, at + LATER)
    if after is not None and after.as_of > at:
        later[item_id] = LaterStock(after.as_of, max(0, sellable(snapshot_then(after))))


def snapshot_then(then: stock_history.StockThen) -> StockSnapshot:
    """A past figure as the rules take it; what is promised of it is not in it."""
    return StockSnapshot(
        on_hand=then.on_hand,
        as_of=then.as_of,
        source=then.source,
        reserved=then.reserved,
        quality_hold=then.quality_hold,
        available=then.available,
        inbound=tuple(Inbound(quantity, eta) for quantity, eta in then.inbound),
    )


@dataclass(slots=True)
class _Happened:
    decided: dict[tuple[UUID, str], tuple[int | None, int | None, int | None, bool]]
    gates: dict[UUID, bool]
    shown: dict[tuple[UUID, str], tuple[int, int]]

    def of(self, one: Found, sequence: str) -> Outcome | None:
        ruled = self.decided.get((one.ruled, sequence)) if one.ruled is not None else None
        held = ruled[3] if ruled is not None else False
        if one.outside:
            shown = self.shown.get((one.order_id, sequence))
            return Outcome(shown[0], 0, shown[1], held) if shown is not None and shown[0] + shown[1] else None
        current = self.decided.get((one.current, sequence)) if one.current is not None else None
        if current is None:
            return None
        taken, backordered, cut, _ = current
        return Outcome(taken or 0, backordered or 0, cut or 0, held)

    def held(self, one: Found) -> bool:
        if one.ruled is None:
            return False
        return self.gates.get(one.ruled, False)


async def _happened(session: AsyncSession, part: Sequence[Found]) -> _Happened:
    decisions = sorted({each for one in part for each in (one.ruled, one.current) if each is not None})
    line = DecisionLine
    decided, gates = {}, dict[UUID, bool]()
    if decisions:
        columns = (line.decision_id, line.sequence, line.taken, line.backordered, line.cut, line.hold != [])
        for decision, sequence, *values in (
            await session.execute(select(*columns).where(line.decision_id.in_(decisions)))
        ).all():
            decided[decision, sequence] = cast("tuple[int | None, int | None, int | None, bool]", tuple(values))
        whole = select(Decision.id).where(and_(Decision.id.in_(decisions), Decision.hold != []))
        gates = dict.fromkeys(await session.scalars(whole), True)
    shown: dict[tuple[UUID, str], tuple[int, int]] = {}
    outside = [one.order_id for one in part if one.outside]
    if outside:
        status: Any = PurchaseOrderLineStatus
        statement = select(
            status.purchase_order_id, status.sequence, status.accepted_units, status.rejected_units
        ).where(status.purchase_order_id.in_(outside))
        for order_id, sequence, accepted, rejected in (await session.execute(statement)).all():
            shown[order_id, sequence] = accepted, rejected
    return _Happened(decided, gates, shown)
