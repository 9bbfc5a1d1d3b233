"""A poller: one kind of Amazon data, how it is fetched, how it is stored, how often. runner.py turns the crank for all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.page import Page, Reject
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.mirror.order_hours import Every
from oktee.amazon.mirror.windows import Span


@dataclass(frozen=True, slots=True)
class ConnectionRef:
    """What storing needs to know of the connection whose data it is."""

    id: UUID
    name: str
    region: str
    home_marketplace_id: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One page to store: models as the client read them, when the answer came (UTC), and where it came from.

    `before_write` is to be awaited once it is known that something will be written and before any row is locked: it
    schedules what follows, and every writer takes the work rows before the data rows (no deadlock).
    """

    connection: ConnectionRef
    run_id: UUID | None
    models: list[Any]
    received_at: datetime
    source_ref: str
    before_write: Callable[[], Awaitable[None]]
    first_load: bool = False
    swept_until: datetime | None = None
    """Of a sweep: what moved up to here should have been stored before."""


@dataclass(slots=True)
class Stored:
    """What a page did: keys that are new, keys whose content changed, and models that could not be stored. `drift`: of
    a sweep, those that were new or changed though they moved before its end."""

    created: int = 0
    changed: int = 0
    drift: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def add(self, other: "Stored") -> None:
        self.created += other.created
        self.changed += other.changed
        self.drift += other.drift
        self.rejects += other.rejects


Fetch = Callable[[AmazonClient, Span, str | None], AsyncIterator[Page[Any]]]
"""(client, window, page token) -> pages. The token is the poller's own: it is stored with the window and given back."""

Store = Callable[[AsyncSession, Batch], Awaitable[Stored]]
"""Idempotent: the same page again writes nothing."""


@dataclass(frozen=True, slots=True)
class Poller:
    """One stream of every connection whose modules name it.

    `notifications`: Amazon's notification types that make this stream be fetched at once. `follows`: the stream whose
    rows must be there first; this one never counts as fetched what the other has not come to.
    """

    name: str
    operation: str
    every: Every
    window: timedelta
    overlap: timedelta
    fetch: Fetch
    store: Store
    notifications: tuple[str, ...] = ()
    follows: str | None = None
