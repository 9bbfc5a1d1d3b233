"""The shipments of one order as its page shows them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.kit.errors import NotFound
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import (
    OrderFacts,
    Parts,
    cargo_of,
    drafted_units,
    parts_of,
    read_orders,
    shipments_of,
    window_of,
)
from oktee.modules.supply.shipments.overtaken import Hand, last_hands
from oktee.modules.supply.shipments.rules.checks import (
    CONFIRM_WITHIN,
    REPLACE_WITHIN,
    check_confirmation,
    check_transport,
)
from oktee.modules.supply.shipments.rules.findings import Finding
from oktee.modules.supply.shipments.rules.inputs import ShipmentInput
from oktee.modules.supply.shipments.rules.measures import NOTHING
from oktee.modules.supply.shipments.sourcing import own_warehouses
from oktee.modules.supply.shipments.tables import ShipmentLabel, ShipmentSubmission
from oktee.modules.supply.shipments.written import input_of
from oktee.modules.supply.wire.words import Actor

UNDER_WAY = ("planned", "sending", "unknown", "sent")
LINGERS = timedelta(days=30)
"""A closing this long past is history and not shown."""


async def read_shipments(session: AsyncSession, order_id: UUID) -> wire.OrderShipments:
    """Raises NotFound."""
    shipments = await shipments_of(session, order_id)
    order_ids = {order_id, *(each for one in shipments for each in one.order_ids)}
    taken, hidden_shipments = await _taken(session, order_id, order_ids, shown=len(shipments))
    orders = await read_orders(session, order_ids)
    if order_id not in orders:
        raise NotFound("There is no such order.")
    facts = orders[order_id]
    ids = [shipment.id for shipment in shipments]
    parts = await parts_of(session, ids)
    submissions, labels = await _submissions(session, ids), await _labels(session, ids)
    settings, _ = await read_settings(session)
    hands = await last_hands(session, order_id) if shipments else {}
    shown = []
    for shipment in shipments:
        if shipment.purchase_order_id not in orders:
            continue  # its first order went a moment ago
        cargo, findings = cargo_of(shipment, orders), None
        if cargo.hidden == 0 and shipment.origin == "oktee" and lock_of(shipment) is None:
            findings = findings_of(await input_of(session, cargo, shipment, parts[shipment.id]))
        others = [
            wire.TravellingOrder(
                order_id=each.order.id, po_number=each.order.po_number, window=window_of(each),
                lines=_lines(each, taken),
            )
            for each in cargo.orders
            if each.order.id != order_id
        ]  # fmt: skip
        shown.append(
            _shipment(
                shipment, parts[shipment.id], submissions.get(shipment.id, []), labels.get(shipment.id, []), findings,
                others, first=cargo.first.po_number, hidden=cargo.hidden > 0, hand=hands.get(shipment.identifier),
            )
        )  # fmt: skip
    order, lines = facts.order, _lines(facts, taken)
    marketplace = find_marketplace(order.marketplace_id)
    return wire.OrderShipments(
        order_id=order.id,
        po_number=order.po_number,
        freight=facts.freight,
        ship_to=order.ship_to,
        window=window_of(facts),
        time_zone=marketplace.time_zone if marketplace else "UTC",
        order_open=facts.open,
        gs1_prefix=bool(settings.gs1_prefix),
        warehouses=[
            wire.OwnWarehouse(code=code, ship_from=ship_from)
            for code, ship_from in (await own_warehouses(session, settings)).items()
        ],
        lines=lines,
        shipments=shown,
        closings=_closings(facts, shipments, left=sum(max(0, line.confirmed - line.shipped) for line in lines)),
        hidden_lines=facts.hidden,
        hidden_shipments=hidden_shipments,
    )


def findings_of(shipment: ShipmentInput) -> wire.ShipmentFindings:
    """Everything that stands against confirming it now, and against having it fetched."""
    now = present()
    return wire.ShipmentFindings(
        confirmation=[finding(one) for one in check_confirmation(shipment, now=now)],
        transport=[finding(one) for one in check_transport(shipment, now=now)] if shipment.collect else [],
    )


def finding(one: Finding) -> wire.ShipmentFinding:
    return wire.ShipmentFinding(
        field=one.field, code=one.code, charge=one.charge, blocking=one.blocking, values=dict(one.values)
    )


def lock_of(shipment: Shipment, now: datetime | None = None) -> str | None:
    """Why a shipment cannot be changed now; None when it can."""
    if shipment.origin != "oktee":
        return "outside"
    if shipment.confirmation in UNDER_WAY or shipment.transport in UNDER_WAY:
        return "in_flight"
    if shipment.delivered_at is not None:
        return "delivered"
    until = replace_until(shipment)
    if until is not None and (now or present()) > until:
        return "week_over"
    return None


def replace_until(shipment: Shipment) -> datetime | None:
    """The last moment at which its confirmation may be replaced."""
    return None if shipment.first_confirmed_at is None else shipment.first_confirmed_at + REPLACE_WITHIN


def status_of(shipment: Shipment) -> str:
    """One word for where it stands: the confirmation where there is one, else the transport."""
    if shipment.origin != "oktee":
        return "outside"
    if shipment.send_at is not None:
        return "scheduled"
    state = shipment.confirmation or shipment.transport
    if state is None or state == "cancelled":
        return "draft"
    if state == "seen":
        return "seen" if shipment.confirmation else "requested"
    return {"planned": "sending", "sending": "sending", "failed": "failed"}.get(state, "processing")


def _shipment(
    shipment: Shipment,
    parts: Parts,
    submissions: Sequence[ShipmentSubmission],
    labels: Sequence[ShipmentLabel],
    findings: wire.ShipmentFindings | None,
    others: list[wire.TravellingOrder],
    *,
    first: str,
    hidden: bool,
    hand: Hand | None,
) -> wire.Shipment:
    plain = {
        name: getattr(shipment, name)
        for name in (
            "id", "identifier", "origin", "version", "freight", "ship_to", "warehouse", "shipment_type",
            "transportation_mode", "carrier_scac", "weight_proposed", "volume_proposed",
            "carrier_reference", "bill_of_lading", "ship_at", "deliver_at", "pickup_at", "weight_kg", "volume_m3",
            "transport", "confirmation", "first_confirmed_at", "amazon_reference", "amazon_status", "amazon_status_at",
            "pickup_scheduled_at", "carrier_name", "labelled_at", "delivered_at", "fetched_at", "created_at",
            "send_at", "send_trouble",
        )
    }  # fmt: skip
    outside = shipment.origin != "oktee"
    return wire.Shipment.model_validate(
        plain
        | {
            "status": status_of(shipment),
            "locked": lock_of(shipment),
            "ship_from": wire.ShipmentWarehouse(**(shipment.ship_from or {})),
            "replace_until": replace_until(shipment),
            "created_by": Actor(
                type="outside" if outside else "person", name=shipment.created_by_name or "outside OKTee"
            ),
            "changed_by": Actor(type="person", name=hand.name) if hand else None,
            "changed_at": hand.at if hand else None,
            "send_by": Actor(type="person", name=shipment.send_by_name) if shipment.send_by_name else None,
            "others": others,
            "partly": hidden,
            "items": [
                wire.ShipmentItem(
                    po_number=item.po_number, sequence=item.sequence, units=item.units, confirmed_units=item.confirmed_units,
                    shown_units=item.shown_units, lot_number=item.lot_number, expires_on=item.expires_on,
                )
                for item in parts.items
            ],
            "containers": [
                wire.ShipmentContainer.model_construct(
                    kind="carton" if one.kind == "carton" else "pallet",
                    number=one.number,
                    sscc=one.sscc,
                    pallet=one.pallet_number,
                    tracking=one.tracking_number,
                    weight_kg=one.weight_kg,
                    weight_proposed=one.weight_proposed,
                    contents=[
                        wire.HeldUnits(
                            po_number=str(held.get("po_number") or first), sequence=str(held["sequence"]),
                            units=int(held["units"]),
                        )
                        for held in one.contents
                        if held.get("units") and held.get("sequence")
                    ],
                )
                for one in parts.containers
            ],
            "hidden_contents": hidden,
            "submissions": [submission_of(one) for one in submissions],
            "labels": [
                wire.ShipmentLabel(
                    id=one.id, number=one.number, tracking_id=one.tracking_id, carrier_code=one.carrier_code,
                    size=one.size, labelled_at=one.labelled_at,
                )
                for one in labels
            ],
            "findings": findings,
        }
    )  # fmt: skip


def submission_of(one: ShipmentSubmission) -> wire.ShipmentSubmission:
    return wire.ShipmentSubmission.model_validate(
        {
            name: getattr(one, name)
            for name in (
                "number", "kind", "action", "state", "planned_at", "sent_at", "finished_at", "transaction_id",
                "transaction_status", "resends", "error",
            )
        }
        | {"planned_by": Actor(type="person", name=one.planned_by_name)}
    )  # fmt: skip


async def _submissions(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[ShipmentSubmission]]:
    found: dict[UUID, list[ShipmentSubmission]] = {}
    statement = (
        select(ShipmentSubmission)
        .where(ShipmentSubmission.shipment_id.in_(ids))
        .order_by(ShipmentSubmission.shipment_id, ShipmentSubmission.number)
    )
    for one in await session.scalars(statement):
        found.setdefault(one.shipment_id, []).append(one)
    return found


async def _labels(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[ShipmentLabel]]:
    found: dict[UUID, list[ShipmentLabel]] = {}
    statement = select(ShipmentLabel).where(ShipmentLabel.shipment_id.in_(ids)).order_by(ShipmentLabel.number)
    for one in await session.scalars(statement):
        found.setdefault(one.shipment_id, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Taken:
    """Units of each line (order, sequence) that have left, and that stand in drafts."""

    shipped: dict[tuple[UUID, str], int]
    drafted: dict[tuple[UUID, str], int]


async def _taken(
    session: AsyncSession, order_id: UUID, order_ids: Collection[UUID], *, shown: int
) -> tuple[_Taken, int]:
    """Of all shipments, also those that tell of an order which is not shown: what has left of a line is the line's own. And
    how many of this order's those are."""
    async with widened(session):
        taken = _Taken(await shipped_units(session, order_ids), await drafted_units(session, order_ids))
        there = await session.scalar(
            select(func.count()).select_from(Shipment).where(literal(order_id) == any_(Shipment.order_ids))
        )
    return taken, max(0, (there or 0) - shown)


