"""A shipment and its order, read together and put into the form that the pure checks take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.kit.errors import NotFound
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.rules.inputs import Container, Held, Line, ShipmentInput, Warehouse
from oktee.modules.supply.tables import DecisionLine, OrderState


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

    def confirmed(self, sequence: str) -> int:
        shown = self.status.get(sequence)
        return shown.accepted_units if shown is not None else 0

    def case_pack(self, line: PurchaseOrderLine) -> int | None:
        """Eaches in a case: by the order where it asks for cases, else by our catalogue."""
        if line.unit_of_measure.casefold() == "cases" and line.unit_size > 0:
            return line.unit_size
        decided = self.decided.get(line.sequence)
        return decided.case_pack if decided is not None else None


async def read_order(session: AsyncSession, order_id: UUID, *, lock: bool = False) -> OrderFacts:
    """Raises NotFound. `lock`: whoever changes a shipment of an order does so alone."""
    statement = select(PurchaseOrder).where(PurchaseOrder.id == order_id)
    order = (await session.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()
    if order is None:
        raise NotFound("There is no such order.")
    lines = (
        await session.scalars(
            select(PurchaseOrderLine)
            .where(PurchaseOrderLine.purchase_order_id == order_id)
            .order_by(PurchaseOrderLine.position)
        )
    ).all()
    status = await session.scalars(
        select(PurchaseOrderLineStatus).where(PurchaseOrderLineStatus.purchase_order_id == order_id)
    )
    state = await session.scalar(select(OrderState).where(OrderState.purchase_order_id == order_id))
    decided: dict[str, DecisionLine] = {}
    if state is not None and state.decision_id is not None:
        of_decision = select(DecisionLine).where(DecisionLine.decision_id == state.decision_id)
        decided = {line.sequence: line for line in await session.scalars(of_decision)}
    return OrderFacts(order, state, lines, {one.sequence: one for one in status}, decided)


async def shipments_of(session: AsyncSession, order_id: UUID) -> list[Shipment]:
    """Every shipment that holds something of the order, oldest first."""
    holding = select(ShipmentItem.shipment_id).where(ShipmentItem.purchase_order_id == order_id)
    statement = (
        select(Shipment)
        .where(or_(Shipment.purchase_order_id == order_id, Shipment.id.in_(holding)))
        .order_by(Shipment.created_at, Shipment.id)
    )
    return list(await session.scalars(statement))


async def parts_of(session: AsyncSession, ids: Sequence[UUID], order_id: UUID) -> dict[UUID, Parts]:
    """Items of this order and containers, by shipment."""
    found = {shipment_id: Parts() for shipment_id in ids}
    items = (
        select(ShipmentItem)
        .where(ShipmentItem.shipment_id.in_(ids), ShipmentItem.purchase_order_id == order_id)
        .order_by(ShipmentItem.sequence)
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


async def input_of(session: AsyncSession, facts: OrderFacts, shipment: Shipment, parts: Parts) -> ShipmentInput:
    """The shipment as it is stored, for the checks."""
    used = [one.sscc for one in parts.containers if one.sscc]
    elsewhere = await session.scalars(
        select(ShipmentContainer.sscc).where(
            ShipmentContainer.sscc.in_(used), ShipmentContainer.shipment_id != shipment.id
        )
    )
    return await _input(
        session,
        facts,
        shipment,
        items=tuple(Held(item.sequence, item.units) for item in parts.items if item.units),
        containers=tuple(container_of(one) for one in parts.containers),
        sscc_elsewhere=frozenset(one for one in elsewhere if one),
        before={item.sequence: item.confirmed_units for item in parts.items if item.confirmed_units},
    )


async def input_of_body(
    session: AsyncSession, facts: OrderFacts, shipment: Shipment, parts: Parts, body: wire.ShipmentIn
) -> ShipmentInput:
    """The shipment as somebody is about to write it."""
    used = [one.sscc for one in body.containers if one.sscc]
    elsewhere = await session.scalars(
        select(ShipmentContainer.sscc).where(
            ShipmentContainer.sscc.in_(used), ShipmentContainer.shipment_id != shipment.id
        )
    )
    written = await _input(
        session,
        facts,
        shipment,
        items=tuple(Held(item.sequence, item.units) for item in body.items if item.units),
        containers=tuple(
            Container(
                one.kind, one.number, one.sscc or None, one.pallet, one.tracking or None, one.weight_kg,
                tuple(Held(held.sequence, held.units) for held in one.contents),
            )
            for one in body.containers
        ),
        sscc_elsewhere=frozenset(one for one in elsewhere if one),
        before={item.sequence: item.confirmed_units for item in parts.items if item.confirmed_units},
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


async def _input(session: AsyncSession, facts: OrderFacts, shipment: Shipment, **over: Any) -> ShipmentInput:
    order = facts.order
    elsewhere = await shipped_units(session, order.id, but=shipment.id)
    lines = {
        line.sequence: Line(
            line.sequence, line.asin, line.vendor_product_identifier, line.unit_of_measure, line.unit_size,
            facts.confirmed(line.sequence), elsewhere.get(line.sequence, 0),
        )
        for line in facts.lines
    }  # fmt: skip
    marketplace = find_marketplace(order.marketplace_id)
    windowed = order.window_start is not None and order.window_end is not None
    values: dict[str, Any] = {
        "identifier": shipment.identifier,
        "po_number": order.po_number,
        "vendor_code": order.vendor_code,
        "country": marketplace.country if marketplace else "",
        "freight": shipment.freight,
        "window": (order.window_start, order.window_end) if windowed else None,
        "order_open": facts.open,
        "ship_to": shipment.ship_to,
        "order_ship_to": order.ship_to,
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
        "lines": lines,
        "first_confirmed_at": shipment.first_confirmed_at,
        "delivered_at": shipment.delivered_at,
    }
    return ShipmentInput(**{**values, **over})


def container_of(one: ShipmentContainer) -> Container:
    contents = tuple(Held(str(each["sequence"]), int(each["units"])) for each in one.contents if each.get("units"))
    return Container(one.kind, one.number, one.sscc, one.pallet_number, one.tracking_number, one.weight_kg, contents)
