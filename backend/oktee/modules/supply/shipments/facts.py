"""A shipment and its orders, read together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.kit.errors import NotFound
from oktee.modules.supply.answers.protocol import AT_AMAZON
from oktee.modules.supply.logistics import freight_of, read_terms
from oktee.modules.supply.rules.logistics import Terms
from oktee.modules.supply.shipments.goods import read_goods
from oktee.modules.supply.shipments.rules.inputs import Goods
from oktee.modules.supply.tables import Acknowledgement, DecisionLine, OrderState
from oktee.modules.supply.wire.words import Window

LineKey = tuple[UUID, str]
"""An order and the number of its line."""


@dataclass(slots=True)
class Parts:
    """What hangs on one shipment."""

    items: list[ShipmentItem] = field(default_factory=list)
    containers: list[ShipmentContainer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order, its lines in their order, and what is known of each."""

    order: PurchaseOrder
    state: OrderState | None
    lines: Sequence[PurchaseOrderLine]
    status: Mapping[str, PurchaseOrderLineStatus]
    decided: Mapping[str, DecisionLine]
    freight: str | None = None
    """Who pays, by the order or else by the terms of its vendor code."""
    terms: Terms | None = None
    goods: Mapping[str, Goods] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Amazon still waits for goods of it. An order is Closed too once all is received, and then nothing is left."""
        return self.state is None or self.state.status != "cancelled"

    @property
    def hidden(self) -> int:
        """Lines that this session does not see."""
        return self.order.line_count - len(self.lines)

    def confirmed(self, sequence: str) -> int:
        shown = self.status.get(sequence)
        return shown.accepted_units if shown is not None else 0

    def case_pack(self, line: PurchaseOrderLine) -> int | None:
        """Eaches in a case: by the order where it asks for cases, else by our catalogue."""
        if line.unit_of_measure.casefold() == "cases" and line.unit_size > 0:
            return line.unit_size
        known = self.goods.get(line.sequence)
        if known is not None:
            return known.case_units
        # Who does not see the catalogue still sees what the decision said of it: pieces of the item in a case.
        decided = self.decided.get(line.sequence)
        if decided is None or decided.case_pack is None or decided.case_pack % max(1, decided.link_quantity):
            return None
        return decided.case_pack // max(1, decided.link_quantity)

    def sources(self, sequence: str) -> list[tuple[str | None, int]]:
        """What the decision takes from which warehouse, in the order in which they give."""
        decided = self.decided.get(sequence)
        if decided is None:
            return []
        if decided.sources:
            return [(source["warehouse"], int(source["accepted"])) for source in decided.sources]
        return [(decided.warehouse, decided.taken or 0)] if decided.warehouse else []


@dataclass(frozen=True, slots=True)
class Cargo:
    """The orders of one shipment: the one it was made from first, then by number."""

    orders: tuple[OrderFacts, ...]

    @property
    def first(self) -> PurchaseOrder:
        return self.orders[0].order

    @property
    def purchase_orders(self) -> list[PurchaseOrder]:
        return [each.order for each in self.orders]

    @property
    def hidden(self) -> int:
        return sum(each.hidden for each in self.orders)

    def of(self, po_number: str) -> OrderFacts | None:
        """The facts of one of its orders; an empty number is the first's."""
        wanted = po_number or self.first.po_number
        return next((each for each in self.orders if each.order.po_number == wanted), None)

    def line(self, po_number: str, sequence: str) -> tuple[OrderFacts, PurchaseOrderLine] | None:
        facts = self.of(po_number)
        line = next((one for one in facts.lines if one.sequence == sequence), None) if facts is not None else None
        return (facts, line) if facts is not None and line is not None else None


async def read_orders(
    session: AsyncSession, order_ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, OrderFacts]:
    """Those that are there. `lock`: whoever changes a shipment of an order does so alone; by id, as everywhere."""
    ids = sorted(set(order_ids))
    statement = select(PurchaseOrder).where(PurchaseOrder.id.in_(ids)).order_by(PurchaseOrder.id)
    orders = list(await session.scalars(statement.with_for_update() if lock else statement))
    lines: dict[UUID, list[PurchaseOrderLine]] = {}
    status: dict[UUID, dict[str, PurchaseOrderLineStatus]] = {}
    of_orders = (
        select(PurchaseOrderLine)
        .where(PurchaseOrderLine.purchase_order_id.in_(ids))
        .order_by(PurchaseOrderLine.purchase_order_id, PurchaseOrderLine.position)
    )
    for line in await session.scalars(of_orders):
        lines.setdefault(line.purchase_order_id, []).append(line)
    shown = select(PurchaseOrderLineStatus).where(PurchaseOrderLineStatus.purchase_order_id.in_(ids))
    for one in await session.scalars(shown):
        status.setdefault(one.purchase_order_id, {})[one.sequence] = one
    states = {
        state.purchase_order_id: state
        for state in await session.scalars(select(OrderState).where(OrderState.purchase_order_id.in_(ids)))
    }
    by_order = await _decided(session, ids, states)
    terms = await read_terms(session, {order.vendor_code for order in orders})
    goods = await read_goods(session, {order.id: order for order in orders}, lines, by_order)
    found = {}
    for order in orders:
        said = terms.get(order.vendor_code)
        found[order.id] = OrderFacts(
            order, states.get(order.id), lines.get(order.id, []), status.get(order.id, {}), by_order.get(order.id, {}),
            freight_of(order.freight, said)[0], said,
            {line.sequence: goods[order.id, line.sequence] for line in lines.get(order.id, ())
             if (order.id, line.sequence) in goods},
        )  # fmt: skip
    return found


