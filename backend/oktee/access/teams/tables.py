"""Tables of teams, their members, and of who is away until when with whom in their place."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


def of_member(column: str = "user_id", *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """Points to a person of this organization: what hangs on it goes when they leave it."""
    return ForeignKeyConstraint(
        ["organization_id", column], ["memberships.organization_id", "memberships.user_id"], ondelete=ondelete
    )


class Team(Tenanted, Base):
    """A named group. `modules`: the families it works in; `scope`: the marketplaces, vendor codes and brands (access/scope.py;
    null = all); `auto_assign`: new orders and holds of that part are given to it. `in_app`, `email`: the channels by which
    its members hear what goes to the team; `address`: a mailbox of its own that hears it too."""

    __tablename__ = "teams"
    __table_args__ = (
        of_member("lead_id", ondelete="SET NULL (lead_id)"),
        Index("uq_teams_name", "organization_id", text("lower(name)"), unique=True),
    )

    name: Mapped[str]
    modules: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    lead_id: Mapped[UUID | None]
    auto_assign: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    in_app: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    email: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    address: Mapped[str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class TeamMember(OfOrganization, Base):
    """One person in one team."""

    __tablename__ = "team_members"
    __table_args__ = (
        refers("team_id", "teams", ondelete="CASCADE"),
        of_member(),
        Index("ix_team_members_user_id", "organization_id", "user_id"),
    )

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class Absence(OfOrganization, Base):
    """A person is away, and who stands in. One span each: the next one replaces it."""

    __tablename__ = "absences"
    __table_args__ = (
        of_member(),
        of_member("substitute_id", ondelete="SET NULL (substitute_id)"),
        CheckConstraint("until_at > from_at", name="span"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime] = mapped_column(Instant)
    substitute_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())
