"""What was simulated, what came out, and the lines that would change."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class Simulation(Tenanted, Base):
    """A draft of a rule asked about past orders. `rule_set_id` is null for a rule that is not saved yet. `result`: the sums
    so far (rules/simulation/sums.py), of `orders` in all; state: queued, running, done, failed, cancelled; `compared_with`: running (the rules of that moment, decided again) or happened."""

    __tablename__ = "simulations"
    __table_args__ = (Index("ix_simulations_rule", "organization_id", "rule_set_id", "created_at"),)

    operation_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="queued")
    orders: Mapped[int | None]
    rule_set_id: Mapped[UUID | None]
    rule_name: Mapped[str]
    version: Mapped[int | None]
    running_version: Mapped[int | None]
    body: Mapped[dict[str, Any]]
    days: Mapped[int]
    compared_with: Mapped[str]
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    lines_kept: Mapped[int] = mapped_column(default=0)
    took_ms: Mapped[int | None]
    inputs: Mapped[str | None]
    """A digest of what it was decided by, but for the past itself: rules, settings, zone and day."""
    based_on: Mapped[UUID | None]
    """The simulation of which only what a change can touch was decided again; so many orders, `orders_again`."""
    orders_again: Mapped[int | None]
    whole_because: Mapped[str | None]
    """Why all of it was decided, where only a part was asked for: changed, forgotten, many, other."""
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class SimulationPart(OfOrganization, Base):
    """What the moments of a part did to the whole (noting.py). Kept of the latest few simulations."""

    __tablename__ = "simulation_parts"
    __table_args__ = (refers("simulation_id", "simulations", ondelete="CASCADE"),)

    simulation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class SimulationLine(OfOrganization, Base):
    """A line that would change, or (kind not_simulated) one without a recorded stock. At most some thousand of a kind."""

    __tablename__ = "simulation_lines"
    __table_args__ = (
        refers("simulation_id", "simulations", ondelete="CASCADE"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_simulation_lines_kind", "organization_id", "simulation_id", "kind", "sku", "number"),
        Index("ix_simulation_lines_order", "organization_id", "purchase_order_id"),
    )

    simulation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    purchase_order_id: Mapped[UUID]
    po_number: Mapped[str]
    sequence: Mapped[str]
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
