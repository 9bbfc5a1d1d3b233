"""Making and changing shipments: a draft from what is confirmed and has not left, its packing, its numbers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_store import shipped_units
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.journal.record import Actor, Subject, person, record
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound
from oktee.modules.supply.answering import correlation
from oktee.modules.supply.settings import SupplySettings, read_settings
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.facts import OrderFacts, parts_of, read_order, shipments_of
from oktee.modules.supply.shipments.reading import lock_of
from oktee.modules.supply.shipments.rules.packing import MOST_CARTONS, Packable, PackedCarton, TooManyCartons, pack
from oktee.modules.supply.shipments.rules.sscc import sscc
from oktee.modules.supply.shipments.tables import SsccSerial
from oktee.notify.outbox import publish

MOST_DRAFTS = 50


class NothingToShip(Conflict):
    """Amazon shows nothing of this order as confirmed that has not been put into a shipment."""


class ShipmentChanged(Conflict):
    """Somebody changed the shipment after this page was read."""


class ShipmentLocked(Conflict):
    """The shipment cannot be changed now: it is on its way to Amazon, made elsewhere, delivered, or older than a week."""


class IdentifierUsed(Conflict):
    """Another shipment of this account has that identifier."""


async def create(session: AsyncSession, caller: Caller, order_id: UUID) -> Shipment:
    """A draft of everything that is confirmed and in no shipment yet, in full cases. Raises NotFound, NothingToShip."""
    facts = await read_order(session, order_id, lock=True)
    order = facts.order
    others = await shipments_of(session, order_id)
    if len(others) >= MOST_DRAFTS:
        raise NothingToShip(f"This order has {len(others)} shipments already.")
    left = await _left(session, facts, others)
    items = [(line, left[line.sequence]) for line in facts.lines if left.get(line.sequence, 0) > 0]
    if not facts.open or not items:
        raise NothingToShip(
            "There is nothing to ship: Amazon shows nothing of this order as confirmed that is in no shipment yet."
        )
    settings, _ = await read_settings(session)
    shipment = Shipment(
        id=new_id(),
        connection_id=order.connection_id,
        identifier=await free_identifier(session, order),
        purchase_order_id=order.id,
        origin="oktee",
        freight=order.freight,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
        brands=order.brands,
        ship_to=order.ship_to,
        ship_from=_warehouse(settings),
        shipment_type="LessThanTruckLoad",
        version=1,
        created_by_id=caller.user_id,
        created_by_name=caller.name,
    )
    session.add(shipment)
    await session.flush()
    for line, units in items:
        session.add(
            ShipmentItem(
                shipment_id=shipment.id, purchase_order_id=order.id, po_number=order.po_number,
                sequence=line.sequence, units=units,
            )
        )  # fmt: skip
    await session.flush()
    packables = [Packable(line.sequence, units, facts.case_pack(line) or units) for line, units in items]
    try:
        cartons = pack(packables)
    except TooManyCartons:
        cartons = []  # a person splits the shipment first; the finding says that cartons are missing
    await _put_cartons(session, order, shipment, cartons)
    await note(
        session, order, shipment, "shipment.created", actor=person(caller), payload={"units": sum(left.values())}
    )
    return shipment


async def change(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, body: wire.ShipmentIn
) -> Shipment:
    """Write a shipment whole. Raises NotFound, ShipmentChanged, ShipmentLocked, IdentifierUsed, Invalid."""
    facts = await read_order(session, order_id, lock=True)
    shipment = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=body.version)
    check_body(facts, body)
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
    shipment.ship_from = body.ship_from.model_dump()
    for name in ("shipment_type", "ship_at", "deliver_at", "pickup_at", "weight_kg", "volume_m3"):
        setattr(shipment, name, getattr(body, name))
    for name in ("carrier_scac", "carrier_reference", "bill_of_lading"):
        setattr(shipment, name, (getattr(body, name) or "").strip() or None)
    shipment.ship_to = facts.order.ship_to
    await _put_items(session, facts.order, shipment, body.items)
    await session.execute(delete(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id))
    for one in body.containers:
        session.add(
            ShipmentContainer(
                shipment_id=shipment.id, kind=one.kind, number=one.number, sscc=(one.sscc or "").strip() or None,
                pallet_number=one.pallet, tracking_number=(one.tracking or "").strip() or None,
                weight_kg=one.weight_kg,
                contents=[
                    {"po_number": facts.order.po_number, "sequence": held.sequence, "units": held.units}
                    for held in one.contents
                ],
            )
        )  # fmt: skip
    await _changed(session, caller, facts.order, shipment)
    return shipment


async def repack(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, body: wire.ShipmentPackingIn
) -> Shipment:
    """Pack anew what it holds. Numbers that containers have already stay theirs. Raises as `change`."""
    facts = await read_order(session, order_id, lock=True)
    shipment = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=body.version)
    parts = (await parts_of(session, [shipment.id], order_id))[shipment.id]
    lines = {line.sequence: line for line in facts.lines}
    packables = [
        Packable(item.sequence, item.units, facts.case_pack(lines[item.sequence]) or item.units)
        for item in parts.items
        if item.units and item.sequence in lines
    ]
    try:
        on_one = MOST_CARTONS if body.mode == "pallets" and body.cartons_per_pallet is None else body.cartons_per_pallet
        cartons = pack(packables, one_carton=body.mode == "one_carton", cartons_per_pallet=on_one)
    except TooManyCartons as error:
        raise Invalid(
            "That makes more cartons than one shipment may hold. Split the shipment, or set the case pack.",
            errors=(FieldError("/mode", "too_many_cartons", str(error)),),
        ) from error
    await _put_cartons(session, facts.order, shipment, cartons, loose=body.mode == "pallets")
    await _changed(session, caller, facts.order, shipment)
    return shipment


async def discard(session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, *, version: int) -> None:
    """Throw a draft away that never left. Raises NotFound, ShipmentChanged, ShipmentLocked."""
    facts = await read_order(session, order_id, lock=True)
    shipment = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=version)
    if shipment.first_confirmed_at is not None or shipment.transport == "seen":
        raise ShipmentLocked("It was sent to Amazon already, so it stays.")
    await note(session, facts.order, shipment, "shipment.discarded", actor=person(caller), payload={})
    await session.delete(shipment)


async def lock_shipment(session: AsyncSession, order_id: UUID, shipment_id: UUID) -> Shipment:
    """The shipment, locked; the order's row is locked before it. Raises NotFound."""
    statement = select(Shipment).where(Shipment.id == shipment_id, Shipment.purchase_order_id == order_id)
    found = (await session.execute(statement.with_for_update())).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such shipment.")
    return found