def _lines(facts: OrderFacts, taken: _Taken) -> list[wire.ShippedLine]:
    found = []
    for line in facts.lines:
        decided, shown = facts.decided.get(line.sequence), facts.status.get(line.sequence)
        goods = facts.goods.get(line.sequence, NOTHING)
        key, confirmed = (facts.order.id, line.sequence), facts.confirmed(line.sequence)
        gone, drafted = taken.shipped.get(key, 0), taken.drafted.get(key, 0)
        found.append(
            wire.ShippedLine(
                sequence=line.sequence,
                asin=line.asin,
                sku=decided.sku if decided else None,
                title=decided.title if decided else None,
                vendor_product_identifier=line.vendor_product_identifier,
                unit_of_measure=line.unit_of_measure,
                unit_size=line.unit_size,
                case_pack=facts.case_pack(line),
                case_size_mm=list(goods.case_size_mm) if goods.case_size_mm else None,
                expiry_managed=goods.expiry_managed,
                shelf_life_days=goods.shelf_life_days,
                confirmed=confirmed,
                shipped=gone,
                drafted=drafted,
                left=max(0, confirmed - gone - drafted),
                received=shown.received_units if shown else None,
            )
        )
    return found


def _closings(facts: OrderFacts, shipments: Sequence[Shipment], *, left: int) -> list[wire.ShipmentClosing]:
    """What closes when, soonest first: the window of the order, and of each shipment the moments that cost something."""
    now, order = present(), facts.order
    found: list[wire.ShipmentClosing] = []

    def add(name: str, at: datetime | None, *, shipment: str | None = None, done: bool = False) -> None:
        if at is not None and at > now - LINGERS:
            found.append(
                wire.ShipmentClosing(name=name, shipment=shipment, at=at, over=at <= now, missed=at <= now and not done)
            )

    if facts.open and left > 0:
        add("window_start", order.window_start, done=True)
        add("window_end", order.window_end)
    for shipment in shipments:
        if shipment.origin != "oktee":
            continue
        confirmed = shipment.first_confirmed_at is not None
        if shipment.freight == "collect" and not confirmed:
            pickup = shipment.pickup_scheduled_at or shipment.pickup_at
            add("pickup", pickup, shipment=shipment.identifier, done=shipment.transport == "seen")
        if shipment.send_at is not None:
            add("send_at", shipment.send_at, shipment=shipment.identifier)
        if shipment.ship_at is not None and not confirmed:
            add("confirm_by", shipment.ship_at + CONFIRM_WITHIN, shipment=shipment.identifier)
        if confirmed and shipment.delivered_at is None:
            add("arrival", shipment.deliver_at, shipment=shipment.identifier, done=True)
            add("replace_until", replace_until(shipment), shipment=shipment.identifier, done=True)
    return sorted(found, key=lambda one: one.at)
