"""What becomes of a notification: its tenant by the subscription alone, one effect: the stream it names is fetched now."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.tables import AmazonConnection, InboxMessage, QuarantinedMessage, Subscription
from oktee.amazon.mirror.notification import Notification, Unreadable, read_event
from oktee.amazon.mirror.planning import COLLECTING, find_pollers
from oktee.amazon.mirror.runner import fetch_now
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.work import Item, Kind

BATCH: Final = 200
SLICE: Final = 20.0
DONE: Final = "done"
IGNORED: Final = "ignored"
QUARANTINED: Final = "quarantined"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Letter:
    """A kept message on its way: what it says, whose it is, and what becomes of it."""

    message: InboxMessage
    notification: Notification | None = None
    subscription: Subscription | None = None
    status: str = DONE
    reason: str | None = None

    def end(self, status: str, reason: str) -> None:
        self.status, self.reason = status, reason


async def drain(item: Item) -> None:
    """Take what is new, in batches. The effect comes before the mark, and twice is once: a crash in between only fetches
    again. Order and duplicates do not matter."""
    until = asyncio.get_running_loop().time() + SLICE
    while asyncio.get_running_loop().time() < until:
        letters = await _take(item)
        if not letters:
            break
        by_organization: dict[UUID, list[Letter]] = defaultdict(list)
        for letter in letters:
            if letter.subscription is not None:
                by_organization[letter.subscription.organization_id].append(letter)
        for organization_id, own in sorted(by_organization.items()):
            await _fetch(organization_id, own)
        await _mark(item, letters)
    else:
        async with item.record(now()):
            return
    async with item.record() as session:
        await session.execute(_FORGET)


INBOX: Final = Kind("inbox", run=drain, queue="interactive", timeout=55.0, attempts=1000)

_FORGET = text(
    """delete from inbox where id in (select id from inbox
    where status <> 'new' and handled_at < now() - interval '30 days' limit 1000)"""
)


async def _take(item: Item) -> list[Letter]:
    async with global_session() as session:
        await item.guard(session)
        query = select(InboxMessage).where(InboxMessage.status == "new").order_by(InboxMessage.received_at).limit(BATCH)
        letters = [Letter(message) for message in await session.scalars(query)]
        for letter in letters:
            try:
                letter.notification = read_event(letter.message.raw)
            except Unreadable as error:
                letter.end(QUARANTINED, str(error))
        ids = {each.notification.subscription_id for each in letters if each.notification}
        found = await session.scalars(select(Subscription).where(Subscription.subscription_id.in_(ids)))
        subscriptions = {each.subscription_id: each for each in found}
    for letter in letters:
        if letter.notification is None:
            continue
        letter.subscription = subscriptions.get(letter.notification.subscription_id or "")
        if letter.subscription is None:
            letter.end(IGNORED, "unknown_subscription")
        elif letter.subscription.notification_type != letter.notification.type:
            letter.end(QUARANTINED, "other_type_than_subscribed")
            letter.subscription = None
    return letters


async def _fetch(organization_id: UUID, letters: Iterable[Letter]) -> None:
    """Ask for the streams that these notifications of one organization name, each once, each in its own transaction."""
    wanted: dict[tuple[UUID, str], list[Letter]] = defaultdict(list)
    async with tenant_session(organization_id) as session:
        for letter in letters:
            for connection_id, name in await _effects(session, letter):
                wanted[connection_id, name].append(letter)
    for (connection_id, name), asking in sorted(wanted.items()):
        try:
            async with tenant_session(organization_id) as session:
                await fetch_now(session, connection_id, name, "notification")
        except (NotFound, Conflict):
            for letter in asking:
                letter.end(IGNORED, "not_collecting")


async def _effects(session: AsyncSession, letter: Letter) -> list[tuple[UUID, str]]:
    """The streams this notification has fetched: (connection id, name); none, with the reason, when it may not."""
    assert letter.subscription is not None
    assert letter.notification is not None
    connection = await session.get(AmazonConnection, letter.subscription.connection_id)
    if connection is None or connection.status not in COLLECTING:
        letter.end(IGNORED, "revoked")
        return []
    if letter.notification.accounts() - {connection.selling_partner_id}:
        log.error("notification_of_another_account", message_id=str(letter.message.id))
        letter.end(QUARANTINED, "other_account")
        return []
    pollers = await find_pollers(session, connection.granted_roles)
    names = [poller.name for poller in pollers.values() if letter.notification.type in poller.notifications]
    if not names:
        letter.end(IGNORED, "nothing_to_fetch")
    letter.reason = letter.reason or letter.notification.timeliness(letter.message.received_at)
    return [(connection.id, name) for name in names]


async def _mark(item: Item, letters: list[Letter]) -> None:
    async with global_session() as session:
        await item.guard(session)
        for letter in letters:
            values = {"status": letter.status, "reason": letter.reason, "handled_at": func.now()}
            await session.execute(
                update(InboxMessage)
                .where(InboxMessage.id == letter.message.id)
                .values(**values, attempts=InboxMessage.attempts + 1)
            )
            if letter.status == QUARANTINED:
                message = letter.message
                await session.execute(
                    insert(QuarantinedMessage).values(
                        source=message.source, endpoint_id=message.endpoint_id, raw=message.raw, reason=letter.reason
                    )
                )
