"""What OKTee decided and answered: decisions with their reasons, the state of each order, and the answers sent."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Double, Index, LargeBinary, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers

CLOCK_KEY = """case when status in ('to_confirm', 'scheduled', 'held', 'send_failed', 'changed', 'mismatch')
then extract(epoch from deadline_at - timestamptz '1970-01-01 00:00:00+00')::double precision
else 100000000000 - extract(epoch from deadline_at - timestamptz '1970-01-01 00:00:00+00')::double precision end"""
"""Lists by the clock: what waits by its deadline, then what is answered, the latest first; one number, so an index has it."""


PROMISED = ("item_id", "taken", "backordered", "link_quantity", "marketplace_id", "vendor_code", "brand")
"""What is read of the lines of waiting proposals, and what their row policy reads: an index holds it beside the wide rows."""


class OrderState(OfOrganization, Base):
    """One row per order: what the lists show. status (web/PRODUCT 0.5): to_confirm, scheduled, held, sending,
    processing, confirmed, partly_confirmed, rejected, send_failed, mismatch, changed, cancelled, closed.

    answered_by: oktee, outside (EDI, a person in Vendor Central, another application) or history (before the account
    was connected). Quantities are eaches; `proposed` says that they are not seen on Amazon yet.
    """

    __tablename__ = "order_states"
    __table_args__ = (
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_order_states_clock", "organization_id", "status", "deadline_at"),
        Index("ix_order_states_clock_key", "organization_id", "clock_key", "purchase_order_id"),
        Index(
            "ix_order_states_answered",
            "organization_id",
            "answered_at",
            postgresql_where=text("answered_by = 'oktee'"),
        ),
        Index("ix_order_states_cut", "organization_id", text("coalesce(cut_value, 0)"), "purchase_order_id"),
    )

    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    revision: Mapped[int]
    status: Mapped[str]
    deadline_at: Mapped[datetime] = mapped_column(Instant)
    became_available_at: Mapped[datetime] = mapped_column(Instant)
    decision_id: Mapped[UUID | None]
    decided_by_type: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    hold: Mapped[list[dict[str, Any]]]
    send_at: Mapped[datetime | None] = mapped_column(Instant)
    send_reason: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    taken: Mapped[int | None]
    backordered: Mapped[int | None]
    cut: Mapped[int | None]
    undecided_lines: Mapped[int] = mapped_column(default=0)
    cut_value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    proposed: Mapped[bool] = mapped_column(default=True)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    fallback_at: Mapped[datetime | None] = mapped_column(Instant)
    """When each of the last hours of the clock was dealt with (deadlines.py)."""
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When Amazon changed the order that we had answered: the clock, `deadline_at` and `answered_at` with it, is that of
    the change since then."""
    edit_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when a line that Amazon changed may be answered otherwise; null: 48 hours from the order."""
    hold_due_at: Mapped[datetime | None] = mapped_column(Instant)
    hold_told_at: Mapped[datetime | None] = mapped_column(Instant)
    """By when a person has dealt with what waits, where that is before the deadline (a rush order), and when people were
    told that this moment came."""
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())
    clock_key: Mapped[float] = mapped_column(Double, Computed(CLOCK_KEY, persisted=True))


class Decision(Tenanted, Base):
    """One proposal for one revision of an order: by a rule set, or by a person's edit of it."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("organization_id", "purchase_order_id", "number", name="uq_decisions_number"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
    )

    purchase_order_id: Mapped[UUID]
    number: Mapped[int]
    revision: Mapped[int]
    decided_by_type: Mapped[str]
    decided_by_id: Mapped[UUID | None]
    decided_by_name: Mapped[str]
    rule_set_version: Mapped[int]
    engine_version: Mapped[str]
    settings: Mapped[dict[str, Any]]
    hold: Mapped[list[dict[str, Any]]]
    totals: Mapped[dict[str, Any]]
    inputs_hash: Mapped[bytes] = mapped_column(LargeBinary)
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    decided_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class DecisionLine(Tenanted, Base):
    """What was decided for a line, with its trace: rule ids, versions, outcomes, message ids and bare values as they were
    (rules/trace.py `told_steps` gives the values their names and types).

    `components`: of a bundle, what each of the ASIN is made of (`item_id`, `sku`, `quantity`); null for a single SKU, of
    which each of the ASIN holds `link_quantity`.

    `sources`: where only some warehouses serve the order, each of these in its order and what it gives (`warehouse`,
    `accepted`, `backordered`, `leaves_on`); together they give what is taken and backordered.

    `expected_cost`: what this answer may cost, in the line's currency (null: not known); `alternatives`: the estimate
    behind it and what the other answers may cost (rules/expected_cost.py).
    """

    __tablename__ = "decision_lines"
    __table_args__ = (
        UniqueConstraint("organization_id", "decision_id", "sequence", name="uq_decision_lines_sequence"),
        refers("decision_id", "decisions", ondelete="CASCADE"),
        Index("ix_decision_lines_sku", "organization_id", "sku", "decision_id"),
        Index(
            "ix_decision_lines_leaves_on",
            "organization_id",
            "leaves_on",
            postgresql_where=text("leaves_on is not null"),
        ),
        Index(
            "ix_decision_lines_promised",
            "organization_id",
            "decision_id",
            postgresql_include=list(PROMISED),
            postgresql_where=text("components is null"),
        ),
        Index(
            "ix_decision_lines_bundles",
            "organization_id",
            "decision_id",
            postgresql_where=text("components is not null"),
        ),
    )

    decision_id: Mapped[UUID]
    sequence: Mapped[str]
    item_id: Mapped[UUID | None]
    sku: Mapped[str | None]
    asin: Mapped[str | None]
    title: Mapped[str | None]
    image_url: Mapped[str | None]
    asked: Mapped[int]
    taken: Mapped[int | None]
    backordered: Mapped[int | None]
    cut: Mapped[int | None]
    rejection_reason: Mapped[str | None]
    ship_at: Mapped[datetime | None] = mapped_column(Instant)
    backorder_at: Mapped[datetime | None] = mapped_column(Instant)
    free_stock: Mapped[int | None]
    warehouse: Mapped[str | None]
    leaves_on: Mapped[date | None]
    sources: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    link_quantity: Mapped[int] = mapped_column(default=1)
    components: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    case_pack: Mapped[int | None]
    catalog_cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    list_price: Mapped[str | None]
    discount_multiplier: Mapped[str | None]
    """Of a book, where a person says otherwise than the order."""
    decided_by_type: Mapped[str]
    decided_by_name: Mapped[str]
    decided_by_id: Mapped[UUID | None]
    """The person who chose this answer; null for a rule's."""
    rule_set_id: Mapped[UUID | None]
    rule_set_version: Mapped[int | None]
    summary: Mapped[dict[str, Any]]
    trace: Mapped[list[Any]]
    hold: Mapped[list[dict[str, Any]]]
    expected_cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    alternatives: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]


