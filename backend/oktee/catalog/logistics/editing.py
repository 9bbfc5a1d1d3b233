"""One logistics rule at a time, as a person adds, changes or removes it; each act is in the journal and asks for new decisions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.following import schedule_after
from oktee.catalog.logistics.kinds import KINDS, Kind, Row
from oktee.catalog.logistics.tables import Carrier, FulfilmentCentre, StockPool, VendorTerms, Warehouse
from oktee.catalog.places import places
from oktee.journal.record import Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound


class StillNamed(Conflict):
    """Other rules name it; change or remove those first."""


async def list_rows(
    session: AsyncSession, kind: Kind, *, q: str | None = None, after: list[str] | None = None, limit: int | None = None
) -> tuple[list[Any], int]:
    """Rows by their keys, and how many there are in all. `after`: the keys of the last one seen."""
    table: Any = kind.table
    keys = [getattr(table, name) for name in kind.keys]
    conditions = []
    if q and q.strip():
        texts = [getattr(table, name) for name in kind.columns if name not in _NOT_TEXT]
        conditions.append(or_(*(each.icontains(q.strip(), autoescape=True) for each in texts)))
    count = await session.scalar(select(func.count()).select_from(table).where(*conditions))
    statement = select(table).where(*conditions).order_by(*keys)
    if after is not None:
        last = [
            date.fromisoformat(value) if name in _DAYS else value for name, value in zip(kind.keys, after, strict=True)
        ]
        statement = statement.where(tuple_(*keys) > tuple_(*last))
    if limit is not None:
        statement = statement.limit(limit)
    return list((await session.execute(statement)).scalars()), count or 0


_DAYS = ("first_day", "last_day")
_NOT_TEXT = ("capacity", "cut_off", "opens", "closes", "days", "rank", *_DAYS)


async def count_rows(session: AsyncSession) -> dict[str, int]:
    """How many there are of each kind."""
    parts = [select(func.count()).select_from(kind.table).scalar_subquery().label(kind.name) for kind in KINDS.values()]
    return dict((await session.execute(select(*parts))).mappings().one())


async def add_row(
    session: AsyncSession, kind: Kind, cells: Mapping[str, str], *, actor: Actor, modules: Sequence[str]
) -> Row:
    """`modules`: those that are switched on; they decide again what waits. Raises Invalid with the column of each fault; a row of that name may not be there yet."""
    made = await _read(session, kind, cells)
    table: Any = kind.table
    same = [getattr(table, name) == getattr(made, name) for name in kind.keys]
    if await session.scalar(select(table.id).where(and_(*same))) is not None:
        raise Invalid("It is there already.", errors=(_error(kind.file.required[0], "already_there"),))
    row: Any = table(**{name: getattr(made, name) for name in kind.columns}, as_of=now())
    session.add(row)
    await session.flush()
    await _changed(session, kind, row, "logistics.added", actor, modules, {"after": kind.cells(row)})
    return row  # type: ignore[no-any-return]  # one of the tables of KINDS


async def change_row(
    session: AsyncSession,
    kind: Kind,
    row_id: UUID,
    cells: Mapping[str, str],
    *,
    actor: Actor,
    modules: Sequence[str],
) -> Row:
    """What names the row stays as it is. Raises NotFound, Invalid."""
    row = await _get(session, kind, row_id)
    made = await _read(session, kind, cells)
    for name in kind.keys:
        if getattr(made, name) != getattr(row, name):
            raise Invalid("What names a row stays as it is.", errors=(_error(name, "fixed"),))
    before = kind.cells(row)
    for name in kind.values:
        setattr(row, name, getattr(made, name))
    after = kind.cells(row)
    if after != before:
        row.as_of, row.import_id = now(), None
        await session.flush()
        moved = [name for name in after if after[name] != before[name]]
        payload = {"before": {name: before[name] for name in moved}, "after": {name: after[name] for name in moved}}
        await _changed(session, kind, row, "logistics.changed", actor, modules, payload)
    return row  # type: ignore[no-any-return]  # one of the tables of KINDS


async def remove_row(session: AsyncSession, kind: Kind, row_id: UUID, *, actor: Actor, modules: Sequence[str]) -> None:
    """Raises NotFound; StillNamed for a warehouse or a calendar that something else needs."""
    row = await _get(session, kind, row_id)
    for column, said in _NAMED.get(kind.name, ()):
        name = getattr(row, kind.keys[0])
        if await session.scalar(select(func.count()).where(column == name)):
            raise StillNamed(said)
    cells = kind.cells(row)
    await session.delete(row)
    await session.flush()
    await _changed(session, kind, row, "logistics.removed", actor, modules, {"before": cells})


_NAMED: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "warehouses": (
        (VendorTerms.warehouse, "Vendor codes name this warehouse. Give them another one first."),
        (StockPool.warehouse, "Pools name this warehouse. Take it out of them first."),
    ),
    "calendars": (
        (Warehouse.calendar, "Warehouses name this calendar. Give them another one first."),
        (Carrier.calendar, "Carriers name this calendar. Give them another one first."),
        (FulfilmentCentre.calendar, "Fulfilment centres name this calendar. Give them another one first."),
    ),
    "carriers": ((VendorTerms.carrier, "Vendor codes name this carrier. Give them another one first."),),
}
"""What names a row of a kind, and what is said then."""


async def _get(session: AsyncSession, kind: Kind, row_id: UUID) -> Any:
    table: Any = kind.table
    row = await session.scalar(select(table).where(table.id == row_id).with_for_update())
    if row is None:
        raise NotFound("There is no such row.")
    return row


async def _read(session: AsyncSession, kind: Kind, cells: Mapping[str, str]) -> Any:
    made, faults = kind.file.read_form(cells, places)
    errors = [_error(fault.column, fault.code) for fault in faults]
    if made is not None:
        for column, (table, name, code) in kind.needs.items():
            wanted = getattr(made, column)
            other: Any = KINDS[table].table
            if wanted and await session.scalar(select(other.id).where(getattr(other, name) == wanted)) is None:
                errors.append(_error(column, code))
    if errors or made is None:
        raise Invalid("Some fields cannot stay as they are.", errors=tuple(errors))
    return made


def _error(column: str, code: str) -> FieldError:
    return FieldError(f"/values/{column}", code, _SAYS.get(code, "This cannot be read."))


_SAYS = {
    "required": "This is missing.",
    "too_long": "This is too long.",
    "unprintable": "There are characters in it that nobody can see.",
    "not_a_number": "This is not a number.",
    "not_whole": "Only whole numbers are possible.",
    "ambiguous_number": "Write the number without separators.",
    "scientific_notation": "Write the number out.",
    "too_large": "This is too much.",
    "too_small": "This is too little.",
    "unit_required": "Say what is counted.",
    "invalid_country": "Write the country as two letters.",
    "invalid_date": "Write the day as YYYY-MM-DD.",
    "ends_before_it_begins": "It ends before it begins.",
    "invalid_vendor_code": "A vendor code has five letters and digits.",
    "unknown_word": "Choose one of the words that are offered.",
    "unknown_marketplace": "This is not one marketplace.",
    "unknown_time_zone": "Write the zone as Europe/Paris.",
    "invalid_time": "Write the hour as 14:00.",
    "invalid_weekday": "Name days of the week.",
    "invalid_centre": "A fulfilment centre has three to ten letters and digits.",
    "several_destinations": "Name a centre, a zone or a country, and only one of them.",
    "unknown_warehouse": "There is no such warehouse.",
    "unknown_calendar": "There is no such calendar.",
    "unknown_carrier": "There is no such carrier.",
    "unknown_holidays": "No public holidays are known for it.",
    "already_there": "There is such a row already.",
    "fixed": "What names a row stays as it is.",
}


async def _changed(
    session: AsyncSession,
    kind: Kind,
    row: Any,
    what: str,
    actor: Actor,
    modules: Sequence[str],
    payload: dict[str, Any],
) -> None:
    subject = Subject("logistics", str(row.id), kind.label(row))
    await record(session, what, actor=actor, subject=subject, payload={"kind": kind.name} | payload, audit=True)
    await schedule_after(session, modules)
