"""Exceptions, and what a person approved so that an order is no longer held for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers

EMPTY = text("'{}'::text[]")


class OrderException(Tenanted, Base):
    """One cause that stops one line, one order or one vendor code. state: open, snoozed, resolved.

    `key` names what it is about: of one cause and one key only one is not resolved. `evidence`: {message, values} as the
    traces have them. `resolution`: by_itself, answered, answered_outside, closed, note, or the fix that a person applied.
    `brands`: those of the line, or of all of the order's lines.
    """

    __tablename__ = "exceptions"
    __table_args__ = (
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index(
            "uq_exceptions_open",
            "organization_id",
            "cause",
            "key",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_exceptions_order", "organization_id", "purchase_order_id"),
        Index(
            "ix_exceptions_clock",
            "organization_id",
            text("coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz)"),
            "id",
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_exceptions_resolved", "organization_id", "resolved_at"),
    )

    cause: Mapped[str]
    key: Mapped[str]
    purchase_order_id: Mapped[UUID | None]
    sequence: Mapped[str | None]
    connection_id: Mapped[UUID | None]
    evidence: Mapped[dict[str, Any]]
    severity: Mapped[str]
    owner_role: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(default="open")
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    until_change: Mapped[bool] = mapped_column(default=False)
    """ExceptionsSnoozed until what it rests on changes."""
    resolution: Mapped[str | None]
    note: Mapped[str | None]
    resolved_by_type: Mapped[str | None]
    resolved_by_id: Mapped[UUID | None]
    resolved_by_name: Mapped[str | None]
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=EMPTY)
    opened_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.clock_timestamp())
    """When it was written, not when the transaction began that wrote it: a list read in between did not show it."""


class OrderApproval(OfOrganization, Base):
    """A person said that one hold of one line (sequence '' = of the order) need not hold it: what they saw is kept, and
    as soon as a rule finds other values than these it holds again."""

    __tablename__ = "order_approvals"
    __table_args__ = (refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),)

    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]]
    approved_by_id: Mapped[UUID | None]
    approved_by_name: Mapped[str]
    approved_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=EMPTY)
