"""Which exceptions an act is about: named one by one, or by the filter of the list with how many it matched."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.teams.absences import stands_in_for
from oktee.kit.clock import now as present
from oktee.kit.errors import Invalid, field_error
from oktee.modules.supply.desk.bulk.choosing import CountMoved
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wanted import Wanted, read_wanted
from oktee.modules.supply.exceptions.wire import MOST, ExceptionFilterIn, ExceptionsChosenIn

MIDNIGHT = "midnight"
"""Since when the reader's day began."""


def midnight_in(time_zone: str) -> datetime:
    """When the day began there."""
    zone = ZoneInfo(time_zone)
    return datetime.combine(present().astimezone(zone).date(), datetime.min.time(), zone)


async def wanted_of(session: AsyncSession, given: ExceptionFilterIn, time_zone: str, user_id: UUID) -> Wanted:
    """`user_id`: who `me` is. Raises Invalid."""
    return read_wanted(
        **given.model_dump(exclude={"since"}),
        since=_since(given.since, time_zone),
        mine=await stands_in_for(session, user_id),
    )


def _since(word: str | None, time_zone: str) -> datetime | None:
    if word is None:
        return None
    if word == MIDNIGHT:
        return midnight_in(time_zone)
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        raise field_error("/since", "unknown_value", "Give an instant with its offset, or midnight.") from None


async def choose(session: AsyncSession, caller: Caller, chosen: ExceptionsChosenIn) -> list[UUID]:
    """Their ids. Raises CountMoved, Invalid for too many."""
    if chosen.ids is not None:
        return chosen.ids
    assert chosen.filter is not None, "the model asks for one of the two"
    wanted = await wanted_of(session, chosen.filter, caller.time_zone, caller.user_id)
    statement = (
        select(OrderException.id)
        .where(*wanted.conditions(), OrderException.updated_at <= chosen.as_of)
        .order_by(OrderException.id)
        .limit(MOST + 1)
    )
    found = list((await session.execute(statement)).scalars())
    if len(found) > MOST:
        raise Invalid(f"One act takes at most {MOST} exceptions. Narrow the filter.")
    if len(found) != chosen.expected_count:
        raise CountMoved(
            f"Of {chosen.expected_count} exceptions {len(found)} are as they were shown. Look at the list again."
        )
    return found
