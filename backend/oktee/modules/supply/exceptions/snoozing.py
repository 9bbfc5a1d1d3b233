"""Exceptions out of sight for a while, and in sight again before it is over."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.kit.clock import now as present
from oktee.kit.errors import field_error
from oktee.modules.supply.exceptions.choosing import choose
from oktee.modules.supply.exceptions.fixing import tell
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import ExceptionsChosenIn, ExceptionSnoozeIn


async def snooze(session: AsyncSession, caller: Caller, body: ExceptionSnoozeIn) -> int:
    """Put these out of sight. Raises Invalid for a moment that is over, or none at all."""
    if body.until is None and not body.until_change:
        raise field_error("/until", "missing", "Until when, or until its data changes?")
    if body.until is not None and (body.until.tzinfo is None or body.until <= present()):
        raise field_error("/until", "in_the_past", "Give a moment to come, with its offset.")
    changed = await session.execute(
        update(OrderException)
        .where(OrderException.id.in_(await choose(session, caller, body)), OrderException.state != "resolved")
        .values(state="snoozed", snoozed_until=body.until, until_change=body.until_change)
        .returning(OrderException)
    )
    rows = changed.scalars().all()
    until = body.until.isoformat() if body.until else None
    await _note(session, caller, rows, "exception.snoozed", {"until": until, "until_change": body.until_change})
    return len(rows)


async def wake(session: AsyncSession, caller: Caller, body: ExceptionsChosenIn) -> int:
    """Bring these back into sight, whatever they were to wait for."""
    changed = await session.execute(
        update(OrderException)
        .where(OrderException.id.in_(await choose(session, caller, body)), OrderException.state == "snoozed")
        .values(state="open", snoozed_until=None, until_change=False)
        .returning(OrderException)
    )
    rows = changed.scalars().all()
    await _note(session, caller, rows, "exception.woken", {})
    return len(rows)


async def _note(
    session: AsyncSession, caller: Caller, rows: Sequence[OrderException], kind: str, payload: dict[str, Any]
) -> None:
    if not rows:
        return
    first = rows[0]
    await record(
        session,
        kind,
        actor=person(caller),
        subject=Subject("exception", str(first.id), first.cause),
        payload={"exceptions": [str(row.id) for row in rows], **payload},
        audit=True,
        marketplace_id=first.marketplace_id,
        vendor_code=first.vendor_code,
    )
    await tell(session, rows)
