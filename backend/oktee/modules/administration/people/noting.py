"""What changed among the people of a workspace, told to its audit log and its open pages."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.people.members import Change
from oktee.journal.record import Actor, Subject, person, record
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish


async def note(
    session: AsyncSession, caller: Caller | Actor, kind: str, *, subject: Subject, payload: dict[str, Any] | None = None
) -> None:
    """One audit entry, and the word to the open pages that access has changed."""
    actor = person(caller) if isinstance(caller, Caller) else caller
    await record(session, kind, actor=actor, subject=subject, payload=payload, audit=True)
    await publish(session, "access.changed")


async def note_change(session: AsyncSession, caller: Caller | Actor, kind: str, change: Change) -> None:
    """Before and after, and what ended with it."""
    payload = {
        "before": change.before, "after": change.after,
        "ended_sessions": change.ended_sessions, "ended_keys": change.ended_keys,
    }  # fmt: skip
    await note(session, caller, kind, subject=of_user(change.user_id, change.name), payload=payload)
    if change.after:
        by = caller.user_id if isinstance(caller, Caller) else None
        await tell(
            session,
            Alert(
                Notice.ACCESS_CHANGED, "user", str(change.user_id), change.name, version=str(change.after),
                people=(change.user_id,), but=by,
            ),
        )  # fmt: skip


def of_user(user_id: UUID, name: str) -> Subject:
    return Subject("user", str(user_id), name)
