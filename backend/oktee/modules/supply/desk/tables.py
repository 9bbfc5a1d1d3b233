"""Saved views and how each person lays them out; exports of lists; acts on many orders."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


def of_member(column: str, **options: Any) -> ForeignKeyConstraint:
    """A person of this organization, as long as they belong to it."""
    return ForeignKeyConstraint(
        ["organization_id", column], ["memberships.organization_id", "memberships.user_id"], **options
    )


class SavedView(Tenanted, Base):
    """A list as somebody wants it again: its filter in the words of the address, its columns and sort. Private, or shared
    with everybody who may read the page. What a person who left had shared stays. `deleted_at`: for a minute more it can
    be given back."""

    __tablename__ = "saved_views"
    __table_args__ = (
        of_member("owner_id", ondelete="SET NULL (owner_id)"),
        Index(
            "uq_saved_views_name",
            "organization_id",
            "page",
            "owner_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        Index(
            "uq_saved_views_default",
            "organization_id",
            "page",
            "owner_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    page: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[str]
    shared: Mapped[bool]
    filters: Mapped[dict[str, Any]]
    columns: Mapped[list[dict[str, Any]]]
    sort: Mapped[str | None]
    grouped: Mapped[str | None]
    density: Mapped[str | None]
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class ViewLayout(OfOrganization, Base):
    """The columns of one view as one person wants them. `view`: the id of a saved view, or the name of a built-in one."""

    __tablename__ = "view_layouts"
    __table_args__ = (of_member("user_id", ondelete="CASCADE"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    view: Mapped[str] = mapped_column(primary_key=True)
    columns: Mapped[list[dict[str, Any]]]
    density: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class ListExport(Tenanted, Base):
    """A file of a list: what was asked for, within which scope, and where the file lies until it expires."""

    __tablename__ = "list_exports"
    __table_args__ = (
        refers("operation_id", "operations", ondelete="CASCADE"),
        of_member("user_id", ondelete="CASCADE"),
        Index("ix_list_exports_user", "organization_id", "user_id", "created_at"),
    )

    operation_id: Mapped[UUID]
    user_id: Mapped[UUID]
    kind: Mapped[str]
    request: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, Any] | None]
    object_key: Mapped[str | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None]
    rows: Mapped[int | None]
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class BulkRun(Tenanted, Base):
    """An act on many orders, or a fix for many exceptions: which, what, why, by whom. Its worker goes through them as they
    stand here."""

    __tablename__ = "bulk_runs"
    __table_args__ = (
        refers("operation_id", "operations", ondelete="CASCADE"),
        of_member("user_id", ondelete="CASCADE"),
    )

    operation_id: Mapped[UUID]
    user_id: Mapped[UUID]
    actor: Mapped[dict[str, Any]]
    action: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    object_ids: Mapped[list[UUID]] = mapped_column("order_ids", ARRAY(PG_UUID(as_uuid=True)))
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[list[dict[str, Any]]]
    """The first of them."""
    refused_count: Mapped[int] = mapped_column(server_default="0", default=0)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
