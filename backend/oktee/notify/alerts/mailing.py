"""Mails about alerts: at once (after quiet hours) and once a day; each asks at its last moment what is still open."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.members import ACTIVE
from oktee.access.scope import Scope
from oktee.access.tables import Membership, Organization, User
from oktee.access.teams.tables import Absence
from oktee.access.workspaces import names_of
from oktee.kit.clock import now
from oktee.kit.crypto import sign
from oktee.kit.database import organization_of
from oktee.kit.settings import settings
from oktee.kit.work import Item, Kind, schedule
from oktee.notify.alerts.tables import MutedCause, Notification
from oktee.notify.alerts.words import Line, line_of
from oktee.notify.mail import send_mail
from oktee.notify.notices import STANDING, Notice, channels_of, digest_due
from oktee.notify.recipients import WHOLE, Place, Recipient

if TYPE_CHECKING:
    from oktee.notify.alerts.telling import Alert

MOST: Final = 50
"""Lines in one mail; the rest is a number."""
DIGEST_OF: Final = "digest"
"""What the link at the end of a daily mail ends: the daily mail of every event."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose mail it is."""

    user: User
    organization: Organization
    scope: Scope | None
    away_until: datetime | None

    def wants(self, row: Notification, channel: str) -> bool:
        """Their wish of this moment, and what they may see at this moment."""
        place = Place(row.marketplace_id, row.vendor_code, tuple(row.brands), row.object_type in WHOLE)
        return bool(getattr(channels_of(Notice(row.notice), self.user.preferences), channel)) and place.within(
            self.scope
        )

    @property
    def zone(self) -> str:
        return str(self.user.preferences.get("time_zone") or self.organization.time_zone)


def still_open(at: datetime) -> ColumnElement[bool]:
    """What still needs its reader: a state that lasts until it is over, any other until it is read; nothing that is put
    aside or muted."""
    muted = select(MutedCause.cause).where(
        MutedCause.user_id == Notification.user_id, MutedCause.cause == Notification.cause
    )
    standing = Notification.notice.in_(sorted(each.value for each in STANDING))
    return and_(
        Notification.resolved_at.is_(None),
        or_(standing, Notification.read_at.is_(None)),
        or_(Notification.snoozed_until.is_(None), Notification.snoozed_until <= at),
        ~muted.exists(),
    )


async def _find_reader(session: AsyncSession, user_id: UUID) -> _Reader | None:
    organization_id = organization_of(session)
    row = (
        await session.execute(
            select(User, Organization, Membership.scope, Absence.until_at)
            .select_from(Membership)
            .join(User, User.id == Membership.user_id)
            .join(Organization, Organization.id == Membership.organization_id)
            .outerjoin(Absence, and_(Absence.user_id == User.id, Absence.from_at <= now(), Absence.until_at > now()))
            .where(
                Membership.organization_id == organization_id, Membership.user_id == user_id,
                Membership.state == ACTIVE, User.disabled_at.is_(None),
            )
        )
    ).one_or_none()  # fmt: skip
    return None if row is None else _Reader(row[0], row[1], Scope.read(row[2]), row[3])


async def _alerts(item: Item) -> None:
    """Everything that is due for one person in one mail. What came to an end meanwhile is not in it."""
    user_id, at = UUID(item.key), now()
    async with item.record() as session:
        reader = await _find_reader(session, user_id)
        if reader is None:
            return
        waiting = and_(
            Notification.user_id == user_id, Notification.mail_due_at.is_not(None), Notification.mailed_at.is_(None)
        )
        due = await session.scalars(
            select(Notification)
            .where(waiting, Notification.mail_due_at <= at, still_open(at))
            .order_by(Notification.at, Notification.id)
        )
        rows = [row for row in due if reader.wants(row, "email")]
        await session.execute(update(Notification).where(waiting, Notification.mail_due_at <= at).values(mailed_at=at))
        if rows:
            await _send(session, reader, rows, "alerts")
        later = await session.scalar(select(func.min(Notification.mail_due_at)).where(waiting, still_open(at)))
        if later is not None:
            await schedule(session, ALERTS, item.key, due_at=later)


