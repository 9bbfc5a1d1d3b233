"""What a stream has fetched so far: its cursor, open windows, runs and rows that could not be read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class Stream(OfOrganization, Base):
    """One poller of one connection. `high_water`: everything up to here was fetched without a gap.

    state: queued, running, synced, rate_limited, failed, paused.
    """

    __tablename__ = "streams"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="queued")
    high_water: Mapped[datetime | None] = mapped_column(Instant)
    first_load_since: Mapped[datetime | None] = mapped_column(Instant)
    first_load_done_at: Mapped[datetime | None] = mapped_column(Instant)
    sweep_due_at: Mapped[datetime | None] = mapped_column(Instant)
    """When what was fetched is read once more; null before the first load is complete."""
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    swept_since: Mapped[datetime | None] = mapped_column(Instant)
    drift: Mapped[int | None]
    """What the last sweep created or changed: the polls had missed it."""
    last_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    last_success_at: Mapped[datetime | None] = mapped_column(Instant)
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[dict[str, Any] | None]
    items_seen: Mapped[int] = mapped_column(BigInteger, default=0)
    items_changed: Mapped[int] = mapped_column(BigInteger, default=0)


class SyncWindow(Tenanted, Base):
    """A span of time being fetched; done only in the transaction of its last page.

    `page_token` is the poller's own. `known_until`: how far the followed stream had come when the reading began.
    """

    __tablename__ = "sync_windows"
    __table_args__ = (
        refers("connection_id", "connections", ondelete="CASCADE"),
        Index("ix_sync_windows_stream", "organization_id", "connection_id", "stream", "done_at"),
    )

    connection_id: Mapped[UUID]
    stream: Mapped[str]
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    first_load: Mapped[bool]
    sweep: Mapped[bool] = mapped_column(default=False, server_default=false())
    drift: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    known_until: Mapped[datetime | None] = mapped_column(Instant)
    page_token: Mapped[str | None]
    pages: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class SyncRun(Tenanted, Base):
    """One turn of a stream, visible to the customer. reason: first_load, poll, notification, manual."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        refers("connection_id", "connections", ondelete="CASCADE"),
        Index("ix_sync_runs_stream", "organization_id", "connection_id", "stream", "started_at"),
    )

    connection_id: Mapped[UUID]
    stream: Mapped[str]
    reason: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None]
    error: Mapped[dict[str, Any] | None]
    pages: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)


class IngestReject(Tenanted, Base):
    """One element of a page that could not be read, kept with its reason; the page went on without it.

    `payload` is sealed for this organization: what could not be read may hold anything. `payload_hash` is its SHA-256.
    `subject`: the order's number, where that much could be read.
    """

    __tablename__ = "ingest_rejects"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID]
    stream: Mapped[str]
    sync_run_id: Mapped[UUID]
    reason: Mapped[str]
    subject: Mapped[str | None]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    payload_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