def check_open(shipment: Shipment, *, version: int) -> None:
    """Raises ShipmentLocked, ShipmentChanged."""
    locked = lock_of(shipment)
    if locked is not None:
        raise ShipmentLocked(
            {
                "in_flight": "It is on its way to Amazon. Wait until it is seen there.",
                "outside": "It was made outside OKTee, so it cannot be changed here.",
                "delivered": "It has arrived, so it cannot be changed any more.",
                "week_over": "It was confirmed more than a week ago; Amazon takes no replacement any more.",
            }[locked]
        )
    if shipment.version != version:
        raise ShipmentChanged("Somebody else changed this shipment after you opened it. Reload to see theirs.")


async def note(
    session: AsyncSession,
    order: PurchaseOrder,
    shipment: Shipment,
    kind: str,
    *,
    actor: Actor,
    payload: dict[str, object],
) -> None:
    """The audit entry of a person's act, under the order, and the live event."""
    await record(
        session,
        kind,
        actor=actor,
        subject=Subject("order", str(order.id), order.po_number),
        payload={"shipment": shipment.identifier} | payload,
        audit=True,
        correlation_id=correlation(order),
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        brand=order.brand,
    )
    await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def take_serials(session: AsyncSession, prefix: str, count: int) -> int:
    """The first of so many serial numbers that nobody else is given."""
    statement = (
        insert(SsccSerial)
        .values(prefix=prefix, next_serial=count + 1)
        .on_conflict_do_update(constraint="pk_sscc_serials", set_={"next_serial": SsccSerial.next_serial + count})
        .returning(SsccSerial.next_serial)
    )
    return int((await session.execute(statement)).scalar_one()) - count


async def _left(session: AsyncSession, facts: OrderFacts, others: Sequence[Shipment]) -> dict[str, int]:
    shipped = await shipped_units(session, facts.order.id)
    drafts = [one.id for one in others if one.first_confirmed_at is None and one.origin == "oktee"]
    open_ = (
        select(ShipmentItem.sequence, func.sum(ShipmentItem.units))
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(
            ShipmentItem.shipment_id.in_(drafts),
            ShipmentItem.purchase_order_id == facts.order.id,
            func.coalesce(Shipment.confirmation, "failed") == "failed",
        )
        .group_by(ShipmentItem.sequence)
    )
    drafted = {sequence: int(units) for sequence, units in await session.execute(open_)}
    return {
        line.sequence: max(
            0, facts.confirmed(line.sequence) - shipped.get(line.sequence, 0) - drafted.get(line.sequence, 0)
        )
        for line in facts.lines
    }


async def free_identifier(session: AsyncSession, order: PurchaseOrder) -> str:
    """The next identifier of a shipment of this order that no other has: Amazon takes each once in 365 days."""
    number = 1
    while await _identifier_taken(session, order.connection_id, f"{order.po_number}-{number}"):
        number += 1
    return f"{order.po_number}-{number}"


async def _identifier_taken(session: AsyncSession, connection_id: UUID, identifier: str) -> bool:
    statement = select(Shipment.id).where(Shipment.connection_id == connection_id, Shipment.identifier == identifier)
    return (await session.execute(statement)).first() is not None


