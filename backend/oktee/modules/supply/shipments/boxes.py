"""Cartons and pallets of a shipment as they are kept: packed, added to, numbered."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrderLine
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentContainer, ShipmentItem
from oktee.kit.errors import FieldError, Invalid
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.shipments import wire
from oktee.modules.supply.shipments.acts import changed, check_open, lock_shipment, unsent
from oktee.modules.supply.shipments.facts import Cargo, OrderFacts, parts_of
from oktee.modules.supply.shipments.rules.inputs import Key
from oktee.modules.supply.shipments.rules.packing import MOST_CARTONS, Packable, PackedCarton, TooManyCartons, pack
from oktee.modules.supply.shipments.rules.sscc import sscc
from oktee.modules.supply.shipments.tables import SsccSerial

Name = tuple[str, int]
"""The kind and the number of a container."""


async def repack(
    session: AsyncSession, caller: Caller, order_id: UUID, shipment_id: UUID, body: wire.ShipmentPackingIn
) -> Shipment:
    """Pack anew what it holds. Numbers that containers have already stay theirs. Raises as `writing.change`."""
    cargo, shipment, _ = await lock_shipment(session, order_id, shipment_id)
    check_open(shipment, version=body.version)
    if body.mode == "numbers":
        await number_rest(session, shipment)
        await changed(session, caller, cargo, shipment)
        return shipment
    parts = (await parts_of(session, [shipment.id]))[shipment.id]
    packables = packables_of(cargo, parts.items)
    try:
        on_one = MOST_CARTONS if body.mode == "pallets" and body.cartons_per_pallet is None else body.cartons_per_pallet
        cartons = pack(packables, one_carton=body.mode == "one_carton", cartons_per_pallet=on_one)
    except TooManyCartons as error:
        raise Invalid(
            "That makes more cartons than one shipment may hold. Split the shipment, or set the case pack.",
            errors=(FieldError("/mode", "too_many_cartons", str(error)),),
        ) from error
    await put_boxes(session, shipment, cartons, loose=body.mode == "pallets")
    await changed(session, caller, cargo, shipment)
    return shipment


def packables_of(cargo: Cargo, items: Sequence[ShipmentItem]) -> list[Packable]:
    """What is to be packed, order by order as the shipment names them."""
    place = {each.order.po_number: number for number, each in enumerate(cargo.orders)}
    found = []
    for item in sorted(items, key=lambda one: place.get(one.po_number, 0)):
        known = cargo.line(item.po_number, item.sequence)
        if known is not None and item.units:
            facts, line = known
            found.append(Packable((item.po_number, item.sequence), item.units, full_case(facts, line, item.units)))
    return found


def full_case(facts: OrderFacts, line: PurchaseOrderLine, units: int) -> int:
    """Eaches in a full case of it; where nobody knows cases of it (or it comes by the piece) all of it is in one carton."""
    case = facts.case_pack(line) or 0
    return case if case > 1 else units


async def put_boxes(
    session: AsyncSession, shipment: Shipment, cartons: Sequence[PackedCarton], *, loose: bool = False
) -> None:
    """These cartons and their pallets in place of what was there, each with its number where a prefix is set. `loose`: the
    pallets hold what the cartons would, and there are no cartons."""
    kept = await session.execute(
        select(ShipmentContainer.kind, ShipmentContainer.number, ShipmentContainer.sscc).where(
            ShipmentContainer.shipment_id == shipment.id
        )
    )
    numbers: dict[Name, str | None] = {(kind, number): name for kind, number, name in kept}
    await session.execute(delete(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id))
    await _put(session, shipment, cartons, numbers, loose=loose)


async def add_boxes(session: AsyncSession, shipment: Shipment, packables: Sequence[Packable]) -> None:
    """Cartons of what joins beside those that are there; on a pallet of their own where the shipment stands on pallets."""
    statement = (
        select(ShipmentContainer.kind, func.max(ShipmentContainer.number).label("number")).where(
            ShipmentContainer.shipment_id == shipment.id
        ).group_by(ShipmentContainer.kind)
    )  # fmt: skip
    last: dict[str, int] = {row.kind: row.number for row in await session.execute(statement)}
    cartons, pallets = last.get("carton", 0), last.get("pallet", 0)
    added = pack(packables)
    if cartons + len(added) > MOST_CARTONS:
        raise TooManyCartons(f"{cartons + len(added)} cartons")
    placed = [
        replace(one, number=cartons + one.number, pallet=pallets + 1 if pallets else None) for one in added
    ]  # fmt: skip
    await _put(session, shipment, placed, {}, loose=pallets > 0 and cartons == 0)


async def drop_from_boxes(session: AsyncSession, shipment: Shipment, po_number: str) -> None:
    """What one order had in them is taken out; a container that held nothing else goes."""
    statement = select(ShipmentContainer).where(ShipmentContainer.shipment_id == shipment.id)
    containers = list(await session.scalars(statement))
    emptied: list[ShipmentContainer] = []
    for one in containers:
        left = [held for held in one.contents if held.get("po_number") != po_number]
        if len(left) < len(one.contents):
            one.contents = left
            if not left:
                emptied.append(one)
    loaded = {one.pallet_number for one in containers if one not in emptied}
    bare = [
        one
        for one in containers
        if one.kind == "pallet" and not one.contents and one.number not in loaded and one not in emptied
    ]
    for one in [*emptied, *bare]:
        await session.delete(one)
    await session.flush()


async def take_serials(session: AsyncSession, prefix: str, count: int) -> int:
    """The first of so many serial numbers that nobody else is given."""
    statement = (
        insert(SsccSerial)
        .values(prefix=prefix, next_serial=count + 1)
        .on_conflict_do_update(constraint="pk_sscc_serials", set_={"next_serial": SsccSerial.next_serial + count})
        .returning(SsccSerial.next_serial)
    )
    return int((await session.execute(statement)).scalar_one()) - count


async def number_rest(session: AsyncSession, shipment: Shipment) -> None:
    """Containers that have no number get one where a prefix is set; those that have one keep it."""
    settings, _ = await read_settings(session)
    if not settings.gs1_prefix:
        return
    await session.flush()
    statement = (
        select(ShipmentContainer)
        .where(ShipmentContainer.shipment_id == shipment.id, ShipmentContainer.sscc.is_(None))
        .order_by(ShipmentContainer.kind, ShipmentContainer.number)
    )
    nameless = list(await session.scalars(statement))
    if nameless:
        first = await take_serials(session, settings.gs1_prefix, len(nameless))
        for place, one in enumerate(nameless):
            one.sscc = sscc(settings.gs1_prefix, first + place)


async def _put(
    session: AsyncSession,
    shipment: Shipment,
    cartons: Sequence[PackedCarton],
    numbers: dict[Name, str | None],
    *,
    loose: bool,
) -> None:
    made: list[Name] = [] if loose else [("carton", carton.number) for carton in cartons]
    made += [("pallet", number) for number in sorted({carton.pallet for carton in cartons if carton.pallet})]
    settings, _ = await read_settings(session)
    # A box that Amazon knows without a number stands labelled so somewhere: only who asks for numbers gives it one.
    nameless = [one for one in made if not numbers.get(one) and (unsent(shipment) or one not in numbers)]
    if settings.gs1_prefix and nameless:
        first = await take_serials(session, settings.gs1_prefix, len(nameless))
        numbers |= {one: sscc(settings.gs1_prefix, first + place) for place, one in enumerate(nameless)}
    held = {("carton", carton.number): carton for carton in cartons}
    on_pallet: dict[int | None, Counter[Key]] = defaultdict(Counter)
    for each in cartons if loose else ():
        for key, units in each.contents:
            on_pallet[each.pallet][key] += units
    for one in made:
        carton = held.get(one)
        session.add(
            ShipmentContainer(
                shipment_id=shipment.id, kind=one[0], number=one[1], sscc=numbers.get(one),
                pallet_number=carton.pallet if carton else None,
                contents=[
                    {"po_number": po_number, "sequence": sequence, "units": units}
                    for (po_number, sequence), units in (carton.contents if carton else on_pallet[one[1]].items())
                ],
            )
        )  # fmt: skip
    await session.flush()
