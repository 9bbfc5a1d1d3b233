"""Across the modules: a person's inbox. Grouped by what it is about, each thing with what can be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select

from oktee.access.caller import CallerIn, Session, needs, refuse_cross_site
from oktee.access.tables import User
from oktee.access.workspaces import names_of
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.kit.errors import NotFound, field_error
from oktee.modules.administration.identity.preferences import preferences_of
from oktee.notify.alerts import reading
from oktee.notify.alerts.mailing import DIGEST_OF, read_unsubscribe
from oktee.notify.alerts.reading import Box
from oktee.notify.alerts.tables import Notification
from oktee.notify.notices import Notice

router = APIRouter(prefix="/notifications", tags=["notifications"])
outside_router = APIRouter(tags=["administration"])
MINE = [needs("connection.read")]


class In(BaseModel):
    """An input takes the fields it names and no other."""

    model_config = ConfigDict(extra="forbid")


class NotificationItem(BaseModel):
    """One event about an object. `times`: how often it happened; `instead_of`: who is away and would have been told;
    `resolved`: it needs nobody any more."""

    id: UUID
    notice: Notice
    cause: str
    action: Literal["open", "fix"]
    facts: dict[str, Any]
    times: int
    at: datetime
    due_at: datetime | None
    instead_of: str | None
    read: bool
    snoozed_until: datetime | None
    resolved: bool


class NotificationGroup(BaseModel):
    """Everything about one object, newest first."""

    object_type: str
    object_id: str
    label: str
    at: datetime
    unread: int
    items: list[NotificationItem]


class Inbox(BaseModel):
    """A page of the inbox, and how much of it is unread."""

    groups: list[NotificationGroup]
    next: str | None
    unread: int


class Unread(BaseModel):
    """The number at the bell."""

    unread: int


class NotificationReadIn(In):
    """These, or everything that is open."""

    ids: list[UUID] | None = Field(default=None, max_length=500)
    read: bool = True


class NotificationSnoozeIn(In):
    """Put aside until then; null takes it back."""

    ids: list[UUID] = Field(min_length=1, max_length=500)
    until: AwareDatetime | None


class MuteIn(In):
    """A cause to hear no more of, or to hear of again."""

    cause: str = Field(min_length=1, max_length=200)
    muted: bool = True


class Muted(BaseModel):
    """A cause that is muted."""

    cause: str
    since: datetime


class MutedList(BaseModel):
    """What I muted, newest first."""

    causes: list[Muted]


class UnsubscriptionIn(In):
    """The words of the link."""

    token: str = Field(min_length=20, max_length=200)


class Unsubscription(BaseModel):
    """What no mail is sent about any more: a kind of notice, `digest`, or `email` for all."""

    ended: str


@router.get("", dependencies=MINE)
async def list_notifications(
    session: Session, caller: CallerIn, box: Box = "open", after: Annotated[str | None, Query(max_length=400)] = None
) -> Inbox:
    """What needs me: by object, newest first."""
    rows, following = await reading.list_notifications(session, caller.user_id, box=box, after=after)
    away = await names_of(row.instead_of for row in rows)
    return Inbox(
        groups=_grouped(rows, away), next=following, unread=await reading.count_unread(session, caller.user_id)
    )


@router.get("/unread", dependencies=MINE)
async def count_unread(session: Session, caller: CallerIn) -> Unread:
    """How much I have not read."""
    return Unread(unread=await reading.count_unread(session, caller.user_id))


@router.post("/readings", dependencies=MINE)
async def read_notifications(session: Session, caller: CallerIn, body: NotificationReadIn) -> Unread:
    """Mark as read, or as unread."""
    await reading.mark(session, caller.user_id, body.ids, read=body.read)
    return Unread(unread=await reading.count_unread(session, caller.user_id))


@router.post("/snoozes", dependencies=MINE)
async def snooze_notifications(session: Session, caller: CallerIn, body: NotificationSnoozeIn) -> Unread:
    """Put aside for later, or take back."""
    if body.until is not None and body.until <= now():
        raise field_error("/until", "over_already", "That moment is over.")
    await reading.snooze(session, caller.user_id, body.ids, body.until)
    return Unread(unread=await reading.count_unread(session, caller.user_id))


@router.get("/mutes", dependencies=MINE)
async def list_mutes(session: Session, caller: CallerIn) -> MutedList:
    """What I want to hear no more of."""
    found = await reading.list_muted(session, caller.user_id)
    return MutedList(causes=[Muted(cause=one.cause, since=one.created_at) for one in found])


@router.post("/mutes", dependencies=MINE)
async def mute_cause(session: Session, caller: CallerIn, body: MuteIn) -> MutedList:
    """Hear no more of a cause, or hear of it again."""
    if not await reading.knows(session, caller.user_id, body.cause):
        raise NotFound("You were never told of this cause.")
    await reading.mute(session, caller.user_id, body.cause, muted=body.muted)
    return await list_mutes(session, caller)


@outside_router.post("/notice-unsubscriptions", responses={403: {}, 404: {}})
async def end_notice_mails(body: UnsubscriptionIn, request: Request) -> Unsubscription:
    """No more mails of this kind, by the link of one; nobody has to be signed in."""
    refuse_cross_site(request)
    asked = read_unsubscribe(body.token)
    if asked is None:
        raise NotFound("This link is not whole.")
    user_id, what = asked
    async with global_session() as session:
        user = await session.scalar(
            select(User).where(User.id == user_id, User.disabled_at.is_(None)).with_for_update()
        )
        if user is None:
            raise NotFound("This link is not whole.")
        notices = preferences_of(user.preferences).notices
        for notice, channels in notices.items():
            if what == DIGEST_OF:
                channels.digest = False
            elif what in ("email", notice.value):
                channels.email = False
        told = {notice.value: channels.model_dump() for notice, channels in notices.items()}
        user.preferences = dict(user.preferences) | {"notices": told}
    return Unsubscription(ended=what)


def _grouped(rows: Sequence[Notification], away: dict[UUID, str]) -> list[NotificationGroup]:
    groups: dict[tuple[str, str], NotificationGroup] = {}
    for row in rows:
        key = (row.object_type, row.object_id)
        group = groups.get(key)
        if group is None:
            group = groups[key] = NotificationGroup(
                object_type=row.object_type, object_id=row.object_id, label=row.object_label, at=row.at, unread=0,
                items=[],
            )  # fmt: skip
        group.items.append(_item(row, away))
        group.unread += row.read_at is None
    return list(groups.values())


def _item(row: Notification, away: dict[UUID, str]) -> NotificationItem:
    return NotificationItem.model_validate(
        {
            "id": row.id, "notice": row.notice, "cause": row.cause, "action": row.action, "facts": row.facts,
            "times": row.times, "at": row.at, "due_at": row.due_at,
            "instead_of": away.get(row.instead_of) if row.instead_of else None, "read": row.read_at is not None,
            "snoozed_until": row.snoozed_until, "resolved": row.resolved_at is not None,
        }
    )  # fmt: skip