def _warehouse(settings: SupplySettings) -> dict[str, str]:
    return wire.ShipmentWarehouse(
        party_id=settings.ship_from_id,
        name=settings.ship_from_name,
        line1=settings.ship_from_line1,
        city=settings.ship_from_city,
        postal_code=settings.ship_from_postal_code,
        country_code=settings.ship_from_country,
    ).model_dump()


def check_body(facts: OrderFacts, body: wire.ShipmentIn) -> None:
    """What the store itself could not hold: lines twice or of another order, containers twice, moments without an offset."""
    known = {line.sequence for line in facts.lines}
    faults: list[FieldError] = []
    seen: set[str] = set()
    for place, item in enumerate(body.items):
        if item.sequence not in known or item.sequence in seen:
            faults.append(FieldError(f"/items/{place}/sequence", "line_unknown", "No such line, or named twice."))
        seen.add(item.sequence)
    names: set[tuple[str, int]] = set()
    for place, one in enumerate(body.containers):
        if (one.kind, one.number) in names:
            faults.append(FieldError(f"/containers/{place}/number", "number_twice", "This number is used twice."))
        names.add((one.kind, one.number))
        for at, held in enumerate(one.contents):
            if held.sequence not in known:
                faults.append(
                    FieldError(f"/containers/{place}/contents/{at}/sequence", "line_unknown", "No such line.")
                )
    for name in ("ship_at", "deliver_at", "pickup_at"):
        moment = getattr(body, name)
        if moment is not None and moment.tzinfo is None:
            faults.append(FieldError(f"/{name}", "offset_missing", "A moment needs its offset."))
    if faults:
        raise Invalid("The shipment cannot be kept like this.", errors=tuple(faults))


async def _put_items(
    session: AsyncSession, order: PurchaseOrder, shipment: Shipment, items: Sequence[wire.HeldUnits]
) -> None:
    """Lines that a confirmation in effect holds stay, with no units: Amazon is told that they did not leave."""
    known = {item.sequence: item for item in (await parts_of(session, [shipment.id], order.id))[shipment.id].items}
    wanted = {item.sequence: item.units for item in items}
    for sequence, item in known.items():
        if sequence in wanted:
            item.units = wanted[sequence]
        elif item.confirmed_units:
            item.units = 0
        else:
            await session.delete(item)
    for sequence in wanted.keys() - known.keys():
        if wanted[sequence]:
            session.add(
                ShipmentItem(
                    shipment_id=shipment.id, purchase_order_id=order.id, po_number=order.po_number,
                    sequence=sequence, units=wanted[sequence],
                )
            )  # fmt: skip
    await session.flush()


async def _put_cartons(
    session: AsyncSession,
    order: PurchaseOrder,
    shipment: Shipment,
    cartons: Sequence[PackedCarton],
    *,
    loose: bool = False,
) -> None:
    """These cartons and their pallets in place of what was there, each with its number where a prefix is set. `loose`: the
    pallets hold what the cartons would, and there are no cartons."""
    kept = await session.execute(
        select(ShipmentContainer.kind, ShipmentContainer.number, ShipmentContainer.sscc).where(
            ShipmentContainer.shipment_id == shipment.id
        )
    )
    numbers = {(kind, number): name for kind, number, name in kept}
    await session.execute(delete(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id))
    made = [] if loose else [("carton", carton.number) for carton in cartons]
    made += [("pallet", number) for number in sorted({carton.pallet for carton in cartons if carton.pallet})]
    settings, _ = await read_settings(session)
    nameless = [one for one in made if not numbers.get(one)]
    if settings.gs1_prefix and nameless:
        first = await take_serials(session, settings.gs1_prefix, len(nameless))
        numbers |= {one: sscc(settings.gs1_prefix, first + place) for place, one in enumerate(nameless)}
    held = {("carton", carton.number): carton for carton in cartons}
    on_pallet: dict[int | None, Counter[str]] = defaultdict(Counter)
    for each in cartons if loose else ():
        for sequence, units in each.contents:
            on_pallet[each.pallet][sequence] += units
    for one in made:
        carton = held.get(one)
        session.add(
            ShipmentContainer(
                shipment_id=shipment.id, kind=one[0], number=one[1], sscc=numbers.get(one),
                pallet_number=carton.pallet if carton else None,
                contents=[
                    {"po_number": order.po_number, "sequence": sequence, "units": units}
                    for sequence, units in (carton.contents if carton else on_pallet[one[1]].items())
                ],
            )
        )  # fmt: skip
    await session.flush()


async def _changed(session: AsyncSession, caller: Caller, order: PurchaseOrder, shipment: Shipment) -> None:
    shipment.version += 1
    await session.flush()
    await note(
        session, order, shipment, "shipment.changed", actor=person(caller), payload={"version": shipment.version}
    )
