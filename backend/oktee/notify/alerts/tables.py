"""Tables of what people are told: one row per person, event and object; and the causes somebody wants to hear no more of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.access.teams.tables import of_member
from oktee.kit.database import Base, Instant, OfOrganization, Tenanted


class Notification(Tenanted, Base):
    """Something a person is told about an object. While it is open the same event about the same object is this row:
    `times` counts, and what is new (`version`) makes it unread again. `resolved_at`: it needs nobody any more.

    `in_app`: shown in the inbox; `mail_due_at`: when a mail about it may leave, `mailed_at`: when one did; `digest`: it
    waits for the daily mail. `instead_of`: the person who is away and would have been told.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        of_member(),
        Index(
            "uq_notifications_open",
            "organization_id",
            "user_id",
            "notice",
            "object_type",
            "object_id",
            unique=True,
            postgresql_where=text("resolved_at is null"),
        ),
        Index("ix_notifications_user_id", "organization_id", "user_id", "at"),
        Index(
            "ix_notifications_object",
            "organization_id",
            "object_type",
            "object_id",
            postgresql_where=text("resolved_at is null"),
        ),
    )

    user_id: Mapped[UUID]
    notice: Mapped[str]
    cause: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    object_label: Mapped[str]
    action: Mapped[str]
    facts: Mapped[dict[str, Any]]
    version: Mapped[str]
    times: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    instead_of: Mapped[UUID | None]
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    in_app: Mapped[bool]
    digest: Mapped[bool]
    mail_due_at: Mapped[datetime | None] = mapped_column(Instant)
    mailed_at: Mapped[datetime | None] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)


class MutedCause(OfOrganization, Base):
    """A cause that a person wants to hear no more of."""

    __tablename__ = "muted_causes"
    __table_args__ = (of_member(),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