class Acknowledgement(OfOrganization, Base):
    """Our n-th answer to an order (trust/RELIABILITY 3): planned, sending, unknown, sent, seen, mismatch, failed,
    superseded. `payload` is what is sent, byte for byte, also when it is sent again."""

    __tablename__ = "acknowledgements"
    __table_args__ = (
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        refers("decision_id", "decisions"),
        Index(
            "uq_acknowledgements_open",
            "organization_id",
            "connection_id",
            "po_number",
            unique=True,
            postgresql_where=text("state in ('planned', 'sending', 'unknown', 'sent')"),
        ),
        Index("ix_acknowledgements_order", "organization_id", "purchase_order_id", "answer"),
    )

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    po_number: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[int] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[UUID]
    revision: Mapped[int]
    decision_id: Mapped[UUID]
    state: Mapped[str]
    supersedes: Mapped[int | None]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    payload_hash: Mapped[bytes] = mapped_column(LargeBinary)
    lines: Mapped[list[dict[str, Any]]]
    planned_by_type: Mapped[str]
    planned_by_id: Mapped[UUID | None]
    planned_by_name: Mapped[str]
    planned_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    send_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    sending_at: Mapped[datetime | None] = mapped_column(Instant)
    unknown_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    transaction_id: Mapped[str | None]
    transaction_status: Mapped[str | None]
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    reads: Mapped[int] = mapped_column(default=0)
    resends: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    seen: Mapped[list[dict[str, Any]] | None]
    error: Mapped[dict[str, Any] | None]
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))


class AutomationPause(OfOrganization, Base):
    """Automatic sending stopped for one vendor code, and why; a person ends it."""

    __tablename__ = "automation_pauses"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_code: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[dict[str, Any]]
    paused_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
