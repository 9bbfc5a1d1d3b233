"""Versions that decide beside the running rules, what they would have decided of each order, and the lines that differ."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class RuleShadow(Tenanted, Base):
    """A version of a rule in shadow from `started_at` until `ends_at`, or until `ended_at` for `end_reason`: over, stopped,
    enabled or replaced. `result`: the sums of its orders (rules/simulation/sums.py). `carried`: what it promised beyond
    the running rules against one later stock figure, by item. `looked_until`: decisions before are noted."""

    __tablename__ = "rule_shadows"
    __table_args__ = (
        refers("rule_set_id", "rule_sets", ondelete="CASCADE"),
        Index(
            "uq_rule_shadows_open",
            "organization_id",
            "rule_set_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_rule_shadows_rule", "organization_id", "rule_set_id", "started_at"),
    )

    rule_set_id: Mapped[UUID]
    version: Mapped[int]
    running_version: Mapped[int | None]
    days: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    ends_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str | None]
    started_by_id: Mapped[UUID | None]
    started_by_name: Mapped[str]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    carried: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    moved: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    lines_kept: Mapped[int] = mapped_column(default=0)
    looked_until: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class ShadowOrder(OfOrganization, Base):
    """The last decision of an order (`number`) that was looked at. state: compared (`result`: its sums), moved (what it was
    decided from had changed before it was looked at) or answered (it had an answer before)."""

    __tablename__ = "shadow_orders"
    __table_args__ = (
        refers("shadow_id", "rule_shadows", ondelete="CASCADE"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_shadow_orders_order", "organization_id", "purchase_order_id"),
    )

    shadow_id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    decided_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ShadowLine(Tenanted, Base):
    """A line that the version in shadow would have answered otherwise. `beyond`: pieces by item that it would have taken
    beyond the running rules; at `settles_at` they are compared with what the stock then has left."""

    __tablename__ = "shadow_lines"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "shadow_id", "purchase_order_id", "sequence", name="uq_shadow_lines_sequence"
        ),
        refers("shadow_id", "rule_shadows", ondelete="CASCADE"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_shadow_lines_kind", "organization_id", "shadow_id", "kind", "sku", "id"),
        Index("ix_shadow_lines_order", "organization_id", "purchase_order_id"),
        Index(
            "ix_shadow_lines_settles",
            "organization_id",
            "settles_at",
            postgresql_where=text("settles_at is not null"),
        ),
    )

    shadow_id: Mapped[UUID]
    purchase_order_id: Mapped[UUID]
    po_number: Mapped[str]
    sequence: Mapped[str]
    kind: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(Instant)
    sku: Mapped[str]
    asin: Mapped[str | None]
    asked: Mapped[int]
    was: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    now: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    rule: Mapped[str | None]
    later_stock: Mapped[int | None]
    value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    currency: Mapped[str | None]
    beyond: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    settles_at: Mapped[datetime | None] = mapped_column(Instant)
