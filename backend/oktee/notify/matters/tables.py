"""Tables of what people work on together: the thing itself with who has it, its notes, tags and files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.access.teams.tables import of_member
from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class Matter(Tenanted, Base):
    """One thing that somebody has, noted on, tagged or attached a file to: `kind` and `object_id` name it as the journal
    does (order, exception, ...). Marketplace, vendor code and brands are those of the thing, for the row policies.
    `assigned_how`: person or rule; null = nobody has it. `given_at`: when it was first looked at for a team."""

    __tablename__ = "matters"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "object_id", name="uq_matters_object"),
        of_member("assigned_user_id", ondelete="SET NULL (assigned_user_id)"),
        refers("assigned_team_id", "teams", ondelete="SET NULL (assigned_team_id)"),
        Index("ix_matters_assigned_user_id", "organization_id", "assigned_user_id"),
        Index("ix_matters_assigned_team_id", "organization_id", "assigned_team_id"),
    )

    kind: Mapped[str]
    object_id: Mapped[str]
    label: Mapped[str]
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    assigned_user_id: Mapped[UUID | None]
    assigned_team_id: Mapped[UUID | None]
    assigned_how: Mapped[str | None]
    assigned_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class Note(Tenanted, Base):
    """What somebody wrote about a matter. `mentions`: people and teams named in it, by id. `deleted_at`: taken away, and
    for a minute more there to be given back."""

    __tablename__ = "notes"
    __table_args__ = (
        refers("matter_id", "matters", ondelete="CASCADE"),
        Index("ix_notes_matter_id", "organization_id", "matter_id", "created_at"),
    )

    matter_id: Mapped[UUID]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    body: Mapped[str]
    mentions: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class Tag(Tenanted, Base):
    """A word of the organization's own list. `colour`: a name of the visual language's."""

    __tablename__ = "tags"
    __table_args__ = (Index("uq_tags_name", "organization_id", text("lower(name)"), unique=True),)

    name: Mapped[str]
    colour: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class MatterTag(OfOrganization, Base):
    """A tag on a matter."""

    __tablename__ = "matter_tags"
    __table_args__ = (
        refers("matter_id", "matters", ondelete="CASCADE"),
        refers("tag_id", "tags", ondelete="CASCADE"),
        Index("ix_matter_tags_tag_id", "organization_id", "tag_id"),
    )

    matter_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class Attachment(Tenanted, Base):
    """A file on a matter; its body lies sealed in the object store under `object_key`. `deleted_at`: as a note's."""

    __tablename__ = "attachments"
    __table_args__ = (
        refers("matter_id", "matters", ondelete="CASCADE"),
        Index("ix_attachments_matter_id", "organization_id", "matter_id", "created_at"),
    )

    matter_id: Mapped[UUID]
    file_name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    object_key: Mapped[str]
    added_by: Mapped[UUID | None]
    added_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