async def _decided(
    session: AsyncSession, ids: Sequence[UUID], states: Mapping[UUID, OrderState]
) -> dict[UUID, dict[str, DecisionLine]]:
    """What was decided of each order's lines: in the answer that Amazon has, else in the proposal that stands."""
    answered = (
        select(Acknowledgement.purchase_order_id, Acknowledgement.decision_id)
        .where(Acknowledgement.purchase_order_id.in_(ids), Acknowledgement.state.in_(AT_AMAZON))
        .order_by(Acknowledgement.purchase_order_id, Acknowledgement.answer)
    )
    decisions = {order_id: state.decision_id for order_id, state in states.items() if state.decision_id is not None}
    for row in await session.execute(answered):  # of several answers the last one counts
        decisions[row.purchase_order_id] = row.decision_id
    lines: dict[UUID, dict[str, DecisionLine]] = {}
    wanted = select(DecisionLine).where(DecisionLine.decision_id.in_(sorted(decisions.values())))
    for line in await session.scalars(wanted):
        lines.setdefault(line.decision_id, {})[line.sequence] = line
    return {order_id: lines.get(decision_id, {}) for order_id, decision_id in decisions.items()}


async def read_order(session: AsyncSession, order_id: UUID, *, lock: bool = False) -> OrderFacts:
    """Raises NotFound."""
    found = await read_orders(session, [order_id], lock=lock)
    if order_id not in found:
        raise NotFound("There is no such order.")
    return found[order_id]


def cargo_of(shipment: Shipment, orders: Mapping[UUID, OrderFacts]) -> Cargo:
    """Of the orders that were read; the shipment's first has to be among them."""
    others = (orders[each] for each in shipment.order_ids if each != shipment.purchase_order_id and each in orders)
    by_number = sorted(others, key=lambda each: each.order.po_number)
    return Cargo((orders[shipment.purchase_order_id], *by_number))


def window_of(facts: OrderFacts) -> Window | None:
    """When Amazon wants it: shipped where Amazon fetches it, else delivered."""
    order = facts.order
    if order.window_start is None or order.window_end is None:
        return None
    kind = "ship" if facts.freight == "collect" else "delivery"
    return Window(kind=kind, start=order.window_start, end=order.window_end)


async def shipments_of(session: AsyncSession, order_id: UUID) -> list[Shipment]:
    """Every shipment that holds something of the order, oldest first."""
    holding = select(ShipmentItem.shipment_id).where(ShipmentItem.purchase_order_id == order_id)
    statement = (
        select(Shipment)
        .where(or_(Shipment.purchase_order_id == order_id, Shipment.id.in_(holding)))
        .order_by(Shipment.created_at, Shipment.id)
    )
    return list(await session.scalars(statement))


async def parts_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Parts]:
    """Items and containers, by shipment."""
    found = {shipment_id: Parts() for shipment_id in ids}
    items = (
        select(ShipmentItem)
        .where(ShipmentItem.shipment_id.in_(ids))
        .order_by(ShipmentItem.po_number, func.length(ShipmentItem.sequence), ShipmentItem.sequence)
    )
    for item in await session.scalars(items):
        found[item.shipment_id].items.append(item)
    containers = (
        select(ShipmentContainer)
        .where(ShipmentContainer.shipment_id.in_(ids))
        .order_by(ShipmentContainer.kind, ShipmentContainer.number)
    )
    for container in await session.scalars(containers):
        found[container.shipment_id].containers.append(container)
    return found


async def drafted_units(
    session: AsyncSession, order_ids: Collection[UUID], *, but: UUID | None = None
) -> dict[tuple[UUID, str], int]:
    """Units of each line of these orders that stand in shipments of which no confirmation was sent."""
    statement = (
        select(ShipmentItem.purchase_order_id, ShipmentItem.sequence, func.sum(ShipmentItem.units))
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(
            ShipmentItem.purchase_order_id.in_(sorted(order_ids)),
            Shipment.origin == "oktee",
            Shipment.first_confirmed_at.is_(None),
            func.coalesce(Shipment.confirmation, "failed") == "failed",
        )
        .group_by(ShipmentItem.purchase_order_id, ShipmentItem.sequence)
    )
    if but is not None:
        statement = statement.where(ShipmentItem.shipment_id != but)
    return {(order_id, sequence): int(units) for order_id, sequence, units in await session.execute(statement)}


async def open_units(session: AsyncSession, orders: Collection[OrderFacts]) -> dict[tuple[UUID, str], int]:
    """Units of each line that are confirmed and in no shipment yet, also in no draft."""
    ids = [each.order.id for each in orders]
    shipped, drafted = await shipped_units(session, ids), await drafted_units(session, ids)
    return {
        key: left
        for each in orders
        for line in each.lines
        if each.open
        and (key := (each.order.id, line.sequence))
        and (left := each.confirmed(line.sequence) - shipped.get(key, 0) - drafted.get(key, 0)) > 0
    }
