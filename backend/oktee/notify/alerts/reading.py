"""A person's inbox: what is in it, read, put aside, muted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Double, and_, case, cast, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.notify.alerts.mailing import still_open
from oktee.notify.alerts.tables import MutedCause, Notification
from oktee.notify.outbox import publish

Box = Literal["open", "snoozed", "done"]
PAGE: Final = 200
FAR: Final = 1e11
"""Seconds, some three thousand years: later than any clock."""


def in_box(user_id: UUID, box: Box, at: datetime) -> list[ColumnElement[bool]]:
    """Which of a person's notifications a box holds. Open: what needs them, and what they have not read."""
    mine: list[ColumnElement[bool]] = [Notification.user_id == user_id, Notification.in_app.is_(True)]
    aside = and_(Notification.snoozed_until > at, Notification.resolved_at.is_(None))
    if box == "snoozed":
        return [*mine, aside]
    open_now = still_open(at)
    if box == "open":
        return [*mine, open_now]
    return [*mine, ~open_now, ~func.coalesce(aside, False)]


async def count_unread(session: AsyncSession, user_id: UUID) -> int:
    """The number at the bell."""
    unread = Notification.read_at.is_(None)
    counted = select(func.count()).where(*in_box(user_id, "open", now()), unread)
    return await session.scalar(counted) or 0


async def list_notifications(
    session: AsyncSession, user_id: UUID, *, box: Box, after: str | None
) -> tuple[Sequence[Notification], str | None]:
    """A page, and the mark of the next: what has a clock by the time left, then the newest first."""
    filters = {"box": box, "user": str(user_id)}
    key = _place(box)
    statement = select(Notification, key).where(*in_box(user_id, box, now()))
    if after is not None:
        place, last = open_cursor(after, filters=filters)
        statement = statement.where(tuple_(key, Notification.id) > tuple_(float(place), UUID(last)))
    found = (await session.execute(statement.order_by(key, Notification.id).limit(PAGE + 1))).all()
    rows = [row for row, _ in found]
    following = None
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        following = seal_cursor([repr(found[PAGE - 1][1]), str(rows[-1].id)], filters=filters)
    return rows, following


def _place(box: Box) -> ColumnElement[float]:
    """Where a notification stands: seconds, so that clocks come before all that is only news."""
    news = FAR - cast(func.extract("epoch", Notification.at), Double)
    if box != "open":
        return news
    runs = and_(Notification.due_at.is_not(None), Notification.resolved_at.is_(None))
    return case((runs, cast(func.extract("epoch", Notification.due_at), Double)), else_=news)


async def mark(session: AsyncSession, user_id: UUID, ids: Iterable[UUID] | None, *, read: bool) -> int:
    """Read or unread: these, or everything that is open. Answers how many changed."""
    return await _change(session, user_id, ids, {"read_at": func.now() if read else None}, _unlike(read))


def _unlike(read: bool) -> ColumnElement[bool]:
    return Notification.read_at.is_(None) if read else Notification.read_at.is_not(None)


async def snooze(session: AsyncSession, user_id: UUID, ids: Iterable[UUID], until: datetime | None) -> int:
    """Put aside until then; None takes it back."""
    return await _change(session, user_id, ids, {"snoozed_until": until}, Notification.resolved_at.is_(None))


async def _change(
    session: AsyncSession, user_id: UUID, ids: Iterable[UUID] | None, values: dict[str, Any], where: ColumnElement[bool]
) -> int:
    conditions = [Notification.user_id == user_id, Notification.in_app.is_(True), where]
    if ids is None:
        conditions.append(still_open(now()))
    else:
        conditions.append(Notification.id.in_(sorted(ids)))
    result = await session.execute(update(Notification).where(*conditions).values(values))
    assert isinstance(result, CursorResult)
    if result.rowcount:
        await publish(session, "notification.changed", user_id=str(user_id))
    return result.rowcount


async def mute(session: AsyncSession, user_id: UUID, cause: str, *, muted: bool) -> None:
    """Hear no more of a cause, or hear of it again."""
    if muted:
        row = insert(MutedCause).values(user_id=user_id, cause=cause)
        await session.execute(row.on_conflict_do_nothing())
    else:
        await session.execute(delete(MutedCause).where(MutedCause.user_id == user_id, MutedCause.cause == cause))
    await publish(session, "notification.changed", user_id=str(user_id))


async def list_muted(session: AsyncSession, user_id: UUID) -> list[MutedCause]:
    """What a person muted, newest first."""
    statement = select(MutedCause).where(MutedCause.user_id == user_id).order_by(MutedCause.created_at.desc())
    return list(await session.scalars(statement))


async def knows(session: AsyncSession, user_id: UUID, cause: str) -> bool:
    """Whether this person was ever told of the cause, or muted it: others cannot be muted."""
    told = select(Notification.id).where(Notification.user_id == user_id, Notification.cause == cause)
    muted = select(MutedCause.cause).where(MutedCause.user_id == user_id, MutedCause.cause == cause)
    return await session.scalar(select(or_(told.exists(), muted.exists()))) or False
