"""Making and changing shipments: a draft from what is confirmed and has not left, written whole, thrown away."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.catalog.logistics.tables import Warehouse
from oktee.journal.record import person
from oktee.kit.clock import now as present
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.acts import (
    OVERTAKEN,
    ShipmentChanged,
    ShipmentLocked,
    changed,
    check_open,
    lock_shipment,
    note,
    settle_trouble,
    unsent,
)
from oktee.modules.supply.shipments.boxes import number_rest, packables_of, put_boxes
from oktee.modules.supply.shipments.facts import Cargo, OrderFacts, open_units, parts_of, read_order, shipments_of
from oktee.modules.supply.shipments.measuring import propose
from oktee.modules.supply.shipments.overtaken import differences
from oktee.modules.supply.shipments.rules.packing import TooManyCartons, pack
from oktee.modules.supply.shipments.rules.sourcing import warehouses_of
from oktee.modules.supply.shipments.sourcing import kind_of, mode_of, own_warehouses, split, workspace_warehouse
from oktee.modules.supply.shipments.written import freight_now

MOST_DRAFTS = 50


class NothingToShip(Conflict):
    """Amazon shows nothing of this order as confirmed that has not been put into a shipment."""


class IdentifierUsed(Conflict):
    """Another shipment of this account has that identifier."""


async def create(session: AsyncSession, caller: Caller, order_id: UUID) -> list[Shipment]:
    """Drafts of everything that is confirmed and in no shipment yet, in full cases: one for each warehouse that the decision
    takes it from. Raises NotFound, NothingToShip."""
    facts = await read_order(session, order_id, lock=True)
    others = await shipments_of(session, order_id)
    left = await open_units(session, [facts])
    if not left:
        raise NothingToShip(
            "There is nothing to ship: Amazon shows nothing of this order as confirmed that is in no shipment yet."
        )
    from_where = await split(session, [facts], left)
    codes = warehouses_of(from_where.values())
    if len(others) + len(codes) > MOST_DRAFTS:
        raise NothingToShip(f"This order has {len(others)} shipments already.")
    settings, _ = await read_settings(session)
    own = await own_warehouses(session, settings)
    made = []
    for code in codes:
        units = {
            line.sequence: here
            for line in facts.lines
            if (here := from_where.get((order_id, line.sequence), {}).get(code, 0))
        }
        ship_from = own.get(code or "") or workspace_warehouse(settings)
        made.append(await _draft(session, caller, facts, units, code, ship_from))
    return made


async def _draft(
    session: AsyncSession,
    caller: Caller,
    facts: OrderFacts,
    units: Mapping[str, int],
    code: str | None,
    ship_from: wire.ShipmentWarehouse,
) -> Shipment:
    order = facts.order
    shipment = Shipment(
        id=new_id(),
        connection_id=order.connection_id,
        identifier=await free_identifier(session, order),
        purchase_order_id=order.id,
        order_ids=[order.id],
        origin="oktee",
        freight=facts.freight,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        brands=order.brands,
        ship_to=order.ship_to,
        warehouse=code,
        ship_from=ship_from.model_dump(),
        shipment_type=kind_of(facts.terms),
        transportation_mode=mode_of(facts.terms),
        version=1,
        created_by_id=caller.user_id,
        created_by_name=caller.name,
    )
    session.add(shipment)
    await session.flush()
    held = [
        ShipmentItem(
            shipment_id=shipment.id, purchase_order_id=order.id, po_number=order.po_number, sequence=sequence, units=each,
        )
        for sequence, each in units.items()
    ]  # fmt: skip
    session.add_all(held)
    await session.flush()
    cargo = Cargo((facts,))
    try:
        cartons = pack(packables_of(cargo, held))
    except TooManyCartons:
        cartons = []  # a person splits the shipment first; the finding says that cartons are missing
    await put_boxes(session, shipment, cartons)
    await propose(session, cargo, shipment)
    payload: dict[str, object] = {"units": sum(units.values())} | ({"warehouse": code} if code else {})
    await note(session, cargo, shipment, "shipment.created", actor=person(caller), payload=payload)
    return shipment


async def change(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, body: wire.ShipmentIn
) -> Shipment:
    """Write a shipment whole. Raises NotFound, ShipmentChanged (with each field that is something else now), ShipmentLocked,
    IdentifierUsed, Invalid."""
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=None)
    if shipment.version != body.version:
        parts = (await parts_of(session, [shipment.id]))[shipment.id]
        raise ShipmentChanged(OVERTAKEN, errors=differences(shipment, parts, body, first=cargo.first.po_number))
    check_body(cargo, body)
    identifier = body.identifier.strip()
    if identifier != shipment.identifier:
        if shipment.transport not in (None, "cancelled", "failed") or shipment.confirmation not in (None, "failed"):
            raise Invalid(
                "The identifier is fixed once the shipment was sent.",
                errors=(FieldError("/identifier", "identifier_fixed", "It was sent under this identifier."),),
            )
        if identifier and await _identifier_taken(session, shipment.connection_id, identifier):
            raise IdentifierUsed("Another shipment has this identifier. Amazon takes each once in 365 days.")
        shipment.identifier = identifier
    await _put_warehouse(session, shipment, body.warehouse)
    shipment.ship_from = body.ship_from.model_dump()
    for name in (
        "shipment_type", "transportation_mode", "ship_at", "deliver_at", "pickup_at", "weight_kg", "volume_m3",
        "weight_proposed", "volume_proposed",
    ):  # fmt: skip
        setattr(shipment, name, getattr(body, name))
    for name in ("carrier_scac", "carrier_reference", "bill_of_lading"):
        setattr(shipment, name, (getattr(body, name) or "").strip() or None)
    shipment.ship_to, shipment.freight = cargo.first.ship_to, freight_now(cargo, shipment)
    _move_timer(shipment)
    await _put_items(session, cargo, shipment, body.items)
    await session.execute(delete(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id))
    for one in body.containers:
        session.add(
            ShipmentContainer(
                shipment_id=shipment.id, kind=one.kind, number=one.number, sscc=(one.sscc or "").strip() or None,
                pallet_number=one.pallet, tracking_number=(one.tracking or "").strip() or None,
                weight_kg=one.weight_kg, weight_proposed=one.weight_proposed,
                contents=[
                    {
                        "po_number": held.po_number or cargo.first.po_number, "sequence": held.sequence,
                        "units": held.units,
                    }
                    for held in one.contents
                ],
            )
        )  # fmt: skip
    if unsent(shipment):  # what Amazon has is labelled already: there only a person asks for numbers
        await number_rest(session, shipment)
    await changed(session, caller, cargo, shipment)
    return shipment


async def _put_warehouse(session: AsyncSession, shipment: Shipment, code: str | None) -> None:
    if code in (None, shipment.warehouse):
        shipment.warehouse = code
        return
    if await session.scalar(select(Warehouse.id).where(Warehouse.code == code)) is None:
        fault = FieldError("/warehouse", "unknown_warehouse", "There is no such warehouse.")
        raise Invalid("There is no such warehouse.", errors=(fault,))
    shipment.warehouse = code


async def discard(session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, *, version: int) -> None:
    """Throw a draft away that never left. Raises NotFound, ShipmentChanged, ShipmentLocked."""
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=version)
    if not unsent(shipment):
        raise ShipmentLocked("It was sent to Amazon already, so it stays.")
    await note(session, cargo, shipment, "shipment.discarded", actor=person(caller), payload={})
    await settle_trouble(session, shipment)
    await session.delete(shipment)


async def free_identifier(session: AsyncSession, order: PurchaseOrder) -> str:
    """The next identifier of a shipment of this order that no other has: Amazon takes each once in 365 days."""
    number = 1
    while await _identifier_taken(session, order.connection_id, f"{order.po_number}-{number}"):
        number += 1
    return f"{order.po_number}-{number}"


async def _identifier_taken(session: AsyncSession, connection_id: UUID, identifier: str) -> bool:
    statement = select(Shipment.id).where(Shipment.connection_id == connection_id, Shipment.identifier == identifier)
    return (await session.execute(statement)).first() is not None


def check_body(cargo: Cargo, body: wire.ShipmentIn) -> None:
    """What the store itself could not hold: lines twice or of another order, containers twice, moments without an offset."""
    first = cargo.first.po_number
    known = {(each.order.po_number, line.sequence) for each in cargo.orders for line in each.lines}
    faults: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for place, item in enumerate(body.items):
        key = (item.po_number or first, item.sequence)
        if key not in known or key in seen:
            faults.append(FieldError(f"/items/{place}/sequence", "line_unknown", "No such line, or named twice."))
        seen.add(key)
    names: set[tuple[str, int]] = set()
    for place, one in enumerate(body.containers):
        if (one.kind, one.number) in names:
            faults.append(FieldError(f"/containers/{place}/number", "number_twice", "This number is used twice."))
        names.add((one.kind, one.number))
        for at, held in enumerate(one.contents):
            if (held.po_number or first, held.sequence) not in known:
                faults.append(
                    FieldError(f"/containers/{place}/contents/{at}/sequence", "line_unknown", "No such line.")
                )
    for name in ("ship_at", "deliver_at", "pickup_at"):
        moment = getattr(body, name)
        if moment is not None and moment.tzinfo is None:
            faults.append(FieldError(f"/{name}", "offset_missing", "A moment needs its offset."))
    if faults:
        raise Invalid("The shipment cannot be kept like this.", errors=tuple(faults))


def _move_timer(shipment: Shipment) -> None:
    """What is confirmed when it departs is so at the departure as it is written now; without one, or with one that is over,
    a person confirms it."""
    if shipment.send_at is None:
        return
    shipment.send_at = shipment.ship_at if shipment.ship_at is not None and shipment.ship_at > present() else None


async def _put_items(session: AsyncSession, cargo: Cargo, shipment: Shipment, items: Sequence[wire.ItemUnits]) -> None:
    """Lines that a confirmation in effect holds stay, with no units: Amazon is told that they did not leave."""
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    known = {(item.po_number, item.sequence): item for item in parts.items}
    wanted = {(item.po_number or cargo.first.po_number, item.sequence): item for item in items}
    for key, item in known.items():
        said = wanted.get(key)
        if said is not None:
            item.units = said.units
            item.lot_number, item.expires_on = (said.lot_number or "").strip() or None, said.expires_on
        elif item.confirmed_units:
            item.units = 0
        else:
            await session.delete(item)
    for key in sorted(wanted.keys() - known.keys()):
        facts, said = cargo.of(key[0]), wanted[key]
        if said.units and facts is not None:
            session.add(
                ShipmentItem(
                    shipment_id=shipment.id, purchase_order_id=facts.order.id, po_number=key[0], sequence=key[1],
                    units=said.units, lot_number=(said.lot_number or "").strip() or None, expires_on=said.expires_on,
                )
            )  # fmt: skip
    await session.flush()
