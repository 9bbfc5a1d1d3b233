"""Rules and their versions: a version never changes, and what runs is the last one enabled whose moment has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, refers

STANDARD_ID = UUID("00000000-0000-7000-8000-000000000001")
"""The rule that takes every line no other takes has this id in every organization; its row comes with its first change."""


class RuleSet(Tenanted, Base):
    """A rule and its place in the order. state: draft (never enabled), on, paused."""

    __tablename__ = "rule_sets"

    name: Mapped[str]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(default="draft")
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


class RuleSetVersion(Tenanted, Base):
    """What a rule said from then on. `activates_at` is set when it is enabled, by a simulation of exactly this version or
    by an Owner's typed reason (`override_reason`). `consequence`: what an Owner typed to let it reject whole lines."""

    __tablename__ = "rule_set_versions"
    __table_args__ = (
        UniqueConstraint("organization_id", "rule_set_id", "number", name="uq_rule_set_versions_number"),
        refers("rule_set_id", "rule_sets", ondelete="CASCADE"),
        Index(
            "ix_rule_set_versions_active",
            "organization_id",
            "rule_set_id",
            "activates_at",
            postgresql_where=text("activates_at is not null"),
        ),
    )

    rule_set_id: Mapped[UUID]
    number: Mapped[int]
    schema: Mapped[int]
    body: Mapped[dict[str, Any]]
    note: Mapped[str | None]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    consequence: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    enabled_at: Mapped[datetime | None] = mapped_column(Instant)
    enabled_by_id: Mapped[UUID | None]
    enabled_by_name: Mapped[str | None]
    activates_at: Mapped[datetime | None] = mapped_column(Instant)
    simulation_id: Mapped[UUID | None]
    override_reason: Mapped[str | None]
    brings_back: Mapped[int | None]
    """The earlier version that it says again."""
