"""Whether an organization's answers leave by themselves, for which orders and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.tables import Stream
from oktee.kit.clock import now as present
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.sending import leaves_at
from oktee.modules.supply.settings import SupplySettings, read_settings
from oktee.modules.supply.states import deadline
from oktee.modules.supply.tables import AutomationPause

LIVE = ("active", "reauthorization_due")
MARGIN, CATCH_UP = timedelta(minutes=30), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Automation:
    """Whether this organization's answers leave by themselves, and for which orders."""

    settings: SupplySettings
    version: int
    book: RuleBook
    verified: dict[UUID, datetime]
    loaded: dict[UUID, datetime | None]
    paused: set[tuple[UUID, str]]

    def sends(self, order: PurchaseOrder, available: datetime) -> bool:
        """Only orders that became available after it was switched on, on a live connection, not paused."""
        if self.settings.mode == "suggest" or self.settings.automation_since is None:
            return False
        verified = self.verified.get(order.connection_id)
        if verified is None or (order.connection_id, order.vendor_code) in self.paused:
            return False
        return available > max(self.settings.automation_since, verified)

    def send_at(self, now: datetime, order: PurchaseOrder, rules: Sequence[BookRule]) -> datetime | None:
        """Now, or after the delay and inside the hours of its rules; never so late that the 24 hours run out: None then."""
        delay = timedelta(minutes=self.settings.delay_minutes if self.settings.mode == "delayed" else 0)
        return leaves_at(rules, now, delay=delay, latest=deadline(order) - MARGIN)

    def available_at(self, order: PurchaseOrder) -> datetime:
        """When the order became available to us. What the first load brings, or the first minutes after a new consent,
        was there before: its own date counts."""
        loaded, verified = self.loaded.get(order.connection_id), self.verified.get(order.connection_id)
        if loaded is None or order.first_seen_at <= loaded:
            return order.ordered_at
        if verified is not None and order.first_seen_at < verified + CATCH_UP:
            return min(order.ordered_at, order.first_seen_at)
        return order.first_seen_at


async def read_automation(session: AsyncSession) -> Automation:
    settings, version = await read_settings(session)
    connections = await session.execute(
        select(AmazonConnection.id, AmazonConnection.verified_at).where(AmazonConnection.status.in_(LIVE))
    )
    streams = await session.execute(
        select(Stream.connection_id, Stream.first_load_done_at).where(Stream.name == "purchase_orders")
    )
    return Automation(
        settings,
        version,
        await read_book(session, settings.base(), present()),
        {connection: at for connection, at in connections.all() if at is not None},
        dict(streams.all()),
        await read_pauses(session),
    )


async def read_pauses(session: AsyncSession) -> set[tuple[UUID, str]]:
    found = await session.execute(select(AutomationPause.connection_id, AutomationPause.vendor_code))
    return {(connection, code) for connection, code in found.all()}
