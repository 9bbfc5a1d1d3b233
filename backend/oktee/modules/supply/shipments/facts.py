"""A shipment and its orders, read together and put into the form that the pure checks take."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.kit.errors import NotFound
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.rules.inputs import Container, Held, Line, OrderInput, ShipmentInput, Warehouse
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.modules.supply.wire import Window


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
        decided = self.decided.get(line.sequence)
        return decided.case_pack if decided is not None else None


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
    decisions = [state.decision_id for state in states.values() if state.decision_id is not None]
    decided: dict[UUID, dict[str, DecisionLine]] = {}
    for each in await session.scalars(select(DecisionLine).where(DecisionLine.decision_id.in_(decisions))):
        decided.setdefault(each.decision_id, {})[each.sequence] = each
    found = {}
    for order in orders:
        state = states.get(order.id)
        decision = state.decision_id if state is not None else None
        found[order.id] = OrderFacts(
            order, state, lines.get(order.id, []), status.get(order.id, {}), decided.get(decision, {}) if decision else {}
        )  # fmt: skip
    return found


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


def window_of(order: PurchaseOrder) -> Window | None:
    """When Amazon wants it: shipped where Amazon fetches it, else delivered."""
    if order.window_start is None or order.window_end is None:
        return None
    kind = "ship" if order.freight == "collect" else "delivery"
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


async def input_of(session: AsyncSession, cargo: Cargo, shipment: Shipment, parts: Parts) -> ShipmentInput:
    """The shipment as it is stored, for the checks."""
    first = cargo.first.po_number
    return await _input(
        session,
        cargo,
        shipment,
        sscc_elsewhere=await _used_elsewhere(session, shipment, [one.sscc for one in parts.containers if one.sscc]),
        items=tuple(Held(item.po_number, item.sequence, item.units) for item in parts.items if item.units),
        containers=tuple(container_of(one, first) for one in parts.containers),
        before=_before(parts),
    )


async def input_of_body(
    session: AsyncSession, cargo: Cargo, shipment: Shipment, parts: Parts, body: wire.ShipmentIn
) -> ShipmentInput:
    """The shipment as somebody is about to write it."""
    first = cargo.first.po_number

    def held(one: wire.HeldUnits) -> Held:
        return Held(one.po_number or first, one.sequence, one.units)

    written = await _input(
        session,
        cargo,
        shipment,
        sscc_elsewhere=await _used_elsewhere(session, shipment, [one.sscc for one in body.containers if one.sscc]),
        items=tuple(held(item) for item in body.items if item.units),
        containers=tuple(
            Container(
                one.kind, one.number, one.sscc or None, one.pallet, one.tracking or None, one.weight_kg,
                tuple(held(each) for each in one.contents),
            )
            for one in body.containers
        ),
        before=_before(parts),
        identifier=body.identifier,
        ship_from=Warehouse(**body.ship_from.model_dump()),
        shipment_type=body.shipment_type,
        carrier_scac=body.carrier_scac or None,
        carrier_reference=body.carrier_reference or None,
        bill_of_lading=body.bill_of_lading or None,
        ship_at=body.ship_at,
        deliver_at=body.deliver_at,
        pickup_at=body.pickup_at,
        weight_kg=body.weight_kg,
        volume_m3=body.volume_m3,
    )  # fmt: skip
    return written


async def _used_elsewhere(session: AsyncSession, shipment: Shipment, numbers: Sequence[str]) -> frozenset[str]:
    elsewhere = select(ShipmentContainer.sscc).where(
        ShipmentContainer.sscc.in_(numbers), ShipmentContainer.shipment_id != shipment.id
    )
    return frozenset(one for one in await session.scalars(elsewhere) if one)


def _before(parts: Parts) -> dict[tuple[str, str], int]:
    return {(item.po_number, item.sequence): item.confirmed_units for item in parts.items if item.confirmed_units}


async def _input(session: AsyncSession, cargo: Cargo, shipment: Shipment, **over: Any) -> ShipmentInput:
    order = cargo.first
    elsewhere = await shipped_units(session, [each.order.id for each in cargo.orders], but=shipment.id)
    lines = [
        Line(
            each.order.po_number, line.sequence, line.asin, line.vendor_product_identifier, line.unit_of_measure,
            line.unit_size, each.confirmed(line.sequence), elsewhere.get((each.order.id, line.sequence), 0),
        )
        for each in cargo.orders
        for line in each.lines
    ]  # fmt: skip
    marketplace = find_marketplace(order.marketplace_id)
    values: dict[str, Any] = {
        "identifier": shipment.identifier,
        "orders": tuple(_order(each) for each in cargo.orders),
        "vendor_code": order.vendor_code,
        "country": marketplace.country if marketplace else "",
        "freight": shipment.freight,
        "ship_to": shipment.ship_to,
        "ship_from": Warehouse(**(shipment.ship_from or {})),
        "shipment_type": shipment.shipment_type,
        "carrier_scac": shipment.carrier_scac,
        "carrier_reference": shipment.carrier_reference,
        "bill_of_lading": shipment.bill_of_lading,
        "amazon_reference": shipment.amazon_reference,
        "ship_at": shipment.ship_at,
        "deliver_at": shipment.deliver_at,
        "pickup_at": shipment.pickup_at,
        "weight_kg": shipment.weight_kg,
        "volume_m3": shipment.volume_m3,
        "lines": {line.key: line for line in lines},
        "first_confirmed_at": shipment.first_confirmed_at,
        "delivered_at": shipment.delivered_at,
    }
    return ShipmentInput(**{**values, **over})


def _order(facts: OrderFacts) -> OrderInput:
    order = facts.order
    return OrderInput(
        po_number=order.po_number,
        vendor_code=order.vendor_code,
        freight=order.freight,
        ship_to=order.ship_to,
        window=(order.window_start, order.window_end) if order.window_start and order.window_end else None,
        open=facts.open,
    )


def container_of(one: ShipmentContainer, first: str) -> Container:
    """`first`: the number of the shipment's first order, for what names none."""
    contents = tuple(
        Held(str(each.get("po_number") or first), str(each["sequence"]), int(each["units"]))
        for each in one.contents
        if each.get("units")
    )
    return Container(one.kind, one.number, one.sscc, one.pallet_number, one.tracking_number, one.weight_kg, contents)
