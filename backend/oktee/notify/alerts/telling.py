"""tell(): an alert in the caller's transaction, to whoever it concerns: a row in their inbox, and a mail where they want one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now
from oktee.kit.database import before_commit, new_id
from oktee.kit.work import schedule
from oktee.notify.alerts.mailing import ALERTS, DIGEST, send_to_mailbox
from oktee.notify.alerts.tables import MutedCause, Notification
from oktee.notify.notices import URGENT, Notice, channels_of, digest_due, quiet_end
from oktee.notify.outbox import publish
from oktee.notify.recipients import EVERYWHERE, Place, Recipient, Roster, read_roster, recipients

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Alert:
    """What happened to which object (its type, id and label as the journal says them).

    `facts`: values that the sentence names, no secret; `details`: more of them, for whoever sees all of the object. `cause`: what can be muted; by default the event itself. `version`:
    the same event about the same object is news only with another one. `action`: open, or fix. Whom it concerns is asked
    of notify/recipients.py with `people`, `teams`, `place`, `permission` and `module`. `but`: whoever did it.
    `mail` False: a mail of its own says it already.
    """

    notice: Notice
    object_type: str
    object_id: str
    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    cause: str | None = None
    version: str = ""
    action: str = "open"
    due_at: datetime | None = None
    people: tuple[UUID, ...] = ()
    teams: tuple[UUID, ...] = ()
    place: Place = EVERYWHERE
    permission: str | None = None
    module: str = "supply"
    but: UUID | None = None
    mail: bool = True


async def tell(session: AsyncSession, *alerts: Alert) -> None:
    """Told with the act or not at all: written as the transaction's last act, when who has the object is known."""
    waiting: list[Alert] = session.info.setdefault("alerts", [])
    if not waiting and alerts:

        async def write() -> None:
            told = list(waiting)
            waiting.clear()
            await _write(session, told)

        before_commit(session, write)
    waiting += alerts


async def settle(
    session: AsyncSession, object_type: str, object_ids: Iterable[UUID | str], notices: Iterable[Notice] | None = None
) -> None:
    """These objects need nobody any more (for these notices; by default all): their alerts are over."""
    conditions = [
        Notification.object_type == object_type, Notification.object_id.in_(sorted(str(each) for each in object_ids)),
        Notification.resolved_at.is_(None),
    ]  # fmt: skip
    if notices is not None:
        conditions.append(Notification.notice.in_(sorted(each.value for each in notices)))
    statement = update(Notification).where(*conditions).values(resolved_at=func.now()).returning(Notification.user_id)
    for user_id in sorted(set(await session.scalars(statement))):
        await publish(session, "notification.changed", user_id=str(user_id))


async def _write(session: AsyncSession, alerts: Sequence[Alert]) -> None:
    roster = await read_roster(session)
    muted = {
        (user_id, cause) for user_id, cause in (await session.execute(select(MutedCause.user_id, MutedCause.cause)))
    }
    at = now()
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    mailboxes: dict[str, tuple[Recipient, list[Alert]]] = {}
    for alert in alerts:
        cause = alert.cause or alert.notice.value
        found = await recipients(
            session, kind=alert.object_type, object_id=alert.object_id, people=alert.people, teams=alert.teams,
            place=alert.place, permission=alert.permission, module=alert.module, roster=roster,
        )  # fmt: skip
        for one in found:
            if one.user_id is None:
                if alert.mail:
                    mailboxes.setdefault(one.email, (one, []))[1].append(alert)
            elif one.user_id != alert.but and (one.user_id, cause) not in muted:
                row = _row(alert, one, cause, at)
                if row is not None:
                    rows[one.user_id, row["notice"], row["object_type"], row["object_id"]] = row
    fresh = await _put(session, [rows[key] for key in sorted(rows, key=str)])
    await _schedule(session, fresh, roster)
    news = {(row.notice, row.object_type, row.object_id) for row in fresh}
    for mailbox, told in mailboxes.values():
        heard = [each for each in told if (each.notice.value, each.object_type, each.object_id) in news]
        if heard:
            await send_to_mailbox(session, mailbox, [(each, at) for each in heard])


def _row(alert: Alert, one: Recipient, cause: str, at: datetime) -> dict[str, Any] | None:
    """What this person is told, by their wishes; None when they want to hear nothing of it."""
    wanted = channels_of(alert.notice, one.preferences)
    in_app, digest = wanted.in_app and one.in_app, wanted.digest and one.mail and alert.mail
    mail_due_at = None
    if wanted.email and one.mail and alert.mail:
        mail_due_at = at if alert.notice in URGENT else quiet_end(one.preferences, one.zone, at) or at
    if not (in_app or digest or mail_due_at):
        return None
    return {
        "id": new_id(), "user_id": one.user_id, "notice": alert.notice.value, "cause": cause,
        "object_type": alert.object_type, "object_id": alert.object_id, "object_label": alert.label,
        "action": alert.action, "facts": dict(alert.facts) | (dict(alert.details) if one.sees_all else {}), "version": alert.version, "due_at": alert.due_at,
        "instead_of": one.instead_of, "marketplace_id": alert.place.marketplace_id,
        "vendor_code": alert.place.vendor_code, "brands": list(alert.place.brands), "in_app": in_app,
        "digest": digest, "mail_due_at": mail_due_at, "at": at, "times": 1,
    }  # fmt: skip


async def _put(session: AsyncSession, rows: list[dict[str, Any]]) -> list[Notification]:
    """Answers the rows that are news: new, or with another version than before."""
    fresh: list[Notification] = []
    for begin in range(0, len(rows), AT_ONCE):
        statement = insert(Notification).values(rows[begin : begin + AT_ONCE])
        new = statement.excluded
        changed = {
            name: getattr(new, name)
            for name in (
                "cause", "object_label", "action", "facts", "version", "due_at", "instead_of", "marketplace_id",
                "vendor_code", "brands", "in_app", "digest", "mail_due_at", "at",
            )
        }  # fmt: skip
        upsert = statement.on_conflict_do_update(
            index_elements=["organization_id", "user_id", "notice", "object_type", "object_id"],
            index_where=Notification.resolved_at.is_(None),
            set_=changed | {
                "times": Notification.times + 1, "read_at": None, "mailed_at": None, "snoozed_until": None,
            },
            where=or_(Notification.version != new.version),
        ).returning(Notification)  # fmt: skip
        fresh += (await session.execute(upsert, execution_options={"populate_existing": True})).scalars().all()
    return fresh


async def _schedule(session: AsyncSession, fresh: Iterable[Notification], roster: Roster) -> None:
    """The mails, one item of work a person; and the word to their open pages."""
    at_once: dict[UUID, datetime] = {}
    daily: set[UUID] = set()
    told: set[UUID] = set()
    for row in fresh:
        told.add(row.user_id)
        if row.mail_due_at is not None:
            at_once[row.user_id] = min(row.mail_due_at, at_once.get(row.user_id, row.mail_due_at))
        if row.digest:
            daily.add(row.user_id)
    for user_id, due_at in sorted(at_once.items()):
        await schedule(session, ALERTS, str(user_id), due_at=due_at)
    for user_id in sorted(daily):
        member = roster.members[user_id]
        await schedule(session, DIGEST, str(user_id), due_at=digest_due(member.preferences, member.zone, now()))
    for user_id in sorted(told):
        await publish(session, "notification.changed", user_id=str(user_id))
