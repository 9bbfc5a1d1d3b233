"""What people can be told about, and what each of them wants to hear where: asked before a mail about an event leaves."""

from collections.abc import Mapping
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
    SHIPMENT_NOT_SENT = "shipment_not_sent"
    ORDER_CHANGED = "order_changed"
    PROMISE_DUE = "promise_due"
    EXCEPTION_CRITICAL = "exception_critical"
    RULE_ENABLED = "rule_enabled"
    RULE_WATCH = "rule_watch"
    IMPORT_FINISHED = "import_finished"
    IMPORT_PARKED = "import_parked"
    STOCK_AGEING = "stock_ageing"
    STOCK_BELOW_ZERO = "stock_below_zero"
    CONNECTION_TROUBLE = "connection_trouble"
    EXPORT_READY = "export_ready"
    ACCESS_CHANGED = "access_changed"
    ACCESS_REQUESTED = "access_requested"
    MENTIONED = "mentioned"
    ASSIGNED = "assigned"


class Channels(BaseModel):
    """Where one kind of notice goes. `digest`: the mail waits for the person's daily hour."""

    model_config = ConfigDict(extra="forbid")

    in_app: bool = True
    email: bool = True
    digest: bool = False


QUIET: Final = {Notice.ORDER_HELD: Channels(email=False), Notice.IMPORT_FINISHED: Channels(email=False)}
DIGEST_AT: Final = "08:00"
URGENT: Final = frozenset({Notice.ORDER_DUE_SOON, Notice.SHIPMENT_NOT_SENT})
"""About a deadline: quiet hours do not hold it back."""
STANDING: Final = frozenset(
    {
        Notice.ORDER_HELD, Notice.ORDER_DUE_SOON, Notice.ANSWER_FAILED, Notice.SHIPMENT_NOT_SENT, Notice.ORDER_CHANGED,
        Notice.PROMISE_DUE, Notice.IMPORT_PARKED, Notice.ASSIGNED, Notice.EXCEPTION_CRITICAL,
        Notice.RULE_WATCH,
        Notice.STOCK_AGEING, Notice.STOCK_BELOW_ZERO,
    }
)  # fmt: skip
"""About a state that lasts: open until it is over, read or not. Any other is open until it is read."""

_WISHES = text(
    """select u.preferences, (select o.time_zone from memberships m join organizations o on o.id = m.organization_id
        where m.user_id = u.id order by o.name, o.id limit 1)
    from users u where lower(u.email) = lower(:email)"""
)


def channels_of(notice: Notice, stored: Mapping[str, Any]) -> Channels:
    """What a person wants of one kind of notice; what they never said is the default."""
    given = dict(stored.get("notices", {})).get(notice.value)
    return Channels.model_validate(given) if given is not None else QUIET.get(notice, Channels())


def digest_due(stored: Mapping[str, Any], workspace_zone: str | None, at: datetime) -> datetime:
    """The person's next daily hour after `at`, in their zone, else that of their workspace."""
    local = at.astimezone(ZoneInfo(stored.get("time_zone") or workspace_zone or "UTC"))
    due = _on(local, str(stored.get("digest_at") or DIGEST_AT))
    return due if due > local else due + timedelta(days=1)


def quiet_end(stored: Mapping[str, Any], workspace_zone: str | None, at: datetime) -> datetime | None:
    """When the person's quiet hours end, if `at` lies in them; they may go over midnight. None: it is not quiet."""
    begin, end = stored.get("quiet_from"), stored.get("quiet_until")
    if not begin or not end or begin == end:
        return None
    local = at.astimezone(ZoneInfo(stored.get("time_zone") or workspace_zone or "UTC"))
    start, stop = _on(local, begin), _on(local, end)
    if begin < end:
        return stop if start <= local < stop else None
    if local >= start:
        return _on(local + timedelta(days=1), end)
    return stop if local < stop else None


def _on(day: datetime, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


async def mail_due(session: AsyncSession, email: str, notice: Notice) -> tuple[bool, datetime | None]:
    """Whether a mail about this should leave for that address, and when: None = now. Who has no account gets it."""
    row = (await session.execute(_WISHES, {"email": email})).one_or_none()
    if row is None:
        return True, None
    wanted = channels_of(notice, row[0])
    if wanted.digest:
        return True, digest_due(row[0], row[1], now())
    return wanted.email, None if notice in URGENT else quiet_end(row[0], row[1], now())
