"""Who is away from when until when, and who stands in for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.teams.keeping import check_members
from oktee.access.teams.tables import Absence
from oktee.kit.clock import now
from oktee.kit.errors import field_error

LONGEST: Final = timedelta(days=366)


async def find_absence(session: AsyncSession, user_id: UUID) -> Absence | None:
    """The one that is now or to come."""
    statement = select(Absence).where(Absence.user_id == user_id, Absence.until_at > now())
    return await session.scalar(statement.execution_options(populate_existing=True))


async def put_absence(
    session: AsyncSession, user_id: UUID, *, from_at: datetime, until_at: datetime, substitute_id: UUID | None
) -> Absence:
    """Replaces the one before. Raises Invalid."""
    if until_at <= from_at:
        raise field_error("/until_at", "ends_before_it_begins", "An absence ends after it begins.")
    if until_at <= now():
        raise field_error("/until_at", "over_already", "This absence is over already.")
    if until_at - from_at > LONGEST:
        raise field_error("/until_at", "too_long", "An absence is a year at most.")
    if substitute_id is not None:
        if substitute_id == user_id:
            raise field_error("/substitute_id", "yourself", "Somebody else stands in for you.")
        await check_members(session, [substitute_id], "/substitute_id")
    values = {"from_at": from_at, "until_at": until_at, "substitute_id": substitute_id}
    statement = insert(Absence).values(user_id=user_id, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "user_id"], set_=values | {"updated_at": now()}
        )
    )
    found = await find_absence(session, user_id)
    assert found is not None
    return found


async def end_absence(session: AsyncSession, user_id: UUID) -> bool:
    """Back, or not away after all. Answers whether there was one."""
    gone = await session.scalar(delete(Absence).where(Absence.user_id == user_id).returning(Absence.user_id))
    return gone is not None


async def stands_in_for(session: AsyncSession, user_id: UUID) -> frozenset[UUID]:
    """The people whose work is this person's at the moment, themselves included."""
    at = now()
    rows = await session.execute(
        select(Absence.user_id, Absence.substitute_id).where(Absence.from_at <= at, Absence.until_at > at)
    )
    return reached(dict(rows.all()), user_id)


def those_of(person: Any) -> Select[Any]:
    """The same people as a select of their ids (`person`: an id in SQL), for a statement that asks for their work too."""
    at = func.now()
    away = select(Absence.user_id, Absence.substitute_id).where(Absence.from_at <= at, Absence.until_at > at)
    now_away, others = away.subquery(), away.subquery()
    mine = select(cast(person, Uuid).label("id")).cte("mine", recursive=True)
    here = select(now_away.c.user_id).where(now_away.c.user_id == person).exists()
    more = select(others.c.user_id).join(mine, others.c.substitute_id == mine.c.id).where(~here)
    return select(mine.union(more).c.id)


def reached(away: Mapping[UUID, UUID | None], user_id: UUID) -> frozenset[UUID]:
    """Whose chain of substitutes leads to this person (away: person -> substitute)."""
    found = {user_id}
    if user_id in away:  # who is away themselves stands in for nobody
        return frozenset(found)
    while True:
        more = {who for who, other in away.items() if other in found} - found
        if not more:
            return frozenset(found)
        found |= more
