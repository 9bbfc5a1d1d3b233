"""What people can be told about, and what each of them wants to hear where: asked before a mail about an event leaves."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now


class Notice(StrEnum):
    """What a person can be told about."""

    ORDER_HELD = "order_held"
    ORDER_DUE_SOON = "order_due_soon"
    ANSWER_FAILED = "answer_failed"
    IMPORT_FINISHED = "import_finished"
    CONNECTION_TROUBLE = "connection_trouble"
    EXPORT_READY = "export_ready"
    ACCESS_CHANGED = "access_changed"


class Channels(BaseModel):
    """Where one kind of notice goes. `digest`: the mail waits for the person's daily hour."""

    model_config = ConfigDict(extra="forbid")

    in_app: bool = True
    email: bool = True
    digest: bool = False


QUIET: Final = {Notice.ORDER_HELD: Channels(email=False), Notice.IMPORT_FINISHED: Channels(email=False)}
DIGEST_AT: Final = "08:00"

_WISHES = text(
    """select u.preferences, (select o.time_zone from memberships m join organizations o on o.id = m.organization_id
        where m.user_id = u.id order by o.name, o.id limit 1)
    from users u where lower(u.email) = lower(:email)"""
)


def channels_of(notice: Notice, stored: dict[str, Any]) -> Channels:
    """What a person wants of one kind of notice; what they never said is the default."""
    given = dict(stored.get("notices", {})).get(notice.value)
    return Channels.model_validate(given) if given is not None else QUIET.get(notice, Channels())


def digest_due(stored: dict[str, Any], workspace_zone: str | None, at: datetime) -> datetime:
    """The person's next daily hour after `at`, in their zone, else that of their workspace."""
    zone = ZoneInfo(stored.get("time_zone") or workspace_zone or "UTC")
    hour, minute = str(stored.get("digest_at") or DIGEST_AT).split(":")
    local = at.astimezone(zone)
    due = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


async def mail_due(session: AsyncSession, email: str, notice: Notice) -> tuple[bool, datetime | None]:
    """Whether a mail about this should leave for that address, and when: None = now. Who has no account gets it."""
    row = (await session.execute(_WISHES, {"email": email})).one_or_none()
    if row is None:
        return True, None
    wanted = channels_of(notice, row[0])
    if wanted.digest:
        return True, digest_due(row[0], row[1], now())
    return wanted.email, None