async def _digest(item: Item) -> None:
    """Once a day what is still open at this moment; without anything there is no mail. Whoever is away gets it on return."""
    user_id, at = UUID(item.key), now()
    async with item.record() as session:
        reader = await _find_reader(session, user_id)
        if reader is None:
            return
        asked = await session.scalars(
            select(Notification)
            .where(Notification.user_id == user_id, Notification.digest, still_open(at))
            .order_by(Notification.at, Notification.id)
        )
        rows = [row for row in asked if reader.wants(row, "digest")]
        if not rows:
            return
        if reader.away_until is None:
            await _send(session, reader, rows, "digest")
        after = max(at, reader.away_until or at)
        due_at = digest_due(reader.user.preferences, reader.organization.time_zone, after)
        await schedule(session, DIGEST, item.key, due_at=due_at)


async def _send(session: AsyncSession, reader: _Reader, rows: Sequence[Notification], template: str) -> None:
    user, organization = reader.user, reader.organization
    away = await names_of(row.instead_of for row in rows)
    lines = [
        line_of(
            slug=organization.slug, notice=row.notice, object_type=row.object_type, object_id=row.object_id,
            label=row.object_label, facts=row.facts, due_at=row.due_at, zone=reader.zone, locale=user.locale,
            instead_of=away.get(row.instead_of) if row.instead_of else None,
        )
        for row in rows
    ]  # fmt: skip
    notices = {row.notice for row in rows}
    ending = DIGEST_OF if template == "digest" else notices.pop() if len(notices) == 1 else "email"
    await _mail(
        session, to=user.email, template=template, locale=user.locale, lines=lines, name=user.name, slug=organization.slug,
        unsubscribe=unsubscribe_link(user.id, ending),
    )  # fmt: skip


async def send_to_mailbox(
    session: AsyncSession, mailbox: Recipient, alerts: Sequence[tuple["Alert", datetime]]
) -> None:
    """The same to the mailbox of a team; who leads people takes its address away in Users & roles."""
    organization = await session.get_one(Organization, organization_of(session))
    lines = [
        line_of(
            slug=organization.slug, notice=alert.notice.value, object_type=alert.object_type,
            object_id=alert.object_id, label=alert.label, facts=alert.facts, due_at=alert.due_at, zone=mailbox.zone,
            locale=mailbox.locale,
        )
        for alert, _ in alerts
    ]  # fmt: skip
    await _mail(
        session, to=mailbox.email, template="alerts", locale=mailbox.locale, lines=lines, name=mailbox.name,
        slug=organization.slug, unsubscribe=None,
    )  # fmt: skip


async def _mail(
    session: AsyncSession, *, to: str, template: str, locale: str, lines: Sequence[Line], name: str, slug: str,
    unsubscribe: str | None,
) -> None:  # fmt: skip
    page = "people?tab=teams" if unsubscribe is None else "profile"
    values = {
        "name": name, "lines": lines[:MOST], "more": max(0, len(lines) - MOST), "count": len(lines),
        "inbox": f"{settings().public_url}/{slug}/notifications",
        "manage": f"{settings().public_url}/{slug}/administration/{page}", "unsubscribe": unsubscribe,
    }  # fmt: skip
    await send_mail(
        session, to=to, template=template, locale=locale, values=values, organization_id=organization_of(session)
    )


def unsubscribe_link(user_id: UUID, what: str) -> str:
    """Ends mails of this kind (a notice, `digest`, or `email` for all at once) without signing in. The words travel after
    the #, so that no log has them."""
    return f"{settings().public_url}/unsubscribe#{user_id}.{what}.{_mark(user_id, what)}"


def read_unsubscribe(token: str) -> tuple[UUID, str] | None:
    """Whose and what, of a token as a link carries it; None for anything else."""
    parts = token.split(".")
    try:
        user_id, what, mark = UUID(parts[0]), parts[1], parts[2]
    except (ValueError, IndexError):
        return None
    return (user_id, what) if len(parts) == 3 and _same(mark, _mark(user_id, what)) else None


def _mark(user_id: UUID, what: str) -> str:
    return sign("unsubscribe", f"{user_id}.{what}".encode())[:32]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


ALERTS: Final = Kind("alert_mail", run=_alerts, queue="interactive", timeout=30.0, attempts=20)
"""Key: a person. Everything that is due for them leaves in one mail."""
DIGEST: Final = Kind("alert_digest", run=_digest, queue="interactive", timeout=30.0, attempts=20)
"""Key: a person. Dated for their daily hour as long as anything is open."""
